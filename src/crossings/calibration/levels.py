"""Levels that last: of all who come, and of each crossing beside the others; what counts tell of them, and how they go on.

The logarithm of what comes moves about what the model expects: by a level of each stream, the same at all crossings, and by
one of each crossing and stream. Both are autoregressive from day to day; besides, each day has a factor of its own. A count
has the mean of the levels of its crossings and days.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from crossings.calibration.expected_counts import ExpectedCounts
from crossings.kernel.core.levels import integrate_many
from crossings.observations.periods import Cell

Floats = NDArray[np.float64]
Route = tuple[str, str]
LASTS_DAYS = 4.0  # after which a level has gone back to 1/e of where it was; assumption, not learned
NAMES = ("day_shape", "supply_sd", "route_sd")


def likeness(cells: Sequence[Cell]) -> Floats:
    """[3, C, C] how alike the levels of counts are: of days of their own, of supply, of routes; each 1 for one day of one
    crossing.
    """
    return np.array(_alike(tuple(Span.of(c) for c in cells)))


def moves(noise: Mapping[str, float]) -> bool:
    """Whether there are levels that last."""
    return noise.get("supply_sd", 0.0) > 0.0 or noise.get("route_sd", 0.0) > 0.0


def variances(noise: Sequence[Mapping[str, float]]) -> Floats:
    """[D, 3] of days, supply and routes."""
    day, supply, route = (np.array([n[name] for n in noise]) for name in NAMES)
    return np.column_stack([np.log1p(1.0 / day), supply**2, route**2])


@dataclass(frozen=True)
class Span:
    """What a count is about: streams, (crossing, stream) pairs, and days as ordinal numbers.

    >>> Span(frozenset({"people"}), frozenset({("north", "people")}), 738521, 738521).streams
    frozenset({'people'})
    """

    streams: frozenset[str]
    routes: frozenset[Route]
    first: int
    last: int

    @classmethod
    def of(cls, cell: Cell) -> Span:
        pairs = {(p.crossing, p.stream) for p in cell.pieces} or {(c, s) for c in cell.crossings for s in cell.streams}
        last = (cell.end - dt.timedelta(microseconds=1)).toordinal()
        return cls(frozenset(s for _, s in pairs), frozenset(pairs), cell.start.toordinal(), last)


@lru_cache(maxsize=16)
def _alike(spans: tuple[Span, ...]) -> Floats:
    """[3, C, C] covariances of days, supply and routes, each for a variance of 1."""
    out = np.zeros((3, len(spans), len(spans)))
    for i, a in enumerate(spans):
        mine = np.arange(a.first, a.last + 1)
        for j, b in enumerate(spans):
            theirs = np.arange(b.first, b.last + 1)
            lasting = np.exp(-np.abs(mine[:, None] - theirs) / LASTS_DAYS).mean()
            both = max(0, min(a.last, b.last) - max(a.first, b.first) + 1)
            streams = len(a.streams & b.streams) / (len(a.streams) * len(b.streams))
            out[0, i, j] = streams * both / (mine.size * theirs.size)
            out[1, i, j] = streams * lasting
            out[2, i, j] = lasting * len(a.routes & b.routes) / (len(a.routes) * len(b.routes))
    return out


@dataclass(frozen=True)
class State:
    """Levels on a day, as counts tell of them. D draws; U levels: of each stream, then of each (crossing, stream).

    day: as an ordinal number; mean [D, U], root [D, U, U] of the covariance; sd [D, U]: of levels far from any count.
    """

    day: int
    streams: tuple[str, ...]
    routes: tuple[Route, ...]
    mean: Floats
    root: Floats
    sd: Floats

    def factors(self, cells: Sequence[Cell], full: Floats, seed: int) -> Floats:
        """[D, C] by how much each of later counts is moved, one path of the levels for each draw; 1 in the mean.

        full [D, C]: the share of each count that controls decide, which supply does not move.
        """
        spans = [Span.of(c) for c in cells]
        rng = np.random.default_rng([seed, 19])
        level = self.mean + np.einsum("duv,dv->du", self.root, rng.standard_normal(self.mean.shape))
        kept = np.exp(-1.0 / LASTS_DAYS)
        out, number = np.zeros((len(self.mean), len(cells))), np.zeros(len(cells))
        for day in range(self.day + 1, max((s.last for s in spans), default=self.day) + 1):
            fresh = rng.standard_normal(level.shape)
            level = kept * level + np.sqrt(1.0 - kept**2) * self.sd * fresh
            for c, span in enumerate(spans):
                if span.first <= day <= span.last:
                    for crossing, stream in span.routes:
                        i, j = self.streams.index(stream), len(self.streams) + self.routes.index((crossing, stream))
                        come = (1.0 - full[:, c]) * level[:, i] - 0.5 * ((1.0 - full[:, c]) * self.sd[:, i]) ** 2
                        out[:, c] += np.exp(come + level[:, j] - 0.5 * self.sd[:, j] ** 2) / len(span.routes)
                    number[c] += 1
        return out / np.maximum(number, 1)


def highest(
    expected: ExpectedCounts, cells: Sequence[Cell], noise: Sequence[Mapping[str, float]]
) -> tuple[Floats, Floats, Floats]:
    """[D] ln P of counts, and [D, C] its slope and curvature where their levels most likely stand; see `states`."""
    out, x, slope, curve = np.empty(len(expected)), *(np.empty_like(expected.mean) for _ in range(3))
    low, high, tells = (np.array([getattr(c, name) for c in cells], float) for name in ("low", "high", "tells"))
    sizes = np.array([max(1.0, n["group_size"]) for n in noise])
    told = (low, high, tells, likeness(cells), variances(noise), sizes)
    integrate_many(*map(np.ascontiguousarray, (expected.mean, expected.full)), *told, out, x, slope, curve)
    return out, slope, curve


def states(
    expected: ExpectedCounts, cells: Sequence[Cell], noise: Sequence[Mapping[str, float]], about: Sequence[Cell]
) -> tuple[State, Floats]:
    """What counts tell of the levels on the last of their days, for each draw, and [D] ln P of the counts.

    expected: what each draw expects in the place of ``cells``; noise [D]; about: the counts that are to be foretold, whose
    crossings the state has as well. Without counts the levels are those of the day before ``about``, of which nothing is known.
    """
    spans, after = [Span.of(c) for c in cells], [Span.of(c) for c in about]
    streams = tuple(sorted({s for span in (*spans, *after) for s in span.streams}))
    routes = tuple(sorted({r for span in (*spans, *after) for r in span.routes}))
    day = max((s.last for s in spans), default=min((s.first for s in after), default=1) - 1)
    spread = variances(noise)
    sd = np.sqrt(np.repeat(spread[:, 1:], (len(streams), len(routes)), axis=1))
    if not cells:
        still = np.zeros_like(sd)
        return State(day, streams, routes, still, sd[:, :, None] * np.eye(sd.shape[1]), sd), np.zeros(len(expected))
    alike = likeness(cells)
    out, slope, curve = highest(expected, cells, noise)
    points = [Span(frozenset([s]), frozenset(), day, day) for s in streams]
    points += [Span(frozenset(), frozenset([r]), day, day) for r in routes]
    near = _near(spans, points)
    follows = np.ones((len(sd), len(cells), sd.shape[1]))
    follows[:, :, : len(streams)] -= expected.full[:, :, None]
    near = near[None, :, :] * (sd**2)[:, None, :] * follows
    root = np.sqrt(curve)
    k = covariances(spread, alike, expected.full)
    b = root[:, :, None] * k * root[:, None, :] + np.eye(len(cells))
    weighed = root[:, :, None] * near
    told = np.einsum("dcu,dcv->duv", weighed, np.linalg.solve(b, weighed))
    left = (sd**2)[:, :, None] * np.eye(sd.shape[1]) - told
    middle = np.einsum("dcu,dc->du", near, slope)  # at the highest point the slope is K⁻¹ x
    return State(day, streams, routes, middle, _root(left), sd), out


def covariances(spread: Floats, alike: Floats, full: Floats) -> Floats:
    """[D, C, C] of counts' levels: spread [D, 3] and alike [3, C, C] of days, supply and routes; full [D, C]: what controls
    decide.
    """
    follows = 1.0 - full
    come = np.einsum("dv,vij->dij", spread[:, :2], alike[:2]) * follows[:, :, None] * follows[:, None, :]
    return np.asarray(come + spread[:, 2, None, None] * alike[2])


def _near(spans: Sequence[Span], points: Sequence[Span]) -> Floats:
    """[C, U] covariance of each count's level with each level of one day, for a variance of 1."""
    found = np.zeros((len(spans), len(points)))
    for i, a in enumerate(spans):
        lasting = np.exp(-np.abs(np.arange(a.first, a.last + 1) - points[0].first) / LASTS_DAYS).mean()
        for j, b in enumerate(points):
            if b.streams:
                found[i, j] = lasting * len(a.streams & b.streams) / len(a.streams)
            else:
                found[i, j] = lasting * len(a.routes & b.routes) / len(a.routes)
    return found


def _root(covariance: Floats) -> Floats:
    """A root of each covariance [D, U, U], also where nothing is left to chance."""
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :])
