"""A Flee case as an ordinary scenario: what becomes what.

- A location with conflict on some day is a place of kind origin; a camp or idpcamp with counts is one of kind
  reception, with its capacity, and those counted on day 0 are ``present``; any other location is a town to pass.
- A route within a country is a road, both ways. A route from A to B over a border is a crossing ``A--B``, free to pass,
  between B and a place ``A--B`` at the border, to which a road of the route's km leads from A.
- The daily rise of the summed counts is the demand of a stock that sets out at once, from the zones in conflict, in
  proportion to population x intensity.
- The daily fall of the summed counts is a row of exits.csv: every camp shrinks by the same share.
- Camps no further from one another than a day on foot share one camp's attraction (``alpha``).
- A closure is an order of one row, on roads, crossings or places. A route over a border is closed as a crossing and as
  the road to it: so the crossing counts as closed, and journeys are found around it, over other borders as well.

Roads have a speed at which no journey lasts longer than seconds: the counts are of people who have arrived, so whoever
is counted has set out before. The speed is the same everywhere, so that the shortest way in hours is the one in km.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crossings.errors import Fault, InputError
from crossings.importers.countries import codes
from crossings.importers.flee.case import FleeCase, FleeClosure, Route
from crossings.importers.flee.fit_block import headcounts, learning
from crossings.importers.flee.neighbours import attraction
from crossings.scenario import Scenario
from crossings.scenario.entities import (
    Behaviour,
    Border,
    Closure,
    Country,
    Crossing,
    Demand,
    Exit,
    Place,
    Road,
    Settings,
    Stock,
    Stream,
)
from crossings.scenario.fit_spec import Learning

__all__ = ["STREAM", "place_ids", "route_ids", "to_scenario"]

STREAM = "displaced"
SPEED_KMH = 1e6
HAZARD_PER_DAY = 1000.0
DAY_ON_FOOT_KM = 35.0  # Flee's own max_walk_speed, a day
_LONGEST = 38  # two names make up a crossing's id, of at most 80 characters


def _identifiers(names: Iterable[str]) -> dict[str, str]:
    """An identifier for every name: the name itself where it is one, else with ``_`` for what cannot stand in it.

    >>> _identifiers(["Mole", "Camp: A", "Camp; A"])
    {'Mole': 'Mole', 'Camp: A': 'Camp_ A', 'Camp; A': 'Camp_ A 2'}
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    wanted = {name: re.sub(r"[^\w .+/()'-]", "_", name)[:_LONGEST].strip() for name in dict.fromkeys(names)}
    for name in sorted(wanted, key=lambda name: name != wanted[name]):  # names that can stay as they are come first
        stem = wanted[name] if re.match(r"\w", wanted[name]) else f"_{wanted[name]}"
        number = 1
        while (text := stem if number == 1 else f"{stem} {number}") in taken:
            number += 1
        taken.add(text)
        found[name] = text
    return {name: found[name] for name in wanted}


def place_ids(case: FleeCase) -> dict[str, str]:
    """Location name -> id of its place in the scenario."""
    return _identifiers(location.name for location in case.locations)


def route_ids(case: FleeCase) -> tuple[str, ...]:
    """An id for every route, ``A--B``, which is also the id of its crossing and its border place."""
    ids = place_ids(case)
    taken = set(ids.values())
    found = []
    for route in case.routes:
        stem = f"{ids[route.name1]}--{ids[route.name2]}"
        number = 1
        while (text := stem if number == 1 else f"{stem} {number}") in taken:
            number += 1
        taken.add(text)
        found.append(text)
    return tuple(found)


@dataclass(frozen=True)
class _Names:
    """Ids: of places by location, of countries by name and by location, of routes; ``abroad``: those over a border."""

    place: Mapping[str, str]
    country: Mapping[str, str]
    code: Mapping[str, str]
    route: tuple[str, ...]
    abroad: tuple[int, ...]

    @classmethod
    def of(cls, case: FleeCase) -> _Names:
        country = codes(location.country or "unknown" for location in case.locations)
        code = {location.name: country[location.country or "unknown"] for location in case.locations}
        abroad = tuple(i for i, route in enumerate(case.routes) if code[route.name1] != code[route.name2])
        return cls(place_ids(case), country, code, route_ids(case), abroad)

    def over_border(self, route: Route) -> bool:
        """Whether a route leads from one country to another."""
        return self.code[route.name1] != self.code[route.name2]


def to_scenario(
    case: FleeCase,
    *,
    capacity_scaling: float | None = 1.0,
    gamma: float = 1.0,
    softening_km: float = 10.0,
    persons: float = 1.0,
    shared_km: float = DAY_ON_FOOT_KM,
) -> Scenario:
    """Map a Flee case to a scenario that runs like any other.

    Arguments:
        case: as ``read_flee`` gives it.
        capacity_scaling: factor on the capacities of camps; None = no camp has a limit.
        gamma, softening_km: weight of distance, softening in km (docs/model.md, section 5).
        persons: persons in one traveller; more than 1 makes large cases smaller.
        shared_km: n camps at most so far apart by road attract as one, each with ln n less; 0 = each for itself.

    Raises:
        InputError: if a parameter makes no sense.
    """
    for what, value in (("capacity_scaling", capacity_scaling), ("persons", persons), ("softening_km", softening_km)):
        if value is not None and not 0 < value < math.inf:
            raise InputError(Fault("to_scenario", f"{what} {value} is not a positive number"))
    for what, value in (("gamma", gamma), ("shared_km", shared_km)):
        if not 0 <= value < math.inf:
            raise InputError(Fault("to_scenario", f"{what} {value} is not a number of 0 or more"))
    names = _Names.of(case)
    borders = _borders(case, names)
    pairs = len(case.camps) * max(1, len(names.abroad))
    behaviour = Behaviour(
        cost="power",
        gamma=gamma,
        softening_km=softening_km,
        capacity="room",
        choice_set=min(10_000, max(32, pairs)),
        alpha={names.place[camp]: value for camp, value in attraction(case, shared_km).items()} if shared_km else {},
    )
    places = _places(case, names, capacity_scaling)
    received = [(place.id, place.capacity) for place in places if place.kind == "reception"]
    return Scenario(
        settings=_settings(case, names, behaviour, persons, learning(received, behaviour, STREAM)),
        borders=tuple(borders.values()),
        places=places + _border_places(case, names),
        roads=_roads(case, names),
        crossings=_crossings(case, names, borders),
        lanes=(),
        demand=_demand(case, names, persons),
        stocks=_stocks(case, names),
        closures=_closures(case, names),
        exits=_exits(case),
        observations=(),
        headcounts=headcounts(case, names.place, _at),
        claims=(),
        lines={},
        basemap=None,
        sources=_sources(case),
    )


def _settings(case: FleeCase, names: _Names, behaviour: Behaviour, persons: float, fit: Learning) -> Settings:
    stream = Stream(
        name="displaced people",
        unit="person",
        persons=persons,
        kind="stock",
        choose="destination",
        destinations=tuple(names.place[camp] for camp in case.camps),
        behaviour=behaviour,
    )
    return Settings(
        name=_identifiers([case.name])[case.name],
        title=f"{case.name}, from a Flee directory",
        start=_at(case, 0),
        end=_at(case, case.days),
        timezone="UTC",
        step_min=1440,
        drain_days=0.0,
        countries={code: Country(name=name.replace("_", " ")) for name, code in names.country.items()},
        streams={STREAM: stream},
        sources="SOURCES.md",
        fit=fit,
    )


def _at(case: FleeCase, day: int) -> dt.datetime:
    """Midnight at which ``day`` begins."""
    return dt.datetime.combine(case.start, dt.time()) + dt.timedelta(days=day)


def _places(case: FleeCase, names: _Names, scaling: float | None) -> tuple[Place, ...]:
    present = dict(zip(case.camps, case.counts[:, 0].tolist(), strict=True))
    places = []
    for location in case.locations:
        is_camp = location.name in present
        room = location.population if is_camp else None
        places.append(
            Place(
                id=names.place[location.name],
                name=location.name,
                lat=location.lat,
                lon=location.lon,
                country=names.code[location.name],
                kind="reception" if is_camp else "origin" if location.name in case.zones else "town",
                population=None if location.is_camp else location.population,
                capacity=None if room is None or scaling is None else room * scaling,
                present=round(present.get(location.name, 0.0), 6),
                source="locations.csv",
            )
        )
    return tuple(places)


def _border_places(case: FleeCase, names: _Names) -> tuple[Place, ...]:
    """Where a route meets the border: drawn in the middle, in the country of its first place."""
    found = []
    for i in names.abroad:
        one, two = case.routes[i].name1, case.routes[i].name2
        lat, lon = _middle(case, case.routes[i])
        found.append(
            Place(
                id=names.route[i],
                name=f"border on the way from {one} to {two}",
                lat=lat,
                lon=lon,
                country=names.code[one],
                estimated=True,
            )
        )
    return tuple(found)


def _middle(case: FleeCase, route: Route) -> tuple[float, float]:
    """Latitude and longitude half way, for the map; the short way round."""
    a, b = case.location(route.name1), case.location(route.name2)
    turn = (b.lon - a.lon + 180.0) % 360.0 - 180.0
    return round((a.lat + b.lat) / 2, 6), round((a.lon + turn / 2 + 180.0) % 360.0 - 180.0, 6)


def _roads(case: FleeCase, names: _Names) -> tuple[Road, ...]:
    return tuple(
        Road(
            id=names.route[i],
            from_=names.place[route.name1],
            to=names.route[i] if names.over_border(route) else names.place[route.name2],
            km=route.km,
            speed_kmh=SPEED_KMH,
            source="routes.csv",
        )
        for i, route in enumerate(case.routes)
    )


def _borders(case: FleeCase, names: _Names) -> dict[frozenset[str], Border]:
    """One border for every two countries with a route between them; side a is the country first met."""
    borders: dict[frozenset[str], Border] = {}
    for i in names.abroad:
        a, b = names.code[case.routes[i].name1], names.code[case.routes[i].name2]
        borders.setdefault(frozenset((a, b)), Border(id=f"{a}-{b}", country_a=a, country_b=b))
    return borders


def _crossings(case: FleeCase, names: _Names, borders: Mapping[frozenset[str], Border]) -> tuple[Crossing, ...]:
    found = []
    for i in names.abroad:
        one, two = case.routes[i].name1, case.routes[i].name2
        border = borders[frozenset((names.code[one], names.code[two]))]
        sides = names.route[i], names.place[two]
        if names.code[one] != border.country_a:
            sides = sides[::-1]
        lat, lon = _middle(case, case.routes[i])
        found.append(
            Crossing(
                id=names.route[i],
                name=f"{one} - {two}",
                border=border.id,
                place_a=sides[0],
                place_b=sides[1],
                lat=lat,
                lon=lon,
                source="routes.csv",
            )
        )
    return tuple(found)


def _demand(case: FleeCase, names: _Names, persons: float) -> tuple[Demand, ...]:
    """Who sets out; days that follow one another with the same number are one row."""
    found = []
    for zone, numbers in zip(case.zones, (case.leaving() / persons).round(6).T.tolist(), strict=True):
        first = 0
        for day in range(1, case.days + 1):
            if day < case.days and numbers[day] == numbers[first]:
                continue
            if numbers[first] > 0:
                found.append(
                    Demand(
                        stream=STREAM,
                        origin=names.place[zone],
                        from_=_at(case, first).date(),
                        until=_at(case, day - 1).date(),
                        per_day=numbers[first],
                    )
                )
            first = day
    return tuple(found)


def _stocks(case: FleeCase, names: _Names) -> tuple[Stock, ...]:
    """Whoever joins the stock of a zone leaves within minutes; where nothing is reachable people wait there."""
    return tuple(
        Stock(
            stream=STREAM,
            origin=names.place[zone],
            from_=_at(case, 0),
            until=_at(case, case.days),
            hazard_per_day=HAZARD_PER_DAY,
        )
        for zone in case.zones
    )


def _exits(case: FleeCase) -> tuple[Exit, ...]:
    """The rate at which a fall of the counts takes its share of every camp within the day."""
    rows = []
    for day, share in enumerate(case.falls().tolist()):
        if share > 0:
            rate = HAZARD_PER_DAY if share >= 1 else min(HAZARD_PER_DAY, -math.log1p(-share))
            rows.append(Exit(from_=_at(case, day), until=_at(case, day + 1), hazard_per_day=rate))
    return tuple(rows)


def _closures(case: FleeCase, names: _Names) -> tuple[Closure, ...]:
    orders: dict[str, int] = {}
    found = []
    for closure in case.closures:
        stem = _order(closure, names)
        orders[stem] = orders.get(stem, 0) + 1
        order = stem if orders[stem] == 1 else f"{stem}-{orders[stem]}"
        town = closure.kind == "location" and not closure.name2 and not closure.camps
        hit = () if town else closure.routes  # closing a town closes its roads and crossings
        places = (closure.name1,) if town else closure.camps
        found.append(
            Closure(
                id=order,
                order=order,
                crossings=tuple(names.route[i] for i in hit if names.over_border(case.routes[i])),
                roads=tuple(names.route[i] for i in hit),
                places=tuple(names.place[name] for name in places),
                from_=_at(case, closure.start),
                until=None if closure.end is None else _at(case, closure.end),
                source="closures.csv",
            )
        )
    return tuple(found)


def _order(closure: FleeClosure, names: _Names) -> str:
    """A readable name of the order: the kind of closure and what it names."""
    words = [name for name in (closure.name1, closure.name2) if name]
    known = _identifiers(words) | {word: names.place[word] for word in words if word in names.place}
    return f"{closure.kind}-{'--'.join(known[word] for word in words)}"[:76].strip()


def _sources(case: FleeCase) -> str:
    lines = [
        f"# Sources of {case.name}",
        "",
        f"Made from the Flee directory `{case.name}`. The files given as `source` are those of that directory.",
        "",
        *(f"- {note}" for note in case.notes),
        "",
    ]
    return "\n".join(lines)
