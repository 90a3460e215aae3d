"""On which roads those who crossed on a day came and went on: the tables say how many by gate, the choice model from where.

What is known of a day is how many crossed at each gate. They are shared among the places where people start, and to where
they go, by how many set out there and how each way pulls in the choice model, without waits. So the line over a crossing is
the number of those who crossed, and a line further away shows ways: it is no count.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from crossings.model import Model
from crossings.network.graph import NOTHING, Closed
from crossings.network.routing import ShortestPaths

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Source:
    """Travellers who start at one place: how many over the run, and (gate, pull, destination) of each of their ways."""

    origin: str
    amount: float
    ways: tuple[tuple[int, float, str], ...]


class Roads:
    """Shortest ways along the roads of one stream while some roads and places are closed: the same as those travelled."""

    def __init__(self, model: Model, stream: str, closed: Closed = NOTHING) -> None:
        settings = model.scenario.settings.streams[stream]
        self._index = model.network.index
        self._names = list(self._index)
        self._network = ShortestPaths(model.network.graph(settings.mode, settings.speed_kmh, closed))
        self._ways: dict[Pair, list[Pair]] = {}

    def way(self, begin: str, end: str) -> list[Pair]:
        """The pairs of places along the way; where no road leads, the two ends."""
        if begin == end:
            return []
        if (begin, end) not in self._ways:
            passed = [self._names[i] for i in self._network.nodes(self._index[begin], self._index[end])]
            self._ways[begin, end] = list(pairwise(passed)) or [(begin, end)]
        return self._ways[begin, end]


def closed_at(model: Model, when: dt.datetime) -> Closed:
    """The roads and places that are closed at a local time."""
    _, roads, places = next(r for r in reversed(model.rules.regimes()) if r[0] <= max(0, model.clock.to_ms(when)))
    return roads, places


def sources_of(model: Model, stream: str) -> list[Source]:
    """Where the travellers of a stream start, with the ways that can be gone."""
    alphas = model.scenario.settings.streams[stream].behaviour.alpha
    out = []
    for (number, origin), amount in _amounts(model, stream).items():
        ways = []
        for a in model.choices.sets.get((number, origin), []):
            if a.gate >= 0 and np.isfinite(a.cost[0]):
                alpha = alphas.get(a.crossing, 0.0) + alphas.get(a.destination, 0.0)
                ways.append((a.gate, float(np.exp(np.clip(alpha - a.cost[0], -600.0, 600.0))), a.destination))
        if ways:
            out.append(Source(origin, amount, tuple(ways)))
    return out


def _amounts(model: Model, stream: str) -> dict[tuple[int, str], float]:
    """(group, origin) → units of a stream that set out over the run."""
    number = {pair: k for k, pair in enumerate(model.groups)}
    found: dict[tuple[int, str], float] = defaultdict(float)
    for d in model.scenario.demand:
        if d.stream == stream:
            found[number[stream, d.destination or ""], d.origin] += d.per_day * ((d.until - d.from_).days + 1)
    for s in model.scenario.stocks:
        if s.stream == stream and s.initial:
            found[number[stream, ""], s.origin] += s.initial
    return found


def along(model: Model, sources: list[Source], roads: Roads, crossed: Mapping[int, float]) -> dict[Pair, float]:
    """Pair of places → travellers along that road, of those who crossed at each gate; sources: of one stream."""
    parts: dict[int, list[tuple[str, str, float]]] = defaultdict(list)
    for source in sources:
        used = [way for way in source.ways if crossed.get(way[0], 0.0) > 0]
        pull = sum(p for _, p, _ in used)
        for gate, p, goal in used:
            if pull > 0:
                parts[gate].append((source.origin, goal, source.amount * p / pull))
    out: dict[Pair, float] = defaultdict(float)
    for gate, number in crossed.items():
        near, far = model.gates[gate].near, model.gates[gate].far
        if number > 0:
            out[near, far] += number
        whole = sum(share for _, _, share in parts[gate])
        for origin, goal, share in parts[gate]:
            for pair in (*roads.way(origin, near), *roads.way(far, goal)):
                out[pair] += number * share / whole
    return out
