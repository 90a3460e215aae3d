"""Tables and JSON on standard output: bands as 'mean (p05-p95)', units in the headings, a caption that says what made it."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["KM_PER_MILE", "banded", "caption", "length", "number", "print_json", "print_line", "print_table"]

KM_PER_MILE = 1.609344
PIPE_WIDTH = 100


def console() -> Console:
    """Standard output; as wide as the terminal, or 100 columns in a pipe."""
    from rich.console import Console

    fixed = None if sys.stdout.isatty() or os.environ.get("COLUMNS") else PIPE_WIDTH
    return Console(width=fixed, highlight=False, soft_wrap=False, emoji=False, markup=False)


def print_json(value: Any) -> None:
    """One object on one line; numbers are finite."""
    plain = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    sys.stdout.write(json.dumps(value, ensure_ascii=plain, allow_nan=False) + "\n")


def print_line(text: str = "") -> None:
    """A line of text, not wrapped."""
    sys.stdout.write(text + "\n")


def print_table(
    title: str,
    columns: Sequence[tuple[str, bool]],
    rows: Iterable[Sequence[str]],
    *,
    note: str = "",
    empty: str = "nothing to show",
) -> None:
    """A table. columns: (heading, whether its cells are numbers, which stand to the right)."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    cells = [list(row) for row in rows]
    out = console()
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    widths = _widths([[heading for heading, _ in columns], *cells], out.width - 2 * (len(columns) - 1))
    for (heading, numeric), width in zip(columns, widths, strict=True):
        table.add_column(Text(heading), justify="right" if numeric else "left", width=width, overflow="fold")
    for row in cells:
        table.add_row(*(Text(cell) for cell in row))
    with out.capture() as captured:
        out.print(Text(title if cells else f"{title}: {empty}", style="bold"))
        if cells:
            out.print(table)
        if note:
            out.print(Text(note, style="dim"))
    lines = [line.rstrip() for line in captured.get().splitlines()]
    sys.stdout.write("\n".join(lines) + "\n\n")


def _widths(rows: Sequence[Sequence[str]], room: int) -> list[int]:
    """Column widths: every word whole where there is room, then whole cells, those that need least first."""
    least = [max((len(word) for row in rows for word in row[k].split(" ")), default=1) for k in range(len(rows[0]))]
    while sum(least) > room and max(least) > 6:
        least[least.index(max(least))] -= 1
    spare = max(0, room - sum(least))
    for some in (rows[1:], rows):  # cells before headings, which may take several lines
        whole = [max([least[k], *(len(row[k]) for row in some)]) for k in range(len(least))]
        for k in sorted(range(len(least)), key=lambda k: whole[k] - least[k]):
            more = min(spare, whole[k] - least[k])
            least[k] += more
            spare -= more
    return [max(1, width) for width in least]


def number(value: float | None) -> str:
    """A number for people: no decimals from 10 on, '-' where there is none."""
    if value is None or not math.isfinite(value):
        return "-"
    if value != 0 and abs(value) < 10 and abs(value - round(value)) >= 0.05:
        return f"{value:,.1f}"
    return f"{value + 0.0:,.0f}"


def banded(row: Mapping[str, Any], name: str, factor: float = 1.0) -> str:
    """'mean (p05-p95)' of a column's band; the mean alone where nothing varies."""
    mean, low, high = (row.get(f"{name}_{b}") if name else row.get(b) for b in ("mean", "p05", "p95"))
    if mean is None or not math.isfinite(mean):
        return "-"
    shown = [number(v * factor) for v in (mean, low if low is not None else mean, high if high is not None else mean)]
    return shown[0] if shown[0] == shown[1] == shown[2] else f"{shown[0]} ({shown[1]}-{shown[2]})"


def length(units: str) -> tuple[str, float]:
    """Unit of distance and the factor from km."""
    return ("miles", 1 / KM_PER_MILE) if units == "imperial" else ("km", 1.0)


def caption(made_by: Mapping[str, Any]) -> str:
    """What the band is, and what made the numbers."""
    seeds = str(made_by.get("seeds", ""))
    many = "," in seeds or "-" in seeds
    band = f"mean (5th-95th percentile) over seeds {seeds}" if many else f"seed {seeds} alone: no band"
    learnt = f"; parameters drawn from fit {made_by['fit']}" if made_by.get("fit") else ""
    return f"{band}; scenario {made_by.get('scenario')} {made_by.get('scenario_hash')}{learnt}"
