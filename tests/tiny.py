"""Small scenarios built in code: maps of one or two crossings, and two borders in a row.

All times are given as (day, hour, minute) after the start, 2024-01-01 00:00 UTC.
"""

from __future__ import annotations

import datetime as dt

from crossings.scenario import Scenario
from crossings.scenario.entities import (
    Behaviour,
    Border,
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

START = dt.datetime(2024, 1, 1)
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR

__all__ = ["DAY", "HOUR", "MINUTE", "START", "Behaviour", "Country", "Exit"]


def at(day=0, hour=0, minute=0):
    """The local instant so long after the start."""
    return START + dt.timedelta(days=day, hours=hour, minutes=minute)


def ms(day=0, hour=0, minute=0):
    """The same in ms since the start (the clock is UTC)."""
    return day * DAY + hour * HOUR + minute * MINUTE


def place(ident, country, kind="town", **more):
    """A place; where it lies on the globe does not matter here."""
    return Place(id=ident, country=country, kind=kind, lat=0.0, lon=0.0, **more)


def road(begin, end, hours, **more):
    """A road of 60 km for each hour."""
    return Road(from_=begin, to=end, km=60.0 * hours, hours=hours, **more)


def crossing(ident, near, far, border="AA-BB"):
    """A crossing with `near` on side a and `far` on side b."""
    return Crossing(id=ident, border=border, place_a=near, place_b=far, lat=0.0, lon=0.0)


def lane(cross, minutes, side="entry", direction="BB", streams=("people",), cv=0.0, **more):
    """A lane with a fixed service time of so many minutes."""
    return Lane(
        id=f"{cross} {side} {direction}",
        crossing=cross,
        direction=direction,
        side=side,
        streams=tuple(streams),
        service_min_mean=minutes,
        service_cv=cv,
        **more,
    )


def closed(order, cross, begin, end=None, announced=None, **more):
    """A row that closes a crossing; times are (day, hour, minute)."""
    return Closure(
        id=more.pop("id", f"{order} row"),
        order=order,
        crossings=(cross,) if cross else (),
        from_=at(*begin),
        until=None if end is None else at(*end),
        announced=None if announced is None else at(*announced),
        **more,
    )


def rush_hour(number, begin=(0,), end=(1,), hazard=1000.0, stream="people", origin="home"):
    """A stock whose people leave almost at once after `begin` (within minutes, at 1000 a day)."""
    return Stock(stream=stream, origin=origin, initial=number, from_=at(*begin), until=at(*end), hazard_per_day=hazard)


def flow(per_day, first=0, last=0, destination="goal", stream="people", origin="home", **more):
    """A flow on the days first..last after the start."""
    return Demand(
        stream=stream,
        origin=origin,
        destination=destination,
        from_=at(first).date(),
        until=at(last).date(),
        per_day=per_day,
        **more,
    )


def people(kind="stock", choose="crossing", direction="BB", destinations=(), persons=1.0, **behaviour):
    """The stream `people`; a strong taste for short ways unless `gamma` is given."""
    behaviour = {"gamma": 50.0, "wait_weight": 0.0, **behaviour}
    return {
        "people": Stream(
            kind=kind,
            choose=choose,
            direction=direction,
            destinations=destinations,
            persons=persons,
            behaviour=Behaviour(**behaviour),
        )
    }


BORDERS = (Border(id="AA-BB", country_a="AA", country_b="BB"), Border(id="BB-CC", country_a="BB", country_b="CC"))


def one_crossing(**parts):
    """home -1 h- north a | north b -1 h- goal."""
    return scenario(
        places=(
            place("home", "AA", "origin"),
            place("north a", "AA"),
            place("north b", "BB"),
            place("goal", "BB", "destination"),
        ),
        roads=(road("home", "north a", 1.0), road("north b", "goal", 1.0)),
        crossings=(crossing("north", "north a", "north b"),),
        **parts,
    )


def two_crossings(**parts):
    """home -1 h- north a | north b -1 h- goal, and home -2 h- south a | south b -2 h- goal."""
    return scenario(
        places=(
            place("home", "AA", "origin"),
            place("north a", "AA"),
            place("north b", "BB"),
            place("south a", "AA"),
            place("south b", "BB"),
            place("goal", "BB", "destination"),
            *parts.pop("more_places", ()),
        ),
        roads=(
            road("home", "north a", 1.0),
            road("north b", "goal", 1.0),
            road("home", "south a", 2.0),
            road("south b", "goal", 2.0),
            *parts.pop("more_roads", ()),
        ),
        crossings=(crossing("north", "north a", "north b"), crossing("south", "south a", "south b")),
        **parts,
    )


def two_borders(**parts):
    """home -1 h- first a | first b -1 h- second b | second c -1 h- goal, in the countries AA, BB and CC."""
    return scenario(
        places=(
            place("home", "AA", "origin"),
            place("first a", "AA"),
            place("first b", "BB"),
            place("second b", "BB"),
            place("second c", "CC"),
            place("goal", "CC", "destination"),
        ),
        roads=(
            road("home", "first a", 1.0),
            road("first b", "second b", 1.0, id="middle"),
            road("second c", "goal", 1.0),
        ),
        crossings=(crossing("first", "first a", "first b"), crossing("second", "second b", "second c", "BB-CC")),
        **parts,
    )


def scenario(*, streams=None, days=3, drain_days=1.0, settings=None, **parts):
    """A Scenario with these parts; what is not given is empty."""
    values = {
        "name": "tiny",
        "start": START,
        "end": at(days),
        "drain_days": drain_days,
        "streams": streams or people(),
        **(settings or {}),
    }
    empty = dict.fromkeys(
        ("roads", "lanes", "demand", "stocks", "closures", "exits", "observations", "headcounts", "claims"), ()
    )
    return Scenario(
        **{
            "settings": Settings(**values),
            "borders": BORDERS,
            **empty,
            "lines": {},
            "basemap": None,
            "sources": None,
            **parts,
        }
    )
