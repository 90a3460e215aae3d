"""A scenario directory as an episode: its own counts, orders and crossings."""

from __future__ import annotations

from crossings.errors import InputError
from crossings.forecasting.episode import Count, Episode, Order, Series, Site
from crossings.scenario import Scenario
from crossings.scenario.entities import Closure, Observation
from crossings.scenario.order_kinds import ACTING
from crossings.scenario.replacing import ends_row


def episode_of(scenario: Scenario) -> Episode:
    """The counts of observations.csv and the orders of closures.csv; raises InputError where there is no count.

    Rows of kind note act on nobody and are left out; so are bounds, and numbers of which one party is the only source. A row
    that another order replaces ends when that begins, which is known when that is announced.
    """
    counts = [_count(o) for o in scenario.observations]
    if not counts:
        raise InputError("observations.csv", "there is no count to forecast", "add counts: crossings observe")
    sites = {c.id: Site(c.id, c.name, c.lat, c.lon) for c in scenario.crossings}
    return Episode(scenario.settings.name, sites, orders_of(scenario), tuple(counts))


def orders_of(scenario: Scenario) -> tuple[Order, ...]:
    """The rows of orders that act at crossings; one that is lifted at some of its crossings is a row for each."""
    out: list[Order] = []
    for row in scenario.closures:
        if row.kind in ACTING and row.crossings:
            apart = any(row.order in other.replaces and other.kind == "lifted" for other in scenario.closures)
            pieces = [row.model_copy(update={"crossings": (c,)}) for c in row.crossings] if apart else [row]
            out += [_order(piece, scenario) for piece in pieces]
    return tuple(out)


def _count(o: Observation) -> Count:
    quantity = "queue" if o.what == "waiting" else "flow"
    unit = f"waiting {o.unit}" if quantity == "queue" else o.unit
    series = Series(tuple(sorted(o.crossings)), ";".join(o.streams), o.direction or "both", unit, quantity)
    value = o.count if o.count_max is None else (o.count + o.count_max) / 2
    start = o.from_ if quantity == "flow" else o.until
    firm = o.status in ("final", "derived") and o.tells >= 1.0
    published = max(o.published or o.until, o.until)
    written = (o.from_.isoformat(timespec="minutes"), o.until.isoformat(timespec="minutes"))
    return Count(series, start, o.until, value, published, firm, written)


def _order(row: Closure, scenario: Scenario) -> Order:
    known = min(row.announced or row.from_, row.from_)
    end, end_known = row.until, known
    for other in scenario.closures:
        ended = all(ends_row(other, row, crossing) for crossing in row.crossings)
        if ended and (end is None or other.from_ < end):
            end, end_known = other.from_, min(other.announced or other.from_, other.from_)
    return Order(
        row.id,
        row.crossings,
        row.streams,
        known,
        row.from_,
        end,
        end_known,
        row.direction or "",
        row.kind,
        announced=row.announced is not None,
    )
