"""The fit that a scenario is served with, updated with counts, and what it then expects."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from crossings.calibration.posterior import Fit
from crossings.calibration.problem import Problem
from crossings.calibration.ready import DAYS, Ready, prepare, read_ready
from crossings.calibration.today import FEW, CrossingCount, Reweighted, reweight
from crossings.errors import InputError
from crossings.web.cache import LRUCache

MOST_KEPT = 200
DAY = dt.timedelta(days=1)
Counts = Sequence[tuple[dt.date, Mapping[str, float]]]


class Calibrated:
    """A fit and the problem that it was made of. The same counts always give the same answer, so it holds nothing of a person.

    folder: of the fit, which may hold what its draws expect.
    """

    def __init__(self, fit: Fit, problem: Problem, folder: Path) -> None:
        if fit.until is None:
            raise InputError("--fit", "was made of all counts, so none can follow", "fit with --until a day")
        self._fit = fit
        self._problem = problem
        self._folder = folder
        self._first = dt.date.fromisoformat(fit.until) + DAY
        end = (problem.scenario.settings.end - dt.timedelta(microseconds=1)).date()
        self._last = min(end, self._first + (DAYS - 1) * DAY)
        self._ready: LRUCache[str, Ready] = LRUCache(1)
        self._kept: LRUCache[str, dict[str, Any]] = LRUCache(MOST_KEPT)

    def view(self) -> dict[str, Any]:
        """See `schemas.FitAnswer`."""
        gates = {g.crossing for g in self._problem.model.gates if g.stream in self._problem.streams}
        return {
            "until": self._fit.until,
            "first": self._first.isoformat(),
            "last": self._last.isoformat(),
            "streams": list(self._problem.streams),
            "crossings": [c.id for c in self._problem.scenario.crossings if c.id in gates],
        }

    def expected(self, counts: Counts) -> dict[str, Any]:
        """See `schemas.ForecastAnswer`. Raises InputError for a day outside, an unknown crossing, or impossible counts."""
        given = sorted(
            CrossingCount(crossing, on, number) for on, numbers in counts for crossing, number in numbers.items()
        )
        key = json.dumps([(c.crossing, c.day.isoformat(), c.number) for c in given])
        return self._kept.get(key, lambda: self._made(given))

    def _made(self, counts: Sequence[CrossingCount]) -> dict[str, Any]:
        began = time.perf_counter()
        found = reweight(self._ready.get("", self._prepared), counts)
        crossings: dict[tuple[str, str], dict[str, Any]] = {}
        days: dict[str, None] = {}
        for row in found.rows():
            days[row["date"].isoformat()] = None
            new = {"id": row["crossing"], "stream": row["stream"], "p05": [], "p50": [], "p95": []}
            mine = crossings.setdefault((row["stream"], row["crossing"]), new)
            for q in ("p05", "p50", "p95"):
                mine[q].append(round(row[q], 2))
        return {
            "counts": _counts(found),
            "until": max((c.day.isoformat() for c in counts), default=self._fit.until),
            "surprise": bool(found.surprises),
            "few": found.still < FEW,
            "draws": found.number,
            "left": round(found.still),
            "days": sorted(days),
            "crossings": list(crossings.values()),
            "seconds": round(time.perf_counter() - began, 2),
        }

    def _prepared(self) -> Ready:
        kept = read_ready(self._folder, self._fit, self._problem)
        return kept or prepare(self._problem.scenario, self._fit, self._problem)


def _counts(found: Reweighted) -> list[dict[str, Any]]:
    """Each count, and what was expected of it before it was known."""
    return [
        {
            "on": cell.start.date().isoformat(),
            "crossings": list(cell.crossings),
            "low": cell.low,
            "high": cell.high if np.isfinite(cell.high) else cell.low,
            **dict(zip(("p05", "p50", "p95"), expected.tolist(), strict=True)),
            "chance": float(chance),
        }
        for cell, expected, chance in zip(found.given, found.expected, found.chance, strict=True)
    ]
