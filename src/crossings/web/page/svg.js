// @ts-check
// SVG elements, scales, numbers and dates, as the report has them.

import { say, spoken } from "./words.js";

const NS = "http://www.w3.org/2000/svg";
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/**
 * An SVG element; attributes that are null or false are left out.
 * @template {keyof SVGElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any>} attributes
 * @param {any[]} children
 * @returns {SVGElementTagNameMap[T]}
 */
export function s(tag, attributes = {}, ...children) {
  const made = document.createElementNS(NS, tag);
  fill(made, attributes, children);
  return made;
}

/**
 * An HTML element. Text is always text: nothing that a scenario says becomes markup.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any>} attributes
 * @param {any[]} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  fill(made, attributes, children);
  return made;
}

function fill(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "disabled" || name === "open") made[name] = value;
    else made.setAttribute(name, value === true ? "" : typeof value === "number" ? round(value) : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
}

const round = (x) => String(Math.round(x * 10) / 10);

/** Put new children in the place of the old ones. */
export function put(parent, ...children) {
  parent.replaceChildren(...children.flat().filter(Boolean));
  return parent;
}

/** "d" of a line through points; breaks where a value is null. */
export function line(points) {
  let d = "";
  let pen = false;
  for (const [x, y] of points) {
    if (y === null || y === undefined || !Number.isFinite(y)) {
      pen = false;
      continue;
    }
    d += `${pen ? "L" : "M"}${round(x)} ${round(y)}`;
    pen = true;
  }
  return d;
}

/** "d" of the area between two lines, broken where either has no value. */
export function area(xs, low, high) {
  let d = "";
  /** @type {[number, number, number][]} */
  let run = [];
  const close = () => {
    if (run.length > 1) {
      d += `M${run.map(([x, , b]) => `${round(x)} ${round(b)}`).join("L")}L${run
        .reverse()
        .map(([x, a]) => `${round(x)} ${round(a)}`)
        .join("L")}Z`;
    }
    run = [];
  };
  xs.forEach((x, k) => {
    if (Number.isFinite(low[k]) && Number.isFinite(high[k])) run.push([x, low[k], high[k]]);
    else close();
  });
  close();
  return d;
}

const formats = new Map(); // to make one takes longer than to use it a hundred times

/** The formatter of that name in the language that is spoken, made once. */
function formatter(name, make) {
  const key = `${spoken.locale} ${name}`;
  if (!formats.has(key)) formats.set(key, make());
  return formats.get(key);
}

/** A number with so many decimals, in the language that is spoken. */
export const decimal = (value, most = 3, least = 0) =>
  formatter(
    `${most} ${least}`,
    () => new Intl.NumberFormat(spoken.locale, { minimumFractionDigits: least, maximumFractionDigits: most }),
  ).format(value);

/**
 * A number for people: one decimal below 10, none above; an en dash where there is none.
 * @param {number | null | undefined} value
 * @param {number | null} [decimals]
 */
export function amount(value, decimals = null) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const few = decimals ?? (Math.abs(value) < 9.95 && Math.abs(value - Math.round(value)) >= 0.05 ? 1 : 0);
  const text = decimal(Math.abs(value), few, few);
  return value < 0 && /[1-9]/.test(text) ? `−${text}` : text;
}

/** A number of people, whole; "<1" where somebody, but fewer than one, is expected. */
export function people(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  return value >= 0.05 && value < 0.95 ? "<1" : amount(value, 0);
}

/** A difference with its sign; "no change" where it rounds to none. */
export function change(value) {
  const text = amount(value);
  if (text === "0" || text === "–") return "±0";
  return value > 0 ? `+${text}` : text;
}

/** A difference of people, whole. */
export const peopleChange = (value) => change(Math.abs(value) < 0.5 ? 0 : Math.round(value));

/** "3–5", or "−5 to 3". */
const between = (low, high) =>
  `${low}${high}`.includes("−") ? say("{low} to {high}", { low, high }) : `${low}–${high}`;

/** A share as per cent, with its range where there is one: "33% (30–35)". */
export function percent(band, low = band, high = band) {
  if (!Number.isFinite(band)) return "–";
  const [mid, ...ends] = [band, low ?? band, high ?? band].map((v) => amount(100 * v));
  const sign = spoken.code === "en" ? "%" : "\u00a0%";
  return mid === ends[0] && mid === ends[1] ? `${mid}${sign}` : `${mid}${sign} (${between(...ends)})`;
}

/** "mean (5th–95th percentile)". */
export function banded(band) {
  if (!band || band.mean === null || band.mean === undefined) return "–";
  const [mid, low, high] = [band.mean, band.p05 ?? band.mean, band.p95 ?? band.mean].map((v) => amount(v));
  return mid === low && mid === high ? mid : `${mid} (${between(low, high)})`;
}

/** A figure with its range, as parts of a cell: it breaks before the range and nowhere else. */
export function unbroken(text) {
  const at = text.indexOf(" (");
  const whole = (part) => h("span", { class: "whole" }, part);
  return at < 0 ? [whole(text)] : [whole(text.slice(0, at)), " ", whole(text.slice(at + 1))];
}

/** A sentence in which no range breaks at the end of a line. */
export const wholeRanges = (line) =>
  line.split(/(\S*\d–\d\S*)/).map((part, n) => (n % 2 ? h("span", { class: "whole" }, part) : part));

/** "17 Nov", from an ISO date or local time. */
export function day(iso, year = false) {
  const [y, m, d] = iso.slice(0, 10).split("-").map(Number);
  if (spoken.code === "en") return `${d} ${MONTHS[m - 1]}${year ? ` ${y}` : ""}`; // as the report has it
  const month = spoken.code === "fi" ? "numeric" : "short";
  return formatter(
    year ? "date" : "day",
    () =>
      new Intl.DateTimeFormat(spoken.locale, {
        day: "numeric",
        month,
        year: year ? "numeric" : undefined,
        timeZone: "UTC",
      }),
  )
    .format(Date.UTC(y, m - 1, d))
    .replace(/ г\.$/, "");
}

/** "17 Nov 2023 14:00"; the midnight at which something ends is the 24:00 of the day before. */
export function moment(iso, end = false) {
  const time = iso.slice(11, 16) || "00:00";
  if (end && time === "00:00") return `${day(addDays(iso, -1), true)} 24:00`;
  return `${day(iso, true)} ${time}`;
}

/** Local times are handled as if they were UTC, so that no clock of the browser's has a say. */
export const ms = (iso) => Date.parse(`${iso.length > 10 ? iso : `${iso}T00:00`}Z`);
export const iso = (at) => new Date(at).toISOString().slice(0, 16);
export const addDays = (text, n) => iso(ms(text) + n * 86400000).slice(0, text.length > 10 ? 16 : 10);
export const DAY_MS = 86400000;

/** Round numbers from 0 to at least `top`. */
export function ticks(top, most = 4) {
  if (!(top > 0)) return [0, 1];
  const raw = top / most;
  const scale = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5].map((m) => m * scale).find((m) => m >= raw * (1 - 1e-9)) ?? 10 * scale;
  return Array.from({ length: Math.ceil(top / step - 1e-9) + 1 }, (_, k) => k * step);
}

/** Which of some days get a tick: at most one in `each` px. */
export function dayTicks(days, room, each = 56) {
  const steps = [1, 2, 7, 14, 28, 56, 91, 182, 365];
  const step = steps.find((n) => days.length / n <= room / each) ?? Math.ceil((days.length * each) / room);
  const first = step % 7 === 0 ? days.findIndex((d) => new Date(ms(d)).getUTCDay() === 1) : 0;
  return days.map((_, k) => k).filter((k) => k >= Math.max(0, first) && (k - Math.max(0, first)) % step === 0);
}

/** The symbol of a state: disc, half-filled diamond, crossed square, ring, dot; told apart without colour. */
export function stateShape(x, y, state, r = 5) {
  if (state === "closed") {
    const c = r * 0.62;
    return [
      s("rect", { x: x - r, y: y - r, width: 2 * r, height: 2 * r, class: "state is-closed" }),
      s("path", {
        d: `M${x - c} ${y - c}L${x + c} ${y + c}M${x + c} ${y - c}L${x - c} ${y + c}`,
        class: "state-cross",
      }),
    ];
  }
  if (state === "part") {
    const q = r * 1.35;
    return [
      s("path", { d: `M${x} ${y - q}l${q} ${q}l${-q} ${q}l${-q} ${-q}Z`, class: "state is-part" }),
      s("path", { d: `M${x} ${y - q}l${-q} ${q}l${q} ${q}Z`, class: "state-half" }),
    ];
  }
  if (state === "none") return [s("circle", { cx: x, cy: y, r: 2.4, class: "state is-none" })];
  return [s("circle", { cx: x, cy: y, r, class: `state is-${state.replace(" ", "-")}` })];
}

export const stateKey = (state) =>
  s("svg", { viewBox: "0 0 16 16", class: "state-key", "aria-hidden": "true" }, stateShape(8, 8, state));

/** About how wide a line of text is, px. */
export const textWidth = (words, size = 11) => 0.56 * size * words.length;

/** Words cut to about so many px. */
export function fitted(words, room, size = 11) {
  const most = Math.max(1, Math.floor(room / (0.56 * size)));
  return words.length <= most ? words : `${words.slice(0, Math.max(1, most - 1)).trimEnd()}…`;
}
