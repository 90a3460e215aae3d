"""A made-up continent, as large as asked for, and what one seed of it needs.

    python benchmarks/continent.py [--scale 1] [--travellers 10000000] [--closures 200] [--keep FOLDER] [--growth]

At scale 1: 25 countries in a square with 40 borders between them; 50,000 places, 150,000 roads, 2,000 crossings, 500 origins,
200 closures over a year (19 in 20 of crossings, the others of roads), 10 million travellers of 5 streams, steps of a day.
Everything is invented: places on a grid, lengths by a seeded generator.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import json
import platform
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from spent import machine, spent

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent / "src"
SIDE = 5  # countries along a side of the continent
START, END = dt.date(2024, 1, 1), dt.date(2024, 12, 30)
FLOWS = {"cars": "car", "coaches": "car", "trucks": "truck", "workers": "car"}  # stream -> mode
SETTINGS = """name: continent
title: A made-up continent
start: {start}
end: {end}
timezone: UTC
step_min: 1440
drain_days: 7
streams:
"""
FLOW = """  {name}:
    kind: flow
    choose: destination
    mode: {mode}
    destinations: [{goals}]
    behaviour: {{cost: exponential, beta: 0.3, outside_h: 60, wait_weight: 0.1, knowledge_delay_h: 6, choice_set: {choices}}}
"""
SEEKERS = """  seekers:
    kind: stock
    choose: destination
    mode: car
    destinations: [{receptions}]
    behaviour: {{cost: power, gamma: 2, knowledge_delay_h: 12, rush: 2, journey_cv: 0.2, give_up: 0.1, choice_set: {choices}}}
"""


@dataclass(frozen=True)
class Size:
    """How large a continent is: places along the sides of a country, and so on."""

    high: int
    wide: int
    per_border: int
    origins: int  # in each country
    roads: int  # in each country
    closures: int
    travellers: int
    choices: int = 8

    @classmethod
    def scaled(cls, scale: float, closures: int, travellers: int, crossings: float = 1.0, choices: int = 8) -> Size:
        """As at scale 1, with so many times the places, roads, crossings and origins."""
        high, wide = max(4, round(40 * scale**0.5)), max(4, round(50 * scale**0.5))
        cells = high * (wide - 1) + wide * (high - 1)
        more = min(2 * (high - 1) * (wide - 1), round(3 * high * wide) - cells)
        border = max(1, round(50 * scale * crossings))
        return cls(high, wide, border, max(1, round(20 * scale)), cells + more, closures, travellers, choices)


def code(country: int) -> str:
    """A code of two letters that ISO 3166 leaves to its users: XA to XZ."""
    return f"X{chr(ord('A') + country)}"


def place(country: int, row: int, column: int) -> str:
    return f"p{country}-{row}-{column}"


def made_up(folder: Path, size: Size) -> Path:
    """Write the scenario's directory."""
    rng = np.random.default_rng(2024)
    folder.mkdir(parents=True, exist_ok=True)
    roads = _ground(folder, size, rng)
    crossings = _borders(folder, size)
    _people(folder, size)
    _orders(folder, size, rng, crossings, roads)
    receptions = ", ".join(place(c, 1, 1) for c in (0, 6, 12, 18, 24))
    text = SETTINGS.format(start=START, end=END)
    for k, (name, mode) in enumerate(FLOWS.items()):
        goals = ", ".join(place(c, size.high // 2, size.wide // 2) for c in range(k, SIDE**2, len(FLOWS)))
        text += FLOW.format(name=name, mode=mode, goals=goals, choices=size.choices)
    (folder / "scenario.yaml").write_text(text + SEEKERS.format(receptions=receptions, choices=size.choices))
    return folder


def _ground(folder: Path, size: Size, rng: np.random.Generator) -> list[str]:
    """Places on a grid, a road to each neighbour, and diagonals up to the number wanted."""
    origins = {c: set(rng.choice(size.high * size.wide, size.origins, replace=False).tolist()) for c in range(SIDE**2)}
    places, roads = [], []
    for c in range(SIDE**2):
        top, left = c // SIDE * size.high, c % SIDE * size.wide
        for r in range(size.high):
            for k in range(size.wide):
                kind = "destination" if (r, k) == (size.high // 2, size.wide // 2) else "town"
                kind = "reception" if (r, k) == (1, 1) and c % 6 == 0 else kind
                kind = "origin" if r * size.wide + k in origins[c] and kind == "town" else kind
                lat, lon = 60 - (top + r) * 20 / (SIDE * size.high), (left + k) * 30 / (SIDE * size.wide)
                places.append((place(c, r, k), f"{lat:.5f}", f"{lon:.5f}", code(c), kind))
        straight = [((r, k), (r, k + 1)) for r in range(size.high) for k in range(size.wide - 1)]
        straight += [((r, k), (r + 1, k)) for r in range(size.high - 1) for k in range(size.wide)]
        diagonal = [
            ((r, k + d), (r + 1, k + 1 - d)) for d in (0, 1) for r in range(size.high - 1) for k in range(size.wide - 1)
        ]
        some = rng.choice(len(diagonal), size.roads - len(straight), replace=False)
        for a, b in [*straight, *(diagonal[i] for i in some)]:
            km = float(rng.uniform(0.8, 1.6)) * 12 * (40 / size.high)
            roads.append((place(c, *a), place(c, *b), f"{km:.3f}", f"{km / float(rng.uniform(50, 100)):.5f}"))
    _table(folder / "places.csv", ("id", "lat", "lon", "country", "kind"), places)
    _table(folder / "roads.csv", ("from", "to", "km", "hours"), roads)
    return [f"{a}--{b}" for a, b, _, _ in roads]


def _borders(folder: Path, size: Size) -> list[str]:
    """40 borders with crossings along each; one in ten of them has lanes."""
    borders, crossings, lanes = [], [], []
    for c in range(SIDE**2):
        neighbours = [(c + 1, True)] if c % SIDE < SIDE - 1 else []
        neighbours += [(c + SIDE, False)] if c < SIDE * (SIDE - 1) else []
        for other, east in neighbours:
            borders.append((f"b{c}-{other}", code(c), code(other)))
            length = size.high if east else size.wide
            for k in range(size.per_border):
                at = k * length // size.per_border
                beyond = min(length - 1, at + (k * length % size.per_border > 0) * (k % 2))
                near = place(c, at, size.wide - 1) if east else place(c, size.high - 1, at)
                far = place(other, beyond, 0) if east else place(other, 0, beyond)
                crossings.append((f"x{c}-{other}-{k}", f"b{c}-{other}", near, far, 50, 15))
                for way in (code(c), code(other)) if k % 10 == 0 else ():
                    lanes.append(
                        (f"{crossings[-1][0]}-{way}", crossings[-1][0], way, ";".join([*FLOWS, "seekers"]), 8, 1)
                    )
    _table(folder / "borders.csv", ("id", "country_a", "country_b"), borders)
    _table(folder / "crossings.csv", ("id", "border", "place_a", "place_b", "lat", "lon"), crossings)
    heads = ("id", "crossing", "direction", "streams", "servers", "service_min_mean")
    _table(folder / "lanes.csv", heads, lanes)
    return [row[0] for row in crossings]


def _people(folder: Path, size: Size) -> None:
    """Four flows from each origin to capitals that they choose, and people who wait to go to a reception centre."""
    with (folder / "places.csv").open(encoding="utf-8") as file:
        origins = [row["id"] for row in csv.DictReader(file) if row["kind"] == "origin"]
    days = (END - START).days + 1
    each = 0.8 * size.travellers / (days * len(origins) * len(FLOWS))
    demand, stocks = [], []
    for origin in origins:
        demand += [(stream, origin, START, END, f"{each:.4f}") for stream in FLOWS]
        stocks.append(("seekers", origin, round(0.2 * size.travellers / len(origins)), START, END, 0.01))
    _table(folder / "demand.csv", ("stream", "origin", "from", "until", "per_day"), demand)
    _table(folder / "stocks.csv", ("stream", "origin", "initial", "from", "until", "hazard_per_day"), stocks)


def _orders(folder: Path, size: Size, rng: np.random.Generator, crossings: list[str], roads: list[str]) -> None:
    """19 in 20 close some crossings for a while, the others a road."""
    rows = []
    for k in range(size.closures):
        first = START + dt.timedelta(days=int(rng.integers(5, 330)))
        until = first + dt.timedelta(days=int(rng.integers(2, 40)))
        announced = first - dt.timedelta(days=int(rng.integers(0, 6)))
        some = ";".join(rng.choice(crossings, max(1, len(crossings) // 400), replace=False)) if k % 20 else ""
        road = "" if some else roads[int(rng.integers(len(roads)))]
        rows.append((f"o{k}-row", f"o{k}", some, road, "" if road else announced, first, until, "closed"))
    _table(folder / "closures.csv", ("id", "order", "crossings", "roads", "announced", "from", "until", "kind"), rows)


def _table(path: Path, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([heads, *rows])


ONCE = """
import json, sys, time
def now():
    return time.perf_counter(), time.process_time()
t = [now()]
import crossings as cx
from crossings.simulation.ensemble import periods_of, summarise
from crossings.simulation.outcome import simulate_once
from crossings.cli.progress import loaded
loaded()
t.append(now())
scenario = cx.Scenario.read(sys.argv[1])
t.append(now())
model = cx.Model(scenario)
choices = model.choices
t.append(now())
tables, people = model.tables, model.people
t.append(now())
outcome = simulate_once(model, 1)
t.append(now())
tally = summarise(model, outcome, periods_of(model, "day"), servers=True)
t.append(now())
crossed = int(tally.counts[..., 1].sum())
spent = [[b[k] - a[k] for a, b in zip(t, t[1:])] for k in (0, 1)]
print(json.dumps({"seconds": spent[0], "processor": spent[1], "travellers": outcome.crowd.size, "crossed": crossed}))
"""
PARTS = ("start and load", "read and check", "journeys and choices", "tables", "one seed", "counts")


def measured(folder: Path, timeout: float) -> dict[str, object]:
    """One seed, in a process of its own: the seconds of each part, all seconds, and the peak of memory."""
    used = spent([sys.executable, "-c", ONCE, str(folder)], timeout, PYTHONPATH=str(SOURCE))
    if used.error:
        return {"error": used.error.strip().splitlines()[-1]}
    found = json.loads(used.output)
    return {**found, "whole": used.seconds, "gib": used.mebibytes / 1024}


def main() -> None:
    """Make it, run it, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--scale", type=float, default=1.0, help="times the places, roads, crossings and origins")
    parser.add_argument("--crossings", type=float, default=1.0, help="times the crossings, besides")
    parser.add_argument("--travellers", type=int, default=10_000_000)
    parser.add_argument("--closures", type=int, default=200)
    parser.add_argument("--keep", type=Path, help="where to leave the directory; default: a temporary folder")
    parser.add_argument("--timeout", type=float, default=1800.0)
    parser.add_argument("--only-write", action="store_true")
    given = parser.parse_args()
    size = Size.scaled(given.scale, given.closures, given.travellers, given.crossings)
    print(f"{time.strftime('%Y-%m-%d')}, {machine()}, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as made:
        folder = made_up(given.keep or Path(made) / "continent", size)
        if given.only_write:
            return
        found = measured(folder, given.timeout)
    if "error" in found:
        print(found["error"])
        return
    print(f"{'':22} {'clock':>8}   {'processor':>9}")
    for part, seconds, work in zip(PARTS, found["seconds"], found["processor"], strict=True):  # type: ignore[call-overload]
        print(f"{part:22} {seconds:8.2f} s {work:9.2f} s")
    print(f"{'whole process':22} {found['whole']:8.2f} s, {found['gib']:.2f} GiB at its peak")
    print(f"{found['travellers']:,} travellers, {found['crossed']:,} crossings of a border")


if __name__ == "__main__":
    main()
