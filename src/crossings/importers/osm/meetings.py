"""Where roads go over the line of a border: by the sides on which their nodes lie, not by how often a piece touches it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crossings.importers.osm.border import OsmBorder
from crossings.importers.osm.extract import Extract
from crossings.importers.sides import Sides, touching

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Meeting:
    """A place where a road goes over the line: its position, and the segments there, each with its end and side.

    arms: (segment, whether the end off the line is its tail, node, side of that node).
    """

    lon: float
    lat: float
    arms: tuple[tuple[int, bool, int, int], ...]


@dataclass(frozen=True)
class Meetings:
    """All of them; ``cut`` [S]: segments on which no road leads on as drawn; ``foreign``: those that meet another border;
    ``dipping``: those over the line and back at once."""

    found: list[Meeting]
    cut: NDArray[np.bool_]
    foreign: Ints
    dipping: Ints


def find_meetings(extract: Extract, border: OsmBorder, sides: Sides) -> Meetings:
    """The segments with ends on both sides of the line, and the nodes on it with roads to both."""
    tail, head = extract.tail, extract.head
    road = np.stack(
        [
            np.column_stack([extract.lon[tail], extract.lat[tail]]),
            np.column_stack([extract.lon[head], extract.lat[head]]),
        ],
        axis=1,
    )
    i, j = touching(road, np.stack([border.start, border.end], axis=1))
    cut = np.zeros(len(road), bool)
    foreign = np.unique(touching(road, border.others)[0])
    cut[foreign] = True
    met, first = np.unique(i, return_index=True)
    ends = np.unique(np.concatenate([tail[met], head[met]]))
    of_end = sides.of_points(extract.lon[ends], extract.lat[ends])
    side = dict(zip(ends.tolist(), of_end.tolist(), strict=True))
    found, dipping = [], []
    at_node: dict[int, list[tuple[int, bool, int, int]]] = {}
    last = np.append(first, len(i))[1:]
    for segment, a, b in zip(met.tolist(), first.tolist(), last.tolist(), strict=True):
        p, q = int(tail[segment]), int(head[segment])
        if side[p] * side[q] < 0:
            lon, lat = _middle_hit(road[segment], border, j[a:b])
            found.append(Meeting(lon, lat, ((segment, True, p, side[p]), (segment, False, q, side[q]))))
            cut[segment] = True
        elif side[p] and side[q]:
            dipping.append(segment)
        elif side[p] or side[q]:
            node, off, is_tail = (q, p, True) if side[p] else (p, q, False)
            at_node.setdefault(node, []).append((segment, is_tail, off, side[off]))
    for node, arms in at_node.items():
        if len({arm[3] for arm in arms}) == 2:
            found.append(Meeting(float(extract.lon[node]), float(extract.lat[node]), tuple(arms)))
            cut[[arm[0] for arm in arms]] = True
    return Meetings(found, cut, foreign, np.array(dipping, np.int64))


def _middle_hit(piece: Floats, border: OsmBorder, rows: Ints) -> tuple[float, float]:
    """Where a segment meets the line; of several places the middle one."""
    p, q = piece
    a, b = border.start[rows], border.end[rows]
    step = b - a
    length = np.maximum(np.hypot(*step.T), 1e-18)
    from_p, from_q = ((step[:, 0] * (x[1] - a[:, 1]) - step[:, 1] * (x[0] - a[:, 0])) / length for x in (p, q))
    share = np.clip(from_p / np.where(from_p == from_q, 1.0, from_p - from_q), 0, 1)
    at = p + np.sort(share)[len(share) // 2] * (q - p)
    return float(at[0]), float(at[1])
