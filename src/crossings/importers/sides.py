"""Lines of borders: which country a point lies in, by the side of a line or by outlines, and what touches a line."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from crossings.scenario.geojson import EARTH_KM, km_between

__all__ = ["EARTH_KM", "Sides", "end_to_end", "touching", "within"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ON_LINE = 2e-7  # degrees, about 2 cm: a node so near the line lies on it
_CELL = 0.02  # degrees
_STEP = 0.005  # degrees: longer pieces of the line are looked for by several points


def within(rings: list[Floats], lon: float, lat: float) -> bool:
    """Whether a point is inside an odd number of rings (even-odd rule)."""
    crossed = 0
    for ring in rings:
        x1, y1, x2, y2 = ring[:-1, 0], ring[:-1, 1], ring[1:, 0], ring[1:, 1]
        spans = (y1 > lat) != (y2 > lat)
        with np.errstate(divide="ignore", invalid="ignore"):
            at = x1 + (lat - y1) * (x2 - x1) / (y2 - y1)
        crossed += int((spans & (at > lon)).sum())
    return crossed % 2 == 1


def end_to_end(parts: list[Floats]) -> list[Floats]:
    """Parts of a line [P, 2] in order along it, the longest first, each turned to begin near the end of the one before: nearest
    first.
    """
    row = [max(parts, key=len)]
    left = [part for part in parts if part is not row[0]]

    def apart(p: Floats, q: Floats) -> float:
        return math.hypot((p[0] - q[0]) * math.cos(math.radians(p[1])), p[1] - q[1])

    while left:
        options = []
        for k, part in enumerate(left):
            turned = part[::-1]
            options += [(apart(row[-1][-1], one[0]), k, True, one) for one in (part, turned)]
            options += [(apart(row[0][0], one[-1]), k, False, one) for one in (part, turned)]
        _, k, after, part = min(options, key=lambda option: option[:2])
        left.pop(k)
        row = [*row, part] if after else [part, *row]
    return row


class Sides:
    """On which side of a line points lie: 1 left, -1 right, 0 on it; by the nearest piece, at a corner by both of its pieces.

    start, end [B, 2]: the pieces of the line in its direction, longitude and latitude; left, right: the countries there;
    outlines: rings of a country, where its outline is known as a whole.
    """

    def __init__(
        self, start: Floats, end: Floats, left: str, right: str, outlines: dict[str, list[Floats]] | None = None
    ) -> None:
        from scipy.spatial import cKDTree

        self._outlines = outlines or {}
        self._left, self._right = left, right
        self._scale = np.array([math.cos(math.radians(float(start[:, 1].mean()))), 1.0])
        self._a, self._b = start * self._scale, end * self._scale
        step = self._b - self._a
        parts = np.maximum(1, np.ceil(np.hypot(*step.T) / _STEP)).astype(np.int64)
        self._row = np.repeat(np.arange(len(step)), parts)
        k = np.arange(parts.sum()) - np.repeat(np.cumsum(parts) - parts, parts)
        share = (k + 0.5) / parts[self._row]
        self._tree = cKDTree(self._a[self._row] + step[self._row] * share[:, None])

    def at(self, lon: float, lat: float) -> int:
        """The side of one point."""
        return int(self.of_points(np.array([lon]), np.array([lat]))[0])

    def of_points(self, lon: Floats, lat: Floats) -> Ints:
        """[N] sides of points."""
        found = np.zeros(len(lon), np.int64)
        points = np.column_stack([lon, lat]) * self._scale
        for first in range(0, len(points), 5000):
            some = points[first : first + 5000]
            many = min(12, len(self._row))
            rows = self._row[self._tree.query(some, many)[1].reshape(len(some), many)]
            a, b = self._a[rows], self._b[rows]
            step = b - a
            along = np.clip(((some[:, None] - a) * step).sum(2) / np.maximum((step**2).sum(2), 1e-18), 0, 1)
            off = some[:, None] - a - along[..., None] * step
            far = np.hypot(off[..., 0], off[..., 1])
            least = far.min(axis=1)
            tied = far <= least[:, None] + 1e-9
            unit = step / np.maximum(np.hypot(step[..., 0], step[..., 1]), 1e-18)[..., None]
            sign = np.zeros(len(some))
            once = np.zeros_like(tied)
            for k in range(many):  # each piece counts once, though several of its parts are near
                once[:, k] = tied[:, k] & ~(tied[:, :k] & (rows[:, :k] == rows[:, [k]])).any(axis=1)
            normal = np.stack([-(unit[..., 1] * once).sum(1), (unit[..., 0] * once).sum(1)], axis=1)
            nearest = np.take_along_axis(off, far.argmin(1)[:, None, None], axis=1)[:, 0]
            sign = (normal * nearest).sum(1)
            found[first : first + 5000] = np.where(least <= ON_LINE, 0, np.where(sign > 0, 1, -1))
        return found

    def foot(self, lon: float, lat: float) -> tuple[float, float, float]:
        """The nearest point of the line, and how far it is in km."""
        here = np.array([lon, lat]) * self._scale
        rows = self._row[self._tree.query(here, min(12, len(self._row)))[1].reshape(-1)]
        step = self._b[rows] - self._a[rows]
        along = np.clip(((here - self._a[rows]) * step).sum(1) / np.maximum((step**2).sum(1), 1e-18), 0, 1)
        at = (self._a[rows] + along[:, None] * step) / self._scale
        far = km_between(at[:, 0], at[:, 1], np.array(lon), np.array(lat))
        k = int(np.argmin(far))
        return float(at[k, 0]), float(at[k, 1]), float(far[k])

    def country(self, lon: float, lat: float) -> str:
        """The country of a point: by an outline that is whole, else by the side of the line."""
        for code, rings in self._outlines.items():
            if within(rings, lon, lat):
                return code
        left, right = self._left, self._right
        if len(self._outlines) == 2:
            return ""
        if self._outlines:
            return right if left in self._outlines else left
        return left if self.at(lon, lat) >= 0 else right

    def countries(self, lon: Floats, lat: Floats) -> list[str]:
        """The countries of many points."""
        if self._outlines:
            return [self.country(*point) for point in zip(lon.tolist(), lat.tolist(), strict=True)]
        return [self._left if side >= 0 else self._right for side in self.of_points(lon, lat).tolist()]


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
