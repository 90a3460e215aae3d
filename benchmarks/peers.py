"""The same work in peers, as their own manuals would write it: a queue in Ciw and SimPy, a day of roads in UXsim, ways in
scipy.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["ciw_queue", "dynesty_fit", "scipy_journeys", "simpy_queue", "uxsim_day"]


def ciw_queue(travellers: int, servers: int, load: float, seed: int) -> tuple[float, list[float]]:
    """Processor seconds, and the waits in mean service times."""
    import ciw

    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(rate=servers * load)],
        service_distributions=[ciw.dists.Exponential(rate=1.0)],
        number_of_servers=[servers],
    )
    ciw.seed(seed)
    began = time.thread_time()
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_customers(travellers, method="Finish")
    records = simulation.get_all_records()
    seconds = time.thread_time() - began
    return seconds, [record.waiting_time for record in sorted(records, key=lambda record: record.arrival_date)]


def simpy_queue(travellers: int, servers: int, load: float, seed: int) -> tuple[float, list[float]]:
    """Processor seconds, and the waits in mean service times."""
    import simpy

    chance = random.Random(seed)
    environment = simpy.Environment()
    desk = simpy.Resource(environment, capacity=servers)
    waits: list[float] = []

    def traveller() -> Iterator[simpy.Event]:
        arrived = environment.now
        with desk.request() as turn:
            yield turn
            waits.append(environment.now - arrived)
            yield environment.timeout(chance.expovariate(1.0))

    def arrivals() -> Iterator[simpy.Event]:
        for _ in range(travellers):
            yield environment.timeout(chance.expovariate(servers * load))
            environment.process(traveller())

    began = time.thread_time()
    environment.process(arrivals())
    environment.run()
    return time.thread_time() - began, waits


def uxsim_day(cars: int, ways: int, closed_at: float) -> tuple[float, list[int], int]:
    """A day of cars over a border with so many crossings, the shortest of which closes at ``closed_at`` s.

    Returns processor seconds, cars over each crossing, and cars that arrived. Cars go in platoons of 5, UXsim's default;
    its compiled core is used.
    """
    from uxsim import World

    world = World(
        tmax=2 * 86_400, deltan=5, print_mode=0, save_mode=0, show_mode=0, show_progress=0, random_seed=1, cpp=True
    )
    world.addNode("home", 0, 0)
    world.addNode("goal", 100, 0)
    for k in range(ways):
        world.addNode(f"a{k}", 40, k)
        world.addNode(f"b{k}", 60, k)
        world.addLink(
            f"to{k}", "home", f"a{k}", length=50_000 + 10_000 * k, free_flow_speed=50 / 3.6, number_of_lanes=2
        )
        world.addLink(f"x{k}", f"a{k}", f"b{k}", length=500, free_flow_speed=10, capacity_out=2 * cars / 86_400 / ways)
        world.addLink(f"on{k}", f"b{k}", "goal", length=50_000, free_flow_speed=50 / 3.6, number_of_lanes=2)
    world.adddemand("home", "goal", 0, 86_400, flow=cars / 86_400)
    began = time.thread_time()
    world.exec_simulation(until_t=closed_at)
    world.get_link("to0").capacity_in = 0.0  # nobody sets out for it; those on the way still cross
    world.exec_simulation()
    seconds = time.thread_time() - began
    over = [int(world.get_link(f"x{k}").cum_departure[-1]) for k in range(ways)]
    return seconds, over, int(world.analyzer.trip_completed)


def scipy_journeys(graphs: list[Any], sources: Any) -> float:
    """Processor seconds of all ways from some nodes on each graph, every one afresh."""
    from scipy.sparse.csgraph import dijkstra

    began = time.thread_time()
    for graph in graphs:
        dijkstra(graph, indices=sources)
    return time.thread_time() - began


def dynesty_fit(problem: Any, live: int, most: int, seed: int = 1) -> tuple[float, Any]:
    """Seconds and results of nested sampling of the same likelihood, compiled as well, eight proposals at a time on threads.

    most: likelihoods, after which it ends with the points that it has then.
    """
    from concurrent.futures import ThreadPoolExecutor

    import dynesty

    from crossings.calibration.batches import Batches

    batches = Batches(problem.likelihood(), 1)

    def log_likelihood(values: NDArray[np.float64]) -> float:
        found = float(batches.log_likelihoods(values[None, :])[0])
        return found if np.isfinite(found) else -1e100

    began = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        sampler = dynesty.NestedSampler(
            log_likelihood,
            problem.priors.at,
            len(problem.priors),
            nlive=live,
            sample="rwalk",
            rstate=np.random.default_rng(seed),
            pool=pool,
            queue_size=8,
        )
        sampler.run_nested(dlogz=0.05, maxcall=most, print_progress=False)
    return time.perf_counter() - began, sampler.results
