"""The step loop: everybody's events in order of (time, id), with a board renewed at each step (docs/model.md, 5-7)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.kernel.blocks import prefetch
from crossings.kernel.calendar import CHUNK, before, chunks_needed, grown, put, raise_heap, sink_heap, sort_step, take
from crossings.kernel.choice import capacity_factor, choose, next_news, way_is_open
from crossings.kernel.compiled import entry, inner
from crossings.kernel.draws import GIVE_UP, SETUP, STAY, journey_factor, uniform
from crossings.kernel.layout import (
    AFTER_BORDER,
    AFTER_STAY,
    ARRIVED,
    AT_ENTRY,
    AT_GATE,
    AT_HOME,
    AT_PLACE,
    AWAY_NEWS,
    CHOICE,
    CROSSED,
    FAR,
    FATE,
    GAVE_UP,
    HOME_NEWS,
    HOUR_MS,
    IN_SERVICE,
    LEAVE,
    NO_ALTERNATIVE,
    NOTHING,
    ON_ROAD,
    OUT_TURNED_AWAY,
    OUTSIDE,
    PLACE_EXIT,
    QUEUEING,
    RENEGED,
    ROAD_NEWS,
    SERVED,
    STAY_ENDS,
    STAY_HERE,
    STAYED,
    TURNED_AWAY,
    VISIT,
    ModelTables,
    World,
)
from crossings.kernel.people import regime_at
from crossings.kernel.queue import board_wait, join, shut_at

_ZERO = np.uint64(0)
NO_CHOICE = -9


@inner
def _move(model, world, s, at, was, now):
    """Count a change of state at time ``at`` in the differences per step."""
    k = min((at + model.step_ms - 1) // model.step_ms, world.states.rows - 1)
    world.states[k, s, was] -= 1
    world.states[k, s, now] += 1


@inner
def _become(model, world, s, i, at, after):
    _move(model, world, s, at, world.fate[i].state, after)
    world.fate[i].state = after


@inner
def _exit_time(model, site, at, draw):
    """When an arrival at ``at`` leaves the place: its exit hazard, integrated from then, reaches ``draw``. FAR if never."""
    low, high = model.sites[site].exit_start, model.sites[site].exit_end
    if low == high:
        return FAR
    k = low
    while k + 1 < high and model.exits[k + 1].at <= at:
        k += 1
    target = model.exits[k].sum + model.exits[k].rate * max(0, at - model.exits[k].at) + draw
    while k + 1 < high and model.exits[k + 1].sum < target:
        k += 1
    if model.exits[k].rate <= 0.0:
        return FAR
    when = max(model.exits[k].at, at) if model.exits[k].sum >= target else 0.0
    if model.exits[k].sum < target:
        when = model.exits[k].at + (target - model.exits[k].sum) / model.exits[k].rate
    return np.int64(np.rint(when)) if when < 4e18 else FAR


@inner
def _remaining(model, site, at):
    """The share of those present at the start who are still there at ``at``."""
    low, high = model.sites[site].exit_start, model.sites[site].exit_end
    if low == high:
        return 1.0
    k = low
    while k + 1 < high and model.exits[k + 1].at <= at:
        k += 1
    return math.exp(-(model.exits[k].sum + model.exits[k].rate * max(0, at - model.exits[k].at)))


@inner
def _take_turn(seed, model, world, i, now, factor, regime):
    """The alternative of somebody who is brought: through the crossing whose turn it is, or the next that is open."""
    group = world.crowd[i].group
    s = model.group_stream[group]
    column = model.choice_place[world.crowd[i].origin]
    chosen_set = model.set_of[group, column] if column >= 0 else -1
    n = model.streams[s].rotate_end - model.streams[s].rotate_start
    if chosen_set < 0 or n == 0:
        return NOTHING
    turn = np.int64(math.floor(now / model.streams[s].dwell_ms)) % n
    for k in range(n):
        crossing = model.rotate[model.streams[s].rotate_start + (turn + k) % n]
        best, best_weight = NOTHING, np.inf
        for a in range(model.sets[chosen_set].start, model.sets[chosen_set].end):
            g = model.alternatives[a].gate
            if g < 0 or model.gates[g].crossing != crossing or model.journeys[regime, a].weight >= best_weight:
                continue
            if (
                model.streams[s].by_destination
                and capacity_factor(model, world, s, model.alternatives[a].destination) <= 0.0
            ):
                continue
            if way_is_open(seed, model, s, world.crowd[i].who, world.fate[i].told, now, regime, a, factor):
                best, best_weight = a, model.journeys[regime, a].weight
        if best != NOTHING:
            return best
    return NOTHING


@inner
def _set_out(seed, model, world, i, a, now, factor, regime, not_before):
    """Traveller i takes alternative a: on the road to its first crossing, or to its destination."""
    s = model.group_stream[world.crowd[i].group]
    hours = model.journeys[regime, a].hours * factor
    arrive = now + np.int64(np.rint(hours * HOUR_MS))
    if model.streams[s].setup_ms > 0.0:
        chosen_set = model.set_of[world.crowd[i].group, model.choice_place[_standing(model, world, i)]]
        if model.journeys[regime, a].journey_h - model.shortest_h[regime, chosen_set] > model.streams[s].setup_beyond_h:
            arrive += np.int64(
                np.rint(-math.log(uniform(seed, world.crowd[i].who, _ZERO, SETUP, 0)) * model.streams[s].setup_ms)
            )
    arrive = max(arrive, not_before)
    world.fate[i].km += np.float32(model.journeys[regime, a].km)
    world.fate[i].hours += np.float32(hours)
    world.fate[i].gate = model.alternatives[a].gate
    world.fate[i].leg = model.alternatives[a].leg
    world.fate[i].place = model.alternatives[a].destination
    world.on_way[model.site_of[world.fate[i].place]] += model.streams[s].persons
    if model.alternatives[a].gate >= 0:
        _become(model, world, s, i, now, ON_ROAD)
        put(model, world, i, arrive, AT_GATE)
    else:
        _become(model, world, s, i, now, ON_ROAD)
        put(model, world, i, arrive, AT_PLACE)


@inner
def _standing(model, world, i):
    """The place from which traveller i chooses: home, or the near side of the gate it is at."""
    return world.crowd[i].origin if world.fate[i].state == AT_HOME else model.gates[world.fate[i].gate].near


@inner
def _stay_home(seed, model, world, i, now):
    """Nothing to take at home: a flow traveller gives up, a stock traveller waits for news."""
    s = model.group_stream[world.crowd[i].group]
    if not model.streams[s].is_stock:
        world.fate[i].since = now
        _become(model, world, s, i, now, GAVE_UP)
        return
    news = next_news(seed, model, s, world.crowd[i].who, world.fate[i].told, now)
    put(model, world, i, news, HOME_NEWS)


@inner
def _leave_home(seed, salt, model, world, i, now):
    s = model.group_stream[world.crowd[i].group]
    factor = journey_factor(seed, world.crowd[i].who, model.streams[s].sigma)
    regime = regime_at(model, now)
    a = NOTHING
    if world.crowd[i].brought and world.fate[i].event == LEAVE:
        a = _take_turn(seed, model, world, i, now, factor, regime)
    if a == NOTHING:
        a, _until = choose(
            seed,
            salt,
            model,
            world.crowd[i].group,
            world.crowd[i].who,
            world.fate[i].told,
            now,
            world.crowd[i].origin,
            factor,
            regime,
            world,
            np.int64(-1),
            np.int64(-1),
            False,
        )
    if a == OUTSIDE:
        world.fate[i].since = now
        _become(model, world, s, i, now, GAVE_UP)
    elif a == NOTHING:
        _stay_home(seed, model, world, i, now)
    else:
        world.fate[i].left = now
        world.fate[i].first_gate = model.alternatives[a].gate
        _set_out(seed, model, world, i, a, now, factor, regime, np.int64(0))
    return a


@inner
def _choose_away(seed, salt, model, world, i, now, next_step):
    """Choose again at the near side of a gate: another way, outside, stay, or nothing."""
    s = model.group_stream[world.crowd[i].group]
    g = world.fate[i].gate
    factor = journey_factor(seed, world.crowd[i].who, model.streams[s].sigma)
    regime = regime_at(model, now)
    a, until = choose(
        seed,
        salt,
        model,
        world.crowd[i].group,
        world.crowd[i].who,
        world.fate[i].told,
        now,
        model.gates[g].near,
        factor,
        regime,
        world,
        np.int64(g),
        np.int64(world.fate[i].place),
        True,
    )
    if a == OUTSIDE:
        world.fate[i].since = now
        _become(model, world, s, i, now, GAVE_UP)
    elif a == STAY_HERE:
        until = max(until, next_step)
        news = next_news(seed, model, s, world.crowd[i].who, world.fate[i].told, now)
        _become(model, world, s, i, now, QUEUEING)
        if news < until:
            put(model, world, i, news, AWAY_NEWS)
        else:
            put(model, world, i, until, STAY_ENDS)
    elif a == NOTHING:
        _become(model, world, s, i, now, NO_ALTERNATIVE)
        news = next_news(seed, model, s, world.crowd[i].who, world.fate[i].told, now)
        put(model, world, i, news, AWAY_NEWS)
    else:
        _set_out(seed, model, world, i, a, now, factor, regime, next_step)
    return a


@inner
def _refused(seed, salt, model, world, i, now, next_step, turned_away):
    """Turned away or out of patience: give up with the stream's probability, else choose again."""
    s = model.group_stream[world.crowd[i].group]
    if turned_away:
        known = 0
        for o in range(model.orders.size):
            known += model.orders[o].announced <= now
        world.fate[i].told = max(world.fate[i].told, known)
    world.on_way[model.site_of[world.fate[i].place]] -= model.streams[s].persons
    m = world.fate[i].refusals
    world.fate[i].refusals += 1
    give_up = model.streams[s].give_up
    if give_up > 0.0 and uniform(seed, world.crowd[i].who, _ZERO, GIVE_UP, m) < give_up:
        world.fate[i].since = now
        _become(model, world, s, i, now, GAVE_UP)
        return OUTSIDE
    return _choose_away(seed, salt, model, world, i, now, next_step)


@inner
def _go_on(seed, model, world, i, now):
    """After a border: to the next crossing on the way, or to the destination, in the regime of now."""
    s = model.group_stream[world.crowd[i].group]
    leg = world.fate[i].leg
    regime = regime_at(model, now)
    hours = model.legs[regime, leg].hours
    if not hours < np.inf:
        later = FAR
        for r in range(model.regime_start.size):
            if model.regime_start[r] > now:
                later = model.regime_start[r]
                break
        put(model, world, i, later, ROAD_NEWS)
        return
    hours *= journey_factor(seed, world.crowd[i].who, model.streams[s].sigma)
    world.fate[i].km += np.float32(model.legs[regime, leg].km)
    world.fate[i].hours += np.float32(hours)
    arrive = now + np.int64(np.rint(hours * HOUR_MS))
    g = model.legs[regime, leg].next
    if g < 0:
        put(model, world, i, arrive, AT_PLACE)
    else:
        world.fate[i].gate = g
        world.fate[i].leg = model.legs[regime, leg].after
        put(model, world, i, arrive, AT_GATE)


@inner
def _has_crossed(seed, model, world, i, now):
    s = model.group_stream[world.crowd[i].group]
    world.fate[i].crossed = now
    world.fate[i].crossed_gate = world.fate[i].gate
    _become(model, world, s, i, now, AFTER_BORDER)
    _go_on(seed, model, world, i, now)


@inner
def _arrive_at_place(seed, model, world, i, now, k):
    s = model.group_stream[world.crowd[i].group]
    site = model.site_of[world.fate[i].place]
    persons = model.streams[s].persons
    world.on_way[site] -= persons
    if world.present[site] >= model.sites[site].capacity:
        world.over[k, site] += 1
    world.present[site] += persons
    _become(model, world, s, i, now, ARRIVED)
    world.fate[i].since = FAR
    if model.sites[site].exit_start < model.sites[site].exit_end:
        draw = -math.log(uniform(seed, world.crowd[i].who, model.sites[site].item, STAY, 0))
        put(model, world, i, _exit_time(model, site, now, draw), PLACE_EXIT)


@inner
def _write(world, i, g, side, arrival, begin, end, outcome):
    n = world.written[0]
    world.written[0] += 1
    if n < world.visits.size:
        world.visits[n].traveller = i
        world.visits[n].gate = g
        world.visits[n].side = side
        world.visits[n].arrival = arrival
        world.visits[n].begin = begin
        world.visits[n].end = end
        world.visits[n].outcome = outcome


@inner
def _come(seed, model, world, i, now, event):
    """Traveller i comes to a control of its gate: joins, passes a free gate, or finds it shut. Returns whether shut."""
    g = world.fate[i].gate
    s = model.gates[g].stream
    side, q = 1, model.gates[g].entry_queue
    if event != AT_ENTRY and model.gates[g].exit_queue >= 0:
        side, q = 0, model.gates[g].exit_queue
    if q < 0:
        side = 2
    mark = side | (AFTER_STAY if event == STAY_ENDS else 0)
    shut, shut_from = shut_at(model, g, now)
    if shut:
        _write(world, i, g, mark, now, FAR, now, OUT_TURNED_AWAY)
        return True
    if q < 0:
        _write(world, i, g, mark, now, now, now, SERVED)
        _has_crossed(seed, model, world, i, now)
        return False
    begin, end, outcome = join(
        seed,
        model,
        world,
        q,
        world.crowd[i].who,
        now,
        world.fate[i].joins,
        shut_from,
        model.streams[s].patience_ms,
    )
    world.fate[i].joins += 1
    _write(world, i, g, mark, now, begin, end, outcome)
    _become(model, world, s, i, now, QUEUEING)
    if outcome != SERVED:
        put(model, world, i, end, TURNED_AWAY if outcome == OUT_TURNED_AWAY else RENEGED)
        return False
    if begin < model.horizon_ms:
        _become(model, world, s, i, begin, IN_SERVICE)
    more = side == 0 and model.gates[g].entry_queue >= 0
    put(model, world, i, end, AT_ENTRY if more else CROSSED)
    return False


@inner
def _happen(seed, salt, model, world, i, k):
    """One event of traveller i in step k. Returns the choice made, or NO_CHOICE where there was none to make."""
    now, event = world.fate[i].since, world.fate[i].event
    next_step = (k + 1) * model.step_ms
    persons = model.streams[model.group_stream[world.crowd[i].group]].persons
    if event in (AT_GATE, AT_ENTRY, STAY_ENDS):
        if _come(seed, model, world, i, now, event):
            return _refused(seed, salt, model, world, i, now, next_step, event != RENEGED)
    elif event in (LEAVE, HOME_NEWS):
        return _leave_home(seed, salt, model, world, i, now)
    elif event == CROSSED:
        _has_crossed(seed, model, world, i, now)
    elif event in (TURNED_AWAY, RENEGED):
        return _refused(seed, salt, model, world, i, now, next_step, event == TURNED_AWAY)
    elif event == AWAY_NEWS:
        if world.fate[i].state == QUEUEING:
            world.on_way[model.site_of[world.fate[i].place]] -= persons
        return _choose_away(seed, salt, model, world, i, now, next_step)
    elif event == AT_PLACE:
        _arrive_at_place(seed, model, world, i, now, k)
    elif event == PLACE_EXIT:
        world.present[model.site_of[world.fate[i].place]] -= persons
    elif event == ROAD_NEWS:
        _go_on(seed, model, world, i, now)
    return NO_CHOICE


@inner
def _renew_board(model, world, k):
    """Persons present are noted at each step; waits on the board only where something will happen."""
    t0 = min(k * model.step_ms, model.horizon_ms)
    for p in range(model.sites.size):
        there = world.present[p]
        if model.sites[p].present > 0.0:
            there += model.sites[p].present * _remaining(model, p, t0)
        world.shown[k, p] = there
        world.load[p] = there + world.on_way[p]
    if world.pending[k] > 0:
        for q in range(model.queues.size):
            world.board[q] = board_wait(model, world, q, t0)


def new_world(model: ModelTables, crowd: NDArray[Any], room_for_visits: int) -> World:
    """The world at the start of a run."""
    n, queues, sites = crowd.size, model.queues.size, model.sites.size
    steps = -(-model.horizon_ms // model.step_ms)
    blank = np.zeros((), FATE)
    for name in ("since", "left", "crossed"):
        blank[name] = FAR
    for name in ("gate", "leg", "place", "crossed_gate", "first_gate"):
        blank[name] = -1
    room = np.zeros((n + 1) * FATE.itemsize, np.uint8)
    start = -room.ctypes.data % FATE.itemsize  # a record a cache line
    fate = room[start : start + n * FATE.itemsize].view(FATE)
    fate[:] = blank
    return World(
        crowd=crowd,
        fate=fate,
        calendar=np.full(steps + 1, -1, np.int32),
        pending=np.zeros(steps + 1, np.int32),
        pool=np.empty((chunks_needed(n, steps), CHUNK + 2), np.int32),
        spare=np.array([-1, 0], np.int32),
        states=np.zeros((steps + 1, model.streams.size, 8), np.int32),
        free=np.full(int(model.queues["free_end"][-1]) if queues else 0, -FAR, np.int64),
        day=np.full(queues, -1, np.int64),
        begun=np.zeros(queues, np.int64),
        hint=model.queues["shift_start"].copy(),
        board=np.zeros(queues, np.int64),
        present=np.zeros(sites),
        on_way=np.zeros(sites),
        load=np.zeros(sites),
        shown=np.zeros((steps + 1, sites), np.float32),
        over=np.zeros((steps, sites), np.int32),
        visits=np.empty(room_for_visits, VISIT),
        written=np.zeros(1, np.int64),
    )


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
            taken = _happen(seed, salt, model, world, i, k)
            if taken == STAY_HERE:
                _write(world, i, world.fate[i].gate, 3, now, FAR, world.fate[i].since, STAYED)
                world.on_way[model.site_of[world.fate[i].place]] += model.streams[
                    model.group_stream[world.crowd[i].group]
                ].persons
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
    return made[:n_made]
