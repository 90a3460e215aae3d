"""Waits that are heard of late: against what can be derived, the twin, and expected flows beside runs."""

from __future__ import annotations

import numpy as np
import pytest

import tiny
from crossings.model import Model
from crossings.simulation.expected import expect
from crossings.simulation.outcome import simulate_once
from test_expectation import misfit
from test_kernel import assert_equal
from theory import SEED


def two_queues(late, weight=0.5, per_day=700.0, streams=None):
    """Two crossings alike but for an hour of road, each of which serves fewer than come; whoever comes minds waiting."""
    streams = streams or tiny.people("flow", gamma=1.0, wait_weight=weight, board_delay_h=late, outside_km=1e9)
    lanes = (tiny.lane("north", 6.0, servers=1, cv=1.0), tiny.lane("south", 6.0, servers=1, cv=1.0))
    return tiny.two_crossings(lanes=lanes, streams=streams, demand=(tiny.flow(per_day, 0, 2),))


def firsts(scenario):
    """Who goes where first, in order of leaving."""
    out = simulate_once(Model(scenario), SEED)
    return out.fate["first_gate"][np.argsort(out.fate["left"], kind="stable")], np.sort(out.fate["left"])


def test_news_older_than_the_run_is_no_news():
    """The first board shows empty queues: who hears of no other goes as one who minds no waiting."""
    old, _ = firsts(two_queues(1000.0))
    none, _ = firsts(two_queues(0.0, weight=0.0))
    assert np.array_equal(old, none)
    flows = [expect(Model(s)).crossed for s in (two_queues(1000.0), two_queues(0.0, weight=0.0))]
    np.testing.assert_allclose(*flows)


def test_late_news_lets_queues_swing():
    """With the waits of now the shares settle; with those of nine hours ago all go where it was empty then, by turns."""
    swing = []
    for late in (0.0, 9.0):
        first, left = firsts(two_queues(late))
        hour = left[first >= 0] // tiny.HOUR
        north = first[first >= 0] == np.unique(first[first >= 0])[0]
        share = np.array([north[hour == h].mean() for h in range(12, 72)])
        swing.append(share.std())
    assert swing[1] > 1.5 * swing[0]


def test_a_stream_hears_late_by_itself():
    """Another stream's news is as fresh as ever: its first choices do not depend on when the other hears."""
    both = {}
    for late in (0.0, 5.0):
        slow = tiny.people("flow", gamma=1.0, wait_weight=0.5, board_delay_h=late)["people"]
        quick = tiny.people("flow", gamma=1.0, wait_weight=0.5)["people"]
        scenario = tiny.two_crossings(
            lanes=tuple(
                tiny.lane(c, 6.0, streams=(s,)).model_copy(update={"id": f"{c} {s}"})
                for c in ("north", "south")
                for s in ("people", "cars")
            ),
            streams={"people": slow, "cars": quick},
            demand=tuple(tiny.flow(300.0, 0, 2, stream=s) for s in ("people", "cars")),
        )
        model = Model(scenario)
        out = simulate_once(model, SEED)
        cars = model.tables.group_stream[out.crowd["group"]] == model.streams["cars"]
        both[late] = out.fate["first_gate"][cars], out.fate["first_gate"][~cars]
    assert np.array_equal(both[0.0][0], both[5.0][0])
    assert not np.array_equal(both[0.0][1], both[5.0][1])


@pytest.mark.parametrize("late", [0.4, 3.0, 12.0])
def test_the_twin_agrees_traveller_by_traveller(late):
    assert assert_equal(two_queues(late, per_day=250.0), 2) > 500


def test_expected_flows_are_the_mean_of_runs():
    over = misfit(Model(two_queues(6.0, weight=0.05)), 40, 100.0)
    assert over.size == 2
    assert np.all(over <= 0)
