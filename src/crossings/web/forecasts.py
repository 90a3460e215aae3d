"""The fit that a scenario is served with, carried on with counts, and what it then expects."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from crossings.calibration.forecast import forecast
from crossings.calibration.posterior import Fit
from crossings.calibration.problem import Problem
from crossings.calibration.update import FEW, Update, update, with_counts
from crossings.errors import Fault, InputError
from crossings.web.cache import Kept

__all__ = ["Calibrated"]

MOST_KEPT = 60
DRAWS = 300
DAY = dt.timedelta(days=1)
Counts = Sequence[tuple[dt.date, Mapping[str, float]]]


class Calibrated:
    """A fit and the problem that it was made of. The same counts always give the same answer, so it holds nothing of a person."""

    def __init__(self, fit: Fit, problem: Problem) -> None:
        if fit.until is None:
            raise InputError(Fault("--fit", "was made of all counts, so none can follow", "fit with --until a day"))
        self._fit = fit
        self._problem = problem
        self._first = dt.date.fromisoformat(fit.until) + DAY
        self._last = (problem.scenario.settings.end - dt.timedelta(microseconds=1)).date()
        self._kept: Kept[str, dict[str, Any]] = Kept(MOST_KEPT)

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
        for on, _ in counts:
            if not self._first <= on <= self._last:
                raise InputError(Fault("on", f"{on} is outside", f"write {self._first} to {self._last}"))
        key = json.dumps([(on.isoformat(), sorted(n.items())) for on, n in sorted(counts, key=lambda c: c[0])])
        return self._kept.get(key, lambda: self._made(sorted(counts, key=lambda c: c[0])))

    def _made(self, counts: Counts) -> dict[str, Any]:
        began = time.perf_counter()
        fit, problem, first, carried = self._fit, self._problem, self._first, None
        if counts:
            scenario = problem.scenario
            for on, numbers in counts:
                scenario = with_counts(scenario, problem, numbers, on)
            problem = dataclasses.replace(problem, scenario=scenario, until=counts[-1][0].isoformat())
            carried = update(fit, problem)
            fit, first = carried.fit, min(counts[-1][0] + DAY, self._last)
        ahead = forecast(fit, problem, first, draws=DRAWS)
        table = ahead.table()
        crossings = []
        for (stream, crossing), rows in table.group_by("stream", "crossing", maintain_order=True):
            quantiles = {q: np.round(rows[q].to_numpy(), 2).tolist() for q in ("p05", "p50", "p95")}
            crossings.append({"id": crossing, "stream": stream} | quantiles)
        days = [(first + k * DAY).isoformat() for k in range((self._last - first).days + 1)]
        return _carried(carried) | {
            "until": fit.until or self._fit.until,
            "draws": len(fit.draws),
            "days": days,
            "crossings": crossings,
            "seconds": round(time.perf_counter() - began, 2),
        }


def _carried(carried: Update | None) -> dict[str, Any]:
    """What the counts say of the fit; nothing where there are none."""
    if carried is None:
        return {"surprise": False, "few": False, "left": 0.0, "counts": []}
    counts = [
        {
            "on": cell.start.date().isoformat(),
            "crossings": list(cell.crossings),
            "low": cell.low,
            "high": cell.high if np.isfinite(cell.high) else cell.low,
            **dict(zip(("p05", "p50", "p95"), expected.tolist(), strict=True)),
            "chance": float(chance),
        }
        for cell, expected, chance in zip(carried.cells, carried.expected, carried.chance, strict=True)
    ]
    few = carried.still < FEW
    return {"surprise": bool(carried.surprises), "few": few, "left": round(carried.still), "counts": counts}
