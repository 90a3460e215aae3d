// @ts-check
// What is looked at and what is tried. The address holds it all, so that a view can be shared as a link.

/**
 * A change, as the server reads it (src/crossings/web/changes.py).
 * @typedef {{do: string, [key: string]: any}} Change
 * @typedef {{name: string, changes: Change[]}} Option a saved option
 * @typedef {{on: string, counts: Record<string, number>}} Counts what was counted on a day, by crossing
 */

export const state = {
  scenario: "", // nothing: the first that the server has
  stream: "",
  day: 0,
  dayText: "", // the same as a date
  crossing: "", // nothing: none is chosen
  /** @type {Change[]} */
  changes: [],
  /** @type {Option[]} */
  options: [],
  against: "", // A: written, later, or the number of a saved option; nothing: later where orders begin after the start, else written
  /** @type {Counts[]} */
  counts: [], // for a fit that is carried on
  language: "", // nothing: that of the browser
  seeds: 20,
  claimSeeds: 20,
  tab: "", // the panel below the columns; nothing: the first
  present: false, // larger type, without what is decided
  bands: true, // whether an ensemble follows every change
};

/** @type {Change[][]} */
const past = [];
/** @type {Change[][]} */
const future = [];
/** @type {((what: string) => any)[]} */
const listeners = [];
/**
 * @template T
 * @param {T} value
 * @returns {T}
 */
const copy = (value) => JSON.parse(JSON.stringify(value));

/** Call when something has changed: what = "changes", "view", "options", "counts" or "all". */
export const listen = (listener) => listeners.push(listener);
const tell = (what) => Promise.all(listeners.map((listener) => listener(what)));

/** Look at something else; nothing of what is tried changes. */
export function look(values) {
  Object.assign(state, values);
  write();
  tell("view");
}

/**
 * Try other changes; can be undone.
 * @param {Change[]} changes
 * @returns {Promise<string[] | null>} the faults for which they were refused and taken back, or null
 */
export async function tryOut(changes) {
  past.push(copy(state.changes));
  future.length = 0;
  state.changes = copy(changes);
  write();
  return (await tell("changes")).find((faults) => Array.isArray(faults)) ?? null;
}

/** @param {Change[]} changes */
export const add = (...changes) => tryOut([...state.changes, ...changes]);
export const remove = (index) => tryOut(state.changes.filter((_, k) => k !== index));
export const canUndo = () => past.length > 0;
export const canRedo = () => future.length > 0;

function step(from, to) {
  const changes = from.pop();
  if (!changes) return;
  to.push(copy(state.changes));
  state.changes = changes;
  write();
  tell("changes");
}
export const undo = () => step(past, future);
export const redo = () => step(future, past);

/** Take back the last change, as if it had never been made. */
export function reject() {
  const changes = past.pop();
  if (!changes) return false;
  state.changes = changes;
  write();
  return true;
}

export function setOptions(options) {
  state.options = copy(options);
  write();
  tell("options");
}

export function setAgainst(against) {
  state.against = against;
  write();
  tell("options");
}

export function setCounts(counts) {
  state.counts = copy(counts);
  write();
  tell("counts");
}

/** Begin with another scenario. */
export function begin(scenario) {
  past.length = future.length = 0;
  Object.assign(state, {
    scenario,
    stream: "",
    day: 0,
    dayText: "",
    crossing: "",
    changes: [],
    options: [],
    against: "",
    counts: [],
  });
  write();
  tell("all");
}

// --- the address -------------------------------------------------------------------------------

let held = location.hash; // as it was last read or written

export function write() {
  if (location.hash !== held) return; // another address has come, which is about to be read: it is not written over
  const words = new URLSearchParams();
  if (state.scenario) words.set("scenario", state.scenario);
  if (state.stream) words.set("stream", state.stream);
  if (state.dayText) words.set("day", state.dayText);
  if (state.crossing) words.set("crossing", state.crossing);
  if (state.changes.length) words.set("changes", JSON.stringify(state.changes));
  if (state.options.length) words.set("options", JSON.stringify(state.options));
  if (state.against) words.set("against", state.against);
  if (state.counts.length) words.set("counts", JSON.stringify(state.counts));
  if (state.language) words.set("language", state.language);
  if (state.seeds !== 20) words.set("seeds", String(state.seeds));
  if (state.claimSeeds !== 20) words.set("claim-seeds", String(state.claimSeeds));
  if (state.tab) words.set("tab", state.tab);
  if (state.present) words.set("present", "yes");
  if (!state.bands) words.set("bands", "no");
  if (`#${words}` !== held) history.replaceState(null, "", `#${words}`);
  held = location.hash;
}

/** Read the address; what cannot be read is left out. */
export function read() {
  held = location.hash;
  const words = new URLSearchParams(location.hash.slice(1));
  const text = (name) => words.get(name) ?? "";
  const list = (name) => {
    try {
      const found = JSON.parse(words.get(name) ?? "[]");
      return Array.isArray(found) ? found.slice(0, 60) : [];
    } catch {
      return [];
    }
  };
  const number = (name, most) => Math.min(most, Math.max(1, Math.round(Number(words.get(name))) || 20));
  past.length = future.length = 0;
  Object.assign(state, {
    scenario: text("scenario"),
    stream: text("stream"),
    day: 0,
    dayText: text("day"),
    crossing: text("crossing"),
    changes: list("changes"),
    options: options(list("options")),
    counts: list("counts").filter((c) => c && typeof c.on === "string" && c.counts && typeof c.counts === "object"),
    language: text("language"),
    against: text("against"),
    seeds: number("seeds", 500),
    claimSeeds: number("claim-seeds", 200),
    tab: text("tab"),
    present: words.get("present") === "yes",
    bands: words.get("bands") !== "no",
  });
}

/** Those of a list that are saved options, as many as fit. */
export const options = (found) =>
  found
    .filter((o) => o && typeof o.name === "string" && Array.isArray(o.changes))
    .map(({ name, changes }) => ({ name: name.slice(0, 60), changes }))
    .slice(0, 6);

addEventListener("hashchange", () => {
  if (location.hash === held) return;
  read();
  tell("all");
});
