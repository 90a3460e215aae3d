"""What has been read of a scenario, before it is known to be sound: rows with their lines, and the faults so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from crossings.io.faults import Faults
from crossings.scenario import entities
from crossings.scenario.geojson import Line
from crossings.scenario.settings import Sheet
from crossings.scenario.tables import FileRows

TABLES: dict[str, type[entities.Entity]] = {
    "borders": entities.Border,
    "places": entities.Place,
    "roads": entities.Road,
    "crossings": entities.Crossing,
    "lanes": entities.Lane,
    "demand": entities.Demand,
    "stocks": entities.Stock,
    "closures": entities.Closure,
    "exits": entities.Exit,
    "observations": entities.Observation,
    "headcounts": entities.Headcount,
    "claims": entities.Claim,
}


@dataclass
class Draft:
    """The parts of a scenario as read; ``sheet`` is None if scenario.yaml could not be used at all."""

    faults: Faults = field(default_factory=Faults)
    sheet: Sheet | None = None
    borders: FileRows[entities.Border] = field(default_factory=lambda: FileRows("borders.csv"))
    places: FileRows[entities.Place] = field(default_factory=lambda: FileRows("places.csv"))
    roads: FileRows[entities.Road] = field(default_factory=lambda: FileRows("roads.csv"))
    crossings: FileRows[entities.Crossing] = field(default_factory=lambda: FileRows("crossings.csv"))
    lanes: FileRows[entities.Lane] = field(default_factory=lambda: FileRows("lanes.csv"))
    demand: FileRows[entities.Demand] = field(default_factory=lambda: FileRows("demand.csv"))
    stocks: FileRows[entities.Stock] = field(default_factory=lambda: FileRows("stocks.csv"))
    closures: FileRows[entities.Closure] = field(default_factory=lambda: FileRows("closures.csv"))
    exits: FileRows[entities.Exit] = field(default_factory=lambda: FileRows("exits.csv"))
    observations: FileRows[entities.Observation] = field(default_factory=lambda: FileRows("observations.csv"))
    headcounts: FileRows[entities.Headcount] = field(default_factory=lambda: FileRows("headcounts.csv"))
    claims: FileRows[entities.Claim] = field(default_factory=lambda: FileRows("claims.csv"))
    lines: dict[str, Line] = field(default_factory=dict)
    basemap: dict[str, Any] | None = None
    sources: str | None = None

    @property
    def settings(self) -> entities.Settings:
        """The settings; only where ``sheet`` is not None."""
        assert self.sheet is not None
        return self.sheet.value

    def table(self, name: str) -> FileRows[Any]:
        """A table by its name."""
        found: FileRows[Any] = getattr(self, name)
        return found
