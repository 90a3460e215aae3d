"""Formats by name, and the files of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from crossings.errors import InputError, check_known
from crossings.exporters.bundle import Bundle
from crossings.exporters.flee import flee_files
from crossings.exporters.geojson import geojson_files
from crossings.exporters.tables import csv_files, package_files, parquet_files
from crossings.exporters.workbook import workbook_files
from crossings.importers.flee import FleeCase
from crossings.importers.gmns import gmns_files

Files = dict[str, str | bytes]


class ExportOptions(NamedTuple):
    """What some formats can be told: a row of HXL tags (csv); the Flee directory with the counts (flee)."""

    hxl: bool = False
    case: FleeCase | None = None


class Format(NamedTuple):
    """A format: whether it needs results, and what makes its files."""

    needs_results: bool
    make: Callable[[Bundle, ExportOptions], Files]


FORMATS: dict[str, Format] = {
    "geojson": Format(False, lambda bundle, options: geojson_files(bundle)),
    "csv": Format(True, lambda bundle, options: csv_files(bundle, hxl=options.hxl)),
    "parquet": Format(True, lambda bundle, options: parquet_files(bundle)),
    "flee": Format(True, lambda bundle, options: flee_files(bundle, options.case)),
    "gmns": Format(False, lambda bundle, options: dict(gmns_files(bundle.scenario))),
    "datapackage": Format(False, lambda bundle, options: package_files(bundle)),
    "xlsx": Format(True, lambda bundle, options: workbook_files(bundle)),
}


def export_files(name: str, bundle: Bundle, options: ExportOptions = ExportOptions()) -> Files:  # noqa: B008  a frozen value
    """File name -> content of a format; raises InputError for an unknown one, or one that needs results that are not there."""
    check_known("FORMAT", "format", [name], sorted(FORMATS))
    if FORMATS[name].needs_results and not bundle.tables:
        raise InputError(name, "there are no results", "give a folder written with run --out, or --seeds")
    return FORMATS[name].make(bundle, options)
