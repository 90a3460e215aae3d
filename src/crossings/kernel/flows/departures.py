"""Leaving home, and going as news comes, in expected flows: the brought, the logit by what is known."""

from __future__ import annotations

import math

import numpy as np

from crossings.kernel.core.compiled import inner
from crossings.kernel.core.layout import AT_HOME, FAR, GAVE_UP, NO_ALTERNATIVE, ON_ROAD
from crossings.kernel.flows.fluid import depart, move
from crossings.kernel.flows.returning import BINS, among_whom, back_by, due, latest, open_longest, stay_away, without
from crossings.kernel.flows.shares import (
    SUBSETS,
    chance,
    counted,
    learn,
    total_weight,
    unaware,
    weigh,
)

_ONE = np.uint64(1)
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
ALL_BACK = 1.0 - 1e-4  # a share of people who go again by a way, above which all do


@inner
def take(model, plan, fluid, a, s, mass, k, regime):
    """A mass of stream s chooses alternative a: on the road, after preparing if it is a long detour."""
    site = model.site_of[model.alternatives[a].destination]
    fluid.on_way[site] += mass * model.streams[s].persons
    if model.streams[s].setup_ms > 0.0:
        c = plan.set_of[a]
        if model.journeys[regime, a].journey_h - model.shortest_h[regime, c] > model.streams[s].setup_beyond_h:
            x = model.step_ms / model.streams[s].setup_ms
            at_once = 1.0 + math.expm1(-x) / x  # of those who begin evenly over the step
            fluid.setting[a] += mass * (1.0 - at_once)
            mass *= at_once
    depart(model, plan, fluid, a, s, mass, k, regime)


@inner
def _share_out(model, plan, fluid, c, s, bits, favourites, mass, k, regime):
    """``mass`` with favourites among ``favourites`` takes what is eligible (``bits``); returns what finds nothing."""
    first = model.sets[c].start
    can = counted(model, plan, fluid, c, bits)
    outside = 1.0 / model.streams[s].outside if model.streams[s].outside > 0.0 else 0.0
    whole = total_weight(model, fluid, c, can) + outside
    kept, at_hand = 0.0, 1.0
    if favourites != _ALL:
        liked = counted(model, plan, fluid, c, favourites)
        all_liked = total_weight(model, fluid, c, liked)
        if all_liked > 0.0:
            kept = 1.0 / all_liked
            at_hand = 1.0 - total_weight(model, fluid, c, liked & bits) / all_liked
        bits = can | (liked & bits)
    else:
        bits = can
    lost = 0.0
    if whole <= 0.0:
        lost = mass * at_hand
    elif outside > 0.0:
        out = mass * at_hand * outside / whole
        fluid.state[s, AT_HOME] -= out
        fluid.state[s, GAVE_UP] += out
    for a in range(first, model.sets[c].end):
        bit = _ONE << np.uint64(a - first)
        if bits & bit == 0:
            continue
        share = at_hand / whole if (can & bit) and whole > 0.0 else 0.0
        if kept > 0.0 and favourites & bit:
            share += kept
        here = mass * share * fluid.weight[a]
        if here > 1e-15:
            move(fluid, s, AT_HOME, ON_ROAD, here)
            take(model, plan, fluid, a, s, here, k, regime)
    return lost


@inner
def _look_up(model, plan, fluid, c, t, regime):
    """Make sure that set c has looked at what is announced and eligible."""
    if not fluid.fresh[c]:
        learn(model, plan, fluid, c, t, regime)
        fluid.fresh[c] = 1


@inner
def choose_home(model, plan, fluid, c, s, favourites, given, value, mass, k, t, regime, waited=False):
    """``mass`` leaves home from set c: a share of it by each set of orders known; returns what finds nothing.

    ``waited``: for the opening, so that a way is taken as soon as it is open.
    """
    _look_up(model, plan, fluid, c, t, regime)
    n = fluid.uncertain[c, SUBSETS]
    lost = 0.0
    for subset in range(1 << n):
        p = chance(model, fluid, c, s, t, subset, given, value)
        if p > 0.0:
            if waited:
                bits = fluid.eligible[c, subset]
                lost += _share_out(model, plan, fluid, c, s, bits, favourites, mass * p, k, regime)
            else:
                lost += _by_return(model, plan, fluid, c, s, subset, favourites, mass * p, k, t, regime)
    return lost


@inner
def _by_return(model, plan, fluid, c, s, subset, favourites, mass, k, t, regime):
    """``mass`` takes what is eligible and, after a closure, what its people go by again; returns what finds nothing.

    Of a stock, whoever is only not back yet waits at home to be so.
    """
    bits = fluid.eligible[c, subset]
    if model.streams[s].recover_ms <= 0.0:
        return _share_out(model, plan, fluid, c, s, bits, favourites, mass, k, regime)
    lost, before, age = 0.0, 0.0, np.int64(0)
    while True:  # those who are back first; then those for whom one more crossing is still closed, and so on
        since = latest(model, fluid, c, subset, bits)
        back = 1.0
        if since > -FAR:
            back = back_by(model, s, max(np.int64(0), t - since))
            back = 1.0 if back > ALL_BACK else back
        here = mass * (back - before)
        if here > 0.0:
            none = _share_out(model, plan, fluid, c, s, bits, favourites, here, k, regime)
            if model.streams[s].is_stock and bits != fluid.eligible[c, subset]:
                stay_away(model, fluid, c, s, none, age)
            else:
                lost += none
        if back >= 1.0:
            return lost
        before, age = back, max(np.int64(0), t - since)
        bits = without(model, fluid, c, subset, bits, since)


@inner
def leave_flow(model, plan, fluid, c, k, t, regime):
    """Travellers of a flow leave home from set c in step k; whoever finds nothing gives up."""
    mass = fluid.leaving[c, k]
    if mass <= 0.0:
        return
    s = model.group_stream[plan.set_group[c]]
    fluid.state[s, AT_HOME] += mass
    mass = take_turns(model, plan, fluid, c, s, mass, k, t, regime)
    weigh(model, plan, fluid, c, k, regime)
    lost = choose_home(model, plan, fluid, c, s, _ALL, -1, 0, mass, k, t + model.step_ms // 2, regime)
    move(fluid, s, AT_HOME, GAVE_UP, lost)


@inner
def leave_moved(model, plan, fluid, c, k, t, regime):
    """Those of set c who leave in step k on another day than planned; those who planned to leave now and put it off wait at
    home.
    """
    early, late, off = fluid.moved[c, k, 0], fluid.moved[c, k, 1], fluid.moved[c, k, 2]
    s = model.group_stream[plan.set_group[c]]
    fluid.state[s, AT_HOME] += early + off
    mass = early + late
    if mass <= 0.0:
        return
    mass = take_turns(model, plan, fluid, c, s, mass, k, t, regime)
    weigh(model, plan, fluid, c, k, regime)
    at = t + model.step_ms // 2
    if model.streams[s].outside > 0.0:
        _look_up(model, plan, fluid, c, at, regime)
        outside = 1.0 / model.streams[s].outside
        can = counted(model, plan, fluid, c, fluid.eligible[c, 0] | fluid.moved_bits[c, k])
        gone = mass * outside / (outside + total_weight(model, fluid, c, can))
        move(fluid, s, AT_HOME, GAVE_UP, gone)
        mass -= gone
    bits = fluid.moved_bits[c, k]
    if model.streams[s].recover_ms > 0.0:
        waited = mass * late / (early + late)
        lost = choose_home(model, plan, fluid, c, s, bits, -1, 0, mass - waited, k, at, regime)
        lost += choose_home(model, plan, fluid, c, s, bits, -1, 0, waited, k, at, regime, True)
    else:
        lost = choose_home(model, plan, fluid, c, s, bits, -1, 0, mass, k, at, regime)
    move(fluid, s, AT_HOME, GAVE_UP, lost)


@inner
def take_turns(model, plan, fluid, c, s, mass, k, t, regime):
    """The brought share goes through the crossing whose turn it is, or the next that is open; returns the rest."""
    share = model.streams[s].brought_share
    n = model.streams[s].rotate_end - model.streams[s].rotate_start
    if share <= 0.0 or n == 0:
        return mass
    _look_up(model, plan, fluid, c, t, regime)
    turn = np.int64(math.floor((t + model.step_ms // 2) / model.streams[s].dwell_ms)) % n
    known = 0
    for subset in range(1 << fluid.uncertain[c, SUBSETS]):  # that of those who know most
        known = subset
    bits = fluid.eligible[c, known]
    for i in range(n):
        crossing = model.rotate[model.streams[s].rotate_start + (turn + i) % n]
        best, least = -1, np.inf
        for a in range(model.sets[c].start, model.sets[c].end):
            g = model.alternatives[a].gate
            if g < 0 or model.gates[g].crossing != crossing or (bits >> np.uint64(a - model.sets[c].start)) & _ONE == 0:
                continue
            if model.journeys[regime, a].weight < least:
                best, least = a, model.journeys[regime, a].weight
        if best >= 0:
            move(fluid, s, AT_HOME, ON_ROAD, mass * share)
            take(model, plan, fluid, best, s, mass * share, k, regime)
            return mass * (1.0 - share)
    return mass


@inner
def wait_for_news(model, plan, fluid, c, k, t, regime):
    """Those for whom nothing was open, at home or away, go as they come to know of a way."""
    s = model.group_stream[plan.set_group[c]]
    at = t + model.step_ms // 2
    _look_up(model, plan, fluid, c, at, regime)
    subsets = 1 << fluid.uncertain[c, SUBSETS]
    learned, part = -1, 0.0
    if fluid.news[k]:  # a closure was to end, or a road: everybody looks again
        for subset in range(subsets):
            if fluid.eligible[c, subset] != 0:
                part += chance(model, fluid, c, s, at, subset, -1, 0)
        fluid.released[c] = 0.0
    else:  # those who learn of an order in this step
        for i in range(fluid.uncertain[c, SUBSETS]):
            o = fluid.uncertain[c, i]
            news = unaware(model, s, o, t - 1) - unaware(model, s, o, t + model.step_ms - 1)
            for subset in range(subsets):
                if fluid.eligible[c, subset] != 0 and news > 1e-9:
                    p = news * chance(model, fluid, c, s, at, subset, o, 1)
                    part += p
                    learned = o if p > 0.0 else learned
    if part <= 0.0:
        return
    before = min(fluid.released[c], 1.0)
    if not fluid.news[k]:
        fluid.released[c] = before + part
        part = min(1.0, part / max(1.0 - before, 1e-9))
    weigh(model, plan, fluid, c, k, regime)
    back = fluid.lost[c] * part
    out = fluid.ready[c] * part + back
    fluid.lost[c] -= back
    fluid.ready[c] -= out - back
    move(fluid, s, NO_ALTERNATIVE, AT_HOME, back)  # from where they stand
    whole = 0.0
    for subset in range(subsets):
        if fluid.eligible[c, subset] != 0:
            whole += chance(model, fluid, c, s, at, subset, learned, 1)
    for subset in range(subsets):
        bits = fluid.eligible[c, subset]
        p = chance(model, fluid, c, s, at, subset, learned, 1) / whole if bits != 0 else 0.0
        if p <= 0.0:
            continue
        if model.streams[s].recover_ms > 0.0:  # who waits at the border goes at once
            fluid.ready[c] += _by_return(model, plan, fluid, c, s, subset, _ALL, (out - back) * p, k, at, regime)
            fluid.ready[c] += _share_out(model, plan, fluid, c, s, bits, _ALL, back * p, k, regime)
        else:
            fluid.ready[c] += _share_out(model, plan, fluid, c, s, bits, _ALL, out * p, k, regime)


@inner
def come_back(model, plan, fluid, c, k, t, regime):
    """Those at home who stay away after a closure are back, by and by, and go by the way that has been open longest.

    In a step those are whose time comes; and of those whose time has come already those who hear only now that it is open.
    """
    s = model.group_stream[plan.set_group[c]]
    at = t + model.step_ms // 2
    _look_up(model, plan, fluid, c, at, regime)
    weigh(model, plan, fluid, c, k, regime)
    subsets = 1 << fluid.uncertain[c, SUBSETS]
    whole, learned = among_whom(model, fluid, c, s, at)
    for subset in range(subsets):
        bits, since = open_longest(model, fluid, c, subset)
        p = chance(model, fluid, c, s, at, subset, -1, 0)
        if bits == 0 or since == -FAR or p <= 0.0:  # who takes a way never to have been closed is not here
            continue
        late = learned if subset == subsets - 1 else 0.0
        out = due(model, fluid, c, s, max(np.int64(0), t - since), p / whole, late)
        if out > 0.0:
            fluid.shy[c, BINS] -= out
            none = _share_out(model, plan, fluid, c, s, bits, _ALL, out, k, regime)
            stay_away(model, fluid, c, s, none, max(np.int64(0), at - since))
