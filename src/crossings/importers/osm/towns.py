"""Where journeys begin and end: towns of the extract, towns that somebody names, and the ends of roads that a file cuts off."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import breadth_first_order
from scipy.spatial import cKDTree

from crossings.errors import InputError
from crossings.importers.osm.border import OsmBorder
from crossings.importers.osm.extract import Extract, Point
from crossings.importers.osm.gates import OsmGate, SideGraph
from crossings.importers.osm.graph import components
from crossings.importers.osm.guards import unit, unit_of
from crossings.importers.osm.request import GivenTown
from crossings.importers.osm.tags import CLASSES, TOWNS, name_of, people_of, population_of
from crossings.importers.sides import EARTH_KM, Sides, touching
from crossings.io.faults import counted
from crossings.scenario.geojson import km_between

AWAY_KM, AWAY_KMH = 1.0, 30.0  # a town farther from its road has a way of its own to it
SNAP_KM = 10.0  # from a town to the road through it
STUB_KM = 3.0  # of a road that ends so near the crossing the lanes beside it count as well
END_KM = 1.0  # ends of roads so near one another are one place
BEYOND_KMH = 60.0  # of roads that the file does not hold
DETOUR = 1.3  # their length over the straight line
END_PEOPLE = TOWNS["town"]

Stub = list[tuple[int, float]]
"""The ends of the road beyond a crossing, as far as the file has it: (node, km from the crossing)."""


@dataclass(frozen=True, slots=True)
class OsmTown:
    """A place with its node in the graph. population: of the map; weight: that, or ours by class; ours: whether it is no town of
    the map.
    """

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
    """The ``most`` largest towns of each side that roads join to a crossing, those given, and ends of roads where there is
    none.
    """
    useful = _both_ways(ground)
    line = np.concatenate([np.stack([border.start, border.end], axis=1), border.others])
    towns: list[OsmTown] = []
    for code, side in ((border.left, 1), (border.right, -1)):
        here = _Side(extract, ground, sides, code, side)
        mine = [
            g
            for g in given
            if sides.country(g.lon, g.lat) == code
            or (sides.at(g.lon, g.lat) == side and not sides.country(g.lon, g.lat))
        ]
        towns += here.of_map(useful, line, most)
        towns += here.ends(towns, mine)
    return towns


def _over(line: NDArray[np.float64], point: Point, ground: SideGraph, node: int) -> bool:
    """Whether the straight way from a town to its road leads over a border."""
    way = np.array([[[point.lon, point.lat], [ground.lon[node], ground.lat[node]]]])
    return bool(len(touching(way, line)[0]))


def _both_ways(ground: SideGraph) -> NDArray[np.bool_]:
    """[N] whether a node can be reached from some crossing, and some crossing from it, by one mode or another."""
    g = ground.graph
    useful = np.zeros(g.size, bool)
    doors = np.array([n for gate in ground.gates for n in (gate.left, gate.right)], np.int64)
    start = np.full(len(doors), g.size)  # a node before all crossings
    for mode in range(g.there.shape[1]):
        along, against = np.isfinite(g.there[:, mode]), np.isfinite(g.back[:, mode])
        tail = np.concatenate([g.tail[along], g.head[against]])
        head = np.concatenate([g.head[along], g.tail[against]])
        reached = np.ones(g.size, bool)
        for p, q in ((tail, head), (head, tail)):
            ends = np.concatenate([p, start]), np.concatenate([q, doors])
            matrix = csr_matrix((np.ones(len(ends[0]), np.int8), ends), shape=(g.size + 1, g.size + 1))
            seen = np.zeros(g.size + 1, bool)
            seen[breadth_first_order(matrix, g.size, return_predecessors=False)] = True
            reached &= seen[: g.size]
        useful |= reached
    useful[doors] = False
    return useful


@dataclass(frozen=True)
class _Side:
    """One side of the line: its country, and 1 (left) or -1."""

    extract: Extract
    ground: SideGraph
    sides: Sides
    code: str
    side: int

    def of_map(self, useful: NDArray[np.bool_], line: NDArray[np.float64], most: int) -> list[OsmTown]:
        """The largest towns of the country: by population, or by class where the map has none."""
        ground, base = self.ground, len(self.extract.lon)
        nodes = np.flatnonzero(useful[:base] & (ground.side[:base] == self.side))
        points = [p for p in self.extract.places if p.tags.get("place") in TOWNS and name_of(p.tags)]
        if not len(nodes) or not points:
            return []
        chord, nearest = cKDTree(unit(ground.lon[nodes], ground.lat[nodes])).query(unit_of(points))
        found: list[OsmTown] = []
        unknown = 0
        for k in sorted(range(len(points)), key=lambda k: (-people_of(points[k].tags), name_of(points[k].tags))):
            point, node, km = points[k], int(nodes[nearest[k]]), float(chord[k] * EARTH_KM)
            if len(found) == most:
                break
            if km > SNAP_KM or self.sides.country(point.lon, point.lat) != self.code:
                continue
            if any(t.node == node for t in found) or _over(line, point, ground, node):
                continue
            population = population_of(point.tags)
            unknown += population is None
            if km > AWAY_KM:
                node = ground.add_node(point.lon, point.lat, self.side, [(node, km * DETOUR, AWAY_KMH)])
            people = people_of(point.tags)
            found.append(OsmTown(point.lon, point.lat, name_of(point.tags), self.code, node, population, people))
        if unknown:
            sizes = ", ".join(f"{kind} {people:,.0f}" for kind, people in TOWNS.items())
            ground.notes.append(
                f"without a population: {unknown} of {counted(len(found), 'town')} of {self.code}, which count by class ({sizes})"
            )
        return found

    def ends(self, towns: list[OsmTown], given: list[GivenTown]) -> list[OsmTown]:
        """Places for the crossings from which no road of the file leads to a town on this side: those given, else the road's
        end.
        """
        loose = [(gate, self._stub(gate)) for gate in self._not_served(self.ground.gates, towns)]
        found = [self._given(town, loose) for town in given]
        if given:
            left = self._not_served([gate for gate, _ in loose], found)
            loose = [(gate, stub) for gate, stub in loose if gate in left]
        groups: dict[int, list[tuple[OsmGate, Stub]]] = {}
        part = components(self.ground.graph)
        for gate, stub in loose:
            groups.setdefault(int(part[gate.door(self.side)]), []).append((gate, stub))
        for some in groups.values():
            gate, stub = max(some, key=lambda item: max((km for _, km in item[1]), default=0.0))
            found.append(self._end_place(gate, stub))
        if found and not given:
            names = ", ".join(town.name for town in found[:5]) + (", ..." if len(found) > 5 else "")
            self.ground.notes.append(
                f"no town of {self.code} is joined by the file's roads to {len(loose)} of {counted(len(self.ground.gates), 'crossing')}: the ends of their "
                f"roads stand for one ({names}); --town NAME=LON,LAT names a real one, joined by straight roads"
            )
        return found

    def _not_served(self, gates: Sequence[OsmGate], towns: Sequence[OsmTown]) -> list[OsmGate]:
        """The crossings from which no road leads to one of some towns."""
        part = components(self.ground.graph)
        served = {int(part[t.node]) for t in towns}
        return [gate for gate in gates if int(part[gate.door(self.side)]) not in served]

    def _km(self, node: int, lon: float, lat: float) -> float:
        """The straight way from a node to a point, at least 50 m."""
        return max(0.05, float(km_between(self.ground.lon[node], self.ground.lat[node], np.array(lon), np.array(lat))))

    def _stub(self, gate: OsmGate) -> Stub:
        """One end of the road beyond a crossing, or those of carriageways side by side."""
        ground = self.ground
        away, degree = ground.graph.away([gate.door(self.side)])[0], ground.graph.degree
        rank = {kind: k for k, kind in enumerate(CLASSES)}
        best = np.full(ground.graph.size, len(rank))
        known = ground.way >= 0
        ranks = np.array([rank[kind] for kind in self.extract.kinds] or [0])[ground.way[known]]
        for ends in (ground.graph.tail[known], ground.graph.head[known]):
            np.minimum.at(best, ends, ranks)
        of_file = np.arange(ground.graph.size) < len(self.extract.lon)
        dead = np.flatnonzero((degree == 1) & np.isfinite(away) & of_file).tolist()
        if not dead:
            return []
        first = min(dead, key=lambda n: (best[n], -away[n], n))
        return [
            (n, float(away[n]))
            for n in dead
            if (best[n] == best[first] or away[first] <= STUB_KM)
            and self._km(n, ground.lon[first], ground.lat[first]) <= END_KM
        ]

    def _end_place(self, gate: OsmGate, stub: Stub) -> OsmTown:
        """A place at the end of a road; where the file ends at the line, a kilometre beyond it."""
        name = f"{self.code}, end of the road from {gate.name}"[:60]
        if stub:
            lon, lat = float(self.ground.lon[stub[0][0]]), float(self.ground.lat[stub[0][0]])
            ends = [(n, self._km(n, lon, lat), BEYOND_KMH) for n, _ in stub]
        else:
            lon, lat = self._beyond(gate)
            ends = [(gate.door(self.side), 1.0, BEYOND_KMH)]
        node = self.ground.add_node(lon, lat, self.side, ends)
        return OsmTown(lon, lat, name, self.code, node, None, END_PEOPLE, ours=True)

    def _beyond(self, gate: OsmGate) -> tuple[float, float]:
        """A point about a kilometre from a crossing, on this side of the line."""
        reach = 1.0 / 111.2
        wide = reach / max(math.cos(math.radians(gate.lat)), 0.01)
        angles = np.linspace(0, 2 * math.pi, 24, endpoint=False).tolist()
        tries = [(gate.lon + wide * math.cos(angle), gate.lat + reach * math.sin(angle)) for angle in angles]
        right = [p for p in tries if self.sides.at(*p) == self.side] or tries
        return max(right, key=lambda p: self.sides.foot(*p)[2])

    def _given(self, town: GivenTown, loose: Sequence[tuple[OsmGate, Stub]]) -> OsmTown:
        """A town that was named: at the nearest road of its side, and joined by straight roads to the ends of those that lead
        nowhere.
        """
        ground = self.ground
        ends: dict[int, float] = {}
        used = np.unique(np.concatenate([ground.graph.tail, ground.graph.head]))
        used = used[ground.side[used] == self.side]
        if len(used):
            km = km_between(ground.lon[used], ground.lat[used], np.array(town.lon), np.array(town.lat))
            k = int(np.argmin(km))
            if km[k] <= SNAP_KM:
                ends[int(used[k])] = max(0.05, float(km[k]))
        for gate, stub in loose:
            for node in [n for n, _ in stub] or [gate.door(self.side)]:
                straight = km_between(ground.lon[node], ground.lat[node], np.array(town.lon), np.array(town.lat))
                ends.setdefault(node, max(0.05, float(straight) * DETOUR))
        if not ends:
            what = f"{town.name}: no road of {self.code} that leads to a crossing is within {SNAP_KM:g} km"
            raise InputError("town", what, "check its longitude and latitude")
        node = ground.add_node(town.lon, town.lat, self.side, [(n, km, BEYOND_KMH) for n, km in ends.items()])
        return OsmTown(town.lon, town.lat, town.name, self.code, node, None, END_PEOPLE)
