"""Simulated beside observed, misses marked."""

from __future__ import annotations

from typing import Any

from crossings.observations.matching import LEAST_RUNS
from crossings.report.components import AnnexSection, CaptionedTable, numbers, texts
from crossings.report.view_model import Facts
from crossings.views.document import TableCell


def seen_section(facts: Facts) -> AnnexSection | None:
    """Every count beside what is simulated in its place; None where there is no count."""
    if not facts.counts or facts.runs is None or facts.beside.is_empty():
        return None
    say = facts.words.say
    by_id = {o.id: o for o in facts.counts}
    rows = [row for row in facts.beside.iter_rows(named=True) if row["id"] in by_id]
    columns = [
        *texts((say("where, for whom, when"), say("local time"))),
        *numbers((say("counted"), say("persons")), (say("simulated"), say("mean, range"))),
        *texts(say("in the range?")),
    ]
    # Misses first, then by crossing: what is wrong is looked for.
    rows.sort(key=lambda r: (r["inside"] is not False or not r["scored"], r["crossings"]))
    apart, modelled = ([_row(facts, r) for r in rows if (r["status"] == "off-model") is off] for off in (True, False))
    note = say(
        "Times of {zone}. Verified: final, derived or lower bound. In brackets: contradicts other counts, so not scored. Of those waiting, the number at the middle of the period.",
        zone=facts.clock,
    )
    outside = say("Shown, not scored: the model has nothing in their place.")
    view = {
        "said": _said(facts, [r for r in rows if r["scored"]]),
        "table": CaptionedTable(say("Counts, and what was simulated in their place"), columns, modelled, note),
        "apart": CaptionedTable(say("Counted, but outside the model"), columns, apart, outside) if apart else None,
        "sources": [(r["id"], by_id[r["id"]].note, by_id[r["id"]].source) for r in rows],
    }
    return AnnexSection("seen", say("Validation"), view, prints=True)


def _said(facts: Facts, firm: list[dict[str, Any]]) -> str:
    words, say = facts.words, facts.words.say
    if facts.judged:
        text = say(
            "{inside} of {number} verified counts lie in the 90 % range (5th to 95th percentile of the runs).",
            inside=words.number(sum(bool(r["inside"]) for r in firm)),
            number=words.number(len(firm)),
        )
    else:
        text = say(
            "{number} verified counts. None is called a hit or a miss: that needs {least} runs or more, as the range of fewer is too narrow.",
            number=words.number(len(firm)),
            least=words.number(LEAST_RUNS),
        )
    misses = worst_misses(facts, firm, 3)
    return f"{text} {say('Worst misses: {list}.', list='; '.join(misses))}" if misses else text


def worst_misses(facts: Facts, rows: list[dict[str, Any]], most: int) -> list[str]:
    """The counts that lie furthest outside the range, in words."""
    worst = sorted((r for r in rows if r["inside"] is False), key=lambda r: -_distance(r))[:most]
    return [
        facts.words.say(
            "{where} {period}: counted {count}, simulated {range}",
            where=_where(facts, r),
            period=facts.words.period(r["from"], r["until"]),
            count=_count(facts, r),
            range=facts.words.banded(r),
        )
        for r in worst
    ]


def _distance(row: dict[str, Any]) -> float:
    """How many half-widths of the range a count lies from its mean."""
    half = max(1.0, (row["p95"] - row["p05"]) / 2)
    return float(abs(row["count"] - row["mean"]) / half)


def _where(facts: Facts, row: dict[str, Any]) -> str:
    return facts.set_name(row["crossings"].split(";"))


def _count(facts: Facts, row: dict[str, Any]) -> str:
    number, say = facts.words.number, facts.words.say
    shown = number(row["count"])
    if row["count_max"] is not None and row["count_max"] != row["count"]:
        shown += f"–{number(row['count_max'])}"
    if row["status"] == "lower_bound":
        shown = say("at least {number}", number=shown)
    return say("{number} vehicles", number=shown) if row["unit"] == "vehicles" else shown


def _row(facts: Facts, row: dict[str, Any]) -> list[object]:
    words, say = facts.words, facts.words.say
    streams = row["streams"].split(";")
    what = f"{_where(facts, row)}: {', '.join(facts.stream_name(s) for s in streams)}"
    if row["direction"] and any(len(facts.directions(s)) > 1 for s in streams):
        what += say(", into {country}", country=facts.country(row["direction"]))
    if row["what"] != "crossed":
        what += f", {words.name(row['what'])}"
    status = words.name(row["status"].replace("_", " "))
    return [
        TableCell(what, small=f"{words.period(row['from'], row['until'])}; {status}"),
        _count(facts, row),
        words.banded(row),
        _verdict(facts, row),
    ]


def _verdict(facts: Facts, row: dict[str, Any]) -> object:
    say = facts.words.say
    if row["inside"] is None:
        return say("no counterpart") if row["mean"] is None else say("not judged")
    if row["inside"]:
        return say("✓ inside") if row["scored"] else f"({say('inside')})"
    low = row["p95"] < row["count"]
    if not row["scored"]:
        return f"({say('too low') if low else say('too high')})"
    return TableCell(say("✗ miss, too low") if low else say("✗ miss, too high"), strong=True, kind="miss-text")
