"""Closures that nobody looked at while the forecasts were made, judged by the command as a user would run it.

    python verification/unseen_closures.py FOLDER_OR_FILE [--most 40]

The file is the border crossing entry data of the US Bureau of Transportation Statistics as Parquet (port, state, border, month,
measure, value, lat, lon). Three kinds of folder of three files are made of it in a temporary directory: ports that fall by more
than 60% for one to four months and recover (the order is read off the fall: its months, nothing else); ports outside the atlas
under the travel restrictions of 2020, by state; and orders known by their dates. Each is given to ``crossings backtest --json``
with the priors as stored; printed are skill and coverage before and after the first count under an order, by set.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import json
import math
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

STREAMS = {"Trucks": "trucks", "Personal Vehicles": "cars", "Pedestrians": "pedestrians"}
FALL, LEAST = 0.4, 1500.0
BEFORE, AFTER = 24, 6
NEIGHBOURS = 5
KNOWN = [
    # order, ports, streams, announced, from, until, kind
    ("bridge shut", ["Del Rio"], "cars;trucks;pedestrians", "2021-09-17", "2021-09-17T17:00", "2021-09-25T16:00", "closed"),
    ("officers moved", ["El Paso", "Ysleta", "Laredo", "Otay Mesa"], "trucks;cars", "2019-03-27", "2019-03-29", "2019-05-31", "slowed"),
    ("crossing shut for hours", ["San Ysidro"], "cars;pedestrians", "", "2018-11-25T11:15", "2018-11-25T16:15", "closed"),
]  # fmt: skip


def slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def month_after(month: dt.date, k: int) -> dt.date:
    at = month.year * 12 + month.month - 1 + k
    return dt.date(at // 12, at % 12 + 1, 1)


class Ports:
    """The table as series by port and stream."""

    def __init__(self, path: Path) -> None:
        table = pl.read_parquet(path).filter(pl.col("measure").is_in(list(STREAMS)))
        sums = table.group_by("port", "state", "border", "month", "measure").agg(pl.col("value").sum())
        self.place = {
            (r["port"], r["state"]): (r["lat"], r["lon"], r["border"])
            for r in table.unique(["port", "state"], keep="first", maintain_order=True).to_dicts()
        }
        self.series: dict[tuple[str, str, str], dict[dt.date, int]] = {}
        for r in sums.to_dicts():
            self.series.setdefault((r["port"], r["state"], STREAMS[r["measure"]]), {})[r["month"]] = r["value"]

    def named(self, name: str) -> tuple[str, str]:
        return next(port for port in self.place if port[0] == name)

    def near(self, port: tuple[str, str]) -> list[tuple[str, str]]:
        lat, lon, border = self.place[port]

        def apart(other: tuple[str, str]) -> float:
            a, b, _ = self.place[other]
            return math.hypot(a - lat, (b - lon) * math.cos(math.radians(lat)))

        others = [p for p in self.place if p != port and self.place[p][2] == border and self.place[p][0] is not None]
        return sorted(others, key=apart)[:NEIGHBOURS]

    def write(
        self,
        folder: Path,
        ports: list[tuple[str, str]],
        streams: list[str],
        span: tuple[dt.date, dt.date],
        orders: list[list[str]],
    ) -> None:
        folder.mkdir(parents=True)
        counts = [["crossing", "stream", "direction", "from", "until", "count", "unit", "published"]]
        for port in ports:
            for stream in streams:
                for month, value in sorted(self.series.get((*port, stream), {}).items()):
                    if span[0] <= month <= span[1]:
                        last = month_after(month, 1) - dt.timedelta(days=1)
                        shown = month_after(month, 1).replace(day=28)
                        counts.append(
                            [slug(port[0]), stream, "US", str(month), str(last), str(value), "vehicles", str(shown)]
                        )
        sites = [["id", "lat", "lon"], *([slug(p[0]), *map(str, self.place[p][:2])] for p in ports)]
        heads = [["order", "crossings", "streams", "announced", "from", "until", "kind"], *orders]
        for name, rows in (("counts", counts), ("crossings", sites), ("closures", heads)):
            with (folder / f"{name}.csv").open("w", newline="") as file:
                csv.writer(file).writerows(rows)


def falls(ports: Ports) -> list[tuple[tuple[str, str], str, dt.date, int, float]]:
    """(port, stream, first month, months, share left) of falls that recover; the first of each port, not of 2020 to 2022."""
    found = []
    for (port, state, stream), series in sorted(ports.series.items()):
        for month in sorted(series):
            before = [series.get(month_after(month, -k)) for k in range(1, 13)]
            if any(v is None for v in before) or 2020 <= month.year <= 2022:
                continue
            usual = [series.get(month_after(month, k - 12), 0) for k in range(6)]
            if min(usual) < LEAST or min(before) < FALL * np.median(before) or series[month] >= FALL * usual[0]:  # type: ignore[type-var]
                continue
            length = 1
            while length < 6 and series.get(month_after(month, length), 0) < FALL * usual[length]:
                length += 1
            after = series.get(month_after(month, length), 0)
            low = sum(series.get(month_after(month, k), 0) for k in range(length)) / sum(usual[:length])
            # A single zero is mostly a missing record.
            if length > 4 or after < 0.6 * usual[min(length, 5)] or (length == 1 and low < 0.02):
                continue
            found.append(((port, state), stream, month, length, low))
            break
    return found


def make(ports: Ports, to: Path, most: int) -> dict[str, list[Path]]:
    """Folders by set."""
    sets: dict[str, list[Path]] = {"falls": [], "2020": [], "known": []}
    every = falls(ports)
    for port, stream, month, length, low in every[:: max(1, -(-len(every) // most))]:
        end = month_after(month, length) - dt.timedelta(days=1)
        folder = to / f"fall-{slug(port[0])}-{stream}-{month:%Y-%m}"
        order = ["fall", slug(port[0]), stream, "", str(month), str(end), "closed" if low < 0.1 else "part"]
        span = (month_after(month, -BEFORE), month_after(month, length + AFTER))
        ports.write(folder, [port, *ports.near(port)], [stream], span, [order])
        sets["falls"].append(folder)
    for state in ("Maine", "North Dakota", "Montana", "Arizona", "Texas", "California", "Vermont", "Minnesota"):
        mine = [p for p in ports.place if p[1] == state][:8]
        folder = to / f"rule-2020-{slug(state)}"
        order = [
            "rule",
            ";".join(slug(p[0]) for p in mine),
            "cars;pedestrians",
            "2020-03-20",
            "2020-03-21",
            "2021-11-08",
            "deterrent",
        ]
        ports.write(folder, mine, list(STREAMS.values()), (dt.date(2018, 3, 1), dt.date(2022, 3, 1)), [order])
        sets["2020"].append(folder)
    for order_name, names, streams, announced, start, until, kind in KNOWN:
        mine = [ports.named(name) for name in names]
        month = dt.date.fromisoformat(start[:7] + "-01")
        around = list(dict.fromkeys([*mine, *(q for p in mine for q in ports.near(p))]))
        folder = to / f"known-{slug(order_name)}"
        row = [order_name, ";".join(slug(n) for n in names), streams, announced, start, until, kind]
        ports.write(folder, around, streams.split(";"), (month_after(month, -BEFORE), month_after(month, AFTER)), [row])
        sets["known"].append(folder)
    return sets


def judged(folders: list[Path]) -> list[dict[str, Any]]:
    call = [sys.executable, "-m", "crossings.cli", "backtest", *map(str, folders), "--json"]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"backtest ends with {done.returncode}: {done.stderr[-2000:]}")
    return list(json.loads(done.stdout)["episodes"])


def line(name: str, episodes: list[dict[str, Any]], phase: str) -> str:
    found = [(e["phases"][phase], e["id"]) for e in episodes if e["phases"][phase]["n"]]
    found = [(p, name) for p, name in found if p["skill"] is not None]
    if not found:
        return f"{name:6} {phase:7} no forecasts"
    skill = np.array([p["skill"] for p, _ in found])
    n = np.array([p["n"] for p, _ in found])
    held = {level: float(np.array([p["coverage"][level] for p, _ in found]) @ n / n.sum()) for level in ("50", "90")}
    worst = found[int(skill.argmin())]
    return (
        f"{name:6} {phase:7} {len(found):3} closures {n.sum():6} forecasts  skill mean {skill.mean():+z.1%} median {np.median(skill):+z.1%} "
        f"worst {skill.min():+z.0%} ({worst[1]}) below -5%: {(skill < -0.05).sum()}  50% holds {held['50']:.0%}  90% holds {held['90']:.0%}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--most", type=int, default=40, help="falls that are judged, at most")
    parser.add_argument("--out", type=Path, help="write what was found for each closure here, as JSON")
    options = parser.parse_args()
    path = next(options.data.glob("*.parquet")) if options.data.is_dir() else options.data
    with tempfile.TemporaryDirectory() as temporary:
        sets = make(Ports(path), Path(temporary), options.most)
        found = {name: judged(folders) for name, folders in sets.items()}
    for name, episodes in found.items():
        for phase in ("before", "after"):
            print(line(name, episodes, phase))
        closed = [(e["coverage_closed"]["90"], e["n_closed"]) for e in episodes if e["coverage_closed"]]
        if closed:
            share = sum(c * n for c, n in closed) / sum(n for _, n in closed)
            print(f"{name:6} zero by order: {sum(n for _, n in closed)} forecasts, 90% holds {share:.0%}")
    if options.out:
        options.out.write_text(json.dumps(found))


if __name__ == "__main__":
    main()
