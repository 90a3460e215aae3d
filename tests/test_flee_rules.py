"""What Flee's files mean: conflict, counts, closures, and what is not used."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path

import pytest

from crossings.importers.flee import read_flee, to_scenario
from flee_cases import LAYOUT, LOCATIONS, closures, faults, noted, read, write_case

# --- conflict ----------------------------------------------------------------------------------


def test_conflict_dates_where_there_is_no_conflicts_file(tmp_path: Path) -> None:
    case = read(tmp_path)
    assert case.zones == ("Ash", "Birch")
    assert case.conflicts[:, 0].tolist() == [1.0] * 10
    assert case.conflicts[:, 1].tolist() == [0.0, 0.0] + [1.0] * 8


def test_conflict_intensity_of_locations(tmp_path: Path) -> None:
    rows = LOCATIONS.splitlines()
    text = "\n".join([rows[0] + ",conflict_intensity", rows[1] + ",0.25", *rows[2:]]) + "\n"
    case = read(tmp_path, {"input_csv/locations.csv": text})
    assert case.conflicts[0, 0] == 0.25
    assert not noted(case, "conflict_intensity")


def test_conflicts_file_holds_its_last_row(tmp_path: Path) -> None:
    text = "#Day,name, Ash, Birch,Cedar,Dell,\n0,0,1,0,0,0,0\n1,0,0.5,0,0.25,0,0\n"
    case = read(tmp_path, {"input_csv/conflicts.csv": text})
    assert case.zones == ("Ash", "Cedar")  # Birch never, and a camp is no zone
    assert case.conflicts[:, 0].tolist() == [1.0] + [0.5] * 9
    assert case.conflicts[:, 1].tolist() == [0.0] + [0.25] * 9


def test_conflicts_header_without_hash_rows_cut_short_and_unknown_names(tmp_path: Path) -> None:
    text = "Day,Ash,Nowhere,Birch\n0,1,1,1\n3,0,1,0.5\n4,1"
    case = read(tmp_path, {"input_csv/conflicts.csv": text})
    assert case.zones == ("Ash", "Birch")
    assert case.conflicts[:, 0].tolist() == [1, 1, 1, 0, 1, 1, 1, 1, 1, 1]
    assert case.conflicts[:, 1].tolist() == [1, 1, 1] + [0.5] * 7
    assert noted(case, "conflicts.csv:1", "Nowhere")
    assert noted(case, "conflicts.csv:4", "stops early")


def test_days_that_are_no_days_are_rows_in_order(tmp_path: Path) -> None:
    text = "#Day,Ash,Birch\n0,1,0\n0,0,1\n"
    case = read(tmp_path, {"input_csv/conflicts.csv": text})
    assert case.conflicts[:3].tolist() == [[1, 0], [0, 1], [0, 1]]
    assert noted(case, "conflicts.csv", "a row is a day")


def split(people: float, *weights: float) -> list[float]:
    """In proportion to the square roots: a zone weighs intensity times the square root of its inhabitants."""
    roots = [math.sqrt(weight) for weight in weights]
    return [people * root / sum(roots) for root in roots]


def test_who_sets_out(tmp_path: Path) -> None:
    case = read(tmp_path)
    leaving = case.leaving()
    assert leaving.shape == (10, 2)
    assert leaving[0].tolist() == [0, 0]
    assert leaving[1].tolist() == pytest.approx([30, 0])  # 20 at Dell and 10 at Elm; Birch from day 2
    assert leaving[2].tolist() == pytest.approx(split(30, 3000, 1000))
    assert leaving.sum() == pytest.approx(case.people - 100)


def test_intensity_weighs_population(tmp_path: Path) -> None:
    case = read(tmp_path, {"input_csv/conflicts.csv": "#Day,Ash,Birch\n0,0.1,0.9\n"})
    assert case.leaving()[1].tolist() == pytest.approx(split(30, 0.1**2 * 3000, 0.9**2 * 1000))


def test_a_day_without_conflict_and_zones_without_people(tmp_path: Path) -> None:
    quiet = read(tmp_path, {"input_csv/conflicts.csv": "#Day,Ash,Birch\n0,0,0\n3,0,1\n4,0,0\n"})
    assert quiet.leaving()[1].tolist() == pytest.approx([30])  # before the first
    assert quiet.leaving()[5].tolist() == pytest.approx([10])  # after the last
    empty = LOCATIONS.replace("3000", "").replace("1000", "0")
    bare = read(tmp_path / "bare", {"input_csv/locations.csv": empty})
    assert bare.leaving()[2].tolist() == pytest.approx([15, 15])


def test_a_zone_without_a_way_to_a_camp(tmp_path: Path) -> None:
    case = read(tmp_path, {"input_csv/locations.csv": LOCATIONS + "Fir,South,Arland,8,20,conflict,0,9000\n"})
    assert case.zones == ("Ash", "Birch")
    assert noted(case, "conflict in 'Fir'", "no route")
    lines = faults(tmp_path / "none", {"input_csv/routes.csv": "Ash,Birch,40\n"})
    assert any("no route joins a zone of conflict to a camp" in line for line in lines)


# --- counts ------------------------------------------------------------------------------------


def test_falls_shrink_all_camps(tmp_path: Path) -> None:
    case = read(tmp_path, {"source_data/dell.csv": "2020-01-01,100\n2020-01-02,120\n2020-01-03,84\n"})
    assert case.falls()[:3].tolist() == pytest.approx([0.0, 0.0, 26 / 130])  # -36 at Dell, +10 at Elm, of 130
    assert case.leaving()[2].tolist() == pytest.approx([0.0, 0.0])
    exits = to_scenario(case).exits
    assert len(exits) == 1
    assert (exits[0].from_, exits[0].until) == (dt.datetime(2020, 1, 3), dt.datetime(2020, 1, 4))
    assert math.exp(-exits[0].hazard_per_day) == pytest.approx(1 - 36 / 120)  # Elm's 10 were not known yet
    assert exits[0].place is None


def test_registration_corrections(tmp_path: Path) -> None:
    text = "Dell,2020-01-05,normalize\nElm,2020-01-11\n"
    dell = "2020-01-01,100\n2020-01-03,200\n2020-01-05,150\n2020-01-11,170\n"
    case = read(tmp_path, {"input_csv/registration_corrections.csv": text, "source_data/dell.csv": dell})
    assert case.counts[0, [0, 2, 4, 10]].tolist() == pytest.approx([75, 150, 150, 170])  # 150 / 200 before day 4
    assert case.counts[1, -1] == 100
    assert noted(case, "registration_corrections.csv:2", "nobody counted before")


def test_a_correction_without_a_record_is_noted(tmp_path: Path) -> None:
    case = read(tmp_path, {"input_csv/registration_corrections.csv": "#name,date\nDell,2020-01-04,normalize\n"})
    assert noted(case, "registration_corrections.csv:2", "no record")


def test_several_files_of_one_camp_are_added(tmp_path: Path) -> None:
    changes = {
        "source_data/data_layout.csv": "total,refugees.csv\nDell,dell.csv,outside.csv\nElm,elm.csv\n",
        "source_data/outside.csv": "DateTime,Count\n2020-01-01,10\n2020-01-11,20\n",
    }
    case = read(tmp_path, changes)
    assert case.counts[0, [0, 4, 10]].tolist() == pytest.approx([110, 194, 200])


def test_counts_with_remarks_blanks_and_double_dates(tmp_path: Path) -> None:
    dell = '# a remark\n2020-01-11, 180 \n2020-01-01,"1,000"\n\n2020-01-05,\n2020-01-11,200\n'
    case = read(tmp_path, {"source_data/dell.csv": dell})
    assert case.counts[0, [0, 10]].tolist() == [1000, 200]
    assert noted(case, "dell.csv:6", "second count")
    assert noted(case, "dell.csv", "sorted")


def test_dates_as_flee_reads_them(tmp_path: Path) -> None:
    dell = "2020-1-1,100\n2020-01-05 00:00:00,180\n2020/1/11,190\n"
    case = read(tmp_path, {"source_data/dell.csv": dell})
    assert case.counts[0, [0, 4, 10]].tolist() == [100, 180, 190]


def test_counts_are_held_outside_their_records(tmp_path: Path) -> None:
    case = read(tmp_path, {"source_data/elm.csv": "2019-12-22,0\n2019-12-31,9\n2020-01-02,11\n"})
    assert case.counts[1].tolist() == [10, 11] + [11] * 9
    late = read(tmp_path / "late", {"source_data/elm.csv": "2020-01-06,7\n2020-01-11,12\n"})
    assert late.counts[1, [0, 5, 6]].tolist() == [7, 7, 8]


def test_camps_on_one_side_only(tmp_path: Path) -> None:
    changes = {
        "input_csv/locations.csv": LOCATIONS + "Fir,West,Borland,8,22,camp,,50\n",
        "source_data/data_layout.csv": LAYOUT + "Gum,elm.csv\nCedar,elm.csv\n",
    }
    case = read(tmp_path, changes)
    assert case.camps == ("Dell", "Elm")
    assert noted(case, "not used", "'Gum'", "locations.csv")
    assert noted(case, "not used", "'Cedar'", "town")
    assert noted(case, "not used as a destination", "'Fir'")
    scenario = to_scenario(case)
    assert next(place for place in scenario.places if place.id == "Fir").kind == "town"


def test_a_layout_without_a_total(tmp_path: Path) -> None:
    case = read(tmp_path, {"source_data/data_layout.csv": "Dell,dell.csv\nElm,elm.csv\n"})
    assert case.total is None
    assert case.camps == ("Dell", "Elm")


# --- closures ----------------------------------------------------------------------------------


def test_country_closes_all_routes_between_the_two(tmp_path: Path) -> None:
    case = closures(tmp_path, "country,Borland,Arland,2,5\n")
    assert case.closures[0].routes == (2, 3, 4)
    (row,) = to_scenario(case).closures
    assert row.crossings == ("Cedar--Dell", "Birch--Dell", "Cedar--Elm")
    assert row.roads == row.crossings  # also the roads to the border, so that journeys go around
    assert row.direction is None
    assert (row.from_, row.until) == (dt.datetime(2020, 1, 3), dt.datetime(2020, 1, 6))


def test_location_with_a_second_place_closes_the_road_between(tmp_path: Path) -> None:
    case = closures(tmp_path, "location,Ash,Cedar,0,3\nlocation,Dell,Cedar,1,-1\n")
    inland, border = to_scenario(case).closures
    assert (inland.roads, inland.crossings, inland.places) == (("Ash--Cedar",), (), ())
    assert (border.roads, border.crossings, border.places) == (("Cedar--Dell",), ("Cedar--Dell",), ())
    assert border.until is None


def test_location_alone_closes_the_place(tmp_path: Path) -> None:
    case = closures(tmp_path, "location,Cedar,,0,3\nlocation,Dell,-,0,3\n")
    assert case.closures[0].routes == (1, 2, 4)
    town, camp = to_scenario(case).closures
    assert (town.places, town.roads, town.crossings) == (("Cedar",), (), ())
    assert camp.places == ("Dell",)
    assert camp.crossings == camp.roads == ()  # a camp that is not open: people pass


def test_link_closes(tmp_path: Path) -> None:
    case = closures(tmp_path, "link,Ash,Birch,0,-1\nlink,Elm,Cedar,0,4\n")
    assert [row.routes for row in case.closures] == [(0,), (4,)]
    assert to_scenario(case).closures[1].crossings == ("Cedar--Elm",)


@pytest.mark.parametrize("kind", ["camp", "idpcamp"])
def test_camp_closes_as_a_destination(tmp_path: Path, kind: str) -> None:
    case = closures(tmp_path, f"{kind},Dell,,0,5\n")
    (row,) = to_scenario(case).closures
    assert (row.places, row.roads, row.crossings) == (("Dell",), (), ())
    assert row.id == row.order == f"{kind}-Dell"


@pytest.mark.parametrize(("start", "end", "until"), [(0, -1, None), (3, 0, None), (3, -1, None), (0, 4, 4), (3, 4, 4)])
def test_ends_of_closures(tmp_path: Path, start: int, end: int, until: int | None) -> None:
    case = closures(tmp_path, f"link,Ash,Birch,{start},{end}\n")
    (row,) = case.closures
    assert (row.start, row.end) == (start, until)
    assert row.in_force(9) is (until is None)


def test_rows_that_close_nothing_are_noted(tmp_path: Path) -> None:
    rows = [
        "remove_forced_redirection,Cedar,Elm,3,0",
        "link,Ash,Dell,0,3",
        "country,Arland,Nowhere,0,3",
        "camp,Cedar,,0,3",
        "bridge,Ash,Birch,0,3",
        "link,Ash,Birch,3,3",
        "link,Ash,Birch,-1,3",
    ]
    case = closures(tmp_path, "\n".join(rows) + "\n")
    assert case.closures == ()
    for line in range(2, 9):
        assert noted(case, f"closures.csv:{line}:")


def test_the_same_closure_twice_is_two_orders(tmp_path: Path) -> None:
    case = closures(tmp_path, "camp,Dell,,0,2\ncamp,Dell,,4,6\n")
    assert [row.order for row in to_scenario(case).closures] == ["camp-Dell", "camp-Dell-2"]


# --- what is left over -------------------------------------------------------------------------


def test_what_has_no_counterpart_is_listed_once(tmp_path: Path) -> None:
    changes = {
        "input_csv/demographics_age.csv": "age,Default\n1,2\n",
        "input_csv/region_attributes_IPC.csv": "#Day,North\n0,3\n",
        "source_data/notes.txt": "hello\n",
        "run.py": "print()\n",
    }
    case = read(tmp_path, changes)
    for name in ("demographics_age.csv", "region_attributes_IPC.csv", "notes.txt", "run.py"):
        assert sum(name in note for note in case.notes) == 1
    assert noted(case, "not used", "forced_redirection of 2 routes")
    assert all(note in (to_scenario(case).sources or "") for note in case.notes)


@pytest.mark.parametrize("place", ["small/simsetting.yml", "small/input_csv/simsetting.yml", "simsetting.yml"])
def test_simsetting(tmp_path: Path, place: str) -> None:
    folder = write_case(tmp_path)
    (tmp_path / place).write_text("log_levels:\n  agent: 0\nmove_rules:\n  capacity_scaling: 1.25\n  camp_weight: 2\n")
    case = read_flee(folder)
    assert case.settings["move_rules.capacity_scaling"] == 1.25
    assert noted(case, "simsetting.yml", "camp_weight")
    assert not noted(case, "simsetting.yml", "capacity_scaling")


@pytest.mark.parametrize("text", ["a: [1\n", "a: " + 100_000 * "[", "a: &x [1]\nb: *x\n", "- 1\n"])
def test_a_broken_simsetting_is_noted(tmp_path: Path, text: str) -> None:
    case = read(tmp_path, {"simsetting.yml": text})
    assert case.settings == {}
    assert noted(case, "simsetting.yml", "cannot be read")
