"""The command options: every combination of some crossings open or shut, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from crossings.cli.formatting import number, print_json, print_table
from crossings.cli.options import Json, ScenarioName
from crossings.cli.progress import compiled, progress_bar
from crossings.cli.whatif import names_in, time_of
from crossings.errors import Fault, InputError

if TYPE_CHECKING:
    from crossings.measures.options import Options

__all__ = ["options"]

MOST_ROWS = 40


def options(
    scenario: ScenarioName,
    crossings: Annotated[
        str,
        typer.Option(
            "--crossings", help="Crossings that are open or shut, with commas.", metavar="IDS", show_default=False
        ),
    ] = "",
    begins: Annotated[
        str,
        typer.Option(
            "--from", help="When they close: YYYY-MM-DD or YYYY-MM-DDTHH:MM.", metavar="TIME", show_default=False
        ),
    ] = "",
    until: Annotated[
        str,
        typer.Option(
            "--until",
            help="When they open again; a bare date is the last day closed.",
            metavar="TIME",
            show_default=False,
        ),
    ] = "",
    announced: Annotated[
        str,
        typer.Option(
            "--announced",
            help="When it becomes known; by default when it takes effect.",
            metavar="TIME",
            show_default=False,
        ),
    ] = "",
    group: Annotated[
        str | None, typer.Option("--group", help="The group that is looked at.", metavar="ID", show_default=False)
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Print also options that another one beats.")] = False,
    as_json: Json = False,
) -> None:
    """Every combination of crossings open or shut, on expected flows: who is processed, how long the wait is, who has no way.

    An option is beaten where another one is nowhere higher in the five columns, and lower in one."""
    if not begins:
        raise InputError(Fault("--from", "is not given", "write when they close, such as 2023-11-18"))
    from crossings.measures.options import options as compute
    from crossings.scenario import Scenario

    read = Scenario.read(scenario)
    chosen = names_in(crossings) or [c.id for c in read.crossings]
    compiled("flows")
    with progress_bar(f"options of {read.settings.name}") as progress:
        found = compute(
            read,
            chosen,
            begins=time_of("--from", begins),
            until=time_of("--until", until, end=True) if until else None,
            announced=time_of("--announced", announced) if announced else None,
            stream=group,
            progress=progress,
        )
    if as_json:
        print_json(found.to_json())
    else:
        _print(found, every)


def _print(found: Options, every: bool) -> None:
    rows = [r for r in found.table.iter_rows(named=True) if every or not r["beaten"]]
    columns = [
        ("shut", False),
        ("processed", True),
        ("longest wait, h", True),
        ("no way across", True),
        ("longest gap, km", True),
        ("journeys of others lost", True),
    ]
    shown = rows[:MOST_ROWS] if not every else rows
    cells = [
        [
            r["shut"].replace(";", ", ") or "none",
            *(number(r[k]) for k in ("processed", "longest_wait_h", "no_way", "longest_gap_km", "journeys_lost")),
        ]
        for r in shown
    ]
    beaten = len(found.table) - len([r for r in found.table.iter_rows(named=True) if not r["beaten"]])
    first, last = found.days
    more = f" {len(rows) - len(shown)} more rows: --all." if len(rows) > len(shown) else ""
    note = (
        f"Expected flows of {first} to {last}, no range: nothing is drawn at random. {len(found.table)} options; "
        f"{'of them' if every else 'not shown:'} {beaten} that another one beats.{more}"
    )
    print_table(f"Options for {found.stream}", columns, cells, note=note)
