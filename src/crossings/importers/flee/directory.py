"""A whole Flee directory."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from crossings.errors import InputError
from crossings.importers.flee.camp_counts import dates_of, layout_of, read_counts, uncounted
from crossings.importers.flee.case import FleeCase, Floats, Route
from crossings.importers.flee.closures import read_closures
from crossings.importers.flee.conflicts import read_conflicts
from crossings.importers.flee.geography import read_locations, read_routes
from crossings.importers.flee.rows import FleeReader, FleeRow
from crossings.importers.flee.settings import read_settings
from crossings.io.faults import counted
from crossings.scenario.reachable import reachable

NAMED = 20  # files that are not used
PERIODS = ("sim_period.csv", "conflict_period.csv", "flood_period.csv")
FLOODS = ("flood_level.csv", "floods.csv")


def read_flee(
    directory: str | Path,
    *,
    counts: str | Path | None = None,
    start: dt.date | None = None,
    days: int | None = None,
    spawning: str = "counts",
) -> FleeCase:
    """Read a Flee case: a directory with ``input_csv`` and ``source_data``, or with their files directly in it.

    Arguments:
        directory: where ``locations.csv``, ``routes.csv``, ``sim_period.csv`` and ``data_layout.csv`` are, and maybe
            ``closures.csv``, ``conflicts.csv``, ``flood_level.csv``, ``registration_corrections.csv`` and
            ``simsetting.yml`` (or beside or above it).
        counts: the directory with ``data_layout.csv``, where it is another.
        start, days: day 0 and the number of days, instead of those of ``sim_period.csv``.
        spawning: who sets out: ``counts``, the daily rise of the counts; ``conflict``, as many as
            ``conflict_driven_spawning`` of ``simsetting.yml`` says, and then no counts are needed.

    Returns:
        The case, with a note for everything that is not used.

    Raises:
        InputError: with the first faults, each with its file and row, and how many more there are.

    Example:
        ``read_flee("conflict_input/mali", counts="conflict_validation/mali2012", days=300)``
    """
    root, inputs = _folders(directory)
    reader = FleeReader(root)
    layout = _layout(reader, inputs, None if counts is None else Path(counts), needed=spawning == "counts")
    start, days = _read_period(reader, inputs, start, days, layout)
    locations = read_locations(reader, inputs / "locations.csv")
    routes = read_routes(reader, inputs / "routes.csv", locations)
    reader.faults.stop()
    floods = next((inputs / name for name in FLOODS if (inputs / name).exists()), None)
    zones, conflicts = read_conflicts(reader, inputs / "conflicts.csv", locations, days, floods)
    if layout is None:
        counted = uncounted(locations, days)
    else:
        counted = read_counts(reader, layout, inputs / "registration_corrections.csv", locations, start, days)
    closures = read_closures(reader, inputs / "closures.csv", locations, routes, counted.camps)
    zones, conflicts = _with_a_way(reader, zones, conflicts, routes, counted.camps)
    settings = read_settings(reader, (root, inputs, root.parent, root.parent.parent))
    reader.faults.stop()
    _note_leftovers(reader, [inputs, *([layout.parent] if layout else []), root])
    return FleeCase(
        name=root.name,
        start=start,
        days=days,
        locations=locations,
        routes=routes,
        closures=closures,
        zones=zones,
        conflicts=conflicts,
        camps=counted.camps,
        records=counted.records,
        counts=counted.counts,
        total=counted.total,
        settings=settings,
        notes=reader.all_notes(),
    )


def _folders(directory: str | Path) -> tuple[Path, Path]:
    """The case's own folder and the one with its input; InputError where it is none, or a pair of coupled cases."""
    root = Path(directory)
    try:
        there, root = root.is_dir(), root.resolve()
    except (OSError, ValueError):
        there = False
    if not there:
        raise InputError(
            str(directory)[:200], "is not a directory", "give a Flee case, with input_csv and source_data in it"
        )
    if root.name == "input_csv":
        root = root.parent
    inputs = root / "input_csv" if (root / "input_csv").is_dir() else root
    if not (inputs / "locations.csv").exists():
        _refuse_other_forms(root, inputs)
    return root, inputs


def _refuse_other_forms(root: Path, inputs: Path) -> None:
    """Say what a directory without ``locations.csv`` is, where it can be told."""
    names = sorted(path.name for path in inputs.iterdir())[:10_000]
    pairs = sorted(name for name in names if re.fullmatch(r"locations-\d+\.csv", name))
    if pairs or "coupled_locations.csv" in names:
        what = f"is a coupled case: several models side by side ({', '.join(pairs) or 'coupled_locations.csv'})"
        raise InputError(
            root.name, what, "one model at a time: give a folder with the files of one, without the number"
        )
    cases = [path.name for path in sorted(root.iterdir()) if (path / "input_csv" / "locations.csv").exists()]
    cases += [path.name for path in sorted(root.iterdir()) if path.is_dir() and (path / "locations.csv").exists()]
    if cases:
        shown = ", ".join(cases[:5]) + (", ..." if len(cases) > 5 else "")
        named = f"give {root.name}/{shown}" if len(cases) == 1 else f"give one or several of {shown}, each as a folder"
        raise InputError(root.name, f"holds {counted(len(cases), 'case')} and is none itself", named)


def _layout(reader: FleeReader, inputs: Path, counts: Path | None, *, needed: bool) -> Path | None:
    """Where it is said which counts are whose; a fault where that is nowhere."""
    root = reader.root
    if counts is not None:
        found = layout_of(counts) or layout_of(counts / "source_data")
        if found is None:
            reader.fault(
                str(counts)[:200], "has no data_layout.csv", "--counts: the folder with data_layout.csv and the counts"
            )
        return found
    beside = [root / "source_data", root / "refugee_data", inputs / "refugee_data", inputs / "source_data"]
    found = next((layout for folder in (*beside, inputs, root) if (layout := layout_of(folder))), None)
    if found is None and needed:
        instead = "--counts DIR: the folder with data_layout.csv and the counts of camps"
        reader.fault("source_data/data_layout.csv", "is missing", instead)
    return found


def _with_a_way(
    reader: FleeReader, zones: tuple[str, ...], conflicts: Floats, routes: Sequence[Route], camps: Sequence[str]
) -> tuple[tuple[str, ...], Floats]:
    """The zones from which some camp can be reached with every route open; of the others nobody is ever counted."""
    joined: dict[str, set[str]] = {}
    for route in routes:
        joined.setdefault(route.name1, set()).add(route.name2)
        joined.setdefault(route.name2, set()).add(route.name1)
    seen = reachable(joined, camps)
    reached = reachable(joined, zones)
    for name in zones:
        if name not in seen and camps:
            reader.note(f"not used: conflict in {name!r}, which no route joins to a camp")
    for name in camps:
        if zones and name not in reached:
            reader.note(f"camp {name!r}: no route joins it to a zone of conflict: whoever is there on day 0 stays")
    kept = [i for i, name in enumerate(zones) if name in seen]
    if zones and camps and not kept:
        reader.fault("routes.csv", "no route joins a zone of conflict to a camp")
    return tuple(zones[i] for i in kept), np.ascontiguousarray(conflicts[:, kept])


def _read_period(
    reader: FleeReader, inputs: Path, start: dt.date | None, days: int | None, layout: Path | None
) -> tuple[dt.date, int]:
    """Start date and number of days, as given or as the file says; 2000-01-01 and 1 day, and a fault, where neither does."""
    path = next((inputs / name for name in PERIODS if (inputs / name).exists()), None)
    named: dict[str, FleeRow] = {}
    if path is None:
        path = inputs / PERIODS[0]
        if start is None or days is None:
            reader.fault(reader.name(path), "is missing", _period_of_counts(layout))
            return start or dt.date(2000, 1, 1), days or 1
    else:
        named = {row.cells[0].lower().lstrip("#"): row for row in reader.rows(path)}
        for word, given in (("StartDate", start), ("Length", days)):
            if given is None and word.lower() not in named and not reader.faults.any:
                instead = f"needs StartDate,YYYY-MM-DD and Length,days; {_period_of_counts(layout)}"
                reader.fault(reader.name(path), f"has no row {word}", instead)
    if start is None and "startdate" in named:
        start = reader.date(named["startdate"], 1, "StartDate")
    if days is None and "length" in named:
        days = reader.whole(named["length"], 1, "Length")
        if days is not None and not 1 <= days <= 100_000:
            reader.fault(named["length"], f"Length {days} is not a number of days from 1 to 100,000")
            days = None
    if start and days and (dt.date.max - start).days < days:
        reader.fault(reader.name(path), f"{counted(days, 'day')} after {start} is beyond the calendar")
        days = 1
    return start or dt.date(2000, 1, 1), days or 1


def _period_of_counts(layout: Path | None) -> str:
    """What to write for a period, from the first and last date of the counts."""
    found = None if layout is None else dates_of(FleeReader(layout.parent), layout)
    if found is None:
        return "give it with --start YYYY-MM-DD and --days N"
    return f"give it; the counts are of --start {found[0]} --days {(found[1] - found[0]).days + 1}"


def _note_leftovers(reader: FleeReader, folders: list[Path]) -> None:
    """Name once the files that nobody asked for."""
    for folder in dict.fromkeys(folders):
        names = sorted(path.name for path in folder.iterdir() if path.is_file() and path not in reader.used)
        food = [name for name in names if "ipc" in name.lower() or "food" in name.lower()]
        names = [name for name in names if name not in food]
        where = "" if folder == reader.root else f" in {folder.name}"
        if food:
            reader.note(
                f"not used: files{where} about food security: {', '.join(food[:NAMED])}: hunger moves nobody here"
            )
        if names:
            more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
            reader.note(f"not used: files{where}: {', '.join(names[:NAMED])}{more}")
