"""What each order changes: its rows in words, what is left open at its beginning, and who has further to go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from crossings.io.faults import counted
from crossings.kernel.core.layout import FAR
from crossings.model.messages import OrderWording, listed
from crossings.scenario.order_kinds import in_words

if TYPE_CHECKING:
    from crossings.model import Model
    from crossings.model.alternatives import Alternative
    from crossings.model.orders import OrderRow

_FAR = int(FAR)
FURTHEST = 4


def journeys_wanted(model: Model) -> dict[str, list[tuple[int, str, str]]]:
    """Stream → (group, origin, destination or empty) of everybody who may set out, in file order."""
    number = {group: i for i, group in enumerate(model.groups)}
    found: dict[str, dict[tuple[int, str, str], None]] = defaultdict(dict)
    wanted = [(s.stream, s.origin, "") for s in model.scenario.stocks]
    wanted += [(d.stream, d.origin, d.destination or "") for d in model.scenario.demand]
    for stream, origin, end in wanted:
        found[stream][number[stream, end], origin, end] = None
    return defaultdict(list, {stream: list(rows) for stream, rows in found.items()})


def orders_in_words(model: Model, words: OrderWording) -> Iterator[str]:
    """Lines for each order, in the order of their announcement; then the notes."""
    rules = model.rules
    by_order: dict[str, list[OrderRow]] = defaultdict(list)
    for row in rules.rows:
        by_order[rules.orders[row.order]].append(row)
    announced = dict(zip(rules.orders, rules.announced(), strict=True))
    for order in sorted(by_order, key=lambda name: (announced[name], name)):
        rows = by_order[order]
        yield f"{order}, announced {words.begins(announced[order])}"
        yield from _rows(model, rows, words)
        yield from _effects(model, rows, words)
    notes = [c for c in model.scenario.closures if c.kind == "note"]
    if notes:
        yield f"Without effect here, on the timeline only: {listed(dict.fromkeys(c.order for c in notes))}"
    if not by_order and not notes:
        yield "There is no order."


def _rows(model: Model, rows: list[OrderRow], words: OrderWording) -> Iterator[str]:
    """Rows that differ only in crossings or streams are one line."""
    alike: dict[tuple[int, int, int, str, str, str | None], list[OrderRow]] = defaultdict(list)
    for row in rows:
        c = row.closure
        alike[row.from_ms, row.until_ms, row.end_ms, c.kind, c.value, c.direction].append(row)
    for (start, until, end, kind, value, direction), same in alike.items():
        what = in_words(kind, value)
        whom = "; ".join(_targets(model, same, words))
        way = f" into {direction}" if direction else ""
        if kind == "lifted":
            ended = listed(dict.fromkeys(old for row in same for old in row.closure.replaces))
            yield f"    {words.begins(start)}: lifts {ended}{way}{f' at {whom}' if whom else ''}"
            continue
        yield f"    {words.begins(start)} to {_end(model, same[0], until, end, words)}: {what}{way}: {whom}"


def _targets(model: Model, rows: list[OrderRow], words: OrderWording) -> Iterator[str]:
    """Crossings with the streams concerned, streams with the same crossings together; roads; places."""
    crossings, streams = list(model.crossings), list(model.streams)
    for_whom: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for stream in streams:
        hit = {
            c for row in rows if not row.closure.streams or stream in row.closure.streams for c in row.closure.crossings
        }
        if hit:
            for_whom[tuple(c for c in crossings if c in hit)].append(stream)
    for shut, who in for_whom.items():
        yield f"{words.crossings(shut, crossings)} for {'everybody' if len(who) == len(streams) else ' and '.join(who)}"
    roads = dict.fromkeys(r for row in rows for r in row.closure.roads)
    places = dict.fromkeys(p for row in rows for p in row.closure.places)
    if roads:
        yield f"{'roads' if len(roads) > 1 else 'road'} {listed(roads)}"
    if places:
        yield f"{'places' if len(places) > 1 else 'place'} {listed(places)}"


def _end(model: Model, row: OrderRow, until: int, end: int, words: OrderWording) -> str:
    scheduled = "further notice" if until >= _FAR else words.ends(until)
    if end >= until:
        return scheduled
    by = next((name for at, name in model.rules.endings.get(row.closure.order, []) if at == end), "another order")
    if end <= row.from_ms:
        return f"{scheduled} (never in force: {by} replaces it before)"
    return f"{scheduled} (in force until {words.ends(end)}, when {by} replaces it)"


def _effects(model: Model, rows: list[OrderRow], words: OrderWording) -> Iterator[str]:
    """At each time at which closed rows of the order begin: what they shut and open, and who has further to go."""
    for at in sorted({row.from_ms for row in rows if row.closure.kind == "closed" and row.end_ms > row.from_ms}):
        if at >= model.clock.horizon_ms:
            yield f"    {words.begins(at)}: after the end of this run"
            continue
        if at <= 0:
            yield "    in force at the start of this run"
        yield from _at(model, max(at, 0), words)
    if any(row.closure.kind == "closed" and (row.closure.roads or row.closure.places) for row in rows):
        yield "    roads and places: known to all at once; journeys are found again while they are closed"


def _at(model: Model, at: int, words: OrderWording) -> Iterator[str]:
    before, after = _open(model, at - 1), _open(model, at)
    if before == after:
        yield "    changes nothing then: what it closes was closed already"
        return
    crossings = list(model.crossings)
    groups: dict[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]], list[str]] = defaultdict(list)
    for stream in model.streams:
        for way in sorted({g.direction for g in model.gates}):
            was = [
                g.crossing for i, g in enumerate(model.gates) if (g.stream, g.direction) == (stream, way) and before[i]
            ]
            now = [
                g.crossing for i, g in enumerate(model.gates) if (g.stream, g.direction) == (stream, way) and after[i]
            ]
            if was != now:
                shut, opened = tuple(c for c in was if c not in now), tuple(c for c in now if c not in was)
                groups[shut, opened, tuple(now)].append(f"{stream} to {way}")
    for (shut, opened, left), who in groups.items():
        changes = [
            f"{verb} {words.crossings(names, crossings)}"
            for verb, names in (("shuts", shut), ("opens", opened))
            if names
        ]
        still = words.crossings(left, crossings) if left else "nothing"
        yield f"    {', '.join(who)}: {' and '.join(changes)}; open then: {still}"
    yield from _further(model, at, before, after, words)


def _open(model: Model, at: int) -> list[bool]:
    """Whether each gate is open at a time, opening hours aside."""
    return [not any(a <= at < b for a, b in model.rules.shut(gate)) for gate in model.gates]


def _further(model: Model, at: int, before: list[bool], after: list[bool], words: OrderWording) -> Iterator[str]:
    """For each stream, those whose nearest open way changes most."""
    regime = max((r for r, (start, _, _) in enumerate(model.choices.regimes) if start <= at), default=0)
    found: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for stream, wanted in journeys_wanted(model).items():
        for group, origin, destination in wanted:
            chosen = model.choices.sets.get((group, origin), [])
            was, now = _nearest(chosen, before, regime), _nearest(chosen, after, regime)
            if was is now or (was and now and was.crossing == now.crossing and was.destination == now.destination):
                continue
            who = f"{origin} to {destination}" if destination else origin
            found[stream].append(_change(who, was, now, regime, words))
    for stream, changes in found.items():
        changes.sort(key=lambda change: (-abs(change[0]), change[1]))
        yield f"    nearest open way, {stream}:"
        for _, line in changes[:FURTHEST]:
            yield f"        {line}"
        if len(changes) > FURTHEST:
            yield f"        and {counted(len(changes) - FURTHEST, 'other journey')}"


def _change(
    who: str, was: Alternative | None, now: Alternative | None, r: int, words: OrderWording
) -> tuple[float, str]:
    if was is None and now is not None:
        return -np.inf, f"{who}: none before, {_name(now)} {float(now.journey_h[r]):.1f} h now"
    if was is None or now is None:
        last = "" if was is None else f"{_name(was)} {float(was.journey_h[r]):.1f} h before, "
        return np.inf, f"{who}: {last}none now"
    more_h, more_km = float(now.journey_h[r] - was.journey_h[r]), float(now.journey_km[r] - was.journey_km[r])
    return (
        more_h,
        f"{who}: {_name(was)} {float(was.journey_h[r]):.1f} h before, {_name(now)} {float(now.journey_h[r]):.1f} h now ({more_h:+z.1f} h, {words.more(more_km)})",
    )


def _name(a: Alternative) -> str:
    return a.crossing or a.destination


def _nearest(chosen: list[Alternative], is_open: list[bool], regime: int) -> Alternative | None:
    usable = [a for a in chosen if np.isfinite(a.journey_h[regime]) and (a.gate < 0 or is_open[a.gate])]
    return min(usable, key=lambda a: (float(a.journey_h[regime]), a.crossing, a.destination), default=None)
