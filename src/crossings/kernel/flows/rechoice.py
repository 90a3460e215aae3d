"""Choosing again, with the tastes of the first choice (see shares.py)."""

from __future__ import annotations

import math

import numpy as np

from crossings.kernel.core.compiled import inner
from crossings.kernel.core.layout import DAY_MS, FAR, HOUR_MS
from crossings.kernel.flows.shares import counted, deterred_at, eligible_now, reopening, unaware, weigh

_ONE = np.uint64(1)
_LEAST = 1e-300  # in place of no weight at all


@inner
def mark_known(model, plan, fluid, c, s, g, t, told):
    """Mark in ``known`` what those who choose again from set c know: all that is announced if told, else what most know.

    What keeps some away concerns those whom it has turned away at gate g; elsewhere it does if it concerns most.
    """
    for j in range(plan.set_orders[c].start, plan.set_orders[c].end):
        o = plan.order_list[j]
        known = model.orders[o].announced <= t if told else unaware(model, s, o, t) < 0.5
        if model.orders[o].share < 1.0:
            known = (told and keeps_now(model, g, o, t)) or unaware(model, s, o, t) < 0.5
        fluid.known[o] = 1 if known else 0


@inner
def keeps_now(model, g, o, t):
    """Whether an order keeps some away from gate g in the step that begins at t; o −1: any order."""
    for k in range(model.gates[g].kept_start, model.gates[g].kept_end):
        now = model.kept_away[k].from_ms < t + model.step_ms and t < model.kept_away[k].until_ms
        if now and (o < 0 or model.kept_away[k].order == o):
            return True
    return False


@inner
def _weights_then(model, plan, fluid, c, a, k):
    """exp(V) of each taste of set c, by its first alternative, into ``won``: −1 if it could not be chosen when alternative a was.

    Returns their sum.
    """
    first = model.sets[c].start
    back = max(0, k - max(1, DAY_MS // model.step_ms))
    for i in range(model.sets[c].end - first):
        fluid.won[i] = -1.0
    total = 0.0
    for b in range(first, model.sets[c].end):
        g = model.alternatives[b].gate
        if b != a and g >= 0 and plan.shut[g, back] >= 1.0:
            continue
        more = fluid.weight[b] - max(0.0, fluid.won[plan.taste[b]])
        if more > 0.0:
            total += more
        fluid.won[plan.taste[b]] = max(fluid.won[plan.taste[b]], fluid.weight[b])
    return total


@inner
def _weight_then(model, plan, fluid, c, item):
    """exp(V) that ``item`` had in set c, of those in ``won``; −1 if it could not be chosen."""
    for b in range(model.sets[c].start, model.sets[c].end):
        if model.alternatives[b].item == item:
            return fluid.won[plan.taste[b]]
    return -1.0


@inner
def choose_again(model, plan, fluid, y, mass, told, k, t, regime):
    """Where ``mass`` of type y goes that was turned away or lost patience: into ``share``.

    By alternative of its near set, then outside, then staying for the reopening. Those who lost patience (not ``told``) are not
    offered the gate that they left. Returns the step until which it stays.
    Nothing at all: every share is 0.
    """
    c, old, a, g = plan.types[y].near, plan.types[y].set, plan.types[y].alternative, plan.types[y].gate
    s = plan.types[y].stream
    first = model.sets[c].start
    n = model.sets[c].end - first
    for i in range(n + 2):
        fluid.share[i] = 0.0
    outside = 1.0 / model.streams[s].outside if model.streams[s].outside > 0.0 else 0.0
    # what was, before this set's weights are made again (they may be the same set)
    total = outside + _weights_then(model, plan, fluid, old, a, k)
    taken, taken_weight = model.alternatives[a].item, fluid.weight[a]
    for i in range(n):
        fluid.before[i] = _weight_then(model, plan, fluid, old, model.alternatives[first + i].item)
    weigh(model, plan, fluid, c, k, regime)
    mark_known(model, plan, fluid, c, s, g, t, told)
    shut = plan.shut[g, min(k, plan.steps - 1)] > 0.0 or (told and keeps_now(model, g, np.int64(-1), t))
    until = reopening(model, g, t + model.step_ms // 2) if shut else FAR
    bits = eligible_now(model, fluid, c, t, regime)
    stay_at = -1
    for b in range(first, model.sets[c].end):
        if model.alternatives[b].gate == g and (shut or not told):
            bits &= ~(_ONE << np.uint64(b - first))
            same = model.alternatives[b].destination == model.alternatives[a].destination
            if told and same and until < FAR and model.journeys[regime, b].weight < np.inf:
                stay_at = b - first
    bits = counted(model, plan, fluid, c, bits)
    entered, exact, at = 0, -1, np.inf
    for i in range(n):
        rate = fluid.weight[first + i]
        if (bits >> np.uint64(i)) & _ONE == 0 or rate <= 0.0:
            continue
        if model.alternatives[first + i].item == taken:
            if taken_weight / rate < at:
                exact, at = i, taken_weight / rate
        else:
            entered = _enters(fluid, entered, i, fluid.before[i], rate)
    if outside > 0.0:
        entered = _enters(fluid, entered, n, outside, outside)
    if stay_at >= 0:
        hours = max(0.0, (until - t) / HOUR_MS)
        rate = math.exp(-min(700.0, model.streams[s].wait_weight * hours))
        rate /= model.journeys[regime, first + stay_at].weight
        if model.gates[g].toll_end > model.gates[g].toll_start:
            rate *= deterred_at(model, s, t, model.streams[s].wait_weight, g, until)
        if rate > 0.0 and taken_weight / rate < at:
            exact, at = n + 1, taken_weight / rate
    _race(fluid, entered, exact, at, total, mass)
    if stay_at >= 0:
        return np.int64(-(-(until // 1) // model.step_ms))
    return np.int64(-1)


@inner
def _enters(fluid, entered, slot, before, rate):
    """Enter the race; returns how many have. ``before``: its weight then, at most 0 if it could not be chosen."""
    fluid.slot[entered] = slot
    fluid.start[entered] = max(0.0, before) / rate
    fluid.rate[entered] = rate
    return entered + 1


@inner
def _race(fluid, n, exact, at, total, mass):
    """A race of n exponentials, that start at M·``start`` and come at ``rate``, and of one that comes at M·``at`` (slot ``exact``
    ≥ 0).

    M is exponential with rate ``total``. Adds ``mass`` × the chance of each to come first to ``share``, by slot. Until M·x nobody
    has come with probability exp(−H(x) M), where H adds up the rates of those who have started: on average total/(total + H(x)).
    """
    for i in range(n):  # insertion sort of the starts
        j = i
        while j > 0 and fluid.start[fluid.rank[j - 1]] > fluid.start[i]:
            fluid.rank[j] = fluid.rank[j - 1]
            j -= 1
        fluid.rank[j] = i
    total = max(total, _LEAST)
    alive, together, hazard, started = 1.0, 0.0, 0.0, 0
    for j in range(n):
        now = fluid.start[fluid.rank[j]]
        if alive <= 0.0 or (exact >= 0 and now >= at):
            break
        started += 1
        together += fluid.rate[fluid.rank[j]]
        until = min(at, fluid.start[fluid.rank[j + 1]] if j + 1 < n else np.inf)
        hazard += together * (until - now) if until < np.inf else np.inf
        left = total / (total + hazard)
        fluid.won[j] = (alive - left) / together  # for each unit of rate, before the next starts
        alive = left
    each = 0.0
    for j in range(started - 1, -1, -1):
        each += fluid.won[j]
        i = fluid.rank[j]
        fluid.share[fluid.slot[i]] += mass * each * fluid.rate[i]
    if exact >= 0:
        fluid.share[exact] += mass * alive
