// @ts-check
// Today's counts: a saved fit is updated with them, and what it expects of the days to come moves.

import * as api from "./api.js";
import { dayPanel } from "./charts.js";
import { $ } from "./dom.js";
import { setCounts, state } from "./state.js";
import { addDays, amount, day, h, put } from "./svg.js";
import { say } from "./words.js";

let asked = "";

/** The field for counts, and what the fit expects with those that are given; where there is no fit, how to get one. */
export async function drawCounts(facts) {
  const fit = facts.view.fit;
  if (!fit) {
    put($("counts"), h("p", { class: "quiet small-print" }, say("Today’s counts move a forecast that was calibrated to counts:"), " ", command(`crossings fit ${facts.view.name} --until YYYY-MM-DD --out fit`), ", ", command(`crossings serve ${facts.view.name} --fit fit`)));
    return;
  }
  form(facts, fit);
  const mine = JSON.stringify([state.scenario, state.counts]);
  asked = mine;
  put($("counts-said"), state.counts.length ? say("Working out what these counts say…") : "");
  try {
    const [before, now] = await Promise.all([api.forecast(state.scenario, []), state.counts.length ? api.forecast(state.scenario, state.counts) : null]);
    if (asked === mine) show(facts, before, now);
  } catch (error) {
    if (asked !== mine) return;
    put($("counts-said"), h("span", { class: "wrong", role: "alert", lang: "en" }, api.reasons(error).join(" ")));
  }
}

/** Fields for one day at a time; those of other days stand above as chips. */
function form(facts, fit) {
  const latest = state.counts.at(-1);
  const next = latest ? addDays(latest.on, 1) : fit.first;
  const on = h("input", { type: "date", name: "on", value: next > fit.last ? fit.last : next, min: fit.first, max: fit.last, required: true });
  const fields = fit.crossings.map((id) => h("label", {}, h("span", {}, facts.short(id)), h("input", { type: "number", name: id, min: 0, step: 1, inputmode: "numeric", "aria-label": say("counted at {crossing}", { crossing: facts.crossing.get(id).name }) })));
  const chips = state.counts.map((c, k) => h("li", {}, h("span", {}, `${day(c.on)}: ${Object.entries(c.counts).map(([id, n]) => `${facts.short(id)} ${amount(n)}`).join(", ")}`), h("button", { class: "plain", "aria-label": say("take back: {change}", { change: day(c.on) }), onclick: () => setCounts(state.counts.filter((_, n) => n !== k)) }, "✕")));
  put(
    $("counts"),
    h("form", { onsubmit: (event) => {
      event.preventDefault();
      const given = [...new FormData(event.target)].filter(([name, value]) => name !== "on" && value !== "");
      if (!given.length) return;
      const counts = Object.fromEntries(given.map(([name, value]) => [name, Number(value)]));
      setCounts([...state.counts.filter((c) => c.on !== on.value), { on: on.value, counts }].sort((a, b) => (a.on < b.on ? -1 : 1)));
    } },
      h("h4", {}, say("Today’s counts: {group}", { group: fit.streams.map((s) => facts.group(s)).join(", ") })),
      chips.length ? h("ul", { class: "chips", "aria-label": say("Counts that are given") }, chips) : null,
      h("label", { class: "stock" }, say("counted on"), " ", on),
      h("div", { class: "count-fields" }, fields),
      h("div", { class: "buttons" }, h("button", { type: "submit" }, say("Carry the forecast on"))),
    ),
    h("p", { id: "counts-said", class: "small-print", role: "status" }),
  );
}

function show(facts, before, now) {
  const found = now ?? before;
  const told = now
    ? [h("p", { class: now.surprise ? "wrong" : null }, now.surprise ? say("A surprise: the fit did not expect such counts. Calibrate again with all counts.") : now.few ? say("Of {all} draws of the fit {left} are left, so this is rough: calibrate again with all counts.", { all: now.draws, left: now.left }) : say("No surprise: the fit need not be made again.")),
      h("ul", { class: "quiet" }, now.counts.map((c) => h("li", {}, say("{crossing}, {day}: counted {number}, expected {expected}", { crossing: c.crossings.map((id) => facts.short(id)).join(" + "), day: day(c.on), number: c.low === c.high ? amount(c.low) : `${amount(c.low)}–${amount(c.high)}`, expected: `${amount(c.p50)} (${amount(c.p05)}–${amount(c.p95)})` }))))]
    : [say("Calibrated to counts through {day}. What it expects of the days after is in the tab Forecast.", { day: day(before.until, true) })];
  put($("counts-said"), told);
  const old = new Map(before.crossings.map((c) => [`${c.stream} ${c.id}`, c]));
  const days = before.days;
  const at = days.indexOf(found.days[0]);
  const pad = (values) => [...days.slice(0, at).map(() => Number.NaN), ...values];
  const panels = found.crossings.filter((c) => Math.max(...c.p95, ...(old.get(`${c.stream} ${c.id}`)?.p95 ?? [])) >= 0.5).map((c) => {
    const was = old.get(`${c.stream} ${c.id}`);
    const counted = state.counts.filter((one) => c.id in one.counts && days.includes(one.on)).map((one) => ({ start: one.on, end: addDays(one.on, 1), low: one.counts[c.id], high: one.counts[c.id], kind: "firm", words: say("counted {number}", { number: amount(one.counts[c.id]) }) }));
    return h("div", { class: "panel" }, h("h3", {}, facts.short(c.id)), dayPanel({ title: facts.short(c.id), unit: say("{unit} processed a day", { unit: facts.unit(c.stream) }), days, k: null, band: { low: pad(c.p05), mid: pad(c.p50), high: pad(c.p95) }, base: now ? was?.p50 : null, baseName: say("before these counts"), counted }));
  });
  put($("forecast-body"), panels.length ? panels : h("p", { class: "quiet" }, say("Nobody is expected at any crossing.")));
}

/** A command, which breaks between its words alone: a dash that stands at the end of a line would not be copied right. */
const command = (text) => h("code", {}, text.split(" ").flatMap((word, k) => [k ? " " : "", h("span", { class: "whole" }, word)]));

/** Counts can be saved as rows for observations.csv; facts(): of the scenario that is shown. */
export function listenToCounts(facts) {
  $("get-counts").addEventListener("click", () => {
    const rows = state.counts.flatMap((c) => Object.entries(c.counts).map(([id, n]) => `${c.on},${id},${n}`));
    api.hand(new Blob([`date,crossing,count\n${rows.join("\n")}\n`], { type: "text/csv" }), `${facts().view.name}-counts.csv`);
  });
}
