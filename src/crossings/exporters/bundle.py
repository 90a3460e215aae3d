"""What is exported: a scenario, and the tables of its results, from a folder written with --out or run here."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from crossings.errors import InputError
from crossings.io.atomic_folder import MADE_BY
from crossings.io.disk import UnreadableError, lies_in, read_json
from crossings.model import Model
from crossings.observations.matching import beside
from crossings.scenario import Scenario
from crossings.simulation.ensemble import run_many
from crossings.store import read_table
from crossings.store.schema import TABLES


@dataclass(frozen=True)
class Bundle:
    """A scenario, its tables by name (none where nothing was run), and what made them."""

    scenario: Scenario
    tables: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    made_by: Mapping[str, Any] = field(default_factory=dict)

    def table(self, name: str, why: str) -> pl.DataFrame:
        """A table; raises InputError where there is none."""
        if name not in self.tables:
            raise InputError(why, f"there is no table '{name}' of results", "give a folder written with run --out")
        return self.tables[name]


def read_bundle(folder: Path) -> Bundle | None:
    """A folder written with ``--out``; None where it is no such folder. Raises InputError where a table cannot be read."""
    made = folder / MADE_BY
    if not os.path.lexists(made):
        return None
    try:
        made_by = read_json(made, within=folder)
    except UnreadableError as error:
        raise InputError(str(made), error.what, "write the folder again with run --out") from None
    if not lies_in(folder / "scenario", folder):
        raise InputError(str(folder / "scenario"), "is a link that leaves the folder", "copy what it leads to")
    scenario = Scenario.read(folder / "scenario")
    tables = {}
    for name in TABLES:
        path = folder / f"{name}.parquet"
        if path.is_file():
            tables[name] = read_table(path, within=folder)
    return Bundle(scenario, tables, made_by)


def run_bundle(scenario: Scenario, seeds: int, progress: Callable[[int, int], None] | None = None) -> Bundle:
    """Run a scenario over seeds 1 to ``seeds``; with 0 nothing is run, and there are no tables."""
    if seeds == 0:
        return Bundle(scenario)
    (runs,) = run_many(Model(scenario), seeds=range(1, seeds + 1), progress=progress).values()
    tables = runs.tables()
    if runs.observations:
        tables["observations"] = beside(runs)
    return Bundle(scenario, {name: table.fill_nan(None) for name, table in tables.items()}, runs.made_by)
