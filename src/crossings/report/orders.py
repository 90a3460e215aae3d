"""The timeline of orders: announced, in force, replaced; and the list of them with what they rest on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from crossings.charts import Bar, Markup, day_text, el, join, order_timeline
from crossings.model.orders import NEVER
from crossings.report.components import Section, reading
from crossings.report.html import Column, amount, figure, folded, linked, table
from crossings.report.key_dates import effect_days
from crossings.report.view_model import DAY, Facts
from crossings.scenario.order_kinds import in_words

__all__ = ["timeline_section"]


def timeline_section(facts: Facts) -> Section:
    """Orders by crossing, and the list of them."""
    letters = _letters(facts)
    title = "Orders: announced, in force, replaced"
    if not letters:
        return Section("orders", title, reading("No order acts within the run."))
    rows = [(facts.crossing_names[c.id], _bars(facts, c.id, letters)) for c in facts.model.scenario.crossings]
    rows = [(name, bars) for name, bars in rows if bars]
    span = facts.span
    drawings = [
        order_timeline("Orders by crossing", rows, span=span, clock=facts.clock, width=w) for w in (1100.0, 380.0)
    ]
    words = (
        "Diamond: announced. Bar: in force (dashed outline: not closed, but limited: in part, slower, fewer hours, a quota, a deterrent). Cross: replaced by another order; dashed: how long it ran on paper. "
        "Letters: the table below. Orders that are only noted, without effect here, stand in the table alone."
    )
    return Section(
        "orders",
        title,
        join([_notice(facts), figure(drawings, facts.source(words)), _orders_table(facts, letters)]),
        True,
    )


def _letters(facts: Facts) -> dict[str, str]:
    """Orders that act within the run, in order of announcement: A, B, ..., Z, AA, ..."""
    rules = facts.model.rules
    announced = rules.announced()
    within = [r for r in rules.rows if r.from_ms < facts.model.clock.horizon_ms]
    acting = {
        r.order for r in within if r.end_ms > max(0, r.from_ms) or (r.closure.kind == "lifted" and r.from_ms >= 0)
    }
    ordered = sorted(acting, key=lambda o: (announced[o], o))
    return {rules.orders[o]: _letter(k) for k, o in enumerate(ordered)}


def _letter(k: int) -> str:
    return (chr(64 + k // 26) if k >= 26 else "") + chr(65 + k % 26)


def _bars(facts: Facts, crossing: str, letters: dict[str, str]) -> list[Bar]:
    """The orders at a crossing; rows alike but for whom they concern are one bar."""
    rules, clock = facts.model.rules, facts.model.clock
    announced = rules.announced()
    places = {p for c in facts.model.scenario.crossings if c.id == crossing for p in (c.place_a, c.place_b)}
    merged: dict[tuple[str, str, int, int, int], list[Any]] = {}
    for row in rules.rows:
        at_crossing = crossing in row.closure.crossings or (
            not row.closure.crossings and places & set(row.closure.places)
        )
        order = rules.orders[row.order]
        if at_crossing and order in letters and row.end_ms > row.from_ms:
            merged.setdefault((order, row.closure.kind, row.from_ms, row.end_ms, row.until_ms), []).append(row)
    out = []
    for (order, kind, begin, end, until), rows in merged.items():
        start = clock.local(begin)
        stop = facts.horizon + DAY if end >= NEVER else clock.local(end)
        planned = None if until >= NEVER else clock.local(until)
        told = min(clock.local(announced[rows[0].order]), start)
        who = _who(facts, [r.closure for r in rows])
        words = (
            f"{letters[order]}: {order}\n{_what(rows[0].closure)}{who}\nannounced {_moment(told)}\nfrom {_moment(start)} until {_end(end, stop)}"
            + (f"\non paper until {_end(until, planned or stop)}" if until != end else "")
        )
        bar = Bar(letters[order], list(letters).index(order), kind, told, start, stop, planned, end < until, words)
        out.append(bar)
    return out


def _what(closure: Any) -> str:
    kept = {"hours": f"hours {closure.value}", "quota": f"quota {closure.value} a day"}
    return kept.get(closure.kind) or in_words(closure.kind, closure.value)


def _who(facts: Facts, closures: Sequence[Any]) -> str:
    """For whom and in which direction, where it is not everybody."""
    streams = {s for c in closures for s in (c.streams or tuple(facts.streams))}
    ways = {c.direction for c in closures}
    text = (
        ""
        if streams >= set(facts.streams)
        else " to " + ", ".join(facts.stream_name(s) for s in facts.streams if s in streams)
    )
    if len(ways) == 1 and None not in ways:
        text += f", into {facts.country(next(iter(ways)))}"
    return text


def _moment(when: dt.datetime) -> str:
    return f"{day_text(when, True)} {when:%H:%M}"


def _end(ms: int, when: dt.datetime) -> str:
    if ms >= NEVER:
        return "further notice"
    if when.time() == dt.time(0):
        return f"{day_text(when - DAY, True)} 24:00"
    return _moment(when)


def _notice(facts: Facts) -> Markup:
    rules, clock = facts.model.rules, facts.model.clock
    announced = rules.announced()
    first: dict[int, int] = {}
    for row in rules.rows:
        if row.closure.kind == "closed" and 0 < row.from_ms < clock.horizon_ms:
            first[row.order] = min(first.get(row.order, NEVER), row.from_ms)
    if not first:
        return reading("No order that closes a crossing takes effect within the run.")
    hours = {rules.orders[o]: (at - announced[o]) / 3_600_000 for o, at in first.items()}
    early, late = min(hours, key=lambda o: hours[o]), max(hours, key=lambda o: hours[o])
    days = ", ".join(day_text(d) for d in effect_days(facts))
    ended = {rules.orders[r.order] for r in rules.rows if r.end_ms < min(r.until_ms, clock.horizon_ms) and r.end_ms > 0}
    text = f"{len(first)} {'orders' if len(first) > 1 else 'order'} that close crossings take effect within the run (changes on {days}); "
    text += (
        f"notice given ranges from {amount(hours[early], 0)} h ({early}) to {amount(hours[late], 0)} h ({late})"
        if len(hours) > 1
        else f"notice given: {amount(hours[early], 0)} h"
    )
    text += f"; {len(ended)} ended early because another replaced them." if ended else "."
    return reading(text, " No band: orders are given, not simulated.")


def _orders_table(facts: Facts, letters: dict[str, str]) -> Markup:
    rules, clock = facts.model.rules, facts.model.clock
    announced = rules.announced()
    rows = []
    for order, letter in letters.items():
        number = rules.orders.index(order)
        mine = [r for r in rules.rows if r.order == number]
        begin, end, until = min(r.from_ms for r in mine), max(r.end_ms for r in mine), max(r.until_ms for r in mine)
        where = {c for r in mine for c in r.closure.crossings}
        names = (
            facts.set_name([c for c in facts.crossing_names if c in where])
            if where
            else ", ".join(sorted({x for r in mine for x in (*r.closure.roads, *r.closure.places)}))
        )
        kinds = sorted({r.closure.kind for r in mine})
        estimated = any(r.closure.estimated for r in mine)
        stop = clock.local(min(end, 10 * clock.horizon_ms))
        paper = clock.local(min(until, 10 * clock.horizon_ms))
        rows.append(
            [
                f"{letter}  {order}",
                f"{', '.join(kinds)}: {names}{_who(facts, [r.closure for r in mine])}",
                _moment(min(clock.local(announced[number]), clock.local(begin))),
                _moment(clock.local(begin)),
                _end(end, stop),
                "" if until == end else _end(until, paper),
                "yes" if estimated else "",
            ]
        )
    noted = [c for c in facts.model.scenario.closures if c.kind == "note"]
    rows += [
        [
            f"note  {c.order}",
            "noted, without effect here",
            _moment(c.announced or c.from_),
            _moment(c.from_),
            "",
            "",
            "yes" if c.estimated else "",
        ]
        for c in noted
    ]
    zone = "local time"
    columns = [
        Column("order", number=False),
        Column("what and where", number=False),
        Column("announced", zone, number=False),
        Column("in force from", zone, number=False),
        Column("until", zone, number=False),
        Column("on paper until", zone, number=False),
        Column("a time estimated", number=False),
    ]
    shown = [*letters, *(c.order for c in noted)]
    rests: dict[str, dict[str, None]] = {order: {} for order in shown}
    for closure in facts.model.scenario.closures:
        if closure.order in rests and closure.source:
            rests[closure.order][closure.source] = None
    sourced = [[order, join([el("div", linked(s)) for s in texts])] for order, texts in rests.items() if texts]
    heads = [Column("order", number=False), Column("rests on", number=False)]
    return folded(
        "The orders as a table, with what they rest on",
        table("Orders that act within the run, and notes", columns, rows, f"Times of {facts.clock}."),
        table("What the orders rest on", heads, sourced) if sourced else None,
    )
