"""Which alternatives people have who set out from a place, or are turned away there (docs/model.md, section 5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crossings.model.journeys import StreamJourneys
from crossings.model.orders import Gate
from crossings.network.threads import spread
from crossings.scenario.entities import Behaviour, Place, Stream

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Pair = tuple[str, int]  # destination and position of a gate among the stream's, −1 = none
AT_ONCE = 2**20  # numbers held of one comparison
LARGE = 1_000  # places from which on threads share the work


@dataclass(frozen=True, slots=True)
class Alternative:
    """(destination, first crossing), with its journey in each regime: arrays [R]. ``gate`` −1 = no crossing."""

    destination: str
    crossing: str
    gate: int
    hours: Floats
    km: Floats
    journey_h: Floats
    journey_km: Floats
    cost: Floats


def cost(behaviour: Behaviour, km: Floats, hours: Floats) -> Floats:
    """The cost of a journey: γ·ln(softening + km), or β·hours; inf where there is no way, also for a weight of 0."""
    way = np.isfinite(hours)
    if behaviour.cost == "power":
        return np.where(way, behaviour.gamma * np.log(behaviour.softening_km + np.where(way, km, 0.0)), np.inf)
    return np.where(way, behaviour.beta * np.where(way, hours, 0.0), np.inf)


class Finder:
    """Finds the alternatives of a stream: chosen by the journeys of the scenario as written, with journeys of its own.

    nearest: of a stream that chooses crossings alone, where travellers are taken by each gate; named: crossings that an order or
    a lane names; places: by id.
    """

    def __init__(
        self,
        stream: Stream,
        written: StreamJourneys,
        own: StreamJourneys,
        nearest: Mapping[int, str],
        named: set[str],
        places: Mapping[str, Place],
    ) -> None:
        self.stream, self.written, self.own = stream, written, own
        self.nearest, self.named, self.places = nearest, named, places
        self._apart: dict[tuple[int, str], bool] = {}

    def of(self, places: Sequence[str], fixed: str) -> list[list[Alternative]]:
        """The alternatives from each of some places, to one destination or (empty) to any."""
        parts: dict[int, list[str]] = {}
        for place in places:
            parts.setdefault(self.written.country(place), []).append(place)
        work = [(country, some) for country, mine in parts.items() for some in self._portions(country, mine)]

        def of_country(one: tuple[int, list[str]]) -> list[list[Alternative]]:
            return self._within(one[0], one[1], fixed)

        found: dict[str, list[Alternative]] = {}
        for (_, some), chosen in zip(work, spread(of_country, work, large=len(places) >= LARGE), strict=True):
            found.update(zip(some, chosen, strict=True))
        return [found[place] for place in places]

    def _portions(self, country: int, places: list[str]) -> Iterator[list[str]]:
        each = max(1, AT_ONCE // max(1, self.written.leaving(country).size))
        for start in range(0, len(places), each):
            yield places[start : start + each]

    def _within(self, country: int, places: list[str], fixed: str) -> list[list[Alternative]]:
        """The same, of places of one country: the cheapest, of which none is never there."""
        pairs, least = self._compared(country, places, fixed)
        if not pairs:
            return [[] for _ in places]
        size = self.stream.behaviour.choice_set
        limit = np.partition(least, size - 1, axis=1)[:, size - 1] if least.shape[1] > size else np.inf
        place, column = np.nonzero(np.isfinite(least) & (least <= np.reshape(limit, (-1, 1))))
        kept = [pairs[k] for k in column.tolist()]
        rows = self.written.rows(places)[place]
        found = self._journeys(self.written, country, rows, kept, fixed)
        crossing = [self.written.gates[i][1].crossing if i >= 0 else "" for _, i in kept]
        order = np.lexsort(
            (_ranks([end for end, _ in kept]), _ranks(crossing), found[-1].min(axis=1, initial=np.inf), place)
        )
        nth = np.arange(order.size) - np.searchsorted(place, place[order])
        order = order[nth < size]
        if self.own is self.written:
            found = found[:, order]
        else:
            found = self._journeys(self.own, country, rows[order], [kept[k] for k in order.tolist()], fixed)
        out: list[list[Alternative]] = [[] for _ in places]
        number = self.written.number
        for k, i, *journey in zip(order.tolist(), place[order].tolist(), *found, strict=True):
            end, gate = kept[k]
            out[i].append(Alternative(end, crossing[k], int(number[gate]) if gate >= 0 else -1, *journey))
        return out

    def _compared(self, country: int, places: list[str], fixed: str) -> tuple[list[Pair], Floats]:
        """What can be chosen from some places, and [P, M] the least cost of each in any regime; inf where it is none."""
        journeys, behaviour, rows = self.written, self.stream.behaviour, self.written.rows(places)
        some = journeys.leaving(country)
        if self.stream.choose == "crossing" and not fixed:
            some = some[[journeys.gates[k][1].direction == self.stream.direction for k in some.tolist()]]
            hours, km = journeys.to_gates(country, rows[:, None], some)
            pairs = [(self.nearest[int(journeys.number[k])], k) for k in some.tolist()]
            return pairs, cost(behaviour, km, hours).min(axis=0)
        pairs, columns = [], []
        some = np.array(sorted(some.tolist(), key=lambda k: journeys.gates[k][1].crossing), np.int64)
        for end in self._ends(fixed):
            hours, km = journeys.direct(country, rows, end)
            direct = np.isfinite(hours).any(axis=0) | np.array([end == place for place in places])
            if direct.any():
                pairs.append((end, -1))
                columns.append(cost(behaviour, km, hours).min(axis=0)[:, None])
            far = np.flatnonzero(~direct)
            if far.size and some.size:
                pairs += [(end, k) for k in some.tolist()]
                least = np.full((len(places), some.size), np.inf)
                least[far] = self._ways(country, rows[far], some, end)
                columns.append(least)
        return pairs, np.concatenate(columns, axis=1) if columns else np.zeros((len(places), 0))

    def _ends(self, fixed: str) -> list[str]:
        """The destinations that somebody may choose from."""
        if fixed:
            return [fixed]
        if self.stream.destinations:
            return [e for e in self.written.ends if e in self.stream.destinations]
        return [e for e in self.written.ends if self.places[e].kind in ("reception", "destination")]

    def _ways(self, country: int, rows: Ints, some: Ints, end: str) -> Floats:
        """[P, G] the least cost in any regime by each of some gates, which are in order of their crossings.

        Of a stream that chooses destinations only of the cheapest in each regime, unless orders or lanes can tell them apart.
        """
        journeys = self.written
        regimes = journeys.unlike(country, some, end)
        hours, km = journeys.to_gates(country, rows[:, None], some, regimes)
        more_h, more_km = journeys.onward(some, end, regimes)
        hours += more_h[:, None]
        km += more_km[:, None]
        costs = cost(self.stream.behaviour, km, hours)
        least: Floats = costs.min(axis=0)
        if self.stream.choose != "destination":
            return least
        alike = np.ones(rows.size, bool)  # no order or lane tells the ways from there apart
        for k, way in enumerate(np.isfinite(least).T):
            if (alike & way).any() and self._told_apart(int(some[k]), end):
                alike &= ~way
        best = np.zeros(least.shape, bool)
        np.put_along_axis(best, costs.argmin(axis=2).T, True, axis=1)
        return np.asarray(np.where(best | ~alike[:, None], least, np.inf))

    def _told_apart(self, position: int, end: str) -> bool:
        """Whether some order or lane is on the way to ``end`` by a gate, in some regime."""
        if (position, end) not in self._apart:
            self._apart[position, end] = not self.named.isdisjoint(self._on_the_way(position, end))
        return self._apart[position, end]

    def _on_the_way(self, position: int, end: str) -> set[str]:
        """Crossings that may be passed on the way to ``end`` by a gate, in any regime."""
        passed: set[str] = set()
        for r in self.written.different:
            gate: Gate | None = self.written.gates[position][1]
            for _ in range(len(self.written.gates)):
                if gate is None:
                    break
                passed.add(gate.crossing)
                following = self.written.leg(r, gate, end)[2]
                gate = following[1] if following else None
        return passed

    def _journeys(self, journeys: StreamJourneys, country: int, rows: Ints, pairs: list[Pair], fixed: str) -> Floats:
        """[5, K, R] of so many pairs from so many places: hours and km to the first crossing, of the whole journey, and its
        cost.
        """
        out = np.empty((5, len(pairs), len(journeys.after)))
        ends: dict[tuple[str, bool], list[int]] = {}
        for k, (end, gate) in enumerate(pairs):
            ends.setdefault((end, gate >= 0), []).append(k)
        for (end, by_gate), mine in ends.items():
            if by_gate:
                some = np.array([pairs[k][1] for k in mine], np.int64)
                hours, km = whole_h, whole_km = journeys.to_gates(country, rows[mine], some)
                if self.stream.choose != "crossing" or fixed:
                    more_h, more_km = journeys.onward(some, end)
                    whole_h, whole_km = hours + more_h, km + more_km
            else:
                hours, km = whole_h, whole_km = journeys.direct(country, rows[mine], end)
            spent = cost(self.stream.behaviour, whole_km, whole_h)
            for field, values in zip(out, (hours, km, whole_h, whole_km, spent), strict=True):
                field[mine] = values.T
        return out


def _ranks(names: list[str]) -> Ints:
    """Where each name stands among all, in order."""
    order = {name: i for i, name in enumerate(sorted(set(names)))}
    return np.array([order[name] for name in names], np.int64)
