"""What was found wrong on many directories of other people: each kind of it on a small one made here."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
import os
import re
from pathlib import Path

import numpy as np
import pytest

from crossings.errors import InputError
from crossings.importers.flee import persons_for, read_flee, to_scenario
from crossings.measures.camp_error import validate
from crossings.scenario import Scenario, write_checked
from flee_cases import FILES, HEADER, LAYOUT, LOCATIONS, ROUTES, closures, faults, noted, read, write_case

# --- closures ----------------------------------------------------------------------------------


@pytest.mark.parametrize("country", ["Borland", "borland", "Arland", "Bor_land"])
def test_a_location_row_with_a_country_closes_the_camp(tmp_path: Path, country: str) -> None:
    case = closures(tmp_path, f"location,Dell,{country},0,5\n")
    (row,) = to_scenario(case).closures
    assert (row.places, row.roads, row.crossings) == (("Dell",), (), ())
    assert (row.from_, row.until) == (dt.datetime(2020, 1, 1), dt.datetime(2020, 1, 6))
    assert noted(case, "closures.csv:2", "neither") is (country == "Bor_land")


def test_a_location_row_with_a_country_closes_the_town(tmp_path: Path) -> None:
    case = closures(tmp_path, "location,Cedar,Arland,0,5\n")
    (row,) = to_scenario(case).closures
    assert row.places == ("Cedar",)
    assert case.closures[0].routes == (1, 2, 4)


def test_an_unknown_second_name_of_a_town_closes_nothing(tmp_path: Path) -> None:
    case = closures(tmp_path, "location,Cedar,Del,0,5\n")
    assert case.closures == ()
    assert noted(case, "closures.csv:2", "did you mean 'Dell'")


def test_nobody_comes_to_a_camp_before_it_opens(tmp_path: Path) -> None:
    files = {"input_csv/closures.csv": HEADER + "location,Elm,Borland,0,6\n", "source_data/elm.csv": "2020-01-01,0\n"}
    case = read(tmp_path, {**files, "source_data/dell.csv": "2020-01-01,100\n2020-01-11,5100\n"})
    elm = validate(case, seeds=[1], capacity_scaling=None).runs[0, 1]
    assert elm[:6].tolist() == [0] * 6
    assert elm[6] > 0


# --- what was known ----------------------------------------------------------------------------

LATER = {
    "other": "2020-01-01,100\n2020-01-05,180\n2020-01-11,900\n",
    "none": "2020-01-01,100\n2020-01-05,180\n",
    "more": "2020-01-01,100\n2020-01-05,180\n2020-01-08,20\n2020-01-09,70\n",
}


@pytest.mark.parametrize("dell", LATER.values(), ids=LATER)
@pytest.mark.parametrize("corrected", [None, "Dell,2020-01-08\nDell,2020-01-09\nElm,2020-01-11\n"])
def test_a_later_record_changes_nothing_that_was_known_before(tmp_path: Path, dell: str, corrected: str | None) -> None:
    plain = imported(tmp_path / "plain", {})
    other = {"source_data/dell.csv": dell, "input_csv/registration_corrections.csv": corrected}
    changed = imported(tmp_path / "changed", other)
    for day in range(1, 8):
        day_end = dt.date(2020, 1, day)
        for way in ("period", "published"):
            assert facts(plain.known_through(day_end, way)) == facts(changed.known_through(day_end, way))
        at = dt.datetime(2020, 1, day, 18)
        assert facts(plain.as_known(at)) == facts(changed.as_known(at))
    assert facts(plain) != facts(changed) or dell == LATER["none"]


def imported(folder: Path, changes: dict[str, str | None]) -> Scenario:
    """As `crossings import flee` writes it, read again."""
    to_scenario(read(folder, changes), persons=1).write(folder / "out")
    return Scenario.read(folder / "out")


def facts(scenario: Scenario) -> tuple[object, ...]:
    return scenario.places, scenario.demand, scenario.exits, scenario.stocks, scenario.headcounts, scenario.settings


def test_head_counts_are_the_records_and_carry_their_date(tmp_path: Path) -> None:
    rows = to_scenario(read(tmp_path)).headcounts
    assert [(row.place, row.date.day, row.count) for row in rows] == [("Dell", 1, 100), ("Dell", 5, 180), ("Elm", 1, 0)]
    assert all(row.published is not None and row.published.date() == row.date for row in rows)


def test_files_of_one_camp_are_added_by_their_last_records(tmp_path: Path) -> None:
    changes = {
        "source_data/data_layout.csv": "Dell,dell.csv,outside.csv\nElm,elm.csv\n",
        "source_data/outside.csv": "2020-01-03,10\n2020-01-06,20\n",
    }
    records = read(tmp_path, changes).records[0]
    assert dict(zip(records.day.tolist(), records.count.tolist(), strict=True)) == {2: 110, 4: 190, 5: 200, 10: 200}


def test_a_correction_acts_from_its_own_date(tmp_path: Path) -> None:
    """Dell's 180 become 90: nobody left, a register was cleaned; it is Dell that shrinks, and on that day."""
    dell = "2020-01-01,100\n2020-01-05,180\n2020-01-08,90\n"
    changes = {"input_csv/registration_corrections.csv": "Dell,2020-01-08\n", "source_data/dell.csv": dell}
    case = read(tmp_path, changes)
    assert case.counts[0, [0, 4, 7]].tolist() == [50, 90, 90]  # as Flee scores it, in hindsight
    scenario = to_scenario(case)
    assert [row.count for row in scenario.headcounts if row.place == "Dell"] == [100, 180, 90]
    (row,) = scenario.exits
    assert (row.place, row.from_, row.published.date()) == ("Dell", dt.datetime(2020, 1, 8), dt.date(2020, 1, 8))
    assert math.exp(-row.hazard_per_day) == pytest.approx(0.5)


# --- settings and records ----------------------------------------------------------------------

SETTINGS = "move_rules:\n  distance_power: 0.5\n  weight_power: 1.5\n  softening: 50.0\n"


@pytest.mark.parametrize("where", ["small/simsetting.yml", "small/input_csv/simsetting.yml", "simsetting.yml"])
def test_distance_weighs_as_simsetting_says(tmp_path: Path, where: str) -> None:
    folder = write_case(tmp_path)
    (tmp_path / where).write_text(SETTINGS)
    case = read_flee(folder)
    behaviour = to_scenario(case).settings.streams["displaced"].behaviour
    assert (behaviour.gamma, behaviour.softening_km) == (0.75, 50.0)
    assert not noted(case, "not used", "softening")
    assert not noted(case, "not used", "_power")
    asked = to_scenario(case, gamma=2.0, softening_km=1.0).settings.streams["displaced"].behaviour
    assert (asked.gamma, asked.softening_km) == (2.0, 1.0)


def test_a_row_out_of_order_does_not_win(tmp_path: Path) -> None:
    dell = "2020-01-01,100\n2020-01-03,140\n2020-01-05,180\n2020-01-03,180\n2020-01-11,180\n"
    case = read(tmp_path, {"source_data/dell.csv": dell})
    assert case.counts[0, 2] == 140
    assert noted(case, "dell.csv:4", "the earlier is used")
    first = read(tmp_path / "first", {"source_data/dell.csv": "2020-01-03,9\n2020-01-01,100\n2020-01-03,140\n"})
    assert first.counts[0, 2] == 140
    both = read(tmp_path / "both", {"source_data/dell.csv": "2020-01-01,1\n2020-01-03,140\n2020-01-03,150\n"})
    assert both.counts[0, 2] == 150


def test_settings_written_as_flee_writes_them(tmp_path: Path) -> None:
    text = "spawn_rules:\n  insert_day0: True\n  empty_camps_on_day0: True\n"
    case = read(tmp_path, {"simsetting.yml": text})
    assert case.settings["spawn_rules.insert_day0"] is True
    assert noted(case, "empty_camps_on_day0", "are in the camps")


# --- forms of directories ----------------------------------------------------------------------


def test_the_same_row_twice_in_the_layout(tmp_path: Path) -> None:
    case = read(tmp_path, {"source_data/data_layout.csv": LAYOUT + "Elm,elm.csv\n"})
    assert case.camps == ("Dell", "Elm")
    assert noted(case, "data_layout.csv:4", "a second time")


@pytest.mark.parametrize("period", [["--start", "2020-01-01"], []])
def test_counts_elsewhere_and_no_period(call, tmp_path: Path, period: list[str]) -> None:
    folder = write_case(tmp_path, {"input_csv/sim_period.csv": None})
    (folder / "source_data").rename(tmp_path / "counts")
    options = ["--counts", tmp_path / "counts", *period]
    status, out, err = call("validate", folder, *options, "--seeds", 1)
    assert (status, out) == (2, "")
    assert "sim_period.csv: is missing" in err
    assert "--start 2020-01-01 --days 11" in err
    status, out, _ = call("validate", folder, *options, "--start", "2020-01-01", "--days", 10, "--seeds", 1)
    assert (status, out.split(",")[0]) == (0, "small: 10 days")
    status, _, err = call("validate", folder, "--seeds", 1, "--start", "2020-01-01", "--days", 10)
    assert status == 2
    assert "--counts DIR" in err
    status, _, err = call("validate", folder, "--counts", tmp_path / "nowhere", "--seeds", 1)
    assert (status, len(err.splitlines()) <= 2) == (2, True)


def test_days_shorten_the_period(call, tmp_path: Path) -> None:
    status, out, _ = call("validate", write_case(tmp_path), "--days", 4, "--seeds", 1)
    assert (status, out.split(",")[0]) == (0, "small: 4 days")


@pytest.mark.parametrize("folder", ["input_csv/refugee_data", "refugee_data", "input_csv"])
def test_counts_in_other_folders(tmp_path: Path, folder: str) -> None:
    changes = {name.replace("source_data", folder): text for name, text in FILES.items()}
    changes |= {name: None for name in FILES if name.startswith("source_data")}
    assert read(tmp_path, changes).camps == ("Dell", "Elm")


def test_a_layout_by_another_name_and_a_period_of_floods(tmp_path: Path) -> None:
    changes = {
        "source_data/data_layout.csv": None,
        "source_data/data_layout_refugee.csv": LAYOUT,
        "input_csv/sim_period.csv": None,
        "input_csv/flood_period.csv": FILES["input_csv/sim_period.csv"],
    }
    assert read(tmp_path, changes).days == 10


def test_a_fourth_column_of_link_types(tmp_path: Path) -> None:
    rows = ["#name1,name2,distance,link_type", *(row.rsplit(",", 1)[0] + ",drive" for row in ROUTES.splitlines()[1:])]
    case = read(tmp_path, {"input_csv/routes.csv": "\n".join(rows) + "\n"})
    assert {route.redirection for route in case.routes} == {0}
    assert case.routes[0].extra == {"link_type": "drive"}
    assert noted(case, "not used", "link_type")


FLOODED = LOCATIONS.replace("conflict_zone,0,3000", "flood_zone,0,3000").replace("conflict_zone,2,", "flood_zone,0,")


def test_floods(tmp_path: Path) -> None:
    levels = "#Day,Ash,Birch\n0,0,0\n2,1,0\n4,4,2\n"
    case = read(tmp_path, {"input_csv/locations.csv": FLOODED, "input_csv/flood_level.csv": levels})
    assert case.zones == ("Ash", "Birch")
    assert case.conflicts[[0, 2, 4, 9]].tolist() == [[0, 0], [0.25, 0], [1, 0.5], [1, 0.5]]
    assert not noted(case, "flood_level.csv")
    assert {p.id for p in to_scenario(case).places if p.kind == "origin"} == {"Ash", "Birch"}
    (line,) = faults(tmp_path / "none", {"input_csv/locations.csv": FLOODED})
    assert "flood zones: 2, and no flood_level.csv" in line
    both = read(tmp_path / "both", {"input_csv/flood_level.csv": "#Day,Cedar\n0,2\n"})
    assert both.zones == ("Ash", "Birch", "Cedar")


def test_files_about_food_are_named_in_one_line(tmp_path: Path) -> None:
    case = read(tmp_path, {"input_csv/IPC.csv": "a\n", "input_csv/food_security.csv": "a\n"})
    (line,) = [note for note in case.notes if "IPC.csv" in note]
    assert "food_security.csv" in line


def test_a_coupled_pair_and_a_folder_of_cases_are_named_for_what_they_are(tmp_path: Path) -> None:
    folder = write_case(tmp_path)
    (folder / "input_csv" / "locations.csv").rename(folder / "input_csv" / "locations-0.csv")
    with pytest.raises(InputError, match=r"coupled case.*locations-0\.csv"):
        read_flee(folder)
    write_case(tmp_path / "one")
    with pytest.raises(InputError, match="holds 1 case and is none itself"):
        read_flee(tmp_path / "one")


NUMBERED = {**FILES, "input_csv/closures.csv": HEADER + "country,Arland,Borland,3,6\n"}


@pytest.mark.parametrize("name", NUMBERED)
def test_no_number_is_beyond_what_a_scenario_holds(tmp_path: Path, name: str) -> None:
    """Every number of every file, replaced by one without measure: refused by its row, or a scenario that passes its checks."""
    text, words = NUMBERED[name], ("1e300", "1e50", "999999999", "-999999999", "1000000000")
    for k, found in enumerate(re.finditer(r"(?<=,)\d[\d.]*(?=[,\n])", text)):
        for word in (words[k % 5], words[(k + 2) % 5]):
            changed = {**NUMBERED, name: text[: found.start()] + word + text[found.end() :]}
            folder = tmp_path / f"{k} {word}"
            try:
                scenario = to_scenario(read(folder, changed))
            except InputError:
                continue
            write_checked(scenario, folder / "made")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("name", ["input_csv/routes.csv", "source_data/elm.csv", "simsetting.yml"])
def test_a_pipe_is_no_file(tmp_path: Path, name: str) -> None:
    folder = write_case(tmp_path)
    (folder / name).unlink(missing_ok=True)
    os.mkfifo(folder / name)
    if name == "simsetting.yml":
        assert noted(read_flee(folder), "simsetting.yml", "regular file")
    else:
        with pytest.raises(InputError, match=f"{Path(name).name}.*regular file"):
            read_flee(folder)


def test_people_whom_conflict_displaces(call, tmp_path: Path) -> None:
    text = (
        "spawn_rules:\n  conflict_driven_spawning:\n    spawn_mode: pop_ratio\n    displaced_per_conflict_day: 0.01\n"
    )
    changes = {name: None for name in FILES if name.startswith("source_data")}
    folder = write_case(tmp_path, {**changes, "simsetting.yml": text})
    status, _, err = call("import", "flee", folder, tmp_path / "out", "--spawning", "conflict")
    assert status == 0, err
    demand = Scenario.read(tmp_path / "out").demand
    assert {(row.origin, row.from_.day, row.per_day) for row in demand} == {("Ash", 1, 30.0), ("Birch", 3, 10.0)}
    assert call("check", tmp_path / "out")[0] == 0
    (folder / "simsetting.yml").unlink()
    status, _, err = call("import", "flee", folder, tmp_path / "again", "--spawning", "conflict")
    assert (status, "conflict_driven_spawning" in err) == (2, True)


def test_initial_idps(call, tmp_path: Path) -> None:
    rows = LOCATIONS.splitlines()
    text = "\n".join([rows[0] + ",initial_idps", rows[1], rows[2], rows[3] + ",40", rows[4] + ",7", rows[5]]) + "\n"
    folder = write_case(tmp_path, {"input_csv/locations.csv": text})
    assert call("import", "flee", folder, tmp_path / "out", "--initial-idps")[0] == 0
    scenario = Scenario.read(tmp_path / "out")
    assert next(place.present for place in scenario.places if place.id == "Dell") == 107
    assert {row.origin: row.initial for row in scenario.stocks} == {"Ash": 0, "Birch": 0, "Cedar": 40}
    assert call("check", tmp_path / "out")[0] == 0


def test_what_is_not_needed_may_be_wrong(tmp_path: Path) -> None:
    """The published total, and counts of what is no camp, are named and left out."""
    changes = {
        "source_data/refugees.csv": None,
        "source_data/data_layout.csv": LAYOUT + "Fir,fir.csv\nCedar,notes.csv\n",
    }
    case = read(tmp_path, {**changes, "source_data/notes.csv": "who knows,many\n"})
    assert (case.camps, case.total) == (("Dell", "Elm"), None)
    assert noted(case, "counts of 'total'", "is missing")
    assert noted(case, "counts of 'Fir'", "'fir.csv' is missing")
    assert noted(case, "counts of 'Cedar'", "has no count")


# --- few lines, soon ---------------------------------------------------------------------------


def test_thousands_of_faults_are_twenty_lines_and_a_count(call, tmp_path: Path) -> None:
    names = "".join(f"Place{i},North,Arland,10,20,town,,\n" for i in range(2_000))
    routes = "".join(f"Plaze{i},Plaza{i},5,0\n" for i in range(2_000))
    changes = {"input_csv/locations.csv": LOCATIONS + names, "input_csv/routes.csv": ROUTES + routes}
    status, out, err = call("validate", write_case(tmp_path, changes))
    lines = err.splitlines()
    assert (status, out, len(lines)) == (2, "", 21)
    assert "did you mean 'Place0'" in lines[0]
    assert "3,980 more faults are not shown" in lines[-1]


def test_of_several_directories_every_fault_is_counted(call, tmp_path: Path) -> None:
    routes = "".join(f"Plaze{i},Plaza{i},5,0\n" for i in range(2_000))
    cases = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        cases.append(write_case(tmp_path / name, {"input_csv/routes.csv": ROUTES + routes}))
    status, _, err = call("validate", *cases)
    lines = err.splitlines()
    assert status == 2
    assert sum("..." in line for line in lines) == 1
    assert f"{8_000 - len(lines) + 1:,} more faults are not shown" in lines[-1]


def test_thousands_of_notes_are_few(call, tmp_path: Path) -> None:
    routes = ROUTES + "".join(f"Ash,Birch,{50 + i},0\n" for i in range(5_000))
    folder = write_case(tmp_path, {"input_csv/routes.csv": routes})
    status, _, err = call("validate", folder, "--seeds", 1)
    assert status == 0
    assert len(err.splitlines()) < 12
    assert "4,997 more such as" in err


# --- large cases, full camps -------------------------------------------------------------------


def test_persons_in_a_traveller_by_size(tmp_path: Path) -> None:
    case = read(tmp_path)
    assert persons_for(case) == 1
    for people, expected in ((240_000, 1), (260_000, 2), (1_000_000, 5), (23_000_000, 100), (2e9, 10_000)):
        many = dataclasses.replace(case, counts=case.counts * people / case.counts[:, 9].sum())
        assert persons_for(many) == expected


def test_the_size_of_a_traveller_is_said(call, tmp_path: Path) -> None:
    changes = {"source_data/dell.csv": "2020-01-01,0\n2020-01-11,3000000\n"}
    _, out, _ = call("validate", write_case(tmp_path, changes), "--seeds", 1)
    assert "20 persons in one traveller" in out


def test_who_is_there_on_day_0_is_counted_once(tmp_path: Path) -> None:
    """Two camps as near; one has 1,000 places and 900 people, the other 1,000 and none: at first they draw alike."""
    text = LOCATIONS.replace("camp,,500", "camp,,1000").replace("22.0,camp,,\n", "22.0,camp,,1000\n")
    changes = {
        "input_csv/locations.csv": text,
        "input_csv/routes.csv": "Ash,Dell,90,0\nAsh,Elm,90,0\nBirch,Ash,1,0\n",
        "source_data/dell.csv": "2020-01-01,900\n2020-01-02,920\n",
        "source_data/elm.csv": "2020-01-01,0\n2020-01-02,20\n",
    }
    case = read(tmp_path, changes)
    assert to_scenario(case).settings.streams["displaced"].behaviour.alpha == {"Dell": pytest.approx(math.log(10))}
    gained = np.mean([run[:, 1] - run[:, 0] for run in validate(case, seeds=range(1, 41)).runs], axis=0)
    assert abs(gained[0] - gained[1]) < 4 * math.sqrt(40 / 40)


def test_a_day_of_many_people_does_not_overfill_a_camp(tmp_path: Path) -> None:
    """3,000 people come on one day, Dell has 500 places and Elm has no limit."""
    changes = {"source_data/dell.csv": "2020-01-01,0\n2020-01-02,3000\n", "source_data/elm.csv": "2020-01-01,0\n"}
    case = read(tmp_path, changes)
    assert to_scenario(case).settings.step_min == 60
    assert validate(case, seeds=range(1, 4)).runs[:, 0, -1].max() < 550
    assert to_scenario(read(tmp_path / "few")).settings.step_min == 1440


def test_what_deserves_a_line(tmp_path: Path) -> None:
    changes = {
        "input_csv/locations.csv": LOCATIONS + "Fir,West,Borland,8,22,camp,,50\n",
        "source_data/data_layout.csv": LAYOUT + "Fir,elm.csv\n",
    }
    case = read(tmp_path, changes)
    assert noted(case, "camp 'Fir'", "no route joins it")
    assert noted(case, "routes.csv:2", "40 km", "78 km as the crow flies")
    assert not noted(read(tmp_path / "far", {"input_csv/routes.csv": ROUTES.replace("40", "60")}), "routes.csv:2:")
