"""Which counts a prediction depends on: what it would be without each of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crossings.calibration.predictive import Predictive
from crossings.calibration.problem import Problem

Floats = NDArray[np.float64]
MOVED = 0.25  # share of the predicted total by which a count must move it to be named
DRAWS = 300


def influence(problem: Problem, found: Predictive) -> dict[str, float]:
    """Counts without which the predicted total would be more than `MOVED` more or less: by how much, as a signed share."""
    chosen = np.linspace(0, len(found.draws) - 1, min(DRAWS, len(found.draws))).astype(np.int64)
    moved = _without_each(problem, _total(found)[chosen], found.draws[chosen])
    return {name: share - 1.0 for name, share in moved.items() if abs(share - 1.0) > MOVED}


def _without_each(problem: Problem, total: Floats, draws: Floats) -> dict[str, float]:
    """For each count that was learned from, the predicted total without it, as a share of that with it.

    total [D]: the predicted total of each of ``draws`` [D, n]. The posterior without a count is that with it, weighted by
    1/(what the count adds to the likelihood) (importance sampling; Gelfand, Dey & Chang 1992); the largest hundredth of the
    weights are cut to their edge. Where few draws carry the weight it is rough: then fit again without the count.
    """
    likelihood = problem.likelihood()
    means = []
    for values in draws:
        mean = likelihood.mean(values)
        means.append((mean, likelihood.full(mean), dict(likelihood.numbers.noise)))
    whole = np.array([likelihood.score(*one) for one in means])
    low, high = likelihood.low.copy(), likelihood.high.copy()
    out = {}
    for c, cell in enumerate(likelihood.cells):
        likelihood.low[c], likelihood.high[c] = 0.0, np.inf  # says nothing
        left = np.array([likelihood.score(*one) for one in means])
        likelihood.low[c], likelihood.high[c] = low[c], high[c]
        weight = np.exp(left - whole - (left - whole).max())
        weight = np.minimum(weight, np.quantile(weight, 0.99))
        out[cell.id] = float((weight * total).sum() / weight.sum() / max(1e-9, total.mean()))
    return out


def _total(found: Predictive) -> Floats:
    """[D] the expected number in all cells but those waiting."""
    mine = [i for i, cell in enumerate(found.cells) if cell.what != "waiting"]
    return np.asarray(found.mean[:, mine].sum(axis=1))
