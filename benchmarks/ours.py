"""What is timed of this project: the queue alone, the whole kernel, seeds on threads, and a plain loop beside them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.sparse import csr_array

import crossings as cx
from crossings.kernel.agents.journey import simulate
from crossings.kernel.agents.people import draw_numbers, populate
from crossings.kernel.agents.world import new_world
from crossings.kernel.core.queue import queue_alone
from crossings.network.graph import Graph
from crossings.network.routing import Wayfinder
from crossings.scenario.entities import (
    Behaviour,
    Border,
    Closure,
    Crossing,
    Demand,
    Lane,
    Place,
    Road,
    Settings,
    Stream,
)
from crossings.simulation.ensemble import periods_of, run_many, summarise
from crossings.simulation.outcome import simulate_once

__all__ = [
    "MEAN_MS",
    "border_day",
    "busy",
    "continental_ways",
    "eight_ways",
    "erlang_c_wait",
    "queue_model",
    "time_busy",
    "time_kernel",
    "time_queue",
    "time_seeds",
]

MEAN_MS = 3_600_000.0  # long, so that whole milliseconds change nothing
START, END = dt.datetime(2024, 1, 1), dt.datetime(2024, 1, 2)


def erlang_c_wait(servers: int, load: float) -> float:
    """The mean wait in M/M/c, in mean service times (Erlang 1917)."""
    erlangs = servers * load
    term, total = 1.0, 0.0
    for k in range(servers):
        total += term
        term *= erlangs / (k + 1)
    last = term / (1.0 - load)
    return last / (total + last) / (servers * (1.0 - load))


def scenario(crossings: int, per_day: float, lanes: tuple[Lane, ...]) -> cx.Scenario:
    """One origin, so many crossings side by side, one destination; one day."""
    places = [
        Place(id="home", lat=0, lon=0, country="AA", kind="origin"),
        Place(id="goal", lat=0, lon=1, country="BB", kind="destination"),
    ]
    roads, gates = [], []
    for k in range(crossings):
        places += [Place(id=f"a{k}", lat=0, lon=0.4, country="AA"), Place(id=f"b{k}", lat=0, lon=0.6, country="BB")]
        roads += [
            Road(from_="home", to=f"a{k}", km=50 + 10 * k, hours=1 + 0.2 * k),
            Road(from_=f"b{k}", to="goal", km=50, hours=1),
        ]
        gates.append(Crossing(id=f"c{k}", border="x", place_a=f"a{k}", place_b=f"b{k}", lat=0, lon=0.5))
    settings = Settings(
        name="bench",
        start=START,
        end=END,
        drain_days=1,
        streams={"s": Stream(kind="flow", behaviour=Behaviour(outside_km=1e6))},
    )
    demand = Demand(
        stream="s", origin="home", destination="goal", from_=START.date(), until=START.date(), per_day=per_day
    )
    border = Border(id="x", country_a="AA", country_b="BB")
    return cx.Scenario(settings, (border,), tuple(places), tuple(roads), tuple(gates), lanes, (demand,))


def lane(number: int, servers: int, service_min: float) -> Lane:
    """A lane into BB, always open, with exponential services."""
    return Lane(
        id=f"l{number}",
        crossing=f"c{number}",
        direction="BB",
        streams=("s",),
        servers=servers,
        service_min_mean=service_min,
    )


def queue_model(servers: int) -> cx.Model:
    """A model with one queue of so many servers."""
    return cx.Model(scenario(1, 1.0, (lane(0, servers, MEAN_MS / 60_000),)))


def eight_ways(travellers: float) -> cx.Model:
    """Eight alternatives, each with a lane of eight servers, which together can just serve everybody."""
    return cx.Model(scenario(8, travellers, tuple(lane(k, 8, 8 * 1440 * 8 / travellers * 0.7) for k in range(8))))


def border_day(cars: float, ways: int) -> cx.Model:
    """A day of cars over a border, the shortest way of which closes at noon; each control serves a quarter of all a day."""
    lanes = tuple(lane(k, 1, 1440 * ways / (2 * cars)) for k in range(ways))
    order = Closure(id="row", order="o", crossings=("c0",), from_=START + dt.timedelta(hours=12), kind="closed")
    return cx.Model(dataclasses.replace(scenario(ways, cars, lanes), closures=(order,), written=(order,)))


def continental_ways(folder: Path) -> tuple[float, int, list[Any], NDArray[np.int64]]:
    """A made-up continent's ways on from every crossing in every regime: processor seconds; how many; and what a plain search
    would need for the same: each graph (border and regime), and the nodes at which ways begin."""
    model = cx.Model(cx.Scenario.read(folder))
    network, index, regimes = model.network, model.network.index, model.rules.regimes()
    stream = next(iter(model.scenario.settings.streams))
    gates = [g for g in model.gates if g.stream == stream]
    ends = np.array([index[p.id] for p in model.scenario.places if p.kind in ("destination", "reception")], np.int64)
    borders = sorted({(g.left, g.direction) for g in gates if g.left < g.direction})
    fars = {
        b: np.array(sorted({index[g.far] for g in gates if {g.left, g.direction} == set(b)}), np.int64) for b in borders
    }
    links = {
        b: np.array([(index[g.near], index[g.far]) for g in gates if g.direction not in b], np.int64) for b in borders
    }
    finder = Wayfinder(network, "car", None)
    began = time.thread_time()
    for b in borders:
        finder.onward(fars[b], ends, links[b], [(roads, places) for _, roads, places in regimes])
    seconds = time.thread_time() - began
    graphs = [_matrix(network.graph("car", None, (r, p), links=links[b])) for _, r, p in regimes for b in borders]
    return seconds, len(graphs) * ends.size * fars[borders[0]].size, graphs, fars[borders[0]]


def _matrix(graph: Graph) -> csr_array:
    """A network as scipy takes it."""
    size = graph.start.size - 1
    return csr_array((graph.hours, graph.target, graph.start), shape=(size, size))


def time_queue(
    model: cx.Model, travellers: int, servers: int, load: float, seed: int
) -> tuple[float, NDArray[np.float64]]:
    """Processor seconds (arrivals drawn, services drawn, waits found) and the waits in mean service times."""
    tables = model.tables
    nobody = populate(np.uint64(seed), 0, tables, model.people, draw_numbers(np.uint64(seed), tables, model.people))[:0]
    world = new_world(tables, nobody, 1)
    who = np.arange(travellers, dtype=np.uint64)
    began = time.thread_time()
    gaps = np.random.default_rng(seed).exponential(MEAN_MS / (servers * load), travellers)
    arrivals = np.rint(np.cumsum(gaps)).astype(np.int64)
    waits = queue_alone(np.uint64(seed), tables, world, who, arrivals)
    return time.thread_time() - began, waits / MEAN_MS


def time_kernel(model: cx.Model, seed: int) -> dict[str, Any]:
    """Processor seconds of populate, of making the world and of simulate; travellers and bytes of each part."""
    tables, people = model.tables, model.people
    t0 = time.thread_time()
    crowd = populate(np.uint64(seed), 0, tables, people, draw_numbers(np.uint64(seed), tables, people))
    t1 = time.thread_time()
    world = new_world(tables, crowd, 2 * crowd.size)
    t2 = time.thread_time()
    simulate(np.uint64(seed), 0, tables, world)
    t3 = time.thread_time()
    n, written = crowd.size, int(world.written[0])
    held = {name: getattr(world, name).nbytes / n for name in world.fields if name not in ("crowd", "visits")}
    return {
        "travellers": n,
        "seconds": t3 - t0,
        "populate": t1 - t0,
        "world": t2 - t1,
        "simulate": t3 - t2,
        "input_bytes": crowd.nbytes / n,
        "bytes": sum(held.values()),
        "visit_bytes": written * world.visits.itemsize / n,
    }


def time_one(model: cx.Model, seed: int) -> tuple[float, float]:
    """Seconds by the clock, and of the processor, of one seed from its people to its tables' counts."""
    periods = periods_of(model, "day")
    began, work = time.perf_counter(), time.thread_time()
    summarise(model, simulate_once(model, seed), periods, servers=True)
    return time.perf_counter() - began, time.thread_time() - work


def time_seeds(model: cx.Model, seeds: range, threads: int) -> float:
    """Seconds of an ensemble."""
    with ThreadPoolExecutor(threads) as pool:
        began = time.perf_counter()
        run_many(model, seeds=seeds, executor=pool)
        return time.perf_counter() - began


@njit(nogil=True)
def busy(rounds: int) -> int:
    """A loop that touches no memory: what two cores can do here and now."""
    x = np.uint64(88172645463325252)
    for _ in range(rounds):
        x ^= x << np.uint64(13)
        x ^= x >> np.uint64(7)
        x ^= x << np.uint64(17)
    return int(x & np.uint64(7))


def time_busy(rounds: int, pieces: int, threads: int) -> float:
    """Seconds of so many plain loops."""
    with ThreadPoolExecutor(threads) as pool:
        began = time.perf_counter()
        list(pool.map(busy, [rounds] * pieces))
        return time.perf_counter() - began


def batch_error(waits: NDArray[np.float64], batches: int = 40) -> tuple[float, float]:
    """Mean and standard error of a correlated sequence by batch means, its first batch dropped as warm-up."""
    means = np.array([part.mean() for part in np.array_split(waits, batches + 1)[1:]])
    return float(means.mean()), float(means.std(ddof=1) / math.sqrt(batches))
