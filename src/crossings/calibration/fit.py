"""Fit: nested sampling (Skilling 2006) of a problem's parameters, on all cores, the same whatever their number.

The sampler is a function of its seed and of the likelihoods that it asks for. So whoever begins again with the likelihoods
that were computed before gets to where it was in moments, and from there to the same end.
"""

from __future__ import annotations

import multiprocessing
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from importlib.metadata import version
from multiprocessing.connection import wait
from os import PathLike, _exit
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.calibration.checkpoint import Evaluations, Pair, key_of
from crossings.calibration.likelihood import Likelihood
from crossings.calibration.posterior import Fit, asked_of
from crossings.calibration.problem import Problem
from crossings.errors import Fault, InputError
from crossings.io.atomic_folder import working_folder
from crossings.simulation.ensemble import available_cores, made_by
from crossings.store import plan_of

__all__ = ["DRAWS", "EVALUATIONS", "LIVE", "fit", "fit_to", "nested", "prior_alone"]

Floats = NDArray[np.float64]
LIVE = 250  # live points
DRAWS = 1000  # posterior draws kept, of equal weight
QUEUE = 8  # proposals made together; the result depends on it, so it is fixed
WORST = -1e100
EVALUATIONS = "evaluations"  # the file of an unfinished fit

Progress = Callable[[float], None]


class _Here:
    """What a worker process needs, made once; and what it computed since it was last asked."""

    likelihood: Likelihood
    problem: Problem
    known: Mapping[bytes, float]
    computed: list[Pair]


def _begin(problem: Problem, known: Mapping[bytes, float]) -> None:
    warnings.simplefilter("ignore")
    _Here.problem, _Here.known, _Here.computed = problem, known, []
    _Here.likelihood = problem.likelihood()
    _Here.likelihood(problem.priors.at(np.full(len(problem.priors), 0.5)))


def _begin_worker(problem: Problem, known: Mapping[bytes, float]) -> None:
    """In another process, which ends with the one that began it, also when that was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        Thread(target=lambda: (wait([parent.sentinel]), _exit(1)), daemon=True).start()
    _begin(problem, known)


def _transform(cube: Floats) -> Floats:
    return _Here.problem.priors.at(cube)


def _log_likelihood(values: Floats) -> float:
    key = key_of(values)
    found = _Here.known.get(key)
    if found is None:
        found = _Here.likelihood(values)
        found = float(found) if np.isfinite(found) else WORST
        _Here.computed.append((key, found))
    return found


def _noted(work: Callable[[Any], Any], item: Any) -> tuple[Any, list[Pair]]:
    """A piece of work, and the likelihoods that were computed for it."""
    _Here.computed = []
    return work(item), _Here.computed


class _Pool:
    """A pool as the sampler wants it: processes, or with none this one. What is computed is logged as it comes."""

    def __init__(self, executor: Executor | None, size: int, log: Evaluations | None) -> None:
        self.executor, self.size, self.log = executor, size, log

    def map(self, work: Callable[..., Any], items: Iterable[Any]) -> list[Any]:
        listed, noted = list(items), partial(_noted, work)
        coming: Iterable[tuple[Any, list[Pair]]] = map(noted, listed)
        if self.executor is not None:
            coming = self.executor.map(noted, listed, chunksize=max(1, -(-len(listed) // (2 * self.size))))
        out = []
        for result, computed in coming:
            out.append(result)
            if self.log is not None:
                self.log.add(computed)
        return out


@contextmanager
def _workers(problem: Problem, workers: int, log: Evaluations | None) -> Iterator[_Pool]:
    """Processes that know the problem; with one worker everything is done here."""
    known = {} if log is None else log.known
    _begin(problem, known)
    if workers <= 1:
        yield _Pool(None, 1, log)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, initializer=_begin_worker, initargs=(problem, known)) as executor:
        yield _Pool(executor, workers, log)


def nested(
    problem: Problem,
    *,
    seed: int = 1,
    live: int = LIVE,
    workers: int | None = None,
    progress: Progress | None = None,
    log: Evaluations | None = None,
) -> Any:
    """dynesty's results for a problem. log: of likelihoods that are known, to which those that are computed are added."""
    import dynesty

    dimensions = len(problem.priors)
    with _workers(problem, workers or available_cores(), log) as pool, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sampler = dynesty.NestedSampler(
            _log_likelihood,
            _transform,
            dimensions,
            nlive=live,
            bound="multi",
            sample="rwalk" if dimensions >= 3 else "unif",
            rstate=np.random.default_rng(seed),
            pool=pool,
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

    Parameters
    ----------
    problem : Problem
        Scenario, information cutoff and parameters.
    seed : int
        Of the sampler.
    live : int
        Live points: more are slower and finer.
    draws : int
        Posterior draws that are kept.
    workers : int, optional
        On which nothing depends but the time; by default one a core.
    progress : callable, optional
        Called as the sampler goes on.

    Returns
    -------
    Fit
        Draws of the posterior, evidence with its error.

    Raises
    ------
    InputError
        Where there is nothing to learn or to learn from, or where no value that the priors allow makes the counts possible.

    Examples
    --------
    >>> from crossings import Scenario
    >>> Problem(Scenario.read("finland-2023"), until="2023-11-17").streams
    ('asylum',)
    """
    return _fit(problem, seed, live, draws, workers, progress, None)


def _fit(
    problem: Problem,
    seed: int,
    live: int,
    draws: int,
    workers: int | None,
    progress: Progress | None,
    log: Evaluations | None,
) -> Fit:
    began = time.perf_counter()
    _ = problem.cells, problem.parameters
    results = nested(problem, seed=seed, live=live, workers=workers, progress=progress, log=log)
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
        made_by=_made_by(problem, seed, live),
    )


def _made_by(problem: Problem, seed: int, live: int) -> dict[str, Any]:
    """What made a fit."""
    return made_by(problem.model, [seed]) | {
        "until": problem.until,
        "by": problem.by,
        "live": live,
        "width": problem.width,
        "fixed": dict(problem.fixed),
        "without": list(problem.without),
        "written_hash": problem.scenario.hash,
        "counts": [c.id for c in problem.cells],
    }


def fit_to(
    directory: str | PathLike[str],
    problem: Problem,
    *,
    seed: int = 1,
    live: int = LIVE,
    draws: int = DRAWS,
    workers: int | None = None,
    progress: Progress | None = None,
    say: Callable[[str], None] = lambda line: None,
    force: bool = False,
) -> Fit:
    """`fit` into a folder, as `crossings fit --out` does: one in which the same fit was interrupted is gone on with.

    A whole one is read. say: is told in a line where something of an interrupted fit is there, and what is done with it.
    Raises `InputError` for a folder that holds something else, or that another process is writing to; a finished result of
    anything but the same fit is replaced only with ``force``.
    """
    _ = problem.cells, problem.parameters
    options = {name: getattr(problem, name) for name in ("until", "by", "width", "fixed", "without", "hypothesis")}
    sampler = f"dynesty {version('dynesty')}"
    plan = plan_of(problem.scenario, command="fit", seed=seed, live=live, draws=draws, sampler=sampler, **options)

    def anew(difference: str) -> None:
        say(f"{directory}: an unfinished fit there is another one ({difference}) and is not used; this one starts anew")

    asked = asked_of(_made_by(problem, seed, live))
    with working_folder(Path(directory), plan, anew, asked, force=force) as work:
        if work.whole:
            return Fit.read(directory)
        path = work.path(EVALUATIONS)
        try:
            with closing(Evaluations(path, bytes.fromhex(work.plan))) as log:
                if log.known:
                    say(f"{directory}: the fit goes on; {len(log.known):,} evaluations were kept")
                found = _fit(problem, seed, live, draws, workers, progress, log)
        except InputError as error:
            if not isinstance(error.__cause__, OSError):  # not the disk: beginning again would end in the same way
                path.unlink(missing_ok=True)
            raise
        for name, data in found.files().items():
            work.write(name, data)
        work.publish(found.made_by, without=[EVALUATIONS])
        return found


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
