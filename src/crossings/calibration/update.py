"""A saved fit updated with today's counts: its draws weighted by the new counts, and moved where few of them are left."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, ndtr

from crossings.calibration.batches import Batches
from crossings.calibration.expected_counts import ExpectedCounts
from crossings.calibration.few_draws import of_all, pick
from crossings.calibration.fitness import where_shut
from crossings.calibration.known_levels import KnownLevels
from crossings.calibration.levels import moves
from crossings.calibration.likelihood import counted_where_shut
from crossings.calibration.posterior import Fit
from crossings.calibration.problem import Problem
from crossings.calibration.ready import DAY, Ready, log_probabilities
from crossings.calibration.sampler import Sample, resample
from crossings.calibration.today import FEW, RARE, foretold, told, weighed
from crossings.errors import Fault, InputError, unknown
from crossings.observations.periods import Cell
from crossings.scenario import Observation, Scenario
from crossings.scenario.clock import end_of_day
from crossings.simulation.ensemble import made_by

Floats = NDArray[np.float64]
ENOUGH = 200.0  # draws that still count: flows of no more are computed
HALF = 0.5  # of the draws of a small fit: so many are enough as well
AHEAD = 500  # draws by which it is said what was expected


@dataclass(frozen=True)
class Update:
    """A fit carried on. C new counts.

    fit: with the new counts; cells: those counts; expected [C, 3]: 5th, 50th, 95th percentile of what the saved fit expected;
    chance [C]: of a count as far out as that; still: how many of the saved draws the new counts leave; shut: new counts of
    somebody where an order shuts all crossings.
    """

    fit: Fit
    cells: tuple[Cell, ...]
    expected: Floats
    chance: Floats
    still: float
    shut: tuple[str, ...] = ()

    @property
    def surprises(self) -> tuple[str, ...]:
        """Counts that the saved fit held for next to impossible."""
        return tuple(c.id for c, p in zip(self.cells, self.chance, strict=True) if p < RARE)

    @property
    def told(self) -> str:
        """Whether the fit should be made again, in words."""
        return where_shut(self.shut) + told(self.surprises, self.still, len(self.fit.draws))

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

    Raises `InputError` for an unknown crossing, one that none of the problem's people can cross, a number below 0, or a day
    outside the scenario.
    """
    first, last = scenario.settings.start.date(), (scenario.settings.end - dt.timedelta(microseconds=1)).date()
    if not first <= day <= last:
        raise InputError("--on", f"{day} is outside the scenario's period", f"write {first} to {last}")
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
    found = dataclasses.replace(scenario, observations=earlier + rows)
    later = dataclasses.replace(problem, scenario=found, until=day.isoformat())
    used = {row for cell in later.cells for row in cell.ids}
    who = ", ".join(problem.streams)
    unused = [row.crossings[0] for row in rows if row.id not in used]
    if unused:
        raise InputError([Fault("--count", f"nobody of {who} crosses at {name}", "leave it out") for name in unused])
    return found


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
    found = _weighed(problem, drawn, fit.log_likelihood, new, kept, threads, seed)
    before, _ = weighed(found.share, AHEAD, seed)
    expected, chance = foretold(given, found.of_given.take(before), found.state.take(before), seed)
    rows, still = weighed(found.weight, len(drawn), seed)
    evaluations, share = 0 if kept is not None else found.index.size, found.of_all / found.base
    if still >= min(FEW, HALF * found.base):
        points, logl = drawn[found.index[rows]], found.now[rows]
        evidence, error = float(logsumexp(found.weight)), found.error(still)
        effective = 1.0 / (1.0 / still - 1.0 / found.of_all + 1.0 / (fit.effective * share))
        levels = _levels(found.expected, (*found.state.known, *given), found.state.noise)
        levels = None if levels is None else levels.take(rows)
    else:
        moved, points, levels = _moved(problem, drawn, found, new, threads, seed)
        logl, effective, evidence, error = moved.log_likelihood, moved.effective, moved.evidence, moved.error
        evaluations += moved.evaluations
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
    return Update(carried, given, expected, chance, still, counted_where_shut(problem.model, given))


@dataclass(frozen=True)
class _Weighed:
    """Draws whose weights are known: M of ``distinct``.

    index [M]: which draw each is; now [M]: ln P of all counts; share [M]: ln of how much of the earlier posterior it stands for;
    gain [M]: by how much ln P is more than before; base, of_all: how many of all draws count, before and with the new counts;
    state, of_given: what they expect of the earlier counts and the new.
    """

    index: NDArray[np.int64]
    distinct: int
    now: Floats
    share: Floats
    gain: Floats
    base: float
    of_all: float
    state: Ready
    of_given: ExpectedCounts

    @property
    def weight(self) -> Floats:
        """[M] ln of how much of the new posterior each stands for, times the probability of the new counts."""
        return self.share + self.gain

    @property
    def expected(self) -> ExpectedCounts:
        """What they expect of the earlier counts and the new."""
        return self.state.known_expected.beside(self.of_given)

    def error(self, still: float) -> float:
        """Of that probability's logarithm: that all draws are few, and that not all were weighed; still: how many count."""
        few = max(0.0, 1.0 / self.of_all - 1.0 / self.base)
        fewer = (1.0 - self.index.size / self.distinct) * max(0.0, 1.0 / still - 1.0 / self.index.size)
        return float(np.sqrt(few + fewer))


def _weighed(
    problem: Problem,
    drawn: Floats,
    before: Floats,
    new: list[int],
    kept: tuple[Ready, ExpectedCounts] | None,
    threads: int | None,
    seed: int,
) -> _Weighed:
    """Draws and what they weigh: all of them by what is ``kept``, or as many as are needed by flows."""
    _, index, times = np.unique(drawn, axis=0, return_index=True, return_counts=True)
    order = np.argsort(index)
    index, times = index[order], times[order]  # the same draw twice is one that counts twice
    if kept is None:
        with closing(Batches(problem.likelihood(), threads)) as batches:
            parts: list[tuple[Floats, ExpectedCounts]] = []

            def weigh(rows: NDArray[np.int64]) -> Floats:
                parts.append(batches.computed(drawn[index[rows]]))
                return np.asarray(np.log(times[rows]) + _gain(parts[-1][0], before[index[rows]]))

            rows, chance = pick(problem.priors.normal(drawn[index]), weigh, ENOUGH, seed)
            noise = tuple(batches.noise(drawn[index[rows]]))
        now = np.concatenate([part[0] for part in parts])
        expected = functools.reduce(ExpectedCounts.above, (part[1] for part in parts))
        old = [i for i in range(len(problem.cells)) if i not in new]
        known, none = tuple(problem.cells[i] for i in old), ExpectedCounts.none(len(rows))
        state, of_given = Ready((), none, known, expected.of(old), noise, problem.background, ""), expected.of(new)
    else:
        rows, chance = np.arange(index.size), np.ones(index.size)
        state, of_given = kept[0].take(index), kept[1].take(index)
        cells = (*state.known, *(problem.cells[i] for i in new))
        now = log_probabilities(cells, state.known_expected.beside(of_given), state.noise)
    index, times = index[rows], times[rows]
    share, gain = np.log(times / len(drawn)), _gain(now, before[index])
    base = 1.0 / float((np.exp(2.0 * share) / chance).sum())
    told = of_all(share + gain, chance)
    return _Weighed(index, order.size, now, share - np.log(chance), gain, base, told, state, of_given)


def _moved(
    problem: Problem, drawn: Floats, found: _Weighed, new: list[int], threads: int | None, seed: int
) -> tuple[Sample, Floats, KnownLevels | None]:
    """Draws weighted and moved by the sampler, as many as there were; their values, and what all counts tell of their levels."""
    start = problem.priors.normal(drawn[found.index])
    order = [i for i in range(len(problem.cells)) if i not in new] + new
    parts, at = [found.expected], {point.tobytes(): i for i, point in enumerate(start)}
    with closing(Batches(problem.likelihood(), threads)) as batches:

        def log_likelihoods(z: Floats) -> Floats:
            now, expected = batches.computed(problem.priors.at(ndtr(z)))
            first = sum(map(len, parts))
            at.update({point.tobytes(): first + i for i, point in enumerate(z)})
            parts.append(expected.of(order))
            return np.where(np.isfinite(now), now, -np.inf)

        moved = resample(log_likelihoods, start, found.weight, found.now, len(drawn), seed)
        values = problem.priors.at(ndtr(moved.points))
        noise = batches.noise(values)
    rows = np.array([at[point.tobytes()] for point in moved.points])
    expected = functools.reduce(ExpectedCounts.above, parts).take(rows)
    return moved, values, _levels(expected, tuple(problem.cells[i] for i in order), noise)


def _gain(now: Floats, before: Floats) -> Floats:
    return np.where(np.isfinite(now), now - before, -np.inf)


def _levels(
    expected: ExpectedCounts, cells: tuple[Cell, ...], noise: Sequence[Mapping[str, float]]
) -> KnownLevels | None:
    """What counts tell of levels; None where no level lasts."""
    return KnownLevels.of(expected, cells, noise) if any(moves(n) for n in noise) else None


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
