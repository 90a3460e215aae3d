"""Parameters into the tables that the kernels read, compiled: what `crossings.calibration.parameter_map` says of each is done
here.

A parameter changes *words*, the numbers of eight bytes of which the tables consist. All tables that can change lie one after
the other in one row of words; so do the costs that weights are made of, and the noise.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from crossings.kernel.core.blocks import Block
from crossings.kernel.core.compiled import inner, numbered
from crossings.kernel.core.layout import SPAN

_I, _F, _B = np.int64, np.float64, np.bool_

# What a value x does to each of its words, with a factor f for each: x f, word x, f / x, word / x, word exp(x f).
SET, SCALE, OVER, DIVIDE, GROW = numbered(5)
LARGEST_EXPONENT = 700.0  # exp of more is not finite
MOST_GROWTH = 50.0


def _table(**fields: Any) -> np.dtype[Any]:
    return np.dtype(list(fields.items()), align=True)


# value: which of the values given, −1 = always ``held``; start, end: into ``at`` and ``by``; whole: a number of people.
CHANGE = _table(value=_I, held=_F, how=_I, start=_I, end=_I, high=_F, whole=_B)
# by: word of gamma or beta; outside: word of the km or hours of not going, −1 = no such way out; first, last: columns.
COST = _table(
    stream=_I,
    power=_B,
    softening=_F,
    by=_I,
    outside=_I,
    first=_I,
    last=_I,
    level_start=_I,
    level_end=_I,
    span_start=_I,
    span_end=_I,
)
LEVEL = _table(word=_I, row=_I)  # how far a row of ``levelled`` attracts as if equally far


class Recipe(Block):
    """What a vector of parameters changes. W words, C columns (alternatives with a cost, stream by stream), R regimes."""

    tables: ClassVar[dict[str, Any]] = {
        "words": _F,  # [W] as they are now
        "bits": _I,  # [W] the same memory, for whole numbers
        "given": _I,  # [W] as the scenario has them
        "touched": _I,  # the words that some parameter changes
        "changes": CHANGE,  # in the order in which they act
        "at": _I,  # words
        "by": _F,
        "costs": COST,
        "column": _I,  # [C] into journeys
        "measure": (_F, 2),  # [R, C] ln km or hours, inf = no way
        "pull_start": _I,  # [C + 1]
        "pull_word": _I,
        "pull_by": _F,
        "pull": _F,  # [C] scratch
        "here": _F,  # [C] scratch
        "levels": LEVEL,
        "levelled": (np.uint8, 2),  # [levels, C]
        "spans": SPAN,  # columns of one set
    }
    numbers: ClassVar[tuple[str, ...]] = ("group_size", "switched", "day_shape", "supply_sd", "route_sd")  # words


@inner
def apply(model, recipe, values, i):
    """Write the i-th row of ``values`` [n, parameters] into the tables of ``model`` and the people's."""
    for j in range(recipe.touched.size):
        recipe.bits[recipe.touched[j]] = recipe.given[recipe.touched[j]]
    for c in range(recipe.changes.size):
        x = recipe.changes[c].held if recipe.changes[c].value < 0 else values[i, recipe.changes[c].value]
        how = recipe.changes[c].how
        for j in range(recipe.changes[c].start, recipe.changes[c].end):
            w = recipe.at[j]
            if recipe.changes[c].whole:
                now = float(recipe.bits[w]) * x if how == SCALE else x
                recipe.bits[w] = np.int64(max(0.0, np.rint(min(now, recipe.changes[c].high))))
                continue
            if how == SET:
                now = x * recipe.by[j]
            elif how == SCALE:
                now = recipe.words[w] * x
            elif how == OVER:
                now = recipe.by[j] / x
            elif how == DIVIDE:
                now = recipe.words[w] / x
            else:
                now = recipe.words[w] * math.exp(min(MOST_GROWTH, max(-MOST_GROWTH, x * recipe.by[j])))
            recipe.words[w] = min(now, recipe.changes[c].high)
    for c in range(recipe.costs.size):
        _weigh(model, recipe, c)


@inner
def _weigh(model, recipe, c):
    """The weights exp(cost − attraction) of a stream's alternatives, and that of not going."""
    by = recipe.words[recipe.costs[c].by]
    first, last = recipe.costs[c].first, recipe.costs[c].last
    for j in range(first, last):
        pull = 0.0
        for k in range(recipe.pull_start[j], recipe.pull_start[j + 1]):
            pull += recipe.pull_by[k] * recipe.words[recipe.pull_word[k]]
        recipe.pull[j] = pull
    for r in range(model.journeys.rows):
        for j in range(first, last):
            recipe.here[j] = recipe.measure[r, j]
        for level in range(recipe.costs[c].level_start, recipe.costs[c].level_end):
            for span in range(recipe.costs[c].span_start, recipe.costs[c].span_end):
                _level(recipe, level, span)
        for j in range(first, last):
            weight = np.inf
            if recipe.here[j] < np.inf:
                value = by * recipe.here[j] - recipe.pull[j]
                weight = math.exp(min(LARGEST_EXPONENT, max(-LARGEST_EXPONENT, value)))
            model.journeys[r, recipe.column[j]].weight = weight
    if recipe.costs[c].outside >= 0:
        away = recipe.words[recipe.costs[c].outside]
        if recipe.costs[c].power:
            away = math.log(recipe.costs[c].softening + away)
        model.streams[recipe.costs[c].stream].outside = math.exp(min(LARGEST_EXPONENT, by * away))


@inner
def _level(recipe, level, span):
    """Draw the distances of a set's levelled alternatives towards their mean."""
    x, row = recipe.words[recipe.levels[level].word], recipe.levels[level].row
    total, number = 0.0, 0
    for j in range(recipe.spans[span].start, recipe.spans[span].end):
        if recipe.levelled[row, j] and recipe.here[j] < np.inf:
            total += recipe.here[j]
            number += 1
    for j in range(recipe.spans[span].start, recipe.spans[span].end):
        if recipe.levelled[row, j] and recipe.here[j] < np.inf:
            recipe.here[j] = (1.0 - x) * recipe.here[j] + x * (total / number)
