"""A Flee directory as large as Ukraine 2022, made up here, and what `crossings validate` needs for it.

    python benchmarks/ukraine_sized.py [--people 23000000] [--persons 10] [--seeds 1] [--keep FOLDER]

50 places with conflict, 20 camps in 5 countries beyond 40 border roads, 400 days, one border shut from day 60 to 120.
Everything about it is invented: positions on a grid, populations and counts by formulas. --persons says how many people
one simulated traveller stands for; with 1, everybody is simulated.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import json
import math
import platform
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from spent import machine, spent

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent / "src"
ORIGINS, CAMPS, COUNTRIES, DAYS = 50, 20, 5, 400


def keep(path: Path, rows: Iterable[Sequence[object]]) -> None:
    """A CSV file; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)


def made_up(folder: Path, people: int) -> Path:
    """Write the directory; in the end ``people`` are counted in its camps."""
    shares = [1.0 + (7 * k) % 11 for k in range(CAMPS)]
    shares = [share / sum(shares) for share in shares]
    places: list[tuple[object, ...]] = [
        ("#name", "region", "country", "latitude", "longitude", "location_type", "conflict_date", "population")
    ]
    roads: list[tuple[object, ...]] = [("#name1", "name2", "distance", "forced_redirection")]
    for k in range(ORIGINS):
        row, column = divmod(k, 10)
        size = 200_000 + 37_000 * ((k * 13) % 17)
        places.append((f"Origin {k}", "East", "Home", 46 + row, 30 + column, "conflict_zone", 0, size))
        if column:
            roads.append((f"Origin {k}", f"Origin {k - 1}", 70 + (k * 7) % 40, 0))
        if row:
            roads.append((f"Origin {k}", f"Origin {k - 10}", 90 + (k * 11) % 50, 0))
    for k, share in enumerate(shares):
        latitude, country = 45.5 + 0.25 * k, f"Land {k * COUNTRIES // CAMPS}"
        places.append((f"Camp {k}", "West", country, latitude, 26, "camp", 0, round(1.2 * share * people)))
        for j in range(2):  # two border roads to each camp
            roads.append((f"Origin {10 * ((k // 4 + j) % 5)}", f"Camp {k}", 150 + (k * 17 + j * 29) % 120, 0))
    keep(folder / "input_csv/locations.csv", places)
    keep(folder / "input_csv/routes.csv", roads)
    keep(
        folder / "input_csv/closures.csv",
        [("#type", "name1", "name2", "start", "end"), ("country", "Home", "Land 2", 60, 120)],
    )
    keep(folder / "input_csv/sim_period.csv", [("StartDate", "2022-02-24"), ("Length", DAYS)])
    fights = [[1 if day >= 6 * (k // 10) else 0 for k in range(ORIGINS)] for day in range(DAYS)]
    heads = [("#Day", *(f"Origin {k}" for k in range(ORIGINS)))]
    keep(folder / "input_csv/conflicts.csv", [*heads, *((day, *row) for day, row in enumerate(fights))])
    layout = [("total", "total.csv")]
    weeks = range(0, DAYS + 7, 7)
    dates = [dt.date(2022, 2, 24) + dt.timedelta(days=day) for day in weeks]
    grown = [(1 - math.exp(-day / 60)) / (1 - math.exp(-DAYS / 60)) for day in weeks]
    for k, share in enumerate(shares):
        layout.append((f"Camp {k}", f"camp{k}.csv"))
        keep(folder / f"source_data/camp{k}.csv", zip(dates, (round(people * share * g) for g in grown), strict=True))
    keep(folder / "source_data/total.csv", zip(dates, (round(people * g) for g in grown), strict=True))
    keep(folder / "source_data/data_layout.csv", layout)
    return folder


def main() -> None:
    """Make it, run it, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=23_000_000)
    parser.add_argument("--persons", type=float, nargs="+", default=[10.0, 1.0], help="people in one traveller")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="where to leave the directory; default: a temporary folder")
    chosen = parser.parse_args()
    print(f"{time.strftime('%Y-%m-%d')}, {machine()}, Python {platform.python_version()}")
    print(
        "| people | people in one traveller | building and one run, s | whole command, s | its processor time, s | peak GiB | ARD |"
    )
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as made:
        folder = made_up(chosen.keep or Path(made) / "ukraine_sized", chosen.people)
        for persons in chosen.persons:
            command = [sys.executable, "-m", "crossings.cli", "validate", str(folder), "--json"]
            command += ["--seeds", str(chosen.seeds), "--persons", str(persons)]
            used = spent(command, 600.0, PYTHONPATH=str(SOURCE))
            if used.error:
                print(f"| {chosen.people:,} | {persons:g} | {used.error.strip().splitlines()[-1]} | | | | |")
                continue
            found = json.loads(used.output)
            cells = [f"{found['people']:,}", f"{persons:g}", f"{found['seconds']:.2f}", f"{used.seconds:.2f}"]
            cells.append(f"{used.processor:.2f}")
            print(f"| {' | '.join(cells)} | {used.mebibytes / 1024:.2f} | {found['ard']:.3f} |")


if __name__ == "__main__":
    main()
