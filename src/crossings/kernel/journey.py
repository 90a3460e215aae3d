"""The step loop: everybody's events in order of (time, id), with a board renewed at each step (docs/model.md, 5-7)."""

from __future__ import annotations

import numpy as np

from crossings.kernel.blocks import prefetch
from crossings.kernel.calendar import before, grown, put, raise_heap, sink_heap, sort_step, take
from crossings.kernel.compiled import entry, inner
from crossings.kernel.departing import choose_away, leave_home, refused
from crossings.kernel.layout import (
    AT_ENTRY,
    AT_GATE,
    AT_HOME,
    AT_PLACE,
    AWAY_NEWS,
    CHOICE,
    CROSSED,
    FAR,
    HOME_NEWS,
    LEAVE,
    PLACE_EXIT,
    QUEUEING,
    RENEGED,
    ROAD_NEWS,
    STAY_ENDS,
    STAY_HERE,
    STAYED,
    TURNED_AWAY,
)
from crossings.kernel.passing import come, go_on, has_crossed, write_visit
from crossings.kernel.places import arrive_at_place, remaining
from crossings.kernel.queue import board_wait

NO_CHOICE = -9


@inner
def _happen(seed, salt, model, world, i, k):
    """One event of traveller i in step k. Returns the choice made, or NO_CHOICE where there was none to make."""
    now, event = world.fate[i].since, world.fate[i].event
    next_step = (k + 1) * model.step_ms
    persons = model.streams[model.group_stream[world.crowd[i].group]].persons
    if event in (AT_GATE, AT_ENTRY, STAY_ENDS):
        if come(seed, model, world, i, now, event):
            return refused(seed, salt, model, world, i, now, next_step, event != RENEGED)
    elif event in (LEAVE, HOME_NEWS):
        return leave_home(seed, salt, model, world, i, now)
    elif event == CROSSED:
        has_crossed(seed, model, world, i, now)
    elif event in (TURNED_AWAY, RENEGED):
        return refused(seed, salt, model, world, i, now, next_step, event == TURNED_AWAY)
    elif event == AWAY_NEWS:
        if world.fate[i].state == QUEUEING:
            world.on_way[model.site_of[world.fate[i].place]] -= persons
        return choose_away(seed, salt, model, world, i, now, next_step)
    elif event == AT_PLACE:
        arrive_at_place(seed, model, world, i, now, k)
    elif event == PLACE_EXIT:
        world.present[model.site_of[world.fate[i].place]] -= persons
    elif event == ROAD_NEWS:
        go_on(seed, model, world, i, now)
    return NO_CHOICE


@inner
def _renew_board(model, world, k):
    """Persons present are noted at each step; waits on the board only where something will happen."""
    t0 = min(k * model.step_ms, model.horizon_ms)
    for p in range(model.sites.size):
        there = world.present[p]
        if model.sites[p].present > 0.0:
            there += model.sites[p].present * remaining(model, p, t0)
        world.shown[k, p] = there
        world.load[p] = there + world.on_way[p]
    if world.pending[k] > 0:
        for q in range(model.queues.size):
            world.board[q] = board_wait(model, world, q, t0)


@inner
def _keep(world):
    """Note everybody's fate as it is now, where that was asked for."""
    for i in range(world.kept.size):
        world.kept[i].since = world.fate[i].since
        world.kept[i].crossed = world.fate[i].crossed
        world.kept[i].crossed_gate = world.fate[i].crossed_gate
        world.kept[i].first_gate = world.fate[i].first_gate
        world.kept[i].km = world.fate[i].km
        world.kept[i].hours = world.fate[i].hours
        world.kept[i].state = world.fate[i].state


@entry
def simulate(seed, salt, model, world, record):
    """Run one seed to the horizon, changing ``world``.

    seed: uint64; salt: taste salt; model: ModelTables; world: World, new; record: keep every choice.
    Returns CHOICE [.]. Where ``world.written`` exceeds ``world.visits`` there was no room: run again with more.
    """
    n = world.crowd.size
    steps = world.over.rows
    for i in range(n):
        s = model.group_stream[world.crowd[i].group]
        world.states[min((world.crowd[i].created + model.step_ms - 1) // model.step_ms, steps), s, AT_HOME] += 1
        if world.crowd[i].leave < FAR:
            put(model, world, i, world.crowd[i].leave, LEAVE)
    made = np.empty(max(1024, n) if record else 1, CHOICE)
    order = np.empty(1024, np.int32)
    keys = np.empty(1024, np.int64)
    moved = np.empty(1024, np.int64)
    bins = np.empty(2049, np.int64)
    heap = np.empty(1024, np.int32)
    here = np.empty(1, np.int32)
    n_made = 0
    kept = False
    for k in range(steps):
        _renew_board(model, world, k)
        count = world.pending[k]
        if count == 0:
            continue
        if count > order.size:
            order = np.empty(2 * count, np.int32)
            keys = np.empty(2 * count, np.int64)
            moved = np.empty(2 * count, np.int64)
            bins = np.empty(4 * count + 1, np.int64)
        take(world, k, order)
        sort_step(world, count, keys, moved, bins, order, k * model.step_ms, model.step_ms)
        ahead, size = 0, 0
        while ahead < count or size > 0:
            if size > 0 and (ahead == count or before(world, heap[0], order[ahead])):
                i = heap[0]
                size -= 1
                heap[0] = heap[size]
                sink_heap(world, heap, size)
            else:
                i = order[ahead]
                ahead += 1
                if ahead + 6 < count:
                    prefetch(world.fate, order[ahead + 6])
                    prefetch(world.crowd, order[ahead + 6])
            now = world.fate[i].since
            if not kept and now >= world.keep_ms:
                _keep(world)
                kept = True
            taken = _happen(seed, salt, model, world, i, k)
            if taken == STAY_HERE:
                write_visit(world, i, world.fate[i].gate, 3, now, FAR, world.fate[i].since, STAYED)
                persons = model.streams[model.group_stream[world.crowd[i].group]].persons
                world.on_way[model.site_of[world.fate[i].place]] += persons
            if record and taken != NO_CHOICE:
                if n_made == made.size:
                    made = grown(made)
                made[n_made].traveller = i
                made[n_made].time = now
                made[n_made].taken = taken
                n_made += 1
            if world.pending[k] > 0:  # its next event lies within this very step
                take(world, k, here)
                if size == heap.size:
                    heap = grown(heap)
                heap[size] = i
                raise_heap(world, heap, size)
                size += 1
    _renew_board(model, world, steps)
    if not kept:
        _keep(world)
    return made[:n_made]
