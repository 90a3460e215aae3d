"""Which row of an order ends which: by taking its order's place, or by lifting it where it acts."""

from __future__ import annotations

from crossings.scenario.entities import Closure


def ends_row(other: Closure, row: Closure, crossing: str | None = None) -> bool:
    """Whether a row ends another one when it begins: at a crossing, or (None) wherever that one acts.

    A lifting for one direction or some streams alone does not end a row for all.
    """
    if row.order not in other.replaces or other.kind == "note":
        return False
    if other.kind != "lifted":
        return True
    streams = not other.streams or (bool(row.streams) and set(row.streams) <= set(other.streams))
    kinds = ("crossings", "roads", "places")
    everywhere = not any(getattr(other, kind) for kind in kinds)
    if crossing is None:
        there = all(set(getattr(row, kind)) <= set(getattr(other, kind)) for kind in kinds)
    else:
        there = crossing in other.crossings
    return streams and (everywhere or there) and other.direction in (None, row.direction)
