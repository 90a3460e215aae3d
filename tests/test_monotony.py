"""Opening more never makes access worse, and where nothing else matters it never strands more."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math

from hypothesis import given
from hypothesis import strategies as st

import tiny
from crossings.measures.access import access_at
from crossings.model import Model
from crossings.scenario.entities import Border, Closure, Crossing, Lane, Place, Road
from crossings.simulation.comparison import compare
from crossings.simulation.outcome import simulate_once
from examples import examples

LINE = tuple((30.0, 60.0 + 0.5 * k) for k in range(11))  # along a meridian, 5° long
HOURS = ["24/7", "08:00-16:00", "Sa-Su 10:00-12:00"]


@st.composite
def borders(draw):
    """A line of crossings with roads from two origins, lanes with hours, and rows that close some in some hours."""
    at = draw(st.lists(st.integers(0, 50), min_size=1, max_size=6, unique=True))
    places = [
        Place(id=name, country="BB", kind="origin", lat=60.0 + lat, lon=31.0)
        for name, lat in (("town", 0.5), ("city", 4.0))
    ]
    crossings, roads, lanes = [], [], []
    for k, tenth in enumerate(at):
        lat = 60.0 + tenth / 10
        places += [
            Place(id=f"c{k} a", country="AA", lat=lat, lon=29.9),
            Place(id=f"c{k} b", country="BB", lat=lat, lon=30.1),
        ]
        crossings.append(Crossing(id=f"c{k}", border="line", place_a=f"c{k} a", place_b=f"c{k} b", lat=lat, lon=30.0))
        roads += [
            Road(from_=origin, to=f"c{k} b", km=draw(st.integers(1, 500)), speed_kmh=60.0)
            for origin in ("town", "city")
            if draw(st.integers(0, 4))
        ]
        if draw(st.booleans()):
            lanes.append(
                Lane(
                    id=f"c{k}",
                    crossing=f"c{k}",
                    direction="AA",
                    streams=("people",),
                    service_min_mean=1.0,
                    hours=draw(st.sampled_from(HOURS)),
                )
            )
    rows = []
    for k in range(draw(st.integers(1, 6))):
        begin = tiny.at(0, draw(st.integers(-24, 60)))
        until = draw(st.sampled_from([None, begin + dt.timedelta(hours=30)]))
        chosen = tuple(draw(st.permutations([c.id for c in crossings])))[: draw(st.integers(1, len(crossings)))]
        rows.append(Closure(id=f"o{k} row", order=f"o{k}", crossings=chosen, from_=begin, until=until))
    return _world(places, crossings, roads, lanes, rows)


def _world(places, crossings, roads, lanes, rows):
    scenario = tiny.scenario(
        lines={"line": LINE},
        places=tuple(places),
        roads=tuple(roads),
        crossings=tuple(crossings),
        lanes=tuple(lanes),
        closures=tuple(rows),
        stocks=(tiny.rush_hour(1, origin="town"),),
        streams=tiny.people(direction="AA"),
    )
    return dataclasses.replace(
        scenario, borders=(Border(id="line", country_a="AA", country_b="BB", declared_km=700.0),)
    )


@examples(60)
@given(borders(), st.integers(0, 72))
def test_opening_more_never_makes_access_worse(scenario, hour):
    """Fewer orders: no longer gap, and from nowhere a longer way (in hours; in km too, as all roads are of one speed)."""
    on = tiny.at(0, hour)
    orders = sorted({row.order for row in scenario.closures})
    before = None
    for k in range(len(orders) + 1):
        now = access_at(Model(scenario.without(*orders[:k]) if k else scenario), on, stream="people", direction="AA")
        if before is not None:
            assert set(before.open) <= set(now.open)
            assert now.longest_gap_km <= before.longest_gap_km + 1e-9
            assert now.drawn_gap_km <= before.drawn_gap_km + 1e-9
            for old, new in zip(before.rows, now.rows, strict=True):
                assert old.km is None or (
                    new.km is not None and new.km <= old.km + 1e-9 and new.hours <= old.hours + 1e-9
                )
                assert new.extra_km is None or new.extra_km >= -1e-9
        before = now
    assert before.longest_gap_km <= 700.0 + 1e-9


def test_gaps_by_hand():
    """Crossings at 1° and 4° of a line from 0° to 5°: gaps 1°, 3°, 1°; with the second shut, 4° to the end."""
    places = [Place(id="town", country="BB", kind="origin", lat=60.0, lon=31.0)]
    crossings = []
    for k, lat in enumerate((61.0, 64.0)):
        places += [
            Place(id=f"c{k} a", country="AA", lat=lat, lon=29.9),
            Place(id=f"c{k} b", country="BB", lat=lat, lon=30.1),
        ]
        crossings.append(Crossing(id=f"c{k}", border="line", place_a=f"c{k} a", place_b=f"c{k} b", lat=lat, lon=30.0))
    roads = [
        Road(from_="town", to="c0 b", km=100, speed_kmh=50.0),
        Road(from_="town", to="c1 b", km=400, speed_kmh=80.0),
    ]
    rows = [tiny.closed("one", "c0", (1,), (2,)), tiny.closed("other", "c1", (1,), (2,))]
    scenario = _world(places, crossings, roads, [], rows)

    def access(orders, day=1):
        return access_at(
            Model(scenario.without(*orders) if orders else scenario), tiny.at(day, 12), stream="people", direction="AA"
        )

    found = access(["one", "other"])
    assert found.open == ("c0", "c1")
    assert math.isclose(
        found.longest_gap_km, 420.0, rel_tol=2e-3
    )  # 3/5 of 700 km, degrees of latitude being nearly equal
    assert (found.rows[0].nearest, found.rows[0].km, found.rows[0].extra_km) == ("c0", 100.0, 0.0)
    assert math.isclose(access(["one"]).longest_gap_km, 560.0, rel_tol=2e-3)
    north = access(["other"])
    assert (north.rows[0].nearest, north.rows[0].km, north.rows[0].hours, north.rows[0].extra_km) == (
        "c1",
        400.0,
        5.0,
        300.0,
    )
    none = access([])
    assert none.open == ()
    assert math.isclose(none.longest_gap_km, 700.0)
    assert none.rows[0].km is None
    assert access([], day=2).open == ("c0", "c1")  # [from, until)


@st.composite
def open_country(draw):
    """Free crossings, no capacities, everybody knows all orders from the start, and what closes stays closed."""
    number = draw(st.integers(1, 4))
    names = [f"c{k}" for k in range(number)]
    places = [tiny.place("home", "AA", "origin"), tiny.place("goal", "BB", "destination")]
    places += [tiny.place(f"{c} {side}", side.upper() * 2) for c in names for side in "ab"]
    rows = []
    for k in range(draw(st.integers(1, 5))):
        chosen = tuple(c for c in names if draw(st.booleans())) or (names[0],)
        rows.append(
            Closure(
                id=f"o{k} row",
                order=f"o{k}",
                crossings=chosen,
                from_=tiny.at(0, draw(st.integers(0, 80))),
                announced=tiny.at(-1),
            )
        )
    return tiny.scenario(
        places=tuple(places),
        roads=tuple(tiny.road("home", f"{c} a", draw(st.sampled_from([0.0, 1.0, 5.0, 20.0]))) for c in names)
        + tuple(tiny.road(f"{c} b", "goal", 1.0) for c in names),
        crossings=tuple(tiny.crossing(c, f"{c} a", f"{c} b") for c in names),
        streams=tiny.people(
            gamma=draw(st.sampled_from([0.0, 1.0, 50.0])),
            journey_cv=draw(st.sampled_from([0.0, 0.5])),
            give_up=draw(st.sampled_from([0.0, 0.5])),
        ),
        stocks=(tiny.rush_hour(60, hazard=0.8, end=(3,)),),
        closures=tuple(rows),
    )


@examples(40)
@given(open_country(), st.integers(0, 2**64 - 1))
def test_opening_more_never_strands_more(scenario, seed):
    orders = sorted({row.order for row in scenario.closures})
    all_open = scenario.without(*orders)
    before, had_crossed = None, None
    for k in range(len(orders)):
        now = dataclasses.replace(scenario.without(*orders[:k]) if k else scenario, written=())
        count = int(
            compare({"open": dataclasses.replace(all_open, written=()), "shut": now}, seeds=[seed]).table()[
                "stranded_mean"
            ][0]
        )
        out = simulate_once(Model(now), seed)
        crossed = set(out.crowd["who"][out.fate["crossed"] < Model(now).clock.horizon_ms].tolist())
        if before is not None:
            assert count <= before
            assert had_crossed <= crossed  # nobody who came across with more closed fails to with less
        before, had_crossed = count, crossed
