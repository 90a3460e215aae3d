"""Shortest journeys in many regimes, each found once, and again only where a closure is in its way (docs/model.md, section 5).

Two things make this quick on a continent. Without crossings a network falls apart into countries, so that a closed road
concerns one of them. And closing something never shortens a journey: one that leads past nothing closed stays the shortest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from crossings.kernel.core.paths import trace
from crossings.network.graph import Graph, Network, Reach

__all__ = ["InnerJourneys", "Wayfinder"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Closed = tuple[frozenset[str], frozenset[str]]
AT_ONCE = 2**24  # numbers held of one search


@dataclass(frozen=True, slots=True)
class InnerJourneys:
    """Journeys within one country without passing a crossing: hours and km [S, T] between the nodes that were asked for."""

    hours: Floats
    km: Floats


@dataclass(frozen=True, slots=True)
class _Ways:
    """The ways from some nodes to one end: five numbers each, as `Reach` has them, and all roads and nodes on them."""

    found: Floats
    roads: Ints
    nodes: Ints


class Wayfinder:
    """Journeys on a network by one mode and speed. ``reuse=False`` finds everything afresh, to the same result."""

    def __init__(self, network: Network, mode: str, speed_kmh: float | None, *, reuse: bool = True) -> None:
        self.network = network
        self.mode, self.speed_kmh = mode, speed_kmh
        self.reuse = reuse
        self.country = network.parts()
        self._asked: tuple[set[int], set[int]] = (set(), set())
        self._ends: list[int] = []
        self._blocks: dict[tuple[int, Closed], InnerJourneys] = {}
        self._numbered = False
        self._rows: dict[int, dict[int, int]] = {}
        self._columns: dict[int, dict[int, int]] = {}
        self._ways: dict[tuple[bytes, bytes, int], list[tuple[Closed, _Ways]]] = {}
        self._settled: dict[tuple[bytes, bytes, Closed], dict[int, _Ways]] = {}
        self._reaches: dict[tuple[int, ...], Reach] = {}

    # --- within a country --------------------------------------------------------------------------

    def ask(self, sources: Ints, targets: Ints, ends: Ints) -> None:
        """Say between which nodes `within` will be asked, and for which ends `onward`; all of it before the first call.

        What several streams ask for is found together.
        """
        self._asked[0].update(sources.tolist())
        self._asked[1].update(targets.tolist())
        self._ends = sorted({*self._ends, *ends.tolist()})
        self._numbered = False

    def place(self, node: int, *, target: bool = False) -> int:
        """The row, or column, of a node in the blocks of its country."""
        self._number()
        return (self._columns if target else self._rows)[int(self.country[node])][node]

    def _number(self) -> None:
        if self._numbered:
            return
        self._numbered = True
        for nodes, found in zip(self._asked, (self._rows, self._columns), strict=True):
            found.clear()
            for n in sorted(nodes):
                mine = found.setdefault(int(self.country[n]), {})
                mine[n] = len(mine)

    def within(self, country: int, closed: Closed) -> InnerJourneys:
        """Journeys between what was asked for in one country. Those of a country with nothing closed are found once."""
        mine = self.network.concerning(country, closed) if self.reuse else closed
        key = (country, mine)
        if key not in self._blocks or not self.reuse:
            self._blocks[key] = self._search(country, mine)
        return self._blocks[key]

    def _search(self, country: int, closed: Closed) -> InnerJourneys:
        self._number()
        sources = np.array(list(self._rows.get(country, {})), np.int64)
        targets = np.array(list(self._columns.get(country, {})), np.int64)
        hours = np.full((sources.size, targets.size), np.inf)
        km = hours.copy()
        if not hours.size:
            return InnerJourneys(hours, km)
        nodes = np.flatnonzero(self.country == country)
        graph = self.network.graph(self.mode, self.speed_kmh, closed, nodes=nodes)
        a, b = np.searchsorted(nodes, sources), np.searchsorted(nodes, targets)
        each = max(1, AT_ONCE // nodes.size)
        for start in range(0, a.size, each):
            part = a[start : start + each]
            distance, before = dijkstra(graph.matrix, indices=part, return_predecessors=True)
            m = graph.matrix
            found = trace(distance, before, part, b, m.indptr, m.indices, m.data, graph.km, graph.mark)
            hours[start : start + each], km[start : start + each] = found[0], found[1]
        return InnerJourneys(hours, km)

    # --- on from a crossing ------------------------------------------------------------------------

    def onward(self, sources: Ints, ends: Ints, links: Ints, closed: Closed) -> Reach:
        """From far sides [F] to ends [E], passing crossings ``links`` [M, 2] at no cost. Equal answers are the same object."""
        name = links.tobytes()
        ways = self._ways_to(sources, ends, links, closed)
        key = (hash(name), *map(id, ways))
        if key not in self._reaches or not self.reuse:
            found = np.stack([w.found for w in ways], axis=2) if ways else np.full((5, sources.size, ends.size), np.inf)
            self._reaches[key] = Reach(found[0], found[1], found[2].astype(np.int64), found[3], found[4])
        return self._reaches[key]

    def _ways_to(self, sources: Ints, ends: Ints, links: Ints, closed: Closed) -> list[_Ways]:
        """The ways to each end: those known that lead past nothing closed now, and the others, found together."""
        if not sources.size:
            return []
        net = (links.tobytes(), sources.tobytes())
        wanted = sorted({*self._ends, *ends.tolist()})
        if self.reuse and self._settled.get((*net, closed), {}).keys() >= set(wanted):
            return [self._settled[*net, closed][end] for end in ends.tolist()]
        shut_roads, shut_nodes = self.network.numbers(closed)
        kept: dict[int, _Ways] = {}
        names = {end: (*net, end) for end in wanted}
        for end, name in names.items():
            for known, ways in self._ways.get(name, ()) if self.reuse else ():
                less = known[0] <= closed[0] and known[1] <= closed[1]
                if known == closed or (less and not (_meet(ways.roads, shut_roads) or _meet(ways.nodes, shut_nodes))):
                    kept[end] = ways
                    break
        missing = [end for end in names if end not in kept]
        if missing:
            found = self._find(sources, np.array(missing, np.int64), links, closed)
            for end, ways in zip(missing, found, strict=True):
                kept[end] = ways
                self._ways.setdefault(names[end], []).append((closed, ways))
        self._settled[*net, closed] = kept
        return [kept[end] for end in ends.tolist()]

    def _find(self, sources: Ints, ends: Ints, links: Ints, closed: Closed) -> list[_Ways]:
        graph = self.network.graph(self.mode, self.speed_kmh, closed, links=links)
        back = csr_array(graph.matrix.T)
        found: list[_Ways] = []
        each = max(1, AT_ONCE // self.network.size)
        for start in range(0, ends.size, each):
            some = ends[start : start + each]
            found += _walk(graph, dijkstra(back, indices=some), sources, some)
        return found


def _meet(some: Ints, few: Ints) -> bool:
    """Whether any of a few numbers is among some sorted ones."""
    if not few.size or not some.size:
        return False
    return bool((some[np.minimum(np.searchsorted(some, few), some.size - 1)] == few).any())


def _walk(graph: Graph, left: Floats, sources: Ints, ends: Ints) -> list[_Ways]:
    """Walk from each source to each end along what is shortest. left [E, n]: hours from each node to each end.

    Of equally short ways on, that along the first edge is taken: a choice which nothing closed elsewhere can change.
    """
    rows, columns = ends.size, sources.size
    row = np.repeat(np.arange(rows), columns)
    node = np.tile(sources, rows)
    found = np.zeros((5, row.size))
    found[2] = -1.0
    found[:, ~np.isfinite(left[row, node])] = np.inf
    roads = np.zeros((rows, graph.roads), bool)
    nodes = np.zeros((rows, left.shape[1]), bool)
    step = np.full(left.shape, -1, np.int32)  # the edge taken at each node, once somebody has been there
    going = np.flatnonzero(np.isfinite(left[row, node]))
    nodes[row[going], node[going]] = True
    going = going[node[going] != ends[row[going]]]
    while going.size:
        edge = step[row[going], node[going]].astype(np.int64)
        new = going[edge < 0]
        if new.size:
            edge[edge < 0] = step[row[new], node[new]] = _next(graph, left, ends, row[new], node[new])
        first = (graph.mark[edge] >= 0) & (found[2, going] < 0)
        at = going[first]
        found[2, at], found[3, at], found[4, at] = graph.mark[edge[first]], found[0, at], found[1, at]
        found[0, going] += graph.matrix.data[edge]
        found[1, going] += graph.km[edge]
        by_road = graph.road[edge] >= 0
        roads[row[going[by_road]], graph.road[edge[by_road]]] = True
        node[going] = graph.matrix.indices[edge]
        nodes[row[going], node[going]] = True
        going = going[node[going] != ends[row[going]]]
    straight = found[2] < 0
    found[3, straight], found[4, straight] = found[0, straight], found[1, straight]
    found[2, ~np.isfinite(found[0])] = -1.0
    by_end = found.reshape(5, rows, columns)
    return [_Ways(by_end[:, e].copy(), np.flatnonzero(roads[e]), np.flatnonzero(nodes[e])) for e in range(rows)]


def _next(graph: Graph, left: Floats, ends: Ints, row: Ints, node: Ints) -> Ints:
    """The edge that each walker takes: the first that brings it nearer; else one of no length, towards one that does."""
    edge = _nearer(graph, left, row, node)
    stuck = np.flatnonzero(edge < 0)
    if stuck.size:
        edge[stuck] = _level(graph, left, ends, row[stuck], node[stuck])
    for w in np.flatnonzero(edge < 0).tolist():
        edge[w] = _around(graph, left[row[w]], int(ends[row[w]]), int(node[w]))
    return edge


def _edges(graph: Graph, node: Ints) -> tuple[Ints, Ints]:
    """All edges of some nodes, one node's after the other's, and which of the nodes each belongs to."""
    m = graph.matrix
    start, count = m.indptr[node].astype(np.int64), (m.indptr[node + 1] - m.indptr[node]).astype(np.int64)
    shift = np.cumsum(count) - count
    return np.repeat(start - shift, count) + np.arange(int(count.sum())), np.repeat(np.arange(node.size), count)


def _first(good: NDArray[np.bool_], edges: Ints, of: Ints, number: int) -> Ints:
    """The first good edge of each node, −1 where there is none."""
    out = np.full(number, -1)
    chosen = np.flatnonzero(good)[::-1]  # backwards, so that the first is written last
    out[of[chosen]] = edges[chosen]
    return out


def _nearer(graph: Graph, left: Floats, row: Ints, node: Ints) -> Ints:
    """The first edge on a shortest way that ends nearer, −1 where there is none."""
    m = graph.matrix
    edges, of = _edges(graph, node)
    here, there = left[row, node][of], left[row[of], m.indices[edges]]
    return _first((there + m.data[edges] == here) & (there < here), edges, of, node.size)


def _level(graph: Graph, left: Floats, ends: Ints, row: Ints, node: Ints) -> Ints:
    """The first edge of no length to the end, or to a node from which an edge leads nearer; −1 where there is none."""
    m = graph.matrix
    edges, of = _edges(graph, node)
    there = m.indices[edges].astype(np.int64)
    level = np.flatnonzero(left[row[of], there] + m.data[edges] == left[row, node][of])
    good = np.zeros(edges.size, bool)
    good[level] = there[level] == ends[row[of[level]]]
    good[level] |= _nearer(graph, left, row[of[level]], there[level]) >= 0
    return _first(good, edges, of, node.size)


def _around(graph: Graph, left: Floats, end: int, node: int) -> int:
    """The first edge of the fewest, all of no length, to the end or to a node from which an edge leads nearer."""
    m = graph.matrix
    begun: dict[int, int] = {node: -1}
    queue = [node]
    for here in queue:
        for e in range(int(m.indptr[here]), int(m.indptr[here + 1])):
            there = int(m.indices[e])
            if there in begun or left[there] + m.data[e] != left[here]:
                continue
            begun[there] = begun[here] if begun[here] >= 0 else e
            if there == end or _nearer(graph, left[None], np.zeros(1, np.int64), np.array([there]))[0] >= 0:
                return begun[there]
            queue.append(there)
    raise AssertionError("a shortest way ends nowhere")
