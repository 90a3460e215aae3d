// @ts-check
// The figures of the whole run: where everybody is at the end, and the measures of what differs.

import { endings, QUIET, sum } from "./facts.js";
import { state } from "./state.js";
import { amount, banded, change, day, h, percent, put } from "./svg.js";
import { name, say } from "./words.js";

function card(key, { title = null, words, value, small }) {
  const inSmall = small.filter((text) => text !== null).map((text) => h("span", { class: "range" }, text));
  return h(
    "div",
    { class: "card", "data-figure": key },
    h("dt", { title }, words),
    h("dd", {}, h("span", { class: "big" }, value), inSmall),
  );
}

/** Where everybody is at the end, beside what is compared with, and the measures of what differs. The first cards add up. */
export function cards(host, facts, answer, base, result) {
  const stream = state.stream;
  const now = endings(facts, answer, stream);
  const was = base && endings(facts, base, stream);
  const bands = answer.runs ? result.ends[stream].variant : null;
  const ending = (key, words, value, other) => {
    const small = [bands ? rangeOf(bands[key]) : null, other === null ? null : change(value - other)];
    return card(key, { words, value: amount(value), small });
  };
  const all = `${facts.unit(stream)}, ${name(facts.view.all_words)}`;
  const shown = facts.view.endings.filter(({ key }) => now[key] > QUIET || was?.[key] > QUIET);
  const measured = (answer.runs && was && result.words[stream]) || {};
  put(
    host,
    ending("all", all, sum(Object.values(now)), null),
    shown.map(({ key, words }) => ending(key, name(words), now[key], was ? was[key] : null)),
    Object.entries(measured).map(([key, found]) => measure(facts, key, found)),
  );
}

/** A measure of what differs, of runs, with its range in small type. */
function measure(facts, key, { unit, figure }) {
  const { title, meaning } = facts.view.measures[key];
  const words = unit === "share" ? percent(figure.mean, figure.p05, figure.p95) : banded(figure);
  const [value, ...range] = words.split(" (");
  return card(key, { title: name(meaning), words: name(title), value, small: range.map((text) => `(${text}`) });
}

const rangeOf = (band) => (banded(band).includes(" (") ? `(${banded(band).split(" (")[1]}` : "");

/** One line: what the figures are, expected or of runs, and over which time orders are compared. */
export function which(host, facts, answer, result, ensemble) {
  const expected = ensemble.busy
    ? say(
        "Shown: expected flows, one figure each, without a range; means and ranges take their place when the runs have finished.",
      )
    : say("Shown: expected flows, one figure each, without a range.");
  put(host, answer.runs ? whichRuns(facts, result) : expected);
}

function whichRuns(facts, result) {
  const time = (iso) => `${day(iso.slice(0, 10), true)} ${iso.slice(11)}`;
  const words = [say("Shown: means of {runs} runs, in brackets their 5th to 95th percentile.", { runs: result.seeds })];
  const { period } = result;
  if (period?.orders.length) {
    const span = { first: time(period.begins), last: time(period.ends) };
    words.push(say("What differs is compared while it is in force, {first} to {last}.", span));
  }
  const least = facts.view.least_runs;
  if (result.seeds < least)
    words.push(say("Fewer than {least} runs do not say whether a count lies inside their range.", { least }));
  const changing = result.answers?.[state.stream]?.changing;
  return [...words, ...(changing ? [changing] : [])].join(" ");
}
