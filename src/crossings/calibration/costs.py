"""The costs of a stream's alternatives: from km or hours, attractions and the way out to the weights that the kernels read."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.kernel.core.layout import SPAN
from crossings.kernel.flows.recipe import COST, LARGEST_EXPONENT, LEVEL
from crossings.model import Model

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Levelled:
    """Crossings that attract as if equally far, as far as a word says."""

    word: int
    ids: tuple[str, ...]


class Cost:
    """The weights of a stream's alternatives. A alternatives with this stream, R regimes.

    ``by``, ``outside``: words of gamma or beta, and of the km or hours of not going (−1: no such way out); ``alpha``: word
    of each name's attraction; ``levels``: crossings that are levelled.
    """

    def __init__(self, model: Model, stream: str) -> None:
        self.stream, self.number = stream, model.streams[stream]
        b = model.scenario.settings.streams[stream].behaviour
        self.power, self.softening = b.cost == "power", b.softening_km
        flat = [(a, model.groups[group][0]) for (group, _), chosen in model.choices.sets.items() for a in chosen]
        mine = [(i, a) for i, (a, name) in enumerate(flat) if name == stream]
        self.columns = np.array([i for i, _ in mine], np.int64)
        self.names: list[str] = []
        self.by, self.outside = -1, -1
        self.alpha: dict[str, int] = {}
        self.levels: list[Levelled] = []
        if not mine:
            return
        hours = np.stack([a.journey_h for _, a in mine], axis=1)
        km = np.stack([a.journey_km for _, a in mine], axis=1)
        self.way = np.isfinite(hours)
        self.measure = np.where(
            self.way, np.log(self.softening + np.where(self.way, km, 0.0)) if self.power else hours, 0.0
        )
        self.names = sorted({n for _, a in mine for n in (a.crossing, a.destination) if n})
        at = {n: k for k, n in enumerate(self.names)}
        self.member = np.zeros((len(mine), len(self.names)))
        for j, (_, a) in enumerate(mine):
            for n in (a.crossing, a.destination):
                if n:
                    self.member[j, at[n]] += 1.0
        self.first = [a.crossing for _, a in mine]
        sizes = [len(chosen) for (group, _), chosen in model.choices.sets.items() if model.groups[group][0] == stream]
        self.spans = list(itertools.pairwise(np.cumsum([0, *sizes]).tolist()))

    def weigh(self, words: Floats, journeys: Any, streams: Any) -> None:
        """Write the weights exp(cost − attraction) into ``journeys``, and that of not going into ``streams``."""
        by = words[self.by]
        pull = self.member @ np.array([words[self.alpha[n]] for n in self.names])
        measure = self.measure
        for level in self.levels:
            measure = self._levelled(measure, float(words[level.word]), level.ids)
        value = np.exp(np.clip(by * measure - pull, -LARGEST_EXPONENT, LARGEST_EXPONENT))
        journeys["weight"][:, self.columns] = np.where(self.way, value, np.inf)
        if self.outside >= 0:
            away = words[self.outside]
            away = np.log(self.softening + away) if self.power else away
            streams["outside"][self.number] = np.exp(min(LARGEST_EXPONENT, by * away))

    def _levelled(self, measure: Floats, x: float, ids: tuple[str, ...]) -> Floats:
        """Distances [R, A] of which those by the crossings ``ids`` are drawn towards their mean, set by set."""
        mine = np.array([name in ids for name in self.first])[None, :] & self.way
        out = measure.copy()
        for start, end in self.spans:
            here = mine[:, start:end]
            number = here.sum(axis=1, keepdims=True)
            mean = np.where(here, measure[:, start:end], 0.0).sum(axis=1, keepdims=True) / np.maximum(1, number)
            out[:, start:end] = np.where(here, (1.0 - x) * measure[:, start:end] + x * mean, measure[:, start:end])
        return out


def recipe_tables(costs: Sequence[Cost], regimes: int) -> dict[str, Any]:
    """The same for compiled code: those of the tables of `crossings.kernel.flows.recipe.Recipe` that are about costs."""
    rows: list[tuple[Any, ...]] = []
    levels: list[tuple[int, int]] = []
    spans: list[tuple[int, int]] = []
    levelled: list[NDArray[np.uint8]] = []
    starts, pulled, times = [0], [], []
    first = 0
    total = sum(c.columns.size for c in costs)
    for cost in costs:
        last, level, span = first + cost.columns.size, len(levels), len(spans)
        spans += [(first + a, first + b) for a, b in cost.spans]
        for each in cost.levels:
            levels.append((each.word, len(levelled)))
            row = np.zeros(total, np.uint8)
            row[first:last] = [name in each.ids for name in cost.first]
            levelled.append(row)
        for j in range(cost.columns.size):
            for k in np.flatnonzero(cost.member[j]):
                pulled.append(cost.alpha[cost.names[k]])
                times.append(cost.member[j, k])
            starts.append(len(pulled))
        ends = (len(levels), span, len(spans))
        rows.append((cost.number, cost.power, cost.softening, cost.by, cost.outside, first, last, level, *ends))
        first = last
    measures = [np.where(c.way, c.measure, np.inf) for c in costs]
    return {
        "costs": np.array(rows, COST),
        "column": np.concatenate([c.columns for c in costs]) if costs else np.zeros(0, np.int64),
        "measure": np.concatenate(measures, axis=1) if costs else np.zeros((regimes, 0)),
        "pull_start": np.array(starts, np.int64),
        "pull_word": np.array(pulled, np.int64),
        "pull_by": np.array(times, np.float64),
        "pull": np.zeros(total),
        "here": np.zeros(total),
        "levels": np.array(levels, LEVEL),
        "levelled": np.array(levelled, np.uint8).reshape(len(levelled), total),
        "spans": np.array(spans, SPAN),
    }
