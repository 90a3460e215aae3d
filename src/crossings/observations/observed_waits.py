"""Servers and service times of a control where only counts and waits are published (docs/model.md, section "Lanes from waits").

In hours in which somebody always waits, what is counted is what the control can do: a renewal process, whose count has the
mean c T / s and nearly the variance cv² c T / s (Cox 1962). In lighter hours the wait tells how busy it is, by the
approximation of Sakasegawa (1977) for a queue with c servers, turned round.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from crossings.importers.counts import Wait
from crossings.scenario import Lane, Observation

__all__ = ["Estimate", "estimate", "load_of", "stationary_wait_h", "to_lane"]

HOUR = dt.timedelta(hours=1)
GAP_H = 3.0  # between two reports that are not further apart the wait is taken as linear
KNOWN = 0.75  # share of a period for which waits must be known
LEAST = 8  # light hours from which the number of servers may be read
MOST_SERVERS = 60
CHI2 = 3.841  # 95th percentile of chi-squared with one degree of freedom
ROUNDED_MIN = 5.0  # a wait of 0 may be one of up to so many minutes


@dataclass(frozen=True)
class Estimate:
    """What counts and waits tell of a control. Each figure has a 95% interval, (low, high).

    capacity_per_h: units served in an hour by all servers. service_min: minutes for one unit at one server. servers_by:
    "reported", "given", "waits" (read from light hours) or "none" (1 is taken: only the capacity is known).
    method: "busy" or "light" hours. periods, hours: how much of the counts was used; unit: of the counts.
    """

    crossing: str
    direction: str
    stream: str
    unit: str
    capacity_per_h: float
    capacity_interval: tuple[float, float]
    servers: int
    servers_interval: tuple[int, int]
    servers_by: str
    service_min: float
    service_interval: tuple[float, float]
    method: str
    periods: int
    hours: float


@dataclass(frozen=True)
class _Period:
    """A count over a time, with the wait (h) in each of its known hours, the least of all, and the servers that were open."""

    count: float
    hours: float
    waits: tuple[float, ...]
    least: float
    servers: float | None


def stationary_wait_h(load: float, servers: int, capacity_per_h: float, cv: float = 1.0) -> float:
    """Mean wait in hours of a queue with Poisson arrivals (Sakasegawa 1977): k ρ^(√(2(c+1)) − 1) / (C (1 − ρ)), k = (1 + cv²)/2.

    For one server and cv 1 it is exact:

    >>> stationary_wait_h(0.8, 1, 30.0) == 0.8 / (30.0 * (1 - 0.8))
    True
    """
    power: float = load ** (math.sqrt(2 * (servers + 1)) - 1)
    return (1 + cv * cv) / 2 * power / (capacity_per_h * (1 - load))


def load_of(wait_h: float, servers: int, capacity_per_h: float, cv: float = 1.0) -> float:
    """The load ρ below 1 at which the stationary wait is ``wait_h``.

    >>> round(load_of(stationary_wait_h(0.7, 4, 60.0), 4, 60.0), 9)
    0.7
    """
    return _bisect(lambda load: stationary_wait_h(load, servers, capacity_per_h, cv) - wait_h, 0.0, 1.0 - 1e-12)


def estimate(
    counts: Iterable[Observation],
    waits: Iterable[Wait],
    *,
    servers: int | None = None,
    cv: float = 1.0,
    busy_min: float = 15.0,
    lane: str = "standard",
) -> tuple[list[Estimate], list[str]]:
    """An estimate for each (crossing, stream) with counts and waits, and a note for each that has none.

    counts: of one crossing and one stream each; others are passed over. servers: where no report says how many were open.
    cv: of the service time. busy_min: a wait from which the control counts as never idle. lane: which reports are used.
    """
    reports: dict[tuple[str, str], list[Wait]] = {}
    for wait in waits:
        if wait.lane in ("", lane):
            reports.setdefault((wait.crossing, wait.stream), []).append(wait)
    rows: dict[tuple[str, str], list[Observation]] = {}
    for count in counts:
        if len(count.crossings) == len(count.streams) == 1 and count.what != "waiting" and count.status != "off-model":
            rows.setdefault((count.crossings[0], count.streams[0]), []).append(count)
    found, notes = [], []
    for key in sorted(reports.keys() | rows.keys()):
        if key not in rows or key not in reports:
            notes.append(f"{key[0]}, {key[1]}: {'waits without counts' if key in reports else 'counts without waits'}")
            continue
        units = {row.unit for row in rows[key]}
        unit = "vehicles" if "vehicles" in units else "persons"
        some = [row for row in rows[key] if row.unit == unit]
        periods = [p for row in some if (p := _period(row, reports[key])) is not None]
        direction = reports[key][0].direction or some[0].direction or ""
        one = _estimate((key[0], direction, key[1], unit), periods, servers, cv, busy_min / 60)
        if one is None:
            notes.append(f"{key[0]}, {key[1]}: no count with waits for {KNOWN:.0%} of its time")
            continue
        found.append(one)
        if len(periods) < len(some):
            notes.append(f"{key[0]}, {key[1]}: {len(some) - len(periods)} of {len(some)} counts have too few waits")
    return found, notes


def to_lane(one: Estimate, cv: float = 1.0) -> Lane:
    """A row of lanes.csv; its source says how it was estimated."""
    low, high = one.service_interval
    by = {"reported": "as reported", "given": "as given", "waits": "from light hours", "none": "not known, 1 taken"}
    return Lane(
        id=f"{one.crossing}-{one.stream}-into-{one.direction}"[:80],
        crossing=one.crossing,
        direction=one.direction,
        streams=(one.stream,),
        servers=one.servers,
        service_min_mean=min(round(one.service_min, 4), 1e6),
        service_cv=cv,
        source=(
            f"estimated from {one.periods} counts and waits, {one.method} hours: {low:.3g} to {high:.3g} minutes (95%); "
            f"servers {by[one.servers_by]}"
        ),
        estimated=True,
    )


def _period(row: Observation, reports: Sequence[Wait]) -> _Period | None:
    """A count with its waits, hour by hour; None where too little is known."""
    ordered = sorted(reports, key=lambda w: w.at)
    hours = (row.until - row.from_) / HOUR
    number = max(1, round(hours))
    edges = [row.from_ + (row.until - row.from_) * k / number for k in range(number + 1)]
    at_edges = [_wait_at(ordered, edge) for edge in edges]
    middles = [_wait_at(ordered, a + (b - a) / 2) for a, b in itertools.pairwise(edges)]
    known = [wait for wait in middles if wait is not None]
    if hours <= 0 or len(known) < KNOWN * number:
        return None
    inside = [w.wait_min / 60 for w in ordered if row.from_ <= w.at <= row.until]
    least = min([w for w in (*at_edges, *middles, *inside) if w is not None])
    missing = any(w is None for w in (*at_edges, *middles))
    open_ = [w.lanes_open for w in ordered if row.from_ <= w.at <= row.until and w.lanes_open is not None]
    lanes = statistics.fmean(open_) if open_ else None
    return _Period(row.count, hours, tuple(known), 0.0 if missing else least, lanes or None)


def _wait_at(ordered: Sequence[Wait], when: dt.datetime) -> float | None:
    """Hours of waiting at a time, linear between two reports; None where they are too far apart or there is none."""
    before = [w for w in ordered if w.at <= when]
    after = [w for w in ordered if w.at >= when]
    if not before or not after:
        near = (before or after)[-1 if before else 0] if before or after else None
        return near.wait_min / 60 if near is not None and abs(near.at - when) <= HOUR else None
    a, b = before[-1], after[0]
    gap = (b.at - a.at) / HOUR
    if gap > GAP_H:
        return None
    share = ((when - a.at) / HOUR) / gap if gap else 0.0
    return (a.wait_min + share * (b.wait_min - a.wait_min)) / 60


def _estimate(
    what: tuple[str, str, str, str], periods: list[_Period], given: int | None, cv: float, busy_h: float
) -> Estimate | None:
    """``what``: crossing, direction, stream, unit."""
    periods = [p for p in periods if p.count > 0]
    if not periods:
        return None
    reported = [p.servers for p in periods if p.servers]
    c, by = (
        (max(1, round(statistics.median(reported))), "reported")
        if reported
        else (given or 1, "given" if given else "none")
    )
    busy = [p for p in periods if p.least >= busy_h]
    span = (c, c)
    if busy:
        # Each period weighs with the servers that were open in it; the capacity is that of c of them.
        time = sum(p.hours * (p.servers / c if p.servers else 1.0) for p in busy)
        capacity = sum(p.count for p in busy) / time
        interval = _busy_interval(busy, c, capacity, cv)
        if by == "none":
            c, span, by = _servers_by_waits(periods, capacity, cv, busy_h)
        used, method = busy, "busy"
    else:
        capacity, interval = _light(periods, c, cv)
        used, method = periods, "light"
    low, high = interval
    return Estimate(
        *what,
        capacity_per_h=capacity,
        capacity_interval=interval,
        servers=c,
        servers_interval=span,
        servers_by=by,
        service_min=60 * c / capacity,
        service_interval=(60 * span[0] / high, 60 * span[1] / low if low > 0 else math.inf),
        method=method,
        periods=len(used),
        hours=sum(p.hours for p in used),
    )


def _busy_interval(busy: list[_Period], c: int, capacity: float, cv: float) -> tuple[float, float]:
    """95% interval of the capacity; the spread between periods counts where it is larger than that of service times."""
    from scipy.stats import t

    expected = [capacity * p.hours * (p.servers / c if p.servers else 1.0) for p in busy]
    n = len(busy)
    pearson = sum((p.count - e) ** 2 / e for p, e in zip(busy, expected, strict=True)) / (n - 1) if n > 1 else 0.0
    spread = max(cv * cv, pearson, 1e-9)
    factor = math.exp(float(t.ppf(0.975, n - 1 if n > 1 else 1e9)) * math.sqrt(spread / sum(p.count for p in busy)))
    return capacity / factor, capacity * factor


def _servers_by_waits(
    periods: list[_Period], capacity: float, cv: float, busy_h: float
) -> tuple[int, tuple[int, int], str]:
    """Servers from waits in light hours, by least squares of their logarithms; those that a likelihood ratio does not exclude."""
    light = [
        (p.count / (capacity * p.hours), statistics.fmean(p.waits))
        for p in periods
        if p.hours <= 2 and 0 < statistics.fmean(p.waits) < busy_h and 0.05 < p.count / (capacity * p.hours) < 0.98
    ]
    if len(light) < LEAST:
        return 1, (1, MOST_SERVERS), "none"
    off = {
        c: sum(
            (math.log(wait) - math.log(max(1e-9, stationary_wait_h(load, c, capacity, cv)))) ** 2
            for load, wait in light
        )
        for c in range(1, MOST_SERVERS + 1)
    }
    best = min(off, key=lambda c: off[c])
    n = len(light)
    kept = [c for c, value in off.items() if n * math.log(max(value, 1e-12) / max(off[best], 1e-12)) <= CHI2]
    return best, (min(kept), max(kept)), "waits"


def _light(periods: list[_Period], c: int, cv: float) -> tuple[float, tuple[float, float]]:
    """Capacity at which the loads that the waits tell make up the counts; its interval holds what a wait of 0 may hide."""
    total = sum(p.count for p in periods)
    positive = [w for p in periods for w in p.waits if w > 0]
    hidden = min([ROUNDED_MIN / 60, *(w / 2 for w in positive)])

    def capacity_for(zero_h: float, count: float) -> float:
        def missing(log_capacity: float) -> float:
            capacity = math.exp(log_capacity)
            served = sum(
                p.hours / len(p.waits) * load_of(wait if wait > 0 else zero_h, c, capacity, cv) * capacity
                for p in periods
                for wait in p.waits
            )
            return served - count

        return math.exp(_bisect(missing, math.log(1e-4), math.log(1e6)))

    spread = 1.96 * math.sqrt(max(1.0, cv * cv) * total)
    low = capacity_for(hidden, max(total - spread, 0.5))
    high = capacity_for(0.0, total + spread) if any(w > 0 for p in periods for w in p.waits) else math.inf
    return capacity_for(hidden / 2, total), (low, high)


def _bisect(rising: Callable[[float], float], low: float, high: float) -> float:
    """Where a rising function is zero, to 12 digits; an end where it is not."""
    for _ in range(100):
        middle = (low + high) / 2
        if rising(middle) < 0:
            low = middle
        else:
            high = middle
        if high - low <= 1e-13 * max(1.0, abs(middle)):
            break
    return (low + high) / 2
