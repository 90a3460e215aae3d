"""Journeys of one stream, in each regime, between everything that its alternatives need (docs/model.md, section 5)."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from crossings.model.orders import Gate
from crossings.network.graph import Network, Reach
from crossings.network.routing import Wayfinder
from crossings.scenario.entities import Stream

__all__ = ["Regimes", "StreamJourneys", "Wayfinders"]

Regimes = list[tuple[int, frozenset[str], frozenset[str]]]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


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
        self.links: dict[tuple[str, str], list[tuple[int, Gate]]] = {}
        self.after: list[dict[tuple[str, str], Reach]] = []
        pairs: dict[tuple[str, str], list[str]] = defaultdict(list)
        for _, g in gates:
            if (g.left, g.direction, g.far) not in self.far:
                self.far[g.left, g.direction, g.far] = len(pairs[g.left, g.direction])
                pairs[g.left, g.direction].append(g.far)
        for pair in pairs:
            self.links[pair] = [(i, g) for i, g in gates if g.direction not in pair]
        self._shut = np.array([[e in places for e in ends] for _, _, places in regimes], bool)
        sealed = {
            far: [far in places & finder.network.gated for _, _, places in regimes] for far in {g.far for _, g in gates}
        }
        self._sealed = np.array([sealed[g.far] for _, g in gates], bool).reshape(len(gates), len(regimes)).T
        self._far_sealed = {far: np.array(closed, bool) for far, closed in sealed.items()}
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
        links = {
            pair: np.array([(self._node[g.near], self._node[g.far]) for _, g in some], np.int64).reshape(-1, 2)
            for pair, some in self.links.items()
        }
        fars = {pair: [self._node[f] for f in some] for pair, some in pairs.items()}
        kept: dict[tuple[int, tuple[str, str]], Reach] = {}
        for r, (_, roads, places) in enumerate(regimes):
            after = {}
            for pair, sources in fars.items():
                # Both ways over a border the same gates may be passed afterwards: found together.
                back = (pair[1], pair[0])
                one, other = sorted([pair, back])
                both = np.array([*fars.get(one, ()), *fars.get(other, ())], np.int64)
                whole = finder.onward(both, np.array(ends, np.int64), links[pair], (roads, places))
                begin = 0 if pair == one else len(fars.get(one, ()))
                key = (id(whole), pair)
                if key not in kept or not finder.reuse:
                    kept[key] = _rows(whole, begin, begin + len(sources))
                after[pair] = kept[key]
            if self._shut[r].any():
                after = {pair: _without(reach, self._shut[r]) for pair, reach in after.items()}
            self.after.append(after)
        first = dict(zip(pairs, np.cumsum([0, *(len(some) for some in pairs.values())]).tolist(), strict=False))
        self._far_row = {key: first[key[:2]] + i for key, i in self.far.items()}
        self._gate_far = np.array([self._far_row[g.left, g.direction, g.far] for _, g in self.gates], np.int64)
        if self.gates:
            self._after_h = np.stack([np.concatenate([x.hours for x in after.values()]) for after in self.after])
            self._after_km = np.stack([np.concatenate([x.km for x in after.values()]) for after in self.after])

    def to_gate(self, place: str, gate: Gate) -> tuple[Floats, Floats]:
        """Hours and km [R] to the near side of a gate; inf where its far side is closed."""
        hours, km = self.direct(place, gate.near)
        return np.where(self._far_sealed[gate.far], np.inf, hours), km

    def direct(self, place: str, end: str) -> tuple[Floats, Floats]:
        """Hours and km [R] without passing a crossing."""
        a, b = self._node[place], self._node[end]
        c = int(self._country[a])
        if self._country[b] != c:
            none = np.full(len(self.after), np.inf)
            return none, none
        i, j, which = self._finder.place(a), self._finder.place(b, target=True), self._which[c]
        hours, km = self._hours[c][which, i, j], self._km[c][which, i, j]
        if end in self.ends:
            hours = np.where(self._shut[:, self.ends[end]], np.inf, hours)
        return hours, km

    def onward(self, gate: Gate, end: str) -> tuple[Floats, Floats]:
        """Hours and km [R] from the far side of a gate."""
        i, j = self._far_row[gate.left, gate.direction, gate.far], self.ends[end]
        return self._after_h[:, i, j], self._after_km[:, i, j]

    def leaving(self, place: str) -> Ints:
        """Positions in ``gates`` of those that can be reached from a place without passing another."""
        return self._from_country[int(self._country[self._node[place]])]

    def to_gates(self, place: str, some: Ints) -> tuple[Floats, Floats]:
        """Hours and km [R, G] to the near sides of gates of the same country, by their positions in ``gates``.

        inf where the far side is closed: then the crossing is as well.
        """
        c, i = int(self._country[self._node[place]]), self._finder.place(self._node[place])
        which, columns = self._which[c][:, None], self._near_column[some]
        hours, km = self._hours[c][which, i, columns], self._km[c][which, i, columns]
        for k, position in enumerate(some.tolist() if self._shut.any() else ()):
            near = self.gates[position][1].near
            if near in self.ends:
                hours[self._shut[:, self.ends[near]], k] = np.inf
        return np.where(self._sealed[:, some], np.inf, hours), km

    def through(self, place: str, end: str, some: Ints) -> tuple[Floats, Floats]:
        """Hours and km [R, G] by each of some gates first."""
        hours, km = self.to_gates(place, some)
        rows, j = self._gate_far[some], self.ends[end]
        return hours + self._after_h[:, rows, j], km + self._after_km[:, rows, j]

    def leg(self, regime: int, gate: Gate, end: str) -> tuple[float, float, tuple[int, Gate] | None]:
        """From the far side of a gate: hours and km up to the next gate or the destination, and that gate."""
        i, j, pair = self.far[gate.left, gate.direction, gate.far], self.ends[end], (gate.left, gate.direction)
        reach = self.after[regime][pair]
        if not np.isfinite(reach.hours[i, j]):
            return np.inf, 0.0, None
        first = int(reach.first[i, j])
        following = self.links[pair][first] if first >= 0 else None
        return float(reach.first_hours[i, j]), float(reach.first_km[i, j]), following

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
