// @ts-check
// Tables, and the lines of text around them: elements that stand on many parts of the page.

import { h } from "./svg.js";

/** The heading of a column, with its unit in small type. */
export const column = (words, unit = null, attributes = {}) =>
  h("th", { scope: "col", ...attributes }, words, unit ? h("span", { class: "unit" }, unit) : null);

/** The heading of a column of numbers. */
export const numbers = (words, unit = null) => column(words, unit, { class: "number" });

/** The heading of a row. */
export const rowName = (...children) => h("th", { scope: "row" }, ...children);

export const cell = (...children) => h("td", {}, ...children);

export const number = (...children) => h("td", { class: "number" }, ...children);

/** A table with what it shows above it. head: of columns; titled: attributes of the caption; others: of the table. */
export function table({ caption, head, rows, titled = {}, ...others }) {
  const [above, top] = [h("caption", titled, caption), h("thead", {}, h("tr", {}, head))];
  return h("table", { class: "keep", ...others }, above, top, h("tbody", {}, rows));
}

/** A part that is wider than a phone, and moves on its own there. */
export const scrolled = (name, child) =>
  h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": name }, child);

/** A note below charts that stand beside one another. */
export const wideNote = (words) => h("p", { class: "source wide-note" }, words);

/** Words for those who listen to the page; who looks at it sees them without. */
export const unseen = (...children) => h("span", { class: "visually-hidden" }, ...children);

/** A chart by day with its name. */
export const panel = (title, ...children) => h("div", { class: "panel" }, h("h3", {}, title), ...children);

export const quiet = (...children) => h("p", { class: "quiet" }, ...children);

export const source = (...children) => h("p", { class: "source" }, ...children);

/** What the answer rests on in one sentence. */
export const reading = (...children) => h("p", { class: "reading" }, ...children);

/** A fault, said at once to those who listen. */
export const wrong = (...children) => h("p", { class: "wrong", role: "alert" }, ...children);
