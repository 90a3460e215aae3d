"""A saved fit updated with today's counts: its draws weighted by the new counts, and moved where few of them are left."""

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
from crossings.calibration.expected_counts import ExpectedCounts
from crossings.calibration.fit import levels_of, on_normal_scale
from crossings.calibration.known_levels import KnownLevels
from crossings.calibration.levels import Span, highest, moves, variances
from crossings.calibration.posterior import Fit
from crossings.calibration.problem import Problem
from crossings.calibration.ready import DAY, Ready, log_probabilities
from crossings.calibration.sampler import Sample, resample
from crossings.calibration.today import RARE, foretold, told, weighed
from crossings.errors import Fault, InputError, unknown
from crossings.observations import Cell
from crossings.scenario import Observation, Scenario
from crossings.scenario.clock import end_of_day
from crossings.simulation.ensemble import made_by

__all__ = ["Update", "update", "with_counts"]

Floats = NDArray[np.float64]
ENOUGH = 200.0  # draws that still count: fewer are moved, which takes as many likelihoods again
HALF = 0.5  # of the draws that were computed: so many are enough as well
FIRST = 334  # draws whose flows are computed; the rest as well only where less than half of these still count


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
        """Whether the fit should be made again, in words."""
        return told(self.surprises, self.still, len(self.fit.draws))

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
            faults += unknown("--count", "crossing", [name], known)
        elif not (np.isfinite(number) and number >= 0):
            faults.append(Fault("--count", f"{name} cannot be {number:g}", "write 0 or more"))
    if faults:
        raise InputError(faults)
    start, end = dt.datetime(day.year, day.month, day.day), end_of_day(day)
    told = [o.direction for o in scenario.observations if set(o.streams) & set(problem.streams)]
    direction = max(told, key=told.count) if told else None
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


def update(
    fit: Fit, problem: Problem, *, ready: Ready | None = None, threads: int | None = None, seed: int = 1
) -> Update:
    """A fit updated to a problem with more counts: the posterior that a fit of all of them would have.

    Parameters
    ----------
    fit : Fit
        Saved.
    problem : Problem
        Of the same scenario, with later counts and what was known by then. Parameters that had nothing to act on before come
        from their priors.
    ready : Ready, optional
        What the fit's draws expect, as its folder keeps it; used where nothing but counts became known since.
    threads : int, optional
        On which nothing depends but the time.
    seed : int
        Of the moves.

    Returns
    -------
    Update
        The fit with the new counts, and what it had expected of them. Where the counts leave few draws, `Update.told` says so.

    Raises
    ------
    InputError
        Where there is no new count, or where none of the draws is possible.

    Examples
    --------
    >>> found = update(fit, dataclasses.replace(problem, until="2023-11-18"))  # doctest: +SKIP
    """
    began = time.perf_counter()
    seen = set(map(str, fit.made_by.get("counts", [])))
    cells = problem.cells
    new = [i for i, cell in enumerate(cells) if cell.id not in seen]
    if not new:
        raise InputError("--until", f"there is no count after {fit.until}", "add rows, or give --count")
    gone = [name for name in fit.names if name not in problem.parameters]
    if gone:
        raise InputError("--fit", f"has a parameter that is no longer there, {gone[0]}", "fit again")
    drawn = _columns(fit, problem)
    given = tuple(cells[i] for i in new)
    kept = None if ready is None else _from_ready(ready, fit, problem, list(given))
    before, part, evaluations = fit.log_likelihood, len(drawn), 0
    if kept is None:
        # Of draws that lie in order every third first, and the rest where too few of these still count.
        order = np.argsort(np.arange(part) % -(-part // FIRST), kind="stable")
        drawn, before, part = drawn[order], before[order], min(part, -(-part // -(-part // FIRST)))
        kept = _computed(problem, drawn[:part], new, threads)
        if part < len(drawn) and _still(_probable(given, kept)[0] - before[:part]) < HALF * part:
            kept, part = _joined(kept, _computed(problem, drawn[part:], new, threads)), len(drawn)
        evaluations = part
    now, told_levels = _probable(given, kept)
    weight = now - before[:part]
    rows, still = weighed(weight, len(drawn), seed)
    expected, chance = foretold(given, kept[1], kept[0], seed)
    if still >= ENOUGH or still >= HALF * part:
        points, logl = drawn[rows], now[rows]
        levels = None if told_levels is None else told_levels.take(rows)
        largest = float(np.nanmax(weight))
        evidence = largest + float(np.log(np.nanmean(np.exp(weight - largest))))
        error, share = float(np.sqrt(1.0 / still - 1.0 / part)), still / part
        effective = share / (1.0 / fit.effective + 1.0 / part - 1.0 / len(drawn))
    else:
        found = _moved(problem, drawn, before, now, threads, seed)
        points, logl, effective = problem.priors.at(ndtr(found.points)), found.log_likelihood, found.effective
        evidence, error, share = found.evidence, found.error, float(found.trace[0, 2])
        levels = levels_of(problem, points, threads)
        evaluations += found.evaluations - part
    low, middle, high = np.quantile(logl, [0.05, 0.5, 0.95]).tolist()
    carried = dataclasses.replace(
        fit,
        names=tuple(problem.parameters),
        parameters=tuple(problem.parameters.values()),
        idle=problem.idle,
        draws=points,
        log_likelihood=logl,
        trace=np.vstack([fit.trace, [(1.0, evidence, share, low, middle, high)]]),
        evidence=fit.evidence + evidence,
        evidence_error=float(np.hypot(fit.evidence_error, error)),
        evaluations=fit.evaluations + evaluations,
        effective=effective,
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
        levels=levels,
    )
    return Update(carried, given, expected, chance, still)


def _computed(problem: Problem, drawn: Floats, new: list[int], threads: int | None) -> tuple[Ready, ExpectedCounts]:
    """What draws expect of the earlier counts, and of the new ones, by flows."""
    with closing(Batches(problem.likelihood(), threads)) as batches:
        expected, noise = batches.expected(drawn), batches.noise(drawn)
    old = [i for i in range(len(problem.cells)) if i not in new]
    known = tuple(problem.cells[i] for i in old)
    none = ExpectedCounts.none(len(drawn))
    return Ready((), none, known, expected.of(old), tuple(noise), problem.background, ""), expected.of(new)


def _joined(one: tuple[Ready, ExpectedCounts], two: tuple[Ready, ExpectedCounts]) -> tuple[Ready, ExpectedCounts]:
    """The draws of both."""
    a, b = one[0], two[0]
    more = {name: getattr(a, name).above(getattr(b, name)) for name in ("expected", "known_expected")}
    return dataclasses.replace(a, **more, noise=a.noise + b.noise), one[1].above(two[1])


def _probable(given: tuple[Cell, ...], kept: tuple[Ready, ExpectedCounts]) -> tuple[Floats, KnownLevels | None]:
    """[D] ln P of all counts, and what they tell of levels, if any last."""
    state, of_given = kept
    cells, expected = (*state.known, *given), state.known_expected.beside(of_given)
    if not any(moves(n) for n in state.noise):
        return log_probabilities(cells, expected, state.noise), None
    found, slope, curve = highest(expected, cells, state.noise)
    spans = tuple(Span.of(c) for c in cells)
    return found, KnownLevels(spans, slope, curve, variances(state.noise), expected.full)


def _still(weight: Floats) -> float:
    """How many draws still count, by their ln weights."""
    possible = weight[np.isfinite(weight)]
    if not possible.size:
        return 0.0
    share = np.exp(possible - possible.max())
    return float(share.sum() ** 2 / (share**2).sum())


def _moved(problem: Problem, drawn: Floats, before: Floats, now: Floats, threads: int | None, seed: int) -> Sample:
    """Draws weighted and moved by the sampler."""
    with closing(Batches(problem.likelihood(), threads)) as batches:
        start = problem.priors.normal(drawn)
        return resample(
            on_normal_scale(problem, batches), start, before, np.where(np.isfinite(now), now, -np.inf), seed
        )


def _from_ready(ready: Ready, fit: Fit, problem: Problem, new: list[Cell]) -> tuple[Ready, ExpectedCounts] | None:
    """What the draws expect of new counts by what was made ready; None where more than counts became known since."""
    before = dataclasses.replace(problem, until=fit.until)
    same = tuple(problem.parameters) == fit.names and _but_counts(before) == _but_counts(problem)
    as_they_were = {(c.id, c.low, c.high, c.pieces) for c in ready.known}
    ids = {c.id for c in new}
    if not same or as_they_were != {(c.id, c.low, c.high, c.pieces) for c in problem.cells if c.id not in ids}:
        return None
    at = {(c.crossings[0], c.direction, c.streams[0], c.start): i for i, c in enumerate(ready.cells)}
    found = ExpectedCounts.none(len(ready.expected))
    for cell in new:
        start_days = [(p, p.start + k * DAY) for p in cell.pieces for k in range(max(1, (p.end - p.start) // DAY))]
        whole = cell.what == "crossed" and all((p.end - p.start) % DAY == dt.timedelta(0) for p in cell.pieces)
        mine = [at.get((p.crossing, p.direction, p.stream, day)) for p, day in start_days]
        units = (
            {problem.scenario.settings.streams[s].persons for s in cell.streams} if cell.unit == "persons" else {1.0}
        )
        if not whole or None in mine or units != {1.0}:
            return None
        days = [i for i in mine if i is not None]
        found = found.beside(ready.expected.together(days, ready.background * len(mine)))
    return ready, found


def _but_counts(problem: Problem) -> str:
    """By which the people and lanes that were known are known again."""
    plain = dataclasses.replace(problem.given(problem.scenario), observations=(), claims=())
    return plain.hash


def _columns(fit: Fit, problem: Problem) -> Floats:
    """[D, n] the draws of the problem's parameters; of those that the fit did not have, draws of the prior."""
    prior = problem.priors.draws(len(fit.draws), int(str(fit.made_by.get("seeds", "1")).split("-")[0] or 1) + 1)
    columns = [fit.column(n) if n in fit.names else prior[:, i] for i, n in enumerate(problem.parameters)]
    return np.column_stack(columns)
