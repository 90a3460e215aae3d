"""Who has no way across: one word, one formula, for options, answers and the page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from crossings.measures.access import open_gates
from crossings.model import Model
from crossings.store.endings import ENDINGS

NOT_ACROSS = tuple(e.key for e in ENDINGS if e.key not in ("across", "gave_up"))
Floats = NDArray[np.float64]


def open_at_noon(model: Model, stream: str, day: dt.date) -> set[str]:
    """The crossings that are open to a stream at noon."""
    noon = model.clock.to_ms(dt.datetime.combine(day, dt.time(12)))
    ways = {g.direction for g in model.gates if g.stream == stream}
    return {gate.crossing for way in ways for gate in open_gates(model, stream, way, noon)}


def no_way(model: Model, stream: str, ends: Mapping[str, Floats], day: dt.date) -> Floats:
    """The travellers of a stream who have no way across at the end of a day.

    Where none of its crossings is open that noon: all who are not across and have not given up, those at home included; else
    those who were turned away and know of none that is open to them. ends: ending (`crossings.store.endings`) → travellers [...].
    """
    if open_at_noon(model, stream, day):
        return ends["turned_away"]
    return np.asarray(np.sum([ends[key] for key in NOT_ACROSS], axis=0))
