// @ts-check
// A and B: what is compared with what. A stays what it is, whatever is tried; B is what is tried; saved options follow as C, D, ...

import { state } from "./state.js";
import { say } from "./words.js";

export const MOST_OPTIONS = 6;

export const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** The letter of a saved option. */
export const letter = (k) => String.fromCharCode(67 + k);

/** What A is: "written", "later", or the number of a saved option. */
export function baseline(facts) {
  const later = facts.view.later_orders.length > 0;
  if (
    state.against === "written" ||
    (state.against === "later" && later) ||
    (/^\d+$/.test(state.against) && state.options[Number(state.against)])
  )
    return state.against;
  return later ? "later" : "written";
}

/** What A can be: [its value in the address, its name]. */
export function choices(facts) {
  return [
    ["written", say("as written")],
    ...(facts.view.later_orders.length ? [["later", say("without the orders that begin after the start")]] : []),
    ...state.options.map((o, k) => [String(k), o.name]),
  ];
}

/** A, the side that is compared with: its changes, and what it is called. */
export function against(facts) {
  const which = baseline(facts);
  const called = choices(facts).find(([value]) => value === which)?.[1];
  if (which === "written") return { name: called, changes: [] };
  if (which === "later")
    return { name: called, changes: facts.view.later_orders.map((id) => ({ do: "leave_out", id })) };
  return { name: called, changes: state.options[Number(which)].changes };
}

/** B, what is tried on the page. */
export const tried = () => (state.changes.length ? say("with the changes") : say("as written"));
