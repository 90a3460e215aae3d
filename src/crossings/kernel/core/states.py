"""How a traveller's state changes, counted in differences per step."""

from __future__ import annotations

import numpy as np

from crossings.kernel.core.compiled import inner, within
from crossings.kernel.core.layout import GAVE_UP


@within
def step_of(model, t):
    """The step that holds time ``t`` ≥ 0. Divided without a sign, which is quicker."""
    return np.int64(np.uint64(t) // np.uint64(model.step_ms))


@inner
def move(model, world, s, at, was, now):
    """Count a change of state at time ``at`` from the next step on: states are those before the events of a step's beginning."""
    k = min(step_of(model, at) + 1, world.states.rows - 1)
    world.states[k, s, was] -= 1
    world.states[k, s, now] += 1


@inner
def become(model, world, s, i, at, after):
    """Traveller i changes its state at time ``at``, which may lie ahead."""
    move(model, world, s, at, world.fate[i].state, after)
    world.fate[i].state = after


@inner
def give_up(model, world, s, i, now):
    """The traveller goes no further; ``since`` keeps the time."""
    world.fate[i].since = now
    become(model, world, s, i, now, GAVE_UP)
