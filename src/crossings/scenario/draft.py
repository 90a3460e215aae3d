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
from crossings.scenario.tables import Table

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
    borders: Table[Border] = field(default_factory=lambda: Table("borders.csv"))
    places: Table[Place] = field(default_factory=lambda: Table("places.csv"))
    roads: Table[Road] = field(default_factory=lambda: Table("roads.csv"))
    crossings: Table[Crossing] = field(default_factory=lambda: Table("crossings.csv"))
    lanes: Table[Lane] = field(default_factory=lambda: Table("lanes.csv"))
    demand: Table[Demand] = field(default_factory=lambda: Table("demand.csv"))
    stocks: Table[Stock] = field(default_factory=lambda: Table("stocks.csv"))
    closures: Table[Closure] = field(default_factory=lambda: Table("closures.csv"))
    exits: Table[Exit] = field(default_factory=lambda: Table("exits.csv"))
    observations: Table[Observation] = field(default_factory=lambda: Table("observations.csv"))
    headcounts: Table[Headcount] = field(default_factory=lambda: Table("headcounts.csv"))
    claims: Table[Claim] = field(default_factory=lambda: Table("claims.csv"))
    lines: dict[str, Line] = field(default_factory=dict)
    basemap: dict[str, Any] | None = None
    sources: str | None = None

    @property
    def settings(self) -> Settings:
        """The settings; only where ``sheet`` is not None."""
        assert self.sheet is not None
        return self.sheet.value

    def table(self, name: str) -> Table[Any]:
        """A table by its name."""
        found: Table[Any] = getattr(self, name)
        return found
