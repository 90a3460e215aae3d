"""Who came and went as far as it was known at the time: from records that had been published, and no other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crossings.importers.flee.case import FleeCase, Floats

__all__ = ["DayChange", "changes", "present_at_start"]


@dataclass(frozen=True)
class DayChange:
    """What the records of one day say of the days since the records before them of the same camps.

    Arguments:
        first, last: the days; the records are of day ``last``, and that is when they are known.
        rise: people more in these camps together, over all these days; or ``fall``, how many fewer as a share of all people.
        corrected: by camp, the share of its people who were struck off the register on day ``last``.
    """

    first: int
    last: int
    rise: float
    fall: float
    corrected: tuple[tuple[str, float], ...]


def present_at_start(case: FleeCase) -> Floats:
    """People in each camp at the end of day 0 by the last record on or before it, [camps]; 0 where there was none."""
    return np.array([records.last(0) or 0.0 for records in case.records])


def changes(case: FleeCase) -> list[DayChange]:
    """The changes by day of records, in order. A later record changes none of those before it.

    What the camps that have a record on a day rose or fell together is spread evenly over the days since they were last counted.
    """
    days = sorted({int(day) for records in case.records for day in records.day if day > 0})
    now = dict(zip(case.camps, present_at_start(case).tolist(), strict=True))
    counted = {camp: 0 for camp, records in zip(case.camps, case.records, strict=True) if records.last(0) is not None}
    found, before = [], 0
    for day in days:
        struck, total, gained, since = [], sum(now.values()), 0.0, before
        for camp, records in zip(case.camps, case.records, strict=True):
            if day not in records.day:
                continue
            count = records.last(day) or 0.0
            if day in records.corrected and 0 <= count < now[camp]:
                struck.append((camp, 1.0 - count / now[camp]))
            else:
                gained += count - now[camp]
            now[camp] = count
            since = min(since, counted.get(camp, before))
            counted[camp] = day
        fall = min(1.0, -gained / total) if gained < 0 and total > 0 else 0.0
        found.append(DayChange(since + 1, day, max(0.0, gained), fall, tuple(struck)))
        before = day
    return found
