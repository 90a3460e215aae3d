"""Other people's files, bounded: the bytes of one file, and CSV with a header as rows that know where they stand."""

from __future__ import annotations

import contextlib
import csv
import functools
import gzip
import io
import itertools
import math
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crossings.errors import did_you_mean, printable
from crossings.importers.encodings import text_of
from crossings.io.disk import MAX_BYTES, UnreadableError, decoded, read_bytes
from crossings.io.faults import Faults, clip, counted

__all__ = [
    "MAX_BYTES",
    "MOST",
    "InputRow",
    "InputTable",
    "bounded_cells",
    "label",
    "missing_column",
    "plain",
    "read_sheet",
    "read_text",
]

MAX_ROWS = 3_000_000
MAX_CELL = 131_072
MOST = 1e9  # what any figure may be
TITLES = 30  # lines that may stand above a header


@functools.lru_cache(maxsize=10_000)
def plain(name: str) -> str:
    """A column's name without case, blanks and underscores: ``Port Name`` and ``port_name`` are one.

    >>> plain("Port_Name "), plain("PORT name")
    ('portname', 'portname')
    """
    return "".join(ch for ch in name.lower() if ch.isalnum() or ch in "#+")


def label(path: Path) -> str:
    """A file's name as it can be written anywhere."""
    return printable(path.name)


def missing_column(names: Sequence[str], headings: Sequence[str]) -> str:
    """What to say where none of the headings of a file is one of the names that are accepted, the usual one first.

    >>> missing_column(["from", "date"], ["Port", "Value"])
    'accepted headings: from, date; the file has Port, Value'
    >>> missing_column(["wait_min"], ["wait_mins"])
    "did you mean 'wait_mins'?; the file has wait_mins"
    """
    there = [heading.strip() for heading in headings if heading.strip()]
    near = did_you_mean(names[0], there)
    shown = ", ".join(clip(heading, 40)[1:-1] for heading in there[:12]) + (", ..." if len(there) > 12 else "")
    others = [f"accepted headings: {', '.join(names)}"] if len(names) > 1 else []
    return "; ".join([*([near] if near else []), *others, f"the file has {shown or 'none'}"])


@dataclass(frozen=True, slots=True)
class InputRow:
    """One row: its place (``file:row``), where each column stands, by plain name, and its cells."""

    where: str
    columns: Mapping[str, int]
    cells: list[str]

    def get(self, name: str) -> str:
        """The cell of a column, without outer blanks; empty where there is none."""
        at = self.columns.get(plain(name))
        return "" if at is None or at >= len(self.cells) else self.cells[at].strip()

    def put(self, name: str, text: str) -> None:
        """Take ``text`` for the cell of a column that is there."""
        self.cells[self.columns[plain(name)]] = text

    def number(self, name: str, faults: Faults, least: float = -MOST, most: float = MOST) -> float | None:
        """A number from ``least`` to ``most``; None where the cell is empty, or with a fault.

        ``1,000`` is 1000, or 1 where that is too large; ``2,5`` is 2.5.
        """
        text = self.get(name)
        if not text:
            return None
        try:
            value = float(_in_points(text.replace("\u00a0", "").replace("\u202f", "").replace(" ", "")))
        except ValueError:
            value = math.nan
        if not least <= value <= most and re.fullmatch(r"[+-]?\d{1,3},\d{3}", text):
            value = float(text.replace(",", "."))  # such as a latitude of 27,500: too large for thousands
        if not least <= value <= most:
            faults.add(
                self.where, f"{name}: {clip(text)} is not accepted", f"write a number from {least:g} to {most:g}"
            )
            return None
        return value


def _in_points(text: str) -> str:
    """A number with a decimal point: a comma before three digits separates thousands, any other decimals.

    >>> _in_points("1,000"), _in_points("2,5"), _in_points("1.234,5"), _in_points("1,234.5")
    ('1000', '2.5', '1234.5', '1234.5')
    """
    if re.fullmatch(r"[+-]?\d{1,3}(\.\d{3})+,\d+", text):
        text = text.replace(".", "")
    if re.fullmatch(r"[+-]?\d*,\d+", text) and not re.fullmatch(r"[+-]?\d{1,3},\d{3}", text):
        return text.replace(",", ".")
    return text.replace(",", "")


@dataclass
class InputTable:
    """A table with a header: ``header`` as written, and its rows. notes: how it was read where that was no matter of course."""

    name: str
    header: list[str]
    rows: list[InputRow] = field(default_factory=list)
    at: int = 1  # the row of the header
    notes: list[str] = field(default_factory=list)
    columns: dict[str, int] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)  # the header as the file has it, also where columns were renamed

    def __post_init__(self) -> None:
        self.written = list(self.header)

    def has(self, name: str) -> bool:
        """Whether there is a column of that name."""
        return plain(name) in {plain(cell) for cell in self.header}

    def rename(self, name: str, others: Sequence[str]) -> None:
        """Let the first column that has one of some other names answer to ``name``, where there is none of that name; noted."""
        if self.has(name):
            return
        wanted = [plain(other) for other in others]
        found = sorted((wanted.index(plain(cell)), k) for k, cell in enumerate(self.header) if plain(cell) in wanted)
        if not found:
            return
        at = found[0][1]
        self.notes.append(f"{self.name}: column '{self.header[at].strip()}' is read as '{name}'")
        self.header[at] = name
        self.columns[plain(name)] = at

    def read_as(self, names: Sequence[str]) -> None:
        """Note how the first of some names that there is, is read: as the first of them, where it is another."""
        found = next((name for name in names if self.has(name)), names[0])
        if found != names[0] and plain(found) in self.columns:
            self.notes.append(
                f"{self.name}: column '{self.written[self.columns[plain(found)]].strip()}' is read as '{names[0]}'"
            )


def read_text(path: Path, faults: Faults, limit: int = MAX_BYTES) -> str | None:
    """The text of a file, also one packed by gzip: UTF-8, or UTF-16 with its mark; None, and a fault, otherwise."""
    try:
        raw = _content(path, limit)
        if _packed(raw):
            raise UnreadableError("this is a compressed file or a workbook", "unpack it, or save it as CSV")
        return decoded(raw, utf16=True)
    except UnreadableError as error:
        faults.take(error.fault(path.name))
        return None


def _packed(raw: bytes) -> bool:
    return raw[:2] in (b"PK", b"\x1f\x8b") or raw[:3] == b"BZh" or raw[:4] in (b"\xd0\xcf\x11\xe0", b"PAR1")


def _content(path: Path, limit: int) -> bytes:
    """The bytes of a file, unpacked if it is gzip; raises `UnreadableError` also where that makes it too large."""
    raw = read_bytes(path, limit)
    if raw[:2] != b"\x1f\x8b":
        return raw
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(raw)) as stream:
            content = stream.read(limit + 1)
    except (OSError, EOFError, zlib.error):
        raise UnreadableError("this is a compressed file that cannot be unpacked", "save it again") from None
    if len(content) > limit:
        raise UnreadableError("the file is too large", f"at most {limit / 1e6:g} MB are read, unpacked")
    return content


def read_sheet(
    path: Path, faults: Faults, required: Sequence[str] = (), *, tag_row: bool = False, tab: str | None = None
) -> InputTable | None:
    """A table with a header: CSV, XLSX or Parquet; None, and faults, where it cannot be read or lacks a required column.

    CSV is UTF-8, UTF-16 with its mark, or as `crossings.importers.encodings` says. Its columns may be separated by ``,``, ``;``
    or tabs. Lines above the row that has the required columns are titles. tag_row: the header is the row of HXL tags. tab: the
    sheet of a workbook, by default its first.
    """
    try:
        raw = _content(path, MAX_BYTES)
        notes: list[str] = []
        if _packed(raw):
            from crossings.importers.workbooks import rows_of

            rows = rows_of(raw, tab)
        else:
            text, notes = text_of(raw)
            rows = _csv_rows(text, required)
        sheet = _sheet(path.name, rows, faults, required, tag_row)
        if sheet is not None:
            sheet.notes += [f"{path.name}: {note}" for note in notes]
        return sheet
    except UnreadableError as error:
        faults.take(error.fault(path.name))
        return None


def _separator(text: str, required: Sequence[str]) -> str:
    """What separates the columns: the sign that most of the first lines have, lists and decimals within cells apart.

    >>> _separator("id,crossings\\n1,a;b;c;d", ()), _separator("day;count\\n1;2,5", ())
    (',', ';')
    """
    head = [re.sub('"[^"]*"', "", line) for line in text[:100_000].splitlines()[:TITLES] if line.strip()]
    head = [re.sub(r"(?<=\d),(?=\d)", "", line) if ";" in line or "\t" in line else line for line in head]
    counts = {sign: [line.count(sign) for line in head] for sign in ",;\t"}
    order = sorted(counts, key=lambda sign: (sum(n > 0 for n in counts[sign]), sum(counts[sign])), reverse=True)
    wanted = {plain(name) for name in required}
    fits = (sign for sign in order if any(wanted <= {plain(cell) for cell in line.split(sign)} for line in _bare(text)))
    return next(fits, order[0]) if wanted else order[0]


def _bare(text: str) -> list[str]:
    return [line.replace('"', "") for line in text[:100_000].splitlines()[:TITLES]]


@contextlib.contextmanager
def bounded_cells() -> Iterator[None]:
    """While it lasts a cell of more than 131,072 characters is an error, whatever other libraries allow in this process."""
    before = csv.field_size_limit(MAX_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _csv_rows(text: str, required: Sequence[str] = ()) -> Iterator[tuple[int, Sequence[str]]]:
    """(line of the file, cells) of each row that is not empty."""
    mark = _separator(text, required)
    reader = csv.reader(io.StringIO(text if text.endswith("\n") else f"{text}\n", newline=""), delimiter=mark)
    at = begins = 0
    cells = [""]
    try:
        with bounded_cells():
            for cells in reader:
                begins, at = at + 1, reader.line_num
                if any(cell.strip() for cell in cells):
                    yield at, cells
        if text.count('"') % 2 and (at > begins or cells[-1].endswith("\n")):
            raise UnreadableError("a quote that opens here is not closed", "close it, or remove it", begins)
    except csv.Error as error:
        raise UnreadableError(
            f"this row cannot be read: {error}", "is it CSV, with each quote closed?", at + 1
        ) from None


def _sheet(
    file: str, rows: Iterable[tuple[int, Sequence[str]]], faults: Faults, required: Sequence[str], tag_row: bool
) -> InputTable | None:
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
                faults.add(f"{file}:{at}", f"column '{name}' is missing", missing_column([name], cells))
        return None
    sheet = InputTable(file, [str(cell) for cell in top[head][1]], at=top[head][0])
    columns = sheet.columns
    for k, cell in enumerate(sheet.header):
        if plain(cell):
            columns.setdefault(plain(cell), k)
    for at, cells in itertools.chain(top[head + 1 :], rows):
        if len(sheet.rows) >= MAX_ROWS:
            faults.add(f"{file}:{at}", f"more than {MAX_ROWS:,} rows", "cut the file")
            return None
        if any(cell.strip() for cell in cells[len(sheet.header) :]):
            what = f"{counted(len(cells), 'cell')} where the header has {len(sheet.header)}"
            faults.add(f"{file}:{at}", what, "quote a cell that holds a comma, or give its column a heading")
            if faults.many(file):
                return None
            continue
        sheet.rows.append(InputRow(f"{file}:{at}", columns, list(cells)))
    return sheet


def _tagged(cells: Sequence[str]) -> bool:
    """Whether a row is one of HXL tags: some cells, and all that are not empty begin with #."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    return bool(filled) and all(cell.startswith("#") for cell in filled)
