"""Along shortest-path trees: km, and the first crossing on the way."""

from __future__ import annotations

import numpy as np

from crossings.kernel.core.compiled import entry, inner


@inner
def _edge(a, b, indptr, indices):
    for e in range(indptr[a], indptr[a + 1]):
        if indices[e] == b:
            return e
    return -1


@entry
def trace(distance, before, sources, targets, indptr, indices, hours, km, mark):
    """Follow predecessors from each target back to its source.

    distance, before: [K, n] from Dijkstra; the graph in CSR form with hours, km and mark (number of a crossing, −1 for
    a road) of each edge. Returns five arrays [K, T]: hours, km, first crossing, hours and km up to it.
    """
    rows, columns = sources.size, targets.size
    out_hours = np.full((rows, columns), np.inf)
    out_km = np.full((rows, columns), np.inf)
    first = np.full((rows, columns), -1.0)
    first_hours = np.full((rows, columns), np.inf)
    first_km = np.full((rows, columns), np.inf)
    n = distance.shape[1]
    done = np.zeros(n, np.int64)
    path_km = np.zeros(n)
    path_mark = np.zeros(n, np.int64)
    mark_hours = np.zeros(n)
    mark_km = np.zeros(n)
    stack = np.empty(n, np.int64)
    for r in range(rows):
        source = sources[r]
        done[source] = r + 1
        path_km[source], path_mark[source] = 0.0, -1
        for c in range(columns):
            node = targets[c]
            if not distance[r, node] < np.inf:
                continue
            depth = 0
            while done[node] != r + 1:
                stack[depth] = node
                depth += 1
                node = before[r, node]
            while depth > 0:
                depth -= 1
                child = stack[depth]
                e = _edge(node, child, indptr, indices)
                path_km[child] = path_km[node] + km[e]
                path_mark[child] = path_mark[node]
                mark_hours[child], mark_km[child] = mark_hours[node], mark_km[node]
                if path_mark[node] < 0 and mark[e] >= 0:
                    path_mark[child] = mark[e]
                    mark_hours[child], mark_km[child] = distance[r, node], path_km[node]
                done[child] = r + 1
                node = child
            out_hours[r, c] = distance[r, node]
            out_km[r, c] = path_km[node]
            first[r, c] = path_mark[node]
            marked = path_mark[node] >= 0
            first_hours[r, c] = mark_hours[node] if marked else distance[r, node]
            first_km[r, c] = mark_km[node] if marked else path_km[node]
    return out_hours, out_km, first, first_hours, first_km
