"""A Flee case as it was read: values only, in Flee's own terms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

CAMPS = ("camp", "idpcamp")
CROWD = 0.5  # power of a zone's population


@dataclass(frozen=True, slots=True)
class Location:
    """One row of ``locations.csv``.

    ``population`` is the last of the eight columns: inhabitants, or for a camp its capacity; None = blank or 0.
    ``conflict_day`` is the day from which a conflict zone is one where there is no ``conflicts.csv``.
    """

    name: str
    region: str
    country: str
    lat: float
    lon: float
    kind: str
    conflict_day: int
    population: float | None
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_camp(self) -> bool:
        """Whether people are received here."""
        return self.kind in CAMPS


@dataclass(frozen=True, slots=True)
class Route:
    """One row of ``routes.csv``, usable both ways; nothing uses ``redirection``, Flee's mark 0, 1 or 2."""

    name1: str
    name2: str
    km: float
    redirection: int = 0
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FleeClosure:
    """One row of ``closures.csv``: the ``routes`` (indices) that it closes, the ``camps`` that receive nobody.

    In force on the days ``start`` to ``end - 1``; ``end`` None = for good.
    """

    kind: str
    name1: str
    name2: str
    start: int
    end: int | None
    routes: tuple[int, ...] = ()
    camps: tuple[str, ...] = ()

    def in_force(self, day: int) -> bool:
        """Whether the row acts on ``day``."""
        return self.start <= day and (self.end is None or day < self.end)


@dataclass(frozen=True)
class Records:
    """Counts as they were published: days since the start, growing, and the people there; [records] each.

    ``corrected``: days whose record corrects the registration, so that its fall is of people who had never been there.
    """

    day: npt.NDArray[np.int64]
    count: Floats
    corrected: tuple[int, ...] = ()

    def last(self, day: int) -> float | None:
        """The last count on or before ``day``; None where nothing had been counted."""
        at = int(np.searchsorted(self.day, day, side="right"))
        return float(self.count[at - 1]) if at else None


@dataclass(frozen=True)
class FleeCase:
    """A Flee directory as values.

    Arguments:
        name: name of the directory.
        start: date of day 0.
        days: number of days, as ``Length`` says; the last is day ``days - 1``.
        zones: names of the locations with conflict on some day, in the order of ``conflicts``.
        conflicts: intensity of conflict, [days, zones], 0 to 1.
        camps: names of the camps with counts, in the order of ``counts``.
        records: the counts of each camp as they were published, in the order of ``camps``.
        counts: people counted in each camp as Flee scores them, in hindsight: linear between records, and what was counted
            before a correction of the registration scaled by it, [camps, days + 1].
        total: the count of all displaced people as published, [days + 1], or None where none is given.
        settings: what a ``simsetting.yml`` says, by section and name (``move_rules.capacity_scaling``).
        notes: what is not used or read in a way of its own, a line each.
    """

    name: str
    start: dt.date
    days: int
    locations: tuple[Location, ...]
    routes: tuple[Route, ...]
    closures: tuple[FleeClosure, ...]
    zones: tuple[str, ...]
    conflicts: Floats
    camps: tuple[str, ...]
    records: tuple[Records, ...]
    counts: Floats
    total: Floats | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def location(self, name: str) -> Location:
        """The location of that name; KeyError if there is none."""
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, Location]:
        return {location.name: location for location in self.locations}

    @property
    def counted(self) -> Floats:
        """People counted in all camps, [days + 1]."""
        total: Floats = self.counts.sum(axis=0)
        return total

    @property
    def people(self) -> int:
        """People there on day 0 and those who come on the days after, as counted."""
        counted = self.counted[: self.days]
        return round(float(counted[0] + np.clip(np.diff(counted), 0.0, None).sum()))

    def capacity(self, camp: str) -> float | None:
        """Room of a camp in persons; None = unlimited."""
        return self.location(camp).population

    def leaving(self) -> Floats:
        """People who set out from each zone on each day in hindsight, [days, zones]; on day 0 none.

        The rise of the counts summed over camps goes to the zones by ``zone_shares``.
        """
        rise = np.concatenate(([0.0], np.clip(np.diff(self.counted[: self.days]), 0.0, None)))
        return rise[:, None] * self.zone_shares

    def falls(self) -> Floats:
        """Share of the people in camps who leave them on each day in hindsight, [days]: the fall of the summed counts."""
        counted = self.counted[: self.days]
        before = counted[:-1]
        fall = np.clip(-np.diff(counted), 0.0, None) / np.where(before > 0, before, 1.0)
        return np.concatenate(([0.0], fall))

    @cached_property
    def zone_shares(self) -> Floats:
        """Share of each zone in those who set out, [days, zones]; each row adds up to 1.

        In proportion to intensity x the square root of the population (intensity alone where none has a population): an
        attack reaches a part of a large town. On a day without conflict as on the last day before that had one, or else the
        first after.
        """
        population = np.array([self.location(zone).population or 0.0 for zone in self.zones]) ** CROWD
        active = self.conflicts > 0
        weights = self.conflicts * population
        bare = active.any(axis=1) & (weights.sum(axis=1) <= 0)
        weights[bare] = self.conflicts[bare]
        some = np.flatnonzero(active.any(axis=1))
        nearest = some[np.clip(np.searchsorted(some, np.arange(self.days), side="right") - 1, 0, None)]
        shares: Floats = weights[nearest] / weights[nearest].sum(axis=1, keepdims=True)
        return shares
