"""The step loop: everybody's events in order of (time, id), with a board renewed at each step (docs/model.md, 5-7)."""

from __future__ import annotations

import numpy as np

from crossings.kernel.agents.border_crossing import NO_SIDE, come, go_on, has_crossed, write_visit
from crossings.kernel.agents.departures import choose_away, leave_home, refused
from crossings.kernel.agents.places import arrive_at_place, expect, leave_place, remaining
from crossings.kernel.core.blocks import bare, prefetch
from crossings.kernel.core.calendar import before, put, raise_heap, sink_heap, sort_step, take
from crossings.kernel.core.choice import note_room
from crossings.kernel.core.compiled import entry, inner
from crossings.kernel.core.layout import (
    AT_ENTRY,
    AT_GATE,
    AT_HOME,
    AT_PLACE,
    AWAY_NEWS,
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
from crossings.kernel.core.queue import board_wait
from crossings.kernel.core.states import step_of

NO_CHOICE = np.int64(-9)


@inner
def _happen(seed, salt, model, world, i, k):
    """One event of traveller i in step k. Returns the choice made, or NO_CHOICE where there was none to make."""
    now, event = world.fate[i].since, world.fate[i].event
    next_step = (k + 1) * model.step_ms
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
            expect(model, world, i, -1.0)
        return choose_away(seed, salt, model, world, i, now, next_step, False)
    elif event == AT_PLACE:
        arrive_at_place(seed, model, world, i, now, k)
    elif event == PLACE_EXIT:
        leave_place(model, world, i)
    elif event == ROAD_NEWS:
        go_on(seed, model, world, i, now)
    return NO_CHOICE


@inner
def _renew_board(model, world, k):
    """Persons present are noted at each step; waits on the board only where something will happen."""
    t0 = min(k * model.step_ms, model.horizon_ms)
    for p in range(model.sites.size):
        world.present[p] += world.came[k, p]
        there = world.present[p]
        if model.sites[p].present > 0.0:
            there += model.sites[p].present * remaining(model, p, t0)
        world.shown[k, p] = there
        note_room(model, world, p, there + world.on_way[p])
    late = world.heard.rows > 0
    if late or world.pending[k] > 0:
        for q in range(model.queues.size):
            world.board[q] = board_wait(model, world, q, t0)
            if late:
                world.heard[k, q] = world.board[q]


@inner
def _keep(model, world):
    """Note everybody's fate as it is now, where that was asked for, and go on to the horizon."""
    world.settled[0] = model.horizon_ms
    for i in range(world.kept.size):
        world.kept[i].since = world.fate[i].since
        world.kept[i].crossed = world.fate[i].crossed
        world.kept[i].crossed_gate = world.fate[i].crossed_gate
        world.kept[i].first_gate = world.fate[i].first_gate
        world.kept[i].km = world.fate[i].km
        world.kept[i].hours = world.fate[i].hours
        world.kept[i].state = world.fate[i].state


@inner
def _begin(model, world):
    """Blank fates, everybody counted from when it exists, and all who will leave in the calendar."""
    steps = world.over.rows
    for i in range(world.crowd.size):
        world.fate[i].since = FAR
        world.fate[i].left = FAR
        world.fate[i].crossed = FAR
        world.fate[i].gate = -1
        world.fate[i].leg = -1
        world.fate[i].crossed_gate = -1
        world.fate[i].first_gate = -1
        world.fate[i].told = 0
        world.fate[i].km = 0.0
        world.fate[i].hours = 0.0
        world.fate[i].joins = 0
        world.fate[i].refusals = 0
        world.fate[i].state = AT_HOME
        world.fate[i].event = LEAVE
        s = model.group_stream[world.crowd[i].group]
        created = world.crowd[i].created
        first = step_of(model, created) + 1 if created > 0 else 0
        world.states[min(first, steps), s, AT_HOME] += 1
        if world.crowd[i].leave < FAR:
            put(model, world, i, world.crowd[i].leave, LEAVE)


@inner
def _note_choice(world, i, now, taken):
    """Log a choice; one for which there is no room is counted all the same."""
    n = world.written[1]
    world.written[1] += 1
    if n < world.choices.size:
        world.choices[n].traveller = i
        world.choices[n].time = now
        world.choices[n].taken = taken


@inner
def _go_through(seed, salt, model, world, k, order, count, heap):
    """All events of step k: those of ``order``, sorted, and those that they bring about within the step (a heap)."""
    ahead, size = 0, 0
    while ahead < count or size > 0:
        if size > 0 and (ahead == count or before(world, heap[0], order[ahead])):
            i = np.int64(heap[0])
            size -= 1
            heap[0] = heap[size]
            sink_heap(world, heap, size)
        else:
            i = np.int64(order[ahead])
            ahead += 1
            if ahead + 6 < count:
                prefetch(world.fate, order[ahead + 6])
                prefetch(world.crowd, order[ahead + 6])
        now = world.fate[i].since
        if now >= world.settled[0] and now >= world.keep_ms:
            _keep(model, world)
        taken = _happen(seed, salt, model, world, i, k)
        if taken == STAY_HERE:
            write_visit(world, i, np.int64(world.fate[i].gate), NO_SIDE, now, FAR, world.fate[i].since, STAYED)
            expect(model, world, i, 1.0)
        if taken != NO_CHOICE and world.choices.size > 0:
            _note_choice(world, i, now, taken)
        if world.pending[k] > 0:  # its next event lies within this very step
            take(world, k, heap, size)
            raise_heap(world, heap, size)
            size += 1


@entry
def simulate(seed, salt, model, world):
    """Run one seed to the horizon, changing ``world``.

    seed: uint64; salt: taste salt; model: ModelTables; world: World, new.
    Where ``world.written`` exceeds the sizes of ``visits`` or ``choices`` there was no room: run again with more.
    """
    steps = world.over.rows
    world.settled[0] = min(world.keep_ms, model.horizon_ms)
    _begin(model, world)
    order = np.empty(1024, np.int32)
    heap = np.empty(1024, np.int32)
    keys = np.empty(1024, np.int64)
    moved = np.empty(1024, np.int64)
    bins = np.empty(2049, np.int64)
    for k in range(steps):
        _renew_board(model, world, k)
        count = world.pending[k]
        if count == 0:
            continue
        if count > order.size:
            order = np.empty(2 * count, np.int32)
            heap = np.empty(2 * count, np.int32)
            keys = np.empty(2 * count, np.int64)
            moved = np.empty(2 * count, np.int64)
            bins = np.empty(4 * count + 1, np.int64)
        take(world, k, bare(order), np.int64(0))
        sort_step(world, count, keys, moved, bins, order, bare(heap), k * model.step_ms, model.step_ms)
        _go_through(seed, salt, model, world, k, bare(order), count, bare(heap))
    _renew_board(model, world, steps)
    if world.settled[0] < model.horizon_ms:
        _keep(model, world)
