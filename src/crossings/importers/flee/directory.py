"""A whole Flee directory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from crossings.errors import Fault, InputError
from crossings.importers.flee.camp_counts import read_counts
from crossings.importers.flee.case import FleeCase, Floats, Route
from crossings.importers.flee.closures import read_closures
from crossings.importers.flee.conflicts import read_conflicts
from crossings.importers.flee.geography import read_locations, read_routes
from crossings.importers.flee.rows import Reader
from crossings.io.faults import Faults
from crossings.io.yamltext import Plain, Tree, looks_typed, read_yaml

__all__ = ["read_flee"]

# settings of simsetting.yml that mean something here, and what they are here
COUNTERPARTS = {
    "move_rules.capacity_scaling": "the capacity scaling, if asked for",
    "spawn_rules.insert_day0": "always so",
    "spawn_rules.conflict_zone_spawning_only": "always so",
    "spawn_rules.sum_from_camps": "always so",
}


def read_flee(directory: str | Path) -> FleeCase:
    """Read a Flee case: a directory with ``input_csv`` and ``source_data``, or with their files directly in it.

    Arguments:
        directory: where ``locations.csv``, ``routes.csv``, ``sim_period.csv`` and ``data_layout.csv`` are, and maybe
            ``closures.csv``, ``conflicts.csv``, ``registration_corrections.csv`` and ``simsetting.yml`` (or beside it).

    Returns:
        The case, with a note for everything that is not used.

    Raises:
        InputError: with every fault, each with its file and row.
    """
    root = Path(directory)
    if not root.is_dir():
        raise InputError(
            Fault(str(directory), "is not a directory", "give a Flee case, with input_csv and source_data in it")
        )
    root = root.resolve()
    if root.name == "input_csv":
        root = root.parent
    inputs = root / "input_csv" if (root / "input_csv").is_dir() else root
    sources = root / "source_data" if (root / "source_data").is_dir() else root
    reader = Reader(root)
    start, days = _read_period(reader, inputs)
    locations = read_locations(reader, inputs / "locations.csv")
    routes = read_routes(reader, inputs / "routes.csv", locations)
    _stop_at_faults(reader)
    zones, conflicts = read_conflicts(reader, inputs / "conflicts.csv", locations, days)
    counted = read_counts(reader, sources, inputs / "registration_corrections.csv", locations, start, days)
    closures = read_closures(reader, inputs / "closures.csv", locations, routes, counted.camps)
    zones, conflicts = _with_a_way(reader, zones, conflicts, routes, counted.camps)
    settings = _read_settings(reader, (root, inputs, root.parent))
    _stop_at_faults(reader)
    _note_leftovers(reader, [inputs, sources, root])
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
        counts=counted.counts,
        total=counted.total,
        settings=settings,
        notes=tuple(reader.notes),
    )


def _with_a_way(
    reader: Reader, zones: tuple[str, ...], conflicts: Floats, routes: Sequence[Route], camps: Sequence[str]
) -> tuple[tuple[str, ...], Floats]:
    """The zones from which some camp can be reached with every route open; of the others nobody is ever counted."""
    joined: dict[str, set[str]] = {}
    for route in routes:
        joined.setdefault(route.name1, set()).add(route.name2)
        joined.setdefault(route.name2, set()).add(route.name1)
    seen, edge = set(camps), list(camps)
    while edge:
        edge = [name for place in edge for name in joined.get(place, ()) if name not in seen]
        seen.update(edge)
    for name in zones:
        if name not in seen and camps:
            reader.note(f"not used: conflict in {name!r}, which no route joins to a camp")
    kept = [i for i, name in enumerate(zones) if name in seen]
    if zones and camps and not kept:
        reader.fault("routes.csv", "no route joins a zone of conflict to a camp")
    return tuple(zones[i] for i in kept), np.ascontiguousarray(conflicts[:, kept])


def _stop_at_faults(reader: Reader) -> None:
    if reader.faults:
        raise InputError(reader.faults)


def _read_period(reader: Reader, inputs: Path) -> tuple[dt.date, int]:
    """Start date and number of days; 2000-01-01 and 1 day, and a fault, where they are not given."""
    path = inputs / "sim_period.csv"
    if not path.exists() and (inputs / "conflict_period.csv").exists():
        path = inputs / "conflict_period.csv"
    start, days = None, None
    rows = reader.rows(path)
    named = {row.cells[0].lower().lstrip("#"): row for row in rows}
    if "startdate" in named:
        start = reader.date(named["startdate"], 1, "StartDate")
    if "length" in named:
        days = reader.whole(named["length"], 1, "Length")
        if days is not None and not 1 <= days <= 100_000:
            reader.fault(named["length"], f"Length {days} is not a number of days from 1 to 100,000")
            days = None
    if start and days and (dt.date.max - start).days < days:
        reader.fault(named["length"], f"{days} days after {start} is beyond the calendar")
    for word in ("StartDate", "Length"):
        if rows and word.lower() not in named:
            reader.fault(reader.name(path), f"has no row {word}", "needs StartDate,YYYY-MM-DD and Length,days")
    return start or dt.date(2000, 1, 1), days or 1


def _read_settings(reader: Reader, folders: tuple[Path, ...]) -> dict[str, Any]:
    """The settings of the first ``simsetting.yml``, by ``section.name``; those without a counterpart are noted."""
    path = next((folder / "simsetting.yml" for folder in folders if (folder / "simsetting.yml").is_file()), None)
    if path is None:
        return {}
    reader.used.add(path)
    faults, why = Faults(), ""
    try:
        text = path.read_text(encoding="utf-8-sig")
        tree = read_yaml(text, path.name, faults) if text.strip() else Tree({})
    except (OSError, UnicodeDecodeError) as error:
        tree, why = None, " ".join(str(error).split())
    if tree is None:
        why = why or "; ".join(f"line {f.where.rpartition(':')[2]}: {f.what}" for f in faults.listed()[:1])
        reader.note(f"not used: {path.name}, which cannot be read: {why}")
        return {}
    found: dict[str, Any] = {}
    for section, values in tree.data.items():
        if isinstance(values, dict):
            found.update({f"{section}.{name}": _value(value) for name, value in values.items()})
        else:
            found[str(section)] = _value(values)
    unused = [name for name in found if name not in COUNTERPARTS and not name.startswith("log_levels.")]
    if unused:
        reader.note(f"not used: settings of {path.name}: {', '.join(name.split('.')[-1] for name in unused)}")
    return found


def _value(value: Any) -> Any:
    """A setting as Flee would read it: a number, true or false where it is written so, else as it stands."""
    if not isinstance(value, Plain) or not looks_typed(value):
        return value
    return value == "true" if value in ("true", "false") else float(value)


def _note_leftovers(reader: Reader, folders: list[Path]) -> None:
    """Name once the files that nobody asked for."""
    for folder in dict.fromkeys(folders):
        names = sorted(path.name for path in folder.iterdir() if path.is_file() and path not in reader.used)
        if names:
            where = "" if folder == reader.root else f" in {folder.name}"
            reader.note(f"not used: files{where}: {', '.join(names)}")
