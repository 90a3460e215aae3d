"""How far to trust an answer, in four lines: the range, the counts, what would change it, and what is estimated."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from crossings.claims.assumptions import AssumptionShift, largest_shift
from crossings.model import Model
from crossings.observations.matching import LEAST_RUNS
from crossings.scenario.scenario import Scenario
from crossings.views.answer import Answer, CrossingAnswer
from crossings.views.brief_notes import estimated_shares
from crossings.views.language import ENGLISH, Language, one_stop

LEAST_SHIFT = 0.1


def trust_lines(
    scenario: Scenario,
    runs: int,
    *,
    fitted: bool = False,
    counts: int = 0,
    inside: int | None = None,
    misses: Sequence[str] = (),
    places: int = 0,
    changing: str = "",
    words: Language = ENGLISH,
) -> list[str]:
    """The four lines.

    runs: of the ensemble; fitted: whether each run draws its parameters from a fit; counts: verified counts that the runs can be
    compared with, ``inside`` of which lie in the range (None: not judged); misses: the worst, in words; places: where people are
    counted, such as camps; changing: `changing_line`.
    """
    lines = [_range(runs, fitted, words), _counts(runs, counts, inside, misses, places, words)]
    return [line for line in (*lines, changing, _estimates(scenario, words)) if line]


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


def changing_line(
    answer: Answer,
    model: Model,
    words: Language = ENGLISH,
    *,
    shift_of: Callable[[Model, str, str, dt.date], AssumptionShift] = largest_shift,
) -> str:
    """Which assumption would change the answer most: its first figure, on expected flows, with each tried by itself.

    model: of the scenario that is answered about; shift_of: what finds the shift, where it is kept. Every surface has the line
    from here, so it is the same on all.
    """
    found = _headline(answer)
    if found is None:
        return ""
    crossing, day = found
    shift = shift_of(model, answer.stream, crossing.id, day)
    where, on = crossing.name, words.day(day)
    if abs(shift.relative) < LEAST_SHIFT:
        return words.say(
            "No assumption about behaviour that was tried changes how many cross at {crossing} on {day} by more than a tenth.",
            crossing=where,
            day=on,
        )
    now, was = words.whole(shift.now), words.whole(shift.was)
    if now == was:  # small numbers, whose change a whole traveller hides
        now, was = words.number(shift.now, 1), words.number(shift.was, 1)
    return words.say(
        "What would change the answer most, of the assumptions about behaviour that were tried: {setting}. {crossing} then takes {now} in place of {was} on {day} (expected flows).",
        setting=words.name(shift.setting.meaning),
        crossing=where,
        now=now,
        was=was,
        day=on,
    )


def _headline(answer: Answer) -> tuple[CrossingAnswer, dt.date] | None:
    """The crossing and day of the answer's first figure: the largest gain, else the busiest; None where nobody crosses."""
    more: list[float] = []
    crossing: CrossingAnswer | None
    if answer.gains and not answer.alone:
        crossing = answer.gains[0]
        more = [a.mean - b.mean for a, b in zip(crossing.processed, crossing.without, strict=True)]
    else:
        crossing = max(answer.crossings, key=lambda c: max((f.mean for f in c.processed), default=0.0), default=None)
        more = [f.mean for f in crossing.processed] if crossing is not None else []
    if crossing is None or max(more, default=0.0) < 0.5:
        return None
    return crossing, answer.days[more.index(max(more))]


def _estimates(scenario: Scenario, words: Language) -> str:
    shares = estimated_shares(scenario)
    if not shares:
        return ""
    ours, rows = (sum(share[k] for share in shares.values()) for k in (0, 1))
    text = words.say(
        "{share} % of the scenario's rows hold an estimate of its authors", share=words.number(100 * ours / rows, 0)
    )
    traffic = [shares[name] for name in ("lanes", "demand", "stocks") if name in shares]
    if traffic and all(ours == every for ours, every in traffic):
        text += words.say("; all figures of traffic and control times are estimates")
    return one_stop(text + ".")
