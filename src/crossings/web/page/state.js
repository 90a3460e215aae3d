// What is looked at and what is tried. The address holds it all, so that a view can be shared as a link.

export const state = {
  scenario: null,
  stream: null,
  day: 0,
  dayText: null, // the same as a date
  crossing: null,
  changes: [],
  options: [], // saved: {name, changes}
  against: "", // A: written, later, or the number of a saved option; nothing: later where orders begin after the start, else written
  counts: [], // {on, counts: crossing → number}: what was counted on a day, for a fit that is carried on
  language: null, // nothing: that of the browser
  seeds: 20,
  claimSeeds: 20,
  tab: "", // the panel below the columns; nothing: the first
  present: false, // larger type, without what is decided
  bands: true, // whether an ensemble follows every change
};

const past = [];
const future = [];
const listeners = [];
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

/** Try other changes; can be undone. Gives, later, the faults for which they were refused and taken back, or null. */
export async function tryOut(changes) {
  past.push(copy(state.changes));
  future.length = 0;
  state.changes = copy(changes);
  write();
  return (await tell("changes")).find((faults) => Array.isArray(faults)) ?? null;
}

export const add = (...changes) => tryOut([...state.changes, ...changes]);
export const remove = (index) => tryOut(state.changes.filter((_, k) => k !== index));
export const canUndo = () => past.length > 0;
export const canRedo = () => future.length > 0;

function step(from, to) {
  if (!from.length) return;
  to.push(copy(state.changes));
  state.changes = from.pop();
  write();
  tell("changes");
}
export const undo = () => step(past, future);
export const redo = () => step(future, past);

/** Take back the last change, as if it had never been made. */
export function reject() {
  if (!past.length) return false;
  state.changes = past.pop();
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
  Object.assign(state, { scenario, stream: null, day: null, dayText: null, crossing: null, changes: [], options: [], against: "", counts: [] });
  write();
  tell("all");
}

// --- the address -------------------------------------------------------------------------------

let written = "";

export function write() {
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
  if (state.seeds !== 20) words.set("seeds", state.seeds);
  if (state.claimSeeds !== 20) words.set("claim-seeds", state.claimSeeds);
  if (state.tab) words.set("tab", state.tab);
  if (state.present) words.set("present", "yes");
  if (!state.bands) words.set("bands", "no");
  written = `#${words}`;
  if (written !== location.hash) history.replaceState(null, "", written);
}

/** Read the address; what cannot be read is left out. */
export function read() {
  const words = new URLSearchParams(location.hash.slice(1));
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
    scenario: words.get("scenario"),
    stream: words.get("stream"),
    day: null,
    dayText: words.get("day"),
    crossing: words.get("crossing"),
    changes: list("changes"),
    options: options(list("options")),
    counts: list("counts").filter((c) => c && typeof c.on === "string" && c.counts && typeof c.counts === "object"),
    language: words.get("language"),
    against: words.get("against") ?? "",
    seeds: number("seeds", 500),
    claimSeeds: number("claim-seeds", 200),
    tab: words.get("tab") ?? "",
    present: words.get("present") === "yes",
    bands: words.get("bands") !== "no",
  });
}

/** Those of a list that are saved options, as many as fit. */
export const options = (found) => found.filter((o) => o && typeof o.name === "string" && Array.isArray(o.changes)).map(({ name, changes }) => ({ name: name.slice(0, 60), changes })).slice(0, 6);

addEventListener("hashchange", () => {
  if (location.hash === written) return;
  read();
  tell("all");
});
