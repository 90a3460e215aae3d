"""Crossings of an extract: which roads over the line make one, and the graph of roads cut at the borders."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from crossings.importers.osm.border import OsmBorder
from crossings.importers.osm.extract import Extract, Point
from crossings.importers.osm.graph import RoadGraph, components
from crossings.importers.osm.guards import guarded
from crossings.importers.osm.meetings import Meeting, Meetings
from crossings.importers.osm.request import OsmRequest
from crossings.importers.osm.tags import CLASSES, MAIN, MODES
from crossings.importers.sides import Sides
from crossings.io.faults import counted
from crossings.scenario.geojson import great_circle_km, km_between

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LANE_KM = 0.3  # from a crossing: a small road without a control is a lane of it
LOOP_KM = 2.0  # a stretch beyond the line that is shorter, and comes back, leads nowhere
SHORT_KM = 1.0  # before the line: a main road that is cut there is taken to go on


@dataclass
class OsmGate:
    """A crossing that was found: its place on the line, controls, roads, who may pass by road, and its nodes on both sides.

    ``short``: the file ends before the line. ``shut``: its road is closed to everybody. ``name``, ``local`` are filled in by
    ``naming``.
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

    def door(self, side: int) -> int:
        """Its node on the left of the line (1), or on the right (-1)."""
        return self.left if side > 0 else self.right


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
        heads, km, kmh = (np.array(column) for column in zip(*ends, strict=True))
        hours = np.repeat((km / kmh)[:, None], len(MODES), axis=1)
        new = np.full(len(ends), node)
        self.graph = RoadGraph(
            node + 1,
            np.append(old.tail, new),
            np.append(old.head, heads),
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


def find_gates(extract: Extract, border: OsmBorder, sides: Sides, met: Meetings, asked: OsmRequest) -> SideGraph:
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
        some = [met.found[k] for k in rows]
        passing = joints.join(some[0].lon, some[0].lat, some)
        guards = [p for k in rows for p in controls[k]]
        ways = [int(extract.way[arm[0]]) for meeting in some for arm in meeting.arms]
        gate = OsmGate(some[0].lon, some[0].lat, joints.last - 1, joints.last, guards, ways, passing)
        if gate.passing:
            gates.append(gate)
        else:
            where = f"{label_of(extract, gate.ways[0])} {gate.lat:.4f}, {gate.lon:.4f}".strip()
            notes.append(f"not used: the road over the line at {where}: no vehicle may use it on both sides")
    if small:
        first = [(int(extract.way[met.found[k].arms[0][0]]), met.found[k]) for k in small[:5]]
        called = [(label_of(extract, way) or extract.kinds[way], meeting) for way, meeting in first]
        shown = ", ".join(f"{name} {m.lat:.4f} {m.lon:.4f}" for name, m in called) + (", ..." if len(small) > 5 else "")
        notes.append(
            f"not used: {counted(len(small), 'small road')} over the line without a control ({shown}); take such roads with --every-road"
        )
    if lost:
        shown = ", ".join(f"{p.lat:.4f} {p.lon:.4f}" for p in lost[:5]) + (", ..." if len(lost) > 5 else "")
        notes.append(
            f"not used: {counted(len(lost), 'control')} from which no road leads to the line within {asked.within_km:g} km ({shown})"
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
    shut = np.isin(ground.way, list(extract.shut))
    if not shut.any():
        return
    parts = components(ground.graph), components(ground.graph.only(~shut))
    whole, rest = (np.bincount(part)[part] for part in parts)
    for gate in ground.gates:
        doors = [gate.left, gate.right]
        gate.shut = set(gate.ways) <= extract.shut or bool((2 * rest[doors] < whole[doors]).any())


def _groups(
    extract: Extract, met: list[Meeting], controls: list[list[Point]], asked: OsmRequest
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
            lon, lat = np.array([(m.lon, m.lat) for m in anchors]).T
            apart = km_between(lon, lat, np.array(met[k].lon), np.array(met[k].lat))
            near = int(np.argmin(apart))
            if apart[near] <= most:
                groups[near].append(k)
                continue
        if counts[k]:
            groups.append([k])
        else:
            small.append(k)
    return groups, small


class _Joint(NamedTuple):
    """A new edge: from a node of the extract to a new one, with hours there and back by mode, and the way it is of (-1: none)."""

    node: int
    to: int
    km: float
    there: Floats
    back: Floats
    way: int


class _Joints:
    """The graph as it is made: the extract's nodes and segments, and nodes and edges where roads meet the line."""

    def __init__(self, extract: Extract, length: Floats, there: Floats, back: Floats) -> None:
        self._extract, self._length, self._there, self._back = extract, length, there, back
        self.last = len(extract.lon) - 1
        self._nodes: list[tuple[float, float]] = []
        self._edges: list[_Joint] = []

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
                self._edges.append(_Joint(node, nodes[side], here, out, back, int(e.way[segment])))
                free = np.isfinite(out) | np.isfinite(back)
                reach[side] |= {mode for mode, may in zip(MODES, free, strict=True) if may}
        return tuple(mode for mode in MODES if mode in reach[1] and mode in reach[-1])

    def edge(self, node: int, to: int, km: float, kmh: float) -> None:
        hours = np.full(len(MODES), km / kmh)
        self._edges.append(_Joint(node, to, km, hours, hours, -1))

    def ground(self, whole: NDArray[np.bool_], gates: list[OsmGate], notes: list[str]) -> SideGraph:
        e, edges = self._extract, self._edges
        lon, lat = np.array(self._nodes, float).reshape(-1, 2).T
        graph = RoadGraph(
            self.last + 1,
            np.concatenate([e.tail[whole], np.array([edge.node for edge in edges], np.int64)]),
            np.concatenate([e.head[whole], np.array([edge.to for edge in edges], np.int64)]),
            np.concatenate([self._length[whole], [edge.km for edge in edges]]),
            np.concatenate([self._there[whole], *([edge.there] for edge in edges)]),
            np.concatenate([self._back[whole], *([edge.back] for edge in edges)]),
        )
        ways = np.concatenate([e.way[whole], np.array([edge.way for edge in edges], np.int64)])
        side = np.zeros(graph.size, np.int64)
        return SideGraph(graph, np.append(e.lon, lon), np.append(e.lat, lat), ways, side, gates, notes)


class _End(NamedTuple):
    """A node at which a main road ends near the line: its class and way, whether it is one-way, and the nearest point of the
    line.
    """

    rank: int
    way: int
    node: int
    one_way: bool
    lon: float
    lat: float
    km: float


def _cut_short(
    extract: Extract, sides: Sides, joints: _Joints, asked: OsmRequest, there: list[OsmGate]
) -> list[OsmGate]:
    """Main roads that the file cuts off just before the line, away from the crossings that are ``there``.

    That a road is cut shows in a one-way road that ends in nothing, or in two ends beside one another; where none shows
    it, the main roads that end there.
    """
    degree = np.bincount(np.concatenate([extract.tail, extract.head]), minlength=len(extract.lon))
    rank = {kind: k for k, kind in enumerate(MAIN)}
    ends = []
    for segment in np.flatnonzero((degree[extract.tail] == 1) | (degree[extract.head] == 1)).tolist():
        way = int(extract.way[segment])
        if extract.kinds[way] in rank:
            node = int(extract.tail[segment] if degree[extract.tail[segment]] == 1 else extract.head[segment])
            one_way = bool((extract.forward[way] == 0).all() or (extract.backward[way] == 0).all())
            foot = sides.foot(float(extract.lon[node]), float(extract.lat[node]))
            ends.append(_End(rank[extract.kinds[way]], way, node, one_way, *foot))
    groups: list[list[_End]] = []
    for end in sorted(end for end in ends if end.km <= SHORT_KM):
        near = (g for g in groups if great_circle_km(end.lon, end.lat, g[0].lon, g[0].lat) <= asked.merge_km)
        group = next(near, None)
        if group is None:
            groups.append([end])
        else:
            group.append(end)
    cut = [group for group in groups if len(group) > 1 or group[0].one_way] or ([] if there else groups)
    gates = []
    for group in cut:
        first = group[0]
        if any(great_circle_km(gate.lon, gate.lat, first.lon, first.lat) <= asked.merge_km for gate in there):
            continue
        at = float(extract.lon[first.node]), float(extract.lat[first.node])
        left, right = joints.node(first.lon, first.lat), joints.node(first.lon, first.lat)
        door = left if sides.at(*at) >= 0 else right
        for end in group:
            km = great_circle_km(extract.lon[end.node], extract.lat[end.node], first.lon, first.lat)
            joints.edge(end.node, door, km, CLASSES[MAIN[end.rank]])
        free = sum(extract.forward[end.way] + extract.backward[end.way] for end in group)
        modes = tuple(mode for k, mode in enumerate(MODES) if np.asarray(free)[k] > 0)
        gates.append(OsmGate(first.lon, first.lat, left, right, [], [first.way], modes, short=True))
        called = label_of(extract, first.way) or extract.kinds[first.way]
        extract.notes.append(
            f"the file stops before the line: {called} ends {first.km:.1f} km before it at "
            f"{at[1]:.4f}, {at[0]:.4f}, and is taken to go on"
        )
    return gates


def _settle_sides(extract: Extract, ground: SideGraph, sides: Sides) -> None:
    """Which side of the line each part of the graph lies on; roads that join both sides and go over no line are dropped."""
    part, votes = _votes(ground)
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
        ground.graph, ground.way = g.only(~bad), ground.way[~bad]
        part, votes = _votes(ground)
    ground.side = np.sign(votes[:, 0] - votes[:, 1])[part]
    torn_gates = [g for g in ground.gates if ground.side[g.left] != 1 or ground.side[g.right] != -1]
    if torn_gates:
        shown = ", ".join(f"{g.lat:.4f} {g.lon:.4f}" for g in torn_gates[:5])
        ground.notes.append(
            f"not used: crossings whose sides are one and the same by road ({shown}); is the line complete?"
        )
        ground.gates[:] = [g for g in ground.gates if g not in torn_gates]


def _votes(ground: SideGraph) -> tuple[Ints, Ints]:
    """[N] the part of the graph in which each node lies, and [parts, 2] how many crossings have it on their left and right."""
    part = components(ground.graph)
    votes = np.zeros((int(part.max(initial=-1)) + 1, 2), np.int64)
    for gate in ground.gates:
        votes[part[gate.left], 0] += 1
        votes[part[gate.right], 1] += 1
    return part, votes


def _drop_loops(ground: SideGraph) -> None:
    """Leave out crossings to a short stretch of road that only comes back to them: a road along the border that winds over it."""
    part = components(ground.graph)
    parts = int(part.max(initial=-1)) + 1
    degree = ground.graph.degree
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
