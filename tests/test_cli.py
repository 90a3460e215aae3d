"""The command line: exit statuses, one line for each fault, JSON of the agreed shape, and nothing left half done."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

from crossings.cli.app import build
from crossings.cli.exit_codes import status_of
from waiting import wait_for

SCENARIO = "two-crossings"
COUNT_BAND = {"mean", "p05", "p50", "p95"}


def command(*arguments, **more):
    """Run a command as a person does."""
    return subprocess.Popen(
        [sys.executable, "-m", "crossings.cli", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **more,
    )


# --- help, version, lists ----------------------------------------------------------------------


def loaded_by(arguments, names):
    """Which of some modules a command loads, and what it prints."""
    code = (
        "import json, sys; from crossings.cli import main\n"
        f"try: main({arguments!r})\n"
        "except SystemExit as end: assert end.code == 0\n"
        f"print(json.dumps(sorted({names!r} & set(sys.modules))), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stderr.splitlines()[-1]), done.stdout


def test_help_is_quick_and_imports_nothing_heavy():
    loaded, said = loaded_by(["--help"], {"numpy", "polars", "numba", "scipy", "pydantic", "rich"})
    assert loaded == []
    assert "compare" in said


def test_runs_in_a_pipe_load_neither_scipy_nor_bars():
    slow = {"scipy.special", "scipy.sparse", "scipy.linalg", "rich.progress"}
    loaded, _ = loaded_by(["run", "two-crossings", "--seeds", "1"], {*slow, "numba"})
    assert loaded == ["numba"]  # which it needs


@pytest.mark.parametrize(
    "name", ["new", "check", "explain", "run", "compare", "access", "again", "query", "examples", "demo", "version"]
)
def test_every_command_has_help(call, name):
    status, out, err = call(name, "--help")
    assert (status, err) == (0, "")
    assert out.startswith(f"Usage: crossings {name}")


def test_version(call):
    import crossings

    assert call("version") == (0, f"crossings {crossings.__version__}\n", "")
    assert json.loads(call("version", "--json")[1])["crossings"] == crossings.__version__


def test_examples(call):
    status, out, _ = call("examples")
    assert status == 0
    assert "finland-2023" in out
    assert "two-crossings" in out
    assert {e["name"] for e in json.loads(call("examples", "--json")[1])["examples"]} >= {"finland-2023", SCENARIO}


# --- check and explain -------------------------------------------------------------------------


def test_check_says_nothing_is_wrong(call):
    status, out, err = call("check", SCENARIO)
    assert (status, err) == (0, "")
    assert out.startswith("two-crossings: no fault; rows: crossings 2")


@pytest.fixture
def faulty(tmp_path, call):
    directory = tmp_path / "border"
    assert call("new", directory, "--from", SCENARIO)[0] == 0
    lanes = directory / "lanes.csv"
    lanes.write_text(lanes.read_text().replace("24/7", "25:00-26:00", 1).replace("hill,XB", "hil,XB", 1))
    return directory


def test_check_reports_every_fault_in_one_line_each(call, faulty):
    status, out, err = call("check", faulty)
    assert (status, out) == (2, "")
    lines = err.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("lanes.csv:") for line in lines)
    assert "did you mean 'hill'?" in err
    found = json.loads(call("check", faulty, "--json")[1])
    assert not found["ok"]
    assert [f["where"].split(":")[0] for f in found["faults"]] == ["lanes.csv"] * 2


@pytest.mark.parametrize("name", ["run", "compare", "explain", "access"])
def test_a_faulty_scenario_is_refused_by_every_command(call, faulty, name):
    status, out, err = call(name, faulty)
    assert (status, out) == (2, "")
    assert len(err.splitlines()) == 2


def test_explain_prints_miles(call):
    assert " 37 miles" in call("explain", SCENARIO, "--units", "imperial")[1]


# --- bad input ---------------------------------------------------------------------------------

BAD = [
    (["chek"], "did you mean 'check'?"),
    (["run"], "SCENARIO"),
    (["run", SCENARIO, "extra"], "extra"),
    (["run", SCENARIO, "--sedes", "3"], "did you mean"),
    (["run", "finland"], "did you mean 'finland-2023'?"),
    (["run", "no/such/directory"], "there is no such directory"),
    (["run", SCENARIO, "--seeds", "0"], "--seeds: 0 is out of range; write 1 to 1,000,000"),
    (["run", SCENARIO, "--seeds", "-3"], "--seeds: -3"),
    (["run", SCENARIO, "--seeds", "10000000000000000000000"], "--seeds"),
    (["run", SCENARIO, "--seeds", "many"], "--seeds: it should be a whole number"),
    (["run", SCENARIO, "--seeds", "1.5"], "--seeds"),
    (["run", SCENARIO, "--seed", "-1"], "--seed: -1"),
    (["run", SCENARIO, "--seed", str(2**64)], "--seed"),
    (["run", SCENARIO, "--seed", "1", "--seeds", "2"], "give one of them"),
    (["run", SCENARIO, "--by", "week"], "--by: 'week' is not one of 'day', 'hour'"),
    (["run", SCENARIO, "--units", "furlongs"], "--units"),
    (["run", SCENARIO, "--seed", "1", "--story", "1"], "--story: no traveller 1"),
    (["run", SCENARIO, "--report", "no/such/folder/report.html"], "there is no folder"),
    (["run", SCENARIO, "--report", "."], "this is a folder"),
    (["compare", SCENARIO, "--without", "hill-close"], "did you mean 'hill-closed'?"),
    (["compare", SCENARIO, "--with", "no-such.csv"], "no-such.csv"),
    (["compare", SCENARIO, "--with", "x.csv", "--without", "hill-closed"], "give one of them"),
    (["compare", SCENARIO, "--seeds", "0"], "--seeds"),
    (["demo", "--seeds", "0"], "--seeds"),
    (["access", SCENARIO, "--on", "2024-02-30"], "does not exist"),
    (["access", SCENARIO, "--on", "noon"], "--on"),
    (["access", SCENARIO, "--on", "1999-01-01"], "outside the scenario's time"),
    (["access", SCENARIO, "--stream", "seeker"], "did you mean 'seekers'?"),
    (["access", SCENARIO, "--direction", "FI"], "accepted: XA, XB"),
    (["access", SCENARIO, "--border", "made"], "made-up"),
    (["again", "no-such"], "made_by.json"),
    (["run", SCENARIO, "--seeds", "2\n3"], "--seeds"),
]


@pytest.mark.parametrize(("arguments", "said"), BAD, ids=[" ".join(a)[:40].replace("\n", " ") for a, _ in BAD])
def test_bad_input_is_refused_in_one_line(call, arguments, said):
    status, out, err = call(*arguments)
    assert (status, out) == (2, "")
    assert len(err.splitlines()) == 1, err
    assert said.lower() in err.lower()


def test_more_seeds_than_memory_holds_are_refused_before_they_are_run(call):
    status, out, err = call("run", "finland-2023", "--seeds", "1000000", "--by", "hour")
    assert (status, out) == (2, "")
    assert "GB of memory" in err


def test_nothing_given_prints_the_help(call):
    status, out, err = call()
    assert (status, err) == (2, "")
    assert "Usage: crossings" in out


# --- run ---------------------------------------------------------------------------------------


def test_run_prints_tables_that_fit_and_say_what_made_them(call):
    status, out, err = call("run", SCENARIO, "--seeds", "3")
    assert (status, err) == (0, "")
    assert all(len(line) <= 100 and line == line.rstrip() for line in out.splitlines())
    assert "mean (5th-95th percentile) of runs with seeds 1-3; scenario two-crossings" in out
    assert "h" in out.splitlines()[2]


def test_run_json_has_the_agreed_shape(call):
    status, out, err = call("run", SCENARIO, "--seeds", "3", "--json")
    assert (status, err) == (0, "")
    found = json.loads(out, parse_constant=pytest.fail)
    assert list(found) == ["scenario", "seeds", "made_by", "rows", "totals", "ends", "places"]
    assert (found["scenario"], found["seeds"]) == (SCENARIO, 3)
    row = found["rows"][0]
    counts = {"arrived", "crossed", "turned_away", "reneged", "waiting", "servers_needed"}
    assert set(row) == {"date", "crossing", "stream", "direction", "wait_h"} | counts
    assert all(set(row[name]) == COUNT_BAND for name in counts)
    assert set(row["wait_h"]) == {"mean", "p50", "p95"}
    assert all(set(band) == COUNT_BAND for band in row["wait_h"].values())
    states = {"at_home", "on_road", "queueing", "in_service", "after_border", "arrived", "gave_up", "no_alternative"}
    assert set(found["totals"][0]) == {"stream", "origin", "created"} | states
    assert set(found["places"][0]) == {"date", "place", "present", "capacity", "over"}
    for total in found["totals"]:
        assert sum(total[state]["mean"] for state in states) == pytest.approx(total["created"]["mean"], abs=0.01)


def test_run_by_hour(call):
    found = json.loads(call("run", SCENARIO, "--seeds", "2", "--by", "hour", "--json")[1])
    assert found["rows"][0]["date"].startswith("2024-03-04T")
    status, out, _ = call("run", SCENARIO, "--seeds", "2", "--by", "hour")
    assert status == 0
    assert out.startswith("Every hour in which something happened")
    assert call("run", SCENARIO, "--seeds", "2", "--by", "day")[1].startswith("Every day")


def test_a_story_is_found_by_the_id_that_run_prints(call):
    out = call("run", SCENARIO, "--seed", "5")[1]
    arguments = out.splitlines()[-1].removeprefix("crossings ").split()
    status, told, _ = call(*arguments)
    assert status == 0
    assert "at eastham" in told
    assert "loses patience" in told or "turned away" in told
    told = json.loads(call(*arguments, "--json")[1])
    assert told["seed"] == 5
    assert told["events"][-1]["what"].startswith("end of the run")


# --- compare -----------------------------------------------------------------------------------


def test_compare_json_has_the_agreed_shape(call):
    status, out, err = call("compare", SCENARIO, "--seeds", "3", "--json")
    assert (status, err) == (0, "")
    found = json.loads(out, parse_constant=pytest.fail)
    assert list(found)[:3] == ["baseline", "scenario", "seeds"]
    cells = {"diverted", "delayed", "advanced", "unaffected", "deterred", "stranded", "pending", "induced", "outside"}
    for row in found["streams"]:
        assert set(row) == {"stream", "created", "spill_over", "extra_km", "extra_h"} | cells
        assert sum(row[cell]["mean"] for cell in cells) == pytest.approx(row["created"]["mean"], abs=0.01)
    assert set(found["flows"][0]) == {"stream", "from", "to", "unit", "number"}
    assert set(found["flows"][0]["number"]) == COUNT_BAND


def test_compare_prints_tables_that_fit(call):
    status, out, err = call("compare", SCENARIO, "--without", "hill-closed", "--seeds", "2")
    assert (status, err) == (0, "")
    assert all(len(line) <= 100 for line in out.splitlines())
    assert "as written against without hill-closed" in out
    assert "extra miles" in call("compare", SCENARIO, "--seeds", "2", "--units", "imperial")[1]


def test_compare_with_more_rows(call, tmp_path):
    rows = tmp_path / "more.csv"
    rows.write_text("id,order,crossings,from,kind\nriver-row,river-closed,river,2024-03-13T12:00,closed\n")
    found = json.loads(call("compare", SCENARIO, "--with", rows, "--seeds", "2", "--json")[1])
    assert (found["baseline"], found["scenario"]) == ("as written", "with river-closed")
    rows.write_text("id,order,crossings,from,kind\nriver-row,river-closed,rivr,2024-03-13T12:00,closed\n")
    status, _, err = call("compare", SCENARIO, "--with", rows)
    assert status == 2
    assert "did you mean 'river'?" in err


def test_nothing_to_compare(call, tmp_path):
    directory = tmp_path / "border"
    call("new", directory, "--from", SCENARIO)
    (directory / "closures.csv").unlink()
    status, _, err = call("compare", directory)
    assert status == 2
    assert "nothing to compare" in err


# --- access ------------------------------------------------------------------------------------


def test_access_says_that_a_bare_date_means_noon(call):
    status, out, _ = call("access", SCENARIO, "--on", "2024-03-12", "--stream", "seekers")
    assert status == 0
    assert "2024-03-12 12:00 UTC (a bare date means its noon)" in out
    assert "open within 24 h: river; not: hill" in out
    assert "assumed" not in call("access", SCENARIO, "--on", "2024-03-12T09:00")[1]


def test_access_json_has_the_agreed_shape(call):
    found = json.loads(call("access", SCENARIO, "--on", "2024-03-12", "--stream", "seekers", "--json")[1])
    assert set(found) >= {"date", "stream", "direction", "open", "longest_gap_km", "line_km", "declared_km", "rows"}
    assert (found["date"], found["direction"], found["open"]) == ("2024-03-12T12:00", "XA", ["river"])
    (row,) = found["rows"]
    assert set(row) == {"origin", "nearest", "km", "hours", "extra_km", "extra_h"}
    assert (row["nearest"], row["extra_km"]) == ("river", 30)


def test_access_prints_miles(call):
    out = call("access", SCENARIO, "--on", "2024-03-12", "--stream", "seekers", "--units", "imperial")[1]
    assert "extra miles" in out
    assert " 56 " in out  # 90 km


# --- the demo ----------------------------------------------------------------------------------


def test_demo_prints_simulated_beside_observed_misses_included(call):
    status, out, err = call("demo", "--seeds", "2")
    assert (status, err) == (0, "")
    assert all(len(line) <= 102 for line in out.splitlines())
    assert "Validation:" in out
    assert "salla-21" in out
    assert "MISS" in out
    assert "Effect at the end of the run" in out


# --- Flee's directories ------------------------------------------------------------------------


def test_a_flee_directory_is_scored_and_imported(call, tmp_path):
    from flee_cases import write_case

    case = write_case(tmp_path)
    status, out, _ = call("validate", case, "--seeds", "2")
    assert status == 0
    assert "all to the nearest camp" in out
    found = json.loads(call("validate", case, "--seeds", "2", "--json", "--capacity-scaling", "0")[1])
    assert (found["runs"], found["capacity_scaling"]) == (2, None)
    assert call("import", "flee", case, tmp_path / "border")[0] == 0
    assert call("check", tmp_path / "border")[0] == 0


def test_what_is_no_flee_directory_is_refused(call, tmp_path):
    for arguments in (["validate", tmp_path / "no"], ["import", "flee", tmp_path / "no", tmp_path / "border"]):
        status, out, err = call(*arguments)
        assert (status, out) == (2, "")
        assert "is not a directory" in err
    assert call("import", "fle", "x", "y")[0] == 2


# --- reports -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [["run", SCENARIO], ["compare", SCENARIO], pytest.param(["demo"], marks=pytest.mark.slow)],
    ids=["run", "compare", "demo"],
)
def test_a_report_is_one_file(call, tmp_path, arguments):
    pytest.importorskip("crossings.report")
    report = tmp_path / "report.html"
    status, _, err = call(*arguments, "--seeds", "2", "--report", report)
    assert (status, err) == (0, "")
    assert report.read_text(encoding="utf-8").lower().startswith("<!doctype html>")
    assert [f.name for f in tmp_path.iterdir()] == ["report.html"]


# --- ends --------------------------------------------------------------------------------------


def test_a_reader_that_goes_away_is_no_fault():
    process = command("run", SCENARIO, "--seeds", "2", "--by", "hour")
    process.stdout.read(10)
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(60) in (0, 1)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_interrupt_ends_at_once_and_keeps_nothing(tmp_path):
    from crossings.cli.progress import compiled

    compiled()
    out = tmp_path / "out"
    process = command("run", "finland-2023", "--seeds", "5000", "--out", str(out))
    assert wait_for(lambda: any(tmp_path.rglob("*")), 60)
    process.send_signal(signal.SIGINT)
    said, errors = process.communicate(timeout=60)
    assert process.returncode in (130, -signal.SIGINT)  # the latter where it came while Python read a module
    assert said == ""
    assert errors == "interrupted; nothing half done was kept\n"
    assert list(tmp_path.iterdir()) == []


def test_no_bar_in_a_pipe_no_colours_and_no_letter_that_cannot_be_shown():
    done = command("run", SCENARIO, "--seeds", "5", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    out, err = done.communicate(timeout=120)
    assert (done.returncode, err) == (0, "")
    assert "hill" in out
    assert "\x1b" not in out


def test_a_fault_of_ours_is_one_line(call, monkeypatch):
    import crossings

    def broken(*_):
        raise ZeroDivisionError("over\nlines")

    monkeypatch.setattr(crossings, "check", broken)
    status, out, err = call("check", SCENARIO)
    assert (status, out) == (1, "")
    assert (
        err
        == "crossings: ZeroDivisionError: over lines; this is a fault of crossings; set CROSSINGS_TRACEBACK=1 to see where\n"
    )
    monkeypatch.setenv("CROSSINGS_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        status_of(build(), ["check", SCENARIO])


@pytest.mark.parametrize(
    ("error", "said"),
    [(MemoryError(), "out of memory"), (OSError(28, "No space left on device", "x"), "x: No space left on device")],
)
def test_the_machine_failing_is_one_line(call, monkeypatch, error, said):
    import crossings

    def broken(*_):
        raise error

    monkeypatch.setattr(crossings, "check", broken)
    status, _, err = call("check", SCENARIO)
    assert status == 1
    assert said in err
    assert len(err.splitlines()) == 1


# --- threads -----------------------------------------------------------------------------------


def test_a_run_is_the_same_on_any_number_of_threads(call):
    one, three = (call("run", SCENARIO, "--seeds", "4", "--threads", n, "--json") for n in ("1", "3"))
    assert one == three
    assert one[0] == 0
    status, out, err = call("run", SCENARIO, "--threads", "0")
    assert (status, out, len(err.splitlines())) == (2, "", 1)
