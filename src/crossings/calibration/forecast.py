"""Forecasts: what a fit expects at each crossing on each day, with the band of its draws and of groups and days."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from crossings.calibration.pool import pooled
from crossings.calibration.posterior import Fit
from crossings.calibration.predictive import SPREAD_DRAWS, Predictive, predict
from crossings.calibration.problem import Problem
from crossings.calibration.ready import day_cell
from crossings.errors import InputError
from crossings.model import Model
from crossings.store.tidy import STATISTICS, long_form

DAY = dt.timedelta(days=1)


@dataclass(frozen=True, repr=False)
class Forecast:
    """People (units of the stream) taken in, by crossing and local day, under the orders that ``given`` names."""

    given: str
    first: dt.date
    predictive: Predictive
    made_by: dict[str, Any]

    def __repr__(self) -> str:
        return f"<Forecast from {self.first}: crossings and days: {len(self.predictive.cells)}; .table(), .totals(), .frame()>"

    def table(self) -> pl.DataFrame:
        """A row a stream, crossing and day: mean, 5th, 25th, 50th, 75th and 95th percentile of the count."""
        counts = self.predictive.counts
        q = np.quantile(counts, [0.05, 0.25, 0.5, 0.75, 0.95], axis=0)
        rows = [
            {
                "stream": cell.streams[0],
                "crossing": cell.crossings[0],
                "direction": cell.direction,
                "date": cell.start.date(),
                "mean": float(counts[:, i].mean()),
                **dict(zip(("p05", "p25", "p50", "p75", "p95"), q[:, i].tolist(), strict=True)),
            }
            for i, cell in enumerate(self.predictive.cells)
        ]
        return pl.DataFrame(rows)

    def frame(self) -> pl.DataFrame:
        """`table` in long form: scenario, date, group, crossing, direction, measure, statistic, value."""
        table = self.table().with_columns(pl.col("date").cast(pl.String))
        named = table.rename({name: f"crossed_{name}" for name in STATISTICS})
        return long_form(named, self.made_by.get("scenario", ""))

    def totals(self) -> pl.DataFrame:
        """A row a stream and crossing: the whole period, in which days and draws go together."""
        cells, counts = self.predictive.cells, self.predictive.counts
        rows = []
        for stream, crossing in dict.fromkeys((c.streams[0], c.crossings[0]) for c in cells):
            mine = [i for i, c in enumerate(cells) if (c.streams[0], c.crossings[0]) == (stream, crossing)]
            whole = counts[:, mine].sum(axis=1)
            q = np.quantile(whole, [0.05, 0.5, 0.95]).tolist()
            rows.append(
                {
                    "stream": stream,
                    "crossing": crossing,
                    "mean": float(whole.mean()),
                    "p05": q[0],
                    "p50": q[1],
                    "p95": q[2],
                }
            )
        return pl.DataFrame(rows)


def forecast(
    fit: Fit,
    problem: Problem,
    first: str | dt.date,
    *,
    given: str = "later",
    draws: int = SPREAD_DRAWS,
    seed: int = 1,
    pool: bool = False,
) -> Forecast:
    """A fit's forecast for each crossing and day, to the end of demand.

    Parameters
    ----------
    fit : Fit
        What was learned.
    problem : Problem
        What it was learned from.
    first : str or date
        The first day that is forecast.
    given : {"later", "then"}
        Under all orders as written, or under those that were known.
    draws : int
        Posterior draws used.
    seed : int
        Of the noise.
    pool : bool
        In equal parts with climatology: counts of days at open crossings that were learned from.

    Returns
    -------
    Forecast
        Distributions by crossing and day.

    Raises
    ------
    InputError
        For a day outside the period, and for a pool where no count of a day was learned from.

    Examples
    --------
    >>> import crossings as cx
    >>> found = cx.forecast(fit, problem, "2023-11-24")  # doctest: +SKIP
    """
    settings = problem.scenario.settings
    try:
        day = dt.date.fromisoformat(first) if isinstance(first, str) else first
    except ValueError:
        raise InputError("from", f"'{first}' is not a date", "write YYYY-MM-DD") from None
    end = (settings.end - dt.timedelta(microseconds=1)).date()
    if not settings.start.date() <= day <= end:
        raise InputError("from", f"{day} is outside of the scenario", f"write {settings.start.date()} to {end}")
    model = problem.model if given == "then" else Model(problem.given(problem.scenario))
    days = [day + k * DAY for k in range((end - day).days + 1)]
    cells = [
        day_cell(gate.crossing, gate.direction, gate.stream, date)
        for gate in model.gates
        if gate.stream in problem.streams
        and gate.direction == (settings.streams[gate.stream].direction or gate.direction)
        for date in days
    ]
    found: Predictive | None = predict(fit, problem, cells, model, draws=draws, seed=seed, background=0.0)
    if pool and found is not None:
        found = pooled(found, problem, model, seed=seed)
    if found is None:
        raise InputError("pool", "no count of a day was learned from", "leave it out")
    made_by = fit.made_by | {"given": given, "from": day.isoformat(), "draws": draws, "pool": pool}
    return Forecast(given, day, found, made_by)
