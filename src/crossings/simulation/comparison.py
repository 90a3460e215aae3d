"""The same people with and without the closures: diverted, delayed, advanced, deterred, stranded, induced.

Each traveller created falls in exactly one cell, judged at the horizon H and again at H + 30 days (docs/model.md, section 8).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crossings.errors import InputError
from crossings.io.faults import counted
from crossings.kernel.agents.effects import CELLS, cells_of, open_sets, reduce_cells
from crossings.model import Model, as_model
from crossings.model.orders import Gate
from crossings.model.parameters import Parameters
from crossings.network.threads import available_cores
from crossings.scenario import Clock, Scenario
from crossings.scenario.measures import MEASURES
from crossings.scenario.order_kinds import ACTING
from crossings.scenario.period import Period, compared, period_of
from crossings.simulation.ensemble import (
    Ensembles,
    gather,
    periods_of,
    prepare,
    summarise,
)
from crossings.simulation.outcome import simulate_once
from crossings.simulation.pairs import pair
from crossings.simulation.reduction import Sums, reduce
from crossings.simulation.seeds import Progress, map_seeds, seeds_of
from crossings.store.display import drawn
from crossings.store.results import Runs, Tally, band, nested
from crossings.store.tidy import long_form

__all__ = ["CELLS", "MEASURED", "Comparison", "Effect", "Pairing", "compare"]

LATER_DAYS = 30.0
RUNS_A_SEED = 2  # without, and with
TAUS_H = (6.0, 1.0, 24.0)
FATES = ("deterred", "stranded", "pending", "outside")
MEASURED = tuple(name for name, m in MEASURES.items() if m.formula is not None and name != "peak_load")
"""Measures that a comparison gives: of pairs of runs, but for the load of queues, which claims alone ask for."""
Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Effect:
    """One seed's reduction. S streams, C crossings.

    counts [V, S, 9] for the views V: (H, tau 6 h), (H, 1 h), (H, 24 h), (H + 30 days, 6 h);
    spill [V, S]; extra [V, S, 2] km and hours summed over the diverted; flows [S, C + 1, C + 5] of the first view. sums [S,
    COLUMNS]: what the measures of the catalogue are made of, for the period of the compared orders.
    """

    seed: int
    counts: Array
    spill: Array
    extra: Array
    flows: Array
    sums: Array


Paired = tuple[Effect, Tally, Tally]
"""One seed: what differs, and the counts without and with the orders."""

VIEWS = ("at the horizon", "tau 1 h", "tau 24 h", "30 days later")


@dataclass(frozen=True, repr=False)
class Comparison:
    """What the orders do to the same people, seed by seed, and both ensembles.

    Attributes
    ----------
    baseline, scenario : str
        Names of the two.
    streams, crossings : tuple of str
        Groups of travellers, and crossings.
    effects : tuple of Effect
        One for each seed.
    runs : dict of str to Runs
        Both ensembles, by name.
    made_by : dict
        What made it.
    persons : tuple of float
        Persons in a traveller of each group.
    units : tuple of str
        Unit of each group.
    period : Period
        When the orders that are compared were announced, in force and replaced.
    scenarios : (Scenario, Scenario)
        The baseline and the scenario.

    Examples
    --------
    >>> import crossings as cx
    >>> list(cx.compare("two-crossings", seeds=[1]).runs)
    ['without later orders', 'as written']
    """

    baseline: str
    scenario: str
    streams: tuple[str, ...]
    crossings: tuple[str, ...]
    effects: tuple[Effect, ...]
    runs: dict[str, Runs]
    made_by: dict[str, Any]
    persons: tuple[float, ...]
    units: tuple[str, ...]
    period: Period
    scenarios: tuple[Scenario, Scenario]

    def __repr__(self) -> str:
        return (
            f"<Comparison: {self.scenario}, against {self.baseline}; {counted(len(self.effects), 'pair')} of runs, groups: "
            f"{', '.join(self.streams)}; .measures(), .table(), .flows(), .runs>"
        )

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>{drawn(self)}{self.measures()._repr_html_()}"

    @property
    def times(self) -> dict[str, Any]:
        """The period in local time, as it is printed: the orders, and when they were announced, begin, end and are judged."""
        names, clock = ("announced", "begins", "ends", "judged"), Clock(self.scenarios[1].settings)
        when = {name: clock.local(getattr(self.period, name)).isoformat(timespec="minutes") for name in names}
        return {"orders": list(self.period.orders), **when}

    def measure(self, name: str, streams: Iterable[str] = ()) -> Array:
        """A measure of the catalogue for the compared orders, seed by seed.

        Parameters
        ----------
        name : str
            As in ``crossings.scenario.measures.MEASURES``.
        streams : iterable of str
            Groups; none named: all.

        Returns
        -------
        array [seeds]
            nan where there is nobody to measure it on.

        Raises
        ------
        InputError
            For a measure that pairs of runs do not give.
        """
        formula = MEASURES[name].formula if name in MEASURES else None
        if formula is None or name not in MEASURED:
            raise InputError("measure", f"'{name}' is not made of pairs of runs", f"accepted: {', '.join(MEASURED)}")
        chosen = [self.streams.index(s) for s in streams] or list(range(len(self.streams)))
        numbers = np.stack([e.sums for e in self.effects])
        return formula(Sums(numbers, chosen, np.array(self.persons)))

    def measures(self) -> pl.DataFrame:
        """Per stream, and for all together (stream empty): each measure with its unit and band, for the compared orders."""
        keys = [(stream, name, MEASURES[name].unit) for stream in (*self.streams, "") for name in MEASURED]
        bands = band(np.stack([self.measure(name, [stream] if stream else []) for stream, name, _ in keys], axis=1))
        table = pl.DataFrame(keys, schema=["stream", "measure", "unit"], orient="row")
        return table.with_columns(**{f"figure_{b}": v for b, v in bands.items()}).fill_nan(None)

    def table(self, view: int = 0) -> pl.DataFrame:
        """What became of travellers, by group.

        Parameters
        ----------
        view : int
            0 to 3: by the end of the run, with delays from 6 h, 1 h or 24 h on; or 30 days later, from 6 h on.

        Returns
        -------
        polars.DataFrame
            Travellers created and in each outcome, spill-over, and mean extra km and hours of the diverted.
        """
        counts, spill, extra = (
            np.stack([getattr(e, name)[view] for e in self.effects]) for name in ("counts", "spill", "extra")
        )
        numbers = {"created": counts.sum(axis=2)} | {cell: counts[..., k] for k, cell in enumerate(CELLS)}
        each = extra / np.where(counts[..., :1] > 0, counts[..., :1], np.nan)
        numbers |= {"spill_over": spill, "extra_km": each[..., 0], "extra_h": each[..., 1]}
        columns = {f"{name}_{b}": v for name, values in numbers.items() for b, v in band(values).items()}
        return pl.DataFrame({"stream": list(self.streams), **columns})

    def flows(self) -> pl.DataFrame:
        """Who went where: per stream, from (crossing without the closures) to (crossing, or fate, with them), in its unit."""
        bands = band(np.stack([e.flows for e in self.effects]))
        starts, ends = [*self.crossings, "not crossed"], [*self.crossings, *FATES, ""]
        at = np.argwhere(bands["mean"] > 0)
        keys = [(self.streams[s], starts[i], ends[j], self.units[s]) for s, i, j in at.tolist()]
        table = pl.DataFrame(keys, schema=dict.fromkeys(("stream", "from", "to", "unit"), pl.String), orient="row")
        return table.with_columns(**{f"number_{b}": v[tuple(at.T)] for b, v in bands.items()})

    def to_json(self) -> dict[str, Any]:
        """The object that `crossings compare --json` prints."""
        return {
            "baseline": self.baseline,
            "scenario": self.scenario,
            "seeds": len(self.effects),
            "made_by": self.made_by,
            "period": self.times,
            "measures": nested(self.measures(), 6),
            "ends": {name: nested(runs.ends(), 6) for name, runs in self.runs.items()},
            "streams": nested(self.table()),
            "flows": nested(self.flows()),
            "views": {name: nested(self.table(v)) for v, name in enumerate(VIEWS) if v},
        }

    def tables(self) -> dict[str, pl.DataFrame]:
        """All tables by name, with those of the scenario's own ensemble."""
        views = [self.table(v).with_columns(pl.lit(name).alias("view")) for v, name in enumerate(VIEWS)]
        return {
            "effects": pl.concat(views),
            "who_went_where": self.flows(),
            "measures": self.measures(),
            **self.runs[self.scenario].tables(),
        }

    def frame(self, table: str = "measures") -> pl.DataFrame:
        """A table in long form: a row for each number.

        Parameters
        ----------
        table : {"measures", "effects", "who_went_where", "flows", "totals", "places"}
            The last three are those of both scenarios, one under the other.

        Returns
        -------
        polars.DataFrame
            scenario, the table's keys (``date`` as a date), measure, statistic ("mean", "p05", "p50", "p95"), value.

        Raises
        ------
        KeyError
            For a table that there is not.

        Examples
        --------
        >>> import crossings as cx
        >>> cx.compare("two-crossings", seeds=[1]).frame("flows")["scenario"].unique().len()
        2
        """
        if table in ("flows", "totals", "places"):
            return Ensembles(self.runs).frame(table)
        return long_form(self.tables()[table], self.scenario)


def _later(scenario: Scenario) -> Scenario:
    return scenario.with_settings(drain_days=min(365.0, scenario.settings.drain_days + LATER_DAYS))


def compare(
    scenario: Scenario | Model | str | Mapping[str, Scenario],
    *,
    without: Iterable[str] = (),
    added: Iterable[Any] = (),
    parameters: Parameters | None = None,
    seeds: Iterable[int] = range(1, 101),
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Compare a scenario with its baseline, traveller by traveller, over many seeds.

    Parameters
    ----------
    scenario : Scenario, Model or str, or a mapping of two names to scenarios
        One scenario (with ``without`` or ``added``), or two by name, the baseline first; both hold the same demand.
    without : iterable of str
        Orders, or rows of orders, that the baseline lacks.
    added : iterable of Closure
        Rows that the scenario has and the baseline has not. Neither given: the baseline lacks all orders that begin after the
        start.
    parameters : Parameters, optional
        Numbers that differ from seed to seed and are the same with and without the orders.
    seeds : iterable of int
        A pair of runs each.
    executor : concurrent.futures.Executor, optional
        Where seeds are run; by default threads, one a core.
    progress : callable, optional
        Called with (seeds done, seeds in all).

    Returns
    -------
    Comparison
        Measures with their ranges, what became of whom, and both ensembles.

    Raises
    ------
    InputError
        For unknown orders, or scenarios that differ in more than their closures.

    Examples
    --------
    >>> import crossings as cx
    >>> found = cx.compare("two-crossings", seeds=[1, 2])
    >>> found.measures().filter(measure="share_diverted").height == len(found.streams) + 1
    True
    """
    if not isinstance(scenario, Mapping):
        scenario = as_model(scenario).scenario
        base_name, base, name, full = pair(scenario, without=without, added=added)
    else:
        (base_name, base), (name, full) = scenario.items()
        if base.demand != full.demand or base.stocks != full.stocks or base.settings.streams != full.settings.streams:
            what = f"differs from '{base_name}' in more than closures"
            raise InputError(name, what, "compare scenarios with the same demand, stocks and streams")
    wanted = seeds_of(seeds)
    ready = Pairing(base_name, base, name, full, parameters)
    work = partial(ready.one, at_once=min(max(1, len(wanted)), available_cores()))
    return ready.gathered(map_seeds(work, wanted, executor, progress))


class Pairing:
    """Two scenarios made ready to be compared; seeds can then be run in any number and order, and gathered when wanted."""

    def __init__(
        self, base_name: str, base: Scenario, name: str, full: Scenario, parameters: Parameters | None = None
    ) -> None:
        written = full if len(full.closures) >= len(base.closures) else base
        self.names = base_name, name
        self.scenarios = base, full
        self.before, self.after = Model(_later(base), _later(written)), Model(_later(full), _later(written))
        self.period = period_of(*compared(base, full), Clock(full.settings))
        self.periods = periods_of(self.after, "day", self.period.horizon)
        self.parameters = parameters
        for model in (self.before, self.after):
            prepare(model, parameters)
        self._touched = _touched(self.before, self.after)

    def one(self, seed: int, at_once: int = 1) -> Paired:
        """One seed of both scenarios; ``at_once``: how many seeds are run side by side, for the memory that they take."""
        before, after = (
            m if self.parameters is None else self.parameters.draw(m, seed) for m in (self.before, self.after)
        )
        horizon, later, tables = self.period.horizon, after.clock.horizon_ms, after.tables
        was, now = (simulate_once(m, seed, keep_ms=horizon, at_once=RUNS_A_SEED * at_once) for m in (before, after))
        views = [*((was.kept, now.kept, horizon, tau) for tau in TAUS_H), (was.fate, now.fate, later, TAUS_H[0])]
        opens = {at: open_sets(tables, np.int64(at)) for at in (horizon, later)}
        parts = []
        for without, with_them, at, tau in views:
            cells = cells_of(tables, was.crowd, without, with_them, np.int64(at), tau, opens[at])
            parts.append(
                reduce_cells(tables, was.crowd, without, with_them, cells, self._touched, len(after.crossings))
            )
        counts, spill, extra, flows = zip(*parts, strict=True)
        sums = reduce(self.period, after, was.crowd, was.kept, now.kept, 1)[0]
        effect = Effect(seed, np.stack(counts), np.stack(spill), np.stack(extra), flows[0], sums)
        base, full = (
            summarise(before, was, self.periods, servers=False),
            summarise(after, now, self.periods, servers=True),
        )
        return effect, base, full

    def gathered(self, done: Iterable[Paired]) -> Comparison:
        """The comparison over some seeds."""
        some = list(done)
        (base_name, name), (base, full) = self.names, self.scenarios
        before = gather(self.before, [d[1] for d in some], self.periods, "day", base_name, self.parameters)
        after = gather(self.after, [d[2] for d in some], self.periods, "day", name, self.parameters)
        runs = {base_name: before, name: after}
        made = dict(runs[name].made_by)
        made |= {"scenario_hash": full.hash, "baseline_hash": base.hash, "baseline": base_name}
        settings = full.settings.streams
        return Comparison(
            base_name,
            name,
            tuple(settings),
            tuple(self.after.crossings),
            tuple(d[0] for d in some),
            runs,
            made,
            tuple(s.persons for s in settings.values()),
            tuple(s.unit for s in settings.values()),
            self.period,
            self.scenarios,
        )


def _touched(before: Model, after: Model) -> NDArray[np.bool_]:
    """On which gates something else is in force, or announced, in one of the two scenarios than in the other."""

    def acting(model: Model, gate: Gate, kind: str) -> set[tuple[Any, ...]]:
        rows = model.rules.acting_on(gate, kind)
        return {(r.closure.id, r.closure.value, r.closure.announced, r.from_ms, r.until_ms, r.end_ms) for r in rows}

    differ = [any(acting(before, g, k) != acting(after, g, k) for k in ACTING) for g in after.gates]
    return np.array(differ, bool)
