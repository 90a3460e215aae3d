"""What a person asks of a file of counts, and what is found in it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from crossings.importers.counts.naming import NamedPlace
from crossings.io.faults import Faults, clip, counted
from crossings.scenario import Headcount, Observation

SHOWN = 10  # notes of one sort


@dataclass(frozen=True)
class Layout:
    """Which columns of a table are what, by name. Used for tables of any maker.

    places: the first is the place, the others tell places of one name apart. counts: the columns that are counted.
    code: makes places of one name two. wide: the headers of the counted columns are what no column says: the date, else the
    place, else the stream. parts: rows that differ in these add up; None: all columns of text that have no other part.
    """

    places: tuple[str, ...] = ()
    start: str | None = None
    end: str | None = None
    counts: tuple[str, ...] = ()
    stream: str | None = None
    direction: str | None = None
    published: str | None = None
    code: str | None = None
    wide: bool = False
    parts: tuple[str, ...] | None = None
    tags: bool = False

    @property
    def named(self) -> tuple[str, ...]:
        """The columns that are not counted."""
        found = (*self.places, self.start, self.end, self.stream, self.direction, self.published, self.code)
        return tuple(name for name in found if name)


@dataclass(frozen=True)
class MappingSpec:
    """What the file cannot say.

    crossings: counted together, where the file names none. direction: country entered. directions: what the file says ->
    country. streams: what the file counts -> stream. series: whether numbers are new ones (daily), running totals
    (cumulative) or people who are there (present). first, last: only these days. zeros: single zeros between full
    months are counts, not gaps. count: the HXL tag that is counted.
    unit, step (hour, day, week, month, year), dates (dmy, mdy), timezone, tab (sheet): of tables. source: written beside
    each row. layout: the columns of a table.
    """

    crossings: tuple[str, ...] = ()
    direction: str | None = None
    directions: Mapping[str, str] = field(default_factory=dict)
    streams: Mapping[str, str] = field(default_factory=dict)
    series: str | None = None
    first: dt.date | None = None
    last: dt.date | None = None
    zeros: bool = False
    count: str | None = None
    source: str | None = None
    unit: str = "persons"
    step: str | None = None
    dates: str | None = None
    timezone: str | None = None
    tab: str | None = None
    layout: Layout = Layout()

    def within(self, first: dt.date, last: dt.date) -> bool:
        """Whether a period of whole days lies in the days asked for."""
        return (self.first is None or first >= self.first) and (self.last is None or last <= self.last)


@dataclass(frozen=True, slots=True)
class Wait:
    """A wait as published: at a crossing, for a stream, in lanes of one sort, at a local time.

    wait_min is None where only what is usual at that hour is known: mean, least and most.
    """

    crossing: str
    direction: str
    stream: str
    lane: str
    at: dt.datetime
    wait_min: float | None
    lanes_open: int | None
    source: str
    mean_min: float | None = None
    least_min: float | None = None
    most_min: float | None = None


@dataclass(slots=True)
class CountRow:
    """A number of a file, with the row where it stands (``file:row``).

    parts: its values in the columns ``part_names``, in which rows of one place and period add up.
    """

    where: str
    sites: tuple[NamedPlace, ...]
    direction: str | None
    stream: str
    from_: dt.datetime
    until: dt.datetime
    count: float
    unit: str
    source: str
    note: str = ""
    published: dt.datetime | None = None
    parts: tuple[str, ...] = ()
    part_names: tuple[str, ...] = ()
    status: str = "final"
    count_max: float | None = None


@dataclass
class Found:
    """What was read: counts and reports with their places as the file names them; then rows with crossings of their own.

    unused: what could not be used, with its number of rows; unmatched: places without a crossing; said: other notes.
    many: notes of a sort, said or not; sums: rows added up, by the columns in which they differ.
    stocks: whether the numbers look like people who are there, not people who cross.
    """

    counts: list[CountRow] = field(default_factory=list)
    reports: list[tuple[NamedPlace, Wait]] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    headcounts: list[Headcount] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    unused: Counter[str] = field(default_factory=Counter)
    unmatched: Counter[str] = field(default_factory=Counter)
    said: dict[str, None] = field(default_factory=dict)
    many: Counter[str] = field(default_factory=Counter)
    sums: Counter[str] = field(default_factory=Counter)
    stocks: bool = False
    faults: Faults = field(default_factory=Faults)

    def skip(self, why: str, rows: int = 1) -> None:
        """Count rows that are not used, by their reason."""
        self.unused[why[:300]] += rows

    def say(self, *lines: str) -> None:
        """Notes, each once."""
        for line in lines:
            self.said.setdefault(line[:500])

    @property
    def notes(self) -> list[str]:
        """What is to be known of the rows, then what could not be used, the largest first."""
        lines = list(self.said)
        for sort, number in self.many.items():
            if number > SHOWN:
                lines.append(f"{number - SHOWN:,} more {sort} are not shown")
        for columns, rows in self.sums.most_common():
            lines.append(f"added up: {counted(rows, 'row')} of one place and period that differ in {columns}")
        if self.unmatched:
            names = [clip(name, 40) for name, _ in self.unmatched.most_common(3)]
            rest = len(self.unmatched) - len(names)
            listed = ", ".join(names) + (f" and {rest:,} more" if rest else "")
            many = "places have" if len(self.unmatched) > 1 else "place has"
            lines.append(
                f"not used: {counted(self.unmatched.total(), 'row')}: {len(self.unmatched):,} {many} no crossing of the name: {listed} "
                f"(--match 'NAME=CROSSING')"
            )
        return lines + [f"not used: {counted(rows, 'row')}: {why}" for why, rows in self.unused.most_common()]
