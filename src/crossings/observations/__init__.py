"""Counts seen at the border: which of them are used and how (`Observations`), and what the model has in their place.

Names are found when first used, so that reading counts loads neither numpy nor the kernel (PEP 562).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from crossings.observations.counts import Observations
    from crossings.observations.matching import LEAST_RUNS, SCORED, Matched, beside, match, simulated
    from crossings.observations.periods import Cell, Use
    from crossings.observations.regions import Piece
    from crossings.observations.weights import Weighed, weigh

__all__ = [
    "LEAST_RUNS",
    "SCORED",
    "Cell",
    "Matched",
    "Observations",
    "Piece",
    "Use",
    "Weighed",
    "beside",
    "match",
    "simulated",
    "weigh",
]

__getattr__, __dir__, _ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "counts": ["Observations"],
        "matching": ["LEAST_RUNS", "SCORED", "Matched", "beside", "match", "simulated"],
        "periods": ["Cell", "Use"],
        "regions": ["Piece"],
        "weights": ["Weighed", "weigh"],
    },
)
