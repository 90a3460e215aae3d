"""Lower bounds beside counts: a number that was reached, of people who may have been counted in other rows as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from crossings.observations.regions import Region
from crossings.observations.sums import NestedRegion
from crossings.scenario.entities import Observation


@dataclass(frozen=True)
class Bound:
    """At least ``least`` in a region (0: the row's count); ``minus``: cells that had a part in the row's number."""

    row: Observation
    region: Region
    at_least: float = 0.0
    minus: tuple[str, ...] = ()

    @property
    def least(self) -> float:
        """The number that was reached."""
        return self.at_least or self.row.count


def weaken(bound: Bound, cells: Sequence[NestedRegion]) -> Bound | dict[str, float] | str:
    """What a lower bound says beside the cells that it touches.

    Itself, or what it says of the region outside of the cells; cell -> higher low end, where it lies within them and says
    more; or why it says nothing.
    """
    if not cells:
        return bound
    names = ", ".join(cell.name for cell in cells[:3]) + (f" and {len(cells) - 3} more" if len(cells) > 3 else "")
    if any(cell.unit != bound.row.unit for cell in cells):
        return f"the same travellers as {names}, in another unit"
    left = bound.region.minus([cell.region for cell in cells])
    most = sum(cell.high for cell in cells)
    if left:
        beyond = bound.least - most  # whatever those cells hold, so many more were outside of them
        if beyond <= 0:
            return f"may be the same people as {names}"
        return replace(bound, region=left, at_least=beyond, minus=tuple(cell.name for cell in cells))
    if bound.least > most:
        return f"more than the {most:,.0f} counted by {names}"
    raised = {cell.name: bound.least - (most - cell.high) for cell in cells}
    return {
        cell.name: raised[cell.name] for cell in cells if raised[cell.name] > cell.low
    } or f"the same people as {names}"


def settle(bounds: Sequence[Bound]) -> list[tuple[Bound, str]]:
    """Of lower bounds, finest first: each with why it is not used (empty: it is), so that those used are disjoint.

    One that holds others is used in their place if its number is greater than theirs together.
    """
    used: list[Bound] = []
    out: dict[str, str] = {}
    for bound in bounds:
        met = [other for other in used if other.region.meets(bound.region)]
        names = ", ".join(other.row.id for other in met)
        out[bound.row.id] = ""
        if any(other.row.unit != bound.row.unit for other in met):
            out[bound.row.id] = f"the same travellers as {names}, in another unit"
        elif not all(other.region.within(bound.region) for other in met):
            out[bound.row.id] = f"overlaps {names}, and neither holds the other"
        elif met and bound.least <= sum(other.least for other in met):
            out[bound.row.id] = f"says no more than {names}"
        else:
            out |= {other.row.id: f"lies within {bound.row.id}, which says more" for other in met}
            used = [other for other in used if other not in met] + [bound]
    return [(bound, out[bound.row.id]) for bound in bounds]
