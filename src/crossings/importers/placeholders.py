"""What a map cannot say, as placeholders: streams, lanes and traffic, every row marked as estimated."""

from __future__ import annotations

import datetime as dt
import importlib.resources
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from crossings.importers.countries import country_name
from crossings.io.faults import counted
from crossings.scenario import Behaviour, Country, Crossing, Demand, Lane, Road, Settings, Stream
from crossings.scenario.geojson import great_circle_km, km_apart
from crossings.scenario.reachable import reachable

PLACEHOLDER = "placeholder: replace"
BUSY = 0.35  # share of an even day's capacity that is used
MOST_PAIRS = 200  # rows of demand in each direction and stream
NEAR_KM = 20.0  # towns nearer than that attract no more for it
THIN_DEG = 0.0005  # 50 m
DAY = (1, 1, 1, 1, 2, 4, 7, 9, 10, 10, 9, 8, 8, 8, 8, 8, 8, 7, 6, 5, 4, 3, 2, 1)


class TravellerKind(NamedTuple):
    """A stream: its mode, its name and unit, one for how many travellers, minutes to be served, and how it weighs a journey."""

    mode: str
    name: str
    unit: str
    one_in: float
    service_min: float
    beta: float
    outside_h: float


KINDS = {
    "travellers": TravellerKind("car", "ordinary travellers", "person", 1.0, 1.0, 0.7, 12.0),
    "trucks": TravellerKind("hgv", "lorries", "truck", 10.0, 10.0, 0.5, 20.0),
}


@dataclass(frozen=True)
class Traffic:
    """Travellers a day in each direction, the period, and the top speed of lorries where the roads know none."""

    per_day: float
    start: dt.date
    days: int = 28
    truck_kmh: float | None = None

    @property
    def end(self) -> dt.date:
        """The last day."""
        return self.start + dt.timedelta(days=self.days - 1)


@dataclass(frozen=True, slots=True)
class Gateway:
    """A crossing as far as lanes need it: hours by mode where the map has them, who may pass, and whether it is shut."""

    id: str
    hours: Mapping[str, str]
    modes: tuple[str, ...]
    shut: bool = False


@dataclass(frozen=True, slots=True)
class Origin:
    """A place where journeys begin and end; ``weight``: its inhabitants, or what stands for them."""

    place: str
    country: str
    lon: float
    lat: float
    weight: float | None


class Joined:
    """Whether roads lead, for a mode, from a place through one crossing to another place of the other country."""

    def __init__(
        self, roads: Iterable[Road], crossings: Iterable[Crossing], modes: Mapping[str, tuple[str, ...]]
    ) -> None:
        self._roads = list(roads)
        self._gates = [(c, modes.get(c.id, ())) for c in crossings]
        self._found: dict[tuple[str, str, bool], set[str]] = {}
        self._next: dict[tuple[str, bool], dict[str, list[str]]] = {}

    def __call__(self, mode: str, origin: str, destination: str) -> bool:
        """Whether there is a way for ``mode`` from ``origin`` to ``destination``."""
        out, into = self._reached(mode, origin, False), self._reached(mode, destination, True)
        return any(
            mode in may and ((c.place_a in out and c.place_b in into) or (c.place_b in out and c.place_a in into))
            for c, may in self._gates
        )

    def _reached(self, mode: str, place: str, backward: bool) -> set[str]:
        key = (mode, place, backward)
        if key not in self._found:
            if (mode, backward) not in self._next:
                self._next[mode, backward] = self._near(mode, backward)
            self._found[key] = reachable(self._next[mode, backward], [place])
        return self._found[key]

    def _near(self, mode: str, backward: bool) -> dict[str, list[str]]:
        near: dict[str, list[str]] = {}
        for road in self._roads:
            if road.modes and mode not in road.modes:
                continue
            ways = [(road.from_, road.to)] if road.one_way else [(road.from_, road.to), (road.to, road.from_)]
            for p, q in ways:
                near.setdefault(q if backward else p, []).append(p if backward else q)
        return near


@dataclass(frozen=True)
class Filled:
    """Streams, lanes and demand, and what is to be said of them."""

    streams: dict[str, Stream]
    lanes: tuple[Lane, ...]
    demand: tuple[Demand, ...]
    notes: tuple[str, ...] = ()


def placeholders(
    traffic: Traffic,
    *,
    crossings: Sequence[Gateway],
    towns: Sequence[Origin],
    countries: tuple[str, str],
    joined: Joined,
) -> Filled:
    """Lanes for each crossing, and traffic between the towns that roads join over one.

    Traffic goes between the countries in proportion to population x population / distance squared (Zipf 1946), none of it
    measured.
    """
    used = [name for name, kind in KINDS.items() if any(kind.mode in c.modes for c in crossings)]
    demand, notes = _demand(traffic, used, towns, countries, joined)
    used = [name for name in used if any(row.stream == name for row in demand)]
    streams = {name: _stream(KINDS[name], traffic.truck_kmh if name == "trucks" else None) for name in used}
    return Filled(streams, tuple(_lanes(traffic, used, crossings, countries)), tuple(demand), tuple(notes))


def _stream(kind: TravellerKind, top_kmh: float | None) -> Stream:
    behaviour = Behaviour(
        cost="exponential",
        beta=kind.beta,
        outside_h=kind.outside_h,
        wait_weight=0.1,
        knowledge_delay_h=4.0,
        journey_cv=0.15,
        renege_per_day=0.5,
        give_up=0.5,
    )
    return Stream(
        name=kind.name, unit=kind.unit, mode=kind.mode, speed_kmh=top_kmh, source=PLACEHOLDER, behaviour=behaviour
    )


def _lanes(
    traffic: Traffic, used: Sequence[str], crossings: Sequence[Gateway], countries: tuple[str, str]
) -> Iterable[Lane]:
    """One control on entry in each direction, with servers enough for the traffic given; none where it is shut."""
    for stream in used:
        kind = KINDS[stream]
        share = traffic.per_day / kind.one_in / max(1, sum(kind.mode in c.modes and not c.shut for c in crossings))
        servers = min(1000, max(1, math.ceil(share * kind.service_min / (1440 * BUSY))))
        for crossing in crossings:
            hours = crossing.hours.get(kind.mode, "")
            said = "shut in the map; service: " if crossing.shut else ""
            for country in countries if kind.mode in crossing.modes else ():
                yield Lane(
                    id=f"{crossing.id} {stream} into {country}"[:80],
                    crossing=crossing.id,
                    direction=country,
                    streams=(stream,),
                    servers=0 if crossing.shut else servers,
                    hours=hours or "24/7",
                    service_min_mean=kind.service_min,
                    source=f"{'hours: the map; servers and service: ' if hours else said}{PLACEHOLDER}",
                    estimated=True,
                )


def _demand(
    traffic: Traffic, used: Sequence[str], towns: Sequence[Origin], countries: tuple[str, str], joined: Joined
) -> tuple[list[Demand], list[str]]:
    """Rows between towns that are joined; the traffic of pairs without a way goes to those that have one."""
    known = sorted(t.weight for t in towns if t.weight)
    middle = known[len(known) // 2] if known else 1.0
    rows: list[Demand] = []
    lost: dict[str, int] = {}
    for stream in used:
        per_day = traffic.per_day / KINDS[stream].one_in
        for start, goal in (countries, countries[::-1]):
            pairs = [
                (a.place, b.place, (a.weight or middle) * (b.weight or middle) / max(NEAR_KM, km_apart(a, b)) ** 2)
                for a in towns
                for b in towns
                if a.country == start and b.country == goal
            ]
            pairs = sorted(pairs, key=lambda pair: -pair[2])
            there = [pair for pair in pairs if joined(KINDS[stream].mode, pair[0], pair[1])]
            lost[stream] = lost.get(stream, 0) + len(pairs) - len(there)
            there = there[:MOST_PAIRS]
            total = sum(weight for *_, weight in there)
            for origin, destination, weight in there:
                a_day = round(per_day * weight / total, 3)
                if a_day > 0:
                    rows.append(
                        Demand(
                            stream=stream,
                            origin=origin,
                            destination=destination,
                            from_=traffic.start,
                            until=traffic.end,
                            per_day=a_day,
                            profile="day",
                            source=f"{PLACEHOLDER}: split by population x population / distance squared",
                            estimated=True,
                        )
                    )
    notes = [
        f"no way for {stream} between {counted(count, 'pair')} of towns: no traffic there"
        for stream, count in lost.items()
        if count
    ]
    return rows, notes


@cache
def _zones() -> dict[str, list[tuple[str, float, float]]]:
    """Country -> its IANA zones with the position of the place that each is named after (zone.tab of tzdata)."""
    found: dict[str, list[tuple[str, float, float]]] = {}
    text = (importlib.resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    for row in text.splitlines():
        match = re.match(r"([A-Z]{2})\t([+-]\d+)([+-]\d+)\t(\S+)", row)
        if match:
            found.setdefault(match[1], []).append((match[4], _degrees(match[3]), _degrees(match[2])))
    return found


def _degrees(text: str) -> float:
    """ISO 6709 digits to degrees: +DDMM, +DDMMSS, +DDDMM, +DDDMMSS."""
    sign, digits = (-1 if text[0] == "-" else 1), text[1:]
    whole = 2 if len(digits) in (4, 6) else 3
    rest = digits[whole:]
    return sign * (int(digits[:whole]) + int(rest[:2]) / 60 + (int(rest[2:]) / 3600 if len(rest) > 2 else 0))


def clock_near(country: str, points: Sequence[tuple[float, float]]) -> str:
    """The zone of a country whose name place is nearest to the middle of some points (lon, lat); empty if none is known.

    >>> clock_near("FI", [(27.7, 60.6)]), clock_near("QQ", [(0, 0)])
    ('Europe/Helsinki', '')
    """
    zones = _zones().get(country, [])
    if not zones or not points:
        return zones[0][0] if zones else ""
    lon, lat = (sum(p[k] for p in points) / len(points) for k in (0, 1))
    return min(zones, key=lambda zone: great_circle_km(lon, lat, zone[1], zone[2]))[0]


def countries_near(codes: Iterable[str], points: Sequence[tuple[float, float]]) -> dict[str, Country]:
    """Countries by code, with the usual name and the clock near some points (lon, lat)."""
    return {code: Country(name=country_name(code), timezone=clock_near(code, points)) for code in codes}


def first_settings(
    name: str, title: str, traffic: Traffic, countries: dict[str, Country], streams: dict[str, Stream]
) -> Settings:
    """The settings of an imported scenario, by the clock of its first country."""
    start = dt.datetime.combine(traffic.start, dt.time())
    return Settings(
        name=name,
        title=title,
        start=start,
        end=start + dt.timedelta(days=traffic.days),
        timezone=next(iter(countries.values())).timezone or "UTC",
        sources="SOURCES.md",
        countries=countries,
        profiles={"day": tuple(float(share) for share in DAY)},
        streams=streams,
    )


def thinned(line: Any) -> tuple[tuple[float, float], ...]:
    """A line with the points that matter: none is off by more than 50 m (Douglas & Peucker 1973)."""
    points = np.asarray(line, float)
    scale = np.array([math.cos(math.radians(float(points[:, 1].mean()))), 1.0])
    flat = points * scale
    keep = np.zeros(len(points), bool)
    keep[[0, -1]] = True
    todo = [(0, len(points) - 1)]
    while todo:
        first, last = todo.pop()
        if last - first < 2:
            continue
        a, step = flat[first], flat[last] - flat[first]
        along = np.clip(((flat[first + 1 : last] - a) @ step) / max(float(step @ step), 1e-18), 0, 1)
        off = np.hypot(*(flat[first + 1 : last] - a - along[:, None] * step).T)
        far = int(np.argmax(off))
        if off[far] > THIN_DEG:
            middle = first + 1 + far
            keep[middle] = True
            todo += [(first, middle), (middle, last)]
    return tuple((round(float(x), 6), round(float(y), 6)) for x, y in points[keep])


def sources_page(about: str, lines: Sequence[str]) -> str:
    """SOURCES.md of an imported scenario."""
    listed = "\n".join(f"- {line}" for line in lines)
    return f"""# Sources

{about}

{listed}

Not from there, and marked `{PLACEHOLDER}` in the tables, with `estimated` = yes: how many travel and between which towns,
how many are served at once and how long one takes, and every setting of behaviour in scenario.yaml. Replace them before any
number is believed.
"""
