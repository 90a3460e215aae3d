"""Crossings and towns of an extract, tied to the graph of its roads."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from crossings.importers.osm.border import Border, Meetings, km_between
from crossings.importers.osm.extract import Extract, Point
from crossings.importers.osm.graph import Graph, components
from crossings.importers.osm.tags import MODES, hours_of, modes_of, name_of, population_of

__all__ = ["Gate", "Ground", "Town", "find_gates", "find_towns"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MERGE_KM = 1.0  # carriageways and lanes of one crossing
SNAP_KM = 10.0  # from a town to the road through it
FAR = 1e9


@dataclass
class Gate:
    """A crossing that was found: where, what it is called, who may pass, and its nodes left and right of the line."""

    lon: float
    lat: float
    name: str
    local: str
    hours: str
    modes: tuple[str, ...]
    left: int
    right: int
    control: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Town:
    """A town with its node in the graph; ``population`` is None where the map has none."""

    lon: float
    lat: float
    name: str
    country: str
    node: int
    population: float | None


@dataclass
class Ground:
    """The graph with its cut roads, the country of each node (0 unknown, 1 left, -1 right), and its crossings."""

    graph: Graph
    lon: Floats
    lat: Floats
    side: Ints
    gates: list[Gate]
    notes: list[str] = field(default_factory=list)


def find_gates(extract: Extract, border: Border, met: Meetings, within_km: float, *, every_road: bool) -> Ground:
    """Cut the roads at borders, and make a crossing of each group of roads that meets the line near a control."""
    length = km_between(
        extract.lon[extract.tail], extract.lat[extract.tail], extract.lon[extract.head], extract.lat[extract.head]
    )
    with np.errstate(divide="ignore"):
        there = np.where(extract.forward > 0, 1 / extract.forward, math.inf)[extract.way] * length[:, None]
        back = np.where(extract.backward > 0, 1 / extract.backward, math.inf)[extract.way] * length[:, None]
    there, back = (np.where(np.isnan(h), math.inf, h) for h in (there, back))
    whole = ~met.cut
    base = len(extract.lon)
    joints = _Joints(base)
    gates, notes = [], []
    unguarded = 0
    for rows in _groups(met.lon, met.lat, MERGE_KM):
        lon, lat = float(met.lon[rows].mean()), float(met.lat[rows].mean())
        controls = _near(extract.controls, lon, lat, within_km)
        if not controls and not every_road:
            unguarded += len(rows)
            continue
        left, right = joints.node(lon, lat), joints.node(lon, lat)
        passing = joints.join(extract, met, rows, length, there, back, left, right)
        gate = _gate(extract, met, rows, controls, lon, lat, left, right, passing)
        if gate.modes:
            gates.append(gate)
        else:
            notes.append(f"not used: the crossing {gate.name!r} at {lat:.4f}, {lon:.4f}: no vehicle may pass")
    if unguarded:
        notes.append(
            f"not used: {unguarded:,} places where a road meets the line with no control within {within_km:g} km (--every-road takes them)"
        )
    graph = Graph(
        base + len(joints.lon),
        np.concatenate([extract.tail[whole], np.array(joints.tail, np.int64)]),
        np.concatenate([extract.head[whole], np.array(joints.head, np.int64)]),
        np.concatenate([length[whole], np.array(joints.km, float)]),
        np.concatenate([there[whole], np.array(joints.there, float).reshape(-1, len(MODES))]),
        np.concatenate([back[whole], np.array(joints.back, float).reshape(-1, len(MODES))]),
    )
    ground = Ground(
        graph,
        np.concatenate([extract.lon, np.array(joints.lon)]),
        np.concatenate([extract.lat, np.array(joints.lat)]),
        np.zeros(graph.size, np.int64),
        gates,
        notes,
    )
    _sides(ground)
    return ground


class _Joints:
    """Nodes and edges where a cut road ends at the line."""

    def __init__(self, base: int) -> None:
        self._base = base
        self.lon: list[float] = []
        self.lat: list[float] = []
        self.tail: list[int] = []
        self.head: list[int] = []
        self.km: list[float] = []
        self.there: list[Floats] = []
        self.back: list[Floats] = []

    def node(self, lon: float, lat: float) -> int:
        self.lon.append(lon)
        self.lat.append(lat)
        return self._base + len(self.lon) - 1

    def join(
        self,
        extract: Extract,
        met: Meetings,
        rows: Sequence[int],
        length: Floats,
        there: Floats,
        back: Floats,
        left: int,
        right: int,
    ) -> set[str]:
        """Tie both ends of the segments that meet the line to the sides of a crossing; the modes that reach both sides."""
        reach: dict[int, set[str]] = {1: set(), -1: set()}
        for row in rows:
            segment = met.segment[row]
            for node, side, outward in (
                (extract.tail[segment], met.tail_side[row], True),
                (extract.head[segment], met.head_side[row], False),
            ):
                if side == 0:
                    continue
                here = float(
                    km_between(
                        extract.lon[node : node + 1], extract.lat[node : node + 1], met.lon[[row]], met.lat[[row]]
                    )[0]
                )
                share = min(1.0, here / length[segment]) if length[segment] > 0 else 0.0
                to, fro = (there, back) if outward else (back, there)
                self.tail.append(int(node))
                self.head.append(left if side > 0 else right)
                self.km.append(here)
                with np.errstate(invalid="ignore"):
                    self.there.append(np.where(np.isinf(to[segment]), math.inf, to[segment] * share))
                    self.back.append(np.where(np.isinf(fro[segment]), math.inf, fro[segment] * share))
                free = np.isfinite(to[segment]) | np.isfinite(fro[segment])
                reach[int(side)] |= {mode for mode, may in zip(MODES, free, strict=True) if may}
        return reach[1] & reach[-1]


def _groups(lon: Floats, lat: Floats, km: float) -> list[list[int]]:
    """Points in groups: each is within ``km`` of another of its group."""
    left = set(range(len(lon)))
    found = []
    for start in range(len(lon)):
        if start not in left:
            continue
        left.discard(start)
        group, edge = [start], [start]
        while edge and left:
            rest = np.array(sorted(left))
            near = np.zeros(len(rest), bool)
            for k in edge:
                near |= km_between(lon[k], lat[k], lon[rest], lat[rest]) <= km
            edge = rest[near].tolist()
            left.difference_update(edge)
            group += edge
        found.append(sorted(group))
    return found


def _near(points: Sequence[Point], lon: float, lat: float, km: float) -> list[Point]:
    """The points within ``km``, nearest first."""
    if not points:
        return []
    apart = km_between(np.array([p.lon for p in points]), np.array([p.lat for p in points]), np.float64(lon), lat)  # type: ignore[arg-type]
    return [points[k] for k in np.argsort(apart, kind="stable") if apart[k] <= km]


def _gate(
    extract: Extract,
    met: Meetings,
    rows: Sequence[int],
    controls: Sequence[Point],
    lon: float,
    lat: float,
    left: int,
    right: int,
    passing: set[str],
) -> Gate:
    """A crossing by its controls: the first name, hours that can be read, and the modes that some control lets pass."""
    names = [name for p in controls if (name := name_of(p.tags))]
    locals_ = [p.tags["name"][:60] for p in controls if p.tags.get("name")]
    roads = [extract.road_tags.get(int(extract.way[met.segment[row]]), {}) for row in rows]
    named = [tags.get("ref") or tags.get("name:en") or tags.get("name") or "" for tags in roads]
    called = names[0] if names else next((f"road {name[:50]}" for name in named if name), f"at {lat:.3f} {lon:.3f}")
    hours, note = "", ""
    for point in controls:
        good, bad = hours_of(point.tags)
        if good and not hours:
            hours = good
        if bad:
            note = f"opening_hours {bad!r} of {called!r} cannot be read"
    here = [modes_of(p.tags) for p in controls if p.tags.get("barrier") == "border_control"]
    modes = [mode for mode in MODES if mode in passing and (not here or any(mode in may for may in here))]
    return Gate(
        lon,
        lat,
        called,
        locals_[0] if locals_ else "",
        hours,
        tuple(modes),
        left,
        right,
        bool(controls),
        "" if hours else note,
    )


def _sides(ground: Ground) -> None:
    """Which side of the line each node lies on: that of the crossing sides to which roads join it, by majority."""
    part = components(ground.graph)
    votes = np.zeros(int(part.max(initial=-1)) + 1, np.int64)
    for gate in ground.gates:
        votes[part[gate.left]] += 1
        votes[part[gate.right]] -= 1
    ground.side = np.sign(votes)[part]
    torn = [g.name for g in ground.gates if ground.side[g.left] != 1 or ground.side[g.right] != -1]
    if torn:
        shown = ", ".join(torn[:5]) + (", ..." if len(torn) > 5 else "")
        ground.notes.append(
            f"not used: crossings whose sides are joined by a road that no line cuts ({shown}); is the line complete?"
        )
        ground.gates[:] = [g for g in ground.gates if g.name not in torn]


def find_towns(extract: Extract, ground: Ground, border: Border, most: int) -> list[Town]:
    """The ``most`` largest towns of each side, each with the nearest node of a road that leads to a crossing."""
    joined = np.unique(np.concatenate([ground.graph.tail, ground.graph.head]))
    joined = joined[(ground.side[joined] != 0) & (joined < len(extract.lon))]
    if not len(joined) or not extract.towns:
        return []
    from scipy.spatial import cKDTree

    def unit(lon: Floats, lat: Floats) -> Floats:
        x, y = np.radians(lon), np.radians(lat)
        return np.column_stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)])

    tree = cKDTree(unit(ground.lon[joined], ground.lat[joined]))
    points = extract.towns
    apart, nearest = tree.query(unit(np.array([p.lon for p in points]), np.array([p.lat for p in points])))
    found: dict[str, list[Town]] = {border.left: [], border.right: []}
    for point, chord, at in zip(points, apart, nearest, strict=True):
        name = name_of(point.tags)
        if not name or chord * 6371.0088 > SNAP_KM:
            continue
        node = int(joined[at])
        country = border.left if ground.side[node] > 0 else border.right
        found[country].append(Town(point.lon, point.lat, name, country, node, population_of(point.tags)))
    towns: list[Town] = []
    for country, some in found.items():
        counted = sorted((t for t in some if t.population), key=lambda t: -(t.population or 0))
        if not counted and some:
            ground.notes.append(
                f"no town of {country} has a population: {min(most, len(some))} of its towns count alike"
            )
        chosen: list[Town] = []
        for town in counted or sorted(some, key=lambda t: t.name):
            if len(chosen) < most and town.node not in {other.node for other in chosen}:
                chosen.append(town)
        towns += chosen
    return towns
