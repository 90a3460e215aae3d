"""Demand that returns after a closure: a share at once, the others by and by.

What theory says, the twin, expected flows, a fit.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

import counted_border
import tiny
from crossings.calibration.fit import fit
from crossings.calibration.parameter_map import Numbers
from crossings.calibration.problem import Problem
from crossings.errors import InputError
from crossings.kernel.agents.tally import COUNTS
from crossings.kernel.core.layout import AT_HOME, FAR, GAVE_UP
from crossings.model import Model
from crossings.scenario.fit_spec import FitSettings, Parameter
from crossings.simulation.ensemble import run_many
from crossings.simulation.expected import expect
from crossings.simulation.outcome import simulate_once
from test_kernel import assert_equal
from theory import SEED, share_agrees

AT_ONCE, DAYS = 0.6, 4.0
PER_DAY = 3000.0


def reopened(at_once=AT_ONCE, days=DAYS, per_day=PER_DAY, **more):
    """A flow that has one crossing, an hour away, closed on the days 2 to 4."""
    streams = tiny.people("flow", gamma=1.0, outside_km=1e9, recovery_at_once=at_once, recovery_days=days, **more)
    return tiny.one_crossing(
        days=20,
        streams=streams,
        demand=(tiny.flow(per_day, 0, 19),),
        closures=(tiny.closed("shut", "north", (2,), (5,)),),
    )


def waiting(at_once=AT_ONCE, days=DAYS, **more):
    """A stock of which all want to go on the first day, while its crossing is closed for five days."""
    streams = tiny.people("stock", recovery_at_once=at_once, recovery_days=days, **more)
    return tiny.one_crossing(
        days=20,
        streams=streams,
        stocks=(tiny.rush_hour(4000, (1,), (2,)),),
        closures=(tiny.closed("shut", "north", (0,), (5,)),),
    )


def back(age):
    """The share that is back so many days after the end."""
    return AT_ONCE + (1 - AT_ONCE) * (1 - np.exp(-age / DAYS))


def test_a_flow_returns_with_a_share_at_once_and_the_rest_by_and_by():
    out = simulate_once(Model(reopened()), SEED)
    left, stays = out.crowd["leave"] / tiny.DAY, out.fate["state"] == GAVE_UP
    assert stays[(left >= 2) & (left < 5 - 1 / 24)].all()
    assert not stays[left < 2 - 1 / 24].any()
    for day in range(5, 19):
        mine = (left >= day) & (left < day + 1)
        ages = np.maximum(0.0, left[mine] + 1 / 24 - 5)
        share_agrees(int((~stays[mine]).sum()), int(mine.sum()), float(back(ages).mean()), off=0.1)


def test_a_stock_that_waited_leaves_by_and_by_and_nobody_is_lost():
    out = simulate_once(Model(waiting()), SEED)
    crossed = out.fate["crossed"] / tiny.DAY
    assert len(crossed) == 4000
    share_agrees(int((crossed < 5.1).sum()), 4000, float(back(0.1 - 1 / 24)), off=0.1)
    for age in (1.0, 3.0, 8.0):
        share_agrees(int((crossed < 5 + 1 / 24 + age).sum()), 4000, float(back(age)), off=0.1)
    assert (out.states.sum(axis=2)[1:, 0] == 4000).all()
    home = out.states[::24, 0, AT_HOME]
    assert home[5] == 4000
    assert home[20] < 100


def test_who_is_back_at_a_larger_share_includes_who_is_back_at_a_smaller():
    small = simulate_once(Model(waiting(0.3)), SEED).fate["crossed"]
    large = simulate_once(Model(waiting(0.7)), SEED).fate["crossed"]
    assert (large <= small).all()
    assert (large < small).any()


def test_all_at_once_is_what_there_was_before_to_the_byte():
    for made in (reopened, waiting):
        plain = simulate_once(Model(made(1.0, 0.0)), SEED)
        same = simulate_once(Model(made(1.0, 9.0)), SEED)
        assert plain.fate.tobytes() == same.fate.tobytes()
        a, b = expect(Model(made(1.0, 0.0))), expect(Model(made(1.0, 9.0)))
        np.testing.assert_allclose(a.crossed, b.crossed, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("made", [reopened, waiting])
def test_expected_flows_return_as_fast(made):
    scenario = made()
    flows = expect(Model(scenario))
    (runs,) = run_many(Model(scenario), seeds=range(1, 9)).values()
    found = np.stack([t.counts[:, :, COUNTS.index("crossed")] for t in runs.tallies])
    mean, error = found.mean(axis=0), found.std(axis=0, ddof=1) / math.sqrt(8)
    assert np.all(np.abs(mean - flows.crossed) < 0.03 * flows.crossed + 5 * error + 1.0)
    total = sum(flows.states.values())[:, 0]
    created = 4000.0 if made is waiting else np.minimum(np.arange(1, len(total) + 1), 20) * PER_DAY
    np.testing.assert_allclose(total, created, rtol=1e-9)


def two_ways(kind, **more):
    """Two crossings, closed and open again one after the other, by orders that not all know."""
    behaviour = {
        "gamma": 1.5, "knowledge_delay_h": 20.0, "recovery_at_once": 0.4, "recovery_days": 2.0, "wait_weight": 0.0
    }  # fmt: skip
    rows = (
        tiny.closed("north", "north", (3,), (6,), announced=(2,)),
        tiny.closed("south", "south", (4,), None, announced=(3,)),
        tiny.closed("again", "north", (9,), (11,), announced=(8,), replaces=("south",), id="again"),
    )
    demand = (tiny.flow(more.pop("per_day", 600.0), 0, 13),)
    stocks = (tiny.rush_hour(400, (0,), (14,), hazard=0.2),) if kind == "stock" else ()
    streams = tiny.people(kind, **{**behaviour, **more})
    return tiny.two_crossings(days=14, streams=streams, demand=demand, stocks=stocks, closures=rows)


@pytest.mark.parametrize(
    "more", [{}, {"group_size": 5.0, "journey_cv": 0.4}, {"flexible_days": 3.0}, {"rush": 3.0}, {"give_up": 0.3}]
)
@pytest.mark.parametrize("kind", ["flow", "stock"])
def test_the_twin_agrees_traveller_by_traveller(kind, more):
    assert assert_equal(two_ways(kind, per_day=50.0, **more), 3) > 500


@pytest.mark.parametrize(("kind", "delay"), [("flow", 20.0), ("stock", 0.0)])
def test_expected_flows_are_near_the_mean_of_runs_day_by_day(kind, delay):
    """While news spreads and two crossings open again: within 8 % and four standard errors a day, within 2 % over all."""
    model = Model(two_ways(kind, knowledge_delay_h=delay))
    (runs,) = run_many(model, seeds=range(1, 31)).values()
    found = np.stack([t.counts[:, :, COUNTS.index("crossed")] for t in runs.tallies])
    flows = expect(model).crossed
    allowed = 0.08 * flows + 4 * found.std(axis=0, ddof=1) / math.sqrt(30)
    large = flows >= 50.0
    assert large.sum() > 10
    assert found.mean(axis=0).sum() == pytest.approx(flows.sum(), rel=0.02)
    worst = np.abs(found.mean(axis=0) - flows) - allowed
    assert np.all(worst[large] <= 0), (found.mean(axis=0)[large & (worst > 0)], flows[large & (worst > 0)])


def test_who_waits_at_home_hears_when_an_order_that_replaces_opens_a_crossing():
    """An order that closes one crossing alone replaces one that closed both: who waited goes by the other as it opens."""
    rows = (
        tiny.closed("all", "north", (0,)),
        tiny.closed("all", "south", (0,), id="all south"),
        tiny.closed("part", "north", (5,), announced=(2,), replaces=("all",)),
    )
    streams = tiny.people("stock")
    scenario = tiny.two_crossings(days=8, streams=streams, stocks=(tiny.rush_hour(500, (1,), (2,)),), closures=rows)
    assert assert_equal(scenario, 3) == 500
    crossed = simulate_once(Model(scenario), SEED).fate["crossed"]
    assert (crossed < FAR).all()
    assert np.unique(crossed // tiny.HOUR).tolist() == [5 * 24 + 2]
    flows = expect(Model(scenario), by="hour").crossed.sum(axis=1)
    assert flows.sum() == pytest.approx(500.0)
    assert flows[5 * 24 : 5 * 24 + 5].sum() == pytest.approx(500.0)


def test_both_are_learned_from_counts_after_a_reopening():
    """Counts as expected with 0.3 at once and 6 days for the others: the ranges hold both, and are narrower than before."""
    truth = reopened(0.3, 6.0, per_day=400.0)
    flows = expect(Model(truth)).crossed[:20].sum(axis=1)
    counts = tuple(counted_border.count(f"day-{k}", "north", k, round(float(n))) for k, n in enumerate(flows))
    parameters = {
        "at-once": Parameter(prior="beta(2, 2)", set="behaviour.recovery_at_once"),
        "back": Parameter(prior="lognormal(10, 0.8)", set="behaviour.recovery_days"),
    }
    settings = truth.settings.model_copy(update={"fit": FitSettings(parameters=parameters, streams=("people",))})
    made = dataclasses.replace(reopened(0.8, 20.0, per_day=400.0), settings=settings, observations=counts)
    made = made.with_behaviour("people", recovery_at_once=0.8, recovery_days=20.0)
    found = fit(Problem(made), points=400, draws=400, threads=1)
    for name, value in (("at-once", 0.3), ("back", 6.0)):
        draws = found.draws[:, found.names.index(name)]
        assert np.quantile(draws, 0.05) < value < np.quantile(draws, 0.95)
        assert found.contraction[found.names.index(name)] > 0.4


def test_what_no_stream_has_cannot_be_learned():
    settings = {
        "fit": FitSettings(parameters={"back": Parameter(prior="beta(2, 2)", set="behaviour.recovery_at_once")})
    }
    scenario = dataclasses.replace(reopened(1.0, 0.0), settings=reopened().settings.model_copy(update=settings))
    scenario = scenario.with_behaviour("people", recovery_at_once=1.0, recovery_days=0.0)
    with pytest.raises(InputError, match="no stream that is learned has recovery_days"):
        Numbers(Model(scenario), scenario.settings.fit.parameters, ("people",))
