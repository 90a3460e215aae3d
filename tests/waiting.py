"""Waiting for what another thread does, without asking it anything."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["wait_for"]


def wait_for(happened: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Whether it happened within so many seconds."""
    until = time.monotonic() + seconds
    while not happened() and time.monotonic() < until:
        time.sleep(0.05)
    return happened()
