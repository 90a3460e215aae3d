"""Seeds: which are asked for, and work done for each, on any executor, with results in their order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import TypeVar

from crossings.errors import InputError
from crossings.network.threads import available_cores
from crossings.simulation.outcome import check_seed

T = TypeVar("T")
Progress = Callable[[int, int], None]
AHEAD = 256
"""Seeds handed to an executor before their turn, so that memory does not grow with their number: as many as its ``ahead``
says, if it has one; of threads four a core."""


def seeds_of(seeds: Iterable[int]) -> list[int]:
    """The seeds asked for; raises `InputError` for none, or for what is not a list of them."""
    if isinstance(seeds, (str, bytes)) or not isinstance(seeds, Iterable):
        raise InputError("seeds", f"{seeds!r} is not a list of seeds", "write such as range(1, 101)")
    wanted = list(seeds)
    if not wanted:
        raise InputError("seeds", "no seed to run", "give one or more")
    for seed in wanted:
        check_seed(seed)
    return wanted


def seed_text(seeds: Sequence[int]) -> str:
    """Seeds as text: '1-100', or a list."""
    if len(seeds) > 2 and list(seeds) == [seeds[0] + k for k in range(len(seeds))]:
        return f"{seeds[0]}-{seeds[-1]}"
    return ",".join(map(str, seeds))


def map_seeds(
    work: Callable[[int], T], seeds: Iterable[int], executor: Executor | None, progress: Progress | None
) -> list[T]:
    """Do ``work`` for each seed, in order of seeds; threads by default, as many as this process may use cores."""
    return list(each_seed(work, seeds, executor, progress))


def each_seed(
    work: Callable[[int], T], seeds: Iterable[int], executor: Executor | None, progress: Progress | None
) -> Iterator[T]:
    """Do ``work`` for each seed; each result as soon as it and all before it are there, so that none need be held."""
    wanted = list(seeds)
    if executor is not None:
        yield from _in_order(executor, work, wanted, progress, getattr(executor, "ahead", AHEAD))
        return
    with ThreadPoolExecutor(max_workers=available_cores()) as pool:
        yield from _in_order(pool, work, wanted, progress, 4 * available_cores())


def _in_order(
    pool: Executor, work: Callable[[int], T], seeds: list[int], progress: Progress | None, ahead: int
) -> Iterator[T]:
    futures: deque[Future[T]] = deque()
    try:
        for n, seed in enumerate(seeds):  # within the try: an interrupt while they are handed in must cancel them too
            futures.append(pool.submit(work, seed))
            if n >= ahead:
                yield _next(futures, n - ahead + 1, len(seeds), progress)
        while futures:
            yield _next(futures, len(seeds) - len(futures) + 1, len(seeds), progress)
    except BaseException:
        for future in futures:
            future.cancel()
        raise


def _next(futures: deque[Future[T]], n: int, total: int, progress: Progress | None) -> T:
    found = futures[0].result()
    futures.popleft()
    if progress is not None:
        progress(n, total)
    return found
