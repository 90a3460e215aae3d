"""UNHCR's Operational Data Portal: JSON of a time series, ``data.timeseries[]`` with ``data_date`` and ``individuals``.

The portal gives some series as new arrivals and some as running totals, and does not say which in the file.
"""

from __future__ import annotations

import datetime as dt
import itertools
from pathlib import Path
from typing import Any

from crossings.importers.counts.dates import Dates
from crossings.importers.counts.documents import read_json, whole
from crossings.importers.counts.mapping_spec import Asked, Found, Names
from crossings.importers.tables import label
from crossings.scenario import Observation

__all__ = ["read_unhcr"]

DAY = dt.timedelta(days=1)


def read_unhcr(path: Path, asked: Asked, names: Names, found: Found) -> None:
    """Add an observation for each record (daily), or for the time between two records (cumulative)."""
    faults, before = found.faults, found.faults.any
    if not asked.crossings:
        faults.add("--crossings", "the file names no crossing", "name those that it counts together")
    if asked.series not in ("daily", "cumulative"):
        faults.add(
            "--as",
            "the file does not say what its numbers are",
            "give --as daily (new ones) or --as cumulative (totals)",
        )
    stream = next(iter(asked.streams.values()), "")
    if not stream:
        faults.add("--stream", "the file names no stream", "name the stream that it counts")
    crossings = [names.crossing(name) for name in asked.crossings]
    for name, to in zip(asked.crossings, crossings, strict=True):
        if to is None:
            faults.add("--crossings", f"no crossing of the scenario is named '{name[:60]}'", "name one that is there")
    content = read_json(path, faults)
    if content is None or faults.any != before:
        return
    records = _records(content)
    if records is None:
        faults.add(path.name, "there is no data.timeseries in it", "save the answer of the portal's time series")
        return
    counts = _counts(path.name, records, found)
    for first, last, count in _periods(counts, asked.series == "cumulative", found):
        if not asked.within(first, last):
            found.skip("outside the days asked for")
            continue
        found.observations.append(
            Observation(
                id="row",
                crossings=tuple(c for c in crossings if c is not None),
                direction=asked.direction,
                streams=(stream,),
                from_=dt.datetime.combine(first, dt.time()),
                until=dt.datetime.combine(last + DAY, dt.time()),
                count=count,
                unit="persons",
                status="derived" if asked.series == "cumulative" else "final",
                source=asked.source or f"UNHCR Operational Data Portal, {label(path)}",
                note="difference of running totals" if asked.series == "cumulative" else "",
            )
        )


def _records(content: Any) -> list[Any] | None:
    data = content.get("data") if isinstance(content, dict) else None
    if isinstance(data, list) and len(data) == 1:
        data = data[0]
    series = data.get("timeseries") if isinstance(data, dict) else None
    return series if isinstance(series, list) else None


def _counts(name: str, records: list[Any], found: Found) -> dict[dt.date, float]:
    """Date -> number; faults for what is none."""
    dates = Dates(found.faults, ("iso",))
    counts: dict[dt.date, float] = {}
    for k, record in enumerate(records, 1):
        where = f"{name}:record {k}"
        if not isinstance(record, dict):
            found.faults.add(where, "this is no record", "give data_date and individuals")
            continue
        if record.get("individuals") is None:
            found.skip("without a number")
            continue
        date = dates.read(str(record.get("data_date", ""))[:40], where)
        count = whole(record["individuals"])
        if count is None:
            found.faults.add(
                where, f"individuals {str(record['individuals'])[:40]!r} is not a count", "write 0 or more"
            )
        elif date is not None:
            if counts.get(date, count) != count:
                found.faults.add(where, f"a second number for {date}", "keep one")
            counts[date] = count
    return counts


def _periods(counts: dict[dt.date, float], cumulative: bool, found: Found) -> list[tuple[dt.date, dt.date, float]]:
    """(first day, last day, count)."""
    days = sorted(counts)
    if not cumulative:
        return [(day, day, counts[day]) for day in days]
    periods = []
    for before, day in itertools.pairwise(days):
        if counts[day] < counts[before]:
            found.skip("a running total that falls")
        else:
            periods.append((before + DAY, day, counts[day] - counts[before]))
    if days:
        found.skip("the first running total, as nothing is known of before")
    return periods
