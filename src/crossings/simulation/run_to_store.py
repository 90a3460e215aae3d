"""An ensemble run straight to a folder: memory does not grow with the seeds, and a kill costs a batch of them at most."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossings.io.atomic_folder import Work, working_folder
from crossings.model import Model, as_model
from crossings.model.parameters import Parameters
from crossings.observations.matching import beside
from crossings.scenario import Scenario, scenario_files
from crossings.simulation.ensemble import run_many
from crossings.simulation.seeds import Progress, seed_text
from crossings.store import plan_of, streamed
from crossings.store.results import Runs, as_parquet

if TYPE_CHECKING:
    import polars as pl

SCENARIO = "scenario"


def run_to(
    directory: str | Path,
    model: Model | Scenario | str,
    *,
    parameters: Parameters | None = None,
    seeds: Iterable[int] = range(1, 101),
    executor: Executor | None = None,
    by: str = "day",
    progress: Progress | None = None,
    force: bool = False,
) -> Runs:
    """Run one scenario over many seeds into a folder, as `crossings run --out` does.

    Parameters
    ----------
    directory : str or Path
        The folder. One in which the same run was interrupted is resumed; a whole one is read.
    model : Model, Scenario or str
        What is run: a model, a scenario, or the name or directory of one.
    parameters : Parameters, optional
        Numbers that differ from seed to seed; they are kept in the folder as well.
    seeds : iterable of int
        One run each.
    executor : concurrent.futures.Executor, optional
        Where seeds are run; by default threads, one a core.
    by : {"day", "hour"}
        Length of the periods of the tables.
    progress : callable, optional
        Called with (seeds done, seeds in all).
    force : bool
        Whether a finished result of other seeds, or of another command, is replaced.

    Returns
    -------
    Runs
        The ensemble, read from the folder.

    Raises
    ------
    InputError
        For a folder that holds something else, or that another process is writing to.

    Examples
    --------
    >>> import crossings as cx, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     runs = cx.run_to(f"{folder}/out", cx.Model(cx.Scenario.read("two-crossings")), seeds=range(1, 4))
    ...     len(runs.seeds)
    3
    """
    wanted = list(seeds)
    model = as_model(model)
    learned = {} if parameters is None else {"fit": parameters.made_by["fit"]}
    plan = plan_of(model.scenario, command="run", seeds=seed_text(wanted), by=by, **learned)
    asked = {
        "command": "run",
        "scenario": model.scenario.settings.name,
        "seeds": seed_text(wanted),
        "by": by,
        **learned,
    }
    with working_folder(directory, plan, asked=asked, force=force) as work:
        into = streamed(work, travellers(model))
        how: dict[str, Any] = {"parameters": parameters, "executor": executor, "progress": progress, "into": into}
        (runs,) = run_many(model, seeds=wanted, by=by, **how).values()
        runs = dataclasses.replace(runs, made_by=runs.made_by | {"command": "run", "single": False})
        finish(work, tables_of(runs), runs.made_by, model.scenario, {} if parameters is None else parameters.files())
    return runs


def tables_of(runs: Runs) -> dict[str, pl.DataFrame]:
    """The tables of a run: those of the ensemble, and the counts seen beside their counterparts."""
    return runs.tables() | ({"observations": beside(runs)} if runs.observations else {})


def finish(
    work: Work,
    tables: Mapping[str, pl.DataFrame],
    made_by: Mapping[str, Any],
    scenario: Scenario,
    more: Mapping[str, bytes | str] | None = None,
) -> None:
    """Add tables, a copy of the scenario and ``more`` files to a folder, and make it whole."""
    if work.whole:
        return
    for name, data in (more or {}).items():
        work.write(name, data)
    for name, table in tables.items():
        work.write(f"{name}.parquet", as_parquet(table))
    for name, text in scenario_files(scenario).items():
        work.write(f"{SCENARIO}/{name}", text)
    work.publish(made_by)


def travellers(model: Model) -> float:
    """How many travellers a seed has on average."""
    cells = model.people.cells
    return float(cells["mean"].clip(min=0.0).sum() + cells["count"].sum())
