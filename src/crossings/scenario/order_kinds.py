"""What each kind of order means, read once from its value: the words in files, and the numbers that the model takes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["closed", "part", "slowed", "hours", "quota", "deterrent", "lifted", "note"]

ACTING: tuple[str, ...] = tuple(kind for kind in get_args(Kind) if kind not in ("lifted", "note"))
"""Kinds that act at gates while they are in force."""

LIMITS = ("part", "slowed", "hours", "quota")
"""Kinds that act on queues: they need a lane, and concern all the streams that share it."""

MOST_FACTOR, MOST_MINUTES, MOST_HOURS = 1000.0, 100_000.0, 1e6
_NUMBER = r"([0-9]+(?:\.[0-9]+)?|\.[0-9]+)"
_PERCENT, _FRACTION = re.compile(_NUMBER + r"\s*%"), re.compile(r"([0-9]+)\s*/\s*([0-9]+)")
_PLAIN = re.compile(_NUMBER)
_TIMES = re.compile(rf"[x\u00d7*]\s*{_NUMBER}|{_NUMBER}\s*[x\u00d7]")
_MORE = re.compile(rf"\+\s*{_NUMBER}\s*(?:min|minutes?)?")
_LONG = re.compile(rf"\+?\s*{_NUMBER}\s*(h|hours?|d|days?)")


@dataclass(frozen=True, slots=True)
class Terms:
    """What a row does in the model's terms; what it leaves alone has its default.

    capacity: share of a queue's capacity that is left; factor, minutes: on the mean service time; quota: services a day;
    kept_away: share of the travellers to whom it is closed; hours: of waiting that passing is as costly as.
    """

    capacity: float = 1.0
    factor: float = 1.0
    minutes: float = 0.0
    quota: int | None = None
    kept_away: float = 0.0
    hours: float = 0.0


def terms_of(kind: str, value: str) -> Terms:
    """The terms of a row; raises ValueError ``what; what instead`` for a value that is not accepted.

    >>> terms_of("part", "1/2").capacity, terms_of("slowed", "x3").factor, terms_of("deterrent", "14 d").hours
    (0.5, 3.0, 336.0)
    """
    text = value.strip().lower()
    if kind == "closed":
        return Terms(kept_away=1.0)
    if kind == "part":
        return Terms(capacity=_part(value, text))
    if kind == "slowed":
        return _slowed(value, text)
    if kind == "deterrent":
        return _deterrent(value, text)
    if kind == "quota":
        if not (value.isascii() and value.isdigit() and len(value) <= 9):
            raise ValueError(f"{_shown(value)} is not a quota; write a whole number of units a day, 0 or more")
        return Terms(quota=int(value))
    return Terms()


def in_words(kind: str, value: str) -> str:
    """What a row says of its kind, for people.

    >>> in_words("slowed", "x2"), in_words("deterrent", "40%")
    ('slowed, service takes 2 times as long', 'keeps 40 % away')
    """
    if kind == "hours":
        return f"open only {value}" if value != "off" else "not served"
    if kind == "quota":
        return f"at most {value} a day"
    if kind not in ("part", "slowed", "deterrent"):
        return {"lifted": "lifted"}.get(kind, kind)
    terms = terms_of(kind, value)
    if kind == "part":
        return f"open in part, {_percent(terms.capacity)} of the capacity"
    if kind == "slowed":
        more = f"{terms.minutes:g} min longer" if terms.minutes else f"{terms.factor:g} times as long"
        return f"slowed, service takes {more}"
    if terms.kept_away:
        return f"keeps {_percent(terms.kept_away)} away"
    return f"deters as {terms.hours:g} h of waiting would"


def _percent(share: float) -> str:
    return f"{100.0 * share:.3g} %"


def _shown(value: str) -> str:
    return f"'{value[:60]}'" if value else "an empty value"


def _share(text: str) -> float | None:
    if found := _PERCENT.fullmatch(text):
        return float(found[1]) / 100.0
    if (found := _FRACTION.fullmatch(text)) and int(found[2]):
        return int(found[1]) / int(found[2])
    return float(found[1]) if (found := _PLAIN.fullmatch(text)) else None


def _part(value: str, text: str) -> float:
    share = _share(text)
    if share is None or not 0.0 < share < 1.0:
        raise ValueError(
            f"{_shown(value)} is not a part; write the share of the capacity that is left, such as 1/2 or 40%"
        )
    if share < 1e-4:
        raise ValueError(f"{_shown(value)} leaves nearly nothing; write kind closed, or at least 0.01%")
    return share


def _slowed(value: str, text: str) -> Terms:
    if found := _TIMES.fullmatch(text):
        factor = float(found[1] or found[2])
        if 1.0 < factor <= MOST_FACTOR:
            return Terms(factor=factor)
    elif found := _MORE.fullmatch(text):
        minutes = float(found[1])
        if 0.0 < minutes <= MOST_MINUTES:
            return Terms(minutes=minutes)
    raise ValueError(
        f"{_shown(value)} is not a slowing; write how many times as long service takes, such as x2, or how much longer, "
        "such as +15 min"
    )


def _deterrent(value: str, text: str) -> Terms:
    if found := _LONG.fullmatch(text):
        hours = float(found[1]) * (24.0 if found[2].startswith("d") else 1.0)
        if 0.0 < hours <= MOST_HOURS:
            return Terms(hours=hours)
    elif (share := _share(text)) is not None and 0.0 < share <= 1.0:
        return Terms(kept_away=share)
    raise ValueError(
        f"{_shown(value)} is not a deterrent; write the share that it keeps away, such as 40%, or as how much waiting it "
        "counts, such as 24 h or 14 d"
    )
