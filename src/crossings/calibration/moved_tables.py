"""Levels that last into the tables of a run: how many set out on each day, and how much each crossing draws.

An alternative by a crossing whose level is f takes f times as many: its weight is multiplied by f, and the people of its origin
by Σ w f/Σ w, so that who takes another way stays as many. Of alternatives with one taste (a destination by several crossings, a
nest) the likeliest counts, and gives all of them its f. The sums are over the ways that orders leave open that day, in the
scenario as written: so scenarios that are compared have the same people. A control that serves nobody else lets f times as many
through, so that a full one, too, counts as the likelihood says.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.calibration.levels import Route
from crossings.kernel.core.layout import ModelTables
from crossings.model import Model

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Ways:
    """Alternatives of some streams on each day, and which level moves each. N days, A of them, T tastes within sets.

    columns [A]: where each stands in `ModelTables.journeys`, taste after taste; sets: number of (stream, fixed destination,
    place).
    """

    def __init__(self, model: Model, streams: Sequence[str], routes: Sequence[Route], midnights: Integers) -> None:
        tables, at = model.tables, {route: i for i, route in enumerate(routes)}
        self.tables, self.midnights = tables, midnights
        names = [model.groups[g] for g, _ in model.choices.sets]
        self.sets = {(*names[i], place): i for i, (_, place) in enumerate(model.choices.sets)}
        self.stream = np.array([tables.group_stream[g] for g, _ in model.choices.sets], np.int64)
        flat = [(c, a) for c, chosen in enumerate(model.choices.sets.values()) for a in chosen]
        items = tables.alternatives["item"].tolist()
        mine = sorted((c, items[i], i) for i, (c, _) in enumerate(flat) if names[c][0] in streams)
        self.columns = np.array([i for *_, i in mine], np.int64)
        alternatives = [flat[i][1] for *_, i in mine]
        self.route = np.array(
            [at.get((a.crossing, names[c][0]), -1) for (c, _, _), a in zip(mine, alternatives, strict=True)], np.int64
        )
        first = [k == 0 or mine[k][:2] != mine[k - 1][:2] for k in range(len(mine))]
        self.starts = np.flatnonzero(first)
        self.taste = np.cumsum(first) - 1
        self.set_starts = np.flatnonzero(
            [k == 0 or mine[a][0] != mine[self.starts[k - 1]][0] for k, a in enumerate(self.starts)]
        )
        self.set_numbers = np.array([mine[self.starts[k]][0] for k in self.set_starts], np.int64)
        self.open = self._open(model, [a.gate for a in alternatives])

    def _open(self, model: Model, gates: Sequence[int]) -> Floats:
        """[N, A] the share of each day in which no order closes the crossing of an alternative."""
        out = np.ones((self.midnights.size - 1, len(gates)))
        shares: dict[int, Floats] = {}
        for gate in set(gates) - {-1}:
            shut = np.zeros(len(out))
            for start, end in model.rules.shut(model.gates[gate]):
                shut += np.clip(np.minimum(end, self.midnights[1:]) - np.maximum(start, self.midnights[:-1]), 0, None)
            shares[gate] = 1.0 - shut / np.diff(self.midnights)
        for a, gate in enumerate(gates):
            if gate >= 0:
                out[:, a] = shares[gate]
        return out

    def by_taste(self, weight: Floats, factor: Floats) -> tuple[Floats, Floats]:
        """[N, T] what draws to the likeliest alternative of each taste at noon of each day, and its factor.

        weight [R, A]: of the journeys, for ``columns``; factor [N, routes].
        """
        noon = (self.midnights[:-1] + self.midnights[1:]) // 2
        regime = np.maximum(np.searchsorted(self.tables.regime_start, noon, "right") - 1, 0)
        drawn = self.open / weight[regime]
        best = np.maximum.reduceat(drawn, self.starts, axis=1)
        mine = (best[:, self.taste] == drawn).astype(np.float64)
        of_route = np.column_stack([factor, np.ones(len(factor))])[:, self.route]
        times = np.add.reduceat(mine * of_route, self.starts, axis=1) / np.add.reduceat(mine, self.starts, axis=1)
        return best, times

    def people(self, best: Floats, times: Floats) -> Floats:
        """[N, sets + 1] by how much the people of each set are to be multiplied; the last, 1, is of those who have no way."""
        outside = self.tables.streams["outside"][self.stream[self.set_numbers]]
        away = np.where(outside > 0.0, 1.0 / np.maximum(outside, 1e-300), 0.0)
        plain = np.add.reduceat(best, self.set_starts, axis=1) + away
        moved = np.add.reduceat(best * times, self.set_starts, axis=1) + away
        out = np.ones((len(best), self.stream.size + 1))
        out[:, self.set_numbers] = np.where(plain > 0.0, moved / np.where(plain > 0.0, plain, 1.0), 1.0)
        return out


@dataclass(frozen=True, eq=False)
class Moving:
    """How levels change the tables of a model.

    written: the model of all orders as written, whose people a run has; streams: those whose levels move. The people have a row
    for each day (`crossings.calibration.parameter_map.with_days`).
    """

    model: Model
    written: Model
    streams: tuple[str, ...]

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """All crossings that somebody of the streams may take."""
        found = (
            (a.crossing, self.model.groups[group][0])
            for model in (self.model, self.written)
            for (group, _), chosen in model.choices.sets.items()
            for a in chosen
        )
        return tuple(sorted({(crossing, s) for crossing, s in found if crossing and s in self.streams}))

    @cached_property
    def days(self) -> tuple[int, int]:
        """The first and the last local day, as ordinal numbers."""
        clock = self.model.clock
        return clock.local(0).toordinal(), clock.local(max(clock.end_ms, clock.horizon_ms) - 1).toordinal()

    @cached_property
    def midnights(self) -> Integers:
        """[N + 1] when the days begin, ms; the last day ends with the last."""
        first, last = self.days
        found = [self.model.clock.to_ms(dt.datetime.fromordinal(d)) for d in range(first, last + 2)]
        return np.array(found, np.int64)

    @cached_property
    def ways(self) -> tuple[Ways, Ways]:
        """Those of the model, and as written."""
        mine = Ways(self.model, self.streams, self.routes, self.midnights)
        return mine, mine if self.written is self.model else Ways(
            self.written, self.streams, self.routes, self.midnights
        )

    @cached_property
    def rows(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """[., 4] (row, stream, set as written, day) of the cells of demand, and of the rates of stocks, that levels move."""
        people, sets = self.model.people, self.ways[1].sets
        names, places = {s: k for k, s in enumerate(self.streams)}, list(self.model.places)
        stocks = dict.fromkeys((s.stream, s.origin) for s in self.model.scenario.stocks)
        cells = [
            (i, names[stream], sets.get((stream, goal, places[origin]), -1), self._day(int(people.hour_ms[hours, 12])))
            for i, (group, origin, hours, mean) in enumerate(
                people.cells[["group", "origin", "hours", "mean"]].tolist()
            )
            for stream, goal in [self.model.groups[group]]
            if stream in names and mean >= 0.0 and hours >= 0
        ]
        rates = [
            (i, names[stream], sets.get((stream, "", origin), -1), self._day(int(people.hazards["at"][i])))
            for (stream, origin), span in zip(stocks, people.stocks.tolist(), strict=True)
            if stream in names
            for i in range(*span)
        ]
        return (
            np.array(cells, np.int64).reshape(-1, 4),
            np.array(rates, np.int64).reshape(-1, 4),
        )

    def _day(self, ms: int) -> int:
        day = int(np.searchsorted(self.midnights, ms, "right")) - 1
        return min(max(day, 0), self.midnights.size - 2)

    def moved(self, drawn: Model, weights: Floats, supply: Floats, route: Floats) -> Model:
        """The drawn model with levels; its people and streams' tables are its own, as `with_numbers` gives them.

        weights [R, A]: of the journeys as written, with the same numbers; supply [N, S], route [N, routes].
        """
        mine, written = self.ways
        more = written.people(*written.by_taste(weights[:, written.columns], route)) if written.columns.size else None
        for rows, table, column in (
            (self.rows[0], drawn.people.cells, "mean"),
            (self.rows[1], drawn.people.hazards, "rate"),
        ):
            at, stream, chosen, day = rows.T
            table[column][at] *= supply[day, stream] * (1.0 if more is None else more[day, chosen])
        tables = drawn.tables if (route == 1.0).all() else self._paced(self._by_day(mine, drawn.tables, route), route)
        return drawn.replace(people=drawn.people, tables=tables)

    @cached_property
    def shifts(self) -> tuple[NDArray[Any], Integers, list[tuple[int, ...]], NDArray[Any]]:
        """Shifts that end with the day where only these streams are served: (open, close), the shift each is of, the routes whose
        levels move its pace, and the queues' spans of them.
        """
        tables, at = self.model.tables, {route: i for i, route in enumerate(self.routes)}
        times: list[tuple[int, int]] = []
        source: list[int] = []
        routes: list[tuple[int, ...]] = []
        queues = tables.queues.copy()
        for q, queue in enumerate(self.model.queues):
            found = tuple(at[queue.lanes[0].crossing, s] for s in queue.streams if (queue.lanes[0].crossing, s) in at)
            mine = found if set(queue.streams) <= set(self.streams) else ()
            begin = len(times)
            for i in range(int(tables.queues["shift_start"][q]), int(tables.queues["shift_end"][q])):
                start, end = int(tables.shifts["open"][i]), int(tables.shifts["close"][i])
                inside = self.midnights[(self.midnights > start) & (self.midnights < end)].tolist() if mine else []
                edges = [start, *inside, end]
                times += itertools.pairwise(edges)
                source += [i] * (len(edges) - 1)
                routes += [mine] * (len(edges) - 1)
            queues["shift_start"][q], queues["shift_end"][q] = begin, len(times)
        return np.array(times, np.int64).reshape(-1, 2), np.array(source, np.int64), routes, queues

    @cached_property
    def paces(self) -> tuple[Integers, Integers, Floats]:
        """[.] rows of ``shifts`` whose pace levels move, the day of each, and [., routes] the share of each route in it."""
        times, _, routes, _ = self.shifts
        rows = np.array([i for i, mine in enumerate(routes) if mine], np.int64)
        shares = np.zeros((rows.size, len(self.routes)))
        for k, i in enumerate(rows.tolist()):
            shares[k, list(routes[i])] = 1.0 / len(routes[i])
        return rows, np.array([self._day(int(t)) for t in times[rows, 0]], np.int64), shares

    def _paced(self, tables: ModelTables, route: Floats) -> ModelTables:
        """Tables in which a control lets through as much more as the level of its crossing says: also one that is full counts
        so.
        """
        rows, day, shares = self.paces
        if not rows.size:
            return tables
        times, source, _, queues = self.shifts
        shifts = tables.shifts[source]
        shifts["open"], shifts["close"] = times[:, 0], times[:, 1]
        shifts["mean_ms"][rows] /= (shares * route[day]).sum(axis=1)
        return tables.replace(shifts=shifts, queues=queues)

    def _by_day(self, ways: Ways, tables: ModelTables, route: Floats) -> ModelTables:
        """Tables in which each day is a regime of its own, whose weights have the levels of the day."""
        if (ways.route < 0).all():
            return tables
        _, times = ways.by_taste(tables.journeys["weight"][:, ways.columns], route)
        starts = np.unique(np.concatenate([tables.regime_start, self.midnights[1:-1]]))
        regime = np.searchsorted(tables.regime_start, starts, "right") - 1
        day = np.clip(np.searchsorted(self.midnights, starts, "right") - 1, 0, self.midnights.size - 2)
        journeys = tables.journeys[regime]
        journeys["weight"][:, ways.columns] /= times[day][:, ways.taste]
        split = {name: getattr(tables, name)[regime] for name in ("lives", "live", "live_item", "shortest_h", "legs")}
        news = np.isin(starts, tables.regime_start).astype(np.uint8)
        return tables.replace(journeys=journeys, regime_start=starts, regime_news=news, **split)
