"""What is expected once a closure ends: closed days tell little of open ones, and do not make these forgotten."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from crossings.forecasting.backtest import backtest
from crossings.forecasting.draws import N
from crossings.forecasting.episode import Series
from crossings.forecasting.history import read_folder
from crossings.forecasting.past import Past, counting_noise, level_of
from crossings.forecasting.priors import priors
from crossings.forecasting.situation import Known, SeriesCounts

ORDINARY = {"a": 500.0, "b": 300.0, "c": 200.0}
FIRST = dt.date(2023, 3, 1)
OPEN = 120  # days of counts before the closure


def closure(folder: Path, closed: int, passes: float, after: int = 5) -> Path:
    """Daily counts of cars: a is closed for a while, and a share ``passes`` of its cars still does."""
    rng = np.random.default_rng(3)
    start, end = FIRST + dt.timedelta(days=OPEN), FIRST + dt.timedelta(days=OPEN + closed - 1)
    counts: list[list[object]] = [["crossing", "stream", "direction", "from", "until", "count", "published"]]
    for site, ordinary in ORDINARY.items():
        for k in range(OPEN + closed + after):
            day = FIRST + dt.timedelta(days=k)
            shut = site == "a" and start <= day <= end
            mean = ordinary * np.exp(rng.normal(0, 0.1)) * (passes if shut else 1.0)
            counts.append([site, "cars", "US", day, day, rng.poisson(mean), day + dt.timedelta(days=1)])
    announced = start - dt.timedelta(days=5)
    tables = {
        "counts": counts,
        "crossings": [["id", "lat", "lon"], ["a", 49, -110], ["b", 49, -111], ["c", 49, -113]],
        "closures": [
            ["order", "crossings", "streams", "announced", "from", "until", "until_announced", "kind"],
            ["shut", "a", "cars", announced, start, end, announced, "closed"],
        ],
    }
    folder.mkdir()
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file).writerows(rows)
    return folder


@pytest.mark.parametrize("passes", [0.0, 0.004, 0.03])
@pytest.mark.parametrize(("closed", "least"), [(6, 0.3), (40, 0.1)])
def test_the_first_open_days_are_not_many_times_too_low(
    tmp_path: Path, closed: int, least: float, passes: float
) -> None:
    episode = read_folder(closure(tmp_path / "border", closed, passes))
    origin = dt.datetime.combine(FIRST + dt.timedelta(days=OPEN + closed), dt.time(1))
    made = backtest(episode, [origin], dt.timedelta(days=4), priors())
    found = {
        r.count.start: q
        for r, q in zip(made.rows, made.quantiles, strict=True)
        if r.count.series.crossings == ("a",) and r.count.start >= origin - dt.timedelta(hours=2)
    }
    assert len(found) >= 3
    for quantiles in found.values():
        assert quantiles[len(quantiles) // 2] >= least * ORDINARY["a"]
        assert quantiles[-1] >= ORDINARY["a"]


def past_of(share: list[float], values: list[float], usual: float = 100.0, before: int = 20) -> Past:
    """Rows of which an order leaves these shares, after ``before`` days of ``usual``; the last eight set a level."""
    numbers = np.array([usual] * before + values, dtype=float)
    start = np.arange(numbers.size, dtype=float)
    rows = SeriesCounts(start, start + 1, numbers)
    left = np.array([1.0] * before + share)
    series = Series(("a",), "cars", "US", "vehicles", "flow")
    known = Known(series, rows, None, np.ones(numbers.size), np.log(numbers), left == 1.0)  # type: ignore[arg-type]
    last = slice(max(0, numbers.size - 8), None)
    factor = np.repeat(left[last, None], N, axis=1)
    cover = (1.0 - left[last])[None]
    spread = np.array([0.02 + counting_noise(numbers), 0.005])
    return Past(known, known.x[last], start[last], start[last] + 1, cover, factor, spread, 1.0, "day")


MEMORY = np.full(N, 0.3)
ALL = np.arange(N)


def test_without_orders_every_row_weighs_by_its_age_alone() -> None:
    past = past_of([1.0] * 4, [90.0, 110.0, 130.0, 120.0])
    assert past.worth == pytest.approx(1.0)
    assert past.ordinary(ALL, MEMORY) == pytest.approx(level_of(past.x, past.length, MEMORY))


def test_rows_of_a_closure_tell_less_the_less_it_leaves() -> None:
    levels = [float(np.exp(past_of([left], [3 * 100.0 * left]).ordinary(ALL, MEMORY)[0])) for left in (1.0, 0.3, 0.01)]
    assert levels[0] > levels[1] > levels[2] > 100.0
    assert levels[2] < 105.0


def test_what_was_carried_before_holds_through_rows_under_orders_alone() -> None:
    usual = np.full(N, np.log(100.0))
    one = past_of([0.01] * 8, [0.2] * 8)  # a fifth of what the order would leave
    many = past_of([0.01] * 60, [0.2] * 60)
    alone = np.exp(one.ordinary(ALL, MEMORY)[0])
    assert alone == pytest.approx(20.0)
    held, longer = (np.exp(p.ordinary(ALL, MEMORY, usual)[0]) for p in (one, many))
    assert 70.0 < longer < held < 100.0
    # As if all rows were among the last: what each leaves of what was before.
    worth = many.worth[0, 0]
    kept = (1.0 - 0.3 * worth) ** 60
    rows = many.ordinary(ALL, MEMORY)[0]
    part = 1.0 - (1.0 - 0.3 * worth) ** 8
    assert np.log(longer) == pytest.approx((kept * usual[0] + part * rows) / (kept + part))


def test_the_noise_of_few_on_closed_days_makes_them_worth_no_more() -> None:
    few, many = past_of([0.01] * 8, [1.0] * 8), past_of([0.01] * 8, [1.0] * 8, usual=10_000.0)
    assert few.worth[0, 0] < 0.1
    assert many.worth[0, 0] < 0.1
