"""Where journeys begin and end: towns of the extract, towns that somebody names, and the ends of roads that a file cuts off."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import breadth_first_order, dijkstra
from scipy.spatial import cKDTree

from crossings.errors import InputError
from crossings.importers.osm.border import OsmBorder
from crossings.importers.osm.extract import Extract, Point
from crossings.importers.osm.gates import OsmGate, SideGraph
from crossings.importers.osm.graph import components
from crossings.importers.osm.guards import unit
from crossings.importers.osm.tags import CLASSES, TOWNS, name_of, people_of, population_of
from crossings.importers.sides import EARTH_KM, Sides, km_between
from crossings.importers.touching import touching

__all__ = ["GivenTown", "OsmTown", "find_towns"]

Ints = NDArray[np.int64]

AWAY_KM, AWAY_KMH = 1.0, 30.0  # a town farther from its road has a way of its own to it
SNAP_KM = 10.0  # from a town to the road through it
STUB_KM = 3.0  # of a road that ends so near the crossing the lanes beside it count as well
END_KM = 1.0  # ends of roads so near one another are one place
BEYOND_KMH = 60.0  # of roads that the file does not hold
DETOUR = 1.3  # their length over the straight line
END_PEOPLE = TOWNS["town"]


@dataclass(frozen=True, slots=True)
class GivenTown:
    """A town that somebody names: ``--town NAME=LON,LAT``."""

    name: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class OsmTown:
    """A place with its node in the graph. population: of the map; weight: that, or ours by class; ours: whether it is no town of the map."""

    lon: float
    lat: float
    name: str
    country: str
    node: int
    population: float | None
    weight: float
    ours: bool = False


def find_towns(
    extract: Extract, ground: SideGraph, border: OsmBorder, sides: Sides, most: int, given: Sequence[GivenTown]
) -> list[OsmTown]:
    """The ``most`` largest towns of each side that roads join to a crossing, those given, and ends of roads where there is none."""
    useful = _both_ways(ground)
    towns: list[OsmTown] = []
    for code, side in ((border.left, 1), (border.right, -1)):
        mine = [
            g
            for g in given
            if sides.country(g.lon, g.lat) == code
            or (sides.at(g.lon, g.lat) == side and not sides.country(g.lon, g.lat))
        ]
        chosen = _of_map(extract, ground, border, sides, useful, code, side, most)
        towns += chosen
        towns += _ends(extract, ground, sides, code, side, towns, mine)
    return towns


def _of_map(
    extract: Extract,
    ground: SideGraph,
    border: OsmBorder,
    sides: Sides,
    useful: NDArray[np.bool_],
    code: str,
    side: int,
    most: int,
) -> list[OsmTown]:
    """The largest towns of one country: by population, or by class where the map has none."""
    base = len(extract.lon)
    nodes = np.flatnonzero(useful[:base] & (ground.side[:base] == side))
    points = [p for p in extract.places if p.tags.get("place") in TOWNS and name_of(p.tags)]
    if not len(nodes) or not points:
        return []
    tree = cKDTree(unit(ground.lon[nodes], ground.lat[nodes]))
    chord, nearest = tree.query(unit(np.array([p.lon for p in points]), np.array([p.lat for p in points])))
    ranked = sorted(range(len(points)), key=lambda k: (-people_of(points[k].tags), name_of(points[k].tags)))
    line = np.concatenate([np.stack([border.start, border.end], axis=1), border.others])
    found: list[OsmTown] = []
    unknown = 0
    for k in ranked:
        point, node = points[k], int(nodes[nearest[k]])
        if len(found) == most:
            break
        if chord[k] * EARTH_KM > SNAP_KM or sides.country(point.lon, point.lat) != code:
            continue
        if any(t.node == node for t in found) or _over(line, point, ground, node):
            continue
        population = population_of(point.tags)
        unknown += population is None
        km = float(chord[k] * EARTH_KM)
        if km > AWAY_KM:
            node = ground.add_node(point.lon, point.lat, side, [(node, km * DETOUR, AWAY_KMH)])
        found.append(OsmTown(point.lon, point.lat, name_of(point.tags), code, node, population, people_of(point.tags)))
    if unknown:
        sizes = ", ".join(f"{kind} {people:,.0f}" for kind, people in TOWNS.items())
        ground.notes.append(
            f"{unknown} of {len(found)} towns of {code} have no population: they count by class ({sizes})"
        )
    return found


def _over(line: NDArray[np.float64], point: Point, ground: SideGraph, node: int) -> bool:
    """Whether the straight way from a town to its road leads over a border."""
    way = np.array([[[point.lon, point.lat], [ground.lon[node], ground.lat[node]]]])
    return bool(len(touching(way, line)[0]))


def _both_ways(ground: SideGraph) -> NDArray[np.bool_]:
    """[N] whether a node can be reached from some crossing, and some crossing from it, by one mode or another."""
    g = ground.graph
    useful = np.zeros(g.size, bool)
    doors = np.array([n for gate in ground.gates for n in (gate.left, gate.right)], np.int64)
    for mode in range(g.there.shape[1]):
        along, against = np.isfinite(g.there[:, mode]), np.isfinite(g.back[:, mode])
        tail = np.concatenate([g.tail[along], g.head[against], np.full(len(doors), g.size)])
        head = np.concatenate([g.head[along], g.tail[against], doors])
        reached = []
        for p, q in ((tail, head), (head, tail)):
            if p is head:  # the other way round, from the same start
                p, q = (
                    np.concatenate([head[: -len(doors)], tail[-len(doors) :]]),
                    np.concatenate([tail[: -len(doors)], doors]),
                )
            matrix = csr_matrix((np.ones(len(p), np.int8), (p, q)), shape=(g.size + 1, g.size + 1))
            seen = np.zeros(g.size + 1, bool)
            seen[breadth_first_order(matrix, g.size, return_predecessors=False)] = True
            reached.append(seen[: g.size])
        useful |= reached[0] & reached[1]
    useful[doors] = False
    return useful


def _ends(
    extract: Extract,
    ground: SideGraph,
    sides: Sides,
    code: str,
    side: int,
    towns: list[OsmTown],
    given: list[GivenTown],
) -> list[OsmTown]:
    """Places for the crossings from which no road of the file leads to a town on this side: those given, else the road's end."""
    part = components(ground.graph)
    served = {int(part[t.node]) for t in towns}
    loose = [g for g in ground.gates if int(part[g.left if side > 0 else g.right]) not in served]
    stubs = [_stub(extract, ground, gate, side) for gate in loose]
    found: list[OsmTown] = []
    if given:
        found = [_given(ground, town, code, side, loose, stubs) for town in given]
        served = set(components(ground.graph)[[t.node for t in found]].tolist())
        part = components(ground.graph)
        pairs = [
            (g, s)
            for g, s in zip(loose, stubs, strict=True)
            if int(part[g.left if side > 0 else g.right]) not in served
        ]
        loose, stubs = [g for g, _ in pairs], [s for _, s in pairs]
    groups: dict[int, list[tuple[OsmGate, list[tuple[int, float]]]]] = {}
    part = components(ground.graph)
    for gate, stub in zip(loose, stubs, strict=True):
        groups.setdefault(int(part[gate.left if side > 0 else gate.right]), []).append((gate, stub))
    for some in groups.values():
        gate, stub = max(some, key=lambda item: max((km for _, km in item[1]), default=0.0))
        found.append(_end_place(ground, sides, gate, stub, code, side))
    if found and not given:
        names = ", ".join(town.name for town in found[:5]) + (", ..." if len(found) > 5 else "")
        ground.notes.append(
            f"no town of {code} is joined by the file's roads to {len(loose)} of {len(ground.gates)} crossings: the ends of their "
            f"roads stand for one ({names}); --town NAME=LON,LAT names a real one, joined by straight roads"
        )
    return found


def _stub(extract: Extract, ground: SideGraph, gate: OsmGate, side: int) -> list[tuple[int, float]]:
    """The ends of the road beyond a crossing, as far as the file has it: (node, km from the crossing); one, or carriageways side by side."""
    g, door = ground.graph, gate.left if side > 0 else gate.right
    matrix = csr_matrix((np.maximum(g.km, 1e-9), (g.tail, g.head)), shape=(g.size, g.size))
    away = dijkstra(matrix, directed=False, indices=door)
    degree = np.bincount(np.concatenate([g.tail, g.head]), minlength=g.size)
    rank = {kind: k for k, kind in enumerate(CLASSES)}
    best = np.full(g.size, len(rank))
    known = ground.way >= 0
    ranks = np.array([rank[kind] for kind in extract.kinds] or [0])[ground.way[known]]
    for ends in (g.tail[known], g.head[known]):
        np.minimum.at(best, ends, ranks)
    dead = np.flatnonzero((degree == 1) & np.isfinite(away) & (np.arange(g.size) < len(extract.lon)))
    if not len(dead):
        return []
    first = min(dead.tolist(), key=lambda n: (best[n], -away[n], n))
    beside = [
        n
        for n in dead.tolist()
        if (best[n] == best[first] or away[first] <= STUB_KM)
        and float(km_between(ground.lon[n], ground.lat[n], ground.lon[first], ground.lat[first])) <= END_KM
    ]
    return [(n, float(away[n])) for n in beside]


def _end_place(
    ground: SideGraph, sides: Sides, gate: OsmGate, stub: list[tuple[int, float]], code: str, side: int
) -> OsmTown:
    """A place at the end of a road; where the file ends at the line, a kilometre beyond it."""
    name = f"{code}, end of the road from {gate.name}"[:60]
    if stub:
        at = stub[0][0]
        lon, lat = float(ground.lon[at]), float(ground.lat[at])
        ends = [
            (n, max(0.05, float(km_between(ground.lon[n], ground.lat[n], np.array(lon), np.array(lat)))), BEYOND_KMH)
            for n, _ in stub
        ]
    else:
        lon, lat = _beyond(sides, gate, side)
        ends = [(gate.left if side > 0 else gate.right, 1.0, BEYOND_KMH)]
    node = ground.add_node(lon, lat, side, ends)
    return OsmTown(lon, lat, name, code, node, None, END_PEOPLE, ours=True)


def _beyond(sides: Sides, gate: OsmGate, side: int) -> tuple[float, float]:
    """A point about a kilometre from a crossing, on one side of the line."""
    reach = 1.0 / 111.2
    tries = [
        (
            gate.lon + reach * math.cos(angle) / max(math.cos(math.radians(gate.lat)), 0.01),
            gate.lat + reach * math.sin(angle),
        )
        for angle in np.linspace(0, 2 * math.pi, 24, endpoint=False).tolist()
    ]
    right = [p for p in tries if sides.at(*p) == side] or tries
    return max(right, key=lambda p: sides.foot(*p)[2])


def _given(
    ground: SideGraph, town: GivenTown, code: str, side: int, loose: list[OsmGate], stubs: list[list[tuple[int, float]]]
) -> OsmTown:
    """A town that was named: at the nearest road of its side, and joined by straight roads to the ends of those that lead nowhere."""
    ends: list[tuple[int, float, float]] = []
    used = np.unique(np.concatenate([ground.graph.tail, ground.graph.head]))
    used = used[ground.side[used] == side]
    if len(used):
        km = km_between(ground.lon[used], ground.lat[used], np.array(town.lon), np.array(town.lat))
        k = int(np.argmin(km))
        if km[k] <= SNAP_KM:
            ends.append((int(used[k]), max(0.05, float(km[k])), BEYOND_KMH))
    for stub, gate in zip(stubs, loose, strict=True):
        for node in [n for n, _ in stub] or [gate.left if side > 0 else gate.right]:
            far = float(km_between(ground.lon[node], ground.lat[node], np.array(town.lon), np.array(town.lat))) * DETOUR
            if node not in {e[0] for e in ends}:
                ends.append((node, max(0.05, far), BEYOND_KMH))
    if not ends:
        what = f"--town {town.name}: no road of {code} that leads to a crossing is within {SNAP_KM:g} km"
        raise InputError("town", what, "check its longitude and latitude")
    node = ground.add_node(town.lon, town.lat, side, ends)
    return OsmTown(town.lon, town.lat, town.name, code, node, None, END_PEOPLE)
