"""An extract as arrays: its roads, its border ways, its controls and its towns, read in three passes by pyosmium.

Only nodes that a road or a border way uses are kept, so memory grows with those and not with the file.
"""

from __future__ import annotations

import contextlib
import stat
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.errors import Fault, InputError
from crossings.importers.countries import iso_code
from crossings.importers.osm.tags import read_road

__all__ = ["Extract", "Point", "read_extract"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MAX_PBF_BYTES = 6_000_000_000
MAX_XML_BYTES = 1_000_000_000  # an attribute without end would be held in memory whole
MAX_NODES = 40_000_000
MAX_POINTS = 2_000_000  # controls and towns
CUT = "cut a smaller one with: osmium extract -b W,S,E,N IN.osm.pbf -o OUT.osm.pbf"
TOWNS = ("city", "town", "village")
_CODES = ("ISO3166-1:alpha2", "ISO3166-1", "country_code_iso3166_1_alpha_2", "ISO3166-1:alpha3")


@dataclass(frozen=True, slots=True)
class Point:
    """A tagged point, or the middle of a tagged outline: its position and its tags."""

    lon: float
    lat: float
    tags: dict[str, str]


@dataclass
class Extract:
    """What is kept of an extract. N nodes, S segments of roads (pieces between two nodes of a way), W ways.

    lon, lat [N] degrees; tail, head [S] node numbers; way [S] row of ``roads``; ``roads`` [W] (class, forward, backward:
    km/h of each mode). ``borders``: border ways as node numbers; ``between``: which of them lie between the two countries;
    ``rings``: country -> node numbers of each of its border ways (for its outline); ``inside``: points known to lie in a country.
    """

    name: str
    lon: Floats
    lat: Floats
    tail: Ints
    head: Ints
    way: Ints
    kinds: list[str]
    forward: Floats
    backward: Floats
    borders: list[Ints]
    between: list[bool]
    rings: dict[str, list[Ints]]
    inside: dict[str, list[tuple[float, float]]]
    sides: dict[int, tuple[str, str]]
    controls: list[Point]
    towns: list[Point]
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
    roads: _Ways = field(default_factory=_Ways)
    kinds: list[str] = field(default_factory=list)
    forward: list[tuple[float, ...]] = field(default_factory=list)
    backward: list[tuple[float, ...]] = field(default_factory=list)
    road_tags: dict[int, dict[str, str]] = field(default_factory=dict)
    borders: _Ways = field(default_factory=_Ways)
    border_ids: list[int] = field(default_factory=list)
    border_tags: list[dict[str, str]] = field(default_factory=list)


def read_extract(path: str | Path, a: str, b: str) -> Extract:
    """Read an extract for the border between countries ``a`` and ``b`` (ISO codes).

    Raises InputError if the file is no extract, is larger than is accepted, or stops in the middle.
    """
    file = Path(path)
    _check_file(file)
    found = _Found()
    with _told(file):
        _read_relations(file, found)
        _read_points(file, found)
        _read_ways(file, found)
        ids, lon, lat = _read_nodes(file, found)
    return _assemble(file.name, found, ids, lon, lat, a, b)


def _fault(file: Path, what: str, instead: str) -> InputError:
    return InputError(Fault(str(file), what, instead))


def _check_file(file: Path) -> None:
    """Refuse what cannot be an extract before the reader sees it."""
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode):
            raise _fault(file, "is not a file", "name an extract, such as region.osm.pbf")
        with file.open("rb") as stream:
            head = stream.read(65536)
    except FileNotFoundError:
        raise _fault(file, "there is no such file", "name an extract, such as region.osm.pbf") from None
    except (OSError, ValueError) as error:
        raise _fault(file, f"cannot be read: {getattr(error, 'strerror', error)}", "make it readable") from None
    if file.name.endswith(".pbf"):
        if b"OSMHeader" not in head[:64]:
            raise _fault(file, "this is not an OSM PBF file", "name an extract in PBF, such as those of a mirror")
        limit = MAX_PBF_BYTES
    elif file.name.endswith(".osm"):
        if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
            raise _fault(file, "an XML document type or entity", "remove it: OSM files have none")
        if b"<osm" not in head:
            raise _fault(file, "this is not an OSM XML file", "name an extract, such as region.osm.pbf")
        limit = MAX_XML_BYTES
    else:
        raise _fault(file, "this is neither .osm.pbf nor .osm", "convert it with: osmium cat IN -o OUT.osm.pbf")
    if status.st_size > limit:
        raise _fault(file, f"{status.st_size / 1e9:,.1f} GB are more than the {limit / 1e9:g} accepted", CUT)


@contextlib.contextmanager
def _told(file: Path) -> Iterator[None]:
    """What the reader says, as a fault."""
    import osmium

    try:
        yield
    except (RuntimeError, ValueError, OSError, SystemError, osmium.InvalidLocationError) as error:
        said = " ".join(str(error).split())[:200] or type(error).__name__
        raise _fault(file, f"this extract cannot be read: {said}", "fetch or cut it again") from None


def _objects(file: Path, entities: Any, *filters: Any) -> Iterator[Any]:
    import osmium

    processor = osmium.FileProcessor(str(file), entities)
    for one in filters:
        processor = processor.with_filter(one)
    yield from processor


def _code(tags: dict[str, str]) -> str:
    """The ISO code of a country's outline; empty where none is given."""
    for key in _CODES:
        if tags.get(key):
            return tags[key][:3].upper()
    return iso_code(tags.get("name:en", "") or tags.get("name", "")) or ""


def _read_relations(file: Path, found: _Found) -> None:
    """Outlines of countries: which ways they are made of, and which nodes are known to lie inside."""
    import osmium

    wanted = osmium.filter.TagFilter(("admin_level", "2"))
    for relation in _objects(file, osmium.osm.RELATION, wanted):
        tags = dict(relation.tags)
        code = _code(tags) if tags.get("boundary") == "administrative" else ""
        if not code:
            continue
        ways = found.members.setdefault(code, set())
        for member in relation.members:
            if member.type == "w":
                ways.add(member.ref)
            elif member.type == "n" and member.role in ("label", "admin_centre"):
                found.label_nodes[member.ref] = code


def _read_points(file: Path, found: _Found) -> None:
    """Controls and towns that are nodes."""
    import osmium

    for node in _objects(file, osmium.osm.NODE, osmium.filter.KeyFilter("barrier", "amenity", "place")):
        tags = node.tags
        control = tags.get("barrier") == "border_control" or tags.get("amenity") == "customs"
        if (control or tags.get("place") in TOWNS) and node.location.valid():
            point = Point(node.location.lon, node.location.lat, dict(tags))
            (found.controls if control else found.towns).append(point)
            if len(found.controls) + len(found.towns) > MAX_POINTS:
                raise ValueError(f"more than {MAX_POINTS:,} towns and controls")


def _read_ways(file: Path, found: _Found) -> None:
    """Roads, ways of borders between countries, and outlines of controls."""
    import osmium

    of_borders = set().union(*found.members.values()) if found.members else set()
    keys = osmium.filter.KeyFilter("highway", "boundary", "barrier", "amenity")
    for way in _objects(file, osmium.osm.WAY, keys):
        tags = way.tags
        road = read_road(tags) if "highway" in tags else None
        if road is not None:
            if any(key in tags for key in _KEPT):
                found.road_tags[len(found.kinds)] = {k: tags[k] for k in _KEPT if k in tags}
            found.kinds.append(road.kind)
            found.forward.append(road.forward)
            found.backward.append(road.backward)
            found.roads.add([node.ref for node in way.nodes])
        if tags.get("boundary") == "administrative" and tags.get("admin_level") == "2" and way.id not in of_borders:
            _add_border(way, found)
        if tags.get("barrier") == "border_control" or tags.get("amenity") == "customs":
            found.outlines.append(([node.ref for node in way.nodes], dict(tags)))
        if len(found.roads.refs) > MAX_NODES:
            raise ValueError(f"more than {MAX_NODES:,} nodes of roads; {CUT}")
    if of_borders:
        for way in _objects(file, osmium.osm.WAY, osmium.filter.IdFilter(list(of_borders))):
            _add_border(way, found)


def _add_border(way: Any, found: _Found) -> None:
    """A way of an outline of a country; the sea has no crossings."""
    tags = way.tags
    if tags.get("maritime") != "yes" and tags.get("border_type") != "territorial":
        found.borders.add([node.ref for node in way.nodes])
        found.border_ids.append(way.id)
        found.border_tags.append({k: tags[k] for k in ("left:country", "right:country") if k in tags})


_KEPT = ("name", "name:en", "ref", "int_ref")


def _read_nodes(file: Path, found: _Found) -> tuple[Ints, Floats, Floats]:
    """Ids, ascending, and positions of the nodes that anything uses."""
    import osmium

    parts = [np.array(found.roads.refs, np.int64), np.array(found.borders.refs, np.int64)]
    parts += [np.array(nodes, np.int64) for nodes, _ in found.outlines]
    parts.append(np.array(list(found.label_nodes), np.int64))
    wanted = np.unique(np.concatenate(parts))
    ids, lon, lat = array("q"), array("d"), array("d")
    if len(wanted):
        for node in _objects(file, osmium.osm.NODE, osmium.filter.IdFilter(wanted.tolist())):
            place = node.location
            if place.valid():
                ids.append(node.id)
                lon.append(place.lon)
                lat.append(place.lat)
    number, first = np.unique(np.array(ids, np.int64), return_index=True)
    return number, np.array(lon)[first], np.array(lat)[first]


def _assemble(name: str, found: _Found, ids: Ints, lon: Floats, lat: Floats, a: str, b: str) -> Extract:
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
        notes.append(f"{lost:,} nodes of roads are not in the file: roads end there")
    borders = np.split(numbers(found.borders.refs), found.borders.ends[:-1]) if found.borders.ends else []
    members = found.members
    between = [i in members.get(a, ()) and i in members.get(b, ()) for i in found.border_ids]
    sides = {
        k: (tags.get("left:country", ""), tags.get("right:country", ""))
        for k, tags in enumerate(found.border_tags)
        if tags
    }
    rings = {
        code: [nodes for nodes, i in zip(borders, found.border_ids, strict=True) if i in members[code]]
        for code in (a, b)
        if code in members
    }
    inside: dict[str, list[tuple[float, float]]] = {}
    for ref, code in found.label_nodes.items():
        at = int(numbers([ref])[0])
        if at >= 0:
            inside.setdefault(code, []).append((float(lon[at]), float(lat[at])))
    controls = list(found.controls)
    for nodes, tags in found.outlines:
        at_all = numbers(nodes)
        at_all = at_all[at_all >= 0]
        if len(at_all):
            controls.append(Point(float(lon[at_all].mean()), float(lat[at_all].mean()), tags))
    empty = np.zeros((0, 2))
    return Extract(
        name=name,
        lon=lon,
        lat=lat,
        tail=tail[whole],
        head=head[whole],
        way=way_of[:-1][whole],
        kinds=found.kinds,
        forward=np.array(found.forward, float) if found.forward else empty,
        backward=np.array(found.backward, float) if found.backward else empty,
        borders=borders,
        between=between,
        rings=rings,
        inside=inside,
        sides=sides,
        controls=controls,
        towns=found.towns,
        road_tags=found.road_tags,
        notes=notes,
    )
