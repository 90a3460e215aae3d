"""Where there is conflict, day by day: ``conflicts.csv``, or the dates in ``locations.csv``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from crossings.importers.flee.case import Floats, Location
from crossings.importers.flee.rows import FleeReader, FleeRow


def read_conflicts(
    reader: FleeReader, path: Path, locations: Sequence[Location], days: int, floods: Path | None = None
) -> tuple[tuple[str, ...], Floats]:
    """Zones that people flee on some day and how strongly, [days, zones]: from conflict, from floods, or from both.

    A file that is shorter than the period holds its last row. Without a file a conflict zone is one from its conflict
    day on, with intensity 1 or what its column ``conflict_intensity`` says. The level of a flood counts as its share of the
    highest in the file.
    """
    if path.exists():
        names, table = _from_file(reader, path, locations, days)
    elif floods is not None and not any(location.kind == "conflict" for location in locations):
        names, table = [], np.zeros((days, 0))
    else:
        names, table = _from_locations(reader, locations, days)
    if floods is not None:
        names, table = _with_floods(names, table, *_from_file(reader, floods, locations, days, "level"))
    used = np.flatnonzero((table > 0).any(axis=0))
    if not len(used) and not reader.faults.any:
        _nobody_flees(reader, reader.name(path) if path.exists() else "locations.csv", locations, floods)
    return tuple(names[i] for i in used), np.ascontiguousarray(table[:, used])


def _nobody_flees(reader: FleeReader, where: str, locations: Sequence[Location], floods: Path | None) -> None:
    zones = sum(location.kind == "flood_zone" for location in locations)
    if zones and floods is None:
        what = f"flood zones: {zones}, and no flood_level.csv"
        reader.fault(
            "locations.csv", what, "add it: #Day and the names of the zones, then a row a day with their levels"
        )
    else:
        reader.fault(where, "no location has conflict on any day", "people need somewhere to come from")


def _with_floods(names: list[str], table: Floats, flooded: list[str], levels: Floats) -> tuple[list[str], Floats]:
    """Both tables as one; where there are conflict and flood, the stronger counts."""
    highest = levels.max(initial=0.0)
    levels = levels / highest if highest > 0 else levels
    every = list(dict.fromkeys([*names, *flooded]))
    both = np.zeros((len(table), len(every)))
    both[:, [every.index(name) for name in names]] = table
    for column, name in enumerate(flooded):
        at = every.index(name)
        both[:, at] = np.maximum(both[:, at], levels[:, column])
    return every, both


def _from_locations(reader: FleeReader, locations: Sequence[Location], days: int) -> tuple[list[str], Floats]:
    zones = [location for location in locations if location.kind == "conflict"]
    table = np.zeros((days, len(zones)))
    for column, zone in enumerate(zones):
        text = zone.extra.get("conflict_intensity", "1")
        try:
            table[max(zone.conflict_day, 0) :, column] = float(text)
        except ValueError:
            reader.fault("locations.csv", f"conflict_intensity {text!r} of {zone.name!r} is not a number")
    return [zone.name for zone in zones], table


def _from_file(
    reader: FleeReader, path: Path, locations: Sequence[Location], days: int, word: str = "intensity"
) -> tuple[list[str], Floats]:
    rows = reader.rows(path)
    empty: tuple[list[str], Floats] = [], np.zeros((days, 0))
    if not rows:
        if not reader.faults.any:
            reader.fault(reader.name(path), "is empty", "leave it out if the dates in locations.csv count")
        return empty
    header, data = rows[0], [row for row in rows[1:] if not row.comment]
    columns = _columns(reader, header, locations)
    if not columns or not data:
        if not reader.faults.any:
            what = f"has no row of {word}s" if columns else "names no location in its first row"
            reader.fault(header, what, "needs #Day and the names of locations, then a row a day")
        return empty
    names = list(columns)
    table = _intensities(reader, data, names, list(columns.values()), word)
    held = np.searchsorted(_row_days(reader, data), np.arange(days), side="right") - 1
    return names, table[np.clip(held, 0, None)]


def _columns(reader: FleeReader, header: FleeRow, locations: Sequence[Location]) -> dict[str, int]:
    """Location -> column. The first column is the day; a second one may be called ``name``, which means nothing."""
    known = {location.name for location in locations}
    camps = {location.name for location in locations if location.is_camp}
    columns: dict[str, int] = {}
    for column, name in enumerate(header.cells):
        if column == 0 or not name or (name.lower() in ("name", "date") and name not in known):
            continue
        if name in known and name not in columns:
            columns[name] = column
        elif name not in known:
            reader.note(f"{header}: {name!r} is not a location: not used")
        else:
            reader.note(f"{header}: {name!r} a second time: not used")
    return {name: column for name, column in columns.items() if name not in camps}


def _intensities(
    reader: FleeReader, data: Sequence[FleeRow], names: Sequence[str], columns: Sequence[int], word: str
) -> Floats:
    """The numbers, [rows, names]; a cell that is missing holds the one above it, and 0 in the first row."""
    try:
        table = np.array([[row.cells[column] for column in columns] for row in data], dtype=np.str_).astype(float)
    except (IndexError, ValueError):
        table = np.zeros((len(data), len(columns)))
        for i, row in enumerate(data):
            for j, column in enumerate(columns):
                value: float | None = table[i - 1, j] if i else 0.0
                if row.cell(column):
                    value = reader.number(row, column, f"{word} of {names[j]!r}")
                elif column >= len(row.cells):
                    reader.note(f"{row}: stops early: what is missing is as in the row before")
                table[i, j] = value if value is not None else 0.0
    for i, j in np.argwhere(~np.isfinite(table) | (table < 0))[:20]:
        reader.fault(data[i], f"{word} {table[i, j]:g} of {names[j]!r} is not a number of 0 or more")
    if word == "intensity" and (table > 1).any():
        i, j = np.argwhere(table > 1)[0]
        reader.note(f"{data[i]}: intensity {table[i, j]:g} of {names[j]!r} is beyond 1; only proportions count")
    return np.where(np.isfinite(table), table, 0.0)


def _row_days(reader: FleeReader, data: Sequence[FleeRow]) -> npt.NDArray[np.int64]:
    """The day of each row: its first cell, or its place in the file where those are no growing whole numbers."""
    try:
        days = np.array([float(row.cells[0]) for row in data])
    except ValueError:
        days = np.zeros(0)
    if len(days) and bool((np.diff(days) > 0).all()) and bool((days == np.floor(days)).all()):
        return days.astype(np.int64)
    reader.note(f"{data[0].where.rsplit(':', 1)[0]}: the first column is not the days in order: a row is a day")
    return np.arange(len(data))
