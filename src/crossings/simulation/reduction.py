"""One pair of runs, with and without orders, reduced to the few numbers that all simulated measures are made of.

Comparisons and claims reduce their runs here, and the catalogue of measures (`crossings.scenario.measures`) says how each
measure is made of the sums.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.kernel.agents.effects import CELLS, DELAYED, DIVERTED, cells_of, open_sets
from crossings.kernel.core.layout import HOUR_MS, OUT_TURNED_AWAY, STAYED
from crossings.model import Model
from crossings.scenario.period import Period

Floats = NDArray[np.float64]
Array = NDArray[Any]
N = len(CELLS)
VIEWS = ((False, 6.0), (False, 1.0), (False, 24.0), (True, 6.0))
"""How a pair of runs is judged: when the orders are replaced, or (True) at the end of the run; and from how many hours late."""
COLUMNS = (*CELLS, *(f"{c} in force" for c in CELLS), "without", "with", "later_h", "road_h")
"""Per stream: travellers in each cell; the same of those who without the orders cross while they are in force; how many
cross from the announcement on, without and with them; hours by which the diverted and delayed cross later; extra hours on
the road of the diverted."""


class Sums:
    """Sums over streams: [pairs] for any columns of reduced runs, weighted by the persons in a unit, or in units.

    numbers [pairs, streams, COLUMNS]; streams: their positions; persons [streams], 1 = units are counted; load [pairs]: the
    busiest queue's, where it was measured.
    """

    def __init__(self, numbers: Floats, streams: Sequence[int], persons: Floats, load: Floats | None = None) -> None:
        self.numbers, self.streams, self.per_unit = numbers, list(streams), persons
        self.load: Floats = np.full(len(numbers), np.nan) if load is None else load

    def of(self, *columns: str) -> Floats:
        """[pairs]: the sum of some columns."""
        which = [COLUMNS.index(c) for c in columns]
        each = self.numbers[:, self.streams][:, :, which].sum(axis=2)
        return np.asarray(each @ self.per_unit[self.streams])


def reduce(period: Period, model: Model, crowd: Array, was: Array, now: Array, views: int = len(VIEWS)) -> Floats:
    """[VIEWS, streams, COLUMNS] of one seed, of the first ``views``. crowd: CROWD; was, now: FATE without and with the orders.

    A view at the end of the run is nan where the period is judged then anyway.
    """
    tables = model.tables
    stream = tables.group_stream[crowd["group"]]
    out = np.full((len(VIEWS), tables.streams.size, len(COLUMNS)), np.nan)
    for v, (whole, tau) in enumerate(VIEWS[:views]):
        if whole and period.replaced is None:
            continue
        at = period.horizon if whole else period.judged
        # What is open when the orders are replaced is what is open the moment before: the next order is another matter.
        opens = open_sets(tables, np.int64(at if at == period.horizon else at - 1))
        cells = cells_of(tables, crowd, was, now, np.int64(at), tau, opens).astype(np.int64)
        crossed, crossed_now = was["crossed"] < at, now["crossed"] < at
        held = crossed & (was["crossed"] >= period.begins) & (was["crossed"] < period.ends)
        late = (cells == DIVERTED) | (cells == DELAYED)
        later = np.where(late, (now["crossed"] - was["crossed"]) / HOUR_MS, 0.0)
        road = np.where(cells == DIVERTED, now["hours"].astype(float) - was["hours"], 0.0)
        out[v, :, :N] = _count(stream, cells, out.shape[1])
        out[v, :, N : 2 * N] = _count(stream[held], cells[held], out.shape[1])
        heard = crossed & (was["crossed"] >= period.announced), crossed_now & (now["crossed"] >= period.announced)
        for k, weight in enumerate((*heard, later, road)):
            out[v, :, 2 * N + k] = np.bincount(stream, weight.astype(float), out.shape[1])
    return out


def _count(stream: NDArray[Any], cells: NDArray[np.int64], streams: int) -> NDArray[np.int64]:
    return np.bincount(stream.astype(np.int64) * N + cells, minlength=streams * N).reshape(streams, N)


def loads(period: Period, model: Model, visits: Array) -> Floats:
    """[2, queues] the busiest day's arrivals against what the lanes can serve then: until it is judged, to the horizon.

    Days are those of the scenario's clock, from the orders' beginning; who is turned away, and days on which nothing can
    be served, are left out. nan for the second where the period is judged at the horizon.
    """
    ends = (period.judged, None if period.replaced is None else period.horizon)
    return np.stack([_loads(model, visits, period.begins, end) for end in ends])


def _loads(model: Model, visits: Array, begins: int, end: int | None) -> Floats:
    number = len(model.queues)
    edges = None if end is None else _edges(model, begins, end)
    if edges is None or not number:
        return np.full(number, np.nan)
    tables = model.tables
    side, gate = visits["side"] & 3, visits["gate"]
    queue = np.where(side == 0, tables.gates["exit_queue"][gate], tables.gates["entry_queue"][gate])
    day = np.searchsorted(edges, visits["arrival"], "right") - 1
    served = ~np.isin(visits["outcome"], (OUT_TURNED_AWAY, STAYED))
    mine = served & (queue >= 0) & (day >= 0) & (day < edges.size - 1)
    came = np.bincount(queue[mine] * (edges.size - 1) + day[mine], minlength=number * (edges.size - 1))
    room = _room(model, edges)
    with np.errstate(invalid="ignore", divide="ignore"):
        load = np.where(room > 0, came.reshape(number, -1) / room, 0.0)
    return np.asarray(load.max(axis=1))


def _edges(model: Model, begins: int, end: int) -> NDArray[np.int64] | None:
    """Local midnights from the orders' beginning to the end, ms; None for less than a day."""
    midnights = [model.clock.to_ms(dt.datetime(d.year, d.month, d.day)) for d in model.clock.dates()]
    inside = [t for t in midnights if begins <= t <= end]
    return np.array(inside, np.int64) if len(inside) > 1 else None


def _room(model: Model, edges: NDArray[np.int64]) -> Floats:
    """[queues, days] services that the lanes can do in a day: open time × servers / mean service, at most the quota."""
    out = np.zeros((len(model.queues), edges.size - 1))
    tables = model.tables
    for q in range(len(model.queues)):
        mine = tables.shifts[int(tables.queues["shift_start"][q]) : int(tables.queues["shift_end"][q])]
        mine = mine[(mine["open"] < edges[-1]) & (mine["close"] > edges[0]) & (mine["servers"] > 0)]
        begin = np.maximum(mine["open"][:, None], edges[None, :-1])
        time = np.maximum(0, np.minimum(mine["close"][:, None], edges[None, 1:]) - begin)
        with np.errstate(invalid="ignore", divide="ignore"):
            each = np.where(time > 0, time * mine["servers"][:, None] / mine["mean_ms"][:, None], 0.0)
        limit = np.where(mine["quota"] >= 0, mine["quota"], np.inf)[:, None] * np.ones_like(each)
        total = each.sum(axis=0)
        most = np.where(time > 0, limit, -np.inf).max(axis=0, initial=-np.inf)
        out[q] = np.where(np.isfinite(most), np.minimum(total, most), total)
    return out
