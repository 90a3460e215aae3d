"""What was counted: ``source_data`` and ``registration_corrections.csv`` of a Flee directory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from crossings.errors import suggest
from crossings.importers.flee.case import Floats, Location
from crossings.importers.flee.rows import Reader

__all__ = ["Counted", "read_counts"]

_MOST = 1e8  # in one camp


@dataclass
class _Series:
    """Records of one camp: days since the start, growing, and the counts."""

    day: npt.NDArray[np.int64]
    count: Floats

    def on(self, days: npt.NDArray[np.int64]) -> Floats:
        """Linear between records, held before the first and after the last."""
        return np.interp(days, self.day, self.count)


@dataclass(frozen=True)
class Counted:
    """Camps with counts, [camps, days + 1], and the published total, [days + 1] or None."""

    camps: tuple[str, ...]
    counts: Floats
    total: Floats | None


def read_counts(
    reader: Reader, folder: Path, corrections: Path, locations: Sequence[Location], start: dt.date, days: int
) -> Counted:
    """Read ``data_layout.csv`` in ``folder`` and the files that it names, and scale early registrations."""
    series = _read_layout(reader, folder, start)
    total = series.pop("total", None)
    if corrections.exists():
        _correct(reader, corrections, series, start)
    kinds = {location.name: location for location in locations}
    for name in series:
        if name not in kinds:
            reader.note(f"not used: counts of {name!r}, which is not in locations.csv")
        elif not kinds[name].is_camp:
            reader.note(f"not used: counts of {name!r}, which is a {kinds[name].kind}, not a camp")
    for name in (location.name for location in locations if location.is_camp and location.name not in series):
        reader.note(
            f"not used as a destination: {name!r}, a camp without counts in {reader.name(folder / 'data_layout.csv')}"
        )
    camps = tuple(name for name in series if name in kinds and kinds[name].is_camp)
    if not camps and not reader.faults:
        reader.fault(reader.name(folder / "data_layout.csv"), "no camp of locations.csv has counts")
    grid = np.arange(days + 1)
    counts = np.array([series[name].on(grid) for name in camps]) if camps else np.zeros((0, days + 1))
    return Counted(camps, counts, None if total is None else total.on(grid))


def _read_layout(reader: Reader, folder: Path, start: dt.date) -> dict[str, _Series]:
    """Name -> records, by ``data_layout.csv``: a name and one or several files, whose counts are added."""
    layout = folder / "data_layout.csv"
    found: dict[str, _Series] = {}
    for row in reader.data(layout):
        files = [cell for cell in row.cells[1:] if cell]
        name = "total" if row.cells[0].lower() == "total" else row.cells[0]
        if not files:
            reader.fault(row, f"names no file for {name!r}", "needs a name and one or several files")
        elif name in found:
            reader.fault(row, f"{name!r} a second time", "put all its files in one row")
        parts = []
        for file in files:
            path = Path(file)
            if path.is_absolute() or ".." in path.parts:
                reader.fault(row, f"{file!r} is outside the directory")
                continue
            if not (folder / path).is_file():
                reader.fault(row, f"{file!r} is missing")
                continue
            part = _read_records(reader, folder / path, start)
            if part is not None:
                parts.append(part)
        if parts and len(parts) == len(files):
            found[name] = parts[0] if len(parts) == 1 else _sum(parts)
    return found


def _sum(parts: Sequence[_Series]) -> _Series:
    """The sum, with a record wherever one of the parts has one; the others are linear there."""
    day = np.unique(np.concatenate([part.day for part in parts]))
    return _Series(day, np.sum([part.on(day) for part in parts], axis=0))


def _read_records(reader: Reader, path: Path, start: dt.date) -> _Series | None:
    """Dates and counts of one file; rows without a count are passed over, of two with one date the later counts."""
    found: dict[int, float] = {}
    order = []
    faults = len(reader.faults)
    rows = reader.data(path)
    for i, row in enumerate(rows):
        if not any(ch.isdigit() for ch in row.cells[0]) and i == 0 and row.cells[0]:
            continue  # a header
        if not row.cell(1):
            if row.partial:
                reader.fault(row, "has no count")
            continue
        date = reader.date(row, 0, "date")
        count = reader.number(row, 1, "count", least=0.0)
        if count is not None and count > _MOST:
            reader.fault(row, f"count {count:g} is more than {_MOST:,.0f} people")
            continue
        if date is None or count is None:
            continue
        day = (date - start).days
        if day in found and found[day] != count:
            reader.note(f"{row}: a second count for {date}: this one is used")
        order.append(day)
        found[day] = count
    if order != sorted(order):
        reader.note(f"{reader.name(path)}: dates are not in order; they are sorted")
    if not found:
        if len(reader.faults) == faults:
            reader.fault(reader.name(path), "has no count", "needs rows of date, number")
        return None
    days = np.array(sorted(found), dtype=np.int64)
    return _Series(days, np.array([found[day] for day in sorted(found)]))


def _correct(reader: Reader, path: Path, series: dict[str, _Series], start: dt.date) -> None:
    """Scale the counts before a date by the record of that date over the one before it (registration was too high)."""
    for row in reader.data(path):
        name = row.cells[0]
        if name not in series:
            if any(ch.isdigit() for ch in row.cell(1)):
                reader.fault(row, f"{name!r} is not in data_layout.csv", suggest(name, list(series)))
            continue
        date = reader.date(row, 1, "date")
        if date is None:
            continue
        records = series[name]
        at = np.flatnonzero(records.day == (date - start).days)
        if not len(at):
            reader.note(f"{row}: {name!r} has no record of {date}: not used")
        elif at[0] == 0 or records.count[at[0] - 1] <= 0:
            reader.note(f"{row}: {name!r} has nobody counted before {date}: not used")
        else:
            records.count[: at[0]] *= records.count[at[0]] / records.count[at[0] - 1]
