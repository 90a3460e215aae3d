"""Scores by hand, naive splits by hand, and a small case simulated against what is expected."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from crossings.calibration.draws import Draws
from crossings.calibration.fit import fit
from crossings.calibration.problem import Problem
from crossings.errors import InputError
from crossings.importers.flee import FleeCase, read_flee, to_scenario
from crossings.measures.camp_error import (
    Validation,
    ard,
    by_camp,
    daily_error,
    halves,
    naive_splits,
    rescaled,
    validate,
)

# Two camps, one of them nearer; 100 counted at the start, 1,000 more a day for four days.
FILES = {
    "locations.csv": """\
Ash,North,Arland,10.0,20.0,conflict_zone,0,3000
Dell,West,Borland,10.0,22.0,camp,,
Elm,West,Borland,9.0,22.0,camp,,30000
""",
    "routes.csv": "Ash,Dell,90\nAsh,Elm,190\n",
    "sim_period.csv": "StartDate,2020-01-01\nLength,6\n",
    "data_layout.csv": "total,all.csv\nDell,dell.csv\nElm,elm.csv\n",
    "all.csv": "2020-01-01,100\n",
    "dell.csv": "2020-01-01,80\n2020-01-05,2880\n",
    "elm.csv": "2020-01-01,20\n2020-01-05,1220\n",
}


def small(folder: Path, **changes: str) -> FleeCase:
    """The case above with other files (``locations="..."``)."""
    for name, text in {**FILES, **{f"{key}.csv": text for key, text in changes.items()}}.items():
        (folder / name).write_text(text)
    return read_flee(folder)


# --- scores ------------------------------------------------------------------------------------

COUNTED = np.array([[10.0, 20.0, 30.0], [0.0, 20.0, 50.0]])
SIMULATED = np.array([[99.0, 10.0, 30.0], [0.0, 10.0, 30.0]])


def test_ard_by_hand() -> None:
    assert daily_error(SIMULATED, COUNTED).tolist() == [8.9, 0.5, 0.25]
    assert ard(SIMULATED, COUNTED) == pytest.approx(0.375)  # day 0 does not count
    assert ard(COUNTED, COUNTED) == 0


def test_rescaled_by_hand() -> None:
    assert rescaled(SIMULATED, COUNTED)[:, 1:].tolist() == [[20.0, 40.0], [20.0, 40.0]]
    assert ard(rescaled(SIMULATED, COUNTED), COUNTED) == pytest.approx((0 + 20 / 80) / 2)
    assert rescaled(np.zeros((2, 3)), COUNTED).tolist() == np.zeros((2, 3)).tolist()


def test_days_without_anybody_count_as_one_person() -> None:
    assert daily_error(np.array([[3.0]]), np.array([[0.0]])).tolist() == [3.0]
    assert ard(np.zeros((2, 1)), np.zeros((2, 1))) == 0


def test_the_day_in_the_middle_is_of_the_first_half() -> None:
    counted = np.full((1, 6), 10.0)
    simulated = np.array([[99.0, 11.0, 12.0, 13.0, 14.0, 16.0]])
    assert halves(simulated, counted) == pytest.approx((0.2, 0.5))
    assert halves(counted[:, :1], counted[:, :1]) == (0.0, 0.0)


def test_camps_add_up() -> None:
    parts = by_camp(SIMULATED, COUNTED)
    assert parts.tolist() == pytest.approx([0.125, 0.25])
    assert parts.sum() == pytest.approx(ard(SIMULATED, COUNTED))


# --- naive splits ------------------------------------------------------------------------------


def test_shares(tmp_path: Path) -> None:
    case = small(tmp_path)
    total = case.counted[:6]
    splits = naive_splits(case)
    for name, share in (("day0", 0.8), ("equal", 0.5), ("capacity", 0.5)):
        split = splits[name]
        assert split is not None
        assert split[0].tolist() == pytest.approx((share * total).tolist())
        assert split.sum(axis=0).tolist() == pytest.approx(total.tolist())
    sized = small(tmp_path, locations=FILES["locations.csv"].replace("camp,,\n", "camp,,10000\n"))
    capacity = naive_splits(sized)["capacity"]
    assert capacity is not None
    assert capacity[0].tolist() == pytest.approx((0.25 * total).tolist())


def test_what_is_not_defined_is_none(tmp_path: Path) -> None:
    locations = FILES["locations.csv"].replace("30000", "")
    case = small(tmp_path, locations=locations, dell="2020-01-01,0\n2020-01-05,9\n", elm="2020-01-01,0\n")
    splits = naive_splits(case)
    assert splits["capacity"] is None
    assert splits["day0"] is None


def test_nearest_camp(tmp_path: Path) -> None:
    nearest = naive_splits(small(tmp_path))["nearest"]
    assert nearest is not None
    assert nearest[0].tolist() == pytest.approx([80, 1080, 2080, 3080, 4080, 4080])
    assert nearest[1].tolist() == pytest.approx([20] * 6)


def test_nearest_open_camp(tmp_path: Path) -> None:
    case = small(tmp_path, closures="camp,Dell,,0,2\nlink,Ash,Dell,3,-1\n")
    nearest = naive_splits(case)["nearest"]
    assert nearest is not None
    assert nearest[1].tolist() == pytest.approx([20, 1020, 1020, 2020, 3020, 3020])


def test_nearest_waits_where_nothing_can_be_reached(tmp_path: Path) -> None:
    case = small(tmp_path, closures="country,Arland,Borland,0,3\n")
    nearest = naive_splits(case)["nearest"]
    assert nearest is not None
    # scaled to the total counted: until day 3 in the shares of day 0, then all who waited are in the nearer camp
    assert nearest[0, 2] == pytest.approx(0.8 * 2100)
    assert nearest[0, 3:].tolist() == pytest.approx([3080, 4080, 4080])


def test_nearest_shrinks_alike(tmp_path: Path) -> None:
    case = small(tmp_path, dell="2020-01-01,80\n2020-01-02,30\n", elm="2020-01-01,20\n")
    nearest = naive_splits(case)["nearest"]
    assert nearest is not None
    assert nearest[:, 1].tolist() == pytest.approx([40, 10])


# --- simulated ---------------------------------------------------------------------------------


def test_people_go_in_proportion_to_distance(tmp_path: Path) -> None:
    """Shares are 1/(10 + km): 100 to 200 km, so two in three to the nearer camp."""
    case = small(tmp_path, locations=FILES["locations.csv"].replace("30000", ""))
    found = validate(case, seeds=range(1, 6))
    assert found.runs.shape == (5, 2, 6)
    assert found.runs[:, :, 0].tolist() == [[80, 20]] * 5
    gone = found.runs[:, :, -1] - [80, 20]
    # 4,000 people Poisson, each with its own draw: 4 standard errors of the mean of five runs
    assert abs(gone.sum(axis=1).mean() - 4000) < 4 * math.sqrt(4000 / 5)
    assert abs(gone[:, 0].mean() - 4000 * 2 / 3) < 4 * math.sqrt(4000 * 2 / 3 / 5)
    # whoever sets out on a day has arrived at its end
    assert np.all(np.abs(np.diff(found.simulated.sum(axis=0))[:4] - 1000) < 4 * math.sqrt(1000 / 5))


def test_camps_near_one_another_are_camps_like_any_other(tmp_path: Path) -> None:
    """Dell and Elm are 20 km apart, Fir is as far from home and alone: a third each."""
    locations = FILES["locations.csv"].replace("30000", "") + "Fir,East,Borland,9.0,19.0,camp,,\n"
    files = {"data_layout": FILES["data_layout.csv"] + "Fir,fir.csv\n", "fir": "2020-01-01,0\n"}
    case = small(tmp_path, locations=locations, routes="Ash,Dell,90\nAsh,Elm,90\nAsh,Fir,90\nDell,Elm,20\n", **files)
    gone = validate(case, seeds=range(1, 6)).simulated[:, -1] - [80, 20, 0]
    assert np.all(np.abs(gone - 4000 / 3) < 4 * math.sqrt(4000 / 3 / 5))


def test_runs_over_the_draws_of_a_fit(tmp_path: Path) -> None:
    case = small(tmp_path)
    scenario = to_scenario(case)
    found = fit(Problem(scenario, until="2020-01-03"), points=400, draws=50, threads=1)
    draws = Draws.of(found, scenario)
    plain, drawn = validate(case, seeds=range(1, 4)), validate(case, seeds=range(1, 4), parameters=draws)
    assert drawn.runs.shape == plain.runs.shape
    assert drawn.runs.tolist() != plain.runs.tolist()
    again = validate(case, seeds=[2], parameters=draws)
    assert again.runs[0].tolist() == drawn.runs[1].tolist()


def test_a_full_camp_repels(tmp_path: Path) -> None:
    locations = FILES["locations.csv"].replace("camp,,\n", "camp,,100\n").replace("30000", "")
    full = validate(small(tmp_path, locations=locations), seeds=[1])
    assert full.simulated[0, -1] < 80 + 1000  # those of the first day saw 80% of it taken
    free = validate(small(tmp_path, locations=locations), capacity_scaling=None, seeds=[1])
    assert free.simulated[0, -1] > 2000


def test_closed_borders_make_people_wait(tmp_path: Path) -> None:
    case = small(tmp_path, closures="country,Arland,Borland,0,3\n")
    found = validate(case, seeds=[1]).simulated.sum(axis=0)
    assert found[:3].tolist() == [100, 100, 100]
    assert abs(found[3] - 3100) < 4 * math.sqrt(3000)


def test_a_closed_camp_receives_nobody(tmp_path: Path) -> None:
    found = validate(small(tmp_path, closures="camp,Dell,,0,3\n"), seeds=[1]).simulated
    assert found[0, :3].tolist() == [80, 80, 80]
    assert found[0, 3] > 80
    assert found[1, 2] > 1500


def test_a_closed_link_sends_all_the_other_way(tmp_path: Path) -> None:
    found = validate(small(tmp_path, closures="link,Dell,Ash,2,-1\n"), seeds=[1]).simulated
    assert found[0, 1] > 300
    assert found[0, 2:].tolist() == [found[0, 1]] * 4


def test_falls_shrink_camps_alike(tmp_path: Path) -> None:
    case = small(tmp_path, dell="2020-01-01,8000\n2020-01-02,3000\n", elm="2020-01-01,2000\n")
    found = validate(case, seeds=[1]).simulated
    assert found[:, 1].tolist() == pytest.approx([4000, 1000], rel=1e-4)
    assert found[:, -1].tolist() == pytest.approx([4000, 1000], rel=1e-4)


def test_falls_take_those_who_came_as_well(tmp_path: Path) -> None:
    dell = "2020-01-01,0\n2020-01-02,4000\n2020-01-03,1000\n"
    case = small(tmp_path, dell=dell, elm="2020-01-01,0\n")
    found = validate(case, seeds=[1]).simulated.sum(axis=0)
    assert abs(found[2] - found[1] / 4) < 4 * math.sqrt(4000 * 3 / 16)


def test_persons_in_a_unit(tmp_path: Path) -> None:
    case = small(tmp_path, locations=FILES["locations.csv"].replace("30000", ""))
    found = validate(case, persons=10, seeds=range(1, 6))
    assert abs(found.simulated[:, -1].sum() - 4100) < 4 * 10 * math.sqrt(400 / 5)
    assert found.persons == 10


def test_a_camp_that_nobody_can_reach(tmp_path: Path) -> None:
    found = validate(small(tmp_path, routes="Ash,Elm,190\n"), seeds=[1]).simulated
    assert found[0].tolist() == [80] * 6


def test_what_is_printed(tmp_path: Path) -> None:
    found = validate(tmp_path, seeds=[1, 2]) if (small(tmp_path), tmp_path)[0].days else None
    assert isinstance(found, Validation)
    answer = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert {"instance", "days", "people", "camps", "ard", "ard_rescaled", "first_half", "second_half"} <= set(answer)
    assert {"naive", "seconds", "by_camp", "notes"} <= set(answer)
    assert (answer["days"], answer["camps"], answer["people"]) == (6, 2, 4100)
    assert set(answer["naive"]) == {"capacity", "day0", "equal", "nearest"}
    assert sum(answer["by_camp"].values()) == pytest.approx(answer["ard"])
    assert (3 * answer["first_half"] + 2 * answer["second_half"]) / 5 == pytest.approx(answer["ard"])
    assert answer["ard_lowest"] <= answer["ard"] <= answer["ard_highest"]
    low, high = found.band
    assert np.all(low <= high)


def test_the_same_seed_gives_the_same(tmp_path: Path) -> None:
    case = small(tmp_path)
    assert np.array_equal(validate(case, seeds=[3, 4]).runs[1], validate(case, seeds=[4]).runs[0])


def test_no_seed_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no seed"):
        validate(small(tmp_path), seeds=[])
