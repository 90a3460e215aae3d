"""A scenario that is at hand."""

from __future__ import annotations

from dataclasses import dataclass

from crossings.scenario import Scenario

__all__ = ["Held"]


@dataclass(frozen=True, slots=True)
class Held:
    """A scenario at hand. id: what the address calls it; kind: bundled, served or uploaded; notes: what was said of it."""

    id: str
    kind: str
    scenario: Scenario
    notes: tuple[str, ...] = ()
