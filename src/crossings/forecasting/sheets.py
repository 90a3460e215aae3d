"""Tables of a border as people keep them: other headings, rows of totals, names for ids, marks between thousands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from crossings.forecasting.episode import Site
from crossings.importers.tables import InputRow, InputTable, plain, read_sheet
from crossings.io.faults import Faults

CROSSING = (
    *("border crossing", "crossing point", "border crossing point", "crossing name", "checkpoint", "control point"),
    *("port", "port name", "port of entry", "bcp"),
)
_DATES = ("from", "date", "day", "month", "week")
_TOTALS = {
    *("total", "totals", "grandtotal", "subtotal", "sum", "overall", "gesamt", "summe", "suma", "razem", "yhteensä"),
    *("итого", "всего", "усього", "разом"),
}


class Sites(dict[str, Site]):
    """Crossings by id; ``named``: ids by name, or by id in other letters, where that is clear."""

    @cached_property
    def named(self) -> dict[str, str]:
        """Ids by name without case and blanks."""
        found: dict[str, set[str]] = {}
        for site in self.values():
            for name in (site.id, site.name):
                if plain(name):
                    found.setdefault(plain(name), set()).add(site.id)
        return {name: next(iter(ids)) for name, ids in found.items() if len(ids) == 1}


def open_sheet(
    path: Path, faults: Faults, notes: list[str], *names: str, required: tuple[str, ...] = ()
) -> InputTable | None:
    """A table in which a column of crossings answers to one of ``names``, the last where another heading has it; without rows of
    totals.

    required: columns by which the header is found below titles. What was taken for granted is added to ``notes``.
    """
    found = Faults()
    sheet = read_sheet(path, found, required=required) if required else None
    if sheet is not None and found.any:
        sheet = read_sheet(path, faults, required=required)
    elif sheet is None:
        sheet = read_sheet(path, faults)
    if sheet is None:
        return None
    if not any(sheet.has(name) for name in names):
        sheet.rename(names[-1], ("crossing", "code", *CROSSING, "name") if names[-1] == "id" else CROSSING)
    columns = [name for name in (*names, *_DATES) if sheet.has(name)]
    kept = [line for line in sheet.rows if not any(plain(line.get(name)) in _TOTALS for name in columns)]
    if len(kept) < len(sheet.rows):
        sheet.notes.append(f"{path.name}: rows of totals are left out: {len(sheet.rows) - len(kept):,}")
        sheet.rows = kept
    notes += sheet.notes
    return sheet


def join_thousands(rows: Sequence[InputRow], names: Sequence[str]) -> list[str]:
    """Write numbers with points or apostrophes between thousands without them, where all of a column tell that they are such;
    returns notes.
    """
    told = []
    for name in names:
        cells = [(line, text) for line in rows if (text := line.get(name))]
        for sign in ".'\u2019":
            marked = [text for _, text in cells if sign in text]
            whole = [text for text in marked if re.fullmatch(rf"\d{{1,3}}([{sign}]\d{{3}})+", text)]
            # 1.234 alone may be a decimal; beside 1.234.567, or if there are several and none is another, it is not.
            sure = sign != "." or any(text.count(sign) > 1 for text in whole) or len(whole) >= 3
            if marked and len(whole) == len(marked) and sure:
                for line, text in cells:
                    line.put(name, text.replace(sign, ""))
                file = rows[0].where.rsplit(":", 1)[0]
                told.append(
                    f"{file}: points or apostrophes separate thousands: {marked[0]} is {marked[0].replace(sign, '')}"
                )
    return told
