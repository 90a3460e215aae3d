"""What a scenario holds: its settings and tables, for whoever reads a scenario without having to make one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from crossings.scenario.entities import (
    Border,
    Claim,
    Closure,
    Crossing,
    Demand,
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

__all__ = ["Contents"]


@dataclass(frozen=True, repr=False)
class Contents:
    """The tables of a scenario, in the order of its files (`crossings.Scenario` is one)."""

    settings: Settings
    borders: tuple[Border, ...] = ()
    places: tuple[Place, ...] = ()
    roads: tuple[Road, ...] = ()
    crossings: tuple[Crossing, ...] = ()
    lanes: tuple[Lane, ...] = ()
    demand: tuple[Demand, ...] = ()
    stocks: tuple[Stock, ...] = ()
    closures: tuple[Closure, ...] = ()
    exits: tuple[Exit, ...] = ()
    observations: tuple[Observation, ...] = ()
    headcounts: tuple[Headcount, ...] = ()
    claims: tuple[Claim, ...] = ()
    lines: dict[str, Line] = field(default_factory=dict)
    basemap: dict[str, Any] | None = None
    sources: str | None = None
    written: tuple[Closure, ...] = ()
