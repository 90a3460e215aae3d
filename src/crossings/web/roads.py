"""By which roads people come to each gate and go on: what the map needs to draw flows along roads.

The expected numbers are by gate; which origins they came from is estimated on the page, by the weights of the choice
model among the gates in use, without waits. The lines show ways, and how wide a way is; they are no counts.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from crossings.model import Model
from crossings.report.map_flows import Roads
from crossings.report.view_model import Facts

__all__ = ["roads_view"]

MOST_WAYS = 6000


def roads_view(facts: Facts) -> dict[str, Any]:
    """Stream → its sources: how many set out, and for each gate how it pulls and the road edges there and on.

    ``edges``: pairs of places, to which the ways point by number.
    """
    model = facts.model
    edges: dict[tuple[str, str], int] = {}
    amounts = _amounts(model)
    streams: dict[str, list[dict[str, Any]]] = {name: [] for name in facts.streams}
    roads = {name: Roads(facts, stream) for name, stream in facts.streams.items()}
    ways = 0
    for (number, origin), amount in amounts.items():
        stream, _ = model.groups[number]
        gates = []
        for a in model.choices.sets.get((number, origin), []):
            if a.gate < 0 or not np.isfinite(a.cost[0]):
                continue
            gate = model.gates[a.gate]
            pairs = [
                *roads[stream].way(origin, gate.near),
                (gate.near, gate.far),
                *roads[stream].way(gate.far, a.destination),
            ]
            alphas = facts.streams[stream].behaviour.alpha
            alpha = alphas.get(a.crossing, 0.0) + alphas.get(a.destination, 0.0)
            pull = float(np.exp(np.clip(alpha - a.cost[0], -600.0, 600.0)))
            gates.append({"gate": a.gate, "pull": pull, "way": [edges.setdefault(p, len(edges)) for p in pairs]})
        ways += len(gates)
        if ways > MOST_WAYS:
            return {"edges": [], "streams": {name: [] for name in facts.streams}}
        if gates:
            streams[stream].append({"origin": origin, "amount": amount, "gates": gates})
    return {"edges": [list(pair) for pair in edges], "streams": streams}


def _amounts(model: Model) -> dict[tuple[int, str], float]:
    """(group, origin) → units that set out over the run."""
    number = {pair: k for k, pair in enumerate(model.groups)}
    found: dict[tuple[int, str], float] = defaultdict(float)
    for d in model.scenario.demand:
        found[number[d.stream, d.destination or ""], d.origin] += d.per_day * ((d.until - d.from_).days + 1)
    for s in model.scenario.stocks:
        if s.initial:
            found[number[s.stream, ""], s.origin] += s.initial
    return dict(found)
