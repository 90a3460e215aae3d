"""The command that carries a saved fit on with today's counts."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import Annotated

from crossings.cli.fit import FitOption, problem_of
from crossings.cli.formatting import number, numbers, print_json, print_table, print_text, texts
from crossings.cli.options import Json, ScenarioName, Threads, check_threads, number_pairs, option
from crossings.cli.progress import compiled
from crossings.errors import InputError
from crossings.io.atomic_folder import MADE_BY, check_folder
from crossings.io.faults import counted


def update(
    scenario: ScenarioName,
    fit_folder: FitOption,
    count: Annotated[
        list[str] | None, option("--count", "Who crossed at a crossing on that day; may be repeated.", "CROSSING=N")
    ] = None,
    on: Annotated[
        str | None, option("--on", "The day of the counts; without --count, rows of observations.csv up to it.", "DATE")
    ] = None,
    out: Annotated[Path | None, option("--out", "Write the updated fit to this new folder.", "DIR")] = None,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Update a saved fit with today's counts, in seconds; says when a count is a surprise."""
    check_threads(threads)
    if out is not None:
        if (out / MADE_BY).exists():
            raise InputError("--out", f"{out} exists", "write another name")
        check_folder(out)  # what a killed process left there is resumed
    from crossings.calibration.ready import read_ready
    from crossings.calibration.update import update as updated_fit
    from crossings.calibration.update import with_counts
    from crossings.scenario.clock import end_of_day

    found, problem = problem_of(fit_folder, scenario)
    if on is None:
        raise InputError("--on", "is needed", "write the local day of the counts")
    end_of_day(on)  # refuses what is not a date
    day = dt.date.fromisoformat(on)
    if found.until is None or on <= found.until:
        raise InputError(
            "--on", f"{on} is not after the fit's last day, {found.until or 'the end'}", "write a later day"
        )
    counts = number_pairs("--count", count, "CROSSING=NUMBER, such as salla=58")
    written = problem.scenario if not counts else with_counts(problem.scenario, problem, counts, day)
    later = dataclasses.replace(problem, scenario=written, until=on)
    ready = read_ready(fit_folder, found, problem)
    compiled("likelihoods")
    carried = updated_fit(found, later, ready=ready, threads=threads)
    if out is not None:
        carried.fit.write(out)
    if as_json:
        print_json(carried.to_json() | {"seconds": carried.fit.seconds})
        return
    rows = []
    for cell, (low, middle, high), chance in zip(carried.cells, carried.expected, carried.chance, strict=True):
        many = number(cell.low) if cell.low == cell.high else f"{number(cell.low)} to {number(cell.high)}"
        rows.append([cell.id, many, f"{number(middle)} ({number(low)} to {number(high)})", f"{chance:.2g}"])
    heads = [*texts("count"), *numbers("counted", "expected", "chance")]
    print_table(
        f"{problem.scenario.settings.name}: learned through {found.until}, updated to {on}",
        heads,
        rows,
        note="Expected by the saved fit: median (5th to 95th percentile). Chance of a count as far out. "
        f"{counted(carried.fit.evaluations - found.evaluations, 'evaluation')} in {carried.fit.seconds:.1f} s.",
    )
    print_text(carried.told)
    if out is not None:
        print_text(f"Written to {out}: crossings forecast {scenario} --fit {out} continues from it.")
