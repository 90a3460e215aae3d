"""What is known of a series at an instant: counts published by then, without overlaps, running totals as increments."""

from __future__ import annotations

import bisect
import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

import numpy as np
from numpy.typing import NDArray

from crossings.forecasting.episode import Count, Series, days
from crossings.forecasting.ordinary import SeriesCounts

NOTHING, FULL = 0.02, 50.0


def by_series(counts: Iterable[Count]) -> dict[Series, list[Count]]:
    """The firm counts of each series, by start."""
    found: dict[Series, list[Count]] = {}
    for count in counts:
        if count.firm:
            found.setdefault(count.series, []).append(count)
    for rows in found.values():
        rows.sort(key=lambda c: (c.start, c.end, c.published))
    return found


def known_rows(counts: Sequence[Count], origin: dt.datetime) -> SeriesCounts:
    """The counts of one series that were published by an instant, so that no time is counted twice."""
    kept = disjoint([c for c in counts if c.published <= origin])
    return SeriesCounts(
        np.array([days(c.start) for c in kept], dtype=float),
        np.array([days(c.end) for c in kept], dtype=float),
        np.array([c.value for c in kept], dtype=float),
    )


def missing(values: NDArray[np.float64], quiet: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """[K] which numbers are probably no count: next to nothing between full periods, where no order says so.

    Of 143 such months at US ports 86 are missing records. Two in a row are taken for what they are.
    """
    out = np.zeros(values.size, dtype=bool)
    numbers = values.tolist()
    kept: list[float] = []
    for k, value in enumerate(numbers):
        usual = median(kept[-3:]) if kept else 0.0
        if usual > FULL and value < NOTHING * usual and quiet[k]:
            again = k + 1 < len(numbers) and numbers[k + 1] < NOTHING * usual
            if not again and not (k and numbers[k - 1] < NOTHING * usual):
                out[k] = True
                continue
        kept.append(value)
    return out


def disjoint(counts: Sequence[Count]) -> list[Count]:
    """Counts of one series without overlaps, in order of time.

    Of two numbers for one period the later published stays; totals that began at one instant become increments; of what
    still overlaps, the shorter stays.
    """
    latest: dict[tuple[dt.datetime, dt.datetime], Count] = {}
    for count in counts:
        key = (count.start, count.end)
        if key not in latest or count.published >= latest[key].published:
            latest[key] = count
    rows = sorted(latest.values(), key=lambda c: (c.start, c.end))
    if all(a.end <= b.start for a, b in pairwise(rows)):
        return rows
    rows = _increments(rows)
    kept: list[Count] = []
    ends: list[dt.datetime] = []
    for count in sorted(rows, key=lambda c: (c.end - c.start, c.start)):
        at = bisect.bisect_right(ends, count.start)
        if at == len(kept) or kept[at].start >= count.end:
            kept.insert(at, count)
            ends.insert(at, count.end)
    return kept


def _increments(rows: list[Count]) -> list[Count]:
    """Rows in which totals since one instant are replaced by what came between them."""
    by_start: dict[dt.datetime, list[Count]] = {}
    for count in rows:
        by_start.setdefault(count.start, []).append(count)
    out: list[Count] = []
    for same in by_start.values():
        out.append(same[0])
        for before, after in pairwise(same):
            if after.value >= before.value:
                out.append(
                    replace(
                        after,
                        start=before.end,
                        value=after.value - before.value,
                        published=max(before.published, after.published),
                        written=(before.end.isoformat(timespec="minutes"), after.written[1]),
                    )
                )
    return out
