"""From visits and fates to counts per period (docs/model.md, section 8)."""

from __future__ import annotations

import numpy as np

from crossings.kernel.core.compiled import entry, inner
from crossings.kernel.core.draws import service_ms
from crossings.kernel.core.layout import AFTER_STAY, FAR, HOUR_MS, OUT_TURNED_AWAY, SERVED, STAYED

COUNTS = ("arrived", "crossed", "turned_away", "reneged", "waiting")


@inner
def period_of(edges, t):
    """The period [edges[p], edges[p+1]) that holds t; −1 outside."""
    if t < edges[0] or t >= edges[-1]:
        return -1
    low, high = 0, edges.size - 1
    while high - low > 1:
        mid = (low + high) >> 1
        if edges[mid] <= t:
            low = mid
        else:
            high = mid
    return low


@inner
def _quantile(values, q):
    """Linear interpolation between order statistics of a sorted array of ms, in hours."""
    at = q * (values.size - 1)
    low = int(at)
    if low + 1 >= values.size:
        return values[values.size - 1] / HOUR_MS
    return values[low] / HOUR_MS + (at - low) * (values[low + 1] / HOUR_MS - values[low] / HOUR_MS)


@entry
def tally(model, visits, edges, n_travellers):
    """Counts [periods, gates, 5] and waits, hours [periods, gates, 3] (mean, median, p95; nan where nobody).

    A wait belongs to the period in which its traveller came; waits that have not ended by the last edge count as waiting.
    Waiting is read before the events of an edge, as the board and the states are: who is turned away at 24:00 waited till then.
    Who stays for a reopening waits, and is turned away only when it leaves. So, summed over the periods so far, those who
    came are those across, those who left, those waiting and those being served.
    """
    periods, n_gates = edges.size - 1, model.gates.size
    horizon = edges[-1]
    counts = np.zeros((periods, n_gates, 5), np.int64)
    stays = np.full(n_travellers, -1, np.int32)  # the gate at which it stays for a reopening
    until = np.full(n_travellers, -1, np.int64)  # the end of its stay; else when it was turned away
    came = np.full(n_travellers, -1, np.int32)
    queued = np.zeros(n_travellers, np.int64)
    cell = np.empty(visits.size, np.int64)
    wait = np.empty(visits.size, np.int64)
    n = 0
    for v in range(visits.size):
        i, g, side = visits[v].traveller, visits[v].gate, visits[v].side
        arrival, begin, end, outcome = visits[v].arrival, visits[v].begin, visits[v].end, visits[v].outcome
        stayed = side >= AFTER_STAY
        side = side & 3
        if stays[i] >= 0 and not stayed and (outcome != STAYED or until[i] != arrival):  # it left its stay
            _count(counts, edges, stays[i], until[i], 2)
            stays[i], until[i] = -1, -1
        first = side == 0 or side == 2 or (side == 1 and model.gates[g].exit_queue < 0)
        p = period_of(edges, arrival)
        if p < 0:
            continue
        if outcome == STAYED:
            _count_waiting(counts, edges, g, arrival, end)
            if stays[i] < 0 and until[i] == arrival:  # just turned away, and stays
                counts[p, g, 2] -= 1
            elif stays[i] < 0:  # it had left, and heard of the reopening
                counts[p, g, 0] += 1
            stays[i], until[i] = g, end
            continue
        stays[i], until[i] = -1, end if outcome == OUT_TURNED_AWAY else -1
        if first:
            if not stayed:
                counts[p, g, 0] += 1
            came[i], queued[i] = p, 0
        _count_waiting(counts, edges, g, arrival, min(begin, end))
        if outcome == SERVED:
            last = side == 1 or side == 2 or model.gates[g].entry_queue < 0
            if begin < horizon:
                queued[i] += begin - arrival
                if last and came[i] >= 0:
                    cell[n] = came[i] * n_gates + g
                    wait[n] = queued[i]
                    n += 1
            if last:
                _count(counts, edges, g, end, 1)
        else:
            _count(counts, edges, g, end, 2 if outcome == OUT_TURNED_AWAY else 3)
    for i in range(n_travellers):
        if stays[i] >= 0:
            _count(counts, edges, stays[i], until[i], 2)
    return counts, _wait_table(cell[:n], wait[:n], periods, n_gates)


@inner
def _count(counts, edges, g, t, what):
    """One more of a count at gate g in the period that holds t, if one does."""
    p = period_of(edges, t)
    if p >= 0:
        counts[p, g, what] += 1


@inner
def _count_waiting(counts, edges, g, start, end):
    """Add one to `waiting` of each period whose end falls in (start, end]: the state before the events of that instant."""
    p = period_of(edges, start)
    while p >= 0 and p < edges.size - 1 and edges[p + 1] <= end:
        counts[p, g, 4] += 1
        p += 1


@inner
def _wait_table(cell, wait, periods, n_gates):
    """Hours [periods, gates, 3] from waits in ms: whole numbers, for which the step loop has a sort compiled already."""
    size = np.zeros(periods * n_gates + 1, np.int64)
    for c in cell:
        size[c + 1] += 1
    start = np.cumsum(size)
    at = start[:-1].copy()
    ordered = np.empty(wait.size, np.int64)
    for v in range(wait.size):
        ordered[at[cell[v]]] = wait[v]
        at[cell[v]] += 1
    out = np.full((periods, n_gates, 3), np.nan)
    for c in range(periods * n_gates):
        if start[c + 1] > start[c]:
            values = ordered[start[c] : start[c + 1]]
            values.sort()
            p, g = c // n_gates, c % n_gates
            total = 0.0
            for value in values:
                total += value / HOUR_MS
            out[p, g, 0] = total / values.size
            out[p, g, 1] = _quantile(values, 0.5)
            out[p, g, 2] = _quantile(values, 0.95)
    return out


@inner
def _waits_at_most(at, service, c, target, allowed):
    """Whether at most ``allowed`` of the arrivals wait longer than target with c servers, empty at first."""
    free = np.full(c, -FAR, np.int64)
    over = 0
    for j in range(at.size):
        server = 0
        for s in range(1, c):
            if free[s] < free[server]:
                server = s
        begin = max(at[j], free[server])
        free[server] = begin + service[j]
        if begin - at[j] > target:
            over += 1
            if over > allowed:
                return False
    return True


@inner
def _fewest(at, service, target):
    """The fewest servers for which the 95th percentile of waiting is at most target (ms)."""
    if at.size == 0:
        return 0
    allowed = int(0.05 * (at.size - 1))
    high = 1
    while high < at.size and not _waits_at_most(at, service, high, target, allowed):
        high *= 2
    low = high // 2
    while high - low > 1:
        mid = (low + high) >> 1
        if _waits_at_most(at, service, mid, target, allowed):
            high = mid
        else:
            low = mid
    return high


@entry
def servers_needed(seed, model, crowd, visits, edges, target_ms):
    """Fewest servers [periods, gates] at each gate's last control, counting waits within opening hours only.

    All who joined its queue in the period count, also those who left it unserved: else a queue that a closing sends away
    would need nobody. Their service times are those that they would have had.
    """
    periods, n_gates, n_queues = edges.size - 1, model.gates.size, model.queues.size
    last_queue = np.empty(n_gates, np.int64)
    for g in range(n_gates):
        last_queue[g] = model.gates[g].entry_queue if model.gates[g].entry_queue >= 0 else model.gates[g].exit_queue
    chosen = np.full(visits.size, -1, np.int64)
    size = np.zeros(n_queues * periods + 1, np.int64)
    joins = np.zeros(crowd.size, np.int64)
    service_time = np.zeros(visits.size, np.int64)
    for v in range(visits.size):
        g, side = visits[v].gate, visits[v].side & 3
        q = model.gates[g].entry_queue if side == 1 else model.gates[g].exit_queue
        if side > 1 or q < 0 or not _joined(visits, v):
            continue
        i, p = visits[v].traveller, period_of(edges, visits[v].arrival)
        service_time[v] = _service_of(seed, model, crowd[i].who, visits, v, q, joins[i])
        joins[i] += 1
        if q == last_queue[g] and p >= 0 and service_time[v] >= 0:
            chosen[v] = q * periods + p
            size[chosen[v] + 1] += 1
    start = np.cumsum(size)
    fill = start[:-1].copy()
    at = np.empty(start[-1], np.int64)
    service = np.empty(start[-1], np.int64)
    for v in range(visits.size):
        c = chosen[v]
        if c >= 0:
            at[fill[c]] = _open_time(model, c // periods, visits[v].arrival)
            service[fill[c]] = service_time[v]
            fill[c] += 1
    per_queue = np.zeros((n_queues, periods), np.int64)
    for c in range(n_queues * periods):
        per_queue[c // periods, c % periods] = _fewest(
            at[start[c] : start[c + 1]], service[start[c] : start[c + 1]], target_ms
        )
    out = np.zeros((periods, n_gates), np.int64)
    for g in range(n_gates):
        if last_queue[g] >= 0:
            out[:, g] = per_queue[last_queue[g]]
    return out


@inner
def _joined(visits, v):
    """Whether a visit to a control is one to its queue: not of who found it shut, or stays for a reopening."""
    if visits[v].outcome == OUT_TURNED_AWAY:
        return visits[v].end > visits[v].arrival
    return visits[v].outcome != STAYED


@inner
def _service_of(seed, model, who, visits, v, q, joins):
    """The service of a visit to queue q, ms; of who left unserved, how long it would have lasted in the
    opening it came to, or the last one. −1 = the queue has never a server."""
    if visits[v].outcome == SERVED and visits[v].begin < FAR:
        return visits[v].end - visits[v].begin
    found = np.int64(-1)
    for s in range(model.queues[q].shift_start, model.queues[q].shift_end):
        if model.shifts[s].servers > 0:
            found = np.int64(s)
            if model.shifts[s].close > visits[v].arrival:
                break
    if found < 0:
        return np.int64(-1)
    return service_ms(seed, who, model.queues[q].item, joins, model.shifts[found].mean_ms, model.shifts[found].cv)


@inner
def _open_time(model, q, t):
    """Time t counted in opening hours: ms for which the queue was open since its first shift from the start on."""
    total = np.int64(0)
    for s in range(model.queues[q].shift_start, model.queues[q].shift_end):
        if model.shifts[s].open >= t:
            break
        if model.shifts[s].close > 0:
            total += min(t, model.shifts[s].close) - max(np.int64(0), model.shifts[s].open)
    return total


@entry
def totals(crowd, fate, cells, n_cells):
    """Travellers by cell (stream × origin) and state at the horizon: int64 [cells, 8]."""
    out = np.zeros((n_cells, 8), np.int64)
    for i in range(crowd.size):
        out[cells[crowd[i].group, crowd[i].origin], fate[i].state] += 1
    return out
