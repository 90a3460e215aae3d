"""The compiled kernel against its plain twin: traveller by traveller, every time equal."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tiny
from crossings.errors import InputError
from crossings.kernel.agents.places import destinations
from crossings.kernel.agents.tally import COUNTS, tally
from crossings.kernel.core.layout import FAR, OUTCOMES, STATES
from crossings.model import Model
from crossings.scenario import Scenario
from crossings.simulation.outcome import simulate_once
from examples import some
from reference import simulate as plain
from worlds import scenarios


def kernel_rows(model, outcome):
    """What the kernel says of each traveller, in the twin's words."""
    places = [*model.places, ""]
    streams = list(model.streams)
    visits = {}
    for v in outcome.visits:
        side = int(v["side"]) & 3
        if side == 3 or (side == 2 and v["outcome"] == 0):
            continue  # stays and free gates are no visits for the twin
        gate = model.gates[v["gate"]]
        name = (gate.exit_queue, gate.entry_queue, "")[side]
        never = v["end"] >= FAR
        begin = None if v["begin"] >= FAR else int(v["begin"])
        row = (
            name,
            int(v["arrival"]),
            begin,
            None if never else int(v["end"]),
            "" if never else OUTCOMES[v["outcome"]],
        )
        visits.setdefault(int(v["traveller"]), []).append(row)
    rows = []
    ends = destinations(model.tables, outcome.fate)
    for i, (who, fate) in enumerate(zip(outcome.crowd, outcome.fate, strict=True)):
        stream, fixed = model.groups[who["group"]]
        gate = int(fate["crossed_gate"])
        first = int(fate["first_gate"])
        rows.append(
            (
                streams.index(stream),
                int(who["who"]),
                stream,
                places[who["origin"]],
                fixed,
                int(who["created"]),
                None if who["leave"] >= FAR else int(who["leave"]),
                None if fate["left"] >= FAR else int(fate["left"]),
                STATES[fate["state"]],
                None if gate < 0 else int(fate["crossed"]),
                None if gate < 0 else model.gates[gate].crossing,
                "" if first < 0 else model.gates[first].crossing,
                places[ends[i]],
                float(fate["km"]),
                float(fate["hours"]),
                visits.get(i, []),
            )
        )
    return sorted(rows, key=lambda r: r[:2])


def twin_rows(scenario, twin):
    streams = list(scenario.settings.streams)
    return [
        (
            streams.index(t.stream),
            t.id,
            t.stream,
            t.origin,
            t.destination,
            t.created_ms,
            t.leave_ms,
            t.left_ms,
            t.state,
            t.crossed_ms,
            t.crossed,
            t.first,
            t.place,
            t.km,
            t.hours,
            t.visits,
        )
        for t in twin.travellers
    ]


def assert_equal(scenario, seed, salt=0, written=None):
    model = Model(scenario, written)
    outcome = simulate_once(model, seed, taste_salt=salt)
    twin = plain(scenario, seed, salt, written)
    ours, theirs = kernel_rows(model, outcome), twin_rows(scenario, twin)
    assert len(ours) == len(theirs)
    for mine, other in zip(ours, theirs, strict=True):
        assert mine[:13] == other[:13], (mine, other)
        assert math.isclose(mine[13], other[13], rel_tol=1e-5, abs_tol=1e-3)
        assert math.isclose(mine[14], other[14], rel_tol=1e-5, abs_tol=1e-3)
        assert mine[15] == other[15], (mine, other)
    for k, row in enumerate(twin.states):
        for s, stream in enumerate(scenario.settings.streams):
            assert outcome.states[k, s].tolist() == [row[stream][name] for name in STATES], (k, stream)
    assert_waiting_adds_up(model, outcome, twin)
    for d, site in enumerate(model.sites):
        np.testing.assert_allclose([row[site] for row in twin.present], outcome.present[:, d], rtol=1e-5, atol=1e-3)
    return len(ours)


def assert_waiting_adds_up(model, outcome, twin):
    """Those waiting at all gates of a stream are the twin's queueing of that instant, each once, before its events.

    And of those who came so far, everybody is across, away, waiting or being served.
    """
    step, horizon = model.clock.step_ms, model.clock.horizon_ms
    edges = np.array([min(k * step, horizon) for k in range(len(twin.states))], np.int64)
    counts, _ = tally(model.tables, outcome.visits, edges, outcome.crowd.size)
    waiting = counts[:, :, COUNTS.index("waiting")]
    for stream in model.streams:
        gates = [g for g, gate in enumerate(model.gates) if gate.stream == stream]
        queueing = [row[stream]["queueing"] for row in twin.states[1:]]
        assert waiting[:, gates].sum(axis=1).tolist() == queueing, stream
        came, crossed, turned_away, reneged = (counts[:, gates, k].sum(axis=1).cumsum() for k in range(4))
        served = [row[stream]["in_service"] for row in twin.states[1:]]
        assert (came - crossed - turned_away - reneged - queueing).tolist() == served, stream


def cut(scenario, start, end, drain_days=1.0):
    """A scenario for fewer days."""
    return scenario.with_settings(start=start, end=end, drain_days=drain_days)


@pytest.mark.parametrize(
    ("seed", "size"),
    [(2**63 + 5, 1.0), (1, 1.0), (3, 5.5)],
)
@pytest.mark.slow
def test_finland_week(seed, size):
    """With rush, delayed news, set-up, giving up, lost patience and closures; people alone, and in groups."""
    scenario = Scenario.read("finland-2023").with_behaviour("asylum", group_size=size)
    scenario = cut(scenario, "2023-11-14", "2023-11-19")
    lighter = tuple(
        d.model_copy(update={"per_day": d.per_day / 20}) if d.stream != "asylum" else d for d in scenario.demand
    )
    n = assert_equal(dataclasses.replace(scenario, demand=lighter), seed)
    assert n > 500


@pytest.mark.parametrize("seed", range(8))
def test_staying_for_a_filling_camp(seed):
    """Who stays for a reopening weighs the room left at its destination, as any other way there is weighed."""
    camps = (
        tiny.place("camp", "BB", "reception", capacity=60.0),
        tiny.place("tent", "BB", "reception", capacity=90.0),
    )
    scenario = tiny.two_crossings(
        more_places=camps,
        more_roads=(tiny.road("north b", "camp", 0.5), tiny.road("south b", "tent", 0.5)),
        lanes=(tiny.lane("north", 30.0), tiny.lane("south", 30.0, servers=3)),
        stocks=(tiny.rush_hour(120, end=(2,), hazard=4.0),),
        closures=(tiny.closed("order", "north", (0, 12), (2, 0)),),
        streams=tiny.people(choose="destination", destinations=("camp", "tent"), gamma=1.0, wait_weight=0.02),
    )
    assert assert_equal(scenario, seed) == 120
    visits = simulate_once(Model(scenario), seed).visits
    assert (visits["outcome"] == OUTCOMES.index("stayed")).any()


@pytest.mark.parametrize("seed", range(3))
def test_a_group_hears_of_the_reopening_together(seed):
    """Closed without an end, then for an hour more and no longer: each group goes as its leader hears of that."""
    scenario = tiny.one_crossing(
        stocks=(tiny.rush_hour(60, begin=(0, 20), hazard=100.0),),
        closures=(
            tiny.closed("shut", "north", (0, 0)),
            tiny.closed("open", "north", (1, 2), (1, 3), replaces=("shut",)),
        ),
        streams=tiny.people(knowledge_delay_h=3.0, group_size=6.0),
    )
    assert assert_equal(scenario, seed) > 10
    outcome = simulate_once(Model(scenario), seed)
    late = (outcome.fate["left"] > tiny.ms(1, 3)) & (outcome.fate["left"] < FAR)
    leaders = (outcome.crowd["who"] - outcome.crowd["behind"])[late]
    assert 5 < np.unique(leaders).size == np.unique(outcome.fate["left"][late]).size < late.sum()


@pytest.mark.drawn
def test_hostile_worlds():
    """Random worlds that pass no common sense: two borders, odd steps, zero servers, replaced orders, brought groups."""
    compared = 0

    @some(60)
    @given(world=scenarios(), seed=st.integers(0, 2**64 - 1))
    def every_one(world, seed):
        nonlocal compared
        compared += assert_equal(world, seed)

    every_one()
    assert compared > 150


def test_more_orders_than_a_record_can_count_are_refused(monkeypatch):
    scenario = tiny.two_crossings(
        closures=(tiny.closed("order", "north", (1,)), tiny.closed("other", "south", (1,), id="other"))
    )
    monkeypatch.setattr("crossings.model.MOST", 1)
    with pytest.raises(InputError, match=r"2 orders, and .*; at most 1 of each"):
        _ = Model(scenario).tables
