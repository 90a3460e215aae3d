"""Parameters into the arrays that the kernels read: the same numbers for expected flows and for travellers."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.errors import Fault, InputError
from crossings.kernel.core.layout import DAY_MS, HOUR_MS, ModelTables, PeopleTables
from crossings.model import Model
from crossings.model.demand import people_tables
from crossings.scenario import hour_shares
from crossings.scenario.fit_spec import Parameter

__all__ = ["Numbers", "with_numbers"]

Edit = Callable[["_Arrays", float], None]
SCALED = {"setup_h": ("setup_ms", HOUR_MS), "knowledge_delay_h": ("delay_ms", HOUR_MS)}
LONGEST_MS = 1e6 * HOUR_MS  # as far as files accept, so that times stay within 64 bits
COSTS = ("gamma", "beta", "alpha", "levelled")


class _Arrays:
    """Copies of the tables that parameters change, and of the costs that weights are made of."""

    def __init__(self, model: Model, streams: Sequence[str]) -> None:
        tables = model.tables
        self.streams = tables.streams.copy()
        self.journeys = tables.journeys.copy()
        self.shifts = tables.shifts.copy()
        self.cells = model.people.cells.copy()
        self.hazards = model.people.hazards.copy()
        self.gamma = {name: s.behaviour.gamma for name, s in model.scenario.settings.streams.items()}
        self.beta = {name: s.behaviour.beta for name, s in model.scenario.settings.streams.items()}
        self.alpha = {name: dict(s.behaviour.alpha) for name, s in model.scenario.settings.streams.items()}
        self.levelled: dict[str, tuple[float, tuple[str, ...]]] = {}
        self.noise = _noise_of(model, streams)


class Numbers:
    """Turns parameters into tables. One object is for one thread at a time: its arrays are used again.

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
        self._held = dict(held or {})
        self._order = tuple(parameters)
        self.names = tuple(name for name in parameters if name not in self._held)
        self.streams = tuple(streams)
        self._base, self._now = _Arrays(model, streams), _Arrays(model, streams)
        self._costs = [c for c in (_Cost(model, name) for name in streams) if c.columns.size]
        self._touches_cost = any(p.target.split(".")[-1] in COSTS for p in parameters.values())
        self._edits: list[Edit] = []
        faults: list[Fault] = []
        for name, parameter in parameters.items():
            try:
                self._edits.append(_edit(model, name, parameter, self.streams))
            except InputError as error:
                faults += error.faults
        if faults:
            raise InputError(faults)
        self._rows = self._touched()
        now = self._now
        changed = {"streams": now.streams, "journeys": now.journeys, "shifts": now.shifts}
        self._tables = _like(model.tables, ModelTables, changed)
        self._people = _like(model.people, PeopleTables, {"cells": now.cells, "hazards": now.hazards})

    def _touched(self) -> dict[str, NDArray[np.int64]]:
        """Rows of the tables that some parameter changes, found by changing them."""
        now, base = self._now, self._base
        for edit in self._edits:
            edit(now, 0.7182818)
        names = ("streams", "shifts", "cells", "hazards")
        return {name: np.flatnonzero(getattr(now, name) != getattr(base, name)) for name in names}

    @property
    def noise(self) -> dict[str, float]:
        """The noise of the last values applied: group_size, day_shape."""
        return self._now.noise

    def apply(self, values: NDArray[np.float64]) -> tuple[ModelTables, PeopleTables, dict[str, float]]:
        """Tables with these values [n], and the noise; overwritten by the next call."""
        now, base = self._now, self._base
        for name, rows in self._rows.items():
            getattr(now, name)[rows] = getattr(base, name)[rows]
        now.gamma, now.beta, now.noise = dict(base.gamma), dict(base.beta), dict(base.noise)
        now.alpha = {name: dict(alpha) for name, alpha in base.alpha.items()}
        now.levelled = {}
        given = self._held | dict(zip(self.names, values.tolist(), strict=True))
        for name, edit in zip(self._order, self._edits, strict=True):
            edit(now, given[name])
        if self._touches_cost:
            for cost in self._costs:
                cost.weigh(now)
        return self._tables, self._people, now.noise


def _noise_of(model: Model, streams: Sequence[str]) -> dict[str, float]:
    """The noise that the scenario gives its streams; where they differ, the largest."""
    given = [model.scenario.settings.streams[name].behaviour for name in streams if name in model.streams]
    sizes, shapes = [b.group_size for b in given], [b.day_shape or np.inf for b in given]
    return {"group_size": max(sizes, default=1.0), "day_shape": float(min(shapes, default=np.inf))}


def with_numbers(model: Model, numbers: Numbers, values: NDArray[np.float64]) -> Model:
    """The model with these values, to run as any other; its arrays are its own.

    The noise of the values is that of its travellers: groups, and day factors where the model has days (`with_days`).
    """
    tables, people, noise = numbers.apply(values)
    mine = [model.streams[name] for name in numbers.streams]
    tables.streams["party"][mine] = max(1.0, noise["group_size"])
    if np.isfinite(noise["day_shape"]):
        tables.streams["day_shape"][mine] = noise["day_shape"]
    new = copy.copy(model)
    new.__dict__["tables"] = _like(tables, ModelTables, {})
    new.__dict__["people"] = _like(people, PeopleTables, {})
    return new


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
    new = copy.copy(model)
    scenario = model.scenario.with_settings(streams=settings.streams | shaped)
    new.__dict__["people"] = people_tables(scenario, model.clock, model.places)
    return new


def _like(block: Any, kind: type[Any], changed: dict[str, NDArray[Any]]) -> Any:
    """A block with some tables changed: its changed tables are shared with the caller, the others are copied."""
    given = {name: changed[name] if name in changed else getattr(block, name) for name in kind.fields}
    if not changed:
        given = {name: array.copy() for name, array in given.items()}
    return kind(**given, **{name: getattr(block, name) for name in kind.numbers})


class _Cost:
    """The weights of a stream's alternatives, from km and hours."""

    def __init__(self, model: Model, stream: str) -> None:
        self.stream, self.number = stream, model.streams[stream]
        b = model.scenario.settings.streams[stream].behaviour
        self.power = b.cost == "power"
        flat = [(a, model.groups[group][0]) for (group, _), chosen in model.choices.sets.items() for a in chosen]
        mine = [(i, a) for i, (a, name) in enumerate(flat) if name == stream]
        self.columns = np.array([i for i, _ in mine], np.int64)
        if not mine:
            return
        hours = np.stack([a.journey_h for _, a in mine], axis=1)
        km = np.stack([a.journey_km for _, a in mine], axis=1)
        self.way = np.isfinite(hours)
        self.measure = np.where(
            self.way, np.log(b.softening_km + np.where(self.way, km, 0.0)) if self.power else hours, 0.0
        )
        names = sorted({n for _, a in mine for n in (a.crossing, a.destination) if n})
        self.names = names
        at = {n: k for k, n in enumerate(names)}
        self.member = np.zeros((len(mine), len(names)))
        for j, (_, a) in enumerate(mine):
            for n in (a.crossing, a.destination):
                if n:
                    self.member[j, at[n]] += 1.0
        self.first = [a.crossing for _, a in mine]
        sizes = [len(chosen) for (group, _), chosen in model.choices.sets.items() if model.groups[group][0] == stream]
        ends = np.cumsum([0, *sizes]).tolist()
        self.spans = list(itertools.pairwise(ends))
        outside = b.outside_km if self.power else b.outside_h
        flow = model.scenario.settings.streams[stream].kind == "flow"
        if outside is None and flow:
            outside = 1000.0 if self.power else 12.0
        self.outside = None if outside is None else (np.log(b.softening_km + outside) if self.power else outside)

    def weigh(self, now: _Arrays) -> None:
        """Write the weights exp(cost − alpha), and that of not going."""
        by = now.gamma[self.stream] if self.power else now.beta[self.stream]
        alpha = now.alpha[self.stream]
        pull = self.member @ np.array([alpha.get(n, 0.0) for n in self.names])
        measure = self.measure
        if self.stream in now.levelled:
            measure = self._levelled(*now.levelled[self.stream])
        value = np.exp(np.clip(by * measure - pull, -700.0, 700.0))
        now.journeys["weight"][:, self.columns] = np.where(self.way, value, np.inf)
        if self.outside is not None:
            now.streams["outside"][self.number] = np.exp(min(700.0, by * self.outside))

    def _levelled(self, x: float, ids: tuple[str, ...]) -> NDArray[np.float64]:
        """Distances [R, A] of which those by the crossings ``ids`` are drawn towards their mean, set by set."""
        mine = np.array([name in ids for name in self.first])[None, :] & self.way
        out = self.measure.copy()
        for start, end in self.spans:
            here = mine[:, start:end]
            number = here.sum(axis=1, keepdims=True)
            mean = np.where(here, self.measure[:, start:end], 0.0).sum(axis=1, keepdims=True) / np.maximum(1, number)
            out[:, start:end] = np.where(
                here, (1.0 - x) * self.measure[:, start:end] + x * mean, self.measure[:, start:end]
            )
        return out


def _edit(model: Model, name: str, parameter: Parameter, streams: Sequence[str]) -> Edit:
    """What a parameter does to the arrays."""
    where = f"scenario.yaml: fit.parameters.{name}"
    if parameter.stream is not None and parameter.stream not in model.streams:
        raise InputError(Fault(where, f"unknown stream '{parameter.stream}'", f"accepted: {', '.join(model.streams)}"))
    chosen = [s for s in streams if parameter.stream in (None, s)]
    table, _, field = parameter.target.partition(".")
    if table == "noise":
        return lambda now, x: now.noise.__setitem__(field, x)
    if table == "behaviour":
        return _behaviour(model, where, field, parameter, chosen)
    if table == "lanes":
        return _lanes(model, where, field, parameter, chosen)
    return _people(model, where, field, parameter, chosen)


def _behaviour(model: Model, where: str, field: str, parameter: Parameter, streams: Sequence[str]) -> Edit:
    scale = parameter.how == "scale"
    if field in ("alpha", "levelled"):
        known = {c.id for c in model.scenario.crossings} | {p.id for p in model.scenario.places}
        wrong = [i for i in parameter.ids if i not in known]
        if wrong:
            raise InputError(
                Fault(where, f"ids: unknown crossing or destination '{wrong[0]}'", "write names of either")
            )

        def attract(now: _Arrays, x: float) -> None:
            for s in streams:
                now.alpha[s].update(dict.fromkeys(parameter.ids, x))

        def level(now: _Arrays, x: float) -> None:
            for s in streams:
                now.levelled[s] = (x, parameter.ids)

        return attract if field == "alpha" else level
    if field in ("gamma", "beta"):

        def weigh(now: _Arrays, x: float) -> None:
            numbers = now.gamma if field == "gamma" else now.beta
            for s in streams:
                numbers[s] = numbers[s] * x if scale else x

        return weigh
    rows = np.array([model.streams[s] for s in streams], np.int64)
    if field == "renege_per_day":

        def tire(now: _Arrays, x: float) -> None:
            now.streams["patience_ms"][rows] = now.streams["patience_ms"][rows] / x if scale else DAY_MS / x

        return tire
    column, unit = SCALED.get(field, (field, 1.0))

    def put(now: _Arrays, x: float) -> None:
        now.streams[column][rows] = np.minimum(now.streams[column][rows] * x if scale else x * unit, LONGEST_MS)

    return put


def _lanes(model: Model, where: str, field: str, parameter: Parameter, streams: Sequence[str]) -> Edit:
    """A lane's service: every shift of those lanes whose opening falls within their validity."""
    wanted = parameter.ids or ("*",)
    shifts = model.tables.shifts
    hit = np.zeros(shifts.size, bool)
    for q, queue in enumerate(model.queues):
        if not set(queue.streams) & set(streams):
            continue
        here = slice(int(model.tables.queues["shift_start"][q]), int(model.tables.queues["shift_end"][q]))
        for lane in queue.lanes:
            if not any(fnmatchcase(lane.id, pattern) for pattern in wanted):
                continue
            first = -np.inf if lane.valid_from is None else model.clock.to_ms(lane.valid_from)
            last = np.inf if lane.valid_until is None else model.clock.to_ms(lane.valid_until)
            hit[here] |= (shifts["open"][here] >= first) & (shifts["open"][here] < last)
    rows = np.flatnonzero(hit)
    if not rows.size:
        raise InputError(Fault(where, "no lane of these streams has such an id", f"ids: {', '.join(wanted)}"))
    servers = np.maximum(1, shifts["servers"][rows])
    if field == "service_min_mean":

        def serve(now: _Arrays, x: float) -> None:
            mean = now.shifts["mean_ms"][rows] * x if parameter.how == "scale" else x * 60_000.0
            now.shifts["mean_ms"][rows] = np.minimum(mean, LONGEST_MS)

        return serve

    def pace(now: _Arrays, x: float) -> None:
        mean = now.shifts["mean_ms"][rows] / x if parameter.how == "scale" else HOUR_MS * servers / x
        now.shifts["mean_ms"][rows] = np.minimum(mean, LONGEST_MS)

    return pace


def _people(model: Model, where: str, field: str, parameter: Parameter, streams: Sequence[str]) -> Edit:
    first = 0 if parameter.from_ is None else model.clock.to_ms(parameter.from_)
    last = np.inf if parameter.until is None else model.clock.to_ms(parameter.until)
    if parameter.origin is not None and parameter.origin not in model.places:
        raise InputError(Fault(where, f"unknown origin '{parameter.origin}'", "write the id of a place"))
    if field == "hazard_per_day":
        return _hazards(model, where, parameter, streams, first, last)
    cells = model.people.cells
    group = np.array([s in streams for s, _ in model.groups])
    mine = group[cells["group"]] if cells.size else np.zeros(0, bool)
    if parameter.origin is not None:
        mine = mine & (cells["origin"] == model.places[parameter.origin])
    if field == "initial":
        rows = np.flatnonzero(mine & (cells["mean"] < 0))
        if not rows.size:
            raise InputError(Fault(where, "no stock of these streams waits there", "write `initial` in stocks.csv"))

        def wait(now: _Arrays, x: float) -> None:
            many = now.cells["count"][rows] * x if parameter.how == "scale" else np.full(rows.size, x)
            now.cells["count"][rows] = np.maximum(0, np.rint(np.minimum(many, 1e9)))

        return wait
    starts = model.people.hour_ms[:, 0] if model.people.hour_ms.size else np.zeros(1, np.int64)
    at = np.where(cells["hours"] >= 0, starts[np.maximum(cells["hours"], 0)], 0)
    rows = np.flatnonzero(mine & (cells["mean"] >= 0) & (at >= first) & (at < last))
    if not rows.size:
        raise InputError(Fault(where, "no row of demand.csv is meant", "see stream, origin, from, until"))
    days = (np.minimum(at[rows], last) - first) / DAY_MS

    def come(now: _Arrays, x: float) -> None:
        if parameter.how == "grow":
            now.cells["mean"][rows] *= np.exp(x * days)
        else:
            now.cells["mean"][rows] = now.cells["mean"][rows] * x if parameter.how == "scale" else x

    return come


def _hazards(model: Model, where: str, parameter: Parameter, streams: Sequence[str], first: float, last: float) -> Edit:
    """Rates of leaving: ``set`` keeps the hour profile; what has grown by ``until`` stays."""
    people, scenario, clock = model.people, model.scenario, model.clock
    stocks = list(dict.fromkeys((s.stream, s.origin) for s in scenario.stocks))
    rows: list[int] = []
    unit: list[float] = []
    for number, (stream, origin) in enumerate(stocks):
        if stream not in streams or parameter.origin not in (None, origin):
            continue
        mine = [s for s in scenario.stocks if (s.stream, s.origin) == (stream, origin)]
        periods = [(clock.to_ms(s.from_), clock.to_ms(s.until), s) for s in mine]
        zone = clock.zone_of(next(p.country for p in scenario.places if p.id == origin))
        for i in range(int(people.stocks["start"][number]), int(people.stocks["end"][number])):
            at = int(people.hazards["at"][i])
            period = next((s for a, b, s in periods if a <= at < b), None)
            if period is None or not first <= at or (at >= last and parameter.how != "grow"):
                continue
            rows.append(i)
            share = hour_shares(period.profile, scenario.settings.profiles)[clock.local(at, zone).hour]
            unit.append(float(share) / HOUR_MS)
    if not rows:
        raise InputError(Fault(where, "no row of stocks.csv is meant", "see stream, origin, from, until"))
    index, each = np.array(rows), np.array(unit)
    days = (np.minimum(people.hazards["at"][index], last) - first) / DAY_MS

    def leave(now: _Arrays, x: float) -> None:
        if parameter.how == "grow":
            now.hazards["rate"][index] *= np.exp(np.clip(x * days, -50.0, 50.0))
        elif parameter.how == "scale":
            now.hazards["rate"][index] *= x
        else:
            now.hazards["rate"][index] = each * x

    return leave
