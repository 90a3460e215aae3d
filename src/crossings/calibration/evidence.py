"""Evidence between hypotheses about how people come: each alone, in groups, or in groups that are sent (section 10).

*independent*: everybody comes alone. *grouped*: groups of mean size b choose by effort. *switched*: besides, on each day a
hidden crossing of those open, each as likely, takes a share of the whole border's flow. They differ in nothing else. It is
about concentration in time and place: it cannot say who arranged it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.calibration.expected_counts import ExpectedCounts
from crossings.calibration.fit import POINTS, fit
from crossings.calibration.likelihood import Hidden, Likelihood, day_factors
from crossings.calibration.posterior import Fit
from crossings.calibration.predictive import scatter
from crossings.calibration.problem import HYPOTHESES, Problem
from crossings.errors import InputError
from crossings.kernel.core.noise import log_likelihood
from crossings.network.threads import available_cores

Floats = NDArray[np.float64]
LASTING = ("noise.supply_sd", "noise.route_sd")
WIDTHS = (0.5, 1.0, 2.0)
DECIDED = 1.0  # |log10 Bayes factor| beyond which it is decided
TOLD_APART = 0.8  # share of synthetic data that must be told apart


@dataclass(frozen=True)
class Evidence:
    """ln evidence of each hypothesis at each width of the priors, and what follows.

    log_evidence: {width: {hypothesis: (value, error)}}; powers: by hypothesis, the share of data made up under it that
    were told apart (|log10 Bayes factor| > 1, right sign); shares: 5th, 50th, 95th percentile of the switched share.
    """

    log_evidence: dict[float, dict[str, tuple[float, float]]]
    powers: dict[str, float]
    synthetic: int
    shares: tuple[float, float, float]
    made_by: dict[str, Any]

    @property
    def power(self) -> float:
        """The share of all synthetic data, half under each hypothesis, that were told apart."""
        return float(np.mean(list(self.powers.values())))

    def log10_bayes_factor(self, width: float = 1.0) -> float:
        """Of switched against grouped."""
        at = self.log_evidence[width]
        return float((at["switched"][0] - at["grouped"][0]) / np.log(10.0))

    @property
    def verdict(self) -> str:
        """*switched*, *grouped*, or *undecided*, with the reason."""
        factors = [self.log10_bayes_factor(w) for w in self.log_evidence]
        if self.power < TOLD_APART:
            return f"undecided: of synthetic data of this size {self.power:.0%} are told apart, {TOLD_APART:.0%} are needed"
        if all(f > DECIDED for f in factors):
            return "switched"
        if all(f < -DECIDED for f in factors):
            return "grouped"
        return "undecided: the Bayes factor is not beyond 10 to 1 with one sign at every width of the priors"

    def to_json(self) -> dict[str, Any]:
        """All figures."""
        factors = [self.log10_bayes_factor(w) for w in self.log_evidence]
        return {
            "log10_bayes_factor": self.log10_bayes_factor(),
            "low": min(factors),
            "high": max(factors),
            "power": self.power,
            "power_by_truth": self.powers,
            "synthetic": self.synthetic,
            "verdict": self.verdict,
            "switched_share": dict(zip(("p05", "p50", "p95"), self.shares, strict=True)),
            "log_evidence": {
                str(w): {h: {"value": v, "error": e} for h, (v, e) in at.items()} for w, at in self.log_evidence.items()
            },
            "made_by": self.made_by,
        }


def compare_hypotheses(
    problem: Problem,
    *,
    points: int = POINTS,
    seed: int = 1,
    widths: tuple[float, ...] = WIDTHS,
    synthetic: int = 100,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Evidence:
    """Fit every hypothesis at every width of the priors, and see whether synthetic data of this size tell them apart.

    Parameters
    ----------
    problem : Problem
        What is fitted.
    points : int
        Of the sampler, in each fit.
    seed : int
        Of the sampler.
    widths : tuple of float
        Factors on the spreads of the priors.
    synthetic : int
        Synthetic data sets of the power check.
    threads : int, optional
        On which nothing depends but the time; by default one a core.
    progress : callable, optional
        Called with (fits done, fits in all).

    Returns
    -------
    Evidence
        Log Bayes factors with errors, and how often the hypotheses are told apart.

    Raises
    ------
    InputError
        Where the scenario has no parameter for the size of groups.

    Examples
    --------
    >>> import crossings as cx
    >>> found = cx.compare_hypotheses(cx.Problem(cx.Scenario.read("finland-2023")))  # doctest: +SKIP
    """
    sizes = [n for n, p in problem.scenario.settings.fit.parameters.items() if p.target == "noise.group_size"]
    if not sizes:
        raise InputError(
            "scenario.yaml: fit.parameters",
            "no parameter sets noise.group_size",
            "add one: hypotheses are about groups",
        )
    still = _without_levels(problem)
    found: dict[float, dict[str, tuple[float, float]]] = {}
    middle: dict[str, Fit] = {}
    todo = [(w, h) for w in widths for h in HYPOTHESES]
    for n, (width, hypothesis) in enumerate(todo):
        posed = dataclasses.replace(still, width=width, hypothesis=hypothesis)
        one = fit(posed, seed=seed, points=points, threads=threads)
        found.setdefault(width, {})[hypothesis] = (one.evidence, one.evidence_error)
        if width == 1.0 or hypothesis not in middle:
            middle[hypothesis] = one
        if progress is not None:
            progress(n + 1, len(todo) + 1)
    told = power(middle["grouped"], middle["switched"], still, synthetic=synthetic, seed=seed, threads=threads)
    if progress is not None:
        progress(len(todo) + 1, len(todo) + 1)
    share = np.quantile(middle["switched"].column("switched"), [0.05, 0.5, 0.95]).tolist()
    return Evidence(found, told, synthetic, (share[0], share[1], share[2]), middle["grouped"].made_by)


def _without_levels(problem: Problem) -> Problem:
    """The problem with levels that last held still: a hidden crossing of each day is an account of the same."""
    lasting = [n for n, p in problem.scenario.settings.fit.parameters.items() if p.target in LASTING]
    held = tuple((name, 0.0) for name in lasting if name not in dict(problem.fixed))
    return dataclasses.replace(problem, fixed=(*problem.fixed, *held))


def power(
    grouped: Fit,
    switched: Fit,
    problem: Problem,
    *,
    synthetic: int = 100,
    seed: int = 1,
    draws: int = 150,
    threads: int | None = None,
) -> dict[str, float]:
    """By hypothesis, the share of data made up under it that are told apart.

    Made from posterior draws, and judged with these same draws as what is believed before: better known than in truth,
    so the share is at most that. Switched with a share of nothing is grouped, so data made up under grouped can speak
    against switched only as far as the prior of the share spreads.
    """
    posed = {h: dataclasses.replace(problem, hypothesis=h) for h in ("grouped", "switched")}
    likelihood = posed["grouped"].likelihood()
    hidden = Hidden(likelihood.numbers.model, likelihood)
    rng = np.random.default_rng([seed, 17])
    rows = rng.permutation(len(grouped.draws))[:draws]
    values = grouped.draws[rows]
    base = []
    for v in values:
        mean = likelihood.mean(v)
        whole = hidden.whole.of(likelihood.expectation.fluid)
        base.append((mean, likelihood.full(mean), dict(likelihood.numbers.noise), whole))
    shares = switched.column("switched")[rng.permutation(len(switched.draws))[:draws]]
    worlds: list[Floats] = []
    for k in range(synthetic):
        i = int(rng.integers(len(base)))
        mean, full, noise, total = base[i]
        if k % 2:
            mean = _one_world(hidden, likelihood, mean, total, float(shares[i]), rng)
        worlds.append(
            scatter(ExpectedCounts(mean[None, :], full[None, :]), likelihood.cells, [noise], seed * 1000 + k)[0]
        )
    judge = Judge(likelihood, hidden, base, shares)
    with ThreadPoolExecutor(threads or available_cores()) as pool:  # the compiled part holds no lock
        factors = list(pool.map(judge.log10_bayes_factor, worlds))
    right = {"grouped": 0, "switched": 0}
    for k, factor in enumerate(factors):
        truth = "switched" if k % 2 else "grouped"
        right[truth] += factor > DECIDED if truth == "switched" else factor < -DECIDED
    return {truth: number / max(1, synthetic // 2) for truth, number in right.items()}


class Judge:
    """How likely synthetic counts are under draws of either hypothesis: all that does not hang on the counts is made once.

    base: of each draw what is expected, how much of it controls decide, the noise, and what is expected of all crossings
    together; shares: of the hidden crossing.
    """

    def __init__(
        self,
        likelihood: Likelihood,
        hidden: Hidden,
        base: Sequence[tuple[Floats, Floats, dict[str, float], Floats]],
        shares: Floats,
    ) -> None:
        self._likelihood, self._possible = likelihood, hidden.possible
        self._alone = np.ones((likelihood.lengths.size, 1), np.bool_)
        width = likelihood.high - likelihood.low
        self._width = np.where(np.isfinite(width), width, 0.0)
        self._draws = [
            (
                mean[None, :],
                hidden.means(mean, total, float(share)),
                full,
                day_factors(likelihood.lengths, noise["day_shape"]),
                max(1.0, noise["group_size"]),
            )
            for (mean, full, noise, total), share in zip(base, shares, strict=True)
        ]

    def log10_bayes_factor(self, counts: Floats) -> float:
        """Of switched against grouped, for counts [C]."""
        one = self._likelihood
        told = counts, counts + self._width, one.day, one.tells
        grouped, switched = [], []
        for mean, states, full, factors, size in self._draws:
            grouped.append(log_likelihood(mean, full, self._alone, *told, factors, size))
            switched.append(log_likelihood(states, full, self._possible, *told, factors, size))
        return (_log_mean(switched) - _log_mean(grouped)) / float(np.log(10.0))


def _one_world(
    hidden: Hidden, likelihood: Likelihood, mean: Floats, total: Floats, share: float, rng: np.random.Generator
) -> Floats:
    """Means with one crossing of the day drawn for each day."""
    states = hidden.means(mean, total, share)
    chosen = [int(rng.choice(np.flatnonzero(row))) for row in hidden.possible]
    return np.array([states[chosen[likelihood.day[c]], c] for c in range(mean.size)])


def _log_mean(values: list[float]) -> float:
    best = max(values)
    return best + float(np.log(np.mean(np.exp(np.array(values) - best))))
