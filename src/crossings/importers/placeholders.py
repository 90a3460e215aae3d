"""What a map cannot say, as placeholders: streams, lanes and traffic, every row marked as estimated."""

from __future__ import annotations

import datetime as dt
import importlib.resources
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from crossings.scenario import Behaviour, Demand, Lane, Stream

__all__ = ["PLACEHOLDER", "Filled", "Traffic", "clock_near", "placeholders", "sources_page", "thinned"]

PLACEHOLDER = "placeholder: replace"
SERVICE_MIN = {"travellers": 1.0, "trucks": 10.0}
BUSY = 0.35  # share of an even day's capacity that is used
MOST_PAIRS = 200  # rows of demand in each direction and stream
NEAR_KM = 20.0  # towns nearer than that attract no more for it
THIN_DEG = 0.0005  # 50 m
DAY = (1, 1, 1, 1, 2, 4, 7, 9, 10, 10, 9, 8, 8, 8, 8, 8, 8, 7, 6, 5, 4, 3, 2, 1)


@dataclass(frozen=True)
class Traffic:
    """Streams with their mode, travellers a day in each direction, top speeds, and the period."""

    streams: dict[str, str]
    per_day: dict[str, float]
    top_kmh: dict[str, float]
    start: dt.date
    end: dt.date


@dataclass(frozen=True)
class Filled:
    """Streams, profiles, lanes and demand."""

    streams: dict[str, Stream]
    profiles: dict[str, tuple[float, ...]]
    lanes: tuple[Lane, ...]
    demand: tuple[Demand, ...]


def placeholders(
    traffic: Traffic,
    *,
    crossings: Sequence[tuple[str, str, Sequence[str], bool]],
    towns: Sequence[tuple[str, str, float, float, float | None]],
    countries: tuple[str, str],
) -> Filled:
    """Lanes for each crossing (id, hours, modes, whether the hours are from the map), and traffic between towns.

    towns: (place, country, lon, lat, population). Traffic goes between the countries in proportion to population x
    population / distance squared (Zipf 1946), none of it measured.
    """
    used = {name: mode for name, mode in traffic.streams.items() if any(mode in modes for _, _, modes, _ in crossings)}
    streams = {
        name: Stream(
            name={"travellers": "ordinary travellers", "trucks": "lorries"}.get(name, name),
            unit="truck" if name == "trucks" else "person",
            mode=mode,
            speed_kmh=traffic.top_kmh.get(name),
            source=PLACEHOLDER,
            behaviour=Behaviour(
                cost="exponential",
                beta=0.7 if name != "trucks" else 0.5,
                outside_h=12.0 if name != "trucks" else 20.0,
                wait_weight=0.1,
                knowledge_delay_h=4.0,
                journey_cv=0.15,
                renege_per_day=0.5,
                give_up=0.5,
            ),
        )
        for name, mode in used.items()
    }
    return Filled(
        streams,
        {"day": tuple(float(share) for share in DAY)},
        tuple(_lanes(traffic, used, crossings, countries)),
        tuple(_demand(traffic, used, towns, countries)),
    )


def _lanes(
    traffic: Traffic,
    used: dict[str, str],
    crossings: Sequence[tuple[str, str, Sequence[str], bool]],
    countries: tuple[str, str],
) -> Iterable[Lane]:
    """One control on entry in each direction, with servers enough for the traffic given."""
    for stream, mode in used.items():
        share = traffic.per_day[stream] / max(1, sum(mode in modes for _, _, modes, _ in crossings))
        service = SERVICE_MIN.get(stream, 1.0)
        servers = min(1000, max(1, math.ceil(share * service / (1440 * BUSY))))
        for crossing, hours, modes, from_map in crossings:
            for country in countries if mode in modes else ():
                yield Lane(
                    id=f"{crossing} {stream} into {country}"[:80],
                    crossing=crossing,
                    direction=country,
                    streams=(stream,),
                    servers=servers,
                    hours=hours,
                    service_min_mean=service,
                    source=f"hours: the map; servers and service: {PLACEHOLDER}" if from_map else PLACEHOLDER,
                    estimated=True,
                )


def _demand(
    traffic: Traffic,
    used: dict[str, str],
    towns: Sequence[tuple[str, str, float, float, float | None]],
    countries: tuple[str, str],
) -> Iterable[Demand]:
    known = sorted(p for *_, p in towns if p)
    middle = known[len(known) // 2] if known else 1.0
    for stream in used:
        for start, goal in (countries, countries[::-1]):
            pairs = [
                (a[0], b[0], (a[4] or middle) * (b[4] or middle) / max(NEAR_KM, _km(a[2], a[3], b[2], b[3])) ** 2)
                for a in towns
                for b in towns
                if a[1] == start and b[1] == goal
            ]
            pairs = sorted(pairs, key=lambda pair: -pair[2])[:MOST_PAIRS]
            total = sum(weight for *_, weight in pairs)
            for origin, destination, weight in pairs:
                a_day = round(traffic.per_day[stream] * weight / total, 3)
                if a_day > 0:
                    yield Demand(
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


def _km(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    a, b = math.radians(lat1), math.radians(lat2)
    h = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 2 * 6371.0088 * math.asin(math.sqrt(min(1.0, h)))


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
    return min(zones, key=lambda zone: _km(lon, lat, zone[1], zone[2]))[0]


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
