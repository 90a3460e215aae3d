"""Small OpenStreetMap extracts, drawn here: no figure in them is of any real place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import osmium
from osmium.osm import mutable


class Drawing:
    """Nodes, ways and relations as they are added; ``write`` sorts and writes them."""

    def __init__(self) -> None:
        self.nodes: dict[int, tuple[float, float, dict[str, str]]] = {}
        self.ways: dict[int, tuple[list[int], dict[str, str]]] = {}
        self.relations: dict[int, tuple[list[tuple[str, int, str]], dict[str, str]]] = {}

    def node(self, lon: float, lat: float, **tags: str) -> int:
        self.nodes[len(self.nodes) + 1] = (lon, lat, plain(tags))
        return len(self.nodes)

    def way(self, nodes: list[int], **tags: str) -> int:
        self.ways[len(self.ways) + 1] = (nodes, plain(tags))
        return len(self.ways)

    def relation(self, members: list[tuple[str, int, str]], **tags: str) -> int:
        self.relations[len(self.relations) + 1] = (members, plain(tags))
        return len(self.relations)

    def write(self, path: Path) -> Path:
        with osmium.SimpleWriter(str(path), overwrite=True) as out:
            for k, (lon, lat, tags) in self.nodes.items():
                out.add_node(mutable.Node(id=k, version=1, location=(lon, lat), tags=tags))
            for k, (nodes, tags) in self.ways.items():
                out.add_way(mutable.Way(id=k, version=1, nodes=nodes, tags=tags))
            for k, (members, tags) in self.relations.items():
                out.add_relation(mutable.Relation(id=k, version=1, members=members, tags=tags))
        return path


def plain(tags: dict[str, str]) -> dict[str, str]:
    """``max__speed`` stands for ``max:speed``, and a last ``_`` for nothing."""
    return {key.rstrip("_").replace("__", ":"): value for key, value in tags.items()}


def two_countries(**changes: Any) -> Drawing:
    """FI west and RU east of the meridian 28, with outlines that close, two guarded roads over it and one unguarded.

    north: lat 61.0, trunk 100 km/h, towns 20 km off on both sides; south: lat 60.5, primary, its node shared with the border.
    """
    d = Drawing()
    south = d.node(28.0, 60.0)
    shared = d.node(28.0, 60.5)
    top = d.node(28.0, 61.5)
    line = d.way([south, shared, top], boundary="administrative", admin_level="2")
    for code, name, lon in (("FI", "Finland", 26.0), ("RU", "Russia", 30.0)):
        a, b = d.node(lon, 60.0), d.node(lon, 61.5)
        rest = d.way([top, b, a, south], boundary="administrative", admin_level="2")
        d.relation(
            [("w", line, "outer"), ("w", rest, "outer")],
            type="boundary",
            boundary="administrative",
            admin_level="2",
            ISO3166_1=code if changes.get("old_codes") else "",
            **{"ISO3166-1__alpha2": code},
            name__en=name,
        )
    west = d.node(27.6, 61.0, place="town", name="Länsi", population="12 000")
    north = [west, d.node(27.8, 61.0), d.node(27.95, 61.0), d.node(28.05, 61.0), d.node(28.2, 61.0)]
    east = d.node(28.4, 61.0, place="city", name="Восток", name__en="Vostok", population="80000")
    d.way([*north, east], highway="trunk", maxspeed="100", ref="6")
    d.node(
        27.99,
        61.001,
        barrier="border_control",
        name="Pohjoinen",
        opening_hours=changes.get("hours", "Mo-Fr 08:00-20:00"),
    )
    d.way([west, d.node(27.6, 60.8), d.node(27.6, 60.5)], highway="primary", oneway=changes.get("oneway", "no"))
    d.way([len(d.nodes), d.node(27.99, 60.5), shared], highway="primary")
    south_east = d.node(28.3, 60.5)
    d.way([shared, d.node(28.01, 60.5), south_east], highway="primary")
    d.way([south_east, east], highway="secondary")
    d.node(28.005, 60.5, amenity="customs", name="Etelä", **changes.get("customs", {}))
    d.node(27.995, 60.5, barrier="border_control", **changes.get("control", {}))
    d.way([d.node(27.8, 60.75), d.node(28.2, 60.75)], highway="unclassified")  # unguarded, and joined to nothing
    return d
