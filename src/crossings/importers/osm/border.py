"""The line of a border from its ways, which country is on its left, and where segments of roads meet it."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crossings.errors import Fault, InputError
from crossings.importers.osm.extract import Extract

__all__ = ["EARTH_KM", "Border", "Meetings", "build_border", "km_between", "meetings"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

EARTH_KM = 6371.0088
ON_LINE = 2e-7  # degrees, about 2 cm: a node so near the line lies on it
GAP_KM = 5.0
OFF_KM = 0.2  # how far from the line a point is taken to see which country is there
_CELL = 0.02  # degrees


@dataclass(frozen=True)
class Border:
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


@dataclass(frozen=True)
class Meetings:
    """Where segments of roads meet the line. segment [M]; lon, lat [M]; tail_side, head_side [M]: 1 left, -1 right, 0 on it.

    ``cut`` [S]: whether a segment meets any border, so that no road leads on there.
    """

    segment: Ints
    lon: Floats
    lat: Floats
    tail_side: Ints
    head_side: Ints
    cut: NDArray[np.bool_]


def km_between(lon1: Floats, lat1: Floats, lon2: Floats, lat2: Floats) -> Floats:
    """Great circles in km (haversine)."""
    a, b = np.radians(lat1), np.radians(lat2)
    h = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(np.radians(lon2 - lon1) / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(h, 0, 1))))


def build_border(extract: Extract, a: str, b: str, inside: tuple[str, float, float] | None) -> Border:
    """The line between countries ``a`` and ``b``; ``inside``: (country, lon, lat) of a point known to lie in it.

    Raises InputError where the extract holds no such line, or does not tell which side is whose.
    """
    known = [nodes[nodes >= 0] for nodes in extract.borders]
    chosen = [k for k, both in enumerate(extract.between) if both and len(known[k]) > 1]
    if not chosen:
        wrong = [code for code in (a, b) if code not in extract.rings]
        if wrong and not extract.rings:
            chosen = [k for k, nodes in enumerate(known) if len(nodes) > 1]
        if not chosen:
            what = f"no border between {a} and {b} is in it"
            instead = "cut an extract with both sides, and keep relations whole: osmium extract -s smart"
            raise InputError(Fault(extract.name, what, instead))
        extract.notes.append("the outlines of the countries are not in the file: every way of admin_level 2 is taken")
    chains = _chained([known[k] for k in chosen])
    xy = np.column_stack([extract.lon, extract.lat])
    parts = [xy[chain] for chain in _joined(chains, xy)]
    line = np.concatenate(parts)
    keep = np.ones(len(line), bool)
    keep[1:] = (np.diff(line, axis=0) != 0).any(axis=1)
    start, end = np.concatenate([p[:-1] for p in parts]), np.concatenate([p[1:] for p in parts])
    gaps = tuple(float(km_between(*p[-1], *q[0])) for p, q in itertools.pairwise(parts))
    rest = [xy[nodes] for k, nodes in enumerate(known) if k not in set(chosen) and len(nodes) > 1]
    others = np.concatenate([np.stack([p[:-1], p[1:]], axis=1) for p in rest]) if rest else np.zeros((0, 2, 2))
    draft = Border(line[keep], start, end, others, a, b, tuple(gap for gap in gaps if gap > GAP_KM))
    if _a_is_left(extract, draft, a, b, inside):
        return draft
    return Border(draft.line, start, end, others, b, a, draft.gaps)


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


def _joined(chains: list[list[int]], xy: Floats) -> list[list[int]]:
    """Chains in order along the border, each turned to begin near the end of the one before: nearest first."""
    order = [max(chains, key=len)]
    left = [chain for chain in chains if chain is not order[0]]

    def apart(p: int, q: int) -> float:
        return math.hypot((xy[p][0] - xy[q][0]) * math.cos(math.radians(xy[p][1])), xy[p][1] - xy[q][1])

    while left:
        found = []
        for k, chain in enumerate(left):
            found += [
                (apart(order[-1][-1], chain[0]), k, "after", chain),
                (apart(order[-1][-1], chain[-1]), k, "after", chain[::-1]),
                (apart(order[0][0], chain[-1]), k, "before", chain),
                (apart(order[0][0], chain[0]), k, "before", chain[::-1]),
            ]
        _, k, where, chain = min(found, key=lambda item: item[:2])
        left.pop(k)
        order = [*order, chain] if where == "after" else [chain, *order]
    return order


def _a_is_left(
    extract: Extract,
    border: Border,
    a: str,
    b: str,
    inside: tuple[str, float, float] | None,
) -> bool:
    """Whether country ``a`` lies on the left: by a point given, an outline that closes, a labelled point, or tags."""
    if inside is not None:
        country, lon, lat = inside
        return (_side_of(border, lon, lat) > 0) == (country == a)
    middle, normal = _probe(border)
    for code, other in ((a, False), (b, True)):
        outline = _outline(extract, code)
        if outline is not None:
            left, right = (_within(outline, *(middle + sign * normal)) for sign in (1, -1))
            if left != right:
                return bool(left) != other
    votes = sum(
        _side_of(border, lon, lat) * (1 if code == a else -1)
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
            return (_side_of(border, float(x), float(y)) > 0) == left_is_a
    raise InputError(
        Fault(
            extract.name,
            f"it does not tell on which side of the line {a} lies",
            f"name a point: --inside {a}=LON,LAT, near the border",
        )
    )


def _probe(border: Border) -> tuple[Floats, Floats]:
    """The middle of the longest piece of the line, and the way to its left."""
    step = border.end - border.start
    k = int(np.argmax(np.hypot(step[:, 0], step[:, 1])))
    left = np.array([-step[k, 1], step[k, 0]])
    return (border.start[k] + border.end[k]) / 2, left / np.hypot(*left) * (OFF_KM / 111.2)


def _side_of(border: Border, lon: float, lat: float) -> int:
    """1 for a point left of the line, -1 right of it, by the nearest piece (at a corner, by both of its pieces)."""
    scale = np.array([math.cos(math.radians(lat)), 1.0])
    p, a, b = np.array([lon, lat]) * scale, border.start * scale, border.end * scale
    step = b - a
    along = np.clip(((p - a) * step).sum(axis=1) / np.maximum((step**2).sum(axis=1), 1e-18), 0, 1)
    near = a + along[:, None] * step
    off = np.hypot(*(p - near).T)
    tied = np.flatnonzero(off <= off.min() + 1e-9)
    unit = step[tied] / np.maximum(np.hypot(*step[tied].T), 1e-18)[:, None]
    normal = np.array([-unit[:, 1].sum(), unit[:, 0].sum()])
    return 1 if float(normal @ (p - near[tied[0]])) > 0 else -1


def _outline(extract: Extract, code: str) -> list[Floats] | None:
    """The rings of a country whose outline is in the file as a whole; None where it does not close."""
    ways = extract.rings.get(code)
    if not ways or any((nodes < 0).any() or len(nodes) < 2 for nodes in ways):
        return None
    chains = _chained(ways)
    if any(chain[0] != chain[-1] for chain in chains):
        return None
    return [np.column_stack([extract.lon[chain], extract.lat[chain]]) for chain in chains]


def _within(rings: list[Floats], lon: float, lat: float) -> bool:
    """Whether a point is inside an odd number of rings (even-odd rule)."""
    crossed = 0
    for ring in rings:
        x1, y1, x2, y2 = ring[:-1, 0], ring[:-1, 1], ring[1:, 0], ring[1:, 1]
        spans = (y1 > lat) != (y2 > lat)
        with np.errstate(divide="ignore", invalid="ignore"):
            at = x1 + (lat - y1) * (x2 - x1) / (y2 - y1)
        crossed += int((spans & (at > lon)).sum())
    return crossed % 2 == 1


def meetings(extract: Extract, border: Border) -> Meetings:
    """Where segments of roads meet the line, and which segments meet any border."""
    road = np.stack(
        [
            np.column_stack([extract.lon[extract.tail], extract.lat[extract.tail]]),
            np.column_stack([extract.lon[extract.head], extract.lat[extract.head]]),
        ],
        axis=1,
    )
    own = np.stack([border.start, border.end], axis=1)
    i, j = _meet(road, own)
    cut = np.zeros(len(road), bool)
    cut[i] = True
    cut[_meet(road, border.others)[0]] = True
    i, first = np.unique(i, return_index=True)
    j = j[first]
    p, q, a, b = road[i, 0], road[i, 1], own[j, 0], own[j, 1]
    length = np.maximum(np.hypot(*(b - a).T), 1e-18)
    from_tail, from_head = _cross(b - a, p - a) / length, _cross(b - a, q - a) / length
    share = np.clip(from_tail / np.where(from_tail == from_head, 1.0, from_tail - from_head), 0, 1)
    at = p + share[:, None] * (q - p)
    sides = [np.where(np.abs(off) <= ON_LINE, 0, np.sign(off)).astype(np.int64) for off in (from_tail, from_head)]
    return Meetings(i, at[:, 0], at[:, 1], sides[0], sides[1], cut)


def _cross(a: Floats, b: Floats) -> Floats:
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])


def _meet(one: Floats, two: Floats) -> tuple[Ints, Ints]:
    """Pairs (row of ``one``, row of ``two``) of pieces [., 2, 2] that touch; found by the cells of a grid that both enter."""
    if not len(one) or not len(two):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    rows2, cells2 = _cells(two)
    order = np.argsort(cells2, kind="stable")
    rows2, cells2 = rows2[order], cells2[order]
    rows1, cells1 = _cells(one)
    low, high = np.searchsorted(cells2, cells1, "left"), np.searchsorted(cells2, cells1, "right")
    many = high - low
    i = np.repeat(rows1, many)
    j = rows2[np.repeat(low, many) + np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)]
    p, q, a, b = one[i, 0], one[i, 1], two[j, 0], two[j, 1]
    u, v = _cross(b - a, p - a), _cross(b - a, q - a)
    s, t = _cross(q - p, a - p), _cross(q - p, b - p)
    near_u, near_v = (np.abs(w) <= ON_LINE * np.hypot(*(b - a).T) for w in (u, v))
    touch = ((u * v < 0) | near_u | near_v) & (s * t <= 0)
    touch &= ~(near_u & near_v)  # a road along the line does not cross it
    pairs = np.unique(np.column_stack([i[touch], j[touch]]), axis=0)
    return pairs[:, 0].astype(np.int64), pairs[:, 1].astype(np.int64)


def _cells(pieces: Floats) -> tuple[Ints, Ints]:
    """(row, cell) for every cell of the grid that the box of a piece touches; long pieces are cut first."""
    step = pieces[:, 1] - pieces[:, 0]
    parts = np.maximum(1, np.ceil(np.abs(step).max(axis=1) / (5 * _CELL))).astype(np.int64)
    rows = np.repeat(np.arange(len(pieces)), parts)
    k = np.arange(parts.sum()) - np.repeat(np.cumsum(parts) - parts, parts)
    low = pieces[rows, 0] + step[rows] * (k / parts[rows])[:, None]
    high = pieces[rows, 0] + step[rows] * ((k + 1) / parts[rows])[:, None]
    pad = 1e-6
    x0, y0 = (np.floor((np.minimum(low, high)[:, d] - pad + (180, 90)[d]) / _CELL).astype(np.int64) for d in (0, 1))
    x1, y1 = (np.floor((np.maximum(low, high)[:, d] + pad + (180, 90)[d]) / _CELL).astype(np.int64) for d in (0, 1))
    wide, tall = x1 - x0 + 1, y1 - y0 + 1
    many = wide * tall
    n = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
    x = np.repeat(x0, many) + n % np.repeat(wide, many)
    y = np.repeat(y0, many) + n // np.repeat(wide, many)
    return np.repeat(rows, many), x * 100_000 + y
