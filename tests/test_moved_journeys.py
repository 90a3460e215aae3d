"""Journeys of flows that are made on another day, as an order closes their way: what can be derived, the twin, expected flows."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

import tiny
from crossings.kernel.agents.tally import COUNTS
from crossings.kernel.core.layout import AT_HOME, FAR, GAVE_UP
from crossings.model import Model
from crossings.simulation.ensemble import run_many
from crossings.simulation.expected import expect
from crossings.simulation.outcome import simulate_once
from test_kernel import assert_equal
from theory import SEED, share_agrees

MEAN_DAYS = 2.0
PER_DAY = 4000.0
OFF = math.exp(-1 / MEAN_DAYS)  # the chance to be able to move by a day
TWO = math.exp(-2 / MEAN_DAYS)


def closed_for_two_days(flexible=MEAN_DAYS, until=(12,), announced=(5,), **more):
    """A crossing an hour away, closed on the days 10 and 11; all would cross there, and there is no other."""
    streams = tiny.people("flow", **{"gamma": 1.0, "outside_km": 1e9, "flexible_days": flexible, **more})
    return tiny.one_crossing(
        days=16,
        streams=streams,
        demand=(tiny.flow(PER_DAY, 0, 15),),
        closures=(tiny.closed("shut", "north", (10,), until, announced),),
    )


def crossed_by_day(scenario, seed=SEED):
    fate = simulate_once(Model(scenario), seed).fate
    return np.bincount(fate["crossed"][fate["crossed"] < FAR] // tiny.DAY, minlength=17)


def test_those_who_cannot_move_are_as_many_as_theory_says():
    """Of the first day's those who can move by a day go before; of the second's those who can by two, others a day later."""
    scenario = closed_for_two_days()
    model = Model(scenario)
    out = simulate_once(model, SEED)
    still = simulate_once(Model(scenario.with_behaviour("people", flexible_days=0.0)), SEED)
    assert np.array_equal(out.crowd["who"], still.crowd["who"])
    held = still.fate["state"] == GAVE_UP
    assert abs(held.sum() - 2 * PER_DAY) < 5 * math.sqrt(2 * PER_DAY)
    share_agrees(int((out.fate["state"][held] == GAVE_UP).sum()), int(held.sum()), 1 - OFF, off=0.1)
    assert (out.fate["state"][~held] != GAVE_UP).all()
    moved = out.crowd["leave"][held] - still.crowd["leave"][held]
    assert (moved % tiny.DAY == 0).all()
    share_agrees(int((moved > 0).sum()), int(held.sum()), (OFF - TWO) / 2, off=0.15)
    share_agrees(int((moved < 0).sum()), int(held.sum()), (OFF + TWO) / 2, off=0.1)


def test_expected_flows_move_the_same():
    flows = expect(Model(closed_for_two_days()))
    crossed = flows.crossed.sum(axis=1)
    assert crossed[10:12].sum() == pytest.approx(0.0, abs=1e-6)
    assert crossed[12] == pytest.approx(PER_DAY * (1 + OFF - TWO), rel=0.005)
    assert crossed[5:10].sum() == pytest.approx(PER_DAY * (5 + OFF + TWO), rel=0.01)
    assert flows.states["gave_up"][-1, 0] == pytest.approx(2 * PER_DAY * (1 - OFF), rel=0.01)
    counted = crossed_by_day(closed_for_two_days())
    assert np.all(np.abs(counted[:16] - crossed[:16]) < 4 * np.sqrt(np.maximum(crossed[:16], 25.0)))


def test_before_it_is_announced_nobody_goes_earlier():
    """Announced on the eve at noon: of those who would leave in the morning nobody could hear of it a day before."""
    scenario = closed_for_two_days(announced=(9, 12))
    crossed = crossed_by_day(scenario)
    still = crossed_by_day(scenario.with_behaviour("people", flexible_days=0.0))
    assert (crossed[:9] == still[:9]).all()
    assert crossed[9] > still[9]
    fate = simulate_once(Model(scenario), SEED).fate
    before = fate["crossed"] < tiny.ms(9, 13)
    assert (
        before.sum()
        == (
            simulate_once(Model(scenario.with_behaviour("people", flexible_days=0.0)), SEED).fate["crossed"]
            < tiny.ms(9, 13)
        ).sum()
    )


def test_until_further_notice_nothing_is_put_off():
    scenario = closed_for_two_days(until=None)
    out = simulate_once(Model(scenario), SEED)
    assert (out.crowd["leave"] < tiny.ms(16)).all()
    assert out.states[:, 0, AT_HOME].max() == 0


def test_who_puts_a_journey_off_waits_at_home():
    """A stock that fills while the border is closed, and is empty a day after it opens."""
    out = simulate_once(Model(closed_for_two_days()), SEED)
    home = out.states[::24, 0, AT_HOME]
    assert home[10] == 0
    assert abs(home[12] - PER_DAY * (OFF - TWO) * 23 / 24) < 4 * math.sqrt(PER_DAY * (OFF - TWO))
    assert home[13] == 0
    flows = expect(Model(closed_for_two_days())).states["at_home"][:, 0]
    early = 23 / 24  # whoever plans to leave in the last hour comes when it is open again
    assert flows[11] == pytest.approx(PER_DAY * (OFF - TWO) * early, rel=0.001)
    assert flows[12] == pytest.approx(0.0, abs=1.0)


def test_the_other_direction_keeps_its_days():
    """An order that closes the way in moves nobody who leaves: a rush is towards the side that will be shut."""
    scenario = closed_for_two_days()
    back = tiny.flow(500.0, 0, 15, destination="home", origin="goal")
    one_way = tuple(row.model_copy(update={"direction": "BB"}) for row in scenario.closures)
    both = dataclasses.replace(scenario, demand=(*scenario.demand, back), closures=one_way, written=one_way)
    still = both.with_behaviour("people", flexible_days=0.0)
    a, b = simulate_once(Model(both), SEED), simulate_once(Model(still), SEED)
    names = list(Model(both).places)
    out = np.array([names[o] == "goal" for o in a.crowd["origin"]])
    assert np.array_equal(a.crowd["leave"][out], b.crowd["leave"][out])
    assert (a.crowd["leave"][~out] != b.crowd["leave"][~out]).any()


def two_ways(**more):
    streams = tiny.people(
        "flow", **{"gamma": 1.5, "knowledge_delay_h": 20.0, "flexible_days": 3.0, "wait_weight": 0.0, **more}
    )
    rows = (
        tiny.closed("north", "north", (6,), (9,), announced=(3,)),
        tiny.closed("south", "south", (8,), (10,), announced=(7,)),
        tiny.closed("early", "north", (8, 12), (8, 13), announced=(8,), replaces=("north",), id="early"),
    )
    return tiny.two_crossings(days=12, streams=streams, demand=(tiny.flow(600.0, 0, 11),), closures=rows)


@pytest.mark.parametrize("more", [{}, {"group_size": 5.0, "journey_cv": 0.4}])
def test_the_twin_agrees_traveller_by_traveller(more):
    light = two_ways(**more)
    light = dataclasses.replace(light, demand=(tiny.flow(60.0, 0, 11),))
    assert assert_equal(light, 3) > 500
    assert (simulate_once(Model(light), 3).crowd["leave"] % tiny.DAY > 0).any()


def test_expected_flows_are_near_the_mean_of_runs_day_by_day():
    """While news spreads over days, within 8 % and four standard errors on each day and crossing; over all days within 2 %."""
    model = Model(two_ways())
    (runs,) = run_many(model, seeds=range(1, 31)).values()
    found = np.stack([t.counts[:, :, COUNTS.index("crossed")] for t in runs.tallies])
    flows = expect(model).crossed
    allowed = 0.08 * flows + 4 * found.std(axis=0, ddof=1) / math.sqrt(30)
    large = flows >= 50.0
    assert large.sum() > 15
    assert found.mean(axis=0).sum() == pytest.approx(flows.sum(), rel=0.02)
    assert np.all(np.abs(found.mean(axis=0) - flows)[large] <= allowed[large])
