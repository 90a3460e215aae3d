"""Shortest ways through a graph in CSR form: their hours and km, and the first crossing on each."""

from __future__ import annotations

import numpy as np

from crossings.kernel.core.compiled import entry, inner


@inner
def _left(end, sources, back_start, back_node, back_edge, hours):
    """[n] hours from each node to the end (Dijkstra's search, from the end backwards); inf where farther than all sources."""
    n = back_start.size - 1
    left = np.full(n, np.inf)
    wanted = np.zeros(n, np.bool_)
    for s in sources:
        wanted[s] = True
    missing = wanted.sum()
    place = np.full(n, -1, np.int32)  # in the heap; −2 = settled
    heap = np.empty(n, np.int32)
    heap[0], place[end], left[end] = end, 0, 0.0
    size = 1
    limit = np.inf
    while size > 0:
        here = heap[0]
        if left[here] > limit:
            break
        place[here] = -2
        size -= 1
        if size > 0:  # the last goes down from the top
            last, i = heap[size], 0
            while 2 * i + 1 < size:
                below = 2 * i + 1
                if below + 1 < size and left[heap[below + 1]] < left[heap[below]]:
                    below += 1
                if left[heap[below]] >= left[last]:
                    break
                heap[i] = heap[below]
                place[heap[i]] = i
                i = below
            heap[i], place[last] = last, i
        if wanted[here]:
            missing -= 1
            if missing == 0:
                limit = left[here]
        for k in range(back_start[here], back_start[here + 1]):
            there = back_node[k]
            new = left[here] + hours[back_edge[k]]
            if new < left[there]:
                left[there] = new
                i = place[there]
                if i < 0:
                    i = size
                    size += 1
                while i > 0 and left[heap[(i - 1) // 2]] > new:
                    heap[i] = heap[(i - 1) // 2]
                    place[heap[i]] = i
                    i = (i - 1) // 2
                heap[i], place[there] = there, i
    for i in range(size):
        left[heap[i]] = np.inf
    return left


@inner
def _nearer(left, node, start, target, hours):
    """The first edge on a shortest way that ends nearer, −1 where there is none."""
    for e in range(start[node], start[node + 1]):
        there = left[target[e]]
        if there + hours[e] == left[node] and there < left[node]:
            return e
    return -1


@inner
def _around(left, end, node, start, target, hours):
    """The first edge of the fewest, all of no length, to the end or to a node from which an edge leads nearer."""
    begun = np.full(left.size, -2)
    begun[node] = -1
    queue = [node]
    at = 0
    while at < len(queue):
        here = queue[at]
        at += 1
        for e in range(start[here], start[here + 1]):
            there = np.int64(target[e])
            if begun[there] >= -1 or left[there] + hours[e] != left[here]:
                continue
            begun[there] = begun[here] if begun[here] >= 0 else e
            if there == end or _nearer(left, there, start, target, hours) >= 0:
                return begun[there]
            queue.append(there)
    return -1


@entry
def ways_to(end, sources, back, graph):
    """Ways from sources [F] to an end, along what is shortest: found [5, F], and the edges and nodes on them, each once.

    graph: CSR of n nodes, (start [n + 1], target, hours (inf: closed), km, number of a crossing or −1); back: the same edges by
    where they end, (start [n + 1], node, edge). Found: hours, km, the first crossing (−1 = none), hours and km up to it or to the
    end; inf where there is no way. Of equally short ways on, that along the first edge is taken: a choice which nothing closed
    elsewhere can change. The edges and nodes of one source are in the order in which it passes them.
    """
    start, target, hours, km, mark = graph
    left = _left(end, sources, back[0], back[1], back[2], hours)
    found = np.zeros((5, sources.size))
    step = np.full(left.size, -2)  # the edge taken at each node, once somebody has been there
    edges, nodes = [np.int64(0) for _ in range(0)], [np.int64(0) for _ in range(0)]
    for s in range(sources.size):
        node = np.int64(sources[s])
        if not left[node] < np.inf:
            found[:, s] = np.inf
            found[2, s] = -1.0
            continue
        first, first_h, first_km, whole_h, whole_km = -1.0, 0.0, 0.0, 0.0, 0.0
        while True:
            new = step[node] == -2
            if new:
                nodes.append(node)
                step[node] = -1
            if node == end:
                break
            if new:
                step[node] = _nearer(left, node, start, target, hours)
                if step[node] < 0:
                    step[node] = _around(left, end, node, start, target, hours)
                edges.append(step[node])
            e = step[node]
            if first < 0 and mark[e] >= 0:
                first, first_h, first_km = np.float64(mark[e]), whole_h, whole_km
            whole_h += hours[e]
            whole_km += km[e]
            node = np.int64(target[e])
        if first < 0:
            first_h, first_km = whole_h, whole_km
        found[0, s], found[1, s], found[2, s], found[3, s], found[4, s] = whole_h, whole_km, first, first_h, first_km
    return found, np.array(edges, np.int64), np.array(nodes, np.int64)
