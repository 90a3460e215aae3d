"""Kinds of order: each against what can be derived, expected flows beside runs, and what is refused."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from pathlib import Path

import numpy as np
import pytest

import tiny
from crossings.errors import InputError
from crossings.kernel.core.layout import GAVE_UP, SERVED
from crossings.model import Model
from crossings.report import write_report
from crossings.scenario import Scenario
from crossings.scenario.order_kinds import in_words, terms_of
from crossings.scenario.what_if import what_if
from crossings.simulation.comparison import compare
from crossings.simulation.expected import expect
from crossings.simulation.outcome import simulate_once
from test_expectation import misfit
from test_kernel import assert_equal
from test_theory_choices import firsts, star
from theory import SEED, agrees, batch_means, share_agrees
from two_gates import FILES, Changes, case, faults


def order(kind, value="", cross="north", begin=(0,), end=None, announced=None, name="order", **more):
    """A row of some kind; times are (day, hour, minute)."""
    return tiny.closed(name, cross, begin, end, announced, id=f"{name} {kind}", kind=kind, value=value, **more)


def served(scenario, begin, end, crossing="north", seed=SEED):
    """How many services begin within [begin, end), as (day, hour, minute)."""
    visits = simulate_once(Model(scenario), seed).visits
    mine = visits[visits["outcome"] == SERVED]
    return int(((mine["begin"] >= tiny.ms(*begin)) & (mine["begin"] < tiny.ms(*end))).sum())


# --- capacity: a lane that always has somebody waiting ---------------------------------------------


@pytest.mark.parametrize(
    ("servers", "kind", "value", "an_hour"),
    [
        (2, "part", "1/2", 6.0),  # one server of two
        (1, "part", "50%", 3.0),  # one, half as quick
        (3, "part", "0.4", 7.2),  # two of three, each at 0.6 of its pace
        (2, "slowed", "x3", 4.0),
        (2, "slowed", "+20 min", 4.0),
    ],
)
def test_a_busy_lane_serves_the_share_that_is_left(servers, kind, value, an_hour):
    """Fixed services of 10 minutes, 12 servers-hours of demand: what is served is the capacity, to a service a server."""
    scenario = tiny.one_crossing(
        lanes=(tiny.lane("north", 10.0, servers=servers),),
        stocks=(tiny.rush_hour(1000),),
        closures=(order(kind, value, begin=(1,), end=(2,)),),
    )
    assert abs(served(scenario, (0, 6), (0, 22)) - 16 * 6 * servers) <= servers
    assert abs(served(scenario, (1, 2), (1, 22)) - 20 * an_hour) <= servers
    flows = expect(Model(scenario)).crossed.sum(axis=1)
    assert flows[1] == pytest.approx(24 * an_hour, rel=0.02)


def test_a_slowed_queue_waits_as_theory_says():
    """M/M/1 with 12 an hour and a mean service of 4 minutes, which an order makes one of 4: W = rho / (mu - lambda)."""
    days, rate = 400, 12.0
    scenario = tiny.one_crossing(
        days=days,
        streams=tiny.people("flow", gamma=1.0, outside_km=1e9),
        lanes=(tiny.lane("north", 2.0, cv=1.0),),
        demand=(tiny.flow(rate * 24, 0, days - 1),),
        closures=(order("slowed", "x2"),),
    )
    visits = simulate_once(Model(scenario), SEED).visits
    mine = visits[visits["outcome"] == SERVED]
    wait = (mine["begin"] - mine["arrival"])[np.argsort(mine["arrival"])] / tiny.MINUTE
    mean, error = batch_means(wait)
    mu, lam = 1 / 4.0, rate / 60.0
    agrees(mean, error, lam / mu / (mu - lam), off=0.2)


def test_of_orders_alike_the_one_that_leaves_least_counts():
    rows = (
        order("part", "1/2", begin=(1,), end=(2,), name="a"),
        order("part", "1/4", begin=(1, 12), end=(2,), name="b"),
        order("slowed", "x2", begin=(1, 18), end=(2,), name="c"),
        order("slowed", "+1", begin=(1, 18), end=(2,), name="d"),
    )
    scenario = tiny.one_crossing(
        lanes=(tiny.lane("north", 10.0, servers=4),), stocks=(tiny.rush_hour(2000),), closures=rows
    )
    assert abs(served(scenario, (1, 2), (1, 12)) - 10 * 12) <= 4
    assert abs(served(scenario, (1, 13), (1, 18)) - 5 * 6) <= 4
    assert abs(served(scenario, (1, 19), (2,)) - 5 * 3) <= 4


# --- deterrents ------------------------------------------------------------------------------------


def test_a_share_is_kept_away_and_takes_its_next_best():
    """Two ways alike: of those who like the first, the share that is kept away takes the second."""
    counts, _ = firsts(star((40.0, 40.0), closures=(order("deterrent", "30%", cross="c0"),)))
    share_agrees(counts[0], counts.sum(), 0.5 * 0.7)
    model = Model(star((40.0, 40.0), closures=(order("deterrent", "30%", cross="c0"),)))
    flows = dict(zip((g[0] for g in expect(model).gates), expect(model).crossed.sum(axis=0), strict=True))
    assert flows["c0"] / (flows["c0"] + flows["c1"]) == pytest.approx(0.35, abs=1e-6)


def test_the_same_people_are_kept_away_by_a_larger_share():
    """One draw for a traveller and an order: whom 30 % keeps away, 60 % does too."""
    away = []
    for value in ("30%", "60%", "100%"):
        scenario = star((40.0, 40.0), number=3000, closures=(order("deterrent", value, cross="c0"),))
        model = Model(scenario)
        first = simulate_once(model, SEED).fate["first_gate"]
        away.append(np.array([model.gates[g].crossing == "c1" for g in first]))
    assert (away[0] <= away[1]).all()
    assert (away[1] <= away[2]).all()
    assert away[2].all()


def test_who_does_not_know_comes_and_is_turned_away():
    """Nobody hears of it: the share that it keeps away is turned back at the border, in runs and in expected flows."""
    scenario = tiny.one_crossing(
        days=2,
        streams=tiny.people("flow", knowledge_delay_h=1e6, give_up=1.0, gamma=1.0, outside_km=1e9),
        demand=(tiny.flow(20_000.0, 0, 1),),
        closures=(order("deterrent", "2/5"),),
    )
    model = Model(scenario)
    out = simulate_once(model, SEED)
    share_agrees(int((out.fate["state"] == GAVE_UP).sum()), out.crowd.size, 0.4)
    flows = expect(model)
    assert flows.turned_away.sum() / flows.arrived.sum() == pytest.approx(0.4, abs=1e-3)


def test_hours_of_a_deterrent_count_as_waiting():
    """Ten hours, weighed 0.1 an hour, against another way alike."""
    scenario = star((40.0, 40.0), wait_weight=0.1, closures=(order("deterrent", "10 h", cross="c0"),))
    counts, _ = firsts(scenario)
    share = math.exp(-1.0) / (1 + math.exp(-1.0))
    share_agrees(counts[0], counts.sum(), share)
    flows = expect(Model(scenario))
    crossed = dict(zip((g[0] for g in flows.gates), flows.crossed.sum(axis=0), strict=True))
    assert crossed["c0"] / (crossed["c0"] + crossed["c1"]) == pytest.approx(share, abs=1e-6)


def test_it_deters_those_only_who_know_of_it():
    """Half know it after a delay's ln 2: then the share is the mean of those who know and those who do not."""
    hours = 24.0 / math.log(2.0)
    rows = (order("deterrent", "10 h", cross="c0", begin=(0,), announced=(0,)),)
    scenario = star((40.0, 40.0), hours=(0.01, 0.01), wait_weight=0.1, knowledge_delay_h=hours, closures=rows, days=3)
    late = dataclasses.replace(scenario, stocks=(tiny.rush_hour(200_000, begin=(1,), end=(3,)),))
    counts, _ = firsts(late)
    knows = math.exp(-1.0) / (1 + math.exp(-1.0))
    share_agrees(counts[0], counts.sum(), 0.5 * (0.5 + knows))


# --- lifted ----------------------------------------------------------------------------------------


def lifted(**more):
    """Both crossings closed for good, the northern one lifted on day 2."""
    rows = (
        tiny.closed("shut", "north", (0,)).model_copy(update={"crossings": ("north", "south")}),
        order("lifted", cross="north", begin=(2,), announced=(1, 12), name="relief", replaces=("shut",), **more),
    )
    return tiny.two_crossings(stocks=(tiny.rush_hour(200, end=(3,)),), closures=rows, days=3)


def test_a_lifted_order_ends_where_it_is_lifted_and_those_who_wait_go():
    model = Model(lifted())
    fate = simulate_once(model, SEED).fate
    crossed = {model.gates[g].crossing for g in fate["crossed_gate"] if g >= 0}
    assert crossed == {"north"}
    assert (fate["crossed_gate"] >= 0).all()
    assert fate["crossed"].min() >= tiny.ms(2)
    assert expect(model).crossed[2:].sum() == pytest.approx(200, rel=0.01)
    assert expect(model).crossed[:2].sum() == 0


def test_lifted_in_the_other_direction_it_helps_nobody_here():
    model = Model(lifted(direction="AA"))
    assert (simulate_once(model, SEED).fate["crossed_gate"] < 0).all()
    assert expect(model).crossed.sum() == 0


def test_a_road_is_lifted_alone():
    rows = (
        tiny.closed("shut", "", (0,), roads=("home--north a", "home--south a")),
        order("lifted", cross="", begin=(2,), name="relief", replaces=("shut",), roads=("home--south a",)),
    )
    model = Model(tiny.two_crossings(stocks=(tiny.rush_hour(50, end=(3,)),), closures=rows, days=3))
    fate = simulate_once(model, SEED).fate
    assert {model.gates[g].crossing for g in fate["crossed_gate"]} == {"south"}


def test_without_what_it_lifts_a_lifting_is_left_out():
    scenario = lifted()
    assert scenario.without("shut").closures == ()
    assert [r.order for r in scenario.without("relief").closures] == ["shut"]
    known = scenario.as_known(tiny.at(1))
    assert [r.order for r in known.closures] == ["shut"]


# --- the twin, expected flows beside runs, comparisons ----------------------------------------------

WORLD = (
    order("part", "1/2", begin=(0, 6), end=(2,), name="half"),
    order("slowed", "+10", cross="south", begin=(0, 12), announced=(0, 4), name="checks"),
    order("deterrent", "40%", begin=(1,), end=(2, 12), announced=(0, 18), name="visa"),
    order("deterrent", "30 h", cross="south", begin=(1, 6), announced=(1,), name="test"),
    order("lifted", begin=(1, 18), announced=(1, 6), name="relief", replaces=("visa",)),
)


def world(kind="flow", **behaviour):
    flows = (
        {"demand": (tiny.flow(400.0, 0, 2),)}
        if kind == "flow"
        else {"stocks": (tiny.rush_hour(900, end=(3,), hazard=1.0),)}
    )
    lanes = (tiny.lane("north", 5.0, servers=2, cv=1.0), tiny.lane("south", 4.0, servers=2, cv=0.5, side="exit"))
    streams = tiny.people(kind, **{"gamma": 1.5, "wait_weight": 0.05, "knowledge_delay_h": 6.0, **behaviour})
    return tiny.two_crossings(lanes=lanes, streams=streams, closures=WORLD, **flows)


@pytest.mark.parametrize("kind", ["flow", "stock"])
@pytest.mark.parametrize("more", [{}, {"rush": 3.0, "group_size": 4.0, "give_up": 0.3, "renege_per_day": 3.0}])
def test_the_twin_agrees_traveller_by_traveller(kind, more):
    assert assert_equal(world(kind, **more), 5) > 500


@pytest.mark.parametrize("kind", ["flow", "stock"])
def test_expected_flows_are_the_mean_of_runs(kind):
    """No queue decides here; news spreads over half a day."""
    wide = tuple(lane.model_copy(update={"servers": 60}) for lane in world(kind).lanes)
    over = misfit(Model(dataclasses.replace(world(kind), lanes=wide)), 60, 100.0)
    assert over.size == 2
    assert np.all(over <= 0)


def test_a_comparison_sees_each_kind():
    """Somebody is diverted or delayed by each."""
    for row in (WORLD[0], order("slowed", "+600", cross="south", begin=(0, 1), name="checks"), WORLD[2], WORLD[3]):
        scenario = dataclasses.replace(world(), closures=(row,), written=(row,))
        cells = compare(scenario, seeds=[1, 2]).table()
        assert cells["diverted_mean"][0] + cells["delayed_mean"][0] > 0, row.order


# --- values and faults -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "value", "terms"),
    [
        ("part", "1/4", {"capacity": 0.25}),
        ("part", "40 %", {"capacity": 0.4}),
        ("slowed", "X1.5", {"factor": 1.5}),
        ("slowed", "2x", {"factor": 2.0}),
        ("slowed", "+ 15 minutes", {"minutes": 15.0}),
        ("deterrent", "0.4", {"kept_away": 0.4}),
        ("deterrent", "14 days", {"hours": 336.0}),
        ("deterrent", "24h", {"hours": 24.0}),
        ("quota", "50", {"quota": 50}),
    ],
)
def test_values_as_people_write_them(kind, value, terms):
    assert {name: getattr(terms_of(kind, value), name) for name in terms} == terms
    assert in_words(kind, value)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("part", ""), ("part", "0"), ("part", "1"), ("part", "1/0"), ("part", "120%"), ("part", "half"), ("part", "nan"),
        ("slowed", "x1"), ("slowed", "x0.5"), ("slowed", "2"), ("slowed", "+0"), ("slowed", "x1e9"), ("slowed", "-5"),
        ("deterrent", "0"), ("deterrent", "140%"), ("deterrent", "0 h"), ("deterrent", "h"), ("deterrent", "1e9 d"),
    ],
)  # fmt: skip
def test_values_that_are_refused_say_what_is_accepted(kind, value):
    with pytest.raises(ValueError, match="; write "):
        terms_of(kind, value)


CLOSURES = FILES["closures.csv"]
SHARE = "write the share of the capacity that is left, such as 1/2 or 40%"
CASES = [
    case(
        "kind",
        {"closures.csv": (",quota,10,", ",slow,x2,")},
        "closures.csv:4: kind: 'slow' is not accepted; did you mean 'slowed'?",
    ),
    case("part", {"closures.csv": (",quota,10,", ",part,2,")}, f"closures.csv:4: value: '2' is not a part; {SHARE}"),
    case(
        "sharing",
        {
            "lanes.csv": ("n-cars,nuijamaa,FI,entry,cars,", "n-cars,nuijamaa,FI,exit,cars;asylum,"),
            "closures.csv": (",quota,10,", ",slowed,x2,"),
        },
        "closures.csv:4: slowed at 'nuijamaa' concern only some of the streams that share a queue; name 'cars' as well, "
        "or give the streams lanes of their own",
    ),
    case(
        "deterrent road",
        {"closures.csv": ("2023-11-22,closed,,", "2023-11-22,deterrent,40%,")},
        "closures.csv:5: deterrent for roads or places; they can only be closed; name crossings",
    ),
    case(
        "lifts nothing",
        {"closures.csv": (",quota,10,", ",lifted,,")},
        "closures.csv:4: until: a lifted row has no end; leave it empty; what is closed again later is another order",
        "closures.csv:4: the row lifts no order; name in replaces the orders that end",
    ),
    case(
        "lifts elsewhere",
        {"closures.csv": CLOSURES + "l-1,relief,,n-l,,,,,2023-11-23,,lifted,,south\n"},
        "closures.csv:6: roads: south does not act at 'n-l'; leave it out",
    ),
    case(
        "no wait",
        {
            "scenario.yaml": ("gamma: 2.5", "gamma: 2.5\n      wait_weight: 0"),
            "closures.csv": (",quota,10,", ",deterrent,24 h,"),
        },
        "closures.csv:4: warning: counts as hours of waiting, which these streams do not mind (wait_weight: 0), so it deters nobody; "
        "give the share that it keeps away, such as 40%",
    ),
]


@pytest.mark.parametrize(("changes", "expected"), CASES)
def test_one_line_a_fault(tmp_path: Path, changes: Changes, expected: list[str]) -> None:
    assert faults(tmp_path, changes) == expected


def test_a_question_without_a_file_takes_the_kinds():
    border = Scenario.read("two-crossings")
    begins = border.settings.start + dt.timedelta(days=2)
    _, tried = what_if(border, begins=begins, slow={"hill": "2"}, part={"river": "1/2"}, deter={"hill": "24 h"})
    found = [(r.kind, r.value) for r in tried.closures if r.order == "what-if"]
    assert found == [("part", "1/2"), ("slowed", "x2"), ("deterrent", "24 h")]
    with pytest.raises(InputError, match="is not a part; write the share"):
        what_if(border, begins=begins, part={"hill": "all"})
    with pytest.raises(InputError, match="did you mean 'hill'"):
        what_if(border, begins=begins, deter={"hil": "10%"})


@pytest.mark.parametrize(
    ("kind", "value"),
    [("part", "1/2"), ("slowed", "x2"), ("slowed", "+15 min"), ("deterrent", "40%"), ("deterrent", "24 h")],
)
def test_the_report_words_a_kind_as_explain_does(kind, value, tmp_path):
    border = Scenario.read("two-crossings")
    asked = {"part": "part", "slowed": "slow", "deterrent": "deter"}[kind]
    _, tried = what_if(border, begins=border.settings.start + dt.timedelta(days=2), **{asked: {"hill": value}})
    page = write_report(tmp_path / "report.html", model=Model(tried)).read_text(encoding="utf-8")
    assert in_words(kind, value) in page.replace("\N{NO-BREAK SPACE}", " ")
