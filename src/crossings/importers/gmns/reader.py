"""The files of a GMNS directory as nodes and links, with what is wrong and what is left out."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

from crossings.importers.countries import iso_code
from crossings.importers.gmns.opening_days import read_time_day
from crossings.importers.tables import Line, read_sheet
from crossings.importers.weeks import Week, opening_hours, week_of
from crossings.io.faults import Faults, clip

__all__ = ["ENDS", "SOURCE", "USES", "Link", "Node", "Reading", "read_directory"]

SOURCE = "GMNS"
KM = {"km": 1.0, "kilometer": 1.0, "kilometers": 1.0, "kilometre": 1.0, "mi": 1.609344, "mile": 1.609344, "miles": 1.609344, "m": 0.001, "meter": 0.001, "meters": 0.001}  # fmt: skip
SPEED = {"kph": 1.0, "kmh": 1.0, "km/h": 1.0, "km/hr": 1.0, "mph": 1.609344, "mi/h": 1.609344, "mi/hr": 1.609344}
USES = {
    "car": ("auto", "car", "sov", "hov", "hov2", "hov3", "hov3+", "motor", "all", "any", "vehicle", "road"),
    "hgv": ("truck", "trucks", "hgv", "freight", "hv", "all", "any", "motor", "vehicle", "road", "heavy"),
}
ENDS = ("origin", "destination", "centroid", "reception", "zone")  # node types at which journeys begin and end
OTHER_USES = ("bike", "bicycle", "walk", "ped", "pedestrian", "transit", "bus", "rail", "taxi")
GUESSED_KMH = 60.0
LONGEST_H = 10_000.0
LEAST_AN_HOUR = 1e-3


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
class Link:
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
    open: str = "24/7"


@dataclass
class Reading:
    """The directory as far as it is read, with what is wrong and what is left out."""

    folder: Path
    faults: Faults = field(default_factory=Faults)
    notes: list[str] = field(default_factory=list)
    km: float = 1.0
    kmh: float = 1.0
    nodes: dict[str, Node] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    unused: set[str] = field(default_factory=set)  # links that are there, and mean nothing here

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


def read_directory(folder: Path, country: str) -> Reading:
    """Everything in a directory, with its faults; ``country``: the column of node.csv with each node's country."""
    reading = Reading(folder)
    _read_config(reading)
    _read_nodes(reading, country)
    if reading.nodes:
        _read_links(reading)
        _read_tod(reading)
    return reading


def _read_config(reading: Reading) -> None:
    """Units; kilometres where none are given."""
    path = reading.folder / "config.csv"
    if not path.exists():
        reading.note("there is no config.csv: lengths are taken as km, speeds as km/h, coordinates as degrees")
        return
    sheet = read_sheet(path, reading.faults)
    row = sheet.rows[0] if sheet is not None and sheet.rows else None
    if row is None:
        return
    for column, units, name in (("long_length", KM, "km"), ("speed", SPEED, "kmh")):
        text = row.get(column).lower()
        if text and text not in units:
            reading.faults.add(
                row.where, f"{column}: {clip(text)} is no unit that is known", f"write {', '.join(units)}"
            )
        elif text:
            setattr(reading, name, units[text])
        else:
            reading.note(f"config.csv gives no {column}: {'km' if name == 'km' else 'km/h'} is taken")
    crs = row.get("crs").lower().replace(" ", "")
    if crs and not any(word in crs for word in ("4326", "wgs84", "crs84")):
        reading.faults.add(row.where, f"crs: {clip(crs)} is not longitude and latitude", "convert to EPSG:4326")


def _read_nodes(reading: Reading, country: str) -> None:
    faults = reading.faults
    sheet = read_sheet(reading.folder / "node.csv", faults, ("node_id", "x_coord", "y_coord", country))
    for row in sheet.rows if sheet is not None else ():
        node, lon, lat = row.get("node_id"), row.number("x_coord", faults), row.number("y_coord", faults)
        if not node or node in reading.nodes:
            faults.add(row.where, f"node_id {clip(node)} {'again' if node else 'is empty'}", "give each node its own")
            continue
        if lon is None or lat is None or abs(lon) > 180 or abs(lat) > 90:
            faults.add(row.where, "x_coord and y_coord are no longitude and latitude", "give degrees (EPSG:4326)")
            continue
        text = row.get(country)
        code = text.upper() if len(text) in (2, 3) and text.isascii() and text.isalpha() else iso_code(text)
        if not code:
            faults.add(row.where, f"{country}: {clip(text)} is no country", "write an ISO code, such as FI")
            continue
        people = row.number("population", faults, 0.0)
        end = bool(row.get("zone_id")) or row.get("node_type").lower() in ENDS
        reading.nodes[node] = Node(row.get("name"), lon, lat, code, people or None, end)


def _read_links(reading: Reading) -> None:
    faults = reading.faults
    sheet = read_sheet(reading.folder / "link.csv", faults, ("link_id", "from_node_id", "to_node_id"))
    for row in sheet.rows if sheet is not None else ():
        link = _link(reading, row)
        if link is None:
            reading.unused.add(row.get("link_id"))
            continue
        if link.id in reading.links:
            faults.add(row.where, f"link_id {clip(link.id)} again", "give each link its own")
        reading.links[link.id] = link


def _link(reading: Reading, row: Line) -> Link | None:
    faults = reading.faults
    ends = row.get("from_node_id"), row.get("to_node_id")
    unknown = [end for end in ends if end not in reading.nodes]
    for end in unknown:
        faults.add(row.where, f"node {clip(end)} is not in node.csv", "name a node that is there")
    if unknown or not row.get("link_id"):
        if not unknown:
            faults.add(row.where, "link_id is empty", "give each link its own")
        return None
    length, speed = row.number("length", faults, 0.0, 1e5), row.number("free_speed", faults, 0.0, 1e6)
    capacity, lanes = row.number("capacity", faults, 0.0, 1e6), row.number("lanes", faults, 0.0, 1000)
    a, b = (reading.nodes[end] for end in ends)
    if length is None:
        reading.note("links without a length have that of the straight line")
        km = _km(a, b)
    else:
        km = length * reading.km
    if not speed and a.country == b.country:
        reading.note(f"links without a free_speed are taken at {GUESSED_KMH:g} km/h")
    kmh = speed * reading.kmh if speed else GUESSED_KMH
    if km / kmh > LONGEST_H:
        faults.add(
            row.where, f"it takes {km / kmh:.3g} hours", f"at most {LONGEST_H:,.0f}: check length and free_speed"
        )
    if capacity is not None and 0 < capacity < LEAST_AN_HOUR:
        faults.add(row.where, f"capacity: {capacity:g} an hour is not accepted", f"0, or {LEAST_AN_HOUR:g} or more")
    if ends[0] == ends[1]:
        reading.note("not used: links that lead from a node to itself")
        return None
    modes = _modes(reading, row.get("allowed_uses"))
    if not modes:
        return None
    directed = row.get("directed").lower() not in ("false", "f", "0", "no")
    return Link(
        row.where, row.get("link_id"), row.get("name"), *ends, directed, km, km / kmh, modes, capacity, lanes
    )  # fmt: skip


def _km(a: Node, b: Node) -> float:
    h = (
        math.sin(math.radians(b.lat - a.lat) / 2) ** 2
        + math.cos(math.radians(a.lat)) * math.cos(math.radians(b.lat)) * math.sin(math.radians(b.lon - a.lon) / 2) ** 2
    )
    return 2 * 6371.0088 * math.asin(math.sqrt(min(1.0, h)))


def _modes(reading: Reading, text: str) -> tuple[str, ...]:
    """The modes of ``allowed_uses``: all where it is empty; none where it names only uses that have no counterpart."""
    uses = [use for use in text.lower().replace(";", ",").replace(" ", ",").split(",") if use]
    if not uses:
        return tuple(USES)
    for use in uses:
        if not any(use in words for words in USES.values()):
            known = " (not for cars or lorries)" if use in OTHER_USES else ""
            reading.note(f"not used: allowed use {use[:40]!r}{known}")
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
            what, _, instead = str(error).partition("; ")
            reading.faults.add(row.where, what, instead)
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
