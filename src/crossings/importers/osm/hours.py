"""Opening hours and conditional access of a control as hours of a week, for the days that a scenario covers."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from crossings.importers.osm.tags import BARRED, KEYS, MODES, Tags, modes_of
from crossings.importers.weeks import Week, opening_hours, week_of, week_of_hours
from crossings.scenario import OpeningHours

DAY = 24 * 60
_CLAUSE = re.compile(r"([^@;]+)@\s*(\([^)]*\)|[^;]*)")
_SUN = re.compile(r"sunrise|sunset|dawn|dusk")


class Hours(NamedTuple):
    """Hours by mode ('' where the map has none that can be read; 'off' where it says closed), and what could not be read."""

    of: dict[str, str]
    notes: tuple[str, ...]


def hours_of(tags: Tags, start: dt.date, days: int) -> Hours:
    """Hours of a control or a road in the ``days`` from ``start``, by ``opening_hours`` and ``...:conditional``.

    >>> hours_of({"opening_hours": "Mo-Fr 8:00-16:00; PH off"}, dt.date(2024, 1, 1), 28).of["car"]
    'Mo-Fr 08:00-16:00; Sa-Su off'
    >>> hours_of({"opening_hours": "closed"}, dt.date(2024, 1, 1), 28).of["car"]
    'off'
    """
    notes: list[str] = []
    text, note = _read(tags.get("opening_hours", ""), start, days)
    notes += [f"opening_hours {note}"] if note else []
    found = dict.fromkeys(MODES, text)
    lets_in = modes_of(tags)
    for mode in MODES:
        for key in KEYS[mode]:
            said = tags.get(f"{key}:conditional", "")[:400]
            clauses = _CLAUSE.findall(said)
            for value, condition in clauses:
                when, _ = _read(condition.strip(" ()"), start, days)
                if when and value.strip() in BARRED:
                    found[mode] = _without(found[mode], when)
                elif when and mode not in lets_in:
                    found[mode] = when
                else:
                    notes.append(f"{key}:conditional {said[:80]!r} is not used")
            if said and not clauses:
                notes.append(f"{key}:conditional {said[:80]!r} is not used")
    return Hours(found, tuple(dict.fromkeys(notes)))


def _read(text: str, start: dt.date, days: int) -> tuple[str, str]:
    """(hours of a week, what is to be said of them); the first is empty where the text cannot be read."""
    text = " ".join(text.split())[:200]
    if not text:
        return "", ""
    try:
        hours = OpeningHours.parse(text)
    except ValueError:
        return _evaluated(text, start, days)
    return text if hours.ever_open else "off", ""


def _evaluated(text: str, start: dt.date, days: int) -> tuple[str, str]:
    """The same for all that OpenStreetMap allows, day by day; public holidays are left out, as a week has none."""
    import opening_hours as reference

    if _SUN.search(text) or not re.sub(r'"[^"]*"|\W', "", text):
        return "", f"{text!r} cannot be read"
    try:
        rule = reference.OpeningHours(text)
        first = dt.datetime.combine(start, dt.time())
        spans = list(rule.intervals(first, first + dt.timedelta(days=days)))
    except (reference.ParserError, ValueError, OverflowError):  # type: ignore[attr-defined]  # not in its stub
        return "", f"{text!r} cannot be read"
    minutes = [False] * (days * DAY)
    for begin, end, state, _ in spans:
        if state == reference.State.OPEN:
            a, b = (int((t.replace(tzinfo=None) - first).total_seconds() // 60) for t in (begin, end))
            minutes[max(a, 0) : b] = [True] * (min(b, len(minutes)) - max(a, 0))
    week, changes = week_of(False), False
    for weekday in range(7):
        seen = Counter(
            tuple(minutes[d * DAY : (d + 1) * DAY])
            for d in range(days)
            if (start + dt.timedelta(days=d)).weekday() == weekday
        )
        if seen:
            week[weekday] = list(seen.most_common(1)[0][0])
            changes |= len(seen) > 1
    said = f"{text!r} changes between {start} and {start + dt.timedelta(days=days - 1)}: the most frequent day is taken"
    if any(state == reference.State.UNKNOWN for _, _, state, _ in spans):
        return "", f"{text!r} leaves open when it is open"
    return opening_hours(week) if any(map(any, week)) else "off", said if changes else ""


def _without(hours: str, shut: str) -> str:
    """Hours less those in which something is shut."""
    week: Week = week_of(hours != "off") if hours in ("", "off") else week_of_hours(hours)
    taken = week_of(False) if shut == "off" else week_of_hours(shut)
    left = [[a and not b for a, b in zip(*day, strict=True)] for day in zip(week, taken, strict=True)]
    return opening_hours(left) if any(map(any, left)) else "off"


def let_in(tags: Tags) -> tuple[str, ...]:
    """The modes that a control lets pass at some time: by its access tags, or by conditional ones.

    >>> let_in({"access": "no", "access:conditional": "yes @ (08:00-20:00)"}), let_in({"access": "no"})
    (('car', 'hgv'), ())
    """
    always = modes_of(tags)
    return tuple(
        mode
        for mode in MODES
        if mode in always
        or any(
            value.strip() not in BARRED
            for key in KEYS[mode]
            for value, _ in _CLAUSE.findall(tags.get(f"{key}:conditional", "")[:400])
        )
    )


def merged(hours: Iterable[str]) -> str:
    """Hours of one crossing by those of its controls: the first that is open at all, else 'off', else nothing."""
    some = [text for text in hours if text]
    return next((text for text in some if text != "off"), "off" if some else "")
