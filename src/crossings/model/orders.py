"""Orders and their rows against gates: what is in force when, what ends what (docs/model.md, section 4).

A closure is never a change to a graph: it is rows per gate; closed roads and places make regimes.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from crossings.kernel.core.layout import DAY_MS, ENDING, FAR, GATE, ORDER, ROW, SHUT
from crossings.model.hashes import item_hash, records
from crossings.scenario import Clock, Scenario
from crossings.scenario.entities import Closure

__all__ = ["NEVER", "Gate", "OrderRow", "Rules"]

NEVER = int(FAR)
"""The time, in ms, of what never happens."""


@dataclass(frozen=True, slots=True)
class OrderRow:
    """A closure row in ms: scheduled end ``until`` and physical end ``end`` (where another order ends it earlier)."""

    closure: Closure
    order: int
    from_ms: int
    until_ms: int
    end_ms: int

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
        ended: dict[str, dict[str, int]] = defaultdict(dict)
        for c in closures:
            at = self.clock.to_ms(c.from_)
            for old in c.replaces:
                ended[old][c.order] = min(at, ended[old].get(c.order, at))
        self.endings = {old: sorted((at, by) for by, at in new.items()) for old, new in ended.items()}
        self.rows = []
        for c in closures:
            start = self.clock.to_ms(c.from_)
            until = NEVER if c.until is None else self.clock.to_ms(c.until)
            end = min([until, *(at for at, _ in self.endings.get(c.order, []))])
            self.rows.append(OrderRow(c, number[c.order], start, until, end))

    def announced(self) -> list[int]:
        """When each order was announced, ms."""
        first = [NEVER] * len(self.orders)
        for row in self.rows:
            at = row.from_ms if row.closure.announced is None else self.clock.to_ms(row.closure.announced)
            first[row.order] = min(first[row.order], at)
        return first

    def tables(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Orders and what ends them, as the kernel reads them (ORDER, ENDING)."""
        number = {name: i for i, name in enumerate(self.orders)}
        orders: list[tuple[Any, ...]] = []
        endings: list[tuple[int, int]] = []
        times = self.announced()
        rank = {o: r for r, o in enumerate(sorted(range(len(times)), key=lambda o: (times[o], o)))}
        for o, (name, announced) in enumerate(zip(self.orders, times, strict=True)):
            mine = self.endings.get(name, [])
            orders.append((announced, rank[o], item_hash(f"order:{name}"), len(endings), len(endings) + len(mine)))
            endings += [(number[by], at) for at, by in mine]
        return records(ORDER, orders), records(ENDING, endings)

    def acting_on(self, gate: Gate, kind: str) -> list[OrderRow]:
        """The rows of one kind that act on a gate, in file order."""
        return [
            row
            for row in self.rows
            if row.closure.kind == kind
            and gate.crossing in row.closure.crossings
            and row.closure.direction in (None, gate.direction)
            and (not row.closure.streams or gate.stream in row.closure.streams)
        ]

    def shut(self, gate: Gate) -> list[tuple[int, int]]:
        """When a gate is physically closed: merged [from, until), ms."""
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
        acting = [
            r
            for r in self.rows
            if r.closure.kind == "closed" and (r.closure.roads or r.closure.places) and r.end_ms > r.from_ms
        ]
        times = sorted({0, *(t for r in acting for t in (r.from_ms, r.end_ms) if 0 < t < NEVER)})
        found: list[tuple[int, frozenset[str], frozenset[str]]] = []
        for t in times:
            now = [r.closure for r in acting if r.from_ms <= t < r.end_ms]
            state = (frozenset(x for c in now for x in c.roads), frozenset(x for c in now for x in c.places))
            if not found or found[-1][1:] != state:
                found.append((t, *state))
        return found

    def gate_tables(
        self,
        gates: list[Gate],
        places: dict[str, int],
        crossings: dict[str, int],
        streams: dict[str, int],
        queues: dict[str, int],
    ) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Gates, their closed rows and when they are shut, as the kernel reads them (GATE, ROW, SHUT)."""
        out: list[tuple[Any, ...]] = []
        rows: list[tuple[Any, ...]] = []
        shuts: list[tuple[int, int]] = []
        for g in gates:
            mine = [r for r in self.acting_on(g, "closed") if r.until_ms > r.from_ms]
            shut = self.shut(g)
            ends = places[g.near], places[g.far], queues.get(g.exit_queue, -1), queues.get(g.entry_queue, -1)
            spans = len(rows), len(rows) + len(mine), len(shuts), len(shuts) + len(shut)
            out.append((crossings[g.crossing], streams[g.stream], *ends, *spans))
            rows += [(r.from_ms, r.until_ms, r.order, r.long) for r in mine]
            shuts += shut
        return records(GATE, out), records(ROW, rows), records(SHUT, shuts)
