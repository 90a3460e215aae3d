"""Fit: the posterior of a problem's parameters and its evidence, on all cores, the same whatever their number.

The sampler is a function of its seed and of the likelihoods that it asks for. So whoever begins again with the likelihoods
that were computed before gets to where it was in moments, and from there to the same end.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from contextlib import closing
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from crossings.calibration.batches import Batches
from crossings.calibration.checkpoint import Evaluations, key_of
from crossings.calibration.expected_counts import ExpectedCounts
from crossings.calibration.known_levels import KnownLevels
from crossings.calibration.levels import moves
from crossings.calibration.posterior import TRACE, Fit, asked_of
from crossings.calibration.problem import Problem
from crossings.calibration.ready import DAY, ahead_key, prepare
from crossings.calibration.sampler import Sample, sample
from crossings.errors import Fault, InputError
from crossings.io.atomic_folder import working_folder
from crossings.io.faults import counted
from crossings.simulation.ensemble import made_by
from crossings.store import plan_of

Floats = NDArray[np.float64]
POINTS = 3000  # of the sampler
DRAWS = 1000  # posterior draws kept, of equal weight
EVALUATIONS = "evaluations"  # the file of an unfinished fit
MOST_REMEMBERED = 10_000_000  # numbers
WORST = -1e100  # where the model has no number
KEPT_DAYS = 10  # of what the draws expect
IMPOSSIBLE = -600.0  # ln likelihood a count below which no count was possible at all

Progress = Callable[[float], None]


class _Remembered:
    """What points expect whose likelihood was computed, so that it need not be computed again for those that are drawn."""

    def __init__(self) -> None:
        self._rows: dict[bytes, tuple[Floats, Floats]] = {}
        self._room = MOST_REMEMBERED

    def add(self, values: Floats, expected: ExpectedCounts) -> None:
        """Keep it, as long as there is room."""
        self._room -= 2 * expected.mean.size
        if self._room < 0:
            self._rows.clear()
            return
        for row, mean, full in zip(values, expected.mean, expected.full, strict=True):
            self._rows[row.tobytes()] = mean, full

    def of(self, values: Floats) -> ExpectedCounts | None:
        """Of some of them; None where one is not there, as it was computed before the fit was interrupted."""
        found = [self._rows.get(row.tobytes()) for row in values]
        known = [one for one in found if one is not None]
        return ExpectedCounts(*map(np.array, zip(*known, strict=True))) if len(known) == len(found) > 0 else None


def _sampled(
    problem: Problem,
    seed: int,
    points: int,
    threads: int | None,
    progress: Progress | None,
    log: Evaluations | None,
    remembered: _Remembered,
) -> Sample:
    """What the sampler finds. log: of likelihoods that are known, to which those that are computed are added."""
    with closing(Batches(problem.likelihood(), threads)) as batches:
        likelihoods = _on_normal_scale(problem, batches, log, remembered)
        return sample(likelihoods, len(problem.priors), points, seed, progress)


def _on_normal_scale(
    problem: Problem, batches: Batches, log: Evaluations | None, remembered: _Remembered
) -> Callable[[Floats], Floats]:
    """ln likelihoods [m] of points [m, n] on the normal scale of the priors; −inf where the model has no number."""

    def log_likelihoods(z: Floats) -> Floats:
        values = problem.priors.at(ndtr(z))
        keys = [key_of(one) for one in values] if log is not None else []
        found = np.array([log.known.get(key, np.nan) for key in keys]) if log is not None else np.full(len(z), np.nan)
        new = np.flatnonzero(np.isnan(found))
        if new.size:
            computed, expected = batches.computed(values[new])
            remembered.add(values[new], expected)
            found[new] = np.where(np.isfinite(computed), computed, WORST)
            if log is not None:
                log.add([(keys[i], float(found[i])) for i in new])
        return np.where(found <= WORST, -np.inf, found)

    return log_likelihoods


def fit(
    problem: Problem,
    *,
    seed: int = 1,
    points: int = POINTS,
    draws: int = DRAWS,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Fit:
    """Learn a problem's parameters from its counts.

    Parameters
    ----------
    problem : Problem
        Scenario, information cutoff and parameters.
    seed : int
        Of the sampler.
    points : int
        Of the sampler: more are slower and finer.
    draws : int
        Posterior draws that are kept.
    threads : int, optional
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
    return _fit(problem, seed, points, draws, threads, progress, None)


def _fit(
    problem: Problem,
    seed: int,
    points: int,
    draws: int,
    threads: int | None,
    progress: Progress | None,
    log: Evaluations | None,
) -> Fit:
    began = time.perf_counter()
    _ = problem.cells, problem.parameters
    remembered = _Remembered()
    impossible = Fault("scenario.yaml: fit", "no value that the priors allow makes the counts possible", "widen them")
    try:
        found = _sampled(problem, seed, points, threads, progress, log, remembered)
    except ValueError:
        raise InputError(impossible) from None
    if found.log_likelihood.max() <= IMPOSSIBLE * (len(problem.cells) + len(problem.headcounts)):
        raise InputError(impossible)
    picked = _picked(len(found.points), draws, np.random.default_rng([seed, 7]))
    drawn = problem.priors.at(ndtr(found.points[picked]))
    expected = remembered.of(drawn)
    if expected is not None:
        problem.remember(drawn, expected)
    return Fit(
        names=tuple(problem.parameters),
        parameters=tuple(problem.parameters.values()),
        idle=problem.idle,
        streams=problem.streams,
        draws=drawn,
        log_likelihood=found.log_likelihood[picked],
        trace=found.trace,
        evidence=found.evidence,
        evidence_error=found.error,
        evaluations=found.evaluations,
        effective=found.effective,
        information=found.information,
        prior_sd=problem.priors.spread(),
        prior_draws=problem.priors.draws(draws, seed),
        seconds=time.perf_counter() - began,
        made_by=_made_by(problem, seed, points),
        levels=levels_of(problem, drawn, threads),
    )


def levels_of(problem: Problem, drawn: Floats, threads: int | None = None) -> KnownLevels | None:
    """What a problem's counts tell of levels that last, for draws [D, n] of its parameters; None where no level moves."""
    with closing(Batches(problem.likelihood(), threads)) as batches:
        noise = batches.noise(drawn)
        if not any(moves(n) for n in noise):
            return None
    return KnownLevels.of(problem.expected(drawn, threads), problem.cells, noise)


def _made_by(problem: Problem, seed: int, points: int) -> dict[str, Any]:
    """What made a fit."""
    return made_by(problem.model, [seed]) | {
        "until": problem.until,
        "by": problem.by,
        "points": points,
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
    points: int = POINTS,
    draws: int = DRAWS,
    threads: int | None = None,
    progress: Progress | None = None,
    say: Callable[[str], None] = lambda line: None,
    force: bool = False,
) -> Fit:
    """`fit` into a folder, as `crossings fit --out` does: an interrupted fit is resumed.

    A whole one is read. say: is told in a line where something of an interrupted fit is there, and what is done with it.
    Raises `InputError` for a folder that holds something else, or that another process is writing to; a finished result of
    anything but the same fit is replaced only with ``force``.
    """
    _ = problem.cells, problem.parameters
    options = {name: getattr(problem, name) for name in ("until", "by", "width", "fixed", "without", "hypothesis")}
    plan = plan_of(problem.scenario, command="fit", seed=seed, points=points, draws=draws, **options)

    def on_restart(difference: str) -> None:
        say(
            f"{directory}: an unfinished fit there is another one ({difference}) and is not used; this one starts from the beginning"
        )

    asked = asked_of(_made_by(problem, seed, points))
    with working_folder(Path(directory), plan, on_restart, asked, force=force) as work:
        if work.whole:
            return Fit.read(directory)
        path = work.path(EVALUATIONS)
        try:
            with closing(Evaluations(path, bytes.fromhex(work.plan))) as log:
                if log.known:
                    say(f"{directory}: the fit is resumed; kept: {counted(len(log.known), 'evaluation')}")
                found = _fit(problem, seed, points, draws, threads, progress, log)
        except InputError as error:
            if not isinstance(error.__cause__, OSError):  # not the disk: beginning again would end in the same way
                path.unlink(missing_ok=True)
            raise
        for name, data in (found.files() | _ahead(found, problem, threads)).items():
            work.write(name, data)
        work.publish(found.made_by, without=[EVALUATIONS])
        return found


def _ahead(found: Fit, problem: Problem, threads: int | None) -> dict[str, bytes | str]:
    """What the draws expect of the next days, kept beside them: with it today's counts take moments."""
    if found.until is None or not problem.cells or not found.names:
        return {}
    first = dt.date.fromisoformat(found.until) + DAY
    if first >= problem.scenario.settings.end.date():
        return {}
    ready = prepare(problem.scenario, found, problem, first=first, days=KEPT_DAYS, threads=threads)
    return ready.files(ahead_key(found, problem, problem.scenario)) if ready.cells else {}


def prior_alone(problem: Problem, seed: int = 1) -> Fit:
    """What is believed before any count, in the form of a fit."""
    found = problem.priors.draws(DRAWS, seed)
    none = np.zeros(DRAWS)
    return Fit(
        tuple(problem.parameters),
        tuple(problem.parameters.values()),
        problem.idle,
        problem.streams,
        found,
        none,
        np.zeros((0, len(TRACE))),
        0.0,
        0.0,
        0,
        float(DRAWS),
        0.0,
        problem.priors.spread(),
        found,
        0.0,
    )


def _picked(points: int, number: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """``number`` of so many points of equal weight: none twice where there are enough."""
    rounds = [rng.permutation(points) for _ in range(-(-number // points))]
    return np.asarray(np.concatenate(rounds)[:number], np.int64)
