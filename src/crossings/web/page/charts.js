// @ts-check
// Charts by day: expected as a line, the range of the runs, what was counted, when it was shut.

import { csvOf, figure } from "./save.js";
import { DAY_MS, amount, area, day, dayTicks, decimal, iso, line, ms, s, textWidth, ticks } from "./svg.js";
import { says } from "./tip.js";
import { say, spoken } from "./words.js";

const [W, H, LEAST_LEFT, RIGHT, UPPER, LOWER] = [380, 200, 42, 12, 26, 34];

/**
 * One panel. given: {title, unit, days, mid, base, baseName, band: {low, high, mid}, counted, missed, shut, k, others, steps}.
 * mid: expected, day by day; others: [{name, values, kind}] are drawn beside; steps: what holds for a whole day.
 */
export function dayPanel(given) {
  const { days, k } = given;
  const counted = given.counted ?? [];
  const all = [given.mid, given.base, given.band?.high, ...(given.others ?? []).map((o) => o.values)]
    .filter(Boolean)
    .flat();
  const top = ticks(Math.max(1, ...all.filter(Number.isFinite), ...counted.map((c) => c.high)));
  const last = top[top.length - 1];
  const label = (t) => (t >= 1e6 ? `${t / 1e6} M` : decimal(t));
  const LEFT = Math.max(LEAST_LEFT, ...top.map((t) => textWidth(label(t), 11) + 10)); // room for the longest number
  const x = (n) => LEFT + ((W - LEFT - RIGHT) * n) / days.length;
  const middle = days.map((_, n) => x(n + 0.5));
  const y = (v) => (Number.isFinite(v) ? H - LOWER - ((H - LOWER - UPPER) * Math.min(v, last)) / last : Number.NaN);
  const parts = [];
  for (const [a, b] of given.shut ?? [])
    parts.push(s("rect", { x: x(a), y: UPPER, width: x(b) - x(a), height: H - LOWER - UPPER, class: "shut" }));
  for (const t of top) {
    parts.push(s("line", { x1: LEFT, x2: W - RIGHT, y1: y(t), y2: y(t), class: "grid" }));
    parts.push(s("text", { x: LEFT - 6, y: y(t) + 3.5, class: "tick", "text-anchor": "end" }, label(t)));
  }
  for (const n of dayTicks(days, W - LEFT - RIGHT)) {
    if (x(n) > W - 30) continue;
    parts.push(
      s("text", { x: x(n), y: H - LOWER + 15, class: "tick", "text-anchor": n ? "middle" : "start" }, day(days[n])),
    );
    parts.push(s("line", { x1: x(n), x2: x(n), y1: H - LOWER, y2: H - LOWER + 4, class: "axis" }));
  }
  parts.push(s("line", { x1: LEFT, x2: W - RIGHT, y1: H - LOWER, y2: H - LOWER, class: "axis" }));
  parts.push(s("text", { x: LEFT, y: 14, class: "axis-title" }, given.unit));
  if (k !== null && k !== undefined)
    parts.push(s("line", { x1: middle[k], x2: middle[k], y1: UPPER - 4, y2: H - LOWER, class: "today" }));
  const band = given.band;
  if (band) parts.push(s("path", { d: area(middle, band.low.map(y), band.high.map(y)), class: "band" }));
  const drawn = (values) =>
    line(
      given.steps
        ? values.flatMap((v, n) => [
            [x(n), y(v)],
            [x(n + 1), y(v)],
          ])
        : values.map((v, n) => [middle[n], y(v)]),
    );
  if (given.base) parts.push(s("path", { d: drawn(given.base), class: "base" }));
  (given.others ?? []).forEach((o) => parts.push(s("path", { d: drawn(o.values), class: `other other-${o.kind}` })));
  const mid = given.mid ?? band?.mid;
  if (mid) parts.push(s("path", { d: drawn(mid), class: "sim" }));
  const start = ms(days[0]);
  const at = (iso) => x((ms(iso) - start) / DAY_MS);
  counted.forEach((mark, n) => parts.push(countMark(mark, at, y, given.missed?.[n])));
  const cursor = s("line", { y1: UPPER, y2: H - LOWER, class: "cursor" });
  const svg = s(
    "svg",
    { viewBox: `0 0 ${W} ${H}`, class: "chart", role: "img", "aria-label": summary(given) },
    parts,
    cursor,
  );
  says(svg, (event) => {
    const box = svg.getBoundingClientRect();
    const n = Math.floor((((event.clientX - box.left) / box.width) * W - LEFT) / ((W - LEFT - RIGHT) / days.length));
    cursor.style.visibility = n >= 0 && n < days.length ? "visible" : "hidden";
    if (n < 0 || n >= days.length) return null;
    cursor.setAttribute("x1", middle[n]);
    cursor.setAttribute("x2", middle[n]);
    return told(given, n);
  });
  svg.addEventListener("pointerleave", () => (cursor.style.visibility = "hidden"));
  return figure(svg, `${given.title}, ${given.unit}`, () => csvOf(table(given)));
}

/** The figures of a panel, a row a day. */
function table(given) {
  const columns = [
    [say("expected"), given.mid],
    [say("median"), given.band?.mid],
    [say("5th percentile"), given.band?.low],
    [say("95th percentile"), given.band?.high],
    [given.baseName, given.base],
    ...(given.others ?? []).map((o) => [o.name, o.values]),
  ].filter(([, values]) => values);
  return [
    [say("day"), ...columns.map(([name]) => name)],
    ...given.days.map((date, n) => [
      date,
      ...columns.map(([, values]) => (Number.isFinite(values[n]) ? Math.round(values[n] * 1000) / 1000 : "")),
    ]),
  ];
}

function summary(given) {
  const known = (given.mid ?? given.band?.mid ?? []).map((v, n) => [v, n]).filter(([v]) => Number.isFinite(v));
  const { title, unit } = given;
  if (!known.length) return say("{title}: nothing expected", { title });
  const [most, n] = known.reduce((a, b) => (b[0] > a[0] ? b : a));
  const values = { title, unit, most: amount(most), day: day(given.days[n]), counts: given.counted?.length ?? 0 };
  return given.mid
    ? say(
        "{title}, {unit}: at most {most} expected, on {day}; counts: {counts}. The table of the day has the figures.",
        values,
      )
    : say(
        "{title}, {unit}: at most {most} in the median of the runs, on {day}; counts: {counts}. The table of the day has the figures.",
        values,
      );
}

function told(given, n) {
  const lines = [day(given.days[n], true)];
  if (given.mid && Number.isFinite(given.mid[n]))
    lines.push(say("expected {number}", { number: amount(given.mid[n]) }));
  const band = given.band;
  if (band && Number.isFinite(band.mid[n]))
    lines.push(
      say("simulated {number}", { number: `${amount(band.mid[n])} (${amount(band.low[n])}–${amount(band.high[n])})` }),
    );
  if (given.base && Number.isFinite(given.base[n])) lines.push(`${given.baseName} ${amount(given.base[n])}`);
  for (const o of given.others ?? []) if (Number.isFinite(o.values[n])) lines.push(`${o.name} ${amount(o.values[n])}`);
  const from = ms(given.days[n]);
  for (const c of given.counted ?? []) if (ms(c.start) < from + DAY_MS && ms(c.end) > from) lines.push(countWords(c));
  return lines.join("\n");
}

/** What a mark counts; in English as the report has it. */
function countWords(mark) {
  if (spoken.code === "en") return mark.words;
  const long = ms(mark.end) - ms(mark.start) > DAY_MS * 1.1;
  const number = mark.low === mark.high ? amount(mark.low) : `${amount(mark.low)}–${amount(mark.high)}`;
  const words = mark.waits
    ? say("{number} said to wait", { number })
    : mark.kind === "at_least"
      ? say("counted at least {number}", { number: amount(mark.low) })
      : mark.kind === "conflict"
        ? say("counted {number}, which contradicts others", { number })
        : say("counted {number}", { number });
  return long
    ? `${say("{first} to {last}, a day", { first: day(mark.start), last: day(iso(ms(mark.end) - 1)) })}: ${words}`
    : words;
}

function countMark(mark, at, y, missed) {
  const [x0, x1] = [at(mark.start), at(mark.end)];
  const x = (x0 + x1) / 2;
  const where = y((mark.low + mark.high) / 2);
  return s(
    "g",
    {},
    ms(mark.end) - ms(mark.start) > DAY_MS * 1.1 &&
      s("line", { x1: x0, x2: x1, y1: where, y2: where, class: "seen-line" }),
    mark.high > mark.low && s("line", { x1: x, x2: x, y1: y(mark.low), y2: y(mark.high), class: "seen-line" }),
    missed && s("circle", { cx: x, cy: where, r: 6.6, class: "miss" }),
    countShape(x, where, mark.kind),
  );
}

function countShape(x, y, kind, r = 3.4) {
  if (kind === "at_least")
    return s("path", { d: `M${x} ${y - 1.35 * r}L${x + 1.25 * r} ${y + r}H${x - 1.25 * r}Z`, class: "seen" });
  return s("circle", { cx: x, cy: y, r, class: kind === "conflict" ? "seen hollow" : "seen" });
}
