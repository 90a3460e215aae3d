// @ts-check
// What is decided: for each crossing whether it is open on the chosen day, and how many officers it has.

import { stateOf } from "./facts.js";
import { switchFrom } from "./changes.js";
import { add, state, tryOut } from "./state.js";
import { amount, day, h, put, stateKey } from "./svg.js";
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
    const open = now !== "closed";
    const control = h("button", { role: "switch", class: "switch", name: `switch ${c.id}`, "aria-checked": String(open), "aria-label": say("{crossing} open from {day}", { crossing: c.name, day: begins }), onclick: () => switchFrom(c.id, open, from(facts)) }, h("span", { class: "knob", "aria-hidden": "true" }), h("span", { class: "switch-words", "aria-hidden": "true" }, open ? say("open") : say("closed")));
    return h("tr", { class: changed(c.id) ? "changed" : null }, h("th", { scope: "row" }, stateKey(now), c.short), h("td", {}, control), h("td", { class: "number" }, officers(facts, answer, c, k, begins)));
  });
  put(
    host,
    h("table", { class: "keep", id: "decide-table" },
      h("caption", { class: "visually-hidden" }, say("Crossings from {day} on", { day: day(facts.view.days[k], true) })),
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, h("span", { class: "visually-hidden" }, say("crossing"))), h("th", { scope: "col", class: "whole" }, say("from {day}", { day: begins })), h("th", { scope: "col", class: "number" }, say("officers")))),
      h("tbody", {}, rows),
    ),
    stock(facts),
  );
}

/** How many wait to come, for those who have a stock of them; an empty field goes back to the scenario's number. */
function stock(facts) {
  const { id, waiting } = facts.stream(state.stream);
  if (waiting === null) return null;
  const at = state.changes.findIndex((c) => c.do === "stock" && c.stream === id);
  const input = h("input", { type: "number", name: "stock", min: 0, max: MOST_WAITING, step: 1, inputmode: "numeric", value: at < 0 ? waiting : state.changes[at].number, onchange: () => {
    const number = input.value === "" ? waiting : Math.round(input.valueAsNumber);
    if (!input.validity.valid || !Number.isFinite(number)) return input.reportValidity();
    const rest = state.changes.filter((_, n) => n !== at);
    return tryOut(number === waiting ? rest : [...rest, { do: "stock", stream: id, number }]);
  } });
  return h("label", { class: at < 0 ? "stock" : "stock changed" }, say("people waiting to come"), " ", input, h("small", {}, say("in the scenario: {number}", { number: amount(waiting) })));
}

const changed = (id) => state.changes.some((c) => c.crossing === id || (c.crossings?.length === 1 && c.crossings[0] === id));

/** All officers of the control lines together; + and − give or take one at each line. */
function officers(facts, answer, c, k, begins) {
  const gates = facts.gates(state.stream, c.id);
  const number = gates.reduce((n, g) => n + (answer.on_duty[g]?.[k] ?? 0), 0);
  if (!number && !own(c.id)) return h("span", { class: "quiet" }, "–");
  const lines = Math.max(1, gates.reduce((n, g) => n + (answer.lines[g]?.[k] ?? 0), 0));
  const step = (by) => () => setOfficers(facts, c.id, Math.round(number / lines) + by);
  return h("span", { class: "stepper" },
    h("button", { name: `fewer ${c.id}`, disabled: number < lines, "aria-label": say("fewer officers at {crossing} from {day}", { crossing: c.name, day: begins }), onclick: step(-1) }, "−"),
    h("output", { "aria-label": say("officers at {crossing}", { crossing: c.name }) }, String(number)),
    h("button", { name: `more ${c.id}`, disabled: number >= MOST_OFFICERS, "aria-label": say("more officers at {crossing} from {day}", { crossing: c.name, day: begins }), onclick: step(1) }, "+"));
}

const own = (id) => state.changes.find((c) => c.do === "officers" && c.crossing === id && c.streams?.[0] === state.stream);

/** One change a crossing and day: pressing + again makes it larger, and does not add another. */
function setOfficers(facts, id, number) {
  const begins = from(facts);
  const at = state.changes.findIndex((c) => c.do === "officers" && c.crossing === id && c.streams?.[0] === state.stream && c.from === begins);
  const change = { do: "officers", crossing: id, streams: [state.stream], number: Math.max(0, number), from: begins };
  if (at < 0) add(change);
  else tryOut(state.changes.map((c, n) => (n === at ? change : c)));
}
