"""Whether a fitted model fits: how many counts lie where it expects them, and whether its evidence is absurd."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.calibration.likelihood import counted_where_shut, open_ever
from crossings.calibration.posterior import Fit
from crossings.calibration.predictive import predict
from crossings.calibration.problem import Problem
from crossings.io.faults import counted

ABSURD = 5.0  # nats a count by which a blind guess is better
ROOM = 4.0  # a blind guess goes up to so many times the largest count
BLIND = "each doubling of a count alike, up to four times the largest"


@dataclass(frozen=True)
class Fitness:
    """Of a fit and the counts that it used: how many lie inside the 90% interval, and its evidence beside a blind guess.

    outside: ids of those that do not; evidence, blind: ln of the probability of the counts, by the model and by
    `blind_guess`; shut: counts of somebody where an order shuts all crossings.
    """

    counts: int
    outside: tuple[str, ...]
    evidence: float
    blind: float
    shut: tuple[str, ...] = ()

    @property
    def inside(self) -> int:
        """Counts inside the 90% interval."""
        return self.counts - len(self.outside)

    @property
    def absurd(self) -> bool:
        """Whether the evidence is far below that of a blind guess."""
        return bool(self.evidence < self.blind - ABSURD * self.counts)

    @property
    def told(self) -> str:
        """In words."""
        named = ", ".join(self.outside[:8]) + (f" and {len(self.outside) - 8} more" if len(self.outside) > 8 else "")
        lines = [
            f"{self.inside} of {counted(self.counts, 'count')} inside the 90% interval"
            + (f"; outside: {named}." if named else ".")
        ]
        if self.absurd:
            lines.append(
                f"The evidence is absurd for {counted(self.counts, 'count')}: a blind guess ({BLIND}) "
                f"has {self.blind:,.0f}, the model {self.evidence:,.0f}. The model cannot explain them; do not forecast with it."
            )
        elif self.evidence < self.blind:
            lines.append(
                f"The evidence, {self.evidence:.1f}, is no better than that of a blind guess ({self.blind:.1f}; {BLIND})."
            )
        return where_shut(self.shut) + " ".join(lines)

    def to_json(self) -> dict[str, Any]:
        """All figures."""
        return {
            "counts": self.counts,
            "inside_90": self.inside,
            "outside": list(self.outside),
            "evidence_of_a_blind_guess": self.blind,
            "absurd": self.absurd,
            "counted_where_shut": list(self.shut),
        }


def fitness(fit: Fit, problem: Problem) -> Fitness:
    """Hold a fit against the counts that it used; a lower bound is inside where the interval reaches it."""
    cells = problem.cells
    found = predict(fit, problem, cells)
    low, high = found.quantile(0.05), found.quantile(0.95)
    outside = [c.id for c, a, b in zip(cells, low, high, strict=True) if c.high < a or c.low > b]
    # That nobody crosses where an order shuts all crossings is known to a guess as well.
    known = [
        c.what == "crossed" and c.high == 0 and not set(open_ever(problem.model, c)) & set(c.crossings) for c in cells
    ]
    guessed = [c for c, shut in zip(cells, known, strict=True) if not shut]
    blind = blind_guess(np.array([c.low for c in guessed]), np.array([c.high for c in guessed]))
    return Fitness(len(cells), tuple(outside), float(fit.evidence), blind, counted_where_shut(problem.model, cells))


def blind_guess(low: NDArray[np.float64], high: NDArray[np.float64]) -> float:
    """ln of the probability of counts by a guess that knows only how large the largest is; high: inf of a lower bound.

    Each doubling of 1 + count is alike, up to four times the largest: P(n) = ln((n + 2)/(n + 1))/ln(most + 2) for n = 0..most. So
    nothing is certain, a zero neither, and counts of 3 and of 300 are guessed on one scale.
    """
    most = ROOM * float(max(low.max(initial=0.0), high[np.isfinite(high)].max(initial=0.0), 1.0))
    top = np.minimum(high, most)
    return float((np.log(np.log((top + 2.0) / (low + 1.0))) - np.log(np.log(most + 2.0))).sum())


def where_shut(counts: Sequence[str]) -> str:
    """A sentence on counts of somebody where an order shuts all crossings; empty where there are none."""
    some = ", ".join(counts[:8]) + (f" and {len(counts) - 8} more" if len(counts) > 8 else "")
    return (
        f"Somebody was counted where an order shuts the crossing: {some}; look at the count and the order. "
        if some
        else ""
    )
