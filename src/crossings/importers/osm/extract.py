"""An extract as arrays: its roads, its border ways, its controls and its towns, read in three passes by pyosmium.

Only nodes that a road or a border way uses are kept, so memory grows with those and not with the file.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.importers.countries import alpha2, iso_code
from crossings.importers.osm.files import CUT, file_format, osmium_file, positions, told
from crossings.importers.osm.tags import CONDITIONAL, PLACES, is_control, read_road, shut_road
from crossings.io.faults import counted

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MAX_NODES = 40_000_000
MAX_POINTS = 2_000_000  # controls and towns
SAME_DEGREES = 0.2  # of latitude: a point and an area of one name that are nearer are one place
_CODES = ("ISO3166-1:alpha2", "ISO3166-1", "country_code_iso3166_1_alpha_2", "ISO3166-1:alpha3")


@dataclass(frozen=True, slots=True)
class Point:
    """A tagged point, or the middle of a tagged outline: its position, its tags, and the id of a node (0 for an outline)."""

    lon: float
    lat: float
    tags: dict[str, str]
    id: int = 0


@dataclass
class Extract:
    """What is kept of an extract. N nodes, S segments of roads (pieces between two nodes of a way), W ways.

    lon, lat [N] degrees; tail, head [S] node numbers; way [S] row of ``roads``; ``roads`` [W] (class, forward, backward:
    km/h of each mode). ``borders``: border ways as node numbers; ``owners``: the countries whose outlines each belongs to;
    ``sea``: whether it is marked as lying in the sea; ``countries``: whose outlines the file has; ``inside``: points known
    to lie in a country; ``places``: points, and middles of areas, with a name, towns among them; ``shut``: rows of ``roads``
    that are closed to everybody.
    """

    name: str
    ids: Ints
    lon: Floats
    lat: Floats
    tail: Ints
    head: Ints
    way: Ints
    kinds: list[str]
    forward: Floats
    backward: Floats
    borders: list[Ints]
    owners: list[frozenset[str]]
    sea: list[bool]
    countries: tuple[str, ...]
    inside: dict[str, list[tuple[float, float]]]
    sides: dict[int, tuple[str, str]]
    controls: list[Point]
    places: list[Point]
    shut: frozenset[int] = frozenset()
    road_tags: dict[int, dict[str, str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass
class _Ways:
    """Ways as they come: node ids end to end."""

    refs: array[int] = field(default_factory=lambda: array("q"))
    ends: list[int] = field(default_factory=list)

    def add(self, nodes: list[int]) -> None:
        self.refs.extend(nodes)
        self.ends.append(len(self.refs))


@dataclass
class _Found:
    """Everything met so far."""

    members: dict[str, set[int]] = field(default_factory=dict)
    label_nodes: dict[int, str] = field(default_factory=dict)
    controls: list[Point] = field(default_factory=list)
    towns: list[Point] = field(default_factory=list)
    outlines: list[tuple[list[int], dict[str, str]]] = field(default_factory=list)
    areas: dict[int, dict[str, str]] = field(default_factory=dict)
    area_of: dict[int, int] = field(default_factory=dict)
    area_nodes: dict[int, list[int]] = field(default_factory=dict)
    shut: set[int] = field(default_factory=set)
    roads: _Ways = field(default_factory=_Ways)
    kinds: list[str] = field(default_factory=list)
    forward: list[tuple[float, ...]] = field(default_factory=list)
    backward: list[tuple[float, ...]] = field(default_factory=list)
    road_tags: dict[int, dict[str, str]] = field(default_factory=dict)
    borders: _Ways = field(default_factory=_Ways)
    border_ids: list[int] = field(default_factory=list)
    border_tags: list[dict[str, str]] = field(default_factory=list)


def read_extract(path: str | Path) -> Extract:
    """Read an extract: .osm.pbf, .osm, .osm.gz, .osm.bz2 or .o5m, whatever it is called.

    Raises InputError if the file is no extract, is larger than is accepted, or stops in the middle.
    """
    file = Path(path)
    form = file_format(file)
    found = _Found()
    with told(file):
        source = osmium_file(file, form)
        _read_relations(source, found)
        _read_points(source, found)
        _read_ways(source, found)
        ids, lon, lat = _read_nodes(source, found)
    return _assemble(file.name, found, ids, lon, lat)


def _objects(file: Any, entities: Any, *filters: Any) -> Iterator[Any]:
    import osmium

    processor = osmium.FileProcessor(file, entities)
    for one in filters:
        processor = processor.with_filter(one)
    yield from processor


def _code(tags: dict[str, str]) -> str:
    """The ISO code of a country's outline, of two letters; empty where none is given or known."""
    for key in _CODES:
        if code := alpha2(tags.get(key, "")):
            return code
    return iso_code(tags.get("name:en", "") or tags.get("name", "")) or ""


def _read_relations(file: Any, found: _Found) -> None:
    """Outlines of countries: which ways they are made of, and which nodes are known to lie inside."""
    import osmium

    wanted = osmium.filter.TagFilter(("admin_level", "2"))
    for relation in _objects(file, osmium.osm.RELATION, wanted):
        tags = dict(relation.tags)
        code = _code(tags) if tags.get("boundary") == "administrative" and tags.get("type") != "multilinestring" else ""
        if not code:
            continue
        ways = found.members.setdefault(code, set())
        for member in relation.members:
            if member.type == "w":
                ways.add(member.ref)
            elif member.type == "n" and member.role in ("label", "admin_centre"):
                found.label_nodes[member.ref] = code

    for relation in _objects(file, osmium.osm.RELATION, osmium.filter.KeyFilter("place")):
        if _is_place(relation.tags):
            area = -relation.id
            found.areas[area] = dict(relation.tags)
            found.area_of.update(
                (member.ref, area) for member in relation.members if member.type == "w" and member.role in ("", "outer")
            )


def _is_place(tags: Any) -> bool:
    return "name" in tags and tags.get("place") in PLACES


def _read_points(file: Any, found: _Found) -> None:
    """Controls, and places with a name, that are nodes."""
    import osmium

    for node in _objects(file, osmium.osm.NODE, osmium.filter.KeyFilter("barrier", "amenity", "government", "place")):
        tags = node.tags
        control = is_control(tags)
        if (control or _is_place(tags)) and node.location.valid():
            point = Point(node.location.lon, node.location.lat, dict(tags), node.id)
            (found.controls if control else found.towns).append(point)
            if len(found.controls) + len(found.towns) > MAX_POINTS:
                raise ValueError(f"more than {MAX_POINTS:,} towns and controls")


def _read_ways(file: Any, found: _Found) -> None:
    """Roads, ways of borders between countries, and outlines of controls and of places."""
    import osmium

    of_borders = set().union(*found.members.values()) if found.members else set()
    keys = osmium.filter.KeyFilter("highway", "boundary", "barrier", "amenity", "government", "place")
    for way in _objects(file, osmium.osm.WAY, keys):
        tags = way.tags
        road = read_road(tags) if "highway" in tags else None
        if road is None and "highway" in tags:
            road = shut_road(tags)
            if road is not None:
                found.shut.add(len(found.kinds))
        if road is not None:
            if any(key in tags for key in _KEPT):
                found.road_tags[len(found.kinds)] = {k: tags[k] for k in _KEPT if k in tags}
            found.kinds.append(road.kind)
            found.forward.append(road.forward)
            found.backward.append(road.backward)
            found.roads.add([node.ref for node in way.nodes])
        if tags.get("boundary") == "administrative" and tags.get("admin_level") == "2" and way.id not in of_borders:
            _add_border(way, found)
        if is_control(tags):
            found.outlines.append(([node.ref for node in way.nodes], dict(tags)))
        elif _is_place(tags):
            found.areas[way.id] = dict(tags)
            found.area_nodes[way.id] = [node.ref for node in way.nodes]
            if len(found.areas) > MAX_POINTS:
                raise ValueError(f"more than {MAX_POINTS:,} places")
        if len(found.roads.refs) > MAX_NODES:
            raise ValueError(f"more than {MAX_NODES:,} nodes of roads; {CUT}")
    if of_borders or found.area_of:
        for way in _objects(file, osmium.osm.WAY):
            if way.id in of_borders:
                _add_border(way, found)
            if way.id in found.area_of:
                found.area_nodes.setdefault(found.area_of[way.id], []).extend(node.ref for node in way.nodes)


def _add_border(way: Any, found: _Found) -> None:
    """A way of an outline of a country, and whether it lies in the sea."""
    tags = way.tags
    found.borders.add([node.ref for node in way.nodes])
    found.border_ids.append(way.id)
    found.border_tags.append({k: tags[k] for k in ("left:country", "right:country", "maritime") if k in tags})


_KEPT = ("name", "name:en", "ref", "int_ref", *CONDITIONAL)


def _read_nodes(file: Any, found: _Found) -> tuple[Ints, Floats, Floats]:
    """Ids, ascending, and positions of the nodes that anything uses."""
    parts = [np.array(found.roads.refs, np.int64), np.array(found.borders.refs, np.int64)]
    parts += [np.array(nodes, np.int64) for nodes, _ in found.outlines]
    parts += [np.array(nodes, np.int64) for nodes in found.area_nodes.values()]
    parts.append(np.array(list(found.label_nodes), np.int64))
    return positions(file, np.unique(np.concatenate(parts)))


def _assemble(name: str, found: _Found, ids: Ints, lon: Floats, lat: Floats) -> Extract:
    """Node ids to numbers, ways to segments."""
    notes: list[str] = []

    def numbers(refs: Any) -> Ints:
        refs = np.asarray(refs, np.int64)
        at = np.searchsorted(ids, refs)
        known = (at < len(ids)) & (ids[np.minimum(at, max(len(ids) - 1, 0))] == refs) if len(ids) else at < 0
        return np.where(known, at, -1).astype(np.int64)

    refs, ends = numbers(found.roads.refs), np.array(found.roads.ends, np.int64)
    way_of = np.repeat(np.arange(len(ends)), np.diff(ends, prepend=0))
    tail, head = refs[:-1], refs[1:]
    whole = (way_of[:-1] == way_of[1:]) & (tail >= 0) & (head >= 0) & (tail != head) if len(refs) else np.zeros(0, bool)
    lost = int((refs < 0).sum())
    if lost:
        notes.append(f"not in the file: {counted(lost, 'node')} of roads; roads end there")
    borders = np.split(numbers(found.borders.refs), found.borders.ends[:-1]) if found.borders.ends else []
    owners = [frozenset(code for code, ways in found.members.items() if i in ways) for i in found.border_ids]
    sides = {
        k: (tags.get("left:country", ""), tags.get("right:country", ""))
        for k, tags in enumerate(found.border_tags)
        if "left:country" in tags or "right:country" in tags
    }
    inside: dict[str, list[tuple[float, float]]] = {}
    for ref, code in found.label_nodes.items():
        at = int(numbers([ref])[0])
        if at >= 0:
            inside.setdefault(code, []).append((float(lon[at]), float(lat[at])))
    controls: list[Point] = list(found.controls)
    areas: list[Point] = []
    drawn = [(nodes, tags, controls) for nodes, tags in found.outlines]
    drawn += [(nodes, found.areas[area], areas) for area, nodes in found.area_nodes.items()]
    for nodes, tags, kept in drawn:
        at_all = numbers(nodes)
        at_all = at_all[at_all >= 0]
        if len(at_all):
            kept.append(Point(float(lon[at_all].mean()), float(lat[at_all].mean()), tags))
    empty = np.zeros((0, 2))
    return Extract(
        name=name,
        ids=ids,
        lon=lon,
        lat=lat,
        tail=tail[whole],
        head=head[whole],
        way=way_of[:-1][whole],
        kinds=found.kinds,
        forward=np.array(found.forward, float) if found.forward else empty,
        backward=np.array(found.backward, float) if found.backward else empty,
        borders=borders,
        owners=owners,
        sea=[tags.get("maritime") == "yes" for tags in found.border_tags],
        countries=tuple(sorted(found.members)),
        inside=inside,
        sides=sides,
        controls=controls,
        places=_with_areas(found.towns, areas),
        shut=frozenset(found.shut),
        road_tags=found.road_tags,
        notes=notes,
    )


def _with_areas(points: list[Point], areas: list[Point]) -> list[Point]:
    """Places with those that are drawn as areas: one that is a point as well gives the point its population."""
    named: dict[str, list[int]] = {}
    for k, point in enumerate(points):
        named.setdefault(point.tags["name"], []).append(k)
    out = list(points)
    for area in areas:
        twins = [
            k
            for k in named.get(area.tags["name"], [])
            if abs(points[k].lat - area.lat) < SAME_DEGREES and abs(points[k].lon - area.lon) < 2 * SAME_DEGREES
        ]
        for k in twins:
            if "population" in area.tags and "population" not in out[k].tags:
                out[k] = replace(out[k], tags=out[k].tags | {"population": area.tags["population"]})
        if not twins:
            out.append(area)
    return out
