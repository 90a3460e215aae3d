// @ts-check
// Saved options beside one another: the same five figures as `crossings options` has, A first and fixed; and the library that keeps them.

import * as api from "./api.js";
import { $, every } from "./dom.js";
import { against, letter, MOST_OPTIONS, same, tried } from "./sides.js";
import { options as readable, setOptions, state, tryOut } from "./state.js";
import { changeWords } from "./changes.js";
import { amount, change, day, h, people, peopleChange, put } from "./svg.js";
import { say } from "./words.js";

const SHELF = "crossings options"; // in this browser: scenario → its saved options
let asked = "";
let shelfKey = ""; // the name of the scenario that is shown

/** What is compared: A, B where it differs, and what was saved. */
function columns(facts) {
  const other = against(facts);
  const differs = !same(other.changes, state.changes);
  return [{ letter: "A", name: other.name, changes: other.changes }, ...(differs ? [{ letter: "B", name: tried(), changes: state.changes }] : []), ...state.options.map((o, k) => ({ letter: letter(k), ...o, saved: k }))];
}

/** Ask for the figures of every option and draw the table, where it is seen or something is saved. */
export async function drawOptions(host, facts) {
  const shown = columns(facts);
  savable();
  library(facts);
  if (state.tab !== "compare" && !state.options.length) return;
  put($("no-base"), shown.some((c) => c.letter === "B") ? [] : h("p", { class: "quiet" }, say("A and B are the same: change something, or choose another A.")));
  const mine = JSON.stringify([state.scenario, state.stream, shown]);
  asked = mine;
  try {
    const found = await api.options(state.scenario, state.stream, shown.map((c) => c.changes));
    if (asked === mine) table(host, facts, shown, found);
  } catch (error) {
    if (asked === mine) put(host, h("p", { class: "wrong", role: "alert", lang: "en" }, api.reasons(error).join(" ")));
  }
}

function table(host, facts, shown, found) {
  const unit = facts.unit(state.stream);
  const lines = [
    [say("processed"), unit, "processed", people, peopleChange],
    [say("longest wait"), say("h, mean of a crossing’s worst day"), "longest_wait_h", amount, change],
    [say("no way across"), say("{unit}, on the last day", { unit }), "no_way", people, peopleChange],
    [say("longest gap"), say("km of border, in the first seven days"), "longest_gap_km", (v) => amount(v, 0), (v) => change(Math.round(v))],
    [say("journeys of others lost"), say("travellers of all other groups"), "journeys_lost", people, peopleChange],
  ];
  const cells = (of, write, less) => found.rows.map((row, n) => h("td", { class: "number" }, write(of(row)), n && Number.isFinite(of(row)) && Number.isFinite(of(found.rows[0])) ? [" ", h("small", {}, less(of(row) - of(found.rows[0])))] : null));
  const head = (c) => h("th", { scope: "col", class: "number" }, h("span", { class: "option-letter" }, c.letter), c.saved === undefined ? ` ${c.name}` : [
    h("input", { class: "option-name", name: `option ${c.saved}`, value: c.name, maxlength: 60, "aria-label": say("name of option {letter}", { letter: c.letter }), onchange: (event) => rename(c.saved, event.target.value.trim()) }),
    h("span", { class: "buttons" },
      h("button", { class: "plain", "aria-label": say("try option {letter}: {name}", { letter: c.letter, name: c.name }), onclick: () => tryOut(c.changes) }, say("try")),
      h("button", { class: "plain", "aria-label": say("remove option {letter}: {name}", { letter: c.letter, name: c.name }), onclick: () => drop(c.saved) }, "✕")),
  ]);
  put(
    host,
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": say("Options side by side") },
      h("table", { class: "keep", id: "variants" },
        h("caption", {}, say("{group}, {first} to {last}: expected flows, without a range", { group: facts.group(state.stream), first: day(found.from), last: day(found.until, true) })),
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, say("measure")), shown.map(head))),
        h("tbody", {},
          lines.map(([words, small, key, write, less]) => h("tr", { "data-measure": key }, h("th", { scope: "row" }, words, h("small", {}, small)), cells((row) => row[key] ?? Number.NaN, write, less))),
          facts.crossings(state.stream).map((c) => h("tr", { "data-crossing": c.id }, h("th", { scope: "row" }, say("processed at {crossing}", { crossing: c.short })), cells((row) => row.crossed[c.id] ?? 0, people, peopleChange))),
        ),
      ),
    ),
    h("p", { class: "source" }, say("From the first day on which an option differs from A to the end of the run; the same figures as crossings options prints. ±: against A.")),
  );
}

function rename(k, text) {
  if (text && text !== state.options[k].name) keep(state.options.map((o, n) => (n === k ? { ...o, name: text } : o)));
}

/** Without an option the letters of those after it are one less; where it was A, A is again what it was at first. */
function drop(k) {
  const at = Number(state.against);
  if (/^\d+$/.test(state.against)) state.against = at === k ? "" : String(at > k ? at - 1 : at);
  setOptions(state.options.filter((_, n) => n !== k));
}

/** Save what is tried as the next option. */
export function saveOption(facts) {
  const [first, ...more] = state.changes.map((c) => changeWords(facts, c));
  const called = first ? (more.length ? say("{first}, and {more} more", { first, more: more.length }) : first) : say("as written");
  keep([...state.options, { name: called.slice(0, 60), changes: state.changes }]);
}

/** Whether what is tried can be saved; the buttons say as what, and why not. */
function savable() {
  const why = state.options.length >= MOST_OPTIONS ? say("{number} are saved; remove one first", { number: MOST_OPTIONS }) : state.options.some((o) => same(o.changes, state.changes)) ? say("what is tried is saved already") : "";
  for (const button of every(".save-option", HTMLButtonElement)) {
    button.disabled = Boolean(why);
    button.textContent = say("Save as option {letter}", { letter: letter(Math.min(state.options.length, MOST_OPTIONS - 1)) });
    button.title = why;
  }
  $("save-words").textContent = why;
}

// --- the library: what was saved in this browser, and files to share ----------------------------

const key = (facts) => facts.view.name;

function shelf() {
  try {
    return JSON.parse(localStorage.getItem(SHELF) ?? "{}") ?? {};
  } catch {
    return {}; // a browser that keeps nothing
  }
}

/** Show these options, and keep them in this browser, in the place of those of the same name. */
function keep(options) {
  const all = shelf();
  const names = new Set(options.map((o) => o.name));
  all[shelfKey] = [...(all[shelfKey] ?? []).filter((o) => !names.has(o.name)), ...options].slice(-60);
  try {
    localStorage.setItem(SHELF, JSON.stringify(all));
  } catch {
    // A browser that keeps nothing: the address still holds them.
  }
  setOptions(options);
}

function library(facts) {
  shelfKey = key(facts);
  const kept = (Array.isArray(shelf()[shelfKey]) ? shelf()[shelfKey] : []).filter((o) => o && Array.isArray(o.changes) && !state.options.some((shown) => shown.name === o.name));
  const list = $("library", HTMLSelectElement);
  put(list, h("option", { value: "" }, kept.length ? say("saved here: {number}", { number: kept.length }) : say("nothing more is saved here")), kept.map((o) => h("option", { value: o.name }, o.name)));
  list.disabled = !kept.length || state.options.length >= MOST_OPTIONS;
  $("options-file", HTMLButtonElement).disabled = !state.options.length;
}

/** Make the library's controls work; facts(): of the scenario that is shown. */
export function listenToLibrary(facts) {
  const list = $("library", HTMLSelectElement);
  list.addEventListener("change", () => {
    const found = shelf()[shelfKey]?.find((o) => o.name === list.value);
    if (found) setOptions(readable([...state.options, found]));
  });
  $("options-file").addEventListener("click", () => {
    const body = JSON.stringify({ scenario: key(facts()), hash: facts().view.hash, options: state.options }, null, 1);
    api.hand(new Blob([body], { type: "application/json" }), `${key(facts())}-options.json`);
  });
  const opened = $("options-open", HTMLInputElement);
  opened.addEventListener("change", async () => {
    const [file] = opened.files ?? [];
    if (!file) return;
    opened.value = "";
    try {
      const given = JSON.parse(await file.text());
      const found = readable(Array.isArray(given.options) ? given.options : []);
      if (!found.length) throw new Error();
      const other = given.scenario === key(facts()) ? "" : ` ${say("It was saved for another scenario: {name}.", { name: String(given.scenario).slice(0, 80) })}`;
      keep(readable([...found, ...state.options.filter((o) => !found.some((f) => f.name === o.name))]));
      $("library-said").textContent = `${say("{file} was read. Options: {number}.", { file: file.name, number: found.length })}${other}`;
    } catch {
      $("library-said").textContent = say("There are no options in {file}.", { file: file.name });
    }
  });
}
