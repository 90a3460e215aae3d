"""Hostile random worlds, looked at from the outside: their tables alone have to be possible.

    python verification/worlds.py --worlds 10000 --seed 1

A world is a scenario as hostile as `check` lets it be (`tests/worlds.py`), run for one seed. Of its tables, without the model:
the states of `totals` add up to `created`; at each crossing and at the end of every period, those across, those who left and
those who wait are no more than those who came, and at the end the difference is those being served; `fates` have as many people
in each state as `totals`, and no more across at a crossing than `flows`; nobody gets across before setting out, or where no
crossing is named; no number is negative or none. Every other world is looked at by the hour. Exit status 1, and what is wrong, if
a table is not possible.
"""

from __future__ import annotations

import argparse
import datetime as dt
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests")]

PART = 100  # worlds drawn one after another; the next ones begin anew, so that they differ more
STATES = ["at_home", "on_road", "queueing", "in_service", "after_border", "arrived", "gave_up", "no_alternative"]


def mean(table: pl.DataFrame, *names: str) -> pl.DataFrame:
    """The counts of one seed, without their bands."""
    keys = [c for c in table.columns if not c.endswith(("_mean", "_p05", "_p50", "_p95"))]
    return table.select(*keys, *[pl.col(f"{name}_mean").alias(name) for name in names])


def wrong(result: Any, zone: ZoneInfo) -> list[str]:
    """What is impossible in the tables of a run; empty where nothing is."""
    totals = mean(result.runs.totals, "created", *STATES)
    flows = mean(result.runs.flows, "arrived", "crossed", "turned_away", "reneged", "waiting")
    fates = result.fates
    found = []
    for name, table in (("totals", totals), ("flows", flows)):
        numbers = table.select(pl.selectors.numeric())
        if numbers.height and (numbers.null_count().to_numpy().any() or (numbers.to_numpy() < 0).any()):
            found.append(f"{name}: a number below 0, or none")
    if totals.filter(pl.sum_horizontal(STATES) != pl.col("created")).height:
        found.append("totals: the states do not add up to those created")
    of_states = totals.unpivot(STATES, variable_name="state", value_name="n").group_by("state").agg(pl.col("n").sum())
    in_fates = dict(fates.group_by("state").len().rows())
    for state, n in of_states.rows():
        if in_fates.get(state.replace("_", " "), in_fates.get(state, 0)) != n:
            found.append(f"{state}: {n:g} in totals, {in_fates.get(state, 0)} in fates")
    found += unaccounted(flows, totals)
    across = fates.filter(pl.col("crossed").is_not_null())
    if across.filter(pl.col("crossing").is_null() | (pl.col("crossing") == "")).height:
        found.append("fates: across, and nowhere")
    if any(_late(left, zone, 1) < _late(home, zone, 0) for home, left in _times(across)):
        found.append("fates: across before setting out")
    here = across.group_by("crossing", "stream").len("n")
    there = flows.group_by("crossing", "stream").agg(pl.col("crossed").sum())
    for row in here.join(there, on=["crossing", "stream"], how="left").iter_rows(named=True):
        if row["n"] > (row["crossed"] or 0):
            found.append(f"{row['crossing']}, {row['stream']}: {row['n']} across by fates, {row['crossed']} by flows")
    return found


def _times(across: pl.DataFrame) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """When each of those who are across set out, and when it got across."""
    known = across.filter(pl.col("left").is_not_null()).select(pl.col("left", "crossed").cast(pl.String))
    for left, crossed in known.iter_rows():
        yield dt.datetime.fromisoformat(left), dt.datetime.fromisoformat(crossed)


def _late(when: dt.datetime, zone: ZoneInfo, fold: int) -> dt.datetime:
    """An instant; of an hour that clocks repeat the first (fold 0) or the second."""
    return when.replace(tzinfo=zone, fold=fold).astimezone(dt.UTC)


def unaccounted(flows: pl.DataFrame, totals: pl.DataFrame) -> list[str]:
    """Those who came and are neither across, nor away, nor waiting, are being served: never fewer than none."""
    served = pl.col("arrived") - pl.col("crossed") - pl.col("turned_away") - pl.col("reneged")
    # In the order in which the table has its periods: by their names, the hour that clocks repeat would be one.
    kept = flows.with_columns(served.cum_sum().over("crossing", "direction", "stream") - pl.col("waiting"))
    short = kept.filter(pl.col("arrived") < 0)
    found = [
        f"{crossing} towards {way}, {stream}, {date}: {-n:g} more across, away or waiting than came"
        for date, crossing, stream, way, n in short.select("date", "crossing", "stream", "direction", "arrived").rows()
    ]
    last = kept.group_by("crossing", "direction", "stream").last().group_by("stream").agg(pl.col("arrived").sum())
    being = totals.group_by("stream").agg(pl.col("in_service").sum())
    for stream, left, n in last.join(being, on="stream").filter(pl.col("arrived") != pl.col("in_service")).rows():
        found.append(f"{stream}: {left:g} in service by flows, {n:g} by totals")
    return found


def part(number_of: int, first: int) -> tuple[dict[str, int], list[str]]:
    """So many worlds, fixed by a seed: what was counted, and what is wrong."""
    import worlds
    from crossings.errors import InputError
    from crossings.model import Model
    from crossings.simulation.ensemble import run

    count, said = dict.fromkeys(("worlds", "refused", "travellers", "wrong"), 0), []

    @seed(first)
    @settings(
        max_examples=number_of,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(worlds.scenarios(), st.integers(0, 2**64 - 1))
    def one(scenario: Any, number: int) -> None:
        count["worlds"] += 1
        try:
            result = run(Model(scenario), seed=number, by="hour" if number % 2 else "day")
        except InputError:
            count["refused"] += 1
            return
        count["travellers"] += result.fates.height
        faults = wrong(result, ZoneInfo(scenario.settings.timezone))
        if faults:
            count["wrong"] += 1
            said.append(f"part {first}, world {count['worlds']}, seed {number}: {'; '.join(faults[:3])}")

    one()
    return count, said


def main(arguments: list[str] | None = None) -> int:
    """Try worlds; 1 if the tables of one are not possible."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--worlds", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args(arguments)
    began, total = time.monotonic(), Counter[str]()
    sizes = [min(PART, chosen.worlds - first) for first in range(0, chosen.worlds, PART)]
    with ProcessPoolExecutor(chosen.jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        for count, said in pool.map(part, sizes, range(chosen.seed * 10_000, chosen.seed * 10_000 + len(sizes))):
            total.update(count)
            if total["worlds"] % (10 * PART) == 0:
                print(f"{total['worlds']:,} worlds", file=sys.stderr, flush=True)
            for line in said:
                print(line, flush=True)
    print(
        f"{total['worlds']:,} worlds with {total['travellers']:,} travellers in {time.monotonic() - began:,.0f} s: "
        f"{total['refused']:,} refused, {total['wrong']:,} with tables that are not possible"
    )
    return 1 if total["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
