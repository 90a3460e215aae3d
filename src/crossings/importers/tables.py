"""Other people's files, bounded: the bytes of one file, and CSV with a header as rows that know where they stand."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from crossings.errors import suggest
from crossings.io.disk import MAX_BYTES, UnreadableError, decoded, read_bytes
from crossings.io.faults import Faults, clip

__all__ = ["MAX_BYTES", "Line", "Sheet", "label", "plain", "read_sheet", "read_text"]

MAX_ROWS = 3_000_000
MOST = 1e9  # what any figure may be


@lru_cache(maxsize=10_000)
def plain(name: str) -> str:
    """A column's name without case, blanks and underscores: ``Port Name`` and ``port_name`` are one.

    >>> plain("Port_Name "), plain("PORT name")
    ('portname', 'portname')
    """
    return "".join(ch for ch in name.lower() if ch.isalnum() or ch in "#+")


def label(path: Path) -> str:
    """A file's name as it can be written anywhere."""
    return "".join(ch if ch.isprintable() else "?" for ch in path.name)


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its place (``file:row``) and its cells by plain column name."""

    where: str
    cells: dict[str, str]

    def get(self, name: str) -> str:
        """The cell of a column, without outer blanks; empty where there is none."""
        return self.cells.get(plain(name), "")

    def number(self, name: str, faults: Faults, least: float = -MOST, most: float = MOST) -> float | None:
        """A number from ``least`` to ``most``; None where the cell is empty, or with a fault. ``1,000`` is 1000."""
        text = self.get(name)
        if not text:
            return None
        try:
            value = float(text.replace(",", "").replace("\u00a0", "").replace(" ", ""))
        except ValueError:
            value = math.nan
        if not least <= value <= most:
            faults.add(
                self.where, f"{name}: {clip(text)} is not accepted", f"write a number from {least:g} to {most:g}"
            )
            return None
        return value


@dataclass
class Sheet:
    """A CSV file with a header: ``header`` as written, and its rows."""

    name: str
    header: list[str]
    rows: list[Line] = field(default_factory=list)

    def has(self, name: str) -> bool:
        """Whether there is a column of that name."""
        return plain(name) in {plain(cell) for cell in self.header}


def read_text(path: Path, faults: Faults, limit: int = MAX_BYTES) -> str | None:
    """The text of a file: UTF-8, or UTF-16 with its mark; None, and a fault, otherwise."""
    try:
        raw = read_bytes(path, limit)
        if raw[:2] in (b"PK", b"\x1f\x8b", b"BZ") or raw[:4] == b"\xd0\xcf\x11\xe0":
            raise UnreadableError("this is a compressed file or a workbook", "unpack it, or save it as CSV")
        return decoded(raw, utf16=True)
    except UnreadableError as error:
        fault = error.fault(path.name)
        faults.add(fault.where, fault.what, fault.instead)
        return None


def read_sheet(path: Path, faults: Faults, required: Sequence[str] = (), *, tag_row: bool = False) -> Sheet | None:
    """A CSV file with a header; None, and faults, where it cannot be read or lacks a required column.

    The columns may be separated by ``,``, ``;`` or tabs. tag_row: the header is the row of HXL tags.
    """
    text = read_text(path, faults)
    if text is None:
        return None
    head = text[:100_000].splitlines()[0] if text else ""
    mark = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    sheet: Sheet | None = None
    names: list[str] = []
    at = 0
    try:
        for cells in reader:
            at, before = reader.line_num, at
            if not any(cell.strip() for cell in cells):
                continue
            if sheet is None:
                if tag_row and not _tagged(cells):
                    if before > 25:
                        break
                    continue
                sheet, names = Sheet(path.name, cells), [plain(cell) for cell in cells]
                for name in required:
                    if plain(name) not in names:
                        near = suggest(name, [cell.strip() for cell in cells if cell.strip()])
                        faults.add(f"{path.name}:{at}", f"column '{name}' is missing", near)
                        sheet.rows.clear()
                continue
            if len(sheet.rows) >= MAX_ROWS:
                faults.add(f"{path.name}:{at}", f"more than {MAX_ROWS:,} rows", "cut the file")
                return None
            values = {name: cell.strip() for name, cell in zip(names, cells, strict=False) if name}
            sheet.rows.append(Line(f"{path.name}:{at}", values))
    except csv.Error as error:
        faults.add(f"{path.name}:{at + 1}", f"this row cannot be read: {error}", "is it CSV, with each quote closed?")
        return None
    if sheet is None:
        faults.add(path.name, "there is no row of HXL tags" if tag_row else "there is no header", "add it")
        return None
    return sheet if all(sheet.has(name) for name in required) else None


def _tagged(cells: Sequence[str]) -> bool:
    """Whether a row is one of HXL tags: some cells, and all that are not empty begin with #."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    return bool(filled) and all(cell.startswith("#") for cell in filled)
