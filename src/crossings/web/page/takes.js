// @ts-check
// What it takes: seven days of the crossings that change, beds, and thresholds that are passed.

import { daily, shutDays } from "./facts.js";
import { csvOf, figure } from "./save.js";
import { state } from "./state.js";
import { area, day, h, people, peopleChange, put, s, unbroken } from "./svg.js";
import { cell, column, numbers, number, rowName, table } from "./tables.js";
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
    const moves = (k) => (before ? Math.abs(crossed[k] - before[k]) : Math.max(crossed[k], waiting[k]));
    const band = now.runs ? result?.queues[state.stream]?.[c.id]?.waiting : null;
    const shut = shutDays(facts, now, gates, days.length);
    return { c, crossed, before, waiting, moved: Math.max(...span.map(moves)), band, shut };
  });
  const shown = found
    .filter((f) => f.moved >= 0.95)
    .sort((a, b) => b.moved - a.moved)
    .slice(0, MOST);
  const said = (words) => h("p", { class: "quiet small-print" }, words);
  const unit = facts.unit(state.stream);
  const title = was ? say("Seven days: crossings that change") : say("Seven days: crossings that have most to do");
  const none = was ? say("No crossing changes by a person a day.") : say("Nobody is expected at any crossing.");
  const key = was
    ? say("Bars: {unit} processed a day; dashes: in A. Line: waiting at the day’s end.", { unit })
    : say("Bars: {unit} processed a day. Line: waiting at the day’s end.", { unit });
  if (!shown.length) return [h("h4", {}, title), said(none)];
  const chart = (f) => h("div", {}, h("p", { class: "week-name" }, f.c.short), saved(f, span, days, unit, besideName));
  return [h("h4", {}, title), h("div", { class: "weeks" }, shown.map(chart)), said(key)];
}

/** A small chart with what saves it. */
function saved(found, span, days, unit, besideName) {
  const { c, crossed, before, waiting } = found;
  const rounded = (v) => Math.round(v * 1000) / 1000;
  const row = (k) => [days[k], ...[crossed[k], ...(before ? [before[k]] : []), waiting[k]].map(rounded)];
  const head = [say("day"), say("processed"), ...(before ? [besideName] : []), say("waiting")];
  const title = `${c.name}, ${say("{unit} processed a day", { unit })}`;
  return figure(small(found, span, days, unit, besideName), title, () => csvOf([head, ...span.map(row)]));
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
      s("rect", {
        x: each * n + 4,
        y: y(crossed[k]),
        width: each - 8,
        height: Math.max(0, H - FOOT - y(crossed[k])),
        class: "week-bar",
      }),
      before &&
        s("line", { x1: each * n + 1, x2: each * (n + 1) - 1, y1: y(before[k]), y2: y(before[k]), class: "base" }),
      s(
        "text",
        { x: mid(n), y: H - 4, class: `tick${k === state.day ? " strong" : ""}`, "text-anchor": "middle" },
        String(Number(days[k].slice(8))),
      ),
    ];
  });
  const at = span.map((k, n) => `${mid(n).toFixed(1)} ${y(waiting[k]).toFixed(1)}`);
  const spread =
    band &&
    area(
      span.map((_, n) => mid(n)),
      span.map((k) => band.low[k]).map(y),
      span.map((k) => band.high[k]).map(y),
    );
  const told = span.map((k) => {
    const differs = before ? ` (${peopleChange(crossed[k] - before[k])})` : "";
    const figures = { day: day(days[k]), number: `${people(crossed[k])}${differs}`, waiting: people(waiting[k]) };
    return say("{day}: {number} processed, {waiting} waiting", figures);
  });
  const brackets = before ? `, ${say("in brackets the difference to {name}", { name: besideName })}` : "";
  const label = `${c.name}, ${unit}${brackets}. ${told.join("; ")}.`;
  return s(
    "svg",
    { viewBox: `0 0 ${W} ${H}`, class: "chart week", role: "img", "aria-label": label },
    s("line", { x1: 0, x2: W, y1: H - FOOT, y2: H - FOOT, class: "axis" }),
    parts,
    spread ? s("path", { d: spread, class: "band" }) : null,
    s("path", { d: `M${at.join("L")}`, class: "sim" }),
    s("line", { x1: 0, x2: W, y1: TOP, y2: TOP, class: "grid" }),
    s("text", { x: 0, y: TOP - 4, class: "tick" }, people(top)),
  );
}

/** A date that stays on one line. */
const joined = (iso) => day(iso).replaceAll(" ", "\u00a0");

function beds(facts, words) {
  if (!words?.beds.length) return null;
  const on = facts.view.days[state.day];
  const row = ({ name: place, present, capacity, most, most_day, full_on }) => {
    const range = words.runs && most.p05 !== most.p95 ? ` (${people(most.p05)}–${people(most.p95)})` : "";
    const there =
      present[on] === undefined
        ? "–"
        : say("{number} of {all}", { number: people(present[on]), all: people(capacity) });
    return h(
      "tr",
      {},
      rowName(place.split(",")[0]),
      h("td", { class: "number whole" }, there),
      number(unbroken(`${people(most.mean)}${range}`)),
      full_on
        ? h("td", { class: "too-few" }, say("full {day}", { day: joined(full_on) }))
        : cell(say("on {day}", { day: joined(most_day) })),
    );
  };
  const head = [
    column(say("place")),
    numbers(say("on {day}", { day: day(on) })),
    numbers(say("most")),
    column(say("when")),
  ];
  const titled = { class: "visually-hidden" };
  const rows = words.beds.map(row);
  return [h("h4", {}, say("Beds")), table({ id: "beds", caption: say("Beds by place"), titled, head, rows })];
}

function alerts(words) {
  if (!words) return null;
  const line = (a) => h("li", { class: a.level }, h("b", {}, `${name(a.level)}: `), a.words);
  const list = (some) => h("ul", { class: "alerts" }, some.map(line));
  const title = h("h4", {}, say("Thresholds passed"));
  const none = say("No threshold of the scenario is passed.");
  if (!words.alerts.length) return [title, h("p", { class: "quiet small-print", id: "alerts" }, none)];
  const rest = words.alerts.slice(FIRST);
  const folded = { class: "help", open: moreOpen, ontoggle: (event) => (moreOpen = event.target.open) };
  const more = h("details", folded, h("summary", {}, say("{number} more", { number: rest.length })), list(rest));
  return [title, h("div", { id: "alerts" }, list(words.alerts.slice(0, FIRST)), rest.length ? more : null)];
}
