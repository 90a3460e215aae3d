"""What a command leaves behind: a folder from which the run can be made again, and a report."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import crossings as cx
from crossings.errors import InputError

if TYPE_CHECKING:
    import polars as pl


SCENARIO, ADDED = "scenario", "with.csv"


def check_targets(out: Path | None, report: Path | None, language: str = "en") -> None:
    """Refuse a target that cannot be written, or a language, before hours are spent on what should go there."""
    if language != "en":
        from crossings.views.language import language as language_of

        language_of(language)
    if out is not None:
        from crossings.io.atomic_folder import check_folder

        check_folder(out)
    if report is not None:
        check_file(report, "name an HTML file, such as report.html")


def check_replaced(out: Path | None, force: bool, **asked: Any) -> None:
    """Refuse, before hours are spent, a folder with a finished result of anything else, unless ``force``."""
    if out is not None:
        from crossings.io.atomic_folder import check_folder

        check_folder(out, asked, force=force)


def check_file(path: Path, instead: str, new: str = "") -> None:
    """Refuse a file that cannot be written; instead: what to name in its place; new: the same where it is there already."""
    from crossings.io.disk import usable

    with usable(path, instead):
        folder = path.absolute().parent
        if path.is_dir():
            raise InputError(str(path), "this is a folder", instead)
        if new and (path.exists() or path.is_symlink()):
            raise InputError(str(path), "this file is there already", new)
        if not folder.is_dir():
            raise InputError(str(path), f"there is no folder '{path.parent}'", "make it, or name another")
        if not os.access(path if path.exists() else folder, os.W_OK):
            raise InputError(str(path), "cannot be written", "name a file that can")


def keep(
    out: Path,
    tables: Mapping[str, pl.DataFrame],
    made_by: Mapping[str, Any],
    scenario: cx.Scenario,
    added: str | None = None,
    more: Mapping[str, bytes | str] | None = None,
    *,
    force: bool = False,
) -> None:
    """Write tables, made_by.json and a copy of the scenario (and of the rows added to it, and ``more`` files) to a folder.

    All or nothing. force: a finished result of something else is replaced.
    """
    from crossings.scenario import scenario_files
    from crossings.store.results import write_directory

    extra: list[tuple[str, bytes | str]] = [(f"{SCENARIO}/{name}", t) for name, t in scenario_files(scenario).items()]
    extra += (more or {}).items()
    if added is not None:
        extra.append((ADDED, added))
    write_directory(out, dict(tables), dict(made_by), extra, force=force)
