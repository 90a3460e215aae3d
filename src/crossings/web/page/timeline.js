// @ts-check
// The timeline of orders: a row a crossing, a bar an order; ends can be dragged, a bar opens the order.

import { csvOf, figure } from "./save.js";
import { DAY_MS, day, dayTicks, fitted, h, iso, moment, ms, put, s, textWidth } from "./svg.js";
import { kindWords } from "./facts.js";
import { hide, says } from "./tip.js";
import { country, name, say } from "./words.js";

const LANE = 17;
const HUES = 7;

/** Letters by order, in the order of announcement: A, B, ... */
function letters(bars) {
  const out = new Map();
  for (const bar of bars) {
    if (!out.has(bar.order)) {
      const k = out.size;
      out.set(
        bar.order,
        (k >= 26 ? String.fromCharCode(64 + Math.floor(k / 26)) : "") + String.fromCharCode(65 + (k % 26)),
      );
    }
  }
  return out;
}

export function barWords(facts, bar, crossing) {
  const what = kindWords(bar.kind, bar.value);
  const all = facts.view.streams.filter((stream) => facts.gates(stream.id, crossing).length).map((stream) => stream.id);
  const whom = bar.where[crossing] ?? [];
  const to = all.every((x) => whom.includes(x))
    ? ""
    : ` ${say("for {groups}", { groups: whom.map((x) => name(facts.stream(x).name)).join(", ") })}`;
  const way = bar.direction
    ? `, ${say("into {country}", { country: country(bar.direction, facts.view.countries[bar.direction]) })}`
    : "";
  const until = (at) => (at === null ? say("further notice") : moment(at, true));
  const paper = bar.replaced ? ` (${say("replaced; on paper until {time}", { time: until(bar.until) })})` : "";
  return `${what}${to}${way}; ${say("announced {time}", { time: moment(bar.announced) })}; ${say("from {from} until {until}", { from: moment(bar.from), until: until(bar.end) })}${paper}`;
}

/** Draw the orders that concern a stream. edit(bar) opens one; move(bar, {from, until}) gives it other times. */
export function drawTimeline(host, facts, answer, { stream, k, edit, move }) {
  const width = Math.max(320, host.clientWidth || 1100);
  const narrow = width < 640;
  const names = letters(answer.bars);
  const horizon = facts.view.horizon;
  const crossings = facts.crossings(stream);
  const longest = Math.max(0, ...crossings.map((c) => textWidth(c.short, 12.5)));
  const left = narrow ? 4 : Math.min(longest + 18, 190);
  const right = width - 12;
  const head = narrow ? 18 : 0;
  const x = (at) => left + (right - left) * Math.min(1, Math.max(0, facts.share(at)));
  const ends = (bar) => Math.max(x(bar.from) + 4, x(bar.end ?? horizon));
  const within = (bar) => ends(bar) - x(bar.from) > 13;
  /** From where to where the bars of an order are drawn, px, with its announcement and its letter. */
  const extent = (own) => [
    Math.min(...own.map((bar) => x(bar.announced) - (bar.announced < bar.from ? 6 : 0))),
    Math.max(...own.map((bar) => ends(bar) + (bar.replaced ? 5 : 0)), within(own[0]) ? 0 : ends(own.at(-1)) + 17),
  ];
  const rows = crossings.map((c) => ({
    c,
    lanes: lanes(
      answer.bars.filter(
        (b) =>
          b.where[c.id]?.includes(stream) &&
          b.from < horizon &&
          (b.end === null || b.end > facts.view.days[0]) &&
          b.end !== b.from,
      ),
      extent,
    ),
  }));
  const time = (px) => {
    const [a, b] = [ms(facts.view.days[0]), ms(horizon)];
    const at = a + ((px - left) / (right - left)) * (b - a);
    return iso(Math.round(at / DAY_MS) * DAY_MS);
  };
  const heights = rows.map((r) => head + Math.max(1, r.lanes.length) * LANE + 8);
  const lower = 6 + heights.reduce((a, b) => a + b, 0);
  const parts = [];
  for (const t of dayTicks(facts.view.days, right - left)) {
    const at = x(facts.view.days[t]);
    parts.push(s("line", { x1: at, x2: at, y1: 6, y2: lower + 4, class: "grid" }));
    if (at + 20 < right)
      parts.push(
        s(
          "text",
          { x: at, y: lower + 17, class: "tick", "text-anchor": t ? "middle" : "start" },
          day(facts.view.days[t]),
        ),
      );
  }
  const now = (x(facts.view.days[k]) + x(facts.view.days[k + 1] ?? horizon)) / 2;
  const told = new Map();
  let y = 6;
  rows.forEach((row, n) => {
    parts.push(s("line", { x1: 0, x2: width, y1: y, y2: y, class: "rule" }));
    parts.push(
      narrow
        ? s("text", { x: 2, y: y + 14, class: "label" }, row.c.short)
        : s(
            "text",
            { x: left - 9, y: y + heights[n] / 2 + 4, class: "label", "text-anchor": "end" },
            fitted(row.c.short, left - 12, 12.5),
          ),
    );
    const placed = row.lanes.flatMap((lane, i) =>
      lane.flatMap((own) => own.map((bar) => [bar, y + head + 4 + i * LANE + LANE / 2, own])),
    );
    placed.sort(([a], [b]) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0)); // Tab goes by time
    for (const [bar, middle, own] of placed) parts.push(drawBar(bar, middle, row.c, own));
    y += heights[n];
  });
  parts.push(s("line", { x1: now, x2: now, y1: 2, y2: lower, class: "today" }));

  /** A bar; own: all bars of its order at the crossing, of which the first has the announcement, and the letter where there is room. */
  function drawBar(bar, middle, c, own) {
    const hue = `hue-${[...names.keys()].indexOf(bar.order) % HUES}`;
    const end = bar.end ?? horizon;
    const [x0, x1] = [x(bar.from), ends(bar)];
    const words = `${names.get(bar.order)}: ${bar.order}, ${c.name}: ${barWords(facts, bar, c.id)}`;
    const body = s("rect", {
      x: x0,
      y: middle - 6,
      width: x1 - x0,
      height: 12,
      rx: 2,
      class: bar.kind === "closed" ? "in-force" : "in-force limited",
    });
    const group = s(
      "g",
      {
        class: `bar ${hue}`,
        role: "button",
        tabindex: "0",
        "data-order": bar.order,
        "data-crossing": c.id,
        "aria-label": `${words}. ${say("Enter changes it; left and right arrow move its end by a day, with shift its beginning.")}`,
        onkeydown: (event) => keys(event, bar, c.id),
      },
      bar === own[0] &&
        bar.announced < bar.from &&
        s("line", { x1: x(bar.announced), x2: x0, y1: middle, y2: middle, class: "lead" }),
      bar === own[0] &&
        bar.announced < bar.from &&
        bar.announced >= facts.view.days[0] &&
        s("path", { d: `M${x(bar.announced)} ${middle - 5.5}l5.5 5.5l-5.5 5.5l-5.5 -5.5Z`, class: "told" }),
      body,
      (within(own[0]) ? bar === own[0] : bar === own.at(-1)) &&
        s(
          "text",
          {
            x: within(own[0]) ? x0 + Math.min(11, (x1 - x0) / 2) : x1 + 9,
            y: middle + 3.8,
            class: "letter",
            "text-anchor": "middle",
          },
          names.get(bar.order),
        ),
      bar.replaced && end < horizon && s("path", { d: `M${x1 - 3} ${middle - 3.5}l7 7m0 -7l-7 7`, class: "ended" }),
      handle(bar, c.id, "from", x0, middle),
      (bar.end ?? "9") < horizon && handle(bar, c.id, "until", x1, middle),
    );
    told.set(group, `${words.replaceAll("; ", "\n")}\n${say("click: change; drag an end: move it")}`);
    body.addEventListener("click", () => edit(bar, c.id));
    return group;
  }

  function keys(event, bar, crossing) {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      edit(bar, crossing);
    } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      event.preventDefault();
      const step = event.key === "ArrowLeft" ? -DAY_MS : DAY_MS;
      if (event.shiftKey) moved(bar, crossing, "from", iso(ms(bar.from) + step));
      else moved(bar, crossing, "until", iso(ms(bar.end ?? horizon) + step));
    }
  }

  /** Keep what is asked for within what an order can be. */
  function moved(bar, crossing, side, at) {
    if (side === "from" && (bar.end === null || at < bar.end) && at !== bar.from) {
      move(bar, at < bar.announced ? { from: at, announced: at } : { from: at }, crossing);
    } else if (side === "until" && at > bar.from && !(bar.replaced && at >= bar.end) && at !== bar.until)
      move(bar, { until: at }, crossing);
  }

  function handle(bar, crossing, side, at, middle) {
    const grip = s("rect", {
      x: at - 7,
      y: middle - LANE / 2,
      width: 14,
      height: LANE,
      class: "grip",
      "data-side": side,
    });
    const mark = s("line", { x1: at, x2: at, y1: middle - 8, y2: middle + 8, class: "grip-mark" });
    grip.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      grip.setPointerCapture(event.pointerId);
      const box = svg.getBoundingClientRect();
      const px = (e) => ((e.clientX - box.left) / box.width) * width;
      mark.classList.add("dragged");
      const follow = (e) => {
        const to = x(time(px(e)));
        mark.setAttribute("x1", String(to));
        mark.setAttribute("x2", String(to));
        note.textContent = moment(time(px(e)), side === "until");
        note.setAttribute("x", String(Math.min(Math.max(to, 60), width - 60)));
        note.setAttribute("y", String(middle - 12 < 12 ? middle + 22 : middle - 12));
        hide();
      };
      const done = (e) => {
        grip.removeEventListener("pointermove", follow);
        grip.removeEventListener("pointerup", done);
        grip.removeEventListener("pointercancel", done);
        mark.classList.remove("dragged");
        note.textContent = "";
        const to = time(px(e));
        mark.setAttribute("x1", String(at));
        mark.setAttribute("x2", String(at));
        if (e.type === "pointerup") moved(bar, crossing, side, to);
      };
      grip.addEventListener("pointermove", follow);
      grip.addEventListener("pointerup", done);
      grip.addEventListener("pointercancel", done);
    });
    return s("g", {}, mark, grip);
  }

  const note = s("text", { class: "drag-note", "text-anchor": "middle" });
  const svg = s(
    "svg",
    {
      viewBox: `0 0 ${width} ${lower + 24}`,
      class: "chart timeline",
      role: "group",
      "aria-label": say("Orders by crossing; each bar is a button"),
    },
    parts,
    note,
  );
  says(svg, (_event, at) => {
    const bar = at.closest("g.bar");
    return bar ? told.get(bar) : null;
  });
  const shown = new Set(rows.flatMap((r) => r.lanes.flat(2).map((bar) => bar.order)));
  const key = [...names]
    .filter(([order]) => shown.has(order))
    .map(([order, letter]) =>
      h("li", {}, h("b", { class: `letter-key hue-${[...names.keys()].indexOf(order) % HUES}` }, letter), ` ${order}`),
    );
  const listed = rows.flatMap(({ c, lanes: own }) =>
    own
      .flat(2)
      .map((bar) => [c.name, bar.order, kindWords(bar.kind, bar.value), bar.announced, bar.from, bar.end ?? ""]),
  );
  const csv = () =>
    csvOf([
      [say("crossing"), say("order"), say("what"), say("announced"), say("in force from"), say("until")],
      ...listed,
    ]);
  put(
    host,
    figure(svg, say("Orders"), csv),
    h("ul", { class: "legend letters", "aria-label": say("Letters of the orders") }, key),
  );
}

/** Orders, as the bars of each, in as few lanes as hold them without touching. extent(bars): from where to where they are drawn. */
function lanes(bars, extent) {
  const orders = new Map();
  for (const bar of [...bars].sort((a, b) => (a.from < b.from ? -1 : 1)))
    orders.set(bar.order, [...(orders.get(bar.order) ?? []), bar]);
  /** @type {any[][][]} */
  const out = [];
  /** @type {number[]} */
  const free = [];
  for (const own of [...orders.values()].sort(([a], [b]) => (a.announced < b.announced ? -1 : 1))) {
    const [first, last] = extent(own);
    const at = free.findIndex((t) => t <= first);
    const lane = at < 0 ? out.length : at;
    if (at < 0) out.push([]);
    out[lane].push(own);
    free[lane] = last;
  }
  return out;
}
