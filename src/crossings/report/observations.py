"""Simulated beside observed, misses marked."""

from __future__ import annotations

from typing import Any

from crossings.charts import el, join
from crossings.observations import LEAST_RUNS
from crossings.report.components import Section, reading
from crossings.report.html import Column, amount, banded, folded, linked, table
from crossings.report.marks import period_text
from crossings.report.view_model import Facts

__all__ = ["seen_section", "worst_misses"]

TOO_FEW = f"None is called a hit or a miss: that needs {LEAST_RUNS} runs or more, as the band of fewer is too narrow."


def seen_section(facts: Facts) -> Section | None:
    """Every count beside what is simulated in its place; None where there is no count."""
    if not facts.counts or facts.runs is None or facts.beside.is_empty():
        return None
    beside = facts.beside
    by_id = {o.id: o for o in facts.counts}
    rows = [row for row in beside.iter_rows(named=True) if row["id"] in by_id]
    firm = [r for r in rows if r["scored"]]
    inside = [r for r in firm if r["inside"]]
    text = f"{len(inside)} of {len(firm)} firm counts lie between the 5th and the 95th percentile of runs."
    if not facts.judged:
        text = f"{len(firm)} firm counts. {TOO_FEW}"
    said = worst_misses(facts, firm, 3)
    if said:
        text += " The misses that lie furthest out: " + "; ".join(said) + "."
    columns = [
        Column("where, for whom, when", "local time", number=False),
        Column("counted", "persons"),
        Column("simulated", "mean, range"),
        Column("in the range?", number=False),
    ]
    # Misses first, then by crossing: what is wrong is looked for.
    rows.sort(key=lambda r: (r["inside"] is not False or not r["scored"], r["crossings"]))
    modelled = [r for r in rows if r["status"] != "off-model"]
    apart = [r for r in rows if r["status"] == "off-model"]
    note = f"Times of {facts.clock}. Firm: final, derived or lower bound. In brackets: contradicts other counts, so not scored. Of those waiting, the number at the middle of the period."
    parts = [
        reading(text),
        el(
            "div",
            table("Counts, and what was simulated in their place", columns, [_row(facts, r) for r in modelled], note),
            class_="compact",
        ),
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
    parts.append(folded("Where each count comes from", table("Sources of the counts", heads, notes)))
    return Section("seen", "Validation", join(parts), prints=True)


def worst_misses(facts: Facts, rows: list[dict[str, Any]], most: int) -> list[str]:
    """The counts that lie furthest outside the range, in words."""
    worst = sorted((r for r in rows if r["inside"] is False), key=lambda r: -_distance(r))[:most]
    return [
        f"{_where(facts, r)} {period_text(r['from'], r['until'])}: counted {_count(r)}, simulated {banded(r)}"
        for r in worst
    ]


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
        join(
            [
                f"{_where(facts, row)}: {whom}{way}{what}",
                el(
                    "span",
                    f"{period_text(row['from'], row['until'])}; {row['status'].replace('_', ' ')}",
                    class_="unit",
                ),
            ]
        ),
        _count(row),
        "–" if row["mean"] is None else banded(row),
        _verdict(row),
    ]


def _verdict(row: dict[str, Any]) -> object:
    if row["inside"] is None:
        return "no counterpart" if row["mean"] is None else "not judged"
    side = "" if row["inside"] else "too low" if row["p95"] < row["count"] else "too high"
    if not row["scored"]:
        return f"({side or 'inside'})"
    return el("strong", f"✗ miss, {side}", class_="miss-text") if side else "✓ inside"
