"""Simulated beside observed: every count with the band that the model has in its place, misses included."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from crossings.cli.formatting import banded, number, numbers, print_table, texts
from crossings.io.faults import counted
from crossings.observations.matching import LEAST_RUNS

if TYPE_CHECKING:
    import polars as pl


def print_seen(table: pl.DataFrame, note: str) -> None:
    """Print the table of `crossings.observations.matching.beside`, and how many verified counts are in the range."""
    years = sorted({when.year for name in ("from", "until") for when in table[name]})
    within = years[0] if len(years) == 1 else None
    rows = [
        [row["id"], _period(row["from"], row["until"], within is None), _count(row), banded(row, ""), _verdict(row)]
        for row in table.iter_rows(named=True)
    ]
    scored = table.filter(table["scored"])
    judged = bool(scored["inside"].is_not_null().any())
    hits = int(scored["inside"].sum())
    when = f"when, in {within}" if within else "when"
    columns = [*texts("count", when), *numbers("observed", "simulated"), *texts("in the range?")]
    title = f"Validation: {hits} of {counted(scored.height, 'verified count')} in the 90 % range"
    few = ""
    if not judged:
        title = f"Validation: {counted(scored.height, 'verified count')}"
        few = f"\n?: fewer than {LEAST_RUNS} runs, whose range is too narrow to call a count a hit or a miss"
    words = f"simulated: {note}{few}\nMISS: the whole range is too low or too high; in brackets: counts that contradict others or lie outside the model, not scored; 50+: at least 50; -: the model has no counterpart"
    print_table(title, columns, rows, note=words, empty="there is no count")


def _count(row: dict[str, Any]) -> str:
    shown = number(row["count"])
    if row["count_max"] is not None and row["count_max"] != row["count"]:
        shown += f"-{number(row['count_max'])}"
    if row["status"] == "lower_bound":
        shown += "+"
    return shown if row["what"] == "crossed" else f"{shown} {row['what']}"


def _verdict(row: dict[str, Any]) -> str:
    if row["inside"] is None:
        return "-" if row["mean"] is None else "?"
    said = "yes" if row["inside"] else "low" if row["p95"] < row["count"] else "high"
    if not row["scored"]:
        return f"({said})"
    return said if row["inside"] else f"MISS, {said}"


def _period(begin: dt.datetime, end: dt.datetime, with_year: bool) -> str:
    """'11-17', '11-17 06:00-18:00', or '11-06 to 11-12'."""
    day = "%Y-%m-%d" if with_year else "%m-%d"
    last = end - dt.timedelta(minutes=1)
    midnights = begin.time() == end.time() == dt.time(0)
    closing = "24:00" if end.time() == dt.time(0) else f"{end:%H:%M}"
    if begin.date() == last.date():
        return f"{begin:{day}}" + ("" if midnights else f" {begin:%H:%M}-{closing}")
    if midnights:
        return f"{begin:{day}} to {last:{day}}"
    return (
        f"{begin:{day}} to {last:{day}} {closing}"
        if begin.time() == dt.time(0)
        else f"{begin:{day} %H:%M} to {last:{day}} {closing}"
    )
