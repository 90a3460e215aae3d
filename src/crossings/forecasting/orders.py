"""Kinds of order, the kind read from words where none is given, and which part of a period an order covers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from crossings.forecasting.episode import Order, Series, days

Floats = NDArray[np.float64]

KINDS = {
    "closed": "nobody passes",
    "part": "some of several ways over at the crossing are shut",
    "slowed": "everybody passes, more slowly",
    "quota": "at most so many a day",
    "hours": "open at fewer hours",
    "deterrent": "open, to fewer people or under a rule that keeps them away",
    "lifted": "an earlier restriction ends",
}

_WORDS = {
    "slowed": r"slow(ed|er|s)?|go[- ]slow|inspect\w*|rate cut\w*|as a rate|(a|an|per|every) hour|rationed",
    "part": r"one of (two|three|several|the)|partly|partial\w*|one bridge|half of the lanes",
    "quota": r"quota\w*|at most \d[\d,. ]* (a|per) day|\d[\d,.]* a day",
    "hours": r"night\w*|opening hours|shorter hours|\d\d?-\d\d? daily|daytime only",
    "deterrent": r"deterr\w*|quarantin\w*|visa\w*|non-?essential|essential|ban on|entry ban|test(s|ing)? required|fee",
    "lifted": r"lifted|unblocked",
}
_URL = re.compile(r"(https?://|www\.)\S+")

_MODES = {
    "trucks": ("truck", "lorr", "freight", "cargo", "haul", "container", "hgv", "commercial"),
    "cars": ("car", "vehicle", "automobile", "light"),
    "buses": ("bus", "coach"),
    "pedestrians": ("pedestrian", "walk", "foot", "bicycle", "cyclist"),
    "asylum": ("asylum", "transit", "refugee", "migrant", "protection"),
}
_ALL = {"", "all", "everybody", "everyone", "total"}
_VEHICLES = {"trucks", "cars", "buses"}


def guess_kind(words: str, otherwise: str = "closed") -> str:
    """The kind of an order from the words about it (addresses of pages are not read); ``otherwise`` where none fits.

    >>> guess_kind("https://example.org/closed (slowed; the last day is general knowledge)")
    'slowed'
    """
    text = _URL.sub(" ", words.lower())
    for kind, pattern in _WORDS.items():
        if re.search(rf"\b({pattern})\b", text):
            return kind
    return "closed" if re.search(r"\b(clos\w*|shut\w*|block\w*|suspend\w*)\b", text) else otherwise


@lru_cache(maxsize=4096)
def mode_of(stream: str) -> str:
    """The broad class of a stream by its name: trucks, cars, buses, pedestrians, asylum, or persons for any other.

    >>> mode_of("Commercial trucks"), mode_of("residents")
    ('trucks', 'persons')
    """
    text = stream.lower()
    for mode, stems in _MODES.items():
        if any(re.search(rf"\b{stem}", text) for stem in stems):
            return mode
    return "persons"


def concerns(order: Order, crossing: str, stream: str, direction: str) -> bool:
    """Whether an order acts on a stream at a crossing; ``vehicles`` in an order are cars, buses and trucks."""
    if crossing not in order.crossings:
        return False
    if order.direction and direction not in ("", "both") and order.direction.lower() != direction.lower():
        return False
    mine = stream.strip().lower()
    named = {s.strip().lower() for s in order.streams}
    if not named or named & _ALL or mine in named or mine in _ALL:
        return True
    if "vehicles" in named and mode_of(mine) in _VEHICLES:
        return True
    return mine == "vehicles" and any(mode_of(s) in _VEHICLES for s in named)


def touches(order: Order, series: Series) -> bool:
    """Whether an order acts on any of a series, which may be a sum over several crossings."""
    return any(concerns(order, c, series.stream, series.direction) for c in series.crossings)


def named_like(stream: str, counted: Sequence[str]) -> tuple[str, ...]:
    """The counted streams that a stream of an order stands for: of the same class where none has its name, else itself.

    >>> named_like("Commercial vehicles", ("trucks", "cars")), named_like("cars", ("trucks", "cars"))
    (('trucks',), ('cars',))
    """
    mine, known = stream.strip().lower(), {s.strip().lower() for s in counted}
    if mine in known | _ALL or mine == "vehicles" or known & _ALL or mode_of(mine) == "persons":
        return (stream,)
    return tuple(s for s in counted if mode_of(s) == mode_of(mine)) or (stream,)


def coverage(order: Order, starts: Floats, ends: Floats, last: Floats | float | None = None) -> Floats:
    """[P] share of each period (days since 1970; an instant counts whole or not) in which an order is in force.

    last: end of the order in days since 1970 instead of its own, [D, 1] for D ends at once, which gives [D, P].
    """
    begin = days(order.start)
    until: Floats | float = np.inf if order.end is None else days(order.end)
    if last is not None:
        until = last
    inside = np.maximum(0.0, np.minimum(ends, until) - np.maximum(starts, begin))
    length = ends - starts
    instant = ((starts >= begin) & (starts < until)).astype(float)
    return np.where(length > 0, inside / np.maximum(length, 1e-9), instant)
