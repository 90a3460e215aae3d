"""Naive forecasts, against which a fit must hold its own: the rules of `crossings.forecasting.opponents`, from the same counts
and orders.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from crossings.calibration.problem import Problem
from crossings.forecasting.episode import EPOCH, Count, Episode, Series, Site, days
from crossings.forecasting.known import by_series
from crossings.forecasting.opponents import RULES, points
from crossings.forecasting.priors import priors
from crossings.forecasting.scenarios import orders_of
from crossings.forecasting.situation import look
from crossings.model import Model
from crossings.observations.periods import Cell

Floats = NDArray[np.float64]
NAIVE = RULES


def naive_forecasts(problem: Problem, cells: Sequence[Cell], model: Model) -> dict[str, Floats]:
    """[C] forecasts by rule, from the counts of the problem and under the orders of a model; 0 where no count says anything.

    A set of crossings that was never counted as such is the sum of its crossings, or an even part of a set that holds them.
    """
    scenario = model.scenario
    sites = {c.id: Site(c.id, c.name, c.lat, c.lon) for c in scenario.crossings}
    counts = tuple(_count(c) for c in problem.cells if np.isfinite(c.high))
    last = max((c.end for c in problem.cells), default=EPOCH)
    # Which orders were known is settled by the model: what it has counts from the beginning.
    orders = tuple(replace(o, known=EPOCH, end_known=EPOCH) for o in orders_of(scenario))
    situation = look(Episode(scenario.settings.name, sites, orders, counts), by_series(counts), last, priors())
    wanted = [_parts(_series(cell), set(situation.known)) for cell in cells]
    targets = [
        (series, days(cell.start), days(cell.end))
        for cell, parts in zip(cells, wanted, strict=True)
        for series, _ in parts
    ]
    said = points(situation, targets)
    owner = np.repeat(np.arange(len(cells)), [len(parts) for parts in wanted]).astype(int)
    share = np.array([weight for parts in wanted for _, weight in parts], dtype=float)
    return {
        rule: np.asarray(np.bincount(owner, np.nan_to_num(values) * share, len(cells)), dtype=float)
        for rule, values in said.items()
    }


def _series(cell: Cell) -> Series:
    waiting = cell.what == "waiting"
    quantity = "queue" if waiting else "flow"
    return Series(tuple(sorted(cell.crossings)), ";".join(cell.streams), cell.direction or "both", quantity, quantity)


def _count(cell: Cell) -> Count:
    return Count(_series(cell), cell.start, cell.end, (cell.low + cell.high) / 2, dt.datetime.min)


def _parts(series: Series, known: set[Series]) -> list[tuple[Series, float]]:
    """Known series that make up one, each with its share."""
    if series in known:
        return [(series, 1.0)]
    singles = [replace(series, crossings=(c,)) for c in series.crossings]
    if any(s in known for s in singles):
        return [(s, 1.0) for s in singles if s in known]
    mine = set(series.crossings)
    holding = [s for s in known if replace(s, crossings=series.crossings) == series and mine < set(s.crossings)]
    if not holding:
        return []
    least = min(holding, key=lambda s: (len(s.crossings), s.crossings))
    return [(least, len(mine) / len(least.crossings))]
