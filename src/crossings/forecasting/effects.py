"""What orders do to the flow at each crossing, as draws: what is lost, where it turns up, the rush before, the return after."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.forecasting.draws import N, logistic, normal, student, uniform
from crossings.forecasting.episode import Episode, Order, days, distance_km
from crossings.forecasting.orders import KINDS, coverage, mode_of
from crossings.forecasting.situation import Group

Floats = NDArray[np.float64]
UNKNOWN_SPREAD = 1.3  # standard deviation of the logarithm of what a crossing carries of which nothing was counted
MOST_GAIN = 4.0  # times its ordinary flow that a crossing can gain
WHOLE = 0.35  # chance that a closed crossing is empty, not nearly empty
FOLLOWS, LONG, NEAR = (
    30.0,
    60.0,
    60.0,
)  # days: in which other orders follow; that they lasted together; since or until the first end
MISREAD, MISNAMED = (
    0.1,
    0.05,
)  # chance that an order works like another kind: one read from words, one that the file names
ROOM = ("part", "slowed", "quota", "hours")  # kinds that leave some capacity, which may be enough for all who come
IDLE = 0.25  # chance that it is
STAY = 0.25  # chance that nobody goes round
FEW = 1.0  # how much wider the share lost is of a kind of which no episode tells
SOME = 0.02  # of the largest flow, from which a crossing tells what an unknown one may carry


@dataclass(frozen=True)
class _Ways:
    """part [C, C, N]: of what one crossing loses, what turns up at another. leads [C]: whether there is any other."""

    part: Floats
    leads: NDArray[np.bool_]


class Effects:
    """Factors on ordinary flow for one group of series. C crossings, N draws."""

    def __init__(self, episode: Episode, group: Group, origin: dt.datetime, priors: Mapping[str, Any]) -> None:
        self.group = group
        self._origin = days(origin)
        self._priors = priors
        self._name = "|".join(group.key)
        self._between = np.array(
            [[distance_km(episode.sites[a], episode.sites[b]) for b in group.sites] for a in group.sites]
        )
        self.base = self._draw_base()
        self._loss = [self._losses(order) for order in group.orders]
        self._ends = [self._end(order) for order in group.orders]
        self._share, self._weight = self._diversion()
        self._goes = uniform(f"goes|{self._name}") >= STAY
        self._made: dict[tuple[float, float], Floats] = {}  # factors of periods that were asked for
        self._ways: dict[bytes, _Ways] = {}  # by what is open

    def _draw_base(self) -> Floats:
        """[C, N] what each crossing carries on an ordinary day."""
        group = self.group
        typical, apart = self._unknown()
        out = np.empty((len(group.sites), N))
        for c, site in enumerate(group.sites):
            z = normal(f"base|{self._name}|{site}")
            if np.isfinite(group.base[c]):
                out[c] = np.exp(group.base[c] + group.sure[c] * z)
            elif self._counted(site):
                out[c] = np.exp(typical + apart * z)
            else:
                out[c] = 0.0
        return out

    def _unknown(self) -> tuple[float, float]:
        """Mean and standard deviation of the logarithm of what a crossing may carry that was never counted while open."""
        known = self.group.base[np.isfinite(self.group.base)]
        known = known[known >= known.max() + math.log(SOME)] if known.size else known
        if not known.size:
            return 0.0, UNKNOWN_SPREAD
        return float(known.mean()), max(UNKNOWN_SPREAD, float(known.std()))

    def _counted(self, site: str) -> bool:
        return any(site in s.crossings for s in self.group.members)

    def _losses(self, order: Order) -> Floats:
        """[C, N] share of the flow that an order takes where it acts; all of it in some of the draws of a closure."""
        key = f"{order.id}|{mode_of(self.group.key[0])}|{order.start}"
        kinds, works_like = self._kinds_of(order, key)
        centre, spread, apart = (
            np.array([self._priors["kinds"][k][what] for k in kinds])[works_like]
            for what in ("centre", "spread", "apart")
        )
        # Of what few closures tell, the next may differ more than they do.
        few = 1.0 + FEW / (1.0 + self._priors["kinds"][order.kind]["episodes"])
        common = few * spread * student(f"loss|{key}")
        out = np.empty((len(self.group.sites), N))
        for c, site in enumerate(self.group.sites):
            name = f"loss|{order.id}|{self._name}|{site}|{order.start}"
            out[c] = logistic(centre + common + apart * normal(name))
            if order.kind == "closed":
                out[c][(uniform(f"whole|{name}") < WHOLE) & (works_like == 0)] = 1.0
        if order.kind in ROOM:
            out[:, uniform(f"idle|{key}") < IDLE] = 0.0
        return out

    def _kinds_of(self, order: Order, key: str) -> tuple[list[str], NDArray[np.int64]]:
        """Its kind and the others, and which of them it works like in each draw [N]: orders are not always what they are
        called.
        """
        others = [k for k in KINDS if k not in (order.kind, "lifted")]
        if order.kind == "lifted":
            return [order.kind], np.zeros(N, dtype=int)
        chance = MISREAD if order.guessed else 0.0 if order.kind == "closed" else MISNAMED
        u = uniform(f"kind|{key}")
        other = 1 + np.minimum(u / max(chance, 1e-9) * len(others), len(others) - 1).astype(int)
        return [order.kind, *others], np.where(u < chance, other, 0)

    def _end(self, order: Order) -> Floats | None:
        """[N, 1] when an order may end of which no end is known, in days since 1970; None where it is known.

        What has lasted long lasts on: as long again with probability a half. Where a border opens again, its orders end one after
        another: once the end of one of them is near, the others are as likely to follow soon as to last.
        """
        if order.end is not None:
            return None
        age = max(0.0, self._origin - days(order.start))
        usual = self._priors["lasts"]["lifted" if order.unwritten else order.kind if order.announced else "unannounced"]
        scale = np.full(N, age + usual)
        if self._opening(order):
            scale[uniform(f"follows|{order.id}|{order.start}") < 0.5] = FOLLOWS
        left = scale * (1.0 / uniform(f"end|{order.id}|{order.start}") - 1.0)
        return np.asarray((self._origin + left)[:, None])

    def _opening(self, order: Order) -> bool:
        """Whether an order that was in force beside this one for long has ended lately, or its end is announced and near."""
        for other in self.group.orders:
            if other.end is None or other.kind == "lifted" or other.kind != order.kind:
                continue
            beside = min(days(other.end), self._origin) - max(days(other.start), days(order.start))
            if beside >= LONG and abs(days(other.end) - self._origin) <= NEAR:
                return True
        return False

    def _diversion(self) -> tuple[Floats, Floats]:
        """Share [C, N] of what is lost that turns up elsewhere is drawn when it is known what is open; here its normal part, and
        weights [C, C, N].
        """
        z = normal(f"share|{self._name}")
        near = 0.5 + 1.5 * uniform(f"near|{self._name}")
        large = 0.3 + 0.7 * uniform(f"large|{self._name}")
        between = np.where(
            np.isfinite(self._between),
            self._between,
            np.nanmedian(self._between) if np.isfinite(self._between).any() else 50.0,
        )
        weight = np.power(10.0 + between[:, :, None], -near) * np.power(np.maximum(self.base, 1e-9)[None], large)
        weight *= (self.base > 0)[None]
        weight[np.arange(len(between)), np.arange(len(between))] = 0.0
        self._known_between = between
        return z, weight

    def factor(self, start: Floats, end: Floats) -> Floats:
        """[C, P, N] flow of each crossing in each period, over its ordinary flow."""
        periods = list(zip(start.tolist(), end.tolist(), strict=True))
        new = [p for p in dict.fromkeys(periods) if p not in self._made]
        if new:
            made = self._factor(*np.array(new).T)
            self._made |= {p: made[:, k] for k, p in enumerate(new)}
        return np.stack([self._made[p] for p in periods], axis=1)

    def _factor(self, start: Floats, end: Floats) -> Floats:
        group = self.group
        shape = (len(group.sites), start.size, N)
        kept = np.ones(shape)
        shut = np.zeros(shape[:2])
        for k, order in enumerate(group.orders):
            cover = self._cover(k, order, start, end)
            at = group.acts[k]
            kept[at] *= 1.0 - cover[None] * self._loss[k][at][:, None, :]
            if order.kind in ("closed", "part", "quota"):
                shut[at] = np.maximum(shut[at], cover.mean(axis=1)[None])
        # Who comes from elsewhere meets the orders that act here: a rule for the whole border sends nobody round.
        gain = self._gains(kept, shut) * np.minimum(kept, 1.0)
        for k, order in enumerate(group.orders):
            if order.kind == "closed" and order.known < order.start:
                at = group.acts[k]
                kept[at] *= self._rush(order, start, end)[None]
        return kept + gain

    def _cover(self, k: int, order: Order, start: Floats, end: Floats) -> Floats:
        """[P, N] share of the periods under an order, and of its effect that lasts after its end."""
        last = self._ends[k]
        if last is None:
            cover = np.repeat(coverage(order, start, end)[:, None], N, axis=1)
            stop = np.full(N, np.inf) if order.end is None else np.full(N, days(order.end))
        else:
            cover = coverage(order, start, end, last).T
            stop = last[:, 0]
        back = self._priors["recovery"][mode_of(self.group.key[0])]
        lasting = 1.0 - logistic(back["at_once"] + back["at_once_spread"] * normal(f"back|{order.id}"))
        tau = back["days"] * np.exp(back["days_spread"] * normal(f"tau|{order.id}"))
        low, high = np.maximum(start[:, None], stop), np.maximum(end[:, None], stop)
        length = np.maximum(end - start, 1e-9)[:, None]
        with np.errstate(invalid="ignore", over="ignore"):
            rest = tau * (np.exp(-(low - stop) / tau) - np.exp(-(high - stop) / tau)) / length
        return np.minimum(1.0, cover + np.where(np.isfinite(rest), rest, 0.0) * lasting)

    def _gains(self, kept: Floats, shut: Floats) -> Floats:
        """[C, P, N] what comes from elsewhere, over the ordinary flow."""
        lost = np.maximum(0.0, 1.0 - kept) * self.base[:, None, :]
        gain = np.zeros_like(kept)
        if not (lost > 0).any():
            return gain
        for p in np.flatnonzero((lost > 0).any(axis=(0, 2))):
            ways = self._ways_by(shut[:, p] < 0.5)
            sources = (lost[:, p] > 0).any(axis=1)
            if not ways.leads[sources].any():
                continue
            flow = np.einsum("in,ijn->jn", lost[:, p], ways.part)
            gain[:, p] = np.minimum(MOST_GAIN, flow / np.maximum(self.base, 1e-9)) * (self.base > 0)
        return gain

    def _ways_by(self, free: NDArray[np.bool_]) -> _Ways:
        """Where what is lost goes, while the crossings ``free`` [C] are open."""
        key = free.tobytes()
        if key not in self._ways:
            share = self._priors["diversion"][mode_of(self.group.key[0])]
            weight = self._weight * free[None, :, None]
            total = weight.sum(axis=1)
            open_now = free & (self.base.max(axis=1) > 0)
            away = np.where(open_now[None] & ~np.eye(len(free), dtype=bool), self._known_between, np.inf).min(axis=1)
            far = np.log(np.maximum(np.where(np.isfinite(away), away, 500.0), 2.0) / 50.0)[:, None]
            moved = logistic(share["centre"] - share["slope"] * far + share["spread"] * self._share[None])
            moved = moved * self._goes[None]
            self._ways[key] = _Ways(weight * (moved / np.maximum(total, 1e-300))[:, None, :], (total > 0).any(axis=1))
        return self._ways[key]

    def _rush(self, order: Order, start: Floats, end: Floats) -> Floats:
        """[P, N] factor before an announced closure, on the part of the period between announcement and effect."""
        begin, until = days(order.known), days(order.start)
        inside = np.maximum(0.0, np.minimum(end, until) - np.maximum(start, begin))
        part = inside / np.maximum(end - start, 1e-9)
        rush = self._priors["rush"]
        factor = np.exp(rush["centre"] + rush["spread"] * normal(f"rush|{order.id}|{self._name}"))
        return np.asarray(1.0 + part[:, None] * (factor[None] - 1.0))


def effects(episode: Episode, group: Group, origin: dt.datetime, priors: Mapping[str, Any]) -> Effects:
    """The effects of all orders known on one group of series."""
    return Effects(episode, group, origin, priors)
