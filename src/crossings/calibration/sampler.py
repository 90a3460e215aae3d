"""From the prior to the posterior in steps: waste-free sequential Monte Carlo (Dau & Chopin 2022), which wants batches.

The likelihood is raised to a power that grows from 0 to 1, each time as far as half of the points still count. A tenth of the
points is drawn by weight, and each begins a chain; all points of all chains are kept. A move is drawn around the mean of
the points, with their covariance (preconditioned Crank-Nicolson). Parameters are sampled on the normal scale of their prior,
so that where the counts say nothing every move is taken.

Nothing depends on how batches are computed: draws are made here, in one order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

Floats = NDArray[np.float64]
CHAIN = 10  # points a chain
STILL_COUNT = 0.5  # share of the points that count after a step
WIDER = 1.1  # than the points spread, so that a tail of the posterior is not left out
WIDEST, NARROWEST = 0.95, 0.02  # step of a move, as a share of the spread: 1 would forget where it is
ACCEPTED = 0.35  # share of moves for which the step is made wider or narrower
MOST_MOVES = 8  # between two points that are kept: so many that a chain gets as far as the points spread
INHERITED = (
    2.0  # on the variance of a step's evidence: its points have the error of those before (40 samples of a known one)
)


@dataclass(frozen=True)
class Sample:
    """What was found. N points of equal weight, n parameters, S steps.

    points [N, n]: on the normal scale of the prior; log_likelihood [N]; evidence ± error: ln of the mean likelihood under the
    prior; effective: independent draws that would tell as much of the worst known parameter; information: nats;
    trace [S, 6]: power of the likelihood, evidence so far, share of moves taken, and 5%, 50%, 95% of ln likelihood.
    """

    points: Floats
    log_likelihood: Floats
    evidence: float
    error: float
    effective: float
    information: float
    evaluations: int
    trace: Floats


def sample(
    log_likelihoods: Callable[[Floats], Floats],
    parameters: int,
    points: int,
    seed: int,
    progress: Callable[[float], None] | None = None,
) -> Sample:
    """Sample the posterior of ``parameters`` parameters with standard normal priors.

    log_likelihoods: [m, parameters] to [m], −inf where it is impossible; points: more are slower and finer. Raises
    `ValueError` where no point of the prior is possible.

    >>> found = sample(lambda z: -0.5 * ((z[:, 0] - 1.0) / 0.5) ** 2, 1, 1000, seed=1)
    >>> bool(abs(found.points.mean() - 0.8) < 0.1)
    True
    """
    rng = np.random.default_rng(seed)
    chains = max(20, points // CHAIN)
    number = chains * CHAIN
    if not parameters:
        return _nothing_to_learn(log_likelihoods, number)
    z = rng.standard_normal((number, parameters))
    logl = np.concatenate([log_likelihoods(part) for part in np.split(z, CHAIN)])
    if not np.isfinite(logl).any():
        raise ValueError("no point of the prior is possible")
    evaluations, power, evidence, variance = number, 0.0, 0.0, 0.0
    groups = np.arange(number)  # points that depend on one another have one number; at first none do
    step, moves = 0.6, 1
    trace = [(0.0, 0.0, 1.0, *_spread(logl))]
    while power < 1.0:
        more = _step_of(logl, 1.0 - power)
        weight = more * logl
        evidence += float(logsumexp(weight)) - np.log(number)
        weight = np.exp(weight - weight.max())
        variance += INHERITED * _variance_of_mean(weight, groups)
        weight /= weight.sum()
        power = 1.0 if more >= 1.0 - power else power + more
        middle = weight @ z
        apart = z - middle
        root = _root(WIDER * (apart * weight[:, None]).T @ apart)
        picked = _drawn(weight, chains, rng)
        z, logl, share = _chains(log_likelihoods, z[picked], logl[picked], power, middle, root, step, moves, rng)
        evaluations += chains * moves * (CHAIN - 1)
        groups = np.tile(np.arange(chains), CHAIN)
        trace.append((power, evidence, share, *_spread(logl)))
        step = float(np.clip(step * np.exp(share - ACCEPTED), NARROWEST, WIDEST))
        moves = int(np.clip(np.ceil(1.0 / (CHAIN * max(share, 1e-3) * step**2)), 1, MOST_MOVES))
        if progress is not None:
            progress(float(power**0.4))
    information = float(logl.mean() - evidence)
    error = float(np.sqrt(variance))
    return Sample(z, logl, float(evidence), error, _effective(z, chains), information, evaluations, np.array(trace))


def resample(
    log_likelihoods: Callable[[Floats], Floats],
    start: Floats,
    weight: Floats,
    logl: Floats,
    points: int,
    seed: int,
) -> Sample:
    """A posterior that goes on from another with more counts: its points weighted again, and moved.

    log_likelihoods: of all counts; start [N, parameters]: points of the earlier posterior; weight [N]: ln of the share of it
    that each stands for, times how many times as likely the counts are as they were; logl [N]: ln likelihoods that they have
    now; points: wanted. ``evidence`` is that of the new counts given the earlier, ``trace`` has the one step, in which ``moved``
    is the share of the points that still count. Raises `ValueError` where none is possible.
    """
    rng = np.random.default_rng(seed)
    number = len(start)
    chains = max(20, points // CHAIN)
    if not np.isfinite(weight).any():
        raise ValueError("no point is possible")
    evidence = float(logsumexp(weight))
    weight = np.exp(weight - weight.max())
    variance = _variance_of_mean(weight, np.arange(number))
    weight /= weight.sum()
    still = float(1.0 / (weight**2).sum())
    # Where few points count, their covariance is drawn towards that of all.
    share = still / (still + 2.0 * start.shape[1])
    middle = weight @ start
    apart = start - middle
    covariance = share * (apart * weight[:, None]).T @ apart + (1.0 - share) * np.atleast_2d(np.cov(start.T))
    picked = _drawn(weight, chains, rng)
    root = _root(WIDER * covariance)
    z, logl, _ = _chains(log_likelihoods, start[picked], logl[picked], 1.0, middle, root, 0.7, 1, rng)
    evaluations = chains * (CHAIN - 1)
    trace = np.array([(1.0, evidence, still / number, *_spread(logl))])
    information = float(logl.mean() - evidence)
    return Sample(
        z, logl, float(evidence), float(np.sqrt(variance)), _effective(z, chains), information, evaluations, trace
    )


def _nothing_to_learn(log_likelihoods: Callable[[Floats], Floats], number: int) -> Sample:
    """Without parameters there is one likelihood, and it is the evidence."""
    one = log_likelihoods(np.zeros((1, 0)))
    if not np.isfinite(one).all():
        raise ValueError("no point of the prior is possible")
    evidence = float(one[0])
    trace = np.array([(power, power * evidence, 1.0, *_spread(one)) for power in (0.0, 1.0)])
    return Sample(np.zeros((number, 0)), np.repeat(one, number), evidence, 0.0, float(number), 0.0, 1, trace)


def _drawn(weight: Floats, number: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Which points begin a chain: systematic, by weight."""
    at = (np.arange(number) + rng.random()) / number
    return np.minimum(np.searchsorted(np.cumsum(weight), at), weight.size - 1)


def _chains(
    log_likelihoods: Callable[[Floats], Floats],
    here: Floats,
    now: Floats,
    power: float,
    middle: Floats,
    root: Floats,
    step: float,
    moves: int,
    rng: np.random.Generator,
) -> tuple[Floats, Floats, float]:
    """All points of chains that begin at ``here``, their ln likelihoods, and the share of moves taken."""
    kept, values, taken = [here], [now], []
    for _ in range(CHAIN - 1):
        for _ in range(moves):
            here, now, share = _move(log_likelihoods, here, now, power, middle, root, step, rng)
            taken.append(share)
        kept.append(here)
        values.append(now)
    return np.concatenate(kept), np.concatenate(values), float(np.mean(taken))


def _effective(z: Floats, chains: int) -> float:
    """Independent draws that would tell as much of the worst known parameter, by how far the means of chains differ."""
    means = z.reshape(CHAIN, chains, -1).mean(axis=0)
    ratio = z.var(axis=0) / (means.var(axis=0, ddof=1) / chains)
    return float(np.clip(ratio.min(), 1.0, len(z)))


def _step_of(logl: Floats, left: float) -> float:
    """By how much the power may grow, at most ``left``, for half of the points (that are possible) still to count."""
    possible = logl[np.isfinite(logl)]

    def count(more: float) -> float:
        weight = np.exp(more * (possible - possible.max()))
        return float(weight.sum() ** 2 / (weight**2).sum())

    wanted = STILL_COUNT * possible.size
    if count(left) >= wanted:
        return left
    low, high = 0.0, left
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if count(middle) > wanted else (low, middle)
    return high


def _move(
    log_likelihoods: Callable[[Floats], Floats],
    here: Floats,
    now: Floats,
    power: float,
    middle: Floats,
    root: Floats,
    step: float,
    rng: np.random.Generator,
) -> tuple[Floats, Floats, float]:
    """One move of every chain: places, their ln likelihoods, and the share of chains that moved."""
    apart = np.linalg.solve(root, (here - middle).T).T
    to = np.sqrt(1.0 - step**2) * apart + step * rng.standard_normal(here.shape)
    there = middle + to @ root.T
    then = log_likelihoods(there)
    with np.errstate(invalid="ignore"):
        gain = power * (then - now) - 0.5 * ((there**2).sum(axis=1) - (here**2).sum(axis=1))
    gain += 0.5 * ((to**2).sum(axis=1) - (apart**2).sum(axis=1))
    moved = np.log(rng.random(now.size)) < gain
    return np.where(moved[:, None], there, here), np.where(moved, then, now), float(moved.mean())


def _root(covariance: Floats) -> Floats:
    """A root of the covariance, also where points lie in a plane."""
    scale = np.sqrt(np.maximum(np.diag(covariance), 1e-12))
    even = covariance / np.outer(scale, scale) + 1e-6 * np.eye(scale.size)
    return np.asarray(scale[:, None] * np.linalg.cholesky(even))


def _variance_of_mean(weight: Floats, groups: NDArray[np.int64]) -> float:
    """Of the mean of weights, over the mean squared: points of one group depend on one another."""
    means = np.bincount(groups, weight) / np.bincount(groups)
    return float(means.var(ddof=1) / means.size / means.mean() ** 2)


def _spread(logl: Floats) -> tuple[float, float, float]:
    low, middle, high = np.quantile(np.maximum(logl, -1e6), [0.05, 0.5, 0.95]).tolist()
    return low, middle, high
