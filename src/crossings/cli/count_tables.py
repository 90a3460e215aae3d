"""Which counts of a scenario are used, in what form, and why: what `check` prints."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import crossings as cx
from crossings.cli.formatting import numbers, print_table, texts
from crossings.io.faults import counted

if TYPE_CHECKING:
    from crossings.observations.periods import Use

WORDS = "used as: the count itself; a rest, a total less its parts; a lower bound; -: not used by itself"


def _counts(scenario: cx.Scenario, until: str | None) -> cx.Observations:
    counts = cx.Observations.read(scenario)
    return counts if until is None else counts.until(until)


def print_counts(scenario: cx.Scenario, until: str | None) -> None:
    """A row for each row of observations.csv (those known through ``until``); nothing where there is none."""
    counts = _counts(scenario, until)
    if not scenario.observations:
        return
    uses = counts.uses()
    terms = len(counts.cells())
    asked = f", known through {until}" if until is not None else ""
    print_table(
        f"Counts{asked}: {counted(len(uses), 'row')}, {terms} of them terms of a likelihood",
        [*texts("row"), *numbers("count"), *texts("used as", "why")],
        [[use.row.id, _given(use), _taken(use), use.reason] for use in uses],
        note=WORDS
        if until is None
        else f"{_rule(until)}. {counted(len(scenario.observations) - len(uses), 'row')} left out.",
        empty="none",
    )


def _rule(until: str) -> str:
    from crossings.scenario.as_of import cut_off
    from crossings.scenario.clock import end_of_day, spoken

    return (
        f"counts of periods that end by {spoken(end_of_day(until))}, public before {cut_off(until):%Y-%m-%d %H:%M}; "
        f"orders announced by {spoken(end_of_day(until))}"
    )


def _span(low: float, high: float) -> str:
    if math.isinf(high):
        return f"{low:,.0f} or more"
    return f"{low:,.0f}" if low == high else f"{low:,.0f}-{high:,.0f}"


def _given(use: Use) -> str:
    row = use.row
    if row.status == "lower_bound":
        return _span(row.count, math.inf)
    return _span(row.count, row.count if row.count_max is None else row.count_max)


def _taken(use: Use) -> str:
    if use.cell is None or use.use in ("raises", "no"):
        return "-"
    return ("rest " if use.use == "rest" else "") + _span(use.cell.low, use.cell.high)


def counts_json(scenario: cx.Scenario, until: str | None) -> dict[str, Any]:
    """The same as JSON: ``counts``, and with ``until`` what else was known; ``high`` is null where it has no end."""
    counts = _counts(scenario, until)
    out: dict[str, Any] = {
        "counts": {
            "until": until,
            "rule": None if until is None else _rule(until),
            "terms": len(counts.cells()),
            "rows": [_row(use) for use in counts.uses()],
        }
    }
    if until is not None:
        out["known"] = scenario.known_through(until).summary()
    return out


def _row(use: Use) -> dict[str, Any]:
    cell = use.cell if use.use not in ("raises", "no") else None
    return {
        "id": use.row.id,
        "use": use.use,
        "reason": use.reason,
        "of": use.cell.id if use.cell is not None else None,
        "low": None if cell is None else cell.low,
        "high": None if cell is None or math.isinf(cell.high) else cell.high,
        "minus": [] if cell is None else list(cell.minus),
        "tells": use.row.tells,
    }
