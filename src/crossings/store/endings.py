"""Where everybody of a stream is at the end of the run: each traveller in one ending, so that the endings add up to all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from crossings.kernel.core.layout import STATES


@dataclass(frozen=True, slots=True)
class Ending:
    """A place or fate at the end: its key, its words, and the states of the kernel that it gathers."""

    key: str
    words: str
    states: tuple[str, ...]


ENDINGS = (
    Ending("across", "across the border", ("after_border", "arrived")),
    Ending("gave_up", "gave up, or chose not to go", ("gave_up",)),
    Ending("waiting", "waiting at a crossing", ("queueing", "in_service")),
    Ending("on_road", "on the road to a crossing", ("on_road",)),
    Ending("turned_away", "turned away, and no way open", ("no_alternative",)),
    Ending("at_home", "at home, not set out", ("at_home",)),
)
ALL_WORDS = "in all: set out, or wait to go"


def endings(totals: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Ending → travellers [...], from travellers in each state [..., 8], in the order of the kernel's states.

    >>> import numpy as np
    >>> {key: int(n) for key, n in endings(np.arange(8)).items()}
    {'across': 9, 'gave_up': 6, 'waiting': 5, 'on_road': 1, 'turned_away': 7, 'at_home': 0}
    """
    return {e.key: totals[..., [STATES.index(s) for s in e.states]].sum(axis=-1) for e in ENDINGS}
