"""The page's forecast: a served fit is updated with counts as the library does it, and says when it cannot be."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import signal
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import counted_border
from crossings.calibration.fit import fit_to
from crossings.calibration.problem import Problem
from crossings.calibration.ready import read_ready
from crossings.calibration.today import CrossingCount, reweight
from crossings.errors import InputError
from crossings.web import ScenarioRegistry, application
from crossings.web.forecasts import Calibrated

DAYS = [row.from_.date() for row in counted_border.COUNTS[::2]]
NEXT = str(DAYS[3])


@pytest.fixture(scope="module")
def problem() -> Problem:
    return Problem(counted_border.border(), until=str(DAYS[2]))


@pytest.fixture(scope="module")
def folder(problem: Problem, tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("served")
    problem.scenario.write(where / "border")
    fit_to(where / "fit", problem, points=400, draws=400)
    return where


@pytest.fixture(scope="module")
def client(problem: Problem, folder: Path):
    registry = ScenarioRegistry(problem.scenario, _calibrated(problem, folder))
    with TestClient(application(registry=registry), base_url="http://127.0.0.1:8765") as found:
        yield found


def _calibrated(problem: Problem, folder: Path) -> Calibrated:
    found = fit_to(folder / "fit", problem, points=400, draws=400)  # a whole one is read
    return Calibrated(found, problem, folder / "fit")


def ask(client: TestClient, *counts: dict, scenario: str = "served") -> tuple[int, dict]:
    answer = client.post("/api/forecast", json={"scenario": scenario, "counts": list(counts)})
    return answer.status_code, answer.json()


def test_the_scenario_says_that_it_can_be_carried_on(client: TestClient) -> None:
    fit = client.get("/api/scenarios/served").json()["fit"]
    assert (fit["until"], fit["first"]) == (str(DAYS[2]), NEXT)
    assert (fit["streams"], fit["crossings"]) == (["people"], ["north", "south"])
    assert client.get("/api/scenarios/two-crossings").json()["fit"] is None


def test_it_answers_what_the_library_does(client: TestClient, problem: Problem, folder: Path) -> None:
    status, before = ask(client)
    assert (status, before["counts"], before["days"][0]) == (200, [], NEXT)
    status, after = ask(client, {"on": NEXT, "counts": {"north": 61, "south": 40}})
    assert status == 200
    assert after["days"] == before["days"][1:]
    found = fit_to(folder / "fit", problem, points=400, draws=400)
    ready = read_ready(folder / "fit", found, problem)
    assert ready is not None
    mine = reweight(ready, [CrossingCount("north", DAYS[3], 61.0), CrossingCount("south", DAYS[3], 40.0)])
    rows = {(row["crossing"], str(row["date"])): row for row in mine.rows()}
    for one in after["crossings"]:
        for i, day in enumerate(after["days"]):
            for q in ("p05", "p50", "p95"):
                assert one[q][i] == pytest.approx(rows[one["id"], day][q], abs=0.006)
    assert (after["surprise"], after["few"], after["until"]) == (False, False, NEXT)
    assert [c["crossings"] for c in after["counts"]] == [["north"], ["south"]]
    # The same whatever order counts come in, and nobody sees another's.
    assert ask(client, {"on": NEXT, "counts": {"south": 40, "north": 61}})[1] == after
    assert ask(client)[1] == before


def test_many_people_lift_what_is_expected_and_are_a_surprise(client: TestClient) -> None:
    tomorrow = [ask(client, {"on": NEXT, "counts": {"north": n}})[1] for n in (40, 110)]
    low, high = (next(c for c in one["crossings"] if c["id"] == "north")["p50"][0] for one in tomorrow)
    assert high > low
    assert ask(client, {"on": NEXT, "counts": {"north": 2000}})[1]["surprise"]


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({"on": NEXT, "counts": {"nord": 3}}, "unknown crossing 'nord'"),
        ({"on": str(DAYS[0]), "counts": {"north": 3}}, "is not foretold"),
        ({"on": NEXT, "counts": {"north": -1}}, "counts.north: is too small; accepted: 0.0 or more"),
        ({"on": NEXT, "counts": {}}, "at least 1"),
    ],
)
def test_counts_that_cannot_be_taken(client: TestClient, counts: dict, words: str) -> None:
    status, answer = ask(client, counts)
    assert status in (400, 422)
    assert words in json.dumps(answer)


def test_without_a_fit_it_says_which_command_makes_one(client: TestClient) -> None:
    status, answer = ask(client, scenario="two-crossings")
    assert status in (400, 422)
    assert "crossings serve SCENARIO --fit DIR" in json.dumps(answer)


def test_a_fit_of_all_counts_cannot_be_carried_on(problem: Problem, folder: Path) -> None:
    found = fit_to(folder / "fit", problem, points=400, draws=400)
    whole = dataclasses.replace(found, made_by={**found.made_by, "until": None})
    with pytest.raises(InputError, match="fit with --until a day"):
        Calibrated(whole, problem, folder)


def test_the_command_serves_a_fit(folder: Path) -> None:
    command = ["serve", folder / "border", "--fit", folder / "fit", "--port", "0"]
    server = subprocess.Popen(
        [sys.executable, "-m", "crossings.cli", *map(str, command)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    timer = threading.Timer(120, server.kill)
    timer.start()
    try:
        assert server.stdout is not None
        line = server.stdout.readline()
        server.stdout.readline()
        address = line.strip().split(": ", 1)[1]
        body = json.dumps({"scenario": "served", "counts": [{"on": NEXT, "counts": {"north": 61}}]}).encode()
        request = urllib.request.Request(f"{address}api/forecast", body, {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            found = json.loads(answer.read())
        assert found["until"] == NEXT
        assert dt.date.fromisoformat(found["days"][0]) == DAYS[4]
    finally:
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=60)
        timer.cancel()
    assert server.returncode == 0


def test_a_fit_of_something_else_is_refused(call, folder: Path) -> None:
    status, out, err = call("serve", "two-crossings", "--fit", folder / "fit", "--port", "0")
    assert (status, out, len(err.splitlines())) == (2, "", 1)
