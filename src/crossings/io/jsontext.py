"""JSON that somebody else wrote, as values: no number that is not finite, nothing nested deeper than any file needs."""

from __future__ import annotations

import json
import math
from typing import Any

from crossings.io.faults import UnreadableError, clip

MAX_DEPTH = 50
MAX_DIGITS = 300  # more is beyond what any number here can be


def load_json(text: str, hint: str = "write it again") -> Any:
    """The value of a JSON text; hint: what to do where it is none.

    Raises `UnreadableError` for what is not JSON, a number that is not finite, and more than 50 levels.

    >>> load_json('{"km": 1.5}')
    {'km': 1.5}
    """
    try:
        found = json.loads(text, parse_constant=_refuse, parse_float=_finite, parse_int=_whole)
        _refuse_deep(found)
        return found
    except json.JSONDecodeError as error:
        raise UnreadableError(f"this is not JSON: {error.msg}", hint, error.lineno) from None
    except (RecursionError, MemoryError):
        raise UnreadableError("this JSON is nested too deeply", hint) from None


def _refuse(word: str) -> float:
    what = f"this JSON cannot be used: {clip(word)} is not a finite number"
    raise UnreadableError(what, "give numbers that are finite")


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
