"""Journeys that are made on another day than planned, as an order closes their way (docs/model.md, section 3)."""

from __future__ import annotations

import math

import numpy as np

from crossings.kernel.agents.rush import best_before, draw_tastes
from crossings.kernel.core.choice import onward
from crossings.kernel.core.compiled import inner
from crossings.kernel.core.draws import MOVED, ONCE, uniforms
from crossings.kernel.core.knowledge import regime_at
from crossings.kernel.core.layout import DAY_MS, FAR, HOUR_MS

_ZERO = np.uint64(0)


@inner
def _strikes(model, mine, a, regime, factor, o, planned):
    """Between which times of leaving order o closes alternative a to a traveller, which hears of things by ``planned``.

    (lead, back): who leaves before lead or at back or later is not stopped; (FAR, 0) where it does not close it.
    """
    lead, back = FAR, np.int64(0)
    whole = model.orders[o].whole
    hours, g, leg = model.journeys[regime, a].hours, model.alternatives[a].gate, model.alternatives[a].leg
    while g >= 0:
        way = np.int64(np.rint(hours * factor * HOUR_MS))
        for row in range(model.gates[g].row_start, model.gates[g].row_end):
            part = model.rows[row].order
            if not (model.rows[row].long and model.orders[part].whole == whole and mine.times[part] < FAR):
                continue
            end = model.rows[row].until_ms
            for e in range(model.orders[part].ending_start, model.orders[part].ending_end):
                if mine.times[model.endings[e].order] <= planned:
                    end = min(end, model.endings[e].at)
            if model.rows[row].from_ms <= planned + way < end:
                lead = min(lead, model.rows[row].from_ms - way)
                back = max(back, end if end == FAR else end - way)
        g, leg, hours = onward(model, regime, leg, hours)
    return lead, back


@inner
def made_at(seed, salt, model, mine, who, s, chosen_set, planned):
    """When a journey planned for a time is made, ms: then, or whole days before or after where the way would be closed."""
    far = True
    for j in range(mine.counted[0]):
        o = mine.concerns[j]
        far &= model.orders[o].announced > planned or model.orders[o].last <= planned
    if far:
        return planned
    factor = draw_tastes(seed, salt, model, mine, who, s, chosen_set)
    regime = regime_at(model, planned)
    first, known, whole = FAR, FAR, FAR
    last = np.int64(0)
    for j in range(mine.counted[0]):
        o = mine.concerns[j]
        at = mine.times[o]
        if at > planned or not (at < known or (at == known and model.orders[o].whole < whole)):
            continue
        a = best_before(model, mine, chosen_set, factor, regime, o, planned)
        if a < 0:
            continue
        lead, back = _strikes(model, mine, a, regime, factor, o, planned)
        if lead < FAR:
            first, last, known, whole = lead, back, at, model.orders[o].whole
    if known == FAR:
        return planned
    u, v = uniforms(seed, who, _ZERO, MOVED, ONCE)
    most = -math.log(u) * model.streams[s].flexible_ms / DAY_MS
    most = np.int64(min(most, 1e6))
    least = (planned - first) // DAY_MS + 1
    days = min(most, (planned - max(known, np.int64(0))) // DAY_MS)
    if least <= days:
        return planned - (least + np.int64(v * (days - least + 1))) * DAY_MS
    if last < FAR:
        least = (last - planned + DAY_MS - 1) // DAY_MS
        if least <= most:
            return planned + (least + np.int64(v * (most - least + 1))) * DAY_MS
    return planned
