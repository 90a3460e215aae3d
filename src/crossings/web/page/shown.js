// What is shown now: the scenario, the answer for what is tried (B), that of A, and those of the saved options.

import { Ensemble } from "./ensemble.js";

export const shown = {
  facts: null,
  answer: null, // expected, of what is tried
  base: null, // expected, of A; null where it is the same
  inWords: null, // the answer in words, of expected flows
  others: [], // the saved options, with what is expected of them
  stream: null, // the group that was drawn last
  widest: { key: "", value: 1 },
};

/** The runs that follow what is tried; told is set by who draws. */
export const ensemble = new Ensemble((more) => ensemble.drawn?.(more));
