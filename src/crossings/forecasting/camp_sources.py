"""Where camps with counts are read from: a Flee directory as it is, or a scenario with headcounts.csv."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from crossings.errors import InputError
from crossings.forecasting.camps import Camps, camps_of
from crossings.importers.flee import Records, read_flee
from crossings.scenario import Scenario
from crossings.scenario.entities import Closure, Place

Floats = NDArray[np.float64]


def camps_in(directory: Path) -> Camps | None:
    """The camps that a directory tells of; None where it is neither a Flee directory nor a scenario with head counts.

    Raises:
        InputError: if it is one of them and cannot be read.
    """
    if (directory / "headcounts.csv").exists() and (directory / "scenario.yaml").exists():
        return camps_of_scenario(Scenario.read(directory))
    if any((directory / place / "locations.csv").exists() for place in ("", "input_csv")):
        return camps_of(read_flee(directory))
    return None


def camps_of_scenario(scenario: Scenario) -> Camps:
    """The places of a scenario at which people are counted.

    Who sets out where is taken from the demand known at the time, on the last day that has any; ways from roads and crossings
    that no order closes. A count is one of the day on which it was published.

    Raises:
        InputError: if nobody is counted at a place where people are received, or nobody sets out.
    """
    start = scenario.settings.start
    counted = dict.fromkeys(row.place for row in scenario.headcounts)
    places = [place for place in scenario.places if place.id in counted and place.kind != "origin"]
    if not places or not scenario.demand:
        raise InputError("headcounts.csv", "nobody is counted where people arrive", "see docs/guides/from-flee.md")
    ways = _Ways(scenario, [place.id for place in places])
    return Camps(
        name=scenario.settings.name,
        start=start.date(),
        days=(scenario.settings.end - start).days,
        names=tuple(place.id for place in places),
        records=tuple(records_of(scenario, place, start) for place in places),
        shares=ways.shares,
    )


def records_of(scenario: Scenario, place: Place, start: dt.datetime) -> Records:
    """The counts of a place; a rate of leaving of its own alone is a register that was corrected."""
    found = {}
    for row in scenario.headcounts:
        if row.place == place.id:
            known = row.date if row.published is None else max(row.date, row.published.date())
            found[(known - start.date()).days] = row.count
    days = sorted(found)
    corrected = {(row.from_ - start).days for row in scenario.exits if row.place == place.id}
    return Records(
        np.array(days, dtype=np.int64), np.array([found[day] for day in days]), tuple(sorted(corrected & set(days)))
    )


class _Ways:
    """Who would go where on a day, by distance alone."""

    def __init__(self, scenario: Scenario, camps: list[str]) -> None:
        self.scenario, self.camps = scenario, camps
        self.index = {place.id: i for i, place in enumerate(scenario.places)}
        self.origins = list(dict.fromkeys(row.origin for row in scenario.demand))
        stream = scenario.settings.streams[scenario.demand[0].stream]
        self.gamma, self.softening = stream.behaviour.gamma, stream.behaviour.softening_km
        self._found: dict[tuple[str, ...], Floats] = {}

    def shares(self, day: int) -> Floats:
        """[camps], adds up to 1."""
        at = self.scenario.settings.start + dt.timedelta(days=day + 1)
        weights = self._setting_out(at)
        shut = tuple(row.id for row in self.scenario.closures if _closed(row, at))
        if shut not in self._found:
            self._found[shut] = self._km(set(shut))
        away = self._found[shut]
        draw = np.where(np.isfinite(away), (self.softening + away) ** -self.gamma, 0.0)
        of_zone = draw.sum(axis=1)
        reached = (of_zone > 0) & (weights > 0)
        if not reached.any():
            return np.full(len(self.camps), 1.0 / len(self.camps))
        found: Floats = (draw[reached] / of_zone[reached, None] * weights[reached, None]).sum(axis=0)
        return np.asarray(found / weights[reached].sum())

    def _setting_out(self, at: dt.datetime) -> Floats:
        """Of each origin, on the last day before ``at`` of which it was known that somebody set out."""
        known = [r for r in self.scenario.demand if (r.published is None or r.published < at) and r.from_ < at.date()]
        last = max((min(row.until, at.date() - dt.timedelta(days=1)) for row in known), default=None)
        rows = [row for row in known if last is not None and row.from_ <= last <= row.until]
        return np.array([sum(row.per_day for row in rows if row.origin == origin) for origin in self.origins])

    def _km(self, shut: set[str]) -> Floats:
        rows = [row for row in self.scenario.closures if row.id in shut]
        roads, crossings, places = (
            {name for row in rows for name in getattr(row, what)} for what in ("roads", "crossings", "places")
        )
        towns = places - set(self.camps)
        edges = [
            (road.from_, road.to, road.km)
            for road in self.scenario.roads
            if road.name not in roads and not {road.from_, road.to} & towns
        ]
        edges += [(c.place_a, c.place_b, 0.0) for c in self.scenario.crossings if c.id not in crossings]
        ends = np.array([[self.index[a], self.index[b]] for a, b, _ in edges], dtype=np.int64).reshape(-1, 2)
        km = np.array([max(length, 1e-9) for _, _, length in edges])
        graph = csr_array((km, (ends[:, 0], ends[:, 1])), shape=(len(self.index), len(self.index)))
        away: Floats = dijkstra(graph, directed=False, indices=[self.index[origin] for origin in self.origins])
        away = away[:, [self.index[camp] for camp in self.camps]]
        away[:, [camp in places for camp in self.camps]] = np.inf
        return away


def _closed(row: Closure, at: dt.datetime) -> bool:
    """Whether a row closes something on the day that ends at ``at``, and that was announced."""
    day = at - dt.timedelta(days=1)
    return (
        row.kind == "closed"
        and (row.announced or row.from_) < at
        and row.from_ <= day
        and (row.until is None or row.until > day)
    )
