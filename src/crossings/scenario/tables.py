"""Rows of a CSV file as entities, each with its line, and every fault in them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from crossings.errors import suggest
from crossings.io.faults import Faults, clip, counted
from crossings.scenario.entities import Entity
from crossings.scenario.messages import columns, converter, meaning, placeholder, wording

MAX_ROWS = 1_000_000
MAX_CELL = 10_000

_NAMING = frozenset({"id", "order", "from_", "to"})  # columns from which a row has its name

E = TypeVar("E", bound=Entity)


@dataclass(frozen=True, slots=True)
class Row(Generic[E]):
    """An entity, its line in the file (0: not from a file), and the fields that could not be read."""

    line: int
    value: E
    bad: frozenset[str] = frozenset()

    def ok(self, *names: str) -> bool:
        """Whether all of these fields were read."""
        return self.bad.isdisjoint(names)


@dataclass
class FileRows(Generic[E]):
    """The rows of one file.

    ``named``: every row's id is known, so that an unknown name is a fault. ``whole``: every row was used and is without
    fault, so that what is absent from it is absent. ``also``: ids of rows that could not be used.
    """

    file: str
    rows: list[Row[E]] = field(default_factory=list)
    named: bool = True
    whole: bool = True
    also: set[str] = field(default_factory=set)

    def where(self, row: Row[E]) -> str:
        """``file:row``, or the file and the row's id if it was not read from a file."""
        if row.line:
            return f"{self.file}:{row.line}"
        return f"{self.file}: {getattr(row.value, 'id', None) or getattr(row.value, 'name', '')}"

    def mark_incomplete(self) -> None:
        """Note that some rows are not known at all."""
        self.named = self.whole = False


_Column = tuple[int, str, Callable[[str], Any] | None]


def read_table(text: str, file: str, model: type[E], faults: Faults) -> FileRows[E]:
    """Read the text of a CSV file: a header and rows; faults are added, and what can be used is returned."""
    table: FileRows[E] = FileRows(file)
    return _read(table, _records(text, table, faults), model, faults)


def read_records(records: Iterable[tuple[int, list[str]]], file: str, model: type[E], faults: Faults) -> FileRows[E]:
    """The same of (line, cells), for a file that was kept in another form: the header first, then each row."""
    return _read(FileRows(file), iter(records), model, faults)


def _read(table: FileRows[E], records: Iterator[tuple[int, list[str]]], model: type[E], faults: Faults) -> FileRows[E]:
    file = table.file
    first = next(records, None)
    if first is None:
        table.mark_incomplete()
        return table
    line, header = first
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        what = "the columns are not separated by commas"
        faults.add(f"{file}:{line}", what, "separate them by ',', and the items of a list by ';'")
        table.mark_incomplete()
        return table
    plan, sound = _plan(header, f"{file}:{line}", model, faults)
    reader = _RowReader(table, model, faults, plan, len(header), sound)
    for count, (line, cells) in enumerate(records, 1):
        if count > MAX_ROWS or faults.many(file):
            faults.add(f"{file}:{line}", "the rows from here on are not read", f"at most {MAX_ROWS:,} rows are read")
            table.mark_incomplete()
            break
        reader.read(line, cells)
    return table


def _records(text: str, table: FileRows[E], faults: Faults) -> Iterator[tuple[int, list[str]]]:
    """The records that are not blank, each with the line on which it begins."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cells) and any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        table.mark_incomplete()
        what = f"this row cannot be read, nor those after it: {error}"
        faults.add(f"{table.file}:{line}", what, 'close each quote, and write "" for a quote within quotes')


def _plan(header: list[str], where: str, model: type[Entity], faults: Faults) -> tuple[list[_Column], bool]:
    """Which cell goes to which field, and whether every column has a meaning; faults of the header are added."""
    known = columns(model)
    plan: list[_Column] = []
    taken: set[str] = set()
    for index, cell in enumerate(header):
        name = cell.strip()
        if name in taken:
            faults.add(where, f"column {clip(name)} is given twice", "keep one of the two")
        elif name in known:
            taken.add(name)
            plan.append((index, known[name], converter(model, known[name])))
        elif name:
            faults.add(where, f"unknown column {clip(name)}", suggest(name, list(known)))
        else:
            faults.add(where, f"column {index + 1} has no name", f"accepted: {', '.join(known)}"[:400])
    for name, field_name in known.items():
        info = model.model_fields[field_name]
        if info.is_required() and name not in taken:
            faults.add(where, f"column '{name}' is missing", f"add it ({meaning(info)})")
    return plan, len(plan) == len(header)


class _RowReader:
    """Turns the cells of one row after another into entities of one kind."""

    def __init__(
        self,
        table: FileRows[Any],
        model: type[Entity],
        faults: Faults,
        plan: list[_Column],
        width: int,
        sound: bool,
    ) -> None:
        self._table, self._model, self._faults, self._plan, self._width = table, model, faults, plan, width
        self._validate = model.__pydantic_validator__.validate_python
        self._alias = {name: alias for alias, name in columns(model).items()}
        given = {name for _, name, _ in plan}
        self._required = [n for n, info in model.model_fields.items() if info.is_required()]
        # A column that nobody understood may be any of those that are absent.
        self._absent = frozenset(self._required if sound else model.model_fields) - given
        if self._absent & _NAMING:
            table.named = False

    def read(self, line: int, cells: list[str]) -> None:
        """Add one row to the table, with its faults."""
        if len(cells) != self._width:
            what = f"{counted(len(cells), 'cell')} where the header has {self._width}"
            instead = "give one cell for each column; quote text with commas"
            self._faults.add(f"{self._table.file}:{line}", what, instead)
            self._drop(cells)
            return
        values: dict[str, Any] = {}
        bad = set(self._absent)
        for index, name, convert in self._plan:
            cell = cells[index].strip()
            if not cell:
                continue
            if len(cell) > MAX_CELL:
                self._fault(line, name, f"a cell of {counted(len(cell), 'character')}", f"at most {MAX_CELL:,}", bad)
                continue
            if convert is None:
                values[name] = cell
                continue
            try:
                values[name] = convert(cell)
            except ValueError as error:
                what, _, instead = str(error).partition("; ")
                self._fault(line, name, what, instead, bad)
        self._add(line, values, bad)

    def _add(self, line: int, values: dict[str, Any], bad: set[str]) -> None:
        for _ in range(4):
            for name in bad:
                values.pop(name, None)
                if name in self._required:
                    values[name] = placeholder(self._model, name)
            try:
                value = self._validate(values)
            except ValidationError as error:
                self._explain(line, error, bad)
                continue
            self._table.rows.append(Row(line, value, frozenset(bad)))
            self._table.whole = self._table.whole and not bad
            return
        self._table.mark_incomplete()

    def _explain(self, line: int, error: ValidationError, bad: set[str]) -> None:
        for item in error.errors(include_url=False):
            name = columns(self._model).get(str(item["loc"][0]), str(item["loc"][0])) if item["loc"] else ""
            info = self._model.model_fields.get(name)
            what, instead = wording(item, info)
            self._fault(line, name, what, instead, bad)

    def _fault(self, line: int, name: str, what: str, instead: str, bad: set[str]) -> None:
        bad.add(name)
        self._faults.add(f"{self._table.file}:{line}", f"{self._alias.get(name, name)}: {what}", instead)

    def _drop(self, cells: list[str]) -> None:
        self._table.whole = False
        for index, name, _ in self._plan:
            if name == "id" and index < len(cells):
                self._table.also.add(cells[index].strip())
