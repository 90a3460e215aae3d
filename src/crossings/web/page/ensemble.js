// @ts-check
// Runs: ranges follow the expected flows, seed by seed, until they are there, are cancelled, or are not wanted any more.

import * as api from "./api.js";

const WAIT_MS = 900; // after a change, for others to follow
const POLL_MS = 450;

export class Ensemble {
  /** @type {any} */
  result = null;
  /** @type {any} */
  run = null;
  key = "";
  problem = "";
  turn = 0;
  /** @type {number | undefined} */
  timer = undefined;
  /** @type {(more?: boolean) => void} called when a run has begun, gone on or ended; more: with other figures */
  told = () => {};

  clear() {
    this.result = this.run = null;
    this.key = this.problem = "";
  }

  /** Stop what runs, and begin with something else after a moment. */
  want(scenario, changes, against, seeds, at_once = false) {
    const key = JSON.stringify([scenario, changes, against, seeds]);
    if (
      key === this.key &&
      (this.result || this.timer || this.run?.state === "running" || this.run?.state === "waiting") &&
      !at_once
    )
      return;
    this.stop();
    this.clear();
    this.key = key;
    this.told();
    this.timer = setTimeout(() => this.go(scenario, changes, against, seeds), at_once ? 0 : WAIT_MS);
  }

  /** Stop; what has come in stays. */
  stop() {
    clearTimeout(this.timer);
    this.timer = undefined;
    const run = this.run;
    this.turn += 1;
    if (run && (run.state === "running" || run.state === "waiting")) {
      run.state = "cancelled";
      api.stopRun(run.id).catch(() => {});
    }
  }

  /** Ask for what has come in once more, when it is to be said in another language. */
  async lookAgain() {
    const turn = this.turn;
    const now = await api.lookRun(this.run.id, 0).catch(() => null);
    if (turn !== this.turn || !now?.result) return;
    this.result = now.result;
    this.told(true);
  }

  get busy() {
    return Boolean(this.timer) || this.run?.state === "running" || this.run?.state === "waiting";
  }

  async go(scenario, changes, against, seeds) {
    this.timer = undefined;
    this.turn += 1;
    const turn = this.turn;
    try {
      const begun = await api.startRun(scenario, changes, against, seeds);
      if (turn !== this.turn) {
        api.stopRun(begun.id).catch(() => {});
        return;
      }
      this.run = begun;
      this.told();
      let have = 0;
      while (turn === this.turn) {
        await new Promise((done) => setTimeout(done, POLL_MS));
        if (turn !== this.turn) return;
        const now = await api.lookRun(begun.id, have);
        if (turn !== this.turn) return;
        const before = `${this.run.state} ${this.run.done}`;
        this.run = now;
        this.problem = now.problem;
        if (now.result) {
          have = now.shown;
          this.result = now.result;
        }
        if (now.result || before !== `${now.state} ${now.done}`) this.told(Boolean(now.result));
        if (!["waiting", "running"].includes(now.state)) return;
      }
    } catch (error) {
      if (turn !== this.turn) return;
      this.problem = api.reasons(error).join(" ");
      this.told();
    }
  }
}
