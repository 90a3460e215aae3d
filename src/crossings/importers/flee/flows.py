"""Who sets out, who leaves the camps, and when that is known: from counts in hindsight, as published, or from conflict alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crossings.errors import InputError
from crossings.importers.flee.case import FleeCase, Floats
from crossings.importers.flee.settings import spawning as as_settings_say

SPAWNING = ("counts", "conflict")
MOST_TRAVELLERS = 250_000
PIECE = 14  # days


@dataclass(frozen=True)
class Leaving:
    """How many set out from each zone a day, [zones], on the days ``first`` to ``last``, as is known from day ``known`` on (-1:
    always).
    """

    first: int
    last: int
    known: int
    a_day: Floats


@dataclass(frozen=True)
class Fall:
    """The share of the people who leave a camp (None: every camp) a day, on the days ``first`` to ``last``; ``known`` as
    above.
    """

    camp: str | None
    first: int
    last: int
    known: int
    a_day: float


@dataclass(frozen=True)
class FleeFlow:
    """People who come and go.

    Arguments:
        present: in each camp on day 0, [camps].
        leaving: who sets out; what is given for one day adds up.
        falls: who leaves the camps.
    """

    present: Floats
    leaving: tuple[Leaving, ...]
    falls: tuple[Fall, ...] = ()

    def most_a_day(self, days: int) -> float:
        """The most people who set out on one day."""
        total = np.zeros(days)
        for row in self.leaving:
            total[row.first : row.last + 1] += row.a_day.sum()
        return float(total.max(initial=0.0))


def flows(case: FleeCase, spawning: str = "counts", *, hindsight: bool = False) -> FleeFlow:
    """Who comes and goes.

    Arguments:
        case: as ``read_flee`` gives it.
        spawning: ``counts`` or ``conflict``, as for ``read_flee``.
        hindsight: by the counts as Flee scores them, linear between records and corrected; else as published.

    Raises:
        InputError: if the case's settings do not say how many people conflict displaces.
    """
    if spawning not in SPAWNING:
        raise InputError("spawning", f"{spawning[:40]!r} is not accepted", "accepted: counts, conflict")
    if spawning == "conflict":
        return FleeFlow(case.counts[:, 0], _daily(_by_conflict(case)))
    if not hindsight:
        return _as_published(case)
    falls = (Fall(None, day, day, -1, share) for day, share in enumerate(case.falls().tolist()) if share > 0)
    return FleeFlow(case.counts[:, 0], _daily(case.leaving()), tuple(falls))


def _daily(leaving: Floats) -> tuple[Leaving, ...]:
    """[days, zones] as a row a day."""
    return tuple(Leaving(day, day, -1, row) for day, row in enumerate(leaving))


def _as_published(case: FleeCase) -> FleeFlow:
    """Each change on its own days, in pieces of a fortnight at most, as zones change."""
    leaving, falls = [], []
    for change in changes(case):
        end = min(change.last, case.days - 1)
        days = change.last + 1 - change.first
        if change.rise > 0:
            for first in range(change.first, end + 1, PIECE):
                last = min(first + PIECE - 1, end)
                shares = case.zone_shares[first : last + 1].mean(axis=0)
                leaving.append(Leaving(first, last, change.last, change.rise / days * shares))
        if change.fall > 0 and change.first <= end:
            falls.append(Fall(None, change.first, end, change.last, 1.0 - (1.0 - change.fall) ** (1.0 / days)))
        if change.last <= end:
            falls += [Fall(camp, end, end, change.last, share) for camp, share in change.corrected]
    return FleeFlow(present_at_start(case), tuple(leaving), tuple(falls))


def _by_conflict(case: FleeCase) -> Floats:
    found = as_settings_say(case.settings)
    if found is None:
        what = "no conflict_driven_spawning in simsetting.yml says how many people conflict displaces"
        raise InputError("simsetting.yml", what, "add it under spawn_rules, or take the counts")
    mode, number = found
    population = np.array([case.location(zone).population or 0.0 for zone in case.zones])
    daily: Floats = case.conflicts * number * (population if mode == "pop_ratio" else 1.0)
    return daily


@dataclass(frozen=True)
class DayChange:
    """What the records of one day say of the days since the records before them of the same camps.

    Arguments:
        first, last: the days; the records are of day ``last``, and that is when they are known.
        rise: people more in these camps together, over all these days; or ``fall``, how many fewer as a share of all people.
        corrected: by camp, the share of its people who were struck off the register on day ``last``.
    """

    first: int
    last: int
    rise: float
    fall: float
    corrected: tuple[tuple[str, float], ...]


def present_at_start(case: FleeCase) -> Floats:
    """People in each camp at the end of day 0 by the last record on or before it, [camps]; 0 where there was none."""
    return np.array([records.last(0) or 0.0 for records in case.records])


def changes(case: FleeCase) -> list[DayChange]:
    """The changes by day of records, in order. A later record changes none of those before it.

    What the camps that have a record on a day rose or fell together is spread evenly over the days since they were last counted.
    """
    days = sorted({int(day) for records in case.records for day in records.day if day > 0})
    now = dict(zip(case.camps, present_at_start(case).tolist(), strict=True))
    counted = {camp: 0 for camp, records in zip(case.camps, case.records, strict=True) if records.last(0) is not None}
    found, before = [], 0
    for day in days:
        struck, total, gained, since = [], sum(now.values()), 0.0, before
        for camp, records in zip(case.camps, case.records, strict=True):
            if day not in records.day:
                continue
            count = records.last(day) or 0.0
            if day in records.corrected and 0 <= count < now[camp]:
                struck.append((camp, 1.0 - count / now[camp]))
            else:
                gained += count - now[camp]
            now[camp] = count
            since = min(since, counted.get(camp, before))
            counted[camp] = day
        fall = min(1.0, -gained / total) if gained < 0 and total > 0 else 0.0
        found.append(DayChange(since + 1, day, max(0.0, gained), fall, tuple(struck)))
        before = day
    return found


def persons_for(case: FleeCase) -> float:
    """Persons in one traveller: 1 up to ``MOST_TRAVELLERS`` people, else 2, 5, 10, 20, ... so that there are no more.

    Fewer travellers change the error of a case by far less than the seeds do (docs/guides/from-flee.md).
    """
    for power in range(9):
        for digit in (1, 2, 5):
            if case.people <= MOST_TRAVELLERS * digit * 10**power:
                return float(digit * 10**power)
    return 1e9
