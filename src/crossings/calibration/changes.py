"""What each parameter changes: which words of the tables, and how."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.calibration.costs import Cost, Levelled
from crossings.errors import InputError, check_known
from crossings.kernel.core.layout import DAY_MS, HOUR_MS
from crossings.kernel.flows.recipe import DIVIDE, GROW, MOST_GROWTH, OVER, SCALE, SET
from crossings.model import Model, way_out
from crossings.scenario import hour_shares
from crossings.scenario.fit_spec import Parameter

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
SCALED = {
    "setup_h": ("setup_ms", HOUR_MS),
    "knowledge_delay_h": ("delay_ms", HOUR_MS),
    "board_delay_h": ("lag", 1.0),
    "flexible_days": ("flexible_ms", DAY_MS),
    "recovery_days": ("recover_ms", DAY_MS),
    "recovery_at_once": ("at_once", 1.0),
}
LONGEST_MS = 1e6 * HOUR_MS  # as far as files accept, so that times stay within 64 bits
MOST_PEOPLE = 1e9


class Words:
    """Where each number that can change lies: tables one after the other, then numbers that are in no table.

    given [W]: as the scenario has them, as whole numbers of the same bits.
    """

    def __init__(self, model: Model, streams: Sequence[str], parameters: Iterable[str]) -> None:
        people, tables = model.people, model.tables
        self.tables = {
            "streams": tables.streams,
            "shifts": tables.shifts,
            "cells": people.cells,
            "hazards": people.hazards,
        }
        self._start: dict[str, int] = {}
        pieces, at = [], 0
        for name, array in self.tables.items():
            self._start[name] = at
            pieces.append(np.frombuffer(array.tobytes(), np.int64))
            at += pieces[-1].size
        self._loose: dict[tuple[str, ...], int] = {}
        values: list[float] = []
        for key, value in _loose(model, streams, parameters).items():
            self._loose[key] = at + len(values)
            values.append(value)
        self.given = np.concatenate([*pieces, np.array(values, np.float64).view(np.int64)])

    def of(self, table: str, column: str, rows: Integers) -> Integers:
        """The words of a column in some rows of a table."""
        dtype = self.tables[table].dtype
        return np.asarray(self._start[table] + rows * (dtype.itemsize // 8) + dtype.fields[column][1] // 8, np.int64)

    def named(self, *key: str) -> int:
        """The word of a number that is in no table: gamma, beta, outside, alpha (stream, name), noise (name), levelled (name)."""
        return self._loose[key]

    def view(self, bits: Integers, table: str) -> NDArray[Any]:
        """A table within a row of words."""
        like = self.tables[table]
        start = self._start[table]
        return bits[start : start + like.size * like.dtype.itemsize // 8].view(np.uint8).view(like.dtype)


def _loose(model: Model, streams: Sequence[str], parameters: Iterable[str]) -> dict[tuple[str, ...], float]:
    found: dict[tuple[str, ...], float] = {}
    given = [(name, model.scenario.settings.streams[name]) for name in streams if name in model.streams]
    for name, stream in given:
        b = stream.behaviour
        found["gamma", name], found["beta", name] = b.gamma, b.beta
        away = way_out(stream.kind, b)
        found["outside", name] = np.nan if away is None else away
        for crossing in model.scenario.crossings:
            found["alpha", name, crossing.id] = b.alpha.get(crossing.id, 0.0)
        for place in model.scenario.places:
            found["alpha", name, place.id] = b.alpha.get(place.id, 0.0)
    for parameter in parameters:
        found["levelled", parameter] = 0.0
    sizes, shapes = [s.behaviour.group_size for _, s in given], [s.behaviour.day_shape or np.inf for _, s in given]
    found["noise", "group_size"] = max(sizes, default=1.0)  # where streams differ, the largest
    found["noise", "day_shape"] = float(min(shapes, default=np.inf))
    found["noise", "supply_sd"], found["noise", "route_sd"], found["noise", "switched"] = 0.0, 0.0, 0.0
    return found


def wire_costs(costs: Sequence[Cost], words: Words, changes: Mapping[str, Change], model: Model) -> None:
    """Tell costs which words they read."""
    learned = {int(w) for change in changes.values() for w in change.at}
    for cost in costs:
        away = words.named("outside", cost.stream)
        stream = model.scenario.settings.streams[cost.stream]
        cost.by = words.named("gamma" if cost.power else "beta", cost.stream)
        cost.outside = away if away in learned or way_out(stream.kind, stream.behaviour) is not None else -1
        for name in cost.names:
            cost.alpha[name] = words.named("alpha", cost.stream, name)
        for change in changes.values():
            if change.levels and cost.stream in change.streams:
                cost.levels.append(Levelled(int(change.at[0]), change.levels))


@dataclass(frozen=True)
class Change:
    """What a value x does to words: how is one of `crossings.kernel.flows.recipe`; by: a factor for each; high: at most.

    whole: words are whole numbers; levels: crossings that x levels, for these streams.
    """

    how: np.int64
    at: Integers
    by: Floats
    high: float = np.inf
    whole: bool = False
    levels: tuple[str, ...] = ()
    streams: tuple[str, ...] = field(default=())

    def act(self, words: Floats, bits: Integers, x: float) -> None:
        """Change the words; ``bits`` is the same memory."""
        if self.whole:
            now = bits[self.at] * x if self.how == SCALE else np.full(self.at.size, x)
            bits[self.at] = np.maximum(0.0, np.rint(np.minimum(now, self.high))).astype(np.int64)
            return
        here = words[self.at]
        with np.errstate(all="ignore"):
            if self.how == SET:
                here = x * self.by
            elif self.how == SCALE:
                here = here * x
            elif self.how == OVER:
                here = self.by / x
            elif self.how == DIVIDE:
                here = here / x
            else:
                here = here * np.exp(np.clip(x * self.by, -MOST_GROWTH, MOST_GROWTH))
        words[self.at] = np.minimum(here, self.high)


def _change(how: np.int64, at: Any, by: Any = 1.0, **more: Any) -> Change:
    at = np.atleast_1d(np.asarray(at, np.int64))
    return Change(how, at, np.broadcast_to(np.asarray(by, np.float64), at.shape).copy(), **more)


def change_of(model: Model, words: Words, name: str, parameter: Parameter, streams: Sequence[str]) -> Change:
    """What a parameter changes in a model; raises `InputError` where that is nothing."""
    where = f"scenario.yaml: fit.parameters.{name}"
    check_known(where, "stream", [] if parameter.stream is None else [parameter.stream], list(model.streams))
    chosen = [s for s in streams if parameter.stream in (None, s)]
    table, _, column = parameter.target.partition(".")
    if table == "noise":
        return _change(SET, words.named("noise", column))
    if table == "behaviour":
        return _behaviour(model, words, name, where, column, parameter, chosen)
    if table == "lanes":
        return _lanes(model, words, where, column, parameter, chosen)
    return _people(model, words, where, column, parameter, chosen)


def _behaviour(
    model: Model, words: Words, name: str, where: str, column: str, parameter: Parameter, streams: Sequence[str]
) -> Change:
    how = SCALE if parameter.how == "scale" else SET
    if column in ("alpha", "levelled"):
        known = {c.id for c in model.scenario.crossings} | {p.id for p in model.scenario.places}
        check_known(f"{where}: ids", "crossing or destination", parameter.ids, sorted(known))
        if column == "levelled":
            return _change(SET, words.named("levelled", name), levels=parameter.ids, streams=tuple(streams))
        return _change(SET, [words.named("alpha", s, i) for s in streams for i in parameter.ids])
    if column in ("gamma", "beta", "outside_km", "outside_h"):
        cost = "power" if column in ("gamma", "outside_km") else "exponential"
        settings = model.scenario.settings.streams
        mine = [s for s in streams if settings[s].behaviour.cost == cost]
        if not mine:
            raise InputError(where, f"no stream that is learned has cost: {cost}", "set what its cost reads")
        key = "outside" if column.startswith("outside") else column
        if how == SCALE and key == "outside":
            mine = [s for s in mine if way_out(settings[s].kind, settings[s].behaviour) is not None]
            if not mine:
                raise InputError(where, f"there is no {column} to be multiplied", "write set")
        return _change(how, [words.named(key, s) for s in mine])
    streams = _with_some(model, where, column, streams)
    rows = np.array([model.streams[s] for s in streams], np.int64)
    if column == "renege_per_day":
        at = words.of("streams", "patience_ms", rows)
        return _change(DIVIDE, at) if how == SCALE else _change(OVER, at, float(DAY_MS))
    kept, unit = SCALED.get(column, (column, 1.0))
    if column == "board_delay_h":
        unit = HOUR_MS / model.tables.step_ms
    return _change(how, words.of("streams", kept, rows), unit, high=LONGEST_MS)


def _with_some(model: Model, where: str, column: str, streams: Sequence[str]) -> list[str]:
    """The streams of which a behaviour can be learned: where it is 0 the tables have no room for it, so it must be above 0."""
    known = {"board_delay_h": 3, "flexible_days": 1, "recovery_days": 20}
    needed = "recovery_days" if column == "recovery_at_once" else column
    if needed not in known:
        return list(streams)
    settings = model.scenario.settings.streams
    mine = [s for s in streams if getattr(settings[s].behaviour, needed) > 0]
    if column == "flexible_days":
        mine = [s for s in mine if settings[s].kind == "flow"]
    if not mine:
        which = "flow" if column == "flexible_days" else "stream"
        what = f"no {which} that is learned has {needed}"
        raise InputError(where, what, f"set it in its behaviour, such as {known[needed]}")
    return mine


def _lanes(model: Model, words: Words, where: str, column: str, parameter: Parameter, streams: Sequence[str]) -> Change:
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
        raise InputError(where, "no lane of these streams has such an id", f"ids: {', '.join(wanted)}")
    at = words.of("shifts", "mean_ms", rows)
    if column == "service_min_mean":
        return _change(SCALE if parameter.how == "scale" else SET, at, 60_000.0, high=LONGEST_MS)
    if parameter.how == "scale":
        return _change(DIVIDE, at, high=LONGEST_MS)
    return _change(OVER, at, HOUR_MS * np.maximum(1, shifts["servers"][rows]), high=LONGEST_MS)


def _people(
    model: Model, words: Words, where: str, column: str, parameter: Parameter, streams: Sequence[str]
) -> Change:
    first = 0 if parameter.from_ is None else model.clock.to_ms(parameter.from_)
    last = np.inf if parameter.until is None else model.clock.to_ms(parameter.until)
    check_known(where, "origin", [] if parameter.origin is None else [parameter.origin], list(model.places))
    if column == "hazard_per_day":
        return _hazards(model, words, where, parameter, streams, first, last)
    cells = model.people.cells
    group = np.array([s in streams for s, _ in model.groups])
    mine = group[cells["group"]] if cells.size else np.zeros(0, bool)
    if parameter.origin is not None:
        mine = mine & (cells["origin"] == model.places[parameter.origin])
    how = {"scale": SCALE, "set": SET, "grow": GROW}[parameter.how]
    if column == "initial":
        rows = np.flatnonzero(mine & (cells["mean"] < 0))
        if not rows.size:
            raise InputError(where, "no stock of these streams waits there", "write `initial` in stocks.csv")
        return _change(how, words.of("cells", "count", rows), high=MOST_PEOPLE, whole=True)
    starts = model.people.hour_ms[:, 0] if model.people.hour_ms.size else np.zeros(1, np.int64)
    at = np.where(cells["hours"] >= 0, starts[np.maximum(cells["hours"], 0)], 0)
    rows = np.flatnonzero(mine & (cells["mean"] >= 0) & (at >= first) & (at < last))
    if not rows.size:
        raise InputError(where, "no row of demand.csv is meant", "see stream, origin, from, until")
    days = (np.minimum(at[rows], last) - first) / DAY_MS
    return _change(how, words.of("cells", "mean", rows), days if how == GROW else 1.0)


def _hazards(
    model: Model, words: Words, where: str, parameter: Parameter, streams: Sequence[str], first: float, last: float
) -> Change:
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
        raise InputError(where, "no row of stocks.csv is meant", "see stream, origin, from, until")
    index = np.array(rows)
    rates = words.of("hazards", "rate", index)
    if parameter.how == "grow":
        return _change(GROW, rates, (np.minimum(people.hazards["at"][index], last) - first) / DAY_MS)
    return _change(SCALE, rates) if parameter.how == "scale" else _change(SET, rates, np.array(unit))
