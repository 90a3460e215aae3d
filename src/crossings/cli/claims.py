"""The command claims: each claim, what the model and the data say about it, how sure."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import crossings as cx
from crossings.cli.formatting import print_json, print_line
from crossings.cli.options import (
    FittedWith,
    Json,
    Report,
    ReportLanguage,
    ScenarioName,
    UnitsOption,
    fit_and_draws,
    option,
    seed_range,
    setting,
)
from crossings.cli.output import check_targets
from crossings.cli.progress import compiled, progress_bar

Seeds = Annotated[
    int,
    setting(
        "--seeds",
        "Pairs of runs in each setting: seeds 1, 2, ... N. With --fit five times as many for the fitted groups.",
        "N",
    ),
]
EvidenceFile = Annotated[
    Path | None,
    option(
        "--evidence", "JSON file with log10_bayes_factor, low, high, power, verdict: switched against grouped.", "FILE"
    ),
]
Only = Annotated[
    list[str] | None, option("--claim", "Only this claim, with its figure in every setting; may be repeated.", "ID")
]


def claims(
    scenario: ScenarioName,
    fit: FittedWith = None,
    seeds: Seeds = 20,
    evidence: EvidenceFile = None,
    only: Only = None,
    as_json: Json = False,
    report: Report = None,
    language: ReportLanguage = "en",
    units: UnitsOption = "metric",
) -> None:
    """Compare each claim of claims.csv with its measure: figure, interval, sensitivity, verdict.

    A verdict is given only where it stands under every setting; never on law or intent."""
    wanted = seed_range(seeds)
    check_targets(None, report, language)
    from crossings.claims import SwitchEvidence

    read = cx.Scenario.read(scenario)
    given = None if evidence is None else SwitchEvidence.read(evidence)
    fitted, _ = fit_and_draws(fit, read)
    compiled()
    with progress_bar(f"claims of {read.settings.name}") as progress:
        found = cx.examine(
            read, fit=fitted, seeds=len(wanted), evidence=given, only=tuple(only or ()), progress=progress
        )
    if report is not None:
        cx.write_report(report, model=cx.Model(read), claims=found, fit=fitted, language=language)
    if as_json:
        print_json(found.to_json())
    elif not found.findings:
        print_line(f"{read.settings.name} has no claims: write them in claims.csv.")
    else:
        from crossings.cli.claim_tables import print_findings, print_settings

        print_findings(found, units)
        if only:
            print_settings(found, units)
