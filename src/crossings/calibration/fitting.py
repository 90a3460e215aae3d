"""Fit: nested sampling (Skilling 2006) of a problem's parameters, on all cores, the same whatever their number."""

from __future__ import annotations

import multiprocessing
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.calibration.likelihood import Likelihood
from crossings.calibration.posterior import Fit
from crossings.calibration.problem import Problem
from crossings.errors import Fault, InputError
from crossings.simulation import available_cores, made_by

__all__ = ["DRAWS", "LIVE", "fit", "nested", "prior_alone"]

Floats = NDArray[np.float64]
LIVE = 250  # live points
DRAWS = 1000  # posterior draws kept, of equal weight
QUEUE = 8  # proposals made together; the result depends on it, so it is fixed
WORST = -1e100

Progress = Callable[[float], None]


class _Here:
    """What a worker process needs, made once."""

    likelihood: Likelihood
    problem: Problem


def _begin(problem: Problem) -> None:
    warnings.simplefilter("ignore")
    _Here.problem = problem
    _Here.likelihood = problem.likelihood()
    _Here.likelihood(problem.priors.at(np.full(len(problem.priors), 0.5)))


def _transform(cube: Floats) -> Floats:
    return _Here.problem.priors.at(cube)


def _log_likelihood(values: Floats) -> float:
    found = _Here.likelihood(values)
    return found if np.isfinite(found) else WORST


class _Pool:
    """A process pool as the sampler wants it."""

    def __init__(self, executor: Executor, size: int) -> None:
        self.executor, self.size = executor, size

    def map(self, work: Callable[..., Any], items: Iterable[Any]) -> list[Any]:
        listed = list(items)
        return list(self.executor.map(work, listed, chunksize=max(1, -(-len(listed) // (2 * self.size)))))


@contextmanager
def _workers(problem: Problem, workers: int) -> Iterator[_Pool | None]:
    """Processes that know the problem; with one worker everything is done here."""
    _begin(problem)
    if workers <= 1:
        yield None
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, initializer=_begin, initargs=(problem,)) as executor:
        yield _Pool(executor, workers)


def nested(
    problem: Problem, *, seed: int = 1, live: int = LIVE, workers: int | None = None, progress: Progress | None = None
) -> Any:
    """dynesty's results for a problem."""
    import dynesty

    dimensions = len(problem.priors)
    with _workers(problem, workers or available_cores()) as pool, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        inline = _Inline() if pool is None else pool
        sampler = dynesty.NestedSampler(
            _log_likelihood,
            _transform,
            dimensions,
            nlive=live,
            bound="multi",
            sample="rwalk" if dimensions >= 3 else "unif",
            rstate=np.random.default_rng(seed),
            pool=inline,
            queue_size=QUEUE,
        )
        first: list[float] = []

        def report(results: Any, *_: Any, **__: Any) -> None:
            left = float(results.delta_logz)
            if progress is not None and np.isfinite(left) and left > 0:
                first.append(np.log(left + 1.0))
                done = 1.0 - max(0.0, np.log(left + 1.0) - np.log(1.05)) / max(first)
                progress(float(np.clip(done, 0.0, 1.0)))

        sampler.run_nested(dlogz=0.05, print_progress=progress is not None, print_func=report)
        return sampler.results


class _Inline:
    """The same interface without processes."""

    def map(self, work: Callable[..., Any], items: Iterable[Any]) -> list[Any]:
        return [work(item) for item in items]


def fit(
    problem: Problem,
    *,
    seed: int = 1,
    live: int = LIVE,
    draws: int = DRAWS,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Fit:
    """Learn a problem's parameters from its counts.

    seed: of the sampler; live: live points, more are slower and finer; draws: posterior draws kept; workers: processes
    (by default one a core), on which nothing depends. Raises `InputError` where there is nothing to learn or to learn from,
    or where no value that the priors allow makes the counts possible.

    >>> from crossings import Scenario
    >>> Problem(Scenario.read("finland-2023"), until="2023-11-17").streams
    ('asylum',)
    """
    began = time.perf_counter()
    _ = problem.cells, problem.parameters
    results = nested(problem, seed=seed, live=live, workers=workers, progress=progress)
    logl = np.asarray(results.logl)
    terms = len(problem.cells) + len(problem.headcounts)
    if logl.max() <= -600.0 * terms:
        raise InputError(
            Fault("scenario.yaml: fit", "no value that the priors allow makes the counts possible", "widen them")
        )
    weights = np.exp(results.logwt - results.logz[-1])
    weights /= weights.sum()
    samples = np.asarray(results.samples)
    picked = _equal(weights, draws, np.random.default_rng([seed, 7]))
    return Fit(
        names=tuple(problem.parameters),
        parameters=tuple(problem.parameters.values()),
        idle=problem.idle,
        streams=problem.streams,
        draws=samples[picked],
        log_likelihood=logl[picked],
        trace=np.column_stack([results.logvol, logl, weights]),
        path=samples,
        evidence=float(results.logz[-1]),
        evidence_error=float(results.logzerr[-1]),
        evaluations=int(np.sum(results.ncall)),
        effective=float(1.0 / np.sum(weights**2)),
        information=float(np.asarray(results.information)[-1]),
        prior_sd=problem.priors.spread(),
        prior_draws=problem.priors.draws(draws, seed),
        seconds=time.perf_counter() - began,
        made_by=made_by(problem.model, [seed])
        | {
            "until": problem.until,
            "by": problem.by,
            "live": live,
            "width": problem.width,
            "fixed": dict(problem.fixed),
            "without": list(problem.without),
            "written_hash": problem.scenario.hash,
            "counts": [c.id for c in problem.cells],
        },
    )


def prior_alone(problem: Problem, seed: int = 1, draws: int = DRAWS) -> Fit:
    """What is believed before any count, in the form of a fit."""
    found = problem.priors.draws(draws, seed)
    none = np.zeros(draws)
    return Fit(
        tuple(problem.parameters),
        tuple(problem.parameters.values()),
        problem.idle,
        problem.streams,
        found,
        none,
        np.zeros((0, 3)),
        np.zeros((0, found.shape[1])),
        0.0,
        0.0,
        0,
        float(draws),
        0.0,
        problem.priors.spread(),
        found,
        0.0,
    )


def _equal(weights: Floats, number: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Systematic resampling: ``number`` draws of equal weight, in random order."""
    at = (np.arange(number) + rng.random()) / number
    picked = np.minimum(np.searchsorted(np.cumsum(weights), at), weights.size - 1)
    return np.asarray(rng.permutation(picked), np.int64)
