"""The command that weighs hypotheses about how people come: evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import crossings as cx
from crossings.cli.fit import POINTS
from crossings.cli.formatting import numbers, print_json, print_table, print_text
from crossings.cli.options import (
    Json,
    ScenarioName,
    Threads,
    Until,
    check_new,
    check_threads,
    in_range,
    option,
    setting,
)
from crossings.cli.progress import compiled, progress_bar
from crossings.io.faults import counted


def evidence(
    scenario: ScenarioName,
    until: Until = None,
    points: Annotated[int, setting("--points", "Points of each of the nine fits.", "N")] = 2000,
    synthetic: Annotated[int, setting("--synthetic", "Synthetic data sets for the power check.", "N")] = 100,
    seed: Annotated[int, setting("--seed", "Seed of the sampler.", "K")] = 1,
    threads: Threads = None,
    out: Annotated[Path | None, option("--out", "Write the figures to this new JSON file.", "FILE")] = None,
    as_json: Json = False,
) -> None:
    """Weigh three hypotheses: people come alone, in groups, or in groups of which a hidden crossing of the day takes a share.

    It takes minutes. It is about concentration in time and place, and cannot say who arranged it.
    """
    in_range("--points", points, *POINTS)
    in_range("--synthetic", synthetic, 2, 10_000)
    in_range("--seed", seed, 0, 2**32 - 1)
    check_threads(threads)
    check_new(out)
    from crossings.calibration.problem import HYPOTHESES
    from crossings.io.atomic_folder import as_text
    from crossings.io.disk import write_file

    problem = cx.Problem(cx.Scenario.read(scenario), until=until)
    _ = problem.cells, problem.parameters
    compiled("likelihoods")
    with progress_bar(f"fitting {problem.scenario.settings.name}") as progress:
        found = cx.compare_hypotheses(
            problem, points=points, seed=seed, synthetic=synthetic, threads=threads, progress=progress
        )
    if out is not None:
        write_file(out, as_text(found.to_json()))
    if as_json:
        print_json(found.to_json())
        return
    rows = []
    for width, at in found.log_evidence.items():
        values = [f"{at[h][0]:.1f} ± {at[h][1]:.1f}" for h in HYPOTHESES]
        rows.append([f"{width:g}", *values, f"{found.log10_bayes_factor(width):+z.2f}"])
    heads = numbers("width of priors", *(f"ln evidence, {h}" for h in HYPOTHESES), "log10 Bayes factor")
    powers = ", ".join(f"{share:.0%} of those made {truth}" for truth, share in found.powers.items())
    low, mid, high = found.shares
    print_table(
        f"{problem.scenario.settings.name}: how people come",
        heads,
        rows,
        note=f"Bayes factor: switched against grouped. Told apart of {counted(found.synthetic, 'synthetic data set')} of this size: {powers}. "
        f"Share that the hidden crossing takes: {mid:.2f} ({low:.2f}-{high:.2f}).",
    )
    print_text(f"Verdict: {found.verdict}.")
    print_text("It is about concentration in time and place; it cannot say who arranged it.")
