"""Counts seen at the border: which of them are used and how (`Observations`), and what the model has in their place.

Names are found when first used, so that reading counts loads neither numpy nor the kernel (PEP 562).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

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

_HOME = {
    **dict.fromkeys(("Cell", "Use"), "periods"),
    **dict.fromkeys(("LEAST_RUNS", "SCORED", "Matched", "beside", "match", "simulated"), "matching"),
    **dict.fromkeys(("Weighed", "weigh"), "weights"),
    "Observations": "counts",
    "Piece": "regions",
}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(f"crossings.observations.{_HOME[name]}"), name)
    raise AttributeError(f"module 'crossings.observations' has no attribute {name!r}")
