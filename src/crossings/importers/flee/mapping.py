"""A Flee case as an ordinary scenario: what becomes what.

- A location that people flee on some day is a place of kind origin; a camp or idpcamp with counts is one of kind
  reception, with its capacity, and those counted on day 0 are ``present``; any other location is a town to pass.
- A route within a country is a road, both ways. A route from A to B over a border is a crossing ``A--B``, free to pass,
  between B and a place ``A--B`` at the border, to which a road of the route's km leads from A.
- The rise of the summed counts is the demand of a stock that sets out at once, from the zones in conflict; their fall is a
  row of exits.csv: every camp shrinks by the same share. What is known of a day's counts when is said by ``published``.
- A camp attracts by the share that is left of the places free on day 0 (``alpha``): who is there already is counted once.
- A closure is an order of one row, on roads, crossings or places. A route over a border is closed as a crossing and as
  the road to it: so the crossing counts as closed, and journeys are found around it, over other borders as well.

Roads have a speed at which no journey lasts longer than seconds: the counts are of people who have arrived, so whoever
is counted has set out before. The speed is the same everywhere, so that the shortest way in hours is the one in km.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence

from crossings.errors import InputError
from crossings.importers.flee.case import FleeCase, FleeClosure, Floats, Route
from crossings.importers.flee.fit_block import headcounts, learning
from crossings.importers.flee.flows import FleeFlow, flows, persons_for
from crossings.importers.flee.geography import is_number
from crossings.importers.flee.identifiers import FleeNames, identifiers
from crossings.importers.flee.settings import moving
from crossings.importers.identifiers import clipped
from crossings.importers.tables import MOST
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
from crossings.scenario.fit_spec import FitSettings

STREAM = "displaced"
SPEED_KMH = 1e6
HAZARD_PER_DAY = 1000.0
IDPS = "initial_idps"
OVERFILL = 0.5  # of the fewest free places of a camp
FINE_STEP_MIN = 60  # where a day of people could overfill a camp before anybody hears of it


def to_scenario(
    case: FleeCase,
    *,
    capacity_scaling: float | None = 1.0,
    gamma: float | None = None,
    softening_km: float | None = None,
    persons: float | None = None,
    hindsight: bool = False,
    spawning: str = "counts",
    initial_idps: bool = False,
) -> Scenario:
    """Map a Flee case to a scenario that runs like any other.

    Arguments:
        case: as ``read_flee`` gives it.
        capacity_scaling: factor on the capacities of camps; None = no camp has a limit.
        gamma, softening_km: weight of distance, softening in km (docs/model.md, section 5); None = as the case's
            ``simsetting.yml`` says, or else Flee's own, 1 and 10 km.
        persons: persons in one traveller; None = chosen by the size of the case, ``persons_for``.
        hindsight: who comes and goes by the counts as Flee scores them, which know what was counted later; else by what had
            been published at the time.
        spawning: ``counts`` or ``conflict``, as for ``read_flee``.
        initial_idps: also those of the column ``initial_idps`` of ``locations.csv``: in a camp they are there at the start,
            elsewhere they set out on day 0.

    Raises:
        InputError: if a parameter makes no sense.

    Example:
        ``to_scenario(read_flee("mali2012"), capacity_scaling=None)``
    """
    persons = persons_for(case) if persons is None else persons
    usual = moving(case.settings)
    gamma, softening_km = usual[0] if gamma is None else gamma, usual[1] if softening_km is None else softening_km
    for what, value in (("capacity_scaling", capacity_scaling), ("persons", persons), ("softening_km", softening_km)):
        if value is not None and not 0 < value < math.inf:
            raise InputError("to_scenario", f"{what} {value} is not a positive number")
    if not 0 <= gamma < math.inf:
        raise InputError("to_scenario", f"gamma {gamma} is not a number of 0 or more")
    names = FleeNames.of(case)
    borders = _borders(case, names)
    pairs = len(case.camps) * max(1, len(names.abroad))
    idps = _idps(case) if initial_idps else {}
    flow = flows(case, spawning, hindsight=hindsight)
    places = _places(case, names, capacity_scaling, flow.present, idps)
    behaviour = Behaviour(
        cost="power",
        gamma=gamma,
        softening_km=softening_km,
        capacity="room",
        choice_set=min(10_000, max(32, pairs)),
        alpha=_free_at_start(places),
    )
    received = [(place.id, place.capacity) for place in places if place.kind == "reception"]
    fit = learning(received, behaviour, STREAM)
    return Scenario(
        settings=_settings(case, names, behaviour, persons, fit, _step_min(flow.most_a_day(case.days), places)),
        borders=tuple(borders.values()),
        places=places + _border_places(case, names),
        roads=_roads(case, names),
        crossings=_crossings(case, names, borders),
        lanes=(),
        demand=_demand(case, names, flow, persons),
        stocks=_stocks(case, names, idps, persons),
        closures=_closures(case, names),
        exits=_exits(case, names, flow),
        observations=(),
        headcounts=headcounts(case, names.place, _at),
        claims=(),
        lines={},
        basemap=None,
        sources=_sources(case),
    )


def _free_at_start(places: Sequence[Place]) -> dict[str, float]:
    """ln(capacity / free places at the start) of each camp: with the share of its capacity that is left, the model's own
    factor, it makes the share that is left of those places. A camp without one free place keeps its small remainder."""
    found = {}
    for place in places:
        if place.kind == "reception" and place.capacity and place.present > 0:
            free = max(place.capacity - place.present, 1e-4 * place.capacity)
            found[place.id] = round(math.log(place.capacity / free), 6)
    return found


def _step_min(most_a_day: float, places: Sequence[Place]) -> int:
    """The clock of the board: a day, or an hour where more people come on one day than some camp has free places."""
    free = [place.capacity - place.present for place in places if place.kind == "reception" and place.capacity]
    least = min((room for room in free if room > 0), default=math.inf)
    return FINE_STEP_MIN if most_a_day > OVERFILL * least else 1440


def _idps(case: FleeCase) -> dict[str, float]:
    """Location -> its ``initial_idps``; InputError where that is not a number."""
    found = {}
    for location in case.locations:
        text = location.extra.get(IDPS, "0")
        if not is_number(text) or not 0 <= float(text) <= 1e8:
            raise InputError("locations.csv", f"{IDPS} {text!r} of {location.name!r} is not a number of people")
        if float(text) > 0:
            found[location.name] = float(text)
    return found


def _settings(
    case: FleeCase, names: FleeNames, behaviour: Behaviour, persons: float, fit: FitSettings, step_min: int
) -> Settings:
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
        name=identifiers([case.name])[case.name],
        title=f"{case.name}, from a Flee directory",
        start=_at(case, 0),
        end=_at(case, case.days),
        timezone="UTC",
        step_min=step_min,
        drain_days=0.0,
        countries={code: Country(name=clipped(name.replace("_", " "))) for name, code in names.country.items()},
        streams={STREAM: stream},
        sources="SOURCES.md",
        fit=fit,
    )


def _at(case: FleeCase, day: int) -> dt.datetime:
    """Midnight at which ``day`` begins."""
    return dt.datetime.combine(case.start, dt.time()) + dt.timedelta(days=day)


def _places(
    case: FleeCase, names: FleeNames, scaling: float | None, present: Floats, idps: Mapping[str, float]
) -> tuple[Place, ...]:
    there = dict(zip(case.camps, present.tolist(), strict=True))
    places = []
    for location in case.locations:
        is_camp = location.name in there
        room = location.population if is_camp else None
        flees = location.name in case.zones or location.name in idps
        places.append(
            Place(
                id=names.place[location.name],
                name=clipped(location.name),
                lat=location.lat,
                lon=location.lon,
                country=names.code[location.name],
                kind="reception" if is_camp else "origin" if flees else "town",
                population=None if location.is_camp else location.population,
                capacity=None if room is None or scaling is None else min(room * scaling, MOST),
                present=round(there.get(location.name, 0.0) + (idps.get(location.name, 0.0) if is_camp else 0.0), 6),
                source="locations.csv",
            )
        )
    return tuple(places)


def _border_places(case: FleeCase, names: FleeNames) -> tuple[Place, ...]:
    """Where a route meets the border: drawn in the middle, in the country of its first place."""
    found = []
    for i in names.abroad:
        one, two = case.routes[i].name1, case.routes[i].name2
        lat, lon = _middle(case, case.routes[i])
        found.append(
            Place(
                id=names.route[i],
                name=clipped(f"border on the way from {one} to {two}"),
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


def _roads(case: FleeCase, names: FleeNames) -> tuple[Road, ...]:
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


def _borders(case: FleeCase, names: FleeNames) -> dict[frozenset[str], Border]:
    """One border for every two countries with a route between them; side a is the country first met."""
    borders: dict[frozenset[str], Border] = {}
    for i in names.abroad:
        a, b = names.code[case.routes[i].name1], names.code[case.routes[i].name2]
        borders.setdefault(frozenset((a, b)), Border(id=f"{a}-{b}", country_a=a, country_b=b))
    return borders


def _crossings(case: FleeCase, names: FleeNames, borders: Mapping[frozenset[str], Border]) -> tuple[Crossing, ...]:
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
                name=clipped(f"{one} - {two}"),
                border=border.id,
                place_a=sides[0],
                place_b=sides[1],
                lat=lat,
                lon=lon,
                source="routes.csv",
            )
        )
    return tuple(found)


def _demand(case: FleeCase, names: FleeNames, flow: FleeFlow, persons: float) -> tuple[Demand, ...]:
    """Who sets out; days that follow one another with the same number, known at one time, are one row."""
    found = []
    for z, zone in enumerate(case.zones):
        runs: list[tuple[int, int, int, float]] = []
        for row in flow.leaving:
            number = round(float(row.a_day[z]) / persons, 6)
            if runs and runs[-1][1:] == (row.first - 1, row.known, number):
                runs[-1] = (runs[-1][0], row.last, row.known, number)
            else:
                runs.append((row.first, row.last, row.known, number))
        found += [
            Demand(
                stream=STREAM,
                origin=names.place[zone],
                from_=_at(case, first).date(),
                until=_at(case, last).date(),
                per_day=number,
                published=_published(case, known),
            )
            for first, last, known, number in runs
            if number > 0
        ]
    return tuple(found)


def _published(case: FleeCase, day: int) -> dt.datetime | None:
    """The last minute of a day, when its records can be known; None for -1, what no record tells."""
    return None if day < 0 else _at(case, day + 1) - dt.timedelta(minutes=1)


def _stocks(case: FleeCase, names: FleeNames, idps: Mapping[str, float], persons: float) -> tuple[Stock, ...]:
    """Whoever joins the stock of a zone leaves within minutes; where nothing is reachable people wait there."""
    waiting = {name: number for name, number in idps.items() if name not in case.camps}
    return tuple(
        Stock(
            stream=STREAM,
            origin=names.place[zone],
            initial=round(waiting.get(zone, 0.0) / persons),
            from_=_at(case, 0),
            until=_at(case, case.days),
            hazard_per_day=HAZARD_PER_DAY,
        )
        for zone in dict.fromkeys((*case.zones, *waiting))
    )


def _exits(case: FleeCase, names: FleeNames, flow: FleeFlow) -> tuple[Exit, ...]:
    """The rate at which a fall takes its share of every camp within the day, or a correction that of one camp."""
    return tuple(
        Exit(
            place=None if row.camp is None else names.place[row.camp],
            from_=_at(case, row.first),
            until=_at(case, row.last + 1),
            hazard_per_day=HAZARD_PER_DAY if row.a_day >= 1 else min(HAZARD_PER_DAY, -math.log1p(-row.a_day)),
            published=_published(case, row.known),
        )
        for row in flow.falls
    )


def _closures(case: FleeCase, names: FleeNames) -> tuple[Closure, ...]:
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


def _order(closure: FleeClosure, names: FleeNames) -> str:
    """A readable name of the order: the kind of closure and what it names."""
    words = [name for name in (closure.name1, closure.name2) if name]
    known = identifiers(words) | {word: names.place[word] for word in words if word in names.place}
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
