"""How far to trust an answer, in four lines: the range, the counts, what would change it, and what is estimated."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from crossings.claims import Finding, Findings
from crossings.claims.text import figure_words
from crossings.observations import LEAST_RUNS
from crossings.scenario.scenario import Scenario
from crossings.views.language import Language, language

__all__ = ["trust_lines"]

ESTIMATED = ("places", "roads", "lanes", "demand", "stocks", "closures")


def trust_lines(
    scenario: Scenario,
    runs: int,
    *,
    fitted: bool = False,
    counts: int = 0,
    inside: int | None = None,
    misses: Sequence[str] = (),
    places: int = 0,
    claims: Findings | None = None,
    words: Language | None = None,
) -> list[str]:
    """The four lines.

    runs: of the ensemble; fitted: whether each run draws its parameters from a fit; counts: verified counts that the runs
    can be compared with, ``inside`` of which lie in the range (None: not judged); misses: the worst, in words; places: where people are
    counted, such as camps; claims: what
    was examined, for the settings that change a figure.
    """
    words = words or language("en")
    lines = [_range(runs, fitted, words), _counts(runs, counts, inside, misses, places, words)]
    return [line for line in (*lines, _change(claims, words), _estimates(scenario, words)) if line]


def _range(runs: int, fitted: bool, words: Language) -> str:
    if runs == 1:
        return words.say("One run, so no figure has a range.")
    if fitted:
        return words.say(
            "Ranges are the 5th to 95th percentile of {runs} runs: random variation, and what the calibration leaves open; other assumptions are fixed.",
            runs=words.number(runs, 0),
        )
    return words.say(
        "Ranges are the 5th to 95th percentile of {runs} runs: random variation between runs only, not uncertainty about the assumptions.",
        runs=words.number(runs, 0),
    )


def _counts(runs: int, counts: int, inside: int | None, misses: Sequence[str], places: int, words: Language) -> str:
    if not counts and places:
        return words.say(
            "People were counted at {places} places: see there how far off it is.", places=words.number(places, 0)
        )
    if not counts:
        return words.say("No verified count of these travellers is there to check it against.")
    if inside is None:
        return words.say(
            "{counts} verified counts: with {runs} runs none is judged (that needs {least}).",
            counts=words.number(counts, 0),
            runs=words.number(runs, 0),
            least=words.number(LEAST_RUNS, 0),
        )
    text = words.say(
        "{inside} of {counts} verified counts lie in the range.",
        inside=words.number(inside, 0),
        counts=words.number(counts, 0),
    )
    return text + (" " + words.say("Worst misses: {list}.", list="; ".join(misses)) if misses else "")


def _change(claims: Findings | None, words: Language) -> str:
    """The setting that changes a figure of the claims most, relative to the figure as written."""
    best: tuple[float, Finding, int] | None = None
    for finding in claims or ():
        means = [s.figure.get("mean") for s in finding.sensitivity]
        if finding.measure is None or not means or means[0] is None:
            continue
        for k, mean in enumerate(means[1:], 1):
            if mean is not None and np.isfinite(mean):
                much = abs(mean - means[0]) / max(abs(means[0]), 0.05 if finding.measure.unit == "share" else 1.0)
                if best is None or much > best[0]:
                    best = much, finding, k
    if best is None or best[0] < 0.1:
        if claims is not None:
            return words.say("No assumption that was tried changes a figure by more than a tenth.")
        return words.say(
            "What would change the answer is not part of this report: crossings claims tests the assumptions one by one."
        )
    _, finding, k = best
    assert finding.measure is not None
    was, now = (figure_words(finding.measure.unit, {"mean": finding.sensitivity[i].figure["mean"]}) for i in (0, k))
    return words.say(
        "What would change the answer most, of what was tried: {setting}; {measure} is then {now} instead of {was}.",
        setting=finding.sensitivity[k].setting,
        measure=finding.measure.title,
        now=now,
        was=was,
    )


def _estimates(scenario: Scenario, words: Language) -> str:
    tables = {name: getattr(scenario, name) for name in ESTIMATED}
    rows = [row for table in tables.values() for row in table]
    if not rows:
        return ""
    ours = sum(row.estimated for row in rows)
    text = words.say(
        "{share} % of the scenario's rows hold an estimate of its authors",
        share=words.number(100 * ours / len(rows), 0),
    )
    traffic = [row for name in ("lanes", "demand", "stocks") for row in tables[name]]
    if traffic and all(row.estimated for row in traffic):
        text += words.say("; all figures of traffic and control times are estimates")
    return text + "."
