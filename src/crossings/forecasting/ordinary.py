"""An ordinary day: season, weekday, level and spread, learned from a series' own history and from what is common to its class.

The season of a class is that of US ports (`priors.json` says of which years); its strength is fitted to the series, and
months that differ are learned with shrinkage. With little history what remains is the last count and the class's season.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter, uniform_filter1d

from crossings.forecasting.episode import EPOCH
from crossings.forecasting.orders import mode_of

Floats = NDArray[np.float64]
HALF = 0.5  # added to a count before its logarithm is taken
KAPPA_MONTH, KAPPA_DAY = (
    0.5,
    2.0,
)  # observations of nothing unusual, against which a month's or a weekday's own are weighed
KAPPA_HOUR = 0.5  # the same of hours
SHIFT = 0.51  # days: longer periods tell nothing of hours
RIDGE = 0.03
ROUGH = 0.2  # standard deviation about a slow level from which months and season are doubted
MEMORY = 12.0  # periods over which the slow level is taken when months are learned
NORTH, SOUTH = 45.0, 33.0  # degrees: the season of northern ports, and of southern ones


@dataclass(frozen=True)
class SeriesCounts:
    """Counts of one series that do not overlap, in order. All [K]: start and end in days since 1970, values."""

    start: Floats
    end: Floats
    value: Floats

    @property
    def step(self) -> float:
        """Days of a usual period; 0 where there is no row or only instants."""
        return float(np.median(self.end - self.start)) if self.start.size else 0.0

    def only(self, mask: NDArray[np.bool_]) -> SeriesCounts:
        """Some of the rows."""
        return SeriesCounts(self.start[mask], self.end[mask], self.value[mask])


@dataclass
class Profile:
    """Weights of days: what a day is worth beside an average one.

    season, weekday, hour: logarithms, [12], [7] and [24], the last None where hours are alike. first: the day since 1970 from
    which days are added up; the same for all periods, so that the size of one hangs on no other.
    """

    season: Floats
    weekday: Floats
    first: int = 0
    hour: Floats | None = None
    _total: Floats = field(default_factory=lambda: np.zeros(1), repr=False)

    def size(self, start: Floats, end: Floats) -> Floats:
        """[P] how many average days the periods are worth; 1 for an instant."""
        if start.size == 0:
            return np.zeros(0)
        last = int(np.ceil(end.max())) + 1
        if start.min() < self.first:
            self.first, self._total = int(np.floor(start.min())), np.zeros(1)
        if last > self.first + self._total.size - 1:
            month, weekday = _calendar(self.first, last + 100)
            days = np.exp(self.season[month] + self.weekday[weekday])
            self._total = np.concatenate([[0.0], np.cumsum(days)])
        size = self._until(end) - self._until(start)
        return np.where(end > start, np.maximum(size, 1e-6), 1.0)

    def _until(self, at: Floats) -> Floats:
        """[P] the days added up to each instant."""
        grid = np.arange(self.first, self.first + self._total.size, dtype=float)
        if self.hour is None:
            return np.asarray(np.interp(at, grid, self._total))
        within = np.concatenate([[0.0], np.cumsum(np.exp(self.hour))])
        day = np.floor(at)
        part = np.interp(24.0 * (at - day), np.arange(25.0), within / within[-1])
        low, high = np.interp(day, grid, self._total), np.interp(day + 1, grid, self._total)
        return np.asarray(low + part * (high - low))


@lru_cache(maxsize=64)
def _calendar(low: int, high: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Month (0-11) and weekday (0 = Monday) of the days since 1970 from low to high."""
    days = np.arange(low, high)
    month = days.astype("datetime64[D]").astype("datetime64[M]").astype(int) % 12
    return month, (days + EPOCH.weekday()) % 7


def class_season(priors: Mapping[str, Any], stream: str, lat: float | None) -> Floats:
    """[12] logarithm of the months of a class at a latitude beside its average month; zeros for a class of which none is
    known.
    """
    known = priors["ordinary"]["season"].get(mode_of(stream))
    if known is None or lat is None:
        return np.zeros(12)
    share = float(np.clip((abs(lat) - SOUTH) / (NORTH - SOUTH), 0.0, 1.0))
    season = share * np.array(known["north"]) + (1 - share) * np.array(known["south"])
    return np.roll(season, 6) if lat < 0 else season


def fit_profile(priors: Mapping[str, Any], stream: str, lat: float | None, rows: SeriesCounts) -> Profile:
    """The profile of a series: that of its class, moved towards its own rows as far as they speak."""
    weekday = np.array(priors["ordinary"]["weekday"].get(mode_of(stream), [0.0] * 7))
    season = class_season(priors, stream, lat)
    step = rows.step
    if step <= 0.0:
        return Profile(np.zeros(12), np.zeros(7))
    first = int(np.floor(rows.start.min()))
    span = float(rows.end[-1] - rows.start[0])
    if step <= 2.0:
        season = season * (1.0 if span > 180 else 0.5)
        hour = _own_hours(rows, Profile(season, weekday, first), step)
        return Profile(
            season, _own_weekdays(rows, Profile(season, np.zeros(7), first, hour), weekday, step), first, hour
        )
    if rows.value.size < 4 or span < 100:
        return Profile(season, weekday, first)
    plain = Profile(np.zeros(12), weekday, first)
    x = np.log(rows.value + HALF) - np.log(plain.size(rows.start, rows.end))
    month = _middle_month(rows)
    season = season * _strength(season[month], x)
    if step >= 20.0 and rows.value.size >= 12:
        r = x - season[month]
        lag = np.abs(np.subtract.outer(np.arange(x.size), np.arange(x.size)))
        kernel = np.exp(-lag / MEMORY)
        apart = r - kernel @ r / kernel.sum(axis=1)
        # Where the level itself moves much, what looks like a month of its own is mostly that.
        kappa = KAPPA_MONTH * (1.0 + float(apart @ apart) / apart.size / ROUGH**2)
        for m in range(12):
            own = apart[month == m]
            if own.size:
                season[m] += own.sum() / (own.size + kappa)
    return Profile(season, weekday, first)


def _strength(pattern: Floats, x: Floats) -> float:
    """How strongly a series follows the season of its class (1: as the class does): a ridge regression towards 1."""
    lag = np.abs(np.subtract.outer(np.arange(x.size), np.arange(x.size)))
    kernel = np.exp(-lag / MEMORY)
    kernel /= kernel.sum(axis=1, keepdims=True)
    a, b = pattern - kernel @ pattern, x - kernel @ x
    ridge = RIDGE * (1.0 + float(b @ b) / b.size / ROUGH**2) ** 2
    return float(np.clip((a @ b + ridge) / (a @ a + ridge), 0.0, 2.0))


def _own_weekdays(rows: SeriesCounts, season: Profile, known: Floats, step: float) -> Floats:
    if rows.value.size * step < 14.0 or step > 1.5:
        return known
    x = np.log(rows.value + HALF) - np.log(season.size(rows.start, rows.end))
    weekday = (np.floor((rows.start + rows.end) / 2).astype(int) + EPOCH.weekday()) % 7
    x = x - known[weekday]
    apart = x - median_filter(x, max(3, 2 * round(3.0 / step) + 1), mode="nearest")
    apart = np.clip(apart, -1.5, 1.5)
    count = np.bincount(weekday, minlength=7)
    mean = np.bincount(weekday, apart, 7) / np.maximum(count, 1)
    left = apart - mean[weekday]
    kappa = KAPPA_DAY * (1.0 + float(left @ left) / max(1, left.size - 7) / ROUGH**2)
    out = known + mean * count / (count + kappa)
    return np.asarray(out - out.mean())


def _own_hours(rows: SeriesCounts, day: Profile, step: float) -> Floats | None:
    """[24] logarithm of the hours of a series counted by hours or shifts, beside its average hour; None before two days are
    counted.
    """
    if step > SHIFT or rows.value.size * step < 2.0:
        return None
    x = np.log(rows.value + HALF) - np.log(day.size(rows.start, rows.end))
    apart = x - uniform_filter1d(x, max(2, round(1.0 / step)), mode="nearest")
    apart = np.clip(apart, -3.0, 3.0)
    total, count = np.zeros(24), np.zeros(24)
    for start, end, value in zip(24.0 * rows.start, 24.0 * rows.end, apart, strict=True):
        hours = np.arange(round(start), max(round(end), round(start) + 1)) % 24
        np.add.at(total, hours, value)
        np.add.at(count, hours, 1.0)
    mean = total / np.maximum(count, 1.0)
    middle = np.floor(12.0 * (rows.start + rows.end)).astype(int) % 24
    left = apart - mean[middle]
    kappa = KAPPA_HOUR * (1.0 + float(left @ left) / left.size / ROUGH**2)
    out = mean * count / (count + kappa)
    return np.asarray(out - np.log(np.exp(out).mean()))


def _middle_month(rows: SeriesCounts) -> NDArray[np.int64]:
    middle = np.floor((rows.start + rows.end) / 2).astype("datetime64[D]")
    return np.asarray(middle.astype("datetime64[M]").astype(int) % 12)


def levels(x: Floats, memory: Floats) -> Floats:
    """[A] the last level of a series [K] of logarithms, one for each speed of forgetting in (0, 1]; nan without rows."""
    if x.size == 0:
        return np.full(memory.shape, np.nan)
    age = np.arange(x.size)[::-1]
    weight = np.power.outer(1.0 - memory, age)
    return np.asarray(weight @ x / weight.sum(axis=1))


def latitude_of(lats: list[float | None]) -> float | None:
    """The mean of the latitudes that are known."""
    known = [v for v in lats if v is not None]
    return float(np.mean(known)) if known else None
