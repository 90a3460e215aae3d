"""What can be known of an episode at an instant: rows, orders, ordinary days, and what each crossing carries without orders."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.forecasting.episode import Count, Episode, Order, Series
from crossings.forecasting.known import known_rows, missing
from crossings.forecasting.orders import concerns, coverage
from crossings.forecasting.ordinary import HALF, Profile, SeriesCounts, fit_profile, latitude_of, levels

Floats = NDArray[np.float64]
EMPTY = 5  # counts of 0, and no other, from which a crossing is taken for closed
QUIET = 0.02  # share of a period under orders below which it counts as ordinary


@dataclass
class Known:
    """A series as known: its rows, its ordinary days, sizes [K] of the rows in ordinary days, and logarithms x [K] of the
    rate.
    """

    series: Series
    rows: SeriesCounts
    profile: Profile
    size: Floats
    x: Floats
    quiet: NDArray[np.bool_]

    @property
    def step(self) -> float:
        """Days of a usual period."""
        return self.rows.step


@dataclass
class Group:
    """Series of one stream, direction and unit: their crossings share what an order drives away.

    base [C]: logarithm of what each crossing carries on an ordinary day without orders, nan where nothing is known; sure [C]: its
    standard error (logarithm).
    """

    key: tuple[str, str, str, str]
    sites: list[str]
    orders: list[Order]
    members: list[Series]
    base: Floats = field(default_factory=lambda: np.zeros(0))
    sure: Floats = field(default_factory=lambda: np.zeros(0))
    acts: NDArray[np.bool_] = field(default_factory=lambda: np.zeros((0, 0), dtype=bool))

    def covered(self, start: Floats, end: Floats) -> Floats:
        """[O, P] share of each period under each order."""
        if not self.orders:
            return np.zeros((0, start.size))
        return np.stack([coverage(o, start, end) for o in self.orders])


@dataclass
class Situation:
    """An episode as known at ``origin``."""

    origin: dt.datetime
    episode: Episode
    priors: Mapping[str, Any]
    known: dict[Series, Known]
    groups: dict[tuple[str, str, str, str], Group]

    def group_of(self, series: Series) -> Group:
        """The group a series belongs to."""
        return self.groups[key_of(series)]


def key_of(series: Series) -> tuple[str, str, str, str]:
    """Stream, direction, unit and quantity."""
    return (series.stream, series.direction, series.unit, series.quantity)


def look(
    episode: Episode, counts: Mapping[Series, list[Count]], origin: dt.datetime, priors: Mapping[str, Any]
) -> Situation:
    """The situation at an instant. counts: see `crossings.forecasting.known.by_series`."""
    orders = episode.orders_known(origin)
    groups: dict[tuple[str, str, str, str], Group] = {}
    for series in sorted(counts, key=lambda s: (s.stream, s.direction, s.unit, s.quantity, s.crossings)):
        key = key_of(series)
        group = groups.get(key)
        if group is None:
            mine = [o for o in orders if any(concerns(o, c, series.stream, series.direction) for c in o.crossings)]
            group = groups[key] = Group(key, sorted(episode.sites), mine, [])
        group.members.append(series)
    known: dict[Series, Known] = {}
    for group in groups.values():
        group.orders += _unwritten(group, counts, origin)
        stream, direction = group.key[:2]
        group.acts = np.array(
            [[concerns(o, c, stream, direction) for c in group.sites] for o in group.orders], dtype=bool
        ).reshape(len(group.orders), len(group.sites))
        for series in group.members:
            rows = known_rows(counts[series], origin)
            if rows.value.size:
                known[series] = _read(episode, group, series, rows, priors)
        _bases(group, known)
    return Situation(origin, episode, priors, known, groups)


def _unwritten(group: Group, counts: Mapping[Series, list[Count]], origin: dt.datetime) -> list[Order]:
    """Crossings of which every count is 0 while others are closed by order: closed by something that nobody wrote down."""
    closing = [o for o in group.orders if o.kind == "closed"]
    if not closing or group.key[3] != "flow":
        return []
    found: dict[str, list[Count]] = {}
    for series in group.members:
        if len(series.crossings) == 1:
            known = (c for c in counts[series] if c.published <= origin)
            found.setdefault(series.crossings[0], []).extend(known)
    since = min([*(o.start for o in closing), *(c.start for rows in found.values() for c in rows)])
    named = {c for o in closing for c in o.crossings}
    return [
        Order(f"unwritten {site}", (site,), (), rows[0].start, since, None, unwritten=True)
        for site, rows in sorted(found.items())
        if site not in named and len(rows) >= EMPTY and not any(c.value for c in rows)
    ]


def _read(episode: Episode, group: Group, series: Series, rows: SeriesCounts, priors: Mapping[str, Any]) -> Known:
    at = [group.sites.index(c) for c in series.crossings]
    mine = group.acts[:, at].any(axis=1) if group.orders else np.zeros(0, dtype=bool)
    cover = group.covered(rows.start, rows.end)[mine]
    quiet: NDArray[np.bool_] = np.ones(rows.value.size, dtype=bool)
    if cover.size:
        quiet = np.asarray((cover < QUIET).all(axis=0))
    lost = missing(rows.value, quiet)
    if series.quantity == "flow" and lost.any():
        rows, quiet = rows.only(~lost), quiet[~lost]
    lat = latitude_of([episode.sites[c].lat for c in series.crossings])
    learn = rows.only(quiet) if quiet.sum() >= 3 and (~quiet).sum() < 14 else rows
    profile = fit_profile(
        priors, series.stream, lat, learn if series.quantity == "flow" else SeriesCounts(*([np.zeros(0)] * 3))
    )
    size = profile.size(rows.start, rows.end)
    return Known(series, rows, profile, size, np.log(rows.value + HALF) - np.log(size), quiet)


def _bases(group: Group, known: Mapping[Series, Known]) -> None:
    """What each crossing carries without orders: from its own quiet counts, else an equal part of a sum's."""
    base = np.full(len(group.sites), np.nan)
    sure = np.full(len(group.sites), 0.0)
    half = np.array([0.5])
    sums = []
    for series in group.members:
        if series not in known:
            continue
        mine = known[series]
        x = mine.x[mine.quiet]
        if x.size == 0:
            continue
        if len(series.crossings) > 1:
            sums.append((series, float(levels(x[-8:], half)[0])))
            continue
        at = group.sites.index(series.crossings[0])
        base[at] = levels(x[-8:], half)[0]
    for series, level in sums:
        several = [group.sites.index(c) for c in series.crossings]
        absent = [k for k in several if np.isnan(base[k])]
        if absent:
            rest = np.exp(level) - np.nansum(np.exp(base[several]))
            base[absent] = np.log(max(rest, 0.05 * np.exp(level)) / len(absent))
            sure[absent] = 0.8
    group.base, group.sure = base, sure
