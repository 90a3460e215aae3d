"""People who wait to go, in expected flows: at which rate they leave, and the rush before an order."""

from __future__ import annotations

import math

import numpy as np

from crossings.kernel.core.compiled import inner
from crossings.kernel.core.layout import AT_HOME, FAR, GAVE_UP
from crossings.kernel.flows.departures import choose_home, take_turns
from crossings.kernel.flows.fluid import move
from crossings.kernel.flows.shares import counted, eligible_now, total_weight, unaware, unheard, weigh

_ONE = np.uint64(1)
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)


@inner
def _hazard(model, people, fluid, stock, t):
    """The integrated hazard of a stock over the step that begins at t."""
    last = people.stocks[stock].end - 1
    i = max(fluid.hazard_at[stock], people.stocks[stock].start)
    while i < last and people.hazards[i + 1].at <= t:
        i += 1
    fluid.hazard_at[stock] = i
    total, at, until = 0.0, t, t + model.step_ms
    while at < until:
        following = people.hazards[i + 1].at if i < last else FAR
        end = min(until, following)
        if people.hazards[i].at <= at:
            total += people.hazards[i].rate * (end - at)
        at = end
        if i < last:
            i += 1
    return total


@inner
def _rush_begins(model, plan, fluid, stock, c, s, t, regime):
    """An order that is announced and will close the favourite of some: who they are, from now until it takes effect."""
    first = model.sets[c].start
    for j in range(plan.set_orders[c].start, plan.set_orders[c].end):
        o = plan.order_list[j]
        announced = model.orders[o].announced
        if not t - model.step_ms < announced <= t:
            continue
        touched, effect = np.uint64(0), FAR
        for a in range(first, model.sets[c].end):
            g = model.alternatives[a].gate
            if g < 0:
                continue
            for row in range(model.gates[g].row_start, model.gates[g].row_end):
                if model.rows[row].long and model.rows[row].order == o and model.rows[row].from_ms > announced:
                    touched |= _ONE << np.uint64(a - first)
                    effect = min(effect, model.rows[row].from_ms)
        if effect == FAR:
            continue
        for i in range(plan.set_orders[c].start, plan.set_orders[c].end):
            other = plan.order_list[i]
            before = model.orders[other].whole != model.orders[o].whole
            fluid.known[other] = 1 if before and unaware(model, s, other, t) < 0.5 else 0
        fluid.weighed[c] = 0
        for a in range(first, model.sets[c].end):  # waits aside
            fluid.weight[a] = 1.0 / model.journeys[regime, a].weight
        open_before = counted(model, plan, fluid, c, eligible_now(model, fluid, c, t, regime))
        already = fluid.touched[stock] if fluid.rush_order[stock] >= 0 else np.uint64(0)
        whole = total_weight(model, fluid, c, open_before & ~already)
        if whole <= 0.0:
            continue
        share = total_weight(model, fluid, c, open_before & touched & ~already) / whole * model.orders[o].share
        moved = fluid.stock[stock, 0] * share
        fluid.stock[stock, 0] -= moved
        fluid.stock[stock, 1] += moved
        fluid.touched[stock] = (touched | already) & open_before | already
        fluid.favoured[stock] = open_before
        fluid.rush_order[stock], fluid.rush_until[stock] = o, effect


@inner
def leave_stock(model, people, plan, fluid, stock, k, t, regime):
    """Those waiting in a stock leave in step k, faster where they know of an order that will close their favourite."""
    c = plan.stock_set[stock]
    if c < 0:
        return
    s = model.group_stream[plan.set_group[c]]
    joining = fluid.joining[stock, k]
    fluid.state[s, AT_HOME] += joining
    if t >= model.end_ms:
        fluid.stock[stock, 0] += joining
        return
    rushes = model.streams[s].rush != 1.0
    if fluid.rush_order[stock] >= 0 and t >= fluid.rush_until[stock]:
        fluid.stock[stock, 0] += fluid.stock[stock, 1] + fluid.stock[stock, 2]
        fluid.stock[stock, 1], fluid.stock[stock, 2] = 0.0, 0.0
        fluid.rush_order[stock] = -1
    if rushes and fluid.stale[c, k]:
        _rush_begins(model, plan, fluid, stock, c, s, t, regime)
    hazard = _hazard(model, people, fluid, stock, t)
    pending = fluid.rush_order[stock] >= 0
    waiting = fluid.stock[stock, 0] + fluid.stock[stock, 1] + fluid.stock[stock, 2] + joining
    if not pending and (waiting <= 0.0 or hazard <= 0.0):
        fluid.stock[stock, 0] += joining
        return
    weigh(model, plan, fluid, c, k, regime)
    at = t + model.step_ms // 2
    part = -math.expm1(-hazard)
    if not pending:
        out = fluid.stock[stock, 0] * part
        if joining > 0.0:
            out += joining * -math.expm1(-0.5 * hazard)
        fluid.stock[stock, 0] += joining - out
        _leave(model, plan, fluid, stock, c, s, _ALL, -1, 0, out, k, at, regime)
        return
    touched = fluid.touched[stock]
    free = fluid.favoured[stock] & ~touched
    whole = total_weight(model, fluid, c, fluid.favoured[stock])
    share = total_weight(model, fluid, c, touched) / whole if whole > 0.0 else 0.0
    knows = 1.0 - unheard(model, s, fluid.rush_order[stock], at)
    concerned = model.orders[fluid.rush_order[stock]].share
    out = fluid.stock[stock, 0] * part
    fluid.stock[stock, 0] += joining * (1.0 - share * concerned) - out
    if concerned < 1.0:  # among the others are those whose favourite it touches, but whom it does not concern
        others = out * (1.0 - concerned) * share / max(1e-12, 1.0 - concerned * share)
        _leave(model, plan, fluid, stock, c, s, touched, fluid.rush_order[stock], 0, others, k, at, regime)
        out -= others
    _leave(model, plan, fluid, stock, c, s, free, -1, 0, out, k, at, regime)
    fluid.stock[stock, 1] += joining * share * concerned * (1.0 - knows)
    fluid.stock[stock, 2] += joining * share * concerned * knows
    delay = model.streams[s].delay_ms
    learned = 1.0 if delay == 0.0 else -math.expm1(-model.step_ms / delay)
    rush = model.streams[s].rush
    out = fluid.stock[stock, 1] * part
    news = (fluid.stock[stock, 1] - out) * learned
    fluid.stock[stock, 1] -= out + news
    _leave(model, plan, fluid, stock, c, s, touched, fluid.rush_order[stock], 0, out, k, at, regime)
    out = fluid.stock[stock, 2] * -math.expm1(-rush * hazard) + news * -math.expm1(-0.5 * rush * hazard)
    fluid.stock[stock, 2] += news - out
    _leave(model, plan, fluid, stock, c, s, touched, fluid.rush_order[stock], 1, out, k, at, regime)


@inner
def _leave(model, plan, fluid, stock, c, s, favourites, given, value, mass, k, t, regime):
    """A mass of a stock leaves; what finds nothing open waits at home for news."""
    if mass <= 0.0:
        return
    mass = take_turns(model, plan, fluid, c, s, mass, k, t - model.step_ms // 2, regime)
    if (
        favourites != _ALL and model.streams[s].outside > 0.0
    ):  # of those with a favourite, who would rather not go at all
        outside = 1.0 / model.streams[s].outside
        gone = mass * outside / (outside + total_weight(model, fluid, c, fluid.favoured[stock]))
        move(fluid, s, AT_HOME, GAVE_UP, gone)
        mass -= gone
    lost = choose_home(model, plan, fluid, c, s, favourites, given, value, mass, k, t, regime)
    fluid.ready[c] += lost
