"""Fits of the bundled cases and nested sampling of the same priors and likelihood: time, posterior, evidence."""

from __future__ import annotations

import statistics
import sys
import time
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray
from peers import dynesty_fit
from tables import Part, Row, timed

import crossings as cx
from crossings.calibration.fit import fit
from crossings.calibration.problem import Problem

__all__ = ["case", "commands"]

Floats = NDArray[np.float64]
LIVE = 250
MOST = 100_000  # likelihoods of dynesty
HEADS = ("crossings", "dynesty", "difference")


@dataclass(frozen=True)
class Found:
    """What a sampler found: seconds by the clock and of the processor, moments [n] with errors, evidence with error."""

    clock: float
    work: float
    mean: Floats
    sd: Floats
    effective: float
    evidence: float
    error: float
    evaluations: int

    @property
    def mean_error(self) -> Floats:
        return self.sd / np.sqrt(self.effective)

    @property
    def sd_error(self) -> Floats:
        """As of normal draws."""
        return self.sd / np.sqrt(2.0 * self.effective)


def ours(problem: Problem, seed: int, points: int) -> Found:
    clock, work = time.perf_counter(), time.process_time()
    found = fit(problem, seed=seed, points=points)
    clock, work = time.perf_counter() - clock, time.process_time() - work
    mean, sd = found.draws.mean(axis=0), found.draws.std(axis=0)
    effective = min(found.effective, len(found.draws))
    return Found(clock, work, mean, sd, effective, found.evidence, found.evidence_error, found.evaluations)


def theirs(problem: Problem, seed: int, live: int, most: int) -> Found:
    work = time.process_time()
    clock, found = dynesty_fit(problem, live, most, seed)
    work = time.process_time() - work
    weight = np.exp(found.logwt - found.logz[-1])
    weight /= weight.sum()
    mean = weight @ found.samples
    sd = np.sqrt(weight @ (found.samples - mean) ** 2)
    effective = float(1.0 / (weight**2).sum())
    return Found(clock, work, mean, sd, effective, found.logz[-1], found.logzerr[-1], int(np.sum(found.ncall)))


def together(found: list[Found]) -> Found:
    """The mean of runs with different seeds."""

    def middle(name: str) -> Any:
        return np.mean([getattr(one, name) for one in found], axis=0)

    error = float(np.sqrt(np.mean([one.error**2 for one in found]) / len(found)))
    effective = sum(one.effective for one in found)
    moments = (middle("mean"), middle("sd"), effective, float(middle("evidence")), error)
    return Found(middle("clock"), middle("work"), *moments, int(middle("evaluations")))


def case(name: str, until: str, quick: bool, rounds: int = 2) -> list[Part]:
    """One case: time and evidence, and the posterior of each parameter; rounds: seeds of each sampler."""
    problem = Problem(cx.Scenario.read(name), until=until)
    ours(problem, 0, 200)  # what is compiled or built once is there before anything is timed
    points, live, most = (600, 50, MOST // 5) if quick else (3000, LIVE, MOST)
    pairs = [(ours(problem, seed, points), theirs(problem, seed, live, most)) for seed in range(1, rounds + 1)]
    ended = sum(other.evaluations >= most for _, other in pairs)
    a, b = together([one for one, _ in pairs]), together([other for _, other in pairs])
    n, counts = len(problem.priors), len(problem.cells)
    part = Part(f"A fit of {name} to {until}: {n} parameters, {counts} counts", heads=HEADS)
    part.rows = [
        Row("processor, s", f"{a.work:.1f}", f"{b.work:.1f}", _ratio([y.work / x.work for x, y in pairs])),
        Row("by the clock, s", f"{a.clock:.1f}", f"{b.clock:.1f}", _ratio([y.clock / x.clock for x, y in pairs])),
        Row("likelihoods", f"{a.evaluations:,}", f"{b.evaluations:,}", _ratio([b.evaluations / a.evaluations])),
        Row(
            "effective draws a processor second",
            f"{a.effective / rounds / a.work:.0f}",
            f"{b.effective / rounds / b.work:.0f}",
            f"{a.effective / a.work / (b.effective / b.work):.1f} times as many",
        ),
        Row(
            "ln evidence",
            f"{a.evidence:.2f} ± {a.error:.2f}",
            f"{b.evidence:.2f} ± {b.error:.2f}",
            f"{(a.evidence - b.evidence) / np.hypot(a.error, b.error):+z.1f} s.e.",
        ),
    ]
    part.note = (
        f"crossings: {points:,} points; dynesty {version('dynesty')}: {live} live points, random walks, eight proposals at a "
        f"time, until 0.05 of ln evidence is left, or at most {most:,} likelihoods ({ended} of {rounds} ended so). The same priors and the same compiled likelihood on the same cores, in turn, {rounds} "
        f"seed{'s' if rounds > 1 else ''} each. Means over seeds."
    )
    return [part, _posterior(f"Posterior of {name}: mean and standard deviation", problem, a, b)]


def _ratio(found: list[float]) -> str:
    least, most = min(found), max(found)
    return f"× {statistics.median(found):.1f}" + (f" ({least:.1f} to {most:.1f})" if len(found) > 1 else "")


def _posterior(title: str, problem: Problem, a: Found, b: Found) -> Part:
    part = Part(title, heads=("crossings", "dynesty", "difference of means, s.e.", "of sd, s.e."))
    means = (a.mean - b.mean) / np.hypot(a.mean_error, b.mean_error)
    spreads = (a.sd - b.sd) / np.hypot(a.sd_error, b.sd_error)
    for i, name in enumerate(problem.parameters):
        shown = [f"{one.mean[i]:.3g} ± {one.sd[i]:.2g}" for one in (a, b)]
        part.rows.append(Row(name, *shown, f"{means[i]:+z.1f}", f"{spreads[i]:+z.1f}"))
    part.note = (
        f"s.e. by effective draws: {a.effective:.0f} and {b.effective:.0f} (dynesty's by its weights alone, as if its draws were independent; "
        "errors of sd as of normal draws, so too small where tails are long)."
    )
    return part


def commands(quick: bool, env: dict[str, str]) -> Part:
    """Commands as a person gives them."""
    waited = Part("Learning, at a terminal")
    command = [sys.executable, "-m", "crossings.cli"]
    until = ["finland-2023", "--until", "2023-11-17", "--json"]
    waited.rows = [
        timed("crossings fit finland-2023 to 17 November", [*command, "fit", *until], env, 1 if quick else 3, "15 s"),
        timed("crossings evidence, nine fits of 1,000 points and power check", [*command, "evidence", *until, "--points", "200" if quick else "1000"], env, 1, "120 s"),
    ]  # fmt: skip
    return waited
