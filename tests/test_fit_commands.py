"""Options of fit, forecast and backtest from the command line, on a small border with counts."""

from __future__ import annotations

import json
from pathlib import Path

import tiny
from counted_border import border
from crossings.forecasting import atlas


def test_a_forecast_knows_later_orders_or_not(call, tmp_path: Path) -> None:
    """An order that becomes known after the last count that is learned from."""
    shut = tiny.closed("late", "north", (4,), announced=(4,))
    border(closures=(shut,)).write(tmp_path / "border")
    fit = ("fit", tmp_path / "border", "--points", "200", "--until", "2024-01-04", "--out", tmp_path / "fit")
    assert call(*fit)[0] == 0
    rows = {}
    for which in ((), ("--given", "later"), ("--given", "then"), ("--pool",)):
        status, out, err = call("forecast", tmp_path / "border", "--fit", tmp_path / "fit", "--json", *which)
        assert status == 0, err
        rows[which] = {(r["crossing"], r["date"]): r["p50"] for r in json.loads(out)["rows"]}
    assert rows[()] == rows["--given", "later"]
    assert rows["--given", "later"]["north", "2024-01-05"] == 0
    assert rows["--given", "then"]["north", "2024-01-05"] > 30
    assert rows[("--pool",)]["south", "2024-01-05"] != rows[()]["south", "2024-01-05"]


def test_counts_of_a_day_are_out_the_day_after(call, tmp_path: Path) -> None:
    """By period those of the last day are used, which come out at two in the morning; by publication they were not out yet."""
    border().write(tmp_path / "border")
    used = {}
    for by in ("period", "published"):
        status, out, err = call(
            "fit", tmp_path / "border", "--until", "2024-01-04", "--by", by, "--prior-only", "--json"
        )
        assert status == 0, err
        used[by] = {row["id"] for row in json.loads(out)["prior_predictive"]}
    assert used["period"] - used["published"] == {"north-3", "south-3"}


def test_the_atlas_is_forecast_as_directories_are(call, monkeypatch) -> None:
    monkeypatch.setattr(atlas, "names", lambda: ["us_texas_inspections_2022", "us_eagle_pass_2023"])
    status, out, err = call("backtest", "--atlas", "--origins", "2022-04-30,2023-11-30", "--horizon", "1mo", "--json")
    assert status == 0, err
    assert [e["id"] for e in json.loads(out)["episodes"]] == ["us_texas_inspections_2022", "us_eagle_pass_2023"]
    status, _, err = call("backtest", "us_eagle_pass_2023", "--atlas")
    assert (status, err) == (2, "DIR: give directories, or --atlas; such as: crossings backtest DIR\n")
