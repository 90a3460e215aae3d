"""A table of any maker: which columns are the place, the time and the number is said by options, or by a row of HXL tags."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from crossings.errors import suggest
from crossings.importers.counts.mapping_spec import CountRow, Found, Layout, MappingSpec
from crossings.importers.counts.moments import DateColumn, after, step_of
from crossings.importers.counts.naming import NamedPlace, Names
from crossings.importers.tables import InputRow, InputTable, label, plain, read_sheet
from crossings.io.faults import clip

DAY = dt.timedelta(days=1)
NONE = frozenset(
    ("", "-", "–", "—", ".", "..", "...", ":", "n/a", "na", "nan", "null", "none", "no data", "nd", "n.d.", "#n/a")
)
HIDDEN = re.compile(r"[*cs]|[<≤]\s*\d+")
TOTALS = frozenset(("total", "totals", "grandtotal", "subtotal", "sum", "overall", "allcrossings", "allports"))
_NUMBER = re.compile(r"\d+(?:\.\d*)?(?:[eE]\+?\d{1,2})?")
MOST = 1e9


def read_table(path: Path, asked: MappingSpec, names: Names, found: Found) -> None:
    """Add a count for each number of a table whose columns ``asked.layout`` names."""
    layout, faults = asked.layout, found.faults
    before = faults.total
    if not layout.places and not asked.crossings and not (layout.wide and layout.start):
        faults.add(
            "--place", "which column is the place?", "name it, or name --crossings that the table counts together"
        )
    if not layout.start and not layout.wide:
        faults.add("--from", "which column is the date?", "name it")
    if not layout.counts and not layout.wide:
        faults.add("--count", "which column is the number?", "name it, or give --wide where there are several")
    several = layout.stream or layout.wide or len(layout.counts) > 1
    if not several and "*" not in asked.streams:
        faults.add(
            "--stream", "the table names no stream", "name the stream that it counts, or a column with --stream-col"
        )
    if faults.total != before:
        sheet = read_sheet(path, faults, tab=asked.tab)
        if sheet is not None:
            columns = ", ".join(clip(cell.strip(), 40) for cell in sheet.header if cell.strip())[:400]
            faults.add(f"{path.name}:{sheet.at}", f"the columns are {columns or 'without names'}", "name some of them")
        return
    sheet = read_sheet(path, faults, [*layout.named, *layout.counts], tab=asked.tab)
    if sheet is not None:
        found.say(*sheet.notes)
        read_layout(sheet, path, asked, layout, names, found)


def read_layout(sheet: InputTable, path: Path, asked: MappingSpec, layout: Layout, names: Names, found: Found) -> None:
    """Add a count for each number of a sheet that has the columns of ``layout``."""
    numbers = _counted(sheet, layout)
    if not numbers:
        found.faults.add(f"{sheet.name}:{sheet.at}", "no column is left that can be counted", "name one with --count")
        return
    reading = _Reading(sheet, path, asked, layout, names, found, numbers)
    for row in sheet.rows:
        if found.faults.many(sheet.name):
            return
        reading.row(row)


def _counted(sheet: InputTable, layout: Layout) -> list[str]:
    """The columns that hold numbers, as named in the header."""
    if layout.counts:
        found = [cell.strip() for name in layout.counts for cell in sheet.header if plain(cell) == plain(name)]
        return found[: len(layout.counts)]
    taken = {plain(name) for name in (*layout.named, *(layout.parts or ()))}
    return [cell.strip() for cell in sheet.header if plain(cell) and plain(cell) not in taken]


@dataclass
class _Reading:
    """One sheet as it is read."""

    sheet: InputTable
    path: Path
    asked: MappingSpec
    layout: Layout
    names: Names
    found: Found
    numbers: list[str]

    def __post_init__(self) -> None:
        self.of_date = self.layout.wide and self.layout.start is None
        self.of_place = self.layout.wide and not self.of_date and not self.layout.places and not self.asked.crossings
        self.of_stream = (
            not self.of_date
            and not self.of_place
            and (len(self.numbers) > 1 or self.layout.wide)
            and not self.layout.stream
        )
        self.streams = {plain(name): stream for name, stream in self.asked.streams.items()}
        self.directions = {plain(name): code for name, code in self.asked.directions.items()}
        self.source = self.asked.source or f"{label(self.path)}{', HXL' if self.layout.tags else ''}"
        if self.of_date:
            texts = [(name, f"{self.sheet.name}:{self.sheet.at}") for name in self.numbers]
        else:
            texts = [(row.get(self.layout.start or ""), row.where) for row in self.sheet.rows if self._any(row)]
        self.starts = self._column(texts, "the header" if self.of_date else self.layout.start or "")
        self.ends = self._dates(self.layout.end)
        self.published = self._dates(self.layout.published)
        self.number = _reader_of_numbers(self.sheet, self.numbers, self.found)
        self.step = self.asked.step or (self.starts.step if self.starts else None) or "day"
        if self.starts is not None and not self.asked.step and self.ends is None:
            self.step = self._step(self.starts)
        days = sorted({m.at for m in self.starts.moments.values()}) if self.starts is not None else []
        self.ending = self.step == "month" and len(days) > 2 and all((day + DAY).day == 1 for day in days)
        known = {plain(name) for name in (*self.layout.named, *self.numbers)}
        others = [cell.strip() for cell in self.sheet.header if plain(cell) and plain(cell) not in known]
        self.parts = list(self.layout.parts) if self.layout.parts is not None else _texts(self.sheet, others)
        self.part_names = (*self.parts, *(("several columns",) if self.of_stream else ()))

    def _any(self, row: InputRow) -> bool:
        return any(row.get(name).lower() not in NONE for name in self.numbers)

    def _dates(self, name: str | None) -> DateColumn | None:
        if name is None:
            return None
        return self._column([(row.get(name), row.where) for row in self.sheet.rows if row.get(name)], name)

    def _column(self, texts: list[tuple[str, str]], name: str) -> DateColumn | None:
        if not texts:
            return None
        zone = self.asked.timezone or self.names.timezone
        column = DateColumn(texts, self.found.faults, name=name, order=self.asked.dates, zone=zone)
        for line in column.notes:
            self.found.say(f"{self.sheet.name}: {line}")
        return column

    def _step(self, starts: DateColumn) -> str:
        """How long periods without an end are: what the dates look like."""
        if starts.step not in (None, "day"):
            return starts.step
        moments = sorted({m.at for m in starts.moments.values()})
        if any(m.clock for m in starts.moments.values()):
            apart = [b - a for a, b in itertools.pairwise(moments)]
            if apart and min(apart) == dt.timedelta(hours=1):
                return "hour"
            self.found.faults.add(
                self.sheet.name,
                "it is not known how long the periods are",
                "name the column of their ends with --until, or give --step hour or day",
            )
            return "hour"
        return step_of(moments, lambda line: self.found.say(f"{self.sheet.name}: {line}"))

    def row(self, row: InputRow) -> None:
        """Add the numbers of one row."""
        if not row.cells or all(not cell.strip() for cell in row.cells):
            return
        for name in self.numbers:
            text = row.get(name)
            if text.lower() in NONE:
                if not self.layout.wide:
                    self.found.skip("without a number")
                continue
            if HIDDEN.fullmatch(text.lower()):
                self.found.skip(f"a number that its publisher hides, such as {clip(text, 20)}")
                continue
            self._cell(row, name, text)

    def _cell(self, row: InputRow, name: str, text: str) -> None:
        period = self._period(row, name)
        count = self.number(text, name, row)
        if period is None or count is None:
            return
        first, until = period
        # What is added between two totals has to lie in the days asked for, so the total before them is needed too.
        if self.asked.series != "cumulative" and not self.asked.within(
            first.date(), (until - dt.timedelta(seconds=1)).date() if until > first else first.date()
        ):
            self.found.skip("outside the days asked for")
            return
        sites, stream, direction = self._sites(row, name), self._stream(row, name), self._direction(row)
        if sites is None or stream is None or direction is False:
            return
        published = self.published.read(row.get(self.layout.published or "")) if self.published else None
        self.found.counts.append(
            CountRow(
                row.where, sites, direction or None, stream, first, until, count, self.asked.unit, self.source,
                note=f"column {name[:200]}",
                published=published.at if published is not None else None,
                parts=tuple(row.get(part) for part in self.parts) + ((plain(name),) if self.of_stream else ()),
                part_names=self.part_names,
            )
        )  # fmt: skip

    def _period(self, row: InputRow, name: str) -> tuple[dt.datetime, dt.datetime] | None:
        text = name if self.of_date else row.get(self.layout.start or "")
        if not text:
            self.found.faults.add(row.where, f"{self.layout.start}: empty", "write a date")
            return None
        start = self.starts.read(text) if self.starts is not None else None
        if start is None:
            return None
        ends_at = row.get(self.layout.end or "")
        end = self.ends.read(ends_at) if self.ends is not None else None
        if end is not None and self.ends is not None:
            until = end.at if end.clock else after(end.at, self.ends.step or "day")
            if until <= start.at:
                self.found.faults.add(
                    row.where,
                    f"{self.layout.end} {row.get(self.layout.end or '')} is before {self.layout.start} {text}",
                    "correct one of them",
                )
                return None
            return start.at, until
        first = start.at.replace(day=1) if self.ending else start.at
        return first, after(first, self.step)

    def _sites(self, row: InputRow, name: str) -> tuple[NamedPlace, ...] | None:
        if self.of_place:
            said = [name]
        elif not self.layout.places:
            return tuple(NamedPlace(crossing) for crossing in self.asked.crossings)
        else:
            said = [row.get(place) for place in self.layout.places]
        if not said[0]:
            self.found.skip("without a place")
            return None
        if plain(said[0]) in TOTALS:
            self.found.skip(f"sums of the others, called {clip(said[0], 20)}")
            return None
        more = " ".join(part for part in said[1:] if part)
        code = row.get(self.layout.code) if self.layout.code else ""
        full = (f"{said[0]} {more}",) if more else ()
        return (NamedPlace(said[0], full, code or (f"{plain(said[0])}|{plain(more)}" if more else "")),)

    def _stream(self, row: InputRow, name: str) -> str | None:
        """The stream of a number; None where it is none of those asked for."""
        if not self.of_stream and not self.layout.stream:
            return self.asked.streams.get("*", "")
        said = name if self.of_stream else row.get(self.layout.stream or "")
        if plain(said) in self.streams:
            stream = self.streams[plain(said)]
        elif self.streams and "*" not in self.asked.streams:
            self.found.skip(f"{clip(said)}, which is no stream here (--stream '{said[:40]}=STREAM')")
            return None
        else:
            stream = self.asked.streams.get("*") or said
        if self.names.streams is not None and stream not in self.names.streams:
            near = suggest(stream, sorted(self.names.streams))
            self.found.skip(f"{clip(said)}: the scenario has no stream '{stream[:40]}'; {near}")
            return None
        return stream

    def _direction(self, row: InputRow) -> str | Literal[False] | None:
        """The country entered; False where the row says none that is known."""
        if not self.layout.direction:
            return self.asked.direction
        said = row.get(self.layout.direction)
        code = self.directions.get(plain(said), said.upper())
        if re.fullmatch("[A-Z]{2,3}", code) and (plain(said) in self.directions or len(said) < 4):
            return code
        if not said:
            return None
        self.found.skip(f"direction {clip(said)}: which country is entered? (--direction '{said[:40]}=CODE')")
        return False


def _texts(sheet: InputTable, others: list[str]) -> list[str]:
    """Of the columns that nobody named, those of text: rows that differ in a figure alone count the same people again."""
    found = []
    for name in others:
        some = [text for row in sheet.rows[:2000] if (text := row.get(name))]
        if not all(re.fullmatch(r"-?[\d.,]+", text) for text in some):
            found.append(name)
    return found


def _reader_of_numbers(
    sheet: InputTable, columns: list[str], found: Found
) -> Callable[[str, str, InputRow], float | None]:
    """Reads numbers as the whole sheet writes them: what a point and a comma mean is decided once."""
    marks: Counter[str] = Counter()
    for text in _numbers_of(sheet, columns):
        for sign in ".,":
            if sign in text:
                thousands = bool(re.fullmatch(rf"\d{{1,3}}(?:\{sign}\d{{3}})+(?:[{'.,'.replace(sign, '')}]\d+)?", text))
                marks[sign + ("3" if thousands else "d")] += 1
    point_groups = (
        marks[".3"] > 0
        and not marks[".d"]
        and (marks[",d"] > 0 or any(t.count(".") > 1 for t in _numbers_of(sheet, columns)) or not marks[",3"])
    )
    comma_is_decimal = marks[",d"] > 0 and not marks[".d"]
    if point_groups:
        found.say(f"{sheet.name}: a point stands between thousands: 1.234 is read as 1234")
    if comma_is_decimal:
        found.say(f"{sheet.name}: a comma stands before decimals: 1,5 is read as 1.5")

    def read(text: str, column: str, row: InputRow) -> float | None:
        clean = re.sub("[\\s\u00a0\u202f'’]", "", text)
        if point_groups:
            clean = clean.replace(".", "")
        clean = clean.replace(",", "." if comma_is_decimal else "")
        if _NUMBER.fullmatch(clean) and float(clean) <= MOST:
            return float(clean)
        found.faults.add(row.where, f"{column}: {clip(text)} is not accepted", f"write a number from 0 to {MOST:g}")
        return None

    return read


def _numbers_of(sheet: InputTable, columns: list[str]) -> Iterator[str]:
    for row in sheet.rows:
        for name in columns:
            text = row.get(name)
            if text:
                yield text
