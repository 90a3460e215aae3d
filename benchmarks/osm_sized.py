"""`crossings import osm` on an extract of a million nodes, with ids as far apart as today's, that is made here: time and peak
memory.

python benchmarks/osm_sized.py [NODES]
"""

from __future__ import annotations

import math
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import osmium
from osmium.osm import mutable

STEP = 12_000  # between ids: a million nodes reach 1.2e10, as those of the map do


def draw(path: Path, wanted: int) -> None:
    """A lattice of roads on both sides of a meridian, bends on every road, ten guarded crossings, buildings besides.

    About two thirds of the nodes belong to roads, the rest to buildings, as in a sparse region of the map.
    """
    bends = 12
    across = max(6, int(math.sqrt(wanted * 0.66 / (2 * (bends + 1)))) // 2 * 2)
    step = 4.0 / across
    nodes, ways, ids = [], [], {}

    def node(lon: float, lat: float, **tags: str) -> int:
        nodes.append((lon, lat, tags))
        return len(nodes)

    def road(a: tuple[int, int], b: tuple[int, int], kind: str) -> None:
        (x1, y1), (x2, y2) = ((26.0 + step * (i + 0.5), 60.0 + step * j) for i, j in (a, b))
        inner = [
            node(x1 + (x2 - x1) * k / bends, y1 + (y2 - y1) * k / bends + 0.1 * step * math.sin(k))
            for k in range(1, bends)
        ]
        ways.append(
            ([ids[a], *inner, ids[b]], {"highway": kind, "maxspeed": "80"} if kind == "primary" else {"highway": kind})
        )

    for i in range(across):
        for j in range(across):
            ids[i, j] = node(26.0 + step * (i + 0.5), 60.0 + step * j)
    middle = across // 2
    crossings = {int(across * (k + 0.5) / 10) for k in range(10)}
    for i in range(across):
        for j in range(across):
            kind = "primary" if j % 8 == 0 or i % 8 == 0 or j in crossings else "unclassified"
            if i + 1 < across and (i + 1 != middle or j in crossings):
                road((i, j), (i + 1, j), kind)
            if j + 1 < across:
                road((i, j), (i, j + 1), kind)
    for j in crossings:
        node(28.0, 60.0 + step * j, barrier="border_control", name=f"Gate {j}")
    for k in range(40):
        node(
            26.2 + 0.09 * k,
            60.1 + step * (7 * k % across) * 0.95,
            place="town",
            name=f"Town {k}",
            population=str(1000 + 777 * k),
        )
    line = [node(28.0, 59.9 + 4.2 * k / 2000) for k in range(2001)]
    ways.append((line, {"boundary": "administrative", "admin_level": "2"}))
    border = len(ways)
    outlines = []
    for lon in (25.0, 31.0):
        ways.append(
            ([line[-1], node(lon, 64.1), node(lon, 59.9), line[0]], {"boundary": "administrative", "admin_level": "2"})
        )
        outlines.append(len(ways))
    while len(nodes) < wanted:
        x, y = 26.0 + 3.9 * ((len(nodes) * 0.6180339) % 1), 60.0 + 3.9 * ((len(nodes) * 0.7548776) % 1)
        corners = [node(x + dx, y + dy) for dx, dy in ((0, 0), (1e-4, 0), (1e-4, 1e-4), (0, 1e-4))]
        ways.append(([*corners, corners[0]], {"building": "yes"}))
    with osmium.SimpleWriter(str(path), overwrite=True) as out:
        for k, (lon, lat, tags) in enumerate(nodes, 1):
            out.add_node(mutable.Node(id=k * STEP, version=1, location=(lon, lat), tags=tags))
        for k, (refs, tags) in enumerate(ways, 1):
            out.add_way(mutable.Way(id=k, version=1, nodes=[ref * STEP for ref in refs], tags=tags))
        for k, (code, outline) in enumerate(zip(("FI", "RU"), outlines, strict=True), 1):
            tags = {"type": "boundary", "boundary": "administrative", "admin_level": "2", "ISO3166-1": code}
            members = [("w", border, "outer"), ("w", outline, "outer")]
            out.add_relation(mutable.Relation(id=k, version=1, members=members, tags=tags))
    print(f"{path.name}: {len(nodes):,} nodes, {len(ways):,} ways, {path.stat().st_size / 1e6:.1f} MB")


def main() -> None:
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        extract, target = Path(folder) / "made.osm.pbf", Path(folder) / "border"
        draw(extract, wanted)
        started = time.perf_counter()
        command = [
            sys.executable,
            "-m",
            "crossings.cli",
            "import",
            "osm",
            str(extract),
            str(target),
            "--border",
            "FI-RU",
        ]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        seconds = time.perf_counter() - started
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024**2
        print(done.stdout.strip())
        print(f"{seconds:.1f} s, peak memory {memory:.2f} GiB")


if __name__ == "__main__":
    main()
