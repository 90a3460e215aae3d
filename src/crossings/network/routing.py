"""Shortest journeys in many regimes, each found once, and again only where a closure is in its way (docs/model.md, section 5).

Two things make this quick on a continent. Without crossings a network falls apart into countries, so that a closed road
concerns one of them. And closing something never shortens a journey: one that leads past nothing closed stays the shortest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from crossings.kernel.core.paths import ways_to
from crossings.network.graph import Closed, Graph, Network, Numbers, Reach

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


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
        self._ways: dict[tuple[tuple[bytes, bytes], int], list[tuple[Closed, _Ways]]] = {}
        self._settled: dict[tuple[tuple[bytes, bytes], Closed], dict[int, _Ways]] = {}
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
        back, table = graph.back(), graph.table()
        for column, end in enumerate(b.tolist()):
            found = ways_to(end, a, back, table)[0]
            hours[:, column], km[:, column] = found[0], found[1]
        return InnerJourneys(hours, km)

    # --- on from a crossing ------------------------------------------------------------------------

    def onward(self, sources: Ints, ends: Ints, links: Ints, regimes: Sequence[Closed]) -> list[Reach]:
        """From far sides [F] to ends [E], passing crossings ``links`` [M, 2] at no cost; in each regime, by what is closed.

        Equal answers are the same object. Threads may ask for different links at once.
        """
        net = _Net(self, links, sources)
        return [self._reach(net, sources, ends, closed) for closed in regimes]

    def _reach(self, net: _Net, sources: Ints, ends: Ints, closed: Closed) -> Reach:
        ways = self._ways_to(net, ends, closed) if sources.size else []
        key = (hash(net.name), *map(id, ways))
        if key not in self._reaches or not self.reuse:
            found = np.stack([w.found for w in ways], axis=2) if ways else np.full((5, sources.size, ends.size), np.inf)
            self._reaches[key] = Reach(found[0], found[1], found[2].astype(np.int64), found[3], found[4])
        return self._reaches[key]

    def _ways_to(self, net: _Net, ends: Ints, closed: Closed) -> list[_Ways]:
        """The ways to each end: those known that lead past nothing closed now, and the others, which are found."""
        wanted = sorted({*self._ends, *ends.tolist()})
        if self.reuse and self._settled.get((net.name, closed), {}).keys() >= set(wanted):
            return [self._settled[net.name, closed][end] for end in ends.tolist()]
        shut = self.network.numbers(closed)
        kept: dict[int, _Ways] = {}
        for end in wanted:
            for known, ways in self._ways.get((net.name, end), ()) if self.reuse else ():
                less = known[0] <= closed[0] and known[1] <= closed[1]
                if known == closed or (less and not (_meet(ways.roads, shut[0]) or _meet(ways.nodes, shut[1]))):
                    kept[end] = ways
                    break
        missing = [end for end in wanted if end not in kept]
        for end, ways in zip(missing, self._find(net, missing, shut) if missing else (), strict=True):
            kept[end] = ways
            self._ways.setdefault((net.name, end), []).append((closed, ways))
        self._settled[net.name, closed] = kept
        return [kept[end] for end in ends.tolist()]

    def _find(self, net: _Net, ends: list[int], shut: tuple[Ints, Ints]) -> list[_Ways]:
        """Ways from the sources to each end, while roads and places are shut, by their numbers."""
        graph, back = net.open, net.back
        hours = net.hours(shut)
        table = graph.table(hours)
        found = []
        for end in ends:
            ways, edges, nodes = ways_to(end, net.sources, back, table)
            roads = np.unique(graph.road[edges])
            found.append(_Ways(ways, roads[roads >= 0], np.sort(nodes)))
        return found


class _Net:
    """A network with its crossings, as all of a Wayfinder's travellers may use it while nothing is closed; made when it is
    needed.
    """

    def __init__(self, finder: Wayfinder, links: Ints, sources: Ints) -> None:
        self.finder, self.links, self.sources = finder, links, sources
        self.name = (links.tobytes(), sources.tobytes())

    @cached_property
    def open(self) -> Graph:
        """All edges, the slower of parallel ones as well: where the fastest is closed they are taken."""
        finder = self.finder
        return finder.network.graph(finder.mode, finder.speed_kmh, links=self.links, parallel=True)

    @cached_property
    def back(self) -> tuple[Numbers, Numbers, Ints]:
        """The edges by where they end."""
        return self.open.back()

    @cached_property
    def begin(self) -> Numbers:
        """The node where each edge begins."""
        return self.open.begin()

    def hours(self, shut: tuple[Ints, Ints]) -> Floats:
        """Hours of each edge: inf on a closed road, and to and from a place that nobody may pass."""
        graph = self.open
        if not shut[0].size and not shut[1].size:
            return graph.hours
        closed = np.isin(graph.road, shut[0])
        if shut[1].size:
            closed |= np.isin(self.begin, shut[1]) | np.isin(graph.target, shut[1])
        return np.asarray(np.where(closed, np.inf, graph.hours))


class ShortestPaths:
    """Shortest ways through a graph, node by node."""

    def __init__(self, graph: Graph) -> None:
        self._back, self._table = graph.back(), graph.table()

    def nodes(self, begin: int, end: int) -> list[int]:
        """The nodes on the way from one to another, both included; none where no way leads."""
        found, _, nodes = ways_to(end, np.array([begin], np.int64), self._back, self._table)
        return [int(n) for n in nodes] if np.isfinite(found[0, 0]) else []


def _meet(some: Ints, few: Ints) -> bool:
    """Whether any of a few numbers is among some sorted ones."""
    if not few.size or not some.size:
        return False
    return bool((some[np.minimum(np.searchsorted(some, few), some.size - 1)] == few).any())
