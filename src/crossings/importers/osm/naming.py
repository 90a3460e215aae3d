"""Names of crossings: of the place where they stand, before any word for a border that is the same everywhere."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from crossings.errors import InputError, suggest
from crossings.importers.osm.extract import Extract, Point
from crossings.importers.osm.gates import OsmGate, SideGraph, label_of
from crossings.importers.osm.guards import unit, unit_of
from crossings.importers.osm.tags import TOWNS, name_of
from crossings.importers.sides import EARTH_KM

SAME_KM = 3.0  # from a crossing: a place that its control is named after
HERE_KM = 1.0  # a place so near gives a crossing its name
ROAD_KM = 8.0  # along the road: the next place on each side, where none is near
SNAP_KM = 1.0
SIZE = {"city": 3.0, "town": 2.0, "hamlet": 0.7}  # a larger place gives its name from farther away
_WORDS = (  # for a control, in languages of land borders; what is left of a name without them is its own
    "aduana|alfândega|alfandega|border|checkpoint|control|crossing|customs|dogana|douanes?|frontera|frontière|fronteira|graničn\\w*|granica|"
    "granična|grenz\\w*|hraničn\\w*|határ\\w*|international|passport|police|point|post[eo]?|puesto|station|szlaban|terminal|toll\\w*|tull\\w*|"
    "vám\\w*|carina|zoll\\w*|of|de|du|des|la|le|el|and|the|fronterizo|frontaliero|valico|przejście|graniczne|"
    "border_control|таможн\\w*|пост|пункт|пропуска|гранич\\w*|погран\\w*|кпп|мапп|дапп|митн\\w*|gümrük|gümrüğü|sınır|kapısı|"
    "andorrana?|española|español|française?|italiana|portuguesa"
)
_GENERIC = re.compile(rf"(?:{_WORDS})", re.IGNORECASE)


def name_gates(extract: Extract, ground: SideGraph) -> None:
    """Give each crossing a name: its control's where that is one of its own, else that of the place, else of the road."""
    places = [p for p in extract.places if name_of(p.tags)]
    tree = cKDTree(unit_of(places)) if places else None
    used = np.unique(np.concatenate([ground.graph.tail, ground.graph.head]))
    roads = cKDTree(unit(ground.lon[used], ground.lat[used])) if len(used) else None
    for gate in ground.gates:
        near: list[tuple[float, Point]] = []
        if tree is not None:
            here = unit(np.array([gate.lon]), np.array([gate.lat]))
            some = tree.query_ball_point(here[0], ROAD_KM / EARTH_KM)
            near = sorted(((_chord_km(here[0], tree.data[k]), places[k]) for k in some), key=lambda item: item[0])
        gate.name = _by_control(gate, near) or _by_place(near) or _by_road(extract, ground, gate, near, used, roads)
        gate.local = next((text for p in gate.controls if (text := p.tags.get("name", "")[:60])), "")
        if gate.local and not _own(gate.local):
            gate.local = ""


def only_named(ground: SideGraph, names: tuple[str, ...], file: str) -> None:
    """Keep the crossings of these names. Raises InputError for a name that none has."""
    known = {gate.name.casefold(): gate for gate in ground.gates}
    for name in names:
        if name.casefold() not in known:
            near = suggest(name, [gate.name for gate in ground.gates][:20])
            raise InputError(file, f"--only: no crossing is called {name[:60]!r}", near)
    wanted = {name.casefold() for name in names}
    ground.gates[:] = [gate for gate in ground.gates if gate.name.casefold() in wanted]


def _chord_km(one: NDArray[np.float64], two: NDArray[np.float64]) -> float:
    return float(np.sqrt(((one - two) ** 2).sum())) * EARTH_KM


def _own(name: str) -> bool:
    """Whether a name says more than that there is a control."""
    rest = [word for word in re.split(r"[\W\d_]+", name) if word and not _GENERIC.fullmatch(word)]
    return any(len(word) > 2 for word in rest)


def _by_control(gate: OsmGate, near: list[tuple[float, Point]]) -> str:
    names = [name for p in gate.controls if (name := name_of(p.tags))]
    for km, place in near:
        if km > SAME_KM:
            break
        called = name_of(place.tags)
        if len(called) > 2 and any(called.casefold() in name.casefold() for name in names):
            return called
    return next((name for name in names if _own(name)), "")


def _by_place(near: list[tuple[float, Point]]) -> str:
    minor = ("locality", "square", "neighbourhood", "isolated_dwelling")
    for kinds, most in (((), HERE_KM), (minor, HERE_KM / 2)):
        for km, place in near:
            if km <= most and (place.tags["place"] in kinds if kinds else place.tags["place"] not in minor):
                return name_of(place.tags)
    return ""


def _by_road(
    extract: Extract,
    ground: SideGraph,
    gate: OsmGate,
    near: list[tuple[float, Point]],
    used: NDArray[np.int64],
    roads: cKDTree | None,
) -> str:
    """The next places along the road on each side; else the road."""
    road = next((label for way in gate.ways if (label := label_of(extract, way))), "")
    found: list[str] = []
    towns = [place for _, place in near if place.tags["place"] in (*TOWNS, "hamlet")]
    if towns and roads is not None:
        chord, at = roads.query(unit_of(towns))
        size = np.array([SIZE.get(p.tags["place"], 1.0) for p in towns])
        for row in ground.graph.away([gate.left, gate.right], ROAD_KM):
            km = np.where(chord * EARTH_KM <= SNAP_KM, (row[used[at]] + 3 * chord * EARTH_KM) / size, np.inf)
            if np.isfinite(km).any():
                found.append(name_of(towns[int(np.argmin(km))].tags))
    if len(found) == 2 and found[0] != found[1]:
        return "-".join(found)
    if found:
        return f"{found[0]}, {road}" if road and road not in found[0] else found[0]
    return road or f"{gate.lat:.3f} {gate.lon:.3f}"
