"""Places and roads to shortest journeys, once per regime (docs/model.md, section 5). Dijkstra is scipy's.

A `Network` is built once for a scenario; `Network.reach` answers, for one stream's mode and speed and one regime's
closed roads and places, the hours and km from some places to others, with or without passing crossings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from crossings.kernel.paths import trace
from crossings.scenario import Scenario

__all__ = ["Network", "Reach"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reach:
    """Shortest journeys from ``sources`` [K] to ``targets`` [T].

    hours, km: [K, T], inf where unreachable. first: [K, T] number of the first link (crossing) on the way, −1 = none;
    first_hours, first_km: up to that link, or the whole way.
    """

    hours: Floats
    km: Floats
    first: Ints
    first_hours: Floats
    first_km: Floats


class Network:
    """The road graph of a scenario: nodes are places, in file order."""

    def __init__(self, scenario: Scenario) -> None:
        self.index = {place.id: i for i, place in enumerate(scenario.places)}
        self.size = len(scenario.places)
        self._roads = scenario.roads
        both = [not road.one_way for road in scenario.roads]
        a = np.array([self.index[road.from_] for road in scenario.roads], np.int64)
        b = np.array([self.index[road.to] for road in scenario.roads], np.int64)
        back = np.flatnonzero(both)
        number = np.arange(len(scenario.roads))
        self._from = np.concatenate([a, b[back]])
        self._to = np.concatenate([b, a[back]])
        self._road = np.concatenate([number, back]).astype(np.int64)
        self._km = np.array([road.km for road in scenario.roads], float)
        self._hours = np.array(
            [road.hours if road.hours is not None else road.km / (road.speed_kmh or np.nan) for road in scenario.roads],
            float,
        )
        self._names = {road.name: i for i, road in enumerate(scenario.roads)}
        self._gated = frozenset(p.id for p in scenario.places if p.kind in ("town", "origin"))

    def road_hours(self, speed_kmh: float | None) -> Floats:
        """Hours of each road for a stream of that own top speed (None: the road's)."""
        return self._hours if speed_kmh is None else np.maximum(self._hours, self._km / speed_kmh)

    def reach(
        self,
        sources: Sequence[int] | Ints,
        targets: Sequence[int] | Ints,
        *,
        mode: str,
        speed_kmh: float | None,
        closed_roads: frozenset[str] = frozenset(),
        closed_places: frozenset[str] = frozenset(),
        links: Ints | None = None,
    ) -> Reach:
        """Shortest journeys in hours. ``links`` [M, 2]: crossings (near, far) that may be passed at no cost."""
        usable = self._usable(mode, closed_roads, closed_places)
        hours = self.road_hours(speed_kmh)[self._road[usable]]
        ends = [self._from[usable]], [self._to[usable]]
        weights, lengths, marks = [hours], [self._km[self._road[usable]]], [np.full(usable.size, -1)]
        if links is not None and len(links):
            shut = self._blocked(closed_places)
            open_links = np.flatnonzero(~(shut[links[:, 0]] | shut[links[:, 1]]))
            ends[0].append(links[open_links, 0])
            ends[1].append(links[open_links, 1])
            weights.append(np.zeros(open_links.size))
            lengths.append(np.zeros(open_links.size))
            marks.append(open_links)
        graph, km, mark = self._graph(*map(np.concatenate, (ends[0], ends[1], weights, lengths, marks)))
        source = np.asarray(sources, np.int64)
        target = np.asarray(targets, np.int64)
        if source.size == 0 or target.size == 0:
            empty = np.full((source.size, target.size), np.inf)
            return Reach(empty, empty, empty.astype(np.int64), empty, empty)
        found = [np.empty((source.size, target.size)) for _ in range(5)]
        block = max(1, int(2e7) // max(1, self.size))  # keeps memory flat however many sources
        for start in range(0, source.size, block):
            part = source[start : start + block]
            distance, before = dijkstra(graph, indices=part, return_predecessors=True)
            rows = trace(distance, before, part, target, graph.indptr, graph.indices, graph.data, km, mark)
            for out, value in zip(found, rows, strict=True):
                out[start : start + block] = value
        return Reach(found[0], found[1], found[2].astype(np.int64), found[3], found[4])

    def _blocked(self, closed_places: frozenset[str]) -> NDArray[np.bool_]:
        shut = np.zeros(self.size, bool)
        for name in closed_places & self._gated:
            shut[self.index[name]] = True
        return shut

    def _usable(self, mode: str, closed_roads: frozenset[str], closed_places: frozenset[str]) -> Ints:
        road_open = np.array([not road.modes or mode in road.modes for road in self._roads], bool)
        for name in closed_roads:
            road_open[self._names[name]] = False
        shut = self._blocked(closed_places)
        return (
            np.flatnonzero(road_open[self._road] & ~shut[self._from] & ~shut[self._to])
            if self._roads
            else np.zeros(0, np.int64)
        )

    def _graph(self, a: Ints, b: Ints, hours: Floats, km: Floats, mark: Ints) -> tuple[csr_array, Floats, Ints]:
        """The sparse graph, of parallel edges the fastest (then shortest) kept; explicit zeros are edges."""
        order = np.lexsort((km, hours, b, a))
        a, b, hours, km, mark = a[order], b[order], hours[order], km[order], mark[order]
        keep = np.ones(a.size, bool)
        keep[1:] = (a[1:] != a[:-1]) | (b[1:] != b[:-1])
        keep &= a != b
        a, b, hours, km, mark = a[keep], b[keep], hours[keep], km[keep], mark[keep]
        start = np.searchsorted(a, np.arange(self.size + 1))
        graph = csr_array((hours, b.astype(np.int32), start.astype(np.int32)), shape=(self.size, self.size))
        return graph, km, mark.astype(np.int64)
