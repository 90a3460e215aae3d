"""Officers needed: of all who join a queue, also of those whom a closing sends away."""

from __future__ import annotations

import numpy as np
import pytest

import crossings as cx
import tiny
from crossings.simulation.ensemble import run_many
from crossings.views.answer_reader import answer_of

CLOSING = tiny.closed("shut", "north", (3,), announced=(3,))


def world(cv, *closures, side="entry", **behaviour):
    """200 come on each of three days to one officer, who can serve 120; nobody knows of the closing before."""
    return tiny.one_crossing(
        lanes=(tiny.lane("north", 12, cv=cv, side=side),),
        demand=(tiny.flow(200, 0, 2),),
        streams=tiny.people(kind="flow", destinations=("goal",), **behaviour),
        closures=closures,
        days=6,
    )


def needed(scenario, seeds=3):
    """[runs, days]: officers needed at the only crossing."""
    (runs,) = run_many(cx.Model(scenario), seeds=range(1, seeds + 1)).values()
    return np.stack([t.servers.sum(axis=1) for t in runs.tallies])


@pytest.mark.parametrize("side", ["entry", "exit"])
@pytest.mark.parametrize("cv", [0.0, 0.5, 1.0])
def test_a_closing_at_the_end_of_a_day_does_not_change_who_is_needed_that_day(cv, side):
    """The same people with the same service times: whoever the closing sends away would have been served without it."""
    with_closing, without = needed(world(cv, CLOSING, side=side)), needed(world(cv, side=side))
    assert (without[:, 2] >= 2).all()
    assert with_closing[:, :3].tolist() == without[:, :3].tolist()


def test_who_loses_patience_counts():
    """The same people come; with a wait of half a day nearly all leave."""
    impatient, patient = needed(world(0.5, renege_per_day=20.0)), needed(world(0.5))
    assert (impatient[:, :3] >= 2).all()
    assert impatient[:, :3].tolist() == patient[:, :3].tolist()


def test_who_finds_it_shut_needs_nobody():
    shut = world(0.5, tiny.closed("all along", "north", (1,), announced=(6,)))
    assert needed(shut)[:, 1:].max() == 0


def test_the_last_day_of_an_answer():
    """The day before the next closing has the need of all its arrivals, though most of them are sent away."""
    order = tiny.closed("slow", "north", (2,), (3,), announced=(2,), kind="slowed", value="x2")
    scenario = world(0.5, order, CLOSING)
    found = answer_of(cx.compare(scenario, without=["slow"], seeds=[1, 2]), cx.Model(scenario), "people")
    (crossing,) = found.crossings
    assert crossing.needed_a_day[-1].mean >= 3
