"""One border, its orders and its counts, as far as a statistical forecast needs them: the form that every source is read into.

Times are local and without zone. A period runs from ``start`` up to, not including, ``end``.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, field, replace

from crossings.scenario.geojson import great_circle_km

EPOCH = dt.datetime(1970, 1, 1)
_DAY = dt.timedelta(days=1)


def days(when: dt.datetime) -> float:
    """Days since 1970-01-01, with fractions.

    >>> days(dt.datetime(1970, 1, 2, 12))
    1.5
    """
    return (when - EPOCH) / _DAY


@dataclass(frozen=True, slots=True)
class Site:
    """A crossing, or a place where people are counted; lat and lon in degrees, None where not known."""

    id: str
    name: str = ""
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """An order as announced: where, for whom, from when to when, of what kind.

    crossings: ids. streams, direction: empty = all. known: when the order could first be known. end: None = until further
    notice. end_known: when its end could first be known. kind: see `crossings.forecasting.orders.KINDS`; guessed: the kind
    was read from words of the source, not given. unwritten: nobody gave it; counts of 0 beside closed crossings tell of it.
    """

    id: str
    crossings: tuple[str, ...]
    streams: tuple[str, ...]
    known: dt.datetime
    start: dt.datetime
    end: dt.datetime | None
    end_known: dt.datetime | None = None
    direction: str = ""
    kind: str = "closed"
    guessed: bool = False
    announced: bool = True
    unwritten: bool = False

    def at(self, origin: dt.datetime) -> Order | None:
        """The order as it was known at an instant: None if not yet, without its end if that was not known yet."""
        if self.known > origin:
            return None
        if self.end is None or (self.end_known is not None and self.end_known <= origin) or self.end <= origin:
            return self
        return replace(self, end=None)


@dataclass(frozen=True, slots=True)
class Series:
    """What one number after another is about: crossings counted together, a class, a direction, a unit.

    quantity: ``flow`` (passed within a period), ``queue`` (waiting at an instant), ``wait`` (hours, at an instant) or
    ``present`` (people at a place at an instant, such as a camp).
    """

    crossings: tuple[str, ...]
    stream: str
    direction: str
    unit: str
    quantity: str = "flow"


@dataclass(frozen=True, slots=True)
class Count:
    """A number of a series over a period (an instant where start equals end), and when it could first be known.

    firm: whether it may be learned from and scored; bounds are not. written: ``from`` and ``until`` as the file has them.
    """

    series: Series
    start: dt.datetime
    end: dt.datetime
    value: float
    published: dt.datetime
    firm: bool = True
    written: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Episode:
    """A border with its orders and counts: what `forecast` and `backtest` take, wherever it was read.

    id: a name for tables. sites: crossings by id. Counts need no order; several may overlap, such as running totals. notes: what
    was assumed while reading, one line each. To add another source, write a function that returns an `Episode`; nothing else is
    needed.
    """

    id: str
    sites: dict[str, Site]
    orders: tuple[Order, ...]
    counts: tuple[Count, ...]
    notes: tuple[str, ...] = field(default=())

    def orders_known(self, origin: dt.datetime) -> tuple[Order, ...]:
        """The orders as they were known at an instant."""
        return tuple(o for order in self.orders if (o := order.at(origin)) is not None)


def distance_km(a: Site, b: Site) -> float:
    """Great-circle distance in km; nan where a position is not known."""
    if a.lat is None or a.lon is None or b.lat is None or b.lon is None:
        return math.nan
    return great_circle_km(a.lon, a.lat, b.lon, b.lat)
