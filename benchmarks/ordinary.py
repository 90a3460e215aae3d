"""Ordinary months of US ports, two to four months ahead: the forecast beside a seasonal naive, the last count and a kept library.

    python benchmarks/ordinary.py FOLDER_OR_FILE [--windows 1000] [--library 30]

The file is the border crossing entry data of the US Bureau of Transportation Statistics as Parquet. Windows without closures
(2016 to 2019, and 2022 on, in sample for the season) are drawn with a fixed seed from all series of trucks, cars and walkers with
at least 1,000 a month. With 24, 12 and 8 months of history the mean absolute error of the logarithm is printed, two to four
months after the last count; the library is ETS of statsmodels with a damped trend, and a season of 12 where two years are known.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import warnings
from pathlib import Path

import numpy as np
import polars as pl

from crossings.forecasting.episode import Count, Episode, Series, Site, days
from crossings.forecasting.known import by_series
from crossings.forecasting.predict import predict
from crossings.forecasting.priors import priors
from crossings.forecasting.situation import look

STREAMS = {"Trucks": "trucks", "Personal Vehicles": "cars", "Pedestrians": "pedestrians"}
HISTORIES = (24, 12, 8)
LEADS = (2, 3, 4)
LEAST = 1000


def month_after(month: dt.date, k: int) -> dt.datetime:
    at = month.year * 12 + month.month - 1 + k
    return dt.datetime(at // 12, at % 12 + 1, 1)


def windows(path: Path, wanted: int) -> list[tuple[str, float, float, dt.date, list[float]]]:
    """(stream, lat, lon, first month of the forecast, 24 counts before and 4 after), quiet and without gaps."""
    table = pl.read_parquet(path).filter(pl.col("measure").is_in(list(STREAMS)))
    found = []
    for key, rows in table.sort("month").group_by(["port_code", "measure"], maintain_order=True):
        value = dict(zip(rows["month"], rows["value"], strict=True))
        lat, lon = rows["lat"][0], rows["lon"][0]
        if lat is None:
            continue
        for month in value:
            last = month_after(month, 3)
            if not (month.year >= 2018 and last.year <= 2019) and not (month_after(month, -24).year >= 2022):
                continue
            counts = [value.get(month_after(month, k).date()) for k in range(-24, 4)]
            if None not in counts and min(counts) >= LEAST:
                found.append((STREAMS[str(key[1])], lat, lon, month, [float(v) for v in counts]))
    random.Random(7).shuffle(found)
    return found[:wanted]


def ours(stream: str, lat: float, lon: float, month: dt.date, history: list[float]) -> list[float]:
    series = Series(("port",), stream, "US", "vehicles")
    counts = []
    for k, value in enumerate(history):
        start, end = month_after(month, k - len(history)), month_after(month, k - len(history) + 1)
        counts.append(Count(series, start, end, value, end))
    origin = month_after(month, 0)
    episode = Episode("port", {"port": Site("port", "", lat, lon)}, (), tuple(counts))
    targets = [(series, days(month_after(month, k - 1)), days(month_after(month, k))) for k in LEADS]
    draws = predict(look(episode, by_series(counts), origin, priors()), targets)
    return [float(v) for v in np.median(draws, axis=1)]


def seasonal(history: list[float]) -> list[float]:
    """As a year ago with the trend since, of the last three months; the last count where no year is known."""
    if len(history) < 12:
        return [history[-1]] * len(LEADS)
    trend = sum(history[-3:]) / sum(history[-15:-12]) if len(history) >= 15 else 1.0
    return [history[k - 13] * trend for k in LEADS]


def ets(history: list[float]) -> list[float]:
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    season = {"seasonal": "add", "seasonal_periods": 12} if len(history) >= 24 else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = ETSModel(np.log(history), error="add", trend="add", damped_trend=True, **season)
        said = np.exp(model.fit(disp=False).forecast(max(LEADS)))
    return [float(said[k - 1]) for k in LEADS]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--windows", type=int, default=1000)
    parser.add_argument(
        "--library", type=int, default=30, help="windows that the library is fitted to as well: a second each"
    )
    options = parser.parse_args()
    path = next(options.data.glob("*.parquet")) if options.data.is_dir() else options.data
    drawn = windows(path, options.windows)
    print(f"{len(drawn)} windows; mean absolute error of the logarithm, {LEADS[0]} to {LEADS[-1]} months ahead")
    some = len(drawn[: options.library])
    print(
        f"| months of history | crossings | seasonal naive | last count | crossings, {some} of them | ETS (statsmodels), the same {some} |"
    )
    print("|--:|--:|--:|--:|--:|--:|")
    for length in HISTORIES:
        errors: dict[str, list[float]] = {"ours": [], "seasonal": [], "last": [], "some": [], "ets": []}
        for k, (stream, lat, lon, month, counts) in enumerate(drawn):
            history, came = counts[24 - length : 24], [counts[23 + ahead] for ahead in LEADS]
            said = {
                "ours": ours(stream, lat, lon, month, history),
                "seasonal": seasonal(history),
                "last": [history[-1]] * len(LEADS),
            }
            if k < some:
                said |= {"some": said["ours"], "ets": ets(history)}
            for name, values in said.items():
                errors[name] += [abs(np.log(a + 0.5) - np.log(b + 0.5)) for a, b in zip(values, came, strict=True)]
        print(f"| {length} | " + " | ".join(f"{np.mean(errors[n]):.3f}" for n in errors) + " |", flush=True)


if __name__ == "__main__":
    main()
