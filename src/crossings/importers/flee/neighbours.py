"""Camps that are near one another by road."""

from __future__ import annotations

import math

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from crossings.importers.flee.case import FleeCase

__all__ = ["attraction", "camps_near"]


def camps_near(case: FleeCase, km: float) -> dict[str, int]:
    """For each camp how many are at most ``km`` away by road, itself included; whatever is closed on some day is open."""
    index = {location.name: i for i, location in enumerate(case.locations)}
    shortest: dict[tuple[int, int], float] = {}
    for route in case.routes:
        ends = index[route.name1], index[route.name2]
        shortest[ends] = min(shortest.get(ends, math.inf), max(route.km, 1e-9))  # an edge of length 0 would be none
    ends_of = np.array(list(shortest), dtype=np.int64).reshape(-1, 2)
    roads = csr_array((list(shortest.values()), (ends_of[:, 0], ends_of[:, 1])), shape=(len(index), len(index)))
    camps = [index[camp] for camp in case.camps]
    away = dijkstra(roads, directed=False, indices=camps, limit=km)[:, camps]
    return dict(zip(case.camps, np.isfinite(away).sum(axis=1).tolist(), strict=True))


def attraction(case: FleeCase, km: float) -> dict[str, float]:
    """−ln n of each camp with n − 1 others at most ``km`` away; the others, with 0, are left out.

    A logit takes each listed camp for a choice of its own, so that one place listed as three camps would draw three shares.
    With this, n camps at one place draw together what one camp there would.
    """
    return {camp: -math.log(n) for camp, n in camps_near(case, km).items() if n > 1}
