"""Naive forecasts, against which a model must hold its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from crossings.calibration.problem import Problem
from crossings.model import Model
from crossings.observations import Cell

__all__ = ["NAIVE", "naive_forecasts"]

Floats = NDArray[np.float64]
NAIVE = {
    "last value": "each set of crossings goes on at the rate of its last count",
    "equal split": "the whole border's daily total before the announcement, split equally over open crossings",
    "by 1/km": "the same, split by 1/km from the origin with most people",
    "nearest": "the same, all to the nearest open crossing",
}
DAY = dt.timedelta(days=1)
DAYS = 3  # full days before the last known announcement of which the total is the mean


def naive_forecasts(problem: Problem, cells: Sequence[Cell], model: Model) -> dict[str, Floats]:
    """[C] forecasts by name, for the crossings open under a model's orders. Numbers waiting are forecast as at last seen."""
    total = _total(problem)
    near = _distances(problem, model)
    out = {name: np.zeros(len(cells)) for name in NAIVE}
    for i, cell in enumerate(cells):
        last = _last(problem, cell)
        if cell.what == "waiting":
            for name in NAIVE:
                out[name][i] = last
            continue
        out["last value"][i] = last
        hours, at = 0, cell.start
        while at < cell.end:
            for name, share in _shares(model, near, cell, at).items():
                out[name][i] += total / 24.0 * share
            at += dt.timedelta(hours=1)
            hours += 1
    return out


def _total(problem: Problem) -> float:
    """Mean daily total of the whole border over the last full days before the last closing order that was known."""
    announced = [
        (c.announced or c.from_)
        for c in problem.known.closures
        if c.kind == "closed" and c.crossings and len(c.crossings) > 1
    ]
    end = max(c.end for c in problem.cells)
    inside = [a for a in announced if problem.known.settings.start < a <= end]
    last = dt.datetime.combine((max(inside) if inside else end).date(), dt.time())
    sums = []
    for k in range(1, DAYS + 1):
        low, high = last - k * DAY, last - (k - 1) * DAY
        mine = [
            c for c in problem.cells if c.what != "waiting" and low <= c.start and c.end <= high and np.isfinite(c.high)
        ]
        if mine:
            sums.append(sum((c.low + c.high) / 2 for c in mine))
    return float(np.mean(sums)) if sums else 0.0


def _last(problem: Problem, cell: Cell) -> float:
    """The last count of the same crossings, at its daily rate, over the cell's time; 0 if there was none."""
    mine = [
        c
        for c in problem.cells
        if set(c.crossings) <= set(cell.crossings)
        and (c.what == "waiting") == (cell.what == "waiting")
        and np.isfinite(c.high)
    ]
    if not mine:
        return 0.0
    if cell.what == "waiting":
        latest = max(mine, key=lambda c: c.end)
        return (latest.low + latest.high) / 2
    day = max(c.start.date() for c in mine)
    today = [c for c in mine if c.start.date() == day]
    rate = sum((c.low + c.high) / 2 / max(1.0, (c.end - c.start) / DAY) for c in today)
    return rate * ((cell.end - cell.start) / DAY)


def _distances(problem: Problem, model: Model) -> dict[str, float]:
    """km to each crossing from the origin that most people of the learnt streams leave."""
    people: dict[str, float] = {}
    for s in problem.known.stocks:
        people[s.origin] = people.get(s.origin, 0.0) + s.initial
    for d in problem.known.demand:
        people[d.origin] = people.get(d.origin, 0.0) + d.per_day * ((d.until - d.from_).days + 1)
    origin = max(people, key=lambda name: people[name])
    stream = problem.streams[0]
    found: dict[str, float] = {}
    for (group, place), chosen in model.choices.sets.items():
        if place == origin and model.groups[group][0] == stream:
            for a in chosen:
                if a.crossing and np.isfinite(a.km).any():
                    found[a.crossing] = min(found.get(a.crossing, np.inf), float(np.min(a.km)))
    return found


def _shares(model: Model, near: dict[str, float], cell: Cell, at: dt.datetime) -> dict[str, float]:
    """The share of the border's flow that each rule gives the cell's crossings in one hour."""
    t = model.clock.to_ms(at) + 1_800_000
    open_now = []
    for gate in model.gates:
        if (
            gate.stream in cell.streams
            and gate.direction == (cell.direction or gate.direction)
            and gate.crossing in near
        ) and not any(a <= t < b for a, b in model.rules.shut(gate)):
            open_now.append(gate.crossing)
    open_now = list(dict.fromkeys(open_now))
    if not open_now:
        return {"equal split": 0.0, "by 1/km": 0.0, "nearest": 0.0}
    mine = [c for c in cell.crossings if c in open_now]
    weight = {c: 1.0 / max(1.0, near[c]) for c in open_now}
    nearest = min(open_now, key=lambda c: near[c])
    return {
        "equal split": len(mine) / len(open_now),
        "by 1/km": sum(weight[c] for c in mine) / sum(weight.values()),
        "nearest": float(nearest in mine),
    }
