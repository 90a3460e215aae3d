"""A plain run in the form of an answer: who crosses where, queues, beds and camps, with nothing to compare with."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from crossings.model import Model
from crossings.store.results import Runs
from crossings.views.answer import Answer, Figure
from crossings.views.answer_reader import Reader
from crossings.views.answer_text import longest_wait, ranged, travellers
from crossings.views.language import ENGLISH, Language, one_stop


def run_answer(runs: Runs, model: Model, stream: str) -> Answer:
    """The answer of a plain run: days are the week around the busiest one, queues and beds those of the whole run.

    runs: of the model; stream: a group of the scenario.

    >>> import crossings as cx
    >>> model = cx.Model(cx.Scenario.read("two-crossings"))
    >>> len(run_answer(cx.run_many(model, seeds=[1])["two-crossings"], model, "seekers").days)
    7
    """
    return Reader(model, stream, runs).answer()


def run_title(model: Model) -> str:
    """What the run is about: the scenario's title."""
    return model.scenario.settings.title or model.scenario.settings.name


def run_line(answer: Answer, words: Language = ENGLISH) -> str:
    """Which days, and how many runs."""
    last = (answer.ends - dt.timedelta(seconds=1)).date()
    first, year = words.day(answer.begins.date()), str(last.year)
    runs = words.say("{number} runs, no comparison", number=words.number(answer.runs, 0))
    if answer.runs == 0:
        runs = words.say("expected flows, without a range")
    elif answer.runs == 1:
        runs = words.say("one run with nothing to compare it with")
    return f"{words.say('{first} to {last} {year}', first=first, last=words.day(last), year=year)} · {runs}"


def run_sentences(answer: Answer, words: Language = ENGLISH) -> list[str]:
    """Three sentences: how many cross and where, how long they wait, and who has not crossed at the end."""
    return [s for s in (_where(answer, words), _wait(answer, words), _left(answer, words)) if s]


def _where(answer: Answer, words: Language) -> str:
    across = answer.across
    if not across.known or across.p95 < 0.5:
        return words.say("Nobody of {group} crosses.", group=words.name(answer.group))
    text = words.say(
        "{travellers} cross", travellers=travellers(ranged(across, words), answer.unit, answer.group, words)
    )
    most = sorted(answer.crossings, key=lambda c: -c.across.mean)[:2]
    named = [
        words.say("{number} at {crossing}", number=ranged(c.across, words), crossing=c.name)
        for c in most
        if c.across.mean >= 0.5
    ]
    if named and len(answer.crossings) > 1:
        text += words.say(", most of them {list}", list=words.list(named))
    per_day = [sum(c.processed[k].mean for c in answer.crossings) for k in range(len(answer.days))]
    top = int(np.argmax(per_day))
    return text + words.say(
        "; the busiest day is {day}, with {number}.", day=words.day(answer.days[top]), number=words.whole(per_day[top])
    )


def _wait(answer: Answer, words: Language) -> str:
    queues = sorted((c for c in answer.open if c.most_waiting.mean >= 0.95), key=lambda c: -c.most_waiting.mean)
    if not queues:
        return words.say("No queue to speak of forms at the open crossings.") if answer.open else ""
    worst = queues[0]
    text = words.say(
        "The longest queue at the end of a day is {number}, at {crossing} on {day}",
        number=ranged(worst.most_waiting, words),
        crossing=worst.name,
        day=words.day(worst.most_waiting_day),
    )
    return one_stop(text + longest_wait(queues, words) + ".")


def _left(answer: Answer, words: Language) -> str:
    said = []
    if answer.gave_up.mean >= 0.95:
        said.append(words.say("{number} give up, or choose not to go", number=ranged(answer.gave_up, words)))
    if answer.no_way.mean >= 0.95:
        said.append(words.say("{number} have no way across at the end of the run", number=ranged(answer.no_way, words)))
    return one_stop("; ".join(said) + ".") if said else ""


@dataclass(frozen=True, slots=True)
class Camp:
    """A place where people are counted: persons there at the end of the last day that was counted, simulated and counted;
    most: on any day; capacity: None where it has no limit."""

    name: str
    day: dt.date
    simulated: float
    counted: float
    most: Figure
    capacity: float | None


def camps_of(runs: Runs, model: Model) -> tuple[Camp, ...]:
    """The places with head counts, the largest count first; empty where nobody was counted at a place."""
    dates = [p.date() for p in runs.periods]
    last = {d: k for k, d in enumerate(dates)}
    latest: dict[str, tuple[dt.date, float]] = {}
    for row in model.scenario.headcounts:
        if row.date in last and (row.place not in latest or latest[row.place][0] < row.date):
            latest[row.place] = row.date, float(row.count)
    present = np.stack([t.present for t in runs.tallies])
    found = []
    for site, ident in enumerate(runs.sites):
        if ident in latest:
            day, counted = latest[ident]
            place = next(p for p in model.scenario.places if p.id == ident)
            there = present[:, :, site]
            most, simulated = Figure.of(there.max(axis=1)), float(there[:, last[day]].mean())
            found.append(Camp(place.name or ident, day, simulated, counted, most, place.capacity))
    return tuple(sorted(found, key=lambda c: -c.counted))
