"""Hypothesis strategies that build scenarios as hostile as `check` lets them be."""

from __future__ import annotations

import datetime as dt

from hypothesis import strategies as st

from crossings.scenario import Scenario
from crossings.scenario.entities import (
    Behaviour,
    Border,
    Brought,
    Closure,
    Country,
    Crossing,
    Demand,
    Exit,
    Lane,
    Place,
    Road,
    Settings,
    Stock,
    Stream,
)

# Each start is a day or so before a change of some clock (Europe, America, Lord Howe by half an hour), or quiet.
STARTS = [
    dt.datetime(2024, 3, 30),
    dt.datetime(2024, 10, 26, 5, 30),
    dt.datetime(2024, 3, 9),
    dt.datetime(2024, 4, 6),
    dt.datetime(2024, 1, 1),
]
ZONES = ["UTC", "Europe/Helsinki", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]
HOURS = [
    "24/7",
    "08:00-16:00",
    "Mo-Fr 07:30-12:00,13:00-18:00",
    "22:00-04:00",
    "Sa 10:00-11:00",
    "02:15-02:45; Su off",
    "00:00-24:00; Mo off",
]
QUARTER = dt.timedelta(minutes=15)

LIMITS = ("hours", "quota", "part", "slowed")

rarely = st.integers(0, 7).map(lambda k: k == 7)
mostly = st.integers(0, 11).map(lambda k: k < 11)


def one_of(*values):
    return st.sampled_from(values)


def place(ident, country, kind="town", **more):
    return Place(id=ident, country=country, kind=kind, lat=0.0, lon=0.0, **more)


@st.composite
def grounds(draw):
    """Borders, places, roads and crossings: 1-4 crossings on 1-2 borders, some places out of reach."""
    number, two = draw(st.integers(1, 4)), draw(st.booleans())
    second = [two and k % 2 == 1 for k in range(number)]
    places = [
        place("home", "AA", "origin"),
        place("cottage", draw(one_of("AA", "BB")), "origin"),
        place("hub", "BB"),
        place("goal", "BB", "destination"),
        place(
            "shelter",
            "BB",
            "reception",
            capacity=draw(one_of(None, 1.0, 12.0)),
            stay_days=draw(one_of(None, 0.5)),
            present=draw(one_of(0.0, 5.0)),
        ),
        place("far goal", "CC", "destination"),
    ]
    borders = [Border(id="first", country_a="AA", country_b="BB"), Border(id="second", country_a="BB", country_b="CC")]
    crossings, joints = [], [("hub", "goal"), ("hub", "shelter")]
    joints.append(("cottage", "home" if places[1].country == "AA" else "hub"))
    for k in range(number):
        a, b = f"c{k} a", f"c{k} b"
        places += [place(a, "BB" if second[k] else "AA"), place(b, "CC" if second[k] else "BB")]
        crossings.append(
            Crossing(id=f"c{k}", border="second" if second[k] else "first", place_a=a, place_b=b, lat=0.0, lon=0.0)
        )
        joints += [("hub" if second[k] else "home", a), (b, "far goal" if second[k] else "hub")]
    roads = []
    for begin, end in joints:
        if begin == "cottage" or end == "c0 a" or draw(mostly):
            km = draw(one_of(0.0, 3.0, 70.0, 150.0))
            timed = {"hours": draw(one_of(0.0, 0.5, 1.0, 2.0, 13.0))} if draw(st.booleans()) else {"speed_kmh": 50.0}
            roads.append(
                Road(
                    from_=begin,
                    to=end,
                    km=km,
                    one_way=draw(rarely),
                    modes=("rail",) if draw(rarely) else draw(one_of((), ("road",))),
                    **timed,
                )
            )
    return {"borders": tuple(borders), "places": tuple(places), "roads": tuple(roads), "crossings": tuple(crossings)}


@st.composite
def behaviours(draw, crossings):
    named = [c.id for c in crossings]
    brought = None
    if draw(rarely):
        rotate = tuple(draw(st.permutations(named)))[:2]
        brought = Brought(
            share=draw(one_of(0.5, 1.0)), group_size=draw(one_of(1, 3)), rotate=rotate, dwell_h=draw(one_of(1.0, 24.0))
        )
    return Behaviour(
        cost=draw(one_of("power", "exponential")),
        gamma=draw(one_of(0.0, 1.0, 5.0)),
        beta=draw(one_of(0.0, 0.3)),
        wait_weight=draw(one_of(0.0, 0.05, 2.0)),
        outside_km=draw(one_of(None, 100.0)),
        outside_h=draw(one_of(None, 5.0)),
        alpha={"c0": draw(one_of(0.0, 3.0))},
        nests={"together": tuple(named[:2])} if draw(rarely) else {},
        choice_set=draw(one_of(1, 2, 32, 32)),
        capacity=draw(one_of("room", "buffer")),
        knowledge_delay_h=draw(one_of(0.0, 0.0, 3.0, 50.0)),
        board_delay_h=draw(one_of(0.0, 0.0, 3.0, 1.7, 30.0)),
        rush=draw(one_of(1.0, 1.0, 0.2, 8.0)),
        flexible_days=draw(one_of(0.0, 0.0, 1.5, 20.0)),
        recovery_at_once=draw(one_of(1.0, 0.0, 0.5)),
        recovery_days=draw(one_of(0.0, 0.0, 0.1, 3.0)),
        journey_cv=draw(one_of(0.0, 0.7)),
        setup_h=draw(one_of(0.0, 6.0)),
        renege_per_day=draw(one_of(0.0, 0.0, 2.0, 30.0)),
        give_up=draw(one_of(0.0, 0.2, 1.0)),
        day_shape=draw(one_of(None, None, 0.5, 5.0)),
        group_size=draw(one_of(1.0, 1.0, 1.001, 3.5, 40.0)),
        brought=brought,
    )


@st.composite
def streams(draw, crossings):
    found = {}
    for name in ("people", "cars")[: draw(st.integers(1, 2))]:
        found[name] = Stream(
            kind=draw(one_of("flow", "stock")),
            choose=draw(one_of("crossing", "destination")),
            direction="BB",
            persons=draw(one_of(1.0, 1.7)),
            speed_kmh=draw(one_of(None, 40.0)),
            destinations=draw(one_of((), (), ("goal",), ("shelter", "far goal"))),
            behaviour=draw(behaviours(crossings)),
        )
    return found


@st.composite
def lanes(draw, ground, names, start):
    """Per crossing and direction: no control, entry, exit, or both; shared by the streams, apart, or for one alone."""
    sides = {b.id: (b.country_a, b.country_b) for b in ground["borders"]}
    found = []
    for crossing in ground["crossings"]:
        for direction in sides[crossing.border]:
            groups = draw(one_of([tuple(names)], [(n,) for n in names], [(names[0],)]))
            for side in draw(one_of((), ("entry",), ("exit", "entry"), ("exit",))):
                for group in groups:
                    cut = start + draw(st.integers(-4, 300)) * QUARTER if draw(rarely) else None
                    for part in ("early", "late") if cut else ("",):
                        found.append(
                            Lane(
                                id=" ".join([crossing.id, direction, side, *group, part]).strip(),
                                crossing=crossing.id,
                                direction=direction,
                                side=side,
                                streams=group,
                                servers=0 if draw(rarely) else draw(one_of(1, 1, 2, 3)),
                                hours=draw(st.sampled_from(["24/7", "24/7", *HOURS])),
                                valid_from=cut if part == "late" else None,
                                valid_until=cut if part == "early" else None,
                                service_min_mean=draw(one_of(0.0, 5.0, 45.0, 300.0)),
                                service_cv=draw(one_of(0.0, 0.5, 1.0, 2.0)),
                                quota_per_day=draw(one_of(None, None, None, None, 6, 1, 25, 0)),
                            )
                        )
    return tuple(found)


@st.composite
def closures(draw, ground, names, start, laned, most=4):
    """Up to four orders of one or two rows; a later order may replace earlier ones; some are announced too late."""
    found = []
    ids = [c.id for c in ground["crossings"]]
    orders = draw(st.integers(0, most))
    for k in range(orders):
        for row in range(draw(st.integers(1, 2))):
            begin = start + draw(st.integers(-60, 350)) * QUARTER
            until = draw(one_of(None, 1, 30, 96, 200))
            what = draw(
                one_of(
                    *["closed"] * 3,
                    "hours",
                    "quota",
                    "part",
                    "slowed",
                    *["deterrent"] * 2,
                    "lifted",
                    "road",
                    "place",
                    "note",
                )
            )
            if what == "lifted" and k == 0:
                what = "deterrent"
            more = {}
            if what == "lifted":  # everywhere, or at some crossings, in a direction, for a stream
                ended = f"o{draw(st.integers(0, k - 1))}"
                more["replaces"] = (ended,)
                there = sorted({c for row in found if row.order == ended for c in row.crossings})
                if there and draw(st.booleans()):
                    more["crossings"] = tuple(draw(st.permutations(there)))[: draw(st.integers(1, len(there)))]
                more["direction"] = draw(one_of(None, None, "BB"))
                until = None
            elif what in ("closed", "hours", "quota", "part", "slowed", "deterrent", "note"):
                chosen = tuple(draw(st.permutations(ids)))[: draw(st.integers(1, len(ids)))]
                if what in LIMITS:  # they act on queues
                    limited = tuple(c for c in chosen if c in laned)
                    what = what if limited else "closed"
                    chosen = limited or chosen
                more |= {"crossings": chosen, "direction": draw(one_of(None, None, "BB"))}
                if what in ("closed", "deterrent"):
                    more["streams"] = draw(one_of((), (), (names[0],)))
                more["value"] = {
                    "hours": draw(st.sampled_from(HOURS)),
                    "quota": draw(one_of("0", "2", "9")),
                    "part": draw(one_of("1/3", "50%", "0.01")),
                    "slowed": draw(one_of("x2.5", "+20", "+400min")),
                    "deterrent": draw(one_of("50%", "1/4", "100%", "2h", "40 h")),
                }.get(what, "")
            elif what == "road" and ground["roads"]:
                more["roads"] = (draw(st.sampled_from([r.name for r in ground["roads"]])),)
            else:
                more["places"] = (draw(st.sampled_from([p.id for p in ground["places"]])),)
            found.append(
                Closure(
                    id=f"o{k} {row}",
                    order=f"o{k}",
                    kind=what if what not in ("road", "place") else "closed",
                    from_=begin,
                    until=None if until is None else begin + until * QUARTER,
                    announced=None if draw(st.booleans()) else begin + draw(st.integers(-200, 40)) * QUARTER,
                    **{"replaces": tuple(f"o{j}" for j in range(k) if draw(rarely)), **more},
                )
            )
    return tuple(found)


@st.composite
def travellers(draw, ground, found, start, days):
    """Demand and stocks: flows with and without destination, stocks with inflow, everybody within the days."""
    demand, stocks = [], []
    inland = {p.id for p in ground["places"] if p.country == "BB"}  # a stream that enters BB needs a goal from there
    first, last = start.date(), (start + dt.timedelta(days=days)).date()
    for name, stream in found.items():
        for origin in ("home", "cottage")[: draw(st.integers(1, 2))]:
            if stream.kind == "stock" and not (stream.choose == "crossing" and origin in inland):
                turn = start + draw(st.integers(1, 200)) * QUARTER
                initial = draw(st.integers(0, 60))
                spans = [(start - dt.timedelta(days=1), turn), (turn, start + dt.timedelta(days=days + 1))]
                for begin, end in spans[: draw(st.integers(1, 2))]:
                    hazard = draw(one_of(4.0, 0.5, 900.0, 0.0))
                    stocks.append(
                        Stock(
                            stream=name, origin=origin, initial=initial, from_=begin, until=end, hazard_per_day=hazard
                        )
                    )
                    initial = 0
            if stream.kind == "flow" or draw(rarely):
                goal = None if stream.kind == "stock" else draw(one_of(None, "goal", "far goal", "home"))
                inside = origin in inland and stream.choose == "crossing"
                if goal == origin or (inside and goal is None):
                    goal = "home" if inside else None
                if stream.kind == "stock" and inside:
                    continue
                demand.append(
                    Demand(
                        stream=name,
                        origin=origin,
                        destination=goal,
                        from_=first,
                        until=last,
                        per_day=draw(one_of(25.0, 0.4, 8.0)),
                        profile=";".join(["0", "0", "1", "5"] * 6) if draw(rarely) else "",
                    )
                )
    return {"demand": tuple(demand), "stocks": tuple(stocks)}


@st.composite
def scenarios(draw, most_orders=4, **fixed):
    """A whole scenario of 1-4 days with up to some hundred travellers."""
    ground = draw(grounds())
    start, days = draw(st.sampled_from(STARTS)), draw(st.integers(1, 4))
    found = draw(streams(ground["crossings"]))
    names = list(found)
    made = draw(lanes(ground, names, start))
    found = {name: _brought_where_they_can(stream, name, made) for name, stream in found.items()}
    laned = {
        c.id
        for c in ground["crossings"]
        if {lane.direction for lane in made if lane.crossing == c.id} == set(_countries(ground, c))
    }
    settings = Settings(
        **{
            "name": "hostile",
            "start": start,
            "end": start + dt.timedelta(days=days) - draw(one_of(0, 0, 5)) * QUARTER,
            "timezone": draw(st.sampled_from(ZONES)),
            "step_min": draw(one_of(15, 37, 60, 95, 240, 1440)),
            "drain_days": draw(one_of(1.0, 0.3, 0.0, 2.0)),
            "countries": {country: Country(timezone=draw(st.sampled_from(ZONES))) for country in ("AA", "BB", "CC")},
            "streams": found,
            **fixed,
        }
    )
    exits = tuple(
        Exit(
            place=draw(one_of(None, "shelter")),
            from_=start + few_days * QUARTER * 96,
            until=start + (few_days + 1) * QUARTER * 96,
            hazard_per_day=3.0,
        )
        for few_days in range(draw(st.integers(0, 2)))
    )
    return Scenario(
        settings,
        **ground,
        lanes=made,
        **draw(travellers(ground, found, start, days)),
        closures=draw(closures(ground, names, start, laned, most_orders)),
        exits=exits,
    )


def _brought_where_they_can(stream, name, made):
    """The stream, brought only to crossings that have a gate for it into BB."""
    brought = stream.behaviour.brought
    if brought is None:
        return stream

    def usable(crossing):
        here = [lane for lane in made if lane.crossing == crossing and lane.direction == "BB"]
        return not here or any(name in lane.streams for lane in here)

    rotate = tuple(c for c in brought.rotate if usable(c))
    brought = brought.model_copy(update={"rotate": rotate}) if rotate else None
    return stream.model_copy(update={"behaviour": stream.behaviour.model_copy(update={"brought": brought})})


def _countries(ground, crossing):
    border = next(b for b in ground["borders"] if b.id == crossing.border)
    return border.country_a, border.country_b
