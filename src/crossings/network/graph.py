"""Places and roads to shortest journeys, once per regime (docs/model.md, section 5). The search is `crossings.kernel.core.paths`.

A `Network` is built once for a scenario; `Network.reach` answers, for one stream's mode and speed and one regime's
closed roads and places, the hours and km from some places to others, with or without passing crossings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crossings.kernel.core.paths import ways_to
from crossings.scenario import Scenario

Ints = NDArray[np.int64]
Numbers = NDArray[np.int32]
Floats = NDArray[np.float64]
Closed = tuple[frozenset[str], frozenset[str]]
"""Roads and places that are closed, by name."""
NOTHING: Closed = (frozenset(), frozenset())


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


@dataclass(frozen=True, slots=True)
class Graph:
    """A network of n nodes as some travellers may use it: its edges, in the order of the nodes where they begin.

    start [n + 1]: the first edge of each node; target: where an edge ends, then its hours and km, the number of its link (−1 = a
    road) and of its road (−1 = a link).
    """

    start: Numbers
    target: Numbers
    hours: Floats
    km: Floats
    mark: Ints
    road: Ints

    def begin(self) -> Numbers:
        """The node where each edge begins."""
        return np.repeat(np.arange(self.start.size - 1, dtype=np.int32), np.diff(self.start))

    def back(self) -> tuple[Numbers, Numbers, Ints]:
        """The edges by where they end: start [n + 1], the node where each begins, its number."""
        number = np.argsort(self.target, kind="stable")
        start = np.searchsorted(self.target[number], np.arange(self.start.size))
        return start.astype(np.int32), self.begin()[number], number

    def table(self, hours: Floats | None = None) -> tuple[Numbers, Numbers, Floats, Floats, Ints]:
        """As the search reads it; ``hours``: in place of its own."""
        return self.start, self.target, self.hours if hours is None else hours, self.km, self.mark


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
        self._open: dict[str, NDArray[np.bool_]] = {}
        self._sorted: dict[float | None, Ints] = {}
        self._parts: Ints | None = None
        self.gated = frozenset(p.id for p in scenario.places if p.kind in ("town", "origin"))

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
        closed: Closed = NOTHING,
        links: Ints | None = None,
    ) -> Reach:
        """Shortest journeys in hours. ``links`` [M, 2]: crossings (near, far) that may be passed at no cost."""
        graph = self.graph(mode, speed_kmh, closed, links=links)
        source = np.asarray(sources, np.int64)
        target = np.asarray(targets, np.int64)
        if source.size == 0 or target.size == 0:
            empty = np.full((source.size, target.size), np.inf)
            return Reach(empty, empty, empty.astype(np.int64), empty, empty)
        back, table = graph.back(), graph.table()
        found = np.stack([ways_to(end, source, back, table)[0] for end in target.tolist()], axis=2)
        return Reach(found[0], found[1], found[2].astype(np.int64), found[3], found[4])

    def _blocked(self, closed_places: frozenset[str]) -> NDArray[np.bool_]:
        shut = np.zeros(self.size, bool)
        for name in closed_places & self.gated:
            shut[self.index[name]] = True
        return shut

    def graph(
        self,
        mode: str,
        speed_kmh: float | None,
        closed: Closed = NOTHING,
        *,
        links: Ints | None = None,
        nodes: Ints | None = None,
        parallel: bool = False,
    ) -> Graph:
        """The edges open to a mode while some roads and places are closed, with crossings (near, far) as ``links``.

        nodes: only these, in ascending order, and numbered so. Of parallel edges the fastest (then shortest) is kept, or
        with ``parallel`` comes first; edges of no length are edges.
        """
        order = self._order(speed_kmh)
        kept = order[self._usable(mode, *closed)[order]]
        if nodes is not None:
            here = np.zeros(self.size, bool)
            here[nodes] = True
            kept = kept[here[self._from[kept]] & here[self._to[kept]]]
        road = self._road[kept]
        a, b, hours, km = self._from[kept], self._to[kept], self.road_hours(speed_kmh)[road], self._km[road]
        mark = np.full(kept.size, -1)
        if links is not None and len(links):
            shut = self._blocked(closed[1])
            some = np.flatnonzero(~(shut[links[:, 0]] | shut[links[:, 1]]))
            none = np.zeros(some.size)
            a, b = np.concatenate([links[some, 0], a]), np.concatenate([links[some, 1], b])
            hours, km = np.concatenate([none, hours]), np.concatenate([none, km])
            mark, road = np.concatenate([some, mark]), np.concatenate([np.full(some.size, -1), road])
            again = np.argsort(a * self.size + b, kind="stable")  # nearly in order: links come before
            a, b, mark, road = (x[again] for x in (a, b, mark, road))
            hours, km = hours[again], km[again]
        keep = a != b
        if not parallel:
            keep[1:] &= (a[1:] != a[:-1]) | (b[1:] != b[:-1])
        a, b, mark, road = (x[keep] for x in (a, b, mark, road))
        hours, km = hours[keep], km[keep]
        size = self.size
        if nodes is not None:
            a, b, size = np.searchsorted(nodes, a), np.searchsorted(nodes, b), nodes.size
        start = np.searchsorted(a, np.arange(size + 1))
        whole = mark.astype(np.int64), road.astype(np.int64)
        return Graph(start.astype(np.int32), b.astype(np.int32), hours, km, *whole)

    def parts(self) -> Ints:
        """The number of the part of the network, connected by roads alone, that each place lies in; no road leaves a part."""
        if self._parts is None:
            least = np.arange(self.size)  # a place of the part, ever smaller
            while True:
                a, b = least[self._from], least[self._to]
                if np.array_equal(a, b):
                    break
                np.minimum.at(least, np.maximum(a, b), np.minimum(a, b))
                while not np.array_equal(least[least], least):
                    least = least[least]
            self._parts = np.unique(least, return_inverse=True)[1].astype(np.int64)
        return self._parts

    def concerning(self, part: int, closed: Closed) -> Closed:
        """Of what is closed, the roads and places that lie in a part."""
        parts = self.parts()
        roads = frozenset(r for r in closed[0] if parts[self._from[self._names[r]]] == part)
        return roads, frozenset(p for p in closed[1] if parts[self.index[p]] == part)

    def numbers(self, closed: Closed) -> tuple[Ints, Ints]:
        """The numbers of closed roads, and of closed places that nobody may pass."""
        roads = sorted(self._names[name] for name in closed[0])
        places = sorted(self.index[name] for name in closed[1] & self.gated)
        return np.array(roads, np.int64), np.array(places, np.int64)

    def allows(self, mode: str) -> NDArray[np.bool_]:
        """Whether each road is open to a mode."""
        if mode not in self._open:
            self._open[mode] = np.array([not road.modes or mode in road.modes for road in self._roads], bool)
        return self._open[mode]

    def _usable(self, mode: str, closed_roads: frozenset[str], closed_places: frozenset[str]) -> NDArray[np.bool_]:
        """Whether each directed edge may be used."""
        road_open = self.allows(mode).copy()
        for name in closed_roads:
            road_open[self._names[name]] = False
        shut = self._blocked(closed_places)
        return np.asarray(road_open[self._road] & ~shut[self._from] & ~shut[self._to])

    def _order(self, speed_kmh: float | None) -> Ints:
        """Directed edges by their ends, then hours, then km."""
        if speed_kmh not in self._sorted:
            hours = self.road_hours(speed_kmh)[self._road]
            self._sorted[speed_kmh] = np.lexsort((self._km[self._road], hours, self._to, self._from))
        return self._sorted[speed_kmh]
