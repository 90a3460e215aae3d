// @ts-check
// The parts of the page that show numbers: the day, the charts, who went where, access, camps.

import { dayPanel } from "./charts.js";
import { daily, endings, shutDays, stateOf, sum, waits } from "./facts.js";
import { state } from "./state.js";
import { amount, banded, change, day, h, people, peopleChange, percent, put, stateKey, unbroken, wholeRanges } from "./svg.js";
import { country, name, say, spoken } from "./words.js";

const QUIET = 0.05;
/** A name that fits into a line. */
const short = (text) => (text === say("without the orders that begin after the start") ? say("without the orders") : text.length > 34 ? `${text.slice(0, 33)}…` : text);
/** "short: 3", as the end of a line. */
const beside = (text, number) => `; ${short(text)}: ${number}`;

/** Where everybody is at the end, beside what is compared with, and the measures of what differs. The first cards add up. */
export function cards(host, facts, answer, base, result) {
  const stream = state.stream;
  const unit = facts.unit(stream);
  const now = endings(facts, answer, stream);
  const was = base && endings(facts, base, stream);
  const bands = answer.runs ? result.ends[stream].variant : null;
  const card = (key, words, value, other) =>
    h("div", { class: "card", "data-figure": key },
      h("dt", {}, words),
      h("dd", {}, h("span", { class: "big" }, amount(value)), bands ? h("span", { class: "range" }, rangeOf(bands[key])) : null, other === null ? null : h("span", { class: "range" }, change(value - other))),
    );
  const shown = [card("all", `${unit}, ${name(facts.view.all_words)}`, sum(Object.values(now)), null)];
  for (const { key, words } of facts.view.endings) {
    if (now[key] > QUIET || (was && was[key] > QUIET)) shown.push(card(key, name(words), now[key], was ? was[key] : null));
  }
  const measured = (answer.runs && was && result.words[stream]) || {};
  for (const [key, { unit: of, figure }] of Object.entries(measured)) {
    const { title, meaning } = facts.view.measures[key];
    const words = of === "share" ? percent(figure.mean, figure.p05, figure.p95) : banded(figure);
    const [head, ...tail] = words.split(" (");
    shown.push(h("div", { class: "card", "data-figure": key }, h("dt", { title: name(meaning) }, name(title)), h("dd", {}, h("span", { class: "big" }, head), tail.length ? h("span", { class: "range" }, `(${tail.join(" (")}`) : null)));
  }
  put(host, shown);
}

const rangeOf = (band) => (banded(band).includes(" (") ? `(${banded(band).split(" (")[1]}` : "");

/** One line: what the figures are, expected or of runs, and over which time orders are compared. */
export function which(host, facts, answer, result, ensemble) {
  const time = (iso) => `${day(iso.slice(0, 10), true)} ${iso.slice(11)}`;
  if (!answer.runs) {
    put(host, ensemble.busy ? say("Shown: expected flows, one figure each, without a range; means and ranges take their place when the runs have finished.") : say("Shown: expected flows, one figure each, without a range."));
    return;
  }
  const p = result.period;
  const few = result.seeds < facts.view.least_runs ? ` ${say("Fewer than {least} runs do not say whether a count lies inside their range.", { least: facts.view.least_runs })}` : "";
  const when = p?.orders.length ? ` ${say("What differs is compared while it is in force, {first} to {last}.", { first: time(p.begins), last: time(p.ends) })}` : "";
  const changing = result.answers?.[state.stream]?.changing;
  put(host, `${say("Shown: means of {runs} runs, in brackets their 5th to 95th percentile.", { runs: result.seeds })}${when}${few}${changing ? ` ${changing}` : ""}`);
}

/** Officers that would keep the wait short, of runs that have finished, and those on duty; marked where too few are. */
function staff(answer, gates, k) {
  const duty = sum(gates.map((g) => answer.on_duty[g]?.[k] ?? 0));
  const needed = answer.needed ? sum(gates.map((g) => answer.needed[g]?.[k] ?? 0)) : null;
  if (!duty && !(needed >= QUIET)) return "–";
  const few = needed !== null && needed > duty + QUIET;
  return h("span", { class: few ? "too-few" : null }, `${needed === null ? "–" : amount(needed)} / ${duty}`, few ? h("span", { class: "visually-hidden" }, ` ${say("too few")}`) : null);
}

const LONG = 10; // letters of a word for which the first column is made wider
const longNames = (crossings) => crossings.some((c) => c.short.length > 2 * LONG || c.short.split(/[\s-]/).some((word) => word.length > LONG));

/** Every crossing on the day: state, came, crossed, waiting, wait. */
export function dayTable(host, facts, answer, base, choose) {
  const { stream, day: k } = state;
  const days = facts.view.days.length;
  const unit = facts.unit(stream);
  const rows = facts.crossings(stream).map((c) => {
    const gates = facts.gates(stream, c.id);
    const at = (rows_) => sum(gates.map((g) => rows_[g][k]));
    const now = stateOf(facts, answer, stream, c.id, k);
    const crossed = at(answer.crossed);
    const wait = waits(answer, gates, days)[k];
    return h("tr", { class: c.id === state.crossing ? "chosen" : null },
      h("th", { scope: "row" }, h("button", { class: "row-button", "aria-pressed": String(c.id === state.crossing), onclick: () => choose(c.id) }, stateKey(now), c.short)),
      h("td", {}, h("span", { class: "visually-hidden" }, { open: say("open"), part: say("part"), closed: say("closed"), "no hours": say("no hours"), none: "–" }[now])),
      h("td", { class: "number" }, people(at(answer.arrived))),
      h("td", { class: "number" }, people(crossed), base ? [" ", h("small", {}, peopleChange(crossed - at(base.crossed)))] : null),
      h("td", { class: "number" }, people(at(answer.waiting))),
      h("td", { class: "number" }, amount(wait)),
      h("td", { class: "number" }, staff(answer, gates, k)),
    );
  });
  const head = (words, unit_, more = {}) => h("th", { scope: "col", ...more }, words, unit_ ? h("span", { class: "unit" }, unit_) : null);
  put(
    host,
    h("table", { class: longNames(facts.crossings(stream)) ? "keep long-names" : "keep", id: "day-table" },
      h("caption", {}, `${facts.group(stream)}, ${day(facts.view.days[k], true)}: ${answer.runs ? say("mean of the runs") : say("expected")}`),
      h("thead", {}, h("tr", {}, head(h("span", { class: "visually-hidden" }, say("crossing"))), head(h("span", { class: "visually-hidden" }, say("state"))), head(say("arrived"), unit, { class: "number" }), head(say("processed"), base ? `${unit}, ±` : unit, { class: "number" }), head(say("waiting"), say("{unit}, at day’s end", { unit }), { class: "number" }), head(say("wait"), say("h, mean"), { class: "number" }), head(say("officers"), say("needed / on duty"), { class: "number" }))),
      h("tbody", {}, rows),
    ),
  );
}

const both = (a, b) => (a ?? []).some((v) => v > QUIET) || (b ?? []).some((v) => v > QUIET);

/** Who crossed where, by day: a panel for each set of crossings that was counted together, then each crossing. */
export function crossedPanels(host, facts, answer, base, baseName, result, pins) {
  const { stream, day: k } = state;
  const days = facts.view.days;
  const drawn = [];
  const quiet = [];
  facts.view.panels.forEach((panel, n) => {
    if (panel.stream !== stream) return;
    const mid = daily(answer.crossed, panel.gates, days.length);
    const before = base && daily(base.crossed, panel.gates, days.length);
    if (!both(mid, before) && !panel.counted.length) {
      quiet.push(panelName(facts, panel));
      return;
    }
    const band = result?.panels[n];
    const others = pins.filter((p) => p.answer).map((p) => ({ name: p.name, kind: p.kind, values: daily(p.answer.crossed, panel.gates, days.length) }));
    const title = panelName(facts, panel);
    const chart = dayPanel({ title, unit: say("{unit} processed a day", { unit: facts.unit(stream) }), days, k, mid: answer.runs && band ? null : mid, base: before, baseName: short(baseName), band, counted: panel.counted, missed: band?.missed, shut: shutDays(facts, answer, panel.gates, days.length), others });
    const total = band ? say("{number} in all", { number: banded(band.total) }) : say("{number} expected in all", { number: amount(sum(mid)) });
    const was = band?.base_total ? beside(baseName, banded(band.base_total)) : before ? beside(baseName, amount(sum(before))) : "";
    drawn.push(h("div", { class: "panel" }, h("h3", {}, title), h("p", { class: "total" }, wholeRanges(total + was)), chart));
  });
  put(host, drawn.length ? drawn : h("p", { class: "quiet" }, say("Nobody of this group is expected to cross, and none was counted.")), quiet.length ? h("p", { class: "source wide-note" }, say("Nobody expected at: {list}.", { list: quiet.join(", ") })) : null);
}

/** The crossings of a panel and the way; in English as the report has them. */
function panelName(facts, panel) {
  if (spoken.code === "en") return panel.name;
  const all = panel.crossings.length > 1 && panel.crossings.length === facts.view.crossings.length;
  const where = all ? say("All {number} crossings", { number: panel.crossings.length }) : panel.crossings.map((c) => facts.short(c)).join(" + ");
  return panel.direction ? `${where}, ${say("into {country}", { country: country(panel.direction, facts.view.countries[panel.direction]) })}` : where;
}

/** Queues at each day's end and waits, crossing by crossing; those with none are named. */
export function queuePanels(host, facts, answer, base, baseName, result) {
  const { stream, day: k } = state;
  const days = facts.view.days;
  const drawn = [];
  const quiet = [];
  for (const c of facts.crossings(stream)) {
    const gates = facts.gates(stream, c.id);
    const queue = daily(answer.waiting, gates, days.length);
    const wait = waits(answer, gates, days.length);
    const counted = (facts.view.waiting_counts[stream]?.[c.id] ?? []).map((mark) => ({ ...mark, waits: true }));
    if (Math.max(...queue, 0) < 0.5 && Math.max(...wait.map((w) => w ?? 0)) < 0.5 && !counted.length) {
      quiet.push(c.short);
      continue;
    }
    const bands = result?.queues[stream]?.[c.id];
    const shut = shutDays(facts, answer, gates, days.length);
    drawn.push(
      h("div", { class: "panel" },
        h("h3", {}, c.short),
        dayPanel({ title: say("{crossing}, waiting at each day’s end", { crossing: c.short }), unit: say("{unit} waiting at the day’s end", { unit: facts.unit(stream) }), days, k, mid: answer.runs && bands ? null : queue, base: base && daily(base.waiting, gates, days.length), baseName: short(baseName), band: bands?.waiting, counted, shut }),
        dayPanel({ title: say("{crossing}, mean wait", { crossing: c.short }), unit: say("mean wait of those who join on the day, h"), days, k, mid: answer.runs && bands ? null : wait, base: base && waits(base, gates, days.length), baseName: short(baseName), band: bands?.wait_h, shut }),
      ),
    );
  }
  put(host, drawn, quiet.length ? h("p", { class: "source wide-note" }, drawn.length ? say("No queue to speak of: {list}.", { list: quiet.join(", ") }) : say("No queue to speak of anywhere: {list}.", { list: quiet.join(", ") })) : null);
}

/** Where did they go: the same people in both, as ribbons and as a table. */
export function effects(host, facts, ensemble, names, again) {
  const result = ensemble.result;
  if (!result) {
    put(host, ensemble.problem ? h("p", { class: "wrong", role: "alert" }, say("The runs were not made: {problem}", { problem: ensemble.problem })) : h("p", { class: "quiet" }, ensemble.busy ? say("Comes with the first runs.") : names.alike ? say("Runs give the ranges of the charts. Who went where needs two sides, A and B, that differ.") : say("Needs runs, which follow the same people in both.")), ensemble.busy ? null : h("button", { id: "run-ensemble", onclick: again }, say("Make the runs")));
    return;
  }
  if (!result.streams) {
    put(host, h("p", { class: "quiet" }, say("A and B are the same, so nobody is compared: the {runs} runs give the ranges of the charts. Change something, or choose another A, and the same people are followed in both.", { runs: result.seeds })), h("p", { class: "source" }, say("Random seeds {seeds}; scenario {name}.", { seeds: result.made_by.seeds, name: `${result.made_by.scenario} ${result.made_by.scenario_hash}` })));
    return;
  }
  const stream = state.stream;
  const row = result.streams.find((r) => r.stream === stream);
  const chart = h("div", { class: "fragment", "data-name": say("Who went where") });
  const unit = facts.unit(stream);
  const cells = Object.entries(facts.view.cells).filter(([cell]) => row[cell].mean > 0 || row[cell].p95 > 0);
  put(
    host,
    h("p", { class: "reading" }, wholeRanges(say("B, {now}, compared with A, {base}: of {all} {unit} who set out or wait to go, {diverted} crossed elsewhere, {deterred} gave up; not across, with no crossing open to them: {stranded}.", { now: names.now, base: names.base, all: banded(row.created), unit, diverted: banded(row.diverted), deterred: banded(row.deterred), stranded: banded(row.stranded) }))),
    chart,
    h("table", { class: "keep", id: "effects" },
      h("caption", {}, say("{group}: what became of the same people", { group: facts.group(stream) })),
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, say("what became of them")), h("th", { scope: "col", class: "number" }, unit, h("span", { class: "unit" }, say("mean (5th–95th percentile)"))))),
      h("tbody", {},
        cells.map(([cell, words]) => h("tr", { "data-cell": cell }, h("th", { scope: "row" }, name(cell), h("small", {}, name(words))), h("td", { class: "number" }, unbroken(banded(row[cell]))))),
        h("tr", { "data-cell": "created" }, h("th", { scope: "row" }, say("all")), h("td", { class: "number" }, unbroken(banded(row.created)))),
        row.extra_km.mean !== null ? h("tr", {}, h("th", { scope: "row" }, say("extra journey of one diverted")), h("td", { class: "number" }, `${banded(row.extra_km)} ${say("km")}, ${banded(row.extra_h)} ${say("h")}`)) : null,
      ),
    ),
    h("p", { class: "source" }, say("Random seeds {seeds}; scenario {name}, against {base}. The range shows random variation only, not uncertainty about the parameters.", { seeds: result.made_by.seeds, name: `${result.made_by.scenario} ${result.made_by.scenario_hash}`, base: result.made_by.baseline_hash })),
  );
  return chart;
}

/** How far to the nearest open crossing, on the day and over time. */
export function accessView(host, facts, found, before, baseName) {
  const { day: k } = state;
  const days = facts.view.days;
  const parts = found.borders.map((at, n) => {
    const into = country(at.direction, facts.view.countries[at.direction]);
    const was = before?.borders[n];
    const gap = amount(at.longest_gap_km, 0);
    const chart = at.gap_by_day.some((g) => g !== null)
      ? h("div", { class: "panel" }, dayPanel({ title: say("Longest stretch without an open crossing"), unit: say("km with no open crossing, at noon"), days, k, mid: at.gap_by_day, base: was?.gap_by_day, baseName: short(baseName), steps: true }))
      : null;
    const rows = at.rows.map((r) => h("tr", {}, h("th", { scope: "row" }, facts.place.get(r.origin)?.name ?? r.origin), h("td", {}, r.nearest ? facts.short(r.nearest) : say("none open")), h("td", { class: "number" }, amount(r.km, 0)), h("td", { class: "number" }, amount(r.hours)), h("td", { class: "number" }, r.extra_km > 0.5 ? `+${amount(r.extra_km, 0)}` : "0"), h("td", { class: "number" }, r.extra_h > 0.05 ? `+${amount(r.extra_h)}` : "0")));
    return h("div", { class: "access-border" },
      h("p", { class: "reading" },
        say("At noon on {day}, into {country}, open to {group}: {list}.", { day: day(days[k], true), country: into, group: facts.group(state.stream), list: at.open.length ? at.open.map((c) => facts.short(c)).join(", ") : say("no crossing") }), " ",
        say("The longest stretch of border without: {gap} of {all} km{other}.", { gap, all: amount(at.declared_km ?? at.line_km, 0), other: was ? ` (${short(baseName)}: ${amount(was.longest_gap_km, 0)} ${say("km")})` : "" })),
      h("div", { class: "pair" }, chart,
        rows.length ? h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": say("By road to the nearest open crossing") }, h("table", { class: "keep" }, h("caption", {}, say("By road to the nearest open crossing")), h("thead", {}, h("tr", {}, h("th", { scope: "col" }, say("from")), h("th", { scope: "col" }, say("nearest")), h("th", { scope: "col", class: "number" }, say("km")), h("th", { scope: "col", class: "number" }, say("h")), h("th", { scope: "col", class: "number" }, say("km more")), h("th", { scope: "col", class: "number" }, say("h more")))), h("tbody", {}, rows))) : null,
      ),
    );
  });
  put(host, parts, h("p", { class: "source" }, say("Open: not closed by an order, with an opening within 24 h. More: than with all crossings open. Computed from the road network, not simulated: no range.")));
}

/** Camps: who is there and who was counted, day by day, the largest camp first. */
export function campPanels(host, facts, answer, base, baseName, result) {
  const { day: k } = state;
  const days = facts.view.days;
  const run = result?.camp_error;
  const error = run ? say("{share}, of {runs} runs", { share: percent(run.mean, run.p05, run.p95), runs: result.seeds }) : say("{share} by expected flows", { share: percent(answer.camp_error) });
  const was = base && base.camp_error !== answer.camp_error ? beside(baseName, say("{share} by expected flows", { share: percent(base.camp_error) })) : "";
  const rows = facts.view.camps.map((camp) => {
    const there = result?.camps?.[camp.place]?.mid[k] ?? answer.camps[camp.place]?.[k] ?? 0;
    const seen = camp.counted[k];
    return h("tr", {}, h("th", { scope: "row" }, camp.name), h("td", { class: "number" }, people(there)), h("td", { class: "number" }, people(seen)), h("td", { class: "number" }, seen === null || seen === undefined ? "–" : peopleChange(there - seen)));
  });
  const head = (words, more = {}) => h("th", { scope: "col", ...more }, words);
  const panels = facts.view.camps.map((camp) => h("div", { class: "panel" }, h("h3", {}, camp.name),
    dayPanel({ title: camp.name, unit: say("people there at the day’s end"), days, k, mid: answer.camps[camp.place] ?? days.map(() => 0), base: base?.camps[camp.place], baseName: short(baseName), band: result?.camps?.[camp.place], others: [{ name: say("counted"), kind: "counted", values: camp.counted }] })));
  put(
    host,
    h("p", { class: "reading" }, say("Averaged relative difference (ARD) of camps and counts: {share}.", { share: `${error}${was}` }), " ", say("It is the sum over camps of |simulated − counted| over the people counted, as a mean over the days after the first.")),
    h("table", { class: "keep", id: "camp-table" },
      h("caption", {}, result?.camps ? say("{day}: people in camps, median of {runs} runs", { day: day(days[k], true), runs: result.seeds }) : say("{day}: people in camps, expected", { day: day(days[k], true) })),
      h("thead", {}, h("tr", {}, head(say("camp")), head(result?.camps ? say("simulated") : say("expected"), { class: "number" }), head(say("counted"), { class: "number" }), head(say("difference"), { class: "number" }))),
      h("tbody", {}, rows),
    ),
    h("div", { class: "panels" }, panels),
    h("p", { class: "source" }, say("Line: expected. Dotted: counted, linear between counts. A range shows random variation only, not uncertainty about the parameters; it is narrow where there are many people.")),
  );
}
