"""How far it is from where people flee to each camp, with what is closed on a day."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from crossings.importers.flee.case import FleeCase, Floats


def km_to_camps(case: FleeCase, day: int, cache: dict[tuple[int, ...], Floats]) -> Floats:
    """Shortest way by road from each zone to each camp, km, [zones, camps]; inf where there is none or the camp is closed.

    cache: keeps what was found for the closures in force on other days.
    """
    in_force = tuple(i for i, closure in enumerate(case.closures) if closure.in_force(day))
    if in_force not in cache:
        cache[in_force] = _km(case, in_force)
    return cache[in_force]


def _km(case: FleeCase, in_force: tuple[int, ...]) -> Floats:
    index = {location.name: i for i, location in enumerate(case.locations)}
    shut = {route for i in in_force for route in case.closures[i].routes}
    closed = {camp for i in in_force for camp in case.closures[i].camps}
    routes = [route for i, route in enumerate(case.routes) if i not in shut]
    ends = np.array([[index[r.name1], index[r.name2]] for r in routes], dtype=np.int64).reshape(-1, 2)
    km = np.array([max(route.km, 1e-9) for route in routes])  # a sparse graph has no edge of length 0
    graph = csr_array((km, (ends[:, 0], ends[:, 1])), shape=(len(index), len(index)))
    away: Floats = dijkstra(graph, directed=False, indices=[index[zone] for zone in case.zones])
    away = away[:, [index[camp] for camp in case.camps]]
    away[:, [camp in closed for camp in case.camps]] = np.inf
    return away
