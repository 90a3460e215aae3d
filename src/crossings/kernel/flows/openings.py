"""When gates open and when they are shut, on a grid of steps: what the expected flows look up."""

from __future__ import annotations

import numpy as np

from crossings.kernel.core.compiled import entry
from crossings.kernel.core.layout import FAR, HOUR_MS
from crossings.kernel.core.queue import next_open


@entry
def openings(model, gates, quarters):
    """float32 [G, quarters of a step]: hours from coming to a gate to when all its controls have opened; inf = never.

    A short closure counts from its announcement.
    """
    out = np.zeros((model.gates.size, quarters), np.float32)
    for i in range(gates.size):
        g = gates[i]
        for j in range(quarters):
            at = j * model.step_ms // 4
            t = at
            for row in range(model.gates[g].row_start, model.gates[g].row_end):
                whole = not model.rows[row].long and model.orders[model.rows[row].order].share >= 1.0
                if whole and model.rows[row].from_ms <= t < model.rows[row].until_ms:
                    t = model.rows[row].until_ms
            for q in (model.gates[g].exit_queue, model.gates[g].entry_queue):
                if q >= 0 and t < FAR:
                    t = next_open(model, q, t)
            out[g, j] = np.inf if t == FAR else (t - at) / HOUR_MS
    return out


@entry
def shut_shares(model, steps):
    """float32 [G, K]: the share of each step in which a gate is physically closed."""
    out = np.zeros((model.gates.size, steps), np.float32)
    for g in range(model.gates.size):
        for i in range(model.gates[g].shut_start, model.gates[g].shut_end):
            begin, end = max(0, model.shuts[i].from_ms), min(model.shuts[i].until_ms, steps * model.step_ms)
            k = begin // model.step_ms
            while k * model.step_ms < end:
                low, high = max(begin, k * model.step_ms), min(end, (k + 1) * model.step_ms)
                out[g, k] += (high - low) / model.step_ms
                k += 1
    return out
