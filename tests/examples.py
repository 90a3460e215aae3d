"""How many random examples a test tries: a tenth of them in every run, all of them, or more, in `make verify`."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings

__all__ = ["ALL", "examples", "some"]

# EXAMPLES=1: as many as the test names; 20: twenty times as many.
TIMES = float(os.environ.get("EXAMPLES", "0.1"))
ALL = TIMES >= 1
UNMINDED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def some(number: int) -> settings:
    """Settings of hypothesis: so many examples in `make verify`, always the same ones."""
    most = max(1, round(number * TIMES))
    return settings(max_examples=most, deadline=None, derandomize=True, suppress_health_check=UNMINDED)


def examples(number: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The same as a decorator, with the mark by which `make verify` finds the test."""

    def decorated(test: Callable[..., None]) -> Callable[..., None]:
        return pytest.mark.drawn(some(number)(test))

    return decorated
