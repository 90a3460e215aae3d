"""One seed of a model, traveller by traveller."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.errors import InputError
from crossings.io.faults import counted
from crossings.kernel.agents.journey import simulate
from crossings.kernel.agents.people import draw_numbers, populate
from crossings.kernel.agents.world import new_world
from crossings.kernel.core.layout import FAR, IN_SERVICE, QUEUEING
from crossings.model import Model
from crossings.scenario import MAX_TRAVELLERS

MAX_SEED = 2**64 - 1
BYTES_A_TRAVELLER = 200  # crowd, fate, two visits, and a word in the calendar


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything about one seed: record arrays of the travellers (CROWD, FATE [N]), VISIT and CHOICE of kernel.layout.

    states: int32 [steps + 1, S, 8] travellers by state at the start of each step, before its events; present: float32 [steps + 1,
    sites]. kept: the fates as a run that ends at ``keep_ms`` has them (without gate, leg, told and joins), else ``fate``.
    """

    seed: int
    crowd: NDArray[Any]
    fate: NDArray[Any]
    visits: NDArray[Any]
    states: NDArray[np.int32]
    present: NDArray[np.float32]
    over: NDArray[np.int32]
    choices: NDArray[Any]
    kept: NDArray[Any]


def simulate_once(
    model: Model, seed: int, *, taste_salt: int = 0, record: bool = False, keep_ms: int | None = None, at_once: int = 1
) -> Outcome:
    """One seed of a model, person by person.

    ``record`` keeps every choice (for `story`); ``keep_ms`` keeps the fates as they are then, ms; ``at_once``: how many such
    runs are held in memory together. Raises `InputError` for more travellers than the memory can hold.
    """
    check_seed(seed)
    key, tables, people = np.uint64(seed), model.tables, model.people
    number = draw_numbers(key, tables, people)
    _check_number(int(number.sum()), at_once)
    crowd = populate(key, taste_salt, tables, people, number)
    room, room_for_choices = max(1024, 2 * crowd.size), max(1024, 2 * crowd.size) if record else 0
    while True:
        world = new_world(tables, crowd, room, keep_ms, room_for_choices)
        simulate(key, taste_salt, tables, world)
        written, chosen = world.written.tolist()
        if written <= room and chosen <= room_for_choices:
            break
        room, room_for_choices = max(room, written), max(room_for_choices, chosen)
    visits = world.visits[:written]
    return Outcome(
        seed,
        crowd,
        world.fate,
        visits,
        np.cumsum(world.states, axis=0, dtype=np.int32),
        world.shown,
        world.over,
        world.choices[:chosen],
        world.fate if keep_ms is None else _kept(world.kept, visits, keep_ms),
    )


def _kept(fate: NDArray[Any], visits: NDArray[Any], keep_ms: int) -> NDArray[Any]:
    """A state is set when a service is settled: one that begins only later is still a queue at ``keep_ms``."""
    ahead = (visits["arrival"] < keep_ms) & (visits["begin"] >= keep_ms) & (visits["begin"] < FAR)
    who = visits["traveller"][ahead]
    waiting = who[fate["state"][who] == IN_SERVICE]
    fate["state"][waiting] = QUEUEING
    return fate


def check_seed(seed: int) -> None:
    """Refuse what is no seed."""
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
        raise InputError("seed", f"{seed!r} is not a whole number", f"accepted: 0 to {MAX_SEED}")
    if not 0 <= seed <= MAX_SEED:
        raise InputError("seed", f"{seed} is out of range", f"accepted: 0 to {MAX_SEED}")


def _check_number(drawn: int, at_once: int) -> None:
    """Refuse more travellers than can be numbered, or than this machine has memory for."""
    limit = float(MAX_TRAVELLERS)
    if sys.platform == "linux":
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        limit = min(limit, 0.8 * memory / (BYTES_A_TRAVELLER * at_once))
    if drawn > limit:
        what = f"{counted(drawn, 'traveller')} in one run are more than this machine can hold, {limit:,.0f}"
        raise InputError("demand.csv", what, "use larger units or fewer days")
