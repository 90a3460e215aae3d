"""How likely counts are under each of many vectors of parameters, in one call that holds no lock.

For each vector: tables (`recipe`), expected flows (`expected`), what is expected in the place of each count, its noise
(`noise`). What one vector gives depends on no other, so a batch can be cut in any way.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from crossings.kernel.core.blocks import Block
from crossings.kernel.core.compiled import entry, inner
from crossings.kernel.core.levels import covariance, integrate
from crossings.kernel.core.noise import log_likelihood
from crossings.kernel.flows.expected import expect_flows
from crossings.kernel.flows.full import full_shares
from crossings.kernel.flows.recipe import apply

_I, _F = np.int64, np.float64


def _table(**fields: Any) -> np.dtype[Any]:
    return np.dtype(list(fields.items()), align=True)


GROUP = _table(kind=_I, gate=_I, start=_I, end=_I)  # kind: 0 arrived, 1 crossed, 2 turned away, 3 out of patience
TERM = _table(cell=_I, period=_I, weight=_F)
MOMENT = _table(cell=_I, step=_I, gate=_I, weight=_F)  # of those waiting
STAY = _table(cell=_I, gate=_I, start=_F, end=_F, weight=_F)  # when a count counts who crosses at a gate, in steps


class Counting(Block):
    """What each count counts. C cells (and once more, of all crossings, where a hidden one may take a share), P periods."""

    tables: ClassVar[dict[str, Any]] = {
        "edges": _F,  # [P + 1] of periods, in steps
        "groups": GROUP,
        "terms": TERM,
        "moments": MOMENT,
        "stays": STAY,
        "floor": _F,  # [C] expected besides
        "site": _I,  # [places] where people are counted, −1 = nobody can come there
        "there": (_I, 2),  # [pieces + 1, places] the step of the last count before each edge
        "changes": (_F, 2),  # [pieces, places] counted
    }
    numbers: ClassVar[tuple[str, ...]] = ("errors",)  # how many errors the changes of a piece are made of


@inner
def _expected_counts(fluid, counting, mean, sums):
    """Into ``mean`` [C] what is expected in the place of each count; sums [P + 1] is scratch."""
    for c in range(mean.size):
        mean[c] = counting.floor[c]
    edges = counting.edges.size
    for j in range(counting.groups.size):
        kind, g = counting.groups[j].kind, counting.groups[j].gate
        flow = fluid.arrived
        if kind == 1:
            flow = fluid.crossed
        elif kind == 2:
            flow = fluid.turned_away
        elif kind == 3:
            flow = fluid.out_of_patience
        total, k = 0.0, 0
        for p in range(edges):
            at = min(max(counting.edges[p], 0.0), float(fluid.steps))
            low = min(np.int64(at), fluid.steps - 1)
            while k < low:
                total += flow[k, g]
                k += 1
            part = at - low
            sums[p] = total * (1.0 - part) + (total + flow[low, g]) * part
        for i in range(counting.groups[j].start, counting.groups[j].end):
            p = counting.terms[i].period
            mean[counting.terms[i].cell] += counting.terms[i].weight * (sums[p + 1] - sums[p])
    for i in range(counting.moments.size):
        waiting = fluid.queue[counting.moments[i].step, counting.moments[i].gate]
        mean[counting.moments[i].cell] += counting.moments[i].weight * waiting


@inner
def _of_places(fluid, counting, scale):
    """ln P of people counted at places, up to a constant: see `crossings.calibration.stock_likelihood`."""
    found = 0.0
    for p in range(counting.changes.rows):
        apart, moved = 0.0, 0.0
        for s in range(counting.site.size):
            change = 0.0
            if counting.site[s] >= 0:
                before, after = counting.there[p, s], counting.there[p + 1, s]
                change = fluid.shown[after, counting.site[s]] - fluid.shown[before, counting.site[s]]
            apart += abs(change - counting.changes[p, s])
            moved += abs(change) + abs(counting.changes[p, s])
        found += apart / max(1.0, moved)
    return -found * counting.errors / scale


@inner
def _in_states(mean, member, daily, share, states):
    """Into ``states`` [H, C]: the hidden crossing of the day takes ``share`` of the total, which follows in ``mean``."""
    cells = daily.size
    for h in range(member.shape[0]):
        for c in range(cells):
            states[h, c] = mean[c]
            if daily[c]:
                states[h, c] = (1.0 - share) * mean[c] + share * mean[cells + c] * member[h, c]


@entry
def log_likelihoods(
    model,
    people,
    plan,
    fluid,
    recipe,
    counting,
    values,
    factors,
    low,
    high,
    day,
    tells,
    possible,
    member,
    daily,
    likeness,
    scale,
    means,
    fulls,
    out,
):
    """Into ``out`` [n] the ln likelihoods of ``values`` [n, parameters], into ``means`` [n, C] what is expected, into ``fulls``
    [n, C] how much of it controls decide.

    factors [n, days, nodes]: values of each day's factor; low, high, day, tells, possible: as `noise.log_likelihood` takes them;
    member [H, C], daily [C]: where a hidden crossing may take a share, else H is 0; likeness [3, C, C]: as `levels.covariance`
    takes it, where levels last; scale: of counts at places. The tables, ``fluid`` and ``recipe`` are this call's alone.
    """
    cells, states = low.size, member.shape[0]
    mean, sums = np.empty(counting.floor.size), np.empty(counting.edges.size)
    hidden = np.empty((max(1, states), cells))
    full = np.empty(cells)
    k, x, slope, curve = np.empty((cells, cells)), np.empty(cells), np.empty(cells), np.empty(cells)
    for i in range(values.shape[0]):
        apply(model, recipe, values, i)
        expect_flows(model, people, plan, fluid)
        _expected_counts(fluid, counting, mean, sums)
        size = max(1.0, recipe.words[recipe.group_size])
        supply, route = recipe.words[recipe.supply_sd] ** 2, recipe.words[recipe.route_sd] ** 2
        each_day = math.log1p(1.0 / recipe.words[recipe.day_shape])
        full_shares(model, plan, fluid, counting, each_day, supply, size, mean, full)
        for c in range(cells):
            means[i, c], fulls[i, c] = mean[c], full[c]
        out[i] = 0.0
        if counting.site.size > 0:
            out[i] += _of_places(fluid, counting, scale)
        if cells == 0:
            continue
        if states == 0 and supply + route > 0.0:
            covariance(likeness, full, each_day, supply, route, k)
            out[i] += integrate(mean[:cells], full, low, high, tells, size, k, x, slope, curve)
            continue
        if states > 0:
            _in_states(mean, member, daily, recipe.words[recipe.switched], hidden)
        else:
            for c in range(cells):
                hidden[0, c] = mean[c]
        out[i] += log_likelihood(hidden, full, possible, low, high, day, tells, factors[i], size)
