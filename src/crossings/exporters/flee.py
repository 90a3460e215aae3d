"""The layout of Flee's ``out.csv``: a row a day, for each camp simulated, counted and error, and totals.

``X sim`` is the mean over the seeds of those present at the day's end, ``X data`` what a Flee directory counts (empty without
one), ``X error`` |sim / data - 1|. ``Total error`` is the sum of |sim - data| over the published total of refugees.
``total refugees (simulation)`` are those in camps and those who wait at crossings; nobody is owed, so ``refugee_debt`` is 0.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

from crossings.errors import InputError
from crossings.exporters.bundle import Bundle
from crossings.importers.flee import FleeCase, place_ids
from crossings.scenario.writer import csv_text

TOTALS = (
    "Total error",
    "refugees in camps (UNHCR)",
    "total refugees (simulation)",
    "raw UNHCR refugee count",
    "refugees in camps (simulation)",
    "refugee_debt",
)


def flee_files(bundle: Bundle, case: FleeCase | None) -> dict[str, str | bytes]:
    """``out.csv``; ``case``: the Flee directory with the counts. Raises InputError where nobody arrives anywhere."""
    places = bundle.table("places", "flee")
    camps = places["place"].unique(maintain_order=True).to_list()
    if case is not None:
        ids = place_ids(case)
        counted = [(ids[name], name) for name in case.camps if ids[name] in camps]
        names = dict(counted)
        camps = [camp for camp, _ in counted]
    else:
        kinds = {place.id: place.kind for place in bundle.scenario.places}
        camps = [camp for camp in camps if kinds.get(camp) in ("reception", "destination")]
        names = {camp: camp for camp in camps}
    if not camps:
        instead = "give the Flee directory of this scenario" if case else "a place of kind reception is a camp"
        raise InputError("flee", "there is no camp in these results", instead)
    dates = [date for date in places["date"].unique(maintain_order=True).to_list() if "T" not in date]
    if not dates:
        raise InputError("flee", "the results are by hour", "run them by day")
    if case is not None:
        dates = dates[: case.days]
    present = places.pivot(on="place", index="date", values="present_mean", maintain_order=True)
    sim = np.nan_to_num(np.array([present[camp].to_list()[: len(dates)] for camp in camps], float))
    waiting = _waiting(bundle, dates)
    data, raw = _data(case, list(names.values()), dates)
    header = ["Day", "Date", *(f"{names[c]} {what}" for c in camps for what in ("sim", "data", "error")), *TOTALS]
    rows = []
    for day, date in enumerate(dates):
        figures: list[float] = []
        for s, d in zip(sim[:, day], data[:, day], strict=True):
            figures += [s, d, abs(s / d - 1.0) if d > 0 else np.nan]
        off, inside = np.abs(sim[:, day] - data[:, day]).sum(), sim[:, day].sum()
        total = off / raw[day] if raw[day] > 0 else np.nan
        figures += [total, data[:, day].sum(), inside + waiting[day], raw[day], inside, 0]
        rows.append([day, date, *map(_number, figures)])
    return {"out.csv": csv_text(header, rows)}


def _number(value: float) -> str:
    return "" if not np.isfinite(value) else f"{value:.10g}"


def _waiting(bundle: Bundle, dates: list[str]) -> np.ndarray[Any, Any]:
    """[days]: persons who wait at crossings at the day's end, mean over the seeds."""
    found = dict.fromkeys(dates, 0.0)
    streams = bundle.scenario.settings.streams
    if "flows" in bundle.tables:
        for date, stream, waiting in bundle.tables["flows"].select("date", "stream", "waiting_mean").iter_rows():
            if date in found and waiting is not None:
                found[date] += waiting * (streams[stream].persons if stream in streams else 1.0)
    return np.array([found[date] for date in dates])


def _data(
    case: FleeCase | None, names: list[str], dates: list[str]
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """[camps, days] counted, and [days] the published total, nan where nothing is known."""
    nothing = np.full(len(dates), np.nan)
    if case is None:
        return np.full((len(names), len(dates)), np.nan), nothing
    days = [(dt.date.fromisoformat(date) - case.start).days for date in dates]
    inside = [0 <= day < case.counts.shape[1] for day in days]
    at = np.where(inside, days, 0)
    counts = np.array([case.counts[case.camps.index(name)] for name in names])[:, at]
    total = (case.total if case.total is not None else case.counted)[at]
    return np.where(inside, counts, np.nan), np.where(inside, total, np.nan)
