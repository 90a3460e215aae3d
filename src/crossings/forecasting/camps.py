"""People in camps, weeks ahead: from counts published by then and from where people flee, without any capacity.

The level of a camp is its last count. What the counts of all camps rose by a day lately goes on at half that rate, as
arrivals do not last, and is shared among the camps half by how far they are from where people flee now, half as the last
rises were. A fall of all goes on at half its rate in each camp. How far from this a count may be is what forecasts of
*other* cases were wrong by at that lead, of camps that were almost empty too, or had moved as little or as much
(``camp_errors.json``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from crossings.importers.flee import FleeCase, Records
from crossings.importers.flee.journeys import km_to_camps
from crossings.importers.flee.settings import moving

Floats = NDArray[np.float64]

LEADS = (30, 60, 90)  # days
EVERY = 30  # days between origins
WITHIN = 10  # a count so many days from the lead is one at that lead
LATELY = 60  # days over which the rise so far is taken
GOES_ON = 0.5  # share of the rise that goes on: arrivals do not last
OWN = 0.5  # share of a rise that goes where the last rises went; the rest by distance
FEWEST = 100  # people counted in all camps before a case has begun: the first count is no arrival
EMPTY = 0.25  # of a fifth of a mean camp: a camp so small may open any day
CALM, MOVED = 0.01, 0.1  # by what share a camp changed lately: less than the first, between, more


@dataclass(frozen=True)
class Camps:
    """Camps that are counted, and who goes where.

    Arguments:
        name: of the case.
        start: date of day 0.
        days: number of days; nothing beyond them is scored.
        names: of the camps.
        records: the counts of each, as published.
        shares: day -> how those who set out then would share among the camps by distance alone, [camps]; adds up to 1.
    """

    name: str
    start: dt.date
    days: int
    names: tuple[str, ...]
    records: tuple[Records, ...]
    shares: Callable[[int], Floats]

    def until(self, day: int) -> Camps:
        """The same as known at the end of ``day``."""
        kept = []
        for records in self.records:
            n = int(np.searchsorted(records.day, day, side="right"))
            corrected = tuple(d for d in records.corrected if d <= day)
            kept.append(replace(records, day=records.day[:n], count=records.count[:n], corrected=corrected))
        return replace(self, records=tuple(kept))


@dataclass(frozen=True)
class CampForecast:
    """What is expected at an origin.

    Arguments:
        last: the last count of each camp, [camps]; nan where there is none yet.
        moved: by what share each camp changed lately, [camps].
        a_day: how each camp is expected to change a day, persons, [camps].
        scale: what errors are relative to, beside the expected number: a fifth of a mean camp, persons.
    """

    last: Floats
    moved: Floats
    a_day: Floats
    scale: float

    def at(self, lead: float) -> Floats:
        """People expected ``lead`` days ahead, [camps]."""
        return np.maximum(0.0, self.last + self.a_day * lead)

    @property
    def kind(self) -> NDArray[np.int64]:
        """What each camp is like: it moved lately 0 hardly, 1 a little, 2 a lot; or 3, it is almost empty, [camps]."""
        moved = np.searchsorted([CALM, MOVED], self.moved)
        return np.where(np.nan_to_num(self.last) < EMPTY * self.scale, 3, moved)


def camps_of(case: FleeCase) -> Camps:
    """The camps of a Flee case; distance weighs as its settings say, and closures are those in force on the day."""
    gamma, softening = moving(case.settings)
    cache: dict[tuple[int, ...], Floats] = {}

    def shares(day: int) -> Floats:
        day = min(day, case.days - 1)
        away = km_to_camps(case, day, cache)
        draw = np.where(np.isfinite(away), (softening + away) ** -gamma, 0.0)
        of_zone = draw.sum(axis=1)
        reached = of_zone > 0
        if not reached.any():
            return np.full(len(case.camps), 1.0 / len(case.camps))
        weights = np.where(reached, case.zone_shares[day], 0.0)
        weights = weights / weights.sum() if weights.sum() > 0 else reached / reached.sum()
        found: Floats = (draw[reached] / of_zone[reached, None] * weights[reached, None]).sum(axis=0)
        return found

    return Camps(case.name, case.start, case.days, case.camps, case.records, shares)


def expect(camps: Camps, origin: int) -> CampForecast | None:
    """What is expected at the end of day ``origin``, from what had been published by then; None before a case has begun.

    Example:
        ``expect(camps_of(read_flee("mali2012")), 120).at(30)``
    """
    known = camps.until(origin)
    last = np.array([_or_nan(records.last(origin)) for records in known.records])
    total = float(np.nansum(last))
    if total < FEWEST:
        return None
    since = max(origin - LATELY, _begun(known))
    gained = np.array([_gained(records, since, origin) for records in known.records])
    a_day = gained.sum() / max(1, origin - since)
    if a_day >= 0:
        rises = np.clip(gained, 0.0, None)
        by_distance = camps.shares(origin)
        share = (1.0 - OWN) * by_distance + OWN * rises / rises.sum() if rises.sum() > 0 else by_distance
        change = GOES_ON * a_day * share
    else:
        change = GOES_ON * a_day * np.nan_to_num(last) / total
    before = np.array([records.last(max(0, origin - LATELY)) or 0.0 for records in known.records])
    largest = np.maximum(1.0, np.fmax(last, before))
    moved = np.abs(np.nan_to_num(last) - before) / largest
    return CampForecast(last, moved, change, 0.2 * total / len(camps.names) + 1.0)


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value


def _begun(camps: Camps) -> int:
    """The first day on which a hundred people had been counted in all."""
    days = sorted({max(0, int(day)) for records in camps.records for day in records.day})
    return next((day for day in days if sum(r.last(day) or 0.0 for r in camps.records) >= FEWEST), 0)


def _gained(records: Records, since: int, until: int) -> float:
    """The change of a camp between two days, without what a corrected register took off or added."""
    change = (records.last(until) or 0.0) - (records.last(since) or 0.0)
    for day in records.corrected:
        if since < day <= until:
            change -= (records.last(day) or 0.0) - (records.last(day - 1) or 0.0)
    return change


@dataclass(frozen=True)
class CampRows:
    """Counts and what had been expected of them, a row each, [rows].

    ``origin``, ``lead`` (as asked), ``camp`` (its number), ``day`` (of the count), ``count``, ``last``, ``expected``,
    ``scale``, ``kind``.
    """

    origin: NDArray[np.int64]
    lead: NDArray[np.int64]
    camp: NDArray[np.int64]
    day: NDArray[np.int64]
    count: Floats
    last: Floats
    expected: Floats
    scale: Floats
    kind: NDArray[np.int64]


def rolling(camps: Camps, leads: Sequence[int] = LEADS, origins: Sequence[int] | None = None) -> CampRows:
    """Forecasts at some origins, beside the record of each camp that is nearest to the lead.

    Arguments:
        camps: as ``camps_of`` gives them.
        leads: days ahead.
        origins: days at whose end forecasts are made; None = every 30th.
    """
    rows: list[tuple[float, ...]] = []
    for origin in range(EVERY, camps.days - 1, EVERY) if origins is None else origins:
        found = expect(camps, origin)
        if found is None:
            continue
        kind = found.kind
        for lead in leads:
            for c, records in enumerate(camps.records):
                at = _nearest(records, origin, lead, camps.days - 1)
                if at is None or not np.isfinite(found.last[c]):
                    continue
                day, count = int(records.day[at]), float(records.count[at])
                expected = found.at(day - origin)[c]
                rows.append((origin, lead, c, day, count, found.last[c], expected, found.scale, kind[c]))
    table = np.array(rows, float).reshape(-1, 9).T
    origin, lead, camp, day, kind = table[[0, 1, 2, 3, 8]].astype(np.int64)
    count, last, expected, scale = table[4:8]
    return CampRows(origin, lead, camp, day, count, last, expected, scale, kind)


def _nearest(records: Records, origin: int, lead: int, end: int) -> int | None:
    """The record of which the day is nearest to origin + lead, if there is one near, after the origin and not after the end."""
    apart = np.abs(records.day - (origin + lead))
    fits = (records.day > origin) & (records.day <= end) & (apart <= WITHIN)
    return int(np.argmin(np.where(fits, apart, np.iinfo(np.int64).max))) if fits.any() else None
