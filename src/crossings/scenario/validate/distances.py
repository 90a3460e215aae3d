"""Distances: lengths of roads held against where their places lie, and crossings against one another."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from crossings.io.faults import clip, counted
from crossings.scenario.entities import Place
from crossings.scenario.geojson import km_apart, km_between
from crossings.scenario.validate.index import Index

# Of the straight line: of one road; of most of eight or more, as by a wrong unit.
SHORT, ALL_SHORT, SLACK_KM = 0.5, 0.9, 2.0
LONG, MARGIN_KM = 100.0, 10.0


def check_lengths(index: Index) -> None:
    """Warn of roads that are shorter than the straight line between their places, or a hundred times as long.

    Places stand for areas, so that one road is only named below half the line, and several below nine tenths if they are most.
    """
    table = index.draft.roads
    at = {row.value.id: row.value for row in index.draft.places.rows if row.ok("id", "lat", "lon")}
    ends: list[tuple[Place, Place, float, int]] = []
    for k, row in enumerate(table.rows):
        a, b = at.get(row.value.from_), at.get(row.value.to)
        if a is not None and b is not None and a is not b and row.ok("from_", "to", "km"):
            ends.append((a, b, row.value.km, k))
    where = np.array([(a.lon, a.lat, b.lon, b.lat) for a, b, _, _ in ends]).reshape(-1, 4).T
    ratios = [(km, air, k) for (_, _, km, k), air in zip(ends, km_between(*where).tolist(), strict=True)]
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
        what = f"{len(rows):,} of {counted(len(table.rows), 'road')}: {how} the straight line between their places (first: {road})"
        index.draft.faults.add(
            table.where(row), what, "check km, its unit, and lat and lon of the places", warning=True
        )


SWAP_KM = 500.0  # from the others, where the exchanged position would be among them
FAR_KM, TIMES = 1000.0, 20.0  # and times as far as half of the others, whatever the cause
CANDIDATES = 50  # crossings tried as the middle one, so that work stays in step with their number


class _At(NamedTuple):
    """A position in degrees."""

    lat: float
    lon: float


def check_positions(index: Index) -> None:
    """Warn of a crossing that lies far from all others: where exchanging latitude and longitude would bring it among them (over
    500 km, and 4 times as far as half of the crossings), or over 1,000 km and 20 times as far from the middle one as half of
    them.
    """
    table = index.draft.crossings
    rows = [row for row in table.rows if row.ok("lat", "lon")]
    found = _far([_At(row.value.lat, row.value.lon) for row in rows])
    for k, km, swapped in found:
        hint = "latitude and longitude exchanged?" if swapped else "check lat and lon"
        what = f"the crossing lies {km:,.0f} km from the others"
        index.draft.faults.add(table.where(rows[k]), what, hint, warning=True)


def _far(at: Sequence[_At]) -> list[tuple[int, float, bool]]:
    """(which, km to the middle one, whether exchanged degrees would be near it) of those that lie far away."""
    if len(at) < 2:
        return []
    some = at[:: -(-len(at) // CANDIDATES)]
    ways = [[km_apart(a, b) for b in at] for a in some]
    km = min(ways, key=statistics.median_low if len(at) > 2 else sum)
    middle = some[ways.index(km)]
    usual = statistics.median_low(km)
    out = []
    for k, (here, far) in enumerate(zip(at, km, strict=True)):
        turned = km_apart(_At(here.lon, here.lat), middle) if abs(here.lon) <= 90 else math.inf
        swapped = far > max(SWAP_KM, 4 * usual) and turned < far / 4 and turned < max(usual, far / TIMES)
        if swapped or (len(at) > 2 and far > max(FAR_KM, TIMES * usual)):
            out.append((k, far, swapped))
    return out
