"""The instant answer: what is expected of a model, by day and gate, without drawing anybody.

Streams that have no queue and no limited place in common do not touch one another, so only those that do are computed
together with the one that is looked at.
"""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crossings.kernel.flows.tables import Plan
from crossings.model import Model
from crossings.model.flow_plan import plan_like
from crossings.simulation.ensemble import periods_of
from crossings.simulation.expected import Expectation, Expected, mean_waits, summarise
from crossings.store.results import STATES

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ExpectedFlows:
    """Expected numbers of some streams. D days (from the start to the horizon), G gates; in the stream's unit.

    starts: local beginnings of the days; gates: those of the streams; arrived, crossed, waiting (at the day's end) and wait_h
    (mean of those who come; nan on days on which nobody does) [D, G], of other streams 0; present: persons at each of the model's
    sites at the day's end [D, sites]; ends: stream → state → travellers at the horizon.
    """

    streams: tuple[str, ...]
    starts: tuple[dt.datetime, ...]
    gates: frozenset[int]
    arrived: Floats
    crossed: Floats
    waiting: Floats
    wait_h: Floats
    ends: dict[str, dict[str, float]]
    present: Floats


class Outlook:
    """Expected flows of one scenario and its variants; what these have in common is made once."""

    def __init__(self, base: Model) -> None:
        self._base = base
        self._periods = periods_of(base, "day")
        self._plans: dict[tuple[str, ...], Plan] = {}
        self._lock = threading.Lock()

    def expected(self, model: Model, streams: tuple[str, ...]) -> ExpectedFlows:
        """What is expected of the scenario's model or that of a variant."""
        plan = None
        if model.choices is self._base.choices and model.people is self._base.people:
            plan = self._plan(streams)
            plan = plan if model is self._base else plan_like(plan, model, streams)
        work = Expectation(model, streams=streams, plan=plan)
        periods = self._periods if _same_time(model, self._base) else periods_of(model, "day")
        fluid = work.compute()
        found = summarise(model, fluid, periods.edges, periods.starts)
        return _answer(model, found, mean_waits(fluid, work.plan, periods.edges, model.tables.step_ms), streams)

    def _plan(self, streams: tuple[str, ...]) -> Plan:
        with self._lock:
            if streams not in self._plans:
                self._plans[streams] = Expectation(self._base, streams=streams).plan
            return self._plans[streams]


def _same_time(a: Model, b: Model) -> bool:
    one, other = a.scenario.settings, b.scenario.settings
    return all(getattr(one, n) == getattr(other, n) for n in ("start", "end", "timezone", "step_min", "drain_days"))


def _answer(model: Model, found: Expected, wait_h: Floats, streams: tuple[str, ...]) -> ExpectedFlows:
    gates = frozenset(i for i, g in enumerate(model.gates) if g.stream in streams)
    ends = {
        s: {name: round(float(found.states[name][-1, model.streams[s]]), 2) + 0.0 for name in STATES} for s in streams
    }
    return ExpectedFlows(
        streams, found.starts, gates, found.arrived, found.crossed, found.waiting, wait_h, ends, found.present
    )
