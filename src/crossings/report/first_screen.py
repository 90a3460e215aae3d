"""The first screen: the answer in three sentences, a map, the open crossings by day, beds, who else, and how far to trust it."""

from __future__ import annotations

from typing import Any

from crossings.charts.figure import csv_of
from crossings.measures.units import plural
from crossings.report.components import CaptionedTable, GroupPart, groups, numbers, texts
from crossings.report.first_map import answer_map
from crossings.report.observations import worst_misses
from crossings.report.view_model import Facts, short
from crossings.scenario.entities import Threshold
from crossings.views.alerts import Level, alert_text, alerts, level_of
from crossings.views.answer import Answer, CrossingAnswer
from crossings.views.answer_text import ranged, title
from crossings.views.brief_notes import others_line
from crossings.views.document import TableCell
from crossings.views.headline import headline
from crossings.views.language import Language
from crossings.views.run_answer import camps_of, run_title
from crossings.views.trust import changing_line, trust_lines
from crossings.views.ways import way_round, way_words

MOST_CROSSINGS = 6
MOST_BEDS = 4
MOST_CAMPS = 8


def question(facts: Facts) -> str:
    """The title of the report: the question of a comparison, else the scenario's title."""
    answer = facts.answer() if facts.comparison is not None else None
    return title(answer, facts.words) if answer is not None else run_title(facts.model)


def first_screen(facts: Facts, heading: str) -> list[GroupPart]:
    """The first screen of every group; heading: the title that stands above it."""
    return groups(facts, lambda stream: screen_of(facts, stream, heading))


def screen_of(facts: Facts, stream: str, heading: str) -> dict[str, Any]:
    """The first screen of one group."""
    answer, words = facts.answer(stream), facts.words
    if answer is None or facts.runs is None:
        return {"answer": None}
    asked = title(answer, words) if facts.comparison is not None else heading
    line, said = headline(answer, words)
    camps = _camps(facts)
    return {
        "answer": answer,
        "line": line,
        "asked": asked if asked != heading and answer.shut else "",
        "sentences": said,
        "map": _map(facts, answer),
        "camps": camps,
        "crossings": _crossings(facts, answer),
        "crossings_csv": _crossings_csv(answer, facts.words),
        "beds": None if camps else _beds(facts, answer),
        "others": _others(facts, answer),
        "gap": _gap(facts, answer),
        "trust": _trust(facts, stream, answer),
    }


def _map(facts: Facts, answer: Answer) -> dict[str, Any] | None:
    words = facts.words
    way = None if facts.without is None else way_round(answer, facts.model, facts.without)
    name = words.say(
        "Where {group} cross, {first} to {last}",
        group=words.name(answer.group),
        first=words.date(answer.days[0]),
        last=words.date(answer.days[-1]),
    )
    drawn = answer_map(facts, answer, way, name)
    if drawn is None:
        return None
    return {
        "title": name,
        "svg": drawn.svg,
        "way": way_words(way, words) if way else "",
        "gains": bool(answer.orders and answer.gains),
    }


# --- tables ------------------------------------------------------------------------------------


def _ranged(text: str, level: Level = "") -> TableCell:
    return TableCell(text, level, kind="ranged")


def _crossings(facts: Facts, answer: Answer) -> dict[str, Any]:
    """The open crossings day by day; those with least traffic in one row."""
    words, say = facts.words, facts.words.say
    limits = facts.model.scenario.settings.thresholds
    busy = [c for c in answer.open if any(f.p95 >= 0.5 for f in (*c.processed, c.most_waiting))]
    shown = busy[:MOST_CROSSINGS]
    rest = [c for c in answer.open if c not in shown]
    queues = any(c.most_waiting.p95 >= 0.5 or c.needed.mean >= 0.5 for c in shown)
    rows = [_crossing_row(facts, c, limits.waiting, limits.wait_h, queues) for c in shown]
    if rest:
        days = [words.whole(sum(c.processed[k].mean for c in rest), short=True) for k in range(len(answer.days))]
        named = say("{number} other", number="1") if len(rest) == 1 else say("{number} others", number=str(len(rest)))
        rows.append([named, *days, *([""] * 3 if queues else [])])
    columns = [*texts(say("open crossing")), *numbers(*(words.short_day(d) for d in answer.days))]
    if queues:
        columns += numbers(say("most waiting"), (say("longest wait"), say("hours")))
        columns += numbers((say("officers"), say("needed / on duty")))
    note = [
        say("Processed a day: one run, without a range.")
        if answer.runs == 1
        else say(
            "Processed a day, mean of {number} runs; in brackets the range of 9 runs in 10.",
            number=words.number(answer.runs, 0),
        )
    ]
    if any(isinstance(cell, TableCell) and cell.level for row in rows for cell in row):
        note.append(say("▲ red, △ amber: past a threshold."))
    passed = [alert_text(a, words) for a in alerts(answer, limits)[:3]]
    if passed:
        note.append(say("First passed: {list}.", list="; ".join(passed)))
    caption = say(
        "{group} at the open crossings, {unit} a day", group=words.name(answer.group), unit=facts.unit(answer.stream)
    )
    return {"table": CaptionedTable(caption, columns, rows, " ".join(note)), "queues": queues}


def _crossing_row(facts: Facts, c: CrossingAnswer, waiting: Threshold, wait: Threshold, queues: bool) -> list[object]:
    words = facts.words
    days = [words.whole(f.mean, short=True) for f in c.processed]
    queue = [
        _ranged(ranged(c.most_waiting, words), level_of(c.most_waiting.mean, waiting)),
        _ranged(ranged(c.longest_wait, words, hours=True), level_of(c.longest_wait.mean, wait)),
        _ranged(
            f"{words.number(c.needed.mean)} / {c.on_duty}",
            "red" if c.needed.known and c.needed.mean > c.on_duty else "",
        ),
    ]
    return [short(c.name), *days, *(queue if queues else [])]


def _crossings_csv(answer: Answer, words: Language) -> str:
    say = words.say
    head = (
        *(say("crossing"), say("day"), say("processed"), say("5th percentile"), say("95th percentile")),
        *(say("without the orders"), say("arrived"), say("waiting"), say("wait, h")),
    )
    rows = (
        (
            c.name,
            day.isoformat(),
            *(f.mean, f.p05, f.p95),
            *(figures[k].mean for figures in (c.without, c.arrived, c.waiting, c.wait_h)),
        )
        for c in answer.crossings
        for k, (day, f) in enumerate(zip(answer.days, c.processed, strict=True))
    )
    return csv_of(head, rows)


def _beds(facts: Facts, answer: Answer) -> CaptionedTable | None:
    if not answer.beds:
        return None
    words, say = facts.words, facts.words.say
    limit = facts.model.scenario.settings.thresholds.beds_share
    rows: list[list[object]] = []
    some = any(b.full_on for b in answer.beds[:MOST_BEDS])
    for b in answer.beds[:MOST_BEDS]:
        level = level_of(b.share(b.most.mean), limit)
        full = words.day(b.full_on) if b.full_on else ""
        rows.append(
            [b.name, words.number(b.capacity), _ranged(ranged(b.most, words), level), *([full] if some else [])]
        )
    columns = [*texts(say("beds")), *numbers(say("places"), say("most present"))]
    return CaptionedTable(say("Beds"), [*columns, *(texts(say("full on")) if some else [])], rows)


def _camps(facts: Facts) -> CaptionedTable | None:
    """Camps where people were counted: simulated beside counted on the last day of a count."""
    found = camps_of(facts.runs, facts.model) if facts.runs is not None else ()
    if not found:
        return None
    words, say = facts.words, facts.words.say
    off = sum(abs(c.simulated - c.counted) for c in found) / max(sum(c.counted for c in found), 1.0)
    rows = [
        [
            c.name,
            words.whole(c.simulated),
            words.whole(c.counted),
            "–" if c.capacity is None else words.number(c.capacity),
            words.on(c.day, year=True),
        ]
        for c in found[:MOST_CAMPS]
    ]
    columns = [
        *texts(say("camp")),
        *numbers(say("simulated"), say("counted"), say("room for")),
        *texts(say("last count")),
    ]
    note = say(
        "Differences on that day add up to {share} % of the people counted, over all camps ({number}).",
        share=words.number(100 * off, 0),
        number=words.number(len(found), 0),
    )
    return CaptionedTable(say("People in camps, simulated and counted"), columns, rows, note)


def _others(facts: Facts, answer: Answer) -> CaptionedTable | None:
    """Other groups that the orders concern."""
    words, say = facts.words, facts.words.say
    rows: list[list[object]] = []
    for other in answer.others:
        if other.elsewhere.mean + other.not_made.mean >= 0.5:
            name, unit = words.name(other.name), plural(other.unit)
            named = name if unit in other.name or other.unit == "person" else f"{name} ({words.counted(unit)})"
            rows.append([named, _ranged(ranged(other.elsewhere, words)), _ranged(ranged(other.not_made, words))])
    columns = [*texts(say("also affected")), *numbers(say("cross elsewhere"), say("do not cross"))]
    return CaptionedTable(say("Other groups"), columns, rows, others_line(answer, words)) if rows else None


def _gap(facts: Facts, answer: Answer) -> TableCell | None:
    """The longest stretch of border without a crossing open to the group."""
    if answer.gap_km is None:
        return None
    without, now = (facts.words.number(km, 0) for km in answer.gap_km)
    text = facts.words.say(
        "Longest stretch of border with no crossing open to {group}: without the orders {without} km, with them {now} km.",
        group=facts.words.name(answer.group),
        without=without,
        now=now,
    )
    return TableCell(text, level_of(answer.gap_km[1], facts.model.scenario.settings.thresholds.gap_km))


def _trust(facts: Facts, stream: str, answer: Answer) -> list[str]:
    assert facts.runs is not None
    rows = facts.scored(stream)
    return trust_lines(
        facts.model.scenario,
        len(facts.runs.seeds),
        fitted=bool(facts.fit_hash),
        counts=len(rows),
        inside=sum(bool(r["inside"]) for r in rows) if facts.judged and rows else None,
        misses=worst_misses(facts, rows, 2) if facts.judged else (),
        places=len({row.place for row in facts.model.scenario.headcounts}),
        changing=changing_line(answer, facts.model, facts.words),
        words=facts.words,
    )
