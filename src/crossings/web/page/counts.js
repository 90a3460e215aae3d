// @ts-check
// Today's counts: a saved fit is updated with them, and what it expects of the days to come moves.

import * as api from "./api.js";
import { dayPanel } from "./charts.js";
import { $ } from "./dom.js";
import { setCounts, state } from "./state.js";
import { addDays, amount, day, h, put } from "./svg.js";
import { panel, quiet, wideNote } from "./tables.js";
import { say } from "./words.js";

let asked = "";

/** The field for counts, and what the fit expects with those that are given; where there is no fit, how to get one. */
export async function drawCounts(facts) {
  const { fit, name } = facts.view;
  if (!fit) {
    const words = say("Today’s counts move a forecast that was calibrated to counts:");
    const [learn, serve] = [`crossings fit ${name} --until YYYY-MM-DD --out fit`, `crossings serve ${name} --fit fit`];
    put($("counts"), h("p", { class: "quiet small-print" }, words, " ", command(learn), ", ", command(serve)));
    return;
  }
  form(facts, fit);
  const mine = JSON.stringify([state.scenario, state.counts]);
  asked = mine;
  put($("counts-said"), state.counts.length ? say("Working out what these counts say…") : "");
  try {
    const moved = state.counts.length ? api.forecast(state.scenario, state.counts) : null;
    const [before, now] = await Promise.all([api.forecast(state.scenario, []), moved]);
    if (asked !== mine) return;
    put(
      $("counts-said"),
      now
        ? toldOf(facts, now)
        : say("Calibrated to counts through {day}. What it expects of the days after is in the tab Forecast.", {
            day: day(before.until, true),
          }),
    );
    drawForecast(facts, before, now);
  } catch (error) {
    if (asked !== mine) return;
    put($("counts-said"), h("span", { class: "wrong", role: "alert", lang: "en" }, api.reasons(error).join(" ")));
  }
}

/** Fields for one day at a time; those of other days stand above as chips. */
function form(facts, fit) {
  const latest = state.counts.at(-1);
  const next = latest ? addDays(latest.on, 1) : fit.first;
  const value = next > fit.last ? fit.last : next;
  const on = h("input", { type: "date", name: "on", value, min: fit.first, max: fit.last, required: true });
  const field = (id) => {
    const counted = say("counted at {crossing}", { crossing: facts.crossing.get(id).name });
    const input = { type: "number", name: id, min: 0, step: 1, inputmode: "numeric", "aria-label": counted };
    return h("label", {}, h("span", {}, facts.short(id)), h("input", input));
  };
  const chip = (c, k) => {
    const words = Object.entries(c.counts)
      .map(([id, n]) => `${facts.short(id)} ${amount(n)}`)
      .join(", ");
    const label = say("take back: {change}", { change: day(c.on) });
    const takeBack = () => setCounts(state.counts.filter((_, n) => n !== k));
    const button = h("button", { class: "plain", "aria-label": label, onclick: takeBack }, "✕");
    return h("li", {}, h("span", {}, `${day(c.on)}: ${words}`), button);
  };
  const onsubmit = (event) => {
    event.preventDefault();
    const given = [...new FormData(event.target)].filter(([name, text]) => name !== "on" && text !== "");
    if (!given.length) return;
    const counts = Object.fromEntries(given.map(([name, text]) => [name, Number(text)]));
    const others = state.counts.filter((c) => c.on !== on.value);
    setCounts([...others, { on: on.value, counts }].sort((a, b) => (a.on < b.on ? -1 : 1)));
  };
  const chips = state.counts.map(chip);
  put(
    $("counts"),
    h(
      "form",
      { onsubmit },
      h("h4", {}, say("Today’s counts: {group}", { group: fit.streams.map((s) => facts.group(s)).join(", ") })),
      chips.length ? h("ul", { class: "chips", "aria-label": say("Counts that are given") }, chips) : null,
      h("label", { class: "stock" }, say("counted on"), " ", on),
      h("div", { class: "count-fields" }, fit.crossings.map(field)),
      h("div", { class: "buttons" }, h("button", { type: "submit" }, say("Carry the forecast on"))),
    ),
    h("p", { id: "counts-said", class: "small-print", role: "status" }),
  );
}

/** Whether the counts are a surprise, and each beside what was expected. */
function toldOf(facts, now) {
  const range = (low, high) => (low === high ? amount(low) : `${amount(low)}–${amount(high)}`);
  const count = (c) =>
    say("{crossing}, {day}: counted {number}, expected {expected}", {
      crossing: c.crossings.map((id) => facts.short(id)).join(" + "),
      day: day(c.on),
      number: range(c.low, c.high),
      expected: `${amount(c.p50)} (${amount(c.p05)}–${amount(c.p95)})`,
    });
  const few = { all: now.draws, left: now.left };
  const verdict = now.surprise
    ? say("A surprise: the fit did not expect such counts. Calibrate again with all counts.")
    : now.few
      ? say("Of {all} draws of the fit {left} are left, so this is rough: calibrate again with all counts.", few)
      : say("No surprise: the fit need not be made again.");
  return [
    h("p", { class: now.surprise ? "wrong" : null }, verdict),
    h(
      "ul",
      { class: "quiet" },
      now.counts.map((c) => h("li", {}, count(c))),
    ),
  ];
}

/** What the fit expects of the days to come, at each crossing; beside it what it expected before these counts. */
function drawForecast(facts, before, now) {
  const found = now ?? before;
  const days = before.days;
  const old = new Map(before.crossings.map((c) => [`${c.stream} ${c.id}`, c]));
  const pad = (values) => [...days.slice(0, days.indexOf(found.days[0])).map(() => Number.NaN), ...values];
  const mark = (id, { on, counts }) => ({
    start: on,
    end: addDays(on, 1),
    low: counts[id],
    high: counts[id],
    kind: "firm",
    words: say("counted {number}", { number: amount(counts[id]) }),
  });
  const chart = (c) => {
    const title = facts.short(c.id);
    const counted = state.counts.filter((one) => c.id in one.counts && days.includes(one.on));
    const given = {
      title,
      unit: say("{unit} processed a day", { unit: facts.unit(c.stream) }),
      days,
      k: null,
      band: { low: pad(c.p05), mid: pad(c.p50), high: pad(c.p95) },
      base: now ? old.get(`${c.stream} ${c.id}`)?.p50 : null,
      baseName: say("before these counts"),
      counted: counted.map((one) => mark(c.id, one)),
    };
    return panel(title, dayPanel(given));
  };
  const most = (c) => Math.max(...c.p95, ...(old.get(`${c.stream} ${c.id}`)?.p95 ?? []));
  const charts = found.crossings.filter((c) => most(c) >= 0.5).map(chart);
  const none = found.crossings.filter((c) => most(c) < 0.5).map((c) => facts.short(c.id));
  const note = say("Nobody expected at: {list}.", { list: [...new Set(none)].join(", ") });
  const all = quiet(say("Nobody is expected at any crossing."));
  put($("forecast-body"), charts.length ? [charts, none.length ? wideNote(note) : null] : all);
}

/** A command, which breaks between its words alone: a dash that stands at the end of a line would not be copied right. */
const command = (text) =>
  h(
    "code",
    {},
    text.split(" ").flatMap((word, k) => [k ? " " : "", h("span", { class: "whole" }, word)]),
  );

/** Counts can be saved as rows for observations.csv; facts(): of the scenario that is shown. */
export function listenToCounts(facts) {
  $("get-counts").addEventListener("click", () => {
    const rows = state.counts.flatMap((c) => Object.entries(c.counts).map(([id, n]) => `${c.on},${id},${n}`));
    api.hand(
      new Blob([`date,crossing,count\n${rows.join("\n")}\n`], { type: "text/csv" }),
      `${facts().view.name}-counts.csv`,
    );
  });
}
