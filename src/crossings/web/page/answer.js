// @ts-check
// The answer above everything: the question, and sentences written by rule from the figures; expected at once, of runs when these have finished.

import { changeWords } from "./changes.js";
import { state } from "./state.js";
import { day, h, people, percent, put, wholeRanges } from "./svg.js";
import { say } from "./words.js";

const MOST_NAMED = 3;

/** The answer that is shown: that of the runs when they have finished, else of expected flows. */
export const answerShown = (expected, result) => result?.answers?.[state.stream] ?? expected;

/** Draw it. found: as the server gives it, or null before the first. */
export function drawAnswer(host, facts, found, { answer, ensemble, besideName }) {
  if (!found) {
    put(host, h("p", { class: "quiet" }, say("Working out what is expected…")));
    return;
  }
  const ours = facts.view.camps.length && found.alone ? camps(facts, answer, ensemble.result) : found.sentences;
  put(
    host,
    h("h2", { id: "answer-title" }, heading(facts, found)),
    h(
      "p",
      { id: "sentences" },
      ours.map((line, n) => h("span", {}, n ? " " : "", wholeRanges(line))),
    ),
    h("p", { id: "basis" }, basis(found, ensemble), " ", h("span", { class: "period" }, period(found, besideName))),
  );
}

/** When, and compared with what; how many runs is said before it. */
function period(found, besideName) {
  const parts = found.period.split(" · ").slice(0, -1);
  if (!found.orders.length && !found.alone) parts.push(say("compared with A, {name}", { name: besideName }));
  return parts.join(" · ");
}

/** The question: orders as the rule words them; else what is changed. */
function heading(facts, found) {
  if (found.orders.length) return found.title;
  if (!state.changes.length)
    return facts.view.camps.length ? say("People in camps") : say("The border as it is, without a comparison");
  const names = state.changes.slice(0, MOST_NAMED).map((c) => changeWords(facts, c));
  const more = state.changes.length - names.length;
  const list = names.join("; ");
  return more > 0 ? say("With {list}; and {more} more", { list, more }) : say("With {list}", { list });
}

function basis(found, ensemble) {
  const { run, busy } = ensemble;
  const done = busy
    ? ` ${say("{done} of {all} runs done.", { done: run?.done ?? 0, all: run?.seeds ?? state.seeds })}`
    : "";
  if (!found.runs)
    return h("span", { class: "of-flows" }, say("Expected flows: one figure each, without a range."), done);
  const values = { runs: found.runs };
  return h(
    "span",
    { class: "of-runs" },
    found.runs < 20
      ? say("Mean of {runs} runs; in brackets their 5th to 95th percentile: random variation only.", values)
      : say("Mean of {runs} runs; in brackets the range of 9 runs in 10: random variation only.", values),
    done,
  );
}

/** Of a scenario that counts people in camps: the largest on the day, and how far off it is. */
function camps(facts, answer, result) {
  const k = state.day;
  const there = facts.view.camps.map((c) => ({
    name: c.name,
    here: result?.camps?.[c.place]?.mid[k] ?? answer.camps[c.place]?.[k] ?? 0,
    seen: c.counted[k],
  }));
  const most = [...there].sort((a, b) => b.here - a.here).slice(0, 2);
  const all = (key) => there.reduce((n, c) => n + (c[key] ?? 0), 0);
  const error = result?.camp_error?.mean ?? answer.camp_error;
  return [
    say("On {day} {here} people are in the {camps} camps that were counted; counted: {seen}.", {
      day: day(facts.view.days[k], true),
      here: people(all("here")),
      camps: there.length,
      seen: people(all("seen")),
    }),
    say("Most are in {list}.", {
      list: most
        .map(
          (c) =>
            `${c.name}: ${people(c.here)}${c.seen === null || c.seen === undefined ? "" : `, ${say("counted {number}", { number: people(c.seen) })}`}`,
        )
        .join("; "),
    }),
    error === null || error === undefined
      ? ""
      : say("Averaged relative difference (ARD) of camps and counts: {share}.", { share: percent(error) }),
  ].filter(Boolean);
}
