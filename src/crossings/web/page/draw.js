// @ts-check
// Drawing: what is shown of a scenario, its changes and its runs; which part is drawn anew when something has changed.

import { accessView } from "./access.js";
import { answerShown, drawAnswer } from "./answer.js";
import * as api from "./api.js";
import { cards, which } from "./cards.js";
import { changeWords } from "./changes.js";
import { Claims } from "./claims.js";
import { crossingPanel } from "./crossing.js";
import { dayTable } from "./day_table.js";
import { drawDecide } from "./decide.js";
import { $, every } from "./dom.js";
import { settled } from "./facts.js";
import { drawMap, widestFlow } from "./map.js";
import { drawLibrary, drawOptions } from "./options.js";
import { editBar, moveBar } from "./orders.js";
import { campPanels, crossedPanels, queuePanels } from "./panels.js";
import { parameters } from "./parameters.js";
import { figure } from "./save.js";
import { ensemble, shown } from "./shown.js";
import { against, baseline, choices, same, tried } from "./sides.js";
import { canRedo, canUndo, look, remove, state } from "./state.js";
import { addDays, day, h, people, put } from "./svg.js";
import { inPanel, showTab } from "./tabs.js";
import { drawTakes } from "./takes.js";
import { drawTimeline } from "./timeline.js";
import { says } from "./tip.js";
import { effects } from "./went.js";
import { say, spoken } from "./words.js";

export const claims = new Claims();

/** Whether what is there answers for the group that is looked at: between two groups there is nothing to draw. */
const fits = () =>
  Boolean(shown.answer?.streams.includes(state.stream) && (!shown.base || shown.base.streams.includes(state.stream)));

/** What the server says in words: the answer above everything, and what it takes. */
export function drawWords() {
  if (!fits()) return;
  takes(...sides());
  sayAnswer();
}

/** The answer above everything; while the next is worked out the old one stays, in grey. */
function sayAnswer() {
  drawAnswer($("answer"), shown.facts, answerShown(shown.inWords, ensemble.result), {
    answer: shown.answer,
    ensemble,
    besideName: against(shown.facts).name,
  });
  $("answer").classList.remove("stale");
}

export function drawFrame() {
  const view = shown.facts.view;
  document.title = `${view.title} – crossings`;
  $("title").textContent = view.title;
  const last = (at) => day(addDays(at.slice(0, 10), -1), true);
  const rest =
    view.horizon > view.end ? ` (${say("to {day} for those still on their way", { day: last(view.horizon) })})` : "";
  $("about").textContent = say("{first} to {last}{rest}; times of {zone}; scenario {name}", {
    first: day(view.days[0], true),
    last: last(view.end),
    rest,
    zone: view.timezone,
    name: `${view.name} ${view.hash}`,
  });
  put(
    $("streams"),
    h("legend", {}, say("Group")),
    view.streams.map((s) =>
      h(
        "label",
        {},
        h("input", {
          type: "radio",
          name: "stream",
          value: s.id,
          checked: s.id === state.stream,
          onchange: () => look({ stream: s.id }),
        }),
        h("span", {}, shown.facts.group(s.id)),
      ),
    ),
  );
  $("follow", HTMLInputElement).checked = state.bands;
  const numbers = [...new Set([10, 20, 50, 100, 200, state.seeds])].sort((a, b) => a - b);
  put(
    $("seeds"),
    numbers.map((n) => h("option", { value: n, ...(n === state.seeds ? { selected: true } : {}) }, n)),
  );
  $("day", HTMLInputElement).max = String(view.days.length - 1);
  $("tab-forecast").hidden = !view.fit;
  showTab();
  presenting(state.present);
  $("camps").hidden = !view.camps.length;
  $("main").classList.toggle("with-camps", view.camps.length > 0);
  claims.frame(shown.facts);
  $("notes").hidden = !view.notes.length;
  put(
    $("notes-list"),
    view.notes.map((n) => h("li", {}, n)),
  );
  document.body.classList.remove("loading");
}

export function draw() {
  if (!shown.answer) return;
  shown.stream = state.stream;
  if (shown.widest.key !== `${shown.answer.hash} ${state.stream}`)
    shown.widest = {
      key: `${shown.answer.hash} ${state.stream}`,
      value: widestFlow(shown.facts, shown.answer, state.stream),
    };
  drawChanges();
  claims.now();
  drawDay();
  drawLong();
  inSight("parameters", () => parameters($("parameters-body"), shown.facts));
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
  return [settled(shown.answer, means?.variant), settled(shown.base, means?.baseline)];
}

function map(now, was) {
  const on = shown.facts.view.days[state.day];
  const beds = new Map(
    (answerShown(shown.inWords, ensemble.result)?.beds ?? [])
      .filter((b) => b.present[on] !== undefined)
      .map((b) => [b.name, `${people(b.present[on])}/${people(b.capacity)}`]),
  );
  const redraw = () => fits() && keepFocus(() => map(...sides()));
  drawMap($("map"), shown.facts, now, {
    stream: state.stream,
    k: state.day,
    selected: state.crossing,
    choose,
    widest: shown.widest.value,
    base: was,
    beds,
    scale: state.present ? 1.4 : 1,
    redraw,
  });
}

/** What depends on the day. */
export function drawDay() {
  if (!fits()) return;
  const [now, was] = sides();
  const k = state.day;
  const words = day(shown.facts.view.days[k], true);
  const slider = $("day", HTMLInputElement);
  slider.value = String(k);
  slider.setAttribute("aria-valuetext", words);
  $("day-words").textContent = words;
  keepFocus(() => {
    map(now, was);
    dayTable($("day-body"), shown.facts, now, was, choose);
    crossingPanel($("crossing"), shown.facts, now);
    drawDecide($("decide-body"), shown.facts, now);
    takes(now, was);
  });
  if (shown.facts.view.camps.length) sayAnswer();
}

/** Seven days of the crossings that change, beds, and thresholds that are passed. */
function takes(now, was) {
  drawTakes($("takes-body"), shown.facts, {
    now,
    was,
    result: ensemble.result,
    words: answerShown(shown.inWords, ensemble.result),
    besideName: against(shown.facts).name,
  });
}

/** Draw what stands in a panel when it is seen, unless another group or scenario is on its way then. */
const inSight = (panel, drawing) => inPanel(panel, () => fits() && drawing());

/** What does not; called after what does. */
export function drawLong() {
  if (!fits()) return;
  const other = against(shown.facts);
  const [now, was] = sides();
  if (shown.inWords) sayAnswer();
  which($("which"), shown.facts, now, ensemble.result, ensemble);
  cards($("cards"), shown.facts, now, was, ensemble.result);
  inSight("orders", () =>
    keepFocus(() =>
      drawTimeline($("timeline"), shown.facts, shown.answer, {
        stream: state.stream,
        k: state.day,
        edit: (bar, crossing) => editBar(shown.facts, bar, crossing),
        move: moveBar,
      }),
    ),
  );
  if (shown.facts.view.camps.length)
    campPanels($("camps-body"), shown.facts, shown.answer, shown.base, other.name, ensemble.result);
  inSight("by-day", () =>
    crossedPanels($("crossed"), shown.facts, now, was, other.name, ensemble.result, shown.others),
  );
  inSight("waiting", () => queuePanels($("queues"), shown.facts, now, was, other.name, ensemble.result));
  const names = { now: tried(), base: other.name, alike: same(other.changes, state.changes) };
  const chart = effects($("effects-body"), shown.facts, ensemble, names, () => $("rerun").click());
  if (chart) drawWhoWentWhere(chart, names);
  drawLibrary(shown.facts);
  const options = () => drawOptions($("compare-body"), shown.facts);
  if (state.options.length) options();
  else inSight("compare", options);
}

/** The picture of who went where, drawn by the server as the report has it. */
async function drawWhoWentWhere(host, { now, base: was }) {
  const values = new URLSearchParams({
    stream: state.stream,
    language: spoken.code,
    width: String(Math.round(Math.max(330, Math.min(1100, host.clientWidth || 1000)))),
    before: `A: ${was}`,
    after: `B: ${now}`,
  });
  try {
    const text = await api.fragment(`runs/${ensemble.run.id}/who-went-where.svg?${values}`);
    const svg = document.importNode(new DOMParser().parseFromString(text, "image/svg+xml").documentElement, true);
    if (!(svg instanceof SVGSVGElement)) throw new Error("not a drawing");
    says(svg, (_event, at) => (at instanceof SVGElement ? at.dataset.say : null));
    put(
      host,
      figure(svg, say("Who went where"), () => svg.dataset.csv ?? ""),
    );
  } catch {
    put(host); // the table below has the same figures
  }
}

/** Draw anew, and leave the focus where it was. */
function keepFocus(drawing) {
  const held = document.activeElement;
  const known = held instanceof HTMLElement || held instanceof SVGElement ? held.dataset : null;
  const mark = {
    crossing: known?.crossing,
    order: known?.order,
    row: held?.closest("tr")?.rowIndex,
    id: held?.id,
    name: held?.getAttribute("name"),
    in: held?.closest("[id]")?.id,
  };
  drawing();
  if (!known || held === document.body || document.contains(held)) return;
  const again = [
    mark.id ? document.getElementById(mark.id) : null,
    mark.order
      ? document.querySelector(
          `g.bar[data-order="${CSS.escape(mark.order)}"][data-crossing="${CSS.escape(mark.crossing ?? "")}"]`,
        )
      : null,
    mark.crossing ? document.querySelector(`g.crossing[data-crossing="${CSS.escape(mark.crossing)}"]`) : null,
    mark.name && mark.in ? document.querySelector(`#${CSS.escape(mark.in)} [name="${CSS.escape(mark.name)}"]`) : null,
    mark.row === undefined ? null : document.querySelectorAll("#day-table tr")[mark.row]?.querySelector("button"),
  ].find(Boolean);
  if (again instanceof HTMLElement || again instanceof SVGElement) again.focus({ preventScroll: true });
}

export function drawChanges() {
  const other = against(shown.facts);
  const chips = state.changes.map((c, k) =>
    h(
      "li",
      {},
      h("span", {}, changeWords(shown.facts, c)),
      h(
        "button",
        {
          class: "plain",
          "aria-label": say("take back: {change}", { change: changeWords(shown.facts, c) }),
          onclick: () => remove(k),
        },
        "✕",
      ),
    ),
  );
  put($("changes"), chips.length ? chips : h("li", { class: "quiet" }, say("Nothing is changed.")));
  put(
    $("against"),
    choices(shown.facts).map(([value, text]) =>
      h("option", { value, ...(value === baseline(shown.facts) ? { selected: true } : {}) }, text),
    ),
  );
  $("tried").textContent = `${tried()}${state.changes.length > 1 ? ` (${state.changes.length})` : ""}`;
  put(
    $("printed"),
    h(
      "p",
      {},
      h("b", {}, "A: "),
      `${other.name}. `,
      h("b", {}, "B: "),
      `${tried()}. ${say("± and dashed lines: B compared with A.")}`,
    ),
    state.changes.length
      ? [
          h("p", {}, say("What was changed:")),
          h(
            "ol",
            {},
            state.changes.map((c) => h("li", {}, changeWords(shown.facts, c))),
          ),
        ]
      : h("p", {}, say("Nothing was changed.")),
  );
  $("undo", HTMLButtonElement).disabled = !canUndo();
  $("redo", HTMLButtonElement).disabled = !canRedo();
  $("clear", HTMLButtonElement).disabled = !state.changes.length;
}

export function drawEnsemble(more = true) {
  const { run, problem, result } = ensemble;
  const bar = $("progress", HTMLProgressElement);
  const words = $("ensemble-words");
  bar.hidden = !ensemble.busy;
  $("cancel").hidden = !ensemble.busy;
  $("rerun").textContent = run ? say("run again") : say("run it");
  $("rerun").hidden = ensemble.busy;
  bar.max = run?.seeds ?? 1;
  if (run) bar.value = run.done;
  else bar.removeAttribute("value");
  const ranges = result ? say("ranges of {runs} runs", { runs: result.seeds }) : say("no ranges");
  if (problem) words.textContent = say("The runs stopped: {problem}", { problem });
  else if (run?.state === "waiting")
    words.textContent = run.ahead
      ? say("jobs of others that come first: {number}", { number: run.ahead })
      : say("about to begin");
  else if (ensemble.busy)
    words.textContent = `${say("{done} of {all} runs", { done: run?.done ?? 0, all: run?.seeds ?? state.seeds })}; ${ranges}`;
  else if (run?.state === "cancelled") words.textContent = `${say("stopped")}; ${ranges}`;
  else words.textContent = ranges;
  for (const button of every(".of-runs-only", HTMLButtonElement)) button.disabled = !result;
  document.body.dataset.ensemble = ensemble.busy ? "busy" : result ? "done" : "none";
  if (!more && shown.answer && shown.inWords) drawWords();
  if (more && shown.answer?.streams.includes(state.stream)) {
    drawDay();
    drawLong();
  }
}

export async function drawAccess() {
  const host = $("access-body");
  if (!shown.facts.view.lines) {
    const words = say("Not measured: the scenario has no line of the border to measure along.");
    host.dataset.asked = "";
    inSight("access", () => put(host, h("p", { class: "quiet" }, words)));
    return;
  }
  const { scenario, changes, stream } = state; // what is asked together is asked of one state
  const noon = `${shown.facts.view.days[state.day]}T12:00`;
  const on =
    noon < shown.facts.view.start
      ? shown.facts.view.start
      : noon > shown.facts.view.horizon
        ? shown.facts.view.horizon
        : noon;
  const asked = `${scenario} ${JSON.stringify(changes)} ${stream} ${on}`;
  host.dataset.asked = asked;
  const show = (drawing) => inSight("access", () => host.dataset.asked === asked && drawing());
  try {
    const other = against(shown.facts);
    const sides = same(other.changes, changes) ? [changes] : [changes, other.changes];
    const [found, before] = await Promise.all(sides.map((side) => api.access(scenario, side, stream, on)));
    show(() => accessView(host, shown.facts, found, before, other.name));
  } catch (error) {
    const problem = api.reasons(error).join(" ");
    show(() => put(host, h("p", { class: "quiet" }, say("Not measured: {problem}", { problem }))));
  }
}

/** Larger type, without what is decided: for a room that looks at a wall. */
export function presenting(on) {
  document.body.classList.toggle("present", on);
  document.documentElement.classList.toggle("presenting", on);
  $("present").setAttribute("aria-pressed", String(on));
  $("present").textContent = on ? say("End presenting") : say("Present");
}
