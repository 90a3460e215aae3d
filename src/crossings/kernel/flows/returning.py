"""Who is back when after a closure, in expected flows: shares, and those of stocks who stay at home until they are (section
9).
"""

from __future__ import annotations

import math

import numpy as np

from crossings.kernel.core.compiled import inner
from crossings.kernel.core.layout import FAR
from crossings.kernel.flows.shares import SUBSETS, chance

_ONE = np.uint64(1)
BINS = 16  # of how long people stay away after a closure


@inner
def back_by(model, s, age):
    """The share of a stream that goes again by a way so many ms after its closure was over."""
    at_once = model.streams[s].at_once
    return at_once + (1.0 - at_once) * -math.expm1(-age / model.streams[s].recover_ms)


@inner
def _edge(j):
    """Over the mean time of staying away: where bin j of equally likely times begins."""
    return -math.log1p(-j / BINS) if j < BINS else np.inf


@inner
def stay_away(model, fluid, c, s, mass, age):
    """``mass`` of a stock stays at home: it is to stay away for longer than ``age`` ms, which it has been open."""
    x = age / model.streams[s].recover_ms
    fluid.shy[c, BINS] += mass
    for j in range(BINS):
        low, high = max(_edge(j), x), _edge(j + 1)
        if high > low:
            fluid.shy[c, j] += mass * (math.exp(x - low) - math.exp(x - high))


@inner
def latest(model, fluid, c, subset, bits):
    """When the alternative among ``bits`` that was closed last was open again; −FAR if none was closed."""
    last = -FAR
    for a in range(model.sets[c].start, model.sets[c].end):
        if (bits >> np.uint64(a - model.sets[c].start)) & _ONE:
            last = max(last, fluid.since[a, subset])
    return last


@inner
def without(model, fluid, c, subset, bits, since):
    """``bits`` less the alternatives that were open again at ``since``."""
    for a in range(model.sets[c].start, model.sets[c].end):
        if fluid.since[a, subset] == since:
            bits &= ~(_ONE << np.uint64(a - model.sets[c].start))
    return bits


@inner
def open_longest(model, fluid, c, subset):
    """Of what is eligible, the alternatives that have been open longest, and since when; −FAR if they were never closed."""
    bits, since = fluid.eligible[c, subset], -FAR
    longest = bits
    while bits != 0:
        longest, since = bits, latest(model, fluid, c, subset, bits)
        bits = without(model, fluid, c, subset, bits, since)
    return longest, since


@inner
def among_whom(model, fluid, c, s, t):
    """Of all people the share, by what they know, who can be among those who stay away; of these who hear in a step of what they
    have missed.
    """
    subsets = 1 << fluid.uncertain[c, SUBSETS]
    whole = 0.0
    for subset in range(subsets):
        if fluid.eligible[c, subset] == 0 or open_longest(model, fluid, c, subset)[1] > -FAR:
            whole += chance(model, fluid, c, s, t, subset, -1, 0)
    slow = subsets > 1 and model.streams[s].delay_ms > 0.0
    return whole, -math.expm1(-model.step_ms / model.streams[s].delay_ms) if slow else 1.0


@inner
def due(model, fluid, c, s, age, p, late):
    """Take from those who stay away a share p of those whose time comes in a step from ``age`` ms on, and ``late`` of those
    before.
    """
    out = 0.0
    x = age / model.streams[s].recover_ms
    until = x + model.step_ms / model.streams[s].recover_ms
    for j in range(BINS):
        low, high = max(_edge(j), x), _edge(j + 1)
        if high <= x:
            part = late
        elif until <= low:
            part = 0.0
        elif until >= high:
            part = p
        else:
            part = p * (math.exp(-low) - math.exp(-until)) / (math.exp(-low) - math.exp(-high))
        here = fluid.shy[c, j] * part
        fluid.shy[c, j] -= here
        out += here
    return out
