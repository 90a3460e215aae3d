// @ts-check
// The map: border, outlines, roads with their flows, crossings as buttons whose shape and colour say their state.

import { flows, stateOf, sum } from "./facts.js";
import { beside, countryNames, towns } from "./map_names.js";
import { csvOf, figure } from "./save.js";
import { day, fitted, people, peopleChange, put, s, stateShape, textWidth } from "./svg.js";
import { quiet } from "./tables.js";
import { says } from "./tip.js";
import { name, say } from "./words.js";
import { centre, seenOf, view } from "./zoom.js";

const WIDEST = 11;
const QUEUE = 30; // px of the longest queue's bar

/** Draw the map of a stream on a day. choose(crossing) is called for a click or Enter. */
export function drawMap(host, facts, answer, given) {
  const { stream, k, selected, choose, widest, base: was, beds, scale = 1, redraw } = given;
  const ground = facts.view.ground;
  seenOf(facts.view.id, redraw);
  if (!ground) {
    put(host, quiet(say("No map: the crossings have no coordinates of their own. The table has the same figures.")));
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
    countryNames(facts, at, room, height, taken),
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
        onfocus: () => out && centre(row.x / room, row.y / height),
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

const rounded = (number) => Math.round(number * 1000) / 1000;
