"""Counts seen at the border as marks on the charts: intervals that cover a day are summed to that day."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crossings.charts import Mark
from crossings.observations.matching import SCORED
from crossings.report.key_dates import passable
from crossings.report.view_model import DAY, Facts
from crossings.scenario.entities import Observation
from crossings.store.results import band

Key = tuple[tuple[str, ...], str | None]


@dataclass(frozen=True, slots=True)
class Panel:
    """What one chart is about: a set of crossings in one direction or both, and the counts of just that set."""

    crossings: tuple[str, ...]
    direction: str | None
    counts: tuple[Observation, ...]


def panels_of(facts: Facts, stream: str) -> list[Panel]:
    """The sets of crossings that counts name, those of several crossings first; then each crossing that is left."""
    order = [c.id for c in facts.model.scenario.crossings]
    ways = facts.directions(stream)
    found: dict[Key, list[Observation]] = {}
    for seen in facts.counts:
        if seen.streams == (stream,) and seen.what != "waiting" and seen.status != "off-model":
            way = seen.direction if len(ways) > 1 else None
            found.setdefault((tuple(sorted(dict.fromkeys(seen.crossings), key=order.index)), way), []).append(seen)
    found = {key: rows for key, rows in found.items() if any(o.status in SCORED for o in rows)}
    together = sorted((k for k in found if len(k[0]) > 1), key=lambda k: (order.index(k[0][0]), len(k[0])))
    several = [Panel(*key, tuple(found[key] + _joined(found, key))) for key in together]
    alone = [Panel((c,), None, tuple(found.get(((c,), None), ()))) for c in order if facts.gates(stream, [c])]
    one_way = [Panel(*k, tuple(rows)) for k, rows in found.items() if len(k[0]) == 1 and k[1] is not None]
    return several + alone + one_way


def _joined(found: dict[Key, list[Observation]], key: Key) -> list[Observation]:
    """Counts of a set that were given crossing by crossing, for one and the same period each: their sum."""
    crossings, way = key
    alike: dict[tuple[object, ...], list[Observation]] = {}
    for crossing in crossings:
        for seen in found.get(((crossing,), way), []):
            if seen.status in ("final", "derived"):
                alike.setdefault((seen.from_, seen.until, seen.what, seen.unit), []).append(seen)
    out = []
    for parts in alike.values():
        if len(parts) == len(crossings) and len({o.crossings for o in parts}) == len(crossings):
            low, high = sum(o.count for o in parts), sum(_top(o) for o in parts)
            changes = {
                "id": "+".join(o.id for o in parts),
                "crossings": crossings,
                "count": low,
                "count_max": high,
                "status": "derived",
            }
            out.append(parts[0].model_copy(update=changes))
    return out


def _top(seen: Observation) -> float:
    return seen.count if seen.count_max is None else seen.count_max


def _said(facts: Facts, low: float, high: float) -> str:
    number = facts.words.number
    return number(low) if low == high else f"{number(low)}–{number(high)}"


def marks_of(facts: Facts, stream: str, panel: Panel) -> list[Mark]:
    """The counts of a panel as marks, in the stream's unit."""
    say, period = facts.words.say, facts.words.period
    persons = facts.streams[stream].persons
    gates = facts.gates(stream, panel.crossings, panel.direction)
    scale = {o.id: persons if o.unit == "persons" else 1.0 for o in panel.counts}
    firm = [o for o in panel.counts if o.status in ("final", "derived")]
    out: list[Mark] = []
    for day, rows in _by_day(firm):
        chain = _cover(day, rows)
        end = chain[-1].until
        whole = (
            chain[0].from_ == day and end == day + DAY and all(a.until == b.from_ for a, b in itertools.pairwise(chain))
        )
        low = sum(o.count / scale[o.id] for o in chain)
        high = sum(_top(o) / scale[o.id] for o in chain)
        whole = whole or _closed_else(facts, chain, day, gates)
        words = say("counted {number}", number=_said(facts, low, high))
        if not whole:
            words += f" ({say('part of the day: {list}', list=', '.join(period(o.from_, o.until) for o in chain))})"
        missed = _missed(facts, gates, day, day + DAY, low, high if whole else np.inf)
        out.append(Mark(day, day + DAY, low, high, "firm" if whole else "at_least", missed, words))
    for seen in panel.counts:
        low, high = seen.count / scale[seen.id], _top(seen) / scale[seen.id]
        when, number = period(seen.from_, seen.until), _said(facts, low, high)
        if seen.status == "conflict":
            told = say("{period}: counted {number}, which contradicts others", period=when, number=number)
            out.append(_spread(seen, low, high, "conflict", False, told))
        elif seen.status == "lower_bound":
            told = say("{period}: counted at least {number}", period=when, number=facts.words.number(low))
            out.append(_spread(seen, low, high, "at_least", seen.id in facts.missed, told))
        elif seen.until - seen.from_ > DAY:
            told = say("{period}: counted {number} in all", period=when, number=number)
            out.append(_spread(seen, low, high, "firm", seen.id in facts.missed, told))
    return out


def waiting_marks(facts: Facts, stream: str, crossing: str) -> list[Mark]:
    """Counts of those who wait at a crossing, as marks."""
    out = []
    for seen in facts.counts:
        if seen.what != "waiting" or seen.crossings != (crossing,) or seen.streams != (stream,):
            continue
        kind = {"lower_bound": "at_least", "conflict": "conflict", "off-model": "conflict"}.get(seen.status, "firm")
        words = facts.words.say(
            "{period}: {number} said to wait",
            period=facts.words.period(seen.from_, seen.until),
            number=_said(facts, seen.count, _top(seen)),
        )
        out.append(Mark(seen.from_, seen.until, seen.count, _top(seen), kind, seen.id in facts.missed, words))
    return out


def _by_day(rows: Sequence[Observation]) -> list[tuple[dt.datetime, list[Observation]]]:
    """Counts within one local day, by day."""
    out: dict[dt.datetime, list[Observation]] = {}
    for seen in rows:
        day = dt.datetime(seen.from_.year, seen.from_.month, seen.from_.day)
        if seen.until <= day + DAY:
            out.setdefault(day, []).append(seen)
    return sorted(out.items())


def _cover(day: dt.datetime, rows: list[Observation]) -> list[Observation]:
    """Disjoint counts that cover as much of the day as any; of equals the one with fewest parts."""
    best: dict[dt.datetime, tuple[dt.timedelta, int, list[Observation]]] = {day: (dt.timedelta(0), 0, [])}
    for seen in sorted(rows, key=lambda o: o.until):
        before = max((v for at, v in best.items() if at <= seen.from_), key=lambda v: (v[0], v[1]))
        new = (before[0] + (seen.until - seen.from_), before[1] - 1, [*before[2], seen])
        if seen.until not in best or new[:2] > best[seen.until][:2]:
            best[seen.until] = new
    return max(best.values(), key=lambda v: (v[0], v[1]))[2]


def _closed_else(facts: Facts, chain: Sequence[Observation], day: dt.datetime, gates: Sequence[int]) -> bool:
    """Whether nobody can cross on that day outside the hours that were counted; no simulation has a say in what a count is."""
    edges = [day, *(at for o in chain for at in (o.from_, o.until)), day + DAY]
    gaps = [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]
    return day in facts.days and not any(passable(facts, gates, a, b) for a, b in gaps)


def _missed(facts: Facts, gates: Sequence[int], begin: dt.datetime, end: dt.datetime, low: float, high: float) -> bool:
    if facts.runs is None or not facts.judged or begin not in facts.days:
        return False
    days = [k for k, d in enumerate(facts.days) if begin <= d < end]
    bands = band(facts.daily(facts.runs, gates, "crossed")[:, days].sum(axis=1))
    return not (bands["p05"] <= high and bands["p95"] >= low)


def _spread(seen: Observation, low: float, high: float, kind: str, outside: bool, words: str) -> Mark:
    """A count as the mean of each day of its period."""
    days = max(1.0, (seen.until - seen.from_) / DAY)
    begin, end = seen.from_, seen.until
    if end - begin <= DAY:
        begin = dt.datetime(begin.year, begin.month, begin.day)
        end = begin + DAY
    return Mark(begin, end, low / days, high / days, kind, outside, words)
