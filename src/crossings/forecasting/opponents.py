"""The rules that a forecast has to beat: what a planner would write on the back of an envelope, with the same orders and counts.

A rule gives one number; its interval comes from the errors that it made before, at that lead.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.forecasting.episode import Series, distance_km
from crossings.forecasting.orders import mode_of
from crossings.forecasting.situation import Group, Known, Situation

Floats = NDArray[np.float64]

RULES = {
    "as last counted": "each series goes on at the rate last counted",
    "closed = 0": "0 where closed, others as last counted",
    "seasonal": "as a year ago (of daily counts: on the same day a week ago) with the trend since, 0 where closed",
    "change persists": "what was last counted, over what was counted in its season, goes on",
    "climatology": "the median rate so far, 0 where closed",
    "lost by share": "what the closed crossings carried goes to the others by what they carry",
    "lost equally": "the same, in equal parts",
    "lost to nearest": "the same, all to the nearest open crossing",
    "move a share": "a share of it, as learned from other closures, goes to the nearest open crossing",
}
LEVELS = (np.arange(39) + 0.5) / 39
MANY, ENOUGH = 8, 20
SAME = 0.15
OFFSET = 0.5
WORST = 2.0  # errors beyond a factor of about seven are taken as one of seven


def points(situation: Situation, targets: Sequence[tuple[Series, float, float]]) -> dict[str, Floats]:
    """[R] the number of each rule for each target (series, start, end in days since 1970); nan where a rule has none."""
    out = {rule: np.full(len(targets), np.nan) for rule in RULES}
    groups: dict[int, tuple[Group, list[int]]] = {}
    for r, (series, _, _) in enumerate(targets):
        group = situation.group_of(series)
        groups.setdefault(id(group), (group, []))[1].append(r)
    for group, rows in groups.values():
        _Envelope(situation, group).fill(out, rows, targets)
    return out


class _Envelope:
    """The rules for one group of series."""

    def __init__(self, situation: Situation, group: Group) -> None:
        self.situation, self.group = situation, group
        self.closing = np.array([o.kind == "closed" for o in group.orders], dtype=bool)
        sites, names = situation.episode.sites, group.sites
        self.between = np.array([[distance_km(sites[a], sites[b]) for b in names] for a in names])
        self.past = {s: _Past(self, situation.known[s]) for s in group.members if s in situation.known}
        self.carried = np.zeros(len(names))
        for series, past in self.past.items():
            if len(series.crossings) == 1 and np.isfinite(past.unhindered):
                self.carried[names.index(series.crossings[0])] = past.unhindered

    def open_share(self, series: Series, cover: Floats) -> Floats:
        """[P] share of a series' time in which it is open, from coverage [O, P]."""
        if not self.group.orders:
            return np.ones(cover.shape[1])
        at = [self.group.sites.index(c) for c in series.crossings]
        acts = self.group.acts[:, at] & self.closing[:, None]
        shut = np.max(cover[:, None, :] * acts[:, :, None], axis=0)
        return np.asarray(1.0 - shut.mean(axis=0))

    def fill(self, out: dict[str, Floats], rows: list[int], targets: Sequence[tuple[Series, float, float]]) -> None:
        """Write the numbers of some targets."""
        start = np.array([targets[r][1] for r in rows])
        end = np.array([targets[r][2] for r in rows])
        cover = self.group.covered(start, end)
        by_series: dict[Series, list[int]] = {}
        for k, r in enumerate(rows):
            by_series.setdefault(targets[r][0], []).append(k)
        flows = self._flows(cover)
        for series, at in by_series.items():
            if series in self.past:
                said = self._series(series, start[at], end[at], cover[:, at], tuple(f[:, at] for f in flows))
                to = [rows[k] for k in at]
                for rule, values in said.items():
                    out[rule][to] = values

    def _series(
        self, series: Series, start: Floats, end: Floats, cover: Floats, flows: tuple[Floats, ...]
    ) -> dict[str, Floats]:
        past = self.past[series]
        size = end - start if series.quantity == "flow" else np.ones(start.size)
        kept = self.open_share(series, cover)
        same = past.same(cover)
        # Under the orders of the last count it goes on; under others, what it carried while open counts.
        other = past.unhindered * kept if np.isfinite(past.unhindered) else np.full(start.size, past.last)
        base = np.where(same, past.last, other) * size
        last = past.last * size
        seasonal, reference = past.seasonal(0.5 * (start + end))
        mine = [self.group.sites.index(c) for c in series.crossings]
        gains = [np.where(same | (kept <= 0.5), 0.0, f[mine].sum(axis=0)) * size for f in flows]
        moved = self.situation.priors["moved"].get(mode_of(series.stream), 0.15)
        return {
            "as last counted": last,
            "closed = 0": base,
            "seasonal": np.where(np.isfinite(seasonal), seasonal * kept * size, base),
            "change persists": np.where(np.isfinite(reference), reference * past.change * size, last),
            "climatology": past.middle * kept * size,
            "lost by share": base + gains[0],
            "lost equally": base + gains[1],
            "lost to nearest": base + gains[2],
            "move a share": base + moved * gains[2],
        }

    def _flows(self, cover: Floats) -> tuple[Floats, Floats, Floats]:
        """[C, P] what each crossing gains a day of the lost flow: by share, equally, and if the nearest takes all."""
        shape = (len(self.group.sites), cover.shape[1])
        shut = (
            np.max(cover[:, None, :] * (self.group.acts & self.closing[:, None])[:, :, None], axis=0, initial=0.0)
            if self.group.orders
            else np.zeros(shape)
        )
        lost = self.carried[:, None] * shut
        total = lost.sum(axis=0)
        free = (shut < 0.5) & (self.carried > 0)[:, None]
        by_share = (
            total
            * np.where(free, self.carried[:, None], 0.0)
            / np.maximum((self.carried[:, None] * free).sum(axis=0), 1e-12)
        )
        equally = total * free / np.maximum(free.sum(axis=0), 1)
        nearest = np.zeros(shape)
        for c, p in zip(*np.nonzero(lost > 0), strict=True):
            away = np.where(np.isfinite(self.between[c]), self.between[c], 1e6)
            away = np.where(free[:, p] & (np.arange(away.size) != c), away, np.inf)
            if np.isfinite(away).any():
                nearest[int(np.argmin(away)), p] += lost[c, p]
        return by_share, equally, nearest


class _Past:
    """What the rules take from the rows of one series: rates a day, the last one, the last while open, the middle one."""

    def __init__(self, envelope: _Envelope, known: Known) -> None:
        rows, series = known.rows, known.series
        length = rows.end - rows.start if series.quantity == "flow" else np.ones(rows.value.size)
        self.rate = rows.value / np.maximum(length, 1e-9)
        cover = envelope.group.covered(rows.start, rows.end)
        self.cover, self.closing = cover[:, -1], envelope.closing
        kept = envelope.open_share(series, cover)
        opened = np.flatnonzero(kept > 0.4)
        self.last = float(self.rate[-1])
        self.unhindered = float(self.rate[opened[-1]] / kept[opened[-1]]) if opened.size else np.nan
        self.middle = float(np.median(self.rate[kept > 0.5] / kept[kept > 0.5] if (kept > 0.5).any() else self.rate))
        self.when = 0.5 * (rows.start + rows.end)
        self.lag = 0.0 if series.quantity != "flow" else 365.25 if known.step >= 4 else 7.0
        self.trend, self.change = self._trend()

    def same(self, cover: Floats) -> NDArray[np.bool_]:
        """[P] whether the orders over a period are those of the last count, as far as they close something."""
        return np.asarray((np.abs(self.cover[:, None] - cover)[self.closing] < SAME).all(axis=0))

    def seasonal(self, when: Floats) -> tuple[Floats, Floats]:
        """[P] the rate a season before, with the trend since and without; nan where there is none."""
        at = self._before(when, self.when)
        reference = np.where(at >= 0, self.rate[at], np.nan)
        return reference * self.trend, reference

    def _trend(self) -> tuple[float, float]:
        """The last three rates over those a season before; and the last one over its own."""
        at = self._before(self.when, self.when)
        now = np.flatnonzero(at >= 0)
        if not now.size:
            return 1.0, 1.0
        few = now[-3:]
        then = self.rate[at[few]].sum()
        trend = float(np.clip(self.rate[few].sum() / then, 0.2, 5.0)) if then > 0 else 1.0
        before = self.rate[at[-1]] if at[-1] >= 0 else 0.0
        return trend, float(np.clip(self.rate[-1] / before, 0.0, 10.0)) if before > 0 else 1.0

    def _before(self, when: Floats, known: Floats) -> NDArray[np.int64]:
        """[P] the row a season before an instant (or the fewest whole weeks before it that are known); -1 where there is none."""
        if self.lag == 0.0:
            return np.full(when.size, -1)
        wanted = when - self.lag
        if self.lag == 7.0:
            wanted = wanted - 7.0 * np.maximum(0.0, np.ceil((wanted - known[-1] - 0.3) / 7.0))
        right = np.clip(np.searchsorted(known, wanted), 0, known.size - 1)
        left = np.maximum(right - 1, 0)
        near = np.where(np.abs(known[left] - wanted) <= np.abs(known[right] - wanted), left, right)
        return np.where(np.abs(known[near] - wanted) <= (16.0 if self.lag > 300 else 0.3), near, -1)


@dataclass
class Errors:
    """Errors that each rule made, as differences of logarithms, by lead in steps and by series and lead."""

    every: dict[str, dict[int, list[float]]] = field(default_factory=lambda: {rule: {} for rule in RULES})
    mine: dict[str, dict[tuple[Series, int], list[float]]] = field(default_factory=lambda: {rule: {} for rule in RULES})

    def add(self, series: Series, lead: int, count: float, said: Mapping[str, float]) -> None:
        """Note what the rules had said once the count is known."""
        key, counted = (series, lead), math.log(count + OFFSET)
        for rule, point in said.items():
            if 0 < point < math.inf:
                error = min(WORST, max(-WORST, counted - math.log(point + OFFSET)))
                self.mine[rule].setdefault(key, []).append(error)
                self.every[rule].setdefault(lead, []).append(error)


def ranges(
    rule: str,
    point: Floats,
    targets: Sequence[tuple[Series, float, float]],
    leads: Sequence[int],
    errors: Errors,
    priors: Mapping[str, Any],
) -> Floats:
    """[R, Q] quantiles of a rule at `LEVELS`: its numbers times its own past errors at that lead, else those in the atlas."""
    known = priors["rules"]["errors"]
    spread = known.get(rule, known["otherwise"])
    atlas = {lead: np.exp(_quantiles(spread * np.sqrt(min(lead, 16)) * _TAILED)) for lead in set(leads)}
    every = {
        lead: np.exp(_quantiles(np.array(found))) if len(found) >= ENOUGH else atlas[lead]
        for lead in atlas
        for found in (errors.every[rule].get(lead, ()),)
    }
    kept: dict[tuple[Series, int], Floats] = {}
    out = np.empty((point.size, LEVELS.size))
    for r, (series, _, _) in enumerate(targets):
        key = (series, leads[r])
        if key not in kept:
            mine = errors.mine[rule].get(key, ())
            few = every if len(mine) < MANY else atlas
            kept[key] = np.exp(_quantiles(np.array(mine))) if len(mine) >= ENOUGH else few[leads[r]]
        out[r] = kept[key]
    scaled = np.maximum(0.0, (point[:, None] + OFFSET) * out - OFFSET)
    return np.where(point[:, None] > 0, scaled, 0.0)


def _quantiles(values: Floats) -> Floats:
    """[Q] quantiles at `LEVELS` of a few numbers, between neighbours."""
    found = np.sort(values)
    place = LEVELS * (found.size - 1)
    low = place.astype(int)
    high = np.minimum(low + 1, found.size - 1)
    return np.asarray(found[low] + (place - low) * (found[high] - found[low]))


_TAILED = np.array([-2.6, -1.7, -1.2, -0.9, -0.65, -0.45, -0.27, -0.1, 0.1, 0.27, 0.45, 0.65, 0.9, 1.2, 1.7, 2.6])
