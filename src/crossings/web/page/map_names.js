// @ts-check
// Names on the map: each where it finds room. A box is left, right, top, bottom, px; taken: the boxes of what stands there already.

import { fitted, s, textWidth } from "./svg.js";
import { country, say, spoken } from "./words.js";
import { view } from "./zoom.js";

const shared = (a, b) =>
  Math.max(0, Math.min(a[1], b[1]) - Math.max(a[0], b[0])) * Math.max(0, Math.min(a[3], b[3]) - Math.max(a[2], b[2]));

/**
 * Where a name finds room beside its crossing: the nearest place that touches nothing and is on the map. Where there is none, the
 * least bad if it must be shown; else the symbol stands alone.
 */
export function beside({ x, y }, width, room, height, taken, must) {
  const leftFirst = x - width - 9 > 0 && (x > room / 2 || x + width + 9 > room);
  let best = { cost: Number.POSITIVE_INFINITY, left: leftFirst, edge: x + 9, middle: y };
  for (let n = 0; n < 17; n += 1) {
    for (const sign of n ? [1, -1] : [1]) {
      for (const left of [leftFirst, !leftFirst]) {
        const middle = y + sign * n * 4;
        const edge = left ? x - 9 : x + 9;
        const box = [left ? edge - width : edge, left ? edge : edge + width, middle - 8, middle + 7];
        const outside =
          Math.max(0, -box[0]) + Math.max(0, box[1] - room) + Math.max(0, -box[2]) + Math.max(0, box[3] - height);
        const bad = taken.reduce((sum, other) => sum + shared(box, other), 0) + 14 * outside;
        const cost = bad > 1 ? 1000 + bad : n * 4 + (left === leftFirst ? 0 : 14);
        if (cost < best.cost) best = { cost, left, edge, middle };
      }
    }
  }
  return { ...best, named: must || best.cost < 1000 };
}

/** The names of the countries stay where they are while days pass. */
export function countryNames(facts, at, room, height, taken) {
  const key = `${spoken.code} ${room} ${height} ${view.zoom} ${view.x} ${view.y}`;
  const before = taken.length;
  if (facts.countryNames?.key === key) taken.push(...facts.countryNames.boxes);
  else facts.countryNames = { key, drawn: countries(facts, at, room, height, taken), boxes: taken.slice(before) };
  return facts.countryNames.drawn;
}

/** Names of the countries, on their side of the border and away from it. */
function countries(facts, at, room, height, taken) {
  const places = facts.view.places
    .map((p) => ({ country: p.country, spot: at(p.lon, p.lat) }))
    .filter((p) => p.spot[0] > 0 && p.spot[0] < room && p.spot[1] > 0 && p.spot[1] < height);
  const edge = [
    ...facts.view.ground.borders.flat().map(([lon, lat]) => at(lon, lat)),
    ...facts.view.crossings.map((c) => at(c.lon, c.lat)),
  ];
  const away = (x, y, spots) => Math.min(Infinity, ...spots.map(([a, b]) => Math.hypot(x - a, y - b)));
  return Object.entries(facts.view.countries).map(([code, written]) => {
    const label = country(code, written).toUpperCase();
    const half = (textWidth(label, 13) * 1.6) / 2; // capitals, set wide
    let best = null;
    for (let y = 24; y < height - 12; y += 22) {
      for (let x = half + 6; x < room - half - 4; x += 22) {
        const nearest = places.reduce(
          (a, p) => (Math.hypot(x - p.spot[0], y - p.spot[1]) < Math.hypot(x - a.spot[0], y - a.spot[1]) ? p : a),
          places[0],
        );
        if (nearest?.country !== code) continue;
        if (taken.some((box) => shared(box, [x - half, x + half, y - 10, y + 6]) > 0)) continue;
        const free =
          Math.min(
            away(x, y, edge) - half * 0.8,
            away(
              x,
              y,
              places.map((p) => p.spot),
            ),
            60,
          ) -
          Math.abs(y - height / 2) / 50;
        if (!best || free > best.free) best = { x, y, free };
      }
    }
    if (best) taken.push([best.x - half, best.x + half, best.y - 10, best.y + 6]);
    return best && best.free > 4
      ? s("text", { x: best.x, y: best.y + 4, "text-anchor": "middle", class: "country-name" }, label)
      : null;
  });
}

/** Where the stream starts from and is taken to, with names where there is room. */
export function towns(facts, stream, at, room, height, taken, beds) {
  const found = facts.stream(stream);
  const parts = [];
  const touch = (a, b) => a[0] < b[1] && b[0] < a[1] && a[2] < b[3] && b[2] < a[3];
  for (const id of new Set([...found.origins, ...found.destinations])) {
    const place = facts.place.get(id);
    if (!place) continue;
    const [x, y] = at(place.lon, place.lat);
    if (x < 0 || x > room || y < 0 || y > height) continue;
    const goal = found.destinations.includes(id);
    parts.push(
      goal
        ? s("circle", { cx: x, cy: y, r: 2.6, class: "goal" })
        : s("rect", { x: x - 2, y: y - 2, width: 4, height: 4, class: "town" }),
    );
    const full = beds?.get(place.name);
    const short = fitted(place.name.split(",")[0].split(" (")[0], room * 0.4, 10);
    const label = full ? say("{place} {number} beds", { place: short, number: full }) : short;
    const width = textWidth(label, 10);
    for (const [left, baseline] of [
      [x + 6, y + 3.5],
      [x - 6 - width, y + 3.5],
      [x - width / 2, y - 5],
      [x - width / 2, y + 12],
    ]) {
      const box = [left, left + width, baseline - 9, baseline + 2];
      if (box[0] < 0 || box[1] > room || box[2] < 0 || box[3] > height || taken.some((other) => touch(box, other)))
        continue;
      parts.push(s("text", { x: left, y: baseline, class: "town-name" }, label));
      taken.push(box);
      break;
    }
  }
  return parts;
}
