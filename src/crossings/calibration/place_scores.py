"""How a fit to counts at places does on days it has not seen, beside no fit and naive splits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.calibration.posterior import Fit
from crossings.calibration.problem import Problem
from crossings.calibration.stock_likelihood import Headcounts, relative_errors
from crossings.errors import InputError
from crossings.model import Model
from crossings.scenario.clock import end_of_day
from crossings.simulation.expected import Expectation

Floats = NDArray[np.float64]
DRAWS = 100


@dataclass(frozen=True)
class PlaceScore:
    """Average relative difference (Suleimenova et al. 2017) on days after the cut-off, and on those before.

    Each a mean over days of Σ |simulated − counted| / Σ counted. naive: splits of the day's total. low, high: 5th and 95th
    percentile over posterior draws. n: counts after the cut-off.
    """

    n: int
    fitted: float
    low: float
    high: float
    unfitted: float
    naive: dict[str, float]
    before_fitted: float
    before_unfitted: float
    days: int

    def to_json(self) -> dict[str, Any]:
        """All figures."""
        return {
            "n": self.n,
            "days": self.days,
            "ard": {"fitted": self.fitted, "p05": self.low, "p95": self.high, "unfitted": self.unfitted},
            "ard_naive": self.naive,
            "ard_before": {"fitted": self.before_fitted, "unfitted": self.before_unfitted},
        }


def score_places(fit: Fit, problem: Problem, after: str) -> PlaceScore:
    """Score a fit on counts at places after a local day, under all orders; totals are given, so it is about where people go.

    Raises `InputError` where there is no count after that day.
    """
    scenario = problem.scenario
    end = end_of_day(after)
    later = Headcounts(
        model := Model(problem.given(scenario)), [r for r in scenario.headcounts if end_of_day(r.date) > end]
    )
    before = Headcounts(model, [r for r in scenario.headcounts if end_of_day(r.date) <= end])
    if not later.days:
        raise InputError("after", f"no place was counted after {after}", "choose an earlier day")
    expectation = Expectation(model, streams=problem.streams)
    numbers = problem.numbers(model)
    plain = expectation.compute()
    unfitted, before_unfitted = _ard(later, plain), _ard(before, plain)
    chosen = fit.draws[np.linspace(0, len(fit.draws) - 1, min(DRAWS, len(fit.draws))).astype(np.int64)]
    there, was = [], []
    for values in chosen:
        tables, people, _ = numbers.apply(values)
        fluid = expectation.compute(tables, people)
        there.append(later.simulated(fluid))
        was.append(before.simulated(fluid))
    each = [float(relative_errors(s, later.counted).mean()) for s in there]
    return PlaceScore(
        int(np.isfinite(later.counted).sum()),
        float(relative_errors(np.mean(there, axis=0), later.counted).mean()),
        float(np.quantile(each, 0.05)),
        float(np.quantile(each, 0.95)),
        unfitted,
        _naive(model, later, before),
        float(relative_errors(np.mean(was, axis=0), before.counted).mean()) if before.days else float("nan"),
        before_unfitted,
        len(later.days),
    )


def _ard(heads: Headcounts, fluid: Any) -> float:
    return float(relative_errors(heads.simulated(fluid), heads.counted).mean()) if heads.days else float("nan")


def _naive(model: Model, later: Headcounts, before: Headcounts) -> dict[str, float]:
    """Splits of each day's counted total: as last counted, by capacity, equally."""
    total = np.nansum(later.counted, axis=1, keepdims=True)
    capacity = {p.id: p.capacity for p in model.scenario.places}
    room = [capacity[p] for p in later.places]
    shares: dict[str, Floats] = {"equal": np.full(len(later.places), 1.0 / len(later.places))}
    if all(c is not None for c in room) and sum(c or 0.0 for c in room) > 0:
        shares["capacity"] = np.array([c or 0.0 for c in room]) / sum(c or 0.0 for c in room)
    if before.days:
        last = dict(zip(before.places, before.counted[-1], strict=True))
        values = np.array([last.get(p, 0.0) for p in later.places])
        if np.nansum(values) > 0:
            shares["as last counted"] = np.nan_to_num(values) / np.nansum(values)
    return {name: float(relative_errors(share * total, later.counted).mean()) for name, share in shares.items()}
