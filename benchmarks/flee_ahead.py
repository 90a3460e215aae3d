"""Flee 3.1 started from the same origins as `crossings validate --ahead`: people in camps 30, 60 and 90 days ahead.

    python benchmarks/flee_ahead.py DIR [DIR ...] [--runs 3] [--agents 2000] [--jobs 1] [--environment FOLDER] [--keep FOLDER]

Give at least three directories: the range of each comes from the errors in the others.

At an origin Flee is given what our forecast is given and nothing more: the last counts as day 0, the conflict of that day
and the closures in force on it, kept as they are, no capacities. Flee takes from each day's total how many set out, so of
days to come it gets the total that ours expects: the last count and half of the rise of the last 60 days. What differs is
where people go. Other settings are those of the directory's simsetting.yml.

Its forecast is the mean of the runs. All three, Flee's, ours and the last count, get a range in the same way: as wide as
their own errors in the other cases. Nothing here is asserted.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from flee import HERE, SETTINGS, installed, settings_of, written
from numpy.typing import NDArray
from spent import spent

from crossings.forecasting.backtest import crps_of
from crossings.forecasting.camp_judging import spread_of
from crossings.forecasting.camp_spread import errors_learned
from crossings.forecasting.camps import LEADS, WITHIN, CampForecast, CampRows, Camps, camps_of, expect, rolling
from crossings.importers.flee import FleeCase, read_flee

Floats = NDArray[np.float64]
NAMES = ("ours", "Flee", "last")
LONGEST = 1200.0  # seconds for one run of Flee


@dataclass(frozen=True)
class Judged:
    """A case with the forecasts of the three."""

    camps: Camps
    rows: CampRows
    by_flee: CampRows


def as_known(case: FleeCase, origin: int, expected: CampForecast) -> FleeCase:
    """The case as Flee is to see it from the end of day ``origin`` on; its day 0 is the origin."""
    days = LEADS[-1] + WITHIN
    conflicts = np.repeat(case.conflicts[[min(origin, case.days - 1)]], days, axis=0)
    fought = conflicts[0] > 0
    zones = tuple(zone for zone, some in zip(case.zones, fought, strict=True) if some)
    return replace(
        case,
        start=case.start + dt.timedelta(days=origin),
        days=days,
        zones=zones,
        conflicts=conflicts[:, fought],
        closures=tuple(replace(row, start=0, end=None) for row in case.closures if row.in_force(origin)),
        counts=np.array([np.nan_to_num(expected.at(day)) for day in range(days + 1)]).T,
    )


def runs_of(case: FleeCase, origins: Sequence[int], camps: Camps, temporary: Path) -> Iterator[tuple[int, Path, int]]:
    """Each origin with the folder that Flee reads, and the people expected in all at the end."""
    for origin in origins:
        expected = expect(camps, origin)
        assert expected is not None, "rolling() has no rows of an origin at which nothing is expected"
        seen = as_known(case, origin, expected)
        if seen.zones:
            yield origin, written(seen, temporary / f"{case.name}-{origin}", None), int(seen.counts[:, -1].sum())


def flee_points(python: str, directory: Path, case: FleeCase, camps: Camps, rows: CampRows, chosen: Any) -> Floats:
    """What Flee expects of each row: the mean of its runs, [rows]; nan where nobody flees at the origin."""
    found = np.full(len(rows.count), np.nan)
    with tempfile.TemporaryDirectory() as made, ThreadPoolExecutor(chosen.jobs) as pool:
        settings = settings_of(directory.resolve())
        if settings is None:
            settings = Path(made) / "simsetting.yml"
            settings.write_text(SETTINGS)
        origins = sorted(set(rows.origin.tolist()))
        waiting = {}
        for origin, folder, people in runs_of(case, origins, camps, Path(made)):
            hasten = max(1, people // chosen.agents)
            for seed in range(1, chosen.runs + 1):
                command = [python, "-P", str(HERE / "flee_once.py"), str(folder), str(settings)]
                command += [str(LEADS[-1] + WITHIN), str(hasten), str(seed)]
                waiting[origin, seed] = pool.submit(spent, command, LONGEST)
        means: dict[int, list[Floats]] = {}
        for (origin, seed), done in waiting.items():
            one = done.result()
            if one.error:
                raise SystemExit(f"{case.name}, day {origin}, run {seed}: {one.error.strip().splitlines()[-1]}")
            by_camp = json.loads(one.output)["camps"]
            means.setdefault(origin, []).append(np.array([by_camp[name] for name in case.camps]))
    for i, (origin, camp, day) in enumerate(zip(rows.origin, rows.camp, rows.day, strict=True)):
        if origin in means:
            found[i] = np.mean(means[origin], axis=0)[camp, day - origin - 1]
    return found


def judged(directory: Path, python: str, chosen: argparse.Namespace) -> Judged:
    """One case; Flee's numbers are taken from ``--keep`` if they are there."""
    case = read_flee(directory)
    camps = camps_of(case)
    rows = rolling(camps)
    kept = chosen.keep / f"{case.name}.json" if chosen.keep else None
    if kept and kept.exists():
        points = np.array(json.loads(kept.read_text()), dtype=float)
    else:
        points = flee_points(python, directory, case, camps, rows, chosen)
        if kept:
            kept.write_text(json.dumps([None if np.isnan(p) else p for p in points.tolist()]))
    there = np.isfinite(points)
    rows = CampRows(*(getattr(rows, name)[there] for name in CampRows.__dataclass_fields__))
    return Judged(camps, rows, replace(rows, expected=points[there]))


def scores(one: Judged, others: Mapping[str, Sequence[Any]]) -> dict[int, dict[str, tuple[float, float]]]:
    """By lead and forecast: CRPS and error of the point, as shares of the mean count."""
    kinds = one.rows.kind
    ranges = {
        "Flee": (one.by_flee.expected, spread_of(one.by_flee, "expected", others["flee"], kinds)),
        "ours": (one.rows.expected, spread_of(one.rows, "expected", others["ours"], kinds)),
        "last": (one.rows.last, spread_of(one.rows, "last", others["ours"], kinds)),
    }
    out = {}
    for lead in LEADS:
        at = one.rows.lead == lead
        mean = one.rows.count[at].mean()
        out[lead] = {
            name: (
                float(crps_of(values[at], one.rows.count[at]).mean() / mean),
                float(np.abs(point[at] - one.rows.count[at]).mean() / mean),
            )
            for name, (point, values) in ranges.items()
        }
    return out


def main() -> None:
    """Run, score, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=Path, nargs="+", help="a Flee directory")
    parser.add_argument("--runs", type=int, default=3, help="runs of Flee from each origin")
    parser.add_argument("--agents", type=int, default=2000, help="agents of Flee, about")
    parser.add_argument("--jobs", type=int, default=1, help="runs of Flee at a time")
    parser.add_argument("--environment", type=Path, help="where Flee is, or shall be; default: a temporary folder")
    parser.add_argument("--keep", type=Path, help="a folder for Flee's numbers, taken from there the next time")
    chosen = parser.parse_args()
    if len(chosen.directory) < 3:
        sys.exit("at least three directories: the range of each comes from the errors in the others")
    if chosen.keep:
        chosen.keep.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        python = installed(chosen.environment or Path(made) / "environment")
        cases = []
        for directory in chosen.directory:
            cases.append(judged(directory, python, chosen))
            print(f"{cases[-1].camps.name}: {len(cases[-1].rows.count)} forecasts", file=sys.stderr, flush=True)
    errors = {
        "ours": [errors_learned(one.camps, one.rows) for one in cases],
        "flee": [errors_learned(one.camps, one.by_flee) for one in cases],
    }
    found = []
    for i, one in enumerate(cases):
        found.append(scores(one, {who: [*of[:i], *of[i + 1 :]] for who, of in errors.items()}))
    print(
        "| case | days ahead | CRPS: ours | Flee 3.1 | as last counted | error of the point: ours | Flee 3.1 | as last counted |"
    )
    print(f"| {' | '.join(['---'] * 8)} |")
    for one, by_lead in zip(cases, found, strict=True):
        print_rows(one.camps.name, by_lead)
    means = {lead: {name: tuple(np.mean([by[lead][name] for by in found], axis=0)) for name in NAMES} for lead in LEADS}
    print_rows(f"mean of {len(cases)}", means)
    for lead in LEADS:
        ahead = sum(by[lead]["ours"][0] < by[lead]["Flee"][0] for by in found)
        print(f"{lead} days ahead: CRPS of ours lower than Flee's on {ahead} of {len(found)}")


def print_rows(case: str, by_lead: Mapping[int, Mapping[str, tuple[float, float]]]) -> None:
    """A row a lead."""
    for lead, by in by_lead.items():
        cells = [f"{by[name][0]:.3f}" for name in NAMES] + [f"{by[name][1]:.3f}" for name in NAMES]
        print(f"| {case} | {lead} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
