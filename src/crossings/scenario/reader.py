"""A scenario directory, or a bundled scenario, as a Draft. Reading never writes."""

from __future__ import annotations

import itertools
import os
import re
from pathlib import Path
from typing import Any

from crossings.errors import Fault, InputError, did_you_mean, suggest
from crossings.io import yamltext
from crossings.io.disk import usable
from crossings.io.faults import Faults, clip
from crossings.io.files import MAX_BYTES, MAX_GEOJSON_BYTES, MAX_YAML_BYTES, plain_name, read_text
from crossings.scenario.draft import TABLES, Draft
from crossings.scenario.geojson import read_basemap, read_line
from crossings.scenario.settings import SETTINGS_FILE, Sheet, read_settings
from crossings.scenario.tables import read_table

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
OTHER_FILES = ("SOURCES.md", "README.md", "LICENSE", "LICENSE.md")
MAX_ENTRIES = 10_000
_BUNDLED = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,80}")


def examples() -> dict[str, str]:
    """The bundled scenarios.

    Returns
    -------
    dict of str to str
        Name → title.

    Examples
    --------
    >>> "two-crossings" in examples()
    True
    """
    found: dict[str, str] = {}
    for directory in sorted(EXAMPLES.iterdir()) if EXAMPLES.is_dir() else []:
        if (directory / SETTINGS_FILE).is_file():
            text = read_text(directory, SETTINGS_FILE, SETTINGS_FILE, Faults(), MAX_YAML_BYTES) or ""
            tree = yamltext.read_yaml(text, SETTINGS_FILE, Faults())
            title = tree.data.get("title") if tree is not None else None
            found[directory.name.replace("_", "-")] = title if isinstance(title, str) else ""
    return found


def locate(path_or_name: str | os.PathLike[str]) -> Path:
    """The directory of a scenario: a path, or the name of a bundled one; raises InputError if there is none."""
    name = os.fspath(path_or_name)
    path = Path(name)
    with usable(name, "name a directory"):
        if name and path.is_dir():
            return path
        if path.is_file():
            raise InputError(name, "this is a file", f"a scenario is a directory with {SETTINGS_FILE} in it")
    if isinstance(path_or_name, str) and _BUNDLED.fullmatch(name):
        bundled = EXAMPLES / name.replace("-", "_")
        if (bundled / SETTINGS_FILE).is_file():
            return bundled
        what = "no directory and no bundled scenario has this name"
        raise InputError(name, what, suggest(name, list(examples())))
    raise InputError(name[:200], "there is no such directory", "name a directory or a bundled scenario")


def read_draft(directory: Path) -> Draft:
    """Read every file of a directory; what is wrong within a file is among the draft's faults."""
    draft = Draft()
    entries = _entries(directory, draft.faults)
    if entries is None:
        for name in TABLES:
            draft.table(name).mark_incomplete()
        return draft
    if SETTINGS_FILE not in entries and {"counts.csv", "crossings.csv"} <= entries.keys():
        raise InputError(_three_files(directory))
    text = read_text(directory, SETTINGS_FILE, SETTINGS_FILE, draft.faults, MAX_YAML_BYTES)
    draft.sheet = read_settings(text, draft.faults) if text is not None else None
    for name, model in TABLES.items():
        _read_one(draft, directory, name, model, entries)
    used = _read_lines(draft, directory)
    if draft.sheet is not None:
        used |= _read_outlines(draft, directory, draft.sheet)
    _strangers(draft, entries, used)
    return draft


def _three_files(directory: Path) -> Fault:
    """What to say of a folder of counts, crossings and orders, from which a scenario can be made."""
    here = str(directory).rstrip("/")
    files = ("counts", "crossings", "closures")
    options = " ".join(f"--{name} {here}/{name}.csv" for name in files)
    what = "this is a folder of counts, crossings and closures, not a scenario"
    return Fault(here, what, f"make a scenario of the three files: crossings new DIR {options}")


def _entries(directory: Path, faults: Faults) -> dict[str, bool] | None:
    """The names in a directory, and whether each is a folder."""
    try:
        with os.scandir(directory) as found:
            return {entry.name: entry.is_dir(follow_symlinks=False) for entry in itertools.islice(found, MAX_ENTRIES)}
    except OSError as error:
        faults.add(str(directory), f"the directory cannot be read: {error.strerror}", "make it readable")
        return None


def _read_one(draft: Draft, directory: Path, name: str, model: Any, entries: dict[str, bool]) -> None:
    file = f"{name}.csv"
    if file not in entries and not os.path.lexists(directory / file):
        if name == "places" or (name == "borders" and "crossings.csv" in entries):
            needed = (field.alias or own for own, field in model.model_fields.items() if field.is_required())
            draft.faults.add(file, "this file is missing", f"add it, with the columns {', '.join(needed)}")
            draft.table(name).mark_incomplete()
        return
    text = read_text(directory, file, file, draft.faults)
    if text is None:
        draft.table(name).mark_incomplete()
    else:
        setattr(draft, name, read_table(text, file, model, draft.faults))


def _read_lines(draft: Draft, directory: Path) -> set[str]:
    """Read the line of each border; returns the names of the files used."""
    seen: dict[str, Any] = {}
    for row in draft.borders.rows:
        name = row.value.line
        if not name:
            continue
        if name not in seen:
            seen[name] = None
            text = _named_file(draft, directory, draft.borders.where(row), "line", name)
            seen[name] = read_line(text, name, draft.faults) if text is not None else None
        if seen[name] is not None:
            draft.lines.setdefault(row.value.id, seen[name])
    return set(seen)


def _read_outlines(draft: Draft, directory: Path, sheet: Sheet) -> set[str]:
    """Read the basemap and the sources; returns the names of the files used."""
    basemap, sources = sheet.value.basemap, sheet.value.sources
    if basemap:
        text = _named_file(draft, directory, sheet.where("basemap"), "basemap", basemap)
        draft.basemap = read_basemap(text, basemap, draft.faults) if text is not None else None
        if any(row.value.line == basemap for row in draft.borders.rows):
            what = f"basemap: {clip(basemap)} is also the line of a border"
            draft.faults.add(sheet.where("basemap"), what, "keep outlines and lines in files of their own")
    if sources:
        draft.sources = _named_file(draft, directory, sheet.where("sources"), "sources", sources)
    return {name for name in (basemap, sources) if name}


def _named_file(draft: Draft, directory: Path, where: str, field: str, name: str) -> str | None:
    """The text of a file that another file names; only a file in the directory itself is read."""
    own = name == SETTINGS_FILE or name.removesuffix(".csv") in TABLES
    suffixes = (".md", ".txt") if field == "sources" else (".geojson", ".json")
    if not plain_name(name) or own or not name.lower().endswith(suffixes):
        what = f"{field}: {clip(name)} is not a file name that is accepted here"
        draft.faults.add(where, what, f"name a file in this directory that ends with {' or '.join(suffixes)}")
        return None
    limit = MAX_BYTES if field == "sources" else MAX_GEOJSON_BYTES
    return read_text(directory, name, where, draft.faults, limit)


def _strangers(draft: Draft, entries: dict[str, bool], used: set[str]) -> None:
    """Warn of files that nothing reads."""
    certain = draft.sheet is not None and draft.borders.named  # whatever names other files has been read
    known = [SETTINGS_FILE, *(f"{name}.csv" for name in TABLES)]
    expected = {*known, *used, *OTHER_FILES}
    for name in sorted(entries.keys() - expected):
        if name.startswith("."):
            continue
        near = did_you_mean(name.lower().replace(".yml", ".yaml"), known)
        if near or (certain and not entries[name]):
            instead = near or "remove it, or name it in the file that should use it"
            draft.faults.add(name, "nothing reads this file", instead, warning=True)
