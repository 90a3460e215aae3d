"""The files of a GMNS directory as nodes and links, with what is wrong and what is left out."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crossings.errors import printable, refused
from crossings.importers.gmns.opening_days import read_time_day
from crossings.importers.gmns.units import KM, SPEED, degrees, length_name, length_unit, number_in, paired_factor
from crossings.importers.gmns.where import CountryGround, country_of
from crossings.importers.tables import InputRow, read_sheet
from crossings.importers.weeks import Week, opening_hours, week_of
from crossings.io.faults import Faults, clip, counted
from crossings.scenario.geojson import km_apart

SOURCE = "GMNS"
USES = {
    "car": ("auto", "car", "sov", "hov", "hov2", "hov3", "hov3+", "motor", "all", "any", "vehicle", "road"),
    "hgv": ("truck", "trucks", "hgv", "freight", "hv", "all", "any", "motor", "vehicle", "road", "heavy"),
}
# Node types at which journeys begin and end.
ENDS = ("origin", "destination", "centroid", "reception", "zone", "external")
OTHER_USES = ("bike", "bicycle", "walk", "ped", "pedestrian", "transit", "bus", "rail", "taxi")
GUESSED_KMH = 60.0
LONGEST_H = 10_000.0
LONGEST_KM = 100_000.0
LEAST_AN_HOUR = 1e-3
_DIRECTED = {
    **dict.fromkeys(("", "true", "t", "1", "1.0", "yes", "y"), True),
    **dict.fromkeys(("false", "f", "0", "0.0", "no", "n"), False),
}


@dataclass(frozen=True, slots=True)
class Node:
    """A node: its country, and whether journeys may begin or end there (``end``)."""

    name: str
    lon: float
    lat: float
    country: str
    population: float | None
    end: bool


@dataclass(slots=True)
class GmnsLink:
    """A link: km, hours, modes, both ways or not, capacity an hour and lane, lanes, opening hours."""

    where: str
    id: str
    name: str
    tail: str
    head: str
    directed: bool
    km: float
    hours: float
    modes: tuple[str, ...]
    capacity: float | None
    lanes: float | None
    kind: str = ""
    open: str = "24/7"


@dataclass
class Reading:
    """The directory as far as it is read, with what is wrong and what is left out.

    How countries are told: by ``ground``, or else the column ``country``; asked_length: the unit that somebody gives.
    """

    folder: Path
    notes: list[str]
    country: str = "country"
    ground: CountryGround | None = None
    asked_length: str = ""
    faults: Faults = field(default_factory=Faults)
    length: str = ""
    speed: float = 0.0
    crs: str = ""
    nodes: dict[str, Node] = field(default_factory=dict)
    links: dict[str, GmnsLink] = field(default_factory=dict)
    outside: set[str] = field(default_factory=set)  # nodes in no country
    unused: set[str] = field(default_factory=set)  # links that are there, and mean nothing here

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def read(self) -> None:
        """Everything in the directory, with its faults."""
        _read_config(self)
        _read_nodes(self)
        if self.nodes and not self.faults.any:
            _read_links(self)
            _read_tod(self)


def _read_config(reading: Reading) -> None:
    """Units and coordinates, as far as they are given."""
    path = reading.folder / "config.csv"
    if not path.exists():
        reading.note("there is no config.csv: coordinates are taken as degrees")
        return
    sheet = read_sheet(path, reading.faults)
    row = sheet.rows[0] if sheet is not None and sheet.rows else None
    if row is None:
        return
    text = row.get("long_length")
    reading.length = length_name(text)
    if text and not reading.length:
        reading.faults.add(row.where, f"long_length: {clip(text)} is not a known unit", f"write {', '.join(KM)}")
    text = row.get("speed").lower()
    reading.speed = SPEED.get(text, 0.0)
    if text and not reading.speed:
        reading.faults.add(row.where, f"speed: {clip(text)} is not a known unit", f"write {', '.join(SPEED)}")
    reading.crs = row.get("crs")


def _read_nodes(reading: Reading) -> None:
    faults = reading.faults
    sheet = read_sheet(reading.folder / "node.csv", faults, ("node_id", "x_coord", "y_coord"))
    if sheet is None:
        return
    by_column = reading.ground is None
    if by_column and not sheet.has(reading.country):
        what = f"no column {clip(reading.country)} says in which country a node lies"
        instead = (
            "give the border: --border A-B --line border.geojson (a line or polygons); or the column: --country COLUMN"
        )
        faults.add(f"{sheet.name}:1", what, instead)
        return
    rows: dict[str, tuple[InputRow, float, float]] = {}
    for row in sheet.rows:
        node, x, y = row.get("node_id"), row.number("x_coord", faults), row.number("y_coord", faults)
        if not node or node in rows:
            faults.add(row.where, f"node_id {clip(node)} {'again' if node else 'is empty'}", "give each node its own")
        elif not (row.get("x_coord") and row.get("y_coord")):
            faults.add(row.where, "x_coord or y_coord is missing", "give both")
        elif x is not None and y is not None:
            rows[node] = (row, x, y)
    if not rows:
        if not faults.any:
            faults.add(sheet.name, "there is no row under the header", "give a row for each node")
        return
    xs, ys = (np.array([value[k] for value in rows.values()], float) for k in (1, 2))
    lon, lat = degrees(xs, ys, reading.crs)
    codes = [""] * len(lon) if reading.ground is None else reading.ground.countries(lon, lat)
    for (node, (row, *_)), at_lon, at_lat, code in zip(rows.items(), lon.tolist(), lat.tolist(), codes, strict=True):
        if not (abs(at_lon) <= 180 and abs(at_lat) <= 90):
            instead = "give degrees (EPSG:4326), or their system as crs in config.csv, such as EPSG:32619"
            faults.add(row.where, "x_coord and y_coord are not longitude and latitude", instead)
            continue
        if by_column and not (code := country_of(row.get(reading.country))):
            text = row.get(reading.country)
            faults.add(row.where, f"{reading.country}: {clip(text)} is not a country", "write an ISO code, such as FI")
            continue
        if not code:
            reading.note("not used: nodes outside the polygons of the countries")
            reading.outside.add(node)
            continue
        people = row.number("population", faults, 0.0)
        end = row.get("zone_id") not in ("", "0", "-1") or row.get("node_type").lower() in ENDS
        reading.nodes[node] = Node(row.get("name"), at_lon, at_lat, code, people or None, end)


def _read_links(reading: Reading) -> None:
    faults = reading.faults
    sheet = read_sheet(reading.folder / "link.csv", faults, ("link_id", "from_node_id", "to_node_id"))
    drafts = [draft for row in (sheet.rows if sheet is not None else ()) if (draft := _draft(reading, row)) is not None]
    if sheet is not None and not sheet.rows:
        faults.add(sheet.name, "there is no row under the header", "give a row for each link")
    if faults.any or not drafts:
        return
    straight = np.array([km_apart(reading.nodes[d.ends[0]], reading.nodes[d.ends[1]]) for d in drafts])
    lengths = np.array([d.length if d.length is not None else -1.0 for d in drafts])
    unit, note = length_unit(lengths, straight, reading.length, reading.asked_length or _by_miles(reading, drafts))
    if note:
        reading.note(note)
    kmh = reading.speed or _speed_by_miles(drafts)
    if not kmh:
        kmh = SPEED["mph"] if unit in ("mile", "ft") else 1.0
        reading.note(f"no unit of speed is given: {'miles' if kmh > 1 else 'km'} an hour are taken")
    short = 0
    for draft, air in zip(drafts, straight.tolist(), strict=True):
        km = draft.length * KM[unit] if draft.length is not None else air
        if draft.length is None:
            reading.note("links without a length have that of the straight line")
        short += draft.length is not None and km < 0.9 * air - 0.05
        _add_link(reading, draft, km, kmh)
    if short:
        reading.note(f"shorter than the straight line between their nodes: {counted(short, 'link')}; check the lengths")


def _column(drafts: list[_Draft], name: str) -> NDArray[np.float64]:
    """A column of numbers as they stand; NaN for what is none."""
    found = []
    for draft in drafts:
        try:
            found.append(float(draft.row.get(name)))
        except ValueError:
            found.append(math.nan)
    return np.array(found)


def _by_miles(reading: Reading, drafts: list[_Draft]) -> str:
    """The unit of length by a column in miles beside it; empty where there is none."""
    factor = paired_factor(_column(drafts, "length"), _column(drafts, "vdf_length_mi"))
    unit = next((name for name, km in KM.items() if factor and abs(factor * km / KM["mile"] - 1) < 0.02), "")
    if unit:
        reading.note(f"lengths are taken as {unit}, by the column vdf_length_mi")
    return unit


def _speed_by_miles(drafts: list[_Draft]) -> float:
    """km/h of a unit of speed, by a column in miles an hour beside it; 0 where there is none."""
    factor = paired_factor(_column(drafts, "free_speed"), _column(drafts, "vdf_free_speed_mph"))
    return next((kmh for kmh in (1.0, SPEED["mph"]) if factor and abs(factor * kmh / SPEED["mph"] - 1) < 0.02), 0.0)


@dataclass(slots=True)
class _Draft:
    """A row of link.csv whose length has no unit yet."""

    row: InputRow
    ends: tuple[str, str]
    length: float | None
    speed: float | None
    factor: float
    capacity: float | None
    lanes: float | None
    modes: tuple[str, ...]


def _draft(reading: Reading, row: InputRow) -> _Draft | None:
    faults = reading.faults
    ends = row.get("from_node_id"), row.get("to_node_id")
    if any(end in reading.outside for end in ends):
        reading.unused.add(row.get("link_id"))
        return None
    unknown = [end for end in ends if end not in reading.nodes]
    for end in unknown:
        faults.add(row.where, f"node {clip(end)} is not in node.csv", "name a node that is there")
    if unknown or not row.get("link_id"):
        if not unknown:
            faults.add(row.where, "link_id is empty", "give each link its own")
        reading.unused.add(row.get("link_id"))
        return None
    factor = 0.0
    for name in ("free_speed", "lanes", "capacity", "length"):
        text, said = number_in(row.get(name))
        if text != row.get(name):
            reading.note(f"{name}: of cells such as {clip(row.get(name))} the first number is taken")
            row.put(name, text)
            factor = said if name == "free_speed" else factor
    length, speed = row.number("length", faults, 0.0, 1e8), row.number("free_speed", faults, 0.0, 1e6)
    capacity, lanes = row.number("capacity", faults, 0.0, 1e6), row.number("lanes", faults, 0.0, 1000)
    if capacity is not None and 0 < capacity < LEAST_AN_HOUR:
        faults.add(row.where, f"capacity: {capacity:g} an hour is not accepted", f"0, or {LEAST_AN_HOUR:g} or more")
    if ends[0] == ends[1]:
        reading.note("not used: links that lead from a node to itself")
        reading.unused.add(row.get("link_id"))
        return None
    modes = _modes(reading, row.get("allowed_uses"))
    if not modes:
        reading.unused.add(row.get("link_id"))
        return None
    return _Draft(row, ends, length, speed, factor, capacity, lanes, modes)


def _add_link(reading: Reading, draft: _Draft, km: float, kmh_unit: float) -> None:
    faults, row = reading.faults, draft.row
    a, b = (reading.nodes[end] for end in draft.ends)
    if not draft.speed and a.country == b.country:
        reading.note(f"links without a free_speed are taken at {GUESSED_KMH:g} km/h")
    kmh = draft.speed * (draft.factor or kmh_unit) if draft.speed else GUESSED_KMH
    if km > LONGEST_KM:
        faults.add(
            row.where, f"length: {km:,.0f} km are too many", f"at most {LONGEST_KM:,.0f}: check length, or its unit"
        )
    elif km / kmh > LONGEST_H:
        faults.add(
            row.where, f"it takes {km / kmh:.3g} hours", f"at most {LONGEST_H:,.0f}: check length and free_speed"
        )
    name = row.get("link_id")
    if name in reading.links:
        faults.add(row.where, f"link_id {clip(name)} again", "give each link its own")
    directed = _DIRECTED.get(row.get("directed").lower())
    if directed is None:
        faults.add(row.where, f"directed: {clip(row.get('directed'))} is not accepted", "write true or false")
    reading.links[name] = GmnsLink(
        row.where,
        name,
        row.get("name"),
        *draft.ends,
        directed is not False,
        km,
        km / kmh,
        draft.modes,
        draft.capacity,
        draft.lanes,
        row.get("facility_type"),
    )


def _modes(reading: Reading, text: str) -> tuple[str, ...]:
    """The modes of ``allowed_uses``: all where it is empty; none where it names only uses that have no counterpart."""
    uses = [use for use in text.lower().replace(";", ",").replace(" ", ",").split(",") if use]
    if not uses:
        return tuple(USES)
    for use in uses:
        if not any(use in words for words in USES.values()):
            known = " (not for cars or lorries)" if use in OTHER_USES else ""
            reading.note(f"not used: allowed use {clip(printable(use), 40)}{known}")
    return tuple(mode for mode, words in USES.items() if any(use in words for use in uses))


def _read_tod(reading: Reading) -> None:
    """Opening hours of crossings from link_tod.csv."""
    path = reading.folder / "link_tod.csv"
    if not path.exists():
        return
    sheet = read_sheet(path, reading.faults, ("link_id",))
    weeks: dict[str, Week] = {}
    for row in sheet.rows if sheet is not None else ():
        link = reading.links.get(row.get("link_id"))
        if link is None:
            if row.get("link_id") not in reading.unused:
                reading.faults.add(row.where, f"link {clip(row.get('link_id'))} is not in link.csv", "name one that is")
            continue
        if reading.nodes[link.tail].country == reading.nodes[link.head].country:
            reading.note("not used: rows of link_tod.csv about roads; only crossings have hours here")
            continue
        if not row.get("time_day"):
            reading.note("not used: rows of link_tod.csv with timeday_id and no time_day")
            continue
        try:
            times = read_time_day(row.get("time_day"))
        except ValueError as error:
            reading.faults.take(refused(row.where, error))
            continue
        given = [row.number("capacity", reading.faults, 0.0, 1e6), row.number("lanes", reading.faults, 0.0, 1000)]
        if given[0] is not None and 0 < given[0] < LEAST_AN_HOUR:
            reading.faults.add(row.where, f"capacity: {given[0]:g} an hour is not accepted", "0, or more of it")
        is_open = all(value is None or value > 0 for value in given)
        week = weeks.setdefault(link.id, week_of(link.capacity != 0 and link.lanes != 0))
        for day, first, last in times:
            week[day][first:last] = [is_open] * (last - first)
        for name, value in zip(("capacity", "lanes"), given, strict=True):
            if value:  # the largest counts: a lane has one rate
                known = getattr(link, name)
                if known and known != value:
                    reading.note(f"{name} of a crossing that changes with the time of day: the largest is taken")
                setattr(link, name, max(known or 0.0, value))
    for name, week in weeks.items():
        reading.links[name].open = opening_hours(week)
