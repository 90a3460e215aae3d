"""Cells in the numbers of a model: how much of the flow at each gate and in each period belongs to each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crossings.kernel.agents.tally import COUNTS
from crossings.model import Model
from crossings.observations.periods import Cell
from crossings.observations.regions import Piece
from crossings.scenario.clock import Clock


@dataclass(frozen=True, slots=True)
class Weighed:
    """Cells on a grid: C cells, P periods, G gates of the model.

    edges: ms since the start, [P + 1]. weights: [C, P, G], unit of the count for one traveller. column: [C], which of
    `crossings.kernel.agents.tally.COUNTS` is counted. The expectation of cell c is
    ``(weights[c] * flow[:, :, column[c]]).sum()`` with flow [P, G, counts]; those *waiting* are those at a period's end.
    """

    edges: NDArray[np.int64]
    weights: NDArray[np.float64]
    column: NDArray[np.int64]


def weigh(cells: Sequence[Cell], model: Model, edges: NDArray[np.int64] | None = None) -> Weighed:
    """Weigh cells on a grid of periods; by default the coarsest on which they are exact, from 0 to the last moment needed.

    edges: ms since the start, increasing, [P + 1]. A period that a cell covers in part counts by the share of time; what
    lies outside of the grid counts nothing. Those waiting are taken at the edge nearest to their moment.

    >>> import crossings as cx
    >>> model = cx.Model(cx.Scenario.read("finland-2023"))
    >>> cells = cx.Observations.read("finland-2023", model).until("2023-11-17").cells(["asylum"])
    >>> weigh(cells, model).weights.shape
    (20, 15, 40)
    """
    clock = model.clock
    edges = _edges(cells, clock) if edges is None else edges
    gates: dict[tuple[str, str, str], list[int]] = {}
    for number, gate in enumerate(model.gates):
        gates.setdefault((gate.crossing, gate.direction, gate.stream), []).append(number)
    streams = model.scenario.settings.streams
    weights = np.zeros((len(cells), len(edges) - 1, len(model.gates)))
    for c, cell in enumerate(cells):
        for piece in cell.pieces:
            unit = streams[piece.stream].persons if cell.unit == "persons" else 1.0
            for gate_number in gates.get((piece.crossing, piece.direction, piece.stream), []):
                weights[c, :, gate_number] += unit * _shares(cell, piece, clock, edges)
    column = np.array([COUNTS.index(cell.what) for cell in cells], np.int64)
    return Weighed(edges, weights, column)


def _edges(cells: Sequence[Cell], clock: Clock) -> NDArray[np.int64]:
    """[P + 1]: 0 and every time at which a cell begins, ends or is taken."""
    times = {0}
    for cell in cells:
        if cell.what == "waiting":
            times.add(clock.to_ms(cell.at))
        else:
            times.update(clock.to_ms(t) for piece in cell.pieces for t in (piece.start, piece.end))
    return np.array(sorted(t for t in times if t >= 0), np.int64)


def _shares(cell: Cell, piece: Piece, clock: Clock, edges: NDArray[np.int64]) -> NDArray[np.float64]:
    """[P]: how much of each period belongs to a piece; of those waiting, the period that ends nearest to their moment."""
    if cell.what == "waiting":
        return np.asarray(np.arange(len(edges) - 1) == np.argmin(np.abs(edges[1:] - clock.to_ms(cell.at))), float)
    a, b = clock.to_ms(piece.start), clock.to_ms(piece.end)
    shared = np.minimum(edges[1:], b) - np.maximum(edges[:-1], a)
    return np.asarray(np.clip(shared, 0, None) / np.diff(edges), float)
