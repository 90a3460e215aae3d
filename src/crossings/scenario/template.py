"""A first scenario of one's own: a commented directory made from a few answers, with placeholders to replace."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from crossings.errors import Fault, InputError, refused, unknown
from crossings.io.disk import UnreadableError, read_bytes
from crossings.io.faults import counted
from crossings.scenario.clock import format_when, load_zone
from crossings.scenario.field_types import Identifier
from crossings.scenario.reader import locate
from crossings.scenario.scenario import Scenario
from crossings.scenario.writer import csv_text, write_files

TEMPLATES = Path(__file__).parent.parent / "templates" / "scenario"
PLACEHOLDER = "placeholder: replace"
MOST_CROSSINGS = 50
MOST_PER_DAY = 1_000_000.0
KM_APART = 50.0
KM_INLAND = 15.0  # near enough that a short road in a first trial is no shorter than the straight line
KM_PER_DEGREE = 111.2
SERVICE_MIN = 1.0
BUSY = 0.35  # share of an even day's capacity that is used, so that the busiest hours do not queue for long
_COUNTRY = re.compile(r"[A-Z]{2,3}")
_IDENTIFIER = TypeAdapter(Identifier)


@dataclass(frozen=True)
class TemplatePlan:
    """What has to be known for a first scenario. ``closed``: crossings that an order closes, from ``closed_from``."""

    name: str
    countries: tuple[str, ...]
    crossings: tuple[str, ...]
    per_day: float
    start: dt.date
    end: dt.date
    timezone: str = "UTC"
    closed: tuple[str, ...] = ()
    closed_from: dt.datetime | None = None
    announced: dt.datetime | None = None

    def faults(self) -> list[Fault]:
        """Everything wrong with it, by the option in which it was given."""
        return [*self._names(), *self._figures(), *self._closing()]

    def _names(self) -> Iterator[Fault]:
        if len(self.countries) != 2 or len(set(self.countries)) != 2:
            yield Fault("countries", f"different countries: {len(set(self.countries))}", "give two, such as FI,RU")
        for code in self.countries:
            if not _COUNTRY.fullmatch(code):
                near = code_of(code)
                hint = f"did you mean {near}?" if near else "write two or three capital letters, such as FI"
                yield Fault("countries", f"'{code[:40]}' is not a country code", hint)
        if not 1 <= len(self.crossings) <= MOST_CROSSINGS:
            yield Fault("crossings", f"{counted(len(self.crossings), 'crossing')}", f"give 1 to {MOST_CROSSINGS}")
        for name in self.crossings:
            if not _is_name(name):
                hint = "write letters, digits, spaces and .+/()'_-, at most 60"
                yield Fault("crossings", f"'{name[:40]}' is not a name", hint)
        for name in sorted({name for name in self.crossings if self.crossings.count(name) > 1}):
            yield Fault("crossings", f"'{name[:40]}' is given twice", "give each crossing once")

    def _figures(self) -> Iterator[Fault]:
        if not (math.isfinite(self.per_day) and 0 < self.per_day <= MOST_PER_DAY):
            hint = f"write a number above 0, at most {MOST_PER_DAY:,.0f}"
            yield Fault("per_day", f"{counted(self.per_day, 'traveller')} a day", hint)
        if self.end < self.start:
            yield Fault("end", f"{self.end} is before the start {self.start}", "let the run end after it starts")
        elif (self.end - self.start).days > 3660:
            yield Fault("end", f"a run of {counted((self.end - self.start).days, 'day')}", "at most ten years")
        try:
            load_zone(self.timezone)
        except ValueError as error:
            yield refused("timezone", error)

    def _closing(self) -> Iterator[Fault]:
        yield from unknown("closed", "crossing", self.closed, sorted(set(self.crossings)))
        if self.closed_from is not None and not self.closed:
            yield Fault("closed_from", "no crossing is closed", "name one with --closed")
        if self.announced is not None and self.closed_from is None:
            yield Fault("announced", "no closure has a time", "give --closed-from as well")
        elif self.announced is not None and self.closed_from is not None and self.announced > self.closed_from:
            yield Fault("announced", "is after the closure takes effect", "announce it before, or leave it out")


def code_of(name: str) -> str:
    """The ISO code of a country by its English name, or a code as it is; empty where there is none.

    >>> code_of("finland"), code_of("PL"), code_of("nowhere")
    ('FI', 'PL', '')
    """
    from babel import Locale

    if _COUNTRY.fullmatch(name):
        return name
    names = Locale("en").territories
    return next((c for c, n in names.items() if n.casefold() == name.casefold() and _COUNTRY.fullmatch(c)), "")


def _is_name(text: str) -> bool:
    """Whether a crossing can have this name, and its places and lanes one made of it."""
    try:
        return len(text) <= 60 and _IDENTIFIER.validate_python(text) == text == text.strip()
    except ValidationError:
        return False


def write_plan(plan: TemplatePlan, directory: Path) -> None:
    """Write a plan as a new scenario directory that passes every check; raises InputError otherwise."""
    faults = plan.faults()
    if faults:
        raise InputError(faults)
    write_files(_files(plan), directory, accept=Scenario.read)


def copy_scenario(name: str, directory: Path) -> None:
    """Copy a bundled scenario (or a directory), comments and all, to a new directory; raises InputError if it has faults."""
    source = locate(name)
    Scenario.read(source)
    try:
        names = [p.name for p in sorted(source.iterdir()) if p.is_file() and not p.name.startswith(".")]
        files: dict[str, str | bytes] = {name: read_bytes(source / name, within=source) for name in names}
    except UnreadableError as error:
        raise InputError(error.fault(str(source))) from None
    except OSError as error:
        raise InputError(str(source), f"cannot be read: {error.strerror}", "make it readable") from None
    write_files(files, directory, accept=Scenario.read)


def _files(plan: TemplatePlan) -> dict[str, str]:
    a, b = plan.countries
    towns = (f"{a.lower()}-town", f"{b.lower()}-town")
    files = {
        "scenario.yaml": string.Template(_template("scenario.yaml")).substitute(
            name=plan.name, a=a, b=b, start=plan.start, end=plan.end, timezone=plan.timezone
        ),
        "SOURCES.md": _template("SOURCES.md"),
        "borders.csv": csv_text(
            "id,country_a,country_b,declared_km,line", [[_border(plan), a, b, "", "border.geojson"]]
        ),
        "border.geojson": json.dumps(_line(plan)) + "\n",
        "crossings.csv": csv_text("id,border,place_a,place_b,lat,lon,source", _crossings(plan)),
        "places.csv": csv_text("id,name,lat,lon,country,kind,source,estimated", _places(plan, towns)),
        "roads.csv": csv_text("from,to,km,speed_kmh,source,estimated", _roads(plan, towns)),
        "lanes.csv": csv_text(
            "id,crossing,direction,side,streams,servers,hours,service_min_mean,service_cv,source,estimated",
            _lanes(plan),
        ),
        "demand.csv": csv_text(
            "stream,origin,destination,from,until,per_day,profile,source,estimated",
            [
                ["travellers", *way, plan.start, plan.end, f"{plan.per_day:g}", "day", PLACEHOLDER, "yes"]
                for way in (towns, towns[::-1])
            ],
        ),
    }
    if plan.closed:
        files["closures.csv"] = csv_text("id,order,crossings,announced,from,kind,source,estimated", [_order(plan)])
    return files


def _template(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _day(date: dt.date) -> dt.datetime:
    return dt.datetime(date.year, date.month, date.day)


def _border(plan: TemplatePlan) -> str:
    return "-".join(code.lower() for code in plan.countries)


def _lat(i: int) -> float:
    """Crossings stand one above the other on a meridian, from the equator on."""
    return round((i + 0.5) * KM_APART / KM_PER_DEGREE, 4)


def _line(plan: TemplatePlan) -> dict[str, Any]:
    top = round(len(plan.crossings) * KM_APART / KM_PER_DEGREE, 4)
    points = [[0.0, 0.0], *([0.0, _lat(i)] for i in range(len(plan.crossings))), [0.0, top]]
    return {
        "type": "Feature",
        "properties": {"note": PLACEHOLDER},
        "geometry": {"type": "LineString", "coordinates": points},
    }


def _side(crossing: str, country: str) -> str:
    return f"{crossing} {country}"


def _crossings(plan: TemplatePlan) -> list[list[Any]]:
    a, b = plan.countries
    return [
        [name, _border(plan), _side(name, a), _side(name, b), _lat(i), 0.0, PLACEHOLDER]
        for i, name in enumerate(plan.crossings)
    ]


def _places(plan: TemplatePlan, towns: tuple[str, str]) -> list[list[Any]]:
    rows = []
    middle = round(_lat(len(plan.crossings) - 1) / 2, 4)
    for country, town, way in zip(plan.countries, towns, (-1, 1), strict=True):
        lon = round(way * KM_INLAND / KM_PER_DEGREE, 4)
        rows.append([town, f"where travellers of {country} live", middle, lon, country, "origin", PLACEHOLDER, "yes"])
        rows += [
            [_side(name, country), "", _lat(i), way * 0.01, country, "town", PLACEHOLDER, "yes"]
            for i, name in enumerate(plan.crossings)
        ]
    return rows


def _roads(plan: TemplatePlan, towns: tuple[str, str]) -> list[list[Any]]:
    middle = _lat(len(plan.crossings) - 1) / 2
    km = [1.2 * math.hypot(KM_INLAND, (_lat(i) - middle) * KM_PER_DEGREE) for i in range(len(plan.crossings))]
    return [
        [town, _side(name, country), f"{km[i]:.0f}", 70, PLACEHOLDER, "yes"]
        for country, town in zip(plan.countries, towns, strict=True)
        for i, name in enumerate(plan.crossings)
    ]


def _lanes(plan: TemplatePlan) -> list[list[Any]]:
    """One control on entry in each direction, with servers enough for the traffic given."""
    share = plan.per_day / len(plan.crossings)
    servers = min(1000, max(1, math.ceil(share * SERVICE_MIN / (1440 * BUSY))))
    service = [servers, "24/7", SERVICE_MIN, 1, PLACEHOLDER, "yes"]
    return [
        [f"{name} into {country}", name, country, "entry", "travellers", *service]
        for name in plan.crossings
        for country in plan.countries
    ]


def _order(plan: TemplatePlan) -> list[Any]:
    start = plan.closed_from or _day(plan.start + (plan.end - plan.start) / 2)
    announced = "" if plan.announced is None else format_when(plan.announced, False)
    begins = format_when(start, False)
    return ["closed-row", "closed", ";".join(plan.closed), announced, begins, "closed", PLACEHOLDER, "yes"]
