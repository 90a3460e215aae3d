"""A week minute by minute, and its opening hours as text."""

from __future__ import annotations

import itertools

from crossings.scenario import OpeningHours

DAY = 24 * 60
DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")

Week = list[list[bool]]  # Monday first, a value a minute


def week_of(value: bool) -> Week:
    """A week that is all open, or all closed."""
    return [[value] * DAY for _ in range(7)]


def week_of_hours(text: str) -> Week:
    """Opening hours as a week; what passes midnight goes on in the next day. Raises ValueError as OpeningHours.parse does."""
    week = week_of(False)
    for day, ranges in enumerate(OpeningHours.parse(text).week):
        for a, b in ranges:
            week[day][a : min(b, DAY)] = [True] * (min(b, DAY) - a)
            week[(day + 1) % 7][: max(0, b - DAY)] = [True] * max(0, b - DAY)
    return week


def opening_hours(week: Week) -> str:
    """A week as opening hours.

    >>> week = week_of(False)
    >>> for day in range(5): week[day][480:960] = [True] * 480
    >>> opening_hours(week)
    'Mo-Fr 08:00-16:00; Sa-Su off'
    """
    texts = [",".join(f"{_clock(a)}-{_clock(b)}" for a, b in _ranges(day)) or "off" for day in week]
    if all(text == "00:00-24:00" for text in texts):
        return "24/7"
    if len(set(texts)) == 1:
        return texts[0]
    rules = []
    for text, group in itertools.groupby(range(7), key=lambda k: texts[k]):
        days = list(group)
        name = DAYS[days[0]] if len(days) == 1 else f"{DAYS[days[0]]}-{DAYS[days[-1]]}"
        rules.append(f"{name} {text}")
    return "; ".join(rules)


def _ranges(day: list[bool]) -> list[tuple[int, int]]:
    edges = [0, *(k for k in range(1, DAY) if day[k] != day[k - 1]), DAY]
    return [(a, b) for a, b in itertools.pairwise(edges) if day[a]]


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
