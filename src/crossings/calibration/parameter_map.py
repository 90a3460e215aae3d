"""Parameters into the arrays that the kernels read: the same numbers for expected flows and for travellers."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.calibration.changes import Change, Words, change_of, wire_costs
from crossings.calibration.costs import Cost, recipe_tables
from crossings.errors import Fault, InputError
from crossings.kernel.core.layout import ModelTables, PeopleTables
from crossings.kernel.flows.recipe import CHANGE, Recipe
from crossings.model import Model
from crossings.model.demand import people_tables
from crossings.scenario.fit_spec import Parameter

Floats = NDArray[np.float64]
COSTS = ("gamma", "beta", "alpha", "levelled", "outside_km", "outside_h")
NOISE = ("group_size", "day_shape", "supply_sd", "route_sd", "switched")


class Numbers:
    """Turns parameters into tables. One object is for one thread at a time: its arrays are used again; `another` makes more.

    model: what the parameters change; parameters: by name; held: those of them that stay at a value. All act in their
    order, so one that is held acts where it would have. Raises `InputError` for one that changes nothing.
    """

    def __init__(
        self,
        model: Model,
        parameters: Mapping[str, Parameter],
        streams: Sequence[str],
        held: Mapping[str, float] | None = None,
    ) -> None:
        self.model = model
        self.streams = tuple(streams)
        self._held = dict(held or {})
        self.names = tuple(name for name in parameters if name not in self._held)
        self._words = Words(model, streams, parameters)
        self._changes: dict[str, Change] = {}
        faults: list[Fault] = []
        for name, parameter in parameters.items():
            try:
                self._changes[name] = change_of(model, self._words, name, parameter, self.streams)
            except InputError as error:
                faults += error.faults
        if faults:
            raise InputError(faults)
        self._costs: list[Cost] = []
        if any(p.target.split(".")[-1] in COSTS for p in parameters.values()):
            self._costs = [c for c in (Cost(model, name) for name in streams) if c.columns.size]
            wire_costs(self._costs, self._words, self._changes, model)
        every = [change.at for change in self._changes.values()]
        self._touched = np.unique(np.concatenate(every)) if every else np.zeros(0, np.int64)
        self._lay_out()

    def _lay_out(self) -> None:
        """Arrays of its own, for what changes; the rest is the model's."""
        model, words = self.model, self._words
        self._bits = words.given.copy()
        self._now = self._bits.view(np.float64)
        changed: dict[str, Any] = {name: words.view(self._bits, name) for name in ("streams", "shifts")}
        if self._costs:
            changed["journeys"] = model.tables.journeys.copy()
        self.tables: ModelTables = model.tables.replace(**changed)
        changed = {name: words.view(self._bits, name) for name in ("cells", "hazards")}
        self.people: PeopleTables = model.people.replace(**changed)

    def another(self) -> Numbers:
        """The same with arrays of its own, for another thread."""
        new = copy.copy(self)
        new.__dict__.pop("recipe", None)
        new._lay_out()
        return new

    def holding(self, held: Mapping[str, float]) -> Numbers:
        """The same with other parameters held at a value, and arrays of its own."""
        new = self.another()
        new._held = dict(held)
        new.names = tuple(name for name in self._changes if name not in held)
        return new

    @property
    def noise(self) -> dict[str, float]:
        """The noise of the last values applied, by name; switched only where a parameter sets it."""
        words = {name: self._words.named("noise", name) for name in NOISE}
        return {n: float(self._now[w]) for n, w in words.items() if n != "switched" or w in self._touched}

    def noise_of(self, values: Floats, name: str) -> Floats:
        """[n] one number of the noise of each row of ``values`` [n, names]."""
        word = self._words.named("noise", name)
        found = np.full(len(values), self._words.given[word : word + 1].view(np.float64)[0])
        for parameter, change in self._changes.items():
            if word in change.at:
                held = parameter in self._held
                found[:] = self._held[parameter] if held else values[:, self.names.index(parameter)]
        return found

    def apply(self, values: Floats) -> tuple[ModelTables, PeopleTables, dict[str, float]]:
        """Tables with these values [n], and the noise; overwritten by the next call."""
        self._bits[self._touched] = self._words.given[self._touched]
        given = self._held | dict(zip(self.names, values.tolist(), strict=True))
        for name, change in self._changes.items():
            change.act(self._now, self._bits, given[name])
        for cost in self._costs:
            cost.weigh(self._now, self.tables.journeys, self.tables.streams)
        return self.tables, self.people, self.noise

    @cached_property
    def recipe(self) -> Recipe:
        """What `apply` does, for compiled code; it writes to this object's arrays."""
        rows, at, by = [], [], []
        start = 0
        for name, change in self._changes.items():
            value = -1 if name in self._held else self.names.index(name)
            end = start + change.at.size
            rows.append((value, self._held.get(name, 0.0), change.how, start, end, change.high, change.whole))
            at.append(change.at)
            by.append(change.by)
            start = end
        return Recipe(
            words=self._now,
            bits=self._bits,
            given=self._words.given,
            touched=self._touched,
            changes=np.array(rows, CHANGE),
            at=np.concatenate(at) if at else np.zeros(0, np.int64),
            by=np.concatenate(by) if by else np.zeros(0),
            **recipe_tables(self._costs, self.model.tables.journeys.shape[0]),
            **{name: self._words.named("noise", name) for name in NOISE},
        )


def with_numbers(model: Model, numbers: Numbers, values: Floats) -> Model:
    """The model with these values, to run as any other; its arrays are its own.

    The noise of the values is that of its travellers: groups, and day factors where the model has days (`with_days`).
    """
    tables, people, noise = numbers.apply(values)
    mine = [model.streams[name] for name in numbers.streams]
    own = tables.copy()
    own.streams["party"][mine] = max(1.0, noise["group_size"])
    if np.isfinite(noise["day_shape"]):
        own.streams["day_shape"][mine] = noise["day_shape"]
    return model.replace(tables=own, people=people.copy())


def with_days(model: Model, streams: Sequence[str]) -> Model:
    """The model with a factor for each day of these streams, for `with_numbers` to say how it is spread; 1 until then."""
    settings = model.scenario.settings
    shaped = {
        name: stream.model_copy(update={"behaviour": stream.behaviour.model_copy(update={"day_shape": 1.0})})
        for name, stream in settings.streams.items()
        if name in streams and stream.behaviour.day_shape is None
    }
    if not shaped:
        return model
    scenario = model.scenario.with_settings(streams=settings.streams | shaped)
    return model.replace(people=people_tables(scenario, model.clock, model.places))
