// @ts-check
// The claims: what was said, and, when asked for, what the numbers say of it, claim by claim, for what is tried on the page.

import * as api from "./api.js";
import { $, every } from "./dom.js";
import { state, write } from "./state.js";
import { amount, day, decimal, h, percent, put } from "./svg.js";
import { counted, name, say } from "./words.js";

const POLL_MS = 450;
const MOST_KEPT = 12;
const MARKS = { "consistent with the measure": "✓", inconsistent: "✗", "not testable here": "–" };

const SIGNS = { "<": "<", ">": ">", "<=": "≤", ">=": "≥" };
/** Dashes of an option stay with its name. */
const whole = (text) => text.replaceAll("--", "-\u2060-\u2060");
const share = (p) => (p === null ? "–" : decimal(p, 2, 2));
const sentence = (text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? "" : "."}`;

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
    put(
      $("claims-body"),
      this.rows.length ? this.table() : h("p", { class: "quiet" }, say("The scenario has no claims (claims.csv).")),
    );
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
      put(cell, found ? this.finding(claim, found) : this.without(claim, words));
      cell.classList.toggle("stale", Boolean(found) && this.stale);
    }
    document.body.dataset.claims = this.busy
      ? "busy"
      : this.shown?.found.size
        ? this.stale
          ? "stale"
          : "done"
        : "none";
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
    const some = Boolean(this.shown?.found.size);
    hold.textContent = this.busy
      ? say("Testing the claims…")
      : !left
        ? say("Tested over {runs} runs", { runs: state.claimSeeds })
        : left < all
          ? say("Go on with the others")
          : some
            ? say("Test the claims again")
            : say("Test the claims");
    hold.setAttribute("aria-disabled", String(this.busy || !left));
    $("claims-seeds", HTMLSelectElement).disabled = this.busy;
    const progress = $("claims-progress", HTMLProgressElement);
    $("claims-cancel").hidden = progress.hidden = !this.busy;
    progress.max = all;
    progress.value = all - left + (run?.of_runs ? run.runs / run.of_runs : 0);
    put(
      $("claims-waits"),
      !this.busy
        ? ""
        : run?.state === "waiting"
          ? run.ahead
            ? say("{number} jobs of others come first", { number: run.ahead })
            : say("about to begin")
          : run?.of_runs
            ? say("the next: {done} of {all} pairs of runs", { done: amount(run.runs), all: amount(run.of_runs) })
            : "",
    );
    const said = this.problem
      ? say("Stopped: {problem}", { problem: this.problem })
      : this.busy
        ? say("{done} of {all} claims are tested.", { done: all - left, all })
        : this.stale
          ? say("The scenario was changed since. The verdicts below are of what it was before.")
          : run?.state === "cancelled" && left
            ? say("Stopped; {done} of {all} claims are tested.", { done: all - left, all })
            : !left
              ? say("All {all} claims are tested.", { all })
              : "";
    if ($("claims-said").textContent !== said) $("claims-said").textContent = said;
    $("claims-said").classList.toggle("since", this.stale && !this.busy);
  }

  table() {
    const { least, few, many } = this.limits;
    return [
      h(
        "table",
        { role: "table", id: "claims-table" },
        h("caption", {}, say("What was claimed, in our words, and what comes out")),
        h(
          "thead",
          { role: "rowgroup" },
          h(
            "tr",
            { role: "row" },
            [say("claim"), say("tested with"), say("what comes out")].map((x) =>
              h("th", { scope: "col", role: "columnheader" }, x),
            ),
          ),
        ),
        h(
          "tbody",
          { role: "rowgroup" },
          this.rows.map((c) =>
            h(
              "tr",
              { role: "row" },
              h(
                "th",
                { scope: "row", role: "rowheader" },
                h("span", { lang: "en" }, c.words),
                h("small", {}, h("span", { lang: "en" }, c.by), `, ${day(c.date, true)}`),
              ),
              h(
                "td",
                { role: "cell", "data-label": say("tested with") },
                h("span", {}, this.held(c) || say("no measure")),
              ),
              h("td", { role: "cell", class: "outcome", "data-claim": c.id }),
            ),
          ),
        ),
      ),
      h(
        "p",
        { class: "source" },
        say(
          "Each claim is tested with the orders that it refers to, compared with no orders, until a later order replaces them. Your changes apply to both; other orders are left out of both. The figure is a mean with the 5th to 95th percentile of runs. A verdict is given only where the claim holds, or fails, in at least 95% of {least} pairs of runs or more, under every setting; questions of law or intent have none. Groups that make {many} journeys or more get {few} pairs of runs in all settings but the first. The same as crossings claims, and the same numbers with the same seeds. Claims stand as the scenario has them.",
          { least, many: amount(many), few },
        ),
      ),
    ];
  }

  /** The measure that a claim is held to, with its value. */
  held({ measure, comparison, value }) {
    const found = this.facts?.view.measures[measure];
    if (!found || value === null) return found ? name(found.title) : "";
    const figure =
      found.unit === "share"
        ? percent(value)
        : ["ratio", "log10"].includes(found.unit)
          ? amount(value)
          : `${amount(value)} ${counted(found.unit, value)}`;
    return `${name(found.title)} ${SIGNS[comparison]}\u00a0${figure}`;
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

  /** A claim that is not held yet. */
  without(claim, words) {
    if (claim.verdict)
      return [
        verdict(claim.verdict),
        h("p", {}, sentence(name(claim.reason))),
        words && claim.measure ? h("p", { class: "quiet" }, words) : null,
      ];
    return h("p", { class: "quiet" }, words || say("not tested yet"));
  }

  /** What the numbers say of a claim. */
  finding(claim, found) {
    const { finding, settings } = found;
    const pairs = settings[0]?.pairs ?? 0;
    const other = settings.filter((s) => s.turns);
    const drawn = settings.some((s) => s.pairs > 1);
    const hangs = [
      ...finding.hangs_on.map((x) =>
        h(
          "li",
          {},
          say(
            "{parameter}, of which the counts say little: support is {low} with low values and {high} with high ones",
            { parameter: x.parameter, low: share(x.p_low), high: share(x.p_high) },
          ),
        ),
      ),
      ...(pairs >= this.limits.least || !drawn
        ? other.map((s) =>
            h("li", {}, h("b", {}, s.name), `: ${s.meaning} (${say("support {share}", { share: share(s.p) })})`),
          )
        : []),
    ];
    return [
      this.stale ? h("p", { class: "since" }, say("Before the change:")) : null,
      verdict(finding.verdict),
      found.figure
        ? h(
            "p",
            { class: "figure-line" },
            h("b", {}, found.figure),
            found.people ? h("span", { class: "people" }, `; ${found.people}`) : null,
            drawn ? h("span", { class: "quiet" }, ` ${say("over {runs} runs", { runs: amount(pairs) })}`) : null,
          )
        : null,
      h("p", {}, sentence(whole(found.reason))),
      hangs.length ? [h("p", { class: "hangs" }, say("It depends on:")), h("ul", {}, hangs)] : null,
      h(
        "details",
        {},
        h(
          "summary",
          {},
          settings.length > 1 ? say("In every setting, and how it is computed") : say("How it is computed"),
          h("span", { class: "visually-hidden", lang: "en" }, `: ${claim.words}`),
        ),
        found.lines.map((x) => h("p", {}, whole(x))),
        settings.length ? settingsTable(claim, settings, drawn, finding.unit) : null,
        claim.source
          ? h("p", { class: "source" }, say("Source of the claim:"), " ", h("span", { lang: "en" }, claim.source))
          : null,
      ),
    ].flat();
  }
}

function verdict(word) {
  return h(
    "p",
    { class: "verdict" },
    h("span", { class: "mark", "aria-hidden": "true" }, MARKS[word] ?? "○"),
    h("strong", {}, name(word)),
  );
}

function settingsTable(claim, settings, drawn, unit) {
  return h(
    "table",
    { class: "keep" },
    h("caption", { class: "visually-hidden" }, say("In every setting"), h("span", { lang: "en" }, `: ${claim.words}`)),
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        h("th", { scope: "col" }, say("setting")),
        h(
          "th",
          { scope: "col", class: "number" },
          say("figure"),
          h(
            "span",
            { class: "unit" },
            ["journeys", "km", "h"].includes(unit)
              ? say("{unit}, 5th–95th percentile of runs", { unit: name(unit) })
              : say("5th–95th percentile of runs"),
          ),
        ),
        h("th", { scope: "col", class: "number" }, say("support"), h("span", { class: "unit" }, say("holds"))),
        h("th", { scope: "col", class: "number" }, say("pairs")),
      ),
    ),
    h(
      "tbody",
      {},
      settings.map((s) =>
        h(
          "tr",
          s.turns ? { class: "turns" } : {},
          h("th", { scope: "row" }, s.name, h("small", {}, s.meaning)),
          h("td", { class: "number" }, s.figure),
          h("td", { class: "number" }, share(s.p)),
          h("td", { class: "number" }, drawn ? amount(s.pairs) : "–"),
        ),
      ),
    ),
  );
}
