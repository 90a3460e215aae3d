"""Closures made up on real counts, of every kind, step and length of history: does a forecast stay sane where nobody looked?

    python verification/made_up_closures.py FOLDER_OR_FILE [--closures 72] [--seed 5]

The file is the border crossing entry data of the US Bureau of Transportation Statistics as Parquet. From months of a port and its
neighbours, days are made (weekday, drift and noise), cut to months, weeks or days and to 1 to 36 months of history; an order of
one of six kinds then takes a drawn share (sometimes none at all) at some of the crossings and a drawn part of it turns up next
door; it is announced before, on its day, or late. Each folder is given to ``crossings backtest --json``; printed are skill
against the rule chosen on the atlas, and coverage, by kind and by step.
"""

from __future__ import annotations

import argparse
import calendar
import csv
import datetime as dt
import math
import tempfile
from pathlib import Path

import numpy as np
from unseen_closures import Ports, judged, line, month_after, slug

LOSS = {
    "closed": (0.93, 1.0),
    "part": (0.0, 0.9),
    "slowed": (0.0, 0.6),
    "quota": (0.0, 0.8),
    "hours": (0.0, 0.6),
    "deterrent": (0.1, 0.9),
}
NOT_FELT = 0.15
STEPS = {"month": (2, 5, 12, 24, 36), "week": (1, 2, 6), "day": (1, 2, 6)}
YEARS = (1999, 2003, 2005, 2010, 2014, 2016, 2017)
LEAST = 300
_DAY = dt.timedelta(days=1)


def made(ports: Ports, draw: np.random.Generator, kind: str, folder: Path) -> Path | None:
    """A folder of three files; None where the months that were drawn are not all there."""
    keys = sorted(ports.series)
    port, state, stream = keys[int(draw.integers(len(keys)))]
    if ports.place[port, state][0] is None:
        return None
    step = str(draw.choice(["month", "month", "week", "day"]))
    first = dt.date(int(draw.choice(YEARS)), int(draw.integers(1, 13)), 1)
    months = [month_after(first, k) for k in range(-int(draw.choice(STEPS[step])), 5)]
    around = [(port, state), *ports.near((port, state))][: int(draw.choice([1, 2, 4, 6]))]
    counted = {p: [ports.series.get((*p, stream), {}).get(m, 0) for m in months] for p in around}
    counted = {p: values for p, values in counted.items() if min(values) > LEAST}
    if (port, state) not in counted:
        return None
    sites = list(counted)
    hit = sites[: int(draw.choice([1, max(1, len(sites) // 2), len(sites)]))]
    start = dt.datetime.combine(first, dt.time()) + int(draw.integers(26)) * _DAY
    end = start + int(draw.choice([2, 9, 30, 75])) * _DAY
    daily = {p: days_of(values, months, stream, draw) for p, values in counted.items()}
    lost = draw.uniform(*LOSS[kind]) * (kind in ("closed", "deterrent") or draw.random() >= NOT_FELT)
    under = np.array(
        [start <= dt.datetime.combine(months[0] + k * _DAY, dt.time()) < end for k in range(daily[port, state].size)]
    )
    gone = sum(daily[p] * under * lost for p in hit)
    for p in hit:
        daily[p] = daily[p] * (1 - under * lost)
    beside = next((p for p in sites if p not in hit), None)
    if beside is not None:
        daily[beside] = daily[beside] + gone * draw.uniform(0, 0.4)
    announced = draw.choice(
        ["", str((start - int(draw.choice([0, 1, 7, 20])) * _DAY).date()), str((start + _DAY).date())]
    )
    folder = folder / f"{kind}-{step}-{slug(port)}-{stream}-{first:%Y-%m}-{len(months) - 5}"
    if folder.exists():
        return None
    order = ["order", ";".join(slug(p[0]) for p in hit), stream, announced, start.date(), (end - _DAY).date(), kind]
    write(
        folder,
        {slug(p[0]): (ports.place[p][:2], values) for p, values in daily.items()},
        months,
        step,
        stream,
        order,
        draw,
    )
    return folder


def days_of(values: list[int], months: list[dt.date], stream: str, draw: np.random.Generator) -> np.ndarray:
    """Days that add up to about the months, with weekday, drift and noise."""
    week = (1, 1, 1, 1, 1, 0.5, 0.3) if stream == "trucks" else (1, 1, 1, 1, 1.1, 1.2, 1)
    out, error = [], 0.0
    for value, month in zip(values, months, strict=True):
        length = calendar.monthrange(month.year, month.month)[1]
        for k in range(length):
            error = 0.7 * error + draw.normal(0, 0.08)
            out.append(value / length * week[(month + k * _DAY).weekday()] * math.exp(error))
    return np.array(out)


def write(folder, sites, months, step, stream, order, draw) -> None:  # type: ignore[no-untyped-def]
    """The three files."""
    folder.mkdir()
    counts = [["crossing", "stream", "direction", "from", "until", "count", "unit", "published"]]
    for site, (_, daily) in sites.items():
        k = 0
        while k < daily.size:
            day = months[0] + k * _DAY
            long = calendar.monthrange(day.year, day.month)[1] if step == "month" else 7 if step == "week" else 1
            if k + long <= daily.size:
                last = day + (long - 1) * _DAY
                published = month_after(day, 1).replace(day=28) if step == "month" else last + _DAY
                counts.append(
                    [site, stream, "US", day, last, draw.poisson(daily[k : k + long].sum()), "vehicles", published]
                )
            k += long
    heads = ["order", "crossings", "streams", "announced", "from", "until", "kind"]
    tables = {
        "counts": counts,
        "crossings": [["id", "lat", "lon"], *([site, *where] for site, (where, _) in sites.items())],
        "closures": [heads, order],
    }
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file).writerows(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--closures", type=int, default=72)
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args()
    path = next(options.data.glob("*.parquet")) if options.data.is_dir() else options.data
    ports, draw, kinds = Ports(path), np.random.default_rng(options.seed), list(LOSS)
    with tempfile.TemporaryDirectory() as temporary:
        folders: list[Path] = []
        while len(folders) < options.closures:
            folder = made(ports, draw, kinds[len(folders) % len(kinds)], Path(temporary))
            folders += [folder] if folder else []
        found = judged(folders)
    for name in ("", *kinds, *STEPS):
        mine = [e for e in found if not name or name in e["id"].split("-")[:2]]
        for phase in ("before", "after"):
            print(line(name or "all", mine, phase))


if __name__ == "__main__":
    main()
