"""CSV with a row of HXL tags (hxlstandard.org), as IOM's DTM and others publish: ``#date``, ``#loc``, ``#affected``."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from crossings.errors import suggest
from crossings.importers.counts.dates import Dates
from crossings.importers.counts.mapping_spec import Asked, Found, Names
from crossings.importers.tables import Sheet, label, plain, read_sheet
from crossings.io.faults import clip
from crossings.scenario import Observation

__all__ = ["read_hxl"]

DAY = dt.timedelta(days=1)
PLACES = ("#loc", "#geo", "#adm5", "#adm4", "#adm3", "#adm2", "#adm1")
COUNTS = ("#affected", "#reached", "#population", "#inneed", "#value")


def read_hxl(path: Path, asked: Asked, names: Names, found: Found) -> None:
    """Add an observation for each row with a date, a place that is a crossing, and a number."""
    faults = found.faults
    sheet = read_sheet(path, faults, tag_row=True)
    if sheet is None:
        return
    start, end, count = _dates_of(sheet), _tag(sheet, ("#date",), ("end",)), _count_of(sheet, asked, found)
    place = None if asked.crossings else _tag(sheet, PLACES, ("name",)) or _tag(sheet, PLACES)
    stream = next(iter(asked.streams.values()), "")
    if start is None:
        faults.add(path.name, "no column is tagged #date", "tag it")
    if place is None and not asked.crossings:
        faults.add(path.name, f"no column is tagged {' or '.join(PLACES[:2])}", "tag it, or name --crossings")
    if not stream:
        faults.add("--stream", "the file names no stream", "name the stream that it counts")
    if start is None or count is None or not stream or (place is None and not asked.crossings):
        return
    dates = Dates(faults, ("iso",))
    for row in sheet.rows:
        if faults.many(path.name):
            return
        if not row.get(count):
            found.skip("without a number")
            continue
        number = row.number(count, faults, 0.0)
        first = dates.read(row.get(start), row.where)
        last = dates.read(row.get(end), row.where) if end and row.get(end) else first
        if number is None or first is None or last is None:
            continue
        if last < first:
            faults.add(row.where, f"{end} {last} is before {start} {first}", "correct one of them")
            continue
        if not asked.within(first, last):
            found.skip("outside the days asked for")
            continue
        said = [row.get(place)] if place else list(asked.crossings)
        crossings = [names.crossing(name) for name in said]
        if None in crossings:
            found.skip(
                f"place {clip(said[crossings.index(None)])}: no crossing has this name (--match 'NAME=CROSSING')"
            )
            continue
        found.observations.append(
            Observation(
                id="row",
                crossings=tuple(c for c in crossings if c),
                direction=asked.direction,
                streams=(stream,),
                from_=dt.datetime.combine(first, dt.time()),
                until=dt.datetime.combine(last + DAY, dt.time()),
                count=number,
                unit="persons",
                source=asked.source or f"{label(path)}, HXL",
                note=f"column {count[:200]}",
            )
        )


def _tag(sheet: Sheet, tags: tuple[str, ...], attributes: tuple[str, ...] = ()) -> str | None:
    """The column with the first of some tags, and of those the one with the fewest attributes; it must have all ``attributes``."""
    for tag in tags:
        some = []
        for cell in sheet.header:
            name, *extra = [part.strip().lower() for part in cell.strip().split("+")]
            if name == tag and set(attributes) <= set(extra):
                some.append((len(extra), cell.strip()))
        if some:
            return min(some, key=lambda item: item[0])[1]
    return None


def _dates_of(sheet: Sheet) -> str | None:
    return _tag(sheet, ("#date",), ("start",)) or _tag(sheet, ("#date",))


def _count_of(sheet: Sheet, asked: Asked, found: Found) -> str | None:
    """The column that is counted: the one asked for, or the plainest that counts people."""
    if asked.count is not None:
        known = [cell.strip() for cell in sheet.header]
        for cell in known:
            if plain(cell) == plain(asked.count):
                return cell
        found.faults.add("--count", f"no column is tagged '{asked.count[:60]}'", suggest(asked.count, known))
        return None
    column = _tag(sheet, COUNTS)
    if column is None:
        found.faults.add(sheet.name, f"no column is tagged {', '.join(COUNTS[:3])}", "tag it, or name it with --count")
        return None
    others = [c.strip() for c in sheet.header if c.strip().lower().split("+")[0] in COUNTS and c.strip() != column]
    for other in others:
        found.skip(f"column {other} (--count '{other}' takes it instead of {column})", len(sheet.rows))
    return column
