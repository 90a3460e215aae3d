"""What `--out` keeps: tables, what made them, and the scenario, so that the run can be made again and comes out equal."""

from __future__ import annotations

import json
import os

import polars as pl
import pytest

import crossings as cx
from crossings.cli.app import build
from crossings.cli.exit_codes import status_of

SCENARIO = "two-crossings"


def call(*arguments):
    return status_of(build(), [str(a) for a in arguments])


def kept(directory):
    return {file.stem: pl.read_parquet(file) for file in directory.glob("*.parquet")}


def test_run_again_from_what_was_kept(tmp_path, capsys):
    out = tmp_path / "out"
    assert call("run", SCENARIO, "--seeds", "3", "--out", out) == 0
    made = json.loads((out / "made_by.json").read_text())
    scenario = cx.Scenario.read(out / "scenario")
    assert (made["command"], made["seeds"], made["by"], made["scenario_hash"]) == ("run", "1-3", "day", scenario.hash)
    assert scenario.hash == cx.Scenario.read(SCENARIO).hash
    (runs,) = cx.run_many(cx.Model(scenario), seeds=range(1, 4)).values()
    tables = kept(out)
    assert set(tables) == {"flows", "totals", "places"}
    for name, table in runs.tables().items():
        assert table.equals(tables[name])
    capsys.readouterr()
    assert call("again", out) == 0
    assert capsys.readouterr().out == "flows: equal\ntotals: equal\nplaces: equal\n"


@pytest.mark.parametrize("arguments", [["--seed", "7"], ["--seeds", "2", "--by", "hour"], ["--seeds", "1"]])
def test_other_runs_come_out_equal_too(tmp_path, capsys, arguments):
    out = tmp_path / "out"
    assert call("run", SCENARIO, *arguments, "--out", out) == 0
    capsys.readouterr()
    assert call("again", out, "--json") == 0
    equal = json.loads(capsys.readouterr().out)["equal"]
    assert all(equal.values())
    assert ("fates" in equal) == (arguments[0] == "--seed")
    assert set(equal) == set(kept(out))


@pytest.mark.parametrize("how", ["default", "without", "with"])
def test_comparisons_come_out_equal(tmp_path, capsys, how):
    more = tmp_path / "more.csv"
    more.write_text("id,order,crossings,from,kind\nriver-row,river-closed,river,2024-03-13T12:00,closed\n")
    arguments = {"default": [], "without": ["--without", "hill-closed-row"], "with": ["--with", more]}[how]
    out = tmp_path / "out"
    assert call("compare", SCENARIO, *arguments, "--seeds", "2", "--out", out) == 0
    capsys.readouterr()
    assert call("again", out) == 0
    said = capsys.readouterr().out
    assert "effects: equal" in said
    assert "differs" not in said


def test_a_changed_table_or_scenario_is_noticed(tmp_path, capsys):
    out = tmp_path / "out"
    call("run", SCENARIO, "--seeds", "2", "--out", out)
    table = pl.read_parquet(out / "totals.parquet")
    table.with_columns(pl.col("created_mean") + 1).write_parquet(out / "totals.parquet")
    capsys.readouterr()
    assert call("again", out) == 1
    assert "totals: differs" in capsys.readouterr().out
    demand = out / "scenario" / "demand.csv"
    demand.write_text(demand.read_text().replace("240", "250"))
    assert call("again", out) == 2
    assert "it was changed since" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"command": "run", "seeds": "x"}', "[" * 100_000])
def test_a_broken_note_is_refused_in_one_line(tmp_path, capsys, text):
    out = tmp_path / "out"
    call("run", SCENARIO, "--seeds", "1", "--out", out)
    made = json.loads((out / "made_by.json").read_text())
    if text.startswith('{"'):
        text = json.dumps({**made, **json.loads(text)})
    (out / "made_by.json").write_text(text)
    capsys.readouterr()
    assert call("again", out) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_foreign_folder_is_refused_and_an_own_one_replaced(tmp_path, capsys):
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "thesis.txt").write_text("mine")
    assert call("run", SCENARIO, "--seeds", "1", "--out", foreign) == 2
    assert "was not written by crossings" in capsys.readouterr().err
    assert [f.name for f in foreign.iterdir()] == ["thesis.txt"]
    out = tmp_path / "out"
    assert call("run", SCENARIO, "--seeds", "1", "--out", out) == 0
    capsys.readouterr()
    for command in (["run", SCENARIO, "--seeds", "2"], ["compare", SCENARIO, "--seeds", "1"]):
        assert call(*command, "--out", out) == 2
        assert (
            "holds a finished result, run of two-crossings, seeds 1, which this would replace"
            in capsys.readouterr().err
        )
    assert call("run", SCENARIO, "--seeds", "2", "--out", out, "--force") == 0
    assert json.loads((out / "made_by.json").read_text())["seeds"] == "1,2"
    assert sorted(f.name for f in tmp_path.iterdir()) == ["foreign", "out"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_no_right_to_write(tmp_path, capsys):
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    assert call("run", SCENARIO, "--seeds", "1", "--out", locked / "out") == 2
    assert "cannot be written" in capsys.readouterr().err


def test_a_file_in_the_way(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert call("run", SCENARIO, "--seeds", "1", "--out", tmp_path / "file") == 2
    assert call("run", SCENARIO, "--seeds", "1", "--out", tmp_path / "file" / "out") == 2
    assert len(capsys.readouterr().err.splitlines()) == 2
