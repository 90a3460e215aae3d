"""Who came and went as far as it was known at the time: from records that had been published, and no other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crossings.importers.flee.case import FleeCase, Floats

__all__ = ["Change", "changes", "present_at_start"]


@dataclass(frozen=True)
class Change:
    """What the records of one day say of the days since the records before it.

    Arguments:
        first, last: the days; the records are of day ``last``, and that is when they are known.
        rise: people more in all camps together, over all these days; or ``fall``, the share of them fewer.
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


def changes(case: FleeCase) -> list[Change]:
    """The changes between days of records, in order. A later record changes none of those before it.

    A camp holds what its last record says, from the first on. So the sum over camps is known on each day, and what it rose
    or fell since the last day of records is spread evenly over the days between.
    """
    days = sorted({int(day) for records in case.records for day in records.day if day > 0})
    now = dict(zip(case.camps, present_at_start(case).tolist(), strict=True))
    found, before = [], 0
    for day in days:
        struck, total, gained = [], sum(now.values()), 0.0
        for camp, records in zip(case.camps, case.records, strict=True):
            count = records.last(day) or 0.0
            if day in records.corrected and 0 <= count < now[camp]:
                struck.append((camp, 1.0 - count / now[camp]))
            else:
                gained += count - now[camp]
            now[camp] = count
        fall = min(1.0, -gained / total) if gained < 0 and total > 0 else 0.0
        found.append(Change(before + 1, day, max(0.0, gained), fall, tuple(struck)))
        before = day
    return found
