"""Rolling forecasts of the camps of a case, scored beside the last count: nothing known but what had been published."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.forecasting import judging
from crossings.forecasting.backtest import BacktestRow, BacktestTable
from crossings.forecasting.camp_spread import others, quantiles
from crossings.forecasting.camps import LEADS, CampRows, Camps, rolling
from crossings.forecasting.episode import Count, Episode, Series, Site
from crossings.forecasting.opponents import LEVELS
from crossings.forecasting.scores import rows_of, summary

Floats = NDArray[np.float64]
PERSISTENCE = "as last counted"
SAME_SPREAD = "as last counted, spread by movement"


def judge_camps(
    camps: Camps, leads: Sequence[int] = LEADS, origins: Sequence[int] | None = None, *, rows: bool = True
) -> dict[str, Any]:
    """The scores of one case, in the form of ``crossings backtest --json``.

    Arguments:
        camps: as ``camps_of`` gives them.
        leads: days ahead.
        origins: days at whose end forecasts are made; None = every 30th.
        rows: also a row a forecast.

    Returns:
        ``id``, ``n``, ``mean_count``, ``crps`` and ``crps_naive`` as shares of the mean count, ``best_naive``, ``skill`` and its
        interval, ``coverage``, ``by_lead``, ``notes`` and ``rows``.

    Example:
        ``judge_camps(camps_of(read_flee("mali2012")))["by_lead"]``
    """
    found = rolling(camps, leads, origins)
    table = _table(camps, found, others(camps.name, camps.records))
    every_row = np.ones(len(table.rows), dtype=bool)
    out: dict[str, Any] = {"id": camps.name, **summary(table, every_row, PERSISTENCE)}
    out["by_lead"] = [{"lead_days": lead, **summary(table, found.lead == lead, PERSISTENCE)} for lead in leads]
    out |= {"coverage_closed": None, "n_closed": 0, "phases": {}}
    out["notes"] = [] if len(table.rows) else ["no count lies as far after an origin as asked"]
    if rows:
        out["rows"] = rows_of(table)
    return out


def _table(camps: Camps, found: CampRows, cases: Sequence[Mapping[str, Any]]) -> BacktestTable:
    series = [Series((name,), "people", "", "person", "present") for name in camps.names]
    rows = []
    for origin, lead, camp, day, count in zip(
        found.origin, found.lead, found.camp, found.day, found.count, strict=True
    ):
        end = _evening(camps, int(day))
        date = (end - dt.timedelta(days=1)).date().isoformat()
        counted = Count(series[camp], end, end, float(count), end, written=(date, date))
        rows.append(BacktestRow(_evening(camps, int(origin)), counted, int(lead), False, False))
    rules = {
        PERSISTENCE: spread_of(found, "last", cases, None),
        SAME_SPREAD: spread_of(found, "last", cases, found.kind),
    }
    sites = {name: Site(name, name) for name in camps.names}
    return BacktestTable(
        Episode(camps.name, sites, (), ()), tuple(rows), spread_of(found, "expected", cases, found.kind), rules
    )


def _evening(camps: Camps, day: int) -> dt.datetime:
    """The midnight at the end of a day."""
    return dt.datetime.combine(camps.start, dt.time()) + dt.timedelta(days=day + 1)


def spread_of(found: CampRows, rule: str, cases: Sequence[Mapping[str, Any]], kind: NDArray[np.int64] | None) -> Floats:
    """[rows, levels]: the forecast, as far off as forecasts of other cases were at that lead.

    Arguments:
        found: the forecasts.
        rule: which of them, ``expected`` or ``last``.
        cases: errors of other cases, as ``camp_spread.errors_learned`` gives them.
        kind: what each camp is like, [rows]: only errors of such camps count; None = of all.
    """
    point = getattr(found, rule)
    size = point + found.scale
    kinds = np.full(len(point), -1) if kind is None else kind
    out = np.zeros((len(point), LEVELS.size))
    for lead in np.unique(found.lead):
        for k in np.unique(kinds[found.lead == lead]):
            at = (found.lead == lead) & (kinds == k)
            errors = quantiles(rule, float(lead), None if k < 0 else int(k), LEVELS, cases)
            out[at] = np.maximum(0.0, point[at, None] + size[at, None] * errors)
    return out


def by_lead(found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Means over cases, a row a lead: CRPS, that of each rule, on how many it is lower, and what the ranges hold."""
    rows = []
    for lead in dict.fromkeys(part["lead_days"] for one in found for part in one["by_lead"] if "lead_days" in part):
        parts = [part for one in found for part in one["by_lead"] if part.get("lead_days") == lead and part["n"]]
        if not parts:
            continue
        mine = float(np.mean([part["crps"] for part in parts]))
        naive = {rule: float(np.mean([part["crps_naive"][rule] for part in parts])) for rule in parts[0]["crps_naive"]}
        rows.append(
            {
                "lead_days": lead,
                "cases": len(parts),
                "n": sum(part["n"] for part in parts),
                "crps": mine,
                "crps_naive": naive,
                "skill": 1.0 - mine / naive[PERSISTENCE] if naive[PERSISTENCE] > 0 else None,
                "ahead": sum(part["crps"] < part["crps_naive"][PERSISTENCE] for part in parts),
                "coverage": {
                    width: float(np.mean([part["coverage"][width] for part in parts])) for width in ("50", "90")
                },
            }
        )
    return rows


def together(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Several cases as ``crossings backtest --json`` prints them, and the means over cases by lead."""
    return {**judging.together(found), "by_lead": by_lead(found)}
