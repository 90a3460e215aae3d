"""What was learnt from other closures, kept as data with where it comes from."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

__all__ = ["FILE", "priors"]

FILE = Path(__file__).with_name("priors.json")


@lru_cache(maxsize=1)
def priors() -> dict[str, Any]:
    """The priors of the package: ordinary traffic of US ports, effects of orders of the atlas (`crossings atlas --learn` makes them)."""
    return dict(json.loads(FILE.read_text()))
