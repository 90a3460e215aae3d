"""The command compare: the same people with and without orders."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from crossings.cli.fit_option import fit_and_draws
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
    Units,
    UnitsOption,
    option,
    seed_range,
)
from crossings.cli.output import check_replaced, check_targets, keep
from crossings.cli.output import report as write_report
from crossings.cli.progress import compiled, progress_bar
from crossings.errors import Fault, InputError

if TYPE_CHECKING:
    from crossings.calibration.draws import Draws
    from crossings.calibration.posterior import Fit
    from crossings.scenario import Scenario
    from crossings.simulation.comparison import Comparison

__all__ = ["Without", "compare", "names_without", "run_comparison"]

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
    units: UnitsOption = Units.metric,
    force: Force = False,
) -> None:
    """Follow the same people with and without orders: diverted, delayed, deterred, stranded, each in one cell.

    Without --without and --with, the baseline lacks the orders that begin after the start."""
    wanted = seed_range(seeds)
    names = names_without(without)
    if names and added is not None:
        raise InputError(Fault("--with", "is given with --without", "give one of them"))
    check_targets(out, report, language)
    from crossings.scenario import Scenario, read_closures
    from crossings.simulation.seeds import seed_text

    read = Scenario.read(scenario)
    asked = {"command": "compare", "without": names, "with": added is not None}
    check_replaced(out, force, scenario=read.settings.name, seeds=seed_text(wanted), **asked)
    rows = read_closures(added, read) if added is not None else ()
    if added is not None and not rows:
        raise InputError(Fault(str(added), "holds no row", "give rows of orders, as in closures.csv"))
    fitted, draws = fit_and_draws(fit, read)
    found = run_comparison(read, names, rows, wanted, draws)
    if out is not None:
        text = None if added is None else _text_of(rows)
        keep(out, found.tables(), found.made_by, read, text, {} if draws is None else draws.files(), force=force)
    if report is not None:
        _report(report, found, read, rows, fitted, language)
    if as_json:
        print_json(found.to_json())
    else:
        _print(found, units.value)


def names_without(without: list[str] | None) -> list[str]:
    """Orders or rows that --without names, however often it is given."""
    return [name.strip() for given in without or [] for name in given.split(",") if name.strip()]


def run_comparison(
    scenario: Scenario, without: list[str], added: Any, seeds: Sequence[int], draws: Draws | None = None
) -> Comparison:
    """Compare, with a bar on a terminal, and note in made_by how it was asked for."""
    import dataclasses

    from crossings.simulation.comparison import compare as compare_seeds
    from crossings.simulation.pairs import pair

    pair(scenario, without=without, added=added)  # refuses unknown orders before anything is compiled
    compiled()
    with progress_bar(f"comparing {scenario.settings.name}") as progress:
        how: dict[str, Any] = {"without": without, "added": added, "parameters": draws}
        found = compare_seeds(scenario, seeds=seeds, progress=progress, **how)
    said = {"command": "compare", "without": without, "with": bool(added)}
    return dataclasses.replace(found, made_by=found.made_by | said)


def _text_of(rows: Any) -> str:
    from crossings.scenario import closures_text

    return closures_text(rows)


def _report(path: Path, found: Comparison, scenario: Scenario, rows: Any, fit: Fit | None, language: str) -> None:
    from crossings.model import Model

    full = scenario.with_closures(rows) if rows else scenario
    write_report(path, Model(full), runs=found.runs[found.scenario], comparison=found, fit=fit, language=language)


def _print(found: Comparison, units: str) -> None:
    from crossings.cli.effect_tables import print_effect, print_endings, print_firmness, print_flows, print_measures

    print_measures(found)
    print_endings(found)
    print_effect(found, units)
    print_flows(found)
    print_firmness(found)
