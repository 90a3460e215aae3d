"""How far counts of camps were from forecasts in other cases, and what spread of a new forecast that makes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.forecasting.camps import LEADS, CampRows, Camps
from crossings.importers.flee import Records

Floats = NDArray[np.float64]
FILE = Path(__file__).with_name("camp_errors.json")
KINDS = ("calm", "little", "much", "empty")
RULES = ("expected", "last")  # what is forecast: by the model, and as last counted
ALLOCATED = ("with capacities", "without capacities")  # a whole run, given how many people came and left in all
AGES = {60: 30, 150: 90, 10**9: 240}  # errors of a run before a day stand for those of another day
POINTS = 41


@lru_cache(maxsize=1)
def stored() -> dict[str, Any]:
    """The errors of the package's own cases, with where they come from (``benchmarks/camp_errors.py`` makes them)."""
    return dict(json.loads(FILE.read_text()))


def others(name: str, records: Sequence[Records]) -> list[Mapping[str, Any]]:
    """The stored errors of the cases that are not this one, by name or by counts."""
    mine = fingerprint(records)
    return [case for case in stored()["cases"] if mine != case["fingerprint"] and name != case["name"]]


def fingerprint(of_camps: Sequence[Records]) -> str:
    """What tells a case from another whatever its folder is called: a hash of its records."""
    found = hashlib.blake2b(digest_size=8)
    for records in of_camps:
        found.update(records.day.astype("<i8").tobytes() + np.round(records.count).astype("<i8").tobytes())
    return found.hexdigest()


def errors_of(rows: CampRows, rule: str) -> Floats:
    """(counted - forecast) / (forecast + scale), [rows]."""
    point = getattr(rows, rule)
    return np.asarray((rows.count - point) / (point + rows.scale))


def errors_learned(camps: Camps, rows: CampRows) -> dict[str, Any]:
    """The errors of one case by rule, lead and kind, as they are stored."""
    found: dict[str, Any] = {"name": camps.name, "fingerprint": fingerprint(camps.records)}
    for rule in RULES:
        errors = errors_of(rows, rule)
        found[rule] = {
            str(lead): {
                kind: sorted(errors[(rows.lead == lead) & (rows.kind == k)].round(3).tolist())
                for k, kind in enumerate(KINDS)
            }
            for lead in LEADS
        }
    return found


def quantiles(rule: str, lead: float, kind: int | None, levels: Floats, cases: Sequence[Mapping[str, Any]]) -> Floats:
    """Quantiles of the errors of some cases at a lead, [levels]; each case weighs by the root of its number of errors.

    Arguments:
        rule: ``expected`` or ``last``.
        lead: days ahead: between those that are stored the quantiles are between theirs, beyond them they grow with the root.
        kind: what the camp is like, as ``Forecast.kind`` says; None = of all camps.
    """
    factor = float(np.sqrt(np.clip(lead / LEADS[0], 0.0, 1.0) * max(1.0, lead / LEADS[-1])))
    inside = float(np.clip(lead, LEADS[0], LEADS[-1]))
    found = np.array([_at_lead(rule, at, kind, levels, cases) for at in LEADS])
    between = np.array([np.interp(inside, LEADS, column) for column in found.T])
    return np.asarray(factor * between)


def _at_lead(rule: str, lead: int, kind: int | None, levels: Floats, cases: Sequence[Mapping[str, Any]]) -> Floats:
    errors: list[float] = []
    weights: list[float] = []
    for case in cases:
        by_kind = case[rule][str(lead)]
        own = [e for name in (KINDS if kind is None else KINDS[kind : kind + 1]) for e in by_kind[name]]
        errors += own
        weights += [max(1, len(own)) ** -0.5] * len(own)
    if not errors:
        return np.zeros(levels.size)
    order = np.argsort(errors)
    value, weight = np.array(errors)[order], np.array(weights)[order]
    place = (np.cumsum(weight) - 0.5 * weight) / weight.sum()
    return np.asarray(np.interp(levels, place, value))


def allocation_of(simulated: Floats, counted: Floats) -> dict[str, list[float]]:
    """Quantiles of the errors of a run, [camps, days] each, by how long it had run."""
    size = simulated + _fifth(simulated)
    errors = ((counted - simulated) / size)[:, 1:]
    found, first = {}, 0
    for last, age in AGES.items():
        own = errors[:, first : last - 1 : 10].ravel()
        found[str(age)] = np.quantile(own, np.linspace(0, 1, POINTS)).round(3).tolist() if own.size else []
        first = last - 1
    return found


def allocation_errors(
    simulated: Floats, levels: Sequence[float], capacities: bool, cases: Sequence[Mapping[str, Any]]
) -> Floats:
    """What may be counted beside a run that is given how many people came in all: quantiles, [levels, camps, days].

    Arguments:
        simulated: people in each camp at the end of each day, [camps, days].
        levels: such as 0.05 and 0.95.
        capacities: whether the run knew capacities.
        cases: stored errors of other cases, each of one weight.
    """
    rule = ALLOCATED[0] if capacities else ALLOCATED[1]
    days = np.arange(simulated.shape[1])
    at = [np.quantile([e for case in cases for e in case[rule].get(str(age), [])], levels) for age in AGES.values()]
    ages = [0, *AGES.values()]
    errors = np.array([np.interp(days, ages, [0.0, *column]) for column in np.array(at).T])
    size = simulated + _fifth(simulated)
    return np.asarray(np.maximum(0.0, simulated[None] + size[None] * errors[:, None, :]))


def _fifth(simulated: Floats) -> Floats:
    """A fifth of a mean camp on each day, [days]."""
    return np.asarray(0.2 * simulated.mean(axis=0) + 1.0)
