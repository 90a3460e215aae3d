"""Links that lead over a border: cut at it where they are long, and drawn together where they are one crossing."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from crossings.importers.gmns.reader import GmnsLink, Node, Reading
from crossings.importers.gmns.where import CountryGround
from crossings.scenario.geojson import km_apart, km_between

LONG_KM = 1.0  # a longer link over the border is a road on each side of it as well
OWN = "border crossing"  # facility_type of crossings that were written by export gmns: each stays one of its own


@dataclass
class CrossingLinks:
    """The links of one crossing; ``ends``: its main nodes, that of the first country first; beside: (node, main node, km)."""

    ends: tuple[str, str]
    links: list[GmnsLink]
    beside: list[tuple[str, str, float]]


def cut_long(reading: Reading, ground: CountryGround | None) -> None:
    """Put two nodes where a long link meets the border: a road to it, the crossing, and a road from it."""
    nodes, added = reading.nodes, {}
    for name, link in list(reading.links.items()):
        a, b = nodes[link.tail], nodes[link.head]
        if a.country == b.country or link.km <= LONG_KM:
            continue
        share = _share(a, b, ground)
        lon, lat = a.lon + share * (b.lon - a.lon), a.lat + share * (b.lat - a.lat)
        first, second = sorted((link.tail, link.head))
        middle = {}
        for end, node in ((link.tail, a), (link.head, b)):
            middle[end] = f"{first}|{second} {node.country}"
            called = f"{link.name or link.id} {node.country}"
            nodes.setdefault(middle[end], Node(called, lon, lat, node.country, None, False))
        for end, other, part, label in (
            (link.tail, middle[link.tail], share, "to"),
            (middle[link.head], link.head, 1 - share, "from"),
        ):
            added[f"{name} {label} the border"] = replace(
                link,
                id=f"{name} {label} the border",
                tail=end,
                head=other,
                km=link.km * part,
                hours=link.hours * part,
                capacity=None,
                lanes=None,
                open="24/7",
            )
        link.tail, link.head, link.km, link.hours = middle[link.tail], middle[link.head], 0.0, 0.0
    reading.links.update(added)


def _share(a: Node, b: Node, ground: CountryGround | None) -> float:
    """Which part of the way from ``a`` to ``b`` lies in the country of ``a``: half, where only the nodes are known."""
    if ground is None:
        return 0.5
    low, high = 0.0, 1.0
    for _ in range(20):
        middle = (low + high) / 2
        here = ground.country(a.lon + middle * (b.lon - a.lon), a.lat + middle * (b.lat - a.lat))
        low, high = (middle, high) if here == a.country else (low, middle)
    return low


def grouped(over: list[GmnsLink], nodes: dict[str, Node], merge_km: float) -> list[CrossingLinks]:
    """One group for each pair of nodes; pairs of the same countries within ``merge_km`` of a first one join it."""
    pairs: dict[tuple[str, str], list[GmnsLink]] = {}
    for link in over:
        a, b = sorted((link.tail, link.head), key=lambda n: nodes[n].country)
        pairs.setdefault((a, b), []).append(link)
    order = sorted(pairs, key=lambda pair: -sum(link.lanes or 1.0 for link in pairs[pair]))
    groups: list[CrossingLinks] = []
    at: list[tuple[float, float]] = []

    def countries(ends: tuple[str, str]) -> list[str]:
        return [nodes[n].country for n in ends]

    for a, b in order:
        lon, lat = (nodes[a].lon + nodes[b].lon) / 2, (nodes[a].lat + nodes[b].lat) / 2
        joined = None
        if groups and not any(link.kind == OWN for link in pairs[a, b]):
            there = np.array(at)
            apart = km_between(there[:, 0], there[:, 1], np.array(lon), np.array(lat))
            near = (groups[k] for k in np.argsort(apart, kind="stable").tolist() if apart[k] <= merge_km)
            joined = next((group for group in near if countries(group.ends) == countries((a, b))), None)
        if joined is None:
            groups.append(CrossingLinks((a, b), list(pairs[a, b]), []))
            at.append((lon, lat))
        else:
            joined.links += pairs[a, b]
            ends = zip((a, b), joined.ends, strict=True)
            joined.beside += [(x, y, km_apart(nodes[x], nodes[y])) for x, y in ends if x != y]
    return sorted(groups, key=lambda group: list(pairs).index(group.ends))
