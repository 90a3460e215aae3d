"""What view models are made of: sections, parts for each group of travellers, tables and drawings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from crossings.charts import Chart
from crossings.report.view_model import Facts


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading, its unit, and whether its cells are numbers."""

    heading: str
    unit: str = ""
    number: bool = True


def texts(*headings: str | tuple[str, str]) -> list[Column]:
    """Columns of text, by their headings or (heading, unit)."""
    return [Column(h, number=False) if isinstance(h, str) else Column(*h, number=False) for h in headings]


def numbers(*headings: str | tuple[str, str]) -> list[Column]:
    """Columns of numbers, by their headings or (heading, unit)."""
    return [Column(h) if isinstance(h, str) else Column(*h) for h in headings]


@dataclass(frozen=True, slots=True)
class CaptionedTable:
    """A table with a caption; the first cell of each row is its heading, cells are text, `TableCell` or `Markup`."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[object]]
    note: object = ""


@dataclass(frozen=True, slots=True)
class Drawings:
    """Drawings under one title and source line. panels: (title, drawings one above the other), side by side."""

    title: str
    panels: Sequence[tuple[str, Sequence[Chart]]]
    source: str
    kind: str = ""

    @classmethod
    def of(cls, title: str, figures: Sequence[Chart], source: str, kind: str = "") -> Drawings:
        """One drawing a panel, under its own title."""
        return cls(title, [(f.title, [f]) for f in figures], source, kind)


@dataclass(frozen=True, slots=True)
class AnnexSection:
    """A part of the annex: template ``report/{id}.html.j2`` shows its view. prints: it is opened for printing."""

    id: str
    title: str
    view: dict[str, Any] = field(default_factory=dict)
    prints: bool = False


@dataclass(frozen=True, slots=True)
class GroupPart:
    """The part of a section that is about one group of travellers; the page shows one at a time."""

    number: int
    name: str
    view: dict[str, Any]


def groups(facts: Facts, make: Callable[[str], dict[str, Any] | None]) -> list[GroupPart]:
    """The same part once for each group; those that have none are left out."""
    made = [(k, facts.stream_name(name), make(name)) for k, name in enumerate(facts.streams)]
    return [GroupPart(k, name, view) for k, name, view in made if view is not None]
