"""A model that shares what orders leave alone equals one that is built afresh, table by table."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

import two_gates
from crossings.claims.sensitivity import SETTINGS, with_setting
from crossings.model import Model
from crossings.model.flow_plan import plan_for, plan_like
from crossings.model.variants import with_orders
from crossings.scenario import Closure, Scenario
from crossings.web.changes import LeaveOut, Move, NewOrder, Open, SetParameter, apply


@pytest.fixture(scope="module")
def finland():
    return Model(Scenario.read("finland-2023"))


def equal(a, b):
    for name in type(a).fields:
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), name)
    for name in type(a).numbers:
        assert getattr(a, name) == getattr(b, name), name


def at(day, hour=0):
    return dt.datetime(2023, 11, day, hour)


CHANGES = {
    "an order left out": (LeaveOut(do="leave_out", id="southeast-closed"), True),
    "one more": (NewOrder(do="order", name="v", crossings=("vaalimaa",), from_=at(6)), True),
    "opened": (Open(do="open", crossing="vaalimaa"), True),
    "opened to some, one way": (Open(do="open", crossing="vartius", direction="FI", streams=("asylum",)), True),
    "moved": (Move(do="move", rows=("southeast-closed-passengers",), from_=at(19, 6)), True),
    "a quota": (NewOrder(do="order", name="q", crossings=("salla",), kind="quota", value="5", from_=at(10)), True),
    "hours": (
        NewOrder(do="order", name="h", crossings=("salla",), kind="hours", value="10:00-12:00", from_=at(10)),
        True,
    ),
    "a part": (NewOrder(do="order", name="p", crossings=("salla",), kind="part", value="1/2", from_=at(10)), True),
    "slowed": (NewOrder(do="order", name="s", crossings=("salla",), kind="slowed", value="+9 min", from_=at(10)), True),
    "deterred": (
        NewOrder(do="order", name="d", crossings=("salla",), kind="deterrent", value="30%", from_=at(10)),
        True,
    ),
    "a cost": (NewOrder(do="order", name="c", crossings=("salla",), kind="deterrent", value="9 h", from_=at(10)), True),
    "lifted": (
        NewOrder(
            do="order", name="l", crossings=("niirala",), kind="lifted", from_=at(20), replaces=("southeast-closed",)
        ),
        True,
    ),
    "a parameter": (SetParameter(do="set", stream="asylum", name="rush", value=1.0), False),
}


@pytest.mark.parametrize("name", CHANGES)
def test_it_equals_a_fresh_model(finland, name):
    change, shares = CHANGES[name]
    scenario = apply(finland.scenario, [change])
    shared, fresh = with_orders(finland, scenario), Model(scenario)
    equal(shared.tables, fresh.tables)
    equal(shared.people, fresh.people)
    assert shared.sites == fresh.sites
    assert (shared.choices is finland.choices) == shares


def test_changes_one_upon_the_other(finland):
    """From a variant to another, not only from the scenario as written."""
    first = with_orders(finland, apply(finland.scenario, [CHANGES["a quota"][0]]))
    scenario = apply(finland.scenario, [CHANGES["hours"][0], CHANGES["opened"][0]])
    equal(with_orders(first, scenario).tables, Model(scenario).tables)


@pytest.mark.parametrize("name", ["finland-2023", "two-crossings"])
def test_ways_out_leave_all_but_the_numbers_of_the_streams_alone(name):
    model = Model(Scenario.read(name))
    settings = [s for s in SETTINGS if s.way_out]
    assert len(settings) == 2
    for setting in settings:
        changed = with_setting(model, setting, list(model.streams))
        assert changed.choices is model.choices
        equal(changed.tables, Model(changed.scenario).tables)
        equal(changed.people, Model(changed.scenario).people)
        assert changed.written == Model(changed.scenario).written
        assert not np.array_equal(changed.tables.streams["outside"], model.tables.streams["outside"])


def test_closed_roads_are_built_afresh(tmp_path):
    """They change journeys, so nothing of those is shared."""
    scenario = Scenario.read(two_gates.write(tmp_path / "s"))
    model = Model(scenario)
    road = scenario.roads[0].name
    row = Closure(id="r", order="r", roads=(road,), from_=scenario.settings.start + dt.timedelta(days=2))
    changed = scenario.with_closures([row])
    other = with_orders(model, changed)
    assert other.choices is not model.choices
    equal(other.tables, Model(changed).tables)


def test_the_plan_of_expected_flows_is_shared_too(finland):
    groups = ["asylum"], list(finland.streams)
    plans = [plan_for(finland, streams) for streams in groups]
    for name in ("an order left out", "hours", "deterred", "lifted"):
        change = CHANGES[name][0]
        model = with_orders(finland, apply(finland.scenario, [change]))
        for plan, streams in zip(plans, groups, strict=True):
            equal(plan_like(plan, model, streams), plan_for(model, streams))
