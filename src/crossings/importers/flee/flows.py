"""Who sets out, who leaves the camps, and when that is known: from counts in hindsight, as published, or from conflict alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from crossings.errors import Fault, InputError
from crossings.importers.flee.case import FleeCase, Floats
from crossings.importers.flee.published import changes, present_at_start
from crossings.importers.flee.settings import spawning as as_settings_say

__all__ = ["SPAWNING", "Flow", "flows", "persons_for"]

SPAWNING = ("counts", "conflict")
MOST_TRAVELLERS = 250_000


@dataclass(frozen=True)
class Flow:
    """People who come and go.

    Arguments:
        present: in each camp on day 0, [camps].
        leaving: who set out from each zone on each day, [days, zones].
        falls: share of the people in camps who leave them on each day, [days].
        known: the day of the records that tell of a day, [days]; -1 = none is needed.
        corrected: (camp, day, share of its people struck off the register).
    """

    present: Floats
    leaving: Floats
    falls: Floats
    known: npt.NDArray[np.int64]
    corrected: tuple[tuple[str, int, float], ...] = ()


def flows(case: FleeCase, spawning: str = "counts", *, hindsight: bool = False) -> Flow:
    """Who comes and goes.

    Arguments:
        case: as ``read_flee`` gives it.
        spawning: ``counts`` or ``conflict``, as for ``read_flee``.
        hindsight: by the counts as Flee scores them, linear between records and corrected; else as published.

    Raises:
        InputError: if the case's settings do not say how many people conflict displaces.
    """
    if spawning not in SPAWNING:
        raise InputError(Fault("spawning", f"{spawning[:40]!r} is not accepted", "accepted: counts, conflict"))
    never = np.full(case.days, -1, np.int64)
    if spawning == "conflict":
        return Flow(case.counts[:, 0], _by_conflict(case), np.zeros(case.days), never)
    if hindsight:
        return Flow(case.counts[:, 0], case.leaving(), case.falls(), never)
    return _as_published(case)


def _as_published(case: FleeCase) -> Flow:
    rise, falls, known = np.zeros(case.days), np.zeros(case.days), np.full(case.days, -1, np.int64)
    struck = []
    for change in changes(case):
        if change.first >= case.days:
            break
        over = slice(change.first, change.last + 1)
        days = change.last + 1 - change.first
        rise[over], known[over] = change.rise / days, change.last
        falls[over] = 1.0 - (1.0 - change.fall) ** (1.0 / days)
        struck += [(camp, change.last, share) for camp, share in change.corrected if change.last < case.days]
    return Flow(present_at_start(case), rise[:, None] * case.zone_shares, falls, known, tuple(struck))


def _by_conflict(case: FleeCase) -> Floats:
    found = as_settings_say(case.settings)
    if found is None:
        what = "no conflict_driven_spawning in simsetting.yml says how many people conflict displaces"
        raise InputError(Fault("simsetting.yml", what, "add it under spawn_rules, or take the counts"))
    mode, number = found
    population = np.array([case.location(zone).population or 0.0 for zone in case.zones])
    daily: Floats = case.conflicts * number * (population if mode == "pop_ratio" else 1.0)
    return daily


def persons_for(case: FleeCase) -> float:
    """Persons in one traveller: 1 up to ``MOST_TRAVELLERS`` people, else 2, 5, 10, 20, ... so that there are no more.

    Fewer travellers change the error of a case by far less than the seeds do (docs/guides/from-flee.md).
    """
    for power in range(9):
        for digit in (1, 2, 5):
            if case.people <= MOST_TRAVELLERS * digit * 10**power:
                return float(digit * 10**power)
    return 1e9
