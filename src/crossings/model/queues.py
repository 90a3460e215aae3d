"""Lanes to queues, opening hours to shifts (docs/model.md, section 6)."""

from __future__ import annotations

import datetime as dt
import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any

from numpy.typing import NDArray

from crossings.kernel.core.layout import DAY_MS, FAR, QUEUE, SHIFT
from crossings.model.hashes import records
from crossings.model.orders import Gate, OrderRow, Rules
from crossings.scenario import Clock, OpeningHours, Scenario
from crossings.scenario.entities import Lane
from crossings.scenario.ids import name_hash
from crossings.scenario.order_kinds import Terms

_FAR = int(FAR)
_LONG_AGO = -_FAR
_START, _END = itemgetter(0), itemgetter(1)
Shift = tuple[int, int, int, float, float, int, int]  # open, close, servers, mean ms, cv, day, quota: as SHIFT has them
LOOK_AHEAD_DAYS = 400  # past the end of demand, whatever the drain, so that no choice depends on the horizon


@dataclass(frozen=True, slots=True)
class Queue:
    """Lanes of one (crossing, direction, side, set of streams), in order of validity."""

    name: str
    crossing: str
    direction: str
    side: str
    streams: tuple[str, ...]
    lanes: tuple[Lane, ...]
    zone: str


def queues_of(scenario: Scenario, clock: Clock) -> list[Queue]:
    """All queues, sorted by name."""
    found: dict[tuple[str, str, str, tuple[str, ...]], list[Lane]] = defaultdict(list)
    for lane in scenario.lanes:
        found[lane.crossing, lane.direction, lane.side, tuple(sorted(lane.streams))].append(lane)
    sides = _sides(scenario)
    queues = []
    for (crossing, direction, side, streams), lanes in found.items():
        a, b = sides[crossing]
        other = a if direction == b else b
        zone = clock.zone_of(direction if side == "entry" else other)
        lanes.sort(key=lambda lane: lane.valid_from or dt.datetime.min)
        queues.append(
            Queue(
                "|".join((crossing, direction, side, ";".join(streams))),
                crossing,
                direction,
                side,
                streams,
                tuple(lanes),
                zone,
            )
        )
    return sorted(queues, key=lambda queue: queue.name)


def _sides(scenario: Scenario) -> dict[str, tuple[str, str]]:
    border = {b.id: (b.country_a, b.country_b) for b in scenario.borders}
    return {c.id: border[c.border] for c in scenario.crossings}


def find_gates(scenario: Scenario, queues: list[Queue]) -> list[Gate]:
    """All gates, by (stream in file order, crossing, direction): a crossing without lanes in a direction is free to all."""
    at: dict[tuple[str, str], list[Queue]] = defaultdict(list)
    for queue in queues:
        at[queue.crossing, queue.direction].append(queue)
    sides = _sides(scenario)
    gates = []
    for stream in scenario.settings.streams:
        for crossing in scenario.crossings:
            a, b = sides[crossing.id]
            for direction, left, near, far in (
                (a, b, crossing.place_b, crossing.place_a),
                (b, a, crossing.place_a, crossing.place_b),
            ):
                here = at[crossing.id, direction]
                mine = {queue.side: queue.name for queue in here if stream in queue.streams}
                if mine or not here:
                    gates.append(
                        Gate(
                            crossing.id, direction, left, stream, near, far, mine.get("exit", ""), mine.get("entry", "")
                        )
                    )
    return gates


def queue_tables(queues: list[Queue], gates: list[Gate], rules: Rules) -> tuple[NDArray[Any], NDArray[Any]]:
    """Queues and their shifts as the kernel reads them (QUEUE, SHIFT)."""
    out: list[tuple[int, ...]] = []
    shifts: list[Shift] = []
    free = 0
    meeting: dict[str, list[Gate]] = defaultdict(list)
    for gate in gates:
        for name in {gate.exit_queue, gate.entry_queue} - {""}:
            meeting[name].append(gate)
    for queue in queues:
        mine = _shifts(queue, meeting[queue.name], rules)
        servers = max([1, *(shift[2] for shift in mine)])
        out.append((name_hash(f"queue:{queue.name}"), len(shifts), len(shifts) + len(mine), free, free + servers))
        shifts += mine
        free += servers
    return records(QUEUE, out), records(SHIFT, shifts)


def _shifts(queue: Queue, gates: list[Gate], rules: Rules) -> list[Shift]:
    """The shifts of a queue of some gates: lane hours, cut by orders, split at local midnights where there is a quota."""
    clock = rules.clock
    hours_rows, quota_rows, pace_rows = _limits(queue, gates, rules)
    has_quota = bool(quota_rows) or any(lane.quota_per_day is not None for lane in queue.lanes)
    found: list[Shift] = []
    for lane in queue.lanes:
        begin = _LONG_AGO if lane.valid_from is None else clock.to_ms(lane.valid_from)
        end = _FAR if lane.valid_until is None else clock.to_ms(lane.valid_until)
        spans = [
            (max(a, begin), min(b, end))
            for a, b in _opening(lane.hours, queue.zone, clock, whole=not has_quota)
            if min(b, end) > max(a, begin)
        ]
        for row in hours_rows:
            spans = _restricted(spans, row, queue.zone, clock)
        cutting = quota_rows + pace_rows
        if cutting:
            spans = list(_cut(spans, [t for row in cutting for t in (row.from_ms, row.end_ms)]))
        plain = _terms(lane, [])
        for a, b in spans:
            now = [row.terms for row in cutting if row.from_ms <= a < row.end_ms]
            servers, mean_ms, quota = _terms(lane, now) if now else plain
            day = clock.local(a, queue.zone).toordinal() if has_quota else 0
            found.append((a, b, servers, mean_ms, lane.service_cv, day, quota))
    found.sort(key=itemgetter(0))
    merged: list[Shift] = []
    for shift in found:
        if merged and merged[-1][1] == shift[0] and merged[-1][2:] == shift[2:]:
            merged[-1] = (merged[-1][0], *shift[1:])
        else:
            merged.append(shift)
    return merged


def _terms(lane: Lane, terms: Sequence[Terms]) -> tuple[int, float, int]:
    """Servers, mean service in ms and quota (−1: none) under the orders in force: of those alike the one that leaves least
    counts.

    Of a part of the capacity the servers are rounded up, and service takes so much longer that exactly that part is left.
    """
    mean = max([lane.service_min_mean * max(1.0, t.factor) + t.minutes for t in terms], default=lane.service_min_mean)
    share = min([t.capacity for t in terms], default=1.0)
    servers = lane.servers
    if share < 1.0 and servers > 0:
        servers = max(1, math.ceil(share * lane.servers - 1e-9))
        mean *= servers / (share * lane.servers)
    quotas = [quota for quota in (lane.quota_per_day, *(t.quota for t in terms)) if quota is not None]
    return servers, mean * 60_000.0, min(quotas, default=-1)


def _limits(queue: Queue, gates: list[Gate], rules: Rules) -> tuple[list[OrderRow], list[OrderRow], list[OrderRow]]:
    """The rows that act on a queue: of hours, of quotas, and of its pace.

    Hours and parts act on both controls; quotas and slowing on entry, or on exit where there is no entry.
    """
    last = [g for g in gates if queue.name == (g.entry_queue or g.exit_queue)]

    def acting(some: list[Gate], kind: str) -> list[OrderRow]:
        found = {(row.closure.id, row.end_ms): row for g in some for row in rules.acting_on(g, kind)}
        return [row for row in found.values() if row.end_ms > row.from_ms]

    return acting(gates, "hours"), acting(last, "quota"), acting(gates, "part") + acting(last, "slowed")


@lru_cache(maxsize=64)
def _opening(text: str, zone: str, clock: Clock, *, whole: bool = False) -> tuple[tuple[int, int], ...]:
    """The opening intervals over the run, ms, one for each local day's ranges (or one for all where always open)."""
    hours = OpeningHours.parse(text)
    if whole and hours.always_open:
        return ((_LONG_AGO, _FAR),)
    spans: list[tuple[int, int]] = []
    for date, midnight, following in _days(zone, clock):
        for first, last in hours.intervals(date):
            if following - midnight == DAY_MS and last <= 1440:
                spans.append((midnight + first * 60_000, midnight + last * 60_000))
                continue
            local = dt.datetime(date.year, date.month, date.day)  # a day on which the clock changes
            a = clock.to_ms(local + dt.timedelta(minutes=first), zone)
            b = clock.to_ms(local + dt.timedelta(minutes=last), zone)
            if b > a:
                spans.append((a, b))
    spans.sort()
    joined: list[tuple[int, int]] = []
    for a, b in spans:
        if joined and a <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(b, joined[-1][1]))
        else:
            joined.append((a, b))
    return tuple(joined if whole else _cut(joined, [midnight for _, midnight, _ in _days(zone, clock)]))


@lru_cache(maxsize=64)
def _days(zone: str, clock: Clock) -> tuple[tuple[dt.date, int, int], ...]:
    """The local days for which shifts are listed, from one before the start to so many after the end of demand.

    Each as (date, its midnight, the next midnight), ms.
    """
    one = dt.timedelta(days=1)
    first = clock.local(0, zone).date() - one
    last = clock.local(max(0, clock.end_ms - 1), zone).date() + LOOK_AHEAD_DAYS * one
    dates = [first + k * one for k in range((last - first).days + 2)]
    nights = [clock.to_ms(dt.datetime(d.year, d.month, d.day), zone) for d in dates]
    return tuple(zip(dates, nights, nights[1:], strict=False))


def _cut(spans: list[tuple[int, int]], times: list[int]) -> Iterator[tuple[int, int]]:
    """The spans, split at the given times."""
    marks = sorted(set(times))
    for a, b in spans:
        inside = marks[bisect_right(marks, a) : bisect_left(marks, b)]
        yield from zip([a, *inside], [*inside, b], strict=True)


def _restricted(spans: list[tuple[int, int]], row: OrderRow, zone: str, clock: Clock) -> list[tuple[int, int]]:
    """The spans (in order, apart from one another), within [from, end) of an hours row only where its opening hours allow."""
    allowed = _opening(row.closure.value, zone, clock, whole=True)
    first, last = bisect_right(spans, row.from_ms, key=_END), bisect_left(spans, row.end_ms, key=_START)
    inside: list[tuple[int, int]] = []
    for a, b in _cut(spans[first:last], [row.from_ms, row.end_ms]):
        if not row.from_ms <= a < row.end_ms:
            inside.append((a, b))
            continue
        at = bisect_right(allowed, a, key=_END)
        while at < len(allowed) and allowed[at][0] < b:
            inside.append((max(a, allowed[at][0]), min(b, allowed[at][1])))
            at += 1
    return [*spans[:first], *inside, *spans[last:]]
