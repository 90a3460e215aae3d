"""Rolling origins: what would have been forecast then, from what was known then, beside what was counted and what rules say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.forecasting.episode import EPOCH, Count, Episode, Series, days
from crossings.forecasting.known import by_series, disjoint, missing
from crossings.forecasting.opponents import LEVELS, RULES, Errors, points, ranges
from crossings.forecasting.orders import concerns, coverage, touches
from crossings.forecasting.pooling import shut_by, with_rules
from crossings.forecasting.predict import predict
from crossings.forecasting.situation import look

Floats = NDArray[np.float64]
MOST_ORIGINS = 24
WARM_UP = 12
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class BacktestRow:
    """One count and what was said of it at an origin.

    lead: which period of its series after the origin it is, from 1. before: no count that a known order touches was published.
    closed: an order known at the origin shuts all of its crossings for the whole period, and did so when it came: an order that
    ended before makes no zero.
    """

    origin: dt.datetime
    count: Count
    lead: int
    before: bool
    closed: bool


@dataclass(frozen=True)
class BacktestTable:
    """Rows [R] of one episode with quantiles [R, Q] at `LEVELS` and those of every rule."""

    episode: Episode
    rows: tuple[BacktestRow, ...]
    quantiles: Floats
    rules: Mapping[str, Floats]

    @property
    def counts(self) -> Floats:
        """[R] what was counted."""
        return np.array([row.count.value for row in self.rows])


def crps_of(quantiles: Floats, counts: Floats) -> Floats:
    """[R] continuous ranked probability score of quantiles at `LEVELS`: twice the mean pinball loss."""
    apart = counts[:, None] - quantiles
    return np.asarray(2.0 * np.mean(np.maximum(LEVELS * apart, (LEVELS - 1.0) * apart), axis=1))


def origins_of(episode: Episode, how: str = "every") -> list[dt.datetime]:
    """Instants at which forecasts are made, each the end of a day.

    ``every``: the end of each usual period from the first order known on, thinned evenly to at most 24, and those of
    ``orders``: the end of the day on which an order became known, or took effect.
    """
    counts = [c for rows in by_series(episode.counts).values() for c in disjoint(rows)]
    if not counts:
        return []
    first, last = min(c.end for c in counts), max(c.start for c in counts)
    about = set()
    for order in episode.orders:
        for when in (
            order.known,
            order.start,
            order.end_known if order.known < (order.end_known or order.known) else None,
        ):
            if when is not None:
                about.add(_evening(when))
    about = {o for o in about if first < o <= last + _DAY}
    if how == "orders":
        return sorted(about)
    begin = min(about) if about else first + (last - first) / 3
    ends = sorted({_evening(c.end) for c in counts if begin <= c.end <= last})
    step = max(1, -(-len(ends) // MOST_ORIGINS))
    return sorted(about | set(ends[step - 1 :: step]))


def _evening(when: dt.datetime) -> dt.datetime:
    """The midnight at the end of the day; a midnight is itself."""
    day = dt.datetime.combine(when.date(), dt.time())
    return day if when == day else day + _DAY


def backtest(
    episode: Episode, origins: Sequence[dt.datetime], horizon: dt.timedelta | None, priors: Mapping[str, Any]
) -> BacktestTable:
    """Forecasts of an episode's counts at each origin. horizon: how far ahead; None: 30 days, or three months of monthly
    counts.
    """
    return Rolling(episode, horizon, priors).run(sorted(origins))


@dataclass(frozen=True)
class _Said:
    quantiles: Floats
    rules: Mapping[str, Floats]


class Rolling:
    """Forecasts of one episode at one origin after another; rules learn their errors on the way."""

    def __init__(self, episode: Episode, horizon: dt.timedelta | None, priors: Mapping[str, Any]) -> None:
        self.episode, self.priors = episode, priors
        self.counts = by_series(episode.counts)
        flows = any(s.quantity == "flow" for s in self.counts)
        self.scored = {
            s: self._real(s, disjoint(rows)) for s, rows in self.counts.items() if (s.quantity == "flow") == flows
        }
        self.steps = {s: _step(rows) for s, rows in self.scored.items()}
        monthly = np.median([v for v in self.steps.values() if v > 0] or [1.0]) >= 20
        self.horizon = horizon or dt.timedelta(days=92 if monthly else 30)
        self.errors = Errors()
        self._open: list[tuple[dt.datetime, Series, int, float, dict[str, float]]] = []

    def _real(self, series: Series, rows: list[Count]) -> list[Count]:
        """The rows to be scored: without those that are probably missing records."""
        if series.quantity != "flow" or not rows:
            return rows
        start, end = (np.array([days(getattr(c, which)) for c in rows]) for which in ("start", "end"))
        quiet = np.ones(len(rows), dtype=bool)
        for order in self.episode.orders:
            if touches(order, series):
                quiet &= coverage(order, start, end) == 0
        lost = missing(np.array([c.value for c in rows]), quiet)
        return [c for c, no in zip(rows, lost, strict=True) if not no]

    def run(self, origins: Sequence[dt.datetime]) -> BacktestTable:
        rows: list[BacktestRow] = []
        quantiles: list[Floats] = []
        rules: dict[str, list[Floats]] = {rule: [] for rule in RULES}
        for origin in [*self._warm_up(origins), *origins]:
            self._learn(origin)
            real = origin in set(origins)
            found = self._targets(origin)
            if not found:
                continue
            said, forecast = self._say(origin, found, real)
            if forecast is not None:
                keep = np.flatnonzero(np.isfinite(forecast.quantiles).all(axis=1))
                judged = self._judged(origin)
                rows += [judged(*found[k]) for k in keep]
                quantiles.append(forecast.quantiles[keep])
                for rule in RULES:
                    rules[rule].append(forecast.rules[rule][keep])
            self._remember(found, said)
        width = LEVELS.size
        empty = np.zeros((0, width))
        return BacktestTable(
            self.episode,
            tuple(rows),
            np.concatenate(quantiles) if quantiles else empty,
            {rule: np.concatenate(values) if values else empty for rule, values in rules.items()},
        )

    def ahead(self, origin: dt.datetime, found: Sequence[tuple[Count, int]]) -> Floats:
        """[R, Q] quantiles at one origin of periods that nobody has counted, with their leads; nan where nothing is known."""
        for earlier in self._warm_up([origin]):
            self._learn(earlier)
            targets = self._targets(earlier)
            if targets:
                self._remember(targets, self._say(earlier, targets, False)[0])
        self._learn(origin)
        forecast = self._say(origin, found, True)[1]
        assert forecast is not None
        return forecast.quantiles

    def _say(
        self, origin: dt.datetime, found: Sequence[tuple[Count, int]], real: bool
    ) -> tuple[dict[str, Floats], _Said | None]:
        """The numbers of the rules [R], and if wanted quantiles [R, Q]: nan where nothing is known."""
        situation = look(self.episode, self.counts, origin, self.priors)
        targets = [(c.series, days(c.start), days(c.end)) for c, _ in found]
        said = points(situation, targets)
        if not real:
            return said, None
        draws = predict(situation, targets)
        usable = np.isfinite(draws).all(axis=1) & np.isfinite(said["as last counted"])
        leads = [lead for _, lead in found]
        spread = {rule: ranges(rule, said[rule], targets, leads, self.errors, self.priors) for rule in RULES}
        own = np.quantile(np.where(usable[:, None], draws, 0.0), LEVELS, axis=1).T
        pooled = with_rules(own, spread, situation, [count for count, _ in found], self._before(origin))
        return said, _Said(np.where(usable[:, None], pooled, np.nan), spread)

    def _remember(self, found: Sequence[tuple[Count, int]], said: Mapping[str, Floats]) -> None:
        """Keep what the rules say, so that their errors are known once the counts are."""
        for k, (count, lead) in enumerate(found):
            numbers = {rule: float(values[k]) for rule, values in said.items()}
            self._open.append((count.published, count.series, lead, count.value, numbers))

    def _learn(self, origin: dt.datetime) -> None:
        """Take the errors of what was forecast before and is published by now."""
        waiting = []
        for entry in self._open:
            if entry[0] > origin:
                waiting.append(entry)
                continue
            _, series, lead, value, numbers = entry
            self.errors.add(series, lead, value, numbers)
        self._open = waiting

    def _warm_up(self, origins: Sequence[dt.datetime]) -> list[dt.datetime]:
        """Earlier origins, at which only the rules speak, so that they have past errors."""
        if not origins:
            return []
        ends = sorted({_evening(c.end) for rows in self.scored.values() for c in rows if c.published <= origins[0]})
        return [e for e in ends[-WARM_UP:] if e < origins[0]]

    def _targets(self, origin: dt.datetime) -> list[tuple[Count, int]]:
        found = []
        for series, rows in self.scored.items():
            step = self.steps[series]
            for count in rows:
                if count.end <= origin or count.published <= origin or count.start >= origin + self.horizon:
                    continue
                if (count.end - count.start) / _DAY > 3 * max(step, 1.0) + 31:
                    continue
                ahead = (count.end - origin) / _DAY
                found.append((count, max(1, int(np.ceil(ahead / max(step, 1.0) - 0.1)))))
        return found

    def _judged(self, origin: dt.datetime) -> Callable[[Count, int], BacktestRow]:
        """How counts are told apart at an origin: before the first count under an order, and zero by order."""
        orders = self.episode.orders_known(origin)
        before = self._before(origin)
        shut: dict[tuple[Series, dt.datetime, dt.datetime], bool] = {}

        def judged(count: Count, lead: int) -> BacktestRow:
            series = count.series
            period = (series, count.start, count.end)
            if period not in shut:
                shut[period] = shut_by(orders, count) and shut_by(self.episode.orders, count)
            return BacktestRow(origin, count, lead, before(series), shut[period])

        return judged

    def _before(self, origin: dt.datetime) -> Callable[[Series], bool]:
        """Whether no count of a series' stream was published under the latest order that is known and touches it."""
        orders = self.episode.orders_known(origin)
        seen: dict[str, dt.datetime] = {}
        for series, counts in self.counts.items():
            ends = [c.end for c in counts if c.published <= origin]
            if ends:
                seen[series.stream] = max(max(ends), seen.get(series.stream, EPOCH))
        begun: dict[tuple[str, str], dt.datetime | None] = {}

        def before(series: Series) -> bool:
            key = (series.stream, series.direction)
            if key not in begun:
                touching = [o for o in orders if any(concerns(o, c, *key) for c in o.crossings)]
                begun[key] = max((o.start for o in touching), default=None)
            latest = begun[key]
            return latest is not None and seen.get(series.stream, EPOCH) <= latest

        return before


def _step(rows: Sequence[Count]) -> float:
    return float(np.median([(c.end - c.start) / _DAY for c in rows])) if rows else 0.0
