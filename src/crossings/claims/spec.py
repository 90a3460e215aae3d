"""What a claim asks of the model: which orders it is about, for whom, and from when to when it is judged."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass

from crossings.scenario import Clock, Scenario
from crossings.scenario.clock import end_of_day
from crossings.scenario.entities import Claim
from crossings.scenario.measures import MEASURES, Measure, number_of
from crossings.scenario.period import Period, period_of


@dataclass(frozen=True)
class Question:
    """A claim made ready to be held to its measure.

    value: what the figure is compared with (None: shown alone); streams: for whom; orders: what differs between the
    scenario ``with_them`` and ``without``; period: when these orders were announced, in force and replaced.
    """

    claim: Claim
    measure: Measure | None
    value: float | None
    streams: tuple[str, ...]
    orders: tuple[str, ...]
    without: Scenario
    with_them: Scenario
    period: Period


def question_of(claim: Claim, scenario: Scenario) -> Question:
    """What a claim asks of a scenario.

    Its orders are those that it names, else all that begin after the start, act, and were announced by the end of its
    day. All other orders that begin after the start are in neither scenario: they were not given yet.
    """
    clock = Clock(scenario.settings)
    acting = [row for row in scenario.closures if row.kind != "note"]
    there = {row.order for row in scenario.baseline().closures}
    announced: dict[str, dt.datetime] = {}  # when the earliest row of an order was
    for row in acting:
        announced[row.order] = min(row.announced or row.from_, announced.get(row.order, dt.datetime.max))
    later = [order for order in announced if order not in there]
    by_then = [order for order in later if announced[order] < end_of_day(claim.date)]
    present = {row.order for row in scenario.closures}
    chosen = tuple(o for o in claim.orders if o in present) if claim.orders else tuple(by_then)
    rest = [o for o in later if o not in chosen]
    with_them = _as_if_given(scenario.without(*rest) if rest else scenario, chosen)
    without = with_them.without(*chosen) if chosen else with_them
    rows = [row for row in with_them.closures if row.order in chosen]
    others = [row for row in acting if row.order not in chosen]
    return Question(
        claim,
        MEASURES.get(claim.measure),
        number_of(claim.value) if claim.comparison and claim.value else None,
        claim.streams or tuple(scenario.settings.streams),
        chosen,
        without,
        with_them,
        period_of(rows, others, clock),
    )


def _as_if_given(scenario: Scenario, chosen: tuple[str, ...]) -> Scenario:
    """A note that a claim names is a proposal: it is taken as if it had been given, and closed what it names."""
    rows = tuple(
        row.model_copy(update={"kind": "closed"}) if row.kind == "note" and row.order in chosen else row
        for row in scenario.closures
    )
    return scenario if rows == scenario.closures else dataclasses.replace(scenario, closures=rows)
