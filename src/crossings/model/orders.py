"""Orders and their rows against gates: what is in force when, what ends what (docs/model.md, section 4).

A closure is never a change to a graph: it is rows per gate; closed roads and places make regimes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from numpy.typing import NDArray

from crossings.kernel.core.layout import DAY_MS, ENDING, FAR, GATE, KEPT_AWAY, ORDER, ROW, SHUT, TOLL
from crossings.model.hashes import records
from crossings.scenario import Clock, Scenario
from crossings.scenario.entities import Closure
from crossings.scenario.ids import name_hash
from crossings.scenario.order_kinds import Terms, terms_of

NEVER = int(FAR)
"""The time, in ms, of what never happens."""

Ending = tuple[int, str]  # when, and by which order


@dataclass(frozen=True, slots=True)
class OrderRow:
    """A closure row in ms: scheduled end ``until`` and physical end ``end`` (where another order ends it earlier).

    A lifted row is a moment: it ends as it begins.
    """

    closure: Closure
    order: int
    from_ms: int
    until_ms: int
    end_ms: int
    terms: Terms = field(default_factory=Terms)

    @property
    def long(self) -> bool:
        """24 hours or longer, as scheduled."""
        return self.until_ms - self.from_ms >= DAY_MS


@dataclass(frozen=True, slots=True)
class Gate:
    """(crossing, direction entered, stream), the country left, and its two sides."""

    crossing: str
    direction: str
    left: str
    stream: str
    near: str
    far: str
    exit_queue: str = ""
    entry_queue: str = ""


def _at(closure: Closure, gate: Gate) -> bool:
    """Whether a row names a gate."""
    return (
        gate.crossing in closure.crossings
        and closure.direction in (None, gate.direction)
        and (not closure.streams or gate.stream in closure.streams)
    )


def _everywhere(closure: Closure) -> bool:
    """Whether a row that ends orders does so wherever they act: any but a lifted one that names something."""
    named = closure.crossings, closure.roads, closure.places, closure.streams, closure.direction
    return closure.kind != "lifted" or not any(named)


@dataclass
class Rules:
    """All orders of a scenario, in ms, by what they act on."""

    scenario: Scenario
    clock: Clock
    orders: list[str] = field(init=False)
    rows: list[OrderRow] = field(init=False)
    endings: dict[str, list[tuple[int, str]]] = field(init=False)

    def __post_init__(self) -> None:
        closures = [c for c in self.scenario.closures if c.kind != "note"]
        self.orders = sorted({c.order for c in closures})
        number = {name: i for i, name in enumerate(self.orders)}
        self._ending_rows = [(self.clock.to_ms(c.from_), c) for c in closures if c.replaces]
        self.endings = {}
        for old in {name for _, c in self._ending_rows for name in c.replaces}:
            found = self._ends(old, [(at, c) for at, c in self._ending_rows if _everywhere(c)])
            if found:
                self.endings[old] = found
        self.rows = []
        for c in closures:
            start = self.clock.to_ms(c.from_)
            until = NEVER if c.until is None else self.clock.to_ms(c.until)
            if c.kind == "lifted":
                until = start
            ends = self._ends(c.order, [(at, e) for at, e in self._ending_rows if _everywhere(e) or _same_way(c, e)])
            end = min([until, *(at for at, _ in ends)])
            self.rows.append(OrderRow(c, number[c.order], start, until, end, terms_of(c.kind, c.value)))

    @staticmethod
    def _ends(order: str, rows: Sequence[tuple[int, Closure]]) -> list[Ending]:
        """What ends an order, of rows with their times: for each order the earliest of its rows, sorted by time."""
        first: dict[str, int] = {}
        for at, c in rows:
            if order in c.replaces:
                first[c.order] = min(at, first.get(c.order, at))
        return sorted((at, by) for by, at in first.items())

    def endings_at(self, order: str, gate: Gate) -> list[Ending]:
        """What ends an order at a gate: everywhere, or by being lifted there."""
        return self._ends(order, [(at, c) for at, c in self._ending_rows if _everywhere(c) or _lifts_at(c, gate)])

    def announced(self) -> list[int]:
        """When each order was announced, ms."""
        first = [NEVER] * len(self.orders)
        for row in self.rows:
            at = row.from_ms if row.closure.announced is None else self.clock.to_ms(row.closure.announced)
            first[row.order] = min(first[row.order], at)
        return first

    @cached_property
    def _at_crossings(self) -> dict[tuple[str, str], list[OrderRow]]:
        """The rows of each kind that name each crossing, in file order."""
        found: dict[tuple[str, str], list[OrderRow]] = defaultdict(list)
        for row in self.rows:
            for crossing in dict.fromkeys(row.closure.crossings):
                found[row.closure.kind, crossing].append(row)
        return found

    @cached_property
    def _lifted_in_part(self) -> frozenset[str]:
        """Orders of which the end differs from gate to gate."""
        return frozenset(old for _, c in self._ending_rows if not _everywhere(c) for old in c.replaces)

    def acting_on(self, gate: Gate, *kinds: str) -> list[OrderRow]:
        """The rows of some kinds that act on a gate, in file order by kind, each with its end there."""
        named = (row for kind in kinds for row in self._at_crossings.get((kind, gate.crossing), ()))
        found = [row for row in named if _at(row.closure, gate)]
        if not self._lifted_in_part:
            return found
        return [self._here(row, gate) if row.closure.order in self._lifted_in_part else row for row in found]

    def _here(self, row: OrderRow, gate: Gate) -> OrderRow:
        return replace(row, end_ms=min([row.until_ms, *(at for at, _ in self.endings_at(row.closure.order, gate))]))

    def believed(self, gate: Gate) -> list[OrderRow]:
        """The rows at a gate that close it to everybody or to a share, as scheduled."""
        rows = self.acting_on(gate, "closed", "deterrent")
        return [r for r in rows if r.until_ms > r.from_ms and r.terms.kept_away > 0.0]

    def news(self, gates: Sequence[Gate]) -> tuple[set[int], set[int]]:
        """Orders that are news to those who may come to some gates, and times at which what they close there is to end."""
        orders: set[int] = set()
        times: set[int] = set()
        for gate in gates:
            mine = self.believed(gate)
            orders |= {row.order for row in mine}
            times |= {row.until_ms for row in mine}
            for name in {row.closure.order for row in mine}:
                ends = self.endings_at(name, gate)
                orders |= {self.orders.index(by) for _, by in ends}
                times |= {at for at, _ in ends}
        return orders, times

    def shut(self, gate: Gate) -> list[tuple[int, int]]:
        """When a gate is physically closed to everybody: merged [from, until), ms."""
        merged: list[tuple[int, int]] = []
        for start, end in sorted((r.from_ms, r.end_ms) for r in self.acting_on(gate, "closed") if r.end_ms > r.from_ms):
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        return merged

    def regimes(self) -> list[tuple[int, frozenset[str], frozenset[str]]]:
        """Between changes of closed roads and places: (start ms, closed roads, closed places), the first at 0.

        Also those past the horizon, so that no choice set depends on how long the run drains.
        """
        spans = [
            (r.from_ms, self._end_of(r.closure, r.until_ms, kind, name), kind, name)
            for r in self.rows
            if r.closure.kind == "closed"
            for kind, names in (("roads", r.closure.roads), ("places", r.closure.places))
            for name in names
        ]
        acting = [(a, b, kind, name) for a, b, kind, name in spans if b > a]
        times = sorted({0, *(t for a, b, _, _ in acting for t in (a, b) if 0 < t < NEVER)})
        found: list[tuple[int, frozenset[str], frozenset[str]]] = []
        for t in times:
            now = [(kind, name) for a, b, kind, name in acting if a <= t < b]
            state = tuple(frozenset(name for kind, name in now if kind == which) for which in ("roads", "places"))
            if not found or found[-1][1:] != state:
                found.append((t, state[0], state[1]))
        return found

    def _end_of(self, closure: Closure, until: int, kind: str, name: str) -> int:
        """When a closed road or place is open again."""
        ending = [(at, c) for at, c in self._ending_rows if _everywhere(c) or name in getattr(c, kind)]
        return min([until, *(at for at, _ in self._ends(closure.order, ending))])

    def tables(
        self,
        gates: list[Gate],
        places: dict[str, int],
        crossings: dict[str, int],
        streams: dict[str, int],
        queues: dict[str, int],
    ) -> dict[str, NDArray[Any]]:
        """Orders and gates as the kernel reads them: orders, endings, gates, rows, shuts, kept_away, tolls.

        To the kernel an order ends alike everywhere and concerns one share of travellers. So what is lifted only in places, or
        keeps only some away, becomes a *part* of its order: known when that is known, but with its own ends and share.
        """
        parts = _Parts(self)
        out: list[tuple[Any, ...]] = []
        rows: list[tuple[Any, ...]] = []
        shuts: list[tuple[int, int]] = []
        kept: list[tuple[Any, ...]] = []
        tolls: list[tuple[Any, ...]] = []
        for g in gates:
            found = [
                len(rows), len(rows), len(shuts), len(shuts), len(kept), len(kept), len(tolls), len(tolls),
            ]  # fmt: skip
            for r in self.believed(g):
                part = parts.of(r, g)
                rows.append((r.from_ms, r.until_ms, part, r.long))
                if r.closure.kind == "deterrent" and r.end_ms > r.from_ms:
                    kept.append((r.from_ms, r.end_ms, part))
            for r in self.acting_on(g, "deterrent"):
                if r.terms.hours > 0.0 and r.until_ms > r.from_ms:
                    tolls.append((r.from_ms, r.until_ms, parts.of(r, g), r.terms.hours))
            shuts += self.shut(g)
            found[1::2] = [len(rows), len(shuts), len(kept), len(tolls)]
            ends = places[g.near], places[g.far], queues.get(g.exit_queue, -1), queues.get(g.entry_queue, -1)
            out.append((crossings[g.crossing], streams[g.stream], *ends, *found))
        orders, endings = parts.tables()
        return {
            "orders": orders,
            "endings": endings,
            "gates": records(GATE, out),
            "rows": records(ROW, rows),
            "shuts": records(SHUT, shuts),
            "kept_away": records(KEPT_AWAY, kept),
            "tolls": records(TOLL, tolls),
        }


def _lifts_at(closure: Closure, gate: Gate) -> bool:
    """Whether a lifted row that names something ends orders at a gate."""
    if closure.roads or closure.places:
        return bool(closure.crossings) and _at(closure, gate)
    named = not closure.crossings or gate.crossing in closure.crossings
    return (
        named
        and closure.direction in (None, gate.direction)
        and (not closure.streams or gate.stream in closure.streams)
    )


def _same_way(row: Closure, lift: Closure) -> bool:
    """Whether a lifted row covers all that a row names, so that nothing of it is left."""

    def within(some: Sequence[str], others: Sequence[str]) -> bool:
        return not others or (bool(some) and set(some) <= set(others))

    way = lift.direction is None or row.direction == lift.direction
    plain = not (lift.roads or lift.places or row.roads or row.places)
    return plain and way and within(row.crossings, lift.crossings) and within(row.streams, lift.streams)


class _Parts:
    """Orders as the kernel knows them: each as a whole first, then its parts that differ in share or in what ends them."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.announced = rules.announced()
        self.keys: dict[tuple[int, float, tuple[Ending, ...]], int] = {}
        for o, name in enumerate(rules.orders):
            found = rules._ends(name, [(at, c) for at, c in rules._ending_rows if _everywhere(c)])
            self.keys[o, 1.0, tuple(found)] = o
        self.last = [0] * len(self.keys)

    def of(self, row: OrderRow, gate: Gate) -> int:
        """The part that a row at a gate belongs to."""
        share = row.terms.kept_away if 0.0 < row.terms.kept_away < 1.0 else 1.0
        key = row.order, share, tuple(self.rules.endings_at(row.closure.order, gate))
        part = self.keys.setdefault(key, len(self.keys))
        if part == len(self.last):
            self.last.append(0)
        self.last[part] = max(self.last[part], row.until_ms)
        return part

    def tables(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Orders and what ends them (ORDER, ENDING)."""
        number = {name: i for i, name in enumerate(self.rules.orders)}
        keys = list(self.keys)
        rank = {p: r for r, p in enumerate(sorted(range(len(keys)), key=lambda p: (self.announced[keys[p][0]], p)))}
        orders: list[tuple[Any, ...]] = []
        endings: list[tuple[int, int]] = []
        for p, (o, share, ends) in enumerate(keys):
            item = name_hash(f"order:{self.rules.orders[o]}")
            span = len(endings), len(endings) + len(ends)
            orders.append((self.announced[o], rank[p], item, *span, o, share, self.last[p]))
            endings += [(number[by], at) for at, by in ends]
        return records(ORDER, orders), records(ENDING, endings)
