"""Which country a point lies in: by the side of a line, or by outlines."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from crossings.importers.touching import ON_LINE
from crossings.scenario.geojson import EARTH_KM

__all__ = ["EARTH_KM", "Sides", "end_to_end", "km_between", "within"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_STEP = 0.005  # degrees: longer pieces of the line are looked for by several points


def km_between(lon1: Floats, lat1: Floats, lon2: Floats, lat2: Floats) -> Floats:
    """Great circles in km (haversine)."""
    a, b = np.radians(lat1), np.radians(lat2)
    h = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(np.radians(lon2 - lon1) / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(h, 0, 1))))


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
    """Parts of a line [P, 2] in order along it, the longest first, each turned to begin near the end of the one before: nearest first."""
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
