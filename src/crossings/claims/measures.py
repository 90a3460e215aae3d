"""The measures of the catalogue, from reduced runs: a figure for each pair of runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from crossings.claims.reduction import COLUMNS, Floats
from crossings.claims.spec import Question
from crossings.kernel.agents.effects import CELLS
from crossings.model import Model

__all__ = ["AFFECTED", "SIMULATED", "details", "figures"]

AFFECTED = ("diverted", "delayed", "deterred", "stranded", "pending")
CROSSED_WITHOUT = (*AFFECTED, "advanced", "unaffected")


class _Sums:
    """Sums over the streams of a question: [pairs] for any column of the reduction; in persons if asked."""

    def __init__(self, numbers: Floats, streams: Sequence[int], persons: Floats) -> None:
        self.numbers, self.streams, self.per_unit = numbers, list(streams), persons

    def of(self, *columns: str) -> Floats:
        """The sum of some columns, in persons."""
        which = [COLUMNS.index(c) for c in columns]
        each = self.numbers[:, self.streams][:, :, which].sum(axis=2)
        return np.asarray(each @ self.per_unit[self.streams])


def _ratio(a: Floats, b: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(b > 0, a / np.where(b > 0, b, 1.0), np.nan))


def _in_force(*cells: str) -> tuple[str, ...]:
    return tuple(f"{c} in force" for c in cells)


def _share(cell: str) -> Callable[[_Sums], Floats]:
    return lambda s: _ratio(s.of(f"{cell} in force"), s.of(*_in_force(*CROSSED_WITHOUT)))


SIMULATED: dict[str, Callable[[_Sums], Floats]] = {
    "share_diverted": _share("diverted"),
    "share_deterred": _share("deterred"),
    "deterred": lambda s: s.of("deterred"),
    "change_of_arrivals": lambda s: _ratio(s.of("with") - s.of("without"), s.of("without")),
    "persons_affected": lambda s: s.of(*AFFECTED),
    "extra_hours": lambda s: _ratio(s.of("later_h"), s.of("diverted", "delayed")),
}
"""How each simulated measure but peak_load is made of the reduced runs: [pairs]; nan where there is nobody."""


def figures(question: Question, model: Model, numbers: Floats, loads: Floats, view: int, *, early: bool) -> Floats:
    """[pairs] the question's measure, of pairs of runs as `Worlds.pairs` gives them, in one view."""
    assert question.measure is not None
    if not len(numbers):
        return np.zeros(0)
    if question.measure.name == "peak_load":
        wanted = set(question.claim.crossings) or set(model.crossings)
        mine = [
            i for i, q in enumerate(model.queues) if q.crossing in wanted and set(q.streams) & set(question.streams)
        ]
        return loads[:, int(early), mine].max(axis=1) if mine else np.full(len(loads), np.nan)
    return SIMULATED[question.measure.name](_sums(question, model, numbers, view))


def _sums(question: Question, model: Model, numbers: Floats, view: int) -> _Sums:
    settings = model.scenario.settings.streams
    persons = np.array([settings[name].persons for name in model.streams])
    return _Sums(numbers[:, view], [model.streams[s] for s in question.streams], persons)


def details(question: Question, model: Model, numbers: Floats) -> dict[str, float]:
    """What stands behind a simulated figure: persons in each cell, and the hours, means over the pairs."""
    if not len(numbers):
        return {}
    sums = _sums(question, model, numbers, 0)
    out = {cell: float(sums.of(cell).mean()) for cell in CELLS if cell not in ("unaffected", "outside")}
    out["would_have_crossed_in_force"] = float(sums.of(*_in_force(*CROSSED_WITHOUT)).mean())
    out["crossed_without"], out["crossed_with"] = (float(sums.of(c).mean()) for c in ("without", "with"))
    out["extra_person_hours"] = float(sums.of("later_h").mean())
    out["extra_road_person_hours"] = float(sums.of("road_h").mean())
    return out
