"""Small words: lists, counts, distances and times as a page of text has them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from crossings.io.faults import counted
from crossings.scenario.clock import spoken

if TYPE_CHECKING:
    from crossings.model import Model

KM_PER_MILE = 1.609344


def listed(names: Iterable[str]) -> str:
    """Names with commas, or 'none'."""
    return ", ".join(names) or "none"


class OrderWording:
    """Distances in the wanted unit, and times of one model."""

    def __init__(self, model: Model, units: str = "metric") -> None:
        self.clock = model.clock
        self.distance_unit = "miles" if units == "imperial" else "km"
        self._factor = 1 / KM_PER_MILE if units == "imperial" else 1.0

    def distance(self, km: float) -> str:
        """'179 km', or '111 miles'."""
        return f"{km * self._factor:,.0f} {self.distance_unit}"

    def more(self, km: float) -> str:
        """'+745 km'."""
        return f"{km * self._factor:+z,.0f} {self.distance_unit}"

    def begins(self, ms: int) -> str:
        """A local time at which something begins."""
        return f"{self.clock.local(ms):%Y-%m-%d %H:%M}"

    def ends(self, ms: int) -> str:
        """A local time at which something ends; a midnight is the 24:00 of the day before."""
        return spoken(self.clock.local(ms))

    def crossings(self, names: Sequence[str], every: Sequence[str]) -> str:
        """Crossings by name; 'all 8 crossings', or 'all but ...' where that is shorter."""
        chosen = [name for name in every if name in names]
        if len(chosen) == len(every) and len(every) > 2:
            return f"all {counted(len(every), 'crossing')}"
        if len(every) - len(chosen) == 1 and len(every) > 4:
            return f"all crossings but {next(n for n in every if n not in names)}"
        return listed(chosen)
