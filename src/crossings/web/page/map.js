// @ts-check
// The map: border, outlines, roads with their flows, crossings as buttons whose shape and colour say their state.

import { flows, stateOf, sum } from "./facts.js";
import { csvOf, figure } from "./save.js";
import { day, fitted, people, peopleChange, put, s, stateShape, textWidth } from "./svg.js";
import { says } from "./tip.js";
import { country, name, say, spoken } from "./words.js";

const WIDEST = 11;
const MOST_ZOOM = 24;
const QUEUE = 30; // px of the longest queue's bar
const view = { key: null, zoom: 1, x: 0.5, y: 0.5 }; // what is seen: how many times larger, and the middle as a share of the whole
/** @type {(() => void) | null} */
let again = null; // draws the map as it was drawn last

/**
 * Make it so many times larger around a point of the map.
 * @param {number} factor
 * @param {number[]} point given as shares of what is seen
 */
export function zoomBy(factor, [fx, fy] = [0.5, 0.5]) {
  const zoom = Math.min(MOST_ZOOM, Math.max(1, view.zoom * factor));
  move((fx - 0.5) / view.zoom - (fx - 0.5) / zoom, (fy - 0.5) / view.zoom - (fy - 0.5) / zoom, zoom);
}

/** Show the whole border. */
export const zoomAll = () => move(0.5 - view.x, 0.5 - view.y, 1);

function move(dx, dy, zoom = view.zoom) {
  const half = 0.5 / zoom;
  const held = (v) => Math.min(1 - half, Math.max(half, v));
  Object.assign(view, { zoom, x: held(view.x + dx), y: held(view.y + dy) });
  again?.();
}

/** Wheel with Ctrl (or a pinch), drag, and two fingers; the wheel alone once the map is larger than the whole border. */
export function listenToMap(host) {
  const down = new Map();
  const share = (event) => {
    const box = host.querySelector("svg")?.getBoundingClientRect();
    return box ? [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height] : [0.5, 0.5];
  };
  host.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey && view.zoom === 1) return;
      event.preventDefault();
      zoomBy(Math.exp(-event.deltaY / (event.ctrlKey ? 160 : 400)), share(event));
    },
    { passive: false },
  );
  host.addEventListener("pointerdown", (event) => down.set(event.pointerId, share(event)));
  addEventListener("pointermove", (event) => {
    if (!down.has(event.pointerId) || (view.zoom === 1 && down.size < 2)) return;
    const [was, now] = [down.get(event.pointerId), share(event)];
    const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
    if (!other && Math.hypot(now[0] - was[0], now[1] - was[1]) < 0.01) return;
    down.set(event.pointerId, now);
    if (other)
      zoomBy(
        Math.hypot(now[0] - other[0], now[1] - other[1]) /
          Math.max(0.02, Math.hypot(was[0] - other[0], was[1] - other[1])),
        other,
      );
    else move((was[0] - now[0]) / view.zoom, (was[1] - now[1]) / view.zoom);
  });
  const up = (event) => down.delete(event.pointerId);
  addEventListener("pointerup", up);
  addEventListener("pointercancel", up);
}

/** Draw the map of a stream on a day. choose(crossing) is called for a click or Enter. */
export function drawMap(host, facts, answer, given) {
  const { stream, k, selected, choose, widest, base: was, beds, scale = 1, redraw } = given;
  const ground = facts.view.ground;
  again = redraw;
  if (view.key !== facts.view.id) Object.assign(view, { key: facts.view.id, zoom: 1, x: 0.5, y: 0.5 });
  if (!ground) {
    put(
      host,
      Object.assign(document.createElement("p"), {
        className: "quiet",
        textContent: say("No map: the crossings have no coordinates of their own. The table has the same figures."),
      }),
    );
    return;
  }
  const true_ = Math.cos((((ground.south + ground.north) / 2) * Math.PI) / 180);
  const ratio = (ground.north - ground.south) / Math.max((ground.east - ground.west) * true_, 1e-9);
  const room = Math.max(280, (host.clientWidth || 420) / scale);
  const width = Math.min(room, 620 / ratio);
  const height = width * ratio;
  const shift = (room - width) / 2;
  const whole = (lon, lat) => [
    shift + ((((lon - ground.west + 540) % 360) - 180) / (ground.east - ground.west)) * width,
    ((ground.north - lat) / (ground.north - ground.south)) * height,
  ];
  const at = (lon, lat) => {
    const [x, y] = whole(lon, lat);
    return [(x - view.x * room) * view.zoom + room / 2, (y - view.y * height) * view.zoom + height / 2];
  };
  host.classList.toggle("zoomed", view.zoom > 1);
  const d = (points) => {
    let last = null;
    let out = "";
    for (const [lon, lat] of points) {
      const [x, y] = at(lon, lat);
      if (last && Math.hypot(x - last[0], y - last[1]) < 0.5) continue;
      out += `${last ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
      last = [x, y];
    }
    return out;
  };
  const spot = (id) => {
    const p = facts.place.get(id);
    return [p.lon, p.lat];
  };
  const unit = facts.unit(stream);
  const told = new Map();
  const base = [
    ...ground.land.map((rings) => s("path", { d: rings.map((ring) => `${d(ring)}Z`).join(""), class: "land" })),
    s("path", { d: ground.roads.map(([a, b]) => d([spot(a), spot(b)])).join(""), class: "road" }),
    s("path", { d: ground.borders.map(d).join(""), class: "border" }),
  ];
  const along = [...flows(facts, answer, stream, k)].filter(([, n]) => n > widest / 400).sort((a, b) => b[1] - a[1]);
  const lines = along.map(([edge, n]) => {
    const [a, b] = facts.view.roads.edges[edge];
    const path = s("path", {
      d: d([spot(a), spot(b)]),
      class: "flow",
      "stroke-width": Math.max(0.8, (WIDEST * n) / widest),
    });
    told.set(
      path,
      `${facts.place.get(a).name} – ${facts.place.get(b).name}\n${say("about {number} {unit} on {day}", { number: people(n), unit, day: day(facts.view.days[k]) })}`,
    );
    return path;
  });
  const { rows, marks, taken } = crossingMarks(facts, answer, {
    stream,
    k,
    selected,
    choose,
    at,
    room,
    height,
    told,
    was,
  });
  const svg = s(
    "svg",
    {
      viewBox: `0 0 ${room.toFixed(0)} ${height.toFixed(0)}`,
      class: "chart map",
      role: "group",
      "aria-label": say("Map of the border on {day}; each crossing is a button", {
        day: day(facts.view.days[k], true),
      }),
    },
    base,
    lines,
    named(facts, at, room, height, taken),
    towns(facts, stream, at, room, height, taken, beds),
    marks,
  );
  says(svg, (_event, at) => {
    const part = at.closest("path.flow, g.crossing");
    return part ? told.get(part) : null;
  });
  const before = rows.some((row) => row.before !== null);
  const cells = ({ c, state, crossed, waiting, before: was_ }) => [
    c.name,
    name(facts.view.states[state]),
    rounded(crossed),
    ...(before ? [rounded(was_)] : []),
    rounded(waiting),
    c.lon,
    c.lat,
  ];
  const csv = () =>
    csvOf([
      [
        say("crossing"),
        say("state"),
        say("processed"),
        ...(before ? ["A"] : []),
        say("waiting"),
        say("longitude"),
        say("latitude"),
      ],
      ...rows.map(cells),
    ]);
  put(host, figure(svg, `${say("Map")}, ${facts.group(stream)}, ${day(facts.view.days[k], true)}`, csv));
}

/** The largest flow along a road on any day: drawn widest. */
export function widestFlow(facts, answer, stream) {
  let most = 1;
  for (let k = 0; k < facts.view.days.length; k += 1) {
    for (const n of flows(facts, answer, stream, k).values()) most = Math.max(most, n);
  }
  return most;
}

/** The names of the countries stay where they are while days pass. */
function named(facts, at, room, height, taken) {
  const key = `${spoken.code} ${room} ${height} ${view.zoom} ${view.x} ${view.y}`;
  const before = taken.length;
  if (facts.countryNames?.key === key) taken.push(...facts.countryNames.boxes);
  else facts.countryNames = { key, drawn: countries(facts, at, room, height, taken), boxes: taken.slice(before) };
  return facts.countryNames.drawn;
}

function crossingMarks(facts, answer, { stream, k, selected, choose, at, room, height, told, was }) {
  const rows = facts.crossings(stream).map((c) => {
    const [x, y] = at(c.lon, c.lat);
    const gates = facts.gates(stream, c.id);
    return {
      c,
      x,
      y,
      state: stateOf(facts, answer, stream, c.id, k),
      crossed: sum(gates.map((g) => answer.crossed[g][k])),
      before: was ? sum(gates.map((g) => was.crossed[g][k])) : null,
      waiting: sum(gates.map((g) => answer.waiting[g][k])),
    };
  });
  rows.sort((a, b) => Number(b.crossed >= 0.05) - Number(a.crossed >= 0.05) || a.y - b.y);
  const longest = Math.max(20, ...rows.map((row) => row.waiting));
  // What stands on the map already: the symbols, what saves it (above) and what makes it larger (below).
  const taken = [
    ...rows.map((row) => [row.x - 7, row.x + 7, row.y - 7, row.y + 7]),
    [room - 36, room, 0, 30],
    [room - 48, room, height - 112, height],
  ];
  const unit = facts.unit(stream);
  const marks = rows.map((row) => {
    const number = row.crossed >= 0.05 ? people(row.crossed) : "";
    const label = fitted(row.c.short, room * 0.5, 11.5);
    const shift = row.before === null ? "" : peopleChange(row.crossed - row.before);
    const differs = shift && shift !== "±0" ? ` (${shift})` : "";
    const width = textWidth(`${label} ${number}${differs}`, 11.5) + 4;
    const out = row.x < 0 || row.x > room || row.y < 0 || row.y > height;
    const {
      left,
      edge,
      middle,
      named: fits,
    } = out
      ? { left: false, edge: row.x + 9, middle: row.y, named: true }
      : beside(row, width, room, height, taken, Boolean(number) || row.c.id === selected);
    if (fits) taken.push([left ? edge - width : edge, left ? edge : edge + width, middle - 8, middle + 7]);
    const words = name(facts.view.states[row.state]);
    const waits = say("{number} waiting at the day’s end", { number: people(row.waiting) });
    const cross = answer.runs
      ? say("{number} {unit} cross, mean of the runs", { number: people(row.crossed), unit })
      : say("{number} {unit} expected to cross", { number: people(row.crossed), unit });
    const mark = s(
      "g",
      {
        class: `crossing${row.c.id === selected ? " chosen" : ""}`,
        role: "button",
        tabindex: "0",
        "data-crossing": row.c.id,
        "aria-pressed": String(row.c.id === selected),
        "aria-label": `${row.c.name}: ${words}; ${cross}${differs}; ${waits}`,
        onfocus: () => out && centre(row, room, height),
        onclick: () => choose(row.c.id),
        onkeydown: (event) => {
          if (event.key !== "Enter" && event.key !== " ") return;
          event.preventDefault();
          choose(row.c.id);
        },
      },
      s(
        "rect",
        fits
          ? {
              x: Math.min(row.x - 12, left ? edge - width : row.x - 12),
              y: Math.min(row.y, middle) - 12,
              width: width + 24,
              height: Math.abs(row.y - middle) + 24,
              class: "hit",
              rx: 6,
            }
          : { x: row.x - 12, y: row.y - 12, width: 24, height: 24, class: "hit", rx: 6 },
      ),
      fits &&
        Math.abs(middle - row.y) > 3 &&
        s("line", { x1: row.x, y1: row.y, x2: edge, y2: middle, class: "leader" }),
      row.waiting >= 0.95 &&
        s("rect", {
          x: row.x + (left ? 9 : -15),
          y: row.y - (QUEUE * row.waiting) / longest + 6,
          width: 6,
          height: (QUEUE * row.waiting) / longest,
          class: "queue-bar",
        }),
      stateShape(row.x, row.y, row.state, row.c.id === selected ? 6.5 : 5.2),
      fits &&
        s(
          "text",
          {
            x: edge,
            y: middle + 4,
            "text-anchor": left ? "end" : "start",
            class: `spot-name is-${row.state.replace(" ", "-")}`,
          },
          s("tspan", {}, `${label}${number && " "}`),
          s("tspan", { class: "strong" }, number),
          differs && s("tspan", { class: "differs" }, differs),
        ),
    );
    told.set(
      mark,
      `${row.c.name}${row.c.other_name ? ` (${row.c.other_name})` : ""}, ${day(facts.view.days[k], true)}\n${words}\n${cross}${differs}\n${waits}`,
    );
    return mark;
  });
  return { rows, marks, taken };
}

/** What is reached with the keyboard comes into sight. */
function centre(row, room, height) {
  move((row.x / room - 0.5) / view.zoom, (row.y / height - 0.5) / view.zoom);
}

const rounded = (number) => Math.round(number * 1000) / 1000;
const shared = (a, b) =>
  Math.max(0, Math.min(a[1], b[1]) - Math.max(a[0], b[0])) * Math.max(0, Math.min(a[3], b[3]) - Math.max(a[2], b[2]));

/**
 * Where a name finds room beside its crossing: the nearest place that touches nothing and is on the map. Where there is none, the
 * least bad if it must be shown; else the symbol stands alone.
 */
function beside({ x, y }, width, room, height, taken, must) {
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
function towns(facts, stream, at, room, height, taken, beds) {
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
