"""What the page shows of a scenario with changes: orders as bars, what each gate is on each day, expected numbers, access."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.charts import STATES
from crossings.errors import InputError
from crossings.measures.access import access_at, gaps_by_day
from crossings.model import Model
from crossings.model.orders import NEVER
from crossings.report.key_dates import state_of
from crossings.report.view_model import Facts
from crossings.scenario.order_kinds import ACTING
from crossings.views.answer_reader import lines_on
from crossings.web.camps import camp_error
from crossings.web.expected import ExpectedFlows
from crossings.web.registry import Counted, StateCache
from crossings.web.scenario_payload import facts_of

Floats = NDArray[np.float64]
KEYS = list(STATES)


def answer_view(model: Model, answer: ExpectedFlows, states: StateCache, counted: Counted) -> dict[str, Any]:
    """Expected numbers by gate and day, and what is in force; states: of gates, as far as they are known."""
    facts = facts_of(model)
    days = {d.date(): k for k, d in enumerate(facts.days)}
    at = np.array([days[s.date()] for s in answer.starts])  # a day on which the run starts late is still one day
    size = len(facts.days)

    def rows(values: Floats) -> list[list[float | None] | None]:
        out: list[list[float | None] | None] = [None] * len(model.gates)
        for g in answer.gates:
            row = np.full(size, np.nan)
            row[at] = values[:, g]
            out[g] = [None if x != x else x + 0.0 for x in np.round(row, 2).tolist()]
        return out

    gates = range(len(model.gates))
    duty = [lines_on(model, [g], list(days)) if g in answer.gates else None for g in gates]
    return {
        "hash": model.scenario.hash,
        "streams": list(answer.streams),
        "arrived": rows(answer.arrived),
        "crossed": rows(answer.crossed),
        "waiting": rows(answer.waiting),
        "wait_h": rows(answer.wait_h),
        "on_duty": [None if x is None else [sum(lane.servers for lane in lanes) for lanes in x] for x in duty],
        "lines": [None if x is None else [len(lanes) for lanes in x] for x in duty],
        "ends": answer.ends,
        "camps": _camps(model, answer, counted),
        "camp_error": camp_error(model, counted, answer.present),
        "states": [_states(facts, g, states) if g in answer.gates else None for g in gates],
        "bars": bars(model),
        "notes": [c.order for c in model.scenario.closures if c.kind == "note"],
    }


def _states(facts: Facts, gate: int, kept: StateCache) -> list[int]:
    """What a gate is on each day, as positions in `STATES`; kept by the orders that act on it: most changes touch few gates."""
    rows = facts.model.rules.acting_on(facts.model.gates[gate], *ACTING)
    key = (gate, *((r.closure.kind, r.closure.value, r.from_ms, r.end_ms) for r in rows))
    return kept.get(key, lambda: [KEYS.index(state_of(facts, [gate], day)) for day in facts.days])


def _camps(model: Model, answer: ExpectedFlows, counted: Counted) -> dict[str, list[float]]:
    """Camp → persons there at each day's end."""
    site = {name: i for i, name in enumerate(model.sites)}
    return {p: np.round(answer.present[:, site[p]], 1).tolist() for p in counted if p in site}


def bars(model: Model) -> list[dict[str, Any]]:
    """Orders as bars: rows of an order with the same kind and times are one, at every crossing that they name."""
    rules, clock = model.rules, model.clock
    announced = rules.announced()
    gates = {(g.crossing, g.stream) for g in model.gates}
    merged: dict[tuple[Any, ...], list[Any]] = {}
    for row in rules.rows:
        if row.closure.kind == "lifted":
            continue  # a moment: what it ends is shorter
        closure, times = row.closure, (row.from_ms, row.until_ms, row.end_ms)
        merged.setdefault((row.order, closure.kind, closure.value, closure.direction, *times), []).append(row)
    out = []
    for (order, kind, value, direction, begin, until, end), rows in merged.items():
        where: dict[str, list[str]] = {}
        for row in rows:
            for crossing in _crossings(model, row.closure):
                streams = row.closure.streams or tuple(model.streams)
                have = [s for s in streams if (crossing, s) in gates]
                where[crossing] = list(dict.fromkeys(where.get(crossing, []) + have))
        told = min(clock.local(announced[order]), clock.local(begin))
        out.append(
            {
                "order": rules.orders[order],
                "rows": [row.closure.id for row in rows],
                "kind": kind,
                "value": value,
                "direction": direction,
                "announced": _minute(told),
                "from": _minute(clock.local(begin)),
                "until": None if until >= NEVER else _minute(clock.local(until)),
                "end": None if end >= NEVER else _minute(clock.local(end)),
                "replaced": end < until,
                "where": where,
                "estimated": any(row.closure.estimated for row in rows),
                "source": rows[0].closure.source,
            }
        )
    return sorted(out, key=lambda b: (b["announced"], b["from"], b["order"]))


def _crossings(model: Model, closure: Any) -> list[str]:
    """The crossings that a row closes, by name or with the place at one side."""
    if closure.crossings:
        return list(closure.crossings)
    places = set(closure.places)
    return [c.id for c in model.scenario.crossings if places & {c.place_a, c.place_b}]


def access_view(model: Model, stream: str, direction: str | None, on: dt.datetime) -> dict[str, Any]:
    """Access at a local time, and the longest gap at noon of each day, for every border with a line."""
    found = []
    for border in model.scenario.borders:
        if border.id not in model.scenario.lines:
            continue
        way = direction if direction in (border.country_a, border.country_b) else None
        at = access_at(model, on, stream=stream, direction=way, border=border.id)
        gaps = gaps_by_day(model, stream, border.id, at.direction)
        by_day = [] if gaps is None else [None if g != g else round(g, 1) for g in gaps.km.tolist()]
        found.append(at.to_json() | {"gap_by_day": by_day})
    if not found:
        raise InputError("borders.csv", "no border has a line, so there is no distance along it", "")
    return {"borders": found}


def _minute(when: dt.datetime) -> str:
    return when.isoformat(timespec="minutes")
