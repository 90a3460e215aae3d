"""Thousands of spoilt files of other people's: each must be read, or refused as faults; anything else is a failure.

    python verification/fuzz_imports.py --mutants 5000 --seed 1

A mutant is a good file (extracts of OpenStreetMap, GMNS, counts and waits of each kind) with a few bytes changed, or one of its
numbers put to something that is none; it is fixed by (seed, number). What is accepted as a scenario must pass every check.
Exit status 1, and a line for each, if anything but `InputError` is raised.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import re
import shutil
import sys
import tempfile
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import polars as pl

import counted_border
import flee_cases
import two_gates
from crossings.calibration.fit import fit
from crossings.calibration.posterior import Fit
from crossings.calibration.problem import Problem
from crossings.claims.evidence import SwitchEvidence
from crossings.errors import InputError
from crossings.forecasting.history import read_folder
from crossings.importers.counts import Layout, MappingSpec, Names, read_counts, read_waits
from crossings.importers.flee import read_flee
from crossings.importers.flee import to_scenario as case_to_scenario
from crossings.importers.gmns import read_gmns
from crossings.importers.osm import OsmRequest, read_extract, to_scenario
from crossings.io.faults import Faults
from crossings.scenario import write_checked
from crossings.web.uploads import read_upload
from osm_extracts import two_countries
from test_counts import BTS, HXL, PORT, as_xml, series
from test_gmns import LINKS, NODES

WORDS = (
    *(
        b"nan",
        b"inf",
        b"-1",
        b"1e999",
        b"1e300",
        b"1e-300",
        b"1e12",
        b"-0",
        b"0",
        b"",
        b"9" * 50,
        b"2024-02-30",
        b"24/7",
    ),
    *(b"\x00", b"\xff", b'"', b",", b"\n", b"<", b"&", b"null", b"{}", b"[]", b"true", b"\xe2\x80\xae", b"90", b"181"),
)
WAITS = "crossing,direction,stream,lane,at,wait_min,lanes_open,source\ngate,US,cars,standard,2024-03-04T08:00,60,2,x\n"
GMNS = {
    "node": NODES,
    "link": LINKS,
    "link_tod": "link_tod_id,link_id,time_day,capacity\n1,20,11111110_2200_0600,0\n",
    "config": "long_length,speed,crs\nkm,kph,EPSG:4326\n",
}


TABLE = """Port,Day,Way,Kind,Number
Vaalimaa,13.11.2023,FI,lorries,1 410
Vaalimaa,14.11.2023,RU,lorries,395
Nuijamaa,14.11.2023,FI,cars,"12.5"
"""
WIDE = """Arrivals
Port,2023-11-13,2023-11-14,2023-11-15
Vaalimaa,39,55,75
Niirala,0,3,8
"""
GRAPH = [
    {
        "port_number": "1",
        "port_name": "Blaine",
        "date": "2022-06-30",
        "private_time_slots": {
            "private_slot": [
                {"time": str(h), "standard_lane_today_wait": "5", "standard_lane_average_wait": "9"} for h in range(24)
            ]
        },
    }
]
CLOSURES = flee_cases.HEADER + "country,Arland,Borland,3,6\nlocation,Dell,Borland,2,4\nlink,Ash,Birch,1,-1\n"
COUTTS = Path(__file__).resolve().parent.parent / "docs" / "guides" / "coutts-2022"
THREE = {name: (COUTTS / name).read_bytes() for name in ("crossings.csv", "closures.csv")} | {
    "counts.csv": "crossing,stream,direction,from,until,count,unit,status,published\n"
    "sweetgrass,trucks,US,2021-11,,12034,vehicles,,2021-12-28\nsweetgrass;piegan,trucks,US,2021-12-01,2021-12-31,11000,,lower_bound,\n"
}
EVIDENCE = '{"log10_bayes_factor": 0.4, "low": -0.2, "high": 1.1, "power": 0.7, "verdict": "undecided"}'


def mutated(good: bytes, rng: random.Random) -> bytes:
    """A number made none, or some bytes replaced, removed or repeated."""
    numbers = [match.span() for match in re.finditer(rb"[0-9.]+", good)]
    if numbers and rng.random() < 0.5:
        first, last = rng.choice(numbers)
        return good[:first] + rng.choice(WORDS) + good[last:]
    out = bytearray(good)
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        at, how = rng.randrange(len(out) + 1), rng.randrange(4)
        if how == 0:
            out[at : at + rng.randrange(1, 8)] = rng.choice(WORDS)
        elif how == 1:
            del out[at : at + rng.randrange(1, 30)]
        elif how == 2:
            out[at:at] = out[max(0, at - 40) : at]
        elif at < len(out):
            out[at] = rng.randrange(256)
    return bytes(out)


class Attacks:
    """What is tried, each in a folder that is thrown away."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fitted: dict[str, bytes] = {}
        self.extracts = {
            suffix: two_countries().write(folder / f"good{suffix}").read_bytes()
            for suffix in (".osm", ".osm.pbf", ".osm.gz")
        }

    def all(self) -> dict[str, Callable[[random.Random], None]]:
        """By name."""
        columns = MappingSpec(
            layout=Layout(places=("Port",), start="Day", counts=("Number",), stream="Kind", direction="Way")
        )
        wide = MappingSpec(layout=Layout(places=("Port",), wide=True), streams={"*": "s"})
        totals = MappingSpec(crossings=("x", "y"), streams={"*": "s"}, series="cumulative")
        running = json.dumps(series(("2023-11-13", 100), ("2023-11-14", 130)))
        return {
            "bts": lambda rng: self.counts("bts", BTS, MappingSpec(), rng),
            "hxl": lambda rng: self.counts("hxl", HXL, MappingSpec(streams={"*": "s"}), rng),
            "csv": lambda rng: self.counts("csv", TABLE, columns, rng),
            "csv wide": lambda rng: self.counts("csv", WIDE, wide, rng),
            "cbp graph": lambda rng: self.counts("cbp", json.dumps(GRAPH), MappingSpec(), rng),
            "xlsx": lambda rng: self.packed("xlsx", columns, rng),
            "parquet": lambda rng: self.packed("parquet", columns, rng),
            "unhcr": lambda rng: self.counts("unhcr", running, totals, rng),
            "cbp json": lambda rng: self.counts("cbp", json.dumps([PORT]), MappingSpec(), rng),
            "cbp xml": lambda rng: self.counts("cbp", as_xml(PORT), MappingSpec(), rng),
            "waits": self.waits,
            "gmns": self.gmns,
            "osm": lambda rng: self.osm(".osm", rng),
            "osm pbf": lambda rng: self.osm(".osm.pbf", rng),
            "osm gz": lambda rng: self.osm(".osm.gz", rng),
            "gmns line": self.line,
            "flee": self.flee,
            "three files": self.three,
            "zip": self.zip,
            "fit": self.fit,
            "evidence": self.evidence,
        }

    def counts(self, kind: str, good: str, asked: MappingSpec, rng: random.Random) -> None:
        path = self.folder / "counts"
        path.write_bytes(mutated(good.encode(), rng))
        read_counts(kind, [path], asked, Names(None, {}))

    def packed(self, kind: str, asked: MappingSpec, rng: random.Random) -> None:
        """A workbook or a Parquet file with bytes that are not as they were."""
        path = self.folder / "packed"
        table, good = pl.read_csv(TABLE.encode()), io.BytesIO()
        table.write_excel(good) if kind == "xlsx" else table.write_parquet(good)
        path.write_bytes(mutated(good.getvalue(), rng))
        read_counts("csv", [path], asked, Names(None, {}))

    def waits(self, rng: random.Random) -> None:
        path, faults = self.folder / "waits.csv", Faults()
        path.write_bytes(mutated(WAITS.encode(), rng))
        read_waits(path, faults)
        if faults.any:
            raise InputError(faults.listed())

    def gmns(self, rng: random.Random) -> None:
        folder, hit = self.folder / "gmns", rng.choice(sorted(GMNS))
        folder.mkdir(exist_ok=True)
        for name, text in GMNS.items():
            (folder / f"{name}.csv").write_bytes(mutated(text.encode(), rng) if name == hit else text.encode())
        self.keep(read_gmns(folder).scenario)

    def osm(self, suffix: str, rng: random.Random) -> None:
        path = self.folder / f"mutant{suffix}"
        path.write_bytes(mutated(self.extracts[suffix], rng))
        self.keep(to_scenario(read_extract(path), OsmRequest("FI", "RU")).scenario)

    def laid_out(self, name: str, files: Mapping[str, str | bytes], rng: random.Random) -> Path:
        """A folder of files of which one is changed, or is missing."""
        folder, hit = self.folder / name, rng.choice(sorted(files))
        shutil.rmtree(folder, ignore_errors=True)
        for path, content in files.items():
            raw = content.encode() if isinstance(content, str) else content
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            if path != hit:
                (folder / path).write_bytes(raw)
            elif rng.random() < 0.95:
                (folder / path).write_bytes(mutated(raw, rng))
        return folder

    def line(self, rng: random.Random) -> None:
        line = {"type": "LineString", "coordinates": [[28.0, 59.0], [28.0, 62.0]]}
        folder = self.laid_out("line", {"line.geojson": json.dumps(line)}, rng)
        for name, text in GMNS.items():
            (folder / f"{name}.csv").write_text(text)
        self.keep(read_gmns(folder, border=("FI", "RU"), line=folder / "line.geojson").scenario)

    def flee(self, rng: random.Random) -> None:
        more = {"input_csv/closures.csv": CLOSURES, "simsetting.yml": "move_rules:\n  softening: 10.0\n"}
        self.keep(case_to_scenario(read_flee(self.laid_out("flee", {**flee_cases.FILES, **more}, rng))))

    def three(self, rng: random.Random) -> None:
        read_folder(self.laid_out("three", THREE, rng))

    def zip(self, rng: random.Random) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive:
            for name, text in two_gates.FILES.items():
                archive.writestr(name, text)
        read_upload(mutated(out.getvalue(), rng))

    def fit(self, rng: random.Random) -> None:
        if not self.fitted:
            made = self.folder / "fitted"
            fit(Problem(counted_border.border()), points=200).write(made)
            self.fitted = {p.name: p.read_bytes() for p in made.iterdir() if p.is_file() and p.name != ".lock"}
        Fit.read(self.laid_out("fit", self.fitted, rng))

    def evidence(self, rng: random.Random) -> None:
        SwitchEvidence.read(self.laid_out("evidence", {"evidence.json": EVIDENCE}, rng) / "evidence.json")

    def keep(self, scenario) -> None:
        shutil.rmtree(self.folder / "made", ignore_errors=True)
        write_checked(scenario, self.folder / "made")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutants", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    seen: Counter[tuple[str, str]] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        attacks = list(Attacks(Path(folder)).all().items())
        for number in range(asked.mutants):
            name, attack = attacks[number % len(attacks)]
            try:
                attack(random.Random(f"{asked.seed} {number}"))
                seen[name, "accepted"] += 1
            except InputError as error:
                wrong = not error.faults or any("\n" in str(fault) or not str(fault) for fault in error.faults)
                seen[name, "WRONG" if wrong else "refused"] += 1
            except Exception:
                seen[name, "WRONG"] += 1
                print(f"seed {asked.seed}, mutant {number}, {name}:")
                traceback.print_exc()
    for (name, how), times in sorted(seen.items()):
        print(f"{name:10} {how:10} {times:6,}")
    return int(any(how == "WRONG" for _, how in seen))


if __name__ == "__main__":
    sys.exit(main())
