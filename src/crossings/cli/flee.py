"""Commands about Flee's directories: validate (score some against their own counts), and import flee (make a scenario)."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from crossings.cli.formatting import print_json, print_line, print_notes
from crossings.cli.new import parsed_date
from crossings.cli.option_groups import reads_tables
from crossings.cli.options import Json, Seeds, above_zero, argument, in_range, option, seed_range, setting
from crossings.cli.output import check_targets
from crossings.cli.progress import compiled, loaded, progress_bar
from crossings.errors import InputError
from crossings.io.faults import Rest, counted, rest

if TYPE_CHECKING:
    from crossings.importers.flee import FleeCase

MOST_LINES, LONGEST = 20, 300  # of notes

HELP = "A Flee directory, with input_csv and source_data."
Case = Annotated[Path, argument("DIR", HELP)]
Cases = Annotated[list[Path], argument("DIR...", f"{HELP} Several make one table.")]
Target = Annotated[Path, argument("NEW", "The new scenario directory.")]
Persons = Annotated[
    float | None, option("--persons", "Persons in one traveller; by default by the size of the case, and said.", "N")
]
Counts = Annotated[Path | None, option("--counts", "Where data_layout.csv and the counts are, if not in DIR.", "DIR")]
FirstDay = Annotated[str | None, option("--start", "Day 0, instead of sim_period.csv.", "DATE")]
Days = Annotated[int | None, option("--days", "Number of days, instead of sim_period.csv.", "N")]
Spawning = Annotated[
    str,
    setting(
        "--spawning",
        "Who sets out: counts (their rise), or conflict (as conflict_driven_spawning of simsetting.yml says).",
        "WORD",
    ),
]
Idps = Annotated[bool, setting("--initial-idps", "Also the people of the column initial_idps of locations.csv.")]
Scaling = Annotated[str, setting("--capacity-scaling", "Factor on the capacities of camps; none: no limits.", "X")]
Chart = Annotated[
    Path | None,
    option("--chart", "Draw simulated beside counted in each camp, in one HTML file that works offline.", "FILE"),
]


Ahead = Annotated[
    str | None,
    option(
        "--ahead",
        "Forecast so many days ahead from what had been published, without capacities, beside the last count.",
        "DAYS,...",
    ),
]


@reads_tables
def validate(
    directory: Cases,
    seeds: Seeds = 10,
    persons: Persons = None,
    capacity_scaling: Scaling = "1.0",
    as_json: Json = False,
    chart: Chart = None,
    counts: Counts = None,
    start: FirstDay = None,
    days: Days = None,
    ahead: Ahead = None,
) -> None:
    """Run Flee directories as they are, and score each against its own camp counts, compared with splits that need no model.

    With --ahead: forecasts at rolling origins instead, from what was published by then."""
    wanted, scaling = seed_range(seeds), _scaling(capacity_scaling)
    above_zero("--persons", persons, 1e9)
    check_targets(None, chart)
    from crossings.measures.camp_error import validate as score

    cases = _read(directory, counts, start, days)
    if ahead is not None:
        _ahead(cases, _leads(ahead), as_json)
        return
    compiled()
    loaded()
    found = []
    for case in cases:
        with progress_bar(f"validating {case.name}") as progress:
            found.append(score(case, persons=persons, capacity_scaling=scaling, seeds=wanted, progress=progress))
    if chart is not None:
        from crossings.report.camps import write_camps

        write_camps(chart, found)
    if as_json:
        print_json(found[0].to_json() if len(found) == 1 else [one.to_json() for one in found])
    else:
        from crossings.cli.flee_tables import print_many, print_one

        print_one(found[0]) if len(found) == 1 else print_many(found)
    _note(cases)


@reads_tables
def import_flee(
    directory: Case,
    target: Target,
    persons: Persons = None,
    capacity_scaling: Scaling = "1.0",
    counts: Counts = None,
    start: FirstDay = None,
    days: Days = None,
    spawning: Spawning = "counts",
    initial_idps: Idps = False,
) -> None:
    """Make a scenario directory of a Flee directory; what cannot be used is said in notes."""
    scaling = _scaling(capacity_scaling)
    above_zero("--persons", persons, 1e9)
    if spawning not in ("counts", "conflict"):
        raise InputError("--spawning", f"{spawning[:40]!r} is not accepted", "accepted: counts, conflict")
    from crossings.importers.flee import persons_for, to_scenario

    cases = _read([directory], counts, start, days, spawning)
    if persons is None and (persons := persons_for(cases[0])) > 1:
        print_notes([f"one traveller stands for {persons:g} people, by the size of the case; --persons N sets it"])
    made = to_scenario(
        cases[0], persons=persons, capacity_scaling=scaling, spawning=spawning, initial_idps=initial_idps
    )
    made.write(target)
    _note(cases)
    print_line(f"{target}: written; next: crossings check {target}")


def _leads(text: str) -> list[int]:
    words = [word.strip() for word in text.split(",")]
    if not 1 <= len(words) <= 12 or not all(word.isdecimal() and 1 <= int(word) <= 365 for word in words):
        raise InputError("--ahead", f"{text[:40]!r} is not days ahead", "write such as 30,60,90, each 1 to 365")
    return sorted({int(word) for word in words})


def _ahead(cases: Sequence[FleeCase], leads: Sequence[int], as_json: bool) -> None:
    """Rolling forecasts of every case, as a table or in the form of ``crossings backtest --json``."""
    from crossings.cli.flee_tables import print_ahead
    from crossings.forecasting.camp_judging import judge_camps, together
    from crossings.forecasting.camps import camps_of

    found = together([judge_camps(camps_of(case), leads, rows=as_json) for case in cases])
    print_json(found) if as_json else print_ahead(found)
    _note(cases)


def _scaling(text: str) -> float | None:
    """The factor on capacities; None = no limits, for 'none' or 0."""
    if text.strip().lower() == "none":
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1e6:
        raise InputError("--capacity-scaling", f"{text[:40]!r} is not a factor", "write a number such as 1.25, or none")
    return value or None


def _read(
    directories: Sequence[Path], counts: Path | None, start: str | None, days: int | None, spawning: str = "counts"
) -> list[FleeCase]:
    """Every case; the first faults of all of them, with the directory in front where there are several."""
    from crossings.importers.flee import read_flee

    first = None if start is None else parsed_date(start, "--start")
    in_range("--days", days, 1, 100_000)
    if counts is not None and len(directories) > 1:
        raise InputError("--counts", "there are several directories", "give one at a time with its counts")
    cases, faults, more = [], [], 0
    least = max(1, MOST_LINES // len(directories))
    for directory in directories:
        try:
            cases.append(read_flee(directory, counts=counts, start=first, days=days, spawning=spawning))
        except InputError as error:
            each = [fault for fault in error.faults if not isinstance(fault, Rest)]
            kept = each if len(directories) == 1 else each[:least]
            more += len(each) - len(kept) + sum(fault.number for fault in error.faults if isinstance(fault, Rest))
            for fault in kept:
                named = len(directories) == 1 or fault.where == str(directory)
                faults.append(fault if named else dataclasses.replace(fault, where=f"{directory}/{fault.where}"))
    if faults:
        raise InputError([*faults, *([rest(more)] if more else [])])
    return cases


def _note(cases: Sequence[FleeCase]) -> None:
    """What was not used, or read in a way of its own: on standard error, at most ``MOST_LINES`` lines and how many more."""
    lines = [f"{case.name}: {line}" if len(cases) > 1 else line for case in cases for line in case.notes]
    shown, more = lines[:MOST_LINES], len(lines) - MOST_LINES
    if more > 0:
        shown = [*shown[:-1], f"{counted(more + 1, 'more note')}; a scenario that is imported lists all in SOURCES.md"]
    print_notes(line if len(line) <= LONGEST else f"{line[: LONGEST - 3]}..." for line in shown)
