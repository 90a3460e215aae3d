"""Tables as CSV, with a row of HXL tags if wanted, as Parquet, and a Frictionless datapackage.json that describes them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from crossings.exporters.bundle import Bundle
from crossings.exporters.descriptions import Described, describe_file, describe_table
from crossings.scenario import scenario_files
from crossings.scenario.draft import TABLES as FILES
from crossings.store.results import as_parquet
from crossings.store.schema import TABLES
from crossings.store.tidy import with_dates

FIGURES = 9  # of a number as text: sums of binary fractions are not told to the last bit


Files = dict[str, str | bytes]


def csv_files(bundle: Bundle, *, hxl: bool) -> Files:
    """A CSV file for each table, and the package. hxl: the second row of each holds HXL tags."""
    files: Files = {}
    resources = []
    for name, plain in bundle.tables.items():
        table = _placed(with_dates(plain), bundle) if hxl else with_dates(plain)
        columns = describe_table(name, table)
        files[f"{name}.csv"] = _csv(table, columns if hxl else None)
        resources.append(_resource(name, f"{name}.csv", columns, hxl=hxl))
    return files | _package(bundle, resources)


def parquet_files(bundle: Bundle) -> Files:
    """A Parquet file for each table, and the package."""
    tables = {name: with_dates(plain) for name, plain in bundle.tables.items()}
    resources = [_resource(name, f"{name}.parquet", describe_table(name, table)) for name, table in tables.items()]
    return {f"{name}.parquet": as_parquet(table) for name, table in tables.items()} | _package(bundle, resources)


def package_files(bundle: Bundle) -> Files:
    """The scenario's own files and the tables of its results, all CSV, with every column described."""
    files: Files = dict(scenario_files(bundle.scenario))
    resources = []
    for file, text in scenario_files(bundle.scenario).items():
        stem = file.removesuffix(".csv")
        if stem in FILES and stem != file:
            described = describe_file(stem, next(csv.reader(io.StringIO(text))))
            resources.append(_resource(stem, file, described, about=(FILES[stem].__doc__ or "").strip()))
        else:
            resources.append(_other(file))
    for name, plain in bundle.tables.items():
        table = with_dates(plain)
        files[f"results_{name}.csv"] = _csv(table, None)
        columns = describe_table(name, table)
        resources.append(_resource(f"results_{name}", f"results_{name}.csv", columns, about=TABLES[name].about))
    return files | _package(bundle, resources)


def _placed(table: pl.DataFrame, bundle: Bundle) -> pl.DataFrame:
    """A table with the position of the crossing or place of each row."""
    key = next((name for name in ("crossing", "place") if name in table.columns), None)
    if key is None or {"lat", "lon"} & set(table.columns):
        return table
    entities = bundle.scenario.crossings if key == "crossing" else bundle.scenario.places
    schema = {key: pl.String, "lat": pl.Float64, "lon": pl.Float64}
    at = pl.DataFrame([(one.id, one.lat, one.lon) for one in entities], schema=schema, orient="row")
    return table.join(at, on=key, how="left", maintain_order="left")


def _csv(table: pl.DataFrame, tags: Sequence[Described] | None) -> str:
    """Dates as YYYY-MM-DD, times as YYYY-MM-DDTHH:MM, truth as true and false, nine figures of a number, no value as an empty
    cell.
    """
    plain = table.fill_nan(None).with_columns(pl.col(pl.Float64, pl.Float32).round_sig_figs(FIGURES))
    text: str = plain.write_csv(datetime_format="%Y-%m-%dT%H:%M")
    if tags is None:
        return text
    head, _, rest = text.partition("\n")
    return f"{head}\n{','.join(tag.hxl for tag in tags)}\n{rest}"


def _resource(
    name: str, path: str, columns: Sequence[Described], *, hxl: bool = False, about: str = ""
) -> dict[str, Any]:
    form = path.rsplit(".", 1)[-1]
    resource: dict[str, Any] = {
        "name": name.lower().replace("_", "-"),
        "path": path,
        "title": about or (TABLES[name].about if name in TABLES else ""),
        "profile": "tabular-data-resource" if form == "csv" else "data-resource",
        "format": form,
        "mediatype": "text/csv" if form == "csv" else "application/vnd.apache.parquet",
        "schema": {"fields": [_field(column, hxl) for column in columns], "missingValues": [""]},
    }
    if form == "csv":
        resource["encoding"] = "utf-8"
        resource["dialect"] = {"delimiter": ",", "header": True} | ({"commentRows": [2]} if hxl else {})
    return {key: value for key, value in resource.items() if value}


def _field(column: Described, hxl: bool) -> dict[str, Any]:
    found = {"name": column.name, "type": column.type, "description": column.meaning, "unit": column.unit}
    if column.type == "datetime":
        found["format"] = "%Y-%m-%dT%H:%M"
    if column.type == "boolean":
        return found | {"trueValues": ["true", "yes"], "falseValues": ["false", "no"]}
    return {key: value for key, value in found.items() if value} | ({"hxl": column.hxl} if hxl else {})


def _other(file: str) -> dict[str, Any]:
    kinds = {
        "yaml": "application/yaml",
        "md": "text/markdown",
        "geojson": "application/geo+json",
        "json": "application/json",
    }
    form = file.rsplit(".", 1)[-1]
    return {
        "name": "".join(ch if ch.isalnum() else "-" for ch in file.lower()).strip("-"),
        "path": file,
        "profile": "data-resource",
        "format": form,
        "mediatype": kinds.get(form, "text/plain"),
    }


def _licence(resources: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """What may be done with the data: as its sources say, where they are in the package."""
    sources = next((r["path"] for r in resources if str(r["path"]).lower().endswith("sources.md")), None)
    if sources is not None:
        return {"name": "other", "title": f"As its sources say: {sources}", "path": str(sources)}
    return {"name": "notspecified", "title": "Not specified: as the sources of the scenario say"}


def _package(bundle: Bundle, resources: Sequence[Mapping[str, Any]]) -> Files:
    """datapackage.json (Data Package v1); what made the numbers stands in ``made_by``. A package needs a resource."""
    settings = bundle.scenario.settings
    package = {
        "profile": "data-package",
        "name": "".join(ch if ch.isalnum() else "-" for ch in settings.name.lower()).strip("-") or "scenario",
        "title": settings.title or settings.name,
        "description": "Written by crossings. Every traveller is synthetic; a band is the spread over seeds.",
        "made_by": {key: value for key, value in bundle.made_by.items() if key != "files"},
        "scenario_hash": bundle.made_by.get("scenario_hash", bundle.scenario.hash),
        "licenses": [_licence(resources)],
        "resources": list(resources),
    }
    return {"datapackage.json": json.dumps(package, indent=1, ensure_ascii=False, allow_nan=False) + "\n"}
