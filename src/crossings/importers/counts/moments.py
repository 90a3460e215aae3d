"""The dates of a column of any maker, read together: one form for the whole column, and how long its periods are."""

from __future__ import annotations

import calendar
import datetime as dt
import re
import zoneinfo
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crossings.io.faults import Faults, clip

DAY = dt.timedelta(days=1)
_CLOCK = r"(?:[T ,]+(?P<H>\d{1,2}):(?P<M>\d{2})(?::(?P<S>\d{2})(?:\.\d+)?)?\s*(?P<ap>[AaPp]\.?[Mm]\.?)?)?\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?"
_WORD = r"(?P<word>[A-Za-z]{3,9})\.?"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# Each form, how long its period is where it has no time of day, and what it looks like.
_FORMS: dict[str, tuple[str, re.Pattern[str]]] = {
    "YYYY-MM-DD": ("day", re.compile(r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})" + _CLOCK)),
    "YYYYMMDD": ("day", re.compile(r"(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})")),
    "DD.MM.YYYY": ("day", re.compile(r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})" + _CLOCK)),
    "DD/MM/YYYY": ("day", re.compile(r"(?P<d>\d{1,2})(?P<s>[/-])(?P<m>\d{1,2})(?P=s)(?P<y>\d{4})" + _CLOCK)),
    "MM/DD/YYYY": ("day", re.compile(r"(?P<m>\d{1,2})(?P<s>[/-])(?P<d>\d{1,2})(?P=s)(?P<y>\d{4})" + _CLOCK)),
    "DD Mon YYYY": ("day", re.compile(r"(?P<d>\d{1,2})[ -]" + _WORD + r"[ ,-]+(?P<y>\d{4}|\d{2})" + _CLOCK)),
    "Mon DD, YYYY": ("day", re.compile(_WORD + r" (?P<d>\d{1,2}),? (?P<y>\d{4})" + _CLOCK)),
    "Mon YYYY": ("month", re.compile(_WORD + r"[ ,/-]+(?P<y>\d{4}|\d{2})")),
    "YYYY Mon": ("month", re.compile(r"(?P<y>\d{4})[ /-]?" + _WORD)),
    "YYYY-MM": ("month", re.compile(r"(?P<y>\d{4})[-/.M](?P<m>\d{1,2})")),
    "MM/YYYY": ("month", re.compile(r"(?P<m>\d{1,2})[/.-](?P<y>\d{4})")),
    "YYYYMM": ("month", re.compile(r"(?P<y>(?:19|20)\d{2})(?P<m>0[1-9]|1[0-2])")),
    "YYYY-Www": ("week", re.compile(r"(?P<y>\d{4})[ /-]?[Ww](?P<w>\d{1,2})")),
    "YYYY": ("year", re.compile(r"(?P<y>(?:19|20)\d{2})(?:\.0)?")),
    "days of a spreadsheet": ("day", re.compile(r"(?P<excel>\d{5}(?:\.\d+)?)")),
}
ACCEPTED = "write YYYY-MM-DD, YYYY-MM-DDTHH:MM, DD.MM.YYYY, MM/DD/YYYY, YYYY-MM, Mon YYYY or YYYY-Www"


@dataclass(frozen=True, slots=True)
class Moment:
    """A date or time as read: its local time, whether it has a time of day, and whether that was given with a zone."""

    at: dt.datetime
    clock: bool
    zoned: bool = False


def after(start: dt.datetime, step: str) -> dt.datetime:
    """The end of a period of one hour, day, week, month or year.

    >>> after(dt.datetime(2024, 2, 1), "month")
    datetime.datetime(2024, 3, 1, 0, 0)
    """
    if step == "month":
        return start + calendar.monthrange(start.year, start.month)[1] * DAY
    if step == "year":
        return start + (dt.datetime(start.year + 1, 1, 1) - dt.datetime(start.year, 1, 1))
    return start + {"hour": dt.timedelta(hours=1), "day": DAY, "week": 7 * DAY}[step]


class DateColumn:
    """Reads the cells of one column of dates.

    texts: all its cells, with the row where each stands. order: dmy or mdy where days and months cannot be told apart. zone: IANA
    time zone of the crossings, to which times with a zone of their own are changed. forms: those that the maker of the file uses,
    by default all. needed: an empty cell is a fault. Adds a fault for each cell that is not a date, and one where the column
    leaves two readings.
    """

    def __init__(
        self,
        texts: Sequence[tuple[str, str]],
        faults: Faults,
        *,
        name: str,
        order: str | None = None,
        zone: str | None = None,
        forms: Sequence[str] = (),
        needed: bool = False,
    ) -> None:
        self.moments: dict[str, Moment] = {}
        self.notes: list[str] = []
        self._forms = {form: _FORMS[form][1] for form in forms or _FORMS}
        self._accepted = f"write {' or '.join(forms)}" if forms else ACCEPTED
        self.form = self._form(
            {text for text, _ in texts if text or needed}, faults, name, texts[0][1] if texts else name, order
        )
        self.step = _FORMS[self.form][0] if self.form else None
        if self.form is None:
            return
        pattern = _FORMS[self.form][1]
        for text, where in texts:
            if text in self.moments or not (text or needed):
                continue
            moment = _moment(pattern, text)
            if moment is None:
                if any(_moment(other, text) for other in self._forms.values()):
                    what = f"{clip(text)} is another form of date than {self.form}"
                    faults.add(where, what, "write all dates in one form")
                else:
                    faults.add(where, f"{clip(text)} is not a date", self._accepted)
            else:
                self.moments[text] = moment
        self._local(faults, name, texts[0][1], zone)
        if all(m.at.time() == dt.time() for m in self.moments.values()):  # a spreadsheet's dates
            self.moments = {t: Moment(m.at, False) for t, m in self.moments.items()}
        if any(m.clock for m in self.moments.values()):
            self.step = None

    def read(self, text: str) -> Moment | None:
        """The moment of a cell; None where it is none, which is a fault already."""
        return self.moments.get(text)

    def day(self, text: str) -> dt.date | None:
        """The date of a cell."""
        moment = self.moments.get(text)
        return None if moment is None else moment.at.date()

    def _form(self, texts: set[str], faults: Faults, name: str, where: str, order: str | None) -> str | None:
        """The form that reads most cells; a fault where days and months may be exchanged."""
        fits = Counter(
            {form: sum(_moment(pattern, t) is not None for t in texts) for form, pattern in self._forms.items()}
        )
        if not texts:
            return None
        best = max(fits.values())
        if not best:
            faults.add(where, f"{name}: {clip(min(texts))} is not a date", self._accepted)
            return None
        two = ("DD/MM/YYYY", "MM/DD/YYYY")
        if fits[two[0]] == fits[two[1]] == best:
            if order is None:
                faults.add(
                    where,
                    f"{name}: day and month of {clip(min(texts))} cannot be told apart",
                    "give --dates dmy or --dates mdy",
                )
                return None
            return two[0] if order == "dmy" else two[1]
        return next(form for form in self._forms if fits[form] == best)

    def _local(self, faults: Faults, name: str, where: str, zone: str | None) -> None:
        """Times with a zone become local ones; midnights in a zone throughout are dates."""
        zoned = [moment for moment in self.moments.values() if moment.zoned]
        if not zoned:
            return
        if all(m.at.time() == dt.time() for m in zoned) and len({m.at.tzinfo for m in zoned}) == 1:
            self.moments = {t: Moment(m.at.replace(tzinfo=None), False) for t, m in self.moments.items()}
            self.notes.append(f"{name}: every time is 00:00, taken as dates")
            return
        if zone is None:
            faults.add(
                where,
                f"{name}: times are given with a zone, such as UTC",
                "give --timezone of the crossings, such as --timezone Europe/Helsinki",
            )
            return
        local = zoneinfo.ZoneInfo(zone)
        self.moments = {
            t: Moment(m.at.astimezone(local).replace(tzinfo=None) if m.zoned else m.at, True)
            for t, m in self.moments.items()
        }
        self.notes.append(f"{name}: times with a zone were changed to {zone}")


def _full_year(text: str) -> int:
    """A year of two digits is of 1950 to 2049.

    >>> _full_year("24"), _full_year("1996"), _full_year("96")
    (2024, 1996, 1996)
    """
    year = int(text)
    return year if len(text) > 2 else year + (2000 if year < 50 else 1900)


def _excel_day(text: str) -> Moment | None:
    """A day as spreadsheets keep it, of 1954 to 2119; the fraction is the time of day. None where the number is no such day.

    >>> _excel_day("45323").at, _excel_day("45323.5").at
    (datetime.datetime(2024, 2, 1, 0, 0), datetime.datetime(2024, 2, 1, 12, 0))
    """
    number = float(text)
    if not 20_000 <= number < 80_000:
        return None
    at = dt.datetime(1899, 12, 30) + dt.timedelta(minutes=round(number * 1440))
    return Moment(at, at.time() != dt.time())


def _moment(pattern: re.Pattern[str], text: str) -> Moment | None:
    match = pattern.fullmatch(text)
    if match is None:
        return None
    part = match.groupdict()
    try:
        if part.get("excel"):
            return _excel_day(part["excel"])
        year = _full_year(part["y"])
        if not 1900 <= year <= 2100:
            return None
        if part.get("w"):
            return Moment(dt.datetime.fromisocalendar(year, int(part["w"]), 1), False)
        month = _month(part)
        at = dt.datetime(year, month, int(part.get("d") or 1))
        return _with_clock(at, part)
    except ValueError:
        return None


def _month(part: dict[str, str]) -> int:
    if part.get("word"):
        word = part["word"].lower()
        full = [name.lower() for name in calendar.month_name[1:]]
        if word not in full and word not in _MONTHS and word != "sept":
            raise ValueError(word)
        return _MONTHS.index(word[:3]) + 1
    return int(part.get("m") or 1)


def _with_clock(at: dt.datetime, part: dict[str, str]) -> Moment:
    if not part.get("H"):
        return Moment(at, False)
    hour, minute, second = int(part["H"]), int(part["M"]), int(part["S"] or 0)
    if part.get("ap"):
        if not 1 <= hour <= 12:
            raise ValueError(hour)
        hour = hour % 12 + (12 if part["ap"][0] in "pP" else 0)
    if hour == 24 and minute == second == 0:
        return Moment(at + DAY, True)
    at = at.replace(hour=hour, minute=minute, second=second)
    zone = part.get("zone")
    if not zone:
        return Moment(at, True)
    offset = dt.timedelta()
    if zone[0] in "+-":
        hours, minutes = int(zone[1:3]), int(zone[-2:])
        if hours > 14 or minutes > 59:
            raise ValueError(zone)
        offset = dt.timedelta(hours=hours, minutes=minutes) * (1 if zone[0] == "+" else -1)
    return Moment(at.replace(tzinfo=dt.timezone(offset)), True, True)


def step_of(starts: Sequence[dt.datetime], say: Callable[[str], None]) -> str:
    """How long the periods of bare dates are: months where all begin or end one, weeks where all are weeks apart.

    starts: distinct, in order. say: takes a note where it is not days.
    """
    firsts = len(starts) >= 2 and all(day.day == 1 for day in starts)
    lasts = len(starts) >= 3 and all((day + DAY).day == 1 for day in starts)
    if firsts and len(starts) >= 3 and all(day.month == 1 for day in starts):
        say("every date is the first of a year, so each number is of a whole year (--step day for days)")
        return "year"
    if firsts or lasts:
        say(
            f"every date is the {'first' if firsts else 'last'} of a month, so each number is of a whole month (--step day for days)"
        )
        return "month"
    if len(starts) >= 4 and all((day - starts[0]).days % 7 == 0 for day in starts):
        say(
            "every date is the same day of the week, so each number is of the seven days from it on (--step day for days)"
        )
        return "week"
    return "day"
