"""How likely the counts are, given parameters: expected flows, summed over what each count counts, and its noise."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv

from crossings.calibration.full_controls import Stay, full_shares, stays_of
from crossings.calibration.levels import likeness, moves, variances
from crossings.calibration.parameter_map import Numbers
from crossings.calibration.stock_likelihood import Headcounts
from crossings.kernel.agents.tally import COUNTS
from crossings.kernel.core.levels import integrate_many
from crossings.kernel.core.noise import log_likelihood
from crossings.kernel.flows.tables import Fluid
from crossings.model import Model
from crossings.model.flow_plan import plan_for
from crossings.observations.periods import Cell
from crossings.observations.regions import Piece
from crossings.observations.weights import weigh
from crossings.scenario import Headcount
from crossings.simulation.expected import Expectation

Floats = NDArray[np.float64]
NODES = 16
# What a count counts, and the table of flows that has it, in the order in which the kernel numbers them.
_TABLES = {"arrived": "arrived", "crossed": "crossed", "turned_away": "turned_away", "reneged": "out_of_patience"}


def days_of(cells: Sequence[Cell]) -> tuple[NDArray[np.int64], Floats]:
    """[C] which day factor is each count's, and [factors] how many days it stands for.

    Counts within one local date share its factor; one of several days has a factor of its own, so many times as even.
    """
    numbers: dict[dt.date | str, int] = {}
    lengths: list[float] = []
    out = []
    for cell in cells:
        first, last = cell.start.date(), (cell.end - dt.timedelta(microseconds=1)).date()
        key: dt.date | str = first if first == last else cell.id
        if key not in numbers:
            numbers[key] = len(lengths)
            lengths.append(float((last - first).days + 1))
        out.append(numbers[key])
    return np.array(out, np.int64), np.array(lengths)


def day_factors(lengths: Floats, shape: float | Floats, nodes: int = NODES) -> Floats:
    """[factors, nodes] equally likely values of each day factor: gamma with mean 1 and shape × its days.

    With shapes [n] it is [n, factors, nodes]. Where a shape is not finite every day is alike.
    """
    shape = np.asarray(shape, np.float64)
    if not np.isfinite(shape).any():
        return np.ones((*shape.shape, lengths.size, 1))
    u = (np.arange(nodes) + 0.5) / nodes
    found, where = np.unique(lengths, return_inverse=True)
    shapes = shape[..., None, None] * found[:, None]
    values = gammaincinv(shapes, u) / shapes
    values /= values.mean(axis=-1, keepdims=True)
    return np.asarray(np.where(np.isfinite(shapes), values, 1.0)[..., where, :])


class Likelihood:
    """ln P(counts | parameters) of one model; one object is for one thread at a time.

    ``numbers``: what the parameters change; ``cells``: the counts, as disjoint terms.
    """

    def __init__(
        self,
        model: Model,
        numbers: Numbers,
        cells: Sequence[Cell],
        background_per_day: float,
        *,
        switched: bool = False,
        expectation: Expectation | None = None,
        headcounts: Sequence[Headcount] = (),
    ) -> None:
        self.cells = tuple(cells)
        self.numbers = numbers
        self.background_per_day = background_per_day
        weighed = weigh(self.cells, model)
        step, horizon = model.tables.step_ms, model.clock.horizon_ms
        self.headcounts = Headcounts(model, headcounts) if headcounts else None
        last = max(int(weighed.edges[-1]), self.headcounts.until_ms if self.headcounts else 0)
        if expectation is None:
            plan = plan_for(model, numbers.streams, merged=True)
            expectation = Expectation(model, streams=numbers.streams, until_ms=min(last, horizon), plan=plan)
        self.expectation = expectation
        self._at = weighed.edges / step
        gates = np.flatnonzero(weighed.weights.any(axis=(0, 1)))
        self._gates = gates
        self._weights = np.ascontiguousarray(weighed.weights[:, :, gates])
        self._waiting = weighed.column == COUNTS.index("waiting")
        self._kinds = sorted({c.what for c in self.cells if c.what != "waiting"})
        self._kind = np.array([self._kinds.index(c.what) if c.what != "waiting" else -1 for c in self.cells], np.int64)
        self.low = np.array([c.low for c in self.cells], float)
        self.high = np.array([c.high for c in self.cells], float)
        self.tells = np.array([c.tells for c in self.cells], float)
        self.day, self.lengths = days_of(self.cells)
        days = np.diff(weighed.edges) / 86_400_000
        floor = (weighed.weights > 0).any(axis=2) * days
        crossings = np.array([len(c.crossings) for c in self.cells], float)
        self.floor = np.where(self._waiting, background_per_day, background_per_day * crossings * floor.sum(axis=1))

        self.hidden: Hidden | None = Hidden(model, self) if switched else None

    @property
    def edges(self) -> Floats:
        """[P + 1] of the periods in which flows are summed, in steps."""
        found: Floats = self._at
        return found

    @property
    def kinds(self) -> NDArray[np.int64]:
        """[C] which flow each count counts (0 arrived, 1 crossed, 2 turned away, 3 out of patience), −1 those waiting."""
        return np.array([list(_TABLES).index(c.what) if c.what != "waiting" else -1 for c in self.cells], np.int64)

    def weights(self) -> Iterator[tuple[int, int, int, float]]:
        """(count, period, gate, weight) wherever a count counts a flow."""
        for c, p, g in np.argwhere(self._weights).tolist():
            yield c, p, int(self._gates[g]), float(self._weights[c, p, g])

    def with_cells(self, cells: Sequence[Cell]) -> Likelihood:
        """The same flows, counted otherwise."""
        model = self.numbers.model
        return Likelihood(model, self.numbers, cells, self.background_per_day, expectation=self.expectation)

    def mean(self, values: Floats) -> Floats:
        """[C] what is expected in the place of each count."""
        tables, people, _ = self.numbers.apply(values)
        return self.of(self.expectation.compute(tables, people))

    def of(self, fluid: Fluid) -> Floats:
        """[C] the same from flows that were computed."""
        out = self.floor.copy()
        steps = fluid.steps
        for k, kind in enumerate(self._kinds):
            flow = getattr(fluid, _TABLES[kind])[:steps, self._gates]
            sums = np.concatenate([np.zeros((1, self._gates.size)), np.cumsum(flow, axis=0)])
            per = np.diff(_between(sums, self._at), axis=0)
            mine = self._kind == k
            out[mine] += np.tensordot(self._weights[mine], per, axes=([1, 2], [0, 1]))
        if self._waiting.any():
            last = np.clip(np.rint(self._at[1:]).astype(np.int64) - 1, 0, steps - 1)
            queue = fluid.queue[:, self._gates][last]
            out[self._waiting] += np.tensordot(self._weights[self._waiting], queue, axes=([1, 2], [0, 1]))
        return out

    def __call__(self, values: Floats) -> float:
        """ln P of all counts."""
        mean = self.mean(values)
        noise = self.numbers.noise
        full = self.full(mean)
        if self.headcounts is not None:
            there = self.headcounts.log_likelihood(self.expectation.fluid)
            return there + (self.score(mean, full, noise) if self.cells else 0.0)
        if self.hidden is not None:
            means = self.hidden.means(mean, self.hidden.whole.of(self.expectation.fluid), noise["switched"])
            return self.score_states(means, full, self.hidden.possible, noise)
        return float(self.score(mean, full, noise))

    def full(self, mean: Floats) -> Floats:
        """[C] the share of what is expected, ``mean`` as the last values gave it, that controls decide."""
        numbers, flows = self.numbers, self.expectation
        return full_shares(numbers.tables, flows.plan, flows.fluid, self.stays, mean, numbers.noise)

    @cached_property
    def stays(self) -> list[Stay]:
        """When each count counts who crosses at which gates."""
        return stays_of(self.weights(), self.edges, self.kinds)

    @cached_property
    def likeness(self) -> Floats:
        """[3, C, C] how alike the levels of the counts are, see `crossings.calibration.levels`."""
        return likeness(self.cells)

    def score(self, mean: Floats, full: Floats, noise: Mapping[str, float]) -> float:
        """ln P of all counts, given what is expected [C], how much of it controls decide [C], and the noise, as `Numbers.noise`
        gives it.
        """
        if not moves(noise):
            return self.score_states(mean[None, :], full, np.ones((self.lengths.size, 1), np.bool_), noise)
        out, scratch = np.empty(1), [np.empty((1, mean.size)) for _ in range(3)]
        sizes = np.array([max(1.0, noise["group_size"])])
        told = (self.low, self.high, self.tells, self.likeness, variances([noise]), sizes)
        integrate_many(mean[None, :], full[None, :], *told, out, *scratch)
        return float(out[0])

    def score_states(
        self, means: Floats, full: Floats, possible: NDArray[np.bool_], noise: Mapping[str, float]
    ) -> float:
        """The same where a day is in one of H hidden states: means [H, C], possible [day factors, H]; without levels that
        last.
        """
        factors = day_factors(self.lengths, noise["day_shape"])
        size = max(1.0, noise["group_size"])
        found: float = log_likelihood(means, full, possible, self.low, self.high, self.day, self.tells, factors, size)
        return found


def _between(sums: Floats, at: Floats) -> Floats:
    """Cumulated flows [K + 1, G] at times in steps, linear within a step; beyond the last step nothing is added."""
    at = np.clip(at, 0.0, sums.shape[0] - 1.0)
    low = np.minimum(at.astype(np.int64), sums.shape[0] - 2)
    part = (at - low)[:, None]
    out: Floats = sums[low] * (1.0 - part) + sums[low + 1] * part
    return out


class Hidden:
    """The means of counts in each hidden state of a day: which crossing is the one."""

    def __init__(self, model: Model, likelihood: Likelihood) -> None:
        cells = likelihood.cells
        self.crossings = tuple(dict.fromkeys(c for cell in cells for c in open_ever(model, cell)))
        whole = [_everywhere(model, cell) for cell in cells]
        self.whole = likelihood.with_cells(whole)
        self.member = np.array([[float(c in cell.crossings) for cell in cells] for c in self.crossings])
        possible = np.zeros((likelihood.lengths.size, len(self.crossings)), np.bool_)
        self.daily = np.zeros(len(cells), np.bool_)
        for i, cell in enumerate(cells):
            self.daily[i] = (cell.end - cell.start).total_seconds() <= 86_400 and cell.what != "waiting"
            for h, crossing in enumerate(self.crossings):
                possible[likelihood.day[i], h] |= crossing in open_ever(model, cell)
        possible[~possible.any(axis=1), 0] = True
        self.possible = possible

    def means(self, mean: Floats, total: Floats, share: float) -> Floats:
        """[H, C]: the hidden crossing of the day takes ``share`` of the total; counts of several days stay as they are."""
        moved = (1.0 - share) * mean[None, :] + share * total[None, :] * self.member
        return np.where(self.daily[None, :], moved, mean[None, :])


def counted_where_shut(model: Model, cells: Sequence[Cell]) -> tuple[str, ...]:
    """Counts of somebody, by id, where every crossing is shut through the whole of the period."""
    crossed = (cell for cell in cells if cell.what == "crossed" and cell.low > 0)
    return tuple(cell.id for cell in crossed if not set(open_ever(model, cell)) & set(cell.crossings))


def open_ever(model: Model, cell: Cell) -> list[str]:
    """Crossings of the cell's streams and direction that are not shut through the whole of its period."""
    low, high = model.clock.to_ms(cell.start), model.clock.to_ms(cell.end)
    found = []
    for gate in model.gates:
        counts = gate.stream in cell.streams and gate.direction == (cell.direction or gate.direction)
        if counts and not any(a <= low and b >= high for a, b in model.rules.shut(gate)):
            found.append(gate.crossing)
    return list(dict.fromkeys(found))


def _everywhere(model: Model, cell: Cell) -> Cell:
    """The same period and streams at every crossing."""
    spans = list(dict.fromkeys((p.stream, p.start, p.end) for p in cell.pieces))
    pieces = tuple(
        Piece(gate.crossing, gate.direction, stream, start, end)
        for stream, start, end in spans
        for gate in model.gates
        if gate.stream == stream and gate.direction == (cell.direction or gate.direction)
    )
    return dataclasses.replace(cell, pieces=pieces, crossings=tuple(dict.fromkeys(p.crossing for p in pieces)))
