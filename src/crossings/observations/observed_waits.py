"""Servers and service times of a control where only counts and waits are published (docs/model.md, section "Lanes from waits").

In hours in which somebody always waits, what is counted is what the control can do: a renewal process, whose count has the
mean c T / s and nearly the variance cv² c T / s (Cox 1962). In lighter hours the wait tells how busy it is, by the
approximation of Sakasegawa (1977) for a queue with c servers, turned round.

An interval is of the capacity in a period like those counted: it holds what service times leave open, and how far the
periods differ beyond that.
"""

from __future__ import annotations

import datetime as dt
import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from crossings.importers.counts import Wait
from crossings.io.faults import counted
from crossings.scenario import Lane, Observation

Numbers = npt.NDArray[np.float64]

HOUR = dt.timedelta(hours=1)
EPOCH = dt.datetime(1970, 1, 1)
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
    waits: Numbers
    least: float
    servers: float | None


class _Reports:
    """The waits of one control in order of time: hours since 1970, hours of waiting, servers open (nan where not said)."""

    def __init__(self, waits: Sequence[Wait]) -> None:
        known = sorted((w for w in waits if w.wait_min is not None), key=lambda w: w.at)
        self.at = np.array([(w.at - EPOCH) / HOUR for w in known])
        self.wait = np.array([(w.wait_min or 0.0) / 60 for w in known])
        self.servers = np.array([math.nan if w.lanes_open is None else w.lanes_open for w in known], float)

    def within(self, first: float, until: float) -> slice:
        """The reports from ``first`` to ``until``, both included."""
        return slice(int(np.searchsorted(self.at, first)), int(np.searchsorted(self.at, until, side="right")))

    def at_times(self, when: Numbers) -> Numbers:
        """Hours of waiting, linear between two reports; nan where they are too far apart or there is none."""
        if not len(self.at):
            return np.full(len(when), np.nan)
        after = np.searchsorted(self.at, when)
        before = np.searchsorted(self.at, when, side="right") - 1
        a, b = np.clip(before, 0, None), np.clip(after, None, len(self.at) - 1)
        gap = self.at[b] - self.at[a]
        share = np.divide(when - self.at[a], gap, out=np.zeros(len(when)), where=gap > 0)
        found: Numbers = self.wait[a] + share * (self.wait[b] - self.wait[a])
        found[gap > GAP_H] = np.nan
        for beyond, near in ((before < 0, b), (after >= len(self.at), a)):
            close = np.abs(self.at[near] - when) <= 1.0
            found = np.where(beyond, np.where(close, self.wait[near], np.nan), found)
        return found


def stationary_wait_h(load: float, servers: int, capacity_per_h: float, cv: float = 1.0) -> float:
    """Mean wait in hours of a queue with Poisson arrivals (Sakasegawa 1977): k ρ^(√(2(c+1)) − 1) / (C (1 − ρ)), k = (1 + cv²)/2.

    For one server and cv 1 it is exact:

    >>> stationary_wait_h(0.8, 1, 30.0) == 0.8 / (30.0 * (1 - 0.8))
    True
    """
    power: float = load ** (math.sqrt(2 * (servers + 1)) - 1)
    return (1 + cv * cv) / 2 * power / (capacity_per_h * (1 - load))


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
    others: dict[tuple[str, str], set[str]] = {}
    for wait in waits:
        if wait.lane not in ("", lane):
            others.setdefault((wait.crossing, wait.stream), set()).add(wait.lane)
        else:
            reports.setdefault((wait.crossing, wait.stream), []).append(wait)
    rows: dict[tuple[str, str], list[Observation]] = {}
    for count in counts:
        if len(count.crossings) == len(count.streams) == 1 and count.what != "waiting" and count.status != "off-model":
            rows.setdefault((count.crossings[0], count.streams[0]), []).append(count)
    found, notes = [], []
    for key in sorted(reports.keys() | rows.keys()):
        if key in rows and key not in reports and key in others:
            there = sorted(others[key])
            notes.append(
                f"{key[0]}, {key[1]}: no report of {lane} lanes; there are {', '.join(there)}: --lane {there[0]}"
            )
            continue
        if key not in rows or key not in reports:
            notes.append(f"{key[0]}, {key[1]}: {'waits without counts' if key in reports else 'counts without waits'}")
            continue
        units = {row.unit for row in rows[key]}
        unit = "vehicles" if "vehicles" in units else "persons"
        some = [row for row in rows[key] if row.unit == unit]
        known = _Reports(reports[key])
        periods = [p for row in some if (p := _period(row, known)) is not None]
        direction = reports[key][0].direction or some[0].direction or ""
        one = _estimate((key[0], direction, key[1], unit), periods, servers, cv, busy_min / 60)
        if one is None:
            notes.append(f"{key[0]}, {key[1]}: no count with waits for {KNOWN:.0%} of its time")
            continue
        found.append(one)
        if len(periods) < len(some):
            notes.append(
                f"{key[0]}, {key[1]}: too few waits for {len(some) - len(periods)} of {counted(len(some), 'count')}"
            )
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
            f"estimated from {counted(one.periods, 'count')} and waits, {one.method} hours: {low:.3g} to {high:.3g} minutes (95%); "
            f"servers {by[one.servers_by]}"
        ),
        estimated=True,
    )


def _period(row: Observation, reports: _Reports) -> _Period | None:
    """A count with its waits, hour by hour; None where too little is known."""
    first, until = (row.from_ - EPOCH) / HOUR, (row.until - EPOCH) / HOUR
    number = max(1, round(until - first))
    edges = np.linspace(first, until, number + 1)
    at_edges, middles = reports.at_times(edges), reports.at_times((edges[:-1] + edges[1:]) / 2)
    known = middles[np.isfinite(middles)]
    if until <= first or len(known) < KNOWN * number:
        return None
    inside = reports.within(first, until)
    every = np.concatenate([at_edges, middles])
    least = float(np.min(np.concatenate([every[np.isfinite(every)], reports.wait[inside]])))
    open_ = reports.servers[inside]
    open_ = open_[np.isfinite(open_)]
    lanes = float(open_.mean()) if len(open_) else None
    return _Period(row.count, until - first, known, least if np.isfinite(every).all() else 0.0, lanes or None)


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
        times = [p.hours * (p.servers / c if p.servers else 1.0) for p in busy]
        capacity = sum(p.count for p in busy) / sum(times)
        rates = [p.count / time for p, time in zip(busy, times, strict=True)]
        interval = _interval(capacity, rates, [cv * cv / p.count for p in busy])
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


def _interval(capacity: float, rates: Sequence[float], variances: Sequence[float]) -> tuple[float, float]:
    """95% interval of the capacity in a period like those seen, on the scale of its logarithm.

    rates: what each period alone tells. variances: of their logarithms, as far as service times make them. What the rates
    differ beyond that is a difference of periods, which the next one has as well; the mean of all does not take it away.
    """
    from scipy.special import stdtrit

    n = len(rates)
    logs, own = np.log(np.maximum(rates, 1e-9)), np.array(variances)
    seen = float(logs.var(ddof=1)) if n > 1 else 0.0
    between = max(0.0, seen - float(own.mean()))
    mean = max(1.0 / float((1.0 / np.maximum(own, 1e-12)).sum()), seen / n)
    factor = math.exp(float(stdtrit(n - 1 if n > 1 else 1e9, 0.975)) * math.sqrt(max(mean + between, 1e-12)))
    return capacity / factor, capacity * factor


def _servers_by_waits(
    periods: list[_Period], capacity: float, cv: float, busy_h: float
) -> tuple[int, tuple[int, int], str]:
    """Servers from waits in light hours, by least squares of their logarithms; those that a likelihood ratio does not exclude."""
    light = [
        (p.count / (capacity * p.hours), float(p.waits.mean()))
        for p in periods
        if p.hours <= 2 and 0 < p.waits.mean() < busy_h and 0.05 < p.count / (capacity * p.hours) < 0.98
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
    waits = np.concatenate([p.waits for p in periods])
    shares = np.concatenate([np.full(len(p.waits), p.hours / len(p.waits)) for p in periods])
    positive = waits[waits > 0]
    hidden = min([ROUNDED_MIN / 60, *([float(positive.min()) / 2] if len(positive) else [])])

    def capacity_for(waits: Numbers, shares: Numbers, zero_h: float, count: float) -> float:
        """The capacity that serves ``count`` where each wait stands for so many hours."""
        values, at = np.unique(np.where(waits > 0, waits, zero_h), return_inverse=True)
        hours = np.bincount(at.ravel(), weights=shares)

        def missing(log_capacity: float) -> float:
            capacity = math.exp(log_capacity)
            return float((hours * _loads(values, c, capacity, cv)).sum()) * capacity - count

        return math.exp(_bisect(missing, math.log(1e-4), math.log(1e6)))

    spread = 1.96 * math.sqrt(max(1.0, cv * cv) * total)
    low = capacity_for(waits, shares, hidden, max(total - spread, 0.5))
    high = capacity_for(waits, shares, 0.0, total + spread) if len(positive) else math.inf
    best = capacity_for(waits, shares, hidden / 2, total)
    if len(periods) > 1:
        alone = [
            capacity_for(p.waits, np.full(len(p.waits), p.hours / len(p.waits)), hidden / 2, p.count) for p in periods
        ]
        apart = _interval(best, alone, [max(1.0, cv * cv) / p.count for p in periods])
        # What a wait of 0 hides and what the periods differ by are no one error: the wider end of either holds.
        low, high = min(low, apart[0]), max(high, apart[1])
    return best, (low, high)


def _loads(waits: Numbers, servers: int, capacity_per_h: float, cv: float) -> Numbers:
    """The load ρ below 1 at which the stationary wait is each of these, h; 0 for a wait of 0."""
    power = math.sqrt(2 * (servers + 1)) - 1
    scale = (1 + cv * cv) / 2 / capacity_per_h
    low, high = np.zeros(len(waits)), np.full(len(waits), 1.0 - 1e-12)
    for _ in range(50):
        middle = (low + high) / 2
        below = scale * middle**power < waits * (1 - middle)
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    found: Numbers = (low + high) / 2
    return found


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
