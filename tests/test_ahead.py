"""Forecasts of what nobody has counted yet: from what was published by a day alone, each crossing and the total."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from crossings.cli import main
from crossings.forecasting.ahead import ahead, with_totals
from crossings.forecasting.backtest import backtest
from crossings.forecasting.history import read_folder
from crossings.forecasting.priors import priors
from crossings.forecasting.scores import rows_of
from test_backtest import border, write

ORIGIN = dt.datetime(2022, 3, 31)


def test_a_forecast_is_that_of_the_backtest_at_that_origin_and_knows_nothing_later(tmp_path: Path) -> None:
    episode = read_folder(border(tmp_path / "a"))
    found = ahead(episode, ORIGIN, dt.timedelta(days=8), priors())
    earlier = replace(episode, counts=tuple(c for c in episode.counts if c.published <= ORIGIN))
    assert ahead(earlier, ORIGIN, dt.timedelta(days=8), priors()).rows == found.rows
    mine = {(r["crossings"], r["from"][:10]): r for r in found.rows}
    rows = rows_of(backtest(with_totals(episode), [ORIGIN], dt.timedelta(days=8), priors()))
    same = [(mine[r["crossing"], r["from"][:10]], r) for r in rows]
    assert len(same) > 20
    for a, b in same:
        assert [a[q] for q in ("p05", "p50", "p95")] == [b[q] for q in ("p05", "p50", "p95")]


def test_the_total_is_forecast_from_the_sum_of_what_was_counted(tmp_path: Path) -> None:
    episode = read_folder(border(tmp_path / "a"))
    rows = ahead(episode, ORIGIN, dt.timedelta(days=5), priors()).rows
    days = sorted({r["from"] for r in rows})
    for day in days[1:4]:
        parts = [r["p50"] for r in rows if r["from"] == day and not r["total"]]
        total = next(r for r in rows if r["from"] == day and r["total"])
        assert len(parts) == 3
        assert total["p50"] == pytest.approx(sum(parts), rel=0.25)
        assert total["p05"] < total["p50"] < total["p95"]


def test_after_an_order_ends_counts_under_it_do_not_say_what_comes(tmp_path: Path) -> None:
    folder = border(tmp_path / "a")
    head = ["order", "crossings", "streams", "announced", "from", "until", "kind"]
    shut = ["one", "middle", "cars", "2021-01-01", "2021-01-01", "", "closed"]
    beside = ["two", "south", "cars", "2022-03-27", "2021-01-01", "2022-04-02", "closed"]
    chances = []
    for orders in ([shut], [shut, beside]):
        write(folder, "closures.csv", [head, *orders])
        lines = (folder / "counts.csv").read_text().splitlines()
        zero = [",".join([*p[:5], "0", *p[6:]]) if (p := x.split(","))[0] in ("middle", "south") else x for x in lines]
        (folder / "counts.csv").write_text("\n".join(zero))
        rows = ahead(read_folder(folder), ORIGIN, dt.timedelta(days=30), priors()).rows
        chances.append(max(r["p95"] for r in rows if r["crossings"] == "middle"))
    assert chances[0] < 20 < 60 < chances[1]  # once its neighbour opens again, it may as well


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--until", "soon"], "is not a date"),
        (["--until", "1999-01-01"], "nothing was published"),
        (["--horizon", "long"], "length of time"),
        (["--from", "2022-04-01"], "goes with --fit"),
        (["--given", "then"], "--given: goes with --fit"),
        (["--pool"], "--pool: goes with --fit"),
        (["--fit", "kept", "--until", "2022-04-01"], "goes without --fit"),
    ],
)
def test_what_the_command_cannot_use_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], says: str
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["forecast", str(border(tmp_path / "a")), *options])
    assert stopped.value.code == 2
    assert says in capsys.readouterr().err


def test_the_command_prints_each_crossing_and_the_total(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = border(tmp_path / "a")
    out = tmp_path / "table.csv"
    call = ["forecast", str(folder), "--until", "2022-03-30", "--horizon", "3d"]
    with pytest.raises(SystemExit) as ended:
        main([*call, "--json", "--out", str(out)])
    assert not ended.value.code
    found = json.loads(capsys.readouterr().out)
    assert found["until"] == "2022-03-30"
    assert out.read_text().count("\n") == len(found["rows"]) + 1
    assert {r["crossings"] for r in found["rows"]} == {"north", "middle", "south", "middle;north;south"}
    assert all(np.diff([r["p05"], r["p25"], r["p50"], r["p75"], r["p95"]]).min() >= 0 for r in found["rows"])
    with pytest.raises(SystemExit):
        main(call)
    assert "all 3" in capsys.readouterr().out
