"""Journeys that are made on another day than planned, in expected flows (docs/model.md, sections 3 and 9)."""

from __future__ import annotations

import math

import numpy as np

from crossings.kernel.core.choice import onward
from crossings.kernel.core.compiled import inner
from crossings.kernel.core.knowledge import regime_at
from crossings.kernel.core.layout import DAY_MS, FAR, HOUR_MS
from crossings.kernel.flows.shares import counted, eligible_now, unaware

_ONE = np.uint64(1)
QUANTILES = 6  # of when people hear of an order
MOST_DAYS = 400
NOBODY = 1e-9


@inner
def move_journeys(model, plan, fluid):
    """Take from ``leaving`` what is moved, and put it into ``moved`` at the step at which it leaves."""
    for i in range(plan.homes.size if fluid.moved.rows > 0 else 0):
        c = plan.homes[i]
        s = model.group_stream[plan.set_group[c]]
        if model.streams[s].is_stock or model.streams[s].flexible_ms <= 0.0:
            continue
        for k in range(fluid.steps):
            if fluid.leaving[c, k] > 0.0:
                _of_step(model, plan, fluid, c, s, k)


@inner
def _of_step(model, plan, fluid, c, s, k):
    """Those of set c who plan to leave in step k: order by order, first announced first, those whose favourite it closes."""
    t = k * model.step_ms + model.step_ms // 2
    regime = regime_at(model, t)
    free = fluid.leaving[c, k]
    after = np.int64(-1)
    while True:
        o = _next_order(model, plan, c, t, after)
        if o < 0:
            return
        after = model.orders[o].rank
        for j in range(plan.set_orders[c].start, plan.set_orders[c].end):
            other = plan.order_list[j]
            before = model.orders[other].whole != model.orders[o].whole and model.orders[other].rank < after
            fluid.known[other] = 1 if before and unaware(model, s, other, t) < 0.5 else 0
        first = model.sets[c].start
        for a in range(first, model.sets[c].end):  # waits aside
            fluid.weight[a] = 1.0 / model.journeys[regime, a].weight
        bits = counted(model, plan, fluid, c, eligible_now(model, fluid, c, t, regime))
        whole = 0.0
        for a in range(first, model.sets[c].end):
            if (bits >> np.uint64(a - first)) & _ONE:
                whole += fluid.weight[a]
        struck = 0.0
        for a in range(first, model.sets[c].end):
            if (bits >> np.uint64(a - first)) & _ONE == 0:
                continue
            lead, back = _closed_between(model, s, a, regime, o, t)
            if lead == FAR:
                continue
            mass = free * fluid.weight[a] / whole * model.orders[o].share
            struck += mass
            _move(model, fluid, c, s, a, mass, o, k, t, lead, back)
        free -= struck
        if free <= NOBODY:
            return


@inner
def _next_order(model, plan, c, t, after):
    """The order (or part) that may close a way of set c, announced by t, that follows rank ``after``; −1 if there is none."""
    found, least = np.int64(-1), FAR
    for j in range(plan.set_orders[c].start, plan.set_orders[c].end):
        o = plan.order_list[j]
        rank = model.orders[o].rank
        if after < rank < least and model.orders[o].announced <= t < model.orders[o].last:
            found, least = o, rank
    return found


@inner
def _closed_between(model, s, a, regime, o, t):
    """Between which times of leaving rows of part o close alternative a: (lead, back), (FAR, 0) where it is open to who leaves at
    t.
    """
    lead, back = FAR, np.int64(0)
    hours, g, leg = model.journeys[regime, a].hours, model.alternatives[a].gate, model.alternatives[a].leg
    while g >= 0 and hours < np.inf:
        way = np.int64(hours * HOUR_MS)
        for row in range(model.gates[g].row_start, model.gates[g].row_end):
            if not (model.rows[row].long and model.rows[row].order == o):
                continue
            end = model.rows[row].until_ms
            for e in range(model.orders[o].ending_start, model.orders[o].ending_end):
                if unaware(model, s, model.endings[e].order, t) < 0.5:
                    end = min(end, model.endings[e].at)
            if model.rows[row].from_ms <= t + way < end:
                lead = min(lead, model.rows[row].from_ms - way)
                back = max(back, end if end == FAR else end - way)
        g, leg, hours = onward(model, regime, leg, hours)
    return lead, back


@inner
def _move(model, fluid, c, s, a, mass, o, k, t, lead, back):
    """A mass whose favourite a is closed by order o is spread over earlier days, or later ones, as far as it can be moved."""
    delay = model.streams[s].delay_ms
    n = QUANTILES if delay > 0.0 else 1
    for q in range(n):
        heard = model.orders[o].announced
        if delay > 0.0:
            heard += np.int64(-math.log(1.0 - (q + 0.5) / n) * delay)
        if heard > t:
            continue
        least = (t - lead) // DAY_MS + 1
        most = min((t - max(heard, np.int64(0))) // DAY_MS, np.int64(MOST_DAYS))
        first = np.int64(MOST_DAYS + 1)  # from so many days of flexibility on it is made earlier
        if least <= most:
            first = least
            _spread(model, fluid, c, s, a, mass / n, k, t, least, most, np.int64(MOST_DAYS), np.int64(-1))
        if back < FAR:
            later = max(np.int64(1), -((t - back) // DAY_MS))
            if later < first and later <= MOST_DAYS:
                _spread(model, fluid, c, s, a, mass / n, k, t, later, first - 1, first - 1, np.int64(1))


@inner
def _spread(model, fluid, c, s, a, mass, k, t, least, most, last, way):
    """``mass`` × the chance that it can be moved by m = least, ... ``last`` days, evenly over least to min(m, most) days.

    From ``last`` on, if that is as far as anybody looks, with all who can be moved further.
    """
    days = model.streams[s].flexible_ms / DAY_MS
    for m in range(least, last + 1):
        chance = math.exp(-m / days) - (math.exp(-(m + 1) / days) if m < MOST_DAYS else 0.0)
        if m >= most and last == MOST_DAYS:  # all the others move alike
            chance = math.exp(-m / days)
        top = min(m, most)
        here = mass * chance / (top - least + 1)
        if here * (top - least + 1) > NOBODY:
            for n in range(least, top + 1):
                at = (t + way * n * DAY_MS) // model.step_ms
                fluid.leaving[c, k] -= here
                if way > 0:
                    fluid.moved[c, k, 2] += here
                if 0 <= at < fluid.steps:
                    fluid.moved[c, at, 0 if way < 0 else 1] += here
                    fluid.moved_bits[c, at] |= _ONE << np.uint64(a - model.sets[c].start)
        if m >= most and last == MOST_DAYS:
            return
