"""Masses on the road and at the border: queues as fluids with servers, opening hours, quotas, patience and closures.

A queue holds those waiting and those in service. In a step it can begin as many services as there are idle servers and
as the busy ones finish; what a queue holds is taken to be well mixed, so that each type leaves in proportion.
"""

from __future__ import annotations

import math

import numpy as np

from crossings.kernel.core.compiled import inner
from crossings.kernel.core.layout import (
    AFTER_BORDER,
    ARRIVED,
    FAR,
    HOUR_MS,
    IN_SERVICE,
    ON_ROAD,
    QUEUEING,
)
from crossings.kernel.core.queue import first_shift, next_open
from crossings.kernel.flows.shares import kept_away

NONE = 1e-12


@inner
def move(fluid, s, before, after, mass):
    """``mass`` of stream s passes from one state to another."""
    fluid.state[s, before] -= mass
    fluid.state[s, after] += mass


@inner
def spread(plan, table, ring, row, lag, mass, k):
    """A mass that sets out in step k comes, by the shares of its lag, to ``table`` [row, step in the ring]."""
    for i in range(lag.start, lag.end):
        table[row, (k + lag.first + (i - lag.start)) & (ring - 1)] += mass * plan.lag_share[i]


@inner
def _enter(fluid, y):
    """Note that somebody is of type y, so that those of which nobody is cost nothing in later steps."""
    if not fluid.entered[y]:
        fluid.entered[y] = 1
        fluid.live[fluid.lives[0]] = y
        fluid.lives[0] += 1


@inner
def hold(fluid, y):
    """Note that a gate holds somebody of type y: who only passes costs nothing where those held are looked at."""
    if not fluid.held[y]:
        fluid.held[y] = 1
        fluid.holds[0] += 1


@inner
def depart(model, plan, fluid, a, s, mass, k, regime):
    """A mass of stream s takes alternative a in step k: to its first gate, or to its destination."""
    lag = plan.journey_lag[regime, a]
    y = plan.type_of[a]
    site = model.site_of[model.alternatives[a].destination]
    if y >= 0:
        _enter(fluid, y)
        spread(plan, fluid.coming, fluid.ring, y, lag, mass, k)
    else:
        spread(plan, fluid.ending, fluid.ring, 2 * (s * model.sites.size + site), lag, mass, k)


@inner
def pass_on(model, plan, fluid, y, mass, k, regime):
    """A mass of type y has crossed: on to the next gate, or to the destination."""
    following = plan.next_type[regime, y]
    if following == -2:
        fluid.stuck[y] += mass
        return
    lag = plan.leg_lag[regime, plan.types[y].leg]
    if following == -1:
        row = 2 * (plan.types[y].stream * model.sites.size + plan.types[y].site) + 1
        spread(plan, fluid.ending, fluid.ring, row, lag, mass, k)
    else:
        move(fluid, plan.types[y].stream, AFTER_BORDER, ON_ROAD, mass)
        _enter(fluid, following)
        spread(plan, fluid.coming, fluid.ring, following, lag, mass, k)


@inner
def ended(fluid, q, spans):
    """The share of services that end within so many of their means; the last answer of each queue is kept, as most steps ask
    it.
    """
    if fluid.asked[q] != spans:
        fluid.asked[q] = spans
        fluid.answer[q] = -math.expm1(-spans)
    return fluid.answer[q]


@inner
def beginnings(fluid, q, idle, busy, pace, mean, span):
    """How many services can begin in ``span`` ms: by idle servers, and by those that finish (at their own ``pace``)."""
    if busy <= 0.0:
        return idle * (1.0 + span / mean)
    over = ended(fluid, q, span / pace)
    return idle * (1.0 + span / mean) + busy * (over + (span - pace * over) / mean)


@inner
def capacity(model, fluid, q, t, until):
    """(services that can begin in [t, until), servers on duty at the end, their mean service, ms)."""
    fluid.hint[q] = first_shift(model, q, t, fluid.hint[q])
    most, on_duty, mean = 0.0, 0.0, max(1.0, fluid.pace[q])
    busy, pace = fluid.busy[q], max(1.0, fluid.pace[q])
    at = t
    for i in range(fluid.hint[q], model.queues[q].shift_end):
        if model.shifts[i].open >= until:
            break
        n = float(model.shifts[i].servers)
        begin, end = max(t, model.shifts[i].open), min(until, model.shifts[i].close)
        if n == 0.0 or end <= begin:
            continue
        mean = max(1.0, model.shifts[i].mean_ms)
        if begin > at:
            busy *= math.exp(-(begin - at) / pace)
        here = beginnings(fluid, q, max(0.0, n - busy), min(n, busy), pace, mean, float(end - begin))
        if model.shifts[i].quota >= 0:
            if fluid.day[q] != model.shifts[i].day:
                fluid.day[q], fluid.begun[q] = model.shifts[i].day, 0.0
            here = min(here, max(0.0, model.shifts[i].quota - fluid.begun[q] - most))
        most += here
        busy, pace, at = n, mean, end
        on_duty = n if model.shifts[i].close >= until else 0.0
    return most, on_duty, mean


@inner
def serve(model, plan, fluid, q, k, t):
    """One step of queue q: begin services, finish them into ``done`` or over the border, lose patience."""
    until = t + model.step_ms
    span = plan.queue_members[q]
    total = 0.0
    for j in range(span.start, span.end):
        total += fluid.waiting[plan.members[j].type, 0 if plan.members[j].exit else 1]
    if total <= NONE and fluid.busy[q] <= NONE:
        fluid.queued[q] = 0.0
        return
    most, on_duty, mean = capacity(model, fluid, q, t, until)
    starts = min(total, most)
    phi = starts / total if total > 0.0 else 0.0
    busy = fluid.busy[q]
    x = model.step_ms / mean
    old = busy * (1.0 - ended(fluid, q, model.step_ms / max(1.0, fluid.pace[q])))
    new = starts * ended(fluid, q, x) / x
    after = old + new
    if total > most and on_duty > 0.0:  # every server is at work at the end
        new = max(0.0, min(busy + starts, on_duty) - old)
        after = old + new
    if after > 0.0:
        fluid.pace[q] = (old * fluid.pace[q] + new * mean) / after
    finished = (busy + starts - after) / (busy + starts) if busy + starts > 0.0 else 0.0
    begun, left, still = 0.0, 0.0, 0.0
    for j in range(span.start, span.end):
        y = plan.members[j].type
        side = 0 if plan.members[j].exit else 1
        waiting = fluid.waiting[y, side]
        if waiting == 0.0 and fluid.serving[y, side] == 0.0:
            continue
        s, g = plan.types[y].stream, plan.types[y].gate
        if waiting > 0.0:
            begin = waiting * phi * (1.0 - plan.shut[g, k])
            waiting -= begin
            if fluid.loses[s] > 0.0:
                lost = waiting * fluid.loses[s]
                waiting -= lost
                fluid.reneged[y] += lost
                fluid.out_of_patience[k, g] += lost
            fluid.waiting[y, side] = waiting
            fluid.serving[y, side] += begin
            begun += begin
            move(fluid, s, QUEUEING, IN_SERVICE, begin)
        out = fluid.serving[y, side] * finished
        if out > 0.0:
            fluid.serving[y, side] -= out
            if side == 0:
                fluid.done[y] += out
            else:
                move(fluid, s, IN_SERVICE, AFTER_BORDER, out)
                fluid.crossed_now[y] += out
        still += fluid.serving[y, side]
        left += fluid.waiting[y, side]
    fluid.begun[q] += begun
    fluid.busy[q], fluid.queued[q] = still, left


@inner
def look(model, fluid, q, t):
    """Hours that somebody who comes to queue q at t would wait, less those until it opens."""
    ahead = fluid.queued[q]
    if ahead <= 1e-9:
        return 0.0
    opening = next_open(model, q, t)
    if opening == FAR:
        return np.inf
    busy, pace, at = fluid.busy[q], max(1.0, fluid.pace[q]), t
    day, begun = fluid.day[q], fluid.begun[q]
    fluid.hint[q] = first_shift(model, q, t, fluid.hint[q])
    for i in range(fluid.hint[q], model.queues[q].shift_end):
        n = float(model.shifts[i].servers)
        begin, end = max(t, model.shifts[i].open), model.shifts[i].close
        if n == 0.0 or end <= begin:
            continue
        mean = max(1.0, model.shifts[i].mean_ms)
        if begin > at:
            busy *= math.exp(-min(700.0, (begin - at) / pace))
        idle = max(0.0, n - busy)
        here = beginnings(fluid, q, idle, min(n, busy), pace, mean, float(end - begin))
        if model.shifts[i].quota >= 0:
            if day != model.shifts[i].day:
                day, begun = model.shifts[i].day, 0.0
            here = min(here, max(0.0, model.shifts[i].quota - begun))
        if ahead < here:
            span = (end - begin) * max(0.0, ahead - idle) / max(1e-9, here - idle)
            return max(0.0, (begin + span - opening) / HOUR_MS)
        ahead -= here
        begun += here
        busy, pace, at = n, mean, end
    return np.inf


@inner
def come(model, plan, fluid, y, mass, k):
    """A mass of type y comes to its gate in step k: turned away as far as it is shut, else to its first control."""
    g, s = plan.types[y].gate, plan.types[y].stream
    shut = plan.shut[g, k]
    fluid.arrived[k, g] += mass
    if model.gates[g].kept_end > model.gates[g].kept_start:
        t = k * model.step_ms
        hours = model.journeys[0, plan.types[y].alternative].hours
        kept = kept_away(model, s, g, t, t + model.step_ms, hours if hours < np.inf else 0.0)
        shut = 1.0 - (1.0 - shut) * (1.0 - kept)
    if shut > 0.0:
        turned = mass * shut
        hold(fluid, y)
        fluid.refused[y] += turned
        move(fluid, s, ON_ROAD, QUEUEING, turned)
        mass -= turned
    if plan.types[y].exit_queue >= 0:
        hold(fluid, y)
        move(fluid, s, ON_ROAD, QUEUEING, mass)
        fluid.waiting[y, 0] += mass
    elif plan.types[y].entry_queue >= 0:
        hold(fluid, y)
        move(fluid, s, ON_ROAD, QUEUEING, mass)
        fluid.waiting[y, 1] += mass
    else:
        move(fluid, s, ON_ROAD, AFTER_BORDER, mass)
        fluid.crossed_now[y] += mass


@inner
def between(plan, fluid, k):
    """Those who are through the exit control come to the entry control, or have crossed."""
    if fluid.holds[0] == 0:
        return
    for i in range(fluid.lives[0]):
        y = fluid.live[i]
        if not fluid.held[y] or fluid.done[y] == 0.0:
            continue
        mass = fluid.done[y]
        fluid.done[y] = 0.0
        g, s = plan.types[y].gate, plan.types[y].stream
        if plan.types[y].entry_queue < 0:
            move(fluid, s, IN_SERVICE, AFTER_BORDER, mass)
            fluid.crossed_now[y] += mass
            continue
        move(fluid, s, IN_SERVICE, QUEUEING, mass)
        turned = mass * plan.shut[g, k]
        if turned > 0.0:
            fluid.refused[y] += turned
        fluid.waiting[y, 1] += mass - turned


@inner
def turn_away(model, plan, fluid, k):
    """Whoever has not begun service where a gate is shut at the end of the step is turned away; of those whom an order keeps
    away from then on, its share."""
    if fluid.holds[0] == 0:
        return
    for i in range(fluid.lives[0]):
        y = fluid.live[i]
        if not fluid.held[y] or (fluid.waiting[y, 0] <= 0.0 and fluid.waiting[y, 1] <= 0.0):
            continue
        g = plan.types[y].gate
        share = 1.0
        if plan.shut[g, k] == 0.0 or (k + 1 < plan.steps and plan.shut[g, k + 1] == 0.0):
            share = _begins_to_keep(model, g, k)
            if share == 0.0:
                continue
        for side in range(2):
            mass = fluid.waiting[y, side] * share
            if mass > 0.0:
                fluid.waiting[y, side] -= mass
                fluid.refused[y] += mass


@inner
def _begins_to_keep(model, g, k):
    """The share of those waiting at gate g whom orders keep away from within step k on."""
    through = 1.0
    for i in range(model.gates[g].kept_start, model.gates[g].kept_end):
        since = model.kept_away[i].from_ms - k * model.step_ms
        if 0 <= since < model.step_ms:
            through *= 1.0 - model.orders[model.kept_away[i].order].share
    return 1.0 - through


@inner
def reach_ends(model, plan, fluid, k, t):
    """Arrivals at destinations in step k; those present leave at the place's rate."""
    now = k & (fluid.ring - 1)
    for d in range(model.sites.size):
        last = model.sites[d].exit_end
        if model.sites[d].exit_start < last and fluid.present[d] > 0.0:
            e = fluid.exit_at[d]
            while e + 1 < last and model.exits[e + 1].at <= t:
                e += 1
            fluid.exit_at[d] = e
            fluid.present[d] *= math.exp(-model.exits[e].rate * model.step_ms)
    for i in range(plan.ends.size):
        row = plan.ends[i]
        mass = fluid.ending[row, now]
        if mass > 0.0:
            fluid.ending[row, now] = 0.0
            s, d = row // (2 * model.sites.size), (row >> 1) % model.sites.size
            move(fluid, s, AFTER_BORDER if row & 1 else ON_ROAD, ARRIVED, mass)
            fluid.present[d] += mass * model.streams[s].persons
            fluid.on_way[d] -= mass * model.streams[s].persons
