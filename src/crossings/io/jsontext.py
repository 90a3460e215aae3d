"""JSON that somebody else wrote, as values: no number that is not finite, nothing nested deeper than any file needs."""

from __future__ import annotations

import json
import math
from typing import Any

from crossings.io.faults import clip

__all__ = ["NotFiniteError", "load_json"]

MAX_DEPTH = 50
MAX_DIGITS = 300  # more is beyond what any number here can be


class NotFiniteError(ValueError):
    """A number of a JSON text is infinite, not a number at all, or beyond what a number can be."""


def load_json(text: str) -> Any:
    """The value of a JSON text.

    Raises:
        json.JSONDecodeError: if it is not JSON.
        NotFiniteError: if a number is not finite.
        RecursionError: if it is nested more than 50 deep.

    Example:
        >>> load_json('{"km": 1.5}')
        {'km': 1.5}
    """
    found = json.loads(text, parse_constant=_refuse, parse_float=_finite, parse_int=_whole)
    _refuse_deep(found)
    return found


def _refuse(word: str) -> float:
    raise NotFiniteError(f"{clip(word)} is not a finite number")


def _finite(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else _refuse(text)


def _whole(text: str) -> int:
    return int(text) if len(text) <= MAX_DIGITS else int(_refuse(text))


def _refuse_deep(top: Any) -> None:
    level = [top]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for value in level
            if isinstance(value, (dict, list))
            for inner in (value.values() if isinstance(value, dict) else value)
        ]
        if not level:
            return
    raise RecursionError
