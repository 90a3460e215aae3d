"""Roads and places of a person's own, in place of those that were made: however their file is written."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from crossings.errors import Fault
from crossings.importers.tables import InputRow, read_sheet
from crossings.io.faults import Faults
from crossings.scenario import Place, Road
from crossings.scenario.messages import columns
from crossings.scenario.writer import csv_text

NEEDED = {"roads.csv": ("from", "to"), "places.csv": ("id",)}
MODELS = {"roads.csv": Road, "places.csv": Place}
NUMBERS = ("km", "hours", "speed_kmh", "lat", "lon", "population", "capacity", "present", "stay_days")


@dataclass(frozen=True)
class OwnRows:
    """Rows of a file of a scenario with those of a person's own file: ``text`` is the whole; ``places`` says of each line of it
    from which line of the person's file it is (``file:row``).
    """

    file: str
    text: str
    places: Mapping[int, str]
    notes: tuple[str, ...]

    @classmethod
    def joined(cls, file: str, made: str, path: Path, faults: Faults) -> OwnRows:
        """The made rows without those that a person gives again, then the person's; faults are added."""
        mine = list(csv.DictReader(io.StringIO(made)))
        sheet = read_sheet(path, faults, NEEDED[file])
        if sheet is None:
            return cls(file, made, {}, ())
        known = {name.casefold(): name for name in columns(MODELS[file])}
        names = [known.get(cell.strip().casefold(), cell.strip()) for cell in sheet.header]
        theirs = [{name: _cell(row, name, faults) for name in names if name} for row in sheet.rows]
        header = list(dict.fromkeys([*mine[0], *(name for name in names if name)]))
        again = {_key(row, file) for row in theirs}
        kept = [row for row in mine if _key(row, file) not in again]
        rows = [[row.get(column) or "" for column in header] for row in (*kept, *theirs)]
        first = 2 + len(kept)
        places = {first + k: row.where for k, row in enumerate(sheet.rows)} | {1: f"{path.name}:{sheet.at}"}
        return cls(file, csv_text(",".join(header), rows), places, tuple(sheet.notes))

    def told(self, faults: Iterable[Fault]) -> list[Fault]:
        """Faults of the whole at the rows of the person's file."""
        found = []
        for fault in faults:
            name, _, row = fault.where.rpartition(":")
            line = int(row) if name == self.file and row.isdigit() else 0
            found.append(dataclasses.replace(fault, where=self.places.get(line, fault.where)))
        return found


def own_rows(files: dict[str, str | bytes], given: Iterable[tuple[str, Path | None]]) -> list[OwnRows]:
    """Join a person's rows to files of a scenario, by name; raises `InputError` where theirs cannot be read."""
    faults, found = Faults(), []
    for name, path in given:
        if path is not None:
            found.append(OwnRows.joined(name, str(files[name]), path, faults))
            files[name] = found[-1].text
    faults.stop()
    return found


def _key(row: Mapping[str, str], file: str) -> frozenset[str]:
    return frozenset(row.get(name, "") for name in NEEDED[file])


def _cell(row: InputRow, name: str, faults: Faults) -> str:
    """A cell; a number with a decimal point, whatever it has in the file."""
    text = row.get(name)
    if name in NUMBERS and "," in text:
        value = row.number(name, faults)
        return "" if value is None else f"{value:.12g}"
    return text
