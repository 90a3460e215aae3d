"""Run a model: one seed, or many seeds of several scenarios on any `concurrent.futures.Executor`.

The kernel releases the interpreter's lock, so threads use all cores; no result depends on how the work is spread.
"""

from __future__ import annotations

import datetime as dt
import platform
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crossings.errors import check_known
from crossings.io.faults import counted
from crossings.kernel import KERNEL_HASH
from crossings.kernel.agents.tally import servers_needed, tally, totals
from crossings.model import Model, as_model
from crossings.model.parameters import Parameters
from crossings.network.threads import available_cores
from crossings.observations.matching import Matched, match, simulated
from crossings.scenario import Scenario
from crossings.simulation.outcome import Outcome, simulate_once
from crossings.simulation.seeds import Progress, each_seed, seed_text, seeds_of
from crossings.store.display import drawn
from crossings.store.results import Runs, Tallies, Tally
from crossings.store.tidy import long_form

Into = Callable[[Runs, list[int], Callable[[list[int]], Iterator[Tally]]], Tallies]


@dataclass(frozen=True)
class Periods:
    """The periods of a table: edges in ms and local starts; and the scenario's observations, matched to its gates."""

    edges: NDArray[np.int64]
    starts: tuple[dt.datetime, ...]
    seen: Matched


def periods_of(model: Model, by: str, until_ms: int | None = None) -> Periods:
    """Local days, or hours, from the start to the horizon (or ``until_ms``)."""
    check_known("by", "period", [by], ["day", "hour"])
    clock = model.clock
    end = clock.horizon_ms if until_ms is None else until_ms
    if by == "hour":
        times = list(range(0, end, 3_600_000))
    else:
        days = [clock.to_ms(dt.datetime(d.year, d.month, d.day)) for d in clock.dates()]
        times = sorted({0} | {t for t in days if 0 < t < end})
    return Periods(np.array([*times, end], np.int64), tuple(clock.local(t) for t in times), match(model, end))


def summarise(model: Model, outcome: Outcome, periods: Periods, *, servers: bool) -> Tally:
    """One seed's counts per period."""
    tables = model.tables
    counts, waits = tally(tables, outcome.visits, periods.edges, outcome.crowd.size)
    if servers:
        target = np.int64(model.scenario.settings.wait_target_h * 3_600_000)
        needed = servers_needed(np.uint64(outcome.seed), tables, outcome.crowd, outcome.visits, periods.edges, target)
    else:
        needed = np.full(counts.shape[:2], np.nan)
    cells, names = cell_index(model)
    by_state = totals(outcome.crowd, outcome.kept, cells, len(names))
    step = model.clock.step_ms
    at = np.minimum((periods.edges + step - 1) // step, outcome.present.shape[0] - 1)
    full = np.concatenate([np.zeros((1, outcome.over.shape[1])), np.cumsum(outcome.over, axis=0)])
    found_full = np.diff(full[np.minimum(at, full.shape[0] - 1)], axis=0)
    seen = simulated(tables, outcome.visits, outcome.crowd.size, periods.seen)
    return Tally(outcome.seed, counts, waits, needed, by_state, outcome.present[at[1:]], found_full, seen)


def cell_index(model: Model) -> tuple[NDArray[np.int64], list[tuple[str, str]]]:
    """[group, place] → number of its (stream, origin) cell, and the cells' names."""
    names: dict[tuple[str, str], int] = {}
    out = np.full((max(1, len(model.groups)), max(1, len(model.places))), -1, np.int64)
    people = model.people
    places = list(model.places)
    for group, origin in sorted(set(zip(people.cells["group"].tolist(), people.cells["origin"].tolist(), strict=True))):
        out[group, origin] = names.setdefault((model.groups[group][0], places[origin]), len(names))
    return out, list(names)


@dataclass(frozen=True, repr=False)
class Results:
    """One seed: its tables and every traveller's fate.

    Attributes
    ----------
    runs : Runs
        The same as an ensemble of one run; its ``flows``, ``totals``, ``places`` and ``made_by`` are found here as well.
    outcome : Outcome
        Arrays of the kernel.
    model : Model
        What was run.

    Examples
    --------
    >>> import crossings as cx
    >>> cx.run("two-crossings", seed=1)
    <Results of two-crossings, seed 1: 6,857 travellers; .flows, .totals, .places, .fates>
    """

    runs: Runs
    outcome: Outcome
    model: Model

    def __repr__(self) -> str:
        return (
            f"<Results of {self.runs.scenario}, seed {self.outcome.seed}: {counted(self.outcome.crowd.size, 'traveller')}; "
            ".flows, .totals, .places, .fates>"
        )

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>{drawn(self.runs)}{self.runs.totals._repr_html_()}"

    def frame(self, table: str = "flows") -> pl.DataFrame:
        """A table in long form: a row for each number.

        Parameters
        ----------
        table : {"flows", "totals", "places"}
            Which.

        Returns
        -------
        polars.DataFrame
            As `Runs.frame` gives it.
        """
        return self.runs.frame(table)

    def __getattr__(self, name: str) -> Any:
        if name in ("flows", "totals", "places", "made_by"):
            return getattr(self.runs, name)
        raise AttributeError(name)

    @property
    def waits(self) -> Any:
        """Waits (h) per period and crossing: the wait columns of ``flows``."""
        flows = self.runs.flows
        return flows.select(
            [c for c in flows.columns if not c.endswith(("_p05", "_p50", "_p95")) or c.startswith("wait")]
        )

    @property
    def fates(self) -> Any:
        """A row a traveller: id, stream, origin, state at the horizon, when and where it crossed, km and hours."""
        from crossings.simulation.trajectories import fates

        return fates(self.model, self.outcome)


def run(
    model: Model | Scenario | str, seed: int = 1, *, by: str = "day", parameters: Parameters | None = None
) -> Results:
    """Run one seed, traveller by traveller.

    Parameters
    ----------
    model : Model, Scenario or str
        A model, a scenario, or the name or directory of one.
    seed : int
        0 to 2**64 - 1; the same seed gives the same travellers in every scenario.
    by : {"day", "hour"}
        Length of the periods of the tables.
    parameters : Parameters, optional
        Numbers in place of the scenario's, such as the `Draws` of a fit.

    Returns
    -------
    Results
        Tables `flows`, `totals`, `places`, and `fates`: a row a traveller.

    Raises
    ------
    InputError
        For a seed out of range, an unknown period, or more travellers than the memory holds.

    Examples
    --------
    >>> import crossings as cx
    >>> one = cx.run(cx.Model(cx.Scenario.read("two-crossings")), seed=1)
    >>> sorted(one.runs.tables())
    ['flows', 'places', 'totals']
    """
    model = as_model(model)
    drawn = model if parameters is None else parameters.draw(model, seed)
    outcome = simulate_once(drawn, seed, record=True)
    periods = periods_of(model, by)
    tally = summarise(drawn, outcome, periods, servers=by == "day")
    return Results(gather(model, [tally], periods, by, parameters=parameters), outcome, drawn)


def gather(
    model: Model,
    tallies: Iterable[Tally],
    periods: Periods,
    by: str,
    name: str = "",
    parameters: Parameters | None = None,
) -> Runs:
    """Tallies of one model to an ensemble."""
    capacity = {p.id: p.capacity for p in model.scenario.places}
    done = tallies if isinstance(tallies, Tallies) else tuple(sorted(tallies, key=lambda t: t.seed))
    seeds = done.seeds if isinstance(done, Tallies) else [t.seed for t in done]
    return Runs(
        name or model.scenario.settings.name,
        model.scenario.settings.name,
        by,
        periods.starts,
        tuple((g.crossing, g.direction, g.stream) for g in model.gates),
        tuple(cell_index(model)[1]),
        tuple(model.sites),
        tuple(capacity[s] for s in model.sites),
        done,
        made_by(model, seeds) | {"by": by} | ({} if parameters is None else parameters.made_by),
        periods.seen.observations,
    )


def made_by(model: Model, seeds: list[int]) -> dict[str, Any]:
    """What made a result: enough to make it again, and to see what differs when it does not come out the same."""
    import numba

    from crossings import __version__

    return {
        "tool": "crossings",
        "version": __version__,
        "kernel": KERNEL_HASH,
        "scenario": model.scenario.settings.name,
        "scenario_hash": model.scenario.hash,
        "seeds": seed_text(seeds),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "numba": numba.__version__,
        "machine": f"{platform.system()} {platform.machine()}",
    }


def prepare(model: Model, parameters: Parameters | None = None) -> None:
    """Build what the kernel reads, once, before threads share it."""
    _ = model.tables, model.people
    if parameters is not None:
        parameters.prepare(model)


def _one_seed(
    model: Model, parameters: Parameters | None, periods: Periods, servers: bool, at_once: int, seed: int
) -> Tally:
    drawn = model if parameters is None else parameters.draw(model, seed)
    return summarise(drawn, simulate_once(drawn, seed, at_once=at_once), periods, servers=servers)


class Ensembles(dict[str, Runs]):
    """Ensembles by the name of their scenario."""

    def frame(self, table: str = "flows") -> pl.DataFrame:
        """A table of all in long form, one under the other, as `Runs.frame` gives it."""
        return pl.concat([long_form(runs.tables()[table], name) for name, runs in self.items()])


def run_many(
    models: Model | Scenario | str | Mapping[str, Model | Scenario | str],
    *,
    parameters: Parameters | None = None,
    seeds: Iterable[int] = range(1, 101),
    executor: Executor | None = None,
    by: str = "day",
    progress: Progress | None = None,
    into: Into | None = None,
) -> Ensembles:
    """Run one or several scenarios over the same seeds; each seed holds the same travellers in all of them.

    Parameters
    ----------
    models : Model, Scenario or str, or a mapping of names to such
        What is run.
    parameters : Parameters, optional
        Numbers that differ from seed to seed, the same in every scenario, such as the `Draws` of a fit: ranges then hold what
        is not known about the parameters.
    seeds : iterable of int
        One run each.
    executor : concurrent.futures.Executor, optional
        Where seeds are run; by default threads, one a core. The result does not depend on it.
    by : {"day", "hour"}
        Length of the periods of the tables.
    progress : callable, optional
        Called with (seeds done, seeds in all).
    into : callable, optional
        Where the counts of the seeds go as they come, instead of being held in memory (`run_to` gives one).

    Returns
    -------
    Ensembles
        A dict of `Runs`, one for each scenario, by name; ``.frame()`` puts them one under the other.

    Raises
    ------
    InputError
        For no seed, a seed out of range, or an unknown period.

    Examples
    --------
    >>> import crossings as cx
    >>> found = cx.run_many("two-crossings", seeds=[1, 2])
    >>> list(found), found.frame("totals")["scenario"].unique().to_list()
    (['two-crossings'], ['two-crossings'])
    """
    if isinstance(models, Mapping):
        named = {name: as_model(one) for name, one in models.items()}
    else:
        model = as_model(models)
        named = {model.scenario.settings.name: model}
    wanted = seeds_of(seeds)
    out = Ensembles()
    done = 0
    for name, model in named.items():
        periods = periods_of(model, by)
        prepare(model, parameters)
        work = partial(_one_seed, model, parameters, periods, by == "day", min(len(wanted), available_cores()))

        def step(n: int, total: int, done: int = done) -> None:
            if progress is not None:
                progress(done + len(wanted) - total + n, len(wanted) * len(named))

        each = partial(each_seed, work, executor=executor, progress=step)
        empty = gather(model, (), periods, by, name, parameters)
        tallies = each(wanted) if into is None else into(empty, wanted, each)
        out[name] = gather(model, tallies, periods, by, name, parameters)
        done += len(wanted)
    return out
