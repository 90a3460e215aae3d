"""What the expected flows need besides the model's tables, made once for a model (docs/model.md, section 9)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from crossings.kernel.core.layout import HOUR_MS, SPAN, ModelTables
from crossings.kernel.flows.openings import openings, shut_shares
from crossings.kernel.flows.tables import LAG, MEMBER, TYPE, Plan
from crossings.model.hashes import records

if TYPE_CHECKING:
    from crossings.model import Model

NODES = 24  # quantiles of the journey factor


def plan_for(model: Model, streams: Sequence[str], *, merged: bool = False) -> Plan:
    """The plan of some of a model's streams.

    merged: who comes to a gate from which on nothing can hold them, and goes the same way on, is of one type whatever its set:
    faster, but not to be used with other orders (`plan_like`).
    """
    tables = model.tables
    numbers = {model.streams[name] for name in streams}
    steps = -(-tables.horizon_ms // tables.step_ms)
    sets = _Sets(model, numbers)
    types = _Types(model, sets, merged)
    lags = _Lags(tables.step_ms)
    origins = sets.origins()
    regimes = tables.regime_start.size
    journeys = [
        [
            lags.add(float(tables.journeys["hours"][r, a]), sets.sigma(a), 0 if sets.of[a] in origins else 1)
            for a in range(len(sets.of))
        ]
        for r in range(regimes)
    ]
    legs = [
        [
            lags.add(float(tables.legs["hours"][r, j]), types.leg_sigma.get(j, -1.0), 0)
            for j in range(tables.legs.shape[1])
        ]
        for r in range(regimes)
    ]
    queues, members, order, exits = types.queues()
    gates = sorted({y[1] for y in types.rows})
    sources = _sources(model, numbers)
    orders, order_list, order_acts = _orders(model, sets)
    opening = openings(tables, np.array(gates, np.int64), 4 * steps)
    hours = np.where(np.isfinite(tables.journeys["hours"]), tables.journeys["hours"], 0.0)
    return Plan(
        types=records(TYPE, types.rows),
        type_of=np.array(types.type_of, np.int64),
        next_type=types.following(),
        journey_lag=np.array(journeys, LAG).reshape(regimes, -1),
        leg_lag=np.array(legs, LAG).reshape(regimes, -1),
        lag_share=np.array(lags.shares, float),
        queue_order=np.array(order, np.int64),
        queue_members=queues,
        members=records(MEMBER, members),
        opening=opening,
        steady=_steady(tables, opening),
        opening_at=np.rint(2.0 + 4.0 * hours * HOUR_MS / tables.step_ms).astype(np.int64),
        shut=shut_shares(tables, steps),
        sets=np.array(sets.used, np.int64),
        homes=np.array(sorted(origins), np.int64),
        gates=np.array(gates, np.int64),
        detours=sets.detours(),
        ends=types.ends(),
        set_group=np.array(sets.group, np.int64),
        set_of=np.array(sets.of, np.int64),
        set_orders=orders,
        order_list=order_list,
        order_acts=order_acts,
        one_taste=np.array(sets.one_taste(), np.bool_),
        taste=sets.tastes(),
        **sources,
        origin_set=np.array(
            [
                sets.number(g, p)
                for g, p in zip(
                    model.people.cells["group"].tolist(), model.people.cells["origin"].tolist(), strict=True
                )
            ],
            np.int64,
        ),
        stock_set=np.array(sets.of_stocks(), np.int64),
        steps=steps,
        exit_queues=exits,
    )


def plan_like(plan: Plan, model: Model, streams: Sequence[str]) -> Plan:
    """``plan_for(model, streams)``, made of the plan of a model from which it differs in its orders alone.

    Both models must have the same choice sets and people (`sharing.with_orders` keeps them).
    """
    tables = model.tables
    steps = -(-tables.horizon_ms // tables.step_ms)
    orders, order_list, order_acts = _orders(model, _Sets(model, {model.streams[name] for name in streams}))
    opening = openings(tables, plan.gates, 4 * steps)
    return plan.replace(
        opening=opening,
        steady=_steady(tables, opening),
        shut=shut_shares(tables, steps),
        set_orders=orders,
        order_list=order_list,
        order_acts=order_acts,
    )


def _steady(tables: ModelTables, opening: NDArray[np.float32]) -> NDArray[np.bool_]:
    """[S] sets no alternative of which has a control or hours at its crossing, or ends where room is limited."""
    gate = tables.alternatives["gate"]
    queues = (tables.gates["exit_queue"] >= 0) | (tables.gates["entry_queue"] >= 0)
    moves = np.zeros(gate.size, np.bool_)
    at = np.flatnonzero(gate >= 0)
    moves[at] = queues[gate[at]] | opening[gate[at]].any(axis=1)
    site = tables.site_of[tables.alternatives["destination"]]
    limited = np.append(np.isfinite(tables.sites["capacity"]), False)
    moves |= limited[site]
    if tables.tolls.size:
        moves[at] = True
    return np.array([not moves[a:b].any() for a, b in tables.sets.tolist()], np.bool_)


def ring_for(plan: Plan) -> int:
    """The length of the ring of coming arrivals: a power of two beyond the longest lag."""
    longest = 1
    for lags in (plan.journey_lag, plan.leg_lag):
        if lags.size:
            longest = max(longest, int((lags["first"] + lags["end"] - lags["start"]).max()))
    return 1 << (longest + 1).bit_length()


class _Sets:
    """The choice sets of some streams."""

    def __init__(self, model: Model, streams: set[int]) -> None:
        self.model = model
        tables = model.tables
        self.group = [0] * tables.sets.size
        self.place = [0] * tables.sets.size
        self.column = {int(c): p for p, c in enumerate(tables.choice_place.tolist()) if c >= 0}
        for group, row in enumerate(tables.set_of.tolist()):
            for column, number in enumerate(row):
                if number >= 0:
                    self.group[number], self.place[number] = group, self.column[column]
        self.used = [c for c in range(len(self.group)) if int(tables.group_stream[self.group[c]]) in streams]
        self.of = np.zeros(tables.alternatives.size, np.int64)
        for c in range(len(self.group)):
            self.of[int(tables.sets["start"][c]) : int(tables.sets["end"][c])] = c
        self._chosen = set(self.used)

    def number(self, group: int, place: int) -> int:
        """The set of a group at a place; −1 if there is none, or it is another stream's."""
        column = int(self.model.tables.choice_place[place])
        found = int(self.model.tables.set_of[group, column]) if column >= 0 else -1
        return found if found in self._chosen else -1

    def stream(self, a: int) -> int:
        return int(self.model.tables.group_stream[self.group[self.of[a]]])

    def sigma(self, a: int) -> float:
        """The spread of the journey factor; −1 for a stream that is not asked for."""
        return float(self.model.tables.streams["sigma"][self.stream(a)]) if self.of[a] in self._chosen else -1.0

    def origins(self) -> set[int]:
        cells = self.model.people.cells
        pairs = set(zip(cells["group"].tolist(), cells["origin"].tolist(), strict=True))
        return ({self.number(g, p) for g, p in pairs} | set(self.of_stocks())) - {-1}

    def of_stocks(self) -> list[int]:
        names = list(dict.fromkeys((s.stream, s.origin) for s in self.model.scenario.stocks))
        return [self.number(self.model.groups.index((s, "")), self.model.places[o]) for s, o in names]

    def detours(self) -> NDArray[np.int64]:
        """Alternatives that may be longer than the shortest by so much that they need preparing."""
        tables = self.model.tables
        found = [
            a
            for c in self.used
            if tables.streams["setup_ms"][tables.group_stream[self.group[c]]] > 0.0
            for a in range(int(tables.sets["start"][c]), int(tables.sets["end"][c]))
        ]
        return np.array(found, np.int64)

    def one_taste(self) -> list[bool]:
        items, sets = self.model.tables.alternatives["item"], self.model.tables.sets
        spans = zip(sets["start"].tolist(), sets["end"].tolist(), strict=True)
        return [len(set(items[a:b].tolist())) == b - a for a, b in spans]

    def tastes(self) -> NDArray[np.int64]:
        """[A] of each alternative the first of its set with the same taste, counted from the set's first."""
        items, sets = self.model.tables.alternatives["item"].tolist(), self.model.tables.sets
        found = np.zeros(len(items), np.int64)
        for a, b in zip(sets["start"].tolist(), sets["end"].tolist(), strict=True):
            first: dict[int, int] = {}
            found[a:b] = [first.setdefault(items[i], i - a) for i in range(a, b)]
        return found


class _Types:
    """Every (alternative, gate on its way, in any regime) of the sets in use."""

    def __init__(self, model: Model, sets: _Sets, merged: bool) -> None:
        self.tables, self.sets = model.tables, sets
        gates = self.tables.gates
        held = (gates["exit_queue"] >= 0) | (gates["entry_queue"] >= 0) | (gates["row_end"] > gates["row_start"])
        self._free = ~held & (gates["kept_end"] <= gates["kept_start"]) & merged
        self._free_on: dict[tuple[int, int], bool] = {}
        self.rows: list[tuple[Any, ...]] = []
        self.number: dict[tuple[int, ...], int] = {}
        self.leg_sigma: dict[int, float] = {}
        self.type_of = [-1] * self.tables.alternatives.size
        for c in sets.used:
            for a in range(int(self.tables.sets["start"][c]), int(self.tables.sets["end"][c])):
                gate, leg = int(self.tables.alternatives["gate"][a]), int(self.tables.alternatives["leg"][a])
                if gate >= 0:
                    self.type_of[a] = self._add(a, gate, leg, first=True)

    def _key(self, a: int, gate: int, leg: int) -> tuple[int, ...]:
        """What tells one type from another: who can be held, at this gate or a later one, remembers what it chose among."""
        if not self._passes(gate, leg):
            return a, gate, leg
        site = int(self.tables.site_of[self.tables.alternatives["destination"][a]])
        return -1, gate, leg, self.sets.stream(a), site

    def _passes(self, gate: int, leg: int) -> bool:
        """Whether nothing can hold anybody at a gate, nor at any gate after it in any regime."""
        if (gate, leg) not in self._free_on:
            self._free_on[gate, leg] = False  # a way that came back to itself would not pass
            follow = self.tables.legs[:, leg] if leg >= 0 else self.tables.legs[:, :0].ravel()
            pairs = {(int(n), int(after)) for n, after in zip(follow["next"], follow["after"], strict=True) if n >= 0}
            self._free_on[gate, leg] = bool(self._free[gate]) and all(self._passes(*p) for p in pairs)
        return self._free_on[gate, leg]

    def _add(self, a: int, gate: int, leg: int, *, first: bool) -> int:
        key = self._key(a, gate, leg)
        if key in self.number:
            return self.number[key]
        self.number[key] = len(self.rows)
        g, sets = self.tables.gates[gate], self.sets
        c = int(sets.of[a])
        near = sets.number(sets.group[c], int(g["near"]))
        site = int(self.tables.site_of[self.tables.alternatives["destination"][a]])
        queues = int(g["exit_queue"]), int(g["entry_queue"])
        self.rows.append((a, gate, leg, *queues, site, c, near, sets.stream(a), first))
        if leg >= 0:
            self.leg_sigma[leg] = sets.sigma(a)
            for r in range(self.tables.legs.shape[0]):
                following = self.tables.legs[r, leg]
                if following["next"] >= 0:
                    self._add(a, int(following["next"]), int(following["after"]), first=False)
        return self.number[key]

    def ends(self) -> NDArray[np.int64]:
        """Rows 2·(stream·sites + site) + (1 = over a border) of destinations that these alternatives have."""
        found = set()
        for c in self.sets.used:
            for a in range(int(self.tables.sets["start"][c]), int(self.tables.sets["end"][c])):
                site = int(self.tables.site_of[self.tables.alternatives["destination"][a]])
                over = int(self.tables.alternatives["gate"][a] >= 0)
                found.add(2 * (self.sets.stream(a) * self.tables.sites.size + site) + over)
        return np.array(sorted(found), np.int64)

    def following(self) -> NDArray[np.int64]:
        """[R, T] the type that comes next; −1 = the destination, −2 = it cannot be reached."""
        regimes = self.tables.regime_start.size
        out = np.full((regimes, len(self.rows)), -1, np.int64)
        for y, (a, _, leg, *_) in enumerate(self.rows):
            for r in range(regimes if leg >= 0 else 0):
                row = self.tables.legs[r, leg]
                if row["next"] >= 0:
                    out[r, y] = self.number[self._key(a, int(row["next"]), int(row["after"]))]
                elif not np.isfinite(row["hours"]):
                    out[r, y] = -2
        return out

    def queues(self) -> tuple[NDArray[Any], list[tuple[int, bool]], list[int], int]:
        """Who passes each queue; the queues in use, those of exit first, and how many these are."""
        by_queue: dict[int, list[tuple[int, bool]]] = defaultdict(list)
        for y, row in enumerate(self.rows):
            for queue, leaving in ((row[3], True), (row[4], False)):
                if queue >= 0:
                    by_queue[queue].append((y, leaving))
        members: list[tuple[int, bool]] = []
        spans = []
        for q in range(self.tables.queues.size):
            spans.append((len(members), len(members) + len(by_queue[q])))
            members += by_queue[q]
        used = [q for q in range(self.tables.queues.size) if by_queue[q]]
        exits = [q for q in used if by_queue[q][0][1]]
        return records(SPAN, spans), members, exits + [q for q in used if q not in exits], len(exits)


class _Lags:
    """Shares of a mass, by steps from setting out (evenly over a step) to coming; equal ones are kept once."""

    def __init__(self, step_ms: int) -> None:
        self.step_h = step_ms / HOUR_MS
        self.shares: list[float] = []
        self.kept: dict[tuple[float, float, int], tuple[int, int, int]] = {}
        from scipy.special import ndtri  # slow to load, and runs need no expected flows

        self.z = ndtri((np.arange(NODES) + 0.5) / NODES)

    def add(self, hours: float, sigma: float, least: int) -> tuple[int, int, int]:
        if not np.isfinite(hours) or sigma < 0.0:
            return 0, 0, 0
        key = (hours, sigma, least)
        if key not in self.kept:
            factor = np.exp(sigma * self.z - sigma * sigma / 2.0)
            lag = hours * factor / factor.mean() / self.step_h
            whole = np.floor(lag).astype(np.int64)
            share = np.zeros(int(whole.max()) + 2)
            np.add.at(share, whole, (1.0 - (lag - whole)) / NODES)
            np.add.at(share, whole + 1, (lag - whole) / NODES)
            if least and share.size > 1:
                share[1] += share[0]
                share[0] = 0.0
            found = np.flatnonzero(share > 1e-9)
            first, last = int(found[0]), int(found[-1])
            self.kept[key] = (first, len(self.shares), len(self.shares) + last - first + 1)
            self.shares += (share[first : last + 1] / share.sum()).tolist()
        return self.kept[key]


def _sources(model: Model, streams: set[int]) -> dict[str, NDArray[Any]]:
    """When the travellers of each cell of demand set out or join: shares by step."""
    people, step_ms, end_ms = model.people, model.tables.step_ms, model.tables.end_ms
    spans: list[tuple[int, int]] = []
    at: list[NDArray[Any]] = []
    share: list[NDArray[Any]] = []
    n = 0
    quarters = (np.arange(4) + 0.5) / 4.0
    for cell in people.cells:
        start = n
        if cell["mean"] >= 0.0 and int(model.tables.group_stream[cell["group"]]) in streams:
            hours, sums = people.hour_ms[cell["hours"]], people.share_sum[cell["share"]]
            times = (hours[:, None] + quarters[None, :] * HOUR_MS).ravel()
            parts = np.repeat(np.diff(sums) / 4.0, 4)
            inside = (times >= 0) & (times < end_ms) & (parts > 0)
            when, where = np.unique((times[inside] // step_ms).astype(np.int64), return_inverse=True)
            at.append(when)
            share.append(np.bincount(where, parts[inside], minlength=when.size))
            n += when.size
        spans.append((start, n))
    return {
        "cell_source": records(SPAN, spans),
        "source_step": np.concatenate(at) if at else np.zeros(0, np.int64),
        "source_share": np.concatenate(share) if share else np.zeros(0),
    }


def _orders(model: Model, sets: _Sets) -> tuple[NDArray[Any], NDArray[np.int64], NDArray[np.bool_]]:
    """For each set the orders that can matter to it, with a closed row on the way, or ending one; which decide what is open."""
    tables = model.tables
    rows = [tables.rows[g["row_start"] : g["row_end"]] for g in tables.gates]
    of_gate, long_at = ([{int(o) for o in r["order"]} for r in some] for some in (rows, [r[r["long"]] for r in rows]))
    enders = [{int(e) for e in tables.endings["order"][o["ending_start"] : o["ending_end"]]} for o in tables.orders]
    whole = [int(o) for o in tables.orders["whole"]]
    chosen = set(sets.used)
    spans: list[tuple[int, int]] = []
    listed, acts = list[int](), list[bool]()
    for c in range(tables.sets.size):
        found, act = set[int](), set[int]()
        if c in chosen:
            for a in range(int(tables.sets["start"][c]), int(tables.sets["end"][c])):
                for gate in _gates_of(tables, a):
                    found |= of_gate[gate]
                    act |= long_at[gate]
        found |= {e for o in found for e in enders[o]} | {whole[o] for o in found}
        # A part that concerns everybody is known with its order.
        act = {whole[o] if tables.orders["share"][o] >= 1.0 else o for o in act} | {e for o in act for e in enders[o]}
        spans.append((len(listed), len(listed) + len(found)))
        listed += sorted(found)
        acts += [o in act for o in sorted(found)]
    return records(SPAN, spans), np.array(listed, np.int64), np.array(acts, np.bool_)


def _gates_of(tables: Any, a: int) -> set[int]:
    """The gates that an alternative passes, in any regime."""
    todo = [(int(tables.alternatives["gate"][a]), int(tables.alternatives["leg"][a]))]
    found: set[int] = set()
    while todo:
        gate, leg = todo.pop()
        if gate < 0 or gate in found:
            continue
        found.add(gate)
        if leg >= 0:
            todo += [(int(x["next"]), int(x["after"])) for x in tables.legs[:, leg]]
    return found
