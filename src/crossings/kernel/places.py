"""Places where people arrive, stay and leave again (docs/model.md, section 6)."""

from __future__ import annotations

import math

import numpy as np

from crossings.kernel.calendar import put
from crossings.kernel.compiled import inner
from crossings.kernel.draws import STAY, uniform
from crossings.kernel.layout import ARRIVED, FAR, PLACE_EXIT
from crossings.kernel.states import become


@inner
def exit_time(model, site, at, draw):
    """When an arrival at ``at`` leaves the place: its exit hazard, integrated from then, reaches ``draw``. FAR if never."""
    low, high = model.sites[site].exit_start, model.sites[site].exit_end
    if low == high:
        return FAR
    k = low
    while k + 1 < high and model.exits[k + 1].at <= at:
        k += 1
    target = model.exits[k].sum + model.exits[k].rate * max(0, at - model.exits[k].at) + draw
    while k + 1 < high and model.exits[k + 1].sum < target:
        k += 1
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
    k = low
    while k + 1 < high and model.exits[k + 1].at <= at:
        k += 1
    return math.exp(-(model.exits[k].sum + model.exits[k].rate * max(0, at - model.exits[k].at)))


@inner
def arrive_at_place(seed, model, world, i, now, k):
    """At the destination, in step k; a full place admits and counts."""
    s = model.group_stream[world.crowd[i].group]
    site = model.site_of[world.fate[i].place]
    persons = model.streams[s].persons
    world.on_way[site] -= persons
    if world.present[site] >= model.sites[site].capacity:
        world.over[k, site] += 1
    world.present[site] += persons
    become(model, world, s, i, now, ARRIVED)
    world.fate[i].since = FAR
    if model.sites[site].exit_start < model.sites[site].exit_end:
        draw = -math.log(uniform(seed, world.crowd[i].who, model.sites[site].item, STAY, 0))
        put(model, world, i, exit_time(model, site, now, draw), PLACE_EXIT)
