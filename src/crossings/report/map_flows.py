"""Who was on which road on a day: the journeys to each crossing and on from it, along the roads (mean over some seeds)."""

from __future__ import annotations

import datetime as dt
import heapq
from collections import Counter
from collections.abc import Sequence

import numpy as np

from crossings.kernel.agents.places import destinations
from crossings.kernel.core.layout import FAR
from crossings.report.view_model import DAY, Facts
from crossings.scenario.entities import Stream
from crossings.simulation.outcome import Outcome, simulate_once

__all__ = ["MOST_SEEDS", "Roads", "Ways", "ways_by_day"]

MOST_SEEDS = 3
Pair = tuple[str, str]
Ways = dict[tuple[str, dt.datetime], dict[Pair, float]]
"""(stream, day) -> (place, place) -> travellers along that road."""


def ways_by_day(facts: Facts, days: Sequence[dt.datetime]) -> Ways:
    """Roads with the travellers who came to a crossing, or crossed, on each of some days; mean over ``MOST_SEEDS``."""
    if facts.runs is None or not days:
        return {}
    seeds = facts.runs.seeds[:MOST_SEEDS]
    trips: Counter[tuple[str, dt.datetime, str, str]] = Counter()
    for seed in seeds:
        outcome = simulate_once(facts.model, seed)
        for day in days:
            _to_crossings(facts, outcome, day, trips)
            _onward(facts, outcome, day, trips)
    roads = {name: Roads(facts, stream) for name, stream in facts.streams.items()}
    out: Ways = {}
    for (stream, day, begin, end), number in trips.items():
        along = out.setdefault((stream, day), {})
        for pair in roads[stream].way(begin, end):
            along[pair] = along.get(pair, 0.0) + number / len(seeds)
    return out


def _to_crossings(
    facts: Facts, outcome: Outcome, day: dt.datetime, trips: Counter[tuple[str, dt.datetime, str, str]]
) -> None:
    """Trips that end at a crossing on that day, from home or from the crossing before."""
    model = facts.model
    begin, end = model.clock.to_ms(day), model.clock.to_ms(day + DAY)
    visits, gates = outcome.visits, model.tables.gates
    if not visits.size:
        return
    # The first control of a crossing, and no second coming after a stay there.
    first = (
        (visits["side"] == 0)
        | (visits["side"] == 2)
        | ((visits["side"] == 1) & (gates["exit_queue"][visits["gate"]] < 0))
    )
    visits = visits[first]
    visits = visits[np.lexsort((visits["arrival"], visits["traveller"]))]
    if not visits.size:
        return
    again = np.concatenate([[False], visits["traveller"][1:] == visits["traveller"][:-1]])
    before = np.concatenate([[0], gates["near"][visits["gate"][:-1]]])
    origin = np.where(again, before, outcome.crowd["origin"][visits["traveller"]])
    today = (visits["arrival"] >= begin) & (visits["arrival"] < end)
    places = list(model.places)
    for start, gate in zip(origin[today].tolist(), visits["gate"][today].tolist(), strict=True):
        trips[model.gates[gate].stream, day, places[start], model.gates[gate].near] += 1


def _onward(
    facts: Facts, outcome: Outcome, day: dt.datetime, trips: Counter[tuple[str, dt.datetime, str, str]]
) -> None:
    """Over the border and on to where they go, of those who crossed on that day."""
    model = facts.model
    begin, end = model.clock.to_ms(day), model.clock.to_ms(day + DAY)
    fate = outcome.fate
    today = (fate["crossed"] >= begin) & (fate["crossed"] < min(end, int(FAR)))
    places = list(model.places)
    for gate, place in zip(
        fate["crossed_gate"][today].tolist(), destinations(model.tables, fate[today]).tolist(), strict=True
    ):
        found = model.gates[gate]
        trips[found.stream, day, found.near, found.far] += 1
        if place >= 0:
            trips[found.stream, day, found.far, places[place]] += 1


class Roads:
    """Shortest ways along the roads of one stream, in hours."""

    def __init__(self, facts: Facts, stream: Stream) -> None:
        self.next: dict[str, list[tuple[str, float]]] = {}
        self.before: dict[str, dict[str, str]] = {}
        for road in facts.model.scenario.roads:
            if road.modes and stream.mode not in road.modes:
                continue
            hours = road.hours if road.hours is not None else road.km / (road.speed_kmh or 60.0)
            self.next.setdefault(road.from_, []).append((road.to, hours))
            if not road.one_way:
                self.next.setdefault(road.to, []).append((road.from_, hours))

    def way(self, begin: str, end: str) -> list[Pair]:
        """The pairs of places along the way; where no road leads, the two ends."""
        if begin == end:
            return []
        before = self.before.get(begin)
        if before is None:
            before = self.before[begin] = self._from(begin)
        if end not in before:
            return [(begin, end)]
        out = []
        while end != begin:
            out.append((before[end], end))
            end = before[end]
        return out

    def _from(self, begin: str) -> dict[str, str]:
        done: dict[str, float] = {}
        before: dict[str, str] = {}
        heap = [(0.0, begin, begin)]
        while heap:
            hours, place, last = heapq.heappop(heap)
            if place in done:
                continue
            done[place] = hours
            before[place] = last
            for other, more in self.next.get(place, ()):
                if other not in done:
                    heapq.heappush(heap, (hours + more, other, place))
        return before
