// @ts-check
// Saved options beside one another: the same five figures as `crossings options` has, A first and fixed; and the library that keeps them.

import * as api from "./api.js";
import { $, every } from "./dom.js";
import { against, letter, MOST_OPTIONS, same, tried } from "./sides.js";
import { options as readable, setOptions, state, tryOut } from "./state.js";
import { changeWords } from "./changes.js";
import { amount, change, day, h, people, peopleChange, put } from "./svg.js";
import { column, number, numbers, quiet, rowName, scrolled, source, table, wrong } from "./tables.js";
import { say } from "./words.js";

const SHELF = "crossings options"; // in this browser: scenario → its saved options
let asked = "";
let shelfKey = ""; // the name of the scenario that is shown

/** What is compared: A, B where it differs, and what was saved. */
function columns(facts) {
  const other = against(facts);
  const a = { letter: "A", name: other.name, changes: other.changes };
  const b = { letter: "B", name: tried(), changes: state.changes };
  const differs = !same(other.changes, state.changes);
  return [a, ...(differs ? [b] : []), ...state.options.map((o, k) => ({ letter: letter(k), ...o, saved: k }))];
}

/** What can be saved now, and what this browser has saved. */
export function drawLibrary(facts) {
  savable();
  library(facts);
}

/** Ask for the figures of every option and draw the table, where it is seen or something is saved; on paper nothing is asked. */
export async function drawOptions(host, facts) {
  const shown = columns(facts);
  if (state.tab !== "compare" && !state.options.length) return;
  const alike = say("A and B are the same: change something, or choose another A.");
  put($("no-base"), shown.some((c) => c.letter === "B") ? [] : quiet(alike));
  const mine = JSON.stringify([state.scenario, state.stream, shown]);
  asked = mine;
  try {
    const found = await api.options(
      state.scenario,
      state.stream,
      shown.map((c) => c.changes),
    );
    if (asked === mine) drawTable(host, facts, shown, found);
  } catch (error) {
    if (asked === mine) put(host, wrong(h("span", { lang: "en" }, api.reasons(error).join(" "))));
  }
}

function drawTable(host, facts, shown, found) {
  const { stream } = state;
  const unit = facts.unit(stream);
  const whole = (v) => amount(v, 0);
  const wholeChange = (v) => change(Math.round(v));
  const group = facts.group(stream);
  const span = { group, first: day(found.from), last: day(found.until, true) };
  const measure = (key, words, small, write, less) =>
    h(
      "tr",
      { "data-measure": key },
      rowName(words, h("small", {}, small)),
      figures(found, (row) => row[key] ?? Number.NaN, write, less),
    );
  const crossing = (c) =>
    h(
      "tr",
      { "data-crossing": c.id },
      rowName(say("processed at {crossing}", { crossing: c.short })),
      figures(found, (row) => row.crossed[c.id] ?? 0, people, peopleChange),
    );
  const others = say("travellers of all other groups");
  const rows = [
    measure("processed", say("processed"), unit, people, peopleChange),
    measure("longest_wait_h", say("longest wait"), say("h, mean of a crossing’s worst day"), amount, change),
    measure("no_way", say("no way across"), say("{unit}, on the last day", { unit }), people, peopleChange),
    measure("longest_gap_km", say("longest gap"), say("km of border, in the first seven days"), whole, wholeChange),
    measure("journeys_lost", say("journeys of others lost"), others, people, peopleChange),
    ...facts.crossings(stream).map(crossing),
  ];
  const caption = say("{group}, {first} to {last}: expected flows, without a range", span);
  const head = [column(say("measure")), ...shown.map(optionHead)];
  const basis = say(
    "From the first day on which an option differs from A to the end of the run; the same figures as crossings options prints. ±: against A.",
  );
  put(host, scrolled(say("Options side by side"), table({ id: "variants", caption, head, rows })), source(basis));
}

/** A figure of every option; of those after the first with the difference from it. */
function figures(found, of, write, less) {
  const [first] = found.rows.map(of);
  return found.rows.map(of).map((value, n) => {
    const differs = n > 0 && Number.isFinite(value) && Number.isFinite(first);
    return number(write(value), differs ? [" ", h("small", {}, less(value - first))] : null);
  });
}

/** The letter and name of an option; one that was saved can be named, tried and removed. */
function optionHead(c) {
  const called = h("span", { class: "option-letter" }, c.letter);
  if (c.saved === undefined) return numbers([called, ` ${c.name}`]);
  const is = { letter: c.letter, name: c.name };
  const input = h("input", {
    class: "option-name",
    name: `option ${c.saved}`,
    value: c.name,
    maxlength: 60,
    "aria-label": say("name of option {letter}", { letter: c.letter }),
    onchange: (event) => rename(c.saved, event.target.value.trim()),
  });
  const button = (label, words, onclick) => h("button", { class: "plain", "aria-label": label, onclick }, words);
  const buttons = h(
    "span",
    { class: "buttons" },
    button(say("try option {letter}: {name}", is), say("try"), () => tryOut(c.changes)),
    button(say("remove option {letter}: {name}", is), "✕", () => drop(c.saved)),
  );
  return numbers([called, input, buttons]);
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
  const called = first
    ? more.length
      ? say("{first}, and {more} more", { first, more: more.length })
      : first
    : say("as written");
  keep([...state.options, { name: called.slice(0, 60), changes: state.changes }]);
}

/** Whether what is tried can be saved; the buttons say as what, and why not. */
function savable() {
  const full = state.options.length >= MOST_OPTIONS;
  const there = state.options.some((o) => same(o.changes, state.changes));
  const why = full
    ? say("{number} are saved; remove one first", { number: MOST_OPTIONS })
    : there
      ? say("what is tried is saved already")
      : "";
  for (const button of every(".save-option", HTMLButtonElement)) {
    button.disabled = Boolean(why);
    button.textContent = say("Save as option {letter}", {
      letter: letter(Math.min(state.options.length, MOST_OPTIONS - 1)),
    });
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
  const all = Array.isArray(shelf()[shelfKey]) ? shelf()[shelfKey] : [];
  const isShown = ({ name }) => state.options.some((o) => o.name === name);
  const kept = all.filter((o) => o && Array.isArray(o.changes) && !isShown(o));
  const list = $("library", HTMLSelectElement);
  const first = kept.length ? say("saved here: {number}", { number: kept.length }) : say("nothing more is saved here");
  put(
    list,
    h("option", { value: "" }, first),
    kept.map((o) => h("option", { value: o.name }, o.name)),
  );
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
      const other =
        given.scenario === key(facts())
          ? ""
          : ` ${say("It was saved for another scenario: {name}.", { name: String(given.scenario).slice(0, 80) })}`;
      keep(readable([...found, ...state.options.filter((o) => !found.some((f) => f.name === o.name))]));
      $("library-said").textContent =
        `${say("{file} was read. Options: {number}.", { file: file.name, number: found.length })}${other}`;
    } catch {
      $("library-said").textContent = say("There are no options in {file}.", { file: file.name });
    }
  });
}
