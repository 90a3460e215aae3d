// @ts-check
// The list of changes that the address holds: words for each, and a crossing switched open or shut.

import { kindWords, stateOf } from "./facts.js";
import { add, remove, state, tryOut } from "./state.js";
import { amount, day, moment } from "./svg.js";
import { country, say, spoken } from "./words.js";

/** When the run begins: from then on a change holds for all of it. */
export const wholeRun = (facts) => facts.view.start.slice(0, 16);

/** A number as it was given, with all its digits. */
export const exact = (value) =>
  Number.isInteger(value)
    ? amount(value)
    : value.toLocaleString(spoken.locale, { maximumSignificantDigits: 15 }).replace("-", "−");

const spaced = (words) => (words ? ` ${words}` : "");

const span = ({ from, until }) =>
  spaced(from && say("from {time}", { time: from.endsWith("T00:00") ? day(from, true) : moment(from) })) +
  spaced(until && say("until {time}", { time: moment(until, true) }));

/** Words for a change, for people. */
export function changeWords(facts, change) {
  const where = (list) => list.map((c) => facts.short(c)).join(", ");
  const way = (code) => code && say("into {country}", { country: country(code, facts.view.countries[code]) });
  const whom = (list) => list?.length && say("for {groups}", { groups: list.map((x) => facts.group(x)).join(", ") });
  const forWhom = spaced(whom(change.streams));
  switch (change.do) {
    case "leave_out":
      return say("without {order}", { order: change.id });
    case "open": {
      const opened = say("{crossing} opened", { crossing: where([change.crossing]) });
      return `${opened}${forWhom}${spaced(way(change.direction))}${span(change)}`;
    }
    case "order": {
      const crossings = where(change.crossings);
      const kind = change.kind ?? "closed";
      const what =
        kind === "closed" ? say("{crossings} closed", { crossings }) : `${crossings} ${kindWords(kind, change.value)}`;
      const whole = change.from <= facts.view.start && !change.until;
      const own = change.name && !isMade(change) ? `${change.name}: ` : "";
      return `${own}${what}${forWhom}${spaced(way(change.direction))}${whole ? "" : span(change)}`;
    }
    case "move": {
      const [first, ...more] = change.rows;
      const moved = more.length
        ? say("{first} and {more} more moved:", { first, more: more.length })
        : say("{first} moved:", { first });
      const announced = change.announced && say("announced {time}", { time: moment(change.announced) });
      return `${moved}${span(change)}${spaced(announced)}`;
    }
    case "officers": {
      const officers = say("{crossing}: officers {number}", {
        crossing: where([change.crossing]),
        number: change.number,
      });
      return `${officers}${forWhom}${change.from && change.from > facts.view.start ? span(change) : ""}`;
    }
    case "set": {
      const of = change.of ? ` (${change.of})` : "";
      return `${facts.group(change.stream)}: ${change.name.replaceAll("_", " ")}${of} ${exact(change.value)}`;
    }
    case "stock":
      return say("{group}: waiting to come {number}", {
        group: facts.group(change.stream),
        number: amount(change.number),
      });
    default:
      return say("a change");
  }
}

/** Whether an order has the name that the page gives, not one that somebody wrote. */
function isMade({ crossings, name }) {
  const [only, ...more] = crossings;
  const made = /^(shut|closed|part|slowed|hours|quota|deterrent)( \d+)?$/;
  return !more.length && name.startsWith(`${only} `) && made.test(name.slice(only.length + 1));
}

const isShut = (id) => (c) => c.do === "order" && c.kind === "closed" && c.name === `${id} shut` && !c.until;
const isOpened = (id) => (c) => c.do === "open" && c.crossing === id && !c.until && !c.direction && !c.streams?.length;
const shutting = (id, from) => ({ do: "order", name: `${id} shut`, crossings: [id], kind: "closed", from });

/** Whether what is tried opens or shuts a crossing by its switch. */
export const isSwitched = (id) => state.changes.some(isShut(id)) || state.changes.some(isOpened(id));

/** Close a crossing for everybody and the whole run, or open it; a second time takes the first back. */
export function toggle(facts, answer, id) {
  const shut = state.changes.findIndex(isShut(id));
  const opened = state.changes.findIndex(isOpened(id));
  if (shut >= 0) remove(shut);
  else if (opened >= 0) remove(opened);
  else if (stateOf(facts, answer, state.stream, id, state.day) === "closed") add({ do: "open", crossing: id });
  else add(shutting(id, wholeRun(facts)));
}

/** Close or open a crossing from a time on, for everybody; a change of this kind that is there already is moved, or taken back. */
export function switchFrom(id, open, from) {
  const same = state.changes.findIndex(open ? isShut(id) : isOpened(id));
  const other = state.changes.findIndex(open ? isOpened(id) : isShut(id));
  if (other >= 0) remove(other);
  else if (same >= 0) tryOut(state.changes.map((c, n) => (n === same ? { ...c, from } : c)));
  else add(open ? shutting(id, from) : { do: "open", crossing: id, from });
}
