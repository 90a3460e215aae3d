"""An equal-weight pool of a fit's predictions with climatology: what was counted on days when crossings were open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from crossings.calibration.predictive import Predictive
from crossings.calibration.problem import Problem
from crossings.forecasting.episode import Order, days
from crossings.forecasting.orders import concerns, coverage
from crossings.forecasting.scenarios import orders_of
from crossings.model import Model
from crossings.observations.periods import Cell

Floats = NDArray[np.float64]
_Kind = tuple[tuple[str, ...], str | None, str]
LONGEST = dt.timedelta(days=3)  # counts of longer periods tell of no day
LEAST = 0.1  # open crossing-days that a count must hold to tell of one


def pooled(found: Predictive, problem: Problem, model: Model, *, seed: int = 1) -> Predictive | None:
    """Half of the draws of a fit's predictions, and as many of climatology; None where no count of a day was learned from."""
    half = len(found.counts) // 2
    other = climatology(problem, found.cells, model, half, seed)
    if other is None:
        return None
    thin = np.linspace(0, len(found.counts) - 1, half).astype(np.int64)
    known = np.isfinite(other) & (found.mean > 0).any(axis=0)  # where nobody can cross, nobody does
    mean = np.where(known, other, found.mean[thin])
    counts = np.where(known, other, found.counts[thin])
    return Predictive(
        found.cells,
        np.concatenate([found.mean[thin], mean]),
        np.concatenate([found.counts[thin], counts]),
        found.draws[np.concatenate([thin, thin])],
    )


def climatology(problem: Problem, cells: Sequence[Cell], model: Model, draws: int, seed: int) -> Floats | None:
    """[D, C] a day at an open crossing as any that was counted, times the days that a cell's crossings are open.

    Of counts that a problem learns from, of the same streams and direction, of at most three days; nan where there is none, None
    where there is none for any cell.
    """
    orders = orders_of(model.scenario)
    rng = np.random.default_rng([seed, 29])
    out = np.full((draws, len(cells)), np.nan)
    rates: dict[_Kind, tuple[Floats, Floats]] = {}
    for k, cell in enumerate(cells):
        key = _kind(problem, cell)
        if cell.what == "waiting":
            continue
        if key not in rates:
            rates[key] = _rates(problem, key, orders)
        rate, weight = rates[key]
        if rate.size:
            out[:, k] = rng.choice(rate, draws, p=weight / weight.sum()) * _open_days(cell, orders)
    return out if np.isfinite(out).any() else None


def _kind(problem: Problem, cell: Cell) -> _Kind:
    """What two counts must share to tell of one another; of people a person is the unit, whatever the count says."""
    streams = problem.scenario.settings.streams
    people = all(streams[s].unit == "person" for s in cell.streams)
    return cell.streams, cell.direction, "" if people else cell.unit


def _rates(problem: Problem, kind: _Kind, orders: Sequence[Order]) -> tuple[Floats, Floats]:
    """Units a day and crossing of each count while open, and the crossing-days that it holds."""
    rate, weight = [], []
    for cell in problem.cells:
        if _kind(problem, cell) != kind or cell.what == "waiting" or not np.isfinite(cell.high):
            continue
        held = _open_days(cell, orders) if cell.end - cell.start <= LONGEST else 0.0
        if held >= LEAST:
            rate.append((cell.low + cell.high) / 2 / held)
            weight.append(held)
    return np.array(rate), np.array(weight)


def _open_days(cell: Cell, orders: Sequence[Order]) -> float:
    """Days for which crossings of a cell are open, added up."""
    start, end = np.array([days(cell.start)]), np.array([days(cell.end)])
    total = 0.0
    for crossing in cell.crossings:
        shut = [
            float(coverage(o, start, end)[0])
            for o in orders
            if o.kind == "closed" and all(concerns(o, crossing, s, cell.direction or "both") for s in cell.streams)
        ]
        total += float(end[0] - start[0]) * (1.0 - max(shut, default=0.0))
    return total
