// @ts-check
// The claims: they are tested when that is asked for, claim by claim, for what is tried on the page.

import * as api from "./api.js";
import { $, every } from "./dom.js";
import { state, write } from "./state.js";
import { amount, h, put } from "./svg.js";
import { quiet } from "./tables.js";
import { claimsTable, finding, untested } from "./verdicts.js";
import { say } from "./words.js";

const POLL_MS = 450;
const MOST_KEPT = 12;

/**
 * What was found for one state of the page.
 * @typedef {{changes: string, seeds: number, found: Map<string, any>, jobs: {id: string, ids: Set<string>}[]}} Kept
 */

export class Claims {
  constructor() {
    /** @type {Map<string, Kept>} */
    this.kept = new Map(); // by what was asked
    /** @type {Kept | null} */
    this.shown = null;
    this.key = "";
    /** @type {any} */
    this.run = null;
    /** @type {Map<string, {found: any, words: string, stale: boolean}>} */
    this.drawn = new Map(); // by claim
    /** @type {import("./facts.js").Facts | null} */
    this.facts = null;
    /** @type {any[]} */
    this.rows = [];
    this.begun = false;
    this.turn = 0;
    this.problem = "";
    $("hold").addEventListener("click", () => this.hold());
    $("claims-cancel").addEventListener("click", () => {
      this.stop();
      this.draw();
      $("hold").focus();
    });
    $("claims-seeds").addEventListener("change", () => {
      state.claimSeeds = Number($("claims-seeds", HTMLSelectElement).value);
      write();
      this.now();
    });
  }

  /** Another scenario is on the page. */
  frame(facts) {
    this.stop();
    this.facts = facts;
    this.rows = facts.view.claims;
    this.limits = facts.view.claims_held;
    this.shown = null;
    this.key = "";
    this.drawn = new Map();
    state.claimSeeds = Math.min(state.claimSeeds, this.limits.most);
    const numbers = [...new Set([4, this.limits.seeds, 50, 100, 200, state.claimSeeds])].sort((a, b) => a - b);
    put(
      $("claims-seeds"),
      numbers.map((n) =>
        h(
          "option",
          { value: n, ...(n === state.claimSeeds ? { selected: true } : {}) },
          n < this.limits.least ? say("{number}, too few to settle", { number: n }) : n,
        ),
      ),
    );
    $("claims-tools").hidden = !this.rows.length;
    const none = say("The scenario has no claims (claims.csv).");
    put($("claims-body"), this.rows.length ? claimsTable(facts, this.limits) : quiet(none));
    this.now();
  }

  /** What is tried may have changed: what was found for it before is shown again, what is computed for something else stops. */
  now() {
    const key = JSON.stringify([state.scenario, state.changes, state.claimSeeds]);
    if (key !== this.key) {
      this.stop();
      this.key = key;
      this.problem = "";
      this.run = null;
      this.shown = this.kept.get(key) ?? this.shown;
    }
    this.draw();
  }

  get busy() {
    return this.begun || this.run?.state === "running" || this.run?.state === "waiting";
  }

  get stale() {
    return this.shown !== null && this.shown.changes !== JSON.stringify(state.changes);
  }

  /** The claims that have no answer yet for what is tried. */
  get left() {
    const found = this.kept.get(this.key)?.found;
    return this.rows.map((c) => c.id).filter((id) => !found?.has(id));
  }

  /** Stop; what has come in stays. */
  stop() {
    this.turn += 1;
    this.begun = false;
    const run = this.run;
    if (run && ["running", "waiting"].includes(run.state)) {
      run.state = "cancelled";
      api.stopClaims(run.id).catch(() => {});
    }
  }

  async hold() {
    this.now();
    const only = this.left;
    if (this.busy || !only.length) return;
    this.turn += 1;
    const turn = this.turn;
    /** @type {Kept} */
    const set = this.kept.get(this.key) ?? {
      changes: JSON.stringify(state.changes),
      seeds: state.claimSeeds,
      found: new Map(),
      jobs: [],
    };
    this.kept.set(this.key, set);
    for (const oldest of this.kept.keys()) if (this.kept.size > MOST_KEPT) this.kept.delete(oldest);
    this.shown = set;
    this.problem = "";
    this.begun = true;
    this.draw();
    try {
      let now = await api.startClaims(state.scenario, state.changes, only, set.seeds);
      if (turn !== this.turn) {
        api.stopClaims(now.id).catch(() => {});
        return;
      }
      set.jobs.push({ id: now.id, ids: new Set(now.claims) });
      for (let have = 0; ; ) {
        for (const one of now.findings) set.found.set(one.id, one);
        have = now.shown;
        this.run = now;
        this.begun = false;
        this.problem = now.problem;
        this.draw();
        if (!["waiting", "running"].includes(now.state)) return;
        await new Promise((done) => setTimeout(done, POLL_MS));
        if (turn !== this.turn) return;
        now = await api.lookClaims(now.id, have);
        if (turn !== this.turn) return;
      }
    } catch (error) {
      if (turn !== this.turn) return;
      this.begun = false;
      this.run = null;
      this.problem = api.reasons(error).join(" ");
      this.draw();
    }
  }

  // --- drawing ---------------------------------------------------------------------------------

  /** Everything that may have changed; a cell is made anew only where it says something else, so that what is open stays open. */
  draw() {
    if (!this.facts) return;
    this.drawTools();
    for (const claim of this.rows) {
      const [cell] = every(`#claims-body [data-claim="${CSS.escape(claim.id)}"]`, HTMLElement);
      const found = this.shown?.found.get(claim.id);
      const words = this.waits(claim);
      const known = this.drawn.get(claim.id);
      if (known && known.found === found && known.words === words && known.stale === this.stale) continue;
      this.drawn.set(claim.id, { found, words, stale: this.stale });
      put(cell, found ? finding(claim, found, this.stale, this.limits.least) : untested(claim, words));
      cell.classList.toggle("stale", Boolean(found) && this.stale);
    }
    const answered = this.stale ? "stale" : "done";
    document.body.dataset.claims = this.busy ? "busy" : this.shown?.found.size ? answered : "none";
  }

  /** What is said of a claim that has no answer. */
  waits(claim) {
    if (!this.busy || this.shown?.found.has(claim.id)) return "";
    if (!this.run?.now.includes(claim.id)) return say("waits for its turn");
    return this.run.of_runs
      ? say("{done} of {all} pairs of runs", { done: amount(this.run.runs), all: amount(this.run.of_runs) })
      : say("is being tested");
  }

  drawTools() {
    const { run } = this;
    const all = this.rows.length;
    const left = this.left.length;
    const hold = $("hold");
    hold.textContent = this.toHold(left);
    hold.setAttribute("aria-disabled", String(this.busy || !left));
    $("claims-seeds", HTMLSelectElement).disabled = this.busy;
    const progress = $("claims-progress", HTMLProgressElement);
    $("claims-cancel").hidden = progress.hidden = !this.busy;
    progress.max = all;
    progress.value = all - left + (run?.of_runs ? run.runs / run.of_runs : 0);
    put($("claims-waits"), this.busy ? this.next() : "");
    const said = this.outcome(all, left);
    if ($("claims-said").textContent !== said) $("claims-said").textContent = said;
    $("claims-said").classList.toggle("since", this.stale && !this.busy);
  }

  /** Words of the button. left: how many claims have no answer yet. */
  toHold(left) {
    if (this.busy) return say("Testing the claims…");
    if (!left) return say("Tested over {runs} runs", { runs: state.claimSeeds });
    if (left < this.rows.length) return say("Go on with the others");
    return this.shown?.found.size ? say("Test the claims again") : say("Test the claims");
  }

  /** What is waited for. */
  next() {
    const { run } = this;
    if (run?.state === "waiting")
      return run.ahead ? say("jobs of others that come first: {number}", { number: run.ahead }) : say("about to begin");
    if (!run?.of_runs) return "";
    return say("the next: {done} of {all} pairs of runs", { done: amount(run.runs), all: amount(run.of_runs) });
  }

  /** How far it has come. */
  outcome(all, left) {
    const done = all - left;
    if (this.problem) return say("Stopped: {problem}", { problem: this.problem });
    if (this.busy) return say("Claims tested: {done} of {all}.", { done, all });
    if (this.stale) return say("The scenario was changed since. The verdicts below are of what it was before.");
    if (left && this.run?.state === "cancelled") return say("Stopped. Claims tested: {done} of {all}.", { done, all });
    return left ? "" : say("Claims tested: all {all}.", { all });
  }

  /** What was found is said in another language, where the server still has it. */
  async speak() {
    const again = async ({ id, ids }) => {
      const now = await api.lookClaims(id, 0).catch(() => null);
      return now?.findings.filter((one) => ids.has(one.id)) ?? [];
    };
    for (const set of this.kept.values()) {
      for (const one of (await Promise.all(set.jobs.map(again))).flat()) set.found.set(one.id, one);
    }
    this.draw();
  }
}
