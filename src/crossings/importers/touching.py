"""Where straight pieces touch one another, found by a grid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["ON_LINE", "touching"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ON_LINE = 2e-7  # degrees, about 2 cm: a node so near the line lies on it
_CELL = 0.02  # degrees


def _cross(a: Floats, b: Floats) -> Floats:
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])


def touching(one: Floats, two: Floats) -> tuple[Ints, Ints]:
    """Pairs (row of ``one``, row of ``two``) of pieces [., 2, 2] that touch; found by the cells of a grid that both enter."""
    if not len(one) or not len(two):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    rows2, cells2 = _cells(two)
    order = np.argsort(cells2, kind="stable")
    rows2, cells2 = rows2[order], cells2[order]
    rows1, cells1 = _cells(one)
    low, high = np.searchsorted(cells2, cells1, "left"), np.searchsorted(cells2, cells1, "right")
    many = high - low
    i = np.repeat(rows1, many)
    j = rows2[np.repeat(low, many) + np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)]
    p, q, a, b = one[i, 0], one[i, 1], two[j, 0], two[j, 1]
    u, v = _cross(b - a, p - a), _cross(b - a, q - a)
    s, t = _cross(q - p, a - p), _cross(q - p, b - p)
    near_u, near_v = (np.abs(w) <= ON_LINE * np.hypot(*(b - a).T) for w in (u, v))
    touch = ((u * v < 0) | near_u | near_v) & (s * t <= 0)
    touch &= ~(near_u & near_v)  # a road along the line does not cross it
    pairs = np.unique(np.column_stack([i[touch], j[touch]]), axis=0)
    return pairs[:, 0].astype(np.int64), pairs[:, 1].astype(np.int64)


def _cells(pieces: Floats) -> tuple[Ints, Ints]:
    """(row, cell) for every cell of the grid that the box of a piece touches; long pieces are cut first."""
    step = pieces[:, 1] - pieces[:, 0]
    parts = np.maximum(1, np.ceil(np.abs(step).max(axis=1) / (5 * _CELL))).astype(np.int64)
    rows = np.repeat(np.arange(len(pieces)), parts)
    k = np.arange(parts.sum()) - np.repeat(np.cumsum(parts) - parts, parts)
    low = pieces[rows, 0] + step[rows] * (k / parts[rows])[:, None]
    high = pieces[rows, 0] + step[rows] * ((k + 1) / parts[rows])[:, None]
    pad = 1e-6
    x0, y0 = (np.floor((np.minimum(low, high)[:, d] - pad + (180, 90)[d]) / _CELL).astype(np.int64) for d in (0, 1))
    x1, y1 = (np.floor((np.maximum(low, high)[:, d] + pad + (180, 90)[d]) / _CELL).astype(np.int64) for d in (0, 1))
    wide, tall = x1 - x0 + 1, y1 - y0 + 1
    many = wide * tall
    n = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
    x = np.repeat(x0, many) + n % np.repeat(wide, many)
    y = np.repeat(y0, many) + n // np.repeat(wide, many)
    return np.repeat(rows, many), x * 100_000 + y
