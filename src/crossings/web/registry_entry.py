"""A scenario that is at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crossings.scenario import Scenario

__all__ = ["Held"]


@dataclass(frozen=True, slots=True)
class Held:
    """A scenario at hand. id: what the address calls it; kind: bundled, served or uploaded; notes: what was said of it.

    counted: place → people counted there at the end of each day, [days], where it came with more than its headcounts.
    """

    id: str
    kind: str
    scenario: Scenario
    notes: tuple[str, ...] = ()
    counted: Mapping[str, NDArray[np.float64]] | None = None
