"""What several travellers of a kind are called, and how a number of them is written: the same words everywhere."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

PLURALS = {"person": "people", "car": "cars", "truck": "lorries"}
"""Unit of a stream → what several of them are called."""


def plural(unit: str) -> str:
    """What several travellers of a unit are called.

    >>> plural("truck")
    'lorries'
    """
    return PLURALS[unit]


def rounded(value: float, decimals: int | None = None) -> Decimal:
    """A number as it is shown: one decimal below 10, none above; halves away from zero, as the page writes them.

    >>> rounded(3.25), rounded(171.4), rounded(-0.01)
    (Decimal('3.3'), Decimal('171'), Decimal('0'))
    """
    if decimals is None:
        decimals = 1 if abs(value) < 9.95 and abs(value - round(value)) >= 0.05 else 0
    # What the last bits say of a mean is no half.
    exact = Decimal(repr(round(float(value), 6))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return exact if exact else abs(exact)


def amount(value: float | None, *, none: str = "–", minus: str = "−") -> str:
    """A number for people, as `rounded` has it; ``none`` where there is none.

    >>> amount(3.25), amount(171.4), amount(-0.01), amount(None), amount(-12.0)
    ('3.3', '171', '0', '–', '−12')
    """
    if value is None or not math.isfinite(value):
        return none
    return f"{rounded(value):,f}".replace("-", minus)


def spread(row: Mapping[str, Any], *, factor: float = 1.0, none: str = "–", minus: str = "−", dash: str = "–") -> str:
    """'mean (5th-95th percentile)' of a band; the mean alone where nothing varies.

    >>> spread({"mean": 68.2, "p05": 59.0, "p95": 79.0})
    '68 (59–79)'
    """
    mean, low, high = (row.get(b) for b in ("mean", "p05", "p95"))
    if mean is None or not math.isfinite(mean):
        return none
    given = (mean, mean if low is None else low, mean if high is None else high)
    shown = [amount(v * factor, none=none, minus=minus) for v in given]
    between = " to " if minus in shown[1] + shown[2] else dash
    return shown[0] if shown[0] == shown[1] == shown[2] else f"{shown[0]} ({shown[1]}{between}{shown[2]})"
