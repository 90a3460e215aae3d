"""The answer in words: the question as a title, and three sentences written from the figures by rule."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from crossings.measures.units import plural
from crossings.views.answer import Answer, CrossingAnswer, Figure
from crossings.views.language import ENGLISH, Language, one_stop

FEW_RUNS = 20
"""Below so many runs the 5th and 95th percentile are hardly more than the least and the most of them."""
LEAST_LESS = 0.05
"""The share of those who cross by which fewer is told."""


def ranged(figure: Figure, words: Language, *, hours: bool = False) -> str:
    """A mean with its range: '68 (59–79)'.

    >>> ranged(Figure(68.2, 59.0, 68.0, 79.0), ENGLISH)
    '68 (59–79)'
    """
    if not figure.known:
        return "–"
    shown = [words.number(v) if hours else words.whole(v) for v in (figure.mean, figure.p05, figure.p95)]
    return shown[0] if shown[0] == shown[1] == shown[2] else f"{shown[0]} ({shown[1]}–{shown[2]})"


def sure(figure: Figure, runs: int, words: Language) -> str:
    """A range in words with its numbers (Wintle et al. 2019); '68 (59–79)' where there are too few runs for words.

    >>> sure(Figure(68.2, 59.0, 68.0, 79.0), 100, ENGLISH)
    'very likely (9 runs in 10) between 59 and 79'
    """
    if not _worded(figure, runs, words):
        return ranged(figure, words)
    return words.say(
        "very likely (9 runs in 10) between {low} and {high}", low=words.whole(figure.p05), high=words.whole(figure.p95)
    )


def _worded(figure: Figure, runs: int, words: Language) -> bool:
    """Whether there are runs enough to put the range in words, and a range to put."""
    return runs >= FEW_RUNS and figure.known and words.whole(figure.p05) != words.whole(figure.p95)


def _in_words(figure: Figure, answer: Answer, words: Language) -> tuple[str, str]:
    """A figure, and what follows it in a sentence: ('68', ', very likely (9 runs in 10) between 59 and 79')."""
    if not _worded(figure, answer.runs, words):
        return ranged(figure, words), ""
    return words.whole(figure.mean), ", " + sure(figure, answer.runs, words)


def travellers(number: str, unit: str, group: str, words: Language) -> str:
    """So many of a group, in the unit that is counted: '12 asylum seekers', '64,444 cars (people in cars and buses)'.

    >>> travellers("12", "car", "families by car", ENGLISH)
    '12 cars (families by car)'
    """
    if plural(unit) in ("people", group):
        return f"{number} {words.counted(group)}"
    return f"{number} {words.counted(plural(unit))} ({words.name(group)})"


def title(answer: Answer, words: Language = ENGLISH) -> str:
    """The question that is answered: 'If Vaalimaa and Imatra close on Saturday 18 November'.

    Named are the crossings that close to everybody on that day; where there is none, those that close to the group, then
    those that are open to it on that day where they were shut, then those that are shut to it all the time.
    """
    closing = [c for c in answer.crossings if c.closes]
    opening = [c.name for c in answer.crossings if c.opens]
    day = words.day(answer.begins.date())
    if opening and not closing:
        if len(opening) == 1:
            return words.say("If {crossing} is open on {day}", crossing=opening[0], day=day)
        return words.say("If {crossings} are open on {day}", crossings=words.list(opening), day=day)
    closing = closing or list(answer.shut)
    named = [c.name for c in closing if c.everybody] or [c.name for c in closing]
    limited = [c.name for c in answer.crossings if c.limited]
    if not named and limited:
        return words.say("If traffic is restricted at {crossings} on {day}", crossings=words.list(limited), day=day)
    if not named:
        return words.say("If the orders take effect on {day}", day=day)
    if len(named) == len(answer.crossings) and len(named) > 4:
        return words.say("If all {number} crossings close on {day}", number=str(len(named)), day=day)
    if len(named) == 1:
        return words.say("If {crossing} closes on {day}", crossing=named[0], day=day)
    return words.say("If {crossings} close on {day}", crossings=words.list(named), day=day)


def period_line(answer: Answer, words: Language = ENGLISH) -> str:
    """What is compared with what, over which days, from how many runs."""
    last = answer.ends - dt.timedelta(seconds=1)
    first, end = words.date(answer.begins.date()), words.date(last.date(), year=True)
    if answer.orders:
        parts = [
            words.say("announced {time}", time=words.time(answer.announced)),
            words.say("in force {first} to {last}", first=first, last=end),
            *_also_shut(answer, words),
            _compared(answer, words),
        ]
    else:
        parts = [words.say("{first} to {last}", first=first, last=end)]
    if answer.runs:
        parts.append(words.say("{number} runs", number=words.number(answer.runs, 0)))
    else:
        parts.append(words.say("expected flows, without a range"))
    return " · ".join(parts)


def _also_shut(answer: Answer, words: Language) -> list[str]:
    """What the title leaves out where it names those that close to everybody: those that close to the group alone."""
    closing = [c for c in answer.crossings if c.closes]
    alone = [c.name for c in closing if not c.everybody]
    if not alone or len(alone) == len(closing):
        return []
    return [words.say("also shut to {group}: {crossings}", group=words.name(answer.group), crossings=words.list(alone))]


def _compared(answer: Answer, words: Language) -> str:
    if any(crossing.closes for crossing in answer.crossings):
        return words.say("compared with leaving them open")
    if any(crossing.opens for crossing in answer.crossings):
        return words.say("compared with keeping them shut")
    if not answer.shut:
        return words.say("compared with no such order")
    # They are shut in the baseline too: by an order known before.
    return words.say("compared with the orders known before")


def sentences(answer: Answer, words: Language = ENGLISH) -> list[str]:
    """At most three sentences: where they go, how long they wait, what the last open day and the end bring.

    Figures are means of the runs; the first range of a sentence is put in words with its numbers, others stand in brackets
    (5th to 95th percentile).
    """
    return [line for line in (_where(answer, words), _wait(answer, words), _eve(answer, words)) if line]


def _busiest_day(crossing: CrossingAnswer, answer: Answer) -> tuple[dt.date, Figure, Figure]:
    """The day with most more than without the orders: the day, processed with them, and without."""
    more = [a.mean - b.mean for a, b in zip(crossing.processed, crossing.without, strict=True)]
    at = more.index(max(more))
    return answer.days[at], crossing.processed[at], crossing.without[at]


def _without(answer: Answer, words: Language) -> str:
    return words.say("without the orders") if answer.orders_added else words.say("without what is changed")


def _where(answer: Answer, words: Language) -> str:
    gains = answer.gains[:2]
    without = _without(answer, words)
    if not answer.open:
        return words.say("No crossing is left open to {group}.", group=words.name(answer.group))
    if not gains:
        group = words.name(answer.group)
        if answer.shut and answer.orders_added and not any(c.closes for c in answer.crossings):
            return words.say(
                "Earlier orders shut {crossings} to {group} anyway, so hardly anything changes.",
                crossings=words.list([c.name for c in answer.shut]),
                group=group,
            )
        text = words.say("No open crossing takes noticeably more {group} than {without}.", group=group, without=without)
        return " ".join([text, *_fewer(answer, words)])
    said: list[str] = []
    for crossing in gains:
        day, now, was = _busiest_day(crossing, answer)
        number, range_ = (ranged(now, words), "") if said else _in_words(now, answer, words)
        line = words.say(
            "{crossing} takes {now} on {day}{range}, against {was} {without}",
            crossing=crossing.name,
            now=number,
            day=words.day(day),
            range=range_,
            was=words.whole(was.mean),
            without=without,
        )
        said.append(line)
    return words.say("The flow moves: {list}.", list="; ".join(said))


def _fewer(answer: Answer, words: Language) -> list[str]:
    """Of those who go to no other crossing: how many fewer cross in all, where that is more than a few."""
    now = sum(f.mean for c in answer.crossings for f in c.processed)
    was = sum(f.mean for c in answer.crossings for f in c.without)
    if was - now < max(1.0, LEAST_LESS * was):
        return []
    return [
        words.say(
            "From {first} to {last} {now} cross in all, against {was}.",
            first=words.date(answer.days[0]),
            last=words.date(answer.days[-1]),
            now=words.whole(now),
            was=words.whole(was),
        )
    ]


def _wait(answer: Answer, words: Language) -> str:
    queues = sorted((c for c in answer.open if c.most_waiting.mean >= 0.95), key=lambda c: -c.most_waiting.mean)
    if not queues:
        return words.say("No queue to speak of forms at the open crossings.") if answer.open else ""
    worst = queues[0]
    number, range_ = _in_words(worst.most_waiting, answer, words)
    text = words.say(
        "The longest queue at the end of a day is {number}, at {crossing}{range}",
        number=number,
        crossing=worst.name,
        range=range_,
    )
    return one_stop(text + longest_wait(queues, words) + ".")


def longest_wait(queues: Sequence[CrossingAnswer], words: Language) -> str:
    """The end of a sentence about queues: the longest wait, where, and of whom; empty where no wait is known."""
    longest = max((c for c in queues if c.longest_wait.known), key=lambda c: c.longest_wait.mean, default=None)
    if longest is None:
        return ""
    return words.say(
        "; the longest wait is {hours} hours, at {crossing} for those who join on {day}",
        hours=ranged(longest.longest_wait, words, hours=True),
        crossing=longest.name,
        day=words.day(longest.longest_wait_day),
    )


def _eve(answer: Answer, words: Language) -> str:
    said = []
    if answer.eve is not None and answer.eve_processed.known:
        number, range_ = _in_words(answer.eve_processed, answer, words)
        said.append(
            words.say(
                "On {day}, the last open day, the crossings that close take {number}{range}; the day before {before}",
                day=words.day(answer.eve),
                number=number,
                range=range_,
                before=words.whole(answer.eve_before.mean),
            )
        )
        if answer.at_barrier.mean >= 0.95:
            said.append(
                words.say("{number} stand at the barriers when they close", number=ranged(answer.at_barrier, words))
            )
    parts = ["; ".join(said)] if said else []
    if answer.no_way.mean >= 0.95:
        text = words.say("{number} have no way across at the end of the run", number=ranged(answer.no_way, words))
        if answer.no_way_without.known:
            was = words.whole(answer.no_way_without.mean)
            text = words.say(
                "{sentence}, against {was} {without}", sentence=text, was=was, without=_without(answer, words)
            )
        parts.append(text)
    return " ".join(one_stop(f"{part}.") for part in parts)
