"""At the controls of a gate, through it, and on (docs/model.md, section 6)."""

from __future__ import annotations

import numpy as np

from crossings.kernel.agents.places import go_to_place
from crossings.kernel.core.calendar import put
from crossings.kernel.core.compiled import inner, numbered
from crossings.kernel.core.draws import journey_factor
from crossings.kernel.core.knowledge import mind, next_regime, regime_at, shut_to
from crossings.kernel.core.layout import (
    AFTER_BORDER,
    AFTER_STAY,
    AT_ENTRY,
    AT_GATE,
    CROSSED,
    FAR,
    HOUR_MS,
    IN_SERVICE,
    OUT_TURNED_AWAY,
    QUEUEING,
    RENEGED,
    ROAD_NEWS,
    SERVED,
    STAY_ENDS,
    TURNED_AWAY,
)
from crossings.kernel.core.queue import join
from crossings.kernel.core.states import become

EXIT_QUEUE, ENTRY_QUEUE, NO_QUEUE, NO_SIDE = numbered(4)  # of a visit


@inner
def write_visit(world, i, g, side, arrival, begin, end, outcome):
    """Log a visit; one for which there is no room is counted all the same."""
    n = world.written[0]
    world.written[0] += 1
    if n < world.visits.size:
        world.visits[n].traveller = i
        world.visits[n].gate = g
        world.visits[n].side = side
        world.visits[n].arrival = arrival
        world.visits[n].begin = begin
        world.visits[n].end = end
        world.visits[n].outcome = outcome


@inner
def go_on(seed, model, world, i, now):
    """After a border: to the next crossing on the way, or to the destination, in the regime of now.

    An open gate without controls is passed as soon as it is certain that the traveller comes to it then.
    """
    s = model.group_stream[world.crowd[i].group]
    factor = journey_factor(seed, mind(world, i), model.streams[s].sigma)
    while True:
        leg = world.fate[i].leg
        regime = regime_at(model, now)
        hours = model.legs[regime, leg].hours
        if not hours < np.inf:
            put(model, world, i, next_regime(model, now), ROAD_NEWS)
            return
        hours *= factor
        world.fate[i].km += np.float32(model.legs[regime, leg].km)
        world.fate[i].hours += np.float32(hours)
        now += np.int64(np.rint(hours * HOUR_MS))
        g = model.legs[regime, leg].next
        if g < 0:
            go_to_place(model, world, i, now)
            return
        world.fate[i].gate = g
        world.fate[i].leg = model.legs[regime, leg].after
        if not _passes(seed, model, world, i, now):
            put(model, world, i, now, AT_GATE)
            return


@inner
def go_to_gate(seed, model, world, i, at):
    """Traveller i will be at its gate at ``at``, and through it at once where nothing can stop it."""
    if _passes(seed, model, world, i, at):
        go_on(seed, model, world, i, at)
    else:
        put(model, world, i, at, AT_GATE)


@inner
def _passes(seed, model, world, i, at):
    """Pass a gate at ``at`` if it has no control and is open then: whether that was so."""
    g = np.int64(world.fate[i].gate)
    free = model.gates[g].exit_queue < 0 and model.gates[g].entry_queue < 0
    if not (free and at < world.settled[0]) or shut_to(seed, model, mind(world, i), g, at)[0]:
        return False
    write_visit(world, i, g, NO_QUEUE, at, at, at, SERVED)
    _leave_border(model, world, i, at)
    return True


@inner
def _leave_border(model, world, i, now):
    """Through the last control of a gate."""
    world.fate[i].crossed = now
    world.fate[i].crossed_gate = world.fate[i].gate
    become(model, world, model.group_stream[world.crowd[i].group], i, now, AFTER_BORDER)


@inner
def has_crossed(seed, model, world, i, now):
    """Through the last control of a gate, and on."""
    _leave_border(model, world, i, now)
    go_on(seed, model, world, i, now)


@inner
def come(seed, model, world, i, now, event):
    """Traveller i comes to a control of its gate: joins, passes a free gate, or finds it shut. Returns whether shut."""
    g = np.int64(world.fate[i].gate)
    s = model.gates[g].stream
    side, q = ENTRY_QUEUE, model.gates[g].entry_queue
    if event != AT_ENTRY and model.gates[g].exit_queue >= 0:
        side, q = EXIT_QUEUE, model.gates[g].exit_queue
    if q < 0:
        side = NO_QUEUE
    mark = side | (AFTER_STAY if event == STAY_ENDS else EXIT_QUEUE)
    shut, shut_from = shut_to(seed, model, mind(world, i), g, now)
    if shut:
        write_visit(world, i, g, mark, now, FAR, now, OUT_TURNED_AWAY)
        return True
    if q < 0:
        write_visit(world, i, g, mark, now, now, now, SERVED)
        has_crossed(seed, model, world, i, now)
        return False
    begin, end, outcome = join(
        seed,
        model,
        world,
        q,
        world.crowd[i].who,
        now,
        np.int64(world.fate[i].joins),
        shut_from,
        model.streams[s].patience_ms,
    )
    world.fate[i].joins += 1
    write_visit(world, i, g, mark, now, begin, end, outcome)
    become(model, world, s, i, now, QUEUEING)
    if outcome != SERVED:
        put(model, world, i, end, TURNED_AWAY if outcome == OUT_TURNED_AWAY else RENEGED)
        return False
    if begin < model.horizon_ms:
        become(model, world, s, i, begin, IN_SERVICE)
    if side == EXIT_QUEUE and model.gates[g].entry_queue >= 0:
        put(model, world, i, end, AT_ENTRY)
    elif end < world.settled[0]:
        has_crossed(seed, model, world, i, end)
    else:
        put(model, world, i, end, CROSSED)
    return False
