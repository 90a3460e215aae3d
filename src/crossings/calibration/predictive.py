"""What the posterior says of counts not used: expected flows of each draw, and the noise about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crossings.calibration.batches import Batches
from crossings.calibration.expected_counts import ExpectedCounts
from crossings.calibration.levels import moves, states
from crossings.calibration.likelihood import Likelihood, days_of
from crossings.calibration.posterior import Fit
from crossings.calibration.problem import Problem
from crossings.errors import InputError
from crossings.model import Model
from crossings.observations.periods import Cell

Floats = NDArray[np.float64]
SPREAD_DRAWS = 500


@dataclass(frozen=True)
class Predictive:
    """Predictions of counts. D draws, C cells.

    mean [D, C]: expected, by draw; counts [D, C]: with the noise of groups and days;
    draws [D, n]: the parameters.
    """

    cells: tuple[Cell, ...]
    mean: Floats
    counts: Floats
    draws: Floats

    def quantile(self, q: float) -> Floats:
        """[C] a quantile of the counts."""
        return np.asarray(np.quantile(self.counts, q, axis=0))


def predict(
    fit: Fit,
    problem: Problem,
    cells: Sequence[Cell],
    model: Model | None = None,
    *,
    draws: int = SPREAD_DRAWS,
    seed: int = 1,
    prior: bool = False,
    background: float | None = None,
) -> Predictive:
    """The predictive distribution of counts.

    model: under which orders (by default what was known); draws: so many of the fit's; prior: from the priors instead;
    background: per crossing and day (by default as in the fit). Where levels last, counts after those of the fit begin with
    what these told of them; all others know nothing of their levels, and neither does the prior.
    """
    if tuple(problem.parameters) != fit.names:
        raise InputError("fit", "was made with other parameters than the scenario has", "fit again")
    source = fit.prior_draws if prior else fit.draws
    rows = np.linspace(0, len(source) - 1, min(draws, len(source))).astype(np.int64)
    chosen = source[rows]
    base = problem.model if model is None else model
    likelihood = Likelihood(
        base, problem.numbers(base), cells, problem.background if background is None else background
    )
    own = model is None and background is None and not prior and tuple(cells) == problem.cells
    with closing(Batches(likelihood)) as batches:
        expected = problem.expected(source).take(rows) if own else batches.expected(chosen)
        noise = batches.noise(chosen)
    moved = expected.times(_levels(problem, cells, expected.full, chosen, noise, prior, seed))
    return Predictive(tuple(cells), expected.mean, scatter(moved, cells, noise, seed), chosen)


def _levels(
    problem: Problem,
    cells: Sequence[Cell],
    full: Floats,
    chosen: Floats,
    noise: Sequence[Mapping[str, float]],
    prior: bool,
    seed: int,
) -> Floats:
    """[D, C] by how much levels that last move each count."""
    if not any(moves(n) for n in noise) or not cells:
        return np.ones((len(chosen), len(cells)))
    known = () if prior else problem.cells
    if known and min(c.start for c in cells) < max(c.end for c in known):
        known = ()
    before = ExpectedCounts.none(len(chosen))
    if known:
        before = problem.expected(chosen)
    return states(before, known, noise, cells)[0].factors(cells, full, seed)


def scatter(given: ExpectedCounts, cells: Sequence[Cell], noise: Sequence[Mapping[str, float]], seed: int) -> Floats:
    """[D, C] counts of which so many are expected: a gamma factor for each day, shared; then negative binomial for groups.

    noise [D]: group_size and day_shape, as `Numbers.noise` gives them; levels that last are in ``given``. Of what controls decide
    there are neither days nor groups, and the variance is the mean.
    """
    rng = np.random.default_rng([seed, 11])
    day, lengths = days_of(cells)
    sizes, shapes = (np.array([n[name] for n in noise]) for name in ("group_size", "day_shape"))
    factors = np.ones((len(given), lengths.size))
    finite = np.isfinite(shapes)
    if finite.any():
        shape = shapes[finite, None] * lengths[None, :]
        factors[finite] = rng.gamma(shape) / shape
    rest = (1.0 - given.full) * factors[:, day]
    expected = given.mean * (given.full + rest)
    b = (rest * np.maximum(1.0, sizes)[:, None] + given.full) / np.maximum(rest + given.full, 1e-300)
    out = np.zeros_like(expected)
    plain = b < 1.000001
    out[plain] = rng.poisson(expected[plain])
    grouped = ~plain & (expected > 1e-9)
    r = expected[grouped] / (b[grouped] - 1.0)
    out[grouped] = rng.negative_binomial(r, 1.0 / b[grouped])
    return out
