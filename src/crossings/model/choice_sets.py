"""Alternatives and their journeys (docs/model.md, section 5): who can go where, by which crossing, in how many hours."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.kernel.core.layout import ALTERNATIVE, JOURNEY, LEG, SPAN
from crossings.model.alternatives import Alternative, Finder
from crossings.model.hashes import records
from crossings.model.journeys import Regimes, StreamJourneys, Wayfinders
from crossings.model.orders import Gate
from crossings.network.graph import Network
from crossings.scenario import Scenario
from crossings.scenario.entities import Stream
from crossings.scenario.ids import name_hash


class ChoiceSets:
    """The choice sets of a model: built from the scenario as written, with journeys in the scenario's own regimes."""

    def __init__(
        self,
        scenario: Scenario,
        written: Scenario,
        network: Network,
        gates: list[Gate],
        groups: list[tuple[str, str]],
        regimes: Regimes,
        written_regimes: Regimes,
        *,
        reuse: bool = True,
    ) -> None:
        self.scenario = scenario
        self.gates = gates
        self.groups = groups
        self.regimes = regimes
        named = {c for row in written.closures for c in row.crossings} | {lane.crossing for lane in written.lanes}
        self.sets: dict[tuple[int, str], list[Alternative]] = {}
        self._places = {p.id: p for p in scenario.places}
        self._legs: dict[tuple[str, str, str, str, str], int] = {}
        self._leg_rows: list[tuple[StreamJourneys, Gate, str]] = []
        self._origins = self._find_origins()
        self._gates_met: dict[tuple[int, str], frozenset[int]] = {}
        same = regimes == written_regimes
        finders = Wayfinders(network, reuse=reuse)
        asked = []
        for name, stream in scenario.settings.streams.items():
            mine = [(i, g) for i, g in enumerate(gates) if g.stream == name]
            wanted = [i for i, (s, _) in enumerate(groups) if s == name]
            if not wanted:
                continue
            near = sorted({g.near for _, g in mine})
            sources = list(dict.fromkeys([*sorted(self._origins[name]), *near]))
            ends = self._ends(name, stream, [groups[i][1] for i in wanted], mine)
            nodes = [np.array([network.index[x] for x in some], np.int64) for some in (sources, [*near, *ends], ends)]
            finders.of(stream).ask(nodes[0], nodes[1], nodes[2])
            asked.append((name, stream, mine, wanted, sources, ends))
        for name, stream, mine, wanted, sources, ends in asked:
            journeys = StreamJourneys(finders.of(stream), mine, sources, ends, regimes)
            first = journeys if same else StreamJourneys(finders.of(stream), mine, sources, ends, written_regimes)
            nearest = self._nearest(network, name, stream, mine, ends)
            finder = Finder(stream, first, journeys, nearest, named, self._places)
            for number in wanted:
                for place, chosen in zip(sources, finder.of(sources, groups[number][1]), strict=True):
                    self.sets[number, place] = chosen
                    for alternative in chosen:
                        if alternative.gate >= 0:
                            self._need_leg(journeys, gates[alternative.gate], alternative.destination)

    def _find_origins(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for d in self.scenario.demand:
            found[d.stream].add(d.origin)
        for s in self.scenario.stocks:
            found[s.stream].add(s.origin)
        return found

    def _ends(self, name: str, stream: Stream, fixed: list[str], gates: list[tuple[int, Gate]]) -> list[str]:
        """Every place where a traveller of the stream may end."""
        free = list(stream.destinations) or [
            p.id for p in self.scenario.places if p.kind in ("reception", "destination")
        ]
        ends = [e for e in fixed if e]
        if "" in fixed:
            ends += free
            if stream.choose == "crossing":
                ends += [g.far for _, g in gates if g.direction == stream.direction]
        return sorted(set(ends))

    def _nearest(
        self, network: Network, name: str, stream: Stream, gates: list[tuple[int, Gate]], ends: list[str]
    ) -> dict[int, str]:
        """For a stream that chooses crossings alone: where each gate's travellers are taken, with all roads open."""
        if stream.choose != "crossing":
            return {}
        free = list(stream.destinations) or [
            p.id for p in self.scenario.places if p.kind in ("reception", "destination")
        ]
        free = sorted(e for e in free if e in ends and self._places[e].country == stream.direction)
        entering = [(i, g) for i, g in gates if g.direction == stream.direction]
        reach = network.reach(
            [network.index[g.far] for _, g in entering],
            [network.index[e] for e in free],
            mode=stream.mode,
            speed_kmh=stream.speed_kmh,
        )
        found = {}
        for row, (i, g) in enumerate(entering):
            found[i] = g.far
            if free and np.isfinite(reach.hours[row]).any():
                found[i] = free[int(np.argmin(reach.hours[row]))]
        return found

    def _need_leg(self, journeys: StreamJourneys, gate: Gate, end: str) -> int:
        """The number of the leg that follows a gate on the way to ``end``; legs behind it are numbered too."""
        key = (gate.stream, gate.left, gate.direction, gate.far, end)
        if key not in self._legs:
            self._legs[key] = len(self._leg_rows)
            self._leg_rows.append((journeys, gate, end))
            for _, following in journeys.followers(gate, end):
                self._need_leg(journeys, following, end)
        return self._legs[key]

    def gates_in_use(self, stream: str) -> set[int]:
        """Gates that somebody of a stream may meet: of choice sets from origins, and from where those gates turn away."""
        found: set[int] = set()
        seen: set[tuple[int, str]] = set()
        several = sum(name == stream for name, _ in self.groups) > 1
        open_ends = [
            (g, place) for g, place in self.sets if self.groups[g][0] == stream and place in self._origins[stream]
        ]
        while open_ends:
            key = open_ends.pop()
            if key in seen:
                continue
            seen.add(key)
            for a in self.sets.get(key, []):
                new = self._met(a) - found
                found |= new
                open_ends += [(key[0], self.gates[i].near) for i in new]
            if several:  # what another group of the stream has found concerns this one too
                open_ends += [(key[0], self.gates[i].near) for i in found if (key[0], self.gates[i].near) not in seen]
        return found

    def _met(self, a: Alternative) -> frozenset[int]:
        """The gates that an alternative passes, in any regime."""
        key = (a.gate, a.destination)
        if key not in self._gates_met:
            found: set[int] = set()
            todo = [a.gate] if a.gate >= 0 else []
            while todo:
                number = todo.pop()
                if number not in found:
                    found.add(number)
                    gate = self.gates[number]
                    journeys = self._leg_rows[self._number_of(gate, a.destination)][0]
                    todo += [i for i, _ in journeys.followers(gate, a.destination)]
            self._gates_met[key] = frozenset(found)
        return self._gates_met[key]

    def tables(self, places: dict[str, int]) -> dict[str, NDArray[Any]]:
        """The choice sets as the kernel reads them, by the names of `ModelTables`."""
        streams = list(self.scenario.settings.streams)
        used = sorted(dict.fromkeys(place for _, place in self.sets), key=places.__getitem__)
        column = np.full(max(1, len(places)), -1, np.int64)
        column[[places[name] for name in used]] = np.arange(len(used))
        set_of = np.full((max(1, len(self.groups)), max(1, len(used))), -1, np.int64)
        flat: list[tuple[str, Alternative]] = []
        spans = []
        for number, ((group, place), chosen) in enumerate(self.sets.items()):
            set_of[group, column[places[place]]] = number
            spans.append((len(flat), len(flat) + len(chosen)))
            flat += [(self.groups[group][0], a) for a in chosen]
        journeys = self._journeys(flat)
        shortest = np.full((len(self.regimes), max(1, len(spans))), np.inf)
        finite = np.isfinite(journeys["weight"])
        lives = np.zeros(shortest.shape, np.int32)
        live = np.zeros(finite.shape, np.int32)
        for k, (start, end) in enumerate(spans):
            if end > start:
                shortest[:, k] = journeys["journey_h"][:, start:end].min(axis=1)
                lives[:, k] = finite[:, start:end].sum(axis=1)
                # A stable sort puts those that can be reached first, and leaves their order.
                live[:, start:end] = start + np.argsort(~finite[:, start:end], axis=1, kind="stable")
        alternatives = records(
            ALTERNATIVE, [(a.gate, places[a.destination], self._taste(s, a), self._leg_number(a)) for s, a in flat]
        )
        return {
            "set_of": set_of,
            "choice_place": column,
            "group_stream": np.array([streams.index(s) for s, _ in self.groups], np.int64),
            "sets": records(SPAN, spans),
            "alternatives": alternatives,
            "journeys": journeys,
            "lives": lives,
            "live": live,
            "live_item": alternatives["item"][live],
            "shortest_h": shortest,
            "regime_start": np.array([t for t, _, _ in self.regimes], np.int64),
            "regime_news": np.ones(len(self.regimes), np.uint8),
            "legs": self._leg_table(),
            "leg_end": np.array([places[end] for _, _, end in self._leg_rows], np.int32),
        }

    def _journeys(self, flat: list[tuple[str, Alternative]]) -> NDArray[Any]:
        """JOURNEY [R, A]."""
        out = np.zeros((len(self.regimes), len(flat)), JOURNEY)
        if not flat:
            return out
        alpha = np.zeros(len(flat))
        for name, stream in self.scenario.settings.streams.items():
            alphas = stream.behaviour.alpha
            for j, (its, a) in enumerate(flat) if alphas else ():
                if its == name:
                    alpha[j] = alphas.get(a.crossing, 0.0) + alphas.get(a.destination, 0.0)
        cost = np.array([a.cost for _, a in flat]).T
        finite = np.isfinite(cost)
        out["weight"] = np.where(finite, np.exp(np.clip(np.where(finite, cost, 0.0) - alpha, -700.0, 700.0)), np.inf)
        for field in ("hours", "km", "journey_h"):
            out[field] = np.array([getattr(a, field) for _, a in flat]).T
        return out

    def _leg_number(self, a: Alternative) -> int:
        return -1 if a.gate < 0 else self._number_of(self.gates[a.gate], a.destination)

    def _number_of(self, gate: Gate, end: str) -> int:
        return self._legs[gate.stream, gate.left, gate.direction, gate.far, end]

    def _taste(self, name: str, a: Alternative) -> int:
        stream = self.scenario.settings.streams[name]
        if stream.choose == "destination" or not a.crossing:
            return name_hash(f"place:{a.destination}")
        for nest, members in stream.behaviour.nests.items():
            if a.crossing in members:
                return name_hash(f"nest:{nest}")
        return name_hash(f"crossing:{a.crossing}")

    def _leg_table(self) -> NDArray[Any]:
        """LEG [R, L]: hours infinite where the destination cannot be reached."""
        out = np.zeros((len(self.regimes), len(self._leg_rows)), LEG)
        out["hours"] = np.inf
        out["next"] = out["after"] = -1
        alike: dict[tuple[int, tuple[str, str]], list[int]] = defaultdict(list)
        for j, (journeys, gate, _) in enumerate(self._leg_rows):
            alike[id(journeys), (gate.left, gate.direction)].append(j)
        for (_, pair), rows in alike.items():
            self._fill_legs(out, pair, rows)
        return out

    def _fill_legs(self, out: NDArray[Any], pair: tuple[str, str], rows: list[int]) -> None:
        """The legs of gates between two countries, of one stream; a regime with the journeys of another copies its column."""
        journeys = self._leg_rows[rows[0]][0]
        rows_of = [self._leg_rows[j] for j in rows]
        at = np.array(rows, np.int64)
        i = np.array([journeys.far[g.left, g.direction, g.far] for _, g, _ in rows_of])
        e = np.array([journeys.ends[end] for _, _, end in rows_of])
        number: dict[int, int] = {}
        for r, after in enumerate(journeys.after):
            reach = after[pair]
            if id(reach) in number:
                out[r, at] = out[number[id(reach)], at]
                continue
            number[id(reach)] = r
            there = np.isfinite(reach.hours[i, e])
            out["hours"][r, at] = np.where(there, reach.first_hours[i, e], np.inf)
            out["km"][r, at] = np.where(there, reach.first_km[i, e], 0.0)
            first = np.where(there, reach.first[i, e], -1)
            for k in np.flatnonzero(first >= 0).tolist():
                following, gate = journeys.link(pair, int(first[k]))
                out["next"][r, rows[k]] = following
                out["after"][r, rows[k]] = self._number_of(gate, self._leg_rows[rows[k]][2])
