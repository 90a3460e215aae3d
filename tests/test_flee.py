"""Flee's files: every form in which they come, and every fault with its file and row."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from crossings.errors import InputError
from crossings.importers.flee import place_ids, read_flee, to_scenario
from flee_cases import DELL, ELM, FILES, HEADER, LAYOUT, LOCATIONS, ROUTES, faults, noted, read, write_case

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
        ("input_csv/routes.csv", ROUTES + "Ash\n", "input_csv/routes.csv:7: has 1 column"),
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
        ("source_data/data_layout.csv", LAYOUT + "Elm,dell.csv\n", "data_layout.csv:4: 'Elm' a second time"),
        (
            "source_data/data_layout.csv",
            LAYOUT.replace("elm.csv", "fir.csv"),
            "data_layout.csv:3: 'fir.csv' is missing",
        ),
        (
            "source_data/data_layout.csv",
            LAYOUT.replace("elm.csv", "../../x.csv"),
            "data_layout.csv:3: '../../x.csv' is outside",
        ),
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
    (folder / "input_csv" / "routes.csv").write_bytes(b"Ash,\xca\xe5\xe4\xf0,3\n")
    with pytest.raises(InputError, match=r"routes\.csv:1: byte 0xca is not UTF-8"):
        read_flee(folder)
    with pytest.raises(InputError, match="is not a directory"):
        read_flee(tmp_path / "nowhere")
