// @ts-check
// What is decided: for each crossing whether it is open on the chosen day, and how many officers it has.

import { stateOf, sum } from "./facts.js";
import { switchFrom } from "./changes.js";
import { add, state, tryOut } from "./state.js";
import { amount, day, h, put, stateKey } from "./svg.js";
import { cell, column, number, numbers, rowName, table, unseen } from "./tables.js";
import { say } from "./words.js";

const MOST_OFFICERS = 1000;
const MOST_WAITING = 1000000;
const from = (facts) => {
  const begin = `${facts.view.days[state.day]}T00:00`;
  return begin < facts.view.start ? facts.view.start.slice(0, 16) : begin;
};

/** A row a crossing: a switch for the chosen day on, and officers with + and −. */
export function drawDecide(host, facts, answer) {
  const { stream, day: k } = state;
  const begins = day(facts.view.days[k]);
  const rows = facts.crossings(stream).map((c) => {
    const now = stateOf(facts, answer, stream, c.id, k);
    return h(
      "tr",
      { class: changed(c.id) ? "changed" : null },
      rowName(stateKey(now), c.short),
      cell(openOrShut(facts, c, now !== "closed", begins)),
      number(officers(facts, answer, c, k, begins)),
    );
  });
  const whole = { class: "whole" };
  const head = [
    column(unseen(say("crossing"))),
    column(say("from {day}", { day: begins }), null, whole),
    numbers(say("officers")),
  ];
  const caption = say("Crossings from {day} on", { day: day(facts.view.days[k], true) });
  put(host, table({ id: "decide-table", caption, titled: { class: "visually-hidden" }, head, rows }), stock(facts));
}

/** The switch of a crossing, for the chosen day on. */
function openOrShut(facts, c, open, begins) {
  const attributes = {
    role: "switch",
    class: "switch",
    name: `switch ${c.id}`,
    "aria-checked": String(open),
    "aria-label": say("{crossing} open from {day}", { crossing: c.name, day: begins }),
    onclick: () => switchFrom(c.id, open, from(facts)),
  };
  const words = open ? say("open") : say("closed");
  const knob = h("span", { class: "knob", "aria-hidden": "true" });
  return h("button", attributes, knob, h("span", { class: "switch-words", "aria-hidden": "true" }, words));
}

/** How many wait to come, for those who have a stock of them; an empty field goes back to the scenario's number. */
function stock(facts) {
  const { id, waiting } = facts.stream(state.stream);
  if (waiting === null) return null;
  const at = state.changes.findIndex((c) => c.do === "stock" && c.stream === id);
  const set = () => {
    const chosen = input.value === "" ? waiting : Math.round(input.valueAsNumber);
    if (!input.validity.valid || !Number.isFinite(chosen)) return input.reportValidity();
    const rest = state.changes.filter((_, n) => n !== at);
    return tryOut(chosen === waiting ? rest : [...rest, { do: "stock", stream: id, number: chosen }]);
  };
  const input = h("input", {
    type: "number",
    name: "stock",
    min: 0,
    max: MOST_WAITING,
    step: 1,
    inputmode: "numeric",
    value: at < 0 ? waiting : state.changes[at].number,
    onchange: set,
  });
  const written = h("small", {}, say("in the scenario: {number}", { number: amount(waiting) }));
  return h("label", { class: at < 0 ? "stock" : "stock changed" }, say("people waiting to come"), " ", input, written);
}

const changed = (id) =>
  state.changes.some((c) => c.crossing === id || (c.crossings?.length === 1 && c.crossings[0] === id));

/** All officers of the control lines together; + and − give or take one at each line. */
function officers(facts, answer, c, k, begins) {
  const gates = facts.gates(state.stream, c.id);
  const duty = sum(gates.map((g) => answer.on_duty[g]?.[k]));
  if (!duty && !own(c.id)) return h("span", { class: "quiet" }, "–");
  const lines = Math.max(1, sum(gates.map((g) => answer.lines[g]?.[k])));
  const at = { crossing: c.name, day: begins };
  const step = (by, attributes, sign) => {
    const onclick = () => setOfficers(facts, c.id, Math.round(duty / lines) + by);
    return h("button", { ...attributes, onclick }, sign);
  };
  const fewer = say("fewer officers at {crossing} from {day}", at);
  const more = say("more officers at {crossing} from {day}", at);
  return h(
    "span",
    { class: "stepper" },
    step(-1, { name: `fewer ${c.id}`, disabled: duty < lines, "aria-label": fewer }, "−"),
    h("output", { "aria-label": say("officers at {crossing}", { crossing: c.name }) }, String(duty)),
    step(1, { name: `more ${c.id}`, disabled: duty >= MOST_OFFICERS, "aria-label": more }, "+"),
  );
}

const own = (id) =>
  state.changes.find((c) => c.do === "officers" && c.crossing === id && c.streams?.[0] === state.stream);

/** One change a crossing and day: pressing + again makes it larger, and does not add another. */
function setOfficers(facts, id, number) {
  const begins = from(facts);
  const at = state.changes.findIndex(
    (c) => c.do === "officers" && c.crossing === id && c.streams?.[0] === state.stream && c.from === begins,
  );
  const change = { do: "officers", crossing: id, streams: [state.stream], number: Math.max(0, number), from: begins };
  if (at < 0) add(change);
  else tryOut(state.changes.map((c, n) => (n === at ? change : c)));
}
