"""The command new: a scenario of one's own, from a bundled one or from a few answers."""

from __future__ import annotations

import datetime as dt
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

import crossings as cx
from crossings.cli.formatting import print_line
from crossings.cli.option_groups import reads_tables
from crossings.cli.options import argument, names_in, option, parsed, setting
from crossings.cli.what_if_options import time_of
from crossings.errors import Fault, InputError

DAYS = 28
_CODE = re.compile("[A-Za-z]{2,3}")
PER_DAY = 500.0
Text = str | None

Directory = Annotated[Path, argument("DIR", "The new directory.")]
From = Annotated[Text, option("--from", "Copy this bundled scenario, or directory.", "NAME")]
Countries = Annotated[Text, option("--countries", "The two countries, ISO codes with a comma.", "A,B")]
Crossings = Annotated[
    Text, option("--crossings", "Names of the crossings, with commas; with --counts, their CSV file.", "NAMES|FILE")
]
PerDay = Annotated[
    float | None, option("--per-day", f"Travellers a day in each direction  [default: {PER_DAY:g}]", "N")
]
Start = Annotated[Text, option("--start", "First day  [default: the coming Monday]", "DATE")]
End = Annotated[Text, option("--end", f"Last day  [default: {DAYS} days in all]", "DATE")]
Zone = Annotated[str, setting("--timezone", "IANA time zone of the dates.", "ZONE")]
Closed = Annotated[Text, option("--closed", "Crossings that an order closes, with commas.", "NAMES")]
ClosedFrom = Annotated[Text, option("--closed-from", "When the order takes effect  [default: half way]", "DATE")]
Announced = Annotated[
    Text, option("--announced", "When the order is announced  [default: when it takes effect]", "DATE")
]

Counts = Annotated[Path | None, option("--counts", "CSV file of counts: a scenario from three files.", "FILE")]
Closures = Annotated[Path | None, option("--closures", "CSV file of orders, with --counts.", "FILE")]
Roads = Annotated[Path | None, option("--roads", "CSV file of roads, with --counts.", "FILE")]
Places = Annotated[Path | None, option("--places", "CSV file of places, with --counts.", "FILE")]


@reads_tables
def new(
    directory: Directory,
    source: From = None,
    countries: Countries = None,
    crossings: Crossings = None,
    per_day: PerDay = None,
    start: Start = None,
    end: End = None,
    timezone: Zone = "UTC",
    closed: Closed = None,
    closed_from: ClosedFrom = None,
    announced: Announced = None,
    counts: Counts = None,
    closures: Closures = None,
    roads: Roads = None,
    places: Places = None,
) -> None:
    """Make a scenario of your own: a copy of a bundled one (--from), of three files (--counts, --crossings, --closures), or a
    small commented one from a few answers.

    What is not given is asked for on a terminal.
    """
    of_both = {"--per-day": per_day, "--closed": closed, "--start": start, "--end": end}
    if counts is not None or closures is not None:
        of_answers = {"--from": source, **of_both, "--closed-from": closed_from, "--announced": announced}
        clash = _named(of_answers)
        if clash:
            raise InputError([Fault(name, "is given with --counts", "the three files say it") for name in clash])
        _from_files(directory, counts, crossings, closures, roads, places, timezone, _two(countries))
        return
    from crossings.scenario.template import TemplatePlan, copy_scenario, write_plan

    refuse_taken(directory)
    if source is not None:
        clash = _named({"--countries": countries, "--crossings": crossings, **of_both})
        if clash:
            raise InputError(clash[0], "is given with --from", "copy a scenario, or describe one")
        copy_scenario(source, directory)
    else:
        countries, crossings, per_day, closed = _asked(countries, crossings, per_day, closed)
        first = parsed_date(start, "--start")
        plan = TemplatePlan(
            _name(directory),
            tuple(code.upper() if _CODE.fullmatch(code) else code for code in names_in(countries)),
            tuple(names_in(crossings)),
            PER_DAY if per_day is None else per_day,
            first,
            _date(end, "--end", first + dt.timedelta(days=DAYS - 1)),
            timezone,
            tuple(names_in(closed)),
            None if closed_from is None else time_of("--closed-from", closed_from),
            None if announced is None else time_of("--announced", announced),
        )
        write_plan(plan, directory)
    print_line(f"{directory}: written, and passes: crossings check {directory}")
    print_line(f"Next: crossings explain {directory}, crossings run {directory}")


def _named(options: Mapping[str, object]) -> list[str]:
    """The options that were given."""
    return [name for name, value in options.items() if value is not None]


def _from_files(
    directory: Path,
    counts: Path | None,
    crossings: str | None,
    closures: Path | None,
    roads: Path | None,
    places: Path | None,
    timezone: str,
    countries: tuple[str, ...],
) -> None:
    """A scenario from counts, crossings and orders of any border."""
    missing = {"--counts": counts, "--crossings": crossings, "--closures": closures}
    absent = [name for name, value in missing.items() if value is None]
    if absent:
        raise InputError([Fault(name, "is needed beside the other two files", "name a CSV file") for name in absent])
    refuse_taken(directory)
    from crossings.forecasting.starting import Given, write_scenario_of

    assert counts is not None
    assert crossings is not None
    assert closures is not None
    given = Given(counts, Path(crossings), closures, roads, places)
    for note in write_scenario_of(given, directory, _name(directory), timezone, countries):
        print_line(note)
    for fault in cx.check(directory):
        sys.stderr.write(f"{fault}\n")
    print_line(f"{directory}: written, and passes: crossings check {directory}")
    print_line(
        f"Next: crossings backtest {directory}, crossings run {directory} --seeds 20, crossings explain {directory}"
    )


def _asked(
    countries: str | None, crossings: str | None, per_day: float | None, closed: str | None
) -> tuple[str, str, float | None, str | None]:
    """Ask for what is missing, where somebody can answer; else say what has to be given."""
    if countries is not None and crossings is not None:
        return countries, crossings, per_day, closed
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        such = {"--countries": ("the two countries", "FI,RU"), "--crossings": ("the crossings' names", "north,south")}
        missing = [name for name, value in (("--countries", countries), ("--crossings", crossings)) if value is None]
        copy = "or copy with --from NAME"
        raise InputError(
            [Fault(n, f"{such[n][0]} are missing", f"give them, such as {n} {such[n][1]}, {copy}") for n in missing]
        )
    countries = countries or typer.prompt("The two countries, ISO codes with a comma (such as FI,RU)", err=True)
    crossings = crossings or typer.prompt("Names of the border crossings, with commas", err=True)
    if per_day is None:
        per_day = typer.prompt("Travellers a day in each direction", default=PER_DAY, type=float, err=True)
    if closed is None:
        closed = typer.prompt(
            "Which of them does an order close, half way through? (empty: none)",
            default="",
            show_default=False,
            err=True,
        )
    return countries, crossings, per_day, closed


def refuse_taken(directory: Path) -> None:
    """Say that the folder is taken before any question is asked."""
    try:
        taken = directory.exists() and (not directory.is_dir() or any(directory.iterdir()))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not a path"
        raise InputError(str(directory)[:200], f"it cannot be used: {reason}", "name another directory") from None
    if taken:
        raise InputError(str(directory), "something is there already", "name a directory that does not exist yet")


def _two(text: str | None) -> tuple[str, ...]:
    """The codes of two countries; none where none are given."""
    codes = tuple(code.upper() if _CODE.fullmatch(code) else code for code in names_in(text))
    if text is not None and (
        len(set(codes)) != 2 or len(codes) != 2 or not all(re.fullmatch("[A-Z]{2,3}", c) for c in codes)
    ):
        from crossings.scenario.template import code_of

        named = [code_of(code) for code in codes]
        such = f"did you mean {','.join(named)}?" if len(named) == 2 and all(named) else "such as FI,RU"
        raise InputError("--countries", f"'{text[:40]}' is not two countries", f"write two ISO codes; {such}")
    return codes


def _name(directory: Path) -> str:
    """The scenario's name: the folder's, as far as it can be one."""
    kept = "".join(ch if ch.isalnum() or ch in " .+-_" else "-" for ch in directory.absolute().name).strip(" .+-_")
    return kept[:60] or "border"


def parsed_date(text: str | None, option: str) -> dt.date:
    """The date given with an option; the coming Monday where none is."""
    today = dt.date.today()
    return _date(text, option, today + dt.timedelta(days=(7 - today.weekday()) % 7))


def _date(text: str | None, option: str, otherwise: dt.date) -> dt.date:
    from crossings.scenario import parse_date

    return otherwise if text is None else parsed(option, text, parse_date)
