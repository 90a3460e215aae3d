"""A pool of threads lent to one job, so that a job of many runs leaves others their turn."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from typing import Any, ParamSpec, TypeVar

__all__ = ["BoundedExecutor"]

P = ParamSpec("P")
T = TypeVar("T")


class BoundedExecutor(Executor):
    """An executor that has no more than ``most`` runs in the pool at a time; the rest wait here, not before those of others."""

    def __init__(self, pool: Executor, most: int) -> None:
        self._pool = pool
        self._free = most
        self._lock = threading.Lock()
        self._waiting: deque[tuple[Future[Any], Callable[[], Any]]] = deque()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have it done when its turn comes."""
        future: Future[T] = Future()
        with self._lock:
            self._waiting.append((future, partial(fn, *args, **kwargs)))
        self._next()
        return future

    def _next(self) -> None:
        with self._lock:
            while self._waiting and self._waiting[0][0].cancelled():
                self._waiting.popleft()
            if not self._free or not self._waiting:
                return
            self._free -= 1
            future, work = self._waiting.popleft()
        try:
            self._pool.submit(_do, future, work).add_done_callback(partial(self._done, future))
        except RuntimeError:  # the pool was shut down
            self._give_up(future)

    def _done(self, future: Future[Any], done: Future[None]) -> None:
        if done.cancelled():  # thrown out of a pool that is being shut down: it must not be asked for anything now
            self._give_up(future)
            return
        with self._lock:
            self._free += 1
        self._next()

    def _give_up(self, future: Future[Any]) -> None:
        """Nobody will do this, nor what waits."""
        with self._lock:
            left = [future, *(other for other, _ in self._waiting)]
            self._waiting.clear()
        for one in left:
            one.cancel()


def _do(future: Future[Any], work: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(work())
    except BaseException as error:
        future.set_exception(error)
