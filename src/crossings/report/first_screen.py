"""The first screen: the answer in three sentences, a map, the open crossings by day, beds, who else, and how far to trust it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from crossings.charts import Markup, el, join
from crossings.charts.figure import csv_of
from crossings.report.components import by_stream
from crossings.report.first_map import answer_map
from crossings.report.html import Column, short, table
from crossings.report.observations import worst_misses
from crossings.report.view_model import Facts, plural
from crossings.scenario.entities import Threshold
from crossings.views.alerts import alert_text, alerts, level_of
from crossings.views.answer import Answer, CrossingAnswer
from crossings.views.answer_text import period_line, ranged, sentences, title
from crossings.views.language import language
from crossings.views.run_answer import camps_of, run_line, run_sentences, run_title
from crossings.views.trust import trust_lines
from crossings.views.ways import way_round, way_words

__all__ = ["first_screen", "question"]

MOST_CROSSINGS = 6
MOST_BEDS = 4
MOST_CAMPS = 8
WORDS = language("en")


def question(facts: Facts) -> str:
    """The title of the report: the question of a comparison, else the scenario's title."""
    answer = facts.answer() if facts.comparison is not None else None
    return title(answer, WORDS) if answer is not None else run_title(facts.model)


def first_screen(facts: Facts, heading: str) -> Markup:
    """The first screen of every group; heading: the title that stands above it."""
    return by_stream(facts, lambda stream: _screen(facts, stream, heading), "h2")


def _screen(facts: Facts, stream: str, heading: str) -> Markup | None:
    answer = facts.answer(stream)
    if answer is None:
        return el("p", "Nothing was simulated: this report shows the scenario alone.", class_="answer")
    compared = facts.comparison is not None
    line = period_line(answer, WORDS) if compared else run_line(answer, WORDS)
    parts = [el("p", line, class_="period")]
    if compared and title(answer, WORDS) != heading and answer.shut:
        parts.append(el("p", title(answer, WORDS), class_="period strong"))
    assert facts.runs is not None
    said = sentences(answer, WORDS) if compared else run_sentences(answer, facts.runs, facts.model, WORDS)
    parts.append(el("p", join(_bold(s) for s in _spaced(said)), class_="answer", data_figure="answer"))
    parts.append(
        el("div", _map_figure(facts, answer), el("div", *_tables(facts, answer), class_="facts"), class_="screen")
    )
    parts.append(_trust(facts, stream))
    return join(parts)


def _spaced(said: list[str]) -> Iterable[str]:
    return (s + " " for s in said)


_FIGURE = re.compile(r"\d[\d.,]* \([^()]*\d–[^()]*\)|between \d[\d.,]* and \d[\d.,]*")


def _bold(sentence: str) -> Markup:
    """A sentence with its figures and their ranges in bold."""
    parts: list[object] = []
    last = 0
    for match in _FIGURE.finditer(sentence):
        parts += [sentence[last : match.start()], el("strong", match[0])]
        last = match.end()
    return join([*parts, sentence[last:]])


# --- map ---------------------------------------------------------------------------------------


def _map_figure(facts: Facts, answer: Answer) -> Markup | None:
    way = None if facts.without is None else way_round(answer, facts.model, facts.without)
    days = f"{WORDS.short_day(answer.days[0])} to {WORDS.day(answer.days[-1])}"
    name = f"Where {answer.group} cross, {days}"
    drawn = answer_map(facts, answer, way, name)
    if drawn is None:
        return None
    told = "Line width: a day on that road, on average. At a crossing: " + (
        "the day with the largest gain, without → with the orders." if answer.orders else "the busiest day."
    )
    return el(
        "figure",
        el("figcaption", name, class_="quiet"),
        drawn.svg,
        el("p", f"{way_words(way, WORDS)}. {told}" if way else told, class_="source"),
        class_="first-map",
    )


# --- tables ------------------------------------------------------------------------------------


def _tables(facts: Facts, answer: Answer) -> list[Markup]:
    camps = _camps(facts)
    found = [camps, _crossings(facts, answer), None if camps else _beds(facts, answer), _also(facts, answer)]
    return [t for t in found if t is not None]


def _flag(text: str, level: str = "") -> Markup:
    """A figure, whose range may stand on a line of its own; past a threshold with colour, weight and a mark."""
    head, bracket, tail = text.partition(" (")
    mark = {"red": "▲ ", "amber": "△ "}.get(level, "")
    shown = join(
        [
            el("span", mark + head, class_="whole"),
            " " if bracket else "",
            el("span", f"({tail}", class_="whole") if bracket else None,
        ]
    )
    return el("span", shown, class_=f"level {level}" if level else None, title=level or None)


def _worst(figures: Iterable[float], threshold: Threshold) -> str:
    levels = {level_of(v, threshold) for v in figures}
    return "red" if "red" in levels else "amber" if "amber" in levels else ""


def _crossings(facts: Facts, answer: Answer) -> Markup:
    """The open crossings day by day; those with least traffic in one row."""
    limits = facts.model.scenario.settings.thresholds
    shown = [c for c in answer.open if _seen(c)][:MOST_CROSSINGS]
    rest = [c for c in answer.open if c not in shown]
    queues = any(c.most_waiting.p95 >= 0.5 or c.needed.mean >= 0.5 for c in shown)
    rows = [_crossing_row(c, limits.waiting, limits.wait_h, queues) for c in shown]
    if rest:
        days = [WORDS.whole(sum(c.processed[k].mean for c in rest)) for k in range(len(answer.days))]
        rows.append([f"{len(rest)} other{'s' if len(rest) > 1 else ''}", *days, *([""] * 3 if queues else [])])
    columns = [
        Column("open crossing", number=False),
        *(Column(WORDS.short_day(d)) for d in answer.days),
    ]
    if queues:
        columns += [Column("most waiting"), Column("longest wait", "hours"), Column("officers", "needed / on duty")]
    unit = plural(facts.streams[answer.stream])
    note = f"Processed a day, mean of {WORDS.number(answer.runs, 0)} run{'s' if answer.runs > 1 else ''}; in brackets the range of 9 runs in 10."
    if any("level" in str(cell) for row in rows for cell in row):
        note += " ▲ red, △ amber: past a threshold."
    passed = alerts(answer, limits)
    if passed:
        note += " First passed: " + "; ".join(alert_text(a, WORDS) for a in passed[:3]) + "."
    made = table(f"{answer.group} at the open crossings, {unit} a day", columns, rows, note)
    return el("div", made, class_="days-table queues" if queues else "days-table", data_csv=_crossings_csv(answer))


def _seen(c: CrossingAnswer) -> bool:
    return any(f.p95 >= 0.5 for f in c.processed) or c.most_waiting.p95 >= 0.5


def _crossing_row(c: CrossingAnswer, waiting: Threshold, wait: Threshold, queues: bool) -> list[object]:
    short_of = "red" if c.needed.known and c.needed.mean > c.on_duty else ""
    days = [WORDS.whole(f.mean) for f in c.processed]
    if not queues:
        return [short(c.name), *days]
    return [
        short(c.name),
        *days,
        _flag(ranged(c.most_waiting, WORDS), _worst((f.mean for f in c.waiting), waiting)),
        _flag(ranged(c.longest_wait, WORDS, hours=True), _worst((f.mean for f in c.wait_h), wait)),
        _flag(f"{WORDS.number(c.needed.mean)} / {c.on_duty}", short_of),
    ]


def _crossings_csv(answer: Answer) -> str:
    head = (
        "crossing",
        "day",
        "processed",
        "5th percentile",
        "95th percentile",
        "without the orders",
        "arrived",
        "waiting",
        "wait h",
    )
    rows = (
        (
            c.name,
            day.isoformat(),
            f.mean,
            f.p05,
            f.p95,
            c.without[k].mean,
            c.arrived[k].mean,
            c.waiting[k].mean,
            c.wait_h[k].mean,
        )
        for c in answer.crossings
        for k, (day, f) in enumerate(zip(answer.days, c.processed, strict=True))
    )
    return csv_of(head, rows)


def _beds(facts: Facts, answer: Answer) -> Markup | None:
    if not answer.beds:
        return None
    limit = facts.model.scenario.settings.thresholds.beds_share
    rows: list[list[object]] = []
    for b in answer.beds[:MOST_BEDS]:
        level = _worst((n / b.capacity for _, n in b.present if b.capacity > 0), limit)
        full = WORDS.day(b.full_on) if b.full_on else ""
        rows.append([b.name, WORDS.number(b.capacity), _flag(ranged(b.most, WORDS), level), full])
    columns = [Column("beds", number=False), Column("places"), Column("most present"), Column("full on", number=False)]
    return el("div", table("Beds", columns, rows), class_="untitled")


def _camps(facts: Facts) -> Markup | None:
    """Camps where people were counted: simulated beside counted on the last day of a count."""
    found = camps_of(facts.runs, facts.model) if facts.runs is not None else ()
    if not found:
        return None
    off = sum(abs(c.simulated - c.counted) for c in found) / max(sum(c.counted for c in found), 1.0)
    rows = [
        [
            c.name,
            WORDS.whole(c.simulated),
            WORDS.whole(c.counted),
            "–" if c.capacity is None else WORDS.number(c.capacity),
            f"{c.day.day} {WORDS.day(c.day).split()[-1]} {c.day.year}",
        ]
        for c in found[:MOST_CAMPS]
    ]
    columns = [
        Column("camp", number=False),
        Column("simulated"),
        Column("counted"),
        Column("room for"),
        Column("last count", number=False),
    ]
    note = f"Differences on that day add up to {off:.0%} of the people counted, over {len(found)} camp{'s' if len(found) > 1 else ''}."
    return el("div", table("People in camps, simulated and counted", columns, rows, note), class_="untitled")


def _also(facts: Facts, answer: Answer) -> Markup | None:
    """Other groups, and the longest stretch of border without a crossing open to this one."""
    rows: list[list[object]] = []
    for other in answer.others:
        if other.elsewhere.mean + other.not_made.mean >= 0.5:
            unit = plural(facts.streams[other.stream])
            named = other.name if unit == other.name else f"{other.name} ({unit})"
            rows.append([named, _flag(ranged(other.elsewhere, WORDS)), _flag(ranged(other.not_made, WORDS))])
    note: object = ""
    if answer.gap_km is not None:
        without, now = (WORDS.number(km, 0) for km in answer.gap_km)
        level = level_of(answer.gap_km[1], facts.model.scenario.settings.thresholds.gap_km)
        text = f"Longest stretch of border with no crossing open to {answer.group}: without the orders {without} km, with them "
        note = join([text, _flag(f"{now} km", level), "."])
    if not rows:
        return el("p", note, class_="source") if note else None
    columns = [Column("also affected", number=False), Column("cross elsewhere"), Column("do not cross")]
    return el("div", table("Other groups, while the orders are in force", columns, rows, note), class_="untitled")


# --- trust -------------------------------------------------------------------------------------


def _trust(facts: Facts, stream: str) -> Markup:
    assert facts.runs is not None
    rows = (
        []
        if facts.beside.is_empty()
        else [r for r in facts.beside.iter_rows(named=True) if r["scored"] and stream in r["streams"].split(";")]
    )
    lines = trust_lines(
        facts.model.scenario,
        len(facts.runs.seeds),
        fitted=bool(facts.fit_hash),
        counts=len(rows),
        inside=sum(bool(r["inside"]) for r in rows) if facts.judged and rows else None,
        misses=worst_misses(facts, rows, 2) if facts.judged else (),
        places=len({row.place for row in facts.model.scenario.headcounts}),
        claims=facts.claims,
        words=WORDS,
    )
    return el(
        "aside",
        el("strong", "How far to trust this. "),
        *(el("span", line + " ") for line in lines),
        class_="trust",
        aria_label="How far to trust this",
    )
