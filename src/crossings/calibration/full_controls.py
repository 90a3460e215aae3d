"""How far controls decide each count, in plain Python: what `crossings.kernel.flows.full` says of many vectors of parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from crossings.kernel.core.layout import ModelTables
from crossings.kernel.flows.tables import Fluid, Plan

Floats = NDArray[np.float64]
DAY_MS = 86_400_000.0


class Stay(NamedTuple):
    """When a count counts who crosses at a gate: from start to end, in steps."""

    cell: int
    gate: int
    start: float
    end: float
    weight: float


def stays_of(weights: Iterable[tuple[int, int, int, float]], edges: Floats, kinds: NDArray[np.int64]) -> list[Stay]:
    """One for each count of who crosses and each of its gates; weights: (count, period, gate, weight)."""
    found: dict[tuple[int, int], Stay] = {}
    for c, p, g, weight in weights:
        if kinds[c] == 1:
            was = found.get((c, g), Stay(c, g, np.inf, -np.inf, 0.0))
            start, end = min(was.start, float(edges[p])), max(was.end, float(edges[p + 1]))
            found[c, g] = Stay(c, g, start, end, max(was.weight, weight))
    return [found[key] for key in sorted(found)]


def full_shares(
    tables: ModelTables, plan: Plan, fluid: Fluid, stays: Iterable[Stay], mean: Floats, noise: Mapping[str, float]
) -> Floats:
    """[C] the share of what is expected, ``mean`` [C], that controls decide."""
    decided = np.zeros(mean.size)
    for stay in stays:
        start, end = stay.start, min(stay.end, float(fluid.steps))
        gate = tables.gates[stay.gate]
        parts = _parts(start, end, fluid.steps)
        served = float(parts @ fluid.crossed[:, stay.gate])
        days = max(1.0, (end - start) * tables.step_ms / DAY_MS)
        spread = np.log1p(1.0 / noise["day_shape"]) / days + noise["supply_sd"] ** 2
        share = 0.0
        for q in (gate["exit_queue"], gate["entry_queue"]):
            if q < 0 or served <= 0.0 or mean[stay.cell] <= 0.0:
                continue
            mine = [
                g for g in plan.gates.tolist() if q in (tables.gates["exit_queue"][g], tables.gates["entry_queue"][g])
            ]
            last = max(0, min(int(np.ceil(end)), fluid.steps) - 1)
            come = float((parts @ fluid.crossed[:, mine]).sum() + fluid.queue[last, mine].sum())
            room = _room(tables, plan, stay.gate, int(q), start, end)
            if 0.0 < room < np.inf:
                near = np.log(room / come) / np.sqrt(spread + max(1.0, noise["group_size"]) / come)
                share = max(share, 1.0 - float(ndtr(near)))
        decided[stay.cell] += stay.weight * served * share
    return np.asarray(np.minimum(1.0, np.divide(decided, mean, out=np.zeros_like(mean), where=mean > 0.0)))


def _parts(start: float, end: float, steps: int) -> Floats:
    """[steps] the share of each step that lies between two times."""
    at = np.arange(steps)
    out: Floats = np.clip(np.minimum(end, at + 1.0) - np.maximum(start, at), 0.0, None)
    return out


def _room(tables: ModelTables, plan: Plan, gate: int, queue: int, start: float, end: float) -> float:
    """How many a queue can serve between two times in steps, while a gate is not shut."""
    span, step_ms = tables.queues[queue], tables.step_ms
    shifts = tables.shifts[int(span["shift_start"]) : int(span["shift_end"])]
    low, high = np.maximum(start, shifts["open"] / step_ms), np.minimum(end, shifts["close"] / step_ms)
    free = 1.0 - plan.shut[gate, : plan.steps]
    total = 0.0
    for k in np.flatnonzero(high > low):
        shift = shifts[k]
        here = (_parts(low[k], high[k], plan.steps) @ free) * step_ms * shift["servers"] / max(1.0, shift["mean_ms"])
        total += min(here, float(shift["quota"])) if shift["quota"] >= 0 else here
    return float(total)
