"""Rows of other people's CSV files, and the faults and notes met while reading them."""

from __future__ import annotations

import csv
import datetime as dt
import math
from dataclasses import dataclass, field
from pathlib import Path

from crossings.errors import Fault

__all__ = ["Reader", "Row"]

_MAX_BYTES = 200_000_000


@dataclass(frozen=True, slots=True)
class Row:
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

    def __str__(self) -> str:
        """``file:row``."""
        return self.where


@dataclass
class Reader:
    """Reads the files of a directory; collects what is wrong with them (``faults``) and what is left out (``notes``).

    ``root`` is what file names are relative to in messages; ``used`` are the files that were read.
    """

    root: Path
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    used: set[Path] = field(default_factory=set)

    def name(self, path: Path) -> str:
        """The file's name in messages."""
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else path.name

    def note(self, text: str) -> None:
        """Say once what is not used, or how it is read."""
        if text not in self.notes:
            self.notes.append(text)

    def fault(self, where: Row | str, what: str, instead: str = "") -> None:
        """Record a fault; of a row in which its file stops, a note is enough."""
        if isinstance(where, Row) and where.partial:
            self.note(f"{where}: the file stops in the middle of this row: not used")
        else:
            self.faults.append(Fault(str(where), what, instead))

    def rows(self, path: Path) -> list[Row]:
        """All rows that are not blank, comments included; none, and a fault, where the file cannot be read."""
        self.used.add(path)
        name = self.name(path)
        try:
            if path.stat().st_size > _MAX_BYTES:
                self.fault(name, f"has more than {_MAX_BYTES / 1e6:,.0f} MB")
                return []
            text = path.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            self.fault(name, "is missing")
            return []
        except UnicodeDecodeError as error:
            self.fault(name, f"is not UTF-8 text (byte {error.start + 1})", "save it as UTF-8")
            return []
        except OSError as error:
            self.fault(name, f"cannot be read: {error.strerror}")
            return []
        found: list[Row] = []
        reader = csv.reader(text.split("\n"), skipinitialspace=True)
        try:
            for cells in reader:
                stripped = tuple(cell.strip() for cell in cells)
                if any(stripped):
                    found.append(Row(f"{name}:{reader.line_num}", stripped))
        except csv.Error as error:
            self.fault(f"{name}:{reader.line_num}", f"is not CSV: {error}")
        if len(found) > 1 and not text.endswith("\n") and len(found[-1].cells) < len(found[-2].cells):
            found[-1] = Row(found[-1].where, found[-1].cells, partial=True)
        return found

    def data(self, path: Path) -> list[Row]:
        """The rows of ``path`` that are neither blank nor comments."""
        return [row for row in self.rows(path) if not row.comment]

    def number(self, row: Row, column: int, what: str, least: float = -math.inf) -> float | None:
        """A number from a cell; None, and a fault, where there is none. ``1,000`` and ``1 000`` are 1000."""
        text = row.cell(column)
        try:
            value = float(text.replace(",", "").replace(" ", ""))
        except ValueError:
            self.fault(row, f"{what} {text!r} is not a number")
            return None
        if not math.isfinite(value) or value < least:
            self.fault(
                row, f"{what} {text!r} is {'not finite' if not math.isfinite(value) else f'less than {least:g}'}"
            )
            return None
        return value

    def whole(self, row: Row, column: int, what: str) -> int | None:
        """A whole number from a cell; None, and a fault, where there is none."""
        value = self.number(row, column, what)
        if value is not None and value != int(value):
            self.fault(row, f"{what} {row.cell(column)!r} is not a whole number")
            return None
        return None if value is None else int(value)

    def date(self, row: Row, column: int, what: str) -> dt.date | None:
        """A date (YYYY-MM-DD, a time after it is ignored) from a cell; None, and a fault, where there is none."""
        text = row.cell(column)
        day = text.replace("/", "-").split("T")[0].split(" ")[0]
        try:
            return dt.datetime.strptime(day, "%Y-%m-%d").date()  # as 2020-1-5 too, which Flee reads
        except ValueError:
            self.fault(row, f"{what} {text!r} is not a date", "write it as YYYY-MM-DD")
            return None
