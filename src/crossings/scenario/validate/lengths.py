"""Lengths of roads held against where their places lie: a unit mistaken shows there."""

from __future__ import annotations

import math

from crossings.io.faults import clip
from crossings.scenario.entities import Place
from crossings.scenario.validate.index import Index

__all__ = ["check_lengths"]

SHORT, SLACK_KM = 0.8, 2.0  # of the straight line; places stand for areas, so a little shorter is no wonder
LONG, MARGIN_KM = 100.0, 10.0
EARTH_KM = 6371.0088


def check_lengths(index: Index) -> None:
    """Warn of roads that are shorter than the straight line between their places, or a hundred times as long."""
    table = index.draft.roads
    found: dict[str, list[tuple[float, float, int]]] = {"shorter than": [], "over 100 times": []}
    for k, row in enumerate(table.rows):
        ends = index.places.get(row.value.from_), index.places.get(row.value.to)
        if ends[0] is None or ends[1] is None or not row.ok("from_", "to", "km"):
            continue
        air = _km(ends[0], ends[1])
        km = row.value.km
        if km < SHORT * air - SLACK_KM:
            found["shorter than"].append((km / air, km, k))
        elif km > LONG * air + MARGIN_KM:
            found["over 100 times"].append((-km, km, k))
    for how, rows in found.items():
        if not rows:
            continue
        _, km, k = min(rows)
        row = table.rows[k]
        road = f"{clip(row.value.from_)} to {clip(row.value.to)}, {km:,.4g} km"
        what = f"{len(rows):,} of {len(table.rows):,} roads are {how} the straight line between their places (first: {road})"
        index.draft.faults.add(
            table.where(row), what, "check km, its unit, and lat and lon of the places", warning=True
        )


def _km(a: Place, b: Place) -> float:
    one, two = math.radians(a.lat), math.radians(b.lat)
    h = math.sin((two - one) / 2) ** 2 + math.cos(one) * math.cos(two) * math.sin(math.radians(b.lon - a.lon) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(min(1.0, h)))
