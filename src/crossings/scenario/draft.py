"""What has been read of a scenario, before it is known to be sound: rows with their lines, and the faults so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from crossings.io.faults import Faults
from crossings.scenario.entities import (
    Border,
    Claim,
    Closure,
    Crossing,
    Demand,
    Entity,
    Exit,
    Headcount,
    Lane,
    Observation,
    Place,
    Road,
    Settings,
    Stock,
)
from crossings.scenario.geojson import Line
from crossings.scenario.settings import Sheet
from crossings.scenario.tables import FileRows

__all__ = ["TABLES", "Draft"]

TABLES: dict[str, type[Entity]] = {
    "borders": Border,
    "places": Place,
    "roads": Road,
    "crossings": Crossing,
    "lanes": Lane,
    "demand": Demand,
    "stocks": Stock,
    "closures": Closure,
    "exits": Exit,
    "observations": Observation,
    "headcounts": Headcount,
    "claims": Claim,
}


@dataclass
class Draft:
    """The parts of a scenario as read; ``sheet`` is None if scenario.yaml could not be used at all."""

    faults: Faults = field(default_factory=Faults)
    sheet: Sheet | None = None
    borders: FileRows[Border] = field(default_factory=lambda: FileRows("borders.csv"))
    places: FileRows[Place] = field(default_factory=lambda: FileRows("places.csv"))
    roads: FileRows[Road] = field(default_factory=lambda: FileRows("roads.csv"))
    crossings: FileRows[Crossing] = field(default_factory=lambda: FileRows("crossings.csv"))
    lanes: FileRows[Lane] = field(default_factory=lambda: FileRows("lanes.csv"))
    demand: FileRows[Demand] = field(default_factory=lambda: FileRows("demand.csv"))
    stocks: FileRows[Stock] = field(default_factory=lambda: FileRows("stocks.csv"))
    closures: FileRows[Closure] = field(default_factory=lambda: FileRows("closures.csv"))
    exits: FileRows[Exit] = field(default_factory=lambda: FileRows("exits.csv"))
    observations: FileRows[Observation] = field(default_factory=lambda: FileRows("observations.csv"))
    headcounts: FileRows[Headcount] = field(default_factory=lambda: FileRows("headcounts.csv"))
    claims: FileRows[Claim] = field(default_factory=lambda: FileRows("claims.csv"))
    lines: dict[str, Line] = field(default_factory=dict)
    basemap: dict[str, Any] | None = None
    sources: str | None = None

    @property
    def settings(self) -> Settings:
        """The settings; only where ``sheet`` is not None."""
        assert self.sheet is not None
        return self.sheet.value

    def table(self, name: str) -> FileRows[Any]:
        """A table by its name."""
        found: FileRows[Any] = getattr(self, name)
        return found
