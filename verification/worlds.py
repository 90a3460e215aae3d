"""Hostile random worlds, looked at from the outside: their tables alone have to be possible.

    python verification/worlds.py --worlds 10000 --seed 1

A world is a scenario as hostile as `check` lets it be (`tests/worlds.py`), run for one seed. Of its tables, without the model: the states of
`totals` add up to `created`; `flows` let nobody across who did not come; `fates` have as many
people in each state as `totals`, and no more across at a crossing than `flows`; nobody gets across before setting out, or
where no crossing is named; no number is negative or none. Exit status 1, and what is wrong, if a table is not possible.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests")]

STATES = ["at_home", "on_road", "queueing", "in_service", "after_border", "arrived", "gave_up", "no_alternative"]


def mean(table: pl.DataFrame, *names: str) -> pl.DataFrame:
    """The counts of one seed, without their bands."""
    keys = [c for c in table.columns if not c.endswith(("_mean", "_p05", "_p50", "_p95"))]
    return table.select(*keys, *[pl.col(f"{name}_mean").alias(name) for name in names])


def wrong(result: Any) -> list[str]:
    """What is impossible in the tables of a run; empty where nothing is."""
    totals = mean(result.runs.totals, "created", *STATES)
    flows = mean(result.runs.flows, "arrived", "crossed", "turned_away", "reneged")
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
    gates = ["crossing", "direction", "stream"]
    whole = flows.group_by(gates).agg(pl.col("arrived").sum(), pl.col("crossed").sum())
    if whole.filter(pl.col("crossed") > pl.col("arrived")).height:
        found.append("flows: more have crossed than came")
    across = fates.filter(pl.col("crossed").is_not_null())
    if across.filter(pl.col("crossing").is_null() | (pl.col("crossing") == "")).height:
        found.append("fates: across, and nowhere")
    if across.filter(
        pl.col("left").is_not_null() & (pl.col("crossed").cast(pl.String) < pl.col("left").cast(pl.String))
    ).height:
        found.append("fates: across before setting out")
    here = across.group_by("crossing", "stream").len("n")
    there = flows.group_by("crossing", "stream").agg(pl.col("crossed").sum())
    for row in here.join(there, on=["crossing", "stream"], how="left").iter_rows(named=True):
        if row["n"] > (row["crossed"] or 0):
            found.append(f"{row['crossing']}, {row['stream']}: {row['n']} across by fates, {row['crossed']} by flows")
    return found


def main(arguments: list[str] | None = None) -> int:
    """Try worlds; 1 if the tables of one are not possible."""
    import worlds
    from crossings.errors import InputError
    from crossings.model import Model
    from crossings.simulation.ensemble import run

    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--worlds", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    count = {"worlds": 0, "refused": 0, "travellers": 0, "wrong": 0}

    @seed(chosen.seed)
    @settings(
        max_examples=chosen.worlds,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(worlds.scenarios(), st.integers(0, 2**64 - 1))
    def one(scenario: Any, number: int) -> None:
        count["worlds"] += 1
        try:
            result = run(Model(scenario), seed=number)
        except InputError:
            count["refused"] += 1
            return
        count["travellers"] += result.fates.height
        said = wrong(result)
        if said:
            count["wrong"] += 1
            print(f"world {count['worlds']}, seed {number}: {'; '.join(said[:3])}", flush=True)

    began = time.monotonic()
    one()
    print(
        f"{count['worlds']:,} worlds with {count['travellers']:,} travellers in {time.monotonic() - began:,.0f} s: "
        f"{count['refused']:,} refused, {count['wrong']:,} with tables that are not possible"
    )
    return 1 if count["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
