"""Opening hours by weekday, and shares of a day by hour, as people write them.

The grammar is a part of OpenStreetMap's ``opening_hours``: ``24/7``, or rules separated by ``;``, each ``[days]`` and
then times or ``off``. A later rule overrides earlier ones for the days it names; without days it names all.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from crossings.errors import suggest
from crossings.io.faults import clip, counted

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
DAY_MINUTES = 24 * 60

Ranges = tuple[tuple[int, int], ...]
_EXAMPLE = "write for example 24/7 or Mo-Fr 08:00-16:00; Sa 10:00-14:00; Su off"
_RANGE = re.compile(r"([0-9]{1,2}):([0-9]{2})-([0-9]{1,2}):([0-9]{2})")
_JOIN = re.compile(r"\s*([-,])\s*")


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """When something is open: for each weekday, Monday first, its ranges in minutes of the local day."""

    text: str
    week: tuple[Ranges, ...]

    @classmethod
    def parse(cls, text: str) -> OpeningHours:
        """Read opening hours; raises ValueError with a message for people.

        >>> OpeningHours.parse("Mo-Fr 08:00-16:00; We off").intervals(dt.date(2023, 11, 14))
        [(480, 960)]
        """
        week: list[Ranges] = [()] * 7
        rules = [rule.strip() for rule in text.replace("\u2013", "-").split(";")]
        if not any(rules):
            raise ValueError(f"no opening hours; {_EXAMPLE}")
        for rule in filter(None, rules):
            days, ranges = _rule(_JOIN.sub(r"\1", rule))
            for day in days:
                week[day] = ranges
        return cls(text.strip(), tuple(week))

    @property
    def ever_open(self) -> bool:
        """Whether there is any opening in a week."""
        return any(self.week)

    @property
    def always_open(self) -> bool:
        """Whether every day is open from 00:00 to 24:00."""
        return all(ranges == ((0, DAY_MINUTES),) for ranges in self.week)

    def intervals(self, date: dt.date) -> list[tuple[int, int]]:
        """Disjoint ranges of the rule for a local date, (first minute, minute after the last), in order.

        The end exceeds 1440 where a range passes midnight: it belongs to the day it starts on.
        """
        return list(self.week[date.weekday()])

    def __str__(self) -> str:
        return self.text


def hour_shares(text: str, profiles: Mapping[str, Sequence[float]]) -> tuple[float, ...]:
    """The 24 shares of a ``profile`` cell, adding up to 1: a profile's name, 24 numbers with ``;``, or empty = flat.

    Raises ValueError with a message for people.

    >>> hour_shares("", {})[0] == 1 / 24
    True
    """
    if not text.strip():
        return (1 / 24,) * 24
    if text in profiles:
        return _normalised(tuple(profiles[text]))
    try:
        numbers = tuple(float(part) for part in re.split(r"[;\s]+", text.strip(" ;")))
    except ValueError:
        raise ValueError(f"unknown profile {clip(text, 40)}; {suggest(text, sorted(profiles))}") from None
    return _normalised(numbers)


@lru_cache(maxsize=256)  # asked for again at every hour of a stock
def _normalised(numbers: tuple[float, ...]) -> tuple[float, ...]:
    if len(numbers) != 24:
        raise ValueError(f"a profile of {counted(len(numbers), 'share')}; write 24, one for each local hour")
    if not all(math.isfinite(number) and number >= 0 for number in numbers):
        raise ValueError("a profile with a share that is negative or not finite; write 24 numbers of 0 or more")
    top = max(numbers)
    if top == 0:
        raise ValueError("a profile whose shares are all zero; at least one must be above 0")
    scaled = [number / top for number in numbers]  # by the largest first, so that no sum overflows
    total = math.fsum(scaled)
    return tuple(number / total for number in scaled)


def _rule(rule: str) -> tuple[list[int], Ranges]:
    if rule == "24/7":
        return list(range(7)), ((0, DAY_MINUTES),)
    head, _, tail = rule.partition(" ")
    if head[:1].isdigit() or head == "off":
        days, times = list(range(7)), rule
    else:
        days, times = _days(head), tail.strip()
    if not times:
        raise ValueError(f"{clip(rule, 40)} names days but no hours; {_EXAMPLE}")
    return days, () if times == "off" else _ranges(times)


def _days(text: str) -> list[int]:
    days: list[int] = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        a = _day(first)
        b = _day(last) if dash else a
        days += [(a + k) % 7 for k in range((b - a) % 7 + 1)]
    return days


def _day(name: str) -> int:
    if name not in DAYS:
        near = name[:2].capitalize()
        instead = f"did you mean '{near}'?" if near in DAYS else f"accepted: {', '.join(DAYS)}"
        raise ValueError(f"{clip(name, 40)} is not a day; {instead}")
    return DAYS.index(name)


def _ranges(text: str) -> Ranges:
    found = sorted(_range(part) for part in text.split(","))
    for (_, end), (start, _) in itertools.pairwise(found):
        if start < end:
            raise ValueError(f"{clip(text, 40)} has ranges that overlap; write each hour once")
    if found[-1][1] - DAY_MINUTES > found[0][0]:
        raise ValueError(f"{clip(text, 40)} is longer than a day; write 00:00-24:00 for the whole day")
    return tuple(found)


def _range(text: str) -> tuple[int, int]:
    match = _RANGE.fullmatch(text)
    if match is None:
        raise ValueError(f"{clip(text, 40)} is not a range of hours; {_EXAMPLE}")
    if len(match[1]) < 2 or len(match[3]) < 2:
        raise ValueError(f"{clip(text, 40)} is not a range of hours; write two digits, such as 08:00-16:00")
    start, end = _minute(match[1], match[2]), _minute(match[3], match[4])
    if start in (DAY_MINUTES, end):
        raise ValueError(f"{clip(text, 40)} is an empty range; write 00:00-24:00 for the whole day, off for none")
    return start, end if end > start else end + DAY_MINUTES


def _minute(hour: str, minute: str) -> int:
    value = int(hour) * 60 + int(minute)
    if int(minute) > 59 or value > DAY_MINUTES:
        raise ValueError(f"{hour}:{minute} is a time of day that does not exist; write 00:00 to 24:00")
    return value
