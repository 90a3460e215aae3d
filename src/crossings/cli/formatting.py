"""Tables and JSON on standard output: bands as 'mean (p05-p95)', units in the headings, a caption that says what made it."""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crossings.errors import printable
from crossings.measures.units import amount, spread
from crossings.views.columns import Column, numbers, texts

__all__ = [
    "HOLD",
    "KM_PER_MILE",
    "banded",
    "caption",
    "length",
    "median",
    "number",
    "numbers",
    "print_json",
    "print_line",
    "print_note",
    "print_notes",
    "print_table",
    "print_text",
    "texts",
    "width",
]

KM_PER_MILE = 1.609344
PIPE_WIDTH = 100
MIN_WIDTH = 20
GAP = 2  # spaces between columns
HOLD = "\N{NO-BREAK SPACE}"  # between two words that stay on one line


def width() -> int:
    """How many columns there are: those of the terminal, or 100 in a pipe."""
    if sys.stdout.isatty() or os.environ.get("COLUMNS"):
        return max(MIN_WIDTH, shutil.get_terminal_size((PIPE_WIDTH, 24)).columns)
    return PIPE_WIDTH


def print_json(value: Any) -> None:
    """One object on one line; numbers are finite."""
    text = json.dumps(value, ensure_ascii=not _unicode(), allow_nan=False, default=_of_numpy)
    sys.stdout.write(text + "\n")


def _of_numpy(value: Any) -> Any:
    """numpy's numbers and truth values as Python's."""
    return value.item()


def _unicode() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


def print_line(text: str = "") -> None:
    """A line of text, not wrapped: a command to be copied, or a line that other programs read."""
    sys.stdout.write(text + "\n")


def print_text(text: str, indent: str = "") -> None:
    """A sentence, wrapped between words in a terminal; one line in a pipe. ``indent``: of the lines after the first."""
    terminal = sys.stdout.isatty() or os.environ.get("COLUMNS")
    sys.stdout.write("\n".join(_wrapped(text, width(), indent) if terminal else [text]) + "\n")


def print_note(text: str) -> None:
    """A line below tables, wrapped as they are."""
    sys.stdout.write("\n".join(_wrapped(text, width())) + "\n")


def print_notes(lines: Iterable[str]) -> None:
    """What is to be known beside an answer, on standard error."""
    sys.stderr.writelines(printable(f"note: {line}") + "\n" for line in lines)


def print_table(
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[str]],
    *,
    note: str = "",
    empty: str = "nothing to show",
) -> None:
    """A table in which no word is broken. columns: `texts` and `numbers`.

    Where the columns do not fit side by side, cells take several lines ('13,180' above '(13,125-13,291)'); where that is
    not enough, the columns go on below in another block that begins with the same leading columns of names; and where not
    even one fits, each row becomes a list of headings and values.
    """
    room = width()
    cells = [[_printable(str(cell)) for cell in row] for row in rows]
    columns = [(_printable(heading), numeric) for heading, numeric in columns]
    styled = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    for line in _wrapped(title if cells else f"{title}: {empty}", room):
        sys.stdout.write(f"\x1b[1m{line}\x1b[0m\n" if styled else f"{line}\n")
    if cells:
        leading = next((k for k, (_, numeric) in enumerate(columns) if numeric), 1)
        blocks = _blocks(columns, cells, leading, room)
        lines = (
            _listed(columns, cells, room)
            if blocks is None
            else "\n\n".join(
                _grid([columns[k] for k in some], [[row[k] for k in some] for row in cells], room) for some in blocks
            )
        )
        sys.stdout.write(lines + "\n")
    for line in note.split("\n") if note else ():
        print_note(line)
    sys.stdout.write("\n")


def _wide(text: str) -> int:
    """How many columns a text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _printable(text: str) -> str:
    """Text without signs that move a cursor or turn the direction of writing."""
    return "".join(c if c.isprintable() or c == HOLD else "?" for c in text)


def _wrapped(text: str, room: int, indent: str = "") -> list[str]:
    """Lines of whole words; a word that is longer than a line stands alone, as it is."""
    found = textwrap.wrap(
        text, max(room, len(indent) + 1), subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return [line.replace(HOLD, " ") for line in found] or [""]


def _least(cells: Iterable[str]) -> int:
    """The width of the longest word."""
    return max((_wide(word) for cell in cells for word in cell.split(" ")), default=1)


def _blocks(columns: Sequence[Column], cells: list[list[str]], leading: int, room: int) -> list[list[int]] | None:
    """The columns in groups that fit, each with the ``leading`` ones; None if one of the others does not fit beside these."""
    least = [max(1, _least([heading, *(row[k] for row in cells)])) for k, (heading, _) in enumerate(columns)]
    keys = list(range(leading))
    used = sum(least[k] + GAP for k in keys)
    blocks: list[list[int]] = []
    left = 0
    for k in range(leading, len(columns)):
        if used + least[k] > room:
            return None
        if not blocks or least[k] + GAP > left:
            blocks.append([*keys, k])
            left = room - used - least[k]
        else:
            blocks[-1].append(k)
            left -= least[k] + GAP
    return blocks or ([keys] if used - GAP <= room else None)


def _grid(columns: Sequence[Column], cells: list[list[str]], room: int) -> str:
    """Columns side by side, as wide as their words, and wider while there is room: cells first, then headings."""
    headings = [heading for heading, _ in columns]
    rows = [headings, *cells]
    wide = [max(1, _least([row[k] for row in rows])) for k in range(len(columns))]
    spare = room - sum(wide) - GAP * (len(wide) - 1)
    for some in (cells, rows):
        whole = [max([wide[k], *(_wide(row[k]) for row in some)]) for k in range(len(wide))]
        for k in sorted(range(len(wide)), key=lambda k: whole[k] - wide[k]):
            more = min(spare, whole[k] - wide[k])
            wide[k] += more
            spare -= more
    out = []
    for row in rows:
        parts = [_in_cell(cell, wide[k]) for k, cell in enumerate(row)]
        height = max(len(part) for part in parts)
        top = height if row is headings else 0  # headings stand on the rule, cells hang from their row
        for y in range(height):
            line = []
            for k, (_, numeric) in enumerate(columns):
                at = y - (top - len(parts[k]) if top else 0)
                text = parts[k][at] if 0 <= at < len(parts[k]) else ""
                pad = " " * (wide[k] - _wide(text))
                line.append(pad + text if numeric else text + pad)
            out.append((" " * GAP).join(line).rstrip())
        if row is headings:
            rule = "\N{BOX DRAWINGS LIGHT HORIZONTAL}" if _unicode() or not sys.stdout.encoding else "-"
            out.append(rule * (sum(wide) + GAP * (len(wide) - 1)))
    return "\n".join(out).replace(HOLD, " ")


def _in_cell(text: str, wide: int) -> list[str]:
    """The words of a cell in lines of at most ``wide``."""
    lines: list[str] = []
    for word in text.split(" "):
        if lines and _wide(lines[-1]) + 1 + _wide(word) <= wide:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _listed(columns: Sequence[Column], cells: list[list[str]], room: int) -> str:
    """Row by row, where columns do not fit: a line for each heading with its value, all but the first indented."""
    out = []
    for row in cells:
        for k, ((heading, _), cell) in enumerate(zip(columns, row, strict=True)):
            if heading or cell:
                out += _wrapped(("  " if k else "") + (f"{heading}: {cell}" if heading else cell), room, "    ")
    return "\n".join(out)


def number(value: float | None) -> str:
    """A number for people, as `crossings.measures.units.amount` writes it, in signs that every terminal has."""
    return amount(value, none="-", minus="-")


def median(row: Mapping[str, Any]) -> str:
    """'p50 (p05-p95)' of a row of a forecast, whole numbers."""
    return f"{number(row['p50'])} ({number(row['p05'])}-{number(row['p95'])})"


def banded(row: Mapping[str, Any], name: str, factor: float = 1.0) -> str:
    """'mean (p05-p95)' of a column's band; the mean alone where nothing varies."""
    found = {b: row.get(f"{name}_{b}" if name else b) for b in ("mean", "p05", "p95")}
    return spread(found, factor=factor, none="-", minus="-", dash="-")


def length(units: str) -> tuple[str, float]:
    """Unit of distance and the factor from km."""
    return ("miles", 1 / KM_PER_MILE) if units == "imperial" else ("km", 1.0)


def caption(made_by: Mapping[str, Any]) -> str:
    """What the range is, and what made the numbers."""
    seeds = str(made_by.get("seeds", ""))
    many = "," in seeds or "-" in seeds
    band = f"mean (5th-95th percentile) of runs with seeds {seeds}" if many else f"one run (seed {seeds}): no range"
    learned = f"; parameters drawn from fit {made_by['fit']}" if made_by.get("fit") else ""
    return f"{band}; scenario {made_by.get('scenario')} {made_by.get('scenario_hash')}{learned}"
