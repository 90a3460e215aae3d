"""How many threads this process may use, and work spread over them whose result is the same for any number."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")
_at_most: list[int | None] = [None]


def available_cores() -> int:
    """Cores that this process may use; at most as many as `use_threads` said."""
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else (os.cpu_count() or 1)
    return cores if _at_most[0] is None else min(cores, _at_most[0])


def use_threads(number: int | None) -> None:
    """From now on use at most so many threads to build models; None: one a core."""
    _at_most[0] = number


def spread(work: Callable[[A], B], items: Iterable[A], *, large: bool = True) -> list[B]:
    """``work`` of each item, in their order. Where the work is ``large``, threads share it: it should hold no lock for long."""
    wanted = list(items)
    threads = min(available_cores(), len(wanted))
    if threads < 2 or not large:
        return [work(item) for item in wanted]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, wanted))
