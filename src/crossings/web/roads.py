"""By which roads people come to each gate and go on: what the map needs to draw flows along roads, as the report does.

How many cross is known by gate; from where they come is shared out on the page as `crossings.report.map_flows.along` does it.
"""

from __future__ import annotations

from typing import Any

from crossings.report.map_flows import Roads, sources_of
from crossings.report.view_model import Facts

__all__ = ["roads_view"]

MOST_WAYS = 6000


def roads_view(facts: Facts) -> dict[str, Any]:
    """Stream → its sources: how many set out, and for each gate how it pulls and the road edges there and on.

    ``edges``: pairs of places, to which the ways point by number.
    """
    model = facts.model
    edges: dict[tuple[str, str], int] = {}
    found = {name: sources_of(model, name) for name in facts.streams}
    if sum(len(source.ways) for some in found.values() for source in some) > MOST_WAYS:
        return {"edges": [], "streams": {name: [] for name in facts.streams}}
    streams: dict[str, list[dict[str, Any]]] = {}
    for stream, sources in found.items():
        roads = Roads(model, stream)
        streams[stream] = []
        for source in sources:
            gates = []
            for number, pull, goal in source.ways:
                gate = model.gates[number]
                pairs = [*roads.way(source.origin, gate.near), (gate.near, gate.far), *roads.way(gate.far, goal)]
                way = [edges.setdefault(p, len(edges)) for p in pairs]
                gates.append({"gate": number, "pull": pull, "way": way})
            streams[stream].append({"origin": source.origin, "amount": source.amount, "gates": gates})
    return {"edges": [list(pair) for pair in edges], "streams": streams}
