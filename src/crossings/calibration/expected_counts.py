"""What draws expect in the place of counts, and how much of it the controls decide."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ExpectedCounts:
    """What D draws expect in the place of C counts.

    mean [D, C]; full [D, C]: the share of it that controls decide, as they are full (by default none; docs/model.md, section 10).

    >>> ExpectedCounts(np.array([[40.0, 3.0]])).full
    array([[0., 0.]])
    """

    mean: Floats
    full: Floats = field(default_factory=lambda: np.zeros((0, 0)))

    def __post_init__(self) -> None:
        if self.full.shape != self.mean.shape:
            object.__setattr__(self, "full", np.zeros_like(self.mean))

    def __len__(self) -> int:
        return len(self.mean)

    @classmethod
    def none(cls, draws: int) -> ExpectedCounts:
        """Of no count."""
        return cls(np.zeros((draws, 0)))

    def take(self, rows: NDArray[np.int64]) -> ExpectedCounts:
        """Some of the draws, in that order."""
        return ExpectedCounts(self.mean[rows], self.full[rows])

    def of(self, counts: list[int]) -> ExpectedCounts:
        """Some of the counts, in that order."""
        return ExpectedCounts(self.mean[:, counts], self.full[:, counts])

    def beside(self, other: ExpectedCounts) -> ExpectedCounts:
        """The counts of both."""
        return ExpectedCounts(np.hstack([self.mean, other.mean]), np.hstack([self.full, other.full]))

    def above(self, other: ExpectedCounts) -> ExpectedCounts:
        """The draws of both."""
        return ExpectedCounts(np.vstack([self.mean, other.mean]), np.vstack([self.full, other.full]))

    def together(self, counts: list[int], more: float = 0.0) -> ExpectedCounts:
        """The sum of some counts as one, and ``more``."""
        part = self.of(counts)
        mean = part.mean.sum(axis=1) + more
        full = (part.mean * part.full).sum(axis=1) / np.maximum(mean, 1e-300)
        return ExpectedCounts(mean[:, None], full[:, None])

    def times(self, factors: Floats) -> ExpectedCounts:
        """With levels that make so many times as many of it."""
        return ExpectedCounts(self.mean * factors, self.full)
