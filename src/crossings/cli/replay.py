"""A kept run made again from what its folder says made it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

import crossings as cx
from crossings.cli.formatting import print_json, print_line
from crossings.cli.options import Json, argument
from crossings.cli.output import ADDED, SCENARIO
from crossings.cli.progress import compiled, progress_bar
from crossings.errors import InputError, check_known
from crossings.io.disk import UnreadableError, lies_in, read_json

COMMANDS = ("run", "compare")


def remake(directory: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Run what a folder of `run --out` or `compare --out` holds: (what made it, the tables made now)."""
    made = _made_by(directory)
    for name in (SCENARIO, ADDED, "fit"):
        if not lies_in(directory / name, directory):
            raise InputError(str(directory / name), "is a link that leaves the folder", "copy what it leads to")
    scenario = cx.Scenario.read(directory / SCENARIO)
    if scenario.hash != made.get("scenario_hash") and made.get("with") is not True:
        raise InputError(
            str(directory / SCENARIO),
            f"its hash is {scenario.hash}, not {made.get('scenario_hash')} as in made_by.json",
            "it was changed since",
        )
    compiled()
    seeds = _seeds(str(made.get("seeds", "")), directory)
    draws = _draws(directory, made)
    return made, (_again_run if made["command"] == "run" else _again_compare)(directory, made, scenario, seeds, draws)


def _draws(directory: Path, made: dict[str, Any]) -> Any:
    """Draws of the fit that the run was made with, from its folder; None where it was made with none."""
    if not made.get("fit"):
        return None
    draws = cx.Draws.read(directory / "fit")
    if draws.hash != made["fit"]:
        what = f"its hash is {draws.hash}, not {made['fit']} as in made_by.json"
        raise InputError(str(directory / "fit"), what, "it was changed since")
    return draws


def differences(directory: Path, tables: dict[str, Any]) -> dict[str, bool]:
    """Table by table, whether the file in the folder holds what was made now."""
    from crossings.store import read_table

    out = {}
    for name, table in tables.items():
        kept = read_table(directory / f"{name}.parquet", within=directory)
        out[name] = bool(kept.equals(table.fill_nan(None)))
    return out


def _made_by(directory: Path) -> dict[str, Any]:
    file = directory / "made_by.json"
    try:
        made = read_json(file, within=directory)
    except UnreadableError:
        raise InputError(
            str(directory), "holds no made_by.json that can be read", "name a folder written with --out"
        ) from None
    if made.get("command") not in COMMANDS:
        raise InputError(
            str(file), "does not say which command made it", "name a folder written by run or compare with --out"
        )
    return made


def _seeds(text: str, directory: Path) -> Sequence[int]:
    """'1-100', or '3', or '1,5,7'."""
    first, dash, last = text.partition("-")
    try:
        return range(int(first), int(last) + 1) if dash else [int(part) for part in text.split(",")]
    except ValueError:
        raise InputError(
            str(directory / "made_by.json"), f"seeds: '{text[:40]}' is not a list of seeds", "such as 1-100"
        ) from None


def _again_run(
    directory: Path, made: dict[str, Any], scenario: Any, seeds: Sequence[int], draws: Any
) -> dict[str, Any]:
    from crossings.cli.run import run_seeds

    by = str(made.get("by", "day"))
    check_known(f"{directory / 'made_by.json'}: by", "period", [by], ["day", "hour"])
    return run_seeds(cx.Model(scenario), seeds, by, single=bool(made.get("single")), draws=draws)[1]


def _again_compare(
    directory: Path, made: dict[str, Any], scenario: Any, seeds: Sequence[int], draws: Any
) -> dict[str, Any]:
    added = cx.read_closures(directory / ADDED, scenario) if made.get("with") else ()
    without = [str(name) for name in made.get("without") or ()]
    with progress_bar(f"comparing {scenario.settings.name}") as progress:
        how: dict[str, Any] = {"without": without, "added": added, "parameters": draws}
        return cx.compare(scenario, seeds=seeds, progress=progress, **how).tables()


def again(directory: Annotated[Path, argument("DIR", "A folder written with --out.")], as_json: Json = False) -> None:
    """Run a saved result again from its made_by.json, and say for each table whether it is the same."""
    made, tables = remake(directory)
    equal = differences(directory, tables)
    if as_json:
        print_json({"directory": str(directory), "made_by": made, "equal": equal})
    else:
        for name, same in equal.items():
            print_line(f"{name}: {'equal' if same else 'differs'}")
    if not all(equal.values()):
        raise typer.Exit(1)
