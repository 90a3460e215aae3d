"""Three files to a scenario that passes check, runs, and is forecast from."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from crossings.model import Model
from crossings.scenario import Scenario
from crossings.scenario.order_kinds import terms_of
from crossings.simulation.ensemble import run
from test_backtest import border, run_cli, write


def make(folder: Path, to: Path, *more: object) -> int:
    files = [f"--{name}={folder / name}.csv" for name in ("counts", "crossings", "closures")]
    return run_cli("new", to, *files, *more)


def test_three_files_make_a_scenario_that_runs_and_is_forecast_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = border(tmp_path / "given")
    assert make(folder, tmp_path / "border") == 0
    said = capsys.readouterr()
    scenario = Scenario.read(tmp_path / "border")
    days = (scenario.settings.end - scenario.settings.start).days
    assert f"the run covers {days} days, {scenario.settings.start:%Y-%m-%d} to " in said.out + said.err
    assert {c.id for c in scenario.crossings} == {"north", "middle", "south"}
    assert [(c.kind, c.crossings) for c in scenario.closures] == [("closed", ("middle",))]
    assert scenario.settings.fit.parameters
    # Ordinary traffic is what was counted before the order, in the direction counted.
    per_day = {d.origin.split()[0]: d.per_day for d in scenario.demand}
    assert per_day["middle"] == pytest.approx(6 * per_day["south"], rel=0.25)
    assert 700 < per_day["middle"] < 1000
    assert all(o.direction == "PL" for o in scenario.observations)
    capsys.readouterr()
    assert run_cli("backtest", tmp_path / "border", "--json", "--origins", "orders") == 0
    found = json.loads(capsys.readouterr().out)
    assert run_cli("backtest", folder, "--json", "--origins", "orders") == 0
    given = json.loads(capsys.readouterr().out)
    assert found["episodes"][0]["rows"] == given["episodes"][0]["rows"]


def test_ordinary_traffic_uses_its_own_crossing_and_some_go_round(tmp_path: Path) -> None:
    make(border(tmp_path / "given"), tmp_path / "border")
    flows = run(Model(Scenario.read(tmp_path / "border"))).flows.filter(pl.col("direction") == "PL")
    day = flows.group_by("crossing", "date").agg(pl.col("crossed_mean").sum()).sort("date")
    middle = day.filter(pl.col("crossing") == "middle")["crossed_mean"].to_list()
    north = day.filter(pl.col("crossing") == "north")["crossed_mean"].to_list()
    assert 600 < sum(middle[1:8]) / 7 < 1000
    assert sum(middle[20:25]) == 0
    assert 1.05 * sum(north[1:8]) < sum(north[20:27]) < 3 * sum(north[1:8])


def test_orders_keep_their_kind_where_they_let_some_through(tmp_path: Path) -> None:
    folder = border(tmp_path / "given")
    header = ["order", "crossings", "streams", "announced", "from", "until", "kind"]
    orders = [
        ["half", "north;middle", "", "2022-03-20", "2022-03-22", "", "part"],
        ["slow", "south", "", "2022-03-20", "2022-03-22", "2022-04-01", "slowed"],
        ["visa", "south", "", "2022-03-20", "2022-03-22", "", "deterrent"],
        ["end", "north", "", "2022-03-26", "2022-03-28", "", "lifted"],
        ["never", "south", "", "2022-03-01", "2022-03-02", "", "lifted"],
        ["nobody", "south", "lorries", "2022-03-20", "2022-03-22", "", "closed"],
    ]
    write(folder, "closures.csv", [header, *orders])
    assert make(folder, tmp_path / "border") == 0
    rows = [r for r in Scenario.read(tmp_path / "border").closures if r.direction != "XA"]
    assert [(r.order, r.kind) for r in rows] == [
        ("half", "part"),
        ("half", "part"),
        ("slow", "slowed"),
        ("visa", "deterrent"),
        ("end", "lifted"),
        ("never", "note"),
        ("nobody", "note"),
    ]
    assert rows[4].replaces == ("half",)
    assert rows[4].crossings == ("north",)
    assert 0.0 < terms_of("part", rows[0].value).capacity < 1.0
    assert terms_of("slowed", rows[2].value).factor > 1.0
    assert 0.0 < terms_of("deterrent", rows[3].value).kept_away < 1.0
    flows = run(Model(Scenario.read(tmp_path / "border"))).flows
    day = flows.group_by("crossing", "date").agg(pl.col("crossed_mean").sum()).sort("date")
    north = day.filter(pl.col("crossing") == "north")["crossed_mean"].to_numpy()
    begins = [str(d) for d in day.filter(pl.col("crossing") == "north")["date"]].index("2022-03-22")
    assert north[begins : begins + 6].mean() < 0.8 * north[1 : begins - 1].mean()
    assert north[begins + 8 : begins + 14].mean() > 0.9 * north[1 : begins - 1].mean()


@pytest.mark.parametrize(("missing", "fault"), [("--counts", "is needed"), ("counts", "there is no such file")])
def test_nothing_is_written_where_something_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], missing: str, fault: str
) -> None:
    folder = border(tmp_path / "given")
    if missing == "--counts":
        code = run_cli(
            "new", tmp_path / "b", f"--crossings={folder}/crossings.csv", f"--closures={folder}/closures.csv"
        )
    else:
        (folder / "counts.csv").unlink()
        code = make(folder, tmp_path / "b")
    assert code == 2
    assert fault in capsys.readouterr().err
    assert not (tmp_path / "b").exists()


def test_roads_of_ones_own_stand_in_place_of_the_made_ones(tmp_path: Path) -> None:
    folder = border(tmp_path / "given")
    write(folder, "roads.csv", [["from", "to", "km", "speed_kmh", "source"], ["north PL", "middle PL", 99, 50, "map"]])
    assert make(folder, tmp_path / "border", f"--roads={folder / 'roads.csv'}") == 0
    roads = {frozenset((r.from_, r.to)): r.km for r in Scenario.read(tmp_path / "border").roads}
    assert roads[frozenset(("north PL", "middle PL"))] == 99
    assert roads[frozenset(("middle PL", "south PL"))] != 99


def test_places_of_ones_own_stand_in_place_of_the_made_ones(tmp_path: Path) -> None:
    folder = border(tmp_path / "given")
    made = make(folder, tmp_path / "made")
    before = Scenario.read(tmp_path / "made").places[0]
    write(
        folder,
        "places.csv",
        [
            ["id", "name", "lat", "lon", "country", "kind", "source"],
            [before.id, "Market town", 50.5, 23.5, before.country, before.kind, "map"],
        ],
    )
    assert made == make(folder, tmp_path / "border", f"--places={folder / 'places.csv'}") == 0
    place = next(p for p in Scenario.read(tmp_path / "border").places if p.id == before.id)
    assert (place.name, place.lat, place.source) == ("Market town", 50.5, "map")
    assert before.name != "Market town"


@pytest.mark.parametrize(
    "written",
    [
        lambda text: text.replace(",", ";").replace("99.5", "99,5").encode(),
        lambda text: text.replace(",", "\t").replace("\n", "\r\n").encode("utf-16"),
        lambda text: text.replace("\n", "\r").replace(",", " , ").encode(),
        lambda text: b"\xef\xbb\xbfOur roads,,,,\n\n" + text.replace("from", "From").encode(),
    ],
)
def test_roads_of_ones_own_are_read_however_they_are_written(tmp_path: Path, written: Callable[[str], bytes]) -> None:
    folder = border(tmp_path / "given")
    (folder / "roads.csv").write_bytes(written("from,to,km,speed_kmh,source\nnorth PL,middle PL,99.5,50,map\n"))
    assert make(folder, tmp_path / "border", f"--roads={folder / 'roads.csv'}") == 0
    roads = {frozenset((r.from_, r.to)): r.km for r in Scenario.read(tmp_path / "border").roads}
    assert roads[frozenset(("north PL", "middle PL"))] == 99.5


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ("north PL,middle PL,-99,50,map", "roads.csv:3: km: '-99' is below 0"),
        ("north PL,midle PL,99,50,map", "roads.csv:3: to: unknown place 'midle PL'; did you mean 'middle PL'?"),
        (
            "north PL,middle PL,99,50,map,more",
            "roads.csv:3: 6 cells where the header has 5; quote a cell that holds a comma, or give its column a heading",
        ),
        (
            '"north PL,middle PL,99,50,map\nsouth PL,middle PL,9,50,map',
            "roads.csv:3: a quote that opens here is not closed",
        ),
        ("x" * 200_000 + ",middle PL,99,50,map", "roads.csv:3: this row cannot be read"),
    ],
)
def test_faults_of_ones_own_roads_are_told_at_their_rows(
    tmp_path: Path, rows: str, fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """At the row of the file that was given, not of the one that is made of it."""
    folder = border(tmp_path / "given")
    text = f"from,to,km,speed_kmh,source\nmiddle PL,south PL,40,50,map\n{rows}\n"
    (folder / "roads.csv").write_text(text, encoding="utf-8")
    capsys.readouterr()
    assert make(folder, tmp_path / "border", f"--roads={folder / 'roads.csv'}") == 2
    assert capsys.readouterr().err.startswith(fault)
    assert not (tmp_path / "border").exists()


def test_a_file_of_crossings_without_any_is_a_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = border(tmp_path / "given")
    (folder / "crossings.csv").write_text("id,name,lat,lon\n", encoding="utf-8")
    capsys.readouterr()
    assert make(folder, tmp_path / "border") == 2
    assert capsys.readouterr().err == "crossings.csv: there is no crossing in it; give rows with an id, lat and lon\n"
