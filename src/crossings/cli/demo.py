"""The command demo: Finland 2023, with and without the closures, beside what was counted."""

from __future__ import annotations

import crossings as cx
from crossings.cli.formatting import caption, print_line, print_text
from crossings.cli.options import FittedWith, Report, ReportLanguage, Seeds, UnitsOption, fit_and_draws, seed_range
from crossings.cli.output import check_targets

NAME = "finland-2023"


def demo(
    seeds: Seeds = 100,
    report: Report = None,
    language: ReportLanguage = "en",
    fit: FittedWith = None,
    units: UnitsOption = "metric",
) -> None:
    """Run Finland 2023 with and without the closures, and print what is simulated beside what was counted."""
    wanted = seed_range(seeds)
    check_targets(None, report, language)
    from crossings.cli.compare import run_comparison
    from crossings.cli.effect_tables import print_effect, print_flows
    from crossings.cli.observation_tables import print_seen

    scenario = cx.Scenario.read(NAME)
    fitted, draws = fit_and_draws(fit, scenario)
    found = run_comparison(scenario, [], (), wanted, draws)
    runs = found.runs[found.scenario]
    print_seen(cx.beside(runs), caption(found.made_by))
    print_effect(found, units)
    print_flows(found)
    how = (
        "are set by hand, none is fitted" if fitted is None else f"of {', '.join(fitted.streams)} are drawn from {fit}"
    )
    print_text(f"Parameters {how}. What the numbers rest on: crossings explain finland-2023;")
    print_text("what each row cites or assumes: crossings new DIR --from finland-2023, then DIR/SOURCES.md.")
    if report is not None:
        cx.write_report(report, model=cx.Model(scenario), runs=runs, comparison=found, fit=fitted, language=language)
        print_line(f"Report: {report}")
