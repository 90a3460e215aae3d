"""The measures of the catalogue for a question: a figure for each pair of runs, or the longest gap, for which nothing is
drawn.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from crossings.claims.message import Term
from crossings.claims.spec import Question
from crossings.errors import InputError
from crossings.measures.access import Access, access_at, open_gates
from crossings.model import Model
from crossings.scenario.measures import CROSSED_WITHOUT
from crossings.simulation.reduction import Floats, Sums

BEHIND = ("diverted", "delayed", "advanced", "deterred", "stranded", "pending", "induced")


def figures(question: Question, model: Model, numbers: Floats, loads: Floats, view: int, *, whole: bool) -> Floats:
    """[pairs] the question's measure, of pairs of runs as `Worlds.pairs` gives them, in one view.

    whole: judged at the end of the run though the orders are replaced earlier.
    """
    assert question.measure is not None
    assert question.measure.formula is not None
    if not len(numbers):
        return np.zeros(0)
    return question.measure.formula(_sums(question, model, numbers, view, _busiest(question, model, loads, whole)))


def _busiest(question: Question, model: Model, loads: Floats, whole: bool) -> Floats:
    wanted = set(question.claim.crossings) or set(model.crossings)
    mine = [i for i, q in enumerate(model.queues) if q.crossing in wanted and set(q.streams) & set(question.streams)]
    return loads[:, int(whole), mine].max(axis=1) if mine else np.full(len(loads), np.nan)


def _sums(question: Question, model: Model, numbers: Floats, view: int, load: Floats | None = None) -> Sums:
    settings = model.scenario.settings.streams
    persons = np.array([settings[name].persons for name in model.streams])
    return Sums(numbers[:, view], [model.streams[s] for s in question.streams], persons, load)


def details(question: Question, model: Model, numbers: Floats) -> dict[str, float]:
    """What stands behind a simulated figure: journeys of persons in each cell, and the hours, means over the pairs."""
    if not len(numbers):
        return {}
    sums = _sums(question, model, numbers, 0)
    out = {cell: float(sums.of(cell).mean()) for cell in BEHIND}
    out["would_have_crossed_in_force"] = float(sums.of(*(f"{c} in force" for c in CROSSED_WITHOUT)).mean())
    out["crossed_without"], out["crossed_with"] = (float(sums.of(c).mean()) for c in ("without", "with"))
    out["extra_person_hours"] = float(sums.of("later_h").mean())
    out["extra_road_person_hours"] = float(sums.of("road_h").mean())
    return out


@dataclass(frozen=True, slots=True)
class Gap:
    """The worst noon: access then, and the noon of a day earlier than the orders, for comparison."""

    worst: Access
    before: Access | None


def longest_gaps(question: Question, model: Model, end: int) -> Gap | str:
    """The longest gap at the noons from the orders' beginning until ``end`` (ms); a text where it cannot be measured.

    model: of the scenario with the orders. The stream is the first of the claim's; the border the first with a line.
    """
    stream = question.streams[0]
    noons = [dt.datetime.combine(d, dt.time(12)) for d in model.clock.dates()]
    during = [t for t in noons if question.period.begins <= model.clock.to_ms(t) < min(end, model.clock.horizon_ms)]
    earlier = [t for t in noons if 0 <= model.clock.to_ms(t) < question.period.announced]
    if not during:
        return Term("no noon of the run lies within the time of these orders")
    try:
        worst = max(_changes(model, stream, during), key=lambda a: a.longest_gap_km)
        return Gap(worst, access_at(model, earlier[-1], stream=stream) if earlier else None)
    except InputError as error:
        return f"{error.faults[0].what}"


def _changes(model: Model, stream: str, noons: list[dt.datetime]) -> list[Access]:
    """Access at the first of the noons and at each at which other crossings are open than before."""
    ways = {g.direction for g in model.gates if g.stream == stream}
    seen: set[frozenset[tuple[str, str]]] = set()
    out = []
    for noon in noons:
        at = model.clock.to_ms(noon)
        free = frozenset((g.crossing, way) for way in ways for g in open_gates(model, stream, way, at))
        if free not in seen:
            seen.add(free)
            out.append(access_at(model, noon, stream=stream))
    return out
