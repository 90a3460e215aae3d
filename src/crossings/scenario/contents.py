"""What a scenario holds, as its readers see it: the type of whoever reads a scenario without having to make one."""

from __future__ import annotations

from typing import Any, Protocol

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


class Contents(Protocol):
    """The tables of a scenario (`crossings.Scenario` is one)."""

    @property
    def settings(self) -> Settings: ...

    @property
    def borders(self) -> tuple[Border, ...]: ...

    @property
    def places(self) -> tuple[Place, ...]: ...

    @property
    def roads(self) -> tuple[Road, ...]: ...

    @property
    def crossings(self) -> tuple[Crossing, ...]: ...

    @property
    def lanes(self) -> tuple[Lane, ...]: ...

    @property
    def demand(self) -> tuple[Demand, ...]: ...

    @property
    def stocks(self) -> tuple[Stock, ...]: ...

    @property
    def closures(self) -> tuple[Closure, ...]: ...

    @property
    def exits(self) -> tuple[Exit, ...]: ...

    @property
    def observations(self) -> tuple[Observation, ...]: ...

    @property
    def headcounts(self) -> tuple[Headcount, ...]: ...

    @property
    def claims(self) -> tuple[Claim, ...]: ...

    @property
    def lines(self) -> dict[str, Line]: ...

    @property
    def basemap(self) -> dict[str, Any] | None: ...

    @property
    def sources(self) -> str | None: ...

    @property
    def written(self) -> tuple[Closure, ...]: ...
