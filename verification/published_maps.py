"""Imports of published maps and networks from a folder: each must give a scenario, or a fault in one line; anything else fails.

    python verification/published_maps.py FOLDER

FOLDER holds ``osm/`` (extracts of OpenStreetMap) and ``gmns/`` (a folder for each network); either may be missing. Of each
extract every border between two countries whose outlines it has is tried, as it is and with --every-road, and again packed
as .osm.gz; of each network a line through the middle of its nodes, from east to west and from south to north. A scenario
must pass every check without a warning of lengths, and every row of its demand must have a way. Exit status 1 if one does not.
"""

from __future__ import annotations

import csv
import itertools
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import osmium

import crossings as cx
from crossings.errors import InputError
from crossings.importers.gmns import read_gmns
from crossings.importers.gmns.units import degrees
from crossings.importers.osm import OsmRequest, read_extract, to_scenario
from crossings.importers.placeholders import Joined
from crossings.scenario import Scenario


def judged(scenario: Scenario, scratch: Path) -> list[str]:
    """What is wrong with a scenario that was made."""
    folder = scratch / "made"
    shutil.rmtree(folder, ignore_errors=True)
    scenario.write(folder)
    wrong = [str(fault) for fault in cx.check(folder)]
    modes: dict[str, set[str]] = {crossing.id: set() for crossing in scenario.crossings}
    for lane in scenario.lanes:
        modes[lane.crossing] |= {scenario.settings.streams[s].mode for s in lane.streams}
    joined = Joined(scenario.roads, scenario.crossings, {k: tuple(v) for k, v in modes.items()})
    for row in scenario.demand:
        if not joined(scenario.settings.streams[row.stream].mode, row.origin, row.destination or ""):
            wrong.append(f"no way for {row.stream} from {row.origin} to {row.destination}")
    return wrong[:5]


def extracts(folder: Path, scratch: Path) -> Iterator[tuple[str, Callable[[], Scenario]]]:
    """Every border of every extract."""
    for path in sorted(folder.iterdir()):
        if path.suffix == ".md" or path.is_dir():
            continue
        packed = scratch / f"{path.name}.again.osm.gz"
        with osmium.SimpleWriter(str(packed), overwrite=True) as out:
            for one in osmium.FileProcessor(str(path)):
                out.add(one)
        for file in (path, packed):
            extract = read_extract(file)
            for a, b in itertools.combinations(extract.countries, 2):
                if any({a, b} <= owners for owners in extract.owners):
                    for every in (False, True):
                        wish = OsmRequest(a, b, every_road=every)
                        yield (
                            f"{file.name} {a}-{b}{' every road' if every else ''}",
                            lambda e=extract, w=wish: to_scenario(e, w).scenario,
                        )


def networks(folder: Path, scratch: Path) -> Iterator[tuple[str, Callable[[], Scenario]]]:
    """Every network, parted in two ways."""
    for path in sorted(p for p in folder.iterdir() if (p / "node.csv").exists()):
        with (path / "node.csv").open(encoding="utf-8-sig") as file:
            at = np.array([[float(row["x_coord"]), float(row["y_coord"])] for row in csv.DictReader(file)])
        crs = ""
        if (path / "config.csv").exists():
            with (path / "config.csv").open(encoding="utf-8-sig") as file:
                crs = next(csv.DictReader(file)).get("crs", "")
        lon, lat = degrees(at[:, 0], at[:, 1], crs)
        middle = [float(np.median(v)) + 1e-5 for v in (lon, lat)]
        lines = {
            "east to west": [[float(lon.max()) + 0.01, middle[1]], [float(lon.min()) - 0.01, middle[1]]],
            "south to north": [[middle[0], float(lat.min()) - 0.01], [middle[0], float(lat.max()) + 0.01]],
        }
        for name, points in lines.items():
            line = scratch / f"{path.name} {name}.geojson"
            line.write_text(json.dumps({"type": "LineString", "coordinates": points}))
            yield (
                f"{path.name} {name}",
                lambda p=path, at=line: read_gmns(p, border=("AA", "BB"), line=at).scenario,
            )


def main() -> int:
    folder = Path(sys.argv[1])
    failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        for kind, found in (("osm", extracts), ("gmns", networks)):
            if not (folder / kind).is_dir():
                continue
            for name, make in found(folder / kind, Path(scratch)):
                started = time.perf_counter()
                try:
                    scenario = make()
                except InputError as error:
                    print(f"{name}: refused: {error.faults[0]}")
                    continue
                wrong = judged(scenario, Path(scratch))
                failed += bool(wrong)
                names = ", ".join(crossing.name or crossing.id for crossing in scenario.crossings[:8])
                print(f"{name}: {time.perf_counter() - started:.1f} s, {len(scenario.crossings)} crossings ({names})")
                for line in wrong:
                    print(f"  FAILED: {line}")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
