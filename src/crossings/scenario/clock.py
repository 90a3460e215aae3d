"""Local times as people write them, and whole milliseconds since the start as the model counts them.

Rules (docs/model.md, section 1): a bare date is 00:00 where something begins and 24:00 where it ends; the first of a
repeated hour is meant; a skipped time moves forward by the gap.
"""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from crossings.errors import InputError, did_you_mean, refused
from crossings.io.faults import clip

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from crossings.scenario.entities import Settings

MS_PER_MINUTE = 60_000
MS_PER_DAY = 86_400_000
FIRST_YEAR, LAST_YEAR = 1800, 2999

_WHEN = re.compile(
    r"(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})"
    r"(?:[T ](?P<H>[0-9]{2}):(?P<M>[0-9]{2})(?::(?P<S>[0-9]{2}))?)?"
)
_ACCEPTED = "write YYYY-MM-DD or YYYY-MM-DDTHH:MM, local time"
_MS = dt.timedelta(milliseconds=1)
_DAY = dt.timedelta(days=1)


def end_of_day(day: str | dt.date) -> dt.datetime:
    """The local midnight that ends a day, its 24:00; raises InputError if a text is not a date.

    >>> end_of_day("2023-11-17")
    datetime.datetime(2023, 11, 18, 0, 0)
    """
    if isinstance(day, str):
        try:
            day = parse_date(day)
        except ValueError as error:
            raise InputError(refused("until", error)) from None
    return dt.datetime(day.year, day.month, day.day) + dt.timedelta(days=1)


def parse_when(text: str, end: bool) -> dt.datetime:
    """Read a local date or time; a bare date is its 00:00, or its 24:00 if ``end``.

    Accepted: ``YYYY-MM-DD``, ``YYYY-MM-DDTHH:MM`` and ``YYYY-MM-DDTHH:MM:SS`` (a space may stand for ``T``); 24:00 is
    the next midnight. Raises ValueError with a message for people.

    >>> parse_when("2023-11-18", end=False)
    datetime.datetime(2023, 11, 18, 0, 0)
    >>> parse_when("2023-11-18", end=True)
    datetime.datetime(2023, 11, 19, 0, 0)
    """
    match = _WHEN.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{clip(text, 40)} is not a date or time; {_ACCEPTED}")
    day = _date(text, match)
    midnight = dt.datetime(day.year, day.month, day.day)
    if match["H"] is None:
        return midnight + _DAY if end else midnight
    hour, minute, second = int(match["H"]), int(match["M"]), int(match["S"] or 0)
    if hour == 24 and minute == second == 0:
        return midnight + _DAY
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError(f"{clip(text, 40)} has a time of day that does not exist; write 00:00 to 24:00")
    return midnight.replace(hour=hour, minute=minute, second=second)


def parse_date(text: str) -> dt.date:
    """Read a local date, YYYY-MM-DD only; raises ValueError with a message for people.

    >>> parse_date("2023-11-18")
    datetime.date(2023, 11, 18)
    """
    match = _WHEN.fullmatch(text.strip())
    if match is None or match["H"] is not None:
        raise ValueError(f"{clip(text, 40)} is not a date; write YYYY-MM-DD")
    return _date(text, match)


def format_when(when: dt.datetime, end: bool) -> str:
    """Write a local time so that ``parse_when(text, end)`` reads the same back; midnights become bare dates.

    >>> format_when(parse_when("2023-11-18", end=True), end=True)
    '2023-11-18'
    """
    if when.time() == dt.time(0):
        return (when - _DAY if end else when).date().isoformat()
    return when.isoformat(timespec="seconds" if when.second else "minutes")


def spoken(end: dt.datetime) -> str:
    """The end of a period for people: a midnight is the 24:00 of the day before.

    >>> spoken(dt.datetime(2023, 11, 19))
    '2023-11-18 24:00'
    """
    return f"{end - _DAY:%Y-%m-%d} 24:00" if end.time() == dt.time(0) else f"{end:%Y-%m-%d %H:%M}"


def load_zone(name: str) -> ZoneInfo:
    """Find an IANA time zone; raises ValueError with the nearest known name.

    >>> load_zone("Europe/Helsinki").key
    'Europe/Helsinki'
    """
    try:
        if name in {"localtime", "posixrules", "Factory"}:  # these differ between machines
            raise ValueError(name)
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        near = did_you_mean(name, sorted(zoneinfo.available_timezones()))
        instead = near or "write an IANA name such as Europe/Helsinki"
        raise ValueError(f"{clip(name, 40)} is not a known time zone; {instead}") from None


class Clock:
    """The clocks of one scenario: local times to milliseconds since its start (UTC) and back.

    ``Clock(settings)`` raises ValueError for an unknown time zone. Attributes: ``end_ms`` (end of demand),
    ``horizon_ms`` (end and drain days), ``step_ms`` (clock of the board).
    """

    def __init__(self, settings: Settings) -> None:
        self._default = settings.timezone
        self._zones = {settings.timezone: load_zone(settings.timezone)}
        self._of = {code: country.timezone or self._default for code, country in settings.countries.items()}
        self._start = self._utc(settings.start, self._default)
        self.end_ms = self.to_ms(settings.end)
        self.horizon_ms = self.end_ms + round(settings.drain_days * MS_PER_DAY)
        self.step_ms = settings.step_min * MS_PER_MINUTE

    def to_ms(self, when: dt.datetime, zone: str | None = None) -> int:
        """Milliseconds from the start to a local time of ``zone`` (empty: the scenario's); negative before it."""
        return (self._utc(when, zone or self._default) - self._start) // _MS

    def local(self, ms: int, zone: str | None = None) -> dt.datetime:
        """The local time, without zone, at ``ms`` milliseconds since the start."""
        utc = self._start + dt.timedelta(milliseconds=int(ms))
        return utc.astimezone(self._zone(zone or self._default)).replace(tzinfo=None, fold=0)

    def local_array(self, ms: NDArray[np.int64]) -> NDArray[np.datetime64]:
        """`local` of many times at once: datetime64[ms] of the shape of ``ms``.

        Clocks change within few days, so only of those is each time asked for on its own.
        """
        import numpy as np

        origin = np.datetime64(self._start.replace(tzinfo=None), "ms")
        days, which = np.unique(ms // MS_PER_DAY, return_inverse=True)

        def offset(t: int) -> int:
            utc = (self._start + dt.timedelta(milliseconds=t)).replace(tzinfo=None)
            return (self.local(t) - utc) // _MS

        first = np.array([offset(int(d) * MS_PER_DAY) for d in days], np.int64)
        last = np.array([offset((int(d) + 1) * MS_PER_DAY - 1) for d in days], np.int64)
        shift = first[which].reshape(ms.shape)
        changes = (first != last)[which].reshape(ms.shape)
        shift[changes] = [offset(int(t)) for t in ms[changes]]
        return origin + (ms + shift).astype("timedelta64[ms]")

    def zone_of(self, country: str) -> str:
        """The time zone of a country: its own, or the scenario's."""
        return self._of.get(country, self._default)

    def dates(self, zone: str | None = None) -> list[dt.date]:
        """The local dates that [start, horizon) touches, in order."""
        first = self.local(0, zone).date()
        last = self.local(max(self.horizon_ms - 1, 0), zone).date()
        return [first + dt.timedelta(days=k) for k in range((last - first).days + 1)]

    def _zone(self, name: str) -> ZoneInfo:
        if name not in self._zones:
            self._zones[name] = load_zone(name)
        return self._zones[name]

    def _utc(self, when: dt.datetime, zone: str) -> dt.datetime:
        return when.replace(tzinfo=self._zone(zone), fold=0).astimezone(dt.UTC)


def _date(text: str, match: re.Match[str]) -> dt.date:
    year, month, day = int(match["y"]), int(match["m"]), int(match["d"])
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"{clip(text, 40)} is out of range; years {FIRST_YEAR} to {LAST_YEAR} are accepted")
    try:
        return dt.date(year, month, day)
    except ValueError:
        raise ValueError(f"{clip(text, 40)} is a date that does not exist; {_ACCEPTED}") from None
