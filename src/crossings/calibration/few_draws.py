"""Which draws of a saved fit are worth the flows: some of all first, then those that these say will count, until enough do.

Each draw stands for 1 / (its chance of being picked), so what the picked ones say is what all would say; a wrong guess of who
will count costs draws, not truth.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
FIRST = 160  # picked alike, whatever they will weigh
STEP = 60  # picked between two looks at whether enough count
MOST = 0.7  # of those of all draws that would count: more are not waited for
FARTHEST = 12.0  # ln weights farther below the highest are alike: none of these counts
RIDGE = 3.0  # on the guess's coefficients, in draws


def pick(z: Floats, weigh: Callable[[Ints], Floats], enough: float, seed: int) -> tuple[Ints, Floats]:
    """Draws by number, until ``enough`` of them count, or most of those that would.

    z [D, n]: on the normal scale of the prior; weigh: [k] numbers of draws to [k] their ln weights, −inf where a draw is not
    possible. Returns [m] which draws, in the order in which they were weighed, and [m] the chance with which each was picked.
    """
    number = len(z)
    if number <= FIRST:
        rows = np.arange(number)
        weigh(rows)
        return rows, np.ones(number)
    rng = np.random.default_rng([seed, 29])
    rows = ((np.arange(FIRST) + rng.random()) * number / FIRST).astype(np.int64)
    weight, chance = weigh(rows), np.full(FIRST, FIRST / number)
    rest = np.setdiff1d(np.arange(number), rows)
    likely = _guess(z, rows, weight)
    order = rest[np.argsort(rng.random(rest.size) / likely[rest])]
    at = 0
    while at < order.size and still_counts(weight - np.log(chance)) < min(enough, MOST * of_all(weight, chance)):
        more = order[at : at + STEP]
        at += more.size
        rows, weight = np.concatenate([rows, more]), np.concatenate([weight, weigh(more)])
        chance = FIRST / number + (1.0 - FIRST / number) * _chances(likely, rest, at)[rows]
    return rows, chance


def still_counts(weight: Floats) -> float:
    """How many draws of equal weight would tell as much, by ln weights; 0 where none is possible."""
    possible = weight[np.isfinite(weight)]
    return float(np.exp(2.0 * logsumexp(possible) - logsumexp(2.0 * possible))) if possible.size else 0.0


def of_all(weight: Floats, chance: Floats) -> float:
    """How many of all draws count, as those say that were picked with these chances."""
    possible = np.isfinite(weight)
    one, many = weight[possible], np.log(chance[possible])
    return float(np.exp(2.0 * logsumexp(one - many) - logsumexp(2.0 * one - many))) if one.size else 0.0


def _guess(z: Floats, rows: Ints, weight: Floats) -> Floats:
    """[D] what each draw will weigh, up to a factor: ln weights as a parabola in each parameter."""
    terms = np.hstack([np.ones((len(z), 1)), z, z**2 - 1.0])
    top = weight.max()
    if not np.isfinite(top):
        return np.ones(len(z))
    told = np.maximum(weight, top - FARTHEST)
    matter = np.exp(np.maximum(0.5 * (told - top), -4.0))
    mine = terms[rows]
    held = RIDGE * np.eye(terms.shape[1])
    held[0, 0] = 0.0
    scaled = mine * (matter / matter.mean())[:, None]
    found = terms @ np.linalg.solve(scaled.T @ mine + held, scaled.T @ told)
    return np.asarray(np.exp(np.clip(found - top, -FARTHEST, 1.0)))


def _chances(likely: Floats, rest: Ints, number: int) -> Floats:
    """[D] with which a draw is among the ``number`` picked of the rest: as likely as its guess, at most 1."""
    if number == rest.size:
        return np.ones_like(likely)
    high = number / likely[rest].min()
    low = 0.0
    for _ in range(100):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if np.minimum(1.0, middle * likely[rest]).sum() < number else (low, middle)
    return np.asarray(np.minimum(1.0, high * likely))
