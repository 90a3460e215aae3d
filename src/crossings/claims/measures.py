"""The simulated measures of the catalogue for a question: a figure for each pair of runs, and what stands behind it."""

from __future__ import annotations

import numpy as np

from crossings.claims.spec import Question
from crossings.model import Model
from crossings.scenario.measures import CROSSED_WITHOUT
from crossings.simulation.reduction import Floats, Sums

__all__ = ["details", "figures"]

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
