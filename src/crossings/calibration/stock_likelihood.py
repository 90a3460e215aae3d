"""People counted at places, such as camps: how likely they are, and the error by which Flee cases are scored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.kernel.flows.tables import Fluid
from crossings.model import Model
from crossings.scenario import Headcount

Floats = NDArray[np.float64]
# Measured on the unfitted model in the first halves of three public cases (docs/guides/from-flee.md, "Learning from the counts").
DAYS = 56.0  # errors of a camp's changes four weeks apart are correlated (0.3 to 0.5), twelve weeks apart no longer
SCALE = 0.3  # mean relative error of a change: 0.21, 0.30 and 0.39 in the three


class Headcounts:
    """Counts at places on the days on which there are any, in a model's numbers. S places, D days.

    counted: [D, S], nan where there was no count. A place that nobody can reach holds nobody.

    Whoever is in a camp is counted again on every later day, so that successive counts have the same error and are no evidence of
    their own. The likelihood is therefore about changes: the time from the start to the last count is cut into equal pieces of
    about ``DAYS`` days, at least one, and the error of a piece is that of ``relative_changes``. It is made up of S − 1 errors
    (the last follows from the others, as the sum is mostly given), two-sided exponential and as large as one another, so that the
    sum has the mean ``SCALE``. What a place held at the start is given. At an edge its last count before counts.
    """

    def __init__(self, model: Model, rows: Sequence[Headcount]) -> None:
        self.places = tuple(dict.fromkeys(row.place for row in rows))
        self.days = sorted({row.date for row in rows})
        site = {name: i for i, name in enumerate(model.sites)}
        self._reached = np.array([p in site for p in self.places], np.bool_)
        self._site = np.array([site[p] for p in self.places if p in site], np.int64)
        ends = [model.clock.to_ms(dt.datetime(d.year, d.month, d.day) + dt.timedelta(days=1)) for d in self.days]
        self._errors = max(1, int(self._reached.sum()) - 1)
        self.until_ms = max(ends, default=0)
        self._step = np.array([-(-t // model.tables.step_ms) for t in ends], np.int64)
        column, line = {p: i for i, p in enumerate(self.places)}, {d: i for i, d in enumerate(self.days)}
        self.counted = np.full((len(self.days), len(self.places)), np.nan)
        for row in rows:
            self.counted[line[row.date], column[row.place]] = row.count
        present = {p.id: p.present for p in model.scenario.places}
        start = np.array([present[p] for p in self.places], float)
        self._edges = _last_counts(np.isfinite(self.counted), np.array(ends, float) / 86_400_000)
        self._changes = _between(np.vstack([start, self.counted]), self._edges)

    def simulated(self, fluid: Fluid) -> Floats:
        """[D, S] people there at the end of each day."""
        return self._there(fluid, self._step)

    def _there(self, fluid: Fluid, steps: NDArray[np.int64]) -> Floats:
        found = np.zeros((steps.size, len(self.places)))
        steps = np.minimum(steps, fluid.shown.shape[0] - 1)
        found[:, self._reached] = fluid.shown[np.ix_(steps, self._site)]
        return found

    def tables(self, steps: int) -> dict[str, Any]:
        """What `log_likelihood` reads, for compiled code; so many steps are computed."""
        site = np.full(len(self.places), -1, np.int64)
        site[self._reached] = self._site
        at = np.minimum(np.concatenate([np.zeros(1, np.int64), self._step]), steps)
        return {"site": site, "there": at[self._edges], "changes": self._changes, "errors": self._errors}

    def log_likelihood(self, fluid: Fluid) -> float:
        """ln P of the counts, up to a constant."""
        there = self._there(fluid, np.concatenate([np.zeros(1, np.int64), self._step]))
        found = relative_changes(_between(there, self._edges), self._changes)
        return float(-found.sum() * self._errors / SCALE)


def _last_counts(counted: NDArray[np.bool_], at: Floats) -> NDArray[np.int64]:
    """[pieces + 1, S] at each edge, which count of each place was its last: 0 is the start, 1 the first day of counts."""
    if not at.size:
        return np.zeros((1, counted.shape[1]), np.int64)
    pieces = max(1, round(at[-1] / DAYS))
    edges = np.linspace(0.0, at[-1], pieces + 1)
    rows = np.maximum.accumulate(np.where(counted, np.arange(1, at.size + 1)[:, None], 0), axis=0)
    rows = np.vstack([np.zeros(counted.shape[1], np.int64), rows])
    found: NDArray[np.int64] = rows[np.searchsorted(at, edges + 1e-9, side="right")]
    return found


def _between(there: Floats, edges: NDArray[np.int64]) -> Floats:
    """[pieces, S] changes between edges; ``there`` [1 + D, S] begins with the start."""
    found: Floats = np.diff(np.take_along_axis(there, edges, axis=0), axis=0)
    return found


def relative_changes(simulated: Floats, counted: Floats) -> Floats:
    """[pieces]: Σ |simulated − counted| over Σ (|simulated| + |counted|) of changes [pieces, S].

    0 where they are the same, 1 where they have nothing in common.

    >>> relative_changes(np.array([[30.0, 10.0]]), np.array([[20.0, 20.0]]))
    array([0.25])
    """
    moved = (np.abs(simulated) + np.abs(counted)).sum(axis=1)
    return np.asarray(np.abs(simulated - counted).sum(axis=1) / np.maximum(1.0, moved))


def relative_errors(simulated: Floats, counted: Floats) -> Floats:
    """[D]: Σ |simulated − counted| / max(1, Σ counted) over the places counted each day."""
    there = np.isfinite(counted)
    difference = np.where(there, np.abs(simulated - np.where(there, counted, 0.0)), 0.0).sum(axis=1)
    return np.asarray(difference / np.maximum(1.0, np.where(there, counted, 0.0).sum(axis=1)))
