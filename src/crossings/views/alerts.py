"""Thresholds that are passed: what, where, how badly, and from which day on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from crossings.scenario.entities import Threshold, Thresholds
from crossings.views.answer import Answer, CrossingAnswer, Figure
from crossings.views.language import ENGLISH, Language

Level = Literal["", "amber", "red"]


@dataclass(frozen=True, slots=True)
class Alert:
    """A threshold that the mean of the runs passes. what: wait_h, waiting, officers, beds_share or gap_km; where: the name of
    the crossing or place; threshold: the number that is passed; day: on which it is first passed."""

    level: Level
    what: str
    where: str
    threshold: float
    day: dt.date


def level_of(value: float, threshold: Threshold) -> Level:
    """What a reading calls for.

    >>> level_of(25.0, Threshold(amber=12, red=24)), level_of(13.0, Threshold(amber=12, red=24)), level_of(1.0, Threshold())
    ('red', 'amber', '')
    """
    if threshold.red is not None and value >= threshold.red:
        return "red"
    if threshold.amber is not None and value >= threshold.amber:
        return "amber"
    return ""


def alerts(answer: Answer, thresholds: Thresholds) -> list[Alert]:
    """All thresholds that are passed while the orders are in force, red before amber, by day."""
    found: list[Alert | None] = []
    for crossing in answer.open:
        hours, longest = _means(answer, crossing.wait_h), (crossing.longest_wait_day, crossing.longest_wait.mean)
        found.append(_first("wait_h", crossing.name, hours, thresholds.wait_h, longest))
        queue, most = _means(answer, crossing.waiting), (crossing.most_waiting_day, crossing.most_waiting.mean)
        found.append(_first("waiting", crossing.name, queue, thresholds.waiting, most))
        found.append(_officers(crossing, answer))
    for place in answer.beds:
        shares = ((day, place.share(persons)) for day, persons in place.present)
        most = (place.most_day, place.share(place.most.mean))
        found.append(_first("beds_share", place.name, shares, thresholds.beds_share, most))
    if answer.gap_km is not None:
        by_day = answer.gap_by_day or [(answer.begins.date(), answer.gap_km[1])]
        longest = max(by_day, key=lambda reading: reading[1])
        found.append(_first("gap_km", "", by_day, thresholds.gap_km, longest))
    passed = [a for a in found if a is not None]
    return sorted(passed, key=lambda a: (a.level != "red", a.day, a.what, a.where))


def alert_text(alert: Alert, words: Language = ENGLISH) -> str:
    """An alert in a line: 'wait over 24 hours: Vartius, from Sunday 19 November'."""
    number = (
        f"{words.number(100 * alert.threshold, 0)} %" if alert.what == "beds_share" else words.number(alert.threshold)
    )
    what = {
        "wait_h": words.say("wait over {number} hours", number=number),
        "waiting": words.say("more than {number} waiting", number=number),
        "officers": words.say("more officers needed than the {number} on duty", number=number),
        "beds_share": words.say("beds over {number} full", number=number),
        "gap_km": words.say("more than {number} km of border without an open crossing", number=number),
    }[alert.what]
    where = f": {alert.where}" if alert.where else ""
    return what + where + words.say(", from {day}", day=words.day(alert.day))


def _officers(crossing: CrossingAnswer, answer: Answer) -> Alert | None:
    """The first day on which more officers are needed than are on duty; of the days after the table's, the worst."""
    for day, needed, duty in zip(answer.days, crossing.needed_a_day, crossing.on_duty_a_day, strict=False):
        if needed.mean > duty:
            return Alert("red", "officers", crossing.name, float(duty), day)
    if crossing.needed.mean > crossing.on_duty:
        return Alert("red", "officers", crossing.name, float(crossing.on_duty), crossing.needed_day)
    return None


def _means(answer: Answer, figures: Sequence[Figure]) -> Iterable[tuple[dt.date, float]]:
    """Day and mean of the runs, for the days that are shown."""
    return zip(answer.days, (f.mean for f in figures), strict=False)


def _first(
    what: str,
    where: str,
    readings: Iterable[tuple[dt.date, float]],
    threshold: Threshold,
    worst: tuple[dt.date, float],
) -> Alert | None:
    """The level of the worst figure, by which tables are coloured, from the first day on which that is reached on average."""
    level = level_of(worst[1], threshold)
    number = threshold.red if level == "red" else threshold.amber
    if not level or number is None:
        return None
    day = next((day for day, value in readings if value >= number), worst[0])
    return Alert(level, what, where, float(number), day)
