// The page: asks, draws, and listens.

import { answerShown, drawAnswer } from "./answer.js";
import * as api from "./api.js";
import { Claims } from "./claims.js";
import { Ensemble } from "./ensemble.js";
import { drawDecide } from "./decide.js";
import { changeWords, crossingPanel, editBar, moveBar, newOrder, parameters } from "./edit.js";
import { Facts, settled } from "./facts.js";
import { drawMap, listenToMap, widestFlow, zoomAll, zoomBy } from "./map.js";
import { downloads, uploads } from "./own.js";
import { begin, canRedo, canUndo, listen, look, read, redo, reject, remove, setAgainst, setPins, state, tryOut, undo, write } from "./state.js";
import { addDays, day, h, people, put } from "./svg.js";
import { drawTimeline } from "./timeline.js";
import { showTab, tabs } from "./tabs.js";
import { drawTakes } from "./takes.js";
import { accessView, campPanels, cards, compareTable, crossedPanels, dayTable, effects, queuePanels, which } from "./views.js";

const $ = (id) => document.getElementById(id);
const MOST_PINS = 6;
const views = new Map(); // scenario id → what the server says of it
let facts = null;
let answer = null;
let base = null;
let inWords = null; // the answer in words, of expected flows
let pins = [];
let turn = 0;
let drawnStream = null;
let widest = { key: "", value: 1 };
const ensemble = new Ensemble((more) => drawEnsemble(more));
const claims = new Claims();

// --- what is compared with what ----------------------------------------------------------------

/** What A is: "written", "later", or the number of a pin. It stays what it is whatever is tried. */
function baseline() {
  const later = facts.view.later_orders.length > 0;
  if (state.against === "written" || (state.against === "later" && later) || (/^\d+$/.test(state.against) && state.pins[Number(state.against)])) return state.against;
  return later ? "later" : "written";
}

/** A, the side that is compared with: its changes, and what it is called. */
function against() {
  const which = baseline();
  if (which === "written") return { name: "as written", changes: [] };
  if (which === "later") return { name: "without the orders that begin after the start", changes: facts.view.later_orders.map((id) => ({ do: "leave_out", id })) };
  return state.pins[Number(which)];
}

/** B, what is tried on the page. */
const tried = () => (state.changes.length ? "with the changes" : "as written");

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

// --- loading -----------------------------------------------------------------------------------

async function open() {
  turn += 1;
  const mine = turn;
  waiting(true);
  try {
    if (!state.scenario) {
      const all = await api.scenarios();
      state.scenario = all.first;
    }
    if (!views.has(state.scenario)) views.set(state.scenario, await api.scenario(state.scenario));
    if (mine !== turn) return;
    facts = new Facts(views.get(state.scenario));
    settle();
    drawFrame();
    await answerAll();
  } catch (error) {
    if (mine === turn) fail(error);
  }
}

/** While another scenario is on its way nothing of the old one can be worked on. */
function waiting(on) {
  for (const part of [document.querySelector(".tools"), ...document.querySelectorAll("#main > section, #tabs")]) part.inert = on;
  if (on) play(false);
}

/** Fill in what the address did not say, or said of another scenario. */
function settle() {
  const view = facts.view;
  if (!view.streams.some((s) => s.id === state.stream)) state.stream = view.streams[0].id;
  if (!facts.crossing.has(state.crossing)) state.crossing = null;
  state.day = facts.dayIndex(view.days.includes(state.dayText) ? state.dayText : (view.camps.length ? null : view.first_effect) ?? view.days[0]);
  state.dayText = view.days[state.day];
  write();
}

/** Ask for what is expected now; gives the faults where a change was refused. */
async function answerAll() {
  turn += 1;
  const mine = turn;
  busy(true);
  const begun = performance.now();
  try {
    const found = await api.expected(state.scenario, state.changes, state.stream);
    if (mine !== turn) return;
    const took = performance.now() - begun;
    answer = found;
    base = null;
    pins = state.pins.map((p, k) => ({ ...p, kind: k % 4, answer: null })); // theirs may be of another stream, or scenario
    said("");
    waiting(false);
    draw();
    $("took").textContent = `expected flows in ${Math.round(took).toLocaleString("en-GB")} ms`;
    const other = against();
    api.answer(state.scenario, state.changes, other.changes, state.stream).then((words) => {
      if (mine !== turn) return;
      inWords = words;
      drawWords();
    }, () => {}); // a change that is refused is told by the flows
    const others = await Promise.all([same(other.changes, state.changes) ? null : api.expected(state.scenario, other.changes, state.stream), ...state.pins.map((p) => api.expected(state.scenario, p.changes, state.stream).catch(() => null))]);
    if (mine !== turn) return;
    base = others[0];
    pins = state.pins.map((p, k) => ({ ...p, kind: k % 4, answer: others[k + 1] }));
    draw();
    wantEnsemble();
    drawAccess();
    return null;
  } catch (error) {
    return mine === turn ? fail(error) : null;
  } finally {
    if (mine === turn) busy(false);
  }
}

/** An ensemble of A and B; where they are alike, of the one scenario that there is. */
function wantEnsemble(at_once = false) {
  const other = against();
  if (state.bands || at_once) ensemble.want(state.scenario, state.changes, other.changes, state.seeds, at_once);
  else {
    const had = ensemble.key !== null;
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
  const close = here ? h("button", { class: "plain", "aria-label": "close this message", onclick: () => said("") }, "✕") : null;
  put($("faults"), words ? [words, close].flat() : []);
  $("faults").hidden = !words;
  $("faults").classList.toggle("here", here);
}

/** What went wrong, and what can be done. A change that is refused is taken back. */
function fail(error) {
  const faults = error.faults ?? [`${error}`];
  const list = h("ul", {}, faults.map((f) => h("li", {}, f.replace(/^change \d+: /, ""))));
  if (error.status === 422 && answer && reject()) {
    said([h("p", {}, "That change does not fit the scenario, and was taken back:"), list], true);
    drawChanges();
    parameters($("parameters-body"), facts);
    busy(false);
    return faults.map((f) => f.replace(/^change \d+: /, ""));
  }
  const again = h("button", { onclick: () => open() }, "Try again");
  const clean = state.changes.length ? h("button", { onclick: () => tryOut([]) }, "Without the changes") : null;
  const other = error.status === 404 ? h("button", { onclick: () => begin(null) }, "Open the first scenario") : null;
  said([h("p", {}, "This cannot be shown:"), list, h("p", { class: "buttons" }, again, clean, other)]);
  document.body.classList.remove("loading");
  return null;
}

/** Whether what is there answers for the group that is looked at: between two groups there is nothing to draw. */
const fits = () => Boolean(answer?.streams.includes(state.stream) && (!base || base.streams.includes(state.stream)));

/** The answer above everything; while the next is worked out the old one stays, in grey. */
function drawWords() {
  if (!fits()) return;
  takes(...sides());
  drawAnswer($("answer"), facts, answerShown(inWords, ensemble.result), { answer, ensemble, besideName: against().name });
  $("answer").classList.remove("stale");
}

// --- drawing -----------------------------------------------------------------------------------

function drawFrame() {
  const view = facts.view;
  document.title = `${view.title} – crossings`;
  $("title").textContent = view.title;
  $("about").textContent = `${day(view.days[0], true)} to ${day(addDays(view.end.slice(0, 10), -1), true)}${view.horizon > view.end ? `, and to ${day(addDays(view.horizon.slice(0, 10), -1), true)} for those still on their way` : ""}; times of ${view.timezone}; scenario ${view.name} ${view.hash}`;
  put($("streams"), h("legend", {}, "Stream"), view.streams.map((s) => h("label", {}, h("input", { type: "radio", name: "stream", value: s.id, checked: s.id === state.stream, onchange: () => look({ stream: s.id }) }), h("span", {}, s.name))));
  $("follow").checked = state.bands;
  const numbers = [...new Set([10, 20, 50, 100, 200, state.seeds])].sort((a, b) => a - b);
  put($("seeds"), numbers.map((n) => h("option", { value: n, ...(n === state.seeds ? { selected: true } : {}) }, n)));
  $("day").max = view.days.length - 1;
  showTab();
  presenting(state.present);
  $("camps").hidden = !view.camps.length;
  $("main").classList.toggle("with-camps", view.camps.length > 0);
  claims.frame(facts);
  $("notes").hidden = !view.notes.length;
  put($("notes-list"), view.notes.map((n) => h("li", {}, n)));
  document.body.classList.remove("loading");
}

function draw() {
  if (!answer) return;
  drawnStream = state.stream;
  if (widest.key !== `${answer.hash} ${state.stream}`) widest = { key: `${answer.hash} ${state.stream}`, value: widestFlow(facts, answer, state.stream) };
  drawChanges();
  claims.now();
  drawDay();
  drawLong();
  parameters($("parameters-body"), facts);
  document.body.dataset.ready = JSON.stringify(state.changes);
}

const narrow = matchMedia("(max-width: 899px)");
const choose = (id) => {
  look({ crossing: id });
  $("crossing").scrollIntoView({ block: narrow.matches ? "start" : "nearest" });
};

/** Both sides as they are shown: expected, and the means of the runs when these have finished. */
function sides() {
  const means = ensemble.result?.means;
  return [settled(answer, means?.variant), settled(base, means?.baseline)];
}

function map(now, was) {
  const on = facts.view.days[state.day];
  const beds = new Map((answerShown(inWords, ensemble.result)?.beds ?? []).filter((b) => b.present[on] !== undefined).map((b) => [b.name, `${people(b.present[on])}/${people(b.capacity)}`]));
  const redraw = () => fits() && keepFocus(() => map(...sides()));
  drawMap($("map"), facts, now, { stream: state.stream, k: state.day, selected: state.crossing, choose, widest: widest.value, base: was, beds, scale: state.present ? 1.4 : 1, redraw });
}

/** What depends on the day. */
function drawDay() {
  if (!fits()) return;
  const [now, was] = sides();
  const k = state.day;
  const words = day(facts.view.days[k], true);
  $("day").value = k;
  $("day").setAttribute("aria-valuetext", words);
  $("day-words").textContent = words;
  keepFocus(() => {
    map(now, was);
    dayTable($("day-body"), facts, now, was, choose);
    crossingPanel($("crossing"), facts, now);
    drawDecide($("decide-body"), facts, now);
    takes(now, was);
  });
  if (facts.view.camps.length) drawWords();
}

/** Seven days of the crossings that change, beds, and thresholds that are passed. */
function takes(now, was) {
  drawTakes($("takes-body"), facts, { now, was, result: ensemble.result, words: answerShown(inWords, ensemble.result), besideName: against().name });
}

/** What does not. */
function drawLong() {
  if (!fits()) return;
  const other = against();
  const [now, was] = sides();
  if (inWords) drawWords();
  which($("which"), facts, now, ensemble.result, ensemble);
  cards($("cards"), facts, now, was, ensemble.result);
  keepFocus(() => drawTimeline($("timeline"), facts, answer, { stream: state.stream, k: state.day, edit: (bar, crossing) => editBar(facts, bar, crossing), move: moveBar }));
  if (facts.view.camps.length) campPanels($("camps-body"), facts, answer, base, other.name, ensemble.result);
  crossedPanels($("crossed"), facts, now, was, other.name, ensemble.result, pins);
  queuePanels($("queues"), facts, now, was, other.name, ensemble.result);
  effects($("effects-body"), facts, ensemble, { now: tried(), base: other.name, alike: same(other.changes, state.changes) }, () => wantEnsemble(true));
  const variants = [{ name: `A: ${other.name}`, answer: was ?? now }, ...(base ? [{ name: `B: ${tried()}`, answer: now }] : []), ...pins.map((p, k) => ({ ...p, rename: (name) => renamePin(k, name), drop: () => dropPin(k) }))];
  compareTable($("compare-body"), facts, variants);
  put($("no-base"), base ? [] : h("p", { class: "quiet" }, "A and B are the same: change something, or choose another A."));
  pinnable();
}

function renamePin(k, name) {
  if (name && name !== state.pins[k].name) setPins(state.pins.map((p, n) => (n === k ? { ...p, name } : p)));
}

/** Without a pin the numbers of those after it are one less; where it was A, A is again what it was at first. */
function dropPin(k) {
  const at = Number(state.against);
  if (/^\d+$/.test(state.against)) state.against = at === k ? "" : String(at > k ? at - 1 : at);
  setPins(state.pins.filter((_, n) => n !== k));
}

/** Whether what is tried can be pinned; the button says why not. */
function pinnable() {
  const why = state.pins.length >= MOST_PINS ? `${MOST_PINS} are pinned; unpin one first` : state.pins.some((p) => same(p.changes, state.changes)) ? "what is tried is pinned already" : "";
  $("pin").disabled = Boolean(why);
  $("pin-words").textContent = why;
}

/** Draw anew, and leave the focus where it was. */
function keepFocus(drawing) {
  const held = document.activeElement;
  const mark = held?.dataset && { crossing: held.dataset.crossing, order: held.dataset.order, row: held.closest?.("tr")?.rowIndex, id: held.id, name: held.name, in: held.closest?.("[id]")?.id };
  drawing();
  if (!held || held === document.body || document.contains(held)) return;
  const host = mark.in && document.getElementById(mark.in);
  const again =
    (mark.id && document.getElementById(mark.id)) ||
    (mark.order && host && [...document.querySelectorAll("g.bar")].find((b) => b.dataset.order === mark.order && b.dataset.crossing === mark.crossing)) ||
    (mark.crossing && document.querySelector(`g.crossing[data-crossing="${CSS.escape(mark.crossing)}"]`)) ||
    (mark.name && host?.querySelector(`[name="${CSS.escape(mark.name)}"]`)) ||
    (mark.row !== undefined && document.querySelectorAll("#day-table tr")[mark.row]?.querySelector("button"));
  again?.focus?.({ preventScroll: true });
}

function drawChanges() {
  const other = against();
  const chips = state.changes.map((c, k) => h("li", {}, h("span", {}, changeWords(facts, c)), h("button", { class: "plain", "aria-label": `take back: ${changeWords(facts, c)}`, onclick: () => remove(k) }, "✕")));
  put($("changes"), chips.length ? chips : h("li", { class: "quiet" }, "Nothing is changed."));
  const options = [["written", "as written"], ...(facts.view.later_orders.length ? [["later", "without the orders that begin after the start"]] : []), ...state.pins.map((p, k) => [String(k), p.name])];
  put($("against"), options.map(([value, name]) => h("option", { value, ...(value === baseline() ? { selected: true } : {}) }, name)));
  $("tried").textContent = `${tried()}${state.changes.length > 1 ? ` (${state.changes.length})` : ""}`;
  put(
    $("printed"),
    h("p", {}, h("b", {}, "A: "), `${other.name}. `, h("b", {}, "B: "), `${tried()}. ± and dashed lines: B beside A.`),
    state.changes.length ? [h("p", {}, "What was changed:"), h("ol", {}, state.changes.map((c) => h("li", {}, changeWords(facts, c))))] : h("p", {}, "Nothing was changed."),
  );
  $("undo").disabled = !canUndo();
  $("redo").disabled = !canRedo();
  $("clear").disabled = !state.changes.length;
}

function drawEnsemble(more = true) {
  const { run, problem, result } = ensemble;
  const bar = $("progress");
  const words = $("ensemble-words");
  bar.hidden = !ensemble.busy;
  $("cancel").hidden = !ensemble.busy;
  $("rerun").textContent = run ? "run again" : "run it";
  $("rerun").hidden = ensemble.busy || !facts;
  bar.max = run?.seeds ?? 1;
  if (run) bar.value = run.done;
  else bar.removeAttribute("value");
  const shown = result ? `bands over ${result.seeds} seeds` : "no bands";
  if (problem) words.textContent = `The ensemble stopped: ${problem}`;
  else if (run?.state === "waiting") words.textContent = run.ahead ? `${run.ahead} runs of others come first` : "about to begin";
  else if (ensemble.busy) words.textContent = `${run?.done ?? 0} of ${run?.seeds ?? state.seeds} seeds; ${shown}`;
  else if (run?.state === "cancelled") words.textContent = `stopped; ${shown}`;
  else words.textContent = shown;
  $("get-report").disabled = $("get-tables").disabled = !result;
  document.body.dataset.ensemble = ensemble.busy ? "busy" : result ? "done" : "none";
  if (!more && answer && inWords) drawWords();
  if (more && answer?.streams.includes(state.stream)) {
    drawDay();
    drawLong();
  }
}

async function drawAccess() {
  const host = $("access-body");
  if (!facts.view.lines) {
    put(host, h("p", { class: "quiet" }, "Not measured: the scenario has no line of the border to measure along."));
    return;
  }
  const { scenario, changes, stream } = state; // what is asked together is asked of one state
  const noon = `${facts.view.days[state.day]}T12:00`;
  const on = noon < facts.view.start ? facts.view.start : noon > facts.view.horizon ? facts.view.horizon : noon;
  const asked = `${scenario} ${JSON.stringify(changes)} ${stream} ${on}`;
  host.dataset.asked = asked;
  try {
    const other = against();
    const sides = same(other.changes, changes) ? [changes] : [changes, other.changes];
    const [found, before] = await Promise.all(sides.map((side) => api.access(scenario, side, stream, on)));
    if (host.dataset.asked === asked) accessView(host, facts, found, before, other.name);
  } catch (error) {
    if (host.dataset.asked === asked) put(host, h("p", { class: "quiet" }, `Not measured: ${error.faults?.join(" ") ?? error}`));
  }
}

// --- what people do ----------------------------------------------------------------------------

let later = null;
const soon = (what) => {
  clearTimeout(later);
  later = setTimeout(() => answer?.streams.includes(state.stream) && what(), 250);
};

listen((what) => {
  if (what === "all") {
    ensemble.stop();
    ensemble.clear();
    claims.stop();
    clearTimeout(later);
    answer = base = inWords = null;
    pins = [];
    $("access-body").dataset.asked = "";
    open();
  } else if (!answer) {
    return open();
  } else if (what === "view") {
    if (!answer.streams.includes(state.stream)) {
      answerAll();
      return;
    }
    if (drawnStream !== state.stream) draw();
    else drawDay();
    soon(() => {
      drawLong();
      drawAccess();
    });
  } else return answerAll();
  return null;
});

$("day").addEventListener("input", () => {
  const k = Number($("day").value);
  look({ day: k, dayText: facts.view.days[k] });
});

let playing = null;
const quietly = matchMedia("(prefers-reduced-motion: reduce)");
function play(on) {
  clearInterval(playing);
  playing = null;
  $("play").textContent = on ? "❚❚ Pause" : "▶ Play";
  $("play").setAttribute("aria-pressed", String(on));
  if (!on) return;
  if (state.day >= facts.view.days.length - 1) look({ day: 0, dayText: facts.view.days[0] });
  playing = setInterval(() => {
    if (state.day >= facts.view.days.length - 1) play(false);
    else look({ day: state.day + 1, dayText: facts.view.days[state.day + 1] });
  }, quietly.matches ? 1200 : 450);
}
$("play").addEventListener("click", () => play(!playing));
/** Larger type, without what is decided: for a room that looks at a wall. */
function presenting(on) {
  document.body.classList.toggle("present", on);
  document.documentElement.classList.toggle("presenting", on);
  $("present").setAttribute("aria-pressed", String(on));
  $("present").textContent = on ? "End presenting" : "Present";
}
$("present").addEventListener("click", () => {
  state.present = !state.present;
  write();
  presenting(state.present);
  draw();
});
tabs(drawLong);
listenToMap($("map"));
$("zoom-in").addEventListener("click", () => zoomBy(1.6));
$("zoom-out").addEventListener("click", () => zoomBy(1 / 1.6));
$("zoom-all").addEventListener("click", zoomAll);
$("undo").addEventListener("click", undo);
$("redo").addEventListener("click", redo);
$("clear").addEventListener("click", () => tryOut([]));
$("add-order").addEventListener("click", () => newOrder(facts));
$("cancel").addEventListener("click", () => {
  ensemble.stop();
  drawEnsemble(true);
});
$("rerun").addEventListener("click", () => wantEnsemble(true));
$("seeds").addEventListener("change", () => {
  state.seeds = Number($("seeds").value);
  write();
  wantEnsemble();
});
$("follow").addEventListener("change", () => {
  state.bands = $("follow").checked;
  write();
  if (state.bands) wantEnsemble();
});
$("against").addEventListener("change", (event) => setAgainst(event.target.value));
$("pin").addEventListener("click", () => {
  const [first, ...more] = state.changes.map((c) => changeWords(facts, c));
  setPins([...state.pins, { name: first ? `${first}${more.length ? `, and ${more.length} more` : ""}` : "as written", changes: state.changes }]);
});
$("share").addEventListener("click", async () => {
  write();
  try {
    await navigator.clipboard.writeText(location.href);
    $("share-said").textContent = "The link is in the clipboard.";
  } catch {
    $("share-said").textContent = "The address of this page is the link.";
  }
});
$("scenario").addEventListener("change", (event) => begin(event.target.value));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && state.present && !document.querySelector("dialog[open]")) $("present").click();
  if (event.target.closest("input:not([type=range]):not([type=radio]):not([type=checkbox]), textarea, select, dialog")) return;
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
  event.preventDefault();
  (event.shiftKey ? redo : undo)();
});
addEventListener("pagehide", () => {
  ensemble.stop();
  claims.stop();
});
let wide = innerWidth;
addEventListener("resize", () => {
  if (innerWidth === wide || !answer) return;
  wide = innerWidth;
  soon(draw);
});

async function listed() {
  const all = await api.scenarios();
  const names = [...all.scenarios.map((s) => [s.id, s.title]), ...[...views.values()].filter((v) => v.kind === "uploaded").map((v) => [v.id, `${v.title} (yours)`])];
  put($("scenario"), names.map(([id, name]) => h("option", { value: id, ...(id === state.scenario ? { selected: true } : {}) }, name)));
  $("version").textContent = `crossings ${all.version}`;
}

uploads((view) => views.set(view.id, view));
downloads(() => ensemble.run);
read();
open().then(listed).catch(fail);
listen((what) => what === "all" && listed().catch(() => {}));
