"""What a traveller knows: which orders concern it, since when it knows them, what it takes to be closed, and the next news
(docs/model.md, section 4).
"""

from __future__ import annotations

import math

import numpy as np

from crossings.kernel.core.compiled import inner, numbered
from crossings.kernel.core.draws import CONCERNED, KNOW, ONCE, RETURN, uniform, uniforms
from crossings.kernel.core.layout import FAR
from crossings.kernel.core.queue import shut_at

LONG, SHORT, ANY = numbered(3)
AT_ONCE = np.int64(0)
_LATEST = 40.0  # mean delays after which everybody knows: no draw gives more than 37
_ZERO = np.uint64(0)


@inner
def mind(world, i):
    """By which id traveller i draws what its group shares: tastes, knowledge, journey, set-up, giving up."""
    return world.crowd[i].who - np.uint64(world.crowd[i].behind)


@inner
def concerns(seed, model, who, o):
    """Whether an order, or part of one, concerns a traveller: all but those that keep only a share away concern everybody."""
    share = model.orders[o].share
    return share >= 1.0 or uniform(seed, who, model.orders[o].item, CONCERNED, ONCE) < share


@inner
def shut_to(seed, model, who, g, t):
    """As `shut_at`, for one traveller: rows that keep some away count for those."""
    shut, at = shut_at(model, g, t)
    for k in range(model.gates[g].kept_start, model.gates[g].kept_end):
        if shut or not (t < model.kept_away[k].until_ms and model.kept_away[k].from_ms < at):
            continue
        if concerns(seed, model, who, model.kept_away[k].order):
            at = max(t, model.kept_away[k].from_ms)
            shut = at == t
    return shut, at


@inner
def know_time(seed, model, s, who, told, o):
    """When a traveller knows order o: its announcement if told of it, else after its own delay; FAR if it does not concern it."""
    if not concerns(seed, model, who, o):
        return FAR
    announced = model.orders[o].announced
    delay = model.streams[s].delay_ms
    if model.orders[o].rank < told or delay == 0.0:
        return announced
    return announced + np.int64(np.rint(-math.log(uniform(seed, who, model.orders[o].item, KNOW, ONCE)) * delay))


@inner
def knows(seed, model, s, who, told, now, o):
    """Whether a traveller knows order o at ``now``, and it concerns it; draws only where the answer is not certain."""
    announced = model.orders[o].announced
    if announced > now or not concerns(seed, model, who, o):
        return False
    delay = model.streams[s].delay_ms
    if model.orders[o].rank < told or now - announced > _LATEST * delay:
        return True
    return know_time(seed, model, s, who, told, o) <= now


@inner
def stays_away(seed, model, s, who):
    """How long after a closure has ended a traveller at home still takes it to be closed, ms: it is back at once, or later."""
    if model.streams[s].recover_ms <= 0.0:
        return np.int64(0)
    u, v = uniforms(seed, who, _ZERO, RETURN, ONCE)
    if u < model.streams[s].at_once:
        return np.int64(0)
    return np.int64(np.rint(-math.log(v) * model.streams[s].recover_ms))


@inner
def home_for(seed, model, world, i, s):
    """`stays_away` of traveller i at home; who put its journey off waits for the opening, and is back at once."""
    if not model.streams[s].is_stock and world.crowd[i].leave != world.crowd[i].created:
        return AT_ONCE
    return stays_away(seed, model, s, mind(world, i))


@inner
def _ends(seed, model, s, who, told, now, o, end):
    """When what order o does, which is to end at ``end``, ends as far as the traveller knows."""
    for e in range(model.orders[o].ending_start, model.orders[o].ending_end):
        if model.endings[e].at < end and knows(seed, model, s, who, told, now, model.endings[e].order):
            end = model.endings[e].at
    return end


@inner
def believed_closed(seed, model, s, who, told, now, g, at, which, away):
    """The believed end of a row believed in force at gate g at time ``at``, or −1. Rows: LONG, SHORT or ANY.

    ``away``: how long after its end the traveller still stays away, ms.
    """
    for row in range(model.gates[g].row_start, model.gates[g].row_end):
        if not model.rows[row].from_ms <= at < model.rows[row].until_ms + away:
            continue
        counts = which == ANY or model.rows[row].long == (which == LONG)
        if counts and knows(seed, model, s, who, told, now, model.rows[row].order):
            end = _ends(seed, model, s, who, told, now, model.rows[row].order, model.rows[row].until_ms)
            if at < end + away and (away == 0 or end > model.rows[row].from_ms):
                return end + away
    return np.int64(-1)


@inner
def reopening(seed, model, s, who, told, now, g):
    """When gate g, closed now, is believed to open again; −1 if it is not believed closed, FAR if there is no end."""
    t = believed_closed(seed, model, s, who, told, now, g, now, ANY, AT_ONCE)
    if t < 0:
        return np.int64(-1)
    while t < FAR:
        end = believed_closed(seed, model, s, who, told, now, g, t, ANY, AT_ONCE)
        if end < 0:
            return t
        t = end
    return FAR


@inner
def deterred_h(seed, model, s, who, told, now, g, at):
    """Hours of waiting that rows known to be in force at gate g at ``at`` are as costly as."""
    hours = 0.0
    for k in range(model.gates[g].toll_start, model.gates[g].toll_end):
        if not model.tolls[k].from_ms <= at < model.tolls[k].until_ms:
            continue
        o = model.tolls[k].order
        known = knows(seed, model, s, who, told, now, o)
        if known and at < _ends(seed, model, s, who, told, now, o, model.tolls[k].until_ms):
            hours += model.tolls[k].hours
    return hours


@inner
def regime_at(model, t):
    """The regime in force at t."""
    regime = 0
    while regime + 1 < model.regime_start.size and model.regime_start[regime + 1] <= t:
        regime += 1
    return regime


@inner
def next_regime(model, now):
    """The start of the next regime after ``now`` in which other roads or places are open; FAR if there is none."""
    for r in range(model.regime_start.size):
        if model.regime_start[r] > now and model.regime_news[r]:
            return model.regime_start[r]
    return FAR


@inner
def next_news(seed, model, s, who, told, now, away):
    """The next time after ``now`` at which the traveller hears of a change, or is back ``away`` ms after one; FAR if there is
    none.
    """
    news = FAR
    # Of hundreds of orders only those announced lately enough to be news, and before what is news already, are drawn for.
    oldest = now - np.int64(_LATEST * model.streams[s].delay_ms)
    low, high = model.streams[s].news_start, model.streams[s].news_end
    while low < high:
        mid = (low + high) >> 1
        if model.orders[model.news_order[mid]].announced < oldest:
            low = mid + 1
        else:
            high = mid
    for i in range(low, model.streams[s].news_end):
        if model.orders[model.news_order[i]].announced >= news:
            break
        t = know_time(seed, model, s, who, told, model.news_order[i])
        if now < t < news:
            news = t
    for i in range(model.streams[s].until_start, model.streams[s].until_end):
        if model.news_until[i] > now - away:
            news = min(news, model.news_until[i] + away)
        if model.news_until[i] > now:
            news = min(news, model.news_until[i])
            break
    return min(news, next_regime(model, now))
