"""The same queue in Ciw and in SimPy, as their own manuals would write it: M/M/c, first come first served."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

__all__ = ["ciw_queue", "simpy_queue"]


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
