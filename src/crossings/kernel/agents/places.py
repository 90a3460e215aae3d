"""Places where people arrive, stay and leave again (docs/model.md, section 6)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.kernel.core.calendar import put
from crossings.kernel.core.choice import bound_for
from crossings.kernel.core.compiled import inner
from crossings.kernel.core.draws import ONCE, STAY, uniform
from crossings.kernel.core.layout import ARRIVED, AT_PLACE, FAR, PLACE_EXIT, ModelTables
from crossings.kernel.core.states import become, step_of


@inner
def _piece(model, low, high, at):
    """The last of a place's pieces of exit hazard, low to high − 1, that begins at or before ``at``; low if none does."""
    while high - low > 1:
        mid = (low + high) >> 1
        if model.exits[mid].at <= at:
            low = mid
        else:
            high = mid
    return low


@inner
def _piece_of_sum(model, low, high, target):
    """The last piece, low to high − 1, whose sum is below ``target``; low if there is none."""
    while high - low > 1:
        mid = (low + high) >> 1
        if model.exits[mid].sum < target:
            low = mid
        else:
            high = mid
    return low


@inner
def exit_time(model, site, at, draw):
    """When an arrival at ``at`` leaves the place: its exit hazard, integrated from then, reaches ``draw``. FAR if never."""
    low, high = model.sites[site].exit_start, model.sites[site].exit_end
    if low == high:
        return FAR
    k = _piece(model, low, high, at)
    target = model.exits[k].sum + model.exits[k].rate * max(0, at - model.exits[k].at) + draw
    k = _piece_of_sum(model, k, high, target)
    if model.exits[k].rate <= 0.0:
        return FAR
    when = max(model.exits[k].at, at) if model.exits[k].sum >= target else 0.0
    if model.exits[k].sum < target:
        when = model.exits[k].at + (target - model.exits[k].sum) / model.exits[k].rate
    return np.int64(np.rint(when)) if when < 4e18 else FAR


@inner
def remaining(model, site, at):
    """The share of those present at the start who are still there at ``at``."""
    low, high = model.sites[site].exit_start, model.sites[site].exit_end
    if low == high:
        return 1.0
    k = _piece(model, low, high, at)
    return math.exp(-(model.exits[k].sum + model.exits[k].rate * max(0, at - model.exits[k].at)))


@inner
def expect(model, world, i, sign):
    """Count traveller i as on its way to its place (sign 1), or no longer (−1). Only the room at a place asks for it."""
    site = model.site_of[bound_for(model, world, i)]
    if model.sites[site].capacity < np.inf:
        world.on_way[site] += sign * model.streams[model.group_stream[world.crowd[i].group]].persons


@inner
def go_to_place(model, world, i, at):
    """Traveller i will be at its destination at ``at``. A plain place is one whose order of arrivals nobody asks for."""
    site = model.site_of[bound_for(model, world, i)]
    plain = model.sites[site].exit_start == model.sites[site].exit_end and not model.sites[site].capacity < np.inf
    if plain and at < world.settled[0]:
        s = model.group_stream[world.crowd[i].group]
        become(model, world, s, i, at, ARRIVED)
        world.came[step_of(model, at) + 1, site] += model.streams[s].persons
        world.fate[i].since = FAR
    else:
        put(model, world, i, at, AT_PLACE)


@inner
def leave_place(model, world, i):
    """Traveller i is no longer present at its destination."""
    s = model.group_stream[world.crowd[i].group]
    world.present[model.site_of[bound_for(model, world, i)]] -= model.streams[s].persons


@inner
def arrive_at_place(seed, model, world, i, now, k):
    """At the destination, in step k; a full place admits and counts."""
    s = model.group_stream[world.crowd[i].group]
    site = model.site_of[bound_for(model, world, i)]
    persons = model.streams[s].persons
    expect(model, world, i, -1.0)
    if world.present[site] >= model.sites[site].capacity:
        world.over[k, site] += 1
    world.present[site] += persons
    become(model, world, s, i, now, ARRIVED)
    world.fate[i].since = FAR
    if model.sites[site].exit_start < model.sites[site].exit_end:
        draw = -math.log(uniform(seed, world.crowd[i].who, model.sites[site].item, STAY, ONCE))
        put(model, world, i, exit_time(model, site, now, draw), PLACE_EXIT)


def destinations(model: ModelTables, fate: NDArray[Any]) -> NDArray[np.int64]:
    """Where each traveller went or meant to go, places [N]; −1 = nowhere."""
    leg = fate["leg"].astype(np.int64)
    through = leg >= 0
    out = -2 - leg
    out[through] = model.leg_end[leg[through]]
    return out
