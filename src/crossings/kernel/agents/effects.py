"""The same travellers in two scenarios: each falls in exactly one cell (docs/model.md, section 8)."""

from __future__ import annotations

import numpy as np

from crossings.kernel.core.compiled import entry
from crossings.kernel.core.layout import FAR, GAVE_UP
from crossings.kernel.core.queue import shut_at

CELLS = ("diverted", "delayed", "advanced", "unaffected", "deterred", "stranded", "pending", "induced", "outside")
DIVERTED, DELAYED, ADVANCED, UNAFFECTED, DETERRED, STRANDED, PENDING, INDUCED, OUTSIDE_BOTH = range(9)
HOUR = 3_600_000


@entry
def open_sets(model, at):
    """Whether any alternative of each choice set has its crossing open at time ``at``: bool [sets]."""
    out = np.zeros(model.sets.size, np.bool_)
    for k in range(out.size):
        for a in range(model.sets[k].start, model.sets[k].end):
            g = model.alternatives[a].gate
            if g < 0 or not shut_at(model, g, at)[0]:
                out[k] = True
    return out


@entry
def cells_of(model, crowd, before, after, at, tau_h, open_at):
    """The cell of each traveller at horizon ``at``: uint8 [N]. before/after: Fate without and with the closures."""
    out = np.empty(crowd.size, np.uint8)
    tau = np.int64(tau_h * HOUR)
    for i in range(out.size):
        was, now = before[i].crossed < at, after[i].crossed < at
        if was and now:
            shift = after[i].crossed - before[i].crossed
            if model.gates[before[i].crossed_gate].crossing != model.gates[after[i].crossed_gate].crossing:
                out[i] = DIVERTED
            elif shift > tau:
                out[i] = DELAYED
            elif shift < -tau:
                out[i] = ADVANCED
            else:
                out[i] = UNAFFECTED
        elif was:
            column = model.choice_place[crowd[i].origin]
            chosen = model.set_of[crowd[i].group, column] if column >= 0 else -1
            if after[i].state == GAVE_UP and after[i].since < at:
                out[i] = DETERRED
            elif chosen < 0 or not open_at[chosen]:
                out[i] = STRANDED
            else:
                out[i] = PENDING
        else:
            out[i] = INDUCED if now else OUTSIDE_BOTH
    return out


@entry
def reduce_cells(model, crowd, before, after, cells, touched, n_crossings):
    """Sums by stream: counts [S, 9], spill-over [S], extra km and hours of the diverted [S, 2], flows [S, C + 1, C + 5].

    touched: bool [gates], on which the orders that differ act. Rows of flows: the crossing without the closures, the
    last row for not crossed; columns: the crossing with them, then deterred, stranded, pending, outside, unused.
    """
    streams = model.streams.size
    counts = np.zeros((streams, 9), np.int64)
    spill = np.zeros(streams, np.int64)
    extra = np.zeros((streams, 2))
    flows = np.zeros((streams, n_crossings + 1, n_crossings + 5), np.int64)
    for i in range(cells.size):
        s = model.group_stream[crowd[i].group]
        cell = cells[i]
        counts[s, cell] += 1
        was = before[i].crossed_gate
        first = before[i].first_gate
        if cell != UNAFFECTED and cell != OUTSIDE_BOTH:
            hit = (first >= 0 and touched[first]) or (before[i].crossed < FAR and was >= 0 and touched[was])
            if not hit:
                spill[s] += 1
        if cell == DIVERTED:
            extra[s, 0] += after[i].km - before[i].km
            extra[s, 1] += after[i].hours - before[i].hours
        row = n_crossings if cell in (INDUCED, OUTSIDE_BOTH) else model.gates[was].crossing
        if cell == DETERRED:
            column = n_crossings
        elif cell == STRANDED:
            column = n_crossings + 1
        elif cell == PENDING:
            column = n_crossings + 2
        elif cell == OUTSIDE_BOTH:
            column = n_crossings + 3
        else:
            column = model.gates[after[i].crossed_gate].crossing
        flows[s, row, column] += 1
    return counts, spill, extra, flows
