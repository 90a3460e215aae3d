"""Commands that run a scenario: run, and again (make a kept run once more and see that it comes out the same)."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import crossings as cx
from crossings.cli.formatting import print_json, print_line, print_text
from crossings.cli.options import (
    By,
    FittedWith,
    Force,
    Json,
    Out,
    Report,
    ReportLanguage,
    ScenarioName,
    Threads,
    check_threads,
    fit_and_draws,
    in_range,
    option,
    seed_range,
)
from crossings.cli.output import check_replaced, check_targets, keep
from crossings.cli.progress import compiled, progress_bar, resumable
from crossings.errors import InputError

if TYPE_CHECKING:
    from concurrent.futures import Executor


DEFAULT_SEEDS = 100
MAX_SEED = 2**64 - 1

SomeSeeds = Annotated[
    int | None, option("--seeds", f"Number of runs, with the seeds 1, 2, ... N  [default: {DEFAULT_SEEDS}]", "N")
]
OneSeed = Annotated[
    int | None, option("--seed", "Run one seed only; with --out each traveller's outcome is kept.", "K")
]
ByOption = Annotated[
    By | None,
    typer.Option(
        "--by",
        help="Print a row for each day or hour instead of the whole period; files and JSON: by day unless hour.",
        show_default=False,
    ),
]
Story = Annotated[int | None, option("--story", "Print what one synthetic traveller did, by id (with --seed).", "ID")]
ClusterAddress = Annotated[
    str | None,
    option("--cluster", "Run the seeds on the Dask cluster with this scheduler: its address, or its file.", "ADDRESS"),
]


def run(
    scenario: ScenarioName,
    seeds: SomeSeeds = None,
    seed: OneSeed = None,
    by: ByOption = None,
    out: Out = None,
    as_json: Json = False,
    report: Report = None,
    language: ReportLanguage = "en",
    story: Story = None,
    cluster: ClusterAddress = None,
    threads: Threads = None,
    fit: FittedWith = None,
    force: Force = False,
) -> None:
    """Run a scenario many times: who crosses where and when, queues, waits, and where everybody ends."""
    wanted = _wanted(seeds, seed)
    in_range("--story", story, 0, MAX_SEED)
    check_threads(threads)
    if cluster is not None and threads is not None:
        raise InputError("--threads", "is given with --cluster, which runs elsewhere", "leave one out")
    if cluster is not None and seed is not None:
        raise InputError("--cluster", "is given with --seed, which runs here", "give --seeds")
    check_targets(out, report, language)
    from crossings.simulation.seeds import seed_text

    read = cx.Scenario.read(scenario)
    model = cx.Model(read)
    found, draws = fit_and_draws(fit, read)
    if story is not None:
        _tell(model if draws is None else draws.draw(model, wanted[0]), wanted, story, as_json)
        return
    period = by or "day"
    check_replaced(out, force, command="run", scenario=read.settings.name, seeds=seed_text(wanted), by=period)
    if out is None or report is not None:
        _check_memory(model, len(wanted), period)
    if out is not None and seed is None:
        runs, tables = _run_to(out, model, wanted, period, _executor(cluster, threads), draws, force), dict[str, Any]()
    else:
        runs, tables = run_seeds(
            model, wanted, period, single=seed is not None, where=_executor(cluster, threads), draws=draws
        )
        if out is not None:
            keep(out, tables, runs.made_by, read, more={} if draws is None else draws.files(), force=force)
    if report is not None:
        cx.write_report(report, model=model, runs=runs, fit=found, language=language)
    if as_json:
        print_json(runs.to_json())
    else:
        from crossings.cli.run_tables import print_runs

        print_runs(runs, by)
        if "fates" in tables and tables["fates"].height:
            more = "" if fit is None else f" --fit {fit}"
            who = tables["fates"].sort("turned_back", descending=True, maintain_order=True)["traveller"][0]
            print_line("To follow one traveller who was turned away often:")
            print_line(f"crossings run {scenario} --seed {seed} --story {who}{more}")


def _wanted(seeds: int | None, seed: int | None) -> Sequence[int]:
    """The seeds asked for: 1 to N, or one."""
    if seed is not None and seeds is not None:
        raise InputError("--seed", "is given with --seeds", "give one of them")
    in_range("--seed", seed, 0, MAX_SEED)
    return [seed] if seed is not None else seed_range(DEFAULT_SEEDS if seeds is None else seeds)


def _check_memory(model: cx.Model, seeds: int, by: str) -> None:
    """Refuse more seeds than the machine can hold, before they are run."""
    import os

    periods = model.clock.horizon_ms / (3_600_000 if by == "hour" else 86_400_000) + 1
    needed = 2 * 8 * seeds * periods * (9 * len(model.gates) + 2 * len(model.sites))
    try:
        there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return
    if needed > 0.8 * there:
        what = (
            f"{seeds:,} by {by} would need about {needed / 1e9:,.0f} GB of memory, this machine has {there / 1e9:,.0f}"
        )
        raise InputError("--seeds", what, "ask for fewer, or --by day" if by == "hour" else "ask for fewer")


def run_seeds(
    model: cx.Model,
    seeds: Sequence[int],
    by: str,
    *,
    single: bool,
    where: AbstractContextManager[Executor | None] | None = None,
    draws: cx.Draws | None = None,
) -> tuple[cx.Runs, dict[str, Any]]:
    """The ensemble and its tables; of a single seed also the table of fates."""
    from crossings.simulation.run_to_store import tables_of

    compiled()
    more: dict[str, Any] = {}
    if single:
        result = cx.run(model, seeds[0], by=by, parameters=draws)
        runs, more["fates"] = result.runs, result.fates.with_columns(turned_back=result.outcome.fate["refusals"])
    else:
        with where or nullcontext() as executor, progress_bar(f"running {model.scenario.settings.name}") as progress:
            how: dict[str, Any] = {"parameters": draws, "executor": executor, "progress": progress}
            (runs,) = cx.run_many(model, seeds=seeds, by=by, **how).values()
    runs = dataclasses.replace(runs, made_by=runs.made_by | {"command": "run", "single": single})
    return runs, tables_of(runs) | more


def _executor(cluster: str | None, threads: int | None) -> AbstractContextManager[Executor | None]:
    """Where seeds are run: on a cluster, or by the threads of this process."""
    if cluster is None:
        from concurrent.futures import ThreadPoolExecutor

        return nullcontext() if threads is None else ThreadPoolExecutor(threads)
    return cx.on_cluster(cluster)


def _run_to(
    out: Path,
    model: cx.Model,
    seeds: Sequence[int],
    by: str,
    where: AbstractContextManager[Executor | None],
    draws: cx.Draws | None,
    force: bool,
) -> cx.Runs:
    """The ensemble, run to a folder, where it resumes after an interruption."""
    compiled()
    with resumable(out), where as executor, progress_bar(f"running {model.scenario.settings.name}") as progress:
        how: dict[str, Any] = {"parameters": draws, "executor": executor, "progress": progress, "force": force}
        return cx.run_to(out, model, seeds=seeds, by=by, **how)


def _tell(model: cx.Model, seeds: Sequence[int], traveller: int, as_json: bool) -> None:
    """One traveller's story, in the one seed asked for (1 if none was)."""
    from crossings.simulation.outcome import simulate_once

    compiled()
    seed = seeds[0]
    events = cx.story(model, simulate_once(model, seed, record=True), traveller)
    if as_json:
        found = [{"time": when, "what": what} for when, what in events]
        print_json({"scenario": model.scenario.settings.name, "seed": seed, "traveller": traveller, "events": found})
        return
    print_text(
        f"Synthetic traveller {traveller}, seed {seed} of {model.scenario.settings.name}, times of {model.scenario.settings.timezone}"
    )
    for when, what in events:
        print_text(f"{when}  {what}", " " * 18)
