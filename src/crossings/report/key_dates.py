"""The dates worth a map: the day before each order takes effect and the day of it; and what each crossing is then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from crossings.measures.access import opening_after
from crossings.report.view_model import DAY, Facts
from crossings.scenario.order_kinds import ACTING

MOST = 12


def effect_days(facts: Facts) -> list[dt.datetime]:
    """Days within the run on which an order that closes a crossing takes effect, or one ends that none follows."""
    rules = facts.model.rules
    wide: dict[dt.datetime, set[str]] = {}
    for row in rules.rows:
        if row.closure.kind != "closed" or row.end_ms <= row.from_ms or not row.closure.crossings:
            continue
        for at in (row.from_ms, row.end_ms):
            if 0 < at < facts.model.clock.horizon_ms:
                local = facts.model.clock.local(at)
                day = dt.datetime(local.year, local.month, local.day)
                wide.setdefault(day, set()).update(row.closure.crossings)
    most = sorted(wide, key=lambda d: (-len(wide[d]), d))[: MOST // 2]
    return sorted(most)


def key_days(facts: Facts) -> list[dt.datetime]:
    """The day before each effect and the day of it; the day after too where it takes effect within the day."""
    effects = effect_days(facts)
    if not effects:
        return list(facts.days[:1])
    late = {
        facts.model.clock.local(row.from_ms)
        for row in facts.model.rules.rows
        if row.closure.kind == "closed" and 0 < row.from_ms < facts.model.clock.horizon_ms
    }
    wanted = set(effects) | {d - DAY for d in effects}
    wanted |= {d + DAY for d in effects if any(d < at < d + DAY for at in late)}
    return sorted(wanted & set(facts.days))


def state_of(facts: Facts, gates: Sequence[int], day: dt.datetime) -> str:
    """What a crossing is to a stream on a local day: a key of ``charts.STATES``."""
    if not gates:
        return "none"
    states = {_gate_state(facts, i, day) for i in gates}
    if len(states) == 1:
        return states.pop()
    return "no hours" if states == {"closed", "no hours"} else "part"


def passable(facts: Facts, gates: Sequence[int], begin: dt.datetime, end: dt.datetime) -> bool:
    """Whether any of some gates is open, by its hours and the orders, at some local time from ``begin`` to ``end``."""
    a, b = facts.model.clock.to_ms(begin), facts.model.clock.to_ms(end)
    for gate in gates:
        at = a
        for shut, ends in sorted(facts.model.rules.shut(facts.model.gates[gate])):
            if at < min(shut, b) and _opens(facts, gate, at, min(shut, b)):
                return True
            at = max(at, ends)
        if at < b and _opens(facts, gate, at, b):
            return True
    return False


def _gate_state(facts: Facts, number: int, day: dt.datetime) -> str:
    model = facts.model
    begin, end = model.clock.to_ms(day), model.clock.to_ms(day + DAY)
    gate = model.gates[number]
    shut = [(max(a, begin), min(b, end)) for a, b in model.rules.shut(gate) if a < end and b > begin]
    if sum(b - a for a, b in shut) >= end - begin:
        return "closed"
    if not _opens(facts, number, begin, end):
        return "no hours"
    limited = any(
        row.from_ms < end and row.end_ms > begin
        for row in model.rules.acting_on(gate, *(kind for kind in ACTING if kind != "closed"))
    )
    if shut and all(_closed_when_open(facts, number, a, b, begin, end) for a, b in shut):
        return "closed"
    return "part" if shut or limited else "open"


def _opens(facts: Facts, number: int, begin: int, end: int) -> bool:
    """Whether every control opens at some time in [begin, end)."""
    gate = facts.model.tables.gates[number]
    queues = [int(q) for q in (gate["exit_queue"], gate["entry_queue"]) if q >= 0]
    return all((at := opening_after(facts.model, q, begin)) is not None and at < end for q in queues)


def _closed_when_open(facts: Facts, number: int, a: int, b: int, begin: int, end: int) -> bool:
    """Whether the hours outside [a, b) hold no opening."""
    before = a > begin and _opens(facts, number, begin, a)
    after = b < end and _opens(facts, number, b, end)
    return not before and not after
