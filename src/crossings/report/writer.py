"""A page goes to its file whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from crossings.errors import Fault, InputError

__all__ = ["write_page"]


def write_page(path: str | os.PathLike[str], text: str) -> Path:
    """Write an HTML file; returns its path. Raises `InputError` where it cannot be written."""
    target = Path(path)
    try:
        number, part = tempfile.mkstemp(prefix=f".{target.name[:80]}-", dir=target.parent)
        try:
            with os.fdopen(number, "w", encoding="utf-8", errors="replace") as file:
                file.write(text)
            os.chmod(part, 0o644)
            os.replace(part, target)
        finally:
            Path(part).unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no path"
        raise InputError(
            Fault(str(path)[:200], f"cannot be written ({reason})", "name an HTML file in a folder that is there")
        ) from None
    return target
