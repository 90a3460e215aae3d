"""The line of a border from its ways, which country is on its left, and where segments of roads meet it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from crossings.errors import InputError
from crossings.importers.osm.extract import Extract
from crossings.importers.sides import Sides, end_to_end, touching, within
from crossings.scenario.geojson import km_between

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GAP_KM = 5.0
OFF_KM = 0.2  # how far from the line a point is taken to see which country is there


@dataclass(frozen=True)
class OsmBorder:
    """The line in one piece, [P, 2] longitude and latitude, and which country lies on its left.

    ``start``, ``end`` [B, 2]: its pieces in its direction, without the gaps; ``others`` [C, 2, 2]: pieces of other borders.
    """

    line: Floats
    start: Floats
    end: Floats
    others: Floats
    left: str
    right: str
    gaps: tuple[float, ...]


def build_border(extract: Extract, a: str, b: str, inside: tuple[str, float, float] | None) -> OsmBorder:
    """The line between countries ``a`` and ``b``; ``inside``: (country, lon, lat) of a point known to lie in it.

    Raises InputError where the extract holds no such line, or does not tell which side is whose.
    """
    known = [nodes[nodes >= 0] for nodes in extract.borders]
    chosen = [k for k in _chosen(extract, a, b) if len(known[k]) > 1]
    if not chosen:
        what = f"no border between {a} and {b} is in it"
        instead = "cut an extract that holds it, and keep relations whole: osmium extract -s smart"
        raise InputError(extract.name, what, instead)
    xy = np.column_stack([extract.lon, extract.lat])
    # Of the sea only what a road meets: a bridge, or a tunnel.
    land = [k for k in chosen if not extract.sea[k] or _is_met(extract, xy[known[k]])] or chosen
    chains = _chained([known[k] for k in land])
    parts = _turned(extract, end_to_end([xy[chain] for chain in chains]), a, b)
    line = np.concatenate(parts)
    keep = np.ones(len(line), bool)
    keep[1:] = (np.diff(line, axis=0) != 0).any(axis=1)
    start, end = np.concatenate([p[:-1] for p in parts]), np.concatenate([p[1:] for p in parts])
    gaps = tuple(float(km_between(*p[-1], *q[0])) for p, q in itertools.pairwise(parts))
    rest = [
        xy[nodes] for k, nodes in enumerate(known) if k not in set(chosen) and len(nodes) > 1 and not extract.sea[k]
    ]
    others = np.concatenate([np.stack([p[:-1], p[1:]], axis=1) for p in rest]) if rest else np.zeros((0, 2, 2))
    draft = OsmBorder(line[keep], start, end, others, a, b, tuple(gap for gap in gaps if gap > GAP_KM))
    return draft if _a_is_left(extract, draft, a, b, inside) else replace(draft, left=b, right=a)


def _chosen(extract: Extract, a: str, b: str) -> list[int]:
    """The ways of the border: of both outlines; where one outline is missing, those of the other that no third shares."""
    both = [k for k, owners in enumerate(extract.owners) if {a, b} <= owners]
    if both:
        return both
    if not extract.countries:
        if extract.borders:
            extract.notes.append(
                "the outlines of the countries are not in the file: every way of admin_level 2 is taken"
            )
        return list(range(len(extract.borders)))
    missing = [code for code in (a, b) if code not in extract.countries]
    if len(missing) == 1:
        there = b if missing[0] == a else a
        alone = [k for k, owners in enumerate(extract.owners) if owners == {there} and not extract.sea[k]]
        if alone and len(extract.countries) == 1:
            extract.notes.append(
                f"the outline of {missing[0]} is not in the file: all of the outline of {there} on land is taken for the border"
            )
            return alone
    if missing:
        what = f"it has no outline of {' or '.join(missing)}"
        instead = f"the countries whose outlines are in it: {', '.join(extract.countries[:20])}"
        raise InputError(extract.name, what, instead)
    return []


def _is_met(extract: Extract, way: Floats) -> bool:
    """Whether any road meets a way of the border."""
    low, high = way.min(axis=0) - 0.01, way.max(axis=0) + 0.01
    ends = np.stack([extract.tail, extract.head])
    x, y = extract.lon[ends], extract.lat[ends]
    near = (x.max(0) >= low[0]) & (x.min(0) <= high[0]) & (y.max(0) >= low[1]) & (y.min(0) <= high[1])
    road = np.stack([np.column_stack([x[0], y[0]]), np.column_stack([x[1], y[1]])], axis=1)[near]
    return bool(len(touching(road, np.stack([way[:-1], way[1:]], axis=1))[0]))


def _chained(ways: list[Ints]) -> list[list[int]]:
    """Ways end to end, as long as they fit; a way that closes on itself is a chain of its own."""
    at: dict[int, set[int]] = {}
    for k, way in enumerate(ways):
        for end in (int(way[0]), int(way[-1])):
            at.setdefault(end, set()).add(k)
    loose = sorted(node for node, touching in at.items() if len(touching) == 1)
    chains = []
    for node in [*loose, *sorted(at)]:  # from loose ends first; what is left then are rings
        while at[node]:
            chain = [node]
            while onward := at[chain[-1]]:
                k = min(onward)
                way = ways[k].tolist()
                for end in (way[0], way[-1]):
                    at[end].discard(k)
                chain += way[1:] if way[0] == chain[-1] else way[-2::-1]
                if chain[-1] == chain[0]:
                    break
            chains.append(chain)
    return chains


def _turned(extract: Extract, parts: list[Floats], a: str, b: str) -> list[Floats]:
    """Each piece with ``a`` on its left, where an outline is whole; else as they are, one after the other."""
    for code in (a, b):
        rings = _outline(extract, code)
        if not rings:
            continue
        sides = [_side_of(rings, part[:-1], part[1:]) for part in parts]
        return [
            part[::-1] if side * (1 if code == a else -1) < 0 else part for part, side in zip(parts, sides, strict=True)
        ]
    return parts


def _a_is_left(extract: Extract, border: OsmBorder, a: str, b: str, inside: tuple[str, float, float] | None) -> bool:
    """Whether country ``a`` lies on the left: by a point given, an outline that closes, a labelled point, or tags."""
    if inside is not None:
        country, lon, lat = inside
        return (_sides(border).at(lon, lat) > 0) == (country == a)
    for code, sign in ((a, 1), (b, -1)):
        outline = _outline(extract, code)
        if outline is not None and (side := _side_of(outline, border.start, border.end)):
            return side * sign > 0
    votes = sum(
        _sides(border).at(lon, lat) * (1 if code == a else -1)
        for code in (a, b)
        for lon, lat in extract.inside.get(code, ())
    )
    if votes:
        return votes > 0
    for k, (left_tag, right_tag) in extract.sides.items():
        nodes = extract.borders[k][extract.borders[k] >= 0]
        if {left_tag, right_tag} & {a, b} and len(nodes) > 1:
            mid = len(nodes) // 2
            p, q = (np.array([extract.lon[n], extract.lat[n]]) for n in (nodes[mid - 1], nodes[mid]))
            off = np.array([-(q - p)[1], (q - p)[0]])
            x, y = (p + q) / 2 + off / max(np.hypot(*off), 1e-12) * OFF_KM / 111.2
            left_is_a = left_tag == a or right_tag == b
            return (_sides(border).at(float(x), float(y)) > 0) == left_is_a
    raise InputError(
        extract.name,
        f"it does not tell on which side of the line {a} lies",
        f"name a point: --inside {a}=LON,LAT, near the border",
    )


def _side_of(rings: list[Floats], start: Floats, end: Floats) -> int:
    """On which side of the longest piece of a line the inside of an outline lies: 1 left, -1 right, 0 both or neither."""
    step = end - start
    k = int(np.argmax(np.hypot(step[:, 0], step[:, 1])))
    left = np.array([-step[k, 1], step[k, 0]])
    middle, off = (start[k] + end[k]) / 2, left / np.hypot(*left) * (OFF_KM / 111.2)
    return int(within(rings, *(middle + off))) - int(within(rings, *(middle - off)))


def _outline(extract: Extract, code: str) -> list[Floats] | None:
    """The rings of a country whose outline is in the file as a whole; None where it does not close."""
    ways = [nodes for nodes, owners in zip(extract.borders, extract.owners, strict=True) if code in owners]
    if not ways or any((nodes < 0).any() or len(nodes) < 2 for nodes in ways):
        return None
    chains = _chained(ways)
    if any(chain[0] != chain[-1] for chain in chains):
        return None
    return [np.column_stack([extract.lon[chain], extract.lat[chain]]) for chain in chains]


def _sides(border: OsmBorder, outlines: dict[str, list[Floats]] | None = None) -> Sides:
    return Sides(border.start, border.end, border.left, border.right, outlines)


def sides_of(extract: Extract, border: OsmBorder) -> Sides:
    """On which side points lie, with the outlines of the two countries as far as the extract has them whole."""
    whole = {code: _outline(extract, code) for code in (border.left, border.right)}
    return _sides(border, {code: rings for code, rings in whole.items() if rings})
