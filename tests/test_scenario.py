"""A scenario read from a directory, changed, written and read again."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import os
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from crossings.errors import InputError
from crossings.scenario import Closure, Place, Scenario, check, examples, read_closures
from two_gates import FILES, write


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    return Scenario.read(write(tmp_path / "sound"))


def lines_of(error: pytest.ExceptionInfo[InputError]) -> list[str]:
    return str(error.value).splitlines()


def test_a_sound_directory_has_no_fault(tmp_path: Path) -> None:
    assert check(write(tmp_path / "sound")) == []


def test_cells_become_values(scenario: Scenario) -> None:
    hours = scenario.closures[1]
    assert hours.crossings == ("vaalimaa",)
    assert hours.from_ == dt.datetime(2023, 11, 20)
    assert hours.until == dt.datetime(2023, 11, 26)
    assert hours.streams == hours.places == ()
    assert hours.announced is None
    assert scenario.settings.end == dt.datetime(2023, 12, 1)
    assert scenario.lanes[2].valid_until == dt.datetime(2023, 11, 16)
    assert scenario.lanes[1].hours == "24/7"
    assert scenario.roads[0].name == "petersburg--vyborg"
    assert scenario.demand[0].until == dt.date(2023, 11, 30)
    assert scenario.demand[0].estimated
    assert scenario.observations[0].published == dt.datetime(2023, 11, 14, 10)
    assert scenario.observations[1].published is None
    assert scenario.settings.fit.parameters["gamma"].prior == "lognormal(0.9, 0.4)"
    assert scenario.lines["fi-ru"][0] == (27.7, 60.5)
    assert scenario.basemap is not None
    assert scenario.sources == "# Sources\n"


def test_a_country_called_no_is_no_false(tmp_path: Path) -> None:
    directory = write(tmp_path / "s", {"scenario.yaml": ("countries:\n", "countries:\n  NO: {}\n")})
    assert set(Scenario.read(directory).settings.countries) == {"NO", "FI", "RU"}


def test_values_are_frozen(scenario: Scenario) -> None:
    with pytest.raises(AttributeError):
        scenario.lanes = ()  # type: ignore[misc]
    with pytest.raises(ValidationError):
        scenario.lanes[0].servers = 3  # type: ignore[misc]


def test_written_and_read_again_it_is_the_same(scenario: Scenario, tmp_path: Path) -> None:
    scenario.write(tmp_path / "new" / "one")
    again = Scenario.read(tmp_path / "new" / "one")
    assert again == scenario
    assert again.hash == scenario.hash
    assert os.listdir(tmp_path / "new") == ["one"]
    assert "27.9" in (tmp_path / "new" / "one" / "places.csv").read_text()


def test_awkward_text_survives_writing(scenario: Scenario, tmp_path: Path) -> None:
    awkward = 'a, "quoted"; \u00e4\u20ac\u2028 line\nnext: #1'
    place = scenario.places[0].model_copy(update={"name": awkward})
    settings = scenario.with_settings(title="1e5", profiles=scenario.settings.profiles | {"yes": (1.0,) * 24})
    changed = dataclasses.replace(settings, places=(place, *scenario.places[1:]))
    changed.write(tmp_path / "awkward")
    assert Scenario.read(tmp_path / "awkward") == changed


@pytest.mark.parametrize("what", ["full", "file", "link"])
def test_writing_overwrites_nothing(scenario: Scenario, tmp_path: Path, what: str) -> None:
    target = tmp_path / "target"
    if what == "full":
        target.mkdir()
        (target / "mine.txt").write_text("mine")
    elif what == "file":
        target.write_text("mine")
    else:
        target.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="does not exist yet"):
        scenario.write(target)
    assert sorted(os.listdir(tmp_path)) == ["sound", "target"]
    assert not (tmp_path / "elsewhere").exists()


def test_writing_into_an_empty_directory_is_fine(scenario: Scenario, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    scenario.write(tmp_path / "empty")
    assert Scenario.read(tmp_path / "empty") == scenario


def test_a_failed_write_leaves_nothing(scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(InputError, match="it cannot be written: No space left on device"):
        scenario.write(tmp_path / "new")
    assert os.listdir(tmp_path) == ["sound"]


def test_the_hash_is_of_the_content(scenario: Scenario, tmp_path: Path) -> None:
    assert re.fullmatch("[0-9a-f]{16}", scenario.hash)
    rewritten = FILES["roads.csv"].replace("140,,90", '"140.0",,90.00').replace("\n", "\r\n")
    same = Scenario.read(write(tmp_path / "same", {"roads.csv": rewritten}))
    other = Scenario.read(write(tmp_path / "other", {"roads.csv": ("140,,90", "141,,90")}))
    assert same.hash == scenario.hash
    assert other.hash != scenario.hash


def test_without_orders_and_rows(scenario: Scenario) -> None:
    less = scenario.without("south", "late-2")
    assert [row.id for row in less.closures] == ["late-1", "road-1"]
    assert less.closures[0].replaces == ()
    assert less.written == scenario.closures
    assert len(scenario.closures) == 4
    with pytest.raises(InputError) as error:
        scenario.without("suth", "late")
    assert lines_of(error) == ["closures: unknown order or row 'suth'; did you mean 'south'?"]


def test_the_baseline_keeps_orders_that_stand_at_the_start(scenario: Scenario) -> None:
    assert scenario.baseline().closures == ()
    later = scenario.with_settings(start="2023-11-18")
    assert [row.order for row in later.baseline().closures] == ["south"]


def test_closures_are_added_if_they_fit(scenario: Scenario) -> None:
    row = Closure(id="x", order="all", crossings=("vaalimaa",), from_=dt.datetime(2023, 11, 19))
    more = scenario.with_closures([row])
    assert more.closures[-1] == row
    assert more.written == more.closures
    bad = row.model_copy(update={"crossings": ("valimaa",), "order": "south"})
    with pytest.raises(InputError) as error:
        scenario.with_closures([bad])
    assert lines_of(error) == ["closures: x: crossings: unknown crossing 'valimaa'; did you mean 'vaalimaa'?"]
    with pytest.raises(InputError, match="id 'south-1' is also on an earlier row"):
        scenario.with_closures([scenario.closures[0]])


def test_closures_are_read_from_a_file(scenario: Scenario, tmp_path: Path) -> None:
    file = tmp_path / "more.csv"
    file.write_text("id,order,crossings,from,until,replaces\nx,all,vaalimaa;nuijamaa,2023-11-19,,south\n")
    (row,) = read_closures(file, scenario)
    assert scenario.with_closures([row]).closures[-1].order == "all"
    file.write_text("id,order,crossings,from,until\nlate-1,all,valimaa,2023-11-31,\nx,late-1,vaalimaa,2023-11-19,,1\n")
    with pytest.raises(InputError) as error:
        read_closures(file, scenario)
    assert lines_of(error) == [
        "more.csv:2: from: '2023-11-31' is a date that does not exist; write YYYY-MM-DD or YYYY-MM-DDTHH:MM, local time",
        "more.csv:2: id 'late-1' is a row of the scenario already; give it an id of its own",
        "more.csv:2: crossings: unknown crossing 'valimaa'; did you mean 'vaalimaa'?",
        "more.csv:3: 6 cells where the header has 5; give one cell for each column; quote text with commas",
    ]
    with pytest.raises(InputError, match=re.escape("mor.csv: there is no file 'mor.csv'; did you mean 'more.csv'?")):
        read_closures(tmp_path / "mor.csv", scenario)
    with pytest.raises(InputError, match="this is a folder"):
        read_closures(tmp_path, scenario)


def test_settings_streams_and_behaviours_can_be_changed(scenario: Scenario) -> None:
    changed = scenario.with_behaviour("asylum", gamma=3).with_stream("cars", persons=2).with_settings(step_min=30)
    assert changed.settings.streams["asylum"].behaviour.gamma == 3
    assert changed.settings.streams["cars"].persons == 2
    assert changed.settings.step_min == 30
    assert scenario.settings.streams["asylum"].behaviour.gamma == 2.5


@pytest.mark.parametrize(
    ("method", "arguments", "changes", "line"),
    [
        (
            "with_behaviour",
            ["asylum"],
            {"gama": 3},
            "streams.asylum.behaviour: gama: unknown name; did you mean 'gamma'?",
        ),
        (
            "with_behaviour",
            ["asylum"],
            {"gamma": -3},
            "streams.asylum.behaviour: gamma: '-3' is below 0; write 0 or more",
        ),
        ("with_behaviour", ["asilum"], {}, "streams: unknown stream 'asilum'; did you mean 'asylum'?"),
        ("with_stream", ["car"], {}, "streams: unknown stream 'car'; did you mean 'cars'?"),
        ("with_settings", [], {"end": "2023-11-31"}, "settings: end: '2023-11-31' is a date that does not exist"),
        ("with_settings", [], {"end": "2023-11-01"}, "scenario.yaml: end: 2023-11-01 24:00 is not after the start"),
        ("with_settings", [], {"timezone": "Mars"}, "scenario.yaml: timezone: 'Mars' is not a known time zone"),
        (
            "with_behaviour",
            ["asylum"],
            {"alpha": {"valimaa": 1}},
            "scenario.yaml: streams.asylum.behaviour.alpha.valimaa: unknown crossing or destination 'valimaa'",
        ),
    ],
)
def test_changes_that_are_refused(
    scenario: Scenario, method: str, arguments: list[str], changes: dict[str, object], line: str
) -> None:
    with pytest.raises(InputError) as error:
        getattr(scenario, method)(*arguments, **changes)
    assert len(lines_of(error)) == 1
    assert line in str(error.value)


def test_a_summary_counts_what_there_is(scenario: Scenario) -> None:
    summary = scenario.summary()
    assert summary["crossings"] == 2
    assert summary["closures"] == 4
    assert summary["orders"] == ["late", "roadworks", "south"]
    assert summary["days"] == 18
    assert summary["hash"] == scenario.hash


def test_entities_made_in_code_are_checked_too() -> None:
    with pytest.raises(ValidationError, match="without a zone"):
        Closure(id="x", order="y", from_=dt.datetime(2023, 11, 18, tzinfo=dt.UTC))
    with pytest.raises(ValidationError, match="1800 to 2999"):
        Closure(id="x", order="y", from_=dt.datetime(1, 1, 1))
    with pytest.raises(ValidationError, match="extra_forbidden"):
        Place(id="x", lat=1, lon=1, country="FI", colour="red")  # type: ignore[call-arg]


def test_columns_that_only_hold_defaults_are_not_written(scenario: Scenario, tmp_path: Path) -> None:
    scenario.write(tmp_path / "new")
    with (tmp_path / "new" / "roads.csv").open() as stream:
        header = next(csv.reader(stream))
    assert header == ["id", "from", "to", "km", "hours", "speed_kmh"]


# --- where a scenario is ---------------------------------------------------------------------------------


def test_every_bundled_scenario_is_sound() -> None:
    for name in examples():
        assert [fault for fault in check(name) if not fault.warning] == []


@pytest.mark.parametrize("name", ["", "no-such-place", "no/such/place", "a\0b", "x" * 5000, "a\nb", ".x"])
def test_a_scenario_that_is_not_there(name: str) -> None:
    found = check(name)
    assert len(found) == 1
    assert not found[0].warning
    assert len(str(found[0]).splitlines()) == 1
    with pytest.raises(InputError):
        Scenario.read(name)


def test_a_file_is_no_scenario(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("x")
    assert "this is a file; a scenario is a directory with scenario.yaml in it" in str(check(tmp_path / "s")[0])
