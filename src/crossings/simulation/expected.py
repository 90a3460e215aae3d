"""Expected flows of a model: who comes and crosses where and when on average, without a draw (docs/model.md, section 9).

About the mean of many runs, in milliseconds: for fitting, and for an answer while one thinks. It is the limit of many
travellers and many servers, so it has no band; near a lane's capacity it shows less waiting than there is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.errors import check_known
from crossings.io.faults import counted
from crossings.kernel.core.layout import STATES, ModelTables, PeopleTables
from crossings.kernel.flows.expected import expect_flows
from crossings.kernel.flows.returning import BINS
from crossings.kernel.flows.shares import SUBSETS
from crossings.kernel.flows.tables import Fluid, Plan
from crossings.model import Model, as_model
from crossings.model.flow_plan import plan_for, ring_for
from crossings.scenario import Scenario

SEEN = 0.05  # fewer who come in a period have no wait to speak of

Floats = NDArray[np.float64]
COUNTS = ("arrived", "crossed", "turned_away", "out_of_patience")


@dataclass(frozen=True, repr=False)
class Expected:
    """Expected flows. P periods, G gates, in the unit of each group of travellers.

    Attributes
    ----------
    starts : tuple of datetime [P]
        Local times at which the periods begin.
    gates : tuple of (str, str, str) [G]
        Crossing, direction, group.
    streams, sites : tuple of str
        Groups, and places where somebody can arrive.
    arrived, crossed, turned_away, reneged : array [P, G]
        Travellers per period; ``reneged``: out of patience.
    waiting : array [P, G]
        Travellers in the queue at the end of the period.
    wait_h : array [P, G]
        Hours that somebody who comes at the end of the period would wait.
    states : dict of str to array [P, streams]
        Travellers in each state at the end of the period.
    present : array [P, sites]
        Persons at each place at the end of the period.

    Examples
    --------
    >>> import crossings as cx
    >>> flows = cx.expect("two-crossings")
    >>> bool(flows.crossed.sum() > 0)
    True
    """

    starts: tuple[dt.datetime, ...]
    gates: tuple[tuple[str, str, str], ...]
    streams: tuple[str, ...]
    sites: tuple[str, ...]
    arrived: Floats
    crossed: Floats
    turned_away: Floats
    reneged: Floats
    waiting: Floats
    wait_h: Floats
    states: dict[str, Floats]
    present: Floats

    def __repr__(self) -> str:
        return f"<Expected flows: {counted(len(self.starts), 'period')} from {self.starts[0]:%Y-%m-%d}, groups: {', '.join(self.streams)}>"


class Expectation:
    """Computes expected flows of one model again and again, as in a fit: what does not change is made once.

    ``streams``: those computed (by default all); the others are absent, also from queues that they would share.
    ``plan``: of a model with the same choices and people (`plan_like`), else it is made. Not for use by several threads at once.
    """

    def __init__(
        self,
        model: Model,
        *,
        streams: Sequence[str] | None = None,
        until_ms: int | None = None,
        plan: Plan | None = None,
    ) -> None:
        names = list(model.streams)
        wanted = names if streams is None else list(streams)
        check_known("stream", "stream", wanted, names)
        self.model = model
        self.streams = tuple(wanted)
        end = model.clock.horizon_ms if until_ms is None else max(1, min(until_ms, model.clock.horizon_ms))
        self.steps = -(-end // model.tables.step_ms)
        self._plan = plan

    @cached_property
    def plan(self) -> Plan:
        """What follows from the scenario alone."""
        return plan_for(self.model, self.streams) if self._plan is None else self._plan

    @cached_property
    def fluid(self) -> Fluid:
        """The masses, kept from one computation to the next."""
        return _new_fluid(self.model, self.plan, self.steps, self.streams)

    def compute(self, tables: ModelTables | None = None, people: PeopleTables | None = None) -> Fluid:
        """The flows, step by step, with the model's numbers or others of the same shape; overwritten by the next call."""
        tables = self.model.tables if tables is None else tables
        expect_flows(tables, self.model.people if people is None else people, self.plan, self.fluid)
        return self.fluid


def expect(
    model: Model | Scenario | str,
    *,
    streams: Sequence[str] | None = None,
    by: str = "day",
) -> Expected:
    """Expected flows: the model in the limit of many travellers, without random draws.

    Parameters
    ----------
    model : Model, Scenario or str
        What is computed.
    streams : sequence of str, optional
        Groups of travellers; by default all. The others are absent, also from queues that they would share.
    by : {"day", "hour"}
        Length of the periods.

    Returns
    -------
    Expected
        Arrays [periods, gates] in units of each group.

    Raises
    ------
    InputError
        For an unknown group or period.

    Examples
    --------
    >>> import crossings as cx
    >>> flows = expect(cx.Model(cx.Scenario.read("two-crossings")))
    >>> flows.crossed.shape == (len(flows.starts), len(flows.gates))
    True
    """
    from crossings.simulation.ensemble import periods_of

    model = as_model(model)
    computed = Expectation(model, streams=streams)
    fluid = computed.compute()
    edges = periods_of(model, by, min(computed.steps * model.tables.step_ms, model.clock.horizon_ms))
    return summarise(model, fluid, edges.edges, edges.starts)


def summarise(model: Model, fluid: Fluid, edges: NDArray[np.int64], starts: tuple[dt.datetime, ...]) -> Expected:
    """Flows by period; a step counts in the period in which it begins."""
    step = model.tables.step_ms
    at = np.minimum((edges + step - 1) // step, fluid.steps)

    def per_period(name: str) -> Floats:
        sums = np.concatenate([np.zeros((1, len(model.gates))), np.cumsum(getattr(fluid, name), axis=0)])
        out: Floats = np.diff(sums[at], axis=0)
        return out

    flows = {name: per_period(name) for name in COUNTS}
    last = np.maximum(at[1:], 1) - 1
    states = fluid.states[at[1:]]
    return Expected(
        starts,
        tuple((g.crossing, g.direction, g.stream) for g in model.gates),
        tuple(model.streams),
        tuple(model.sites),
        flows["arrived"],
        flows["crossed"],
        flows["turned_away"],
        flows["out_of_patience"],
        fluid.queue[last].copy(),
        fluid.wait_h[last].copy(),
        {name: states[:, :, i].copy() for i, name in enumerate(STATES)},
        fluid.shown[at[1:]].copy(),
    )


def mean_waits(fluid: Fluid, plan: Plan, edges: NDArray[np.int64], step_ms: int) -> Floats:
    """[D, G]: hours that those who come wait on average, from the wait at each step; nan where nobody comes.

    As in the runs it is the time from coming to being served, so who comes at night waits for the morning as well; who is
    turned away by an order is left out.
    """
    at = np.minimum((edges + step_ms - 1) // step_ms, fluid.steps)
    zero = np.zeros((1, fluid.arrived.shape[1]))
    opening = plan.opening[:, : 4 * fluid.steps].reshape(-1, fluid.steps, 4).mean(axis=2, dtype=float).T
    hours = fluid.wait_h + opening
    ends = np.isfinite(hours)  # a quota of nothing makes waits without end, which no mean holds
    joined = np.where(ends, fluid.arrived * (1.0 - plan.shut[:, : fluid.steps].T), 0.0)
    waited, came = (
        np.diff(np.concatenate([zero, np.cumsum(a, axis=0)])[at], axis=0)
        for a in (np.multiply(joined, hours, out=np.zeros_like(joined), where=ends), joined)
    )
    out: Floats = np.divide(waited, came, out=np.full(came.shape, np.nan), where=came >= SEEN)
    return out


def _new_fluid(model: Model, plan: Plan, steps: int, streams: Sequence[str]) -> Fluid:
    tables, people = model.tables, model.people
    ring = ring_for(plan)
    kinds, sets, gates = plan.types.size, tables.sets.size, len(model.gates)
    queues, sites, stocks = tables.queues.size, len(model.sites), people.stocks.size
    most = int((tables.sets["end"] - tables.sets["start"]).max(initial=0)) + 2
    count = tables.streams.size
    flexible = bool((tables.streams["flexible_ms"] > 0.0).any())
    recovers = bool((tables.streams["recover_ms"] > 0.0).any())
    shapes: dict[str, Any] = {
        "active": count,
        "loses": count,
        "prepares": count,
        **dict.fromkeys(("known", "along"), tables.orders.size),
        "stale": (sets, steps + 1),
        "uncertain": (sets, SUBSETS + 1),
        **dict.fromkeys(("fresh", "weighed"), sets),
        "eligible": (sets, 1 << SUBSETS),
        "since": (tables.alternatives.size if recovers else 0, 1 << SUBSETS),
        "weight": tables.alternatives.size,
        **dict.fromkeys(("share", "start", "rate", "rank", "before", "slot", "best", "won"), most + 1),
        "leaving": (sets, steps),
        "moved": (sets if flexible else 0, steps, 3),
        "moved_bits": (sets if flexible else 0, steps),
        "joining": (stocks, steps),
        "stock": (stocks, 3),
        **dict.fromkeys(("rush_order", "rush_until", "touched", "favoured", "hazard_at"), stocks),
        **dict.fromkeys(("ready", "lost", "released"), sets),
        "shy": (sets, BINS + 1),
        "lives": 1,
        "holds": 1,
        "news": steps + 1,
        "setting": tables.alternatives.size,
        "coming": (kinds, ring),
        "ending": (2 * count * sites, ring),
        **dict.fromkeys(
            ("entered", "live", "held", "crossed_now", "stuck", "done", "refused", "reneged", "staying", "stay_until"),
            kinds,
        ),
        **dict.fromkeys(("waiting", "serving"), (kinds, 2)),
        **dict.fromkeys(("busy", "pace", "queued", "day", "begun", "hint", "board", "asked", "answer"), queues),
        "heard": (steps if (tables.streams["lag"] > 0).any() else 0, queues),
        **dict.fromkeys(("present", "on_way", "exit_at"), sites),
        **dict.fromkeys(("arrived", "crossed", "turned_away", "out_of_patience", "queue", "wait_h"), (steps, gates)),
        "room": (sites, 2),
        "shown": (steps + 1, sites),
        "states": (steps + 1, count, 8),
        "state": (count, 8),
    }
    arrays = _in_one_piece(shapes)
    arrays["active"][[model.streams[name] for name in streams]] = True
    return Fluid(**arrays, steps=steps, ring=ring)


def _in_one_piece(shapes: dict[str, Any]) -> dict[str, NDArray[Any]]:
    """Tables of zeros that lie one after the other, ``active`` apart: ``mass`` is all of them, so that one fill clears them."""
    sizes = {}
    for name, shape in shapes.items():
        sizes[name] = (int(np.prod(shape)) * Fluid.fields[name][0].itemsize + 63) // 64 * 64
    piece = np.zeros((sum(sizes.values()) - sizes["active"]) // 8)
    arrays: dict[str, NDArray[Any]] = {"mass": piece, "active": np.zeros(shapes["active"], np.bool_)}
    at = 0
    for name, shape in shapes.items():
        if name == "active":
            continue
        dtype = Fluid.fields[name][0]
        size = int(np.prod(shape)) * dtype.itemsize
        arrays[name] = piece.view(np.uint8)[at : at + size].view(dtype).reshape(shape)
        at += sizes[name]
    return arrays


def together(model: Model, stream: str) -> tuple[str, ...]:
    """The streams that can touch a stream: by a queue, or by a destination with limited room, also through others.

    >>> import crossings as cx
    >>> together(cx.Model(cx.Scenario.read("two-crossings")), "seekers")
    ('seekers',)
    """
    bonds = [set(queue.streams) for queue in model.queues]
    limited = {p.id for p in model.scenario.places if p.capacity is not None}
    ends: dict[str, set[str]] = {}
    for (group, _), chosen in model.choices.sets.items():
        for a in chosen:
            if a.destination in limited:
                ends.setdefault(a.destination, set()).add(model.groups[group][0])
    bonds += ends.values()
    found = {stream}
    while more := [b for b in bonds if b & found and not b <= found]:
        found |= set().union(*more)
    return tuple(name for name in model.streams if name in found)
