// @ts-check
// What is shown now: the scenario, the answer for what is tried (B), that of A, and those of the saved options.

import { Ensemble } from "./ensemble.js";

/** @type {import("./facts.js").Facts | null} */
let known = null;

export const shown = {
  /** The scenario; nothing is drawn before there is one. */
  get facts() {
    if (!known) throw new Error("no scenario is shown yet");
    return known;
  },
  set facts(facts) {
    known = facts;
  },
  /** @type {any} */
  answer: null, // expected, of what is tried
  /** @type {any} */
  base: null, // expected, of A; null where it is the same
  /** @type {any} */
  inWords: null, // the answer in words, of expected flows
  /** @type {(import("./state.js").Option & {kind: number, answer: any})[]} */
  others: [], // the saved options, with what is expected of them
  stream: "", // the group that was drawn last
  widest: { key: "", value: 1 },
};

/** The runs that follow what is tried; who draws them sets what they tell. */
export const ensemble = new Ensemble();
