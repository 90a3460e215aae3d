"""Every combination of some crossings open or shut, on expected flows: what each reaches and what it costs."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crossings.errors import InputError, unknown
from crossings.measures.access import gaps_by_day
from crossings.measures.no_way import no_way, open_at_noon
from crossings.model import Model
from crossings.model.flow_plan import plan_like
from crossings.model.variants import with_orders
from crossings.scenario import Scenario
from crossings.scenario.entities import Closure
from crossings.scenario.measures import daily_waits, longest_wait
from crossings.scenario.what_if import TRIED, what_if
from crossings.simulation.ensemble import periods_of
from crossings.simulation.expected import Expectation, mean_waits, summarise
from crossings.store.endings import endings
from crossings.store.results import STATES

MOST_CROSSINGS = 12
"""2^12 combinations take about a minute on two cores."""
COSTS = ("processed", "longest_wait_h", "no_way", "longest_gap_km", "journeys_lost")
"""What options are held beside one another by. An option is beaten where another is at most as high in all of them and
lower in one: fewer processed is the aim of whoever closes, the rest is what it costs."""
LEAST = (0.5, 0.05, 0.5, 0.5, 0.5)
"""Differences that nobody would see in the table: half a traveller or kilometre, three minutes."""


@dataclass(frozen=True)
class Options:
    """The table of all combinations, and what it is about."""

    table: pl.DataFrame
    stream: str
    crossings: tuple[str, ...]
    days: tuple[dt.date, dt.date]

    @property
    def alike(self) -> bool:
        """Whether no option differs from another by more than counts."""
        costs = np.nan_to_num(self.table.select(COSTS).to_numpy())
        return bool((np.ptp(costs, axis=0) <= _room(costs)).all())

    def to_json(self) -> dict[str, object]:
        """The object that `crossings options --json` prints."""
        rows = [
            {k: None if isinstance(v, float) and not np.isfinite(v) else v for k, v in r.items()}
            for r in self.table.iter_rows(named=True)
        ]
        return {
            "group": self.stream,
            "crossings": list(self.crossings),
            "from": self.days[0].isoformat(),
            "until": self.days[1].isoformat(),
            "options": rows,
        }


def options(
    scenario: Scenario,
    crossings: Sequence[str],
    *,
    begins: dt.datetime,
    until: dt.datetime | None = None,
    announced: dt.datetime | None = None,
    stream: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Options:
    """Expected flows of each combination of some crossings shut.

    Parameters
    ----------
    crossings
        Ids of 1 to 12 crossings that are open or shut.
    begins, until, announced
        Local times of the closures, as `crossings.scenario.what_if.what_if` takes them.
    stream
        The group looked at; by default the first of the scenario.

    Returns
    -------
    Options
        A row a combination: shut (ids with ;), processed (travellers of the group, all days), longest_wait_h (hours, as
        `crossings.scenario.measures.longest_wait`, at the crossings left open), no_way (as `crossings.measures.no_way.no_way`, on
        the last day), longest_gap_km, journeys_lost (travellers of all other groups that cross less than with none
        shut), beaten (whether another option is better or equal in all five).

    Raises
    ------
    InputError
        For unknown crossings or groups, none, or more than 12.
    """
    chosen = tuple(dict.fromkeys(crossings))
    if not 1 <= len(chosen) <= MOST_CROSSINGS:
        raise InputError("crossings", f"{len(chosen)} are named", f"1 to {MOST_CROSSINGS} are accepted")
    name = stream if stream is not None else next(iter(scenario.settings.streams))
    faults = unknown("crossings", "crossing", chosen, [c.id for c in scenario.crossings])
    faults += unknown("group", "group", [name], list(scenario.settings.streams))
    if faults:
        raise InputError(faults)
    base, _ = what_if(scenario, close=chosen, begins=begins, until=until, announced=announced, streams=[])
    when: dict[str, Any] = {"announced": announced, "from_": begins, "until": until, "source": TRIED}
    # A note names them all, so that choices are told apart by the same crossings in every combination, and are made once.
    named = base.with_closures([Closure(id="tried-note", order="tried-note", kind="note", crossings=chosen, **when)])
    order = Closure(id="tried", order="tried", crossings=chosen, **when)
    table = _Table(named.with_closures([order]), name, begins, until)
    found = []
    sets = [s for n in range(len(chosen) + 1) for s in itertools.combinations(chosen, n)]
    for n, shut in enumerate(sets, 1):
        row = (order.model_copy(update={"crossings": shut}),) if shut else ()
        one = dataclasses.replace(named, closures=named.closures + row, written=named.written + row)
        found.append(table.row(one, shut))
        if progress is not None:
            progress(n, len(sets))
    frame = pl.DataFrame(found)
    lost = frame["crossed_others"][0] - frame["crossed_others"]
    frame = frame.with_columns(journeys_lost=lost.clip(0.0)).drop("crossed_others")
    frame = frame.with_columns(beaten=pl.Series(_beaten(frame.select(COSTS).to_numpy())))
    return Options(frame, name, chosen, (table.first, table.last))


class _Table:
    """What all combinations have in common is made once: journeys, choices, people and the plan of flows."""

    def __init__(self, full: Scenario, stream: str, begins: dt.datetime, until: dt.datetime | None) -> None:
        self.stream = stream
        self.model = Model(full)
        self.work = Expectation(self.model)
        self.periods = periods_of(self.model, "day")
        end = until or self.model.clock.local(self.model.clock.horizon_ms)
        self.rows = [k for k, s in enumerate(self.periods.starts) if begins.date() <= s.date() and s < end]
        self.first, self.last = begins.date(), self.periods.starts[self.rows[-1]].date()

    def row(self, scenario: Scenario, shut: Sequence[str]) -> dict[str, object]:
        """One combination: a scenario in which one order, announced and heard of as one, closes ``shut``."""
        model = with_orders(self.model, scenario)
        alike = model.choices is self.model.choices
        work = Expectation(model, plan=plan_like(self.work.plan, model, self.work.streams) if alike else None)
        fluid = work.compute()
        flows = summarise(model, fluid, self.periods.edges, self.periods.starts)
        waits = mean_waits(fluid, work.plan, self.periods.edges, model.tables.step_ms)
        days = [self.periods.starts[k].date() for k in self.rows]
        mine = {name: float(flows.states[name][self.rows[-1], model.streams[self.stream]]) for name in STATES}
        arrived, crossed, wait_h = (a[self.rows] for a in (flows.arrived, flows.crossed, waits))
        return {"shut": ";".join(shut), **option_figures(model, self.stream, arrived, crossed, wait_h, mine, days)}


def option_figures(
    model: Model,
    stream: str,
    arrived: NDArray[np.float64],
    crossed: NDArray[np.float64],
    waits: NDArray[np.float64],
    ends: Mapping[str, float],
    days: Sequence[dt.date],
) -> dict[str, float]:
    """What one option reaches and costs, in the columns of `options`, from the expected flows of some days.

    arrived, crossed, waits (hours, mean of those who join): [days, gates]; ends: state → travellers of the stream at the end
    of the last day; crossed_others: travellers of all other groups who cross.
    """
    mine = [i for i, g in enumerate(model.gates) if g.stream == stream]
    others = [i for i, g in enumerate(model.gates) if g.stream != stream]
    border = next((b.id for b in model.scenario.borders if b.id in model.scenario.lines), None)
    gap = None if border is None else gaps_by_day(model, stream, border, days=sorted(set(days))[:7])
    return {
        "processed": float(crossed[:, mine].sum()),
        "longest_wait_h": _longest_wait(model, stream, arrived, waits, days),
        "no_way": float(no_way(model, stream, endings(np.array([ends[s] for s in STATES])), days[-1])),
        "longest_gap_km": float("nan") if gap is None else float(np.nanmax(gap.km)),
        "crossed_others": float(crossed[:, others].sum()),
    }


def _longest_wait(
    model: Model, stream: str, arrived: NDArray[np.float64], waits: NDArray[np.float64], days: Sequence[dt.date]
) -> float:
    """The longest wait at the crossings that are open on a day, as in an answer: expected flows are one run without chance."""
    ever = set().union(*(open_at_noon(model, stream, day) for day in sorted(set(days))))
    longest = [0.0]
    for crossing in dict.fromkeys(g.crossing for g in model.gates if g.stream == stream):
        if crossing in ever:
            gates = [i for i, g in enumerate(model.gates) if (g.stream, g.crossing) == (stream, crossing)]
            came, hours = (a[None][:, :, gates] for a in (arrived, waits))
            longest += longest_wait(daily_waits(came, hours, days)).tolist()
    return float(np.nanmax(longest))


def _room(costs: NDArray[np.float64]) -> NDArray[np.float64]:
    """The difference in each column of `COSTS` that does not count: a thousandth of the highest, at least `LEAST`."""
    return np.asarray(np.maximum(1e-3 * costs.max(axis=0), LEAST))


def _beaten(costs: NDArray[np.float64]) -> list[bool]:
    """Whether another row is nowhere higher, and somewhere lower, by more than counts."""
    values = np.nan_to_num(costs)
    room = _room(values)
    out = []
    for row in values:
        no_worse = (values <= row + room).all(axis=1)
        better = (values < row - room).any(axis=1)
        out.append(bool((no_worse & better).any()))
    return out
