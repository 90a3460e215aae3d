"""A figure: an SVG drawing with its title."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from crossings.charts.markup import Markup, el, num


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing that takes its colours from the page (classes of templates/report.css), and the title it goes by."""

    title: str
    svg: Markup


def drawing(
    title: str, told: str, parts: Iterable[object], size: tuple[float, float], csv: str, kind: str = "", **data: Any
) -> Chart:
    """Parts as one drawing. told: what a reader of the screen hears; size: px; csv: the figures; kind: more classes."""
    return Chart(
        title,
        el(
            "svg",
            el("title", told),
            *parts,
            viewbox=f"0 0 {num(size[0])} {num(size[1])}",
            role="img",
            class_=f"chart {kind}".strip(),
            **data,
            data_csv=csv,
        ),
    )


def csv_of(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The figures behind a drawing as CSV, for the attribute from which a page saves them.

    >>> csv_of(("day", "people"), [("2023-11-18", 68.25), ("2023-11-19", float("nan"))])
    'day,people\\n2023-11-18,68.25\\n2023-11-19,\\n'
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, float):
        return f"{value:.6g}" if value == value and abs(value) != float("inf") else ""
    # What a spreadsheet would take for a formula stays text.
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value
