"""The answer to "what if these crossings close": figures by crossing and day, beds, who else is affected.

Made from a comparison alone, for the time in which the compared orders are in force. Command line, report, brief and page
read it from here, so they show the same figures.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from crossings.store.results import band


@dataclass(frozen=True, slots=True)
class Figure:
    """Mean over runs, and the 5th, 50th and 95th percentile of the runs."""

    mean: float
    p05: float
    p50: float
    p95: float

    @classmethod
    def of(cls, values: Any) -> Figure:
        """Of one value a run [K]; runs without a value (nan) are left out."""
        found = band(np.asarray(values, float))
        return cls(*(float(found[b]) for b in ("mean", "p05", "p50", "p95")))

    @property
    def known(self) -> bool:
        """Whether any run has a value."""
        return bool(np.isfinite(self.mean))

    def to_json(self) -> dict[str, float | None]:
        """The four numbers; null where no run has a value."""
        return {b: getattr(self, b) if np.isfinite(getattr(self, b)) else None for b in ("mean", "p05", "p50", "p95")}


@dataclass(frozen=True, slots=True)
class CrossingAnswer:
    """One crossing while the compared orders are in force.

    closed: it is shut to the group all that time; ordered: the compared orders name it. across: travellers of the whole run.
    processed, arrived, without [days]:
    travellers a day with the orders, and processed without them; waiting: at the day's end; wait_h: mean hours of those who join
    that day. most_waiting: at a day's end, on the worst day of each run. longest_wait: hours, mean of those who join on a day, on
    the worst day of each run. needed: officers (servers) that keep the wait under the target, on the worst day on average;
    on_duty: servers then; needed_a_day, on_duty_a_day [days]: the same on each day. closes, opens: when the first of the compared
    orders takes effect it is shut to the group and was not without them, or the other way round; limited: the orders do not close
    it, and slow it, leave part of it, set hours or a number, or deter; everybody: it is shut to every group then.
    """

    id: str
    name: str
    closed: bool
    ordered: bool
    across: Figure
    processed: tuple[Figure, ...]
    arrived: tuple[Figure, ...]
    without: tuple[Figure, ...]
    waiting: tuple[Figure, ...]
    wait_h: tuple[Figure, ...]
    most_waiting: Figure
    most_waiting_day: dt.date
    longest_wait: Figure
    longest_wait_day: dt.date
    needed: Figure
    needed_day: dt.date
    on_duty: int
    needed_a_day: tuple[Figure, ...] = ()
    on_duty_a_day: tuple[int, ...] = ()
    closes: bool = False
    opens: bool = False
    limited: bool = False
    everybody: bool = False

    @property
    def gain(self) -> float:
        """Processed with the orders less without them, mean over runs, all days."""
        return sum(f.mean for f in self.processed) - sum(f.mean for f in self.without)


@dataclass(frozen=True, slots=True)
class Beds:
    """A place that takes people in: persons at a day's end. present [all days in force]: mean of the runs; most: on the day
    on which it is highest, so that its range is of that one day; full_on: the first day on which ``present`` fills all beds."""

    id: str
    name: str
    capacity: float
    present: tuple[tuple[dt.date, float], ...]
    most: Figure
    most_day: dt.date
    full_on: dt.date | None

    def share(self, persons: float) -> float:
        """Share of the beds that so many take; in whole persons, as they are shown, so that colour and figure agree."""
        return math.floor(persons + 0.5) / self.capacity if self.capacity > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Affected:
    """Another group: travellers who cross elsewhere because of the orders, and who do not travel, in its own unit."""

    stream: str
    name: str
    unit: str
    elsewhere: Figure
    not_made: Figure


@dataclass(frozen=True)
class Answer:
    """Everything that the first screen of a report says of one group of travellers. runs: 0 where the figures are expected
    flows, which have no range; baseline: empty where nothing is compared."""

    stream: str
    group: str
    unit: str
    runs: int
    orders: tuple[str, ...]
    announced: dt.datetime
    begins: dt.datetime
    ends: dt.datetime
    replaced: bool
    baseline: str
    days: tuple[dt.date, ...]
    across: Figure
    """Travellers who have crossed at the end of the run."""
    crossings: tuple[CrossingAnswer, ...]
    eve: dt.date | None
    eve_processed: Figure
    eve_before: Figure
    at_barrier: Figure
    no_way: Figure
    gave_up: Figure
    beds: tuple[Beds, ...]
    others: tuple[Affected, ...]
    gap_km: tuple[float, float] | None
    gap_by_day: tuple[tuple[dt.date, float], ...] = ()
    """Longest stretch of border without an open crossing at noon of each day in force, with the orders, km."""
    no_way_without: Figure = Figure(math.nan, math.nan, math.nan, math.nan)
    """Who has no way across without the orders; not known where nothing is compared."""

    @property
    def alone(self) -> bool:
        """Whether nothing is compared: one scenario, as it is."""
        return not self.baseline

    @cached_property
    def open(self) -> tuple[CrossingAnswer, ...]:
        """Crossings that are open to the group at some time while the orders are in force, busiest first."""
        some = [c for c in self.crossings if not c.closed]
        return tuple(sorted(some, key=lambda c: -sum(f.mean for f in c.processed)))

    @cached_property
    def shut(self) -> tuple[CrossingAnswer, ...]:
        """Crossings that the compared orders shut to the group."""
        return tuple(c for c in self.crossings if c.closed and c.ordered and not c.limited)

    @property
    def orders_added(self) -> bool:
        """Whether what is compared is having the orders against not having them, and not against having them otherwise."""
        return bool(self.orders) and not any(c.opens for c in self.crossings)

    @cached_property
    def gains(self) -> tuple[CrossingAnswer, ...]:
        """Open crossings that take more than without the orders, the largest gain first."""
        return tuple(sorted((c for c in self.open if c.gain >= 0.5), key=lambda c: -c.gain))

    def to_json(self) -> dict[str, Any]:
        """The object that `crossings whatif --json` prints."""

        def plain(value: Any) -> Any:
            if isinstance(value, Figure):
                return value.to_json()
            if isinstance(value, dt.datetime):
                return value.isoformat(timespec="minutes")
            if isinstance(value, dt.date):
                return value.isoformat()
            if isinstance(value, tuple):
                return [plain(v) for v in value]
            if hasattr(value, "__dataclass_fields__"):
                return {name: plain(getattr(value, name)) for name in value.__dataclass_fields__}
            return value

        found: dict[str, Any] = plain(self)
        return found
