"""Journeys of one stream, in each regime, between everything that its alternatives need (docs/model.md, section 5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from crossings.model.orders import Gate
from crossings.network.graph import Network, Reach
from crossings.network.routing import Wayfinder
from crossings.network.threads import spread
from crossings.scenario.entities import Stream

Regimes = list[tuple[int, frozenset[str], frozenset[str]]]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LARGE = 5_000  # places from which on threads share the search
ALL = slice(None)


class Wayfinders:
    """The `Wayfinder` of each stream: one for all that may use the same roads at the same speed."""

    def __init__(self, network: Network, *, reuse: bool = True) -> None:
        self.network = network
        self.reuse = reuse
        self._found: dict[tuple[bytes, float | None], Wayfinder] = {}

    def of(self, stream: Stream) -> Wayfinder:
        key = (self.network.allows(stream.mode).tobytes(), stream.speed_kmh)
        if key not in self._found:
            self._found[key] = Wayfinder(self.network, stream.mode, stream.speed_kmh, reuse=self.reuse)
        return self._found[key]


class StreamJourneys:
    """Journeys of one stream in each regime, between everything that its alternatives need.

    The way on from a gate passes no gate that enters the country left or the country entered there, so each pair
    (left, entered) has a network of its own.
    """

    def __init__(
        self,
        finder: Wayfinder,
        gates: list[tuple[int, Gate]],
        sources: list[str],
        ends: list[str],
        regimes: Regimes,
    ) -> None:
        index = finder.network.index
        self.gates = gates
        self.number = np.array([i for i, _ in gates], np.int64)
        self.ends = {name: i for i, name in enumerate(ends)}
        self.far: dict[tuple[str, str, str], int] = {}
        self._links: dict[tuple[str, str], Ints] = {}  # positions in ``gates`` of those that may be passed afterwards
        self.after: list[dict[tuple[str, str], Reach]] = []
        pairs: dict[tuple[str, str], list[str]] = defaultdict(list)
        for _, g in gates:
            if (g.left, g.direction, g.far) not in self.far:
                self.far[g.left, g.direction, g.far] = len(pairs[g.left, g.direction])
                pairs[g.left, g.direction].append(g.far)
        ways = np.array([g.direction for _, g in gates])
        for one, other in pairs:
            both = (other, one)  # both ways over a border the same gates
            self._links[one, other] = self._links.get(both, np.flatnonzero((ways != one) & (ways != other)))
        self._shut = np.array([[e in places for e in ends] for _, _, places in regimes], bool)
        # A gate is no way where its far side is closed, nor where its near side is a destination that is.
        self._sealed = np.zeros((len(regimes), len(gates)), bool)
        for r, (_, _, places) in enumerate(regimes):
            far, near = places & finder.network.gated, places & self.ends.keys()
            if far or near:
                self._sealed[r] = [g.far in far or g.near in near for _, g in gates]
        self._before(finder, sources, regimes)
        self._onward(finder, pairs, [index[e] for e in ends], regimes)
        self._followers: dict[tuple[str, str, str, str], list[tuple[int, Gate]]] = {}
        signs = [tuple(map(id, after.values())) for after in self.after]
        self.different = [r for r, sign in enumerate(signs) if sign not in signs[:r]]

    def _before(self, finder: Wayfinder, sources: list[str], regimes: Regimes) -> None:
        """Ways without a crossing: of each country the blocks that differ, and which of them holds in which regime."""
        self._finder = finder
        self._node = finder.network.index
        self._country = finder.country
        near = [self._node[g.near] for _, g in self.gates]
        countries = sorted({int(self._country[self._node[s]]) for s in sources} | {int(self._country[n]) for n in near})
        self._hours: dict[int, Floats] = {}
        self._km: dict[int, Floats] = {}
        self._which: dict[int, Ints] = {}
        for c in countries:
            blocks = [finder.within(c, (roads, places)) for _, roads, places in regimes]
            some = {id(block): block for block in blocks}
            number = {name: i for i, name in enumerate(some)}
            self._which[c] = np.array([number[id(block)] for block in blocks], np.int64)
            self._hours[c] = np.stack([block.hours for block in some.values()])
            self._km[c] = np.stack([block.km for block in some.values()])
        self._from_country: dict[int, Ints] = {}  # country -> positions in ``gates`` of those that leave it
        for c in countries:
            self._from_country[c] = np.flatnonzero(self._country[near] == c) if near else np.zeros(0, np.int64)
        self._near_column = np.array([finder.place(n, target=True) for n in near], np.int64)

    def _onward(
        self, finder: Wayfinder, pairs: dict[tuple[str, str], list[str]], ends: list[int], regimes: Regimes
    ) -> None:
        """Ways on from the far sides of gates: [R, rows of all pairs, ends], and the rows of each gate."""
        fars = {pair: [self._node[f] for f in some] for pair, some in pairs.items()}
        borders = list(dict.fromkeys((min(pair), max(pair)) for pair in pairs))
        closed = [(roads, places) for _, roads, places in regimes]
        sides = np.array([(self._node[g.near], self._node[g.far]) for _, g in self.gates], np.int64).reshape(-1, 2)

        def over(border: tuple[str, str]) -> list[Reach]:
            sources = np.array([*fars.get(border, ()), *fars.get(border[::-1], ())], np.int64)
            links = sides[self._links[border if border in pairs else border[::-1]]]
            return finder.onward(sources, np.array(ends, np.int64), links, closed)

        wholes = dict(zip(borders, spread(over, borders, large=finder.network.size >= LARGE), strict=True))
        kept: dict[tuple[int, tuple[str, str]], Reach] = {}
        for r in range(len(regimes)):
            after = {}
            for pair, sources in fars.items():
                border = (min(pair), max(pair))
                whole = wholes[border][r]
                begin = 0 if pair == border else len(fars.get(border, ()))
                key = (id(whole), pair)
                if key not in kept or not finder.reuse:
                    kept[key] = _rows(whole, begin, begin + len(sources))
                after[pair] = kept[key]
            if self._shut[r].any():
                after = {pair: _without(reach, self._shut[r]) for pair, reach in after.items()}
            self.after.append(after)
        first = dict(zip(pairs, np.cumsum([0, *(len(some) for some in pairs.values())]).tolist(), strict=False))
        far_row = {key: first[key[:2]] + i for key, i in self.far.items()}
        self._gate_far = np.array([far_row[g.left, g.direction, g.far] for _, g in self.gates], np.int64)
        if self.gates:
            self._after_h = np.stack([np.concatenate([x.hours for x in after.values()]) for after in self.after])
            self._after_km = np.stack([np.concatenate([x.km for x in after.values()]) for after in self.after])

    def country(self, place: str) -> int:
        """The number of the part of the network, connected by roads alone, that a place lies in."""
        return int(self._country[self._node[place]])

    def rows(self, places: Sequence[str]) -> Ints:
        """Numbers of places of one country, as `direct` and `to_gates` take them."""
        return np.array([self._finder.place(self._node[place]) for place in places], np.int64)

    def leaving(self, country: int) -> Ints:
        """Positions in ``gates`` of those that can be reached within a country without passing another."""
        return self._from_country[country]

    def direct(self, country: int, rows: Ints, end: str) -> tuple[Floats, Floats]:
        """Hours and km [R, K] from places of a country without passing a crossing."""
        node = self._node[end]
        if self._country[node] != country:
            none = np.full((len(self.after), rows.size), np.inf)
            return none, none
        which, j = self._which[country][:, None], self._finder.place(node, target=True)
        hours, km = self._hours[country][which, rows, j], self._km[country][which, rows, j]
        if end in self.ends:
            hours[self._shut[:, self.ends[end]]] = np.inf
        return hours, km

    def to_gates(self, country: int, rows: Ints, some: Ints, regimes: Ints | slice = ALL) -> tuple[Floats, Floats]:
        """Hours and km [R, ...] to the near sides of gates, from places of their country.

        rows, some: of places, and positions in ``gates``, alike in shape or as numpy makes them so. inf where the far side is
        closed: then the crossing is as well.
        """
        ahead = [None] * np.broadcast(rows, some).ndim
        which, columns = self._which[country][regimes][:, *ahead], self._near_column[some]
        hours, km = self._hours[country][which, rows, columns], self._km[country][which, rows, columns]
        sealed = self._sealed[regimes][:, *ahead[some.ndim :], some]
        return np.where(sealed, np.inf, hours), km

    def onward(self, some: Ints, end: str, regimes: Ints | slice = ALL) -> tuple[Floats, Floats]:
        """Hours and km [R, ...] from the far sides of gates, by their positions."""
        rows, j = self._gate_far[some], self.ends[end]
        return self._after_h[regimes][:, rows, j], self._after_km[regimes][:, rows, j]

    def unlike(self, country: int, some: Ints, end: str) -> Ints:
        """The first of each kind of regimes that are alike for who goes from a country by some gates to an end."""
        hours, km = self.onward(some, end)
        told = zip(self._which[country].tolist(), self._sealed[:, some], hours, km, strict=True)
        first: dict[tuple[int, bytes, bytes, bytes], int] = {}
        for r, (which, sealed, h, d) in enumerate(told):
            first.setdefault((which, sealed.tobytes(), h.tobytes(), d.tobytes()), r)
        return np.array(list(first.values()), np.int64)

    def leg(self, regime: int, gate: Gate, end: str) -> tuple[float, float, tuple[int, Gate] | None]:
        """From the far side of a gate: hours and km up to the next gate or the destination, and that gate."""
        i, j, pair = self.far[gate.left, gate.direction, gate.far], self.ends[end], (gate.left, gate.direction)
        reach = self.after[regime][pair]
        if not np.isfinite(reach.hours[i, j]):
            return np.inf, 0.0, None
        first = int(reach.first[i, j])
        return (
            float(reach.first_hours[i, j]),
            float(reach.first_km[i, j]),
            self.link(pair, first) if first >= 0 else None,
        )

    def link(self, pair: tuple[str, str], number: int) -> tuple[int, Gate]:
        """The gate of a link, by its number among those that may be passed after the gates between two countries."""
        return self.gates[int(self._links[pair][number])]

    def followers(self, gate: Gate, end: str) -> list[tuple[int, Gate]]:
        """The gates that may come next on the way to ``end``, in the order of the regimes in which they first do."""
        key = (gate.left, gate.direction, gate.far, end)
        if key not in self._followers:
            pair = (gate.left, gate.direction)
            found: dict[int, Gate] = {}
            seen: set[int] = set()
            for r, after in enumerate(self.after):
                if id(after[pair]) not in seen:
                    seen.add(id(after[pair]))
                    following = self.leg(r, gate, end)[2]
                    if following:
                        found.setdefault(*following)
            self._followers[key] = list(found.items())
        return self._followers[key]


def _rows(reach: Reach, start: int, stop: int) -> Reach:
    some = slice(start, stop)
    return Reach(reach.hours[some], reach.km[some], reach.first[some], reach.first_hours[some], reach.first_km[some])


def _without(reach: Reach, shut: NDArray[np.bool_]) -> Reach:
    """Nobody reaches an end that is closed."""
    hours = reach.hours.copy()
    hours[:, shut] = np.inf
    return Reach(hours, reach.km, reach.first, reach.first_hours, reach.first_km)
