"""Journeys of one stream, in each regime, between everything that its alternatives need (docs/model.md, section 5)."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.model.rules import Gate
from crossings.network import Network, Reach
from crossings.scenario.entities import Stream

__all__ = ["Regimes", "StreamJourneys"]

Regimes = list[tuple[int, frozenset[str], frozenset[str]]]
Floats = NDArray[np.float64]


class StreamJourneys:
    """Journeys of one stream in each regime, between everything that its alternatives need.

    The way on from a gate passes no gate that enters the country left or the country entered there, so each pair
    (left, entered) has a network of its own.
    """

    def __init__(
        self,
        network: Network,
        stream: Stream,
        gates: list[tuple[int, Gate]],
        sources: list[str],
        ends: list[str],
        regimes: Regimes,
    ) -> None:
        self.gates = gates
        self.row = {name: i for i, name in enumerate(sources)}
        self.near = sorted({g.near for _, g in gates})
        self.targets = {name: i for i, name in enumerate(dict.fromkeys([*self.near, *ends]))}
        self.ends = {name: i for i, name in enumerate(ends)}
        self.far: dict[tuple[str, str, str], int] = {}
        self.links: dict[tuple[str, str], list[tuple[int, Gate]]] = {}
        self.before: list[Reach] = []
        self.after: list[dict[tuple[str, str], Reach]] = []
        index = network.index
        pairs: dict[tuple[str, str], list[str]] = defaultdict(list)
        for _, g in gates:
            if (g.left, g.direction, g.far) not in self.far:
                self.far[g.left, g.direction, g.far] = len(pairs[g.left, g.direction])
                pairs[g.left, g.direction].append(g.far)
        for pair in pairs:
            self.links[pair] = [(i, g) for i, g in gates if g.direction not in pair]
        for _, roads, places in regimes:
            shared: dict[str, Any] = {
                "mode": stream.mode,
                "speed_kmh": stream.speed_kmh,
                "closed_roads": roads,
                "closed_places": places,
            }
            before = network.reach([index[s] for s in sources], [index[t] for t in self.targets], **shared)
            after = {}
            for pair, fars in pairs.items():
                ways = np.array([(index[g.near], index[g.far]) for _, g in self.links[pair]], np.int64).reshape(-1, 2)
                after[pair] = network.reach([index[f] for f in fars], [index[e] for e in ends], links=ways, **shared)
            for e in set(self.ends) & places:
                before.hours[:, self.targets[e]] = np.inf
                for reach in after.values():
                    reach.hours[:, self.ends[e]] = np.inf
            self.before.append(before)
            self.after.append(after)
        # by regime, then source or far side, then target: [R, ., .]
        self._before_h = np.stack([reach.hours for reach in self.before])
        self._before_km = np.stack([reach.km for reach in self.before])
        self._gate_near = np.array([self.targets[g.near] for _, g in gates], np.int64)
        first = dict(zip(pairs, np.cumsum([0, *(len(fars) for fars in pairs.values())]).tolist(), strict=False))
        self._far_row = {key: first[key[:2]] + i for key, i in self.far.items()}
        self._gate_far = np.array([self._far_row[g.left, g.direction, g.far] for _, g in gates], np.int64)
        if gates:
            self._after_h = np.stack([np.concatenate([x.hours for x in after.values()]) for after in self.after])
            self._after_km = np.stack([np.concatenate([x.km for x in after.values()]) for after in self.after])

    def to_gate(self, place: str, gate: Gate) -> tuple[Floats, Floats]:
        return self.direct(place, gate.near)

    def direct(self, place: str, end: str) -> tuple[Floats, Floats]:
        """Hours and km [R] without passing a crossing."""
        i, j = self.row[place], self.targets[end]
        return self._before_h[:, i, j], self._before_km[:, i, j]

    def onward(self, gate: Gate, end: str) -> tuple[Floats, Floats]:
        """Hours and km [R] from the far side of a gate."""
        i, j = self._far_row[gate.left, gate.direction, gate.far], self.ends[end]
        return self._after_h[:, i, j], self._after_km[:, i, j]

    def through(self, place: str, end: str) -> tuple[Floats, Floats]:
        """Hours and km [R, G] by each gate first, in the order of ``gates``, of which there must be one."""
        i, j = self.row[place], self.ends[end]
        hours = self._before_h[:, i, self._gate_near] + self._after_h[:, self._gate_far, j]
        return hours, self._before_km[:, i, self._gate_near] + self._after_km[:, self._gate_far, j]

    def leg(self, regime: int, gate: Gate, end: str) -> tuple[float, float, tuple[int, Gate] | None]:
        """From the far side of a gate: hours and km up to the next gate or the destination, and that gate."""
        i, j, pair = self.far[gate.left, gate.direction, gate.far], self.ends[end], (gate.left, gate.direction)
        reach = self.after[regime][pair]
        if not np.isfinite(reach.hours[i, j]):
            return np.inf, 0.0, None
        first = int(reach.first[i, j])
        following = self.links[pair][first] if first >= 0 else None
        return float(reach.first_hours[i, j]), float(reach.first_km[i, j]), following
