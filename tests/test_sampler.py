"""The sampler finds posteriors and evidences that are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from crossings.calibration.sampler import sample


def straight(parameters: int, counts: int, sd: float, seed: int):
    """A normal likelihood of sums of parameters: ln likelihood, its evidence, mean and sd of the posterior."""
    rng = np.random.default_rng(seed)
    sums = rng.normal(size=(counts, parameters)) / np.sqrt(parameters)
    seen = sums @ rng.normal(size=parameters) + sd * rng.normal(size=counts)

    def log_likelihoods(z: np.ndarray) -> np.ndarray:
        return multivariate_normal(np.zeros(counts), sd**2 * np.eye(counts)).logpdf(z @ sums.T - seen).reshape(len(z))

    evidence = multivariate_normal(np.zeros(counts), sums @ sums.T + sd**2 * np.eye(counts)).logpdf(seen)
    covariance = np.linalg.inv(np.eye(parameters) + sums.T @ sums / sd**2)
    return log_likelihoods, evidence, covariance @ sums.T @ seen / sd**2, np.sqrt(np.diag(covariance))


@pytest.mark.parametrize(("parameters", "counts", "sd"), [(1, 1, 0.5), (4, 6, 0.2), (20, 10, 0.3)])
def test_evidence_and_posterior_of_a_normal(parameters: int, counts: int, sd: float) -> None:
    log_likelihoods, evidence, mean, spread = straight(parameters, counts, sd, 3)
    found = [sample(log_likelihoods, parameters, 3000, seed) for seed in range(8)]
    off = np.array([one.evidence - evidence for one in found])
    said = np.array([one.error for one in found])
    assert abs(off.mean()) < 0.1
    assert 0.4 < off.std() / said.mean() < 2.0
    apart = np.array([(one.points.mean(axis=0) - mean) / spread for one in found])
    wide = np.array([one.points.std(axis=0) / spread for one in found])
    assert np.abs(apart.mean(axis=0)).max() < 0.1
    assert np.abs(wide.mean(axis=0) - 1.0).max() < 0.08
    effective = np.mean([one.effective for one in found])
    assert effective > 500
    assert np.sqrt((apart**2).mean(axis=0)).max() < 2.5 / np.sqrt(effective)


def two_hills(z: np.ndarray) -> np.ndarray:
    far = [-0.5 * ((z[:, 0] - 1.5) / 0.2) ** 2, np.log(0.5) - 0.5 * ((z[:, 0] + 1.5) / 0.2) ** 2]
    return logsumexp(far, axis=0)


def test_two_hills_keep_their_shares() -> None:
    found = [sample(two_hills, 5, 3000, seed) for seed in range(10)]
    assert np.mean([(one.points[:, 0] > 0).mean() for one in found]) == pytest.approx(2 / 3, abs=0.08)
    grid = np.linspace(-6, 6, 20_001)
    log = two_hills(grid[:, None]) - 0.5 * grid**2 - 0.5 * np.log(2 * np.pi)
    exact = logsumexp(log) + np.log(grid[1] - grid[0])
    assert np.mean([one.evidence for one in found]) == pytest.approx(exact, abs=0.06)


def test_a_curved_ridge() -> None:
    def ridge(z: np.ndarray) -> np.ndarray:
        return -0.5 * ((z[:, 1] - z[:, 0] ** 2 + 1) / 0.1) ** 2

    found = [sample(ridge, 6, 3000, seed) for seed in range(16)]
    assert np.mean([one.points[:, :2].std(axis=0) for one in found], axis=0) == pytest.approx([0.803, 0.640], rel=0.07)
    assert np.mean([one.points[:, 2:].std(axis=0) for one in found]) == pytest.approx(1.0, abs=0.03)


def test_half_of_the_prior_may_be_impossible() -> None:
    def half(z: np.ndarray) -> np.ndarray:
        return np.where(z[:, 0] > 0, -0.5 * (z[:, 1] / 0.5) ** 2, -np.inf)

    found = sample(half, 3, 3000, 1)
    assert (found.points[:, 0] > 0).all()
    assert found.evidence == pytest.approx(np.log(0.5) + 0.5 * np.log(0.2), abs=4 * found.error)
    with pytest.raises(ValueError, match="possible"):
        sample(lambda z: np.full(len(z), -np.inf), 3, 200, 1)


def test_the_same_however_batches_are_cut() -> None:
    def log_likelihoods(z: np.ndarray) -> np.ndarray:
        return -2.0 * ((z - 0.3) ** 2).sum(axis=1)

    def one_by_one(z: np.ndarray) -> np.ndarray:
        return np.concatenate([log_likelihoods(row[None, :]) for row in z])

    a, b = sample(log_likelihoods, 4, 200, 5), sample(one_by_one, 4, 200, 5)
    assert a.points.tobytes() == b.points.tobytes()
    assert a.evidence == b.evidence
    assert a.points.tobytes() != sample(log_likelihoods, 4, 200, 6).points.tobytes()


def test_without_parameters_the_evidence_is_the_likelihood() -> None:
    found = sample(lambda z: np.full(len(z), -3.0), 0, 200, 1)
    assert (found.evidence, found.error, found.points.shape) == (-3.0, 0.0, (200, 0))
