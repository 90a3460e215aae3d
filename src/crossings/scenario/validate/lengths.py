"""Lengths of roads held against where their places lie: a unit mistaken shows there."""

from __future__ import annotations

from crossings.io.faults import clip
from crossings.scenario.geojson import km_apart
from crossings.scenario.validate.index import Index

__all__ = ["check_lengths"]

# Of the straight line: of one road; of most of eight or more, as by a wrong unit.
SHORT, ALL_SHORT, SLACK_KM = 0.5, 0.9, 2.0
LONG, MARGIN_KM = 100.0, 10.0


def check_lengths(index: Index) -> None:
    """Warn of roads that are shorter than the straight line between their places, or a hundred times as long.

    Places stand for areas, so that one road is only named below half the line, and several below nine tenths if they are most.
    """
    table = index.draft.roads
    at = {row.value.id: row.value for row in index.draft.places.rows if row.ok("id", "lat", "lon")}
    ratios: list[tuple[float, float, int]] = []
    for k, row in enumerate(table.rows):
        a, b = at.get(row.value.from_), at.get(row.value.to)
        if a is not None and b is not None and a is not b and row.ok("from_", "to", "km"):
            ratios.append((row.value.km, km_apart(a, b), k))
    short = [(km / air, km, k) for km, air, k in ratios if km < ALL_SHORT * air - SLACK_KM]
    if len(ratios) < 8 or len(short) <= len(ratios) / 2:
        short = [item for item in short if item[0] < SHORT]
    far = [(-km, km, k) for km, air, k in ratios if km > LONG * air + MARGIN_KM]
    for how, rows in (("shorter than", short), ("over 100 times", far)):
        if not rows:
            continue
        _, km, k = min(rows)
        row = table.rows[k]
        road = f"{clip(row.value.from_)} to {clip(row.value.to)}, {km:,.4g} km"
        what = f"{len(rows):,} of {len(table.rows):,} roads are {how} the straight line between their places (first: {road})"
        index.draft.faults.add(
            table.where(row), what, "check km, its unit, and lat and lon of the places", warning=True
        )
