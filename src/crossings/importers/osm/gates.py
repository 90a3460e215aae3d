"""Crossings of an extract: which roads over the line make one, and the graph of roads cut at the borders."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from crossings.importers.osm.border import OsmBorder
from crossings.importers.osm.extract import Extract, Point
from crossings.importers.osm.graph import RoadGraph, components
from crossings.importers.osm.guards import guarded
from crossings.importers.osm.meetings import Meeting, Meetings
from crossings.importers.osm.tags import CLASSES, MAIN, MODES
from crossings.importers.sides import Sides, km_between
from crossings.scenario.geojson import great_circle_km

__all__ = ["OsmGate", "OsmOptions", "SideGraph", "find_gates", "label_of"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LANE_KM = 0.3  # from a crossing: a small road without a control is a lane of it
LOOP_KM = 2.0  # a stretch beyond the line that is shorter, and comes back, leads nowhere
SHORT_KM = 1.0  # before the line: a main road that is cut there is taken to go on


@dataclass(frozen=True)
class OsmOptions:
    """How far along a road a control may stand from the line, how far apart roads of one crossing may be, and whether all count."""

    within_km: float = 5.0
    merge_km: float = 1.0
    every_road: bool = False


@dataclass
class OsmGate:
    """A crossing that was found: its place on the line, controls, roads, who may pass by road, and its nodes on both sides.

    ``short``: the file ends before the line. ``shut``: its road is closed to everybody. ``name``, ``local`` are filled in by ``naming``.
    """

    lon: float
    lat: float
    left: int
    right: int
    controls: list[Point]
    ways: list[int]
    passing: tuple[str, ...]
    short: bool = False
    shut: bool = False
    name: str = ""
    local: str = ""


@dataclass
class SideGraph:
    """The graph with its cut roads: position and side of each node (0 unknown, 1 left, -1 right), way of each edge (-1: none)."""

    graph: RoadGraph
    lon: Floats
    lat: Floats
    way: Ints
    side: Ints
    gates: list[OsmGate]
    notes: list[str] = field(default_factory=list)

    def add_node(self, lon: float, lat: float, side: int, ends: Sequence[tuple[int, float, float]]) -> int:
        """A new node with edges both ways: (node, km, km/h)."""
        node, old = self.graph.size, self.graph
        km = np.array([e[1] for e in ends])
        hours = np.repeat((km / np.array([e[2] for e in ends]))[:, None], len(MODES), axis=1)
        self.graph = RoadGraph(
            node + 1,
            np.append(old.tail, np.full(len(ends), node)),
            np.append(old.head, [e[0] for e in ends]),
            np.append(old.km, km),
            np.concatenate([old.there, hours]),
            np.concatenate([old.back, hours]),
        )
        self.way = np.append(self.way, np.full(len(ends), -1))
        self.lon, self.lat = np.append(self.lon, lon), np.append(self.lat, lat)
        self.side = np.append(self.side, side)
        return node


def label_of(extract: Extract, way: int) -> str:
    """What a road is called: its number, its name, or nothing."""
    tags = extract.road_tags.get(way, {})
    return (tags.get("ref") or tags.get("name:en") or tags.get("name") or "").split(";")[0].strip()[:50]


def find_gates(extract: Extract, border: OsmBorder, sides: Sides, met: Meetings, asked: OsmOptions) -> SideGraph:
    """Cut the roads at borders, and make a crossing of each group of roads that go over the line."""
    length = km_between(*(v[e] for e in (extract.tail, extract.head) for v in (extract.lon, extract.lat)))
    with np.errstate(divide="ignore", invalid="ignore"):
        hours = [
            np.where(speed > 0, length[:, None] / np.where(speed > 0, speed, 1.0), math.inf)
            for speed in (extract.forward[extract.way], extract.backward[extract.way])
        ]
    controls, lost = guarded(extract, border, met, length, asked.within_km)
    joints = _Joints(extract, length, *hours)
    gates, notes = [], extract.notes
    groups, small = _groups(extract, met.found, controls, asked)
    for rows in groups:
        anchor = met.found[rows[0]]
        passing = joints.join(anchor.lon, anchor.lat, [met.found[k] for k in rows])
        gate = OsmGate(
            anchor.lon,
            anchor.lat,
            joints.last - 1,
            joints.last,
            [p for k in rows for p in controls[k]],
            [int(extract.way[arm[0]]) for k in rows for arm in met.found[k].arms],
            passing,
        )
        if gate.passing:
            gates.append(gate)
        else:
            where = f"{label_of(extract, gate.ways[0])} {gate.lat:.4f}, {gate.lon:.4f}".strip()
            notes.append(f"not used: the road over the line at {where}: no vehicle may use it on both sides")
    if small:
        shown = ", ".join(_described(extract, met.found[k]) for k in small[:5]) + (", ..." if len(small) > 5 else "")
        notes.append(
            f"not used: {len(small):,} small roads over the line without a control ({shown}); --every-road takes them"
        )
    if lost:
        shown = ", ".join(f"{p.lat:.4f} {p.lon:.4f}" for p in lost[:5]) + (", ..." if len(lost) > 5 else "")
        notes.append(
            f"not used: {len(lost)} controls from which no road leads to the line within {asked.within_km:g} km ({shown})"
        )
    if len(met.dipping):
        names = dict.fromkeys(label_of(extract, int(extract.way[k])) or "a road without a name" for k in met.dipping)
        notes.append(
            f"roads that dip over the line and back are taken as lying on one side: {', '.join(list(names)[:5])}"
        )
    if not gates or asked.every_road:
        gates += _cut_short(extract, sides, joints, asked, gates)
    ground = joints.ground(~met.cut, gates, notes)
    _settle_sides(extract, ground, sides)
    _drop_loops(ground)
    _mark_shut(extract, ground)
    return ground


def _mark_shut(extract: Extract, ground: SideGraph) -> None:
    """Crossings that nobody gets over while roads that are closed to everybody are: at the line, or on the way to it."""
    g, shut = ground.graph, np.isin(ground.way, list(extract.shut))
    if not shut.any():
        return
    open_ = RoadGraph(g.size, g.tail[~shut], g.head[~shut], g.km[~shut], g.there[~shut], g.back[~shut])
    whole, rest = (np.bincount(part)[part] for part in (components(g), components(open_)))
    for gate in ground.gates:
        doors = [gate.left, gate.right]
        gate.shut = set(gate.ways) <= extract.shut or bool((2 * rest[doors] < whole[doors]).any())


def _described(extract: Extract, meeting: Meeting) -> str:
    way = int(extract.way[meeting.arms[0][0]])
    return f"{label_of(extract, way) or extract.kinds[way]} {meeting.lat:.4f} {meeting.lon:.4f}"


def _groups(
    extract: Extract, met: list[Meeting], controls: list[list[Point]], asked: OsmOptions
) -> tuple[list[list[int]], list[int]]:
    """Meetings that make one crossing, the main one first; and those that make none."""
    order = list(CLASSES)
    rank = [min(order.index(extract.kinds[int(extract.way[arm[0]])]) for arm in meeting.arms) for meeting in met]
    counts = [bool(controls[k]) or asked.every_road or rank[k] < len(MAIN) for k in range(len(met))]
    first = sorted(
        (k for k in range(len(met)) if counts[k]), key=lambda k: (not controls[k], rank[k], met[k].lat, met[k].lon)
    )
    groups: list[list[int]] = []
    small: list[int] = []
    for k in [*first, *(k for k in range(len(met)) if not counts[k])]:
        most = asked.merge_km if counts[k] else min(asked.merge_km, LANE_KM)
        anchors = [met[group[0]] for group in groups]
        if anchors:
            apart = km_between(
                np.array([m.lon for m in anchors]),
                np.array([m.lat for m in anchors]),
                np.array(met[k].lon),
                np.array(met[k].lat),
            )
            near = int(np.argmin(apart))
            if apart[near] <= most:
                groups[near].append(k)
                continue
        if counts[k]:
            groups.append([k])
        else:
            small.append(k)
    return groups, small


class _Joints:
    """The graph as it is made: the extract's nodes and segments, and nodes and edges where roads meet the line."""

    def __init__(self, extract: Extract, length: Floats, there: Floats, back: Floats) -> None:
        self._extract, self._length, self._there, self._back = extract, length, there, back
        self.last = len(extract.lon) - 1
        self._nodes: list[tuple[float, float]] = []
        self._edges: list[tuple[int, int, float, Floats, Floats, int]] = []

    def node(self, lon: float, lat: float) -> int:
        self._nodes.append((lon, lat))
        self.last += 1
        return self.last

    def join(self, lon: float, lat: float, met: Sequence[Meeting]) -> tuple[str, ...]:
        """Two new nodes at one place, left and right of the line, tied to the roads of some meetings; the modes that pass."""
        nodes = {1: self.node(lon, lat), -1: self.node(lon, lat)}
        reach: dict[int, set[str]] = {1: set(), -1: set()}
        e = self._extract
        for meeting in met:
            beside = great_circle_km(lon, lat, meeting.lon, meeting.lat)
            for segment, is_tail, node, side in meeting.arms:
                here = great_circle_km(e.lon[node], e.lat[node], meeting.lon, meeting.lat) + beside
                to, fro = (self._there, self._back) if is_tail else (self._back, self._there)
                share = here / self._length[segment] if self._length[segment] > 0 else 0.0
                with np.errstate(invalid="ignore"):
                    out, back = (np.where(np.isinf(h[segment]), math.inf, h[segment] * share) for h in (to, fro))
                self._edges.append((node, nodes[side], here, out, back, int(e.way[segment])))
                free = np.isfinite(out) | np.isfinite(back)
                reach[side] |= {mode for mode, may in zip(MODES, free, strict=True) if may}
        return tuple(mode for mode in MODES if mode in reach[1] and mode in reach[-1])

    def edge(self, node: int, to: int, km: float, kmh: float) -> None:
        hours = np.full(len(MODES), km / kmh)
        self._edges.append((node, to, km, hours, hours, -1))

    def ground(self, whole: NDArray[np.bool_], gates: list[OsmGate], notes: list[str]) -> SideGraph:
        e, edges = self._extract, self._edges

        def column(k: int) -> Floats:
            return np.array([edge[k] for edge in edges], float).reshape(
                len(edges), *([] if k < 3 or k == 5 else [len(MODES)])
            )

        new = np.array(self._nodes, float).reshape(-1, 2)
        graph = RoadGraph(
            self.last + 1,
            np.concatenate([e.tail[whole], column(0).astype(np.int64)]),
            np.concatenate([e.head[whole], column(1).astype(np.int64)]),
            np.concatenate([self._length[whole], column(2)]),
            np.concatenate([self._there[whole], column(3)]),
            np.concatenate([self._back[whole], column(4)]),
        )
        return SideGraph(
            graph,
            np.concatenate([e.lon, new[:, 0]]),
            np.concatenate([e.lat, new[:, 1]]),
            np.concatenate([e.way[whole], column(5).astype(np.int64)]),
            np.zeros(graph.size, np.int64),
            gates,
            notes,
        )


def _cut_short(
    extract: Extract, sides: Sides, joints: _Joints, asked: OsmOptions, there: list[OsmGate]
) -> list[OsmGate]:
    """Main roads that the file cuts off just before the line, away from the crossings that are ``there``.

    That a road is cut shows in a one-way road that ends in nothing, or in two ends beside one another; where none shows
    it, the main roads that end there.
    """
    degree = np.bincount(np.concatenate([extract.tail, extract.head]), minlength=len(extract.lon))
    rank = {kind: k for k, kind in enumerate(MAIN)}
    ends: list[tuple[int, int, int, bool]] = []
    for segment in np.flatnonzero((degree[extract.tail] == 1) | (degree[extract.head] == 1)).tolist():
        way = int(extract.way[segment])
        if extract.kinds[way] in rank:
            node = int(extract.tail[segment] if degree[extract.tail[segment]] == 1 else extract.head[segment])
            one_way = bool((extract.forward[way] == 0).all() or (extract.backward[way] == 0).all())
            ends.append((rank[extract.kinds[way]], way, node, one_way))
    near: list[tuple[int, int, int, bool, float, float, float]] = []
    for k, way, node, one_way in sorted(ends):
        lon, lat, km = sides.foot(float(extract.lon[node]), float(extract.lat[node]))
        if km <= SHORT_KM:
            near.append((k, way, node, one_way, lon, lat, km))
    groups: list[list[tuple[int, int, int, bool, float, float, float]]] = []
    for end in near:
        for group in groups:
            if great_circle_km(end[4], end[5], group[0][4], group[0][5]) <= asked.merge_km:
                group.append(end)
                break
        else:
            groups.append([end])
    cut = [group for group in groups if len(group) > 1 or group[0][3]] or ([] if there else groups)
    gates = []
    for group in cut:
        if any(great_circle_km(gate.lon, gate.lat, group[0][4], group[0][5]) <= asked.merge_km for gate in there):
            continue
        _, way, _, _, lon, lat, km = group[0]
        side = sides.at(float(extract.lon[group[0][2]]), float(extract.lat[group[0][2]])) or 1
        left, right = joints.node(lon, lat), joints.node(lon, lat)
        for k, _, node, *_ in group:
            joints.edge(
                node,
                left if side > 0 else right,
                great_circle_km(extract.lon[node], extract.lat[node], lon, lat),
                CLASSES[MAIN[k]],
            )
        modes = tuple(
            m for k, m in enumerate(MODES) if any(extract.forward[w][k] or extract.backward[w][k] for _, w, *_ in group)
        )
        gates.append(OsmGate(lon, lat, left, right, [], [way], modes, short=True))
        called = label_of(extract, way) or extract.kinds[way]
        extract.notes.append(
            f"the file stops before the line: {called} ends {km:.1f} km before it at "
            f"{extract.lat[group[0][2]]:.4f}, {extract.lon[group[0][2]]:.4f}, and is taken to go on"
        )
    return gates


def _settle_sides(extract: Extract, ground: SideGraph, sides: Sides) -> None:
    """Which side of the line each part of the graph lies on; roads that join both sides and go over no line are dropped."""
    part = components(ground.graph)
    votes = np.zeros((int(part.max(initial=-1)) + 1, 2), np.int64)
    for gate in ground.gates:
        votes[part[gate.left], 0] += 1
        votes[part[gate.right], 1] += 1
    torn = np.flatnonzero((votes > 0).all(axis=1))
    if len(torn):
        inner = np.flatnonzero(np.isin(part, torn))
        of_node = np.zeros(ground.graph.size, np.int64)
        of_node[inner] = sides.of_points(ground.lon[inner], ground.lat[inner])
        for gate in ground.gates:
            of_node[gate.left], of_node[gate.right] = 1, -1
        g = ground.graph
        bad = of_node[g.tail] * of_node[g.head] < 0
        ways = dict.fromkeys(int(w) for w in ground.way[bad] if w >= 0)
        shown = ", ".join(f"{label_of(extract, w) or extract.kinds[w]}" for w in list(ways)[:5])
        at = np.flatnonzero(bad)[:1]
        where = f" near {ground.lat[g.tail[at[0]]]:.4f}, {ground.lon[g.tail[at[0]]]:.4f}" if len(at) else ""
        ground.notes.append(
            f"not used: roads that join both sides and go over no line ({shown}{where}); is the line complete?"
        )
        ground.graph = RoadGraph(g.size, g.tail[~bad], g.head[~bad], g.km[~bad], g.there[~bad], g.back[~bad])
        ground.way = ground.way[~bad]
        part = components(ground.graph)
    votes = np.zeros((int(part.max(initial=-1)) + 1, 2), np.int64)
    for gate in ground.gates:
        votes[part[gate.left], 0] += 1
        votes[part[gate.right], 1] += 1
    ground.side = np.sign(votes[:, 0] - votes[:, 1])[part]
    torn_gates = [g for g in ground.gates if ground.side[g.left] != 1 or ground.side[g.right] != -1]
    if torn_gates:
        shown = ", ".join(f"{g.lat:.4f} {g.lon:.4f}" for g in torn_gates[:5])
        ground.notes.append(
            f"not used: crossings whose sides are one and the same by road ({shown}); is the line complete?"
        )
        ground.gates[:] = [g for g in ground.gates if g not in torn_gates]


def _drop_loops(ground: SideGraph) -> None:
    """Leave out crossings to a short stretch of road that only comes back to them: a road along the border that winds over it."""
    part = components(ground.graph)
    parts = int(part.max(initial=-1)) + 1
    degree = np.bincount(np.concatenate([ground.graph.tail, ground.graph.head]), minlength=ground.graph.size)
    dead = np.bincount(part[degree == 1], minlength=parts)
    km = np.bincount(part[ground.graph.tail], weights=ground.graph.km, minlength=parts)
    doors = np.bincount(part[[n for g in ground.gates for n in (g.left, g.right)]], minlength=parts)
    for gate in ground.gates:
        for node in (gate.left, gate.right):
            dead[part[node]] -= int(degree[node] == 1)
    kept = []
    for gate in ground.gates:
        here = part[[gate.left, gate.right]]
        if gate.short or ((dead[here] > 0) | (doors[here] > 1) | (km[here] > LOOP_KM)).all():
            kept.append(gate)
        else:
            ground.notes.append(
                f"not used: a road that only winds over the line and back at {gate.lat:.4f}, {gate.lon:.4f}"
            )
    ground.gates[:] = kept
