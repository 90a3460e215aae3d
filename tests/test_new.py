"""`crossings new`: a copy of a bundled scenario, or a commented one from a few answers, that passes check and runs."""

from __future__ import annotations

import datetime as dt
import filecmp
import json
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

import crossings as cx
from crossings.cli.app import build
from crossings.cli.exit_codes import status_of
from crossings.scenario.template import TemplatePlan, write_plan
from examples import examples


def call(*arguments):
    return status_of(build(), [str(a) for a in arguments])


@pytest.mark.parametrize("name", ["two-crossings", "finland-2023"])
def test_a_copy_is_the_same_file_by_file(tmp_path, name, capsys):
    assert call("new", tmp_path / "border", "--from", name) == 0
    source = cx.scenario.reader.locate(name)
    assert filecmp.cmpfiles(source, tmp_path / "border", [f.name for f in source.iterdir()], shallow=False)[1:] == (
        [],
        [],
    )
    assert cx.Scenario.read(tmp_path / "border").hash == cx.Scenario.read(name).hash
    assert "passes" in capsys.readouterr().out


def test_a_copy_of_a_directory(tmp_path):
    assert call("new", tmp_path / "first", "--countries", "FI,RU", "--crossings", "a") == 0
    assert call("new", tmp_path / "second", "--from", tmp_path / "first") == 0
    assert cx.Scenario.read(tmp_path / "second").crossings[0].id == "a"


def test_flags_make_a_scenario_that_passes_and_runs(tmp_path):
    directory = tmp_path / "my border"
    flags = [
        "--countries",
        "fi,ru",
        "--crossings",
        "north, far south",
        "--per-day",
        "80",
        "--start",
        "2024-03-04",
        "--end",
        "2024-03-10",
    ]
    order = [
        "--closed",
        "north",
        "--closed-from",
        "2024-03-08T12:00",
        "--announced",
        "2024-03-07",
        "--timezone",
        "Europe/Helsinki",
    ]
    assert call("new", directory, *flags, *order) == 0
    assert cx.check(directory) == []
    scenario = cx.Scenario.read(directory)
    assert [c.id for c in scenario.crossings] == ["north", "far south"]
    assert scenario.settings.name == "my border"
    assert scenario.settings.timezone == "Europe/Helsinki"
    (order,) = scenario.closures
    assert (order.crossings, order.from_, order.announced) == (
        ("north",),
        dt.datetime(2024, 3, 8, 12),
        dt.datetime(2024, 3, 7),
    )
    assert "# " in (directory / "scenario.yaml").read_text()
    totals = cx.run(cx.Model(scenario)).totals
    assert totals["created_mean"].sum() > 700
    effect = cx.compare(scenario, seeds=[1]).table()
    assert effect["diverted_mean"][0] > 0


def test_the_default_order_closes_half_way(tmp_path):
    assert (
        call(
            "new",
            tmp_path / "b",
            "--countries",
            "FI,RU",
            "--crossings",
            "a,b",
            "--closed",
            "a",
            "--start",
            "2024-03-04",
            "--end",
            "2024-03-10",
        )
        == 0
    )
    assert cx.Scenario.read(tmp_path / "b").closures[0].from_ == dt.datetime(2024, 3, 7)


def test_without_flags_the_start_is_a_monday(tmp_path):
    assert call("new", tmp_path / "b", "--countries", "FI,RU", "--crossings", "a") == 0
    settings_ = cx.Scenario.read(tmp_path / "b").settings
    assert settings_.start.weekday() == 0
    assert settings_.end - settings_.start == dt.timedelta(days=28)


def test_every_wrong_flag_is_said_in_one_run(tmp_path, capsys):
    flags = [
        "--countries",
        "FI,F",
        "--crossings",
        "a,a",
        "--per-day",
        "-3",
        "--closed",
        "q",
        "--timezone",
        "Europe/Helsinky",
    ]
    assert call("new", tmp_path / "b", *flags) == 2
    said = capsys.readouterr().err.splitlines()
    assert {line.split(":")[0] for line in said} == {
        "--countries",
        "--crossings",
        "--per-day",
        "--closed",
        "--timezone",
    }
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize(
    "flags",
    [
        ["--countries", "FI"],
        ["--crossings", "a"],
        ["--countries", "FI,FI", "--crossings", "a"],
        ["--countries", "FI,RU", "--crossings", ","],
        ["--countries", "FI,RU", "--crossings", "../x"],
        ["--countries", "FI,RU", "--crossings", "a", "--per-day", "nan"],
        ["--countries", "FI,RU", "--crossings", "a", "--per-day", "1e12"],
        ["--countries", "FI,RU", "--crossings", "a", "--start", "2024-02-30"],
        ["--countries", "FI,RU", "--crossings", "a", "--start", "2024-03-04", "--end", "2024-03-03"],
        ["--countries", "FI,RU", "--crossings", "a", "--start", "1900-01-01", "--end", "2024-03-03"],
        ["--countries", "FI,RU", "--crossings", "a", "--closed-from", "2024-03-08"],
        ["--countries", "FI,RU", "--crossings", "a", "--closed", "a", "--announced", "2024-03-08"],
        [
            "--countries",
            "FI,RU",
            "--crossings",
            "a",
            "--closed",
            "a",
            "--closed-from",
            "2024-03-07",
            "--announced",
            "2024-03-08",
        ],
        ["--from", "two-crossings", "--crossings", "a"],
        ["--from", "two-crosings"],
    ],
)
def test_what_cannot_be_is_refused_in_one_line(tmp_path, capsys, flags):
    assert call("new", tmp_path / "b", *flags) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_in_it_is_refused(tmp_path, capsys):
    (tmp_path / "note.txt").write_text("mine")
    for target in (tmp_path, tmp_path / "note.txt"):
        assert call("new", target, "--from", "two-crossings") == 2
        assert "already" in capsys.readouterr().err
    assert [f.name for f in tmp_path.iterdir()] == ["note.txt"]


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "b").mkdir()
    assert call("new", tmp_path / "b", "--from", "two-crossings") == 0
    assert cx.check(tmp_path / "b") == []


NAMES = st.text(st.characters(categories=("L", "N", "P", "Zs", "S"), exclude_characters=","), min_size=1, max_size=12)


@examples(60)
@given(
    crossings=st.lists(NAMES, min_size=1, max_size=4),
    countries=st.sampled_from([("FI", "RU"), ("USA", "MEX"), ("NO", "SE"), ("ON", "NA")]),
    per_day=st.floats(0.01, 2000),
    days=st.integers(0, 9),
    closes=st.booleans(),
)
def test_any_plan_is_refused_in_words_or_passes_every_check(
    tmp_path_factory, crossings, countries, per_day, days, closes
):
    names = tuple(name.strip() for name in crossings)
    start = dt.date(2024, 2, 26)
    plan = TemplatePlan(
        "border", countries, names, per_day, start, start + dt.timedelta(days=days), closed=names[:1] if closes else ()
    )
    directory = tmp_path_factory.mktemp("plan") / "border"
    faults = plan.faults()
    assert all(fault.where.isidentifier() for fault in faults)  # the name of an argument
    if faults:
        with pytest.raises(cx.InputError):
            write_plan(plan, directory)
        assert not directory.exists()
    else:
        write_plan(plan, directory)
        assert [fault for fault in cx.check(directory) if not fault.warning] == []


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of POSIX")
def test_what_is_missing_is_asked_for_on_a_terminal(tmp_path):
    import pty

    main, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "crossings.cli", "new", str(tmp_path / "b")],
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=terminal,
        text=True,
    )
    os.close(terminal)
    os.write(main, b"fi,ru\nnorth,south\n\nnorth\n")
    out, _ = process.communicate(timeout=60)
    os.close(main)
    assert process.returncode == 0
    assert "written" in out
    scenario = cx.Scenario.read(tmp_path / "b")
    assert scenario.demand[0].per_day == 500
    assert scenario.closures[0].crossings == ("north",)


@pytest.mark.parametrize("more", [("--crossings", "a,b"), ("--counts", "c", "--crossings", "x", "--closures", "o")])
def test_countries_by_name_are_told_their_codes(more, tmp_path, capsys):
    assert status_of(build(), ["new", str(tmp_path / "b"), "--countries", "Finland,Norway", *more]) == 2
    said = capsys.readouterr().err
    assert "'Finland" in said
    assert "did you mean FI" in said


def test_a_query_before_its_folder_is_told_so(tmp_path, capsys):
    assert status_of(build(), ["query", "select * from flows", str(tmp_path)]) == 2
    assert f'the folder comes first: crossings query {tmp_path} "SELECT ..."' in capsys.readouterr().err


def test_the_commented_fit_works_without_its_marks(tmp_path, capsys):
    directory = tmp_path / "border"
    given = ["--countries", "FI,RU", "--crossings", "north,south", "--start", "2026-01-05", "--end", "2026-01-11"]
    assert call("new", directory, *given) == 0
    text = (directory / "scenario.yaml").read_text(encoding="utf-8")
    before, fit = text.split("# fit:\n")
    (directory / "scenario.yaml").write_text(
        before + "fit:\n" + "\n".join(line.removeprefix("# ") for line in fit.splitlines()) + "\n", encoding="utf-8"
    )
    rows = [
        f"{c}-{d},{c},FI,travellers,2026-01-{d:02d},2026-01-{d:02d},{200 + d},crossed,final,counted"
        for c in ("north", "south")
        for d in range(5, 9)
    ]
    head = "id,crossings,direction,streams,from,until,count,what,status,source"
    (directory / "observations.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    assert call("check", directory) == 0
    capsys.readouterr()
    assert call("fit", directory, "--points", "200", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert {p["parameter"] for p in found["parameters"]} == {"demand", "hours", "way-out", "groups", "days"}
    assert found["fits"]["counts"] == 8
