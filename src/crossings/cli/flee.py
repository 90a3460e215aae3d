"""Commands about Flee's directories: validate (score one against its own counts), and import flee (make a scenario of it)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crossings.cli.options import Json, Seeds, seed_range
from crossings.cli.showing import print_json, print_line, print_table
from crossings.cli.working import compiled, progress_bar

if TYPE_CHECKING:
    from crossings.validation import Validation

__all__ = ["import_flee", "validate"]

Case = Annotated[
    Path,
    typer.Argument(metavar="DIR", help="A Flee directory, with input_csv and source_data.", show_default=False),
]
Target = Annotated[Path, typer.Argument(metavar="NEW", help="The new scenario directory.", show_default=False)]
Persons = Annotated[
    float, typer.Option("--persons", help="Persons in one traveller; more makes large cases smaller.", metavar="N")
]
Scaling = Annotated[
    float, typer.Option("--capacity-scaling", help="Factor on the capacities of camps; 0: no limits.", metavar="X")
]
NAIVE = {
    "capacity": "split by capacity",
    "day0": "split as on day 0",
    "equal": "split alike",
    "nearest": "all to the nearest camp",
}


def validate(
    directory: Case, seeds: Seeds = 10, persons: Persons = 1.0, capacity_scaling: Scaling = 1.0, as_json: Json = False
) -> None:
    """Run a Flee directory as it is, and score it against its own camp counts, beside splits that know no model."""
    wanted = seed_range(seeds)
    from crossings.interchange.flee import read_flee
    from crossings.validation import validate as score

    case = read_flee(directory)
    compiled()
    with progress_bar(f"validating {case.name}") as progress:
        found = score(case, persons=persons, capacity_scaling=capacity_scaling or None, seeds=wanted, progress=progress)
    if as_json:
        print_json(found.to_json())
    else:
        _print(found)


def _print(found: Validation) -> None:
    case = found.case
    first, second = found.halves
    rows = [
        [f"crossings, {len(found.runs)} seeds", f"{found.ard:.3f} ({found.ards.min():.3f}-{found.ards.max():.3f})"],
        ["    first half of the days", f"{first:.3f}"],
        ["    second half", f"{second:.3f}"],
        ["    with each day's total as counted", f"{found.ard_rescaled:.3f}"],
    ]
    rows += [[NAIVE.get(name, name), "-" if value is None else f"{value:.3f}"] for name, value in found.naive.items()]
    title = f"{case.name}: {case.days} days, {case.people:,} people, {len(case.camps)} camps"
    note = (
        "averaged relative difference: sum over camps of |simulated - counted| over the people counted,\n"
        "mean of the days after day 0; in brackets: lowest and highest seed. Totals and capacities come from\n"
        "the counts that are scored, so "
        "it says how well people are allocated, not how many come.\n"
        f"Reading, building and one run took {found.seconds:.2f} s"
    )
    print_table(title, [("what", False), ("error", True)], rows, note=note)
    camps = [[camp, f"{value:.3f}"] for camp, value in sorted(found.by_camp.items(), key=lambda item: -item[1])]
    print_table("What each camp adds to the error", [("camp", False), ("error", True)], camps)
    for line in case.notes:
        sys.stderr.write(f"note: {line}\n")


def import_flee(directory: Case, target: Target, persons: Persons = 1.0, capacity_scaling: Scaling = 1.0) -> None:
    """Make a scenario directory of a Flee directory; what cannot be used is said in notes."""
    from crossings.interchange.flee import read_flee, to_scenario

    case = read_flee(directory)
    to_scenario(case, persons=persons, capacity_scaling=capacity_scaling or None).write(target)
    for line in case.notes:
        sys.stderr.write(f"note: {line}\n")
    print_line(f"{target}: written; next: crossings check {target}")
