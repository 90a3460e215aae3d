"""Commands that make a scenario of other people's files: import osm, import gmns."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crossings.cli.formatting import print_line
from crossings.cli.new import Start, parsed_date, refuse_taken
from crossings.cli.options import in_range
from crossings.errors import Fault, InputError

if TYPE_CHECKING:
    from crossings.scenario import Scenario

__all__ = ["import_gmns", "import_osm"]

MAX_PER_DAY = 1e6
PER_DAY = 500.0

BorderOption = Annotated[
    str,
    typer.Option("--border", help="The two countries, ISO codes, such as FI-RU.", metavar="A-B", show_default=False),
]
PerDay = Annotated[
    float,
    typer.Option("--per-day", help="Travellers a day in each direction: a placeholder to replace.", metavar="N"),
]
Target = Annotated[Path, typer.Argument(metavar="NEW", help="The new scenario directory.", show_default=False)]


def import_osm(
    extract: Annotated[
        Path, typer.Argument(metavar="EXTRACT", help="An OpenStreetMap extract, .osm.pbf or .osm.", show_default=False)
    ],
    target: Target,
    border: BorderOption,
    within_km: Annotated[
        float, typer.Option("--within-km", help="How far from the line a control may stand.", metavar="KM")
    ] = 5.0,
    towns: Annotated[int, typer.Option("--towns", help="The largest towns of each side.", metavar="N")] = 10,
    per_day: PerDay = PER_DAY,
    start: Start = None,
    inside: Annotated[
        str | None,
        typer.Option(
            "--inside",
            help="A point known to lie in a country, where the extract does not tell.",
            metavar="A=LON,LAT",
            show_default=False,
        ),
    ] = None,
    every_road: Annotated[bool, typer.Option("--every-road", help="A crossing also where no control stands.")] = False,
    all_roads: Annotated[bool, typer.Option("--all-roads", help="Keep roads that are on no fastest way.")] = False,
) -> None:
    """Make a scenario of an OpenStreetMap extract: crossings, roads, towns and the line of a border.

    Traffic, lanes and behaviour are placeholders, marked as estimated. What cannot be used is said in notes."""
    a, b = _countries(border)
    in_range("--towns", towns, 1, 100)
    _check_number("--within-km", within_km, 100.0)
    _check_number("--per-day", per_day, MAX_PER_DAY)
    point = None if inside is None else _point(inside, (a, b))
    first = parsed_date(start, "--start")
    refuse_taken(target)
    from crossings.importers.osm import Wish, read_extract, to_scenario

    wish = Wish(a, b, within_km, towns, per_day, first, inside=point, every_road=every_road, all_roads=all_roads)
    made = to_scenario(read_extract(extract, a, b), wish)
    _write(made.scenario, made.notes, target)


def import_gmns(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="A GMNS directory: node.csv, link.csv.", show_default=False)
    ],
    target: Target,
    per_day: PerDay = PER_DAY,
    start: Start = None,
    country: Annotated[
        str, typer.Option("--country", help="The column of node.csv with each node's country.", metavar="COLUMN")
    ] = "country",
) -> None:
    """Make a scenario of a GMNS network (0.96): node.csv, link.csv, and where they are link_tod.csv and config.csv.

    A link between nodes of two countries is a crossing. What cannot be used is said in notes."""
    _check_number("--per-day", per_day, MAX_PER_DAY)
    first = parsed_date(start, "--start")
    refuse_taken(target)
    from crossings.importers.gmns import read_gmns

    made = read_gmns(directory, per_day=per_day, start=first, country=country)
    _write(made.scenario, made.notes, target)


def _write(scenario: Scenario, notes: Sequence[str], target: Path) -> None:
    """Write it whole, if it passes every check, and say what was found and what was not used."""
    from crossings.scenario import write_checked

    write_checked(scenario, target)
    for line in notes:
        sys.stderr.write("".join(ch if ch.isprintable() else "?" for ch in f"note: {line}") + "\n")
    counts = ", ".join(
        f"{len(getattr(scenario, name))} {name}" for name in ("crossings", "places", "roads", "lanes", "demand")
    )
    print_line(f"{target}: written, and passes: crossings check {target}")
    print_line(f"{counts}; see SOURCES.md for what is from the file and what is a placeholder")


def _countries(text: str) -> tuple[str, str]:
    match = re.fullmatch(r"([A-Za-z]{2,3})[-,:/]([A-Za-z]{2,3})", text.strip())
    if match is None or match[1].upper() == match[2].upper():
        raise InputError(Fault("--border", f"{text[:40]!r} is not two countries", "write two ISO codes, such as FI-RU"))
    return match[1].upper(), match[2].upper()


def _check_number(option: str, value: float, most: float) -> None:
    if not 0 < value <= most:
        raise InputError(Fault(option, f"{value:g} is out of range", f"write a number above 0, at most {most:,.0f}"))


def _point(text: str, countries: tuple[str, str]) -> tuple[str, float, float]:
    match = re.fullmatch(r"([A-Za-z]{2,3})=(-?\d{1,3}(?:\.\d+)?),(-?\d{1,2}(?:\.\d+)?)", text.strip())
    if match is None or match[1].upper() not in countries or abs(float(match[2])) > 180 or abs(float(match[3])) > 90:
        what = f"{text[:40]!r} is no point of {' or '.join(countries)}"
        raise InputError(Fault("--inside", what, f"write for example {countries[0]}=27.5,61.2"))
    return match[1].upper(), float(match[2]), float(match[3])
