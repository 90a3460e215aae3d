"""Counts seen at the border beside what the model has in their place: the same crossings, the same period, the same unit.

An observation counts a set of crossings together over a period of its own (docs/model.md, section 1: `observations.csv`);
its counterpart is summed over exactly that set and period, seed by seed. One that counts those *waiting* is met by those
queueing at the middle of its period.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crossings.kernel.agents.tally import COUNTS, tally
from crossings.kernel.core.layout import ModelTables
from crossings.model import Model
from crossings.scenario.entities import Observation
from crossings.store.results import Runs, band

LEAST_RUNS = 50  # the 5th and 95th percentile of fewer runs are too close: whether a count lies between is not said
SCORED = ("final", "derived", "lower_bound")  # a source in conflict with others, or outside the model, is shown only


@dataclass(frozen=True, slots=True)
class Matched:
    """Observations in the model's numbers. O observations, G gates.

    edges: ms [P + 1], all their beginnings and ends; weights [O, G]: unit of the count for one traveller at each gate;
    first, last [O]: their periods; column [O]: which count. Where ``first`` is −1 there is no counterpart.
    """

    observations: tuple[Observation, ...]
    edges: NDArray[np.int64]
    weights: NDArray[np.float64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    column: NDArray[np.int64]


def match(model: Model, until_ms: int | None = None) -> Matched:
    """Match a scenario's observations to its gates, and to periods up to ``until_ms`` (by default the horizon).

    No counterpart: a period not wholly within the run, or vehicles counted of a stream whose unit is a person.
    """
    seen = model.scenario.observations
    clock = model.clock
    horizon = clock.horizon_ms if until_ms is None else until_ms
    spans = [(clock.to_ms(o.from_), clock.to_ms(o.until)) for o in seen]
    spans = [
        ((a + b) // 2, (a + b) // 2) if o.what == "waiting" else (a, b) for o, (a, b) in zip(seen, spans, strict=True)
    ]
    inside = [0 <= a <= b <= horizon and (a, b) != (0, 0) for a, b in spans]
    within = {t for span, fits in zip(spans, inside, strict=True) if fits for t in span}
    edges = np.array(sorted({0, horizon} | within), np.int64)
    weights = np.array([_weights(model, o) for o in seen], float).reshape(len(seen), len(model.gates))
    usable = np.array(inside, bool) & ~np.isnan(weights).any(axis=1)
    at = np.searchsorted(edges, np.array(spans, np.int64).reshape(-1, 2))
    first = np.where(
        [o.what == "waiting" for o in seen], at[:, 0] - 1, at[:, 0]
    )  # those waiting at the end of a period
    column = np.array([COUNTS.index(o.what) for o in seen], np.int64)
    return Matched(
        seen, edges, weights, np.where(usable, first, -1).astype(np.int64), np.maximum(at[:, 1], first + 1), column
    )


def _weights(model: Model, seen: Observation) -> list[float]:
    """[G]: what one traveller at each gate adds to the count; nan where it cannot be told."""
    out = []
    for gate in model.gates:
        counted = (
            gate.crossing in seen.crossings and gate.stream in seen.streams and seen.direction in (None, gate.direction)
        )
        stream = model.scenario.settings.streams[gate.stream]
        each = stream.persons if seen.unit == "persons" else (np.nan if stream.unit == "person" else 1.0)
        out.append(each if counted else 0.0)
    return out


def simulated(tables: ModelTables, visits: NDArray[np.void], travellers: int, matched: Matched) -> NDArray[np.float64]:
    """[O]: one seed's counterpart of each observation; nan where there is none. visits: VISIT records."""
    if not matched.observations:
        return np.zeros(0)
    counts, _ = tally(tables, visits, matched.edges, travellers)
    out = np.full(len(matched.observations), np.nan)
    for i in np.flatnonzero(matched.first >= 0):
        out[i] = counts[matched.first[i] : matched.last[i], :, matched.column[i]].sum(axis=0) @ matched.weights[i]
    return out


def beside(runs: Runs) -> pl.DataFrame:
    """Compare an ensemble to the counts of its scenario.

    Parameters
    ----------
    runs : Runs
        The ensemble.

    Returns
    -------
    polars.DataFrame
        A row an observation: what was counted and the simulated range beside it. ``inside``: whether the 5th to 95th percentile
        of runs meets the count (or its range; of a lower bound, reaches it); null where there is no counterpart, and of fewer
        than 50 runs. ``scored``: whether the count is firm enough to be judged.

    Examples
    --------
    >>> import crossings as cx
    >>> beside(cx.run(cx.Model(cx.Scenario.read("two-crossings"))).runs).height
    0
    """
    rows = []
    bands = band(runs.seen())
    judged = len(runs.tallies) >= LEAST_RUNS
    for i, seen in enumerate(runs.observations):
        mean, low, mid, high = (
            None if np.isnan(bands[b][i]) else float(bands[b][i]) for b in ("mean", "p05", "p50", "p95")
        )
        top = np.inf if seen.status == "lower_bound" else seen.count if seen.count_max is None else seen.count_max
        rows.append(
            {
                "id": seen.id,
                "crossings": ";".join(seen.crossings),
                "direction": seen.direction or "",
                "streams": ";".join(seen.streams),
                "what": seen.what,
                "unit": seen.unit,
                "from": seen.from_,
                "until": seen.until,
                "count": seen.count,
                "count_max": seen.count_max,
                "status": seen.status,
                "mean": mean,
                "p05": low,
                "p50": mid,
                "p95": high,
                "inside": None
                if low is None or high is None or not judged
                else bool(low <= top and high >= seen.count),
                "scored": seen.status in SCORED and low is not None,
            }
        )
    return pl.DataFrame(rows, schema=_SCHEMA)


_SCHEMA: dict[str, Any] = {
    **dict.fromkeys(("id", "crossings", "direction", "streams", "what", "unit"), pl.String),
    **dict.fromkeys(("from", "until"), pl.Datetime("us")),
    **dict.fromkeys(("count", "count_max"), pl.Float64),
    "status": pl.String,
    **dict.fromkeys(("mean", "p05", "p50", "p95"), pl.Float64),
    **dict.fromkeys(("inside", "scored"), pl.Boolean),
}
