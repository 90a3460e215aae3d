"""Published waits as a CSV file: written by `crossings observe cbp`, read by `crossings lanes`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from crossings.errors import refused
from crossings.importers.counts.mapping_spec import Wait
from crossings.importers.tables import read_sheet
from crossings.io.faults import Faults
from crossings.scenario import parse_when
from crossings.scenario.writer import csv_text

WAIT_COLUMNS = ("crossing", "direction", "stream", "lane", "at", "wait_min", "lanes_open", "source")
USUAL = ("mean_min", "least_min", "most_min")  # where only the hour of a day is known
NEEDED = ("crossing", "stream", "at", "wait_min")
LONGEST_MIN = 30 * 24 * 60


def waits_text(waits: Iterable[Wait]) -> str:
    """Waits as the text of a file, times local."""
    waits = list(waits)
    usual = any(w.mean_min is not None or w.least_min is not None or w.most_min is not None for w in waits)
    rows = []
    for w in waits:
        more = [_short(w.mean_min), _short(w.least_min), _short(w.most_min)] if usual else []
        lanes = "" if w.lanes_open is None else w.lanes_open
        at = f"{w.at:%Y-%m-%dT%H:%M}"
        rows.append([w.crossing, w.direction, w.stream, w.lane, at, _short(w.wait_min), lanes, w.source, *more])
    return csv_text([*WAIT_COLUMNS, *(USUAL if usual else ())], rows)


def _short(minutes: float | None) -> str:
    return "" if minutes is None else f"{minutes:g}"


def read_waits(path: Path, faults: Faults) -> list[Wait]:
    """Waits from a file; faults are added."""
    sheet = read_sheet(path, faults, NEEDED)
    found = []
    for row in sheet.rows if sheet is not None else ():
        if faults.many(path.name):
            break
        try:
            at = parse_when(row.get("at"), end=False)
        except ValueError as error:
            faults.take(refused(row.where, error, "at: "))
            continue
        wait, lanes = row.number("wait_min", faults, 0.0), row.number("lanes_open", faults, 0.0)
        if not row.get("wait_min") and row.get("mean_min"):
            continue  # what is usual at an hour is no wait of that day
        if not row.get("wait_min"):
            faults.add(row.where, "wait_min: empty", "write minutes, 0 for no wait")
        if wait is not None and wait > LONGEST_MIN:
            faults.add(row.where, f"wait_min: {wait:g} is more than 30 days", "write minutes")
        if lanes is not None and (lanes != int(lanes) or lanes > 1000):
            faults.add(row.where, f"lanes_open: {lanes:g} is not a number of lanes", "write a whole number up to 1000")
            continue
        if wait is not None:
            open_ = None if lanes is None else int(lanes)
            text = [row.get(name) for name in ("crossing", "direction", "stream", "lane", "source")]
            found.append(Wait(text[0], text[1], text[2], text[3], at, wait, open_, text[4]))
    return found
