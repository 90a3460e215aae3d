"""The tables that `crossings run` prints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import crossings as cx
from crossings.cli.formatting import banded, caption, number, numbers, print_table, texts
from crossings.store.endings import ALL_WORDS, ENDINGS, endings
from crossings.store.results import COUNTS, band


def print_runs(runs: cx.Runs, by: str | None) -> None:
    """The whole period, or a row for each day or hour in which something happened."""
    if by is not None:
        _print_periods(runs, by)
        return
    whole = _whole_period(runs)
    for stream in dict.fromkeys(s for _, _, s in runs.gates):
        _print_gates(runs, stream, *whole)
    _print_totals(runs)
    _print_places(runs)
    _print_seen(runs)


Floats = np.ndarray[Any, np.dtype[np.float64]]


def _whole_period(runs: cx.Runs) -> tuple[Floats, Floats, Floats]:
    """Of each seed: the counts of all periods together [K, G, 5], the longest queue [K, G] and the worst p95 wait [K, G]."""
    total, queue, worst = [], [], []
    for t in runs.tallies:  # a seed at a time: they may be many, and on the disk
        total.append(t.counts.sum(axis=0))
        queue.append(t.counts[..., COUNTS.index("waiting")].max(axis=0))
        worst.append(np.where(np.isnan(t.waits[..., 2]), -1.0, t.waits[..., 2]).max(axis=0))
    longest = np.array(worst, float)
    return np.array(total, float), np.array(queue, float), np.where(longest < 0, np.nan, longest)


def _print_gates(runs: cx.Runs, stream: str, total: Floats, queue: Floats, worst: Floats) -> None:
    rows = []
    for g, (crossing, direction, name) in enumerate(runs.gates):
        if name == stream and total[:, g, : COUNTS.index("waiting")].any():
            arrived, crossed, turned_away, reneged = (total[:, g, k] for k in range(4))
            rows.append(
                [crossing, direction, *map(_band, (arrived, crossed, turned_away + reneged, queue[:, g], worst[:, g]))]
            )
    every = "hour" if runs.by == "hour" else "day"
    columns = [*texts("crossing", "into"), *numbers("came", "crossed", "left unserved")]
    columns += numbers(f"longest queue at a {every}'s end", f"wait p95 on the worst {every}, h")
    print_table(
        f"{stream}: the whole period, {runs.periods[0]:%Y-%m-%d} to {runs.periods[-1]:%Y-%m-%d}",
        columns,
        rows,
        note=_note(runs),
        empty="nobody came",
    )


def _note(runs: cx.Runs) -> str:
    return f"{caption(runs.made_by)}\nleft unserved: turned away or out of patience"


def _band(values: np.ndarray[Any, Any]) -> str:
    """The band of one number a seed."""
    return banded({name: float(v[0]) for name, v in band(values[:, None]).items()}, "")


def _print_totals(runs: cx.Runs) -> None:
    totals = np.stack([t.totals for t in runs.tallies]).astype(float)
    ends = endings(totals)
    shown = [(ALL_WORDS, totals.sum(axis=2))]
    shown += [(e.words, ends[e.key]) for e in ENDINGS if ends[e.key].any()]
    rows = [
        [stream, origin, *(_band(values[:, q]) for _, values in shown)] for q, (stream, origin) in enumerate(runs.cells)
    ]
    columns = [*texts("stream", "origin"), *numbers(*(name for name, _ in shown))]
    print_table(
        f"Where everybody is at the end, {runs.periods[-1]:%Y-%m-%d}", columns, rows, note=caption(runs.made_by)
    )


def _print_places(runs: cx.Runs) -> None:
    """Places with a capacity, and those who found them full."""
    present = np.stack([t.present for t in runs.tallies])
    peak = present.mean(axis=0).argmax(axis=0)
    over = np.stack([t.over.sum(axis=0) for t in runs.tallies])
    rows = [
        [site, number(capacity), _band(present[:, peak[d], d]), _band(over[:, d])]
        for d, (site, capacity) in enumerate(zip(runs.sites, runs.capacity, strict=True))
        if capacity is not None
    ]
    if rows:
        columns = [*texts("place"), *numbers("capacity, persons", "most present", "came when it was full")]
        print_table("Places with a capacity", columns, rows, note=caption(runs.made_by))


def _print_seen(runs: cx.Runs) -> None:
    if runs.observations and len(runs.tallies) > 1:
        from crossings.cli.observation_tables import print_seen

        print_seen(cx.beside(runs), caption(runs.made_by))


def _print_periods(runs: cx.Runs, by: str) -> None:
    columns = [*texts(by, "crossing", "stream"), *numbers("came", "crossed", "left unserved", "waiting at its end")]
    columns += numbers("wait p95, h", *(["servers needed"] if by == "day" else []))
    rows = _period_rows(runs, by)
    print_table(f"Every {by} in which something happened", columns, rows, note=_note(runs), empty="nobody came")


def _period_rows(runs: cx.Runs, by: str) -> Iterator[list[str]]:
    flat = runs.over_seeds("flows", "turned_away", "reneged")
    names = ["waiting", "wait_p95_h", *(["servers_needed"] if by == "day" else [])]
    for i, row in enumerate(runs.flows.iter_rows(named=True)):
        if any(row[f"{name}_mean"] for name in COUNTS):
            left = banded({name: float(value[i]) for name, value in flat.items()}, "")
            where = f"{row['crossing']} to {row['direction']}"
            cells = [banded(row, "arrived"), banded(row, "crossed"), left, *(banded(row, name) for name in names)]
            yield [row["date"].replace("T", "\N{NO-BREAK SPACE}"), where, row["stream"], *cells]
