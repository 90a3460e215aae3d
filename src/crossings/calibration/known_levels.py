"""What the counts of a fit tell of levels that last, for each draw; and one path of the levels through all days for each run."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import ndtri

from crossings.calibration.expected_counts import ExpectedCounts
from crossings.calibration.levels import LASTS_DAYS, Route, Span, covariances, highest, variances
from crossings.errors import InputError
from crossings.io.faults import counted
from crossings.kernel.core.draws import LEVEL, ONCE, uniform_array
from crossings.observations.periods import Cell
from crossings.scenario.ids import name_hash
from crossings.store import float_columns

Floats = NDArray[np.float64]
PARTS = ("day", "supply", "route")
MOST_DAYS = 4_000  # from the first day of a count to the last of a run


@dataclass(frozen=True, eq=False)
class KnownLevels:
    """What counts tell of levels that last. D draws, C counts.

    spans [C]: what each count is about; slope, curve [D, C]: of ln P of the counts where their levels most likely stand;
    variances [D, 3]: of days, supply and routes; full [D, C]: the share of each count that controls decide.
    """

    spans: tuple[Span, ...]
    slope: Floats
    curve: Floats
    variances: Floats
    full: Floats

    @classmethod
    def of(cls, expected: ExpectedCounts, cells: Sequence[Cell], noise: Sequence[Mapping[str, float]]) -> KnownLevels:
        """Of counts in the place of which each draw expects so many."""
        spread = variances(noise)
        if not cells:
            return cls.nothing(spread)
        _, slope, curve = highest(expected, cells, noise)
        return cls(tuple(Span.of(c) for c in cells), slope, curve, spread, expected.full)

    def take(self, rows: NDArray[np.int64]) -> KnownLevels:
        """The same of some of the draws, in that order."""
        return KnownLevels(self.spans, *(a[rows] for a in (self.slope, self.curve, self.variances, self.full)))

    @classmethod
    def nothing(cls, spread: Floats) -> KnownLevels:
        """Where no count tells anything; spread [D, 3]."""
        none = np.zeros((len(spread), 0))
        return cls((), none, none, spread, none)

    @property
    def moves(self) -> bool:
        """Whether the levels of some draw move at all."""
        return bool((self.variances[:, 1:] > 0).any())

    def table(self) -> bytes:
        """All numbers, as a file of Parquet."""
        out = io.BytesIO()
        columns = {f"slope {i}": self.slope[:, i] for i in range(len(self.spans))}
        columns |= {f"curve {i}": self.curve[:, i] for i in range(len(self.spans))}
        columns |= {f"full {i}": self.full[:, i] for i in range(len(self.spans))}
        columns |= {f"variance {name}": self.variances[:, k] for k, name in enumerate(PARTS)}
        pl.DataFrame(columns).write_parquet(out, compression="zstd")
        return out.getvalue()

    def said(self) -> list[dict[str, Any]]:
        """The spans, for a note in JSON."""
        return [
            {"streams": sorted(s.streams), "routes": [list(r) for r in sorted(s.routes)], "days": [s.first, s.last]}
            for s in self.spans
        ]

    @classmethod
    def read(cls, said: Any, table: pl.DataFrame, draws: int) -> KnownLevels:
        """From a note and a table that somebody else may have written; raises ValueError, TypeError or KeyError if they are
        none.
        """
        spans = tuple(_span(one) for one in said)
        slope, curve, full = (
            float_columns(table, [f"{name} {i}" for i in range(len(spans))]).reshape(table.height, len(spans))
            for name in ("slope", "curve", "full")
        )
        spread = float_columns(table, [f"variance {name}" for name in PARTS])
        if table.height != draws or curve.min(initial=0.0) < 0 or spread.min() < 0:
            raise ValueError("levels of other draws, or below 0")
        if full.min(initial=0.0) < 0 or full.max(initial=0.0) > 1:
            raise ValueError("a share that is none")
        return cls(spans, slope, curve, spread, full)


def _span(said: Any) -> Span:
    first, last = said["days"]
    streams, routes = said["streams"], said["routes"]
    texts = [*streams, *(name for pair in routes for name in pair)]
    if not isinstance(streams, list) or not all(isinstance(t, str) for t in texts) or not streams or not routes:
        raise ValueError("a count of no stream, or at no crossing")
    if any(len(pair) != 2 for pair in routes) or type(first) is not int or type(last) is not int:
        raise ValueError("a count of no crossing, or of no day")
    if not 0 < first <= last < 4_000_000:
        raise ValueError("days that are none")
    return Span(frozenset(streams), frozenset((c, s) for c, s in routes), first, last)


class Paths:
    """Levels on each day, as the counts tell of them, by which a run multiplies what comes. N days, S streams, R routes.

    known: of all draws; streams, routes: whose levels are wanted; first, last: days, as ordinal numbers. The days begin earlier
    where a count does. A path is a function of (seed, draw) alone: of a stream and crossing it is the same, whatever else there
    is.
    """

    def __init__(
        self, known: KnownLevels, streams: Sequence[str], routes: Sequence[Route], first: int, last: int
    ) -> None:
        self.known = known
        self.streams = tuple(dict.fromkeys([*streams, *sorted({s for a in known.spans for s in a.streams})]))
        self.routes = tuple(dict.fromkeys([*routes, *sorted({r for a in known.spans for r in a.routes})]))
        self._wanted = len(streams), len(routes)
        self._start = min([first, *(a.first for a in known.spans)])
        self._skip = first - self._start
        self._days = max([last, *(a.last for a in known.spans)]) - self._start + 1
        self._until = last - self._start + 1
        if self._days > MOST_DAYS:
            what = f"has counts that lie {counted(self._days, 'day')} from the end of this run"
            raise InputError("fit", what, f"at most {MOST_DAYS:,}: fit again")
        self._items = [name_hash(f"level:{s}") for s in self.streams]
        self._items += [name_hash(f"level:{s}:{c}") for c, s in self.routes]
        self._day_items = [name_hash(f"level of a day:{s}") for s in self.streams]

    @cached_property
    def _share(self) -> Floats:
        """[C, U, N] by how much a count's level is each level of each day; levels: streams, then routes."""
        out = np.zeros((len(self.known.spans), len(self._items), self._days))
        for c, span in enumerate(self.known.spans):
            days = slice(span.first - self._start, span.last - self._start + 1)
            number = span.last - span.first + 1
            for s in span.streams:
                out[c, self.streams.index(s), days] = 1.0 / (number * len(span.streams))
            for r in span.routes:
                out[c, len(self.streams) + self.routes.index(r), days] = 1.0 / (number * len(span.routes))
        return out

    @cached_property
    def _near(self) -> Floats:
        """[U, N, C] covariance of each level of each day with each count's, for a variance of 1."""
        day = np.arange(self._days)
        lasting = np.exp(-np.abs(day[:, None] - day) / LASTS_DAYS)
        return np.asarray(np.einsum("nm,cum->unc", lasting, self._share, optimize=True))

    @cached_property
    def _alike(self) -> Floats:
        """[3, C, C] covariances of counts' levels, of days, supply and routes, each for a variance of 1."""
        n = len(self.streams)
        parts = [self._share[:, :n], self._share[:, :n], self._share[:, n:]]
        nears = [self._share[:, :n].transpose(1, 2, 0), self._near[:n], self._near[n:]]
        return np.stack([np.einsum("cun,und->cd", p, q, optimize=True) for p, q in zip(parts, nears, strict=True)])

    def factors(self, draw: int, seed: int) -> tuple[Floats, Floats]:
        """[N, S] and [N, R] by how much supply and routes are moved on each day, in one run with one draw."""
        day, supply, route = self.known.variances[draw].tolist()
        n, of_level = len(self.streams), np.empty(len(self._items))
        of_level[:n], of_level[n:] = supply, route
        level = self._before(seed) * np.sqrt(of_level)[:, None]
        if self.known.spans:
            level += self._told(draw, seed, level, (day, supply, route), of_level)
        wanted = level[:, self._skip : self._until]
        found: Floats = np.exp(wanted - 0.5 * of_level[:, None]).T
        return found[:, : self._wanted[0]], found[:, n : n + self._wanted[1]]

    def _before(self, seed: int) -> Floats:
        """[U, N] levels of which no count tells, with a variance of 1."""
        out = np.stack([self._normal(seed, self._start, self._days, item) for item in self._items])
        kept = np.exp(-1.0 / LASTS_DAYS)
        fresh = np.sqrt(1.0 - kept**2)
        for k in range(1, self._days):
            out[:, k] = kept * out[:, k - 1] + fresh * out[:, k]
        return out

    def _told(
        self, draw: int, seed: int, level: Floats, spread: tuple[float, float, float], of_level: Floats
    ) -> Floats:
        """[U, N] by how much counts move a path that knows nothing of them (Matheron's rule)."""
        n, counts = len(self.streams), len(self.known.spans)
        days = np.stack([self._normal(seed, self._start, self._days, item) for item in self._day_items])
        full = self.known.full[draw]
        come = np.einsum("cun,un->c", self._share[:, :n], level[:n] + np.sqrt(spread[0]) * days)
        there = (1.0 - full) * come + np.einsum("cun,un->c", self._share[:, n:], level[n:])
        root = np.sqrt(self.known.curve[draw])
        k = covariances(np.array([spread]), self._alike, full[None, :])[0]
        both = root[:, None] * k * root + np.eye(counts)
        noise = self._normal(seed, 0, counts, name_hash("what counts leave open"))
        pulled = self.known.slope[draw] - root * np.linalg.solve(both, root * there + noise)
        follows = np.ones((len(of_level), counts))
        follows[:n] -= full
        return np.asarray(np.einsum("unc,uc,c->un", self._near, follows, pulled) * of_level[:, None])

    def _normal(self, seed: int, first: int, number: int, item: int) -> Floats:
        drawn = uniform_array(np.uint64(seed), np.uint64(first), number, np.uint64(item), LEVEL, ONCE)
        return np.asarray(ndtri(drawn))
