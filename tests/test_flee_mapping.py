"""A Flee case as a scenario."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from crossings.errors import InputError
from crossings.importers.countries import codes, iso_code
from crossings.importers.flee import place_ids, to_scenario
from crossings.scenario import Scenario, check
from flee_cases import FILES, HEADER, ROUTES, read

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
        scenario = to_scenario(case, persons=persons, hindsight=True)
        total = sum(row.per_day * ((row.until - row.from_).days + 1) for row in scenario.demand) * persons
        assert total == pytest.approx(case.people - 100)
        assert all(row.published is None for row in scenario.demand)
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


def test_the_scenario_is_an_ordinary_one(tmp_path: Path) -> None:
    rows = "country,Arland,Borland,2,5\ncamp,Dell,,0,2\nlocation,Cedar,,1,3\nlink,Ash,Birch,0,-1\n"
    dell = "2020-01-01,100\n2020-01-05,180\n2020-01-11,80\n"
    case = read(tmp_path, {"input_csv/closures.csv": HEADER + rows, "source_data/dell.csv": dell})
    scenario = to_scenario(case)
    scenario.write(tmp_path / "out")
    assert check(tmp_path / "out") == []
    again = Scenario.read(tmp_path / "out")
    assert again.hash == scenario.hash
    assert again.baseline().closures != again.closures


def test_what_is_learned(tmp_path: Path) -> None:
    """How distance weighs, and how much a camp attracts of which nothing says how large it is."""
    case = read(tmp_path)
    fit = to_scenario(case).settings.fit
    assert {name: p.prior for name, p in fit.parameters.items()} == {
        "gamma": "lognormal(1, 0.3)",
        "attraction Elm": "normal(0, 1)",
    }
    assert fit.parameters["attraction Elm"].ids == ("Elm",)
    assert set(to_scenario(case, capacity_scaling=None).settings.fit.parameters) == {
        "gamma",
        "attraction Dell",
        "attraction Elm",
    }
    assert to_scenario(case, gamma=2).settings.fit.parameters["gamma"].prior == "lognormal(2, 0.3)"
    assert to_scenario(case, gamma=0).settings.fit.parameters["gamma"].prior == "lognormal(1, 0.3)"


def test_ids_that_clash(tmp_path: Path) -> None:
    changes = {name: text.replace("Cedar", "A:B").replace("Birch", "A;B") for name, text in FILES.items()}
    case = read(tmp_path, changes)
    ids = place_ids(case)
    assert len(set(ids.values())) == len(ids)
    assert {ids["A:B"], ids["A;B"]} == {"A_B", "A_B 2"}
    long = {name: text.replace("Cedar", "C" * 200).replace("Birch", "C" * 199) for name, text in FILES.items()}
    scenario = to_scenario(read(tmp_path / "long", long))
    assert len({place.id for place in scenario.places}) == len(scenario.places)
