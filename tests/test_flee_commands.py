"""The commands about Flee's directories, on small ones made here: tables, JSON, the page, faults, and the imported scenario."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from crossings import Model, Scenario, run_many
from crossings.importers.flee import place_ids, read_flee
from crossings.measures.camp_error import validate
from flee_cases import HEADER, LOCATIONS, write_case

CLOSURES = HEADER + "country,Arland,Borland,2,5\ncamp,Elm,,0,4\n"


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    """Two cases, in folders of different names."""
    first = write_case(tmp_path / "one", {"input_csv/closures.csv": CLOSURES})
    return first, write_case(tmp_path / "two").rename(tmp_path / "two" / "other")


# --- validate ----------------------------------------------------------------------------------


def test_table_of_one(call, tmp_path):
    status, out, _ = call("validate", write_case(tmp_path), "--seeds", 3)
    assert status == 0
    assert out.startswith("small: 10 days, ")
    assert "capacities x 1" in out
    for words in (
        "crossings, 3 seeds",
        "first half",
        "second half",
        "total as counted",
        "split by capacity",
        "Dell",
        "Elm",
    ):
        assert words in out
    assert max(map(len, out.splitlines())) <= 100


def test_json_of_one_is_what_python_says(call, tmp_path):
    case = write_case(tmp_path)
    status, out, _ = call("validate", case, "--seeds", 3, "--json")
    found = json.loads(out)
    assert status == 0
    said = validate(case, seeds=range(1, 4)).to_json()
    assert list(found)[:7] == ["instance", "days", "people", "camps", "ard", "ard_rescaled", "first_half"]
    assert {k: v for k, v in found.items() if k != "seconds"} == {k: v for k, v in said.items() if k != "seconds"}
    assert set(found["naive"]) == {"capacity", "day0", "equal", "nearest"}
    assert found["seconds"] > 0


def test_several_make_one_table_and_one_list(call, two):
    status, out, _ = call("validate", *two, "--seeds", 2)
    assert status == 0
    assert [line.split()[0] for line in out.splitlines() if line.startswith(("small", "other"))] == ["small", "other"]
    found = json.loads(call("validate", *two, "--seeds", 2, "--json")[1])
    assert [one["instance"] for one in found] == ["small", "other"]


@pytest.mark.parametrize(("word", "factor"), [("none", None), ("0", None), ("1.25", 1.25)])
def test_capacity_scaling(call, tmp_path, word, factor):
    status, out, _ = call("validate", write_case(tmp_path), "--seeds", 1, "--json", "--capacity-scaling", word)
    assert (status, json.loads(out)["capacity_scaling"]) == (0, factor)


def test_persons_in_one_traveller(call, tmp_path):
    case = write_case(tmp_path)
    found = json.loads(call("validate", case, "--seeds", 1, "--json", "--persons", 5)[1])
    assert found["persons"] == 5
    assert found["people"] == read_flee(case).people


def test_what_is_not_used_is_said_once_on_standard_error(call, two):
    for folder in two:
        (folder / "input_csv" / "weather.csv").write_text("#Day,Ash\n0,1\n")
    _, out, err = call("validate", two[0], "--seeds", 1, "--json")
    json.loads(out)
    assert err.count("weather.csv") == 1
    _, out, err = call("validate", *two, "--seeds", 1)
    assert "weather" not in out
    assert [line.split(":")[1] for line in err.splitlines() if "weather" in line] == [" small", " other"]


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--capacity-scaling", "some"),
        ("--capacity-scaling", "-1"),
        ("--capacity-scaling", "nan"),
        ("--persons", "0"),
        ("--persons", "nan"),
        ("--seeds", "0"),
        ("--chart", "no/such/folder/x.html"),
    ],
)
def test_a_bad_option_is_one_line(call, tmp_path, option, value):
    status, out, err = call("validate", write_case(tmp_path), option, value)
    assert (status, out, len(err.splitlines())) == (2, "", 1)


def test_every_fault_of_every_directory(call, two, tmp_path):
    for folder in two:
        path = folder / "input_csv" / "routes.csv"
        path.write_text(path.read_text() + "Ash,Nowhere,5,0\nAsh,Cedar,far,0\n")
    status, out, err = call("validate", *two, tmp_path / "none")
    assert (status, out) == (2, "")
    lines = err.splitlines()
    assert len(lines) == 5
    folders = [two[0], two[0], two[1], two[1], tmp_path]
    assert all(line.startswith(f"{folder}/") for line, folder in zip(lines, folders, strict=True))
    assert "Nowhere" in lines[0]
    assert "is not a directory" in lines[-1]


# --- the page ----------------------------------------------------------------------------------


def test_chart(call, two, tmp_path):
    page = tmp_path / "camps.html"
    status, _, _ = call("validate", *two, "--seeds", 3, "--chart", page)
    text = page.read_text()
    assert status == 0
    assert text.count('class="chart"') == 4  # two camps in each of two cases
    assert text.count('class="band"') == 4 + 2  # and in two legends
    assert text.count('class="base"') == 4 + 2
    assert text.count("date (UTC)") == 4
    assert text.count(">people<") == 4
    assert "Source: counts of the Flee directory small" in text
    assert "http://" not in text.replace("http://www.w3.org", "")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["camps.html", "one", "two"]


def test_names_in_the_page_cannot_be_markup(call, tmp_path):
    case = write_case(tmp_path, {"input_csv/locations.csv": LOCATIONS.replace("Elm", "<b>Elm")} | elm("<b>Elm"))
    page = tmp_path / "camps.html"
    assert call("validate", case, "--seeds", 1, "--chart", page)[0] == 0
    assert "<b>Elm" not in page.read_text()
    assert "&lt;b&gt;Elm" in page.read_text()


def elm(name: str) -> dict[str, str]:
    """The other files of a case in which Elm has another name."""
    from flee_cases import LAYOUT, ROUTES

    return {
        "input_csv/routes.csv": ROUTES.replace("Elm", name),
        "source_data/data_layout.csv": LAYOUT.replace("Elm,", f"{name},"),
    }


# --- import ------------------------------------------------------------------------------------


def test_an_imported_directory_is_a_scenario_like_any_other(call, tmp_path):
    case, border = write_case(tmp_path, {"input_csv/closures.csv": CLOSURES}), tmp_path / "border"
    assert call("import", "flee", case, border)[0] == 0
    assert call("check", border)[0] == 0
    assert call("run", border, "--seeds", 2, "--out", tmp_path / "kept")[0] == 0
    crossings = pl.read_parquet(tmp_path / "kept" / "flows.parquet")["crossing"]
    assert set(crossings) == {"Cedar--Dell", "Birch--Dell", "Cedar--Elm"}
    status, out, _ = call("compare", border, "--seeds", 2, "--without", "country-Arland--Borland")
    assert status == 0
    assert "displaced" in out


def test_an_imported_directory_says_the_same_as_validate(call, tmp_path):
    """Where all camps are counted on the same days and zones do not change, hindsight adds nothing."""
    changes = {
        "input_csv/locations.csv": LOCATIONS.replace("conflict_zone,2,", "conflict_zone,0,"),
        "input_csv/closures.csv": CLOSURES,
        "source_data/elm.csv": "2020-01-01,0\n2020-01-05,40\n2020-01-11,100\n",
    }
    case, border = write_case(tmp_path, changes), tmp_path / "border"
    call("import", "flee", case, border, "--capacity-scaling", 1.25)
    model = Model(Scenario.read(border))
    (runs,) = run_many(model, seeds=range(1, 4)).values()
    found = validate(case, seeds=range(1, 4), capacity_scaling=1.25)
    ids = place_ids(found.case)
    places = runs.places
    for k, camp in enumerate(found.case.camps):
        mine = places.filter(places["place"] == ids[camp])["present_mean"].to_list()
        assert mine[-1] == pytest.approx(found.runs[:, k, -1].mean(), abs=0.5)


def test_import_without_capacities(call, tmp_path):
    case, border = write_case(tmp_path), tmp_path / "border"
    assert call("import", "flee", case, border, "--capacity-scaling", "none")[0] == 0
    assert all(place.capacity is None for place in Scenario.read(border).places)


def test_import_refuses_a_folder_that_holds_something(call, tmp_path):
    case, border = write_case(tmp_path), tmp_path / "border"
    border.mkdir()
    (border / "mine.txt").write_text("mine")
    status, out, _ = call("import", "flee", case, border)
    assert (status, out) == (2, "")
    assert [p.name for p in border.iterdir()] == ["mine.txt"]


def test_the_report_of_an_imported_directory_shows_its_camps(call, tmp_path):
    """Each camp with what is simulated, a range by the errors of other cases, and a mark a count; border roads with their
    flows.
    """
    border, page = tmp_path / "border", tmp_path / "report.html"
    call("import", "flee", write_case(tmp_path), border)
    assert call("run", border, "--seeds", 2, "--report", page)[0] == 0
    text = page.read_text()
    section = text[text.index('id="camps"') : text.index("</section>", text.index('id="camps"'))]
    assert "Dell, room for 500" in section
    assert section.count('class="chart"') == 2
    assert "of the 1 count" in section  # Dell on 5 January; those of day 0 are given
    assert section.count('class="seen"') == 3 + 1  # and in the legend
    assert "Cedar - Dell" in text


def test_the_range_of_a_run_is_wider_than_the_spread_of_runs(tmp_path):
    found = validate(write_case(tmp_path), seeds=range(1, 6))
    low, high = found.predicted
    assert low.shape == found.counted.shape
    assert (low[:, 0] == high[:, 0]).all()  # day 0 is given
    wide, narrow = high - low, found.band[1] - found.band[0]
    assert (wide[:, 9] > narrow[:, 9]).all()
    assert 0.8 < found.held == found.to_json()["predicted_90_holds"] <= 1.0
    free = validate(write_case(tmp_path), seeds=[1], capacity_scaling=None).predicted
    assert (free[1] - free[0])[:, 9].sum() > wide[:, 9].sum()
