"""Border Crossing Entry Data of the US Bureau of Transportation Statistics: CSV, monthly, into the United States."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from crossings.importers.counts.dates import Dates
from crossings.importers.counts.mapping_spec import Asked, Found, Names
from crossings.importers.tables import Line, label, read_sheet
from crossings.io.faults import clip
from crossings.scenario import Observation

__all__ = ["MEASURES", "read_bts"]

# What is counted, and in which unit; containers are loads, not travellers.
MEASURES: dict[str, Literal["persons", "vehicles"]] = {
    "Trucks": "vehicles",
    "Personal Vehicles": "vehicles",
    "Buses": "vehicles",
    "Trains": "vehicles",
    "Pedestrians": "persons",
    "Personal Vehicle Passengers": "persons",
    "Bus Passengers": "persons",
    "Train Passengers": "persons",
}
STREAMS = {"Trucks": "trucks", "Personal Vehicle Passengers": "travellers", "Pedestrians": "pedestrians"}
COLUMNS = ("Port Name", "Date", "Measure", "Value")


def read_bts(path: Path, asked: Asked, names: Names, found: Found) -> None:
    """Add an observation for each port, month and measure that is a stream (``asked.streams``, or Trucks = trucks and so on)."""
    sheet = read_sheet(path, found.faults, COLUMNS)
    if sheet is None:
        return
    if "*" in asked.streams:
        found.faults.add("--stream", "the file counts several things", "say which: --stream Trucks=trucks")
        return
    dates = Dates(found.faults, ("us", "month", "iso"))
    streams = asked.streams or STREAMS
    for row in sheet.rows:
        if found.faults.many(path.name):
            return
        seen = _row(row, label(path), dates, streams, asked, names, found)
        if seen is not None:
            found.observations.append(seen)


def _row(
    row: Line, file: str, dates: Dates, streams: Mapping[str, str], asked: Asked, names: Names, found: Found
) -> Observation | None:
    measure, port = row.get("Measure"), row.get("Port Name")
    if measure not in MEASURES:
        found.skip(f"measure {clip(measure)}, which counts no travellers")
        return None
    if measure not in streams:
        found.skip(f"measure '{measure}', which is no stream here (--stream '{measure}=STREAM')")
        return None
    if names.streams is not None and streams[measure] not in names.streams:
        found.skip(f"measure '{measure}': the scenario has no stream '{streams[measure]}'")
        return None
    first = dates.read(row.get("Date"), row.where)
    if not row.get("Value"):
        found.faults.add(row.where, "Value: empty", "write a count")
    count = row.number("Value", found.faults, 0.0)
    if first is None or count is None:
        return None
    if first.day != 1:
        found.faults.add(row.where, f"Date: {first} is not the first of a month", "monthly counts are expected")
        return None
    after = (first + dt.timedelta(days=32)).replace(day=1)
    if not asked.within(first, after - dt.timedelta(days=1)):
        found.skip("outside the days asked for")
        return None
    crossing = names.crossing(port, f"{port} {row.get('State')}", row.get("Port Code"))
    if crossing is None:
        found.skip(f"port {clip(port)}: no crossing has this name (--match '{port[:40]}=CROSSING')")
        return None
    return Observation(
        id="row",
        crossings=(crossing,),
        direction=asked.direction or "US",
        streams=(streams[measure],),
        from_=dt.datetime.combine(first, dt.time()),
        until=dt.datetime.combine(after, dt.time()),
        count=count,
        unit=MEASURES[measure],
        source=asked.source or f"BTS Border Crossing Entry Data, {file}",
        note=f"{measure}, the whole month",
    )
