"""What is exported: a scenario, and the tables of its results, from a folder written with --out or run here."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from crossings.errors import Fault, InputError
from crossings.io.atomic_folder import MADE_BY
from crossings.model import Model
from crossings.observations import beside
from crossings.scenario import Scenario
from crossings.simulation.ensemble import run_many
from crossings.store.schema import TABLES

__all__ = ["Bundle", "read_bundle", "run_bundle"]


@dataclass(frozen=True)
class Bundle:
    """A scenario, its tables by name (none where nothing was run), and what made them."""

    scenario: Scenario
    tables: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    made_by: Mapping[str, Any] = field(default_factory=dict)

    def table(self, name: str, why: str) -> pl.DataFrame:
        """A table; raises InputError where there is none."""
        if name not in self.tables:
            raise InputError(
                Fault(why, f"there is no table '{name}' of results", "give a folder written with run --out")
            )
        return self.tables[name]


def read_bundle(folder: Path) -> Bundle | None:
    """A folder written with ``--out``; None where it is no such folder. Raises InputError where a table cannot be read."""
    made = folder / MADE_BY
    if not made.is_file():
        return None
    try:
        made_by = json.loads(made.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        raise InputError(Fault(str(made), "cannot be read", "write the folder again with run --out")) from None
    if not isinstance(made_by, dict):
        raise InputError(Fault(str(made), "is no JSON object", "write the folder again with run --out"))
    scenario = Scenario.read(folder / "scenario")
    tables = {}
    for name in TABLES:
        path = folder / f"{name}.parquet"
        if path.is_file():
            tables[name] = _table(path)
    return Bundle(scenario, tables, made_by)


def _table(path: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        said = " ".join(str(error).split())[:100]
        raise InputError(Fault(str(path), f"cannot be read: {said}", "write the folder again with run --out")) from None


def run_bundle(scenario: Scenario, seeds: int, progress: Callable[[int, int], None] | None = None) -> Bundle:
    """Run a scenario over seeds 1 to ``seeds``; with 0 nothing is run, and there are no tables."""
    if seeds == 0:
        return Bundle(scenario)
    (runs,) = run_many(Model(scenario), seeds=range(1, seeds + 1), progress=progress).values()
    tables = runs.tables()
    if runs.observations:
        tables["observations"] = beside(runs)
    return Bundle(scenario, {name: table.fill_nan(None) for name, table in tables.items()}, runs.made_by)
