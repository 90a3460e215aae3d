"""How simulations are compared with results that can be derived.

Every comparison asks for 4 standard errors, estimated from the simulation itself, and then shows its power: a
theory that is 5% off would have been refused. Standard errors: of queues by batch means (40 batches of one long run in
steady state, the first batch dropped), of shares by the binomial law, of other means from independent travellers or
seeds. Seeds are fixed and were not chosen.
"""

from __future__ import annotations

import math

import numpy as np

SEED = 1
BATCHES = 40
MINUTES_A_DAY = 1440.0


def agrees(estimate, error, theory, off=0.05):
    """The estimate is within 4 standard errors of theory, and would not be if theory were ``off`` wrong."""
    assert error > 0
    assert abs(estimate - theory) <= 4 * error, f"{estimate} ± {error} is not {theory}"
    for wrong in (theory * (1 - off), theory * (1 + off)):
        assert abs(estimate - wrong) > 4 * error, f"{estimate} ± {error} cannot tell {theory} from {wrong}"


def batch_means(values):
    """Mean and standard error of a correlated sequence, its first batch dropped as warm-up."""
    means = np.array([part.mean() for part in np.array_split(values, BATCHES + 1)[1:]])
    return means.mean(), means.std(ddof=1) / math.sqrt(BATCHES)


def share_agrees(hits, of, theory, off=0.05):
    """A share among independent travellers."""
    p = hits / of
    agrees(p, math.sqrt(p * (1 - p) / of), theory, off)


def mean_agrees(values, theory, off=0.05):
    """The mean of independent values."""
    values = np.asarray(values, float)
    agrees(values.mean(), values.std(ddof=1) / math.sqrt(values.size), theory, off)
