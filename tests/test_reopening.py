"""How traffic comes back after orders: what counts tell of it, what is pooled, and that no closure is judged by itself."""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import json
import math
import random
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from crossings.forecasting import atlas
from crossings.forecasting.backtest import origins_of
from crossings.forecasting.history import read_folder
from crossings.forecasting.judging import judge
from crossings.forecasting.known import by_series
from crossings.forecasting.learning import evidence_of
from crossings.forecasting.priors import FILE, pooled, priors
from crossings.forecasting.reopening import EDGES, after_the_end, recovery

SAID = json.loads(FILE.read_text())
KINDS = SAID["before"]["kinds"]
BEFORE = SAID["before"]["recovery"]
AT_ONCE, DAYS = 0.3, 12.0


def away(start: float, end: float) -> float:
    """The share that is not back yet, on average over some days after the end."""
    return (1 - AT_ONCE) * DAYS * (math.exp(-start / DAYS) - math.exp(-end / DAYS)) / (end - start)


def finding(noise: float, seed: int = 0) -> dict[str, object]:
    """Windows of a closure that took all, as counts with so much noise would have them."""
    draw = random.Random(seed)
    windows = [[-16.0, 0.0, 1.0, 0.0, noise]]
    for start, end in itertools.pairwise(EDGES[2:]):
        windows.append([start, end, 0.0, (1 - away(start, end)) * draw.lognormvariate(0, noise), noise])
    return {"mode": "cars", "kind": "closed", "level": 0.05, "windows": windows}


def test_many_closures_tell_how_traffic_comes_back() -> None:
    found = recovery(BEFORE, KINDS, [[finding(0.02, k)] for k in range(60)], ["cars", "trucks"], 3.0)
    assert found["cars"]["episodes"] == 60
    assert found["trucks"]["episodes"] == 0
    assert 1 / (1 + math.exp(-found["cars"]["at_once"])) == pytest.approx(AT_ONCE, abs=0.05)
    assert found["cars"]["days"] == pytest.approx(DAYS, rel=0.15)
    assert found["cars"]["at_once_spread"] < 0.5 * BEFORE["at_once_spread"]
    assert found["trucks"]["at_once"] < BEFORE["at_once"]  # a class without any is pulled to the others


def test_a_closure_that_tells_nothing_changes_nothing() -> None:
    blind = finding(50.0) | {"level": 50.0}
    found = recovery(BEFORE, KINDS, [[blind]] * 5, ["cars"], 3.0)["cars"]
    for name in ("at_once", "at_once_spread", "days", "days_spread"):
        assert found[name] == pytest.approx(BEFORE[name], rel=0.02)


def border(folder: Path, growth: float) -> Path:
    """A crossing that is shut for twenty days and comes back by and by, beside one that stays open, while all traffic grows."""
    folder.mkdir()
    first, shut, opened = dt.date(2022, 3, 1), 40, 60
    rows: list[list[object]] = [["crossing", "stream", "direction", "from", "until", "count", "unit"]]
    for k in range(180):
        day, trend = first + dt.timedelta(days=k), growth if k >= shut else 1.0
        here = 1.0 if k < shut else 0.0 if k < opened else 1 - away(k - opened, k - opened + 1)
        rows.append(["shut", "cars", "PL", day, day, round(10_000 * here * trend), "vehicles"])
        rows.append(["open", "cars", "PL", day, day, round(10_000 * trend), "vehicles"])
    order = [
        "o",
        "shut",
        "cars",
        "2022-04-01",
        first + dt.timedelta(days=shut),
        first + dt.timedelta(days=opened - 1),
        "closed",
    ]
    tables = {
        "counts": rows,
        "crossings": [["id", "lat", "lon"], ["shut", "53.0", "23.0"], ["open", "50.0", "24.0"]],
        "closures": [["order", "crossings", "streams", "announced", "from", "until", "kind"], order],
    }
    for name, table in tables.items():
        with (folder / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file).writerows(table)
    return folder


@pytest.mark.parametrize("growth", [1.0, 1.6])
def test_counts_about_the_end_of_an_order_tell_of_the_return_and_not_of_growth(tmp_path: Path, growth: float) -> None:
    episode = read_folder(border(tmp_path / "a", growth))
    base = pooled(SAID | {"evidence": {}})
    (found,) = after_the_end(episode, by_series(episode.counts), episode.orders[0], base)
    assert (found["kind"], found["mode"], found["lasted"]) == ("closed", "cars", 20.0)
    under = [w for w in found["windows"] if w[2] > 0.9]
    after = [w for w in found["windows"] if w[0] >= 0]
    assert under
    assert all(share == 0 for *_, share, _ in under)
    assert len(after) == 7
    for start, end, cover, share, _ in after:
        assert cover == 0
        assert share == pytest.approx(1 - away(start, end), abs=0.04)
    # A growth of all traffic makes what is left less sure.
    assert (after[0][4] > 0.2) == (growth > 1)


def test_what_is_stored_is_what_the_closures_tell() -> None:
    base = pooled(SAID | {"evidence": {}})
    for name in ("ee_ru_2024_2026", "us_eagle_pass_2023", "us_ca_convoy_2022"):
        stored = {k: v for k, v in SAID["evidence"][name].items() if k != "rules"}
        assert json.loads(json.dumps(evidence_of(atlas.read(name), base))) == stored
    assert {name for name, e in SAID["evidence"].items() if e["after"]} >= {"us_covid_2020", "hk_shenzhen_2023_reopen"}


@pytest.mark.parametrize("name", atlas.names())
def test_what_a_closure_taught_does_not_reach_the_priors_it_is_judged_with(name: str) -> None:
    episode = atlas.read(name)
    assert name in atlas.held(episode)
    spoiled = json.loads(FILE.read_text())
    for held in atlas.held(episode):
        spoiled["evidence"][held] = {
            "lost": [{"kind": k, "share": 0.5, "mode": "cars", "apart": 3.0} for k in KINDS],
            "moved": [{"mode": m, "share": 1.0, "km": 50.0} for m in SAID["before"]["diversion"]],
            "notice": [{"factor": 2.0}],
            "after": [finding(0.02) | {"mode": m} for m in SAID["before"]["diversion"]],
            "lasted": [{"kind": k, "days": 1.0, "ended": True} for k in SAID["before"]["lasts"]],
            "restless": [25.0],
            "rules": {"all": {"seasonal": 0.001}},
        }
    assert pooled(spoiled, *atlas.held(episode)) == priors(*atlas.held(episode))
    assert pooled(spoiled) != priors()


def test_a_closure_of_the_atlas_is_judged_without_itself_under_any_name(tmp_path: Path) -> None:
    name = "us_eagle_pass_2023"
    shutil.copytree(atlas.FOLDER / name, tmp_path / "mine")
    mine, theirs = read_folder(tmp_path / "mine"), atlas.read(name)
    assert mine.id == "mine"
    assert atlas.held(mine) == (name,)
    origins = origins_of(theirs, "orders")
    (renamed,), (named,) = (judge([(e, origins)], None)["episodes"] for e in (mine, theirs))
    assert renamed["rows"] == named["rows"]
    assert any(name in note and "left out" in note for note in renamed["notes"])
    assert not any("left out" in note for note in named["notes"])
    far = replace(mine, orders=tuple(replace(o, start=o.start + dt.timedelta(days=400), end=None) for o in mine.orders))
    assert atlas.held(far) == ()


def test_what_is_learned_is_as_wide_as_the_closures_leave_it() -> None:
    """Five of the twelve show a return at all, mostly by the month: the range stays wide."""
    for found in priors()["recovery"].values():
        share = 1 / (1 + np.exp(-(found["at_once"] + found["at_once_spread"] * np.array([-1.645, 1.645]))))
        assert share[0] < 0.35
        assert share[1] > 0.9
