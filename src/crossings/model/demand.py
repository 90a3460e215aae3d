"""Demand and stocks to the kernel's cells (docs/model.md, section 3)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

import numpy as np

from crossings.kernel.core.layout import CELL, DAY_FACTOR, HAZARD, HOUR_MS, SPAN, PeopleTables
from crossings.model.hashes import base_id, base_ids, records
from crossings.scenario import Clock, Scenario, hour_shares
from crossings.scenario.entities import Demand, Stock

_HOUR = int(HOUR_MS)


def groups_of(scenario: Scenario) -> list[tuple[str, str]]:
    """The (stream, fixed destination or '') pairs, in order of appearance."""
    found = dict.fromkeys((d.stream, d.destination or "") for d in scenario.demand)
    found |= dict.fromkeys((s.stream, "") for s in scenario.stocks)
    return list(found)


class _Builder:
    """Collects cells; tables of local hours and of shares are kept once each."""

    def __init__(self, scenario: Scenario, clock: Clock, places: dict[str, int]) -> None:
        self.scenario, self.clock, self.places = scenario, clock, places
        self.streams = {name: i for i, name in enumerate(scenario.settings.streams)}
        self.groups = {pair: i for i, pair in enumerate(groups_of(scenario))}
        self.country = {p.id: p.country for p in scenario.places}
        self.stocks = {pair: i for i, pair in enumerate(dict.fromkeys((s.stream, s.origin) for s in scenario.stocks))}
        self.cells: list[tuple[int, int, int, float, int, int, int, int, int]] = []
        self.hour_rows: dict[tuple[str, dt.date], int] = {}
        self.hours: list[list[int]] = []
        self.share_rows: dict[tuple[float, ...], int] = {}
        self.shares: list[np.ndarray] = []
        self.days: dict[tuple[str, dt.date], int] = {}
        self._profiles: dict[str, np.ndarray] = {}
        self._profile_rows: dict[str, int] = {}

    def zone(self, origin: str) -> str:
        return self.clock.zone_of(self.country[origin])

    def profile(self, text: str) -> np.ndarray:
        if text not in self._profiles:
            self._profiles[text] = np.array(hour_shares(text, self.scenario.settings.profiles), float)
        return self._profiles[text]

    def hour_row(self, zone: str, date: dt.date) -> int:
        row = self.hour_rows.get((zone, date))
        if row is None:
            row = self.hour_rows[zone, date] = len(self.hours)
            first, last = (self.clock.to_ms(dt.datetime(date.year, date.month, date.day, h), zone) for h in (0, 23))
            if last - first == 23 * _HOUR:  # no change of the clock on this day
                self.hours.append(list(range(first, last + 1, _HOUR)))
            else:
                self.hours.append(
                    [self.clock.to_ms(dt.datetime(date.year, date.month, date.day, h), zone) for h in range(24)]
                )
        return row

    def shares_of(self, rows: list[Demand]) -> int:
        """The number of the shares by local hour of one date's rows together, each row weighted by its ``per_day``."""
        text = rows[0].profile
        if len(rows) == 1 or all(d.profile == text for d in rows):
            if text not in self._profile_rows:
                self._profile_rows[text] = self.share_row(self.profile(text))
            return self._profile_rows[text]
        return self.share_row(np.sum([d.per_day * self.profile(d.profile) for d in rows], axis=0))

    def share_row(self, weighted: np.ndarray) -> int:
        key = tuple((weighted / weighted.sum()).tolist())
        if key not in self.share_rows:
            self.share_rows[key] = len(self.shares)
            sums = np.concatenate([[0.0], np.cumsum(key)])
            sums[-1] = 1.0
            self.shares.append(sums)
        return self.share_rows[key]

    def day_index(self, stream: str, date: dt.date) -> int:
        if self.scenario.settings.streams[stream].behaviour.day_shape is None:
            return -1
        return self.days.setdefault((stream, date), len(self.days))

    def add_demand(self) -> None:
        rows: dict[tuple[str, str, str], list[Demand]] = defaultdict(list)
        for d in self.scenario.demand:
            rows[d.stream, d.origin, d.destination or ""].append(d)
        for (stream, origin, destination), mine in rows.items():
            zone = self.zone(origin)
            first, last = self.clock.local(0, zone).date(), self.clock.local(self.clock.end_ms - 1, zone).date()
            rows_of: dict[dt.date, list[Demand]] = defaultdict(list)
            for d in mine:
                date = max(d.from_, first)
                while d.per_day > 0 and date <= min(d.until, last):
                    rows_of[date].append(d)
                    date += dt.timedelta(days=1)
            group, place = self.groups[stream, destination], self.places[origin]
            stock = self.stocks.get((stream, origin), -1) if self._is_stock(stream) else -1
            bases = base_ids(stream, origin, destination, sorted(rows_of))
            for date, base in bases.items():
                today = rows_of[date]
                mean = today[0].per_day if len(today) == 1 else sum(d.per_day for d in today)
                hours, shares = self.hour_row(zone, date), self.shares_of(today)
                self.cells.append((base, group, place, mean, 0, stock, self.day_index(stream, date), hours, shares))

    def _is_stock(self, stream: str) -> bool:
        return self.scenario.settings.streams[stream].kind == "stock"

    def add_stocks(self) -> tuple[list[tuple[int, int]], list[tuple[int, float, int]]]:
        """Initial cells, and the hazards: a span for each stock of (breakpoint ms, rate 1/ms, day factor)."""
        rows: dict[tuple[str, str], list[Stock]] = defaultdict(list)
        for s in self.scenario.stocks:
            rows[s.stream, s.origin].append(s)
        spans: list[tuple[int, int]] = []
        hazards: list[tuple[int, float, int]] = []
        for (stream, origin), mine in rows.items():
            initial = max(s.initial for s in mine)
            if initial:
                self.cells.append(
                    (
                        base_id(stream, origin),
                        self.groups[stream, ""],
                        self.places[origin],
                        -1.0,
                        initial,
                        self.stocks[stream, origin],
                        -1,
                        -1,
                        0,
                    )
                )
            found = self._hazard(stream, origin, mine)
            spans.append((len(hazards), len(hazards) + len(found)))
            hazards += found
        return spans, hazards

    def _hazard(self, stream: str, origin: str, rows: list[Stock]) -> list[tuple[int, float, int]]:
        """Breakpoints of one stock's hazard: where a period begins or ends, and every local hour if hours or days differ."""
        zone = self.zone(origin)
        end = self.clock.end_ms
        spans = [(self.clock.to_ms(s.from_), self.clock.to_ms(s.until), s) for s in rows]
        edges = {0, end} | {t for a, b, _ in spans for t in (a, b) if 0 < t < end}
        shaped = self.scenario.settings.streams[stream].behaviour.day_shape is not None
        for date in self.clock.dates(zone) if shaped or any(s.profile for s in rows) else ():
            edges |= {t for t in self.hours[self.hour_row(zone, date)] if 0 < t < end}
        found = []
        for t in sorted(edges):
            period = next((s for a, b, s in spans if a <= t < b), None)
            local = self.clock.local(t, zone)
            per_ms = (
                0.0
                if period is None or t >= end
                else period.hazard_per_day / 24.0 * 24.0 * float(self.profile(period.profile)[local.hour]) / HOUR_MS
            )
            found.append((t, per_ms, self.day_index(stream, local.date())))
        return found


def people_tables(scenario: Scenario, clock: Clock, places: dict[str, int]) -> PeopleTables:
    """Cells, hour tables, hazards and day factors as the kernel reads them."""
    b = _Builder(scenario, clock, places)
    spans, hazards = b.add_stocks()
    b.add_demand()
    return PeopleTables(
        cells=records(CELL, b.cells),
        hour_ms=np.array(b.hours, np.int64).reshape(-1, 24),
        share_sum=np.array(b.shares, float).reshape(-1, 25),
        stocks=records(SPAN, spans),
        hazards=records(HAZARD, hazards),
        days=records(DAY_FACTOR, [(base_id(s, date=d.isoformat(), day_factor=True), b.streams[s]) for s, d in b.days]),
    )
