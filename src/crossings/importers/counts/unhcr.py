"""UNHCR's Operational Data Portal: JSON of a time series, ``data.timeseries[]`` with ``data_date`` and ``individuals``.

The portal gives some series as new arrivals and some as running totals, and does not say which in the file.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from crossings.importers.counts.documents import read_json, whole
from crossings.importers.counts.mapping_spec import CountRow, Found, MappingSpec
from crossings.importers.counts.moments import DateColumn
from crossings.importers.counts.naming import NamedPlace, Names
from crossings.importers.tables import label
from crossings.io.faults import clip

DAY = dt.timedelta(days=1)


def read_unhcr(path: Path, asked: MappingSpec, names: Names, found: Found) -> None:
    """Add a count for each record."""
    faults, before = found.faults, found.faults.total
    if not asked.crossings:
        faults.add("--crossings", "the file names no crossing", "name those that it counts together")
    if asked.series is None:
        faults.add(
            "--as",
            "the file does not say what its numbers are",
            "give --as daily (new ones), --as cumulative (totals) or --as present (people who are there)",
        )
    stream = next(iter(asked.streams.values()), "")
    if not stream:
        faults.add("--stream", "the file names no stream", "name the stream that it counts")
    sites = tuple(NamedPlace(name) for name in asked.crossings)
    for site, to in names.crossings(sites)[0].items():
        if to is None:
            faults.add("--crossings", f"unknown crossing of the scenario {clip(site.name)}", "name one that is there")
    content = read_json(path, faults)
    if content is None or faults.total != before:
        return
    records = _records(content)
    if records is None:
        faults.add(path.name, "there is no data.timeseries in it", "save the answer of the portal's time series")
        return
    counts = _counts(path.name, records, found)
    days = sorted(counts)
    if asked.series == "daily" and len(days) > 2 and (days[-1] - days[0]).days > 2 * (len(days) - 1):
        found.say(f"{label(path)}: most days have no number: is each of one day, or of the time since the one before?")
    for day in days:
        # What is added between two totals has to lie in the days asked for, so the total before them is needed too.
        if asked.series == "cumulative" or asked.within(day, day):
            where, count = counts[day]
            found.counts.append(
                CountRow(
                    where=where,
                    sites=sites,
                    direction=asked.direction,
                    stream=stream,
                    from_=dt.datetime.combine(day, dt.time()),
                    until=dt.datetime.combine(day + DAY, dt.time()),
                    count=count,
                    unit="persons",
                    source=asked.source or f"UNHCR Operational Data Portal, {label(path)}",
                )
            )
        else:
            found.skip("outside the days asked for")


def _records(content: Any) -> list[Any] | None:
    data = content.get("data") if isinstance(content, dict) else None
    if isinstance(data, list) and len(data) == 1:
        data = data[0]
    series = data.get("timeseries") if isinstance(data, dict) else None
    return series if isinstance(series, list) else None


def _counts(name: str, records: list[Any], found: Found) -> dict[dt.date, tuple[str, float]]:
    """Date -> (where it stands, number); faults for what is none."""
    used: list[tuple[str, str, Any]] = []
    for k, record in enumerate(records, 1):
        where = f"{name}:record {k}"
        if not isinstance(record, dict):
            found.faults.add(where, "this is not a record", "give data_date and individuals")
        elif record.get("individuals") is None:
            found.skip("without a number")
        else:
            used.append((str(record.get("data_date", ""))[:40].strip(), where, record["individuals"]))
    texts = [(text, where) for text, where, _ in used]
    dates = DateColumn(texts, found.faults, name="data_date", forms=("YYYY-MM-DD",), zone="UTC", needed=True)
    counts: dict[dt.date, tuple[str, float]] = {}
    for text, where, individuals in used:
        date, count = dates.day(text), whole(individuals)
        if count is None:
            found.faults.add(where, f"individuals {str(individuals)[:40]!r} is not a count", "write 0 or more")
        elif date is not None:
            if counts.get(date, (where, count))[1] != count:
                found.faults.add(where, f"a second number for {date}", "keep one")
            counts[date] = (where, count)
    return counts
