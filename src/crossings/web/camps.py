"""People in camps beside those counted there, day by day, and how far apart they are, as `crossings validate` has it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.measures.camp_error import ard
from crossings.model import Model
from crossings.scenario import Scenario

Floats = NDArray[np.float64]


def camps_of(scenario: Scenario, days: Sequence[dt.date]) -> dict[str, Floats]:
    """Place → people counted there at the end of each day, [days]; linear between counts, nan before the first and after the
    last.
    """
    at = {day: k for k, day in enumerate(days)}
    rows: dict[str, list[tuple[int, float]]] = {}
    for seen in scenario.headcounts:
        if seen.date in at:
            rows.setdefault(seen.place, []).append((at[seen.date], seen.count))
    every = np.arange(len(days))
    found = {}
    for place, counted in rows.items():
        when, number = zip(*sorted(counted), strict=True)
        found[place] = np.interp(every, when, number, left=np.nan, right=np.nan)
    return found


def camp_error(model: Model, counted: Mapping[str, Floats], present: Floats) -> float | None:
    """The averaged relative difference of people there, [days, sites], and those counted; None where nothing was counted."""
    if not counted:
        return None
    site = {name: i for i, name in enumerate(model.sites)}
    days = present.shape[0]
    there = np.array([present[:, site[p]] if p in site else np.zeros(days) for p in counted])
    seen = np.array([_as_long(values, days) for values in counted.values()])
    known = np.isfinite(seen).all(axis=0)
    return ard(there[:, known], seen[:, known]) if known.any() else None


def camps_view(model: Model, counted: Mapping[str, Floats], days: int) -> list[dict[str, Any]]:
    """The camps with their counts, the largest first."""
    names = {p.id: p.name or p.id for p in model.scenario.places}
    order = sorted(counted, key=lambda place: -np.nanmax(counted[place], initial=0.0))
    return [
        {
            "place": place,
            "name": names[place],
            "counted": [round(v, 1) for v in _as_long(counted[place], days).tolist()],
        }
        for place in order
    ]


def _as_long(values: Floats, days: int) -> Floats:
    out = np.full(days, np.nan)
    out[: min(days, len(values))] = values[:days]
    return out
