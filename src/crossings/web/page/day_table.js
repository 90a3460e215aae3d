// @ts-check
// Every crossing on the chosen day.

import { QUIET, stateOf, sum, waits } from "./facts.js";
import { state } from "./state.js";
import { amount, day, h, people, peopleChange, put, stateKey } from "./svg.js";
import { cell, column, number, numbers, rowName, table, unseen } from "./tables.js";
import { say } from "./words.js";

const LONG = 10; // letters of a word for which the first column is made wider

const longNames = (crossings) =>
  crossings.some((c) => c.short.length > 2 * LONG || c.short.split(/[\s-]/).some((word) => word.length > LONG));

/** Every crossing on the day: state, came, crossed, waiting, wait. */
export function dayTable(host, facts, answer, base, choose) {
  const { stream, day: k } = state;
  const unit = facts.unit(stream);
  const when = `${facts.group(stream)}, ${day(facts.view.days[k], true)}`;
  put(
    host,
    table({
      class: longNames(facts.crossings(stream)) ? "keep long-names" : "keep",
      id: "day-table",
      caption: `${when}: ${answer.runs ? say("mean of the runs") : say("expected")}`,
      head: [
        column(unseen(say("crossing"))),
        column(unseen(say("state"))),
        numbers(say("arrived"), unit),
        numbers(say("processed"), base ? `${unit}, ±` : unit),
        numbers(say("waiting"), say("{unit}, at day’s end", { unit })),
        numbers(say("wait"), say("h, mean")),
        numbers(say("officers"), say("needed / on duty")),
      ],
      rows: facts.crossings(stream).map((c) => row(facts, answer, base, choose, c)),
    }),
  );
}

function row(facts, answer, base, choose, c) {
  const { stream, day: k } = state;
  const gates = facts.gates(stream, c.id);
  const at = (rows) => sum(gates.map((g) => rows[g][k]));
  const now = stateOf(facts, answer, stream, c.id, k);
  const chosen = c.id === state.crossing;
  const crossed = at(answer.crossed);
  const words = { open: say("open"), part: say("part"), closed: say("closed"), "no hours": say("no hours"), none: "–" };
  const button = { class: "row-button", "aria-pressed": String(chosen), onclick: () => choose(c.id) };
  return h(
    "tr",
    { class: chosen ? "chosen" : null },
    rowName(h("button", button, stateKey(now), c.short)),
    cell(unseen(words[now])),
    number(people(at(answer.arrived))),
    number(people(crossed), base ? [" ", h("small", {}, peopleChange(crossed - at(base.crossed)))] : null),
    number(people(at(answer.waiting))),
    number(amount(waits(answer, gates, facts.view.days.length)[k])),
    number(staff(answer, gates, k)),
  );
}

/** Officers that would keep the wait short, of runs that have finished, and those on duty; marked where too few are. */
function staff(answer, gates, k) {
  const duty = sum(gates.map((g) => answer.on_duty[g]?.[k] ?? 0));
  const needed = answer.needed ? sum(gates.map((g) => answer.needed[g]?.[k] ?? 0)) : null;
  if (!duty && !(needed >= QUIET)) return "–";
  const few = needed !== null && needed > duty + QUIET;
  const figures = `${needed === null ? "–" : amount(needed)} / ${duty}`;
  return h("span", { class: few ? "too-few" : null }, figures, few ? unseen(` ${say("too few")}`) : null);
}
