"""What is forecast where little is known yet: before the first count under an order, after one that hid all, and of single
figures.
"""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from crossings.forecasting.backtest import Rolling, backtest
from crossings.forecasting.effects import IDLE, effects
from crossings.forecasting.episode import Episode
from crossings.forecasting.history import read_folder
from crossings.forecasting.known import by_series
from crossings.forecasting.opponents import LEVELS
from crossings.forecasting.priors import priors
from crossings.forecasting.situation import look

MIDDLE = LEVELS.size // 2


def episode(folder: Path, counts: list[list[object]], order: list[object]) -> Episode:
    """Two crossings 50 km apart; counts are (crossing, from, until, count, published)."""
    files = {
        "counts": [
            ["crossing", "stream", "direction", "from", "until", "count", "published"],
            *([c[0], "cars", "PL", *c[1:]] for c in counts),
        ],
        "crossings": [["id", "lat", "lon"], ["north", 52.0, 23.6], ["south", 51.55, 23.6]],
        "closures": [["order", "crossings", "streams", "announced", "from", "until", "kind"], order],
    }
    for name, rows in files.items():
        with (folder / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file).writerows(rows)
    return read_folder(folder)


def days(n: int, first: str = "2022-03-01", value: int = 300) -> list[list[object]]:
    start = dt.date.fromisoformat(first)
    return [
        [site, day, day, value + 5 * (k % 3), day]
        for k in range(n)
        for site in ("north", "south")
        for day in [start + dt.timedelta(days=k)]
    ]


@pytest.mark.parametrize(("kind", "naive"), [("slowed", True), ("part", True), ("deterrent", False)])
def test_before_the_first_count_a_quarter_is_what_was_last_counted(tmp_path: Path, kind: str, naive: bool) -> None:
    origin = dt.datetime(2022, 4, 8)
    order = ["o", "north", "cars", "2022-04-07", "2022-04-08", "", kind]
    found = episode(tmp_path, days(60), order)
    rolling = Rolling(found, dt.timedelta(days=10), priors())
    targets = [t for t in rolling._targets(origin) if t[0].series.crossings == ("north",)]
    said = rolling._say(origin, targets, True)[1]
    assert said is not None
    before = rolling._before(origin)
    assert before(targets[0][0].series)
    forecast, last = said.quantiles[:, MIDDLE], said.rules["as last counted"][:, MIDDLE]
    assert (forecast < last).all()  # something is expected to stay away
    rolling._before = lambda origin: lambda series: False  # type: ignore[method-assign]
    alone = rolling._say(origin, targets, True)[1]
    assert alone is not None
    share = (forecast - alone.quantiles[:, MIDDLE]) / (last - alone.quantiles[:, MIDDLE])
    assert share == pytest.approx(np.full(share.size, 0.25 if naive else 0.0), abs=1e-9)


def test_a_closed_crossing_is_not_forecast_as_last_counted(tmp_path: Path) -> None:
    found = episode(tmp_path, days(60), ["o", "north", "cars", "2022-04-07", "2022-04-08", "2022-05-30", "closed"])
    table = backtest(found, [dt.datetime(2022, 4, 8)], dt.timedelta(days=10), priors())
    shut = [k for k, row in enumerate(table.rows) if row.count.series.crossings == ("north",)]
    assert shut
    assert (table.quantiles[shut][:, MIDDLE] < 30).all()


def test_after_an_order_that_hid_all_no_more_comes_than_before_it_by_much(tmp_path: Path) -> None:
    months = [dt.date(2021 + k // 12, k % 12 + 1, 1) for k in range(20)]
    counts: list[list[object]] = []
    for k, month in enumerate(months):
        end = (month + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)
        counts += [
            [site, month, end, 3000 if k < 16 or k > 17 or site == "south" else (0, 2000)[k - 16], end]
            for site in ("north", "south")
        ]
    found = episode(tmp_path, counts, ["o", "north", "cars", "", months[16], months[18] - dt.timedelta(days=1), "part"])
    table = backtest(found, [dt.datetime(2022, 7, 1)], None, priors())
    mine = [k for k, row in enumerate(table.rows) if row.count.series.crossings == ("north",)]
    assert mine
    assert (table.quantiles[mine][:, -2] < 4 * 3000).all()


def test_an_order_that_leaves_room_may_not_be_felt_and_one_that_closes_is(tmp_path: Path) -> None:
    left = {}
    for kind in ("slowed", "closed"):
        found = episode(tmp_path, days(60), ["o", "north", "cars", "2022-04-07", "2022-04-08", "", kind])
        origin = dt.datetime(2022, 4, 10)
        situation = look(found, by_series(found.counts), origin, priors())
        group = next(iter(situation.groups.values()))
        factor = effects(found, group, origin, priors()).factor(np.array([19090.0]), np.array([19091.0]))
        left[kind] = float((factor[group.sites.index("north"), 0] >= 1.0 - 1e-9).mean())
    assert left["slowed"] == pytest.approx(IDLE, abs=0.08)
    assert left["closed"] < 0.05


def test_single_figures_are_forecast_wider_than_counts_one_after_another(tmp_path: Path) -> None:
    order = ["o", "south", "cars", "2023-01-01", "2023-01-02", "", "closed"]
    width = []
    for gap in (7, 30):
        starts = [dt.date(2022, 3, 1) + dt.timedelta(days=gap * k) for k in range(4)]
        counts: list[list[object]] = [
            ["north", s, s + dt.timedelta(days=6), 300, s + dt.timedelta(days=7)] for s in starts
        ]
        later = starts[-1] + dt.timedelta(days=7)
        counts.append(["north", later, later + dt.timedelta(days=6), 300, later + dt.timedelta(days=7)])
        table = backtest(
            episode(tmp_path, counts, order), [dt.datetime.combine(later, dt.time())], dt.timedelta(days=7), priors()
        )
        assert len(table.rows) == 1
        width.append(float(table.quantiles[0, -2] / table.quantiles[0, 1]))
    assert width[1] > 1.5 * width[0]
