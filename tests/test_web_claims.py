"""Claims held on the page: the answers are those of the command and the library, and the work can be stopped."""

from __future__ import annotations

import json
import time

import pytest
from starlette.testclient import TestClient

import crossings.claims.runs
import two_gates
from crossings.claims import NOT_SETTLED, NOT_TESTABLE, VERDICTS, examine
from crossings.claims.verdicts import LEAST_PAIRS
from crossings.model import Model
from crossings.scenario import Scenario
from crossings.simulation.seeds import each_seed
from crossings.views.language import LANGUAGES, language
from crossings.web import application
from crossings.web.changes import NewOrder, SetParameter, apply
from crossings.web.claims_job import MOST_CLAIMS, examination
from crossings.web.claims_view import MAX_CLAIM_SEEDS
from crossings.web.jobs import RunJobs, SeedPool
from waiting import wait_for

CLAIMS = """\
id,by,date,words,measure,comparison,value,orders,streams,source
law,A ministry,2023-11-18,It was lawful,,,,,,
stemmed,A ministry,2023-11-18,The closure stemmed the flow,change_of_arrivals,<=,-0.5,south,asylum,
many,A neighbour,2023-11-18,Hundreds are affected,journeys_affected,>=,100,south,,
gap,An ombudsman,2023-11-18,No crossing is left,longest_gap,,,south,asylum,
loaded,A governor,2023-11-21,More come than can be let in,peak_load,>,1,late,cars,
weighed,A paper,2023-11-21,The flow is steered,evidence_ratio,>,1,,asylum,
"""
SEEDS = 3
CHANGES = [
    {"do": "order", "name": "v", "crossings": ["vaalimaa"], "kind": "closed", "from": "2023-11-13T00:00"},
    {"do": "set", "stream": "asylum", "name": "give_up", "value": 0.9},
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return two_gates.write(tmp_path_factory.mktemp("claims") / "s", {"claims.csv": CLAIMS})


@pytest.fixture(scope="module")
def scenario(folder):
    return Scenario.read(folder)


@pytest.fixture(scope="module")
def client(scenario):
    with TestClient(application(scenario), base_url="http://127.0.0.1:8765") as found:
        yield found


def hold(client, **more):
    return client.post("/api/claims", json={"scenario": "served", "seeds": SEEDS, **more})


def finished(client, name, seconds=60.0):
    """Every finding, asked for as the page does: only those that are not known yet."""
    until, found = time.monotonic() + seconds, []
    while time.monotonic() < until:
        now = client.get(f"/api/claims/{name}", params={"have": len(found)}).json()
        found += now["findings"]
        assert now["shown"] == len(found)
        if now["state"] in ("done", "failed", "cancelled"):
            return now, found
        time.sleep(0.05)
    raise AssertionError(now)


def slow(monkeypatch):
    real = crossings.claims.runs.simulate_once

    def one(model, seed, at_once=1):
        time.sleep(0.1)
        return real(model, seed, at_once=at_once)

    monkeypatch.setattr(crossings.claims.runs, "simulate_once", one)


# --- the same answers --------------------------------------------------------------------------


def test_the_verdicts_are_those_of_the_command(client, scenario, folder, call):
    begun = hold(client)
    assert begun.status_code == 202
    now, found = finished(client, begun.json()["id"])
    assert (now["state"], now["problem"], now["now"]) == ("done", "", [])
    assert [f["id"] for f in found] == now["claims"]
    status, out, _ = call("claims", str(folder), "--seeds", str(SEEDS), "--json")
    assert status == 0
    real = json.loads(out)
    assert {f["id"]: f["finding"] for f in found} == {c["id"]: c for c in real["claims"]}
    assert now["made_by"] == real["made_by"]
    assert all(f["finding"]["verdict"] in VERDICTS for f in found)


def test_what_is_tried_is_what_is_held(client, scenario):
    changed = apply(scenario, [NewOrder(**CHANGES[0]), SetParameter(**CHANGES[1])])
    now, found = finished(client, hold(client, changes=CHANGES, only=["stemmed", "gap"]).json()["id"])
    assert now["made_by"]["scenario_hash"] == changed.hash != scenario.hash
    real = examine(changed, only=["stemmed", "gap"], seeds=SEEDS)
    assert {f["id"]: f["finding"] for f in found} == {f.claim.id: f.to_json() for f in real}


def test_a_finding_in_words(client):
    _, found = finished(client, hold(client, only=["many"]).json()["id"])
    (one,) = found
    assert one["finding"]["verdict"] == NOT_SETTLED
    assert f"at least {LEAST_PAIRS} are needed" in one["finding"]["reason"]
    assert one["figure"].endswith(" journeys")
    assert [s["setting"] for s in one["settings"]] == [s["setting"] for s in one["finding"]["sensitivity"]]
    assert one["settings"][0]["turns"] is False
    assert all(s["meaning"] and not s["meaning"].startswith("the same") for s in one["settings"])


def test_a_finding_is_said_in_the_language_that_is_asked_for(client):
    """Also afterwards, when another is spoken: nothing is computed again."""
    name = hold(client, only=["many"]).json()["id"]
    finished(client, name)
    said = {}
    for code in LANGUAGES:
        (one,) = client.get(f"/api/claims/{name}", params={"language": code}).json()["findings"]
        assert one["language"] == code
        assert one["reason"]
        assert len(one["lines"]) >= 5
        said[code] = (one["reason"], one["people"], *one["lines"][:1], one["settings"][0]["meaning"])
    for parts in zip(*said.values(), strict=True):
        assert len(set(parts)) == len(LANGUAGES)


def test_what_turns_a_claim_is_said():
    finland = Scenario.read("finland-2023")
    job = examination(finland, ["arrivals-moved"], 1)
    with SeedPool(2) as pool:
        job.work(pool, 2, lambda: None)
    (one,) = job.view(0, language("en"))["findings"]
    p = one["finding"]["p"]
    assert p == 1.0
    assert [s["setting"] for s in one["settings"] if s["turns"]] == [
        s["setting"] for s in one["finding"]["sensitivity"] if s["p"] != p
    ]
    assert "stays away sooner" in [s["setting"] for s in one["settings"] if s["turns"]]


def test_what_no_number_can_hold_to_is_said_at_once(client):
    view = client.get("/api/scenarios/served").json()
    said = {c["id"]: (c["measure"], c["value"], c["verdict"]) for c in view["claims"]}
    assert said["law"] == ("", None, NOT_TESTABLE)
    assert said["gap"] == ("longest_gap", None, NOT_TESTABLE)
    assert said["stemmed"] == ("change_of_arrivals", -0.5, "")
    _, found = finished(client, hold(client, only=["law", "gap"], seeds=1).json()["id"])
    for one in found:
        listed = next(c for c in view["claims"] if c["id"] == one["id"])
        assert one["finding"]["verdict"] == listed["verdict"]
        assert one["finding"]["reason"].endswith(listed["reason"])


def test_quick_answers_come_first(scenario):
    job = examination(scenario, (), 1)
    assert job.batches == (("law", "gap", "weighed"), ("stemmed",), ("loaded",), ("many",))
    assert examination(scenario, ("many", "law"), 1).batches == (("law",), ("many",))


# --- what is asked wrongly ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "status", "line"),
    [
        ({"only": ["stemed", "many"]}, 422, "only: unknown claim 'stemed'; did you mean 'stemmed'?"),
        ({"only": ["stemmed"] * (MOST_CLAIMS + 1)}, 422, "only: "),
        ({"only": "stemmed"}, 422, "only: "),
        ({"seeds": 0}, 422, "seeds: "),
        ({"seeds": MAX_CLAIM_SEEDS + 1}, 422, f"seeds: is too large; accepted: up to {MAX_CLAIM_SEEDS}"),
        ({"seeds": True}, 422, "seeds: "),
        ({"seeds": "20"}, 422, "seeds: "),
        ({"fit": "/etc"}, 422, "fit: "),
        ({"scenario": "nowhere"}, 404, "scenario: "),
        ({"scenario": "two-crossings"}, 422, "claims.csv: the scenario holds no claims"),
        ({"changes": [{"do": "leave_out", "id": "nothing"}]}, 422, "change 1: "),
    ],
)
def test_refusals_are_lines(client, more, status, line):
    answered = hold(client, **more)
    assert answered.status_code == status, answered.text
    assert answered.json()["faults"][0].startswith(line)


def test_claims_and_ensembles_have_names_of_their_own(client):
    claims = hold(client, only=["law"]).json()["id"]
    run = client.post("/api/runs", json={"scenario": "served", "changes": CHANGES[:1], "seeds": 1}).json()["id"]
    for path in (f"/api/runs/{claims}", f"/api/claims/{run}", "/api/claims/nothing"):
        assert client.get(path).status_code == client.delete(path).status_code == 404
    assert client.get(f"/api/runs/{claims}/tables.zip").status_code == 404


# --- stopping ----------------------------------------------------------------------------------


def test_it_can_be_stopped_and_keeps_what_came_in(client, monkeypatch):
    slow(monkeypatch)
    name = hold(client, seeds=100).json()["id"]
    while not (now := client.get(f"/api/claims/{name}").json())["runs"]:
        time.sleep(0.02)
    assert now["now"] == ["stemmed"]
    assert now["of_runs"] > 100
    begun = time.monotonic()
    assert client.delete(f"/api/claims/{name}").status_code == 200
    now, found = finished(client, name)
    assert time.monotonic() - begun < 5
    assert now["state"] == "cancelled"
    assert [f["id"] for f in found] == ["law", "gap", "weighed"]
    runs = now["runs"]
    time.sleep(0.5)
    assert client.get(f"/api/claims/{name}").json()["runs"] == runs


def test_it_stops_when_nobody_asks_any_more(scenario, monkeypatch):
    slow(monkeypatch)
    runs = RunJobs(abandoned_s=0.6)
    job = runs.begin(examination(scenario, (), 100))
    assert wait_for(lambda: job.over)  # nobody asks
    assert job.state == "cancelled"
    assert len(job.found) < 6
    runs.close()


def test_stopping_the_server_stops_it(scenario, monkeypatch):
    slow(monkeypatch)
    runs = RunJobs()
    job = runs.begin(examination(scenario, ["stemmed"], 100))
    while not job.runs:
        time.sleep(0.02)
    runs.close()
    until = time.monotonic() + 20
    while not job.over and time.monotonic() < until:
        time.sleep(0.05)
    assert job.state == "cancelled"


def test_an_ensemble_has_its_turn_beside_claims(scenario, monkeypatch):
    """A claim of hundreds of runs does not fill the pool's queue."""
    slow(monkeypatch)
    with TestClient(application(scenario), base_url="http://127.0.0.1:8765") as client:
        name = hold(client, only=["stemmed"], seeds=100).json()["id"]
        while not client.get(f"/api/claims/{name}").json()["runs"]:
            time.sleep(0.02)
        run = client.post("/api/runs", json={"scenario": "served", "changes": CHANGES[:1], "seeds": 4}).json()["id"]
        until = time.monotonic() + 30
        while (now := client.get(f"/api/runs/{run}").json())["state"] in ("waiting", "running"):
            assert time.monotonic() < until
            time.sleep(0.05)
        assert now["state"] == "done"
        assert client.get(f"/api/claims/{name}").json()["state"] == "running"


def test_a_job_has_few_seeds_with_the_pool_at_a_time_and_stops_where_it_is_unwanted():
    """Others have their turn after these, however many seeds a job has."""
    begun = []

    def work(seed):
        begun.append(seed)
        return seed

    def step(number, _total):
        if number == 5:
            raise InterruptedError

    pool = SeedPool(2)
    results = each_seed(work, range(1, 400), pool, step)
    assert [next(results) for _ in range(4)] == [1, 2, 3, 4]
    with pytest.raises(InterruptedError):
        next(results)
    pool.shutdown()
    assert len(begun) <= 5 + pool.ahead < 20


def test_a_server_that_stops_fails_no_job():
    scenario = Scenario.read("two-crossings")
    runs = RunJobs()
    run = runs.start(scenario.baseline(), Model(scenario), 400)
    assert wait_for(lambda: run.finished > 0)
    runs.close()
    assert wait_for(lambda: run.over)
    assert (run.state, run.problem) == ("cancelled", "")
