// @ts-check
// What it takes: seven days of the crossings that change, beds, and thresholds that are passed.

import { daily, shutDays } from "./facts.js";
import { csvOf, figure } from "./save.js";
import { state } from "./state.js";
import { day, h, people, peopleChange, put, s, unbroken } from "./svg.js";
import { name, say } from "./words.js";

const DAYS = 7;
const MOST = 4;
const FIRST = 5; // thresholds that are shown at once
let moreOpen = false; // stays as it was left when this is drawn anew
const [W, H, TOP, FOOT] = [196, 92, 16, 16];

export function drawTakes(host, facts, { now, was, result, words, besideName }) {
  put(host, week(facts, now, was, result, besideName), beds(facts, words), alerts(words));
}

/** Bars: processed a day; dashes: the same in A; line: waiting at the day's end, with its band where runs have finished. */
function week(facts, now, was, result, besideName) {
  const days = facts.view.days;
  const first = Math.max(0, Math.min(state.day - 1, days.length - DAYS));
  const span = [...Array(Math.min(DAYS, days.length)).keys()].map((n) => first + n);
  const of = (rows, gates) => daily(rows, gates, days.length);
  const found = facts.crossings(state.stream).map((c) => {
    const gates = facts.gates(state.stream, c.id);
    const crossed = of(now.crossed, gates);
    const before = was ? of(was.crossed, gates) : null;
    const waiting = of(now.waiting, gates);
    const moved = before ? Math.max(...span.map((k) => Math.abs(crossed[k] - before[k]))) : Math.max(...span.map((k) => Math.max(crossed[k], waiting[k])));
    return { c, crossed, before, waiting, moved, band: now.runs ? result?.queues[state.stream]?.[c.id]?.waiting : null, shut: shutDays(facts, now, gates, days.length) };
  });
  const shown = found.filter((f) => f.moved >= 0.95).sort((a, b) => b.moved - a.moved).slice(0, MOST);
  const title = h("h4", {}, was ? say("Seven days: crossings that change") : say("Seven days: crossings that have most to do"));
  if (!shown.length) return [title, h("p", { class: "quiet small-print" }, was ? say("No crossing changes by a person a day.") : say("Nobody is expected at any crossing."))];
  const unit = facts.unit(state.stream);
  return [
    title,
    h("div", { class: "weeks" }, shown.map((f) => h("div", {}, h("p", { class: "week-name" }, f.c.short), saved(f, span, days, unit, besideName)))),
    h("p", { class: "quiet small-print" }, was ? say("Bars: {unit} processed a day; dashes: in A. Line: waiting at the day’s end.", { unit }) : say("Bars: {unit} processed a day. Line: waiting at the day’s end.", { unit })),
  ];
}

/** A small chart with what saves it. */
function saved(found, span, days, unit, besideName) {
  const { c, crossed, before, waiting } = found;
  const rows = () => csvOf([[say("day"), say("processed"), ...(before ? [besideName] : []), say("waiting")], ...span.map((k) => [days[k], crossed[k], ...(before ? [before[k]] : []), waiting[k]].map((v) => (typeof v === "number" ? Math.round(v * 1000) / 1000 : v)))]);
  return figure(small(found, span, days, unit, besideName), `${c.name}, ${say("{unit} processed a day", { unit })}`, rows);
}

function small({ c, crossed, before, waiting, band, shut }, span, days, unit, besideName) {
  const top = Math.max(1, ...span.flatMap((k) => [crossed[k], before?.[k] ?? 0, waiting[k], band?.high[k] ?? 0]));
  const each = W / span.length;
  const y = (v) => H - FOOT - ((H - FOOT - TOP) * v) / top;
  const mid = (n) => each * (n + 0.5);
  const parts = span.flatMap((k, n) => {
    const closed = shut.some(([a, b]) => k >= a && k < b);
    return [
      closed && s("rect", { x: each * n, y: TOP, width: each, height: H - FOOT - TOP, class: "shut" }),
      s("rect", { x: each * n + 4, y: y(crossed[k]), width: each - 8, height: Math.max(0, H - FOOT - y(crossed[k])), class: "week-bar" }),
      before && s("line", { x1: each * n + 1, x2: each * (n + 1) - 1, y1: y(before[k]), y2: y(before[k]), class: "base" }),
      s("text", { x: mid(n), y: H - 4, class: `tick${k === state.day ? " strong" : ""}`, "text-anchor": "middle" }, String(Number(days[k].slice(8)))),
    ];
  });
  const at = span.map((k, n) => `${mid(n).toFixed(1)} ${y(waiting[k]).toFixed(1)}`);
  const spread = band && span.every((k) => Number.isFinite(band.high[k])) ? `M${span.map((k, n) => `${mid(n)} ${y(band.high[k])}`).join("L")}L${span.map((k, n) => `${mid(n)} ${y(band.low[k])}`).reverse().join("L")}Z` : null;
  const told = span.map((k) => say("{day}: {number} processed, {waiting} waiting", { day: day(days[k]), number: `${people(crossed[k])}${before ? ` (${peopleChange(crossed[k] - before[k])})` : ""}`, waiting: people(waiting[k]) }));
  return s("svg", { viewBox: `0 0 ${W} ${H}`, class: "chart week", role: "img", "aria-label": `${c.name}, ${unit}${before ? `, ${say("in brackets the difference to {name}", { name: besideName })}` : ""}. ${told.join("; ")}.` },
    s("line", { x1: 0, x2: W, y1: H - FOOT, y2: H - FOOT, class: "axis" }), parts,
    spread && s("path", { d: spread, class: "band" }),
    s("path", { d: `M${at.join("L")}`, class: "sim" }),
    s("line", { x1: 0, x2: W, y1: TOP, y2: TOP, class: "grid" }),
    s("text", { x: 0, y: TOP - 4, class: "tick" }, people(top)));
}

/** A date that stays on one line. */
const joined = (iso) => day(iso).replaceAll(" ", "\u00a0");

function beds(facts, words) {
  if (!words?.beds.length) return null;
  const on = facts.view.days[state.day];
  return [
    h("h4", {}, say("Beds")),
    h("table", { class: "keep", id: "beds" },
      h("caption", { class: "visually-hidden" }, say("Beds by place")),
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, say("place")), h("th", { scope: "col", class: "number" }, say("on {day}", { day: day(on) })), h("th", { scope: "col", class: "number" }, say("most")), h("th", { scope: "col" }, say("when")))),
      h("tbody", {}, words.beds.map((b) => {
        const most = people(b.most.mean);
        const range = words.runs && b.most.p05 !== b.most.p95 ? ` (${people(b.most.p05)}–${people(b.most.p95)})` : "";
        return h("tr", {}, h("th", { scope: "row" }, b.name.split(",")[0]), h("td", { class: "number whole" }, b.present[on] === undefined ? "–" : say("{number} of {all}", { number: people(b.present[on]), all: people(b.capacity) })), h("td", { class: "number" }, unbroken(`${most}${range}`)), h("td", { class: b.full_on ? "too-few" : null }, b.full_on ? say("full {day}", { day: joined(b.full_on) }) : say("on {day}", { day: joined(b.most_day) })));
      })),
    ),
  ];
}

function alerts(words) {
  if (!words) return null;
  const line = (a) => h("li", { class: a.level }, h("b", {}, `${name(a.level)}: `), a.words);
  const rest = words.alerts.slice(FIRST);
  return [
    h("h4", {}, say("Thresholds passed")),
    words.alerts.length ? h("div", { id: "alerts" }, h("ul", { class: "alerts" }, words.alerts.slice(0, FIRST).map(line)), rest.length ? h("details", { class: "help", open: moreOpen, ontoggle: (event) => (moreOpen = event.target.open) }, h("summary", {}, say("{number} more", { number: rest.length })), h("ul", { class: "alerts" }, rest.map(line))) : null) : h("p", { class: "quiet small-print", id: "alerts" }, say("No threshold of the scenario is passed.")),
  ];
}
