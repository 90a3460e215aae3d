"""Commands about Flee's directories: validate (score some against their own counts), and import flee (make a scenario)."""

from __future__ import annotations

import dataclasses
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crossings.cli.formatting import print_json, print_line
from crossings.cli.options import Json, Seeds, seed_range
from crossings.cli.output import check_targets
from crossings.cli.progress import compiled, loaded, progress_bar
from crossings.errors import Fault, InputError

if TYPE_CHECKING:
    from crossings.importers.flee import FleeCase

__all__ = ["import_flee", "validate"]

HELP = "A Flee directory, with input_csv and source_data."
Case = Annotated[Path, typer.Argument(metavar="DIR", help=HELP, show_default=False)]
Cases = Annotated[
    list[Path], typer.Argument(metavar="DIR...", help=f"{HELP} Several make one table.", show_default=False)
]
Target = Annotated[Path, typer.Argument(metavar="NEW", help="The new scenario directory.", show_default=False)]
Persons = Annotated[
    float, typer.Option("--persons", help="Persons in one traveller; more makes large cases smaller.", metavar="N")
]
Scaling = Annotated[
    str, typer.Option("--capacity-scaling", help="Factor on the capacities of camps; none: no limits.", metavar="X")
]
Chart = Annotated[
    Path | None,
    typer.Option(
        "--chart",
        help="Draw simulated beside counted in each camp, in one HTML file that works offline.",
        metavar="FILE",
        show_default=False,
    ),
]


def validate(
    directory: Cases,
    seeds: Seeds = 10,
    persons: Persons = 1.0,
    capacity_scaling: Scaling = "1.0",
    as_json: Json = False,
    chart: Chart = None,
) -> None:
    """Run Flee directories as they are, and score each against its own camp counts, beside splits that know no model."""
    wanted, scaling = seed_range(seeds), _scaling(capacity_scaling)
    _check_persons(persons)
    check_targets(None, chart)
    from crossings.measures.camp_error import validate as score

    cases = _read(directory)
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


def import_flee(directory: Case, target: Target, persons: Persons = 1.0, capacity_scaling: Scaling = "1.0") -> None:
    """Make a scenario directory of a Flee directory; what cannot be used is said in notes."""
    scaling = _scaling(capacity_scaling)
    _check_persons(persons)
    from crossings.importers.flee import to_scenario

    cases = _read([directory])
    to_scenario(cases[0], persons=persons, capacity_scaling=scaling).write(target)
    _note(cases)
    print_line(f"{target}: written; next: crossings check {target}")


def _scaling(text: str) -> float | None:
    """The factor on capacities; None = no limits, for 'none' or 0."""
    if text.strip().lower() == "none":
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1e6:
        raise InputError(
            Fault("--capacity-scaling", f"{text[:40]!r} is no factor", "write a number such as 1.25, or none")
        )
    return value or None


def _check_persons(persons: float) -> None:
    if not 0 < persons <= 1e9:
        raise InputError(Fault("--persons", f"{persons:g} is out of range", "write a number above 0"))


def _read(directories: Sequence[Path]) -> list[FleeCase]:
    """Every case; the faults of all of them at once, with the directory in front where there are several."""
    from crossings.importers.flee import read_flee

    cases, faults = [], []
    for directory in directories:
        try:
            cases.append(read_flee(directory))
        except InputError as error:
            for fault in error.faults:
                named = len(directories) == 1 or fault.where == str(directory)
                faults.append(fault if named else dataclasses.replace(fault, where=f"{directory}/{fault.where}"))
    if faults:
        raise InputError(faults)
    return cases


def _note(cases: Sequence[FleeCase]) -> None:
    """What was not used, or read in a way of its own: each once, on standard error."""
    for case in cases:
        of = f"{case.name}: " if len(cases) > 1 else ""
        for line in case.notes:
            shown = "".join(ch if ch.isprintable() else "?" for ch in f"note: {of}{line}")
            sys.stderr.write(shown + "\n")
