"""The bundled closures: real borders with orders and counts, each a folder of three files with its sources."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from crossings.errors import Fault, InputError, suggest
from crossings.forecasting.episode import Episode
from crossings.forecasting.history import is_folder_of_three, read_folder

__all__ = ["FOLDER", "names", "read", "title"]

FOLDER = Path(__file__).resolve().parent.parent / "atlas"


def names() -> list[str]:
    """The names of the bundled closures."""
    return sorted(p.name for p in FOLDER.iterdir() if p.is_dir() and is_folder_of_three(p)) if FOLDER.is_dir() else []


@lru_cache(maxsize=32)
def read(name: str) -> Episode:
    """A bundled closure; raises InputError with the nearest name if there is none."""
    if name not in names():
        raise InputError(Fault(name[:80], "no closure of the atlas has this name", suggest(name, names())))
    return read_folder(FOLDER / name)


def title(name: str) -> str:
    """The heading of its page, or its name."""
    page = FOLDER / name / "episode.md"
    if not page.is_file():
        return name.replace("_", " ")
    return page.read_text(encoding="utf-8").splitlines()[0].lstrip("# ").strip()
