"""Measures that nothing is drawn for: how long the longest gap is while the orders of a claim are in force."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from crossings.claims.message import Term
from crossings.claims.spec import Question
from crossings.errors import InputError
from crossings.measures.access import Access, access_at, open_gates
from crossings.model import Model

__all__ = ["Gap", "longest_gaps"]

NOON = dt.timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Gap:
    """The worst noon: access then, and the noon of a day earlier than the orders, for comparison."""

    worst: Access
    before: Access | None


def longest_gaps(question: Question, model: Model, end: int) -> Gap | str:
    """The longest gap at the noons from the orders' beginning until ``end`` (ms); a text where it cannot be measured.

    model: of the scenario with the orders. The stream is the first of the claim's; the border the first with a line.
    """
    stream = question.streams[0]
    noons = [dt.datetime(d.year, d.month, d.day) + NOON for d in model.clock.dates()]
    during = [t for t in noons if question.period.begins <= model.clock.to_ms(t) < min(end, model.clock.horizon_ms)]
    earlier = [t for t in noons if 0 <= model.clock.to_ms(t) < question.period.announced]
    if not during:
        return Term("no noon of the run lies within the time of these orders")
    try:
        worst = max(_changes(model, stream, during), key=lambda a: a.longest_gap_km)
        return Gap(worst, access_at(model, earlier[-1], stream=stream) if earlier else None)
    except InputError as error:
        return f"{error.faults[0].what}"


def _changes(model: Model, stream: str, noons: list[dt.datetime]) -> list[Access]:
    """Access at the first of the noons and at each at which other crossings are open than before."""
    ways = {g.direction for g in model.gates if g.stream == stream}
    seen: set[frozenset[tuple[str, str]]] = set()
    out = []
    for noon in noons:
        at = model.clock.to_ms(noon)
        free = frozenset((g.crossing, way) for way in ways for g in open_gates(model, stream, way, at))
        if free not in seen:
            seen.add(free)
            out.append(access_at(model, noon, stream=stream))
    return out
