"""Every column of a table as it stands in a file: meaning, unit, type and HXL tag, from where they are written once."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, NamedTuple

import polars as pl

from crossings.scenario.draft import TABLES as FILES
from crossings.scenario.messages import bare, columns
from crossings.store.results import BAND
from crossings.store.schema import TABLES

_BANDS = {"mean": "mean", "p05": "5th percentile", "p50": "median", "p95": "95th percentile"}
_TAGS = {
    "date": "#date",
    "lat": "#geo+lat",
    "lon": "#geo+lon",
    "from": "#date+start",
    "until": "#date+end",
    "crossing": "#loc+crossing",
    "crossings": "#loc+crossing+list",
    "place": "#loc+place",
    "origin": "#loc+origin",
    "destination": "#loc+destination",
    "direction": "#country+entered+code",
    "stream": "#group+stream",
    "streams": "#group+stream+list",
    "capacity": "#capacity+place",
    "servers_needed": "#capacity+servers",
}
_PEOPLE = ("units of the stream", "persons", "`unit`")


class Described(NamedTuple):
    """A column: its name, what it means, its unit, its Frictionless type, and its HXL tag."""

    name: str
    meaning: str
    unit: str
    type: str
    hxl: str


_ADDED = {
    "lat": ("latitude of the crossing or place", "degrees"),
    "lon": ("longitude of the crossing or place", "degrees"),
}


def describe_table(name: str, table: pl.DataFrame) -> list[Described]:
    """The columns of a table of results, in order."""
    known = {}
    for column in TABLES[name].columns if name in TABLES else ():
        if column.band:
            for band in BAND:
                meaning = f"{column.meaning}; {_BANDS[band]} over the seeds"
                known[f"{column.name}_{band}"] = (column.name, meaning, column.unit, band)
        else:
            known[column.name] = (column.name, column.meaning, column.unit, "")
    found = []
    for column_name, kind in table.schema.items():
        stem, meaning, unit, band = known.get(column_name, (column_name, *_ADDED.get(column_name, ("", "")), ""))
        numeric = kind.is_numeric()
        shown = unit.replace("`", "")
        found.append(Described(column_name, meaning, shown, _type(kind), _tag(stem, band, unit, numeric)))
    return found


def _type(kind: pl.DataType) -> str:
    if kind == pl.Boolean:
        return "boolean"
    if kind.is_integer():
        return "integer"
    if kind.is_numeric():
        return "number"
    if kind == pl.Date:
        return "date"
    return "datetime" if kind.is_temporal() else "string"


def _tag(stem: str, band: str, unit: str, numeric: bool) -> str:
    """An HXL tag with attributes: what is counted of people is #affected, other numbers #indicator, other text #meta."""
    plain = re.sub(r"[^a-z0-9_]", "_", stem.lower())
    if stem in _TAGS:
        tag = _TAGS[stem]
    elif numeric:
        tag = f"#affected+{plain}" if unit in _PEOPLE else f"#indicator+{plain}"
    else:
        tag = f"#meta+{plain}"
    return f"{tag}+{band}" if band else tag


def describe_file(name: str, header: list[str]) -> list[Described]:
    """The columns of a CSV file of a scenario, such as ``places``, in the order of its header."""
    model = FILES[name]
    fields = columns(model)
    found = []
    for column in header:
        info = model.model_fields[fields[column]]
        extra: Any = info.json_schema_extra
        unit = str(extra.get("unit", "")) if isinstance(extra, dict) else ""
        base = bare(info.annotation)
        found.append(Described(column, info.description or "", unit, _python_type(base), ""))
    return found


def _python_type(base: Any) -> str:
    if base is bool:
        return "boolean"
    if base is int:
        return "integer"
    if base is float:
        return "number"
    return "date" if base is dt.date else "string"  # a local time may be a bare date, so it is text
