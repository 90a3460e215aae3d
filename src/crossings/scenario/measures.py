"""The catalogue of measures: what a claim can be held to. Each name, unit, meaning and formula is written here once.

`check` refuses a claim with any other measure; comparisons, claims, reports and pages compute and name them from here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

COMPARISONS = ("<", "<=", ">", ">=")
AFFECTED = ("diverted", "delayed", "deterred", "stranded", "pending")
CROSSED_WITHOUT = (*AFFECTED, "advanced", "unaffected")
"""Cells of those who are affected, and of all who cross without the orders (`crossings.measures.cells`)."""
Floats = NDArray[np.float64]


class Summed(Protocol):
    """Reduced pairs of runs, as `crossings.simulation.reduction.Sums` gives them; load [pairs]: the busiest queue's."""

    load: Floats

    def of(self, *columns: str) -> Floats:
        """[pairs]: the sum of some columns of the reduction."""
        ...


Formula = Callable[[Summed], Floats]


def _ratio(a: Floats, b: Floats) -> Floats:
    return np.asarray(np.where(b > 0, a / np.where(b > 0, b, 1.0), np.nan))


def _share(cell: str) -> Formula:
    held = tuple(f"{c} in force" for c in CROSSED_WITHOUT)
    return lambda s: _ratio(s.of(f"{cell} in force"), s.of(*held))


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure.

    how: simulated (over seeds and draws), ground (from orders, hours and roads alone) or given (by a file);
    computed: what is computed, to be read after "Computed: "; depends: what moves it; cannot: what it does not say; formula:
    how it is made of reduced runs, [pairs] with nan where there is nobody (None: it is not simulated).
    """

    name: str
    title: str
    unit: str
    how: Literal["simulated", "ground", "given"]
    meaning: str
    computed: str
    depends: str
    cannot: str
    formula: Formula | None = None


PEOPLE = ("journeys",)
"""Units of measures that claims about people are held to: a figure in them says how many people only with an assumption."""
_JOURNEYS = "A traveller is one journey, so whoever travels ten times counts ten times"

_ALL = (
    Measure(
        "share_diverted",
        "share diverted",
        "share",
        "simulated",
        "of those who would have crossed while the orders are in force, the share that crosses elsewhere",
        "the share of those who without the orders cross while they are in force, that with them crosses at another crossing",
        "tastes, distance weight, knowledge of orders, give_up; who did what depends on each person keeping its tastes",
        "It does not say why they went elsewhere.",
        _share("diverted"),
    ),
    Measure(
        "deterred",
        "deterred",
        "journeys",
        "simulated",
        "journeys of persons who would have crossed, and give up or choose not to go",
        "the journeys that cross without the orders, and with them are given up or not begun",
        "give_up, outside_km and outside_h, patience",
        f"{_JOURNEYS}; whether they tried later, or another way, is outside the model.",
        lambda s: s.of("deterred"),
    ),
    Measure(
        "share_deterred",
        "share deterred",
        "share",
        "simulated",
        "of those who would have crossed while the orders are in force, the share that gives up or chooses not to go",
        "the share of those who without the orders cross while they are in force, that with them gives up or does not go",
        "give_up, outside_km and outside_h, patience",
        "Whether they tried later, or another way, is outside the model.",
        _share("deterred"),
    ),
    Measure(
        "change_of_arrivals",
        "change of arrivals",
        "share",
        "simulated",
        "crossings of the whole border from the announcement on, with the orders against without: −0.5 is half as many",
        "how many cross the whole border from the announcement on, with the orders against without them",
        "who would have come without the orders; rush; give_up; the pace of the crossings that stay open",
        "Who would have come had no order been given was never seen, and whether an order keeps people from setting out is assumed.",
        lambda s: _ratio(s.of("with") - s.of("without"), s.of("without")),
    ),
    Measure(
        "journeys_affected",
        "journeys affected",
        "journeys",
        "simulated",
        "journeys diverted, delayed, deterred, stranded or pending, a person in a vehicle counting one",
        "the journeys of persons that with the orders cross elsewhere, later, or not at all",
        "ordinary traffic; how much later counts as delayed; until when it is judged",
        f"{_JOURNEYS}; that a right was touched is a question of law.",
        lambda s: s.of(*AFFECTED),
    ),
    Measure(
        "longest_gap",
        "longest gap",
        "km",
        "ground",
        "longest stretch of border with no open crossing while the orders are in force, scaled to the official length",
        "the longest stretch of border with no open crossing, at noon of the worst day, and the way by road to the nearest open one",
        "orders, opening hours, roads and the border's line; nothing is drawn at random",
        "At which distance access ceases to be real is a question of law.",
    ),
    Measure(
        "extra_hours",
        "extra hours",
        "h",
        "simulated",
        "how much later those who are diverted or delayed cross, on average",
        "by how many hours those who cross elsewhere or later do so, on average",
        "roads, knowledge of orders, setup_h, opening hours, queues",
        "It counts to the border, not to the door.",
        lambda s: _ratio(s.of("later_h"), s.of("diverted", "delayed")),
    ),
    Measure(
        "evidence_ratio",
        "evidence ratio",
        "log10",
        "given",
        "log10 of the Bayes factor of a flow that is switched between crossings against one that chooses in groups",
        "how much better a flow that is switched between crossings predicts the counts than one whose groups choose by effort",
        "the counts; the width of the priors; whether synthetic data of this size would tell the two apart",
        "It concerns concentration in time and place; it cannot say who arranged it.",
    ),
    Measure(
        "peak_load",
        "peak load",
        "ratio",
        "simulated",
        "most arrivals on one day at one queue, against what its lanes can serve that day",
        "the arrivals of the busiest day at one queue, against what its lanes can serve that day (turned away not counted)",
        "demand, service times, servers, hours, quotas",
        "Whoever sets the pace of a lane, the load is the same.",
        lambda s: s.load,
    ),
)

MEASURES: dict[str, Measure] = {m.name: m for m in _ALL}
"""The catalogue, by name."""


def daily_waits(came: Floats, hours: Floats, days: Sequence[object]) -> Floats:
    """Hours that those who join on a day wait on average, of one run or more, at one crossing.

    Parameters
    ----------
    came : array [runs, periods, gates]
        Travellers who join.
    hours : array [runs, periods, gates]
        Their mean wait in hours; nan where nobody joins.
    days : sequence [periods]
        The day that each period belongs to, in order.

    Returns
    -------
    array [runs, days]
        nan on days on which less than one joins on average: half a traveller says little of the wait there.

    Examples
    --------
    >>> daily_waits(np.array([[[3.0, 1.0], [0.4, 0.0]]]), np.array([[[2.0, 6.0], [9.0, np.nan]]]), [1, 2]).tolist()
    [[3.0, nan]]
    """
    firsts = [k for k, day in enumerate(days) if k == 0 or day != days[k - 1]]
    weight = np.where(np.isfinite(hours), came, 0.0)
    each = (weight * np.nan_to_num(hours)).sum(axis=2), weight.sum(axis=2), came.sum(axis=2)
    total, served, joined = (np.add.reduceat(a, firsts, axis=1) for a in each)
    found = _ratio(total, served)
    found[:, joined.mean(axis=0) < 1.0] = np.nan
    return found


def longest_wait(daily: Floats) -> Floats:
    """The mean wait of a day's arrivals, hours, on the worst day of each run; without days on which less than one joins on
    average.

    Parameters
    ----------
    daily : array [runs, days]
        As `daily_waits` gives it.

    Returns
    -------
    array [runs]
        nan for a run in which nobody joins.

    Examples
    --------
    >>> longest_wait(np.array([[1.0, 5.0, np.nan], [np.nan, np.nan, np.nan]])).tolist()
    [5.0, nan]
    """
    most = np.where(np.isfinite(daily), daily, -np.inf).max(axis=1, initial=-np.inf)
    return np.where(np.isfinite(most), most, np.nan)


def number_of(text: str) -> float | None:
    """The number that a claim's measure is compared with; None where the text is none.

    >>> number_of("-0.5"), number_of("many")
    (-0.5, None)
    """
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def holds(figure: float, comparison: str, value: float) -> bool:
    """Whether ``figure comparison value``, for the comparisons of `COMPARISONS`.

    >>> holds(-0.4, "<", -0.5)
    False
    """
    if comparison in ("<", "<="):
        return figure < value or (comparison == "<=" and figure == value)
    return figure > value or (comparison == ">=" and figure == value)
