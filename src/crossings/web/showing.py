"""What the page shows of a scenario with changes: orders as bars, what each gate is on each day, expected numbers, access."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.access import access_at
from crossings.charts import STATES
from crossings.errors import Fault, InputError
from crossings.kernel.layout import FAR
from crossings.kernel.layout import STATES as FATES
from crossings.model import Model
from crossings.report.moments import state_of
from crossings.report.reach import gaps_of
from crossings.web.answers import Answer
from crossings.web.describing import facts_of

__all__ = ["access_view", "answer_view", "bars", "finite"]

Floats = NDArray[np.float64]
KEYS = list(STATES)


def finite(values: Floats, decimals: int = 2) -> list[Any]:
    """Numbers for JSON: rounded, None where there is none."""
    rounded = np.round(np.asarray(values, float), decimals)
    return [[None if x != x else x for x in row] for row in np.atleast_2d(rounded).tolist()]


def answer_view(model: Model, answer: Answer) -> dict[str, Any]:
    """Expected numbers by gate and day, and what is in force."""
    facts = facts_of(model)
    days = {d.date(): k for k, d in enumerate(facts.days)}
    at = np.array([days[s.date()] for s in answer.starts])
    shape = (len(facts.days), len(model.gates))
    arrived, crossed, waiting, hours = np.zeros(shape), np.zeros(shape), np.zeros(shape), np.zeros(shape)
    np.add.at(arrived, at, answer.arrived)
    np.add.at(crossed, at, answer.crossed)
    np.add.at(hours, at, np.nan_to_num(answer.wait_h) * answer.arrived)
    waiting[at] = answer.waiting
    with np.errstate(invalid="ignore", divide="ignore"):
        wait_h = np.where(arrived >= 0.05, hours / arrived, np.nan)
    return {
        "hash": model.scenario.hash,
        "arrived": finite(arrived.T),
        "crossed": finite(crossed.T),
        "waiting": finite(waiting.T),
        "wait_h": finite(wait_h.T),
        "ends": {
            s: dict(zip(FATES, np.round(answer.ends[k], 2).tolist(), strict=True)) for s, k in model.streams.items()
        },
        "states": [[KEYS.index(state_of(facts, [g], day)) for day in facts.days] for g in range(len(model.gates))],
        "bars": bars(model),
        "notes": [c.order for c in model.scenario.closures if c.kind == "note"],
    }


def bars(model: Model) -> list[dict[str, Any]]:
    """Orders as bars: rows of an order with the same kind and times are one, at every crossing that they name."""
    rules, clock = model.rules, model.clock
    announced = rules.announced()
    gates = {(g.crossing, g.stream) for g in model.gates}
    merged: dict[tuple[Any, ...], list[Any]] = {}
    for row in rules.rows:
        key = (
            row.order,
            row.closure.kind,
            row.closure.value,
            row.closure.direction,
            row.from_ms,
            row.until_ms,
            row.end_ms,
        )
        merged.setdefault(key, []).append(row)
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
                "until": None if until >= int(FAR) else _minute(clock.local(until)),
                "end": None if end >= int(FAR) else _minute(clock.local(end)),
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
        found.append(at.to_json() | {"gap_by_day": _gaps(model, stream, border.id, at.direction)})
    if not found:
        raise InputError(Fault("borders.csv", "no border has a line, so there is no distance along it", ""))
    return {"borders": found}


def _gaps(model: Model, stream: str, border: str, direction: str) -> list[float | None]:
    """km of the declared line without an open crossing, at noon of each day."""
    facts = facts_of(model)
    found = next(b for b in model.scenario.borders if b.id == border)
    if direction != (facts.streams[stream].direction or found.country_a):  # the way that `gaps_of` looks at
        return [None] * len(facts.days)
    gaps = gaps_of(facts, stream, border)
    return [None] * len(facts.days) if gaps is None else [None if g != g else round(g, 1) for g in gaps[0].tolist()]


def _minute(when: dt.datetime) -> str:
    return when.isoformat(timespec="minutes")
