"""Tables in memory as the files of a scenario, so that they are read and checked as files are."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from crossings.errors import check_known
from crossings.scenario.draft import TABLES
from crossings.scenario.writer import cell_text, csv_text, plain


@contextlib.contextmanager
def written(settings: Mapping[str, Any], frames: Mapping[str, Any]) -> Iterator[Path]:
    """A directory with the settings and tables, for as long as the block lasts; raises `InputError` for an unknown table."""
    check_known("frames", "table", frames, list(TABLES))
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        text = yaml.safe_dump(plain(settings), sort_keys=False, allow_unicode=True)
        (directory / "scenario.yaml").write_bytes(text.encode())
        for name, frame in frames.items():
            (directory / f"{name}.csv").write_bytes(_csv(_rows(frame)).encode())
        yield directory


def _rows(frame: Any) -> list[dict[str, Any]]:
    """Rows as dictionaries, of a polars or pandas frame or a list of such."""
    if hasattr(frame, "to_dicts"):
        return list(frame.to_dicts())
    if hasattr(frame, "to_dict"):
        return list(frame.to_dict(orient="records"))
    return [dict(row) for row in frame]


def _csv(rows: list[dict[str, Any]]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return csv_text(names, ([cell_text(row.get(name), name) for name in names] for row in rows))
