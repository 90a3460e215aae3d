"""Flee's directories: every rule of the format, and what becomes of it, on small made-up cases."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from crossings.errors import InputError
from crossings.interchange.countries import codes, iso_code
from crossings.interchange.flee import FleeCase, place_ids, read_flee, to_scenario

LOCATIONS = """\
#name,region,country,latitude,longitude,location_type,conflict_date,population
Ash,North,Arland,10.0,20.0,conflict_zone,0,3000
Birch,North,Arland,10.5,20.5,conflict_zone,2,1000
Cedar,South,Arland,9.0,20.0,town,,
Dell,West,Borland,10.0,22.0,camp,,500
Elm,West,Borland,9.0,22.0,camp,,
"""
ROUTES = """\
#name1,name2,distance,forced_redirection
Ash,Birch,40,0
Ash,Cedar,60,
Cedar,Dell,100,0
Birch,Dell,90,1
Cedar,Elm,120,2
"""
LAYOUT = "total,refugees.csv\nDell,dell.csv\nElm,elm.csv\n"
DELL = "2020-01-01,100\n2020-01-05,180\n2020-01-11,180\n"
ELM = "2020-01-01,0\n2020-01-11,100\n"
FILES = {
    "input_csv/locations.csv": LOCATIONS,
    "input_csv/routes.csv": ROUTES,
    "input_csv/sim_period.csv": "StartDate,2020-01-01\nLength,10\n",
    "source_data/data_layout.csv": LAYOUT,
    "source_data/refugees.csv": "2020-01-01,120\n2020-01-11,300\n",
    "source_data/dell.csv": DELL,
    "source_data/elm.csv": ELM,
}


def write_case(folder: Path, changes: Mapping[str, str | None] | None = None, newline: str = "\n") -> Path:
    """Write the small case, with some files other than above (None: left out)."""
    for name, text in {**FILES, **(changes or {})}.items():
        if text is None:
            continue
        path = folder / "small" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.replace("\n", newline).encode())
    return folder / "small"


def read(folder: Path, changes: Mapping[str, str | None] | None = None) -> FleeCase:
    return read_flee(write_case(folder, changes))


def faults(folder: Path, changes: Mapping[str, str | None]) -> list[str]:
    with pytest.raises(InputError) as caught:
        read(folder, changes)
    return [str(fault) for fault in caught.value.faults]


def noted(case: FleeCase, *words: str) -> bool:
    """Whether one note has all the words."""
    return any(all(word in note for word in words) for note in case.notes)


# --- the files ---------------------------------------------------------------------------------


def test_a_plain_case(tmp_path: Path) -> None:
    case = read(tmp_path)
    assert (case.name, case.start, case.days) == ("small", dt.date(2020, 1, 1), 10)
    assert [location.name for location in case.locations] == ["Ash", "Birch", "Cedar", "Dell", "Elm"]
    assert case.location("Ash").population == 3000
    assert case.capacity("Dell") == 500
    assert case.capacity("Elm") is None
    assert case.camps == ("Dell", "Elm")
    assert case.counts.shape == (2, 11)
    assert case.counts[0].tolist() == [100, 120, 140, 160, 180, 180, 180, 180, 180, 180, 180]
    assert case.counts[1].tolist() == pytest.approx([10.0 * day for day in range(11)])
    assert case.total is not None
    assert case.total[[0, 10]].tolist() == [120, 300]
    assert case.people == 270
    assert case.closures == ()


def test_files_directly_in_the_directory(tmp_path: Path) -> None:
    flat = {Path(name).name: text for name, text in FILES.items()}
    folder = tmp_path / "flat"
    folder.mkdir()
    for name, text in flat.items():
        (folder / name).write_text(text)
    case = read_flee(folder)
    assert case.camps == ("Dell", "Elm")
    assert np.array_equal(case.counts, read(tmp_path).counts)
    assert read_flee(write_case(tmp_path) / "input_csv").name == "small"


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_other_line_ends_and_a_byte_order_mark(tmp_path: Path, newline: str) -> None:
    other = read_flee(write_case(tmp_path, {"source_data/elm.csv": "\ufeff" + ELM}, newline=newline))
    plain = read(tmp_path / "plain")
    assert other.locations == plain.locations
    assert other.routes == plain.routes
    assert np.array_equal(other.counts, plain.counts)


@pytest.mark.parametrize(
    "header",
    [
        '#"name","region","country","lat","lon","location_type","conflict_date","pop/cap"',
        "name,region,country,gps_x,gps_y,location_type,conflict_date,pop/cap",
        "",
    ],
)
def test_headers_quotes_blank_lines_and_blanks(tmp_path: Path, header: str) -> None:
    rows = LOCATIONS.splitlines()[1:]
    quoted = [", ".join(f'"{cell}"' for cell in row.split(",")) for row in rows]
    text = "\n".join([header, "", *quoted, "  ", ",,,,,,,", "# a remark", ""])
    case = read(tmp_path, {"input_csv/locations.csv": text})
    assert case.locations == read(tmp_path / "plain").locations


def test_routes_without_a_hash_or_a_fourth_column(tmp_path: Path) -> None:
    text = "name1,name2,distance\n" + "\n".join(",".join(row.split(",")[:3]) for row in ROUTES.splitlines()[1:])
    case = read(tmp_path, {"input_csv/routes.csv": text})
    assert [route.km for route in case.routes] == [40, 60, 100, 90, 120]
    assert {route.redirection for route in case.routes} == {0}
    assert [route.redirection for route in read(tmp_path / "plain").routes] == [0, 0, 0, 1, 2]


def test_extra_columns_are_kept_and_listed(tmp_path: Path) -> None:
    rows = LOCATIONS.splitlines()
    locations = "\n".join([rows[0] + ",gdp", *(row + f",{i}" for i, row in enumerate(rows[1:]))]) + "\n"
    routes = "".join(row + (",max_speed\n" if row[0] == "#" else ",30\n") for row in ROUTES.splitlines())
    case = read(tmp_path, {"input_csv/locations.csv": locations, "input_csv/routes.csv": routes})
    assert case.location("Cedar").extra == {"gdp": "2"}
    assert case.routes[0].extra == {"max_speed": "30"}
    assert noted(case, "not used", "locations.csv", "gdp")
    assert noted(case, "not used", "routes.csv", "max_speed")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("conflict", "conflict"),
        ("Conflict_Zone", "conflict"),
        ("town", "town"),
        ("default", "town"),
        ("camp", "camp"),
        ("refugee_camp", "camp"),
        ("idpcamp", "idpcamp"),
        ("IDP_camp", "idpcamp"),
        ("marker", "marker"),
        ("forwarding_hub", "forwarding_hub"),
        ("flood_zone", "flood_zone"),
    ],
)
def test_location_types_by_what_they_contain(tmp_path: Path, text: str, kind: str) -> None:
    case = read(tmp_path, {"input_csv/locations.csv": LOCATIONS + f"Fir,South,Arland,8,20,{text},,\n"})
    assert case.location("Fir").kind == kind


def test_an_unknown_type_is_a_town_and_said_so(tmp_path: Path) -> None:
    case = read(tmp_path, {"input_csv/locations.csv": LOCATIONS + "Fir,South,Arland,8,20,hamlet,,\n"})
    assert case.location("Fir").kind == "town"
    assert noted(case, "locations.csv:7", "hamlet")


@pytest.mark.parametrize("text", ["", "0", "0.0"])
def test_blank_or_0_is_unlimited(tmp_path: Path, text: str) -> None:
    case = read(tmp_path, {"input_csv/locations.csv": LOCATIONS.replace("camp,,500", f"camp,,{text}")})
    assert case.capacity("Dell") is None
    short = LOCATIONS.replace("Elm,West,Borland,9.0,22.0,camp,,", "Elm,West,Borland,9.0,22.0,camp")
    assert read(tmp_path / "short", {"input_csv/locations.csv": short}).capacity("Elm") is None


def test_names_with_spaces_and_signs(tmp_path: Path) -> None:
    changes = {name: text.replace("Dell", "Big Dell; & Co, East") for name, text in FILES.items()}
    changes = {name: text.replace("Big Dell; & Co, East", '"Big Dell; & Co, East"') for name, text in changes.items()}
    case = read(tmp_path, changes)
    assert case.camps == ("Big Dell; & Co, East", "Elm")
    scenario = to_scenario(case)
    assert place_ids(case)["Big Dell; & Co, East"] == "Big Dell_ _ Co_ East"
    assert [place.name for place in scenario.places if place.kind == "reception"] == list(case.camps)


def test_swapped_and_missing_coordinates(tmp_path: Path) -> None:
    text = LOCATIONS + "Fir,South,Arland,121.5,14.5,town,,\nGum,South,Arland,,,town,,\n"
    case = read(tmp_path, {"input_csv/locations.csv": text})
    assert (case.location("Fir").lat, case.location("Fir").lon) == (14.5, 121.5)
    assert noted(case, "swapped")
    assert noted(case, "locations.csv:8", "no coordinates")


def test_a_route_twice_or_to_itself(tmp_path: Path) -> None:
    case = read(tmp_path, {"input_csv/routes.csv": ROUTES + "Birch,Ash,30,\nElm,Elm,5,\n"})
    assert len(case.routes) == 5
    assert case.routes[0].km == 30
    assert noted(case, "routes.csv:7", "shorter")
    assert noted(case, "routes.csv:8", "itself")


def test_a_file_that_stops_in_the_middle(tmp_path: Path) -> None:
    changes = {
        "input_csv/locations.csv": LOCATIONS + "Fir,South,Arl",
        "input_csv/routes.csv": ROUTES + "Ash,El",
        "source_data/dell.csv": DELL + "2020-02",
    }
    case = read(tmp_path, changes)
    assert len(case.locations) == 5
    assert len(case.routes) == 5
    assert case.counts[0, -1] == 180
    for name in ("locations.csv:7", "routes.csv:7", "dell.csv:4"):
        assert noted(case, name, "stops in the middle")


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


def test_who_sets_out(tmp_path: Path) -> None:
    case = read(tmp_path)
    leaving = case.leaving()
    assert leaving.shape == (10, 2)
    assert leaving[0].tolist() == [0, 0]
    assert leaving[1].tolist() == pytest.approx([30, 0])  # 20 at Dell and 10 at Elm; Birch from day 2
    assert leaving[2].tolist() == pytest.approx([22.5, 7.5])  # 3000 to 1000
    assert leaving.sum() == pytest.approx(case.people - 100)


def test_intensity_weighs_population(tmp_path: Path) -> None:
    case = read(tmp_path, {"input_csv/conflicts.csv": "#Day,Ash,Birch\n0,0.1,0.9\n"})
    assert case.leaving()[1].tolist() == pytest.approx([30 * 300 / 1200, 30 * 900 / 1200])


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
    assert math.exp(-exits[0].hazard_per_day) == pytest.approx(1 - 26 / 130)
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

HEADER = "#closure_type,name1,name2,closure_start,closure_end\n"


def closures(folder: Path, rows: str) -> FleeCase:
    return read(folder, {"input_csv/closures.csv": HEADER + rows})


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
    assert camp.crossings == ("Cedar--Dell", "Birch--Dell")


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
        "input_csv/flood_level.csv": "#Day,Ash\n0,1\n",
        "input_csv/demographics_age.csv": "age,Default\n1,2\n",
        "input_csv/region_attributes_IPC.csv": "#Day,North\n0,3\n",
        "source_data/notes.txt": "hello\n",
        "run.py": "print()\n",
    }
    case = read(tmp_path, changes)
    for name in ("flood_level.csv", "demographics_age.csv", "region_attributes_IPC.csv", "notes.txt", "run.py"):
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


def test_a_broken_simsetting_is_noted(tmp_path: Path) -> None:
    case = read(tmp_path, {"simsetting.yml": "a: [1\n"})
    assert case.settings == {}
    assert noted(case, "simsetting.yml", "cannot be read")


# --- faults ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        ("input_csv/locations.csv", LOCATIONS.replace("3000", "many"), "input_csv/locations.csv:2: population 'many'"),
        ("input_csv/locations.csv", LOCATIONS.replace("20.5", "east"), "input_csv/locations.csv:3: longitude 'east'"),
        ("input_csv/locations.csv", LOCATIONS.replace("20.5", "720"), "input_csv/locations.csv:3: latitude 10.5"),
        ("input_csv/locations.csv", LOCATIONS.replace("zone,2", "zone,x"), "locations.csv:3: conflict day 'x'"),
        ("input_csv/locations.csv", LOCATIONS + "Fir,South\n", "input_csv/locations.csv:7: has 2 columns"),
        ("input_csv/locations.csv", "#name\n", "input_csv/locations.csv: has no location"),
        ("input_csv/locations.csv", None, "input_csv/locations.csv: is missing"),
        ("input_csv/routes.csv", ROUTES.replace("Cedar,Dell", "Ceder,Dell"), "routes.csv:4: 'Ceder' is not a location"),
        ("input_csv/routes.csv", ROUTES.replace("100", "far"), "input_csv/routes.csv:4: distance 'far'"),
        ("input_csv/routes.csv", ROUTES.replace("100", "-100"), "input_csv/routes.csv:4: distance '-100'"),
        ("input_csv/routes.csv", ROUTES.replace("90,1", "90,7"), "input_csv/routes.csv:5: forced_redirection 7"),
        ("input_csv/routes.csv", ROUTES + "Ash\n", "input_csv/routes.csv:7: has 1 columns"),
        ("input_csv/sim_period.csv", None, "input_csv/sim_period.csv: is missing"),
        ("input_csv/sim_period.csv", "StartDate,soon\nLength,3\n", "sim_period.csv:1: StartDate 'soon' is not a date"),
        ("input_csv/sim_period.csv", "StartDate,2020-01-01\n", "sim_period.csv: has no row Length"),
        ("input_csv/sim_period.csv", "StartDate,2020-01-01\nLength,0\n", "sim_period.csv:2: Length 0"),
        ("input_csv/closures.csv", "link,Ash,Birch\n", "input_csv/closures.csv:1: has 3 columns"),
        ("input_csv/closures.csv", HEADER + "link,Ash,Birch,x,3\n", "input_csv/closures.csv:2: closure_start 'x'"),
        ("input_csv/closures.csv", HEADER + "link,Ash,Birch,1,2.5\n", "closures.csv:2: closure_end '2.5'"),
        ("input_csv/conflicts.csv", "#Day,Ash\n0,-1\n", "input_csv/conflicts.csv:2: intensity -1 of 'Ash'"),
        ("input_csv/conflicts.csv", "#Day,Ash\n0,much\n", "input_csv/conflicts.csv:2: intensity of 'Ash' 'much'"),
        ("input_csv/conflicts.csv", "#Day,Ash\n0,0\n", "conflicts.csv: no location has conflict on any day"),
        ("input_csv/conflicts.csv", "0,1\n1,1\n", "conflicts.csv:1: names no location"),
        ("input_csv/conflicts.csv", "", "input_csv/conflicts.csv: is empty"),
        (
            "input_csv/registration_corrections.csv",
            "Del,2020-01-05\n",
            "corrections.csv:1: 'Del' is not in data_layout",
        ),
        ("input_csv/registration_corrections.csv", "Dell,never\n", "registration_corrections.csv:1: date 'never'"),
        ("source_data/data_layout.csv", None, "data_layout.csv: is missing"),
        ("source_data/data_layout.csv", "total,refugees.csv\n", "data_layout.csv: no camp of locations.csv has counts"),
        ("source_data/data_layout.csv", LAYOUT + "Elm,\n", "source_data/data_layout.csv:4: names no file for 'Elm'"),
        ("source_data/data_layout.csv", LAYOUT + "Elm,elm.csv\n", "data_layout.csv:4: 'Elm' a second time"),
        ("source_data/data_layout.csv", LAYOUT + "Fir,fir.csv\n", "data_layout.csv:4: 'fir.csv' is missing"),
        ("source_data/dell.csv", "2020-13-01,5\n", "source_data/dell.csv:1: date '2020-13-01' is not a date"),
        ("source_data/dell.csv", "2020-01-01,few\n", "source_data/dell.csv:1: count 'few' is not a number"),
        ("source_data/dell.csv", "2020-01-01,-4\n", "source_data/dell.csv:1: count '-4' is less than 0"),
        ("source_data/dell.csv", "# nothing\n", "source_data/dell.csv: has no count"),
    ],
)
def test_faults_name_file_and_row(tmp_path: Path, file: str, text: str | None, expected: str) -> None:
    assert any(expected in line for line in faults(tmp_path, {file: text}))


def test_all_faults_of_a_file_at_once(tmp_path: Path) -> None:
    text = ROUTES.replace("Cedar,Dell", "Ceder,Dell").replace("90", "x").replace("120", "y")
    assert len(faults(tmp_path, {"input_csv/routes.csv": text})) == 3


def test_not_utf8_and_not_a_directory(tmp_path: Path) -> None:
    folder = write_case(tmp_path)
    (folder / "input_csv" / "routes.csv").write_bytes(b"Ash,C\xe9dar,3\n")
    with pytest.raises(InputError, match=r"routes\.csv: is not UTF-8"):
        read_flee(folder)
    with pytest.raises(InputError, match="is not a directory"):
        read_flee(tmp_path / "nowhere")


# --- the mapping -------------------------------------------------------------------------------


def test_countries() -> None:
    found = codes(["Burkina_Faso", "CAR", "Arland", "Borland", "unknown", "Côte d'Ivoire", "South_Sudan"])
    assert found["Burkina_Faso"] == "BF"
    assert found["CAR"] == "CF"
    assert found["Côte d'Ivoire"] == "CI"
    assert found["South_Sudan"] == "SS"
    assert len(set(found.values())) == len(found)
    assert all(2 <= len(code) <= 3 and code.isupper() for code in found.values())
    assert iso_code("Arland") is None
    assert len(set(codes(["Mali", "MALI", "mali"]).values())) == 3


def test_places_roads_and_crossings(tmp_path: Path) -> None:
    case = read(tmp_path)
    scenario = to_scenario(case)
    kinds = {place.id: place.kind for place in scenario.places}
    assert kinds == {
        "Ash": "origin",
        "Birch": "origin",
        "Cedar": "town",
        "Dell": "reception",
        "Elm": "reception",
        "Cedar--Dell": "town",
        "Birch--Dell": "town",
        "Cedar--Elm": "town",
    }
    places = {place.id: place for place in scenario.places}
    assert places["Dell"].present == 100
    assert (places["Dell"].capacity, places["Elm"].capacity) == (500, None)
    assert places["Ash"].population == 3000
    assert places["Cedar--Dell"].country == places["Cedar"].country != places["Dell"].country
    roads = {road.name: (road.from_, road.to, road.km) for road in scenario.roads}
    assert roads["Ash--Cedar"] == ("Ash", "Cedar", 60)
    assert roads["Cedar--Dell"] == ("Cedar", "Cedar--Dell", 100)
    (border,) = scenario.borders
    for crossing in scenario.crossings:
        assert places[crossing.place_a].country == border.country_a
        assert places[crossing.place_b].country == border.country_b
    assert scenario.lanes == ()


def test_a_route_written_from_the_other_side(tmp_path: Path) -> None:
    case = read(tmp_path, {"input_csv/routes.csv": ROUTES.replace("Cedar,Elm,120", "Elm,Cedar,120")})
    scenario = to_scenario(case)
    crossing = next(c for c in scenario.crossings if c.id == "Elm--Cedar")
    assert (crossing.place_a, crossing.place_b) == ("Cedar", "Elm--Cedar")


def test_capacity_scaling(tmp_path: Path) -> None:
    case = read(tmp_path)
    for scaling, expected in ((1.0, 500), (1.25, 625), (None, None)):
        scenario = to_scenario(case, capacity_scaling=scaling)
        assert next(place for place in scenario.places if place.id == "Dell").capacity == expected
    with pytest.raises(InputError, match="capacity_scaling"):
        to_scenario(case, capacity_scaling=0)


def test_demand_adds_up_to_the_rise_of_the_counts(tmp_path: Path) -> None:
    case = read(tmp_path)
    for persons in (1.0, 5.0):
        scenario = to_scenario(case, persons=persons)
        total = sum(row.per_day * ((row.until - row.from_).days + 1) for row in scenario.demand) * persons
        assert total == pytest.approx(case.people - 100)
    assert len(scenario.demand) == 5  # Ash: day 1, 2 to 4, 5 to 9; Birch: 2 to 4, 5 to 9
    assert {row.stream for row in scenario.demand} == {"displaced"}
    assert {row.origin for row in scenario.stocks} == {"Ash", "Birch"}


def test_settings(tmp_path: Path) -> None:
    settings = to_scenario(read(tmp_path)).settings
    assert (settings.start, settings.end) == (dt.datetime(2020, 1, 1), dt.datetime(2020, 1, 11))
    assert (settings.step_min, settings.drain_days, settings.timezone) == (1440, 0, "UTC")
    stream = settings.streams["displaced"]
    assert (stream.kind, stream.choose, stream.unit) == ("stock", "destination", "person")
    assert stream.destinations == ("Dell", "Elm")
    assert (stream.behaviour.gamma, stream.behaviour.softening_km, stream.behaviour.capacity) == (1.0, 10.0, "room")


def test_ids_that_clash(tmp_path: Path) -> None:
    changes = {name: text.replace("Cedar", "A:B").replace("Birch", "A;B") for name, text in FILES.items()}
    case = read(tmp_path, changes)
    ids = place_ids(case)
    assert len(set(ids.values())) == len(ids)
    assert {ids["A:B"], ids["A;B"]} == {"A_B", "A_B 2"}
    long = {name: text.replace("Cedar", "C" * 200).replace("Birch", "C" * 199) for name, text in FILES.items()}
    scenario = to_scenario(read(tmp_path / "long", long))
    assert len({place.id for place in scenario.places}) == len(scenario.places)
