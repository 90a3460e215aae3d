// @ts-check
// A chart as PNG, as SVG, and the figures behind it as CSV.

import * as api from "./api.js";
import { $ } from "./dom.js";
import { pngOf } from "./picture.js";
import { h, s } from "./svg.js";
import { say } from "./words.js";

/**
 * A chart with what saves it.
 * @param {SVGSVGElement} svg
 * @param {string} title of the file
 * @param {() => string} csv the figures behind it
 */
export function figure(svg, title, csv) {
  const act = (kind, make) => h("button", { type: "button", "aria-label": `${kind}: ${title}`, onclick: make }, kind);
  return h(
    "div",
    { class: "figure" },
    svg,
    h(
      "details",
      { class: "save" },
      h(
        "summary",
        { title: say("save this chart"), "aria-label": `${say("save this chart")}: ${title}` },
        h("span", { "aria-hidden": "true" }, "⤓"),
      ),
      h(
        "span",
        { class: "buttons" },
        act("PNG", () => pngOf(text(svg, title), (blob) => api.hand(blob, named(title, ".png")))),
        act("SVG", () => api.hand(new Blob([text(svg, title)], { type: "image/svg+xml" }), named(title, ".svg"))),
        act("CSV", () => api.hand(new Blob([csv()], { type: "text/csv" }), named(title, ".csv"))),
      ),
    ),
  );
}

/** Rows as CSV; a cell with a comma or a quote stands in quotes. */
export const csvOf = (rows) =>
  `${rows.map((row) => row.map((cell) => (/[",\n]/.test(String(cell)) ? `"${String(cell).replaceAll('"', '""')}"` : (cell ?? ""))).join(",")).join("\n")}\n`;

const named = (title, kind) =>
  `${$("title").textContent} - ${title}`.replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 90) + kind;

/** The chart alone, with the page's style and its title. */
function text(svg, title) {
  const box = svg.viewBox.baseVal;
  const head = 26;
  const style = [...document.styleSheets]
    .flatMap((sheet) => [...sheet.cssRules].map((rule) => rule.cssText))
    .join("\n");
  const copy = svg.cloneNode(true);
  for (const [key, value] of Object.entries({ x: 0, y: head, width: box.width, height: box.height }))
    copy.setAttribute(key, value);
  const shared = document.querySelector("svg.shared defs")?.cloneNode(true);
  const whole = s(
    "svg",
    { width: box.width, height: box.height + head, class: "saved" },
    s("style", {}, `${style} svg { font-family: system-ui, "DejaVu Sans", sans-serif; }`),
    shared,
    s("rect", { width: "100%", height: "100%", class: "saved-ground" }),
    s("text", { x: 6, y: 17, class: "saved-title" }, title),
    copy,
  );
  return new XMLSerializer().serializeToString(whole);
}
