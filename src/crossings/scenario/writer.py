"""A scenario as a directory that reads back as the same scenario. The directory appears whole or not at all."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from crossings.errors import Fault, InputError
from crossings.io.atomic_folder import draft_beside
from crossings.io.files import CONTROL, plain_name
from crossings.io.yamltext import looks_typed
from crossings.scenario.clock import format_when
from crossings.scenario.contents import Contents
from crossings.scenario.draft import TABLES
from crossings.scenario.entities import Entity
from crossings.scenario.messages import END_FIELDS, columns
from crossings.scenario.settings import SETTINGS_FILE

_STYLE: dict[str, Any] = {"sort_keys": False, "allow_unicode": True, "width": 118, "default_flow_style": None}


def write_files(
    files: Mapping[str, str | bytes], directory: Path, accept: Callable[[Path], object] | None = None
) -> None:
    """Write files as a new directory, wholly or not at all; ``accept`` may refuse the draft (it is called with its path).

    Raises InputError if something is there, or it cannot be written.
    """
    target = Path(os.path.abspath(directory))
    try:
        if target.is_symlink() or (target.exists() and not target.is_dir()):
            raise InputError(str(directory), "this is not a directory", "name one that does not exist yet")
        if target.is_dir() and any(target.iterdir()):
            raise InputError(str(directory), "the directory is not empty", "name one that does not exist yet")
        target.parent.mkdir(parents=True, exist_ok=True)
        _write_whole(files, target, accept)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(str(directory), f"it cannot be written: {reason}", "name another directory") from None


def _write_whole(files: Mapping[str, str | bytes], target: Path, accept: Callable[[Path], object] | None) -> None:
    """Write beside the target first, so that a reader never sees half a scenario."""
    with draft_beside(target) as draft:
        for name, text in files.items():
            (draft / name).parent.mkdir(parents=True, exist_ok=True)
            (draft / name).write_bytes(text.encode() if isinstance(text, str) else text)
        if accept is not None:
            accept(draft)
        if target.is_dir():
            target.rmdir()  # it is empty; refused if something has come in meanwhile
        draft.rename(target)


def scenario_files(scenario: Contents) -> dict[str, str]:
    """File name -> text of the whole directory."""
    files = {SETTINGS_FILE: _settings(scenario)}
    for name, model in TABLES.items():
        rows = getattr(scenario, name)
        if rows or name == "places":
            files[f"{name}.csv"] = table_text(rows, model)
    faults = []
    for what, given, text in _others(scenario):
        if not given and text is not None:
            faults.append(Fault("scenario", f"the {what} has no file name", "name its file"))
        elif given and text is None:
            faults.append(Fault("scenario", f"the content of '{given}' is missing", "give it, or do not name the file"))
        elif given and text and (not plain_name(given) or files.setdefault(given, text) != text):
            faults.append(Fault("scenario", f"'{given}' cannot be the name of this file", "name each differently"))
    for file, text in files.items():
        if CONTROL.search(text) or "\0" in text:
            faults.append(Fault(file, "a control character or half a character", "remove it"))
    if faults:
        raise InputError(faults)
    return files


def _others(scenario: Contents) -> Iterator[tuple[str, str | None, str | None]]:
    """(what it is, file name, text) of the sources, the basemap and the lines."""
    yield "text of sources", scenario.settings.sources, scenario.sources
    basemap = None if scenario.basemap is None else json.dumps(scenario.basemap) + "\n"
    yield "basemap", scenario.settings.basemap, basemap
    for border in scenario.borders:
        line = scenario.lines.get(border.id)
        yield f"line of '{border.id}'", border.line, None if line is None else _line(line)


def _line(line: Sequence[tuple[float, float]]) -> str:
    geometry = {"type": "LineString", "coordinates": [list(point) for point in line]}
    return json.dumps({"type": "Feature", "properties": {}, "geometry": geometry}) + "\n"


def csv_text(header: str | Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Rows as CSV with lines that end in a line feed; header: names of the columns, or these with commas."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header.split(",") if isinstance(header, str) else header)
    writer.writerows(rows)
    return out.getvalue()


def table_text(rows: Sequence[Entity], model: type[Entity]) -> str:
    """Rows of a table as the text of its CSV file: required columns, and those in which some row differs from the default."""
    used = {
        column: field
        for column, field in columns(model).items()
        if model.model_fields[field].is_required()
        or any(getattr(row, field) != model.model_fields[field].default for row in rows)
    }
    return csv_text(list(used), ([cell_text(getattr(row, field), field) for field in used.values()] for row in rows))


def cell_text(value: Any, column: str) -> str:
    """A value as the cell of a column; nothing for what is missing, NaN and its kind among it."""
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        return format_when(value, end=column in END_FIELDS)
    return ";".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _settings(scenario: Contents) -> str:
    """YAML with the keys that differ from their defaults; the period is always written."""
    settings = scenario.settings
    data = settings.model_dump(exclude_defaults=True, by_alias=True)
    data |= {"start": format_when(settings.start, end=False), "end": format_when(settings.end, end=True)}
    data["streams"] = {name: data["streams"].get(name, {}) for name in settings.streams}
    for section in ("countries", "streams"):
        for name in getattr(settings, section):
            data[section].setdefault(name, {})
    text: str = yaml.dump(plain(data), Dumper=_Dumper, **_STYLE)
    return text


def plain(value: Any) -> Any:
    """Settings as YAML can hold them: dates and times as text, lists for tuples."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, dt.datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, dt.date):
        return value.isoformat()
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value


class _Dumper(yaml.SafeDumper):  # type: ignore[misc]
    """Writes no anchors, and quotes text that would be read as a number."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    quoted = looks_typed(value) or value in ("", "~", "null")
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="'" if quoted else None)


_Dumper.add_representer(str, _text)
