"""Sensitivity: the settings under each of which a claim must hold before it is said to hold."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from crossings.calibration.posterior import Fit
from crossings.kernel.core.layout import HOUR_MS
from crossings.model import Model
from crossings.model.variants import with_ways_out
from crossings.scenario import Scenario

WAY_OUT_KM, WAY_OUT_H = 1000.0, 12.0  # the defaults of ordinary traffic (docs/model.md, section 5)
REPLACED, TAU_1, TAU_24, TO_THE_END = range(4)  # positions in crossings.simulation.reduction.VIEWS


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing done otherwise, with and without the orders: a field of the streams, or how the runs are judged.

    way_out: people who wait to go get the way out that ordinary traffic has, a journey as costly as not going, times this.
    journeys: how many journeys one of the people of a claim makes, where the claim is about people and the figure about journeys.
    """

    name: str
    meaning: str
    view: int = REPLACED
    field: str = ""
    how: Literal["set", "scale", "power"] = "set"
    value: float = 0.0
    way_out: float = 0.0
    journeys: float = 1.0


AS_WRITTEN = Setting(
    "as written",
    "the scenario as it is, judged when a later order replaces those of the claim, else at the end of the run; late from 6 h on",
)
SETTINGS: tuple[Setting, ...] = (
    AS_WRITTEN,
    Setting("news after 2 h", "news of an order arrives after 2 h on average", 0, "delay_ms", "set", 2.0),
    Setting("news after 8 h", "news of an order arrives after 8 h on average", 0, "delay_ms", "set", 8.0),
    Setting("news after 24 h", "news of an order arrives after 24 h on average", 0, "delay_ms", "set", 24.0),
    Setting("no rush", "nobody leaves earlier because of an order", 0, "rush", "set", 1.0),
    Setting("giving up halved", "half as many give up when turned away", 0, "give_up", "scale", 0.5),
    Setting("giving up doubled", "twice as many give up when turned away", 0, "give_up", "scale", 2.0),
    Setting("ways round shorter", "staying away costs half: fewer accept a long way round", 0, "outside", "power", 0.5),
    Setting("ways round longer", "staying away costs double: more accept a long way round", 0, "outside", "power", 2.0),
    Setting(
        "may stay away",
        "people may decide not to travel; staying home counts like a 1,000 km (12 h) journey",
        way_out=1.0,
    ),
    Setting(
        "stays away sooner",
        "people may decide not to travel; staying home counts like a 500 km (6 h) journey",
        way_out=0.5,
    ),
    Setting("late from 1 h", "whoever crosses more than 1 h later is delayed", TAU_1),
    Setting("late from 24 h", "whoever crosses more than 24 h later is delayed", TAU_24),
    Setting("to the end of the run", "judged at the end of the run, as if no later order had been given", TO_THE_END),
    Setting(
        "two journeys each",
        "each of the people makes two of the journeys, out and back: half as many people",
        journeys=2.0,
    ),
)
_LEARNED = {"behaviour.knowledge_delay_h": "delay_ms", "behaviour.give_up": "give_up", "behaviour.rush": "rush"}


def learned_fields(fit: Fit | None) -> frozenset[tuple[str, str]]:
    """(stream, field) pairs that the draws of a fit vary already, so that no setting does."""
    if fit is None:
        return frozenset()
    return frozenset(
        (s, _LEARNED[p.target])
        for p in fit.parameters
        if p.target in _LEARNED
        for s in fit.streams
        if p.stream in (None, s)
    )


def _with_way_out(scenario: Scenario, share: float, names: Iterable[str]) -> Scenario:
    """The scenario in which those of some streams who wait to go have a way out; itself where nothing changes."""
    streams = dict(scenario.settings.streams)
    for name in names:
        b = streams[name].behaviour
        if streams[name].kind == "stock" and b.outside_km is None and b.outside_h is None:
            out = {"outside_km": WAY_OUT_KM * share} if b.cost == "power" else {"outside_h": WAY_OUT_H * share}
            streams[name] = streams[name].model_copy(update={"behaviour": b.model_copy(update=out)})
    if streams == scenario.settings.streams:
        return scenario
    return dataclasses.replace(scenario, settings=scenario.settings.model_copy(update={"streams": streams}))


def with_setting(
    model: Model, setting: Setting, names: Iterable[str], learned: Iterable[tuple[str, str]] = ()
) -> Model:
    """The model with a setting for some streams, but not for what is learned; itself where nothing changes."""
    if setting.way_out:
        scenario = _with_way_out(model.scenario, setting.way_out, names)
        return model if scenario is model.scenario else with_ways_out(model, scenario)
    if not setting.field:
        return model
    tables = model.tables
    rows = [model.streams[name] for name in names if (name, setting.field) not in set(learned)]
    streams = tables.streams.copy()
    old = streams[setting.field][rows]
    if setting.how == "set":
        new = np.full(len(rows), setting.value * (HOUR_MS if setting.field == "delay_ms" else 1.0))
    elif setting.how == "scale":
        new = np.minimum(1.0, old * setting.value)
    else:  # the cost of staying away, of which ``outside`` is the exponential; 0 = there is no such way out
        new = np.minimum(old**setting.value, np.exp(700.0))
    if setting.field == "rush":
        new = np.where(streams["is_stock"][rows], new, old)
    if np.array_equal(old, new):
        return model
    streams[setting.field][rows] = new
    return model.replace(tables=tables.replace(streams=streams))
