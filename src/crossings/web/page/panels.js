// @ts-check
// Charts by day, one beside another: who crossed where, queues and waits, camps.

import { dayPanel } from "./charts.js";
import { daily, QUIET, shutDays, sum, waits } from "./facts.js";
import { state } from "./state.js";
import { amount, banded, day, h, people, peopleChange, percent, put, wholeRanges } from "./svg.js";
import { column, number, numbers, panel, quiet, reading, rowName, source, table, wideNote } from "./tables.js";
import { country, say, spoken } from "./words.js";

/** A name that fits into a line. */
export function short(text) {
  if (text === say("without the orders that begin after the start")) return say("without the orders");
  return text.length > 34 ? `${text.slice(0, 33)}…` : text;
}

/** "short: 3", as the end of a line. */
const beside = (text, figure) => `; ${short(text)}: ${figure}`;

const some = (values) => (values ?? []).some((v) => v > QUIET);

/** Who crossed where, by day: a panel for each set of crossings that was counted together, then each crossing. */
export function crossedPanels(host, facts, answer, base, baseName, result, pins) {
  const days = facts.view.days;
  const drawn = [];
  const empty = [];
  facts.view.panels.forEach((one, n) => {
    if (one.stream !== state.stream) return;
    const of = (rows) => daily(rows, one.gates, days.length);
    const [mid, before] = [of(answer.crossed), base && of(base.crossed)];
    const title = panelName(facts, one);
    if (!some(mid) && !some(before) && !one.counted.length) {
      empty.push(title);
      return;
    }
    const band = result?.panels[n];
    const chart = dayPanel({
      title,
      unit: say("{unit} processed a day", { unit: facts.unit(state.stream) }),
      days,
      k: state.day,
      mid: answer.runs && band ? null : mid,
      base: before,
      baseName: short(baseName),
      band,
      counted: one.counted,
      missed: band?.missed,
      shut: shutDays(facts, answer, one.gates, days.length),
      others: pins.filter((p) => p.answer).map((p) => ({ name: p.name, kind: p.kind, values: of(p.answer.crossed) })),
    });
    const words = wholeRanges(total(band, mid) + totalBefore(band, before, baseName));
    drawn.push(panel(title, h("p", { class: "total" }, words), chart));
  });
  put(
    host,
    drawn.length ? drawn : quiet(say("Nobody of this group is expected to cross, and none was counted.")),
    empty.length ? wideNote(say("Nobody expected at: {list}.", { list: empty.join(", ") })) : null,
  );
}

const total = (band, mid) =>
  band
    ? say("{number} in all", { number: banded(band.total) })
    : say("{number} expected in all", { number: amount(sum(mid)) });

function totalBefore(band, before, baseName) {
  if (band?.base_total) return beside(baseName, banded(band.base_total));
  return before ? beside(baseName, amount(sum(before))) : "";
}

/** The crossings of a panel and the way; in English as the report has them. */
function panelName(facts, { name, crossings, direction }) {
  if (spoken.code === "en") return name;
  const all = crossings.length > 1 && crossings.length === facts.view.crossings.length;
  const where = all
    ? say("All {number} crossings", { number: crossings.length })
    : crossings.map((c) => facts.short(c)).join(" + ");
  const into = direction && say("into {country}", { country: country(direction, facts.view.countries[direction]) });
  return into ? `${where}, ${into}` : where;
}

/** Queues at each day's end and waits, crossing by crossing; those with none are named. */
export function queuePanels(host, facts, answer, base, baseName, result) {
  const { stream, day: k } = state;
  const days = facts.view.days;
  const drawn = [];
  const empty = [];
  for (const c of facts.crossings(stream)) {
    const gates = facts.gates(stream, c.id);
    const queued = (from) => daily(from.waiting, gates, days.length);
    const waited = (from) => waits(from, gates, days.length);
    const counted = (facts.view.waiting_counts[stream]?.[c.id] ?? []).map((mark) => ({ ...mark, waits: true }));
    const most = Math.max(...queued(answer), ...waited(answer).map((w) => w ?? 0));
    if (most < 0.5 && !counted.length) {
      empty.push(c.short);
      continue;
    }
    const bands = result?.queues[stream]?.[c.id];
    const shut = shutDays(facts, answer, gates, days.length);
    const mid = (values) => (answer.runs && bands ? null : values);
    const common = { days, k, baseName: short(baseName), shut };
    drawn.push(
      panel(
        c.short,
        dayPanel({
          ...common,
          title: say("{crossing}, waiting at each day’s end", { crossing: c.short }),
          unit: say("{unit} waiting at the day’s end", { unit: facts.unit(stream) }),
          mid: mid(queued(answer)),
          base: base && queued(base),
          band: bands?.waiting,
          counted,
        }),
        dayPanel({
          ...common,
          title: say("{crossing}, mean wait", { crossing: c.short }),
          unit: say("mean wait of those who join on the day, h"),
          mid: mid(waited(answer)),
          base: base && waited(base),
          band: bands?.wait_h,
        }),
      ),
    );
  }
  const list = empty.join(", ");
  const note = drawn.length
    ? say("No queue to speak of: {list}.", { list })
    : say("No queue to speak of anywhere: {list}.", { list });
  put(host, drawn, empty.length ? wideNote(note) : null);
}

/** Camps: who is there and who was counted, day by day, the largest camp first. */
export function campPanels(host, facts, answer, base, baseName, result) {
  const { days, camps } = facts.view;
  const [runs, on] = [result?.seeds, day(days[state.day], true)];
  const chart = ({ name, place, counted }) =>
    dayPanel({
      title: name,
      unit: say("people there at the day’s end"),
      days,
      k: state.day,
      mid: answer.camps[place] ?? days.map(() => 0),
      base: base?.camps[place],
      baseName: short(baseName),
      band: result?.camps?.[place],
      others: [{ name: say("counted"), kind: "counted", values: counted }],
    });
  put(
    host,
    reading(
      say("Averaged relative difference (ARD) of camps and counts: {share}.", {
        share: campError(answer, base, baseName, result),
      }),
      " ",
      say(
        "It is the sum over camps of |simulated − counted| over the people counted, as a mean over the days after the first.",
      ),
    ),
    table({
      id: "camp-table",
      caption: result?.camps
        ? say("{day}: people in camps, median of {runs} runs", { day: on, runs })
        : say("{day}: people in camps, expected", { day: on }),
      head: [
        column(say("camp")),
        numbers(result?.camps ? say("simulated") : say("expected")),
        numbers(say("counted")),
        numbers(say("difference")),
      ],
      rows: camps.map((camp) => campRow(camp, answer, result)),
    }),
    h(
      "div",
      { class: "panels" },
      camps.map((camp) => panel(camp.name, chart(camp))),
    ),
    source(
      say(
        "Line: expected. Dotted: counted, linear between counts. A range shows random variation only, not uncertainty about the parameters; it is narrow where there are many people.",
      ),
    ),
  );
}

function campError(answer, base, baseName, result) {
  const run = result?.camp_error;
  const expected = (error) => say("{share} by expected flows", { share: percent(error) });
  const error = run
    ? say("{share}, of {runs} runs", { share: percent(run.mean, run.p05, run.p95), runs: result.seeds })
    : expected(answer.camp_error);
  const differs = base && base.camp_error !== answer.camp_error;
  return `${error}${differs ? beside(baseName, expected(base.camp_error)) : ""}`;
}

function campRow(camp, answer, result) {
  const k = state.day;
  const there = result?.camps?.[camp.place]?.mid[k] ?? answer.camps[camp.place]?.[k] ?? 0;
  const seen = camp.counted[k] ?? null;
  const difference = seen === null ? "–" : peopleChange(there - seen);
  return h("tr", {}, rowName(camp.name), number(people(there)), number(people(seen)), number(difference));
}
