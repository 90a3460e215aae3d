// @ts-check
// What was claimed, and what the numbers say of it.

import { amount, day, decimal, h, percent } from "./svg.js";
import { column, number, numbers, quiet, rowName, source, table } from "./tables.js";
import { counted, name, say } from "./words.js";

const MARKS = { "consistent with the measure": "✓", inconsistent: "✗", "not testable here": "–" };
const SIGNS = { "<": "<", ">": ">", "<=": "≤", ">=": "≥" };

/** Dashes of an option stay with its name. */
const whole = (text) => text.replaceAll("--", "-\u2060-\u2060");
const share = (p) => (p === null ? "–" : decimal(p, 2, 2));
const sentence = (text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? "" : "."}`;
const english = (text) => h("span", { lang: "en" }, text);

/** What was claimed, a row a claim, with an empty cell for what comes out. limits: of how many runs. */
export function claimsTable(facts, { least, few, many }) {
  // Rows are blocks on a phone, so their roles are said.
  const head = (words) => h("th", { scope: "col", role: "columnheader" }, words);
  const row = (c) =>
    h(
      "tr",
      { role: "row" },
      h(
        "th",
        { scope: "row", role: "rowheader" },
        english(c.words),
        h("small", {}, english(c.by), `, ${day(c.date, true)}`),
      ),
      h("td", { role: "cell", "data-label": say("tested with") }, h("span", {}, held(facts, c) || say("no measure"))),
      h("td", { role: "cell", class: "outcome", "data-claim": c.id }),
    );
  const columns = [head(say("claim")), head(say("tested with")), head(say("what comes out"))];
  return [
    h(
      "table",
      { role: "table", id: "claims-table" },
      h("caption", {}, say("What was claimed, in our words, and what comes out")),
      h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, columns)),
      h("tbody", { role: "rowgroup" }, facts.view.claims.map(row)),
    ),
    source(
      say(
        "Each claim is tested with the orders that it refers to, compared with no orders, until a later order replaces them. Your changes apply to both; other orders are left out of both. The figure is a mean with the 5th to 95th percentile of runs. A verdict is given only where the claim holds, or fails, in at least 95% of {least} pairs of runs or more, under every setting; questions of law or intent have none. Groups that make {many} journeys or more get {few} pairs of runs in all settings but the first. The same as crossings claims, and the same numbers with the same seeds. Claims stand as the scenario has them.",
        { least, many: amount(many), few },
      ),
    ),
  ];
}

/** The measure that a claim is held to, with its value. */
function held(facts, { measure, comparison, value }) {
  const found = facts.view.measures[measure];
  if (!found || value === null) return found ? name(found.title) : "";
  return `${name(found.title)} ${SIGNS[comparison]}\u00a0${inUnit(value, found.unit)}`;
}

function inUnit(value, unit) {
  if (unit === "share") return percent(value);
  return ["ratio", "log10"].includes(unit) ? amount(value) : `${amount(value)} ${counted(unit, value)}`;
}

/** A claim that is not tested yet, or cannot be. */
export function untested(claim, words) {
  if (!claim.verdict) return quiet(words || say("not tested yet"));
  const reason = h("p", {}, sentence(name(claim.reason)));
  return [verdict(claim.verdict), reason, words && claim.measure ? quiet(words) : null];
}

/** What the numbers say of a claim. stale: of what it was before a change; least: pairs of runs that can settle one. */
export function finding(claim, found, stale, least) {
  const { settings } = found;
  const pairs = settings[0]?.pairs ?? 0;
  const drawn = settings.some((s) => s.pairs > 1);
  const hangs = [
    ...found.finding.hangs_on.map(ofParameter),
    ...(pairs >= least || !drawn ? settings.filter((s) => s.turns).map(ofSetting) : []),
  ];
  return [
    stale ? h("p", { class: "since" }, say("Before the change:")) : null,
    verdict(found.finding.verdict),
    found.figure ? figureLine(found, drawn ? amount(pairs) : null) : null,
    h("p", {}, sentence(whole(found.reason))),
    ...(hangs.length ? [h("p", { class: "hangs" }, say("It depends on:")), h("ul", {}, hangs)] : []),
    h(
      "details",
      {},
      h(
        "summary",
        {},
        settings.length > 1 ? say("In every setting, and how it is computed") : say("How it is computed"),
        h("span", { class: "visually-hidden", lang: "en" }, `: ${claim.words}`),
      ),
      found.lines.map((line) => h("p", {}, whole(line))),
      settings.length ? settingsTable(claim, settings, drawn, found.finding.unit) : null,
      claim.source ? source(say("Source of the claim:"), " ", english(claim.source)) : null,
    ),
  ];
}

function ofParameter({ parameter, p_low, p_high }) {
  const support = { parameter, low: share(p_low), high: share(p_high) };
  return h(
    "li",
    {},
    say(
      "{parameter}, of which the counts say little: support is {low} with low values and {high} with high ones",
      support,
    ),
  );
}

const ofSetting = (s) =>
  h("li", {}, h("b", {}, s.name), `: ${s.meaning} (${say("support {share}", { share: share(s.p) })})`);

function figureLine({ figure, people }, runs) {
  return h(
    "p",
    { class: "figure-line" },
    h("b", {}, figure),
    people ? h("span", { class: "people" }, `; ${people}`) : null,
    runs ? h("span", { class: "quiet" }, ` ${say("over {runs} runs", { runs })}`) : null,
  );
}

function verdict(word) {
  const mark = h("span", { class: "mark", "aria-hidden": "true" }, MARKS[word] ?? "○");
  return h("p", { class: "verdict" }, mark, h("strong", {}, name(word)));
}

function settingsTable(claim, settings, drawn, unit) {
  const range = ["journeys", "km", "h"].includes(unit)
    ? say("{unit}, 5th–95th percentile of runs", { unit: name(unit) })
    : say("5th–95th percentile of runs");
  const row = (s) =>
    h(
      "tr",
      { class: s.turns ? "turns" : null },
      rowName(s.name, h("small", {}, s.meaning)),
      number(s.figure),
      number(share(s.p)),
      number(drawn ? amount(s.pairs) : "–"),
    );
  return table({
    caption: [say("In every setting"), english(`: ${claim.words}`)],
    titled: { class: "visually-hidden" },
    head: [
      column(say("setting")),
      numbers(say("figure"), range),
      numbers(say("support"), say("holds")),
      numbers(say("pairs")),
    ],
    rows: settings.map(row),
  });
}
