"""Setting out: from home, and again from where somebody was turned away (docs/model.md, section 5)."""

from __future__ import annotations

import math

import numpy as np

from crossings.kernel.agents.border_crossing import go_to_gate
from crossings.kernel.agents.places import expect, go_to_place
from crossings.kernel.core.calendar import put
from crossings.kernel.core.choice import capacity_factor, choose, way_is_open
from crossings.kernel.core.compiled import inner
from crossings.kernel.core.draws import GIVE_UP, ONCE, SETUP, journey_factor, uniform
from crossings.kernel.core.knowledge import mind, next_news, regime_at, stays_away
from crossings.kernel.core.layout import (
    AT_HOME,
    AWAY_NEWS,
    HOME_NEWS,
    HOUR_MS,
    LEAVE,
    NO_ALTERNATIVE,
    NOTHING,
    ON_ROAD,
    OUTSIDE,
    QUEUEING,
    STAY_ENDS,
    STAY_HERE,
)
from crossings.kernel.core.states import become, give_up

_ZERO = np.uint64(0)
_AT_ONCE = np.int64(0)


@inner
def _standing(model, world, i):
    """The place from which traveller i chooses: home, or the near side of the gate it is at."""
    return world.crowd[i].origin if world.fate[i].state == AT_HOME else model.gates[world.fate[i].gate].near


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
            if way_is_open(
                seed, model, s, mind(world, i), np.int64(world.fate[i].told), now, regime, a, factor, _AT_ONCE
            ):
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
                np.rint(-math.log(uniform(seed, mind(world, i), _ZERO, SETUP, ONCE)) * model.streams[s].setup_ms)
            )
    arrive = max(arrive, not_before)
    world.fate[i].km += np.float32(model.journeys[regime, a].km)
    world.fate[i].hours += np.float32(hours)
    world.fate[i].gate = model.alternatives[a].gate
    leg = model.alternatives[a].leg
    world.fate[i].leg = leg if leg >= 0 else -2 - model.alternatives[a].destination
    expect(model, world, i, 1.0)
    become(model, world, s, i, now, ON_ROAD)
    if model.alternatives[a].gate >= 0:
        go_to_gate(seed, model, world, i, arrive)
    else:
        go_to_place(model, world, i, arrive)


@inner
def _stay_home(seed, model, world, i, now):
    """Nothing to take at home: a flow traveller gives up, a stock traveller waits for news."""
    s = model.group_stream[world.crowd[i].group]
    if not model.streams[s].is_stock:
        give_up(model, world, s, i, now)
        return
    who = mind(world, i)
    away = stays_away(seed, model, s, who)
    news = next_news(seed, model, s, who, np.int64(world.fate[i].told), now, away)
    put(model, world, i, news, HOME_NEWS)


@inner
def leave_home(seed, salt, model, world, i, now):
    """Leave home, or look again at news: take an alternative, give up, or stay."""
    s = model.group_stream[world.crowd[i].group]
    factor = journey_factor(seed, mind(world, i), model.streams[s].sigma)
    regime = regime_at(model, now)
    a = NOTHING
    if world.crowd[i].brought and world.fate[i].event == LEAVE:
        a = _take_turn(seed, model, world, i, now, factor, regime)
    if a == NOTHING:
        a, _until = choose(
            seed, salt, model, world, i, now, np.int64(world.crowd[i].origin), np.int64(-1), False, factor, regime
        )
    if a == OUTSIDE:
        give_up(model, world, s, i, now)
    elif a == NOTHING:
        _stay_home(seed, model, world, i, now)
    else:
        world.fate[i].left = now
        world.fate[i].first_gate = model.alternatives[a].gate
        _set_out(seed, model, world, i, a, now, factor, regime, np.int64(0))
    return a


@inner
def choose_away(seed, salt, model, world, i, now, next_step, impatient):
    """Choose again at the near side of a gate: another way, outside, stay, or nothing; who has just lost patience and finds
    no other way gives up."""
    s = model.group_stream[world.crowd[i].group]
    g = world.fate[i].gate
    factor = journey_factor(seed, mind(world, i), model.streams[s].sigma)
    regime = regime_at(model, now)
    a, until = choose(seed, salt, model, world, i, now, model.gates[g].near, np.int64(g), impatient, factor, regime)
    if a == OUTSIDE or (impatient and a == NOTHING):
        give_up(model, world, s, i, now)
        a = OUTSIDE
    elif a == STAY_HERE:
        until = max(until, next_step)
        news = next_news(seed, model, s, mind(world, i), np.int64(world.fate[i].told), now, _AT_ONCE)
        become(model, world, s, i, now, QUEUEING)
        if news < until:
            put(model, world, i, news, AWAY_NEWS)
        else:
            put(model, world, i, until, STAY_ENDS)
    elif a == NOTHING:
        become(model, world, s, i, now, NO_ALTERNATIVE)
        news = next_news(seed, model, s, mind(world, i), np.int64(world.fate[i].told), now, _AT_ONCE)
        put(model, world, i, news, AWAY_NEWS)
    else:
        _set_out(seed, model, world, i, a, now, factor, regime, next_step)
    return a


@inner
def refused(seed, salt, model, world, i, now, next_step, turned_away):
    """Turned away or out of patience: give up with the stream's probability, else choose again."""
    s = model.group_stream[world.crowd[i].group]
    if turned_away:
        known = 0
        for o in range(model.orders.size):
            known += model.orders[o].announced <= now
        world.fate[i].told = max(world.fate[i].told, known)
    expect(model, world, i, -1.0)
    m = np.int64(world.fate[i].refusals)
    world.fate[i].refusals += 1
    share = model.streams[s].give_up
    if share > 0.0 and uniform(seed, mind(world, i), _ZERO, GIVE_UP, m) < share:
        give_up(model, world, s, i, now)
        return OUTSIDE
    return choose_away(seed, salt, model, world, i, now, next_step, not turned_away)
