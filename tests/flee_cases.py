"""A small Flee case that tests write, with changes, into directories of their own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from crossings.errors import InputError
from crossings.importers.flee import FleeCase, read_flee

LOCATIONS = """\
#name,region,country,latitude,longitude,location_type,conflict_date,population
Ash,North,Arland,10.0,20.0,conflict_zone,0,3000
Birch,North,Arland,10.5,20.5,conflict_zone,2,1000
Cedar,South,Arland,9.0,20.0,town,,
Dell,West,Borland,10.0,22.0,camp,,500
Elm,West,Borland,9.0,22.0,camp,,
"""
ROUTES = """\
#name1,name2,distance,forced_redirection
Ash,Birch,40,0
Ash,Cedar,60,
Cedar,Dell,100,0
Birch,Dell,90,1
Cedar,Elm,120,2
"""
LAYOUT = "total,refugees.csv\nDell,dell.csv\nElm,elm.csv\n"
DELL = "2020-01-01,100\n2020-01-05,180\n2020-01-11,180\n"
ELM = "2020-01-01,0\n2020-01-11,100\n"
HEADER = "#closure_type,name1,name2,closure_start,closure_end\n"
FILES = {
    "input_csv/locations.csv": LOCATIONS,
    "input_csv/routes.csv": ROUTES,
    "input_csv/sim_period.csv": "StartDate,2020-01-01\nLength,10\n",
    "source_data/data_layout.csv": LAYOUT,
    "source_data/refugees.csv": "2020-01-01,120\n2020-01-11,300\n",
    "source_data/dell.csv": DELL,
    "source_data/elm.csv": ELM,
}


def write_case(folder: Path, changes: Mapping[str, str | None] | None = None, newline: str = "\n") -> Path:
    """Write the small case, with some files other than above (None: left out)."""
    for name, text in {**FILES, **(changes or {})}.items():
        if text is None:
            continue
        path = folder / "small" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.replace("\n", newline).encode())
    return folder / "small"


def read(folder: Path, changes: Mapping[str, str | None] | None = None) -> FleeCase:
    return read_flee(write_case(folder, changes))


def faults(folder: Path, changes: Mapping[str, str | None]) -> list[str]:
    with pytest.raises(InputError) as caught:
        read(folder, changes)
    return [str(fault) for fault in caught.value.faults]


def noted(case: FleeCase, *words: str) -> bool:
    """Whether one note has all the words."""
    return any(all(word in note for word in words) for note in case.notes)


def closures(folder: Path, rows: str) -> FleeCase:
    return read(folder, {"input_csv/closures.csv": HEADER + rows})
