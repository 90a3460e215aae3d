"""Dates as people write them: a day, week, month or year, a time, and the forms that only a whole column tells apart."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Sequence
from functools import lru_cache

from crossings.importers.tables import InputTable
from crossings.io.faults import clip

_DAY = dt.timedelta(days=1)
_WHEN = re.compile(
    r"(?P<y>\d{4})(?:[-/]?W(?P<w>\d{1,2})|[-/](?P<m>\d{1,2})(?:[-/](?P<d>\d{1,2})"
    r"(?:[T ](?P<H>\d{1,2}):(?P<M>\d{2})(?::\d{2}(?:\.\d+)?)?)?)?)?(?:Z|[+-]\d{2}:?\d{2})?"
)
_DOTTED = re.compile(r"^(\d{1,2})\.(\d{1,2})\.(\d{4})(?=$|[ T])")  # 31.12.2023, which is never month first
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})(?=$|[ T])")
_SLASHED = re.compile(r"^(\d{1,2})[/-](\d{1,2})[/-](\d{4})(?=$|[ T])")
_WORD = r"[^\W\d_]{3,12}\.?"
_WORDED = re.compile(
    rf"^(?:(?P<d>\d{{1,2}})\.?[ -](?P<m>{_WORD})|(?P<m2>{_WORD}) (?P<d2>\d{{1,2}})),?[ -](?P<y>\d{{4}})(?=$|[ T])"
)
_MONTH = re.compile(rf"^(?:(?P<m>{_WORD})[ ,/-]+(?P<y>\d{{4}})|(?P<y2>\d{{4}})[ /-](?P<m2>{_WORD}))$")
_LANGUAGES = (
    "en",
    "cs",
    "de",
    "el",
    "es",
    "et",
    "fi",
    "fr",
    "hu",
    "it",
    "lt",
    "lv",
    "nl",
    "pl",
    "pt",
    "ro",
    "ru",
    "sk",
    "sv",
    "tr",
    "uk",
)
_SERIAL = re.compile(r"([2-6]\d{4})(\.\d+)?")  # days of a spreadsheet, 1954 to 2091
_ZERO = dt.datetime(1899, 12, 30)


@lru_cache(maxsize=1)
def _months() -> dict[str, int]:
    """Names of months, in full and short, in lower case, without those that mean different months in different languages."""
    from babel.dates import get_month_names

    found: dict[str, set[int]] = {}
    for language in _LANGUAGES:
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                for month, name in get_month_names(width, context, language).items():
                    found.setdefault(name.lower().strip("."), set()).add(month)
    english = {name[:3].lower(): k for k, name in enumerate(calendar.month_name) if name}
    return {name: months.copy().pop() for name, months in found.items() if len(months) == 1} | english | {"sept": 9}


def _month_of(word: str) -> int | None:
    return _months().get(word.lower().strip("."))


def read_when(text: str, end: bool) -> dt.datetime:
    """A year, month, week, day or time as people write it: its first instant, or its last if ``end``.

    >>> read_when("2023-11", end=True)
    datetime.datetime(2023, 12, 1, 0, 0)
    """
    text = _DOTTED.sub(r"\3-\2-\1", _COMPACT.sub(r"\1-\2-\3", text.strip()))
    match = _WHEN.fullmatch(text)
    if match is None:
        raise ValueError(text)
    year = int(match["y"])
    if match["w"]:
        monday = dt.datetime.fromisocalendar(year, int(match["w"]), 1)
        return monday + 7 * _DAY if end else monday
    if match["m"] is None:
        return dt.datetime(year + end, 1, 1)
    month = int(match["m"])
    if match["d"] is None:
        first = dt.datetime(year, month, 1)
        return first + calendar.monthrange(year, month)[1] * _DAY if end else first
    day = dt.datetime(year, month, int(match["d"]))
    if match["H"] is None:
        return day + _DAY if end else day
    return day + dt.timedelta(hours=int(match["H"]), minutes=int(match["M"]))


def unclear(text: str) -> tuple[str, str] | None:
    """What is wrong with a date whose day and month the file does not tell apart, and what is accepted; None for another text.

    >>> unclear("03/04/2022")
    ("'03/04/2022': day and month cannot be told apart", 'write YYYY-MM-DD, 4.3.2022 (day first) or 4 Mar 2022')
    """
    match = _SLASHED.match(text)
    if match is None or max(int(match[1]), int(match[2])) > 31 or min(int(match[1]), int(match[2])) > 12:
        return None
    if max(int(match[1]), int(match[2])) > 12:
        what = f"{clip(text)}: some dates of the file have the day first, others the month"
    else:
        what = f"{clip(text)}: day and month cannot be told apart"
    return what, "write YYYY-MM-DD, 4.3.2022 (day first) or 4 Mar 2022"


def to_iso(sheet: InputTable, names: Sequence[str]) -> list[str]:
    """Write dates of some columns as YYYY-MM-DD where the whole file tells how they are meant; returns what was taken for
    granted.

    31/12/2023 and 12/31/2023 are told apart by any day above 12, 31 Dec 2023 and Dec 2023 by their word, in the languages of
    Europe; numbers such as 44927 in all cells of a column are days of a spreadsheet. What remains unclear is left as it is, to be
    refused.
    """
    cells = [(line, name, line.get(name)) for name in names if sheet.has(name) for line in sheet.rows if line.get(name)]
    slashed = [m for _, _, text in cells if (m := _SLASHED.match(text))]
    first, second = (any(int(m[k]) > 12 for m in slashed) for k in (1, 2))
    serial = bool(cells) and all(_SERIAL.fullmatch(text) for _, _, text in cells)
    notes = []
    if first != second:
        notes.append(f"{sheet.name}: dates are read with the {'day' if first else 'month'} first")
    if serial:
        notes.append(f"{sheet.name}: dates are numbers: read as days of a spreadsheet")
    for line, name, text in cells:
        if serial:
            when = _ZERO + dt.timedelta(minutes=round(float(text) * 1440))
            line.put(name, when.date().isoformat() if when.time() == dt.time() else when.isoformat(timespec="minutes"))
        elif first != second and _SLASHED.match(text):
            line.put(name, _SLASHED.sub(r"\3-\2-\1" if first else r"\3-\1-\2", text))
        elif (word := _WORDED.match(text)) and (month := _month_of(word["m"] or word["m2"])):
            line.put(name, f"{word['y']}-{month}-{word['d'] or word['d2']}{text[word.end() :]}")
        elif (word := _MONTH.match(text)) and (month := _month_of(word["m"] or word["m2"])):
            line.put(name, f"{word['y'] or word['y2']}-{month:02d}")
    return notes
