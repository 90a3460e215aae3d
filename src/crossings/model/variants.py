"""The model of a scenario that differs from another's in its orders, or ways out, alone: what these cannot change is shared.

Built afresh a model of a country takes a quarter of a second or more; most of it is journeys and choice sets, on which
orders about crossings have no say. The tables are equal to those of a model that is built afresh.
"""

from __future__ import annotations

import copy
import dataclasses
from typing import TYPE_CHECKING

from crossings.model.orders import OrderRow, Rules
from crossings.model.queues import queue_tables
from crossings.scenario.order_kinds import LIMITS

if TYPE_CHECKING:
    from crossings.model import Model
    from crossings.scenario import Scenario

_SAME = ("settings", "borders", "places", "roads", "crossings", "lanes", "demand", "stocks", "exits")


def with_orders(model: Model, scenario: Scenario) -> Model:
    """``type(model)(scenario)``, with the parts of ``model`` that it would have too; anything else is built afresh."""
    other = type(model)(scenario)
    if not _alike(model, other):
        return other
    old = model.tables
    other = other.replace(choices=model.choices, people=model.people, sites=model.sites)
    number = {queue.name: i for i, queue in enumerate(other.queues)}
    rules = other.rules.tables(other.gates, other.places, other.crossings, other.streams, number)
    queues, shifts = old.queues, old.shifts
    if _limits(model.rules) != _limits(other.rules):
        queues, shifts = queue_tables(other.queues, other.gates, other.rules)
    new = other._stream_tables() | rules
    return other.replace(tables=old.replace(**new, queues=queues, shifts=shifts))


def with_ways_out(model: Model, scenario: Scenario) -> Model:
    """``type(model)(scenario)`` of a scenario whose streams have other costs of not going alone (`outside_km`, `outside_h`)."""
    tables, people = model.tables, model.people  # made before they are shared
    other = copy.copy(model)
    other.scenario = scenario
    other.written = dataclasses.replace(model.written, settings=scenario.settings)
    return other.replace(tables=tables.replace(**other._stream_tables()), people=people)


def _alike(model: Model, other: Model) -> bool:
    """Whether two scenarios differ in orders alone, and in none of what orders say about roads and places."""
    a, b = model.scenario, other.scenario
    if any(getattr(a, name) is not getattr(b, name) and getattr(a, name) != getattr(b, name) for name in _SAME):
        return False
    if model.rules.regimes() != other.rules.regimes():
        return False
    old, new = Rules(model.written, model.clock).regimes(), Rules(other.written, other.clock).regimes()
    return old == new and _named(model) == _named(other)


def _named(model: Model) -> frozenset[str]:
    """Crossings that some order or lane names: choice sets tell those apart."""
    written = model.written
    return frozenset(c for row in written.closures for c in row.crossings) | {lane.crossing for lane in written.lanes}


def _limits(rules: Rules) -> list[OrderRow]:
    """The rows that cut opening hours or set quotas; an order's number does not matter to them."""
    return [dataclasses.replace(row, order=0) for row in rules.rows if row.closure.kind in (*LIMITS, "lifted")]
