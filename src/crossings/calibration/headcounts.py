"""People counted at places, such as camps: how likely they are, and the error by which Flee cases are scored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from crossings.kernel.expected_tables import Fluid
from crossings.model import Model
from crossings.scenario import Headcount

__all__ = ["Headcounts", "relative_errors"]

Floats = NDArray[np.float64]
SCALE = 0.2  # relative error that is e times less likely than none: what models of such cases reach, 0.15 to 0.3
DAYS_APART = 30.0  # counts on days nearer than this tell the same once more


class Headcounts:
    """Counts at places on the days on which there are any, in a model's numbers. S places, D days.

    counted: [D, S], nan where there was no count. The likelihood is that of a two-sided exponential error in the share of
    all who were counted that day, in the manner of the average relative difference; a month's counts weigh as one.
    """

    def __init__(self, model: Model, rows: Sequence[Headcount]) -> None:
        self.places = tuple(dict.fromkeys(row.place for row in rows if row.place in model.sites))
        self.days = sorted({row.date for row in rows})
        site = {name: i for i, name in enumerate(model.sites)}
        self._site = np.array([site[p] for p in self.places], np.int64)
        ends = [model.clock.to_ms(dt.datetime(d.year, d.month, d.day) + dt.timedelta(days=1)) for d in self.days]
        self.until_ms = max(ends, default=0)
        self._step = np.array([-(-t // model.tables.step_ms) for t in ends], np.int64)
        column, line = {p: i for i, p in enumerate(self.places)}, {d: i for i, d in enumerate(self.days)}
        self.counted = np.full((len(self.days), len(self.places)), np.nan)
        for row in rows:
            if row.place in column:
                self.counted[line[row.date], column[row.place]] = row.count
        gaps = np.diff([d.toordinal() for d in self.days], append=(self.days[-1].toordinal() + 1) if self.days else 0)
        self._weight = np.minimum(gaps, DAYS_APART) / DAYS_APART

    def simulated(self, fluid: Fluid) -> Floats:
        """[D, S] people there at the end of each day."""
        steps = np.minimum(self._step, fluid.shown.shape[0] - 1)
        return np.asarray(fluid.shown[np.ix_(steps, self._site)], float)

    def log_likelihood(self, fluid: Fluid) -> float:
        """ln P of the counts, up to a constant."""
        found = relative_errors(self.simulated(fluid), self.counted)
        return float(-(found * self._weight).sum() / SCALE)


def relative_errors(simulated: Floats, counted: Floats) -> Floats:
    """[D]: Σ |simulated − counted| / max(1, Σ counted) over the places counted each day."""
    there = np.isfinite(counted)
    difference = np.where(there, np.abs(simulated - np.where(there, counted, 0.0)), 0.0).sum(axis=1)
    return np.asarray(difference / np.maximum(1.0, np.where(there, counted, 0.0).sum(axis=1)))
