"""What was counted: ``data_layout.csv``, its files, and ``registration_corrections.csv`` of a Flee directory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from crossings.importers.flee.case import Floats, Location, Records
from crossings.importers.flee.rows import FleeReader, FleeRow

_MOST = 1e8  # in one camp
LAYOUT = "data_layout.csv"


@dataclass(frozen=True)
class CampCounts:
    """Camps with counts: as published (``records``), and as Flee scores them, [camps, days + 1]; the published total or None."""

    camps: tuple[str, ...]
    records: tuple[Records, ...]
    counts: Floats
    total: Floats | None


@dataclass
class _Series:
    """Records of one camp: the sum of its files, as published, and linear between records, which is what Flee scores."""

    parts: list[Records]
    corrected: set[int]

    def published(self) -> Records:
        """A record wherever one of the files has one, from when all have; of the others the last before it."""
        first = max(part.day[0] for part in self.parts)
        day = np.unique(np.concatenate([part.day for part in self.parts]))
        day = day[day >= first]
        count = np.sum([part.count[np.searchsorted(part.day, day, side="right") - 1] for part in self.parts], axis=0)
        return Records(day, count, tuple(sorted(self.corrected)))

    def between(self) -> Records:
        """A record wherever one of the files has one; the others are linear there."""
        day = np.unique(np.concatenate([part.day for part in self.parts]))
        return Records(day, np.sum([np.interp(day, part.day, part.count) for part in self.parts], axis=0))

    def on(self, days: npt.NDArray[np.int64]) -> Floats:
        """Linear between records, held before the first and after the last; what comes before a correction is scaled."""
        records = self.between()
        count = records.count.copy()
        for day in sorted(self.corrected):
            at = int(np.searchsorted(records.day, day))
            count[:at] *= count[at] / count[at - 1]
        return np.interp(days, records.day, count)


def layout_of(folder: Path) -> Path | None:
    """The file that says which counts are whose: ``data_layout.csv``, or the only one named so with something after it."""
    if (folder / LAYOUT).exists():
        return folder / LAYOUT
    found = sorted(folder.glob("data_layout*.csv")) if folder.is_dir() else []
    return found[0] if len(found) == 1 else None


def read_counts(
    reader: FleeReader, layout: Path, corrections: Path, locations: Sequence[Location], start: dt.date, days: int
) -> CampCounts:
    """Read the layout and the files that it names, which stand beside it, and note which registrations were corrected."""
    series = _read_layout(reader, layout, start, {place.name for place in locations if place.is_camp})
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
        reader.note(f"not used as a destination: {name!r}, a camp without counts in {reader.name(layout)}")
    camps = tuple(name for name in series if name in kinds and kinds[name].is_camp)
    if not camps and not reader.faults.any:
        _no_camp(reader, layout, series)
    grid = np.arange(days + 1)
    counts = np.array([series[name].on(grid) for name in camps]) if camps else np.zeros((0, days + 1))
    records = tuple(series[name].published() for name in camps)
    return CampCounts(camps, records, counts, None if total is None else total.on(grid))


def uncounted(locations: Sequence[Location], days: int) -> CampCounts:
    """Every camp, with nobody counted: for a case in which conflict says who sets out."""
    camps = tuple(location.name for location in locations if location.is_camp)
    nothing = Records(np.zeros(0, np.int64), np.zeros(0))
    return CampCounts(camps, tuple(nothing for _ in camps), np.zeros((len(camps), days + 1)), None)


def dates_of(reader: FleeReader, layout: Path) -> tuple[dt.date, dt.date] | None:
    """The first and last date of the counts of camps; None where there is none that can be read."""
    epoch = dt.date(2000, 1, 1)
    parts = [
        p for name, found in _read_layout(reader, layout, epoch, None).items() if name != "total" for p in found.parts
    ]
    if not parts:
        return None
    first, last = min(int(part.day[0]) for part in parts), max(int(part.day[-1]) for part in parts)
    return epoch + dt.timedelta(days=first), epoch + dt.timedelta(days=last)


def _no_camp(reader: FleeReader, layout: Path, series: dict[str, _Series]) -> None:
    counted = ", ".join(repr(name) for name in list(series)[:5]) or "none"
    reader.fault(
        reader.name(layout),
        f"no camp of locations.csv has counts (counted: {counted})",
        "one of them has to be a location of type camp or idpcamp, by the same name",
    )


def _read_layout(reader: FleeReader, layout: Path, start: dt.date, camps: set[str] | None) -> dict[str, _Series]:
    """Name -> records: a name and one or several files, whose counts are added.

    camps: of the others, the published total among them, nothing is needed: what is wrong with their files is noted.
    """
    found: dict[str, _Series] = {}
    named: dict[str, tuple[str, ...]] = {}
    rows = reader.data(layout)
    if not rows and not reader.faults.any:
        reader.fault(reader.name(layout), "is empty", "needs rows of a camp's name and its file of counts")
    for row in rows:
        files = tuple(cell for cell in row.cells[1:] if cell)
        name = "total" if row.cells[0].lower() == "total" else row.cells[0]
        if not files:
            reader.fault(row, f"names no file for {name!r}", "needs a name and one or several files")
            continue
        if named.get(name) == files:
            reader.note(f"{row}: the same row a second time: not used")
            continue
        if name in named:
            reader.fault(row, f"{name!r} a second time, with other files", "put all its files in one row")
        named.setdefault(name, files)
        own = reader if camps is None or name in camps else FleeReader(reader.root)
        parts = _parts(own, row, layout.parent, files, start)
        if parts is not None:
            found[name] = _Series(parts, set())
        if own is not reader:
            reader.used |= own.used
            for fault in own.faults.wrong()[:1]:
                reader.note(f"not used: counts of {name!r}: {fault.where}: {fault.what}")
    return found


def _parts(
    reader: FleeReader, row: FleeRow, folder: Path, files: Sequence[str], start: dt.date
) -> list[Records] | None:
    """The records of each file of a row; None, and faults, where one cannot be used."""
    parts = []
    for file in files:
        path = Path(file)
        if path.is_absolute() or ".." in path.parts:
            reader.fault(row, f"{file!r} is outside the directory")
        elif not (folder / path).exists():
            reader.fault(row, f"{file!r} is missing")
        else:
            part = _read_records(reader, folder / path, start)
            if part is not None:
                parts.append(part)
    return parts if len(parts) == len(files) else None


def _read_records(reader: FleeReader, path: Path, start: dt.date) -> Records | None:
    """Dates and counts of one file; rows without a count are passed over.

    Of two rows with one date the one counts that stands in order, or else the later.
    """
    found: list[tuple[int, float, FleeRow]] = []
    faults = reader.faults.total
    for i, row in enumerate(reader.data(path)):
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
        elif date is not None and count is not None:
            found.append(((date - start).days, count, row))
    if not found:
        if reader.faults.total == faults:
            reader.fault(reader.name(path), "has no count", "needs rows of date, number")
        return None
    kept = _one_a_day(reader, found, start)
    if [day for day, _, _ in found] != sorted(day for day, _, _ in found):
        reader.note(f"{reader.name(path)}: dates are not in order; they are sorted")
    return Records(np.array(sorted(kept), dtype=np.int64), np.array([kept[day] for day in sorted(kept)]))


def _one_a_day(reader: FleeReader, found: Sequence[tuple[int, float, FleeRow]], start: dt.date) -> dict[int, float]:
    """Day -> count. A row is in order if its date is between those of the rows above and below it."""
    days = [day for day, _, _ in found]
    kept: dict[int, tuple[float, bool]] = {}
    for i, (day, count, row) in enumerate(found):
        in_order = (i == 0 or days[i - 1] <= day) and (i + 1 == len(days) or day <= days[i + 1])
        earlier = kept.get(day)
        use = earlier is None or in_order or not earlier[1]
        if earlier is not None and earlier[0] != count:
            date = start + dt.timedelta(days=day)
            which = "this one is used" if use else "the earlier is used, as this one stands out of order"
            reader.note(f"{row}: a second count for {date}: {which}")
        if use:
            kept[day] = (count, in_order)
    return {day: count for day, (count, _) in kept.items()}


def _correct(reader: FleeReader, path: Path, series: dict[str, _Series], start: dt.date) -> None:
    """Note on which days a camp's registration was corrected: its record of that date counts those before it again."""
    for row in reader.data(path):
        name = row.cells[0]
        if name not in series:
            if any(ch.isdigit() for ch in row.cell(1)):
                reader.fault(row, f"{name!r} is not in data_layout.csv", reader.guess(name, list(series)))
            continue
        date = reader.date(row, 1, "date")
        if date is None:
            continue
        day = (date - start).days
        records = series[name].between()
        at = np.flatnonzero(records.day == day)
        if not len(at):
            reader.note(f"{row}: {name!r} has no record of {date}: not used")
        elif at[0] == 0 or records.count[at[0] - 1] <= 0:
            reader.note(f"{row}: {name!r} has nobody counted before {date}: not used")
        else:
            series[name].corrected.add(day)
