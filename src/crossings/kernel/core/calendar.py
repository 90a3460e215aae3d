"""When who is next: buckets of steps, and the order of (time, id) within one step.

A step's travellers lie in chunks of a common pool, so that they are read in sequence; a chain through the travellers
themselves costs a cache miss each.
"""

from __future__ import annotations

import numpy as np

from crossings.kernel.core.compiled import inner
from crossings.kernel.core.states import step_of

CHUNK = 62  # travellers in a chunk; two more words hold the next chunk and how many are in this one


@inner
def put(model, world, i, at, event):
    """Put traveller i's next event in the calendar; at or after the horizon it stays pending outside it."""
    world.fate[i].since = at
    world.fate[i].event = event
    if at < model.horizon_ms:
        k = step_of(model, at)
        c = world.calendar[k]
        if c < 0 or world.pool[c, CHUNK + 1] == CHUNK:
            new = world.spare[0]
            if new >= 0:
                world.spare[0] = world.pool[new, CHUNK]
            else:
                new = world.spare[1]
                world.spare[1] += 1
            world.pool[new, CHUNK] = c
            world.pool[new, CHUNK + 1] = 0
            world.calendar[k] = c = new
        n = world.pool[c, CHUNK + 1]
        world.pool[c, n] = i
        world.pool[c, CHUNK + 1] = n + 1
        world.pending[k] += 1


@inner
def take(world, k, order, n):
    """Move the travellers of step k from its chunks to ``order`` (long enough), from n on; give the chunks back."""
    c = world.calendar[k]
    while c >= 0:
        for j in range(world.pool[c, CHUNK + 1]):
            order[n] = world.pool[c, j]
            n += 1
        following = world.pool[c, CHUNK]
        world.pool[c, CHUNK] = world.spare[0]
        world.spare[0] = c
        c = following
    world.calendar[k] = -1
    world.pending[k] = 0


def chunks_needed(travellers: int, steps: int) -> int:
    """Chunks that can be in use at once: every step's last may be nearly empty."""
    return travellers // CHUNK + min(travellers, steps) + 2


@inner
def before(world, i, j):
    """Whether traveller i's event comes before j's: by time, then by id."""
    a, b = world.fate[i].since, world.fate[j].since
    return a < b or (a == b and world.crowd[i].who < world.crowd[j].who)


@inner
def sink_heap(world, heap, n):
    """Restore the heap of travellers after its root was replaced."""
    k = 0
    while True:
        child = 2 * k + 1
        if child >= n:
            return
        if child + 1 < n and before(world, heap[child + 1], heap[child]):
            child += 1
        if not before(world, heap[child], heap[k]):
            return
        heap[k], heap[child] = heap[child], heap[k]
        k = child


@inner
def raise_heap(world, heap, k):
    """Restore the heap of travellers after its last entry was added."""
    while k > 0:
        up = (k - 1) >> 1
        if not before(world, heap[k], heap[up]):
            return
        heap[k], heap[up] = heap[up], heap[k]
        k = up


@inner
def sort_step(world, n, keys, moved, bins, order, heap, step_start, step_ms):
    """Sort the first n of ``order`` by (time, id). A step is at most a day, so time and number fit one word.

    Times go to about n bins first, which are then sorted one by one; a bin with a crowd in it is left to the library.
    """
    parts = 1
    while parts < n:
        parts *= 2
    for b in range(parts + 1):
        bins[b] = 0
    scale = parts / step_ms
    for j in range(n):
        within = world.fate[order[j]].since - step_start
        keys[j] = (within << 32) | order[j]
        bins[np.int64(within * scale) + 1] += 1
    for b in range(parts):
        bins[b + 1] += bins[b]
    for j in range(n):
        b = np.int64((keys[j] >> 32) * scale)
        moved[bins[b]] = keys[j]
        bins[b] += 1
    start = 0
    for b in range(parts):
        end = bins[b]
        if end - start > 24:
            part = moved[start:end]
            part.sort()
        else:
            for j in range(start + 1, end):
                key = moved[j]
                k = j
                while k > start and moved[k - 1] > key:
                    moved[k] = moved[k - 1]
                    k -= 1
                moved[k] = key
        start = end
    for j in range(n):
        order[j] = np.int32(moved[j] & 0xFFFFFFFF)
    _sort_ties(world, n, moved, order, heap)


@inner
def _sort_ties(world, n, keys, order, heap):
    """Put travellers of equal times in order of id, by way of a heap: all who stayed for a reopening come in one instant."""
    start = 0
    while start < n:
        end = start + 1
        while end < n and keys[end] >> 32 == keys[start] >> 32:
            end += 1
        if end - start > 1:
            for j in range(start, end):
                heap[j - start] = order[j]
                raise_heap(world, heap, j - start)
            size = end - start
            for j in range(start, end):
                order[j] = heap[0]
                size -= 1
                heap[0] = heap[size]
                sink_heap(world, heap, size)
        start = end
