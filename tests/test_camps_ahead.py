"""People in camps weeks ahead: what is expected, how wide the range is, and that nothing later is known."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from crossings.forecasting.camp_judging import PERSISTENCE, judge_camps
from crossings.forecasting.camp_sources import camps_in
from crossings.forecasting.camp_spread import KINDS, fingerprint, others, quantiles, stored
from crossings.forecasting.camps import LEADS, camps_of, expect, rolling
from crossings.importers.flee import Records, read_flee, to_scenario
from flee_cases import LOCATIONS, write_case

LEVELS = np.array([0.05, 0.25, 0.5, 0.75, 0.95])
DAYS = range(0, 360, 15)


def steady(folder: Path, a_day: tuple[float, float] = (20.0, 20.0), **more: str) -> Path:
    """240 days and more of camps that are counted every 15 days and change evenly."""
    changes = {
        "input_csv/sim_period.csv": "StartDate,2020-01-01\nLength,360\n",
        "source_data/dell.csv": counts(3000, a_day[0]),
        "source_data/elm.csv": counts(3000, a_day[1]),
    }
    return write_case(folder, {**changes, **more})


def counts(first: float, a_day: float) -> str:
    days = np.datetime64("2020-01-01") + np.array(DAYS)
    return "".join(f"{date},{max(0, first + a_day * day):.0f}\n" for date, day in zip(days, DAYS, strict=True))


def test_half_of_the_rise_goes_on_and_is_shared(tmp_path: Path) -> None:
    """40 people a day; Ash and Birch flee, and ways to Dell and Elm are what they are."""
    camps = camps_of(read_flee(steady(tmp_path)))
    found = expect(camps, 120)
    assert found is not None
    assert found.last.tolist() == [5400, 5400]
    assert found.a_day.sum() == pytest.approx(20)
    by_distance = camps.shares(120)
    assert by_distance.sum() == pytest.approx(1)
    assert by_distance[0] > by_distance[1]  # Dell is nearer to both
    assert found.a_day == pytest.approx(20 * (0.5 * by_distance + 0.5 * 0.5))
    assert found.at(30) == pytest.approx(5400 + 30 * found.a_day)
    assert found.kind.tolist() == [2, 2]
    assert dataclasses.replace(found, moved=np.array([0.0, 0.05])).kind.tolist() == [0, 1]
    assert dataclasses.replace(found, last=np.array([5400.0, 100.0])).kind.tolist() == [2, 3]


def test_a_fall_of_all_goes_on_in_each(tmp_path: Path) -> None:
    found = expect(camps_of(read_flee(steady(tmp_path, (-6.0, -3.0)))), 150)
    assert found is not None
    assert found.a_day == pytest.approx(-4.5 * found.last / found.last.sum())


def test_before_anybody_is_counted_nothing_is_expected(tmp_path: Path) -> None:
    """A case that begins with 3,000 people on day 60 has had no arrivals by then: it is when counting began."""
    late = "2020-01-01,0\n2020-03-01,3000\n2020-04-01,3000\n"
    folder = steady(tmp_path, **{"source_data/dell.csv": late, "source_data/elm.csv": late})
    camps = camps_of(read_flee(folder))
    assert expect(camps, 30) is None
    found = expect(camps, 75)
    assert found is not None
    assert found.a_day.tolist() == [0, 0]


def test_a_correction_is_no_fall(tmp_path: Path) -> None:
    dell = counts(3000, 0.0).replace("2020-04-30,3000", "2020-04-30,1500")
    dell = "".join(f"{row[:11]}{1500 if row[:10] > '2020-04-30' else row[11:]}\n" for row in dell.splitlines())
    files = {"source_data/dell.csv": dell, "input_csv/registration_corrections.csv": "Dell,2020-04-30\n"}
    found = expect(camps_of(read_flee(steady(tmp_path, (0.0, 0.0), **files))), 130)
    assert found is not None
    assert found.last.tolist() == [1500, 3000]
    assert found.a_day.tolist() == [0, 0]


def test_nobody_is_expected_at_a_camp_that_is_closed(tmp_path: Path) -> None:
    files = {"input_csv/closures.csv": "location,Elm,Borland,100,200\n", "source_data/elm.csv": "2020-01-01,0\n"}
    camps = camps_of(read_flee(steady(tmp_path, **files)))
    assert camps.shares(150).tolist() == [1, 0]
    assert camps.shares(50)[1] > 0.2


@pytest.mark.parametrize("origin", [31, 120, 200])
@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_later_is_known(tmp_path: Path, origin: int, seed: int) -> None:
    """Every record after the origin is changed, moved or left out, corrections and all: no forecast moves by a digit."""
    camps = camps_of(read_flee(steady(tmp_path, (25.0, -4.0))))
    rng = np.random.default_rng(seed)

    def other(records: Records) -> Records:
        later = records.day > origin
        kept = ~later | (rng.random(later.size) < 0.7)
        day = np.where(later, np.maximum(origin + 1, records.day + rng.integers(-3, 4, later.size)), records.day)
        count = np.where(later, rng.uniform(0, 1e6, later.size), records.count)
        day, first = np.unique(day[kept], return_index=True)
        return Records(day, count[kept][first], tuple(int(d) for d in day if d > origin))

    changed = dataclasses.replace(camps, records=tuple(other(records) for records in camps.records))
    plain, moved = expect(camps, origin), expect(changed, origin)
    assert plain is not None
    assert moved is not None
    for field in ("last", "moved", "a_day"):
        assert np.array_equal(getattr(plain, field), getattr(moved, field))
    assert plain.scale == moved.scale
    assert not np.array_equal(rolling(camps).count, rolling(changed).count)


def test_rows_are_counts_near_the_lead(tmp_path: Path) -> None:
    rows = rolling(camps_of(read_flee(steady(tmp_path))), leads=[30, 60])
    assert set(rows.lead.tolist()) == {30, 60}
    assert np.all(np.abs(rows.day - rows.origin - rows.lead) <= 10)
    assert np.all(rows.day > rows.origin)
    assert rows.count == pytest.approx(3000 + 20 * rows.day)
    assert rows.last == pytest.approx(3000 + 20 * rows.origin)


def test_spread_is_of_other_cases(tmp_path: Path) -> None:
    camps = camps_of(read_flee(steady(tmp_path)))
    assert len(others(camps.name, camps.records)) == len(stored()["cases"]) == 12
    assert len(others("mali2012", camps.records)) == 11
    assert fingerprint(camps.records) != fingerprint(camps.until(100).records)


def test_ranges_grow_with_the_lead_and_with_what_a_camp_is_like() -> None:
    def width(lead: float, kind: int | None) -> float:
        found = quantiles("expected", lead, kind, LEVELS, stored()["cases"])
        assert np.all(np.diff(found) >= 0)
        return float(found[-1] - found[0])

    assert width(10, 1) < width(30, 1) < width(45, 1) < width(60, 1) < width(120, 1)
    assert width(30, 1) < width(30, 2) < width(30, 3)
    assert [len(stored()["cases"][0]["expected"][str(lead)]) for lead in LEADS] == [len(KINDS)] * 3


def test_the_table_and_the_json(call, tmp_path: Path) -> None:
    folder = steady(tmp_path)
    status, out, _ = call("validate", folder, "--ahead", "30,60,90")
    assert status == 0
    assert "better by" in out
    found = json.loads(call("validate", folder, "--ahead", "90,30", "--json")[1])
    (one,) = found["episodes"]
    assert (one["id"], one["best_naive"]) == ("small", PERSISTENCE)
    assert [part["lead_days"] for part in one["by_lead"]] == [30, 90]
    row = one["rows"][0]
    assert (row["origin"], row["from"], row["until"], row["lead_days"]) == (
        "2020-01-31",
        "2020-03-01",
        "2020-03-01",
        30,
    )
    assert row["p05"] <= row["p25"] <= row["p50"] <= row["p75"] <= row["p95"]
    again = json.loads(call("backtest", folder, "--horizon", "90d", "--json")[1])
    assert [part["lead_days"] for part in again["episodes"][0]["by_lead"]] == [30, 60, 90]
    assert again["episodes"][0]["by_lead"][0]["crps"] == one["by_lead"][0]["crps"]
    assert call("backtest", folder, "--origins", "2020-05-01,2020-06-01")[0] == 0


@pytest.mark.parametrize("word", ["x", "", "0", "-30", "400", "30;60"])
def test_days_ahead_that_are_none(call, tmp_path: Path, word: str) -> None:
    status, out, err = call("validate", write_case(tmp_path), "--ahead", word)
    assert (status, out, len(err.splitlines())) == (2, "", 1)


def test_a_case_too_short_to_be_forecast(call, tmp_path: Path) -> None:
    status, out, _ = call("validate", write_case(tmp_path), "--ahead", "30")
    assert (status, "no count lies so far ahead" in out) == (0, True)


def test_an_imported_directory_is_forecast_as_the_directory_is(tmp_path: Path) -> None:
    text = LOCATIONS.replace("conflict_zone,2,1000", "conflict_zone,0,1000")
    closed = "country,Arland,Borland,40,70\nlocation,Cedar,,100,130\nlocation,Elm,Borland,150,180\n"
    files = {"input_csv/locations.csv": text, "input_csv/closures.csv": closed}
    folder = steady(tmp_path, (25.0, 4.0), **files)
    to_scenario(read_flee(folder)).write(tmp_path / "out")
    raw, imported = camps_in(folder), camps_in(tmp_path / "out")
    assert raw is not None
    assert imported is not None
    for day in (35, 60, 90, 110, 160, 200):
        assert imported.shares(day) == pytest.approx(raw.shares(day), rel=1e-6)
    assert judge_camps(imported)["crps"] == pytest.approx(judge_camps(raw)["crps"], rel=1e-4)
    assert camps_in(tmp_path) is None
