"""Counters of the kernel hold what can come to be, also where people turn about for years."""

from __future__ import annotations

import numpy as np
import pytest

import tiny
from crossings.kernel.agents.people import LONGEST
from crossings.kernel.core.layout import CHOICE, CROWD, FATE, OUT_RENEGED, VISIT
from crossings.model import Model
from crossings.scenario.entities import Settings
from crossings.scenario.tables import MAX_ROWS
from crossings.scenario.validate.size import MAX_GROUPS, MAX_TRAVELLERS
from crossings.scenario.validate.streams import MAX_DAYS
from crossings.simulation.outcome import simulate_once

STEP_MIN = 15  # the shortest; who is turned back comes again in a later step


def largest(table, field):
    return np.iinfo(table.fields[field][0]).max


def shortest_step():
    (limit,) = (m.ge for m in Settings.model_fields["step_min"].metadata if hasattr(m, "ge"))
    return limit


def test_every_counter_holds_what_the_limits_of_a_scenario_allow():
    assert shortest_step() == STEP_MIN
    steps = (MAX_DAYS + 366) * 24 * 60 // STEP_MIN
    assert largest(FATE, "refusals") > steps
    assert largest(FATE, "joins") > 2 * steps  # two controls
    assert 2 * steps < 1 << 24  # the room for the count of a draw
    assert largest(FATE, "told") >= MAX_ROWS
    assert largest(CROWD, "group") >= MAX_GROUPS
    assert largest(CROWD, "behind") >= LONGEST - 1
    for table in (VISIT, CHOICE):
        assert largest(table, "traveller") >= MAX_TRAVELLERS
    assert largest(CROWD, "origin") >= MAX_ROWS  # of places.csv
    for field in ("gate", "crossed_gate", "first_gate", "leg"):
        assert largest(FATE, field) == 2**31 - 1


def test_no_byte_of_a_fate_is_unset():
    """Fates are compared byte by byte, and lie whole in a cache line."""
    assert sum(kind.itemsize for kind, _ in FATE.fields.values()) == FATE.itemsize == 64


@pytest.mark.slow
def test_millions_of_turns_are_counted_one_by_one():
    """Two controls, each taken for two years by its first; the others' patience lasts seconds, and each is at the other by the
    next step.
    """
    days, number = 690, 30
    near = 0.1  # h: from one control to the other within a step
    scenario = tiny.scenario(
        places=(
            tiny.place("home", "AA", "origin"),
            *(
                tiny.place(f"{name} {side}", "AA" if side == "a" else "BB")
                for name in ("north", "south")
                for side in "ab"
            ),
            tiny.place("goal", "BB", "destination"),
        ),
        roads=(
            *(tiny.road("home", f"{name} a", near) for name in ("north", "south")),
            *(tiny.road(f"{name} b", "goal", near) for name in ("north", "south")),
        ),
        crossings=tuple(tiny.crossing(name, f"{name} a", f"{name} b") for name in ("north", "south")),
        days=days,
        settings={"step_min": STEP_MIN},
        lanes=tuple(tiny.lane(name, days * 24 * 60.0) for name in ("north", "south")),
        stocks=(tiny.rush_hour(number),),
        streams=tiny.people(renege_per_day=1e6),
    )
    out = simulate_once(Model(scenario), 1)
    again = out.visits[out.visits["outcome"] == OUT_RENEGED]
    turns = np.bincount(again["traveller"], minlength=number)
    assert sorted(turns)[2] > 2**16 > sorted(turns)[1]
    assert turns.sum() > 1_800_000
    assert out.fate["refusals"].tolist() == turns.tolist()
    assert out.fate["joins"].tolist() == np.bincount(out.visits["traveller"], minlength=number).tolist()
