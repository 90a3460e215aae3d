"""A document in sections of lines and tables, which a brief is written in and every form of file is made from."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from crossings.views.alerts import Level
from crossings.views.answer import Figure
from crossings.views.columns import Column

MARKS: dict[Level, str] = {"red": "▲ ", "amber": "△ ", "": ""}


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell of a table that is more than text. level: the threshold that it passes; strong: what is looked at first;
    small: a second line; kind: a class of the style sheet."""

    text: str
    level: Level = ""
    strong: bool = False
    small: str = ""
    kind: str = ""

    @property
    def mark(self) -> str:
        """What stands before the text where a threshold is passed, so that it is not told by colour alone."""
        return MARKS[self.level]


@dataclass(frozen=True, slots=True)
class Table:
    """Columns as (heading, whether its cells are numbers), rows of cells; leading: columns that name a row."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[TableCell, ...], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text, with the threshold that it tells of."""

    text: str
    level: Level = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, and under it a table, lines, and a note in small type."""

    name: str
    heading: str
    lines: tuple[Line, ...] = ()
    table: Table | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """A planning figure: of a crossing, on a day, of a measure (its name in the language of the brief)."""

    crossing: str
    day: dt.date
    measure: str
    figure: Figure


@dataclass(frozen=True)
class Brief:
    """The document. language: its code; about: what is compared, in a line; planned: all planning figures, one by one."""

    language: str
    title: str
    scenario: str
    about: str
    sections: tuple[Section, ...]
    planned: tuple[Planned, ...]
    footer: str
