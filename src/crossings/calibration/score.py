"""Scores out of sample: predictive intervals beside counts that were not used, and naive forecasts beside both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.calibration.naive import naive_forecasts
from crossings.calibration.pool import pooled
from crossings.calibration.posterior import Fit
from crossings.calibration.predictive import SPREAD_DRAWS, Predictive, predict
from crossings.calibration.problem import Problem
from crossings.errors import InputError
from crossings.forecasting.episode import Order, days
from crossings.forecasting.orders import concerns, coverage
from crossings.forecasting.scenarios import orders_of
from crossings.io.faults import counted
from crossings.model import Model
from crossings.observations.counts import Observations
from crossings.observations.periods import Cell

Floats = NDArray[np.float64]
PRIOR = "prior alone"
RESAMPLES = 1000
SHUT = 0.98  # share of a period under orders that close from which a count is zero by order
GIVEN = {
    "then": "as known then: only orders announced by the last day that was learned from",
    "later": "given the later orders: all that were in force, however late they came",
}


@dataclass(frozen=True, repr=False)
class Score:
    """Predictions against counts of the same cells. C cells.

    given: see `GIVEN`. count [C]: the middle of what was counted. naive: forecasts by name [C]. prior: predictions from the prior
    alone. zero: how many counts were left out because an order makes them zero. pool: an equal-weight pool of the predictions
    with climatology.
    """

    given: str
    predictive: Predictive
    count: Floats
    naive: dict[str, Floats]
    prior: Predictive | None = None
    zero: int = 0
    pool: Predictive | None = None

    def __repr__(self) -> str:
        return f"<Score on {counted(self.n, 'count')}: CRPS {self.crps:.3g}, MAE {self.mae:.3g}>"

    @property
    def cells(self) -> tuple[Cell, ...]:
        """What was counted."""
        return self.predictive.cells

    @property
    def n(self) -> int:
        """So many counts."""
        return len(self.cells)

    @property
    def mae(self) -> float:
        """Mean absolute error of the predictive median."""
        return float(np.abs(self.predictive.quantile(0.5) - self.count).mean())

    @property
    def of_pool(self) -> Score | None:
        """The same of the equal-weight pool with climatology; None where no count of a day was learned from."""
        return None if self.pool is None else replace(self, predictive=self.pool, pool=None)

    def crps_each(self) -> Floats:
        """[C] continuous ranked probability score (Gneiting & Raftery 2007), in the unit of the count."""
        return self._crps(self.predictive.counts)

    def _crps(self, draws: Floats) -> Floats:
        """[C] from draws [D, C]: the fair form, in which the spread is over pairs of different draws."""
        n, ordered = len(draws), np.sort(draws, axis=0)
        spread = (2.0 * np.arange(1, n + 1) - n - 1) @ ordered / (n * (n - 1))
        return np.asarray(np.abs(draws - self.count).mean(axis=0) - spread)

    @property
    def crps(self) -> float:
        """Its mean."""
        return float(self.crps_each().mean())

    @property
    def mae_naive(self) -> dict[str, float]:
        """Mean absolute errors of the naive forecasts."""
        return {name: float(np.abs(values - self.count).mean()) for name, values in self.naive.items()}

    def crps_others(self, seed: int = 1) -> dict[str, Floats]:
        """[C] of each opponent: naive forecasts with the scatter of a Poisson number, or as bare numbers if that is better, and
        the prior alone.
        """
        rng = np.random.default_rng([seed, 13])
        out = {}
        for name, values in self.naive.items():
            ensemble = rng.poisson(np.maximum(values, 0.0), (2000, values.size)).astype(float)
            scattered, bare = self._crps(ensemble), np.abs(values - self.count)
            out[name] = scattered if scattered.mean() <= bare.mean() else bare
        if self.prior is not None:
            out[PRIOR] = self._crps(self.prior.counts)
        return out

    def crps_naive(self) -> dict[str, float]:
        """The means of `crps_others`."""
        return {name: float(values.mean()) for name, values in self.crps_others().items()}

    def skill(self) -> dict[str, tuple[float, float, float] | None]:
        """How much lower the CRPS is than that of each opponent, with the 5th and 95th percentile of a paired bootstrap over
        days.

        None where the opponent makes no error. On few counts the range is wide, and rightly so.
        """
        mine = self.crps_each()
        _, day = np.unique([c.start.date().toordinal() for c in self.cells], return_inverse=True)
        days = int(day.max()) + 1
        pick = np.random.default_rng([1, 17]).integers(0, days, (RESAMPLES, days))
        a = np.bincount(day, mine, days)
        out: dict[str, tuple[float, float, float] | None] = {}
        for name, theirs in self.crps_others().items():
            b = np.bincount(day, theirs, days)
            below = b[pick].sum(axis=1)
            if b.sum() <= 0:
                out[name] = None
                continue
            low, high = np.quantile(1.0 - a[pick].sum(axis=1)[below > 0] / below[below > 0], (0.05, 0.95))
            out[name] = (float(1.0 - a.sum() / b.sum()), float(low), float(high))
        return out

    def pit(self) -> list[float]:
        """Share of the counts in each tenth of the predictive distribution, from below: even for an honest one."""
        counts = self.predictive.counts
        place = (counts < self.count).mean(axis=0) + 0.5 * (counts == self.count).mean(axis=0)
        return [float(v) for v in np.histogram(np.clip(place, 0, 1 - 1e-9), bins=10, range=(0, 1))[0] / self.n]

    def interval_score(self, level: float = 0.9) -> float:
        """Mean interval score of the central interval of that level (Gneiting & Raftery 2007)."""
        a = (1 - level) / 2
        low, high = self.predictive.quantile(a), self.predictive.quantile(1 - a)
        outside = np.maximum(low - self.count, 0.0) + np.maximum(self.count - high, 0.0)
        return float(np.mean(high - low + outside / a))

    def coverage(self, level: float) -> float:
        """Share of the counts (of their ranges) that the central interval of that level meets."""
        a = (1 - level) / 2
        low, high = self.predictive.quantile(a), self.predictive.quantile(1 - a)
        least = np.array([c.low for c in self.cells])
        most = np.array([c.high for c in self.cells])
        return float(np.mean((low <= most) & (high >= least)))

    def width(self, level: float = 0.9) -> float:
        """Mean width of the central interval of that level."""
        a = (1 - level) / 2
        return float(np.mean(self.predictive.quantile(1 - a) - self.predictive.quantile(a)))

    def rows(self) -> list[dict[str, Any]]:
        """A row a count."""
        q = {name: self.predictive.quantile(p) for name, p in (("p05", 0.05), ("p50", 0.5), ("p95", 0.95))}
        crps = self.crps_each()
        return [
            {
                "id": cell.id,
                "crossings": ";".join(cell.crossings),
                "stream": ";".join(cell.streams),
                "what": cell.what,
                "from": cell.start.isoformat(),
                "until": cell.end.isoformat(),
                "count": float(self.count[i]),
                "low": cell.low,
                "high": cell.high if np.isfinite(cell.high) else None,
                **{name: float(values[i]) for name, values in q.items()},
                "crps": float(crps[i]),
                "naive": {name: float(values[i]) for name, values in self.naive.items()},
            }
            for i, cell in enumerate(self.cells)
        ]

    def to_json(self) -> dict[str, Any]:
        """All measures and rows."""
        return {
            "given": self.given,
            "n": self.n,
            "mae": self.mae,
            "mae_naive": self.mae_naive,
            "crps": self.crps,
            "crps_naive": self.crps_naive(),
            "skill": self.skill(),
            "pit": self.pit(),
            "zero_by_order": self.zero,
            "interval_score_90": self.interval_score(),
            "coverage": {"50": self.coverage(0.5), "90": self.coverage(0.9)},
            "width_90": self.width(),
            "pool": None
            if (pool := self.of_pool) is None
            else {
                "crps": pool.crps,
                "coverage": {"50": pool.coverage(0.5), "90": pool.coverage(0.9)},
                "width_90": pool.width(),
            },
            "rows": self.rows(),
        }


def score(
    fit: Fit, problem: Problem, after: str, *, given: str = "later", draws: int = SPREAD_DRAWS, seed: int = 1
) -> Score:
    """Evaluate a fit on counts after a local day: held out, not blind, where whoever made the model had seen them.

    Parameters
    ----------
    fit : Fit
        What was learned.
    problem : Problem
        What it was learned from.
    after : str
        The local day after which counts are scored.
    given : {"later", "then"}
        Under all orders as written, or under those that were known.
    draws : int
        Posterior draws used.
    seed : int
        Of the noise.

    Returns
    -------
    Score
        Error, CRPS and coverage, beside naive rules.

    Raises
    ------
    InputError
        If no count is left. Lower bounds, numbers of one party alone and counts that an order makes zero are left out.

    Examples
    --------
    >>> import crossings as cx
    >>> found = cx.score(fit, problem, after="2023-11-17")  # doctest: +SKIP
    """
    cells = Observations.read(problem.scenario).after(after).cells(problem.streams, needed=True)
    firm = tuple(c for c in cells if np.isfinite(c.high) and c.tells >= 1.0)
    if not firm:
        raise InputError("after", f"no firm count comes after {after}", "choose an earlier day")
    model = problem.model if given == "then" else Model(problem.given(problem.scenario))
    # By the orders as they came, whichever are given: what is scored depends on no forecast.
    orders = orders_of(problem.scenario)
    kept = tuple(c for c in firm if not _shut(orders, c))
    if not kept:
        raise InputError("after", f"orders make every firm count after {after} zero", "choose an earlier day")
    found = score_of(fit, problem, kept, model, given=given, draws=draws, seed=seed)
    return replace(found, zero=len(firm) - len(kept))


def _shut(orders: Sequence[Order], cell: Cell) -> bool:
    """Whether orders close all crossings of a count to all of its streams for its whole period."""
    start, end = np.array([days(cell.start)]), np.array([days(cell.end)])
    return all(
        any(
            o.kind == "closed"
            and concerns(o, crossing, stream, cell.direction or "both")
            and coverage(o, start, end)[0] >= SHUT
            for o in orders
        )
        for crossing in cell.crossings
        for stream in cell.streams
    )


def score_of(
    fit: Fit,
    problem: Problem,
    cells: Sequence[Cell],
    model: Model,
    *,
    given: str,
    draws: int = SPREAD_DRAWS,
    seed: int = 1,
) -> Score:
    """The same for given cells and model."""
    found = predict(fit, problem, cells, model, draws=draws, seed=seed)
    prior = predict(fit, problem, cells, model, draws=draws, seed=seed, prior=True)
    count = np.array([(c.low + c.high) / 2 for c in cells])
    naive = naive_forecasts(problem, cells, model)
    return Score(given, found, count, naive, prior, pool=pooled(found, problem, model, seed=seed))
