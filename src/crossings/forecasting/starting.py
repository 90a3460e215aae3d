"""A scenario from three files: what their counts, crossings and orders say, and round assumptions for the rest, each marked."""

from __future__ import annotations

import datetime as dt
import json
import math
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from crossings.errors import InputError
from crossings.forecasting.border_plan import KMH, OUTSIDE, ROAD_FACTOR, BorderPlan, OrdinaryFlow
from crossings.forecasting.draws import logistic
from crossings.forecasting.episode import Order
from crossings.forecasting.history import FILES, read_files
from crossings.forecasting.known import by_series, disjoint
from crossings.forecasting.orders import concerns, mode_of
from crossings.forecasting.own_rows import own_rows
from crossings.forecasting.starting_text import StreamSettings, settings_text, sources_text
from crossings.importers.encodings import text_of
from crossings.importers.identifiers import identifiers
from crossings.io.disk import UnreadableError, read_bytes
from crossings.scenario import Scenario
from crossings.scenario.writer import csv_text, write_files

HISTORY = "history"  # the folder in a scenario with the three files as given
KM_INLAND = 10.0
SPARE = 1.25  # capacity over the largest daily rate seen
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Given:
    """The files that a person gives; roads and places may be None."""

    counts: Path
    crossings: Path
    closures: Path
    roads: Path | None = None
    places: Path | None = None


def write_scenario_of(
    given: Given, directory: Path, name: str, timezone: str = "UTC", countries: tuple[str, ...] = ()
) -> list[str]:
    """Write a new scenario directory that passes every check; returns what was assumed, a line each.

    countries: the codes of both, where the directions of the counts do not name them. The three files go with it, in the folder
    ``history``: `crossings backtest` forecasts from them. Raises InputError with a line for each fault; nothing is left
    half-written.
    """
    episode = read_files(given.counts, given.crossings, given.closures, name=name)
    plan = _Files(episode, name, timezone, countries)
    files: dict[str, str | bytes] = dict(plan.files())
    own = own_rows(files, (("roads.csv", given.roads), ("places.csv", given.places)))
    for file, path in zip(FILES, (given.counts, given.crossings, given.closures), strict=True):
        files[f"{HISTORY}/{file}"] = _as_given(path)
    try:
        write_files(files, directory, accept=Scenario.read)
    except InputError as error:
        faults = list(error.faults)
        for one in own:
            faults = one.told(faults)
        raise InputError(faults) from None
    return [*plan.episode.notes, *plan.notes, *(note for one in own for note in one.notes)]


def _as_given(path: Path) -> bytes:
    """The content of a file that was read already; in UTF-8 where it was read in another encoding."""
    raw = read_bytes(path)
    try:
        text, notes = text_of(raw)
    except UnreadableError:  # a workbook
        return raw
    return text.encode() if notes else raw


class _Files(BorderPlan):
    """The plan as the files of a scenario."""

    def files(self) -> dict[str, str]:
        """The scenario's files by name."""
        countries = sorted({code for pair in self.sides.values() for code in pair})
        text = settings_text(
            self.name,
            self.start,
            self.end,
            self.timezone,
            countries,
            [self._settings_of(s) for s in self.stream if self._has(s)],
        )
        pairs = list(dict.fromkeys(self.sides.values()))
        files = {
            "scenario.yaml": text,
            "SOURCES.md": sources_text(self.notes),
            "borders.csv": csv_text(
                "id,country_a,country_b,line", [[_border(p), *p, f"{_border(p)}.geojson"] for p in pairs]
            ),
            "crossings.csv": csv_text("id,name,border,place_a,place_b,lat,lon,source", self._crossing_rows()),
            "places.csv": csv_text("id,name,lat,lon,country,kind,source,estimated", self._place_rows()),
            "roads.csv": csv_text("from,to,km,speed_kmh,source,estimated", self._road_rows()),
            "lanes.csv": csv_text(
                "id,crossing,direction,side,streams,servers,hours,service_min_mean,service_cv,source,estimated",
                self._lane_rows(),
            ),
            "demand.csv": csv_text(
                "stream,origin,destination,from,until,per_day,profile,source,estimated", self._demand_rows()
            ),
        }
        for pair in pairs:
            files[f"{_border(pair)}.geojson"] = json.dumps(self._line(pair)) + "\n"
        orders = self._order_rows()
        if orders:
            files["closures.csv"] = csv_text(
                "id,order,crossings,direction,streams,announced,from,until,kind,value,replaces,source,estimated", orders
            )
        seen = self._seen_rows()
        if seen:
            files["observations.csv"] = csv_text(
                "id,crossings,direction,streams,from,until,count,unit,what,status,published,source", seen
            )
        return files

    def _settings_of(self, stream: str) -> StreamSettings:
        return StreamSettings(
            self.stream[stream],
            self._unit(stream),
            self._beta(stream),
            OUTSIDE,
            self._alpha(stream),
            self.priors["recovery"][mode_of(stream)],
            math.exp(self.priors["rush"]["centre"]),
        )

    def _place(self, crossing: str, country: str) -> str:
        return f"{self.site[crossing]} {country}"

    def _town(self, crossing: str, country: str) -> str:
        return f"{self.site[crossing]} {country} inland"

    def _crossing_rows(self) -> list[list[Any]]:
        return [
            [
                name,
                self.episode.sites[c].name,
                _border(self.sides[c]),
                self._place(c, self.sides[c][0]),
                self._place(c, self.sides[c][1]),
                *self.where[c],
                FILES[1],
            ]
            for c, name in self.site.items()
        ]

    def _place_rows(self) -> list[list[Any]]:
        rows = []
        made = "made: on either side of each crossing"
        for c, pair in self.sides.items():
            lat, lon = self.where[c]
            lat = min(89.9, max(-89.9, lat))
            for way, country in zip((1, -1), pair, strict=True):
                rows.append(
                    [self._place(c, country), "", round(lat + 0.003 * way, 4), lon, country, "town", made, "yes"]
                )
                rows.append(
                    [self._town(c, country), "", round(lat + 0.09 * way, 4), lon, country, "origin", made, "yes"]
                )
        return rows

    def _road_rows(self) -> list[list[Any]]:
        rows = []
        far = f"great circle x {ROAD_FACTOR}"
        names = list(self.site)
        near = {a: sorted((b for b in names if b != a), key=partial(self._km, a))[:4] for a in names}
        for c, pair in self.sides.items():
            rows += [[self._town(c, k), self._place(c, k), KM_INLAND, KMH, "made", "yes"] for k in pair]
        for i, a in enumerate(names):
            for b in names[i + 1 :]:
                if b not in near[a] and a not in near[b] and names[i + 1] != b:
                    continue
                for country in set(self.sides[a]) & set(self.sides[b]):
                    rows.append(
                        [self._place(a, country), self._place(b, country), round(self._km(a, b), 1), KMH, far, "yes"]
                    )
        return rows

    def _lane_rows(self) -> list[list[Any]]:
        rows = []
        for f in self.flows:
            servers, minutes = self._control(f)
            name = f"{self.site[f.crossing]} {self.stream[f.stream]} into {f.direction}"
            source = f"largest count x {SPARE}"
            rows.append(
                [
                    name[:80],
                    self.site[f.crossing],
                    f.direction,
                    "entry",
                    self.stream[f.stream],
                    servers,
                    "24/7",
                    minutes,
                    1,
                    source,
                    "yes",
                ]
            )
        return rows

    def _control(self, f: OrdinaryFlow) -> tuple[int, float]:
        """Servers and mean service, minutes, that let through the most seen and something to spare."""
        hourly = SPARE * f.most / 24.0
        minutes = min(1.0 if self._unit(f.stream) == "person" else 2.0, 60_000 / hourly)
        servers = min(1000, max(1, math.ceil(hourly * minutes / 60)))
        return servers, round(60 * servers / max(hourly, 0.5), 4) if hourly > 0.5 else minutes

    def _demand_rows(self) -> list[list[Any]]:
        rows = []
        stay = 1 + math.exp(-OUTSIDE)
        for f in self.flows:
            other = next(k for k in self.sides[f.crossing] if k != f.direction)
            per_day = f"{max(f.per_day, 0.01) * stay:.4g}"
            ends = [self._town(f.crossing, other), self._town(f.crossing, f.direction)]
            rows.append(
                [
                    self.stream[f.stream],
                    *ends,
                    self.start,
                    self.end,
                    per_day,
                    "",
                    "ordinary traffic learned from counts.csv",
                    "yes",
                ]
            )
        return rows

    def _order_rows(self) -> list[list[Any]]:
        rows: list[list[Any]] = []
        names = identifiers([o.id for o in self.episode.orders])
        for name, order in zip(names, self.episode.orders, strict=True):
            streams = [
                s
                for s in self.stream
                if any(f.stream == s and concerns(order, f.crossing, s, "both") for f in self.flows)
            ]
            announced = "" if not order.announced or order.known >= order.start else _written(order.known)
            until = "" if order.end is None else _written(order.end)
            plain = [announced, _written(order.start), until]
            source = f"{FILES[2]}, kind {order.kind}" + (" read from its words" if order.guessed else "")
            direction = (
                order.direction.upper() if any(order.direction.upper() in p for p in self.sides.values()) else ""
            )
            sites = ";".join(self.site[c] for c in order.crossings)
            whom = ";".join(self.stream[s] for s in streams)
            if order.kind == "lifted" or not streams:
                ended = [n for n, o in zip(names, self.episode.orders, strict=True) if _lifts(order, o)]
                begins = [*plain[:2], "" if ended else plain[2]]
                kind = "lifted" if ended else "note"
                rows.append([name, name, sites, "", "", *begins, kind, "", ";".join(ended), source, "yes"])
            elif order.kind in ("closed", "deterrent"):
                lost = _share(1.0 - self._kept(order)) if order.kind == "deterrent" else ""
                source += f": keeps {lost} away, as the atlas expects" if lost else ""
                rows.append([name, name, sites, direction, whom, *plain, order.kind, lost, "", source, "yes"])
            else:
                rows += self._limits(name, order, streams, plain, source)
        return rows

    def _limits(self, name: str, order: Order, streams: list[str], plain: list[str], source: str) -> list[list[Any]]:
        """An order that lets some through, by its kind: so that a day lets through what the atlas expects of an ordinary day."""
        kept = self._kept(order)
        rows = []
        for f in self.flows:
            if (
                f.crossing in order.crossings
                and f.stream in streams
                and (not order.direction or order.direction.upper() == f.direction)
            ):
                row_id = f"{name} {self.site[f.crossing]} {self.stream[f.stream]} {f.direction}"[:80]
                servers, minutes = self._control(f)
                left = kept * f.per_day / (1440.0 * servers / minutes)  # of the capacity
                kind, value = "quota", str(max(0, round(kept * f.per_day)))
                if order.kind == "part" and left >= 1e-4:
                    kind, value = "part", _share(min(0.999, left))
                elif order.kind == "slowed" and 1e-3 <= left < 0.99:
                    kind, value = "slowed", f"x{1.0 / left:.3g}"
                what = f"{source}: lets through {kept:.0%} of an ordinary day, as the atlas expects"
                whom = [self.site[f.crossing], f.direction, self.stream[f.stream]]
                rows.append([row_id, name, *whom, *plain, kind, value, "", what, "yes"])
        return rows

    def _kept(self, order: Order) -> float:
        """The share of an ordinary day that an order of its kind leaves, as the atlas expects."""
        return 1.0 - float(logistic(np.array(self.priors["kinds"][order.kind]["centre"])))

    def _seen_rows(self) -> list[list[Any]]:
        """Counts within the run, as far as they are counts of flows or queues that a scenario can hold."""
        rows: list[list[Any]] = []
        low, high = (dt.datetime.combine(d, dt.time()) for d in (self.start, self.end + _DAY))
        gates = {(f.stream, f.crossing, f.direction) for f in self.flows}
        for series, counts in by_series(self.episode.counts).items():
            way = series.direction.upper()
            ways = [way] if any(way in self.sides[c] for c in series.crossings) else []
            fits = series.stream in self.stream and any(
                (series.stream, c, d) in gates for c in series.crossings for d in (ways or self.sides[c])
            )
            if series.quantity not in ("flow", "queue") or not fits:
                continue
            vehicles = self._unit(series.stream) != "person"
            for count in disjoint(counts):
                if count.start < low or count.end > high or count.value != int(count.value):
                    continue
                end = count.end if count.end > count.start else count.end + dt.timedelta(minutes=15)
                what = "crossed" if series.quantity == "flow" else "waiting"
                rows.append(
                    [
                        f"count-{len(rows) + 1}",
                        ";".join(self.site[c] for c in series.crossings),
                        ways[0] if ways else "",
                        self.stream[series.stream],
                        _written(count.start),
                        _written(end),
                        int(count.value),
                        "vehicles" if vehicles else "persons",
                        what,
                        "final",
                        _written(max(count.published, end)),
                        FILES[0],
                    ]
                )
        return rows

    def _line(self, pair: tuple[str, str]) -> dict[str, Any]:
        points = [self.where[c] for c in self.site if self.sides[c] == pair]
        lats, lons = [p[0] for p in points], [p[1] for p in points]
        upright = max(lats) - min(lats) >= (max(lons) - min(lons)) * math.cos(math.radians(lats[0]))
        points = sorted(dict.fromkeys(points), key=lambda p: p[0] if upright else p[1])
        first, last = points[0], points[-1]
        a = [first[1] - (0.0 if upright else 0.2), first[0] - (0.2 if upright else 0.0)]
        b = [last[1] + (0.0 if upright else 0.2), last[0] + (0.2 if upright else 0.0)]
        line = [a, *([p[1], p[0]] for p in points), b]
        line = [[min(180.0, max(-180.0, lon)), min(90.0, max(-90.0, lat))] for lon, lat in line]
        return {
            "type": "Feature",
            "properties": {"note": "made: through the crossings"},
            "geometry": {"type": "LineString", "coordinates": line},
        }


def _border(pair: tuple[str, str]) -> str:
    return "-".join(code.lower() for code in pair)


def _share(value: float) -> str:
    return f"{100.0 * value:.3g}%"


def _lifts(order: Order, other: Order) -> bool:
    """Whether a lifting ends another order: one that is in force then, without another end of its own before."""
    if order.kind != "lifted" or other.kind == "lifted" or not set(order.crossings) & set(other.crossings):
        return False
    return other.start < order.start and (other.end is None or other.end > order.start)


def _written(when: dt.datetime) -> str:
    return when.isoformat(timespec="minutes")
