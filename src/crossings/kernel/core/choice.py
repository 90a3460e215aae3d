"""What a traveller takes, by what it knows and what the boards say (docs/model.md, sections 4 and 5).

The largest V + Gumbel is found as the smallest −ln(u)·exp(−V): the same choice with one logarithm fewer, and none at
all for an alternative that cannot win: waits and full places only make a score larger, and −ln u has a lower bound that
is cheap.
"""

from __future__ import annotations

import math

import numpy as np

from crossings.kernel.core.compiled import inner, within
from crossings.kernel.core.draws import TASTE, uniform, uniform_here
from crossings.kernel.core.knowledge import AT_ONCE, LONG, SHORT, believed_closed, deterred_h, home_for, mind, reopening
from crossings.kernel.core.layout import FAR, HOUR_MS, NOTHING, OUTSIDE, STAY_HERE
from crossings.kernel.core.queue import next_open
from crossings.kernel.core.states import step_of

_BELOW = 1.0 - 1e-12  # so that rounding never lifts a bound above the score


@inner
def bound_for(model, world, i):
    """The destination of the last alternative that traveller i took; −1 before the first."""
    leg = np.int64(world.fate[i].leg)
    return np.int64(model.leg_end[leg]) if leg >= 0 else -2 - leg


@within
def onward(model, regime, leg, hours):
    """The next crossing of a way, so many hours from its start, and the leg after it; crossing −1 where there is none."""
    if leg < 0 or not model.legs[regime, leg].hours < np.inf:
        return np.int64(-1), leg, hours
    return model.legs[regime, leg].next, model.legs[regime, leg].after, hours + model.legs[regime, leg].hours


@inner
def way_is_open(seed, model, s, who, told, now, regime, a, factor, away):
    """Whether no long row is believed in force at any crossing of alternative a when it would be passed, or for ``away`` ms
    before.
    """
    hours, g, leg = model.journeys[regime, a].hours, model.alternatives[a].gate, model.alternatives[a].leg
    while g >= 0:
        at = now + np.int64(np.rint(hours * factor * HOUR_MS))
        if believed_closed(seed, model, s, who, told, now, g, at, LONG, away) >= 0:
            return False
        g, leg, hours = onward(model, regime, leg, hours)
    return True


@inner
def deterred_on_way(seed, model, s, who, told, now, regime, a, factor):
    """`deterred_h` of all the crossings of alternative a."""
    hours, total = model.journeys[regime, a].hours, 0.0
    g, leg = model.alternatives[a].gate, model.alternatives[a].leg
    while g >= 0:
        total += deterred_h(seed, model, s, who, told, now, g, now + np.int64(np.rint(hours * factor * HOUR_MS)))
        g, leg, hours = onward(model, regime, leg, hours)
    return total


@inner
def heard_wait(heard, k, lag, q):
    """The wait at queue q, ms, as the boards had it ``lag`` steps before step k: linear between two; FAR where one has no end."""
    whole = np.int64(math.floor(lag))
    part = lag - whole
    newer = heard[max(np.int64(0), k - whole), q]
    older = heard[max(np.int64(0), k - whole - 1), q]
    if part == 0.0 or newer == FAR:
        return newer
    return FAR if older == FAR else np.int64(np.rint(newer + part * (older - newer)))


@inner
def believed_wait(seed, model, s, who, told, now, g, at, world):
    """Hours that the traveller expects to wait at gate g when coming at ``at``; inf = it never opens again."""
    t = at
    while True:
        end = believed_closed(seed, model, s, who, told, now, g, t, SHORT, AT_ONCE)
        if end < 0:
            break
        t = end
    for q in (model.gates[g].exit_queue, model.gates[g].entry_queue):
        if q >= 0:
            t = next_open(model, q, t)
            wait = world.board[q]
            if model.streams[s].lag > 0.0:
                wait = heard_wait(world.heard, step_of(model, now), model.streams[s].lag, q)
            if t == FAR or wait == FAR:
                return np.inf
            t += wait
    return (t - at) / HOUR_MS


@inner
def room_left(capacity, load, buffer):
    """The share of room left at a place with so many persons present and on their way, by the `buffer` rule or `room`."""
    if not capacity < np.inf:
        return 1.0
    occupancy = load / capacity if capacity > 0.0 else np.inf
    if buffer:
        return 1.0 if occupancy <= 0.9 else max(0.0, (1.0 - occupancy) / 0.1)
    return max(1.0 - occupancy, 1e-4)


@inner
def note_room(model, world, site, load):
    """The board's shares of room left at a site with so many persons present and on their way, by either rule."""
    world.room[site, 0] = room_left(model.sites[site].capacity, load, False)
    world.room[site, 1] = room_left(model.sites[site].capacity, load, True)


@inner
def capacity_factor(model, world, s, place):
    """The share of room left at a destination, from the board."""
    return world.room[model.site_of[place], 1 if model.streams[s].buffer else 0]


@inner
def _likeliest(seed, salt, model, world, who, s, regime, chosen_set):
    """A lower bound of the score of each that can be reached, whatever its wait, to ``likely``; where the least is.

    −ln u ≥ v + v²/2 + v³/3 + v⁴/4 + v⁵/5 with v = 1 − u. The draws are a plain loop, which the compiler makes wide.
    """
    start = model.sets[chosen_set].start
    n = model.lives[regime, chosen_set]
    alternatives, journeys, live, items = model.alternatives, model.journeys, model.live, model.live_item
    draw, likely = world.draw, world.likely
    for j in range(n):
        draw[j] = uniform_here(seed, who, items[regime, start + j], TASTE, salt)
    first, least = 0, np.inf
    rooms = model.streams[s].by_destination
    for j in range(n):
        v = 1.0 - draw[j]
        bound = v * (1.0 + v * (0.5 + v * (1.0 / 3.0 + v * (0.25 + v * 0.2))))
        a = np.int64(live[regime, start + j])
        bound *= _BELOW * journeys[regime, a].weight
        if rooms:
            room = capacity_factor(model, world, s, alternatives[a].destination)
            bound = bound / room if room > 0.0 else np.inf
        likely[j] = bound
        first = j if bound < least else first
        least = bound if bound < least else least
    return first


@inner
def _weight(seed, model, world, i, now, s, factor, regime, a, away):
    """exp(−V) of an ordinary alternative with its wait and the room at its destination; inf where it is not eligible."""
    who, told = mind(world, i), np.int64(world.fate[i].told)
    weight = model.journeys[regime, a].weight
    if not way_is_open(seed, model, s, who, told, now, regime, a, factor, away):
        return np.inf
    g = model.alternatives[a].gate
    if g >= 0:
        at = now + np.int64(np.rint(model.journeys[regime, a].hours * factor * HOUR_MS))
        wait = believed_wait(seed, model, s, who, told, now, g, at, world)
        if not wait < np.inf:
            return np.inf
        if model.tolls.size > 0:
            wait += deterred_on_way(seed, model, s, who, told, now, regime, a, factor)
        weight = _with_wait(model, s, weight, wait)
    return _with_room(model, world, s, a, weight)


@inner
def _with_wait(model, s, weight, wait):
    return weight * math.exp(min(700.0, model.streams[s].wait_weight * wait)) if wait > 0.0 else weight


@inner
def _with_room(model, world, s, a, weight):
    if not model.streams[s].by_destination:
        return weight
    room = capacity_factor(model, world, s, model.alternatives[a].destination)
    return weight / room if room > 0.0 else np.inf


@inner
def choose(seed, salt, model, world, i, now, place, gate, impatient, factor, regime):
    """What traveller i takes from ``place`` at ``now``: (alternative or NOTHING, OUTSIDE, STAY_HERE; time a stay ends).

    ``gate``: the gate at which it was turned away or lost patience; −1 at home. ``impatient``: it has just lost patience
    there, so that gate is not offered. ``factor``: on its journey hours.
    Waits and rows are looked at only for alternatives that may win without them, the likeliest first.
    """
    group, who, told = world.crowd[i].group, mind(world, i), np.int64(world.fate[i].told)
    s = model.group_stream[group]
    best, best_score = NOTHING, np.inf
    until = FAR
    column = model.choice_place[place]
    chosen_set = model.set_of[group, column] if column >= 0 else -1
    if chosen_set >= 0 and model.lives[regime, chosen_set] > 0:
        stay_at = reopening(seed, model, s, who, told, now, gate) if gate >= 0 else np.int64(-1)
        away = home_for(seed, model, world, i, s) if gate < 0 else AT_ONCE
        start = model.sets[chosen_set].start
        first = _likeliest(seed, salt, model, world, who, s, regime, chosen_set)
        for k in range(-1, model.lives[regime, chosen_set]):
            j = first if k < 0 else k
            if k == first or not world.likely[j] < best_score:
                continue
            a = np.int64(model.live[regime, start + j])
            g = model.alternatives[a].gate
            if impatient and g == gate:
                continue
            stay = g >= 0 and g == gate and stay_at >= 0  # through this gate only by staying for its reopening
            if stay:
                if stay_at == FAR or model.alternatives[a].destination != bound_for(model, world, i):
                    continue
                wait = (stay_at - now) / HOUR_MS + deterred_h(seed, model, s, who, told, now, g, stay_at)
                weight = _with_wait(model, s, model.journeys[regime, a].weight, wait)
                weight = _with_room(model, world, s, a, weight)
            else:
                weight = _weight(seed, model, world, i, now, s, factor, regime, a, away)
            if not weight < np.inf:
                continue
            score = -math.log(world.draw[j]) * weight
            # Of equals the first is taken, staying last.
            if score < best_score or (score == best_score and not stay and (best == STAY_HERE or a < best)):
                best, best_score = (STAY_HERE if stay else a), score
                until = stay_at if stay else FAR
    if model.streams[s].outside > 0.0:
        u = uniform(seed, who, model.streams[s].outside_item, TASTE, salt)
        weight = model.streams[s].outside
        if (1.0 - u) * weight < best_score and -math.log(u) * weight < best_score:
            best = OUTSIDE
    return best, until
