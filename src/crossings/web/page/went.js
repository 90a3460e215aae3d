// @ts-check
// Where did they go: the same people in both, as ribbons and as a table.

import { state } from "./state.js";
import { banded, h, put, unbroken, wholeRanges } from "./svg.js";
import { column, number, numbers, quiet, reading, rowName, source, table, wrong } from "./tables.js";
import { name, say } from "./words.js";

/** The table of what became of the same people; returns where the picture of it belongs, if there is one. */
export function effects(host, facts, ensemble, names, again) {
  const { result } = ensemble;
  if (!result) put(host, noRuns(ensemble, names), ensemble.busy ? null : askForRuns(again));
  else if (!result.streams) put(host, nothingCompared(result));
  else return compared(host, facts, result, names);
  return null;
}

const askForRuns = (again) => h("button", { id: "run-ensemble", onclick: again }, say("Make the runs"));

function noRuns({ problem, busy }, { alike }) {
  if (problem) return wrong(say("The runs were not made: {problem}", { problem }));
  if (busy) return quiet(say("Comes with the first runs."));
  return quiet(
    alike
      ? say("Runs give the ranges of the charts. Who went where needs two sides, A and B, that differ.")
      : say("Needs runs, which follow the same people in both."),
  );
}

const scenarioOf = ({ made_by }) => ({
  seeds: made_by.seeds,
  name: `${made_by.scenario} ${made_by.scenario_hash}`,
  base: made_by.baseline_hash,
});

const nothingCompared = (result) => [
  quiet(
    say(
      "A and B are the same, so nobody is compared: the {runs} runs give the ranges of the charts. Change something, or choose another A, and the same people are followed in both.",
      { runs: result.seeds },
    ),
  ),
  source(say("Random seeds {seeds}; scenario {name}.", scenarioOf(result))),
];

function compared(host, facts, result, names) {
  const row = result.streams.find((r) => r.stream === state.stream);
  const chart = h("div", { class: "fragment", "data-name": say("Who went where") });
  const unit = facts.unit(state.stream);
  const figures = {
    now: names.now,
    base: names.base,
    unit,
    all: banded(row.created),
    diverted: banded(row.diverted),
    deterred: banded(row.deterred),
    stranded: banded(row.stranded),
  };
  put(
    host,
    reading(
      wholeRanges(
        say(
          "B, {now}, compared with A, {base}: of {all} {unit} who set out or wait to go, {diverted} crossed elsewhere. Across in A but not in B: {deterred} who gave up, {stranded} with no crossing open to them.",
          figures,
        ),
      ),
    ),
    chart,
    table({
      id: "effects",
      caption: say("{group}: what became of the same people", { group: facts.group(state.stream) }),
      head: [column(say("what became of them")), numbers(unit, say("mean (5th–95th percentile)"))],
      rows: cells(facts, row),
    }),
    source(
      say(
        "Random seeds {seeds}; scenario {name}, against {base}. The range shows random variation only, not uncertainty about the parameters.",
        scenarioOf(result),
      ),
    ),
  );
  return chart;
}

/** What a cell is; of those who are across on one side only it is said which, as others gave up or have no way on both. */
const told = (cell, words) =>
  ["deterred", "stranded", "pending"].includes(cell) ? say("across in A; in B: {words}", { words }) : words;

function cells(facts, row) {
  const figure = (cell, ...words) =>
    h("tr", { "data-cell": cell }, rowName(...words), number(unbroken(banded(row[cell]))));
  const some = Object.entries(facts.view.cells).filter(([cell]) => row[cell].mean > 0 || row[cell].p95 > 0);
  const journey = `${banded(row.extra_km)} ${say("km")}, ${banded(row.extra_h)} ${say("h")}`;
  return [
    ...some.map(([cell, words]) => figure(cell, name(cell), h("small", {}, told(cell, name(words))))),
    figure("created", say("all")),
    row.extra_km.mean === null ? null : h("tr", {}, rowName(say("extra journey of one diverted")), number(journey)),
  ];
}
