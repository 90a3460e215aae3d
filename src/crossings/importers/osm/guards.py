"""Which control belongs to which place on the line: the nearest along the road on which it stands."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from crossings.importers.osm.border import OsmBorder
from crossings.importers.osm.extract import Extract, Point
from crossings.importers.osm.meetings import Meetings
from crossings.importers.sides import EARTH_KM
from crossings.scenario.geojson import great_circle_km

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BESIDE_KM = 0.3  # how far from a road a building of customs may stand


def unit(lon: Floats, lat: Floats) -> Floats:
    """[N, 3] points of the unit sphere."""
    x, y = np.radians(lon), np.radians(lat)
    return np.column_stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)])


def unit_of(points: list[Point]) -> Floats:
    """[N, 3] the positions of tagged points on the unit sphere."""
    return unit(np.array([p.lon for p in points]), np.array([p.lat for p in points]))


def guarded(
    extract: Extract, border: OsmBorder, meetings: Meetings, length: Floats, within_km: float
) -> tuple[list[list[Point]], list[Point]]:
    """The controls of each meeting, nearest first, and those near the line that no road leads from to it within ``within_km``.

    A control that is nearer to another border belongs there, and to neither.
    """
    met, controls = meetings.found, extract.controls
    if controls:
        near = _km_to_line(unit_of(controls), border) <= within_km + 1
        controls = [p for p, is_near in zip(controls, near, strict=True) if is_near]
    found: list[list[tuple[float, Point]]] = [[] for _ in met]
    lost: list[Point] = []
    if not met or not controls:
        return [[] for _ in met], controls
    away, nearest = _by_road(extract, meetings, length, within_km)
    for point, ends in zip(controls, _starts(extract, controls), strict=True):
        reached = [(km + away[node], nearest[node]) for node, km in ends if math.isfinite(away[node])]
        km, which = min(reached, default=(math.inf, -1))
        if which >= 0 and km <= within_km:
            found[which].append((km, point))
        elif which < 0 and km == math.inf:
            lost.append(point)
    return [[point for _, point in sorted(some, key=lambda item: item[0])] for some in found], lost


def without_shut_inland(extract: Extract, border: OsmBorder, within_km: float) -> Extract:
    """The extract without roads that are closed to everybody, but for those near the line: there a border may be shut."""
    shut = np.flatnonzero(np.isin(extract.way, list(extract.shut)))
    if not len(shut):
        return extract
    lon, lat = (np.stack([v[extract.tail[shut]], v[extract.head[shut]]]) for v in (extract.lon, extract.lat))
    far = _km_to_line(unit(lon.ravel(), lat.ravel()), border).reshape(lon.shape).min(axis=0) > within_km
    kept = np.ones(len(extract.tail), bool)
    kept[shut[far]] = False
    return replace(extract, tail=extract.tail[kept], head=extract.head[kept], way=extract.way[kept])


def _km_to_line(points: Floats, border: OsmBorder) -> Floats:
    """[N] km from points of the unit sphere to the line, within a km."""
    piece = np.hypot(*(border.end - border.start).T)
    parts = np.maximum(1, np.ceil(piece / 0.01)).astype(np.int64)
    row = np.repeat(np.arange(len(piece)), parts)
    share = (np.arange(parts.sum()) - np.repeat(np.cumsum(parts) - parts, parts) + 0.5) / parts[row]
    line = border.start[row] + (border.end - border.start)[row] * share[:, None]
    chord: Floats = cKDTree(unit(line[:, 0], line[:, 1])).query(points)[0]
    return chord * EARTH_KM


def _by_road(extract: Extract, meetings: Meetings, length: Floats, within_km: float) -> tuple[Floats, Ints]:
    """[N] km along roads from each node to the nearest meeting, and which it is: -1 for another border."""
    met = meetings.found
    size, base = len(extract.lon) + len(met), len(extract.lon)
    cut = {arm[0] for meeting in met for arm in meeting.arms}
    whole = np.ones(len(extract.tail), bool)
    whole[list(cut)] = False
    whole[meetings.foreign] = False
    elsewhere = np.unique(np.concatenate([extract.tail[meetings.foreign], extract.head[meetings.foreign]]))
    tail, head, km = extract.tail[whole].tolist(), extract.head[whole].tolist(), length[whole].tolist()
    for k, meeting in enumerate(met):
        for segment, *_ in meeting.arms:
            for node in (int(extract.tail[segment]), int(extract.head[segment])):
                tail.append(base + k)
                head.append(node)
                km.append(great_circle_km(meeting.lon, meeting.lat, extract.lon[node], extract.lat[node]))
    weights = np.maximum(np.array(km), 1e-9)
    both = (np.array(tail), np.array(head))
    pairs = np.stack([np.minimum(*both), np.maximum(*both)], axis=1)
    # of two pieces between the same nodes the shorter one counts
    ranked = np.lexsort((weights, pairs[:, 1], pairs[:, 0]))
    pairs, weights = pairs[ranked], weights[ranked]
    keep = np.ones(len(pairs), bool)
    keep[1:] = (pairs[1:] != pairs[:-1]).any(axis=1)
    graph = csr_matrix((weights[keep], (pairs[keep, 0], pairs[keep, 1])), shape=(size, size))
    away, _, source = dijkstra(
        graph,
        directed=False,
        indices=np.concatenate([np.arange(base, size), elsewhere]),
        min_only=True,
        return_predecessors=True,
        limit=within_km,
    )
    return away[:base], np.where(source[:base] >= base, source[:base] - base, -1).astype(np.int64)


def _starts(extract: Extract, controls: list[Point]) -> list[list[tuple[int, float]]]:
    """For each control the nodes of the road on which it stands, or beside which: (node, km)."""
    on_road = np.zeros(len(extract.lon), bool)
    on_road[extract.tail] = True
    on_road[extract.head] = True
    if not len(extract.tail):
        return [[] for _ in controls]
    low_lon, low_lat = (np.minimum(v[extract.tail], v[extract.head]) for v in (extract.lon, extract.lat))
    high_lon, high_lat = (np.maximum(v[extract.tail], v[extract.head]) for v in (extract.lon, extract.lat))
    found = []
    for point in controls:
        at = int(np.searchsorted(extract.ids, point.id)) if point.id else len(extract.ids)
        if at < len(extract.ids) and extract.ids[at] == point.id and on_road[at]:
            found.append([(at, 0.0)])
            continue
        scale = math.cos(math.radians(point.lat))
        pad_lat = BESIDE_KM / 111.2
        pad_lon = pad_lat / max(scale, 0.01)
        near = np.flatnonzero(
            (low_lon <= point.lon + pad_lon)
            & (high_lon >= point.lon - pad_lon)
            & (low_lat <= point.lat + pad_lat)
            & (high_lat >= point.lat - pad_lat)
        )
        found.append(_beside(extract, point, near, scale))
    return found


def _beside(extract: Extract, point: Point, near: Ints, scale: float) -> list[tuple[int, float]]:
    """Both ends of the nearest of some segments, if it is near enough, and how far along it they are."""
    if not len(near):
        return []
    flat = np.array([scale, 1.0]) * 111.2
    here = np.array([point.lon, point.lat]) * flat
    p, q = (
        np.column_stack([extract.lon[ends[near]], extract.lat[ends[near]]]) * flat
        for ends in (extract.tail, extract.head)
    )
    step = q - p
    along = np.clip(((here - p) * step).sum(1) / np.maximum((step**2).sum(1), 1e-18), 0, 1)
    off = np.hypot(*(p + along[:, None] * step - here).T)
    k = int(np.argmin(off))
    if off[k] > BESIDE_KM:
        return []
    whole, share = float(np.hypot(*step[k])), float(along[k])
    return [(int(extract.tail[near[k]]), share * whole), (int(extract.head[near[k]]), (1 - share) * whole)]
