"""Roads as a graph that is cut at borders, and made small: chains become one edge, and only ways that somebody would take stay.

1. Segments that meet a border are cut; what is joined afterwards lies in one country.
2. Nodes between two segments are drawn together, so that junctions are left.
3. From each terminal (a side of a crossing, a town) the fastest ways to the others are found, for each mode; the rest goes.
4. Nodes between two edges are drawn together once more.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra

from crossings.importers.osm.tags import MODES
from crossings.scenario.reachable import reachable

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class RoadGraph:
    """E edges between N nodes. tail, head [E]; km [E]; there, back [E, modes]: hours from tail to head and back, inf = barred."""

    size: int
    tail: Ints
    head: Ints
    km: Floats
    there: Floats
    back: Floats

    @property
    def degree(self) -> Ints:
        """[N]: how many edges end at each node."""
        return np.bincount(np.concatenate([self.tail, self.head]), minlength=self.size)

    def only(self, kept: NDArray[np.bool_]) -> RoadGraph:
        """The same nodes with some of the edges."""
        there, back = self.there[kept], self.back[kept]
        return RoadGraph(self.size, self.tail[kept], self.head[kept], self.km[kept], there, back)

    def away(self, start: list[int], limit: float = np.inf) -> Floats:
        """[starts, N]: km along roads, whichever way they may be driven."""
        km = np.maximum(self.km, 1e-9)  # nothing is stored for a zero
        matrix = csr_matrix((km, (self.tail, self.head)), shape=(self.size, self.size))
        found: Floats = dijkstra(matrix, directed=False, indices=start, limit=limit)
        return found


@dataclass(frozen=True, slots=True)
class RoadLink:
    """The fastest way of one mode from one kept node straight to another."""

    tail: int
    head: int
    mode: str
    km: float
    hours: float


def components(graph: RoadGraph) -> Ints:
    """[N]: number of the part of the graph in which a node lies, one-way streets taken as both ways."""
    ones = np.ones(len(graph.tail), np.int8)
    matrix = csr_matrix((ones, (graph.tail, graph.head)), shape=(graph.size, graph.size))
    labels: Ints = connected_components(matrix, directed=False)[1].astype(np.int64)
    return labels


def contract(graph: RoadGraph, keep: Iterable[int]) -> RoadGraph:
    """The same graph with nodes that only lie between two edges drawn together; nodes in ``keep`` stay."""
    degree = graph.degree
    kept = degree != 2
    kept[list(keep)] = True
    ends = np.concatenate([graph.tail, graph.head])
    order = np.argsort(ends, kind="stable")
    first = np.searchsorted(ends[order], np.arange(graph.size + 1))
    touching, starts = order.tolist(), first.tolist()
    tail, head, stays = graph.tail.tolist(), graph.head.tolist(), kept.tolist()
    count, used = len(tail), bytearray(len(tail))
    rows: list[tuple[int, int]] = []
    parts: list[int] = []
    ways: list[int] = []
    for node in np.flatnonzero(kept & (degree > 0)).tolist():
        for place in range(starts[node], starts[node + 1]):
            slot = touching[place]
            if used[slot % count]:
                continue
            at = node
            while True:
                edge, reverse = slot % count, slot >= count
                used[edge] = 1
                parts.append(edge)
                ways.append(-1 if reverse else 1)
                at = tail[edge] if reverse else head[edge]
                if stays[at]:
                    break
                one, two = touching[starts[at]], touching[starts[at] + 1]
                slot = two if one % count == edge else one
            rows.append((node, at))
            parts.append(-1)
            ways.append(0)
    return _summed(graph, rows, np.array(parts, np.int64), np.array(ways, np.int64))


def _summed(graph: RoadGraph, rows: list[tuple[int, int]], parts: Ints, ways: Ints) -> RoadGraph:
    """Sums over the edges of each chain; ``parts`` are edges, with -1 after each chain, ``ways`` 1 along and -1 against."""
    real = parts >= 0
    chain = np.cumsum(~real)[real]
    edge, along = parts[real], ways[real] > 0
    number = len(rows)

    def total(values: Floats) -> Floats:
        return np.bincount(chain, weights=values, minlength=number).astype(np.float64)

    there = np.where(along[:, None], graph.there[edge], graph.back[edge])
    back = np.where(along[:, None], graph.back[edge], graph.there[edge])
    ends = np.array(rows, np.int64).reshape(-1, 2)
    with np.errstate(invalid="ignore"):
        hours = [np.column_stack([total(one[:, m]) for m in range(one.shape[1])]) for one in (there, back)]
    small = RoadGraph(graph.size, ends[:, 0], ends[:, 1], total(graph.km[edge]), *hours)
    return small.only(small.tail != small.head)


def links_between(graph: RoadGraph, terminals: list[int], *, every: bool) -> list[RoadLink]:
    """The roads of the small graph: for each mode the fastest ways between terminals, drawn together at the nodes that stay.

    ``every``: keep all roads that can be reached from a terminal, not only those on a fastest way.
    """
    arcs = [_arcs(graph, mode) for mode in range(len(MODES))]
    taken = [_reached(arcs[m], terminals) if every else _taken(arcs[m], terminals) for m in range(len(MODES))]
    near: dict[int, set[int]] = {}
    for pairs in taken:
        for p, q in pairs:
            near.setdefault(p, set()).add(q)
            near.setdefault(q, set()).add(p)
    stays = set(terminals) | {node for node, around in near.items() if len(around) != 2}
    stays |= _one_of_each_ring(near, stays)
    best: dict[tuple[int, int, int], tuple[float, float]] = {}
    for node in sorted(stays):
        for onward in sorted(near.get(node, ())):
            path = [node, onward]
            while path[-1] not in stays:
                path.append(next(n for n in near[path[-1]] if n != path[-2]))
            if path[-1] == node:
                continue
            for m in range(len(MODES)):
                steps = list(itertools.pairwise(path))
                if all(step in taken[m] for step in steps):
                    km, hours = (sum(arcs[m][step][k] for step in steps) for k in (0, 1))
                    known = best.get((node, path[-1], m))
                    if known is None or hours < known[1]:
                        best[(node, path[-1], m)] = km, hours
    return [RoadLink(p, q, MODES[m], km, hours) for (p, q, m), (km, hours) in best.items()]


def _arcs(graph: RoadGraph, mode: int) -> dict[tuple[int, int], tuple[float, float]]:
    """(from, to) -> (km, hours) of the fastest edge of a mode."""
    tail, head = np.concatenate([graph.tail, graph.head]), np.concatenate([graph.head, graph.tail])
    hours = np.concatenate([graph.there[:, mode], graph.back[:, mode]])
    km = np.concatenate([graph.km, graph.km])
    open_ = np.isfinite(hours)
    order = np.flatnonzero(open_)[np.argsort(-hours[open_], kind="stable")]  # the fastest comes last, and stays
    return dict(
        zip(
            zip(tail[order].tolist(), head[order].tolist(), strict=True),
            zip(km[order].tolist(), hours[order].tolist(), strict=True),
            strict=True,
        )
    )


def _taken(arcs: dict[tuple[int, int], tuple[float, float]], terminals: list[int]) -> set[tuple[int, int]]:
    """The arcs on a fastest way from some terminal to another."""
    taken: set[tuple[int, int]] = set()
    if not arcs:
        return taken
    nodes = np.unique(np.array([*(n for pair in arcs for n in pair), *terminals], np.int64))
    ends = np.searchsorted(nodes, np.array(terminals, np.int64))
    matrix = _matrix(nodes, arcs)
    for start in ends:
        before = dijkstra(matrix, indices=start, return_predecessors=True)[1].tolist()
        for end in ends.tolist():
            at = end
            while (previous := before[at]) >= 0:
                taken.add((int(nodes[previous]), int(nodes[at])))
                at = previous
    return taken


def _matrix(nodes: Ints, arcs: dict[tuple[int, int], tuple[float, float]]) -> csr_matrix:
    """Hours between the rows of ``nodes``, ascending."""
    ends = np.searchsorted(nodes, np.array(list(arcs), np.int64).reshape(-1, 2))
    hours = np.maximum(np.array([hours for _, hours in arcs.values()]), 1e-9)  # nothing is stored for a zero
    return csr_matrix((hours, (ends[:, 0], ends[:, 1])), shape=(len(nodes), len(nodes)))


def _reached(arcs: dict[tuple[int, int], tuple[float, float]], terminals: list[int]) -> set[tuple[int, int]]:
    """All arcs in the parts of the graph in which a terminal lies."""
    near: dict[int, list[int]] = {}
    for p, q in arcs:
        near.setdefault(p, []).append(q)
        near.setdefault(q, []).append(p)
    seen = reachable(near, terminals)
    return {pair for pair in arcs if pair[0] in seen}


def _one_of_each_ring(near: dict[int, set[int]], stays: set[int]) -> set[int]:
    """One node of each ring of which none stays, so that a walk along it ends."""
    seen = set(stays)
    found = set()
    for node in sorted(near):
        if node in seen:
            continue
        part, edge, closed = {node}, [node], True
        while edge:
            onward = [n for at in edge for n in near[at] if n not in part]
            closed = closed and not any(n in stays for n in onward)
            edge = [n for n in onward if n not in stays]
            part.update(edge)
        seen |= part
        if closed:
            found.add(node)
    return found
