"""Commands that learn from counts: fit, score."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import crossings as cx
from crossings.cli.fit_tables import print_fit, print_places, print_prior, print_score
from crossings.cli.formatting import print_json, print_line, print_notes
from crossings.cli.options import (
    Force,
    Json,
    ScenarioName,
    Threads,
    Until,
    check_threads,
    in_range,
    number_pairs,
    option,
    setting,
)
from crossings.cli.progress import compiled, resumable, share_bar
from crossings.errors import InputError

POINTS = (200, 200_000)  # the fewest and the most


UnderOrders = Literal["then", "later"]
FitOption = Annotated[Path, setting("--fit", "A folder that crossings fit wrote.", "DIR")]
ByKnowing = Annotated[
    Literal["period", "published"],
    setting("--by", "period: counts out by 13:00 of the next day; published: out by the end of the day itself."),
]


def fit(
    scenario: ScenarioName,
    until: Until = None,
    out: Annotated[
        Path | None,
        option("--out", "Write the fit to this new folder; an interrupted fit resumes with the same command.", "DIR"),
    ] = None,
    by: ByKnowing = "period",
    points: Annotated[int, setting("--points", "Points of the sampler: more are slower and finer.", "N")] = 3000,
    seed: Annotated[int, setting("--seed", "Seed of the sampler.", "K")] = 1,
    threads: Threads = None,
    prior_only: Annotated[
        bool, setting("--prior-only", "Fit nothing: print what the priors alone expect, and the counts.")
    ] = False,
    width: Annotated[float, setting("--width", "Factor on the widths of all priors.", "X")] = 1.0,
    fix: Annotated[
        list[str] | None, option("--fix", "Hold a parameter: NAME=VALUE; may be repeated.", "NAME=VALUE")
    ] = None,
    as_json: Json = False,
    force: Force = False,
) -> None:
    """Fit a scenario's parameters to its counts: prior and posterior of each, and what the counts say of it."""
    in_range("--points", points, *POINTS)
    in_range("--seed", seed, 0, 2**32 - 1)
    check_threads(threads)
    in_range("--width", width, 0.05, 20)
    if out is not None:
        from crossings.io.atomic_folder import check_folder

        check_folder(out)
    fixed = number_pairs("--fix", fix, "NAME=VALUE, such as rush=3")
    problem = cx.Problem(cx.Scenario.read(scenario), until=until, by=by, width=width, fixed=tuple(fixed.items()))
    _ = problem.cells, problem.parameters
    compiled("likelihoods")
    if prior_only:
        print_prior(problem, seed, as_json)
        return
    found = _learn(problem, out, force, seed=seed, points=points, threads=threads)
    from crossings.calibration.fitness import fitness

    fits = fitness(found, problem) if problem.cells else None
    if as_json:
        print_json(found.to_json() | {"seconds": found.seconds, "fits": None if fits is None else fits.to_json()})
    else:
        print_fit(found, problem, fits)
        if out is not None:
            print_line(f"Written to {out}: see what it means with crossings score {scenario} --fit {out} --after DATE")


def _learn(problem: cx.Problem, out: Path | None, force: bool, **how: Any) -> cx.Fit:
    """The fit; with a folder, one that resumes after an interruption."""
    from crossings.calibration.fit import fit_to

    def say(line: str) -> None:
        print_notes([line])

    with share_bar(f"fitting {problem.scenario.settings.name}") as progress:
        if out is None:
            return cx.fit(problem, progress=progress, **how)
        with resumable(out):
            return fit_to(out, problem, progress=progress, say=say, force=force, **how)


def problem_of(fit_folder: Path, scenario: str) -> tuple[cx.Fit, cx.Problem]:
    """A kept fit, and the problem from which it was made, as the scenario is now."""
    found = cx.Fit.read(fit_folder)
    made = found.made_by
    problem = cx.Problem(
        cx.Scenario.read(scenario),
        until=found.until,
        by=made["by"],
        width=made["width"],
        fixed=tuple(made["fixed"].items()),
        without=tuple(made["without"]),
    )
    if {*found.names, *found.idle, *made["fixed"]} != set(problem.scenario.settings.fit.parameters):
        raise InputError(
            "--fit", f"{fit_folder} has other parameters than {scenario} names", f"fit again: crossings fit {scenario}"
        )
    return found, problem


def score(
    scenario: ScenarioName,
    fit_folder: FitOption,
    after: Annotated[
        str | None, option("--after", "Score counts after this local day  [default: the fit's last].", "DATE")
    ] = None,
    as_json: Json = False,
) -> None:
    """Evaluate a fit on held-out counts, compared with naive forecasts: under all orders, and under those known by its last
    day.
    """
    from crossings.calibration.influence import influence

    found, problem = problem_of(fit_folder, scenario)
    day = after or found.until
    if day is None:
        raise InputError("--after", "is needed, as the fit used every count", "write a date")
    if found.until is not None and day < found.until:
        raise InputError(
            "--after", f"{day} is before the fit's last day, {found.until}", "write that day or a later one"
        )
    compiled("likelihoods")
    if problem.scenario.headcounts and not problem.scenario.observations:
        print_places(found, problem, day, as_json)
        return
    scores = {which: cx.score(found, problem, day, given=which) for which in get_args(UnderOrders)}
    influential = influence(problem, scores["later"].predictive) if problem.cells else {}
    if as_json:
        print_json(
            scores["later"].to_json()
            | {"then": scores["then"].to_json(), "hangs_on": influential}
            | {"scenario": problem.scenario.settings.name, "until": found.until, "after": day}
        )
        return
    print_score(scores, found, influential)
