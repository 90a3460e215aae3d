"""The brief: an answer as a document of two pages, in sections of lines and tables, for any form of file.

What a section says is decided here; how it looks is left to `crossings.brief`.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence

from crossings.measures.access import AccessRow, access_at
from crossings.measures.units import plural
from crossings.model import Model
from crossings.scenario.entities import Thresholds
from crossings.scenario.scenario import Scenario
from crossings.views.alerts import alert_text, alerts, level_of
from crossings.views.answer import Answer, CrossingAnswer
from crossings.views.answer_text import period_line, ranged, sentences, title
from crossings.views.brief_notes import assumption_lines, others_line, range_line, source_lines
from crossings.views.columns import Column, numbers, texts
from crossings.views.document import MARKS, Brief, Line, Planned, Section, Table, TableCell
from crossings.views.language import ENGLISH, Language
from crossings.views.trust import changing_line

MOST_CROSSINGS = 5
"""Crossings in a table on paper; the workbook has all."""
MOST_ALERTS = 8
MOST_ROWS = 12
MOST_WAYS = 6


def brief_of(
    answer: Answer, model: Model, words: Language = ENGLISH, *, version: str = "", fitted: bool = False
) -> Brief:
    """The brief of an answer.

    Parameters
    ----------
    answer
        As `crossings.views.answer_reader.answer_of` reads it from a comparison.
    model
        Of the scenario with the orders that are tried: thresholds, ways by road, sources and what is estimated come from it.
    words
        The language; by default English.
    version
        What made it, for the footer.
    fitted
        Whether the runs are over a posterior.

    Returns
    -------
    Brief
        Title, sections in reading order, and planning figures as rows.

    Examples
    --------
    >>> import crossings as cx
    >>> from crossings.views.answer_reader import answer_of
    >>> border = cx.Scenario.read("two-crossings")
    >>> model = cx.Model(border)
    >>> found = brief_of(answer_of(cx.compare(border, seeds=[1]), model, "seekers"), model)
    >>> found.title, found.sections[0].name
    ('If Hill road closes on Monday 11 March', 'answer')
    """
    scenario = model.scenario
    thresholds = scenario.settings.thresholds
    shown = answer.open[:MOST_CROSSINGS]
    changing = changing_line(answer, model, words)
    rests_on = assumption_lines(answer, scenario, words, fitted=fitted, changing=changing)
    sections = [
        Section("answer", words.say("In short"), tuple(map(Line, sentences(answer, words)))),
        _alerts(answer, thresholds, words),
        _planning(answer, shown, words),
        _queues(answer, shown, thresholds, words),
        _officers(answer, shown, scenario, words),
        _beds(answer, thresholds, words),
        _others(answer, words),
        _whole(answer, words),
        _access(answer, model, words),
        Section("assumptions", words.say("What this rests on"), tuple(map(Line, rests_on))),
        Section("sources", words.say("Sources"), tuple(map(Line, source_lines(answer, scenario, words)))),
    ]
    footer = words.say(
        "crossings {version}, scenario {name} ({hash}); travellers are synthetic",
        version=version,
        name=scenario.settings.name,
        hash=scenario.hash,
    )
    return Brief(
        words.code,
        title(answer, words),
        scenario.settings.title or scenario.settings.name,
        period_line(answer, words),
        tuple(s for s in sections if s.lines or s.table),
        tuple(_planned(answer, words)),
        footer,
    )


def _days(answer: Answer, words: Language) -> list[Column]:
    return numbers(*(words.short_day(day) for day in answer.days))


def _alerts(answer: Answer, thresholds: Thresholds, words: Language) -> Section:
    found = alerts(answer, thresholds)
    named = {"red": words.say("red"), "amber": words.say("amber"), "": ""}
    lines = [Line(f"{named[a.level]}: {alert_text(a, words)}", a.level) for a in found[:MOST_ALERTS]]
    if not found:
        lines = [Line(words.say("No threshold of the scenario is passed."))]
    left = len(found) - MOST_ALERTS
    note = words.say("{number} more are passed.", number=words.number(left, 0)) if left > 0 else ""
    return Section("alerts", words.say("Thresholds passed"), tuple(lines), note=note)


def _planning(answer: Answer, shown: Sequence[CrossingAnswer], words: Language) -> Section:
    """Three rows a crossing: the 5th, 50th and 95th percentile of those processed on each day."""
    rows: list[tuple[TableCell, ...]] = []
    cases = (words.say("best case (5 %)"), words.say("likely (50 %)"), words.say("worst case (95 %)"))
    for crossing in shown:
        for name, percentile in zip(cases, ("p05", "p50", "p95"), strict=True):
            likely, first = percentile == "p50", crossing.name if percentile == "p05" else ""
            figures = [TableCell(words.whole(getattr(f, percentile)), strong=likely) for f in crossing.processed]
            rows.append((TableCell(first, strong=True), TableCell(name, strong=likely), *figures))
    columns = (*texts(words.say("crossing"), ""), *_days(answer, words))
    heading = words.say("Planning figures: {group}, processed a day", group=words.name(answer.group))
    note = range_line(answer, words)
    if left := [c.name for c in answer.open[len(shown) :]]:
        note += " " + words.say("Also open, with less traffic: {list}.", list=words.list(left))
    if not rows:
        return Section("planning", heading, (Line(words.say("No crossing is open.")),))
    return Section("planning", heading, table=Table(columns, tuple(rows)), note=note)


def _queues(answer: Answer, shown: Sequence[CrossingAnswer], thresholds: Thresholds, words: Language) -> Section:
    say = words.say
    worst = numbers(say("most waiting"), say("longest wait, h"), say("longest wait on"))
    columns = (*texts(say("crossing")), *_days(answer, words), *worst)
    rows = []
    for c in shown:
        waits = c.longest_wait.known
        rows.append(
            (
                TableCell(c.name, strong=True),
                *(TableCell(words.whole(f.mean), level_of(f.mean, thresholds.waiting)) for f in c.waiting),
                TableCell(ranged(c.most_waiting, words), level_of(c.most_waiting.mean, thresholds.waiting)),
                TableCell(
                    ranged(c.longest_wait, words, hours=True),
                    level_of(c.longest_wait.mean, thresholds.wait_h) if waits else "",
                ),
                TableCell(words.short_day(c.longest_wait_day) if waits else ""),
            )
        )
    note = say(
        "Means of the runs, in brackets the 5th to 95th percentile; most waiting and longest wait: on the worst day of each run."
    )
    return Section(
        "queues", say("Waiting at the end of each day"), table=_some(columns, rows), note=_marked(rows, words, note)
    )


def _officers(answer: Answer, shown: Sequence[CrossingAnswer], scenario: Scenario, words: Language) -> Section:
    say = words.say
    rows = [
        (
            TableCell(c.name, strong=True),
            *(
                TableCell(f"{words.number(f.mean)} / {duty}", "red" if f.mean > duty else "")
                for f, duty in zip(c.needed_a_day, c.on_duty_a_day, strict=True)
            ),
        )
        for c in shown
    ]
    columns = (*texts(say("crossing")), *_days(answer, words))
    note = say(
        "Needed: the fewest with whom 95 of 100 wait no longer than {hours} h of opening time, mean of the runs. ▲ more than are on duty.",
        hours=words.number(scenario.settings.wait_target_h),
    )
    return Section("officers", say("Officers: needed / on duty"), table=_some(columns, rows), note=note)


def _beds(answer: Answer, thresholds: Thresholds, words: Language) -> Section:
    say = words.say
    columns = (*texts(say("reception")), *numbers(say("beds")), *_days(answer, words))
    columns += (*numbers(say("most present")), *texts(say("full on")))
    rows = []
    for place in answer.beds:
        present = dict(place.present)
        rows.append(
            (
                TableCell(place.name, strong=True),
                TableCell(words.number(place.capacity, 0)),
                *(
                    TableCell(
                        words.whole(present[d]) if d in present else "–",
                        level_of(place.share(present.get(d, 0.0)), thresholds.beds_share),
                    )
                    for d in answer.days
                ),
                TableCell(ranged(place.most, words), level_of(place.share(place.most.mean), thresholds.beds_share)),
                TableCell(words.short_day(place.full_on) if place.full_on else "–", strong=place.full_on is not None),
            )
        )
    return Section(
        "beds", say("Beds taken at the end of each day"), table=_some(columns, rows), note=_marked(rows, words)
    )


def _marked(rows: Sequence[Sequence[TableCell]], words: Language, note: str = "") -> str:
    """A note, and what the marks of a table say where it has some."""
    if not any(cell.level for row in rows for cell in row):
        return note
    return f"{note} {words.say('▲ red, △ amber: past a threshold.')}".strip()


def _others(answer: Answer, words: Language) -> Section:
    say = words.say
    rows = [
        (
            TableCell(words.name(o.name), strong=True),
            TableCell(words.counted(plural(o.unit))),
            TableCell(ranged(o.elsewhere, words)),
            TableCell(ranged(o.not_made, words)),
        )
        for o in answer.others
        if o.elsewhere.mean + o.not_made.mean >= 0.5
    ]
    columns = [*texts(say("also affected"), say("counted in")), *numbers(say("cross elsewhere"), say("do not cross"))]
    note = others_line(answer, words) if rows else ""
    return Section("others", say("Other groups"), table=_some(columns, rows), note=note)


def _whole(answer: Answer, words: Language) -> Section:
    """All crossings over the days of the brief, with the orders and without: where they go, and from where."""
    say = words.say
    rows = []
    note = [say("Means of the runs.")]
    if any(c.closed and sum(f.mean for f in c.processed) >= 0.5 for c in answer.crossings):
        note.append(say("At closed crossings: people who were already inside."))
    for c in sorted(answer.crossings, key=lambda c: -c.gain):
        now, was = (sum(f.mean for f in figures) for figures in (c.processed, c.without))
        rows.append(
            (
                TableCell(c.name, strong=True),
                TableCell(say("closed") if c.closed else say("open")),
                TableCell(words.whole(was)),
                TableCell(words.whole(now), strong=True),
                TableCell(f"{'+' if now >= was else '−'}{words.number(abs(now - was), 0)}"),
            )
        )
    columns = [
        *texts(say("crossing"), ""),
        *numbers(say("without the orders"), say("with the orders"), say("difference")),
    ]
    first, last = (words.date(answer.days[k]) for k in (0, -1))
    heading = say("Processed from {first} to {last}", first=first, last=last)
    return Section("whole", heading, table=_some(columns, rows[:MOST_ROWS]), note=" ".join(note))


def _access(answer: Answer, model: Model, words: Language) -> Section:
    """The longest gap, and the way by road from each origin to the nearest open crossing, on the first day."""
    if answer.gap_km is None:
        return Section("access", "")
    say = words.say
    without, with_them = answer.gap_km
    text = say(
        "Longest stretch of border without a crossing open to them: {now} km, {was} km without the orders.",
        now=words.number(with_them, 0),
        was=words.number(without, 0),
    )
    crossings = {c.id: c.name or c.id for c in model.scenario.crossings}
    places = {p.id: p.name or p.id for p in model.scenario.places}
    rows = [
        (
            TableCell(places[row.origin], strong=True),
            TableCell(crossings[row.nearest] if row.nearest else say("none open")),
            *(
                TableCell("–" if value is None else sign + words.number(value, decimals))
                for value, decimals, sign in (
                    (row.km, 0, ""),
                    (row.hours, 1, ""),
                    (row.extra_km, 0, "+"),
                    (row.extra_h, 1, "+"),
                )
            ),
        )
        for row in _ways(answer, model)
    ]
    columns = texts(say("from"), say("nearest open crossing"))
    columns += numbers(say("km"), say("hours"), say("km more"), say("hours more"))
    note = say(
        "On {day}, by road; more than with all crossings open. Computed, not simulated: no range.",
        day=words.day(answer.days[0]),
    )
    level = level_of(with_them, model.scenario.settings.thresholds.gap_km)
    lines = (Line(MARKS[level] + text, level),)
    return Section("access", say("Access"), lines, _some(columns, rows), note if rows else "")


def _ways(answer: Answer, model: Model) -> list[AccessRow]:
    """The longest ways round, at the noon of the first day (or when the orders begin, where that is later)."""
    noon = dt.datetime.combine(answer.days[0], dt.time(12))
    rows = access_at(model, max(noon, answer.begins), stream=answer.stream).rows
    return sorted(rows, key=lambda row: -(math.inf if row.extra_km is None else row.extra_km))[:MOST_WAYS]


def _some(columns: Sequence[Column], rows: Sequence[tuple[TableCell, ...]]) -> Table | None:
    return Table(tuple(columns), tuple(rows)) if rows else None


def _planned(answer: Answer, words: Language) -> Iterable[Planned]:
    measures = (
        ("processed", words.say("processed")),
        ("arrived", words.say("arrived")),
        ("waiting", words.say("waiting at the end of the day")),
        ("wait_h", words.say("mean wait, hours")),
        ("needed_a_day", words.say("officers needed")),
    )
    for crossing in answer.open:
        for field, name in measures:
            for day, figure in zip(answer.days, getattr(crossing, field), strict=True):
                if figure.known:
                    yield Planned(crossing.name, day, name, figure)
