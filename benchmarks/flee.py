"""Flee 3.1 and `crossings validate` on the same directory, in one go: people, seconds, memory and error of both.

    python benchmarks/flee.py DIR [DIR ...] [--runs 5] [--hasten 100] [--box SECONDS] [--environment FOLDER]
                              [--capacities all|own|none] [--points 3000]

Matched: both are given the same capacities (once the directory's own, times 1.0, once none), the same closures, conflicts
and counts, all as `crossings` reads them; Flee's other settings are those of the directory's simsetting.yml, or Flee's own.
A `location` closure that names a second place, which Flee reads as shutting the first, is given to Flee as the link
between the two; and Flee 3.1's search for a link's ends, which compares with `is`, is made to find them. Both are scored
by the same lines. Flee is installed in an environment of its own. Nothing here is asserted.

The last two columns are the error in the first and in the second half of the days. A fit is of the counts of the first
half alone, as `crossings fit` makes it; its runs have a draw of it each. Many camps without capacities take long.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent / "src"
sys.path.insert(0, str(SOURCE))

import numpy as np  # noqa: E402
from spent import Used, machine, spent  # noqa: E402

from crossings.calibration.draws import Draws  # noqa: E402
from crossings.calibration.fit import fit  # noqa: E402
from crossings.calibration.problem import Problem  # noqa: E402
from crossings.importers.flee import FleeCase, read_flee, to_scenario  # noqa: E402
from crossings.measures.camp_error import ard, halves, naive_splits, rescaled, validate  # noqa: E402

FLEE = "flee==3.1"
FITTED_RUNS = 50  # runs over a fit, as many as draws of it
SETTINGS = "move_rules:\n  awareness_level: 1\n"


def installed(folder: Path) -> str:
    """The python of an environment with Flee; it is made if it is not there. SystemExit says why it cannot be made."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        venv.create(folder, with_pip=True)
        done = subprocess.run([python, "-m", "pip", "install", "--quiet", FLEE], capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{FLEE} cannot be installed: {done.stderr.strip().splitlines()[-1]}")
    done = subprocess.run([python, "-c", "import flee.flee, flee.spawning"], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{FLEE} is installed and cannot be imported: {done.stderr.strip().splitlines()[-1]}")
    return str(python)


def written(case: FleeCase, folder: Path, scaling: float | None) -> Path:
    """The case in Flee's own files, as it was read, with its capacities scaled or (None) without."""
    folder.mkdir()
    kinds = {"conflict": "conflict_zone"}
    rows = []
    for place in case.locations:
        people = place.population or 0.0
        if place.is_camp:
            people = 0.0 if scaling is None else people * scaling
        kind = "town" if place.name in case.zones else kinds.get(place.kind, place.kind)
        rows.append(
            (place.name, place.region, place.country, place.lat, place.lon, kind, place.conflict_day, round(people))
        )
    keep(folder / "locations.csv", rows)
    keep(folder / "routes.csv", [(r.name1, r.name2, r.km, r.redirection) for r in case.routes])
    closed = []
    for row in case.closures:
        end = -1 if row.end is None else row.end
        if row.kind == "link" or (row.kind == "location" and row.name2):  # one row for each way
            closed += [("link", a, b, row.start, end) for a, b in ((row.name1, row.name2), (row.name2, row.name1))]
        else:
            closed.append((row.kind, row.name1, row.name2, row.start, end))
    keep(folder / "closures.csv", closed)
    intensity = np.vstack([case.conflicts, case.conflicts[-1:]])
    keep(folder / "conflicts.csv", [("#Day", *case.zones), *((d, *row) for d, row in enumerate(intensity.tolist()))])
    layout = [("total", "total.csv")]
    series = {"total.csv": case.counted}
    for k, camp in enumerate(case.camps):
        layout.append((camp, f"camp{k}.csv"))
        series[f"camp{k}.csv"] = case.counts[k]
    keep(folder / "data_layout.csv", layout)
    for name, counts in series.items():
        dates = np.datetime64(case.start.isoformat()) + np.arange(case.days + 1)
        keep(folder / name, zip(dates, np.rint(counts).astype(int).tolist(), strict=True))
    (folder / "start.txt").write_text(case.start.isoformat())
    return folder


def keep(path: Path, rows: Any) -> None:
    """A CSV file without a header."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)


def settings_of(directory: Path) -> Path | None:
    """The simsetting.yml that belongs to a directory, found as `crossings` finds it."""
    folders = (directory, directory / "input_csv", directory.parent)
    return next((f / "simsetting.yml" for f in folders if (f / "simsetting.yml").is_file()), None)


def flee_runs(
    python: str, case: FleeCase, folder: Path, settings: Path, hasten: int, runs: int, until: float
) -> tuple[list[Used], list[Any], str]:
    """What the runs used, the camps that they found, [camps, days] each, and why one of them failed if it did."""
    used, found, failed = [], [], ""
    for seed in range(1, runs + 1):
        left = until - time.perf_counter()
        if left <= 1:
            failed = f"{seed - 1} of {runs} runs in the time given"
            break
        command = [
            python,
            "-P",  # else this folder's flee.py would be imported
            str(HERE / "flee_once.py"),
            str(folder),
            str(settings),
            str(case.days),
            str(hasten),
            str(seed),
        ]
        one = spent(command, left)
        if one.error:
            failed = f"run {seed}: {one.error.strip().splitlines()[-1]}"
            break
        camps = json.loads(one.output)["camps"]
        used.append(one)
        found.append(np.array([camps.get(camp, [0.0] * case.days) for camp in case.camps]))
    return used, found, failed


def our_run(directory: Path, scaling: float | None, runs: int) -> tuple[dict[str, Any], Used]:
    """`crossings validate DIR --json`: what it printed, and what the whole command used."""
    word = "0" if scaling is None else str(scaling)
    command = [sys.executable, "-m", "crossings.cli", "validate", str(directory), "--json"]
    used = spent([*command, "--seeds", str(runs), "--capacity-scaling", word], 600.0, PYTHONPATH=str(SOURCE))
    if used.error:
        raise SystemExit(f"crossings validate: {used.error}")
    return json.loads(used.output), used


def by_half(runs: Any, counted: Any) -> list[str]:
    """Error of the first and of the second half of the days: mean, lowest and highest of the runs; and that of their mean."""
    found = [halves(camps, counted) for camps in runs]
    middle = halves(np.mean(runs, axis=0), counted)
    return [f"{spread([one[half] for one in found])}; of the mean {middle[half]:.3f}" for half in (0, 1)]


def fitted_runs(case: FleeCase, scaling: float | None, points: int) -> Any:
    """Our runs over a fit of the first half of the days, [runs, camps, days]."""
    scenario = to_scenario(case, capacity_scaling=scaling)
    last = case.start + dt.timedelta(days=case.days // 2)  # the last day of the first half, as `halves` has it
    found = fit(Problem(scenario, until=last.isoformat()), points=points)
    seeds = range(1, FITTED_RUNS + 1)
    return validate(case, capacity_scaling=scaling, seeds=seeds, parameters=Draws.of(found, scenario)).runs


def naive_rows(case: FleeCase, counted: Any) -> list[list[str]]:
    """The splits that know no model; one of them knows the counts of the first half."""
    last = counted[:, [case.days // 2]]
    splits = {
        **naive_splits(case),
        "as at the end of the first half": last / max(1.0, last.sum()) * counted.sum(axis=0),
    }
    rows = []
    for split, camps in splits.items():
        row = [case.name, f"split: {split}", "", "", ""]
        if camps is None:
            rows.append([*row, "not defined", "", "", ""])
        elif split in ("nearest", "equal", "capacity", "day0"):
            rows.append([*row, f"{ard(camps, counted):.3f}", "", *(f"{one:.3f}" for one in halves(camps, counted))])
        else:
            rows.append([*row, "", "", "", f"{halves(camps, counted)[1]:.3f}"])
    return rows


def spread(values: list[float], digits: int = 3) -> str:
    """Mean, lowest and highest."""
    return f"{np.mean(values):.{digits}f} ({min(values):.{digits}f}-{max(values):.{digits}f})"


def compare(directory: Path, python: str, temporary: Path, chosen: argparse.Namespace) -> list[list[str]]:
    """The rows of one directory: with capacities and without, Flee and ours, and the splits that know no model."""
    case = read_flee(directory)
    counted = case.counts[:, : case.days]
    settings = settings_of(directory.resolve())
    if settings is None:
        settings = temporary / "simsetting.yml"
        settings.write_text(SETTINGS)
    rows = []
    wanted = {"all": (1.0, None), "own": (1.0,), "none": (None,)}[chosen.capacities]
    for scaling in wanted:
        limits = "capacities x 1.0" if scaling else "no capacities"
        name = f"{case.name}, {limits}"
        until = time.perf_counter() + chosen.box / (len(wanted) * len(chosen.directory))
        folder = written(case, temporary / f"{case.name}-{limits[:2]}", scaling)
        used, found, failed = flee_runs(python, case, folder, settings, chosen.hasten, chosen.runs, until)
        if found:
            scores = [ard(camps, counted) for camps in found]
            scaled = [ard(rescaled(camps, counted), counted) for camps in found]
            work = f"processor {np.mean([one.processor for one in used]):.1f}"
            seconds = f"{spread([one.seconds for one in used], 2)}; {work}"
            memory = f"{max(one.mebibytes for one in used):.0f}"
            people = f"{case.people // chosen.hasten:,} for {case.people:,}"
            row = [name, f"Flee 3.1, {len(found)} runs", people, seconds, memory, spread(scores), spread(scaled)]
            rows.append([*row, *by_half(found, counted)])
        if failed:
            rows.append([name, f"Flee 3.1: {failed}", *[""] * 7])
        ours, used_by_us = our_run(directory, scaling, chosen.runs)
        seconds = f"{ours['seconds']:.2f} a run; command {used_by_us.seconds:.2f}; processor {used_by_us.processor:.1f}"
        error = f"{ours['ard']:.3f} ({ours['ard_lowest']:.3f}-{ours['ard_highest']:.3f})"
        row = [name, f"crossings, {ours['runs']} seeds", f"{ours['people']:,}", seconds]
        again = validate(case, capacity_scaling=scaling, seeds=range(1, chosen.runs + 1)).runs
        row += [f"{used_by_us.mebibytes:.0f}", error, f"{ours['ard_rescaled']:.3f}"]
        rows.append([*row, *by_half(again, counted)])
        if chosen.points:
            row = [name, f"crossings, fitted to the first half, {FITTED_RUNS} seeds", *[""] * 5]
            rows.append([*row, *by_half(fitted_runs(case, scaling, chosen.points), counted)])
    return rows + naive_rows(case, counted)


def main() -> None:
    """Install, run, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=Path, nargs="+", help="a Flee directory")
    parser.add_argument("--runs", type=int, default=5, help="runs of Flee and seeds of crossings")
    parser.add_argument("--hasten", type=int, default=100, help="people in one agent of Flee")
    parser.add_argument("--points", type=int, default=3000, help="points of the sampler; 0: no fits")
    parser.add_argument("--capacities", choices=("all", "own", "none"), default="all", help="the directory's, or none")
    parser.add_argument("--box", type=float, default=360.0, help="seconds for all of Flee's runs")
    parser.add_argument("--environment", type=Path, help="where Flee is, or shall be; default: a temporary folder")
    chosen = parser.parse_args()
    our_run(chosen.directory[0], 1.0, 1)  # so that nothing is compiled while it is measured
    with tempfile.TemporaryDirectory() as made:
        python = installed(chosen.environment or Path(made) / "environment")
        rows = [row for directory in chosen.directory for row in compare(directory, python, Path(made), chosen)]
    heads = ["case", "what", "people simulated", "seconds", "peak MiB", "ARD (range)", "ARD rescaled"]
    heads += ["first half", "second half"]
    print(f"{time.strftime('%Y-%m-%d')}, {machine()}, Python {platform.python_version()}")
    for row in [heads, ["---"] * len(heads), *rows]:
        print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    main()
