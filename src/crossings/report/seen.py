"""Simulated beside observed, misses marked; and the claims with the figures that bear on them."""

from __future__ import annotations

from typing import Any

import numpy as np

from crossings.charts import Markup, day_text, el, join
from crossings.report.counted import period_text
from crossings.report.effects import cells, would_have_crossed
from crossings.report.facts import Facts, plural
from crossings.report.html import Column, amount, banded, folded, linked, table
from crossings.report.moments import key_days
from crossings.report.parts import Section, reading
from crossings.report.reach import gaps_of
from crossings.results import band

__all__ = ["claims_section", "seen_section"]


def seen_section(facts: Facts) -> Section | None:
    """Every count beside what is simulated in its place; None where there is no count."""
    if not facts.counts or facts.runs is None or facts.beside.is_empty():
        return None
    beside = facts.beside
    by_id = {o.id: o for o in facts.counts}
    rows = [row for row in beside.iter_rows(named=True) if row["id"] in by_id]
    firm = [r for r in rows if r["scored"]]
    inside = [r for r in firm if r["inside"]]
    text = f"{len(inside)} of {len(firm)} firm counts lie inside the simulated 90% band."
    worst = sorted((r for r in firm if not r["inside"]), key=lambda r: -_distance(r))[:3]
    if worst:
        said = [
            f"{_where(facts, r)} {period_text(r['from'], r['until'])}: counted {_count(r)}, simulated {banded(r)}"
            for r in worst
        ]
        text += " The misses that lie furthest out: " + "; ".join(said) + "."
    columns = [
        Column("where and for whom", number=False),
        Column("when", "local time", number=False),
        Column("counted", "persons"),
        Column("how firm", number=False),
        Column("simulated", "mean (90% band)"),
        Column("inside the band?", number=False),
    ]
    modelled = [r for r in rows if r["status"] != "off-model"]
    apart = [r for r in rows if r["status"] == "off-model"]
    note = f"Times of {facts.clock}. Firm: final, derived or lower bound. In brackets: contradicts other counts, so not scored. Of those waiting, the number at the middle of the period."
    parts = [
        reading(text),
        table("Simulated beside observed", columns, [_row(facts, r) for r in modelled], note),
    ]
    if apart:
        parts.append(
            table(
                "Counted, but outside the model",
                columns,
                [_row(facts, r) for r in apart],
                "Shown, not scored: the model has nothing in their place.",
            )
        )
    notes = [[r["id"], by_id[r["id"]].note, linked(by_id[r["id"]].source)] for r in rows]
    heads = [Column("count", number=False), Column("working, or caution", number=False), Column("source", number=False)]
    parts.append(folded("Where each count comes from", table("Sources of the counts", heads, notes), print_it=True))
    return Section("seen", "Simulated beside observed", join(parts))


def _distance(row: dict[str, Any]) -> float:
    """How many half-widths of the band a count lies from its mean."""
    half = max(1.0, (row["p95"] - row["p05"]) / 2)
    return float(abs(row["count"] - row["mean"]) / half)


def _where(facts: Facts, row: dict[str, Any]) -> str:
    return facts.set_name(row["crossings"].split(";"))


def _count(row: dict[str, Any]) -> str:
    shown = amount(row["count"])
    if row["count_max"] is not None and row["count_max"] != row["count"]:
        shown += f"–{amount(row['count_max'])}"
    if row["status"] == "lower_bound":
        shown = f"at least {shown}"
    if row["unit"] == "vehicles":
        shown += " vehicles"
    return shown


def _row(facts: Facts, row: dict[str, Any]) -> list[object]:
    whom = ", ".join(facts.stream_name(s) for s in row["streams"].split(";"))
    way = (
        f" into {facts.country(row['direction'])}"
        if row["direction"] and any(len(facts.directions(s)) > 1 for s in row["streams"].split(";"))
        else ""
    )
    what = "" if row["what"] == "crossed" else f", {row['what']}"
    return [
        f"{_where(facts, row)}: {whom}{way}{what}",
        period_text(row["from"], row["until"]),
        _count(row),
        row["status"].replace("_", " "),
        "–" if row["mean"] is None else banded(row),
        _verdict(row),
    ]


def _verdict(row: dict[str, Any]) -> object:
    if row["inside"] is None:
        return "no counterpart"
    side = "" if row["inside"] else "too low" if row["p95"] < row["count"] else "too high"
    if not row["scored"]:
        return f"({side or 'inside'})"
    return el("strong", f"✗ miss, {side}", class_="miss-text") if side else "✓ inside"


# --- claims ------------------------------------------------------------------------------------

_NOT_YET = {"evidence_ratio": "not measured in this version"}


def claims_section(facts: Facts) -> Section | None:
    """What was said, and the figures that bear on it; no verdict."""
    claims = facts.model.scenario.claims
    if not claims:
        return None
    rows = [
        [
            c.words,
            c.by,
            day_text(c.date, True).replace(" ", "\u00a0"),
            f"{c.measure.replace('_', ' ')} {c.comparison} {c.value}".strip() if c.measure else "",
            _measured(facts, c.measure),
            linked(c.source),
        ]
        for c in claims
    ]
    columns = [
        Column("claim", "in our words", number=False),
        Column("by", number=False),
        Column("date", number=False),
        Column("measure it is held to", number=False),
        Column("what comes out", "mean (90% band)", number=False),
        Column("source", number=False),
    ]
    found = facts.comparison
    note = (
        f"Figures set the scenario {found.scenario} against {found.baseline}: all the orders that differ at once, also where a claim speaks of one."
        if found
        else ""
    )
    measured = sum(
        _measured(facts, c.measure)
        not in ("not testable here", *_NOT_YET.values(), "not measured: no comparison was made")
        for c in claims
    )
    text = f"For {measured} of {len(claims)} claims the model has a figure; it stands beside the claim. No verdict is given: the band holds the chance of the draws, not the doubt about the parameters, and questions of law or intent have no figure."
    return Section(
        "claims",
        "What was claimed, and the figures beside it",
        join([reading(text), table("Claims by all sides", columns, rows, note)]),
    )


def _measured(facts: Facts, measure: str) -> object:
    if not measure:
        return "not testable here"
    if measure == "longest_gap":
        return _gap_text(facts)
    found = facts.comparison
    if measure not in ("change_of_arrivals", "share_diverted", "persons_affected"):
        return _NOT_YET.get(measure, "not measured in this version")
    if found is None:
        return "not measured: no comparison was made"
    if measure == "persons_affected":
        parts = ("diverted", "delayed", "advanced", "deterred", "stranded", "pending", "induced")
        each = [cells(found, s, parts) * facts.streams[s].persons for s in found.streams]
        said = [f"{facts.stream_name(s)} {banded(band(v))}" for s, v in zip(found.streams, each, strict=True)]
        return _lines([f"persons in all: {banded(band(np.sum(each, axis=0)))}", *said])
    lines = []
    for s in found.streams:
        before = would_have_crossed(found, s)
        if not before.any():
            continue
        with np.errstate(invalid="ignore", divide="ignore"):
            if measure == "share_diverted":
                share = 100 * cells(found, s, ("diverted",)) / before
                lines.append(f"{facts.stream_name(s)}: {banded(band(share))} % of those who would have crossed")
            else:
                change = cells(found, s, ("induced",)) - cells(found, s, ("deterred", "stranded", "pending"))
                lines.append(
                    f"{facts.stream_name(s)}: {banded(band(change))} {plural(facts.streams[s])}, {banded(band(100 * change / before))} %"
                )
    return _lines(lines)


def _gap_text(facts: Facts) -> object:
    stream = next(iter(facts.streams))
    changes = set(key_days(facts))
    lines: list[str] = []
    for border in (b.id for b in facts.model.scenario.borders if b.id in facts.model.scenario.lines):
        gaps = gaps_of(facts, stream, border)
        if gaps is None:
            continue
        last = -1.0
        for day, gap, free in zip(facts.days, *gaps, strict=True):
            wanted = day == facts.days[0] or day in changes
            if wanted and np.isfinite(gap) and abs(gap - last) > 0.5:
                lines.append(f"{amount(gap, 0)} km from {day_text(day)} ({int(free) or 'none'} open)")
                last = float(gap)
    if not lines:
        return "not measured: no border has a line"
    return f"{facts.stream_name(stream)}, longest stretch without an open crossing (no band): {', '.join(lines)}"


def _lines(lines: list[str]) -> Markup:
    return join(lines, "\n") if len(lines) < 2 else join([el("span", line, class_="line") for line in lines])
