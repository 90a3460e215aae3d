"""Counts at controls that are full scatter as the service there, in runs, likelihood and forecast."""

from __future__ import annotations

import dataclasses
import datetime as dt
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom

import counted_border
import crossings as cx
import tiny
from crossings.calibration.expected_counts import ExpectedCounts
from crossings.calibration.full_controls import full_shares
from crossings.calibration.levels import covariances, likeness, states
from crossings.calibration.likelihood import Likelihood
from crossings.calibration.parameter_map import Numbers
from crossings.calibration.predictive import scatter
from crossings.calibration.problem import Problem
from crossings.calibration.ready import day_cell, prepare
from crossings.calibration.today import CrossingCount, reweight
from test_batches import same
from test_levels import counted

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "verification"))

import recovery

CAPACITY, GROUPS, SHAPE = 96.0, 5.0, 6.0
NOISE = {"group_size": GROUPS, "day_shape": SHAPE, "supply_sd": 0.0, "route_sd": 0.0}
FULL = {"group_size": 4.0, "day_shape": 10.0, "supply_sd": 0.5, "route_sd": 0.4}
SEEDS = 150


def one_control(load: float, hours: str) -> cx.Scenario:
    """A control that can serve 96 a day, in the whole day or in ten hours, and so many times as many who come."""
    minutes = (24.0 if hours == "24/7" else 10.0) * 60.0 / (CAPACITY / 2.0)
    return tiny.one_crossing(
        days=4,
        streams=tiny.people("flow", gamma=1.5, group_size=GROUPS, day_shape=SHAPE),
        demand=(tiny.flow(load * CAPACITY, 0, 3),),
        lanes=(tiny.lane("north", minutes, cv=1.0, servers=2, hours=hours),),
    )


def expected(model: cx.Model, day: int) -> tuple[float, float]:
    """What is expected on a day, and the share of it that the control decides."""
    one = Likelihood(
        model, Numbers(model, {}, ("people",)), [day_cell("north", "BB", "people", dt.date(2024, 1, 1 + day))], 0.0
    )
    mean, flows = one.mean(np.zeros(0)), one.expectation
    return float(mean[0]), float(full_shares(model.tables, flows.plan, flows.fluid, one.stays, mean, NOISE)[0])


@pytest.mark.parametrize("hours", ["24/7", "08:00-18:00"])
@pytest.mark.parametrize("load", [0.4, 1.0, 1.3, 2.0])
def test_counts_of_a_day_scatter_as_in_runs(hours: str, load: float) -> None:
    """Standard deviations: at most a quarter less and half more (near capacity) than in runs; without it four times."""
    model = cx.Model(one_control(load, hours))
    runs = next(iter(cx.run_many(model, seeds=range(SEEDS)).values()))
    counts = runs.counts()[:, 2, runs.gates.index(("north", "BB", "people")), 1]
    mean, full = expected(model, 2)
    foretold = scatter(ExpectedCounts(np.full((4000, 1), mean), np.full((4000, 1), full)), _days(), [NOISE] * 4000, 1)
    ratio = foretold.std() / counts.std()
    assert 0.75 < ratio < 1.5
    alone = np.sqrt(mean * GROUPS + mean**2 / SHAPE) / counts.std()
    assert alone > 3.0 if load > 1.2 else full < (0.1 if load < 0.5 else 0.8)
    if load == 2.0:
        assert full > 0.97
        assert ratio == pytest.approx(1.0, abs=0.2)


def _days() -> list:
    return [day_cell("north", "BB", "people", dt.date(2024, 1, 3))]


def test_a_backlog_that_is_gone_by_evening_decides_nothing() -> None:
    """Half of them wait for the morning, and yet as many are counted as come."""
    assert expected(cx.Model(one_control(0.4, "08:00-18:00")), 2)[1] < 0.1


def with_control(**more: object) -> Problem:
    lanes = (tiny.lane("north", 24.0, cv=1.0, **more), tiny.lane("south", 10.0, side="exit", cv=1.0))
    return Problem(counted_border.border(lanes=lanes))


@pytest.mark.parametrize("more", [{}, {"quota_per_day": 40}, {"hours": "06:00-20:00"}])
def test_compiled_and_plain_are_the_same(more: dict) -> None:
    problem = with_control(**more)
    values = problem.priors.draws(8, 2)
    same(problem.likelihood(), values)
    likelihood = problem.likelihood()
    shares = [likelihood.full(likelihood.mean(v)) for v in values]
    assert max(s.max() for s in shares) > 0.5
    assert min(s.min() for s in shares) < 0.1


def test_a_closure_takes_room_away() -> None:
    free = one_control(0.9, "24/7")
    half = dataclasses.replace(free, closures=(tiny.closed("o", "north", (2, 0, 0), (2, 12, 0), (2, 0, 0)),))
    assert expected(cx.Model(half), 2)[1] > expected(cx.Model(free), 2)[1] + 0.2


def test_supply_does_not_move_a_full_control_and_its_route_does() -> None:
    cells = (counted("n", 0, 80), counted("s", 0, 80))
    later = [counted("n", 1, 0), counted("s", 1, 0)]
    n = 20_000
    shares = np.tile([1.0, 0.0], (n, 1))
    state = states(ExpectedCounts(np.full((n, 2), 40.0), shares), cells, [FULL] * n, later)[0]
    factor = np.log(states(ExpectedCounts.none(n), (), [FULL] * n, later)[0].factors(later, shares, 1))
    assert factor.std(axis=0) == pytest.approx([0.4, np.hypot(0.5, 0.4)], rel=0.03)
    k = covariances(np.array([[0.1, 0.25, 0.16]]), likeness(cells), shares[:1])[0]
    assert k == pytest.approx(np.diag([0.16, 0.51]), abs=1e-12)
    mean = state.mean[0]
    assert mean[state.streams.index("people")] > 0.1  # of the south alone
    other = states(ExpectedCounts(np.full((n, 2), 40.0), shares[:, ::-1]), cells, [FULL] * n, later)[0]
    assert other.mean[0][1] == pytest.approx(mean[2], abs=1e-9)  # the crossings in turn


def test_todays_count_at_a_full_control_is_soon_a_surprise() -> None:
    """60 a day can be served: 130 are next to impossible there, and not where nobody waits."""
    chance = {}
    for name, minutes in (("full", 24.0), ("free", 2.0)):
        scenario = counted_border.border(lanes=(tiny.lane("north", minutes, cv=1.0),))
        ready = prepare(scenario.with_behaviour("people", group_size=4.0), days=3, streams=["people"])
        noise = tuple({**n, "group_size": 4.0, "supply_sd": 0.4, "route_sd": 0.1} for n in ready.noise)
        found = reweight(dataclasses.replace(ready, noise=noise), [CrossingCount("north", ready.first, 130)])
        chance[name] = float(found.chance[0])
    assert chance["full"] < 0.02 < chance["free"]


@pytest.mark.parametrize("repeats", [10, pytest.param(30, marks=pytest.mark.slow)])
def test_parameters_come_back_where_a_control_is_full(repeats: int) -> None:
    """Simulation-based calibration at small size, as in tests/test_recovery.py."""
    found = recovery.repeated("full", repeats, 300)
    assert min(found["chance_if_uniform"].values()) > 1e-4
    low, high = binom.ppf([1e-4, 1 - 1e-4], repeats, 0.9) / repeats
    assert all(low <= share <= high for share in found["inside_90"].values())
    assert found["ahead_inside"]["90"] == pytest.approx(0.9, abs=4 * np.sqrt(0.09 / (2 * repeats)))
