"""GMNS's ``time_day`` (a bitmap of days, a start and an end), and opening hours in its form."""

from __future__ import annotations

import re

from crossings.scenario import OpeningHours

DAY = 24 * 60
_TIME_DAY = re.compile(r"([01]{7,8})_(\d{2})(\d{2})_(\d{2})(\d{2})")


def read_time_day(text: str) -> list[tuple[int, int, int]]:
    """(day, Monday = 0, first minute, minute after the last) of ``XXXXXXXX_HHMM_HHMM``: days Sunday first, then holidays.

    Holidays are left out, as a week has none. Past midnight goes on in the next day. Raises ValueError for other text.

    >>> read_time_day("01000000_0800_1600"), read_time_day("00000010_2200_0200")
    ([(0, 480, 960)], [(5, 1320, 1440), (6, 0, 120)])
    """
    match = _TIME_DAY.fullmatch(text.strip())
    if match is None or int(match[3]) > 59 or int(match[5]) > 59:
        raise ValueError(f"{text[:40]!r} is not a time_day; write for example 01111100_0800_1600")
    start, end = int(match[2]) * 60 + int(match[3]), int(match[4]) * 60 + int(match[5])
    if start >= DAY or end > DAY or start == end:
        raise ValueError(f"{text[:40]!r} has hours that do not exist; write 0000 to 2400")
    found = []
    for k, bit in enumerate(match[1][:7]):
        day = (k - 1) % 7
        if bit == "0":
            continue
        if end > start:
            found.append((day, start, end))
        else:
            found.append((day, start, DAY))
            if end:
                found.append(((day + 1) % 7, 0, end))
    return found


def time_days(hours: str) -> list[str]:
    """Opening hours as ``time_day`` texts; days that are alike share one. Always open: none.

    >>> time_days("Mo-Fr 08:00-16:00; Sa 22:00-02:00")
    ['01111100_0800_1600', '00000010_2200_0200']
    """
    read = OpeningHours.parse(hours)
    if read.always_open:
        return []
    days: dict[tuple[int, int], list[int]] = {}
    for day, ranges in enumerate(read.week):
        for a, b in ranges:
            days.setdefault((a, b), []).append(day)
    return [
        "".join("1" if (k - 1) % 7 in which else "0" for k in range(7))
        + f"0_{_digits(a)}_{_digits(b if b <= DAY else b - DAY)}"
        for (a, b), which in days.items()
    ]


def _digits(minute: int) -> str:
    return f"{minute // 60:02d}{minute % 60:02d}"
