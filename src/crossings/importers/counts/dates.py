"""Dates as publishers write them: one form for a whole file, so that no date is read in two ways."""

from __future__ import annotations

import datetime as dt
import re

from crossings.io.faults import Faults, clip

__all__ = ["Dates", "excel_day", "full_year"]

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?")
_US = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: 12:00:00 AM)?")
_MONTH = re.compile(r"([A-Za-z]{3,9})[ -](\d{4}|\d{2})")
_EXCEL = re.compile(r"\d{5}(?:\.\d+)?")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


class Dates:
    """Reads dates of one file. forms: those that its publisher uses, of ``iso``, ``us`` (month/day/year),
    ``month``, ``excel`` (days since 1900, as a spreadsheet keeps them)."""

    def __init__(self, faults: Faults, forms: tuple[str, ...]) -> None:
        self._faults, self._forms = faults, forms
        self._form: str | None = None

    def read(self, text: str, where: str) -> dt.date | None:
        """A date; None, and a fault, where it is none, or written in another form than those before."""
        text = text.strip()
        for form in self._forms:
            found = self._as(form, text)
            if found is None:
                continue
            if self._form not in (None, form):
                self._faults.add(
                    where, f"{clip(text)} is another form of date than above", "write all dates in one form"
                )
                return None
            self._form = form
            return found
        accepted = {"iso": "YYYY-MM-DD", "us": "MM/DD/YYYY", "month": "Mon YYYY"}
        self._faults.add(
            where,
            f"{clip(text)} is not a date",
            f"write {' or '.join(accepted[form] for form in self._forms if form in accepted)}",
        )
        return None

    @staticmethod
    def _as(form: str, text: str) -> dt.date | None:
        try:
            if form == "iso" and (match := _ISO.fullmatch(text)):
                return _known(int(match[1]), int(match[2]), int(match[3]))
            if form == "us" and (match := _US.fullmatch(text)):
                return _known(int(match[3]), int(match[1]), int(match[2]))
            if form == "month" and (match := _MONTH.fullmatch(text)) and match[1][:3].lower() in _MONTHS:
                return _known(full_year(match[2]), _MONTHS.index(match[1][:3].lower()) + 1, 1)
            if form == "excel" and (day := excel_day(text)) is not None:
                return day.date()
        except ValueError:
            pass
        return None


def full_year(text: str) -> int:
    """A year of two digits is of 1950 to 2049.

    >>> full_year("24"), full_year("1996"), full_year("96")
    (2024, 1996, 1996)
    """
    year = int(text)
    return year if len(text) > 2 else year + (2000 if year < 50 else 1900)


def excel_day(text: str) -> dt.datetime | None:
    """A day as spreadsheets keep it, of 1954 to 2119; the fraction is the time of day. None where the text is no such number.

    >>> excel_day("45323"), excel_day("45323.5")
    (datetime.datetime(2024, 2, 1, 0, 0), datetime.datetime(2024, 2, 1, 12, 0))
    """
    if not _EXCEL.fullmatch(text):
        return None
    number = float(text)
    if not 20_000 <= number < 80_000:
        return None
    return dt.datetime(1899, 12, 30) + dt.timedelta(minutes=round(number * 1440))


def _known(year: int, month: int, day: int) -> dt.date:
    if not 1900 <= year <= 2100:
        raise ValueError(year)
    return dt.date(year, month, day)
