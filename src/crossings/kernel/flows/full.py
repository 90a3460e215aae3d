"""How far controls decide a count: the share of it that more or fewer who come would not change (docs/model.md, section 10).

At a control that can serve C in the counted period, and to which D come (those who wait at its beginning included), the number is
the lesser of both, and D is uncertain. Of the logarithm of the number, the part that follows that of D is near Φ(ln(C/D)/σ).
"""

from __future__ import annotations

import math

import numpy as np

from crossings.kernel.core.compiled import inner

DAY_MS = 86_400_000.0


@inner
def full_shares(model, plan, fluid, counting, day, supply, size, mean, full):
    """Into ``full`` [C] the share of each of ``mean`` [C] that controls decide; day, supply: variances; size: of groups."""
    for c in range(full.size):
        full[c] = 0.0
    for i in range(counting.stays.size):
        c, g = counting.stays[i].cell, counting.stays[i].gate
        start, end = counting.stays[i].start, min(counting.stays[i].end, float(fluid.steps))
        if model.gates[g].exit_queue < 0 and model.gates[g].entry_queue < 0:
            continue
        served = _crossed(fluid, g, start, end)
        if not (served > 0.0 and mean[c] > 0.0):
            continue
        spread = day / max(1.0, (end - start) * model.step_ms / DAY_MS) + supply
        share = 0.0
        for side in range(2):
            q = model.gates[g].exit_queue if side == 0 else model.gates[g].entry_queue
            if q < 0:
                continue
            room, come = _room(model, plan, g, q, start, end), _come(model, plan, fluid, q, start, end)
            if room > 0.0 and room < np.inf:
                far = math.log(come / room) / math.sqrt(2.0 * (spread + size / come))
                share = max(share, 1.0 - 0.5 * math.erfc(far))
        full[c] += counting.stays[i].weight * served * share
    for c in range(full.size):
        if full[c] > 0.0:
            full[c] = min(1.0, full[c] / mean[c])


@inner
def _crossed(fluid, g, start, end):
    """Who crosses at gate g between two times in steps."""
    total = 0.0
    for k in range(np.int64(start), min(np.int64(math.ceil(end)), fluid.steps)):
        total += fluid.crossed[k, g] * (min(end, k + 1.0) - max(start, float(k)))
    return total


@inner
def _come(model, plan, fluid, q, start, end):
    """Who wants to pass queue q between two times: those who cross, and those who still wait."""
    total = 0.0
    last = max(0, min(np.int64(math.ceil(end)), fluid.steps) - 1)
    for i in range(plan.gates.size):
        g = plan.gates[i]
        if model.gates[g].exit_queue == q or model.gates[g].entry_queue == q:
            total += _crossed(fluid, g, start, end) + fluid.queue[last, g]
    return total


@inner
def _room(model, plan, g, q, start, end):
    """How many queue q can serve between two times in steps, while gate g is not shut."""
    step = float(model.step_ms)
    total = 0.0
    for i in range(model.queues[q].shift_start, model.queues[q].shift_end):
        low, high = max(start, model.shifts[i].open / step), min(end, model.shifts[i].close / step)
        if model.shifts[i].open / step >= end:
            break
        if high <= low or model.shifts[i].servers == 0:
            continue
        spent = 0.0
        for k in range(np.int64(low), min(np.int64(math.ceil(high)), plan.steps)):
            spent += (min(high, k + 1.0) - max(low, float(k))) * (1.0 - plan.shut[g, k])
        here = spent * step * model.shifts[i].servers / max(1.0, model.shifts[i].mean_ms)
        if model.shifts[i].quota >= 0:
            here = min(here, float(model.shifts[i].quota))
        total += here
    return total
