"""The command export: results and scenarios for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import crossings as cx
from crossings.cli.formatting import print_line
from crossings.cli.new import refuse_taken
from crossings.cli.options import argument, in_range, option, setting
from crossings.cli.progress import compiled, progress_bar
from crossings.errors import InputError, check_known

if TYPE_CHECKING:
    from crossings.exporters import Bundle

FORMATS = ("csv", "datapackage", "flee", "geojson", "gmns", "parquet", "xlsx")
SEEDS = 20


def export(
    form: Annotated[
        str, argument("FORMAT", "geojson, csv, parquet, xlsx (planning figures), flee (out.csv), gmns or datapackage.")
    ],
    what: Annotated[str, argument("SCENARIO-or-OUT", "A scenario, or a folder written with --out.")],
    target: Annotated[Path, argument("DEST", "The new folder.")],
    seeds: Annotated[
        int | None, option("--seeds", f"Run a scenario so many times first  [default: {SEEDS}; gmns: 0]", "N")
    ] = None,
    hxl: Annotated[bool, setting("--hxl", "csv: a second row with HXL tags.")] = False,
    data: Annotated[Path | None, option("--data", "flee: the Flee directory with the counts.", "DIR")] = None,
) -> None:
    """Write results, or a scenario, as GeoJSON, CSV, Parquet, an XLSX workbook, Flee's out.csv, GMNS or a Frictionless data
    package.
    """
    check_known("FORMAT", "format", [form], FORMATS)
    for flag, given, only in (("--hxl", hxl, "csv"), ("--data", data is not None, "flee")):
        if given and form != only:
            raise InputError(flag, f"is for {only} only", "leave it out")
    in_range("--seeds", seeds, 0, 10_000)
    refuse_taken(target)
    from crossings.exporters import export_files
    from crossings.exporters.formats import ExportOptions
    from crossings.scenario.writer import write_files

    case = None
    if data is not None:
        from crossings.importers.flee import read_flee

        case = read_flee(data)
    bundle = _bundle(form, what, seeds)
    files = export_files(form, bundle, ExportOptions(hxl, case))
    write_files(files, target)
    print_line(f"{target}: {', '.join(sorted(files))}")


def _bundle(form: str, what: str, seeds: int | None) -> Bundle:
    """Kept results, or a scenario that is run here."""
    from crossings.exporters import read_bundle, run_bundle

    kept = read_bundle(Path(what)) if _is_folder(what) else None
    if kept is not None:
        if seeds is not None:
            raise InputError("--seeds", "these results are run already", "leave it out")
        return kept
    scenario = cx.Scenario.read(what)
    number = (0 if form == "gmns" else SEEDS) if seeds is None else seeds
    if number == 0:
        return run_bundle(scenario, 0)
    compiled()
    with progress_bar(f"running {scenario.settings.name}") as progress:
        return run_bundle(scenario, number, progress)


def _is_folder(what: str) -> bool:
    try:
        return Path(what).is_dir()
    except (OSError, ValueError):
        return False
