"""What three files say of a border, as numbers that a scenario needs; what they do not say is noted, a line each."""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from crossings.errors import InputError
from crossings.forecasting.atlas import priors_for
from crossings.forecasting.draws import logistic
from crossings.forecasting.episode import Count, Episode, Site, days, distance_km
from crossings.forecasting.history import FILES
from crossings.forecasting.known import by_series, disjoint
from crossings.forecasting.orders import mode_of
from crossings.forecasting.situation import look
from crossings.importers.identifiers import identifiers
from crossings.io.faults import counted

MOST_TRAVELLERS = 2_000_000
MOST_DAYS, LEAST_DAYS = 60, 4
ROAD_FACTOR = 1.3
KMH = 70.0
OUTSIDE = 2.5  # cost of not going, over that of the own crossing
UNIT = {"trucks": "truck", "cars": "car", "buses": "car"}
OTHERS = ("XA", "XB", "XC")
_DAY = dt.timedelta(days=1)


@dataclass
class OrdinaryFlow:
    """Ordinary traffic of one stream over one crossing into one country: units a day, and the most seen on a day."""

    stream: str
    crossing: str
    direction: str
    per_day: float
    most: float


@dataclass
class BorderPlan:
    """What three files say of a border: where, between whom, who passes on an ordinary day, and which days to run."""

    episode: Episode
    name: str
    timezone: str
    countries: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.priors, self.episode = priors_for(self.episode)
        sites = list(self.episode.sites.values())
        if not sites:
            raise InputError(FILES[1], "there is no crossing in it", "give rows with an id, lat and lon")
        self.site = dict(zip(self.episode.sites, identifiers([s.id for s in sites]), strict=True))
        self.where = self._positions(sites)
        streams = sorted({c.series.stream for c in self.episode.counts if c.series.quantity == "flow"})
        if not streams:
            streams = sorted({c.series.stream for c in self.episode.counts})
        self.stream = dict(zip(streams, identifiers(streams), strict=True))
        self.anchor = self._anchor()
        self.sides = self._sides()
        self.flows = self._flows()
        self.start, self.end = self._period()

    # --- what is where

    def _positions(self, sites: list[Site]) -> dict[str, tuple[float, float]]:
        """Latitude and longitude of each crossing; those without are set in a row."""
        known = [(s.lat, s.lon) for s in sites if s.lat is not None and s.lon is not None]
        lat, lon = (known[0][0], known[0][1]) if known else (0.0, 0.0)
        out = {}
        for k, s in enumerate(sites):
            if s.lat is None or s.lon is None:
                self.notes.append(
                    f"{FILES[1]}: '{s.id}' has no position: put {30 * (k + 1)} km north of the first one known"
                )
                out[s.id] = (round(float(lat or 0.0) + 0.27 * (k + 1), 4), float(lon or 0.0))
            else:
                out[s.id] = (s.lat, s.lon)
        return out

    def _sides(self) -> dict[str, tuple[str, str]]:
        """The two countries of each crossing, from the directions counted there; codes XA, XB where no count tells."""
        seen: dict[str, list[str]] = {c: [] for c in self.site}
        for count in self.episode.counts:
            code = count.series.direction.upper()
            if re.fullmatch(r"[A-Z]{2,3}", code):
                for c in count.series.crossings:
                    if code not in seen[c]:
                        seen[c].append(code)
        if self.countries:
            return dict.fromkeys(self.site, (self.countries[0], self.countries[1]))
        every = list(dict.fromkeys(code for codes in seen.values() for code in codes))
        out = {}
        for c, codes in seen.items():
            if len(every) == 2:
                pair = tuple(every)
            else:
                pair = tuple([*codes, *(code for code in OTHERS if code not in codes)][:2])
            out[c] = (pair[0], pair[1])
        if any(set(pair) & set(OTHERS) for pair in out.values()):
            self.notes.append(
                f"{FILES[0]}: the country on the other side is not named by any direction: XA or XB stands for it; --countries names both"
            )
        return out

    # --- ordinary traffic

    def _anchor(self) -> dt.datetime:
        """When the first order that the counts can tell of takes effect; without one, a month before the last count."""
        ends = [c.end for c in self.episode.counts]
        inside = [o.start for o in self.episode.orders if min(ends) - 40 * _DAY <= o.start <= max(ends)]
        return min(inside) if inside else max(ends) - 30 * _DAY

    def _ordinary(self) -> dict[tuple[str, str, str], float]:
        """Units a day by stream, crossing and direction as counted: before the first order, else by what is without orders."""
        last = max(c.published for c in self.episode.counts)
        counts = by_series(self.episode.counts)
        early = {s: [c for c in rows if c.end <= self.anchor] for s, rows in counts.items()}
        middle = np.array([days(self.anchor)])
        found: dict[tuple[str, str, str], float] = {}
        for some in (counts, early):
            situation = look(self.episode, some, last, self.priors)
            for group in situation.groups.values():
                stream, direction, _, quantity = group.key
                known = [situation.known[s] for s in group.members if s in situation.known]
                if quantity != "flow" or stream not in self.stream or (some is early and not known):
                    continue
                season = (
                    float(np.median([k.profile.size(middle - 14, middle + 14)[0] / 28 for k in known]))
                    if known
                    else 1.0
                )
                for c, site in enumerate(group.sites):
                    if np.isfinite(group.base[c]):
                        found[stream, site, direction] = float(np.exp(group.base[c])) * season
                    elif any(site in s.crossings for s in group.members):
                        found.setdefault((stream, site, direction), 1.0)
            thin = sum(int(k.quiet.sum()) < 12 for k in situation.known.values() if k.series.quantity == "flow")
        if thin:
            self.notes.append(
                f"{FILES[0]}: fewer than 12 counts before the first order in {thin} series: ordinary traffic there is about the last"
            )
        return found

    def _flows(self) -> list[OrdinaryFlow]:
        most = self._most(by_series(self.episode.counts))
        found: dict[tuple[str, str, str], OrdinaryFlow] = {}
        for (stream, site, direction), rate in self._ordinary().items():
            one = direction.upper() in self.sides[site]
            ways = [direction.upper()] if one else list(self.sides[site])
            for way in ways:
                top = most.get((stream, site, direction), rate) / len(ways)
                if one or (stream, site, way) not in found:
                    found[stream, site, way] = OrdinaryFlow(
                        stream, site, way, rate / len(ways), max(top, rate / len(ways), 0.1)
                    )
        self._other_way(found)
        if not found:
            # Only readings of queues: a crossing's worth of somebody, so that the order has whom to act on.
            self.notes.append(f"{FILES[0]}: no count of a flow: ten a day each way are put in; replace demand.csv")
            for stream in self.stream:
                for name in self.site:
                    for way in self.sides[name]:
                        found[stream, name, way] = OrdinaryFlow(stream, name, way, 10.0, 20.0)
        return list(found.values())

    def _other_way(self, found: dict[tuple[str, str, str], OrdinaryFlow]) -> None:
        """As many the other way, for streams that are counted in one direction alone; not for people who seek protection."""
        for stream in self.stream:
            mine = [f for f in found.values() if f.stream == stream]
            if mode_of(stream) == "asylum" or len({f.direction for f in mine}) != 1:
                continue
            for f in mine:
                way = next(code for code in self.sides[f.crossing] if code != f.direction)
                found[stream, f.crossing, way] = replace(f, direction=way)
            self.notes.append(
                f"{FILES[0]}: '{stream}' is counted into {mine[0].direction} alone: as many are put in the other way"
            )

    @staticmethod
    def _most(counts: dict[Any, list[Count]]) -> dict[tuple[str, str, str], float]:
        """The largest rate a day seen by stream, crossing and direction."""
        out: dict[tuple[str, str, str], float] = {}
        for series, rows in counts.items():
            if series.quantity != "flow" or len(series.crossings) != 1:
                continue
            rates = [c.value / max((c.end - c.start) / _DAY, 1e-9) for c in disjoint(rows)]
            out[series.stream, series.crossings[0], series.direction] = max(rates)
        return out

    def _period(self) -> tuple[dt.date, dt.date]:
        """About the first order: some days before it, the rest after; at most about two million travellers."""
        total = sum(f.per_day for f in self.flows) * 1.1
        length = int(min(MOST_DAYS, max(LEAST_DAYS, MOST_TRAVELLERS / max(total, 1.0))))
        before = max(2, length // 4)
        start, end = (self.anchor - before * _DAY).date(), (self.anchor + (length - before - 1) * _DAY).date()
        first, last = self._counted()
        if length < MOST_DAYS or first < start or last > end:
            why = (
                f"{counted(round(total), 'traveller')} a day would make a longer run slow"
                if length < MOST_DAYS
                else "what an order changes shows in its first weeks"
            )
            self.notes.append(
                f"{FILES[0]} has counts from {first} to {last}; the run covers {counted(length, 'day')}, {start} to {end}, about the first order, as {why}: "
                "for other days set start and end in scenario.yaml; backtest and forecast read all counts"
            )
        return start, end

    def _counted(self) -> tuple[dt.date, dt.date]:
        """First and last day with a count."""
        counts = self.episode.counts
        return min(c.start for c in counts).date(), (max(c.end for c in counts) - dt.timedelta(minutes=1)).date()

    def _has(self, stream: str) -> bool:
        return any(f.stream == stream for f in self.flows)

    def _unit(self, stream: str) -> str:
        vehicles = any("vehicle" in c.series.unit for c in self.episode.counts if c.series.stream == stream)
        return UNIT.get(mode_of(stream), "car" if vehicles else "person") if vehicles else "person"

    def _beta(self, stream: str) -> float:
        """Weight of an hour with which the share that the atlas expects goes round by a crossing 50 km off."""
        share = float(logistic(np.array(self.priors["diversion"][mode_of(stream)]["centre"])))
        hours = 2 * 50.0 * ROAD_FACTOR / KMH
        return (OUTSIDE - math.log(share / (1 - share))) / hours

    def _alpha(self, stream: str) -> dict[str, float]:
        """Attractions with which each crossing carries what was counted, although its neighbours are near."""
        names = [c for c in self.site if any(f.crossing == c and f.stream == stream for f in self.flows)]
        wanted = np.array([sum(f.per_day for f in self.flows if f.crossing == c and f.stream == stream) for c in names])
        wanted = np.maximum(wanted, 1e-6)
        km = np.array([[0.0 if a == b else self._km(a, b) for b in names] for a in names])
        cost = np.exp(-self._beta(stream) * 2 * km / KMH)
        alpha = np.zeros(len(names))
        for _ in range(200):
            weight = cost * np.exp(alpha)[None]
            got = (wanted[:, None] * weight / weight.sum(axis=1, keepdims=True)).sum(axis=0)
            alpha += 0.5 * np.log(wanted / np.maximum(got, 1e-12))
            alpha -= alpha[int(np.argmax(wanted))]
        return {
            self.site[c]: round(float(np.clip(a, -6, 6)), 2)
            for c, a in zip(names, alpha, strict=True)
            if abs(a) >= 0.01
        }

    def _km(self, a: str, b: str) -> float:
        one, two = (Site(x, "", *self.where[x]) for x in (a, b))
        return max(1.0, ROAD_FACTOR * distance_km(one, two))
