"""Which assumption about behaviour would change a figure most: each tried by itself, on expected flows."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from crossings.claims.sensitivity import SETTINGS, Setting, scenario_with, with_setting
from crossings.model import Model
from crossings.simulation.ensemble import periods_of
from crossings.simulation.expected import Expectation, summarise, together

__all__ = ["TRIED", "AssumptionShift", "largest_shift"]

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
    shifts = []
    plain = _Crossing(model, stream, crossing, day)
    was = plain.number(model)
    for setting in TRIED:
        scenario = scenario_with(model.scenario, setting, [stream])
        if scenario is model.scenario:
            changed = with_setting(model, setting, [stream])
            now = was if changed is model else plain.number(changed)
        else:
            other = Model(scenario)
            now = _Crossing(other, stream, crossing, day).number(other)
        shifts.append(AssumptionShift(setting, was, now))
    return max(shifts, key=lambda s: abs(s.relative))


class _Crossing:
    """How many of a group cross at a crossing on a day, for models that differ in their numbers alone."""

    def __init__(self, model: Model, stream: str, crossing: str, day: dt.date) -> None:
        end = min(
            model.clock.to_ms(dt.datetime(day.year, day.month, day.day) + dt.timedelta(days=1)), model.clock.horizon_ms
        )
        self.work = Expectation(model, streams=together(model, stream), until_ms=end)
        self.periods = periods_of(model, "day", min(self.work.steps * model.tables.step_ms, model.clock.horizon_ms))
        self.row = [k for k, start in enumerate(self.periods.starts) if start.date() == day]
        self.gates = [i for i, g in enumerate(model.gates) if (g.crossing, g.stream) == (crossing, stream)]

    def number(self, model: Model) -> float:
        fluid = self.work.compute(tables=model.tables)
        found = summarise(model, fluid, self.periods.edges, self.periods.starts)
        return float(np.asarray(found.crossed)[np.ix_(self.row, self.gates)].sum())
