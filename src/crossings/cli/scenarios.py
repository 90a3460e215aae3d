"""Commands about a scenario as it is written: check, explain, examples; and version."""

from __future__ import annotations

import dataclasses
import sys

import typer

import crossings as cx
from crossings.cli.count_tables import counts_json, print_counts
from crossings.cli.formatting import print_json, print_line, print_table, print_text, texts, width
from crossings.cli.options import Json, ScenarioName, UnitsOption, Until
from crossings.io.faults import counted


def check(scenario: ScenarioName, until: Until = None, as_json: Json = False) -> None:
    """Report every fault of a scenario in one run: file and row, what is wrong, what is accepted.

    Then which rows of observations.csv are used, in what form, and why.
    """
    faults = cx.check(scenario)
    wrong = [f for f in faults if not f.warning]
    sound = None if wrong else cx.Scenario.read(scenario)
    if until is not None and sound is not None:
        sound.known_through(until)  # refuse a day of which nothing can be said before anything is printed
    if as_json:
        print_json(
            {
                "scenario": scenario,
                "ok": not wrong,
                "faults": [dataclasses.asdict(fault) for fault in faults],
                **({} if sound is None else counts_json(sound, until)),
            }
        )
    else:
        for fault in faults:
            sys.stderr.write(f"{fault}\n")
    if sound is None:
        raise typer.Exit(2)
    if not as_json:
        noted = f"; {counted(len(faults), 'warning')}" if faults else ""
        print_text(_rows(f"no fault{noted}", sound.summary()))
        if until is not None:
            print_text(_rows(f"as known through {until}", sound.known_through(until).summary()))
        print_counts(sound, until)


def _rows(said: str, found: dict[str, object]) -> str:
    from crossings.scenario.draft import TABLES

    tables = ("crossings", *(name for name in TABLES if name not in ("borders", "crossings")))
    rows = ", ".join(f"{name} {found[name]}" for name in tables if found[name])
    return f"{found['name']}: {said}; rows: {rows}; hash {found['hash']}"


def explain(scenario: ScenarioName, units: UnitsOption = "metric") -> None:
    """Say who can go where, when, in how many hours, and what each order changes."""
    print_line(cx.Model(cx.Scenario.read(scenario)).explain(units, min(98, width())))


def examples(as_json: Json = False) -> None:
    """List the bundled scenarios; each can be run by its name, or copied with: crossings new DIR --from NAME."""
    found = cx.examples()
    if as_json:
        print_json({"examples": [{"name": name, "title": title} for name, title in found.items()]})
    else:
        print_table(
            "Bundled scenarios", texts("name", "title"), found.items(), note="crossings new DIR --from NAME copies one"
        )


def version(as_json: Json = False) -> None:
    """Print the version."""
    if as_json:
        print_json({"crossings": cx.__version__, "python": sys.version.split()[0]})
    else:
        print_line(f"crossings {cx.__version__}")
