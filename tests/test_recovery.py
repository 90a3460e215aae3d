"""Simulation-based calibration at small size (`verification/recovery.py` runs hundreds of synthetic data sets)."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "verification"))

import recovery

REPEATS, POINTS = 20, 300


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return recovery.repeated("small", REPEATS, POINTS)


def test_parameters_put_in_come_back_out_and_ranges_hold_what_they_say(found: dict[str, Any]) -> None:
    assert set(found["bins"]) == {"volume", "gamma", "south", "groups", "days", "supply", "route", "likelihood"}
    assert min(found["chance_if_uniform"].values()) > 1e-4
    low, high = binom.ppf([1e-4, 1 - 1e-4], REPEATS, 0.9) / REPEATS
    assert all(low <= share <= high for share in found["inside_90"].values())
    assert found["mean_rank"] == pytest.approx(dict.fromkeys(found["bins"], 0.5), abs=4 / np.sqrt(12 * REPEATS))
    # Four counts of one data set share its parameters and levels: two of them are worth about one.
    assert found["ahead_inside"]["90"] == pytest.approx(0.9, abs=4 * np.sqrt(0.09 / (2 * REPEATS)))
    assert found["ahead_inside"]["50"] == pytest.approx(0.5, abs=4 * np.sqrt(0.25 / (2 * REPEATS)))
    assert found["contraction"]["volume"] > 0.2  # the counts have spoken


@pytest.mark.slow
def test_counts_that_the_model_does_not_make_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    make = recovery._reported
    monkeypatch.setattr(recovery, "_reported", lambda cell, count: make(cell, 2.0 * count))
    found = recovery.repeated("small", 10, POINTS)
    assert min(found["chance_if_uniform"].values()) < 1e-4


def test_a_made_up_count_has_the_form_of_the_real_one() -> None:
    cell = recovery.case_of("small").problem.cells[0]
    assert cell.low == cell.high
    seen = [recovery._reported(dataclasses.replace(cell, low=20.0, high=29.0), n) for n in (0.0, 9.0, 10.0, 37.0)]
    assert [(c.low, c.high) for c in seen] == [(0, 9), (0, 9), (10, 19), (30, 39)]
    bounds = [recovery._reported(dataclasses.replace(cell, low=20.0, high=np.inf), n) for n in (19.0, 20.0)]
    assert [(c.low, c.high) for c in bounds] == [(0, 19), (20, np.inf)]


def test_the_picture(found: dict[str, Any], tmp_path: Path) -> None:
    recovery.draw([found], tmp_path / "ranks.svg")
    assert (tmp_path / "ranks.svg").read_text().count("<svg") == 1
