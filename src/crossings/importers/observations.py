"""Rows of observations.csv on their own, however they were kept: with semicolons, in another encoding, as XLSX."""

from __future__ import annotations

from pathlib import Path

from crossings.importers.tables import read_sheet
from crossings.io.faults import Faults
from crossings.scenario import Observation
from crossings.scenario.tables import read_records


def read_observations(path: Path) -> tuple[list[Observation], list[str]]:
    """The rows of a file of observations, and notes on how it was read; raises InputError with every fault."""
    faults = Faults()
    sheet = read_sheet(path, faults)
    faults.stop()
    assert sheet is not None  # without a fault there is a table
    rows = ((int(row.where.rpartition(":")[2]), row.cells) for row in sheet.rows)
    table = read_records([(sheet.at, sheet.header), *rows], sheet.name, Observation, faults)
    faults.stop()
    return [row.value for row in table.rows], sheet.notes
