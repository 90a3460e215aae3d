"""One run of Flee 3.1, in an environment that has it: python flee_once.py CASE SETTINGS DAYS HASTEN SEED

CASE is a directory that benchmarks/flee.py has written. The steps are those that Flee's manual gives for a run from CSV
files. Prints one JSON object: people in each camp at the end of each day, and the seconds of the run after imports.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import sys
import time

import numpy as np
from flee import InputGeography, flee, spawning
from flee.datamanager import handle_refugee_data
from flee.SimulationSettings import SimulationSettings


def interned(ecosystem: flee.Ecosystem) -> None:
    """One object for each name. Flee 3.1 looks for the ends of a closed link with ``is``, and else never finds them."""
    for location in ecosystem.locations:
        location.name = sys.intern(location.name)
    ecosystem.closures = [[c[0], sys.intern(c[1]), sys.intern(c[2]), c[3], c[4]] for c in ecosystem.closures]


def run(case: str, settings: str, days: int, hasten: int) -> dict[str, list[float]]:
    """People in each counted camp at the end of each day."""
    SimulationSettings.ReadFromYML(settings)
    SimulationSettings.optimisations["PopulationScaleDownFactor"] = hasten
    SimulationSettings.ConflictInputFile = f"{case}/conflicts.csv"
    geography = InputGeography.InputGeography()
    geography.ReadConflictInputCSV(SimulationSettings.ConflictInputFile)
    geography.ReadLocationsFromCSV(f"{case}/locations.csv")
    geography.ReadLinksFromCSV(f"{case}/routes.csv")
    geography.ReadClosuresFromCSV(f"{case}/closures.csv")
    ecosystem, places = geography.StoreInputGeographyInEcosystem(flee.Ecosystem())
    interned(ecosystem)
    with open(f"{case}/start.txt", encoding="utf-8") as file:
        start = file.read().strip()
    counts = handle_refugee_data.RefugeeTable(
        csvformat="generic",
        data_directory=case,
        start_date=start,
        data_layout="data_layout.csv",
        population_scaledown_factor=hasten,
    )
    camps = [name for name in counts.header[1:] if name in places]
    for name in camps:
        spawning.add_initial_refugees(ecosystem, counts, places[name])
    found: dict[str, list[float]] = {name: [] for name in camps}
    for day in range(days):
        geography.AddNewConflictZones(ecosystem, day)
        spawning.refresh_spawn_weights(ecosystem)
        spawning.spawn_daily_displaced(ecosystem, day, counts, True)
        spawning.refresh_spawn_weights(ecosystem)
        ecosystem.enact_border_closures(day)
        ecosystem.evolve()
        for name in camps:
            found[name].append(float(places[name].numAgents * hasten))
    return found


def main() -> None:
    """Run once and print."""
    case, settings, days, hasten, seed = sys.argv[1:6]
    random.seed(int(seed))
    np.random.seed(int(seed))  # Flee draws from the global generator
    began = time.perf_counter()
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
        found = run(case, settings, int(days), int(hasten))
    print(json.dumps({"camps": found, "seconds": time.perf_counter() - began}))


if __name__ == "__main__":
    main()
