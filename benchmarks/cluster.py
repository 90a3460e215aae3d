"""Seeds on a Dask cluster beside one process: seeds a second, and the processor time of each seed.

    python benchmarks/cluster.py [--scenario finland-2023] [--seeds 200] [--workers 1 2] [--repeats 3]

Everything runs on this machine, in turn: one process with one thread; one process with as many threads as there are cores; and
a scheduler with so many worker processes of one thread each, to which this process gives seeds and whose results it writes.
What the clock says depends on what else the machine does, as scheduler and writer need a core as well; the processor time of a
seed is that of the workers alone (of the one process: all of it, writing included).
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import distributed
import numpy as np
from spent import machine

import crossings as cx
from crossings.simulation.cluster import on_cluster
from crossings.simulation.run_to_store import run_to

Processor = Callable[[], float]


@contextmanager
def threads(number: int) -> Iterator[tuple[Executor, Processor]]:
    """So many threads of this process, and its processor time."""
    with ThreadPoolExecutor(number) as pool:
        yield pool, time.process_time


@contextmanager
def workers(number: int) -> Iterator[tuple[Executor, Processor]]:
    """A scheduler with so many worker processes of one thread each, and the processor time of the workers."""
    options = {"threads_per_worker": 1, "processes": True, "dashboard_address": None, "memory_limit": 0}
    with (
        distributed.LocalCluster(n_workers=number, **options) as cluster,
        distributed.Client(cluster) as client,
        on_cluster(cluster.scheduler_address) as executor,
    ):
        yield executor, lambda: sum(client.run(time.process_time).values())


def timed(model: cx.Model, seeds: range, executor: Executor, processor: Processor) -> tuple[float, float]:
    """Seconds by the clock, and of processor time, for these seeds run into a folder."""
    with tempfile.TemporaryDirectory() as folder:
        began, used = time.perf_counter(), processor()
        run_to(Path(folder) / "out", model, seeds=seeds, executor=executor)
        return time.perf_counter() - began, processor() - used


def main() -> None:
    """Run in turn, print the medians."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--scenario", default="finland-2023")
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    model = cx.Model(cx.Scenario.read(given.scenario))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    ways = {"one process, one thread": (lambda: threads(1), 1)}
    if cores > 1:
        ways[f"one process, {cores} threads"] = (lambda: threads(cores), cores)
    for n in given.workers:
        ways[f"cluster, {n} worker{'s' if n > 1 else ''}"] = (lambda n=n: workers(n), n)
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(given.repeats):
        for name, (begin, _) in ways.items():
            with begin() as (executor, processor):
                timed(
                    model, range(1, 1 + 2 * cores), executor, processor
                )  # loads the code, and the model at each worker
                found[name].append(timed(model, range(1, 1 + given.seeds), executor, processor))
    print(
        f"{time.strftime('%Y-%m-%d')}, {machine()}, Python {platform.python_version()}, distributed {distributed.__version__}"
    )
    print(
        f"load {os.getloadavg()[0]:.1f} at the end; {given.scenario}, {given.seeds:,} seeds, median of {given.repeats}"
    )
    print("\n| | seeds/s | seeds/s and core | processor time, ms a seed | of one thread's |")
    print("|---|--:|--:|--:|--:|")
    alone = np.median([used for _, used in found["one process, one thread"]]) / given.seeds
    for name, (_, used_cores) in ways.items():
        clock, used = np.median(found[name], axis=0) / given.seeds
        print(f"| {name} | {1 / clock:.2f} | {1 / clock / used_cores:.2f} | {1e3 * used:.0f} | {used / alone:.2f} |")


if __name__ == "__main__":
    main()
