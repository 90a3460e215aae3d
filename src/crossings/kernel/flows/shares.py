"""Shares of a mass of travellers by what it takes: the logit of section 5, exactly, given who knows what.

At home the shares are those of the multinomial logit (McFadden 1974) over each set of orders known. Whoever chooses
again keeps its tastes: with scores E/exp(V), E ~ Exp(1), the least score M of the first choice is exponential with rate
Σ exp(V), and given it the others' E are exponential beyond M·exp(V). The second choice is then a race of exponentials
with different starts, integrated over M.
"""

from __future__ import annotations

import math

import numpy as np

from crossings.kernel.core.choice import capacity_factor, onward
from crossings.kernel.core.compiled import inner
from crossings.kernel.core.layout import FAR, HOUR_MS

_ONE = np.uint64(1)
FEW = 3  # so many orders may be uncertain before it is asked which of them matter to a set
SUBSETS = 6  # so many may be uncertain at a time; of more, those of the most like shares count as known together
CERTAIN = 0.002  # share of those who do not know yet below which all know


@inner
def unaware(model, s, o, t):
    """The share of a stream that does not know order o at t, or whom it does not concern."""
    share, apart = model.orders[o].share, unheard(model, s, o, t)
    return apart if share >= 1.0 else 1.0 - share * (1.0 - apart)


@inner
def unheard(model, s, o, t):
    """Of those whom order o concerns, the share that does not know it at t."""
    announced = model.orders[o].announced
    if announced > t:
        return 1.0
    delay = model.streams[s].delay_ms
    if delay == 0.0:
        return 0.0
    return math.exp(-(t - announced) / delay)


@inner
def closed_at(model, fluid, g, at):
    """Whether a long row is in force at gate g at time ``at`` for those who know the orders marked in ``known``."""
    for row in range(model.gates[g].row_start, model.gates[g].row_end):
        if model.rows[row].long and model.rows[row].from_ms <= at < model.rows[row].until_ms:
            o = model.rows[row].order
            if fluid.known[o] == 0:
                continue
            ended = False
            for e in range(model.orders[o].ending_start, model.orders[o].ending_end):
                ended |= model.endings[e].at <= at and fluid.known[model.endings[e].order] == 1
            if not ended:
                return True
    return False


@inner
def open_to(model, fluid, a, t, regime):
    """Whether alternative a is eligible at t for those who know the orders marked in ``known``."""
    if not model.journeys[regime, a].weight < np.inf:
        return False
    hours, g, leg = model.journeys[regime, a].hours, model.alternatives[a].gate, model.alternatives[a].leg
    while g >= 0:
        if closed_at(model, fluid, g, t + np.int64(hours * HOUR_MS)):
            return False
        g, leg, hours = onward(model, regime, leg, hours)
    return True


@inner
def reopened_at(model, fluid, g, at):
    """When the last of the long rows at gate g that are over at ``at`` ended, for those who know the orders in ``known``; −FAR if
    none did.
    """
    last = -FAR
    for row in range(model.gates[g].row_start, model.gates[g].row_end):
        o = model.rows[row].order
        if not model.rows[row].long or fluid.known[o] == 0:
            continue
        end = model.rows[row].until_ms
        for e in range(model.orders[o].ending_start, model.orders[o].ending_end):
            if fluid.known[model.endings[e].order] == 1:
                end = min(end, model.endings[e].at)
        if model.rows[row].from_ms < end <= at:
            last = max(last, end)
    return last


@inner
def reopened_on_way(model, fluid, a, t, regime):
    """When the closures on the way of alternative a that are over for who leaves at t were over; −FAR if there were none."""
    last = -FAR
    hours, g, leg = model.journeys[regime, a].hours, model.alternatives[a].gate, model.alternatives[a].leg
    while g >= 0 and hours < np.inf:
        way = np.int64(hours * HOUR_MS)
        end = reopened_at(model, fluid, g, t + way)
        if end > -FAR:
            last = max(last, end - way)
        g, leg, hours = onward(model, regime, leg, hours)
    return last


@inner
def eligible_now(model, fluid, c, t, regime):
    """The eligible alternatives of set c as bits, for those who know the orders marked in ``known``."""
    bits = np.uint64(0)
    for a in range(model.sets[c].start, model.sets[c].end):
        if open_to(model, fluid, a, t, regime):
            bits |= _ONE << np.uint64(a - model.sets[c].start)
    return bits


@inner
def _to_some(model, s, o, t):
    """Whether an order is known to some of a stream only, or concerns some only."""
    if model.orders[o].share >= 1.0 and model.orders[o].whole != o:
        return False  # known together with its order
    if model.orders[o].share < 1.0 and t >= model.orders[o].last:
        return False  # over
    share = unaware(model, s, o, t)
    return CERTAIN < share < 1.0 or (share == 1.0 and model.orders[o].announced <= t)


@inner
def _tied(model, fluid, c, s, t, o):
    """Of as many orders as may be uncertain, and order o: the two of which the most like shares know count as known together."""
    kept, tied, least = -1, -1, np.inf
    for i in range(SUBSETS):
        share = unaware(model, s, fluid.uncertain[c, i], t)
        apart = abs(share - unaware(model, s, o, t))
        if apart < least:
            kept, tied, least = i, -1, apart
        for j in range(i):
            apart = abs(share - unaware(model, s, fluid.uncertain[c, j], t))
            if apart < least:
                kept, tied, least = i, j, apart
    if tied < 0:
        fluid.along[o] = fluid.uncertain[c, kept]
    else:
        fluid.along[fluid.uncertain[c, tied]] = fluid.uncertain[c, kept]
        fluid.uncertain[c, tied] = o


@inner
def _uncertain(model, plan, fluid, c, s, t):
    """Which orders only some know; returns how many."""
    some, n = 0, 0
    for j in range(plan.set_orders[c].start, plan.set_orders[c].end):
        o = plan.order_list[j]
        fluid.along[o] = o
        fluid.known[o] = 1 if unaware(model, s, o, t) < 0.5 else 0
        some += 1 if _to_some(model, s, o, t) else 0
    for j in range(plan.set_orders[c].start, plan.set_orders[c].end):
        o = plan.order_list[j]
        if not _to_some(model, s, o, t) or (some > FEW and not plan.order_acts[j]):
            continue
        if n < SUBSETS:
            fluid.uncertain[c, n] = o
            n += 1
        else:
            _tied(model, fluid, c, s, t, o)
    fluid.uncertain[c, SUBSETS] = n
    return n


@inner
def learn(model, plan, fluid, c, t, regime):
    """Set c looks again: which orders only some know, and what is eligible to those who know each subset of them."""
    s = model.group_stream[plan.set_group[c]]
    n = _uncertain(model, plan, fluid, c, s, t)
    for subset in range(1 << n):
        for i in range(n):
            fluid.known[fluid.uncertain[c, i]] = (subset >> i) & 1
        for j in range(plan.set_orders[c].start, plan.set_orders[c].end):
            o = plan.order_list[j]
            if fluid.along[o] != o:
                with_it = fluid.along[o]
                while fluid.along[with_it] != with_it:
                    with_it = fluid.along[with_it]
                fluid.known[o] = fluid.known[with_it]
        for j in range(plan.set_orders[c].start, plan.set_orders[c].end):
            o = plan.order_list[j]
            if model.orders[o].share >= 1.0:
                fluid.known[o] = fluid.known[model.orders[o].whole]
        fluid.eligible[c, subset] = eligible_now(model, fluid, c, t, regime)
        if model.streams[s].recover_ms > 0.0:
            for a in range(model.sets[c].start, model.sets[c].end):
                fluid.since[a, subset] = reopened_on_way(model, fluid, a, t, regime)


@inner
def chance(model, fluid, c, s, t, subset, given, value):
    """The share who know exactly ``subset`` of the uncertain orders; ``given`` ≥ 0: among those who know it, or do not."""
    p = 1.0
    for i in range(fluid.uncertain[c, SUBSETS]):
        o = fluid.uncertain[c, i]
        knows = (subset >> i) & 1
        if o == given:
            if knows != value:
                return 0.0
            continue
        q = unaware(model, s, o, t)
        p *= 1.0 - q if knows else q
    return p


@inner
def _deterred(model, s, t, beta, regime, a):
    """What known deterrents on the way of alternative a leave of exp(V): the mean over who knows of them."""
    out, hours = 1.0, model.journeys[regime, a].hours
    g, leg = model.alternatives[a].gate, model.alternatives[a].leg
    while g >= 0 and hours < np.inf:
        out *= deterred_at(model, s, t, beta, g, t + np.int64(hours * HOUR_MS))
        g, leg, hours = onward(model, regime, leg, hours)
    return out


@inner
def deterred_at(model, s, t, beta, g, at):
    """The same of gate g, for those who come there at ``at``."""
    out = 1.0
    for k in range(model.gates[g].toll_start, model.gates[g].toll_end):
        o = model.tolls[k].order
        over = not model.tolls[k].from_ms <= at < model.tolls[k].until_ms
        for e in range(model.orders[o].ending_start, model.orders[o].ending_end):
            over |= model.endings[e].at <= at and unaware(model, s, model.endings[e].order, t) < 0.5
        if not over:
            apart = unaware(model, s, o, t)
            out *= apart + (1.0 - apart) * math.exp(-min(700.0, beta * model.tolls[k].hours))
    return out


@inner
def kept_away(model, s, g, t, until, hours):
    """The share of a stream that comes to gate g in [t, until), ``hours`` after it chose, and is kept away from it.

    Of those whom an order concerns only those come who did not know of it when they chose.
    """
    through = 1.0
    for k in range(model.gates[g].kept_start, model.gates[g].kept_end):
        begin, end = max(t, model.kept_away[k].from_ms), min(until, model.kept_away[k].until_ms)
        if end <= begin:
            continue
        o = model.kept_away[k].order
        share = model.orders[o].share
        if share < 1.0:
            came = share * unheard(model, s, o, t - np.int64(hours * HOUR_MS))
            share = came / (1.0 - share + came)
        through *= 1.0 - share * (end - begin) / (until - t)
    return 1.0 - through


@inner
def _heard(model, fluid, s, q, k):
    """The wait at queue q, hours, that a stream has heard of in step k."""
    lag = model.streams[s].lag
    if lag <= 0.0:
        return fluid.board[q]
    whole = np.int64(math.floor(lag))
    part = lag - whole
    newer = fluid.heard[max(np.int64(0), k - whole), q]
    older = fluid.heard[max(np.int64(0), k - whole - 1), q]
    if part == 0.0 or newer == np.inf:
        return newer
    return newer + part * (older - newer)


@inner
def weigh(model, plan, fluid, c, k, regime):
    """exp(V) of each alternative of set c into ``weight``, with the board's waits and room."""
    now = 1 + (regime if plan.steady[c] else k)
    if fluid.weighed[c] == now:
        return
    fluid.weighed[c] = now
    s = model.group_stream[plan.set_group[c]]
    beta = model.streams[s].wait_weight
    by_destination = model.streams[s].by_destination
    last = 4 * plan.steps - 1
    for a in range(model.sets[c].start, model.sets[c].end):
        value = 1.0 / model.journeys[regime, a].weight
        g = model.alternatives[a].gate
        if g >= 0:
            wait = float(plan.opening[g, min(4 * k + plan.opening_at[regime, a], last)])
            if model.gates[g].exit_queue >= 0:
                wait += _heard(model, fluid, s, model.gates[g].exit_queue, k)
            if model.gates[g].entry_queue >= 0:
                wait += _heard(model, fluid, s, model.gates[g].entry_queue, k)
            if wait > 0.0:
                value *= math.exp(-beta * wait) if wait < np.inf else 0.0
            if model.tolls.size > 0:
                value *= _deterred(model, s, k * model.step_ms, beta, regime, a)
        if by_destination:
            value *= capacity_factor(model, fluid, s, model.alternatives[a].destination)
        fluid.weight[a] = value


@inner
def counted(model, plan, fluid, c, bits):
    """Of alternatives that share a taste only the best counts: the bits that are left."""
    if plan.one_taste[c]:
        return bits
    first = model.sets[c].start
    n = model.sets[c].end - first
    for i in range(n):
        fluid.best[i] = -1
    for i in range(n):
        if (bits >> np.uint64(i)) & _ONE == 0:
            continue
        taste = plan.taste[first + i]
        other = fluid.best[taste]
        if other < 0:
            fluid.best[taste] = i
        elif fluid.weight[first + i] > fluid.weight[first + other]:
            fluid.best[taste] = i
            bits &= ~(_ONE << np.uint64(other))
        else:
            bits &= ~(_ONE << np.uint64(i))
    return bits


@inner
def total_weight(model, fluid, c, bits):
    """Σ exp(V) over alternatives."""
    first = model.sets[c].start
    out = 0.0
    for a in range(first, model.sets[c].end):
        if (bits >> np.uint64(a - first)) & _ONE:
            out += fluid.weight[a]
    return out


@inner
def reopening(model, g, t):
    """When gate g, physically closed at t, opens as far as is announced: FAR if not."""
    at = t
    moved = True
    while moved:
        moved = False
        for row in range(model.gates[g].row_start, model.gates[g].row_end):
            o = model.rows[row].order
            if model.orders[o].announced > t or not model.rows[row].from_ms <= at < model.rows[row].until_ms:
                continue
            end = model.rows[row].until_ms
            for e in range(model.orders[o].ending_start, model.orders[o].ending_end):
                if model.orders[model.endings[e].order].announced <= t:
                    end = min(end, model.endings[e].at)
            if at < end:
                if end == FAR:
                    return FAR
                at = end
                moved = True
    return at
