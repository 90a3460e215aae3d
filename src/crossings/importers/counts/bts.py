"""Border Crossing Entry Data of the US Bureau of Transportation Statistics: monthly, into the United States."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from crossings.importers.counts.mapping_spec import CountRow, Found, MappingSpec
from crossings.importers.counts.moments import DateColumn
from crossings.importers.counts.naming import NamedPlace, Names
from crossings.importers.tables import InputRow, InputTable, label, missing_column, plain, read_sheet
from crossings.io.faults import clip

# What is counted, and in which unit; containers are loads, not travellers.
MEASURES: dict[str, str] = {
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
# Each column by the names that it has had.
COLUMNS = {"Port Name": ("port",), "Date": ("month",), "Measure": (), "Value": ("count",)}
DATES = ("Mon YYYY", "MM/DD/YYYY", "YYYY-MM-DD", "days of a spreadsheet")
PUBLISHED_DAY = 28  # of the next month: the source's habit
DAY = dt.timedelta(days=1)


def read_bts(path: Path, asked: MappingSpec, names: Names, found: Found) -> None:
    """Add a count for each port, month and measure that is a stream (``asked.streams``, or Trucks = trucks and so on)."""
    if "*" in asked.streams:
        found.faults.add("--stream", "the file counts several things", "say which: --stream Trucks=trucks")
        return
    unknown = [name for name in asked.streams if plain(name) not in {plain(measure) for measure in MEASURES}]
    if unknown:
        from crossings.errors import suggest

        found.faults.add("--stream", f"unknown measure {clip(unknown[0])}", suggest(unknown[0], list(MEASURES)))
        return
    sheet = read_sheet(path, found.faults, tab=asked.tab)
    if sheet is None or not _has_columns(sheet, found):
        return
    found.say(*sheet.notes)
    measures = {plain(name): name for name in MEASURES}
    streams = {plain(name): stream for name, stream in (asked.streams or STREAMS).items()}
    used: list[tuple[InputRow, str, str]] = []
    for row in sheet.rows:
        said = row.get("Measure")
        measure = measures.get(plain(said))
        if measure is None:
            found.skip(f"measure {clip(said)}, which counts no travellers")
        elif plain(measure) not in streams:
            found.skip(f"measure '{measure}', which is no stream here (--stream '{measure}=STREAM')")
        elif names.streams is not None and streams[plain(measure)] not in names.streams:
            found.skip(f"measure '{measure}': the scenario has no stream '{streams[plain(measure)]}'")
        else:
            used.append((row, measure, streams[plain(measure)]))
    texts = [(row.get("Date"), row.where) for row, *_ in used]
    dates = DateColumn(texts, found.faults, name="Date", forms=DATES, needed=True)
    for row, measure, stream in used:
        if found.faults.many(path.name):
            return
        _row(row, measure, stream, label(path), dates, asked, found)


def _has_columns(sheet: InputTable, found: Found) -> bool:
    """Whether every column is there, by one of the names that it has had; it answers to the first of them."""
    for name, others in COLUMNS.items():
        sheet.rename(name, others)
        if not sheet.has(name):
            near = missing_column([name, *others], sheet.written)
            found.faults.add(f"{sheet.name}:{sheet.at}", f"column '{name}' is missing", near)
    return all(map(sheet.has, COLUMNS))


def _row(
    row: InputRow,
    measure: str,
    stream: str,
    file: str,
    dates: DateColumn,
    asked: MappingSpec,
    found: Found,
) -> None:
    first = dates.day(row.get("Date"))
    if not row.get("Value"):
        found.faults.add(row.where, "Value: empty", "write a count")
    count = row.number("Value", found.faults, 0.0)
    if first is None or count is None:
        return
    if first.day != 1:
        found.faults.add(row.where, f"Date: {first} is not the first of a month", "monthly counts are expected")
        return
    after = (first + dt.timedelta(days=32)).replace(day=1)
    if not asked.within(first, after - DAY):
        found.skip("outside the days asked for")
        return
    port, state = row.get("Port Name"), row.get("State")
    found.counts.append(
        CountRow(
            where=row.where,
            sites=(NamedPlace(port, (f"{port} {state}",) if state else (), row.get("Port Code")),),
            direction=asked.direction or "US",
            stream=stream,
            from_=dt.datetime.combine(first, dt.time()),
            until=dt.datetime.combine(after, dt.time()),
            count=count,
            unit=MEASURES[measure],
            source=asked.source or f"BTS Border Crossing Entry Data, {file}",
            note=f"{measure}, the whole month",
            published=dt.datetime.combine(after.replace(day=PUBLISHED_DAY), dt.time()),
            parts=(measure,),  # two measures that are one stream add up
        )
    )
