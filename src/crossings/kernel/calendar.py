"""When who is next: a calendar of steps, and the order of (time, id) within one step."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
def put(model, world, i, at, event):
    """Put traveller i's next event in the calendar; at or after the horizon it stays pending outside it."""
    world.fate[i].since = at
    world.fate[i].event = event
    if at < model.horizon_ms:
        k = at // model.step_ms
        world.fate[i].link = world.calendar[k]
        world.calendar[k] = i


@njit(cache=True, nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
def before(world, i, j):
    """Whether traveller i's event comes before j's: by time, then by id."""
    return world.fate[i].since < world.fate[j].since or (world.fate[i].since == world.fate[j].since and world.crowd[i].who < world.crowd[j].who)


@njit(cache=True, nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
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


@njit(cache=True, nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
def raise_heap(world, heap, k):
    """Restore the heap of travellers after its last entry was added."""
    while k > 0:
        up = (k - 1) >> 1
        if not before(world, heap[k], heap[up]):
            return
        heap[k], heap[up] = heap[up], heap[k]
        k = up


@njit(cache=True, nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
def grown(array):
    """A copy twice as long."""
    out = np.empty(2 * array.size, array.dtype)
    out[: array.size] = array
    return out


@njit(cache=True, nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
def sorted_step(world, first, keys, order, step_start):
    """Put the events of one step, linked from ``first``, into ``order`` by (time, id)."""
    n = 0
    i = first
    while i >= 0:
        order[n] = i
        n += 1
        i = world.fate[i].link
    if n > 32:  # a step is at most a day, so the time within it and the number fit one word
        for j in range(n):
            keys[j] = ((world.fate[order[j]].since - step_start) << 32) | order[j]
        part = keys[:n]
        part.sort()
        for j in range(n):
            order[j] = np.int32(keys[j] & 0xFFFFFFFF)
    for j in range(1, n):  # a few events, or equal times left to order by id
        mine = order[j]
        k = j
        while k > 0 and before(world, mine, order[k - 1]):
            order[k] = order[k - 1]
            k -= 1
        order[k] = mine
