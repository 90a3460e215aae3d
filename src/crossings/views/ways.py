"""The way round: from where most of a group start, by road to the nearest open crossing, with the orders and without."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from crossings.errors import InputError
from crossings.measures.access import access_at
from crossings.model import Model
from crossings.views.answer import Answer
from crossings.views.language import ENGLISH, Language


@dataclass(frozen=True, slots=True)
class WayRound:
    """From a place (its id and name) to the nearest open crossing (its name): km and hours, and what they are without the
    orders.
    """

    origin: str
    name: str
    nearest: str
    km: float
    hours: float
    was_km: float
    was_h: float


def way_round(answer: Answer, model: Model, without: Model) -> WayRound | None:
    """The way that gets longer for most travellers, at noon of the first day; None where none gets longer.

    model: with the orders that are compared; without: without them.
    """
    noon = max(dt.datetime.combine(answer.days[0], dt.time(12)), answer.begins)
    amounts: dict[str, float] = defaultdict(float)
    for d in model.scenario.demand:
        if d.stream == answer.stream:
            amounts[d.origin] += d.per_day * ((d.until - d.from_).days + 1)
    for s in model.scenario.stocks:
        if s.stream == answer.stream:
            amounts[s.origin] += s.initial
    borders = [b.id for b in model.scenario.borders if b.id in model.scenario.lines]
    found = []
    for border in borders:
        try:
            now, was = (access_at(m, noon, stream=answer.stream, border=border).rows for m in (model, without))
        except InputError:
            continue
        before = {row.origin: row for row in was}
        for row in now:
            old = before.get(row.origin)
            if old is None or row.km is None or row.hours is None or old.km is None or old.hours is None:
                continue
            if row.km > old.km + 1 and amounts[row.origin] > 0:
                found.append((amounts[row.origin], row.origin, row.nearest, row.km, row.hours, old.km, old.hours))
    if not found:
        return None
    _, origin, nearest, km, hours, was_km, was_h = max(found)
    places = {p.id: p.name or p.id for p in model.scenario.places}
    crossings = {c.id: c.name or c.id for c in model.scenario.crossings}
    return WayRound(origin, places[origin], crossings.get(nearest or "", ""), km, hours, was_km, was_h)


def way_words(way: WayRound, words: Language = ENGLISH) -> str:
    """'From St Petersburg to Vartius, the nearest open crossing: 924 km, 12.5 h; without the orders 179 km, 2.2 h'."""
    return words.say(
        "From {place} to {crossing}, the nearest open crossing: {km} km, {hours} h; without the orders {was_km} km, {was_h} h",
        place=way.name,
        crossing=way.nearest,
        km=words.number(way.km, 0),
        hours=words.number(way.hours, 1),
        was_km=words.number(way.was_km, 0),
        was_h=words.number(way.was_h, 1),
    )
