"""Forecasts from a situation: draws of what each period will count, for each crossing, stream and direction.

Ordinary days times the effect of orders, re-levelled by every count published. Where the orders of the target period are those
of the last counts, the effect of the orders cancels and what was counted last goes on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.forecasting.draws import N, student, uniform
from crossings.forecasting.effects import Effects
from crossings.forecasting.episode import Series
from crossings.forecasting.orders import coverage, mode_of
from crossings.forecasting.ordinary import HALF
from crossings.forecasting.past import FAINT, LAST, SAME, Past, counting_noise, level_of
from crossings.forecasting.situation import Group, Known, Situation

Floats = NDArray[np.float64]
ELSE = 0.3  # difference of logarithms from which a draw is under other orders than the last counts were
FARTHEST = 30.0  # steps beyond which the spread grows no more
MEMORY, RESTLESS = (
    24,
    4.0,
)  # rows under orders that tell how much larger errors are there; rows that what is known of others is worth
OLD = 0.3  # how much more a crossing may carry after orders than before: scale of the logarithm
MOVING = 2.0  # how much wider weeks and months of people who seek protection are before their own errors tell
SCATTERED = 2.0  # how much wider single figures are than counts one after another
FEW = 6  # rows below which errors of its own tell nothing
TILED, UNLIKE = 0.7, 1.5  # share of the time counted, and longest over shortest period, beyond which figures are single
REOPENED = {"month": 0.15, "week": 0.3, "day": 0.5, "hour": 0.5, "reading": 0.5}
WIDEST = 1.2  # standard deviation of a logarithm, at most


def spread_class(series: Series, step: float) -> str:
    """Which errors a series is like: month, week, day, hour, or reading."""
    if series.quantity != "flow":
        return "reading"
    return "month" if step >= 20 else "week" if step >= 4 else "day" if step > 0.7 else "hour"


def predict(situation: Situation, targets: Sequence[tuple[Series, float, float]]) -> Floats:
    """[R, N] draws, sorted, of the count in each period (series, start, end in days since 1970); nan where nothing is known."""
    out = np.full((len(targets), N), np.nan)
    by_group: dict[Any, list[int]] = {}
    for r, (series, _, _) in enumerate(targets):
        key = (series.stream, series.direction, series.unit, series.quantity)
        by_group.setdefault(key, []).append(r)
    for key, rows in by_group.items():
        group = situation.groups.get(key)
        if group is not None:
            _Forecaster(situation, group).fill(out, rows, targets)
    return np.sort(out, axis=1)


class _Forecaster:
    """Forecasts for one group of series."""

    def __init__(self, situation: Situation, group: Group) -> None:
        self.situation, self.group = situation, group
        self.priors = situation.priors
        self.effects = Effects(situation.episode, group, situation.origin, self.priors) if group.orders else None

    def fill(self, out: Floats, rows: list[int], targets: Sequence[tuple[Series, float, float]]) -> None:
        """Write the draws of some targets."""
        start = np.array([targets[r][1] for r in rows])
        end = np.array([targets[r][2] for r in rows])
        cover = self.group.covered(start, end)
        factor = self._factors(start, end)
        by_series: dict[Series, list[int]] = {}
        for k, r in enumerate(rows):
            by_series.setdefault(targets[r][0], []).append(k)
        # Of all series, not only of those that are asked for: what the others counted says the same of the draws either way.
        pasts = {s: self._past(self.situation.known[s]) for s in self.group.members if s in self.situation.known}
        shared = self._shared(pasts)
        for series, at in by_series.items():
            mean = None if factor is None else self._of(series, factor[:, at])
            if series in pasts:
                draws = self._from_past(series, pasts[series], shared, start[at], end[at], cover[:, at], mean)
            else:
                draws = self._from_others(series, start[at], end[at], mean)
            for k, values in zip(at, draws, strict=True):
                out[rows[k]] = values

    def _factors(self, start: Floats, end: Floats) -> Floats | None:
        """[C, P, N] for each distinct period, spread over the targets."""
        if self.effects is None or not start.size:
            return None
        pairs, back = np.unique(np.stack([start, end]), axis=1, return_inverse=True)
        return self.effects.factor(pairs[0], pairs[1])[:, back.reshape(-1)]

    def _of(self, series: Series, factor: Floats) -> Floats:
        """[P, N] factor of a set of crossings: the mean of theirs, by what they carry."""
        assert self.effects is not None
        at = [self.group.sites.index(c) for c in series.crossings]
        base = np.maximum(self.effects.base[at], 1e-9)
        return np.asarray((factor[at] * base[:, None, :]).sum(axis=0) / base.sum(axis=0))

    def _past(self, known: Known) -> Past:
        """The last rows of a series, and what each draw of the effects makes of them."""
        rows = known.rows
        last = slice(max(0, rows.value.size - LAST), rows.value.size)
        start, end = rows.start[last], rows.end[last]
        cover = self.group.covered(start, end)
        kind = spread_class(known.series, known.step)
        if self.effects is None:
            factor = np.ones((start.size, N))
        else:
            factor = self._of(known.series, self._factors(start, end))  # type: ignore[arg-type]
        spread = spread_ahead(known, self.priors)
        return Past(known, known.x[last], start, end, cover, factor, spread, self._restless(known, spread), kind)

    def _restless(self, known: Known, spread: Floats) -> float:
        """How many times larger variances are under orders: as its own errors there say, as far as there are any."""
        prior = float(self.priors["disturbed"]["factor"] ** 2)
        own = errors_under_orders(known, self.group, spread, MEMORY)
        return float((RESTLESS * prior + own @ own) / (RESTLESS + own.size))

    def _shared(self, pasts: dict[Series, Past]) -> Floats:
        """[N] what the counts of all series together say of each draw, tempered."""
        total = [p.fit for p in pasts.values() if p.speaks]
        return np.zeros(N) if not total else np.sum(total, axis=0) * min(1.0, 2.0 / len(total))

    def _from_past(
        self,
        series: Series,
        past: Past,
        shared: Floats,
        start: Floats,
        end: Floats,
        cover: Floats,
        mean: Floats | None,
    ) -> Floats:
        """[P, N] counts of a series with rows of its own."""
        name = f"{self.group.key}|{series.crossings}"
        touched = self._touched(series, start, end)
        size = past.known.profile.size(start, end)
        low, high = self.priors["ordinary"]["forgetting"][past.kind]
        memory = low + (high - low) * uniform(f"memory|{name}")
        pick = (
            _resample(past.fit + (shared if past.speaks else 0.5 * shared), uniform(f"pick|{name}"))
            if mean is not None
            else np.arange(N)
        )
        out = np.empty((start.size, N))
        step = max(past.known.step, 1e-3) if series.quantity == "flow" else 1.0
        last = 0.5 * (past.start[-1] + past.end[-1])
        undone = np.zeros(0) if mean is None else self._undone(series, past, pick, memory)
        for p in range(start.size):
            ahead = min(FARTHEST, max(1.0, (0.5 * (start[p] + end[p]) - last) / step))
            same = past.same(cover[:, p]) if cover.size else np.ones(past.x.size, dtype=bool)
            variance = past.spread[0] + past.spread[1] * ahead
            if mean is None or same[-1]:
                tail = int(np.argmin(same[::-1])) if not same.all() else same.size
                centre = level_of(past.x[past.x.size - tail :], past.length[past.x.size - tail :], memory)
                if tail < 3 and mean is not None:
                    variance = variance + self.priors["disturbed"]["settling"] ** 2 / tail
                if mean is not None:
                    # Draws in which an order has ended by then: what was counted last does not go on.
                    other = np.abs(np.log(np.maximum(mean[p, pick], FAINT) / np.maximum(past.factor[-1, pick], FAINT)))
                    centre = np.where(other > ELSE, undone + np.log(np.maximum(mean[p, pick], 1e-6)), centre)
            else:
                centre = undone + np.log(np.maximum(mean[p, pick], 1e-6))
                reopened = bool((past.cover[:, -1] > cover[:, p] + SAME).any())
                variance = variance + (REOPENED[past.kind] if reopened else self.priors["disturbed"]["change"]) ** 2
            if touched[p]:
                variance = variance * past.restless
            noise = (
                self.priors["ordinary"]["tails"]
                * np.sqrt(min(variance, WIDEST**2))
                * student(f"noise|{name}|{start[p]}")
            )
            out[p] = np.maximum(0.0, np.exp(np.clip(centre + noise, -30, 30)) * size[p] - HALF)
        return out

    def _touched(self, series: Series, start: Floats, end: Floats) -> NDArray[np.bool_]:
        """[P] whether any order acts here in a period, on this stream (wherever it acts) or on another at these crossings: days
        are less ordinary.
        """
        out = np.zeros(start.size, dtype=bool)
        for order in self.situation.episode.orders_known(self.situation.origin):
            if order.kind != "lifted" and (order in self.group.orders or set(order.crossings) & set(series.crossings)):
                out |= coverage(order, start, end) > 0
        return out

    def _undone(self, series: Series, past: Past, pick: NDArray[np.int64], memory: Floats) -> Floats:
        """[N] logarithm of the rate without the orders of the last counts: what these did is taken out."""
        if self.effects is None or not past.disturbed.any():
            return past.ordinary(pick, memory)
        # Counts under orders alone say little of what comes without them: what was carried before does, or what others carry.
        at = [self.group.sites.index(c) for c in series.crossings]
        usual = np.log(np.maximum(self.effects.base[at].sum(axis=0), 1e-9))[pick]
        if past.known.quiet.any():
            most = usual + OLD * np.abs(student(f"after|{self.group.key}|{series.crossings}"))
            return np.asarray(np.minimum(past.ordinary(pick, memory, usual if past.disturbed.all() else None), most))
        level = past.ordinary(pick, memory)
        if not past.disturbed.all():
            return level
        doubt = float(np.var(np.log(past.left[-1, pick])))
        return np.asarray(level + (usual - level) * doubt / (1.0 + doubt))

    def _from_others(self, series: Series, start: Floats, end: Floats, mean: Floats | None) -> Floats:
        """[P, N] counts of a series of which nothing was published yet, from what its crossings carry, or others do."""
        name = f"{self.group.key}|{series.crossings}"
        known = [k for s, k in self.situation.known.items() if s in self.group.members]
        if not known:
            return np.full((start.size, N), np.nan)
        size = known[0].profile.size(start, end)
        effects = self.effects or Effects(self.situation.episode, self.group, self.situation.origin, self.priors)
        at = [self.group.sites.index(c) for c in series.crossings]
        total = effects.base[at].sum(axis=0)
        factor = np.ones((start.size, N)) if mean is None else mean
        noise = 0.5 * student(f"noise|{name}")
        return np.asarray(np.maximum(0.0, total * factor * np.exp(noise) * size[:, None] - HALF))


def spread_ahead(known: Known, priors: Mapping[str, Any]) -> Floats:
    """[2] variance of the logarithm, from own errors and those elsewhere: a constant part, and one that grows by itself with
    each period ahead.
    """
    kind = spread_class(known.series, known.step)
    prior = priors["ordinary"]["spread"][kind]
    a, b = prior["constant"] ** 2, prior["growing"] ** 2
    if kind in ("week", "month"):
        if mode_of(known.series.stream) == "asylum":
            a, b = MOVING**2 * a, MOVING**2 * b
        if known.rows.value.size < FEW and _scattered(known):
            a, b = SCATTERED**2 * a, SCATTERED**2 * b
    x = known.x[known.quiet][-40:]
    weight = priors["ordinary"]["worth"]
    if x.size >= 4:
        level, found = x[0], []
        for k in range(1, x.size):
            if k >= 2:
                found.append(x[k] - level)
            level += 0.5 * (x[k] - level)
        own = np.clip(np.array(found), -1.5, 1.5)
        ratio = (weight * (a + b) + 1.2 * float(own @ own)) / ((weight + own.size) * (a + b))
        a, b = a * ratio, b * ratio
    return np.array([a + counting_noise(known.rows.value), b])


def errors_under_orders(known: Known, group: Group, spread: Floats, most: int | None = None) -> Floats:
    """[K] errors of one period ahead among the last rows under the same orders, as multiples of what is usual elsewhere; none for
    fewer than four rows.
    """
    rows = known.rows
    under = np.flatnonzero(~known.quiet)
    under = under[-most:] if most else under
    if under.size < 4:
        return np.zeros(0)
    cover = group.covered(rows.start[under], rows.end[under])
    x, level, found = known.x[under], known.x[under[0]], []
    for k in range(1, x.size):
        if (np.abs(cover[:, k] - cover[:, k - 1]) > SAME).any():
            level = x[k]
            continue
        found.append(x[k] - level)
        level += 0.5 * (x[k] - level)
    # A level that follows half of each error has errors a tenth larger than the best one.
    return np.asarray(np.clip(np.array(found), -1.5, 1.5) * np.sqrt(1.2 / spread.sum()))


def _scattered(known: Known) -> bool:
    """Whether the last rows are single figures, of unlike lengths or with time between them, as the press has them."""
    start, end = known.rows.start[-LAST:], known.rows.end[-LAST:]
    long = end - start
    if known.series.quantity != "flow" or long.size < 2:
        return known.series.quantity == "flow"
    counted = float(long.sum() / max(end[-1] - start[0], 1e-9))
    return bool(counted < TILED or long.max() > UNLIKE * long.min())


def _resample(score: Floats, position: Floats) -> NDArray[np.int64]:
    """[N] indices of draws, each as often as its likelihood says."""
    weight = np.exp(score - score.max())
    return np.minimum(np.searchsorted(np.cumsum(weight / weight.sum()), position), N - 1)
