// @ts-check
// How far to the nearest open crossing, on the day and over time.

import { dayPanel } from "./charts.js";
import { short } from "./panels.js";
import { state } from "./state.js";
import { amount, day, h, put } from "./svg.js";
import { cell, column, number, numbers, reading, rowName, scrolled, source, table } from "./tables.js";
import { country, say } from "./words.js";

/** How far to the nearest open crossing, of each border, on the day and over time. */
export function accessView(host, facts, found, before, baseName) {
  put(
    host,
    found.borders.map((at, n) => border(facts, at, before?.borders[n], baseName)),
    source(
      say(
        "Open: not closed by an order, with an opening within 24 h. More: than with all crossings open. Computed from the road network, not simulated: no range.",
      ),
    ),
  );
}

function border(facts, at, was, baseName) {
  const days = facts.view.days;
  const open = {
    day: day(days[state.day], true),
    country: country(at.direction, facts.view.countries[at.direction]),
    group: facts.group(state.stream),
    list: at.open.length ? at.open.map((c) => facts.short(c)).join(", ") : say("no crossing"),
  };
  const gap = {
    gap: amount(at.longest_gap_km, 0),
    all: amount(at.declared_km ?? at.line_km, 0),
    other: was ? ` (${short(baseName)}: ${amount(was.longest_gap_km, 0)} ${say("km")})` : "",
  };
  return h(
    "div",
    { class: "access-border" },
    reading(
      say("At noon on {day}, into {country}, open to {group}: {list}.", open),
      " ",
      say("The longest stretch of border without: {gap} of {all} km{other}.", gap),
    ),
    h("div", { class: "pair" }, gapChart(days, at, was, baseName), byRoad(facts, at.rows)),
  );
}

function gapChart(days, at, was, baseName) {
  if (at.gap_by_day.every((g) => g === null)) return null;
  const chart = dayPanel({
    title: say("Longest stretch without an open crossing"),
    unit: say("km with no open crossing, at noon"),
    days,
    k: state.day,
    mid: at.gap_by_day,
    base: was?.gap_by_day,
    baseName: short(baseName),
    steps: true,
  });
  return h("div", { class: "panel" }, chart);
}

function byRoad(facts, rows) {
  if (!rows.length) return null;
  const words = say("By road to the nearest open crossing");
  const more = (value, least, decimals) => (value > least ? `+${amount(value, decimals)}` : "0");
  const body = rows.map((r) =>
    h(
      "tr",
      {},
      rowName(facts.place.get(r.origin)?.name ?? r.origin),
      cell(r.nearest ? facts.short(r.nearest) : say("none open")),
      number(amount(r.km, 0)),
      number(amount(r.hours)),
      number(more(r.extra_km, 0.5, 0)),
      number(more(r.extra_h, 0.05, null)),
    ),
  );
  const head = [
    column(say("from")),
    column(say("nearest")),
    numbers(say("km")),
    numbers(say("h")),
    numbers(say("km more")),
    numbers(say("h more")),
  ];
  return scrolled(words, table({ caption: words, head, rows: body }));
}
