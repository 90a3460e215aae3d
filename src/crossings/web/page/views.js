// The parts of the page that show numbers: the day, the charts, who went where, access, variants.

import { dayPanel, sankey } from "./charts.js";
import { daily, endings, shutDays, stateOf, sum, waits } from "./facts.js";
import { state } from "./state.js";
import { amount, banded, change, day, h, people, peopleChange, put, stateKey } from "./svg.js";

const QUIET = 0.05;
/** A name that fits into a line. */
const short = (name) => (name.startsWith("without the orders that") ? "without the orders" : name.length > 34 ? `${name.slice(0, 33)}…` : name);

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
  const shown = [card("all", `${unit} ${facts.view.all_words}`, sum(Object.values(now)), null)];
  for (const { key, words } of facts.view.endings) {
    if (now[key] > QUIET || (was && was[key] > QUIET)) shown.push(card(key, words, now[key], was ? was[key] : null));
  }
  const measured = (answer.runs && was && result.words[stream]) || {};
  for (const name of ["share_diverted", "share_deterred", "change_of_arrivals", "journeys_affected"]) {
    if (!measured[name]) continue;
    const [head, ...tail] = typeset(measured[name]).split(" (");
    shown.push(h("div", { class: "card", "data-figure": name }, h("dt", { title: facts.view.measures[name].meaning }, facts.view.measures[name].title), h("dd", {}, h("span", { class: "big" }, head), tail.length ? h("span", { class: "range" }, `(${tail.join(" (")}`) : null)));
  }
  put(host, shown);
}

const rangeOf = (band) => (banded(band).includes(" (") ? `(${banded(band).split(" (")[1]}` : "");
const typeset = (text) => text.replace(/(?<!\w)-(?=\d)/g, "−");

/** One line: what the figures are, expected or of runs, and over which time orders are compared. */
export function which(host, facts, answer, result, ensemble) {
  const time = (iso) => `${day(iso.slice(0, 10), true)} ${iso.slice(11)}`;
  if (!answer.runs) {
    put(host, `Shown: expected flows, one figure each, without a range${ensemble.busy ? "; means and ranges take their place when the runs have finished" : ""}.`);
    return;
  }
  const p = result.period;
  const few = result.seeds < facts.view.least_runs ? ` Fewer than ${facts.view.least_runs} runs do not say whether a count lies inside their range.` : "";
  const when = p && p.orders.length ? ` What differs is compared while it is in force, ${time(p.begins)} to ${time(p.ends)}.` : "";
  put(host, `Shown: means of ${result.seeds} runs, in brackets their 5th to 95th percentile.${when}${few}`);
}

/** Officers that would keep the wait short, of runs that have finished, and those on duty; marked where too few are. */
function staff(answer, gates, k) {
  const duty = sum(gates.map((g) => answer.on_duty[g]?.[k] ?? 0));
  const needed = answer.needed ? sum(gates.map((g) => answer.needed[g]?.[k] ?? 0)) : null;
  if (!duty && !(needed >= QUIET)) return "–";
  const few = needed !== null && needed > duty + QUIET;
  return h("span", { class: few ? "too-few" : null }, `${needed === null ? "–" : amount(needed)} / ${duty}`, few ? h("span", { class: "visually-hidden" }, " too few") : null);
}

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
      h("td", {}, h("span", { class: "state-words" }, { open: "open", part: "part", closed: "closed", "no hours": "no hours", none: "–" }[now])),
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
    h("table", { class: "keep", id: "day-table" },
      h("caption", {}, `${facts.stream(stream).name}, ${day(facts.view.days[k], true)}: ${answer.runs ? "mean of the runs" : "expected"}`),
      h("thead", {}, h("tr", {}, head("crossing"), head("state"), head("came", unit, { class: "number" }), head("crossed", base ? `${unit}, ±` : unit, { class: "number" }), head("waiting", `${unit}, at day's end`, { class: "number" }), head("wait", "h, mean", { class: "number" }), head("officers", "needed / on duty", { class: "number" }))),
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
      quiet.push(panel.name);
      return;
    }
    const band = result?.panels[n];
    const others = pins.filter((p) => p.answer).map((p) => ({ name: p.name, kind: p.kind, values: daily(p.answer.crossed, panel.gates, days.length) }));
    const chart = dayPanel({ title: panel.name, unit: `${facts.unit(stream)} crossed a day`, days, k, mid: answer.runs && band ? null : mid, base: before, baseName: short(baseName), band, counted: panel.counted, missed: band?.missed, shut: shutDays(facts, answer, panel.gates, days.length), others });
    const total = band ? `${banded(band.total)} in all` : `${amount(sum(mid))} expected in all`;
    const was = band?.base_total ? `; ${short(baseName)} ${banded(band.base_total)}` : before ? `; ${short(baseName)} ${amount(sum(before))}` : "";
    drawn.push(h("div", { class: "panel" }, h("h3", {}, panel.name), h("p", { class: "total" }, total + was), chart));
  });
  put(host, drawn.length ? drawn : h("p", { class: "quiet" }, "Nobody of this stream is expected to cross, and none was counted."), quiet.length ? h("p", { class: "source wide-note" }, `Nobody expected at: ${quiet.join(", ")}.`) : null);
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
    const counted = facts.view.waiting_counts[stream]?.[c.id] ?? [];
    if (Math.max(...queue, 0) < 0.5 && Math.max(...wait.map((w) => w ?? 0)) < 0.5 && !counted.length) {
      quiet.push(c.short);
      continue;
    }
    const bands = result?.queues[stream]?.[c.id];
    const shut = shutDays(facts, answer, gates, days.length);
    drawn.push(
      h("div", { class: "panel" },
        h("h3", {}, c.short),
        dayPanel({ title: `${c.short}, waiting at each day's end`, unit: `${facts.unit(stream)} waiting at the day's end`, days, k, mid: answer.runs && bands ? null : queue, base: base && daily(base.waiting, gates, days.length), baseName: short(baseName), band: bands?.waiting, counted, shut }),
        dayPanel({ title: `${c.short}, mean wait`, unit: "mean wait of those who came, h", days, k, mid: answer.runs && bands ? null : wait, base: base && waits(base, gates, days.length), baseName: short(baseName), band: bands?.wait_h, shut }),
      ),
    );
  }
  put(host, drawn, quiet.length ? h("p", { class: "source wide-note" }, `${drawn.length ? "No queue to speak of" : "No queue to speak of anywhere"}: ${quiet.join(", ")}.`) : null);
}

/** Where did they go: the same people in both, as ribbons and as a table. */
export function effects(host, facts, ensemble, names, again) {
  const result = ensemble.result;
  if (!result) {
    put(host, ensemble.problem ? h("p", { class: "wrong", role: "alert" }, `The ensemble was not run: ${ensemble.problem}`) : h("p", { class: "quiet" }, ensemble.busy ? "Comes with the first seeds of the ensemble." : names.alike ? "An ensemble gives the bands of the charts. Who went where needs two sides, A and B, that differ." : "Needs an ensemble, which follows the same people in both."), ensemble.busy ? null : h("button", { id: "run-ensemble", onclick: again }, "Run the ensemble"));
    return;
  }
  if (!result.streams) {
    put(host, h("p", { class: "quiet" }, `A and B are the same, so nobody is compared: the ensemble over ${result.seeds} seeds gives the bands of the charts. Change something, or choose another A, and the same people are followed in both.`), h("p", { class: "source" }, `Seeds ${result.made_by.seeds}; scenario ${result.made_by.scenario} ${result.made_by.scenario_hash}.`));
    return;
  }
  const stream = state.stream;
  const row = result.streams.find((r) => r.stream === stream);
  const rows = result.flows.filter((f) => f.stream === stream);
  const chart = sankey(facts, rows, Math.max(330, Math.min(1100, host.clientWidth || 1000)), [`A: ${short(names.base)}`, `B: ${names.now}`], facts.unit(stream));
  const unit = facts.unit(stream);
  const cells = Object.entries(facts.view.cells).filter(([cell]) => row[cell].mean > 0 || row[cell].p95 > 0);
  put(
    host,
    h("p", { class: "reading" }, `B, ${names.now}, beside A, ${names.base}: of ${banded(row.created)} ${unit} who set out or wait to go, ${banded(row.diverted)} crossed elsewhere, ${banded(row.deterred)} gave up, ${banded(row.stranded)} are ${facts.view.cells.stranded}.`),
    chart ?? h("p", { class: "quiet" }, "Nobody of this stream crosses, with or without."),
    h("table", { class: "keep", id: "effects" },
      h("caption", {}, `${facts.stream(stream).name}: what became of the same people`),
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "what became of them"), h("th", { scope: "col", class: "number" }, unit, h("span", { class: "unit" }, "mean (5th–95th percentile)")))),
      h("tbody", {},
        cells.map(([cell, words]) => h("tr", { "data-cell": cell }, h("th", { scope: "row" }, cell, h("small", {}, words)), h("td", { class: "number" }, banded(row[cell])))),
        h("tr", { "data-cell": "created" }, h("th", { scope: "row" }, "all"), h("td", { class: "number" }, banded(row.created))),
        row.extra_km.mean !== null ? h("tr", {}, h("th", { scope: "row" }, "extra journey of one diverted"), h("td", { class: "number" }, `${banded(row.extra_km)} km, ${banded(row.extra_h)} h`)) : null,
      ),
    ),
    h("p", { class: "source" }, `Seeds ${result.made_by.seeds}; scenario ${result.made_by.scenario} ${result.made_by.scenario_hash}, against ${result.made_by.baseline_hash}. The band is chance alone; it does not hold the doubt about the parameters.`),
  );
}

/** How far to the nearest open crossing, on the day and over time. */
export function accessView(host, facts, found, before, baseName) {
  const { day: k } = state;
  const days = facts.view.days;
  const parts = found.borders.map((at, n) => {
    const into = facts.view.countries[at.direction] ?? at.direction;
    const was = before?.borders[n];
    const gap = amount(at.longest_gap_km, 0);
    const chart = at.gap_by_day.some((g) => g !== null)
      ? h("div", { class: "panel" }, dayPanel({ title: "Longest stretch without an open crossing", unit: "km with no open crossing, at noon", days, k, mid: at.gap_by_day, base: was?.gap_by_day, baseName: short(baseName), steps: true }))
      : null;
    const rows = at.rows.map((r) => h("tr", {}, h("th", { scope: "row" }, facts.place.get(r.origin)?.name ?? r.origin), h("td", {}, r.nearest ? facts.short(r.nearest) : "none open"), h("td", { class: "number" }, amount(r.km, 0)), h("td", { class: "number" }, amount(r.hours)), h("td", { class: "number" }, r.extra_km > 0.5 ? `+${amount(r.extra_km, 0)}` : "0"), h("td", { class: "number" }, r.extra_h > 0.05 ? `+${amount(r.extra_h)}` : "0")));
    return h("div", { class: "access-border" },
      h("p", { class: "reading" }, `At noon on ${day(days[k], true)}, ${at.open.length ? `${at.open.map((c) => facts.short(c)).join(", ")} ${at.open.length > 1 ? "are" : "is"} open` : "no crossing is open"} to ${facts.stream(state.stream).name} into ${into}. The longest stretch of border without: ${gap} km of ${amount(at.declared_km ?? at.line_km, 0)} km${was ? ` (${short(baseName)}: ${amount(was.longest_gap_km, 0)} km)` : ""}.`),
      h("div", { class: "pair" }, chart,
        rows.length ? h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "By road to the nearest open crossing" }, h("table", { class: "keep" }, h("caption", {}, "By road to the nearest open crossing"), h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "from"), h("th", { scope: "col" }, "nearest"), h("th", { scope: "col", class: "number" }, "km"), h("th", { scope: "col", class: "number" }, "h"), h("th", { scope: "col", class: "number" }, "more km"), h("th", { scope: "col", class: "number" }, "more h"))), h("tbody", {}, rows))) : null,
      ),
    );
  });
  put(host, parts, h("p", { class: "source" }, "Open: not closed by an order, with an opening within 24 h. More: than with all crossings open. Nothing here is drawn at random, so there is no band."));
}

/** Variants beside one another. variants: [{name, answer, kind, drop}] with the one that is compared with first. */
export function compareTable(host, facts, variants) {
  const stream = state.stream;
  const days = facts.view.days.length;
  const unit = facts.unit(stream);
  const shown = variants.filter((v) => v.answer);
  const first = shown[0]?.answer;
  const line = (words, of, small) =>
    h("tr", {}, h("th", { scope: "row" }, words, small ? h("small", {}, small) : null), shown.map((v, n) => h("td", { class: "number" }, amount(of(v.answer)), n ? [" ", h("small", {}, change(of(v.answer) - of(first)))] : null)));
  const crossed = (c) => (answer) => sum(facts.gates(stream, c.id).map((g) => sum(answer.crossed[g])));
  put(
    host,
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Variants beside one another" },
      h("table", { class: "keep", id: "variants" },
        h("caption", {}, `${facts.stream(stream).name} over the whole run, ${unit}`),
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "crossed at"), shown.map((v) => h("th", { scope: "col", class: "number" }, v.rename ? h("span", { class: `swatch other-${v.kind}`, "aria-hidden": "true" }) : null, v.rename ? h("input", { class: "pin-name", value: v.name, maxlength: 60, "aria-label": "name of the pinned variant", onchange: (event) => v.rename(event.target.value.trim()) }) : v.name, h("small", {}, v.answer.runs ? " mean of the runs" : " expected"), v.drop ? h("button", { class: "plain", "aria-label": `unpin ${v.name}`, onclick: v.drop }, "✕") : null)))),
        h("tbody", {},
          facts.crossings(stream).map((c) => line(c.short, crossed(c))),
          line("all crossings", (a) => sum(facts.crossings(stream).map((c) => crossed(c)(a)))),
          facts.view.endings.map(({ key, words }) => line(words, (a) => endings(facts, a, stream)[key], "at the end")),
          line(facts.view.all_words, (a) => sum(Object.values(endings(facts, a, stream)))),
          line("longest queue", (a) => Math.max(0, ...facts.crossings(stream).flatMap((c) => daily(a.waiting, facts.gates(stream, c.id), days))), "at any day's end, of any crossing"),
        ),
      ),
    ),
  );
}

/** Camps: who is there and who was counted, day by day, the largest camp first. */
export function campPanels(host, facts, answer, base, baseName, result) {
  const { day: k } = state;
  const days = facts.view.days;
  const run = result?.camp_error;
  const percent = (share) => `${amount(share * 100)}%`;
  const error = run ? `${percent(run.mean)} (${percent(run.p05)}–${percent(run.p95)} over ${result.seeds} seeds)` : `${percent(answer.camp_error)} by expected flows`;
  const was = base && base.camp_error !== answer.camp_error ? `; ${short(baseName)} ${percent(base.camp_error)} by expected flows` : "";
  const rows = facts.view.camps.map((camp) => {
    const there = result?.camps?.[camp.place]?.mid[k] ?? answer.camps[camp.place]?.[k] ?? 0;
    const seen = camp.counted[k];
    return h("tr", {}, h("th", { scope: "row" }, camp.name), h("td", { class: "number" }, people(there)), h("td", { class: "number" }, people(seen)), h("td", { class: "number" }, seen === null || seen === undefined ? "–" : peopleChange(there - seen)));
  });
  const head = (words, more = {}) => h("th", { scope: "col", ...more }, words);
  const panels = facts.view.camps.map((camp) => h("div", { class: "panel" }, h("h3", {}, camp.name),
    dayPanel({ title: camp.name, unit: "people there at the day's end", days, k, mid: answer.camps[camp.place] ?? days.map(() => 0), base: base?.camps[camp.place], baseName: short(baseName), band: result?.camps?.[camp.place], others: [{ name: "counted", kind: "counted", values: camp.counted }] })));
  put(
    host,
    h("p", { class: "reading" }, `Averaged relative difference (ARD) of camps and counts: ${error}${was}. It is the sum over camps of |simulated − counted| over the people counted, as a mean over the days after the first.`),
    h("table", { class: "keep", id: "camp-table" },
      h("caption", {}, `${day(days[k], true)}: people in camps, ${result?.camps ? `median of ${result.seeds} seeds` : "expected"}`),
      h("thead", {}, h("tr", {}, head("camp"), head(result?.camps ? "simulated" : "expected", { class: "number" }), head("counted", { class: "number" }), head("difference", { class: "number" }))),
      h("tbody", {}, rows),
    ),
    h("div", { class: "panels" }, panels),
    h("p", { class: "source" }, "Line: expected. Dotted: counted, linear between counts. A band holds chance alone, not what is unknown of the parameters; it is thin where many people are drawn."),
  );
}
