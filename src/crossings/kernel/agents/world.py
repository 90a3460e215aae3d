"""What changes during a run, as it is at the start."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.kernel.core.calendar import CHUNK, chunks_needed
from crossings.kernel.core.layout import CHOICE, FAR, FATE, VISIT, ModelTables, World, in_lines


def new_world(
    model: ModelTables,
    crowd: NDArray[Any],
    room_for_visits: int,
    keep_ms: int | None = None,
    room_for_choices: int = 0,
) -> World:
    """The world at the start of a run; fates are blanked as it begins.

    ``keep_ms``: a time at which everybody's fate is noted in ``kept``. ``room_for_choices``: 0 = choices are not kept.
    """
    n, queues, sites = crowd.size, model.queues.size, model.sites.size
    steps = -(-model.horizon_ms // model.step_ms)
    largest = int((model.sets["end"] - model.sets["start"]).max()) if model.sets.size else 0
    return World(
        crowd=crowd,
        fate=in_lines(n, FATE),
        calendar=np.full(steps + 1, -1, np.int32),
        pending=np.zeros(steps + 1, np.int32),
        pool=np.empty((chunks_needed(n, steps), CHUNK + 2), np.int32),
        spare=np.array([-1, 0], np.int32),
        states=np.zeros((steps + 1, model.streams.size, 8), np.int32),
        free=np.full(int(model.queues["free_end"][-1]) if queues else 0, -FAR, np.int64),
        day=np.full(queues, -1, np.int64),
        begun=np.zeros(queues, np.int64),
        hint=model.queues["shift_start"].copy(),
        board=np.zeros(queues, np.int64),
        heard=np.zeros((steps + 1 if (model.streams["lag"] > 0).any() else 0, queues), np.int64),
        present=np.zeros(sites),
        came=np.zeros((steps + 1, sites)),
        on_way=np.zeros(sites),
        room=np.ones((sites, 2)),
        shown=np.zeros((steps + 1, sites), np.float32),
        over=np.zeros((steps, sites), np.int32),
        visits=np.empty(room_for_visits, VISIT),
        choices=np.empty(room_for_choices, CHOICE),
        written=np.zeros(2, np.int64),
        settled=np.zeros(1, np.int64),
        draw=np.zeros(largest),
        likely=np.zeros(largest),
        kept=np.zeros(0 if keep_ms is None else n, FATE),
        keep_ms=int(FAR) if keep_ms is None else keep_ms,
    )
