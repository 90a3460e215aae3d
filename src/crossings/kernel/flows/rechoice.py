"""Choosing again, with the tastes of the first choice (see shares.py)."""

from __future__ import annotations

import math

import numpy as np

from crossings.kernel.core.compiled import inner
from crossings.kernel.core.layout import DAY_MS, FAR, HOUR_MS
from crossings.kernel.flows.shares import (
    _MASSES,
    _NODES,
    counted,
    deterred_at,
    eligible_now,
    race,
    reopening,
    unaware,
    weigh,
)

_ONE = np.uint64(1)


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
def first_weight(model, plan, fluid, c, a, item, k):
    """exp(V) that ``item`` had in set c when alternative a was taken from it; −1 if it could not be chosen then."""
    back = max(0, k - max(1, DAY_MS // model.step_ms))
    best = -1.0
    for b in range(model.sets[c].start, model.sets[c].end):
        if model.alternatives[b].item != item:
            continue
        g = model.alternatives[b].gate
        if b != a and g >= 0 and plan.shut[g, back] >= 1.0:
            continue
        best = max(best, fluid.weight[b])
    return best


@inner
def _first_total(model, plan, fluid, c, a, k, outside):
    """Σ exp(V) over the tastes that could be chosen when a was."""
    total = outside
    for b in range(model.sets[c].start, model.sets[c].end):
        item = model.alternatives[b].item
        seen = False
        if not plan.one_taste[c]:
            for d in range(model.sets[c].start, b):
                seen |= model.alternatives[d].item == item
        if not seen:
            total += max(0.0, first_weight(model, plan, fluid, c, a, item, k))
    return total


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
    out, stay = n, n + 1
    for i in range(n + 2):
        fluid.share[i] = 0.0
    outside = 1.0 / model.streams[s].outside if model.streams[s].outside > 0.0 else 0.0
    # what was, before this set's weights are made again (they may be the same set)
    total = _first_total(model, plan, fluid, old, a, k, outside)
    taken = model.alternatives[a].item
    taken_weight = fluid.weight[a]
    for i in range(n):
        fluid.before[i] = first_weight(model, plan, fluid, old, a, model.alternatives[first + i].item, k)
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
    for node in range(6):
        m = -math.log(1.0 - _NODES[node]) / total
        entered = 0
        exact, at = -1, np.inf
        for i in range(n + 2):
            before = outside
            if i < n:
                if (bits >> np.uint64(i)) & _ONE == 0:
                    continue
                rate = fluid.weight[first + i]
                before = fluid.before[i]
            elif i == out:
                rate = outside
            else:
                if stay_at < 0:
                    continue
                hours = max(0.0, (until - t) / HOUR_MS)
                rate = (
                    math.exp(-min(700.0, model.streams[s].wait_weight * hours))
                    / model.journeys[regime, first + stay_at].weight
                )
                if model.gates[g].toll_end > model.gates[g].toll_start:
                    rate *= deterred_at(model, s, t, model.streams[s].wait_weight, g, until)
                before = taken_weight
            if rate <= 0.0:
                continue
            same_taste = i == stay or (i < n and model.alternatives[first + i].item == taken)
            if same_taste:
                when = m * taken_weight / rate
                if when < at:
                    exact, at = i, when
                continue
            fluid.slot[entered] = i
            fluid.start[entered] = m * before / rate if before > 0.0 else 0.0
            fluid.rate[entered] = rate
            entered += 1
        _add_race(fluid, entered, exact, at, mass * _MASSES[node])
    if stay_at >= 0:
        return np.int64(-(-(until // 1) // model.step_ms))
    return np.int64(-1)


@inner
def _add_race(fluid, entered, exact, at, mass):
    """The race of those entered, by slot, and of the one whose taste is known."""
    for i in range(entered + 1):
        fluid.won[i] = 0.0
    if entered == 0 and exact < 0:
        return
    race(fluid, entered, entered if exact >= 0 else -1, at, mass)
    for i in range(entered):
        fluid.share[fluid.slot[i]] += fluid.won[i]
    if exact >= 0:
        fluid.share[exact] += fluid.won[entered]
