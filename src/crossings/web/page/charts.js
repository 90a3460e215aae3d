// Charts by day: expected as a line, the ensemble's band, what was counted, when it was shut; and who went where.

import { DAY_MS, amount, area, day, dayTicks, fitted, line, ms, s, ticks } from "./svg.js";
import { says } from "./tip.js";

const [W, H, LEFT, RIGHT, UPPER, LOWER] = [380, 200, 42, 12, 26, 34];

/**
 * One panel. given: {title, unit, days, mid, base, baseName, band: {low, high, mid}, counted, missed, shut, k, others, steps}.
 * mid: expected, day by day; others: [{name, values, kind}] are drawn beside; steps: what holds for a whole day.
 */
export function dayPanel(given) {
  const { days, k } = given;
  const x = (n) => LEFT + ((W - LEFT - RIGHT) * n) / days.length;
  const middle = days.map((_, n) => x(n + 0.5));
  const counted = given.counted ?? [];
  const all = [given.mid, given.base, given.band?.high, ...(given.others ?? []).map((o) => o.values)].filter(Boolean).flat();
  const top = ticks(Math.max(1, ...all.filter(Number.isFinite), ...counted.map((c) => c.high)));
  const y = (v) => (Number.isFinite(v) ? H - LOWER - ((H - LOWER - UPPER) * Math.min(v, top.at(-1))) / top.at(-1) : null);
  const parts = [];
  for (const [a, b] of given.shut ?? []) parts.push(s("rect", { x: x(a), y: UPPER, width: x(b) - x(a), height: H - LOWER - UPPER, class: "shut" }));
  for (const t of top) {
    parts.push(s("line", { x1: LEFT, x2: W - RIGHT, y1: y(t), y2: y(t), class: "grid" }));
    parts.push(s("text", { x: LEFT - 6, y: y(t) + 3.5, class: "tick", "text-anchor": "end" }, t >= 1e6 ? `${t / 1e6} M` : t.toLocaleString("en-GB")));
  }
  for (const n of dayTicks(days, W - LEFT - RIGHT)) {
    if (x(n) > W - 30) continue;
    parts.push(s("text", { x: x(n), y: H - LOWER + 15, class: "tick", "text-anchor": n ? "middle" : "start" }, day(days[n])));
    parts.push(s("line", { x1: x(n), x2: x(n), y1: H - LOWER, y2: H - LOWER + 4, class: "axis" }));
  }
  parts.push(s("line", { x1: LEFT, x2: W - RIGHT, y1: H - LOWER, y2: H - LOWER, class: "axis" }));
  parts.push(s("text", { x: LEFT, y: 14, class: "axis-title" }, given.unit));
  if (k !== null && k !== undefined) parts.push(s("line", { x1: middle[k], x2: middle[k], y1: UPPER - 4, y2: H - LOWER, class: "today" }));
  const band = given.band;
  if (band) parts.push(s("path", { d: area(middle, band.low.map(y), band.high.map(y)), class: "band" }));
  const drawn = (values) => line(given.steps ? values.flatMap((v, n) => [[x(n), y(v)], [x(n + 1), y(v)]]) : values.map((v, n) => [middle[n], y(v)]));
  if (given.base) parts.push(s("path", { d: drawn(given.base), class: "base" }));
  (given.others ?? []).forEach((o) => parts.push(s("path", { d: drawn(o.values), class: `other other-${o.kind}` })));
  const mid = given.mid ?? band?.mid;
  if (mid) parts.push(s("path", { d: drawn(mid), class: "sim" }));
  const start = ms(days[0]);
  const at = (iso) => x((ms(iso) - start) / DAY_MS);
  counted.forEach((mark, n) => parts.push(countMark(mark, at, y, given.missed?.[n])));
  const cursor = s("line", { y1: UPPER, y2: H - LOWER, class: "cursor" });
  const svg = s("svg", { viewBox: `0 0 ${W} ${H}`, class: "chart", role: "img", "aria-label": summary(given) }, parts, cursor);
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
  return svg;
}

function summary(given) {
  const known = (given.mid ?? given.band?.mid ?? []).map((v, n) => [v, n]).filter(([v]) => Number.isFinite(v));
  if (!known.length) return `${given.title}: nothing expected`;
  const [most, n] = known.reduce((a, b) => (b[0] > a[0] ? b : a));
  return `${given.title}, ${given.unit}: at most ${amount(most)} ${given.mid ? "expected" : "in the median of the runs"}, on ${day(given.days[n])}${given.counted?.length ? `; ${given.counted.length} counts` : ""}. The table of the day has the figures.`;
}

function told(given, n) {
  const lines = [day(given.days[n], true)];
  if (given.mid && Number.isFinite(given.mid[n])) lines.push(`expected ${amount(given.mid[n])}`);
  const band = given.band;
  if (band && Number.isFinite(band.mid[n])) lines.push(`simulated ${amount(band.mid[n])} (${amount(band.low[n])}–${amount(band.high[n])})`);
  if (given.base && Number.isFinite(given.base[n])) lines.push(`${given.baseName} ${amount(given.base[n])}`);
  for (const o of given.others ?? []) if (Number.isFinite(o.values[n])) lines.push(`${o.name} ${amount(o.values[n])}`);
  const from = ms(given.days[n]);
  for (const c of given.counted ?? []) if (ms(c.start) < from + DAY_MS && ms(c.end) > from) lines.push(c.words);
  return lines.join("\n");
}

function countMark(mark, at, y, missed) {
  const [x0, x1] = [at(mark.start), at(mark.end)];
  const x = (x0 + x1) / 2;
  const where = y((mark.low + mark.high) / 2);
  return s(
    "g",
    {},
    ms(mark.end) - ms(mark.start) > DAY_MS * 1.1 && s("line", { x1: x0, x2: x1, y1: where, y2: where, class: "seen-line" }),
    mark.high > mark.low && s("line", { x1: x, x2: x, y1: y(mark.low), y2: y(mark.high), class: "seen-line" }),
    missed && s("circle", { cx: x, cy: where, r: 6.6, class: "miss" }),
    countShape(x, where, mark.kind),
  );
}

export function countShape(x, y, kind, r = 3.4) {
  if (kind === "at_least") return s("path", { d: `M${x} ${y - 1.35 * r}L${x + 1.25 * r} ${y + r}H${x - 1.25 * r}Z`, class: "seen" });
  return s("circle", { cx: x, cy: y, r, class: kind === "conflict" ? "seen hollow" : "seen" });
}

// --- who went where ----------------------------------------------------------------------------

/** Links between the crossing without the changes and the crossing, or fate, with them. rows: of `crossings compare`. */
export function sankey(facts, rows, width, heads, unit) {
  const narrow = width < 600;
  const side = narrow ? Math.min(118, width * 0.31) : 230;
  const links = rows
    .filter((r) => !(r.from === "not crossed" && r.to === "outside") && r.number.mean > 0)
    .map((r) => ({
      start: facts.crossing.has(r.from) ? facts.short(r.from) : "only with them",
      end: facts.crossing.has(r.to) ? facts.short(r.to) : facts.view.fates[r.to] ?? r.to,
      n: r.number.mean,
      band: r.number,
      kind: r.from === r.to ? "same" : r.from === "not crossed" ? "won" : facts.crossing.has(r.to) ? "moved" : "lost",
    }));
  if (!links.length) return null;
  const names = facts.view.crossings.map((c) => c.short);
  const order = { left: [...names, "only with them"], right: [...names, ...Object.values(facts.view.fates)] };
  const total = links.reduce((a, l) => a + l.n, 0);
  const tall = narrow ? 300 : 360;
  const column = (key, list) => {
    let y = 32;
    const nodes = new Map();
    for (const name of list) {
      const n = links.filter((l) => l[key] === name).reduce((a, l) => a + l.n, 0);
      if (!n) continue;
      const height = (n / total) * tall;
      const room = Math.max(height, 15);
      nodes.set(name, { name, n, y: y + (room - height) / 2, height, used: 0 });
      y += room + 7;
    }
    return [nodes, y];
  };
  const [left, lowLeft] = column("start", order.left);
  const [right, lowRight] = column("end", order.right);
  const say = new Map();
  const [x0, x1] = [side + 9, width - side - 9];
  const m = (x0 + x1) / 2;
  links.sort((a, b) => order.left.indexOf(a.start) - order.left.indexOf(b.start) || order.right.indexOf(a.end) - order.right.indexOf(b.end));
  const ribbons = links.map((l) => {
    const [a, b] = [left.get(l.start), right.get(l.end)];
    const thick = Math.max(0.3, (l.n / total) * tall);
    const [y0, y1] = [a.y + a.used, b.y + b.used];
    a.used += thick;
    b.used += thick;
    const path = s("path", { d: `M${x0} ${y0}C${m} ${y0} ${m} ${y1} ${x1} ${y1}V${y1 + thick}C${m} ${y1 + thick} ${m} ${y0 + thick} ${x0} ${y0 + thick}Z`, class: `link ${l.kind}` });
    say.set(path, `${l.start} → ${l.end}\n${amount(l.n)} (${amount(l.band.p05)}–${amount(l.band.p95)}) ${unit}`);
    return path;
  });
  const nodes = (all, x, anchor, dx) =>
    [...all.values()].flatMap((node) => [
      s("rect", { x, y: node.y, width: 9, height: Math.max(1, node.height), class: "node" }),
      s("text", { x: x + dx, y: node.y + node.height / 2 + 4, "text-anchor": anchor, class: "label" }, s("tspan", {}, `${fitted(node.name, side - 58, 11.5)} `), s("tspan", { class: "strong" }, amount(node.n, 0))),
    ]);
  const said = links.map((l) => `${l.start} to ${l.end} ${amount(l.n, 0)}`).slice(0, 30).join("; ");
  const svg = s(
    "svg",
    { viewBox: `0 0 ${width} ${Math.max(lowLeft, lowRight) + 6}`, class: "chart", role: "img", "aria-label": `Who went where, ${unit}, mean over the runs: ${said}` },
    s("text", { x: narrow ? 0 : side + 9, y: 16, class: "axis-title", "text-anchor": narrow ? "start" : "end" }, heads[0]),
    s("text", { x: narrow ? width : width - side - 9, y: 16, class: "axis-title", "text-anchor": narrow ? "end" : "start" }, heads[1]),
    ribbons,
    nodes(left, side, "end", -6),
    nodes(right, width - side - 9, "start", 15),
  );
  says(svg, (event) => say.get(event.target));
  return svg;
}

