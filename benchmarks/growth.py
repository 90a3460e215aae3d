"""How seconds and memory grow with travellers, places, crossings, closures and seeds: one of them doubled at a time.

    python benchmarks/growth.py [--scale 0.05] [--travellers 200000] [--seeds 20]

Each line is a process of its own on a made-up continent (benchmarks/continent.py); the last table is `crossings run --out` on
the bundled finland-2023. Processor seconds, so that others on the machine disturb them less.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from continent import PARTS, SOURCE, Size, made_up
from spent import machine, spent

ONCE = """
import json, sys, time
import crossings as cx
from crossings.cli.progress import loaded
from crossings.simulation.ensemble import periods_of, summarise
from crossings.simulation.outcome import simulate_once
loaded()
t = [time.process_time()]
scenario = cx.Scenario.read(sys.argv[1])
t.append(time.process_time())
model = cx.Model(scenario)
model.choices
t.append(time.process_time())
model.tables, model.people
t.append(time.process_time())
outcome = simulate_once(model, 1)
t.append(time.process_time())
summarise(model, outcome, periods_of(model, "day"), servers=True)
t.append(time.process_time())
print(json.dumps([b - a for a, b in zip(t, t[1:])]))
"""


def line(what: str, size: Size, folder: Path) -> str:
    """A row of the table."""
    used = spent([sys.executable, "-c", ONCE, str(made_up(folder, size))], 1800.0, PYTHONPATH=str(SOURCE))
    if used.error:
        return f"| {what} | {used.error.strip().splitlines()[-1]} |"
    seconds: list[float] = json.loads(used.output)
    cells = [f"{s:.2f}" for s in [*seconds, sum(seconds)]]
    return f"| {what} | {' | '.join(cells)} | {used.mebibytes / 1024:.2f} |"


def grown(scale: float, travellers: int) -> list[str]:
    """The continent, and with one thing doubled, and doubled again."""
    base: dict[str, Any] = {"scale": scale, "closures": 40, "travellers": travellers}
    cases = [("as it is", base)]
    for times in (2, 4):
        cases += [
            (f"travellers × {times}", base | {"travellers": times * travellers}),
            (f"closures × {times}", base | {"closures": times * 40}),
            (f"crossings × {times}", base | {"crossings": float(times)}),
            (
                f"places, roads and origins × {times}, crossings the same",
                base | {"scale": times * scale, "crossings": 1.0 / times},
            ),
        ]
    heads = [*PARTS[1:], "all", "GiB"]
    lines = [f"| | {' | '.join(heads)} |", "|---|" + "--:|" * len(heads)]
    with tempfile.TemporaryDirectory(prefix="crossings-growth-") as folder:
        for k, (what, given) in enumerate(cases):
            lines.append(line(what, Size.scaled(**given), Path(folder) / str(k)))
            print(lines[-1], file=sys.stderr, flush=True)
    return lines


def by_seeds(first: int) -> list[str]:
    """Wall seconds and memory of whole commands."""
    lines = ["| seeds | seconds | seeds a second | MiB |", "|--:|--:|--:|--:|"]
    with tempfile.TemporaryDirectory(prefix="crossings-growth-") as folder:
        for seeds in (first, 4 * first, 16 * first):
            command = [sys.executable, "-m", "crossings.cli", "run", "finland-2023", "--seeds", str(seeds)]
            used = spent([*command, "--out", f"{folder}/{seeds}"], 1800.0, PYTHONPATH=str(SOURCE))
            lines.append(f"| {seeds} | {used.seconds:.1f} | {seeds / used.seconds:.1f} | {used.mebibytes:.0f} |")
            print(lines[-1], file=sys.stderr, flush=True)
    return lines


def main() -> None:
    """Measure and print, as Markdown."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--scale", type=float, default=0.05)
    parser.add_argument("--travellers", type=int, default=200_000)
    parser.add_argument("--seeds", type=int, default=20)
    given = parser.parse_args()
    print(f"{time.strftime('%Y-%m-%d')}, {machine()}\n")
    print("\n".join(grown(given.scale, given.travellers)) + "\n")
    print("\n".join(by_seeds(given.seeds)))


if __name__ == "__main__":
    main()
