"""Rows of other people's CSV files, and the faults and notes met while reading them."""

from __future__ import annotations

import csv
import datetime as dt
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crossings.errors import suggest
from crossings.importers.encodings import text_of
from crossings.importers.tables import MOST, bounded_cells
from crossings.io.disk import UnreadableError, read_bytes
from crossings.io.faults import Faults

MOST_DAYS = 100_000  # before or after the start
SHOWN_OF_A_KIND = 3  # notes
MOST_GUESSES = 40  # words for which a name that is meant is looked for
_WORDS = re.compile(r"'[^']*'|\"[^\"]*\"|\d[\d.,:-]*")


@dataclass(frozen=True, slots=True)
class FleeRow:
    """One row as it stands: its place (``file:row``) and its cells without outer blanks.

    ``partial`` marks a last row that has fewer cells than the row before and no line end: the file stops in the middle.
    """

    where: str
    cells: tuple[str, ...]
    partial: bool = False

    @property
    def comment(self) -> bool:
        """Whether the row begins with ``#``."""
        return self.cells[0].startswith("#")

    def cell(self, column: int) -> str:
        """The cell at ``column``, or an empty string where the row is shorter."""
        return self.cells[column] if column < len(self.cells) else ""

    @property
    def file(self) -> str:
        """The file it stands in."""
        return self.where.rpartition(":")[0]

    def __str__(self) -> str:
        """``file:row``."""
        return self.where


@dataclass
class FleeReader:
    """Reads the files of a directory; collects what is wrong with them (``faults``) and what is left out (``notes``).

    ``root`` is what file names are relative to in messages; ``used`` are the files that were read. Of many notes of one kind the
    first ``SHOWN_OF_A_KIND`` are kept.
    """

    root: Path
    faults: Faults = field(default_factory=Faults)
    notes: list[str] = field(default_factory=list)
    used: set[Path] = field(default_factory=set)
    _kinds: dict[str, list[str]] = field(default_factory=dict)
    _guesses: dict[str, str] = field(default_factory=dict)

    def name(self, path: Path) -> str:
        """The file's name in messages."""
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else path.name

    def note(self, text: str) -> None:
        """Say once what is not used, or how it is read. Notes that differ in names and numbers alone are of one kind."""
        kind = _WORDS.sub("", text)
        said = self._kinds.setdefault(kind, [])
        if text not in said[: SHOWN_OF_A_KIND + 1]:
            said.append(text)
            if len(said) <= SHOWN_OF_A_KIND:
                self.notes.append(text)

    def all_notes(self) -> tuple[str, ...]:
        """The notes, and how many more there were of each kind."""
        many = [said for said in self._kinds.values() if len(said) > SHOWN_OF_A_KIND]
        return (*self.notes, *(f"{len(said) - SHOWN_OF_A_KIND:,} more such as: {said[0]}" for said in many))

    def fault(self, where: FleeRow | str, what: str, instead: str = "") -> None:
        """Record a fault; of a row in which its file stops, a note is enough."""
        if isinstance(where, FleeRow) and where.partial:
            self.note(f"{where}: the file stops in the middle of this row: not used")
        else:
            self.faults.add(str(where), what, instead)

    def guess(self, word: str, known: Sequence[str]) -> str:
        """What is meant instead of ``word``: looked for once a word, and among names that begin alike where there are many."""
        if word not in self._guesses:
            if len(self._guesses) >= MOST_GUESSES:
                return ""
            near = [name for name in known if name[:1].lower() == word[:1].lower()] if len(known) > 1000 else known
            self._guesses[word] = suggest(word, near[:5000])
        return self._guesses[word]

    def rows(self, path: Path) -> list[FleeRow]:
        """All rows that are not blank, comments included; none, and a fault, where the file cannot be read."""
        self.used.add(path)
        name = self.name(path)
        try:
            raw = read_bytes(path)
            text, notes = text_of(raw) if raw.strip() else ("", [])
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        except UnreadableError as error:
            fault = error.fault(name)
            self.fault(
                fault.where, "is missing" if error.missing else fault.what, "" if error.missing else fault.instead
            )
            return []
        for note in notes:
            self.note(f"{name}: {note}")
        found: list[FleeRow] = []
        reader = csv.reader(text.split("\n"), skipinitialspace=True)
        try:
            with bounded_cells():
                for cells in reader:
                    stripped = tuple(cell.strip() for cell in cells)
                    if any(stripped):
                        found.append(FleeRow(f"{name}:{reader.line_num}", stripped))
        except csv.Error as error:
            self.fault(f"{name}:{reader.line_num}", f"is not CSV: {error}")
        if len(found) > 1 and not text.endswith("\n") and len(found[-1].cells) < len(found[-2].cells):
            found[-1] = FleeRow(found[-1].where, found[-1].cells, partial=True)
        return found

    def data(self, path: Path) -> list[FleeRow]:
        """The rows of ``path`` that are neither blank nor comments."""
        return [row for row in self.rows(path) if not row.comment]

    def number(self, row: FleeRow, column: int, what: str, least: float = -math.inf) -> float | None:
        """A number from a cell; None, and a fault, where there is none. ``1,000`` and ``1 000`` are 1000."""
        text = row.cell(column)
        try:
            value = float(text.replace(",", "").replace(" ", ""))
        except ValueError:
            self.fault(row, f"{what} {text!r} is not a number")
            return None
        if not math.isfinite(value) or not least <= value <= MOST:
            beyond = f"less than {least:g}" if value < least else f"more than {MOST:,.0f}"
            self.fault(row, f"{what} {text[:60]!r} is {beyond if math.isfinite(value) else 'not finite'}")
            return None
        return value

    def whole(self, row: FleeRow, column: int, what: str) -> int | None:
        """A whole number from a cell; None, and a fault, where there is none."""
        value = self.number(row, column, what)
        if value is not None and abs(value) > MOST_DAYS:
            self.fault(row, f"{what} {row.cell(column)[:60]!r} is beyond {MOST_DAYS:,} days")
            return None
        if value is not None and value != int(value):
            self.fault(row, f"{what} {row.cell(column)!r} is not a whole number")
            return None
        return None if value is None else int(value)

    def date(self, row: FleeRow, column: int, what: str) -> dt.date | None:
        """A date (YYYY-MM-DD, a time after it is ignored) from a cell; None, and a fault, where there is none."""
        text = row.cell(column)
        day = text.replace("/", "-").split("T")[0].split(" ")[0]
        try:
            return dt.datetime.strptime(day, "%Y-%m-%d").date()  # as 2020-1-5 too, which Flee reads
        except ValueError:
            self.fault(row, f"{what} {text!r} is not a date", "write it as YYYY-MM-DD")
            return None
