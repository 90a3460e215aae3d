"""The instant answer: what is expected of a model, by day and gate, without drawing anybody."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crossings.kernel.layout import STATES
from crossings.kernel.tally import COUNTS
from crossings.model import Model
from crossings.simulation import run_many

__all__ = ["Answer", "expected"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Answer:
    """Expected numbers. D days (from the start to the horizon), G gates, S streams; in the stream's unit.

    starts: local beginnings of the days; arrived, crossed, waiting (at the day's end) and wait_h (of those who came; nan
    where none did) [D, G]; ends [S, states]: travellers by state at the horizon.
    """

    starts: tuple[dt.datetime, ...]
    arrived: Floats
    crossed: Floats
    waiting: Floats
    wait_h: Floats
    ends: Floats


SEEDS = (1, 2, 3)


def expected(model: Model) -> Answer:
    """What is expected of a model."""
    runs = run_many(model, seeds=SEEDS)[model.scenario.settings.name]
    counts = runs.counts().mean(axis=0)
    came = np.stack([t.counts[..., 0] for t in runs.tallies]).astype(float)
    waits = np.stack([t.waits[..., 0] for t in runs.tallies])
    with np.errstate(invalid="ignore", divide="ignore"):
        weight = np.where(np.isnan(waits), 0.0, came)
        wait_h = (weight * np.nan_to_num(waits)).sum(axis=0) / weight.sum(axis=0)
    totals = np.stack([t.totals for t in runs.tallies]).mean(axis=0)
    ends = np.zeros((len(model.streams), len(STATES)))
    for (stream, _), row in zip(runs.cells, totals, strict=True):
        ends[model.streams[stream]] += row
    arrived, crossed, waiting = (counts[..., COUNTS.index(name)] for name in ("arrived", "crossed", "waiting"))
    return Answer(runs.periods, arrived, crossed, waiting, wait_h, ends)
