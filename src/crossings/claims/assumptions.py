"""Which assumption about behaviour would change a figure most: each tried by itself, on expected flows."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from crossings.claims.sensitivity import SETTINGS, Setting, with_setting
from crossings.model import Model
from crossings.scenario.clock import end_of_day
from crossings.simulation.ensemble import periods_of
from crossings.simulation.expected import Expectation, summarise, together

TRIED: tuple[Setting, ...] = tuple(s for s in SETTINGS if s.field or s.way_out)
"""Settings that change what travellers do; the others change how they are counted."""


@dataclass(frozen=True, slots=True)
class AssumptionShift:
    """An assumption and what it does to a figure: travellers that cross, as written and with it."""

    setting: Setting
    was: float
    now: float

    @property
    def relative(self) -> float:
        """The change as a share of the figure as written; of one traveller, where there are fewer."""
        return (self.now - self.was) / max(self.was, 1.0)


def largest_shift(model: Model, stream: str, crossing: str, day: dt.date) -> AssumptionShift:
    """The setting that changes how many of a group cross at a crossing on a day most, on expected flows.

    Each of `TRIED` is set by itself for the group; no draw is made, so it costs a fraction of a second a setting.

    >>> import crossings as cx
    >>> model = cx.Model(cx.Scenario.read("two-crossings"))
    >>> largest_shift(model, "seekers", "river", dt.date(2024, 3, 11)).setting in TRIED
    True
    """
    work = Expectation(model, streams=together(model, stream), until_ms=model.clock.to_ms(end_of_day(day)))
    periods = periods_of(model, "day", min(work.steps * model.tables.step_ms, model.clock.horizon_ms))
    row = [k for k, start in enumerate(periods.starts) if start.date() == day]
    gates = [i for i, g in enumerate(model.gates) if (g.crossing, g.stream) == (crossing, stream)]

    def number(changed: Model) -> float:
        found = summarise(changed, work.compute(tables=changed.tables), periods.edges, periods.starts)
        return float(found.crossed[np.ix_(row, gates)].sum())

    was = number(model)
    tried = ((setting, with_setting(model, setting, [stream])) for setting in TRIED)
    shifts = [AssumptionShift(setting, was, was if m is model else number(m)) for setting, m in tried]
    return max(shifts, key=lambda s: abs(s.relative))
