"""A saved fit carried on with today's counts, in seconds: its draws weighted by the new counts, and moved."""

from __future__ import annotations

import dataclasses
import datetime as dt
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from crossings.calibration.batches import Batches
from crossings.calibration.fit import on_normal_scale
from crossings.calibration.posterior import Fit
from crossings.calibration.predictive import scatter
from crossings.calibration.problem import Problem
from crossings.calibration.sampler import resample
from crossings.errors import Fault, InputError, suggest
from crossings.observations import Cell
from crossings.scenario import Observation, Scenario
from crossings.scenario.clock import end_of_day
from crossings.simulation.ensemble import made_by

__all__ = ["Update", "update", "with_counts"]

Floats = NDArray[np.float64]
RARE = 0.01  # chance, either side together, below which a count is a surprise
FEW = 100.0  # draws that must still count, else the fit should be made anew


@dataclass(frozen=True)
class Update:
    """A fit carried on. C new counts.

    fit: with the new counts; cells: those counts; expected [C, 3]: 5th, 50th, 95th percentile of what the saved fit expected;
    chance [C]: of a count as far out as that; still: how many of the saved draws the new counts leave.
    """

    fit: Fit
    cells: tuple[Cell, ...]
    expected: Floats
    chance: Floats
    still: float

    @property
    def surprises(self) -> tuple[str, ...]:
        """Counts that the saved fit held for next to impossible."""
        return tuple(c.id for c, p in zip(self.cells, self.chance, strict=True) if p < RARE)

    @property
    def told(self) -> str:
        """Whether the fit should be made anew, in words."""
        if self.surprises:
            return f"A surprise: {', '.join(self.surprises)}. What was learnt before does not tell of such counts: make the fit anew."
        if self.still < FEW:
            return (
                f"Of {len(self.fit.draws):,} draws {self.still:.0f} are left: the answer is rough, make the fit anew."
            )
        return "No surprise; the fit need not be made anew."

    def to_json(self) -> dict[str, Any]:
        """All figures but the draws."""
        rows = [
            {
                "id": cell.id,
                "low": cell.low,
                "high": cell.high if np.isfinite(cell.high) else None,
                **dict(zip(("p05", "p50", "p95"), q.tolist(), strict=True)),
                "chance": float(p),
            }
            for cell, q, p in zip(self.cells, self.expected, self.chance, strict=True)
        ]
        return {"counts": rows, "surprises": list(self.surprises), "draws_left": self.still, "fit": self.fit.to_json()}


def with_counts(scenario: Scenario, problem: Problem, counts: Mapping[str, float], day: dt.date) -> Scenario:
    """The scenario with the counts of a day: crossing → number, in place of whatever is written of that day.

    Raises `InputError` for an unknown crossing, or a number below 0.
    """
    known = [c.id for c in scenario.crossings]
    faults = []
    for name, number in counts.items():
        if name not in known:
            faults.append(Fault("--count", f"unknown crossing '{name[:60]}'", suggest(name, known)))
        elif not (np.isfinite(number) and number >= 0):
            faults.append(Fault("--count", f"{name} cannot be {number:g}", "write 0 or more"))
    if faults:
        raise InputError(faults)
    start, end = dt.datetime(day.year, day.month, day.day), end_of_day(day)
    told = [o.direction for o in scenario.observations if set(o.streams) & set(problem.streams)]
    direction = max(set(told), key=told.count) if told else None
    rows = tuple(
        Observation(
            id=f"{name}-{day:%Y-%m-%d}-given",
            crossings=(name,),
            direction=direction,
            streams=problem.streams,
            from_=start,
            until=end,
            count=number,
            published=end,
            source="given",
        )
        for name, number in counts.items()
    )
    earlier = tuple(o for o in scenario.observations if o.until <= start)
    return dataclasses.replace(scenario, observations=earlier + rows)


def update(fit: Fit, problem: Problem, *, threads: int | None = None, seed: int = 1) -> Update:
    """A fit carried on to a problem with more counts: the posterior that a fit of all of them would have.

    fit: saved; problem: of the same scenario, with later counts and what was known by then. Parameters that had nothing to
    act on before come from their priors. The draws are those of the sampler's moves, so they are few where the new counts
    leave few: `Update.told` says so. Raises `InputError` where there is no new count, or where none of the draws is possible.
    """
    began = time.perf_counter()
    seen = set(map(str, fit.made_by.get("counts", [])))
    cells = problem.cells
    new = [i for i, cell in enumerate(cells) if cell.id not in seen]
    if not new:
        raise InputError(Fault("--until", f"there is no count after {fit.until}", "add rows, or give --count"))
    gone = [name for name in fit.names if name not in problem.parameters]
    if gone:
        raise InputError(Fault("--fit", f"has a parameter that is no longer there, {gone[0]}", "fit again"))
    start = problem.priors.normal(_columns(fit, problem))
    with closing(Batches(problem.likelihood(), threads)) as batches:
        values = problem.priors.at(ndtr(start))
        now, means = batches.computed(values)
        expected, chance = _foretold(batches, values, means, new, seed)
        try:
            now = np.where(np.isfinite(now), now, -np.inf)
            found = resample(on_normal_scale(problem, batches), start, fit.log_likelihood, now, seed)
        except ValueError:
            raise InputError(Fault("--count", "none of the fit's draws makes it possible", "fit again")) from None
    carried = dataclasses.replace(
        fit,
        names=tuple(problem.parameters),
        parameters=tuple(problem.parameters.values()),
        idle=problem.idle,
        draws=problem.priors.at(ndtr(found.points)),
        log_likelihood=found.log_likelihood,
        trace=np.vstack([fit.trace, found.trace]),
        evidence=fit.evidence + found.evidence,
        evidence_error=float(np.hypot(fit.evidence_error, found.error)),
        evaluations=fit.evaluations + found.evaluations,
        effective=found.effective,
        prior_sd=problem.priors.spread(),
        prior_draws=problem.priors.draws(len(fit.prior_draws), seed),
        seconds=time.perf_counter() - began,
        made_by=fit.made_by
        | made_by(problem.model, [seed])
        | {
            "until": problem.until,
            "by": problem.by,
            "written_hash": fit.made_by.get("written_hash"),
            "counts": [c.id for c in cells],
            "carried_on_from": fit.until,
        },
    )
    return Update(carried, tuple(cells[i] for i in new), expected, chance, float(found.trace[0, 2] * len(start)))


def _columns(fit: Fit, problem: Problem) -> Floats:
    """[D, n] the draws of the problem's parameters; of those that the fit did not have, draws of the prior."""
    prior = problem.priors.draws(len(fit.draws), int(str(fit.made_by.get("seeds", "1")).split("-")[0] or 1) + 1)
    columns = [fit.column(n) if n in fit.names else prior[:, i] for i, n in enumerate(problem.parameters)]
    return np.column_stack(columns)


def _foretold(batches: Batches, values: Floats, means: Floats, new: list[int], seed: int) -> tuple[Floats, Floats]:
    """[C, 3] quantiles of what the draws expect of new counts, and [C] the chance of a count as far out."""
    every = batches.likelihood.cells
    cells = [every[i] for i in new]
    counts = scatter(means, every, batches.noise(values), seed)[:, new]
    below = np.array([(counts[:, i] <= cell.high).mean() for i, cell in enumerate(cells)])
    above = np.array([(counts[:, i] >= cell.low).mean() for i, cell in enumerate(cells)])
    chance = np.minimum(1.0, 2.0 * np.minimum(below, above))
    return np.quantile(counts, [0.05, 0.5, 0.95], axis=0).T, chance
