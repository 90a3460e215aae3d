"""The command compare: the same people with and without orders."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import crossings as cx
from crossings.cli.formatting import print_json
from crossings.cli.options import (
    FittedWith,
    Force,
    Json,
    Out,
    Report,
    ReportLanguage,
    ScenarioName,
    Seeds,
    UnitsOption,
    fit_and_draws,
    names_in,
    option,
    seed_range,
)
from crossings.cli.output import check_replaced, check_targets, keep
from crossings.cli.progress import compiled, progress_bar
from crossings.errors import InputError

Without = Annotated[
    list[str] | None,
    option("--without", "The baseline lacks this order or row; may be repeated, or be a list with commas.", "ID"),
]
With = Annotated[
    Path | None,
    option("--with", "The scenario has the rows of this closures.csv as well; the baseline is as written.", "FILE"),
]


def compare(
    scenario: ScenarioName,
    without: Without = None,
    added: With = None,
    seeds: Seeds = 100,
    out: Out = None,
    as_json: Json = False,
    report: Report = None,
    language: ReportLanguage = "en",
    fit: FittedWith = None,
    units: UnitsOption = "metric",
    force: Force = False,
) -> None:
    """Follow the same people with and without orders: diverted, delayed, deterred, stranded, each in one cell.

    Without --without and --with, the baseline lacks the orders that begin after the start."""
    wanted = seed_range(seeds)
    names = names_without(without)
    if names and added is not None:
        raise InputError("--with", "is given with --without", "give one of them")
    check_targets(out, report, language)
    from crossings.scenario import Closure, table_text
    from crossings.simulation.seeds import seed_text

    read = cx.Scenario.read(scenario)
    asked = {"command": "compare", "without": names, "with": added is not None}
    check_replaced(out, force, scenario=read.settings.name, seeds=seed_text(wanted), **asked)
    rows = cx.read_closures(added, read) if added is not None else ()
    if added is not None and not rows:
        raise InputError(str(added), "holds no row", "give rows of orders, as in closures.csv")
    fitted, draws = fit_and_draws(fit, read)
    found = run_comparison(read, names, rows, wanted, draws)
    if out is not None:
        text = None if added is None else table_text(rows, Closure)
        keep(out, found.tables(), found.made_by, read, text, {} if draws is None else draws.files(), force=force)
    if report is not None:
        model = cx.Model(read.with_closures(rows) if rows else read)
        runs = found.runs[found.scenario]
        cx.write_report(report, model=model, runs=runs, comparison=found, fit=fitted, language=language)
    if as_json:
        print_json(found.to_json())
    else:
        _print(found, units)


def names_without(without: list[str] | None) -> list[str]:
    """Orders or rows that --without names, however often it is given."""
    return names_in(",".join(without or []))


def run_comparison(
    scenario: cx.Scenario, without: list[str], added: Any, seeds: Sequence[int], draws: cx.Draws | None = None
) -> cx.Comparison:
    """Compare, with a bar on a terminal, and note in made_by how it was asked for."""
    import dataclasses

    from crossings.simulation.pairs import pair

    pair(scenario, without=without, added=added)  # refuses unknown orders before anything is compiled
    compiled()
    with progress_bar(f"comparing {scenario.settings.name}") as progress:
        how: dict[str, Any] = {"without": without, "added": added, "parameters": draws}
        found = cx.compare(scenario, seeds=seeds, progress=progress, **how)
    said = {"command": "compare", "without": without, "with": bool(added)}
    return dataclasses.replace(found, made_by=found.made_by | said)


def _print(found: cx.Comparison, units: str) -> None:
    from crossings.cli.effect_tables import print_effect, print_endings, print_firmness, print_flows, print_measures

    print_measures(found)
    print_endings(found)
    print_effect(found, units)
    print_flows(found)
    print_firmness(found)
