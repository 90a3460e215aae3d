"""Who comes to a gate that holds nobody is of one type whatever its origin: the same flows, with fewer types."""

from __future__ import annotations

import dataclasses

import numpy as np

import crossings as cx
import tiny
from crossings.model.flow_plan import plan_for
from crossings.simulation.expected import Expectation


def border(**more):
    """Two origins, two crossings to one destination."""
    base = tiny.two_crossings(
        days=4,
        streams=tiny.people("flow", gamma=1.5, knowledge_delay_h=8.0),
        demand=(tiny.flow(100.0, 0, 3), tiny.flow(40.0, 1, 2, origin="other")),
        **more,
    )
    places = (*base.places, tiny.place("other", "AA", "origin"))
    return dataclasses.replace(base, places=places, roads=(*base.roads, tiny.road("home", "other", 2.0)))


def both(scenario):
    model = cx.Model(scenario)
    plans = [plan_for(model, ("people",), merged=merged) for merged in (False, True)]
    flows = [Expectation(model, streams=("people",), plan=plan).compute() for plan in plans]
    return plans, flows


def test_open_gates_have_one_type_for_all_origins() -> None:
    (apart, merged), (one, two) = both(border())
    assert merged.types.size < apart.types.size
    for name in ("arrived", "crossed", "shown", "states"):
        np.testing.assert_allclose(getattr(one, name), getattr(two, name), rtol=1e-9, atol=1e-9)
    assert one.crossed.sum() > 300


def test_who_may_be_turned_away_remembers() -> None:
    (apart, merged), (one, two) = both(border(closures=(tiny.closed("shut", "north", (2,)),)))
    assert merged.types.size < apart.types.size
    assert {int(g) for g in merged.types["gate"]} == {int(g) for g in apart.types["gate"]}
    for name in ("arrived", "crossed", "turned_away", "shown"):
        np.testing.assert_allclose(getattr(one, name), getattr(two, name), rtol=1e-9, atol=1e-9)
    assert one.turned_away.sum() > 3  # without an end nobody stays for the reopening


def test_with_controls_nothing_is_merged() -> None:
    (apart, merged), (one, two) = both(border(lanes=(tiny.lane("north", 5.0), tiny.lane("south", 5.0))))
    assert merged.types.size == apart.types.size
    np.testing.assert_array_equal(one.crossed, two.crossed)
