"""Other people's files, bounded: the bytes of one file, and CSV with a header as rows that know where they stand."""

from __future__ import annotations

import csv
import functools
import gzip
import io
import itertools
import math
import os
import re
import stat
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crossings.errors import suggest
from crossings.io.faults import Faults, clip

__all__ = ["MAX_BYTES", "Line", "Sheet", "label", "plain", "read_bytes", "read_sheet", "read_text"]

MAX_BYTES = 200_000_000
MAX_ROWS = 3_000_000
MOST = 1e9  # what any figure may be
TITLES = 30  # lines that may stand above a header
_ENCODINGS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@functools.lru_cache(maxsize=10_000)
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
    """One row: its place (``file:row``), where each column stands, by plain name, and its cells."""

    where: str
    columns: Mapping[str, int]
    cells: Sequence[str]

    def get(self, name: str) -> str:
        """The cell of a column, without outer blanks; empty where there is none."""
        at = self.columns.get(plain(name))
        return "" if at is None or at >= len(self.cells) else self.cells[at].strip()

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
    """A table with a header: ``header`` as written, and its rows."""

    name: str
    header: list[str]
    rows: list[Line] = field(default_factory=list)
    at: int = 1  # the row of the header

    def has(self, name: str) -> bool:
        """Whether there is a column of that name."""
        return plain(name) in {plain(cell) for cell in self.header}


def read_bytes(
    path: Path, faults: Faults, limit: int = MAX_BYTES, *, empty: bool = False, workbook: bool = False
) -> bytes | None:
    """The bytes of a regular file of at most ``limit`` bytes, unpacked if it is gzip; None, and a fault, otherwise.

    empty: a file without content is taken too. workbook: XLSX and its like are taken.
    """
    name = path.name
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(handle, "rb") as stream:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                faults.add(name, "this is not a file", "name a file")
                return None
            if status.st_size > limit:
                faults.add(name, f"{status.st_size / 1e6:,.0f} MB are too many", f"at most {limit / 1e6:g} MB are read")
                return None
            raw = stream.read(limit + 1)
    except FileNotFoundError:
        faults.add(name, "there is no such file", _near(path))
        return None
    except (OSError, ValueError) as error:
        faults.add(name, f"cannot be read: {getattr(error, 'strerror', None) or error}", "make it readable")
        return None
    if raw[:2] == b"\x1f\x8b":
        unpacked = _unpacked(raw, name, limit, faults)
        if unpacked is None:
            return None
        raw = unpacked
    if not empty and not raw.strip(b" \t\r\n\xef\xbb\xbf"):
        faults.add(name, "the file is empty", "name a file with content")
        return None
    packed = raw[:2] in (b"PK", b"\x1f\x8b") or raw[:3] == b"BZh" or raw[:4] == b"\xd0\xcf\x11\xe0"
    if packed and not workbook:
        faults.add(name, "this is a compressed file or a workbook", "unpack it, or save it as CSV")
        return None
    return raw


def _unpacked(raw: bytes, name: str, limit: int, faults: Faults) -> bytes | None:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(raw)) as stream:
            content = stream.read(limit + 1)
    except (OSError, EOFError, zlib.error):
        faults.add(name, "this is a compressed file that cannot be unpacked", "save it again")
        return None
    if len(content) > limit:
        faults.add(name, "unpacked it is too large", f"at most {limit / 1e6:g} MB are read")
        return None
    return content


def read_text(path: Path, faults: Faults, limit: int = MAX_BYTES) -> str | None:
    """The text of a file: UTF-8, or UTF-16 with its mark; None, and a fault, otherwise."""
    raw = read_bytes(path, faults, limit)
    return None if raw is None else _text(raw, path, faults)


def _text(raw: bytes, path: Path, faults: Faults) -> str | None:
    try:
        text = raw.decode(_ENCODINGS.get(raw[:2], "utf-8-sig"))
    except UnicodeDecodeError as error:
        row = raw.count(b"\n", 0, error.start) + 1
        faults.add(f"{path.name}:{row}", f"byte 0x{raw[error.start]:02x} is not UTF-8", "save the file as UTF-8")
        return None
    if "\0" in text:
        faults.add(path.name, "a NUL byte", "save the file as UTF-8 text")
        return None
    return text


def read_sheet(
    path: Path, faults: Faults, required: Sequence[str] = (), *, tag_row: bool = False, tab: str | None = None
) -> Sheet | None:
    """A table with a header: CSV, XLSX or Parquet; None, and faults, where it cannot be read or lacks a required column.

    The columns of CSV may be separated by ``,``, ``;`` or tabs. Lines above the row that has the required columns are
    titles. tag_row: the header is the row of HXL tags. tab: the sheet of a workbook, by default its first.
    """
    raw = read_bytes(path, faults, workbook=True)
    if raw is None:
        return None
    rows: Iterator[tuple[int, Sequence[str]]]
    if raw[:2] == b"PK" or raw[:4] in (b"PAR1", b"\xd0\xcf\x11\xe0"):
        from crossings.importers.workbooks import rows_of

        found = rows_of(raw, path.name, tab, faults)
        if found is None:
            return None
        rows = iter(found)
    elif (text := _text(raw, path, faults)) is None:
        return None
    else:
        rows = _csv_rows(text)
    try:
        return _sheet(path.name, rows, faults, required, tag_row)
    except _RowError as error:
        faults.add(
            f"{path.name}:{error.row}", f"this row cannot be read: {error}", "is it CSV, with each quote closed?"
        )
        return None


class _RowError(Exception):
    def __init__(self, row: int, error: csv.Error) -> None:
        super().__init__(str(error))
        self.row = row


def _csv_rows(text: str) -> Iterator[tuple[int, Sequence[str]]]:
    """(line of the file, cells) of each row that is not empty."""
    head = [re.sub('"[^"]*"', "", line) for line in text[:100_000].splitlines()[:TITLES]]
    mark = max(",;\t", key=lambda sign: max((line.count(sign) for line in head), default=0))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    at = 0
    try:
        for cells in reader:
            at = reader.line_num
            if any(cell.strip() for cell in cells):
                yield at, cells
    except csv.Error as error:
        raise _RowError(at + 1, error) from None


def _sheet(
    file: str, rows: Iterable[tuple[int, Sequence[str]]], faults: Faults, required: Sequence[str], tag_row: bool
) -> Sheet | None:
    rows = iter(rows)
    top = list(itertools.islice(rows, TITLES))
    wanted = {plain(name) for name in required}
    heads = (
        k
        for k, (_, cells) in enumerate(top)
        if (_tagged(cells) if tag_row else wanted <= {plain(cell) for cell in cells})
    )
    head = next(heads, None)
    if head is None:
        if tag_row or not top:
            faults.add(file, "there is no row of HXL tags" if tag_row else "there is no header", "add it")
            return None
        at, cells = top[0]
        for name in required:
            if plain(name) not in {plain(cell) for cell in cells}:
                near = suggest(name, [cell.strip() for cell in cells if cell.strip()])
                faults.add(f"{file}:{at}", f"column '{name}' is missing", near)
        return None
    sheet = Sheet(file, [str(cell) for cell in top[head][1]], at=top[head][0])
    columns: dict[str, int] = {}
    for k, cell in enumerate(sheet.header):
        if plain(cell):
            columns.setdefault(plain(cell), k)
    for at, cells in itertools.chain(top[head + 1 :], rows):
        if len(sheet.rows) >= MAX_ROWS:
            faults.add(f"{file}:{at}", f"more than {MAX_ROWS:,} rows", "cut the file")
            return None
        sheet.rows.append(Line(f"{file}:{at}", columns, cells))
    return sheet


def _tagged(cells: Sequence[str]) -> bool:
    """Whether a row is one of HXL tags: some cells, and all that are not empty begin with #."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    return bool(filled) and all(cell.startswith("#") for cell in filled)


def _near(path: Path) -> str:
    try:
        near = suggest(path.name, sorted(entry.name for entry in path.parent.iterdir())[:2000])
    except OSError:
        near = ""
    return near if near.startswith("did") else "name one that exists"
