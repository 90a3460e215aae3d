"""First-come-first-served queues with several servers and shifts, resolved exactly at each arrival.

The recursion of Kiefer & Wolfowitz (1955), with schedules as in Ebert et al. (2020): because arrivals come in order
of (time, id), the begin of each service is known when its traveller joins (docs/model.md, section 6).
"""

from __future__ import annotations

import math

import numpy as np

from crossings.kernel.core.compiled import entry, inner
from crossings.kernel.core.draws import PATIENCE, service_ms, uniform
from crossings.kernel.core.layout import FAR


@inner
def first_shift(model, q, t, hint):
    """The first shift of queue q that closes after t, from ``hint`` on; the end of its list if there is none."""
    s = hint
    last = model.queues[q].shift_end
    while s < last and model.shifts[s].close <= t:
        s += 1
    return s


@entry
def next_open(model, q, t):
    """The first time at or after t inside a shift with a server; FAR if there is none."""
    low, high = model.queues[q].shift_start, model.queues[q].shift_end
    while low < high:  # binary search for the first shift that closes after t
        mid = (low + high) >> 1
        if model.shifts[mid].close <= t:
            low = mid + 1
        else:
            high = mid
    last = model.queues[q].shift_end
    while low < last and model.shifts[low].servers == 0:
        low += 1
    return FAR if low == last else max(t, model.shifts[low].open)


@inner
def find_begin(model, world, q, t, hint):
    """When service would begin for an arrival at t: (begin, shift, server); begin FAR = never."""
    base = model.queues[q].free_start
    s = first_shift(model, q, t, hint)
    last = model.queues[q].shift_end
    while s < last:
        n = model.shifts[s].servers
        quota = model.shifts[s].quota
        # A service begun on a later date means that this one was used up: begins never go back in time.
        date = model.shifts[s].day
        spent = quota >= 0 and (world.day[q] > date or (world.day[q] == date and world.begun[q] >= quota))
        if n > 0 and not spent and quota != 0:
            begin = max(t, model.shifts[s].open)
            least = world.free[base]
            server = 0
            for i in range(n):
                at = world.free[base + i]
                if at <= begin:
                    least = at
                    server = i
                    break
                if at < least:
                    least = at
                    server = i
            if least > begin:
                begin = least
            if begin < model.shifts[s].close:
                return begin, s, server
        s += 1
    return FAR, last, 0


@entry
def shut_at(model, g, t):
    """Whether gate g is physically closed at t, and the next instant from t on at which it becomes so: (shut, at)."""
    low, high = model.gates[g].shut_start, model.gates[g].shut_end
    while low < high:
        mid = (low + high) >> 1
        if model.shuts[mid].until_ms <= t:
            low = mid + 1
        else:
            high = mid
    if low == model.gates[g].shut_end:
        return False, FAR
    if model.shuts[low].from_ms <= t:
        return True, t
    return False, model.shuts[low].from_ms


@inner
def join(seed, model, world, q, who, t, joins, shut_from, patience_ms):
    """A traveller joins queue q at t: (begin or FAR, end, outcome). Outcome 0 served, 1 turned away, 2 reneged."""
    world.hint[q] = first_shift(model, q, t, world.hint[q])
    begin, shift, server = find_begin(model, world, q, t, world.hint[q])
    item = model.queues[q].item
    out_at = FAR
    if patience_ms < np.inf:
        drawn = -math.log(uniform(seed, who, item, PATIENCE, joins)) * patience_ms
        out_at = t + np.int64(np.rint(drawn)) if drawn < 4e18 else FAR
    if begin == FAR and shut_from == FAR and out_at == FAR:
        return FAR, FAR, 0
    if shut_from <= out_at:
        if begin >= shut_from:
            return FAR, shut_from, 1
    elif begin >= out_at:
        return FAR, out_at, 2
    end = begin + service_ms(seed, who, item, joins, model.shifts[shift].mean_ms, model.shifts[shift].cv)
    world.free[model.queues[q].free_start + server] = end
    number = model.shifts[shift].day
    if world.day[q] != number:
        world.day[q] = number
        world.begun[q] = 0
    world.begun[q] += 1
    return begin, end, 0


@inner
def board_wait(model, world, q, t):
    """The wait on the board, ms: begin of an arrival at t, less the first opening from t on. FAR if never."""
    world.hint[q] = first_shift(model, q, t, world.hint[q])
    opening = next_open(model, q, t)
    if opening == FAR:
        return FAR
    begin, _shift, _server = find_begin(model, world, q, t, world.hint[q])
    return FAR if begin == FAR else begin - opening


@entry
def queue_alone(seed, model, world, who, arrivals):
    """One queue fed by given arrivals (ms, in order): the waits, ms. For theory tests and benchmarks."""
    waits = np.empty(arrivals.size, np.int64)
    for i in range(arrivals.size):
        begin, _end, _outcome = join(seed, model, world, 0, who[i], arrivals[i], 0, FAR, np.inf)
        waits[i] = begin - arrivals[i]
    return waits
