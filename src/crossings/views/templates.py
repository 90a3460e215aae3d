"""Templates of what is shown as HTML: whatever is put into one is escaped, and a name that is missing is an error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined


def templates_in(folder: str, *, finalize: Callable[[Any], Any] | None = None) -> Environment:
    """The templates in a folder of the package; ``finalize`` is done to each value before it is escaped."""
    return Environment(
        loader=PackageLoader("crossings", folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=finalize,
    )
