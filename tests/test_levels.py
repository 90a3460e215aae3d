"""Levels that last: the integral over them is right, what counts tell of them holds, and ranges hold what they say."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from scipy.stats import nbinom

from crossings.calibration.expected_counts import ExpectedCounts
from crossings.calibration.levels import LASTS_DAYS, State, likeness, states, variances
from crossings.calibration.predictive import scatter
from crossings.calibration.ready import log_probabilities
from crossings.observations.periods import Cell
from crossings.observations.regions import Piece

NOISE = {"group_size": 4.0, "day_shape": 10.0, "supply_sd": 0.5, "route_sd": 0.4}


def counted(where: str, day: int, low: float, high: float | None = None, days: int = 1) -> Cell:
    """A count at the crossings whose letters are in ``where``."""
    start = dt.datetime(2024, 1, 1) + dt.timedelta(days=day)
    end = start + dt.timedelta(days=days)
    return Cell(
        id=f"{where}-{day}",
        ids=(),
        crossings=tuple(where),
        direction="BB",
        streams=("people",),
        what="crossed",
        unit="persons",
        start=start,
        end=end,
        low=low,
        high=low if high is None else high,
        kind="count",
        minus=(),
        pieces=tuple(Piece(c, "BB", "people", start, end) for c in where),
        tells=1.0,
        reason="",
    )


CELLS = (
    counted("n", 0, 30),
    counted("s", 0, 0),
    counted("n", 1, 80, 90),
    counted("s", 1, 7),
    counted("ns", 2, 60, np.inf, 2),
)
MEAN = np.array([[40.0, 3.0, 40.0, 10.0, 100.0]])


def test_the_integral_and_the_levels_are_those_of_many_draws() -> None:
    state, found = states(ExpectedCounts(MEAN), CELLS, [NOISE], [counted("n", 9, 0)])
    k = np.einsum("v,vij->ij", variances([NOISE])[0], likeness(CELLS))
    assert np.linalg.eigvalsh(k).min() > 0
    x = np.random.default_rng(1).multivariate_normal(np.zeros(len(CELLS)), k, size=200_000)
    mean, size = MEAN * np.exp(x - np.diag(k) / 2), NOISE["group_size"]
    low, high = (np.array([getattr(c, name) for c in CELLS]) for name in ("low", "high"))
    chance = nbinom.cdf(high, mean / (size - 1), 1 / size) - nbinom.cdf(low - 1, mean / (size - 1), 1 / size)
    weight = np.maximum(chance, 1e-300).prod(axis=1)
    assert found[0] == pytest.approx(np.log(weight.mean()), abs=0.1)
    # The level of all who come on the last day, which is normal given those of the counts.
    near = np.linalg.solve(k, _near_supply() * NOISE["supply_sd"] ** 2)
    level = x @ near
    middle = (weight * level).sum() / weight.sum()
    left = NOISE["supply_sd"] ** 2 - _near_supply() @ near * NOISE["supply_sd"] ** 2
    spread = np.sqrt((weight * (level - middle) ** 2).sum() / weight.sum() + left)
    assert state.mean[0, 0] == pytest.approx(middle, abs=0.15)
    assert np.sqrt((state.root[0] @ state.root[0].T)[0, 0]) == pytest.approx(spread, rel=0.15)


def _near_supply() -> np.ndarray:
    days = [[0], [0], [1], [1], [2, 3]]
    return np.array([np.exp(-np.abs(np.array(mine) - 3) / LASTS_DAYS).mean() for mine in days])


def test_without_levels_it_is_the_likelihood_of_days_alone() -> None:
    small = NOISE | {"supply_sd": 1e-9, "day_shape": 1e6, "route_sd": 0.0}
    none = NOISE | {"supply_sd": 0.0, "day_shape": 1e6, "route_sd": 0.0}
    one, other = (log_probabilities(CELLS, ExpectedCounts(MEAN), [noise])[0] for noise in (small, none))
    assert one == pytest.approx(other, abs=1e-3)


def world(rng: np.random.Generator, expected: float, days: int, noise: dict[str, float]) -> np.ndarray:
    """[days, 2] counts of two crossings whose levels go from day to day as the model says."""
    sd = np.array([noise["supply_sd"], noise["route_sd"], noise["route_sd"]])
    kept = np.exp(-1.0 / LASTS_DAYS)
    level = sd * rng.standard_normal(3)
    rows = []
    for _ in range(days):
        factor = np.exp(level - sd**2 / 2)
        shape = noise["day_shape"]
        mean = expected * factor[0] * factor[1:] * rng.gamma(shape) / shape
        size = noise["group_size"]
        rows.append(rng.negative_binomial(mean / (size - 1), 1 / size))
        level = kept * level + np.sqrt(1 - kept**2) * sd * rng.standard_normal(3)
    return np.array(rows, float)


def ahead(counts: np.ndarray, later: list[Cell], expected: float, noise: dict[str, float], seed: int) -> np.ndarray:
    """[D, C] draws of later counts after those of all days so far."""
    known = [counted("ns"[g], day, n) for day, pair in enumerate(counts) for g, n in enumerate(pair)]
    number = 400
    state: State = states(ExpectedCounts(np.full((number, len(known)), expected)), known, [noise] * number, later)[0]
    moved = expected * state.factors(later, np.zeros((number, len(later))), seed)
    return scatter(ExpectedCounts(moved), later, [noise] * number, seed)


def test_ranges_of_made_up_worlds_hold_what_they_say() -> None:
    rng = np.random.default_rng(5)
    inside, plain, better = {0.5: [], 0.9: []}, [], []
    later = [counted("ns"[g], 6 + k, 0) for k in (0, 2) for g in range(2)]
    for seed in range(120):
        counts = world(rng, 40.0, 9, NOISE)
        found = ahead(counts[:6], later, 40.0, NOISE, seed)
        came = np.array([counts[6, 0], counts[6, 1], counts[8, 0], counts[8, 1]])
        for level, hits in inside.items():
            low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2], axis=0)
            hits += ((low <= came) & (came <= high)).tolist()
        still = scatter(ExpectedCounts(np.full((400, 4), 40.0)), later, [NOISE] * 400, seed)
        low, high = np.quantile(still, [0.05, 0.95], axis=0)
        plain += ((low <= came) & (came <= high)).tolist()
        better.append(np.abs(np.median(still, axis=0) - came).mean() - np.abs(np.median(found, axis=0) - came).mean())
    assert np.mean(inside[0.5]) == pytest.approx(0.5, abs=0.08)
    assert np.mean(inside[0.9]) == pytest.approx(0.9, abs=0.05)
    assert np.mean(plain) < 0.8  # levels left out: the ranges hold too few
    assert np.mean(better) > 0  # and the middle is farther off


def test_a_level_goes_back_to_what_is_expected() -> None:
    known = [counted("n", k, 120.0) for k in range(3)]
    later = [counted("n", 3 + k, 0.0) for k in (0, 4, 40)]
    number = 4000
    state = states(ExpectedCounts(np.full((number, 3), 40.0)), known, [NOISE] * number, later)[0]
    factors = state.factors(later, np.zeros((number, 3)), 1)
    mean = factors.mean(axis=0)
    assert mean[0] > 1.6
    assert mean[0] > mean[1] > mean[2]
    assert mean[2] == pytest.approx(1.0, abs=0.06)
    assert np.log(factors[:, 2]).std() == pytest.approx(np.hypot(0.5, 0.4), rel=0.08)
