"""Many vectors of parameters at once: their likelihoods and what they expect, compiled, on all cores.

`crossings.calibration.likelihood` says the same of one vector in plain Python; a test holds the two together.
"""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.calibration.expected_counts import ExpectedCounts
from crossings.calibration.likelihood import Likelihood, day_factors
from crossings.calibration.parameter_map import NOISE, Numbers
from crossings.calibration.stock_likelihood import SCALE
from crossings.kernel.flows.likelihoods import GROUP, MOMENT, STAY, TERM, Counting, log_likelihoods
from crossings.kernel.flows.tables import Fluid
from crossings.network.threads import available_cores
from crossings.simulation.expected import Expectation

Floats = NDArray[np.float64]
MOST = 64  # vectors in one call
PIECES = 4  # calls a thread, so that none waits long for another


class Batches:
    """ln likelihoods of vectors of parameters [n, k], in batches of any size; the same numbers on any number of threads.

    likelihood: of one vector; threads: by default one a core. Each thread has tables of its own, which are used again, so
    that memory does not grow with n. May be used by one caller at a time; `close` ends the threads.

    >>> from crossings import Scenario
    >>> from crossings.calibration.problem import Problem
    >>> problem = Problem(Scenario.read("finland-2023"), until="2023-11-17")
    >>> Batches(problem.likelihood()).log_likelihoods(problem.priors.draws(3, 1)).shape
    (3,)
    """

    def __init__(self, likelihood: Likelihood, threads: int | None = None) -> None:
        self.likelihood = likelihood
        self.threads = max(1, threads or available_cores())
        self._counting = counting_of(likelihood)
        self._free: list[tuple[Numbers, Fluid]] = []
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(self.threads) if self.threads > 1 else None
        hidden = likelihood.hidden
        if hidden is None:
            self._possible = np.ones((likelihood.lengths.size, 1), np.bool_)
            self._member, self._daily = np.zeros((0, len(likelihood.cells))), np.zeros(len(likelihood.cells), np.bool_)
        else:
            self._possible, self._member, self._daily = hidden.possible, hidden.member, hidden.daily

    def log_likelihoods(self, values: Floats) -> Floats:
        """[n] ln P of all counts under each of ``values`` [n, parameters]; nan where the model has no number."""
        return self.computed(values)[0]

    def expected(self, values: Floats) -> ExpectedCounts:
        """What each of n values expects in the place of each count."""
        return self.computed(values)[1]

    def noise(self, values: Floats) -> list[dict[str, float]]:
        """[n] the noise of each of ``values``, by name."""
        numbers = self.likelihood.numbers
        found = {name: numbers.noise_of(values, name) for name in NOISE if name != "switched"}
        return [dict(zip(found, row, strict=True)) for row in zip(*(v.tolist() for v in found.values()), strict=True)]

    def close(self) -> None:
        """End the threads."""
        if self._pool is not None:
            self._pool.shutdown()

    def computed(self, values: Floats) -> tuple[Floats, ExpectedCounts]:
        """Both."""
        values = np.ascontiguousarray(values, np.float64)
        n = len(values)
        out, means, fulls = np.empty(n), *(np.empty((n, len(self.likelihood.cells))) for _ in range(2))
        size = int(np.clip(-(-n // (self.threads * PIECES)), 1, MOST))
        parts = [slice(a, min(n, a + size)) for a in range(0, n, size)]

        def work(part: slice) -> None:
            self._compute(values[part], means[part], fulls[part], out[part])

        if self._pool is None or len(parts) == 1:
            for part in parts:
                work(part)
        else:
            for _ in self._pool.map(work, parts):
                pass
        return out, ExpectedCounts(means, fulls)

    def _compute(self, values: Floats, means: Floats, fulls: Floats, out: Floats) -> None:
        own = self._taken()
        numbers, fluid = own
        one = self.likelihood
        factors = day_factors(one.lengths, numbers.noise_of(values, "day_shape"))
        log_likelihoods(
            numbers.tables,
            numbers.people,
            one.expectation.plan,
            fluid,
            numbers.recipe,
            self._counting,
            values,
            factors,
            one.low,
            one.high,
            one.day,
            one.tells,
            self._possible,
            self._member,
            self._daily,
            one.likeness,
            SCALE,
            means,
            fulls,
            out,
        )
        with self._lock:
            self._free.append(own)

    def _taken(self) -> tuple[Numbers, Fluid]:
        """Tables that no other thread is using."""
        with self._lock:
            if self._free:
                return self._free.pop()
            numbers = self.likelihood.numbers.another()
            base = self.likelihood.expectation
            expectation = Expectation(base.model, streams=base.streams, plan=base.plan)
            expectation.steps = base.steps
            return numbers, expectation.fluid


def counting_of(likelihood: Likelihood) -> Counting:
    """What each count counts, as compiled code reads it."""
    parts = [likelihood] if likelihood.hidden is None else [likelihood, likelihood.hidden.whole]
    edges = np.unique(np.concatenate([one.edges for one in parts]))
    flows: dict[tuple[int, int], list[tuple[int, int, float]]] = {}
    moments: list[tuple[int, int, int, float]] = []
    steps = likelihood.expectation.steps
    for first, one in zip(itertools.accumulate([0, len(likelihood.cells)]), parts, strict=False):
        for c, p, g, weight in one.weights():
            if one.kinds[c] < 0:
                last = int(np.clip(round(one.edges[p + 1]) - 1, 0, steps - 1))
                moments.append((first + c, last, g, weight))
                continue
            for k in np.flatnonzero((edges[:-1] >= one.edges[p]) & (edges[1:] <= one.edges[p + 1])):
                flows.setdefault((int(one.kinds[c]), g), []).append((first + c, int(k), weight))
    groups: list[tuple[int, int, int, int]] = []
    terms: list[tuple[int, int, float]] = []
    for (kind, gate), mine in sorted(flows.items()):
        groups.append((kind, gate, len(terms), len(terms) + len(mine)))
        terms += sorted(mine)
    places: dict[str, Any] = {
        "site": np.zeros(0, np.int64),
        "there": np.zeros((0, 0), np.int64),
        "changes": np.zeros((0, 0)),
        "errors": 0,
    }
    if likelihood.headcounts is not None:
        places = likelihood.headcounts.tables(steps)
    return Counting(
        edges=edges,
        groups=np.array(groups, GROUP),
        terms=np.array(terms, TERM),
        moments=np.array(moments, MOMENT),
        stays=np.array(likelihood.stays, STAY),
        floor=np.concatenate([one.floor for one in parts]),
        **places,
    )
