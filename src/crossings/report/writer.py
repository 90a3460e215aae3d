"""A page goes to its file whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from crossings.io.disk import write_file

__all__ = ["write_page"]


def write_page(path: str | os.PathLike[str], text: str) -> Path:
    """Write an HTML file; returns its path. Raises `InputError` where it cannot be written."""
    target = Path(path)
    hint = "name an HTML file in a folder that is there"
    write_file(target, text.encode("utf-8", errors="replace"), hint, make_folder=False)
    return target
