"""What a scenario holds: its settings and tables, for whoever reads a scenario without having to make one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from crossings.scenario import entities
from crossings.scenario.geojson import Line


@dataclass(frozen=True, repr=False)
class Contents:
    """The tables of a scenario, in the order of its files (`crossings.Scenario` is one)."""

    settings: entities.Settings
    borders: tuple[entities.Border, ...] = ()
    places: tuple[entities.Place, ...] = ()
    roads: tuple[entities.Road, ...] = ()
    crossings: tuple[entities.Crossing, ...] = ()
    lanes: tuple[entities.Lane, ...] = ()
    demand: tuple[entities.Demand, ...] = ()
    stocks: tuple[entities.Stock, ...] = ()
    closures: tuple[entities.Closure, ...] = ()
    exits: tuple[entities.Exit, ...] = ()
    observations: tuple[entities.Observation, ...] = ()
    headcounts: tuple[entities.Headcount, ...] = ()
    claims: tuple[entities.Claim, ...] = ()
    lines: dict[str, Line] = field(default_factory=dict)
    basemap: dict[str, Any] | None = None
    sources: str | None = None
    written: tuple[entities.Closure, ...] = ()
