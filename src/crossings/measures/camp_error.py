"""A Flee case against its own counts: how far simulated camps are from counted ones, beside naive splits.

Totals, day-0 counts and mostly capacities come from the counts that are scored: the error says how well people are
*allocated* given how many they are. It says nothing about forecasting how many.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, partial
from os import PathLike
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt

from crossings.errors import InputError
from crossings.forecasting.camp_spread import allocation_errors, others
from crossings.importers.flee import FleeCase, persons_for, place_ids, read_flee, to_scenario
from crossings.importers.flee.journeys import km_to_camps
from crossings.model import Model
from crossings.model.parameters import Parameters
from crossings.simulation.ensemble import prepare
from crossings.simulation.outcome import simulate_once
from crossings.simulation.seeds import Progress, map_seeds

Floats = npt.NDArray[np.float64]


def daily_error(simulated: Floats, counted: Floats) -> Floats:
    """Relative error of each day: sum over camps of |simulated - counted|, over the people counted, [days].

    Arguments:
        simulated, counted: people in each camp at the end of each day from day 0 on, [camps, days].

    >>> daily_error(np.array([[3.0], [1.0]]), np.array([[2.0], [2.0]]))
    array([0.5])
    """
    wrong: Floats = np.abs(simulated - counted).sum(axis=0) / np.maximum(1.0, counted.sum(axis=0))
    return wrong


def ard(simulated: Floats, counted: Floats) -> float:
    """Averaged relative difference: ``daily_error`` averaged over the days after day 0 (Suleimenova et al. 2017).

    Arguments: as for ``daily_error``. 0 where there is no day after day 0.
    """
    after = daily_error(simulated, counted)[1:]
    return float(after.mean()) if after.size else 0.0


def halves(simulated: Floats, counted: Floats) -> tuple[float, float]:
    """``ard`` of the first and of the second half of the days after day 0; the day in the middle is of the first.

    Arguments: as for ``daily_error``.
    """
    after = daily_error(simulated, counted)[1:]
    half = (after.size + 1) // 2
    return _mean(after[:half]), _mean(after[half:])


def rescaled(simulated: Floats, counted: Floats) -> Floats:
    """The simulated camps, scaled each day so that they hold as many people as were counted; [camps, days]."""
    total = simulated.sum(axis=0)
    return simulated * np.where(total > 0, counted.sum(axis=0) / np.where(total > 0, total, 1.0), 0.0)


def by_camp(simulated: Floats, counted: Floats) -> Floats:
    """What each camp adds to ``ard``, [camps]; they add up to it."""
    after = (np.abs(simulated - counted) / np.maximum(1.0, counted.sum(axis=0)))[:, 1:]
    return after.mean(axis=1) if after.shape[1] else np.zeros(len(counted))


def naive_splits(case: FleeCase) -> dict[str, Floats | None]:
    """Splits of each day's counted total that know no model; [camps, days] each, None where one is not defined.

    ``capacity``: by the camps' capacities (a camp without one counts as their mean); ``day0``: by the counts of day 0;
    ``equal``: alike; ``nearest``: whoever sets out goes to the nearest camp that is open and can be reached that day,
    or waits, and falls shrink all camps alike.
    """
    total = case.counted[: case.days]
    capacities = [case.capacity(camp) for camp in case.camps]
    known = [value for value in capacities if value is not None]
    shares: dict[str, Floats | None] = {"capacity": None, "day0": None}
    if known:
        room = np.array([value if value is not None else np.mean(known) for value in capacities])
        shares["capacity"] = room / room.sum()
    if case.counts[:, 0].sum() > 0:
        shares["day0"] = case.counts[:, 0] / case.counts[:, 0].sum()
    shares["equal"] = np.full(len(case.camps), 1.0 / len(case.camps))
    splits = {name: None if share is None else share[:, None] * total for name, share in shares.items()}
    nearest = _to_nearest(case)
    return {**splits, "nearest": rescaled(nearest, case.counts[:, : case.days])}


def _to_nearest(case: FleeCase) -> Floats:
    """People in camps, [camps, days], if all go to the nearest open camp."""
    leaving, falls = case.leaving(), case.falls()
    camps = np.zeros((len(case.camps), case.days))
    now = case.counts[:, 0].copy()
    waiting = np.zeros(len(case.zones))
    cache: dict[tuple[int, ...], Floats] = {}
    for day in range(case.days):
        away = km_to_camps(case, day, cache)
        now *= 1.0 - falls[day]
        waiting += leaving[day]
        go = np.isfinite(away).any(axis=1)
        np.add.at(now, np.argmin(away, axis=1)[go], waiting[go])
        waiting[go] = 0.0
        camps[:, day] = now
    return camps


@dataclass(frozen=True)
class Validation:
    """A case simulated and scored.

    Arguments:
        case: what was counted.
        runs: people in each camp at the end of each day, a run a seed, [seeds, camps, days].
        seconds: wall time of reading the directory (if that was given), building the model and the quickest run.
        capacity_scaling: factor on capacities, None = no limits.
        persons: persons in one traveller.
    """

    case: FleeCase
    runs: Floats
    seconds: float
    capacity_scaling: float | None = 1.0
    persons: float = 1.0

    @property
    def counted(self) -> Floats:
        """People counted in each camp on each day, [camps, days]."""
        return self.case.counts[:, : self.case.days]

    @property
    def simulated(self) -> Floats:
        """Mean of the runs, [camps, days]."""
        mean: Floats = self.runs.mean(axis=0)
        return mean

    @property
    def band(self) -> tuple[Floats, Floats]:
        """5th and 95th percentile of the runs, [camps, days] each."""
        low, high = np.percentile(self.runs, [5, 95], axis=0)
        return low, high

    @cached_property
    def predicted(self) -> tuple[Floats, Floats]:
        """Between which 90% of counts would lie, [camps, days] each, if this case's errors are as those of other cases.

        The spread of runs (``band``) is a small part of it: what the model has wrong is alike in every run.
        """
        cases = others(self.case.name, self.case.records)
        low, high = allocation_errors(self.simulated, (0.05, 0.95), self.capacity_scaling is not None, cases)
        return low, high

    @property
    def held(self) -> float:
        """Share of the counts after day 0 that lie within ``predicted``."""
        low, high = (bound[:, 1:] for bound in self.predicted)
        counted = self.counted[:, 1:]
        return float(((counted >= low - 0.5) & (counted <= high + 0.5)).mean()) if counted.size else 1.0

    @cached_property
    def ards(self) -> Floats:
        """The averaged relative difference of each run, [seeds]."""
        return np.array([ard(run, self.counted) for run in self.runs])

    @property
    def ard(self) -> float:
        """The averaged relative difference, mean of the runs."""
        return float(self.ards.mean())

    @property
    def ard_rescaled(self) -> float:
        """The same with each day's total as counted: the error of the shares alone."""
        return float(np.mean([ard(rescaled(run, self.counted), self.counted) for run in self.runs]))

    @property
    def halves(self) -> tuple[float, float]:
        """The averaged relative difference in the first and in the second half of the days after day 0."""
        first, second = np.mean([halves(run, self.counted) for run in self.runs], axis=0)
        return float(first), float(second)

    @property
    def by_camp(self) -> dict[str, float]:
        """What each camp adds to the averaged relative difference."""
        parts = np.mean([by_camp(run, self.counted) for run in self.runs], axis=0)
        return dict(zip(self.case.camps, parts.tolist(), strict=True))

    @cached_property
    def naive(self) -> dict[str, float | None]:
        """The averaged relative difference of each naive split; None where a split is not defined."""
        splits = naive_splits(self.case)
        return {name: None if split is None else ard(split, self.counted) for name, split in splits.items()}

    def to_json(self) -> dict[str, Any]:
        """What ``crossings validate --json`` prints: numbers, and no number that is not finite."""
        first, second = self.halves
        return {
            "instance": self.case.name,
            "days": self.case.days,
            "people": self.case.people,
            "camps": len(self.case.camps),
            "ard": self.ard,
            "ard_rescaled": self.ard_rescaled,
            "first_half": first,
            "second_half": second,
            "by_camp": self.by_camp,
            "naive": self.naive,
            "seconds": self.seconds,
            "runs": len(self.runs),
            "predicted_90_holds": self.held,
            "ard_lowest": float(self.ards.min()),
            "ard_highest": float(self.ards.max()),
            "capacity_scaling": self.capacity_scaling,
            "persons": self.persons,
            "notes": list(self.case.notes),
        }


def _mean(values: Floats) -> float:
    return float(values.mean()) if values.size else 0.0


def validate(
    case: FleeCase | str | PathLike[str],
    *,
    capacity_scaling: float | None = 1.0,
    persons: float | None = None,
    seeds: Iterable[int] = range(1, 11),
    parameters: Parameters | None = None,
    progress: Progress | None = None,
) -> Validation:
    """Simulate a Flee case and score it against its own counts.

    Arguments:
        case: a case, or its directory.
        capacity_scaling, persons: as for ``to_scenario``.
        seeds: a run each.
        parameters: numbers that differ from seed to seed, as for ``run_many``: the draws of a fit.
        progress: as for ``run_many``.

    Raises:
        InputError: if the directory or a parameter cannot be used.
    """
    wanted = list(seeds)
    if not wanted:
        raise InputError("seeds", "no seed to run", "write a number of 1 or more")
    begin = perf_counter()
    if not isinstance(case, FleeCase):
        case = read_flee(Path(case))
    persons = persons_for(case) if persons is None else persons
    model = Model(to_scenario(case, capacity_scaling=capacity_scaling, hindsight=True, persons=persons))
    prepare(model, parameters)  # built once, before threads share it
    built = perf_counter() - begin
    ids = place_ids(case)
    camps = tuple(ids[camp] for camp in case.camps)
    done = map_seeds(partial(_one_run, model, camps, case.days, parameters), wanted, None, progress)
    runs = np.array([run for run, _ in done])
    return Validation(case, runs, built + min(seconds for _, seconds in done), capacity_scaling, persons)


def _one_run(
    model: Model, camps: tuple[str, ...], days: int, parameters: Parameters | None, seed: int
) -> tuple[Floats, float]:
    """People in each camp at the end of each day, [camps, days], and the seconds it took."""
    begin = perf_counter()
    outcome = simulate_once(model if parameters is None else parameters.draw(model, seed), seed)
    seconds = perf_counter() - begin
    site = {name: i for i, name in enumerate(model.sites)}
    found = np.zeros((len(camps), days))
    a_day = 1440 // model.scenario.settings.step_min
    for i, camp in enumerate(camps):
        if camp in site:  # a camp that nobody can reach is no site
            found[i] = outcome.present[a_day : days * a_day + 1 : a_day, site[camp]]
    return found, seconds
