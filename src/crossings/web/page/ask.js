// @ts-check
// Asking the server: for a scenario, for what is expected, for the answer in words, for runs; and what is done when it refuses.

import * as api from "./api.js";
import { drawCounts } from "./counts.js";
import { $, every } from "./dom.js";
import { draw, drawAccess, drawChanges, drawEnsemble, drawFrame, drawWords } from "./draw.js";
import { parameters } from "./parameters.js";
import { Facts } from "./facts.js";
import { play } from "./play.js";
import { ensemble, shown } from "./shown.js";
import { against, same } from "./sides.js";
import { begin, reject, state, tryOut, write } from "./state.js";
import { amount, h, put } from "./svg.js";
import { say, spoken } from "./words.js";

export const views = new Map(); // scenario id → what the server says of it
const coming = new Map();
let turn = 0;
let opening = false; // a scenario is on its way: it asks for all that has changed when it is there

/** What the server says of a scenario: asked for once, however often it is wanted until it comes. */
async function viewOf(id) {
  if (!views.has(id)) {
    if (!coming.has(id))
      coming.set(
        id,
        api.scenario(id).finally(() => coming.delete(id)),
      );
    views.set(id, await coming.get(id));
  }
  return views.get(id);
}

/** Something else is on its way: what was asked before is not drawn any more, and what is shown is not the answer. */
export function leave() {
  turn += 1;
  opening = true;
  waiting(true);
  busy(true);
}

export async function open() {
  leave();
  const mine = turn;
  try {
    if (!state.scenario) {
      const all = await api.scenarios();
      state.scenario = all.first;
    }
    const view = await viewOf(state.scenario);
    if (mine !== turn) return;
    opening = false;
    shown.facts = new Facts(view);
    settle();
    drawFrame();
    drawCounts(shown.facts);
    await answerAll();
  } catch (error) {
    if (mine !== turn) return;
    opening = false;
    fail(error);
    busy(false);
  }
}

/** While another scenario is on its way nothing of the old one can be worked on. */
function waiting(on) {
  for (const part of every(".tools, #main > section, #tabs", HTMLElement)) part.inert = on;
  if (on) play(false);
}

/** Fill in what the address did not say, or said of another scenario. */
function settle() {
  const view = shown.facts.view;
  if (!view.streams.some((s) => s.id === state.stream)) state.stream = view.streams[0].id;
  if (!shown.facts.crossing.has(state.crossing)) state.crossing = "";
  state.day = shown.facts.dayIndex(
    view.days.includes(state.dayText)
      ? state.dayText
      : ((view.camps.length ? null : view.first_effect) ?? view.days[0]),
  );
  state.dayText = view.days[state.day];
  write();
}

/** Ask for what is expected now; gives the faults where a change was refused. */
export async function answerAll() {
  if (opening) return null;
  turn += 1;
  const mine = turn;
  busy(true);
  const begun = performance.now();
  try {
    const beside = expectedBeside();
    const found = await api.expected(state.scenario, state.changes, state.stream);
    const took = performance.now() - begun;
    const { was, more, problem } = await beside;
    if (mine !== turn) return;
    shown.answer = found;
    shown.base = was;
    shown.others = state.options.map((o, k) => ({ ...o, kind: k % 4, answer: more[k] }));
    said("");
    waiting(false);
    draw();
    $("took").textContent = say("expected flows in {number} ms", { number: amount(took, 0) });
    askWords();
    if (problem) throw problem;
    wantEnsemble();
    drawAccess();
    return null;
  } catch (error) {
    return mine === turn ? fail(error) : null;
  } finally {
    if (mine === turn) busy(false);
  }
}

/** What is expected of A, where it is another than B, and of the saved options: mostly known already, so that all is drawn once. */
function expectedBeside() {
  const other = against(shown.facts);
  return Promise.all([
    same(other.changes, state.changes) ? null : api.expected(state.scenario, other.changes, state.stream),
    ...state.options.map((o) => api.expected(state.scenario, o.changes, state.stream).catch(() => null)),
  ]).then(
    ([was, ...more]) => ({ was, more, problem: null }),
    (problem) => ({ was: null, more: [], problem }),
  );
}

/** The shown.answer in words, of expected flows and in the language that is spoken. */
export async function askWords() {
  const mine = turn;
  try {
    const words = await api.answer(state.scenario, state.changes, against(shown.facts).changes, state.stream);
    if (mine !== turn) return;
    shown.inWords = words;
    drawWords();
  } catch {
    // A change that is refused is told by the flows.
  }
}

/** Runs of A and B; where they are alike, of the one scenario that there is. */
export function wantEnsemble(at_once = false) {
  const other = against(shown.facts);
  if (state.bands || at_once) ensemble.want(state.scenario, state.changes, other.changes, state.seeds, at_once);
  else {
    const had = ensemble.key !== "";
    ensemble.stop();
    ensemble.clear();
    drawEnsemble(had);
  }
}

function busy(on) {
  if (on) $("answer").classList.add("stale");
  document.body.classList.toggle("busy", on);
  $("main").setAttribute("aria-busy", String(on));
}

/** Say what went wrong; what concerns a single change is said where one is, at the foot of the window. */
function said(words, here = false) {
  const close = here
    ? h("button", { class: "plain", "aria-label": say("close this message"), onclick: () => said("") }, "✕")
    : null;
  put($("faults"), words ? [words, close].flat() : []);
  $("faults").hidden = !words;
  $("faults").classList.toggle("here", here);
}

/** What went wrong, and what can be done. A change that is refused is taken back. */
export function fail(error) {
  const faults = api.reasons(error);
  const list = h(
    "ul",
    { lang: error.status ? "en" : spoken.code },
    faults.map((f) => h("li", {}, f.replace(/^change \d+: /, ""))),
  );
  if (error.status === 422 && shown.answer && reject()) {
    said([h("p", {}, say("That change does not fit the scenario, and was taken back:")), list], true);
    drawChanges();
    parameters($("parameters-body"), shown.facts);
    busy(false);
    return faults.map((f) => f.replace(/^change \d+: /, ""));
  }
  const again = h("button", { onclick: () => open() }, say("Try again"));
  const clean = state.changes.length ? h("button", { onclick: () => tryOut([]) }, say("Without the changes")) : null;
  const other = error.status === 404 ? h("button", { onclick: () => begin("") }, say("Open the first scenario")) : null;
  said([h("p", {}, say("This cannot be shown:")), list, h("p", { class: "buttons" }, again, clean, other)]);
  document.body.classList.remove("loading");
  return null;
}
