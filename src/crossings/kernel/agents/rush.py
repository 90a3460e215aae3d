"""Who rushes, and when: between hearing that the favourite way will close and its closing (docs/model.md, section 3)."""

from __future__ import annotations

import math

import numpy as np

from crossings.kernel.core.choice import onward
from crossings.kernel.core.compiled import inner
from crossings.kernel.core.draws import TASTE, journey_factor, uniform
from crossings.kernel.core.knowledge import know_time, regime_at
from crossings.kernel.core.layout import FAR, HOUR_MS

_NOT_TOLD = np.int64(0)


@inner
def _known_before(model, times, o, i):
    """Whether order o is known strictly before order i: by know time, then by id (orders are sorted by id)."""
    return times[o] < times[i] or (times[o] == times[i] and model.orders[o].whole < model.orders[i].whole)


@inner
def _closed_if_known(model, times, i, g, at):
    """Whether a long row of an order known before order i is believed in force at gate g at ``at``."""
    for row in range(model.gates[g].row_start, model.gates[g].row_end):
        o = model.rows[row].order
        if not (
            model.rows[row].long
            and model.rows[row].from_ms <= at < model.rows[row].until_ms
            and times[o] < FAR
            and _known_before(model, times, o, i)
        ):
            continue
        end = model.rows[row].until_ms
        for e in range(model.orders[o].ending_start, model.orders[o].ending_end):
            if model.endings[e].at < end and _known_before(model, times, model.endings[e].order, i):
                end = model.endings[e].at
        if at < end:
            return True
    return False


@inner
def best_before(model, mine, chosen_set, factor, regime, i, now):
    """The best alternative under the orders known before order i, waits aside: its index or −1."""
    best, best_score = -1, np.inf
    start = model.sets[chosen_set].start
    for a in range(start, model.sets[chosen_set].end):
        weight = model.journeys[regime, a].weight
        if not weight < np.inf:
            continue
        hours, g, leg = model.journeys[regime, a].hours, model.alternatives[a].gate, model.alternatives[a].leg
        shut = False
        while g >= 0 and not shut:
            shut = _closed_if_known(model, mine.times, i, g, now + np.int64(np.rint(hours * factor * HOUR_MS)))
            g, leg, hours = onward(model, regime, leg, hours)
        if shut:
            continue
        score = mine.tastes[a - start] * weight
        if score < best_score:
            best, best_score = a, score
    return best


@inner
def _effect_after(model, times, a, regime, o, tau):
    """The smallest ``from`` after tau of a long row of order o at a gate on alternative a's journey; FAR if none.

    Of all parts of the order that concern the traveller.
    """
    effect, whole = FAR, model.orders[o].whole
    g, leg = model.alternatives[a].gate, model.alternatives[a].leg
    while g >= 0:
        for row in range(model.gates[g].row_start, model.gates[g].row_end):
            part = model.rows[row].order
            if not (model.rows[row].long and model.orders[part].whole == whole and times[part] < FAR):
                continue
            if tau < model.rows[row].from_ms < effect:
                effect = model.rows[row].from_ms
        g, leg, _ = onward(model, regime, leg, 0.0)
    return effect


@inner
def _mark_order(mine, o, as_concern):
    """Note that order o matters: as one that may take somebody's favourite away, or for when it ends another."""
    if as_concern and mine.seen[o] < 2:
        mine.concerns[mine.counted[0]] = o
        mine.counted[0] += 1
    if mine.seen[o] == 0:
        mine.needed[mine.counted[1]] = o
        mine.counted[1] += 1
    mine.seen[o] = max(mine.seen[o], 2 if as_concern else 1)


@inner
def look_ahead(model, mine, chosen_set):
    """Which orders could matter to those who choose from a set: ``concerns`` by rows on a way of it, ``needed`` to be timed.

    Of hundreds of orders on a continent only these few can change a favourite, so nobody draws when it hears of the others.
    """
    for k in range(mine.counted[1]):
        mine.seen[mine.needed[k]] = 0
    mine.counted[0], mine.counted[1] = 0, 0
    for a in range(model.sets[chosen_set].start, model.sets[chosen_set].end):
        for regime in range(model.regime_start.size):
            if not model.regime_news[regime]:
                continue
            g, leg = model.alternatives[a].gate, model.alternatives[a].leg
            while g >= 0:
                for row in range(model.gates[g].row_start, model.gates[g].row_end):
                    if not model.rows[row].long:
                        continue
                    o = model.rows[row].order
                    _mark_order(mine, o, True)
                    for e in range(model.orders[o].ending_start, model.orders[o].ending_end):
                        _mark_order(mine, model.endings[e].order, False)
                g, leg, _ = onward(model, regime, leg, 0.0)


@inner
def draw_tastes(seed, salt, model, mine, who, s, chosen_set):
    """When the traveller knows each order that matters, and its tastes, into ``mine``; returns its journey factor."""
    for k in range(mine.counted[1]):
        mine.times[mine.needed[k]] = know_time(seed, model, s, who, _NOT_TOLD, mine.needed[k])
    start = model.sets[chosen_set].start
    for a in range(start, model.sets[chosen_set].end):
        mine.tastes[a - start] = -math.log(uniform(seed, who, model.alternatives[a].item, TASTE, salt))
    return journey_factor(seed, who, model.streams[s].sigma)


@inner
def anticipation(seed, salt, model, mine, who, s, chosen_set, t_in):
    """The traveller's anticipation intervals, to ``mine.starts`` and ``mine.ends`` sorted and merged: their number."""
    if mine.counted[0] == 0:
        return 0
    factor = draw_tastes(seed, salt, model, mine, who, s, chosen_set)
    n = 0
    for j in range(mine.counted[0]):
        o = mine.concerns[j]
        if mine.times[o] == FAR:
            continue
        tau = max(mine.times[o], t_in)
        regime = regime_at(model, tau)
        a = best_before(model, mine, chosen_set, factor, regime, o, tau)
        if a < 0:
            continue
        effect = _effect_after(model, mine.times, a, regime, o, tau)
        if effect < FAR:
            k = n
            while k > 0 and mine.starts[k - 1] > tau:
                mine.starts[k], mine.ends[k] = mine.starts[k - 1], mine.ends[k - 1]
                k -= 1
            mine.starts[k], mine.ends[k] = tau, effect
            n += 1
    return _merged(mine, n)


@inner
def _merged(mine, n):
    """Make intervals that touch one, among the first n, which are sorted: how many there are then."""
    merged = 0
    for k in range(n):
        if merged > 0 and mine.starts[k] <= mine.ends[merged - 1]:
            mine.ends[merged - 1] = max(mine.ends[merged - 1], mine.ends[k])
        else:
            mine.starts[merged], mine.ends[merged] = mine.starts[k], mine.ends[k]
            merged += 1
    return merged
