"""The one way in which a value becomes JSON: what JSON has no number for is null."""

from __future__ import annotations

import json
import math
from typing import Any


def as_json(value: Any) -> bytes:
    """A value as JSON in UTF-8; infinities and what is not a number become null, halves of characters a question mark.

    >>> as_json({"wait_h": [1.5, float("inf"), float("nan")]})
    b'{"wait_h":[1.5,null,null]}'
    """
    try:
        text = _dumped(value)
    except ValueError:  # looked for only where there is one: most answers are large and have none
        text = _dumped(_finite(value))
    return text.encode("utf-8", "replace")


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(v) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
