"""Simulated beside observed: every count with the band that the model has in its place, misses included."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from crossings.cli.showing import banded, number, print_table

if TYPE_CHECKING:
    import polars as pl

__all__ = ["print_seen"]

MOST = {"lower_bound": "at least"}


def print_seen(table: pl.DataFrame, note: str) -> None:
    """Print the table of `crossings.observations.beside`, and how many firm counts are inside the band."""
    rows = []
    for row in table.iter_rows(named=True):
        what = row["id"] if row["what"] == "crossed" else f"{row['id']} ({row['what']})"
        rows.append([what, _period(row["from"], row["until"]), _count(row), banded(row, ""), _verdict(row)])
    scored = table.filter(table["scored"])
    hits = int(scored["inside"].sum())
    columns = [("count", False), ("period, local time", False), ("observed", True), ("simulated", True), ("in the band?", False)]
    title = f"Simulated beside observed: {hits} of {scored.height} firm counts inside the band"
    words = "simulated: " + note + ". Counts that contradict others, or lie outside the model, are shown and not scored"
    print_table(title, columns, rows, note=words, empty="there is no count")


def _count(row: dict[str, Any]) -> str:
    shown = number(row["count"])
    if row["count_max"] is not None and row["count_max"] != row["count"]:
        shown += f" to {number(row['count_max'])}"
    return f"{MOST[row['status']]} {shown}" if row["status"] in MOST else shown


def _verdict(row: dict[str, Any]) -> str:
    if row["inside"] is None:
        return "no counterpart"
    said = "yes" if row["inside"] else f"MISS, {'too few' if row['p95'] < row['count'] else 'too many'}"
    return said if row["scored"] else f"{said.lower()} ({row['status']})"


def _period(begin: dt.datetime, end: dt.datetime) -> str:
    """'11-17', '11-17 06-18 h', or '11-06 to 11-12'."""
    last = end - dt.timedelta(minutes=1)
    midnights = begin.time() == end.time() == dt.time(0)
    if begin.date() == last.date():
        hours = "" if midnights else f" {begin:%H:%M}-{'24:00' if end.time() == dt.time(0) else f'{end:%H:%M}'}"
        return f"{begin:%Y-%m-%d}{hours}"
    if midnights:
        return f"{begin:%Y-%m-%d} to {last:%m-%d}"
    return f"{begin:%Y-%m-%d %H:%M} to {end:%m-%d %H:%M}"
