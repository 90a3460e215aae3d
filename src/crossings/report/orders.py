"""The timeline of orders: announced, in force, replaced; and the list of them with what they rest on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from crossings.charts import Bar, order_timeline
from crossings.model.orders import NEVER
from crossings.report.components import AnnexSection, CaptionedTable, texts
from crossings.report.key_dates import effect_days
from crossings.report.view_model import DAY, Facts
from crossings.scenario.entities import Closure, Crossing
from crossings.scenario.order_kinds import terms_of


def timeline_section(facts: Facts) -> AnnexSection:
    """Orders by crossing, and the list of them."""
    say = facts.words.say
    letters = _letters(facts)
    title = say("Orders: announced, in force, replaced")
    if not letters:
        return AnnexSection("orders", title, {"said": say("No order acts within the run."), "drawings": None})
    named = ((facts.crossing_names[c.id], _bars(facts, c, letters)) for c in facts.model.scenario.crossings)
    rows = [(name, bars) for name, bars in named if bars]
    drawings = [
        order_timeline(say("Orders by crossing"), rows, span=facts.span, clock=facts.clock, width=w, words=facts.words)
        for w in (1100.0, 380.0)
    ]
    view = {
        "said": f"{_notice(facts)} {say('No range: orders are given, not simulated.')}",
        "drawings": drawings,
        "source": facts.source(),
        "table": _orders_table(facts, letters),
        "sources": _sources(facts, letters),
    }
    return AnnexSection("orders", title, view, True)


def _letters(facts: Facts) -> dict[str, str]:
    """Orders that act within the run, in order of announcement: A, B, ..., Z, AA, ..."""
    rules = facts.model.rules
    announced = rules.announced()
    within = [r for r in rules.rows if r.from_ms < facts.model.clock.horizon_ms]
    acting = {
        r.order for r in within if r.end_ms > max(0, r.from_ms) or (r.closure.kind == "lifted" and r.from_ms >= 0)
    }
    ordered = sorted(acting, key=lambda o: (announced[o], o))
    return {rules.orders[o]: (chr(64 + k // 26) if k >= 26 else "") + chr(65 + k % 26) for k, o in enumerate(ordered)}


def _bars(facts: Facts, crossing: Crossing, letters: dict[str, str]) -> list[Bar]:
    """The orders at a crossing; rows alike but for whom they concern are one bar."""
    rules, clock = facts.model.rules, facts.model.clock
    announced, say = rules.announced(), facts.words.say
    merged: dict[tuple[str, str, int, int, int], list[Any]] = {}
    for row in rules.rows:
        at_place = not row.closure.crossings and {crossing.place_a, crossing.place_b} & {*row.closure.places}
        at_crossing = crossing.id in row.closure.crossings or at_place
        order = rules.orders[row.order]
        if at_crossing and order in letters and row.end_ms > row.from_ms:
            merged.setdefault((order, row.closure.kind, row.from_ms, row.end_ms, row.until_ms), []).append(row)
    out = []
    for (order, kind, begin, end, until), rows in merged.items():
        start = clock.local(begin)
        stop = facts.horizon + DAY if end >= NEVER else clock.local(end)
        planned = None if until >= NEVER else clock.local(until)
        told = min(clock.local(announced[rows[0].order]), start)
        lines = [
            f"{letters[order]}: {order}",
            _what(facts, rows[0].closure) + _who(facts, [r.closure for r in rows]),
            say("announced {time}", time=facts.words.moment(told)),
            say("from {first} until {last}", first=facts.words.moment(start), last=_end(facts, end)),
        ]
        if until != end:
            lines.append(say("on paper until {time}", time=_end(facts, until)))
        number, words = list(letters).index(order), "\n".join(lines)
        out.append(Bar(letters[order], number, kind, told, start, stop, planned, end < until, words))
    return out


def _what(facts: Facts, closure: Closure) -> str:
    say, number = facts.words.say, facts.words.significant
    kind, value = closure.kind, closure.value
    if kind == "hours":
        return say("hours {value}", value=value)
    if kind == "quota":
        return say("quota {value} a day", value=value)
    if kind not in ("part", "slowed", "deterrent"):
        return facts.words.name(kind)
    terms = terms_of(kind, value)
    if kind == "part":
        return say("open in part, {share} % of the capacity", share=number(100 * terms.capacity))
    if kind == "slowed" and terms.minutes:
        return say("slowed, service takes {minutes} min longer", minutes=number(terms.minutes))
    if kind == "slowed":
        return say("slowed, service takes {factor} times as long", factor=number(terms.factor))
    if terms.kept_away:
        return say("keeps {share} % away", share=number(100 * terms.kept_away))
    return say("deters as {hours} h of waiting would", hours=number(terms.hours))


def _who(facts: Facts, closures: Sequence[Any]) -> str:
    """For whom and in which direction, where it is not everybody."""
    streams = {s for c in closures for s in (c.streams or tuple(facts.streams))}
    ways = {c.direction for c in closures}
    text = ""
    if not streams >= set(facts.streams):
        named = ", ".join(facts.stream_name(s) for s in facts.streams if s in streams)
        text = facts.words.say(" to {groups}", groups=named)
    if len(ways) == 1 and None not in ways:
        text += facts.words.say(", into {country}", country=facts.country(next(iter(ways))))
    return text


def _end(facts: Facts, ms: int) -> str:
    if ms >= NEVER:
        return facts.words.say("further notice")
    when = facts.model.clock.local(ms)
    if when.time() == dt.time(0):
        return f"{facts.words.on(when - DAY, year=True)} 24:00"
    return facts.words.moment(when)


def _notice(facts: Facts) -> str:
    rules, clock = facts.model.rules, facts.model.clock
    words, say = facts.words, facts.words.say
    announced = rules.announced()
    first: dict[int, int] = {}
    for row in rules.rows:
        if row.closure.kind == "closed" and 0 < row.from_ms < clock.horizon_ms:
            first[row.order] = min(first.get(row.order, NEVER), row.from_ms)
    if not first:
        begun = {r.order for r in rules.rows if r.closure.kind == "closed" and r.from_ms <= 0 < r.end_ms}
        if begun:
            return say(
                "Orders that close crossings and are in force when the run begins: {number}. None takes effect later.",
                number=str(len(begun)),
            )
        return say("No order that closes a crossing takes effect within the run.")
    hours = {rules.orders[o]: (at - announced[o]) / 3_600_000 for o, at in first.items()}
    early, late = min(hours, key=lambda o: hours[o]), max(hours, key=lambda o: hours[o])
    days = ", ".join(words.on(d) for d in effect_days(facts))
    ended = {rules.orders[r.order] for r in rules.rows if r.end_ms < min(r.until_ms, clock.horizon_ms) and r.end_ms > 0}
    if len(hours) > 1:
        text = say(
            "{number} orders that close crossings take effect within the run (changes on {days}); notice given ranges from {least} h ({early}) to {most} h ({late}).",
            number=str(len(first)),
            days=days,
            least=words.number(hours[early], 0),
            early=early,
            most=words.number(hours[late], 0),
            late=late,
        )
    else:
        text = say(
            "One order that closes crossings takes effect within the run (changes on {days}); notice given: {hours} h.",
            days=days,
            hours=words.number(hours[early], 0),
        )
    if ended:
        text += " " + say("Ended early because another replaced them: {number}.", number=str(len(ended)))
    return text


def _orders_table(facts: Facts, letters: dict[str, str]) -> CaptionedTable:
    rules, clock = facts.model.rules, facts.model.clock
    words, say = facts.words, facts.words.say
    announced = rules.announced()
    yes = say("yes")
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
        rows.append(
            [
                f"{letter}  {order}",
                f"{', '.join(words.name(k) for k in kinds)}: {names}{_who(facts, [r.closure for r in mine])}",
                words.moment(min(clock.local(announced[number]), clock.local(begin))),
                words.moment(clock.local(begin)),
                _end(facts, end),
                "" if until == end else _end(facts, until),
                yes if any(r.closure.estimated for r in mine) else "",
            ]
        )
    for c in _notes(facts):
        when = [words.moment(c.announced or c.from_), words.moment(c.from_)]
        named = f"{say('note')}  {c.order}"
        rows.append([named, say("noted, without effect here"), *when, "", "", yes if c.estimated else ""])
    zone = say("local time")
    times = [(name, zone) for name in (say("announced"), say("in force from"), say("until"), say("on paper until"))]
    columns = texts(say("order"), say("what and where"), *times, say("a time estimated"))
    note = say("Times of {zone}.", zone=facts.clock)
    return CaptionedTable(say("Orders that act within the run, and notes"), columns, rows, note)


def _notes(facts: Facts) -> list[Closure]:
    return [c for c in facts.model.scenario.closures if c.kind == "note"]


def _sources(facts: Facts, letters: dict[str, str]) -> list[tuple[str, list[str]]]:
    """(order, what it rests on) of those that cite something."""
    rests: dict[str, dict[str, None]] = {order: {} for order in (*letters, *(c.order for c in _notes(facts)))}
    for closure in facts.model.scenario.closures:
        if closure.order in rests and closure.source:
            rests[closure.order][closure.source] = None
    return [(order, list(texts)) for order, texts in rests.items() if texts]
