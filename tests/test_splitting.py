"""Splitting changes nothing: a crossing or an origin in two, a step in four.

What is exact and what holds on average (docs/model.md, sections 1, 2 and 5): without waits, refusals and capacities
nothing depends on the step, byte for byte. The halves of a crossing share their draw only in a nest: then whoever took
the whole takes a half. An origin's halves hold other people, and waits on a board are read at other times, so those
flows agree within 4 standard errors of paired or independent seeds.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tiny
import worlds
from crossings.kernel.core.layout import FAR
from crossings.model import Model
from crossings.simulation.outcome import simulate_once
from examples import examples

SEEDS = range(1, 61)
NEVER = int(FAR)


def crossed(scenario, seeds=SEEDS, day=None):
    """Travellers that crossed, [seeds, crossings]; only on one day if that is given."""
    model = Model(scenario)
    number = {name: k for k, name in enumerate(model.crossings)}
    found = np.zeros((len(seeds), len(number)))
    for row, seed in zip(found, seeds, strict=True):
        fate = simulate_once(model, seed).fate
        done = fate[fate["crossed"] < NEVER]
        if day is not None:
            done = done[done["crossed"] // tiny.DAY == day]
        for gate, n in zip(*np.unique(done["crossed_gate"], return_counts=True), strict=True):
            row[number[model.gates[gate].crossing]] += n
    return found


def same_means(one, other, paired=False):
    """Equal within 4 standard errors, and precise enough to see 10%."""
    if paired:
        difference = one - other
        error = difference.std(ddof=1) / math.sqrt(difference.size)
    else:
        error = math.sqrt(one.var(ddof=1) / one.size + other.var(ddof=1) / other.size)
        difference = one.mean() - other.mean()
    assert abs(np.mean(difference)) <= 4 * error, (one.mean(), other.mean(), error)
    assert 0 < 4 * error < 0.1 * one.mean(), (one.mean(), error)


# --- a step in four --------------------------------------------------------------------------------


def without_boards(scenario):
    """The scenario with nothing that reads a board, and nobody turned away: what the step must not touch."""
    streams = {
        name: stream.model_copy(
            update={
                "choose": "crossing",
                "behaviour": stream.behaviour.model_copy(update={"wait_weight": 0.0, "renege_per_day": 0.0}),
            }
        )
        for name, stream in scenario.settings.streams.items()
    }
    plain = scenario.settings.model_copy(update={"streams": streams})
    roads = tuple(r for r in scenario.closures if r.kind != "closed" or r.roads)
    orders = {r.order for r in roads}
    kept = tuple(r.model_copy(update={"replaces": tuple(o for o in r.replaces if o in orders)}) for r in roads)
    return dataclasses.replace(scenario, settings=plain, closures=kept, written=kept)


@examples(60)
@given(worlds.scenarios(step_min=60, drain_days=1.0), st.integers(0, 2**64 - 1))
def test_a_step_in_four_changes_no_byte_where_nobody_reads_the_board(scenario, seed):
    scenario = without_boards(scenario)
    found = []
    for step in (60, 15):
        model = Model(dataclasses.replace(scenario, settings=scenario.settings.model_copy(update={"step_min": step})))
        out = simulate_once(model, seed)
        visits = [out.visits[name].tobytes() for name in out.visits.dtype.names]
        fates = [out.fate[name].tobytes() for name in out.fate.dtype.names]
        hours = model.clock.horizon_ms // tiny.HOUR + 1
        boards = [table[:: 60 // step][:hours].tobytes() for table in (out.states, out.present)]
        found.append([out.crowd["who"].tobytes(), *visits, *fates, *boards])
    assert found[0] == found[1]


def busy(step_min, **more):
    """Two crossings with queues that people look at, and an order that turns some away."""
    return tiny.two_crossings(
        streams=tiny.people(kind="flow", gamma=1.0, wait_weight=0.3),
        demand=(tiny.flow(400.0, 0, 2),),
        lanes=(tiny.lane("north", 5.0, cv=1.0), tiny.lane("south", 5.0, cv=1.0)),
        closures=(tiny.closed("order", "north", (1, 10), (1, 20)),),
        settings={"step_min": step_min},
        **more,
    )


def test_a_step_in_four_leaves_flows_by_a_busy_crossing_unchanged():
    hour, quarter = crossed(busy(60)), crossed(busy(15))
    same_means(hour.sum(axis=1), quarter.sum(axis=1), paired=True)
    for k in range(2):
        same_means(hour[:, k], quarter[:, k], paired=True)


# --- a crossing in two -----------------------------------------------------------------------------


def halves(scenario, whole="north"):
    """The scenario with a crossing in two halves at the same places, in a nest with the name of the whole's."""
    first, second = f"{whole} 1", f"{whole} 2"
    old = next(c for c in scenario.crossings if c.id == whole)
    crossings = tuple(c for c in scenario.crossings if c.id != whole)
    lanes = tuple(lane for lane in scenario.lanes if lane.crossing != whole)
    mine = [lane for lane in scenario.lanes if lane.crossing == whole]
    lanes += tuple(
        lane.model_copy(update={"id": f"{lane.id} {c}", "crossing": c}) for lane in mine for c in (first, second)
    )
    closures = tuple(
        row.model_copy(
            update={"crossings": tuple(d for c in row.crossings for d in ((first, second) if c == whole else (c,)))}
        )
        for row in scenario.closures
    )
    split = dataclasses.replace(
        scenario,
        crossings=(*crossings, *(old.model_copy(update={"id": c}) for c in (first, second))),
        lanes=lanes,
        closures=closures,
        written=closures,
    )
    return split.with_behaviour("people", nests={"south east": (first, second)})


@pytest.mark.parametrize("closures", [(), (tiny.closed("order", "north", (1, 6), announced=(1,)),)])
def test_a_free_crossing_in_two_changes_nobody(closures):
    """Who goes by the region, and when: byte for byte."""
    behaviour = {
        "gamma": 1.0,
        "nests": {"south east": ("north",)},
        "knowledge_delay_h": 6.0,
        "rush": 3.0,
        "give_up": 0.2,
    }
    whole = tiny.two_crossings(
        streams=tiny.people(**behaviour), stocks=(tiny.rush_hour(3000, hazard=0.5, end=(3,)),), closures=closures
    )
    split = halves(whole)
    outs = [simulate_once(Model(s), 1) for s in (whole, split)]
    regions = []
    for scenario, out in zip((whole, split), outs, strict=True):
        gates = Model(scenario).gates
        regions.append([gates[f].crossing[:5] if f >= 0 else "" for f in out.fate["crossed_gate"]])
    assert regions[0] == regions[1]
    assert len(set(regions[0])) == 3
    for name in ("left", "crossed", "state", "refusals"):
        assert (outs[0].fate[name] == outs[1].fate[name]).all()
    assert (outs[0].states == outs[1].states).all()


def test_a_busy_crossing_in_two_keeps_its_region():
    """Two servers, or twice one: people spread over the halves by the board, and the region's flow stays."""
    lanes = (tiny.lane("north", 6.0, cv=1.0, servers=2), tiny.lane("south", 6.0, cv=1.0, servers=2))
    whole = tiny.two_crossings(
        streams=tiny.people(kind="flow", gamma=1.0, wait_weight=0.1, nests={"south east": ("north",)}),
        demand=(tiny.flow(400.0, 0, 2),),
        lanes=lanes,
    )
    split = halves(whole)
    one_each = tuple(
        lane.model_copy(update={"servers": 1}) if lane.crossing.startswith("north") else lane for lane in split.lanes
    )
    before, after = crossed(whole), crossed(dataclasses.replace(split, lanes=one_each))
    assert after.shape[1] == 3
    assert after[:, 1:].mean(axis=0).min() > 0.2 * before[:, 0].mean()  # the second half is used as well
    same_means(before.sum(axis=1), after.sum(axis=1), paired=True)


def test_without_a_nest_halves_weigh_twice():
    """A limit of the logit, stated in the model: two names of one way count as two ways."""
    whole = tiny.two_crossings(streams=tiny.people(gamma=0.0), stocks=(tiny.rush_hour(20_000),))
    split = halves(whole).with_behaviour("people", nests={})
    share = crossed(split, [1])[0] / 20_000
    assert np.allclose(share, 1 / 3, atol=4 * math.sqrt(2 / 9 / 20_000))


# --- an origin in two ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["flow", "stock"])
def test_an_origin_in_two_leaves_flows_unchanged(kind):
    closures = (tiny.closed("order", "north", (1, 12), announced=(1,)),)
    streams = tiny.people(kind=kind, gamma=1.0, knowledge_delay_h=6.0, rush=2.0 if kind == "stock" else 1.0)

    def world(places, number):
        demand = tuple(
            tiny.flow(number, 0, 2, origin=p, destination="goal" if kind == "flow" else None) for p in places
        )
        stocks = (
            tuple(tiny.rush_hour(int(number), hazard=0.5, end=(3,), origin=p) for p in places)
            if kind == "stock"
            else ()
        )
        extra = [p for p in places if p != "home"]
        return tiny.two_crossings(
            streams=streams,
            demand=demand,
            stocks=stocks,
            closures=closures,
            lanes=(tiny.lane("north", 2.0, cv=1.0), tiny.lane("south", 2.0, cv=1.0)),
            more_places=tuple(tiny.place(p, "AA", "origin") for p in extra),
            more_roads=tuple(
                tiny.road(p, near, hours) for p in extra for near, hours in (("north a", 1.0), ("south a", 2.0))
            ),
        )

    whole, split = crossed(world(["home"], 300.0)), crossed(world(["home", "twin"], 150.0), range(1001, 1061))
    for k in range(2):
        same_means(whole[:, k], split[:, k])
    for day in (0, 1):
        same_means(
            crossed(world(["home"], 300.0), day=day).sum(axis=1),
            crossed(world(["home", "twin"], 150.0), range(1001, 1061), day).sum(axis=1),
        )
