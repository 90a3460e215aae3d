"""Which part of the globe the maps show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from crossings.scenario import Scenario

Bounds = tuple[float, float, float, float]
MOST_LARGER = 1.25
"""How much larger than the border a map may be to hold the places where somebody starts or ends."""


def frame_of(scenario: Scenario) -> Bounds | None:
    """What a map shows: west, east, south, north in degrees; None where the crossings have no places of their own.

    The border; of places near it, those within a third of its extent; then those where somebody starts or ends, the nearest
    first, as long as all is not much larger than the border: from one further away the border would be a line.
    """
    spots = [(c.lon, c.lat) for c in scenario.crossings]
    if len(set(spots)) < 2:
        return None
    frame = MapExtent.around([*spots, *(p for line in scenario.lines.values() for p in line)])
    extent = max(*frame.size, 0.02)
    ends = {name for d in scenario.demand for name in (d.origin, d.destination)} | {s.origin for s in scenario.stocks}
    ends |= {name for s in scenario.settings.streams.values() for name in s.destinations}
    out = frame
    for place in sorted(scenario.places, key=lambda p: frame.away(p.lon, p.lat)):
        more = out.holding(place.lon, place.lat)
        if frame.away(place.lon, place.lat) <= 0.3 * extent or (
            place.id in ends and max(more.size) <= MOST_LARGER * extent
        ):
            out = more
    return out.with_margin(0.04 * max(*out.size, 0.02))


@dataclass(frozen=True, slots=True)
class MapExtent:
    """A part of the globe, in degrees; sizes and distances are in degrees of latitude."""

    west: float
    east: float
    south: float
    north: float

    @classmethod
    def around(cls, points: Sequence[tuple[float, float]]) -> MapExtent:
        """The least that holds some points (lon, lat)."""
        lons, lats = zip(*points, strict=True)
        return cls(min(lons), max(lons), min(lats), max(lats))

    @property
    def true(self) -> float:
        """A degree of longitude in degrees of latitude, at the middle."""
        return max(0.05, math.cos(math.radians((self.south + self.north) / 2)))

    @property
    def size(self) -> tuple[float, float]:
        """How wide and how tall."""
        return (self.east - self.west) * self.true, self.north - self.south

    def away(self, lon: float, lat: float) -> float:
        """How far outside a point lies; 0 within."""
        across = max(self.west - lon, lon - self.east, 0.0) * self.true
        return max(across, self.south - lat, lat - self.north)

    def holding(self, lon: float, lat: float) -> MapExtent:
        """With a point more."""
        return MapExtent(min(self.west, lon), max(self.east, lon), min(self.south, lat), max(self.north, lat))

    def with_margin(self, margin: float) -> Bounds:
        """West, east, south, north with a margin; neither a strip nor a ribbon: at least half as wide as tall, and the other way
        round.
        """
        wide, tall = self.size[0] + 2 * margin, self.size[1] + 2 * margin
        more_wide, more_tall = max(0.0, 0.5 * tall - wide) / 2, max(0.0, 0.6 * wide - tall) / 2
        across = (margin + more_wide) / self.true
        return (
            self.west - across,
            self.east + across,
            max(-89.0, self.south - margin - more_tall),
            min(89.0, self.north + margin + more_tall),
        )
