"""What was known: the scenario as it could have been written at a time (docs/model.md, learning from counts).

Rows that give no time of publication were always known. Settings, places, roads and crossings have none: they are kept.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from crossings.errors import InputError
from crossings.scenario.clock import end_of_day
from crossings.scenario.contents import Contents
from crossings.scenario.entities import Closure, Lane, Observation

MORNING_AFTER = dt.timedelta(hours=13)
"""How long after the end of a day its counts still come out: through the noon hour, where pages without an hour stand."""

Knowing = Literal["period", "published"]
"""What ``--until D`` means for counts: of periods up to the end of D, out by the morning after; or published by then."""


def cut_off(day: str | dt.date, by: Knowing = "period") -> dt.datetime:
    """When the book is shut for ``--until day``: nothing that was made public at or after this local time is used.

    by: ``period``, ``MORNING_AFTER`` past the end of the day; ``published``, the end of the day itself.

    >>> cut_off("2023-11-17"), cut_off("2023-11-17", "published")
    (datetime.datetime(2023, 11, 18, 13, 0), datetime.datetime(2023, 11, 18, 0, 0))
    """
    if by not in ("period", "published"):
        raise InputError("by", f"'{by}' is not accepted", "accepted: period, published")
    return end_of_day(day) + (MORNING_AFTER if by == "period" else dt.timedelta(0))


def consistent(rows: Sequence[Closure]) -> tuple[Closure, ...]:
    """Rows whose ``replaces`` name only orders that are among them; lifted ones that are left with nothing to end are left
    out.
    """
    orders = {row.order for row in rows}
    while True:
        found = tuple(
            row
            if orders.issuperset(row.replaces)
            else row.model_copy(update={"replaces": tuple(order for order in row.replaces if order in orders)})
            for row in rows
        )
        rows = tuple(row for row in found if row.kind != "lifted" or row.replaces)
        left = {row.order for row in rows}
        if left == orders:
            return rows
        orders = left


def counted(row: Observation, at: dt.datetime) -> bool:
    """Whether a count was public before ``at``; one without a time of publication is as soon as its period is over."""
    return row.until <= at if row.published is None else row.published < at


def as_known(scenario: Contents, at: dt.datetime) -> dict[str, Any]:
    """The tables of the scenario as it could have been written at a local time: only what was public before it."""
    return _known(scenario, at, at, tuple(row for row in scenario.observations if counted(row, at)))


def known_through(scenario: Contents, day: str | dt.date, by: Knowing = "period") -> dict[str, Any]:
    """The tables of the scenario as known of a day and before it: orders announced by its end, and the counts that ``by`` says.

    Figures that rest on counts (rows of lanes, demand, stocks, exits) are those public before ``cut_off(day, by)``.
    """
    end, shut = end_of_day(day), cut_off(day, by)
    counts = tuple(row for row in scenario.observations if row.until <= end and counted(row, shut))
    return _known(scenario, shut, end, counts)


def _known(
    scenario: Contents, figures: dt.datetime, orders: dt.datetime, counts: tuple[Observation, ...]
) -> dict[str, Any]:
    """figures, orders: before when the one and the other must have been made public."""

    def rows(found: tuple[Closure, ...]) -> tuple[Closure, ...]:
        return consistent([row for row in found if (row.announced or row.from_) < orders])

    def public(found: Iterable[Any]) -> tuple[Any, ...]:
        return tuple(row for row in found if row.published is None or row.published < figures)

    return {
        "closures": rows(scenario.closures),
        "written": rows(scenario.written),
        "lanes": _lanes(public(scenario.lanes)),
        "demand": public(scenario.demand),
        "stocks": public(scenario.stocks),
        "exits": public(scenario.exits),
        "observations": counts,
        "headcounts": public(row for row in scenario.headcounts if end_of_day(row.date) <= orders),
        "claims": tuple(row for row in scenario.claims if end_of_day(row.date) <= orders),
    }


def _lanes(kept: Sequence[Lane]) -> tuple[Lane, ...]:
    """Lanes that stand as they were known: where ``published`` is given, one ends only where the next known begins.

    So it depends on nothing but the rows that were known: neither on whether a later row exists, nor on what it says.
    """
    following: dict[str, dt.datetime | None] = {}
    queues: dict[tuple[str, str, str, frozenset[str]], list[Lane]] = {}
    for row in kept:
        if row.published is not None:
            queues.setdefault((row.crossing, row.direction, row.side, frozenset(row.streams)), []).append(row)
    for rows in queues.values():
        rows.sort(key=lambda row: row.valid_from or dt.datetime.min)
        begins = [row.valid_from for row in rows[1:]]
        following |= {row.id: begin for row, begin in zip(rows, [*begins, None], strict=True)}
    return tuple(
        row.model_copy(update={"valid_until": following[row.id]}) if row.id in following else row for row in kept
    )
