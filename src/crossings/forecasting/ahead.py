"""Forecasts of what nobody has counted yet: each crossing and all of them together, from what was published by a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.errors import InputError
from crossings.forecasting.backtest import Rolling
from crossings.forecasting.episode import Count, Episode, Series
from crossings.forecasting.known import by_series, disjoint
from crossings.forecasting.scores import QUANTILES, at_levels, shown_origin

_DAY = dt.timedelta(days=1)
COMMON = 0.5  # share of the most periods of any crossing that one needs to be part of the total
MOST_PERIODS = 400


@dataclass(frozen=True)
class CountForecast:
    """Forecasts from one origin. rows: one a series and period, with quantiles; notes: what was assumed, a line each."""

    origin: dt.datetime
    last: dt.datetime
    rows: tuple[dict[str, Any], ...]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """All of it; a day stands for its end."""
        return {
            "until": shown_origin(self.origin),
            "last_count": self.last.isoformat(timespec="minutes"),
            "rows": list(self.rows),
            "notes": list(self.notes),
        }


def ahead(
    episode: Episode, until: dt.datetime | None, horizon: dt.timedelta | None, priors: Mapping[str, Any]
) -> CountForecast:
    """Forecasts of an episode from what was published by an instant.

    Every series is re-levelled with its own counts, and so is the total of the crossings that are counted in the same periods.

    Parameters
    ----------
    episode : Episode
        Counts, crossings and orders.
    until : datetime or None
        Counts and orders published later are not used; None: all are used.
    horizon : timedelta or None
        How far ahead; None: 30 days, or three months of monthly counts.
    priors : mapping
        As of `crossings.forecasting.priors.priors`.

    Returns
    -------
    Ahead
        A row a series and period.

    Raises
    ------
    InputError
        If nothing was published by then.

    Examples
    --------
    >>> from crossings.forecasting import atlas
    >>> from crossings.forecasting.priors import priors
    >>> found = ahead(atlas.read("pl_by_kuznica_2021"), None, None, priors())
    >>> sorted(found.rows[0])[:3]
    ['crossings', 'direction', 'from']
    """
    if not any(c.firm for c in episode.counts):
        raise InputError(episode.id, "there is no firm count, only bounds", "give counts to go on from")
    origin = until or max(c.published for c in episode.counts)
    known = tuple(c for c in episode.counts if c.published <= origin and c.firm)
    if not known:
        first = min(c.published for c in episode.counts)
        raise InputError("--until", "nothing was published by then", f"write {shown_origin(first)} or later")
    whole = with_totals(replace(episode, counts=known))
    rolling = Rolling(whole, horizon, priors)
    wanted = [
        target
        for series, rows in rolling.counts.items()
        for target in _periods(series, disjoint(rows), origin, rolling.horizon)
    ]
    if not wanted:
        return CountForecast(origin, max(c.end for c in known), (), episode.notes)
    values = at_levels(rolling.ahead(origin, wanted), tuple(QUANTILES.values()))
    every = {c.series for c in known}
    rows = [
        {
            "crossings": ";".join(count.series.crossings),
            "total": count.series not in every,
            "stream": count.series.stream,
            "direction": count.series.direction,
            "unit": count.series.unit,
            "from": count.start.isoformat(timespec="minutes"),
            "until": count.end.isoformat(timespec="minutes"),
            **{name: float(f"{v:.6g}") for name, v in zip(QUANTILES, q, strict=True)},
        }
        for (count, _), q in zip(wanted, values, strict=True)
        if np.isfinite(q).all()
    ]
    return CountForecast(origin, max(c.end for c in known), tuple(rows), episode.notes)


def _periods(series: Series, rows: list[Count], origin: dt.datetime, horizon: dt.timedelta) -> list[tuple[Count, int]]:
    """The periods of a series that begin before the horizon and end after the origin, with their leads."""
    if not rows:
        return []
    lengths: NDArray[np.float64] = np.array([(c.end - c.start) / _DAY for c in rows[-12:]])
    usual = float(np.median(lengths))
    if series.quantity != "flow" or usual <= 0:
        at = [origin + k * _DAY for k in range(1, int(horizon / _DAY) + 1)]
        return [(Count(series, t, t, np.nan, t), k + 1) for k, t in enumerate(at)]
    # Months, weeks and days of the calendar; shorter ones, such as shifts, where all are alike.
    months, weeks = usual >= 20, 5 <= usual < 20
    alike = lengths.size >= 4 and bool((np.abs(lengths - usual) < 1e-6).all())
    shifts = usual < 0.7 and alike and abs(1 / usual - round(1 / usual)) < 1e-6
    step = 7.0 if weeks else usual if months or shifts else 1.0
    start = rows[-1].end
    if months:
        start = start.replace(day=1, hour=0, minute=0)
    elif not shifts:
        start = start.replace(hour=0, minute=0)
    out: list[tuple[Count, int]] = []
    while start < origin + horizon and len(out) < MOST_PERIODS:
        stop = (start + 32 * _DAY).replace(day=1) if months else start + dt.timedelta(days=step)
        if stop > origin:
            lead = max(1, int(np.ceil((stop - origin) / _DAY / max(step, 1.0) - 0.1)))
            out.append((Count(series, start, stop, np.nan, stop), lead))
        start = stop
    return out


def with_totals(episode: Episode) -> Episode:
    """The episode with one series more for each stream, direction and unit: the sum over crossings, of periods in which all were
    counted.

    A crossing that was counted in less than half as many periods as the others is no part of it.
    """
    groups: dict[tuple[str, str, str], dict[Series, list[Count]]] = {}
    counts = by_series(episode.counts)
    for series, rows in counts.items():
        if series.quantity == "flow" and len(series.crossings) == 1:
            groups.setdefault((series.stream, series.direction, series.unit), {})[series] = disjoint(rows)
    more: list[Count] = []
    for members in groups.values():
        most = max(len(rows) for rows in members.values())
        common = {s: rows for s, rows in members.items() if len(rows) >= COMMON * most}
        if len(common) < 2:
            continue
        some = next(iter(common))
        total = replace(some, crossings=tuple(sorted(s.crossings[0] for s in common)))
        if total in counts:  # published as such
            continue
        periods: dict[tuple[dt.datetime, dt.datetime], list[Count]] = {}
        for rows in common.values():
            for count in rows:
                periods.setdefault((count.start, count.end), []).append(count)
        more += [
            Count(total, start, end, sum(c.value for c in found), max(c.published for c in found))
            for (start, end), found in periods.items()
            if len(found) == len(common)
        ]
    return replace(episode, counts=(*episode.counts, *more))
