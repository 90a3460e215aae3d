"""Arguments and options that several commands share, each with its help in one place."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import typer

import crossings as cx
from crossings.errors import InputError, refused

MAX_SEEDS = 1_000_000


Value = TypeVar("Value")
By = Literal["day", "hour"]
Units = Literal["metric", "imperial"]  # in which distances are printed; JSON and files are always in km


def option(name: str, help: str, metavar: str, *more: str) -> Any:  # noqa: A002  the word of typer
    """An option whose default is to be left out."""
    return typer.Option(name, *more, help=help, metavar=metavar, show_default=False)


def setting(name: str, help: str, metavar: str | None = None) -> Any:  # noqa: A002
    """An option with a default, which its help shows; without ``metavar`` a switch or a choice."""
    return typer.Option(name, help=help, metavar=metavar)


def argument(metavar: str, help: str) -> Any:  # noqa: A002
    """An argument, whose default is to be left out if there is one."""
    return typer.Argument(metavar=metavar, help=help, show_default=False)


def in_range(option: str, value: float | None, low: float, high: float) -> None:
    """Raise `InputError` for a number that the option does not accept."""
    if value is not None and not low <= value <= high:
        shown = f"{value:g}" if isinstance(value, float) else value
        raise InputError(option, f"{shown} is out of range", f"write {low:,} to {high:,}")


def above_zero(option: str, value: float | None, most: float) -> None:
    """Raise `InputError` for a number that is not above 0, or too large."""
    if value is not None and not 0 < value <= most:
        raise InputError(option, f"{value:g} is out of range", f"write a number above 0, at most {most:,.0f}")


def check_new(out: Path | None) -> None:
    """Refuse a file that is there already, before anything is computed."""
    if out is not None and out.exists():
        raise InputError("--out", f"{out} exists", "write another name")


def check_threads(threads: int | None) -> None:
    """Refuse a number of threads that is none; from then on models, too, are built on so many."""
    in_range("--threads", threads, 1, 256)
    if threads is not None:
        from crossings.network.threads import use_threads

        use_threads(threads)


def seed_range(seeds: int) -> range:
    """The seeds 1 to N."""
    in_range("--seeds", seeds, 1, MAX_SEEDS)
    return range(1, seeds + 1)


def parsed(option: str, text: str, reader: Callable[[str], Value]) -> Value:
    """What an option says, as a reader of texts takes it; raises `InputError` where it takes it not."""
    try:
        return reader(text)
    except ValueError as error:
        raise InputError(refused(option, error)) from None


def names_in(text: str | None) -> list[str]:
    """Names from a text with commas, or semicolons."""
    return [name.strip() for name in (text or "").replace(";", ",").split(",") if name.strip()]


def pairs(option: str, given: Sequence[str] | None, form: str, alone: str = "") -> dict[str, str]:
    """Values that were given as NAME=VALUE; form: how to write one; alone: the name of a value that is given without one."""
    found: dict[str, str] = {}
    for text in given or ():
        name, mark, value = text.rpartition("=")
        name = name.strip() if mark else alone
        if not name or not value.strip():
            raise InputError(option, f"'{text[:60]}' is not accepted", f"write {form}")
        if name in found:
            raise InputError(
                option, f"{name[:60]} is given twice" if mark else f"'{text[:60]}' is a second one", "write it once"
            )
        found[name] = value.strip()
    return found


def number_pairs(option: str, given: Sequence[str] | None, form: str) -> dict[str, float]:
    """`pairs` whose values are numbers."""
    found = {}
    for name, value in pairs(option, given, form).items():
        try:
            found[name] = float(value)
        except ValueError:
            raise InputError(option, f"'{value[:60]}' is not a number", f"write {form}") from None
    return found


def fit_and_draws(folder: Path | None, scenario: cx.Scenario) -> tuple[cx.Fit | None, cx.Draws | None]:
    """The fit in a folder and its draws; raises `InputError` where it does not belong to the scenario.

    A fit of the scenario with other content is used, and said: whoever tries orders out edits them.
    """
    if folder is None:
        return None, None
    fit = cx.Fit.read(folder)
    draws = cx.Draws.of(fit, scenario)
    was = fit.made_by.get("written_hash")
    if was != scenario.hash:
        note = f"note: the fit was made with {scenario.settings.name} as it was then ({was}), it is {scenario.hash} now"
        sys.stderr.write(note + "\n")
    return fit, draws


ScenarioName = Annotated[str, argument("SCENARIO", "A directory, or the name of a bundled scenario.")]
Seeds = Annotated[int, setting("--seeds", "Number of runs, with the seeds 1, 2, ... N.", "N")]
Json = Annotated[bool, setting("--json", "Print one JSON object and nothing else.")]
Out = Annotated[
    Path | None, option("--out", "Write Parquet tables, made_by.json and the scenario to this new folder.", "DIR")
]
Force = Annotated[bool, setting("--force", "Replace a finished result of another command in the folder of --out.")]
FittedWith = Annotated[
    Path | None,
    option("--fit", "Use the parameters of a fit, a folder that crossings fit wrote: run k takes draw k.", "DIR"),
]
ReportLanguage = Annotated[str, setting("--language", "Language of the report: en, fi, sv or ru.", "CODE")]
Report = Annotated[Path | None, option("--report", "Write a report, one HTML file that works offline.", "FILE")]
UnitsOption = Annotated[Units, setting("--units", "Units of distances in what is printed.")]
Threads = Annotated[int | None, option("--threads", "Threads; the result is the same.  [default: one a core]", "N")]
Until = Annotated[
    str | None,
    option(
        "--until",
        "Use only what was known of this local day and before; its counts may come out by 13:00 of the next.",
        "DATE",
    ),
]
