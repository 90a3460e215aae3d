"""What is wanted of an extract."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GivenTown:
    """A town that somebody names: ``--town NAME=LON,LAT``."""

    name: str
    lon: float
    lat: float


@dataclass(frozen=True)
class OsmRequest:
    """What is wanted of an extract for the border between countries ``a`` and ``b``.

    within_km: how far along the road from the line a control may stand. towns: how many on each side. per_day: travellers a
    day in each direction, a placeholder. inside: (country, lon, lat) of a point known to lie in it. every_road: a crossing
    also where a small road without a control goes over the line. all_roads: keep roads that are on no fastest way.
    merge_km: how far apart roads of one crossing may be. only: names of the crossings that are wanted; empty = all.
    given: towns that the map lacks.
    """

    a: str
    b: str
    within_km: float = 5.0
    towns: int = 10
    per_day: float = 500.0
    start: dt.date = dt.date(2024, 1, 1)
    days: int = 28
    inside: tuple[str, float, float] | None = None
    every_road: bool = False
    all_roads: bool = False
    merge_km: float = 1.0
    only: tuple[str, ...] = ()
    given: tuple[GivenTown, ...] = ()

    @property
    def border(self) -> str:
        """The id of the border."""
        return f"{self.a.lower()}-{self.b.lower()}"
