"""The JSON API: what it answers agrees with the library, what it refuses it refuses in lines, and nobody sees another's."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient

import two_gates
from crossings.errors import InputError
from crossings.measures.options import options
from crossings.model import Model
from crossings.scenario import Scenario
from crossings.simulation.comparison import compare
from crossings.simulation.ensemble import run_many
from crossings.simulation.expected import expect, together
from crossings.web import ScenarioRegistry, application, encoding
from crossings.web.changes import NewOrder
from crossings.web.expected import Outlook
from crossings.web.jobs import MOST_RUNNING, MOST_WAITING, RunJobs
from waiting import wait_for

HERE = "http://127.0.0.1:8765"
SHUT = {"do": "order", "name": "v", "crossings": ["vaalimaa"], "kind": "closed", "from": "2023-11-13T00:00"}


def client_of(app, **headers):
    return TestClient(app, base_url=HERE, headers=headers)


@pytest.fixture(scope="module")
def scenario(tmp_path_factory):
    return Scenario.read(two_gates.write(tmp_path_factory.mktemp("web") / "s"))


@pytest.fixture(scope="module")
def app(scenario):
    return application(scenario)


@pytest.fixture(scope="module")
def client(app):
    with client_of(app) as found:
        yield found


def finished(client, run, seconds=60.0):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        now = client.get(f"/api/runs/{run}").json()
        if now["state"] in ("done", "failed", "cancelled"):
            return now
        time.sleep(0.05)
    raise AssertionError(now)


# --- scenarios ---------------------------------------------------------------------------------


def test_what_is_listed(client):
    found = client.get("/api/scenarios").json()
    assert found["first"] == "served"
    assert {s["id"] for s in found["scenarios"]} >= {"served", "finland-2023", "two-crossings"}


@pytest.mark.parametrize("name", ["served", "finland-2023", "two-crossings"])
def test_a_scenario_as_it_is(client, scenario, name):
    view = client.get(f"/api/scenarios/{name}").json()
    real = scenario if name == "served" else Scenario.read(name)
    assert view["hash"] == real.hash
    assert [c["id"] for c in view["crossings"]] == [c.id for c in real.crossings]
    assert [c["id"] for c in view["claims"]] == [c.id for c in real.claims]
    gates = [(g["crossing"], g["direction"], g["stream"]) for g in view["gates"]]
    assert gates == [(g.crossing, g.direction, g.stream) for g in Model(real).gates]
    for panel in view["panels"]:
        assert {gates[g][2] for g in panel["gates"]} == {panel["stream"]}
        assert {gates[g][0] for g in panel["gates"]} == set(panel["crossings"])
    for sources in view["roads"]["streams"].values():
        for source in sources:
            assert all(e < len(view["roads"]["edges"]) for way in source["gates"] for e in way["way"])


def test_parameters_come_with_their_priors(client):
    view = client.get("/api/scenarios/finland-2023").json()
    asylum = {(p["name"], p["of"]): p for p in view["streams"][0]["parameters"]}
    assert asylum["gamma", None]["value"] == 2.5
    assert asylum["gamma", None]["prior"].startswith("lognormal(")
    assert asylum["alpha", "nuijamaa"]["prior"].startswith("normal(")
    assert asylum["wait_weight", None]["prior"] == ""
    assert ("beta", None) not in asylum  # a weight of hours, where the cost is by km
    assert view["streams"][0]["other_priors"]
    assert all(p["prior"] == "" for p in view["streams"][1]["parameters"])


# --- expected ----------------------------------------------------------------------------------


@pytest.mark.parametrize("changes", [[], [SHUT]])
def test_expected_is_what_the_library_expects(client, scenario, changes):
    found = client.post("/api/expected", json={"scenario": "served", "changes": changes}).json()
    with_them = scenario.with_closures([_row()]) if changes else scenario
    model = Model(with_them)
    flows = expect(model)
    assert found["hash"] == with_them.hash
    for name in ("arrived", "crossed", "waiting"):
        np.testing.assert_allclose(np.array(found[name], float).T, getattr(flows, name), atol=0.006)
    for k, stream in enumerate(model.streams):
        assert sum(found["ends"][stream].values()) == pytest.approx(
            sum(s[-1, k] for s in flows.states.values()), abs=0.05
        )
    if changes:
        closed = list(client.get("/api/scenarios/served").json()["states"]).index("closed")
        for g, gate in enumerate(model.gates):
            assert set(found["states"][g]) == {closed} or gate.crossing != "vaalimaa"
            assert max(found["crossed"][g]) == 0 or gate.crossing != "vaalimaa"


def _row():
    from crossings.scenario import Closure

    return Closure(id="v", order="v", crossings=("vaalimaa",), from_="2023-11-13T00:00", source="tried")


def test_one_stream_with_those_that_it_touches():
    model = Model(Scenario.read("finland-2023"))
    assert together(model, "asylum") == ("asylum",)
    both = Outlook(model).expected(model, tuple(model.streams))
    one = Outlook(model).expected(model, ("asylum",))
    gates = sorted(one.gates)
    np.testing.assert_allclose(one.crossed[:, gates], both.crossed[:, gates], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(one.wait_h[:, gates], both.wait_h[:, gates], rtol=1e-9, atol=1e-9)


def test_streams_in_one_queue_are_computed_together(scenario):
    model = Model(scenario)
    shared = [q.streams for q in model.queues if len(q.streams) > 1]
    for streams in shared:
        for name in streams:
            assert set(streams) <= set(together(model, name))


def test_bars_are_the_orders(client):
    found = client.post("/api/expected", json={"scenario": "finland-2023", "stream": "asylum"}).json()
    bar = next(b for b in found["bars"] if b["order"] == "southeast-closed" and "vaalimaa" in b["where"])
    assert (bar["from"], bar["until"], bar["end"], bar["replaced"]) == (
        "2023-11-18T00:00", "2024-02-19T00:00", "2023-11-24T00:00", True,
    )  # fmt: skip
    assert {"southeast-closed-passengers", "southeast-closed-freight"} <= set(bar["rows"])


def test_options_have_the_figures_of_the_command(client):
    """Any changes beside one another, measured as `crossings options` measures its combinations."""
    begins = dt.datetime(2024, 3, 6)
    real = options(Scenario.read("two-crossings"), ["hill", "river"], begins=begins, stream="seekers").table.to_dicts()
    bare = {"do": "leave_out", "id": "hill-closed"}
    shut = {"do": "order", "kind": "closed", "from": "2024-03-06T00:00"}
    asked = [
        [bare, *([shut | {"name": "shut", "crossings": row["shut"].split(";")}] if row["shut"] else [])] for row in real
    ]
    found = client.post(
        "/api/options", json={"scenario": "two-crossings", "stream": "seekers", "options": asked}
    ).json()
    assert (found["from"], len(found["rows"])) == ("2024-03-06", 4)
    for row, mine in zip(real, found["rows"], strict=True):
        for name in ("processed", "longest_wait_h", "longest_gap_km", "journeys_lost"):
            assert mine[name] == pytest.approx(row[name], abs=1e-6), (row["shut"], name)
        assert mine["no_way"] == pytest.approx(row["no_way"], abs=0.05)  # ends go over the wire in hundredths
        assert sum(mine["crossed"].values()) == pytest.approx(row["processed"])
    assert len({row["processed"] for row in real}) > 2


def test_those_who_wait_to_come_are_more(client):
    """Both sides of a comparison then have them: they are people, no order."""
    more = {"do": "stock", "stream": "seekers", "number": 301}
    view = client.get("/api/scenarios/two-crossings").json()
    assert [s["waiting"] for s in view["streams"]] == [None, 150]
    was, now = (
        client.post("/api/expected", json={"scenario": "two-crossings", "stream": "seekers", "changes": c}).json()
        for c in ([], [more])
    )
    assert sum(now["ends"]["seekers"].values()) == pytest.approx(sum(was["ends"]["seekers"].values()) + 151, abs=0.1)
    bare = {"do": "leave_out", "id": "hill-closed"}
    asked = {"scenario": "two-crossings", "changes": [more], "against": [bare], "seeds": 2}
    result = finished(client, client.post("/api/runs", json=asked).json()["id"])["result"]
    ends = result["ends"]["seekers"]
    assert ends["baseline"]["all"]["mean"] == ends["variant"]["all"]["mean"] > 301
    refused = client.post(
        "/api/expected", json={"scenario": "two-crossings", "changes": [more | {"stream": "travellers"}]}
    )
    assert (refused.status_code, "waits to come" in refused.json()["faults"][0]) == (422, True)


@pytest.mark.parametrize(
    ("code", "words"), [("en", "The flow moves"), ("fi", "Virta siirtyy"), ("sv", "Flödet"), ("ru", "Поток")]
)
def test_the_answer_is_in_the_language_that_is_asked_for(client, code, words):
    asked = {
        "scenario": "two-crossings",
        "stream": "seekers",
        "against": [{"do": "leave_out", "id": "hill-closed"}],
        "language": code,
    }
    assert client.post("/api/answer", json=asked).json()["sentences"][0].startswith(words)
    texts = client.get(f"/api/languages/{code}").json()["texts"]
    assert (texts.get("Undo") is None) == (code == "en")


def test_a_run_is_taken_away_as_brief_workbook_and_picture(client):
    """The forms of `crossings brief`, and the report's picture of who went where, in a language."""
    bare = [{"do": "leave_out", "id": "hill-closed"}]
    run = finished(
        client, client.post("/api/runs", json={"scenario": "two-crossings", "against": bare, "seeds": 2}).json()["id"]
    )["id"]
    for form, begins in (("pdf", b"%PDF"), ("docx", b"PK"), ("xlsx", b"PK")):
        given = client.get(f"/api/runs/{run}/brief.{form}?stream=seekers&language=fi")
        assert given.content.startswith(begins)
        assert f'filename="two-crossings-brief.{form}"' in given.headers["content-disposition"]
    assert client.get(f"/api/runs/{run}/brief.exe?stream=seekers").status_code == 422
    svg = client.get(f"/api/runs/{run}/who-went-where.svg?stream=seekers&language=fi&before=A&after=B").text
    assert svg.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    assert 'class="link moved"' in svg
    assert "henkilöä" in svg
    alone = finished(client, client.post("/api/runs", json={"scenario": "two-crossings", "seeds": 1}).json()["id"])[
        "id"
    ]
    assert client.get(f"/api/runs/{alone}/who-went-where.svg?stream=seekers").status_code == 422
    assert client.get(f"/api/runs/{alone}/brief.docx?stream=seekers").content.startswith(b"PK")


def test_access_is_as_the_command_line_has_it(client, call):
    body = {"scenario": "finland-2023", "stream": "asylum", "on": "2023-11-18T12:00"}
    found = client.post("/api/access", json=body).json()["borders"]
    status, out, _ = call("access", "finland-2023", "--on", "2023-11-18T12:00", "--json")
    assert status == 0
    (one,) = found
    gap = one.pop("gap_by_day")
    assert one == json.loads(out)
    assert gap[12] == pytest.approx(one["longest_gap_km"], abs=0.06)


# --- ensembles ---------------------------------------------------------------------------------


def test_an_ensemble_agrees_with_the_comparison(client, scenario):
    begun = client.post("/api/runs", json={"scenario": "served", "changes": [SHUT], "seeds": 6})
    assert begun.status_code == 202
    done = finished(client, begun.json()["id"])
    assert (done["state"], done["done"], done["shown"]) == ("done", 6, 6)
    real = compare(scenario, added=[_row()], seeds=range(1, 7)).to_json()
    assert done["result"]["streams"] == real["streams"]
    assert done["result"]["flows"] == real["flows"]
    view = client.get("/api/scenarios/served").json()
    assert len(done["result"]["panels"]) == len(view["panels"])
    report = client.get(f"/api/runs/{done['id']}/report.html")
    assert report.status_code == 200
    assert "attachment" in report.headers["content-disposition"]
    assert b"<!DOCTYPE html>" in report.content[:40]
    tables = zipfile.ZipFile(io.BytesIO(client.get(f"/api/runs/{done['id']}/tables.zip").content))
    assert "effects.csv" in tables.namelist()
    assert client.get(f"/api/runs/{done['id']}", params={"have": 6}).json()["result"] is None


def test_parameters_hold_on_both_sides(client, scenario):
    """The same people behave by the same rules with and without the orders: only the orders differ."""
    changes = [SHUT, {"do": "set", "stream": "asylum", "name": "give_up", "value": 0.9}]
    run = client.post("/api/runs", json={"scenario": "served", "changes": changes, "seeds": 2}).json()["id"]
    found = finished(client, run)["result"]["streams"]
    other = scenario.with_behaviour("asylum", give_up=0.9)
    assert found == compare(other, added=[_row()], seeds=range(1, 3)).to_json()["streams"]


def test_a_scenario_alone_has_its_ensemble(client, scenario):
    """Where both sides are alike nobody is compared, and there are bands, a report and tables all the same."""
    for changes in ([], [SHUT]):
        name = client.post("/api/runs", json={"scenario": "served", "changes": changes, "against": changes, "seeds": 3})
        done = finished(client, name.json()["id"])
        assert (done["state"], done["problem"], done["shown"]) == ("done", "", 3)
        assert (done["result"]["streams"], done["result"]["flows"]) == (None, None)
        model = Model(scenario.with_closures([_row()]) if changes else scenario)
        (real,) = run_many(model, seeds=[1, 2, 3]).values()
        view = client.get("/api/scenarios/served").json()
        for panel, found in zip(view["panels"], done["result"]["panels"], strict=True):
            total = real.counts()[:, :, panel["gates"], 1].sum(axis=(1, 2))
            assert found["total"]["mean"] == pytest.approx(total.mean(), abs=0.01)
        assert b"<!DOCTYPE html>" in client.get(f"/api/runs/{done['id']}/report.html").content[:40]
        tables = zipfile.ZipFile(io.BytesIO(client.get(f"/api/runs/{done['id']}/tables.zip").content))
        assert {"flows.csv", "places.csv"} <= set(tables.namelist())


def slow(monkeypatch):
    from crossings.simulation.comparison import Pairing

    real = Pairing.one

    def one(self, seed, at_once=1):
        time.sleep(0.15)
        return real(self, seed, at_once)

    monkeypatch.setattr(Pairing, "one", one)


def test_a_run_can_be_stopped_and_keeps_what_came_in(client, monkeypatch):
    slow(monkeypatch)
    run = client.post("/api/runs", json={"scenario": "served", "changes": [SHUT], "seeds": 400}).json()["id"]
    while not client.get(f"/api/runs/{run}").json()["shown"]:
        time.sleep(0.05)
    assert client.delete(f"/api/runs/{run}").status_code == 200
    done = finished(client, run)
    assert done["state"] == "cancelled"
    assert 0 < done["shown"] < 400
    assert done["result"]["seeds"] == done["shown"]
    time.sleep(0.5)
    assert client.get(f"/api/runs/{run}").json()["shown"] == done["shown"]


def test_an_abandoned_run_stops(scenario, monkeypatch):
    slow(monkeypatch)
    runs = RunJobs(abandoned_s=0.6)
    model = Model(scenario.with_closures([_row()]))
    run = runs.start(scenario, model, 400)
    assert wait_for(lambda: run.state == "cancelled")  # nobody asks
    assert len(run.done) < 400
    runs.close()


def test_runs_wait_for_one_another_and_too_many_are_refused(scenario, monkeypatch):
    slow(monkeypatch)
    runs = RunJobs()
    with client_of(application(scenario, runs=runs)) as client:
        body = {"scenario": "served", "changes": [SHUT], "seeds": 400}
        begun = [client.post("/api/runs", json=body) for _ in range(MOST_RUNNING + MOST_WAITING)]
        assert {r.status_code for r in begun} == {202}
        refused = client.post("/api/runs", json=body)
        assert refused.status_code == 429
        assert "try again" in refused.json()["faults"][0]
        last = begun[-1].json()["id"]
        assert client.get(f"/api/runs/{last}").json()["ahead"] >= MOST_WAITING - 1
        assert client.delete(f"/api/runs/{last}").json()["state"] == "cancelled"
        assert client.post("/api/runs", json=body).status_code == 202


def test_stopping_the_server_stops_the_runs(scenario, monkeypatch):
    slow(monkeypatch)
    runs = RunJobs()
    with client_of(application(scenario, runs=runs)) as client:
        name = client.post("/api/runs", json={"scenario": "served", "changes": [SHUT], "seeds": 400}).json()["id"]
    run = runs.get(name)
    until = time.monotonic() + 20
    while run.state in ("waiting", "running") and time.monotonic() < until:
        time.sleep(0.1)
    assert run.state in ("cancelled", "failed")
    assert len(run.done) < 400


def test_a_run_that_cannot_work_says_why(scenario):
    """Whatever goes wrong in the background is told, not lost."""
    runs = RunJobs()
    run = runs.start(scenario, object(), 2)
    until = time.monotonic() + 20
    while not run.over and time.monotonic() < until:
        time.sleep(0.05)
    assert (run.state, run.problem) == ("failed", "this is a fault of crossings: AttributeError")
    runs.close()


# --- one's own data ----------------------------------------------------------------------------


def zipped(path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for file in sorted(path.iterdir()):
            archive.write(file, file.name)
    return out.getvalue()


def send(client, raw):
    return client.post("/api/scenarios", content=raw, headers={"content-type": "application/zip"})


def test_an_upload_is_for_those_who_know_its_name(app, client, tmp_path):
    made = send(client, zipped(two_gates.write(tmp_path / "s", {"scenario.yaml": ("title: Two gates", "title: Mine")})))
    assert made.status_code == 201
    name = made.json()["id"]
    assert made.json()["title"] == "Mine"
    assert len(name) > 20
    assert name not in client.get("/api/scenarios").text
    with client_of(app) as other:
        assert name not in other.get("/api/scenarios").text
        assert other.get(f"/api/scenarios/{name}x").status_code == 404
    assert client.post("/api/expected", json={"scenario": name}).status_code == 200


def test_two_users_with_the_same_name_of_scenario(app, tmp_path):
    """Same name, same changes, other numbers: each has its own."""
    texts = {"demand.csv": two_gates.FILES["demand.csv"]}
    ids = []
    for n, per_day in enumerate((10, 30)):
        rows = list(csv.DictReader(io.StringIO(texts["demand.csv"])))
        for row in rows:
            row["per_day"] = str(per_day)
        out = io.StringIO()
        writer = csv.DictWriter(out, rows[0])
        writer.writeheader()
        writer.writerows(rows)
        with client_of(app) as user:
            ids.append(
                send(user, zipped(two_gates.write(tmp_path / f"s{n}", {"demand.csv": out.getvalue()}))).json()["id"]
            )
    totals = []
    with client_of(app) as user:
        for name in ids:
            found = user.post("/api/expected", json={"scenario": name, "changes": [SHUT]}).json()
            totals.append(np.nansum(np.array(found["arrived"], float)))
    assert totals[0] < totals[1]


def test_faults_of_an_upload(client, tmp_path):
    path = two_gates.write(tmp_path / "s", {"crossings.csv": ("vaalimaa", "valimaa")})
    refused = send(client, zipped(path))
    assert refused.status_code == 422
    with pytest.raises(InputError) as caught:
        Scenario.read(path)
    assert refused.json()["faults"] == [str(f) for f in caught.value.faults]


def test_too_large_to_be_worked_on_here(client, tmp_path):
    path = two_gates.write(tmp_path / "s")
    text = (path / "demand.csv").read_text()
    rows = list(csv.DictReader(io.StringIO(text)))
    for row in rows:
        row["per_day"] = "100000"
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    (path / "demand.csv").write_text(out.getvalue())
    refused = send(client, zipped(path))
    assert refused.status_code == 422
    assert "travellers are expected" in refused.json()["faults"][0]


def test_old_uploads_make_room(scenario):
    from crossings.web.registry import MOST_UPLOADS, UnknownError

    registry = ScenarioRegistry(scenario)
    names = [registry.put(scenario).id for _ in range(MOST_UPLOADS + 1)]
    with pytest.raises(UnknownError):
        registry.held(names[0])
    assert registry.held(names[-1]).scenario == scenario
    assert registry.held("served").scenario == scenario


def test_a_variant_is_taken_away_as_a_directory(client, scenario, tmp_path):
    got = client.post("/api/scenario.zip", json={"scenario": "served", "changes": [SHUT]})
    zipfile.ZipFile(io.BytesIO(got.content)).extractall(tmp_path)
    found = Scenario.read(tmp_path / scenario.settings.name)
    assert found.closures == scenario.with_closures([_row()]).closures
    again = send(client, got.content)
    assert again.status_code == 201
    table = client.post("/api/expected.csv", json={"scenario": "served"}).text
    rows = list(csv.DictReader(io.StringIO(table)))
    flows = expect(Model(scenario))
    assert sum(float(r["crossed"]) for r in rows) == pytest.approx(flows.crossed.sum(), abs=0.5)


# --- what is asked wrongly ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/api/expected", {"scenario": "nowhere"}, 404),
        ("POST", "/api/expected", {"scenario": "../finland-2023"}, 404),
        ("POST", "/api/expected", {"scenario": "served", "stream": "nobody"}, 422),
        ("POST", "/api/expected", {"scenario": "served", "changes": [SHUT] * 61}, 422),
        ("POST", "/api/expected", {"scenario": "served", "changes": [SHUT, SHUT]}, 422),
        ("POST", "/api/expected", {"scenario": "served", "colour": "red"}, 422),
        ("POST", "/api/expected", {"scenario": "served", "changes": [SHUT | {"colour": "red"}]}, 422),
        ("POST", "/api/expected", [], 422),
        ("POST", "/api/runs", {"scenario": "served", "seeds": 501}, 422),
        ("POST", "/api/runs", {"scenario": "served", "seeds": 0}, 422),
        ("POST", "/api/runs", {"scenario": "served", "seeds": True}, 422),
        ("POST", "/api/access", {"scenario": "served", "stream": "asylum", "on": "1999-01-01"}, 422),
        ("POST", "/api/access", {"scenario": "served", "stream": "asylum", "on": "2023-11-14T00:00Z"}, 422),
        ("POST", "/api/access", {"scenario": "served", "stream": "nobody", "on": "2023-11-14"}, 422),
        ("GET", "/api/runs/nothing", None, 404),
        ("DELETE", "/api/runs/nothing", None, 404),
        ("GET", "/api/runs/nothing/report.html", None, 404),
        ("GET", "/api/nothing", None, 404),
        ("PUT", "/api/scenarios", None, 405),
        ("GET", "/page/x/..%2f..%2fapi.py", None, 404),
        ("GET", "/page/x/server.py", None, 404),
    ],
)  # fmt: skip
def test_refusals_are_lines(client, method, path, body, status):
    answered = client.request(method, path, json=body)
    assert answered.status_code == status, answered.text
    lines = answered.json()["faults"]
    assert lines
    assert all(isinstance(line, str) and line.isprintable() for line in lines)


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({"changes": [{"do": "leave_ou", "id": "x"}]}, "changes.0.do: unknown 'leave_ou'; did you mean 'leave_out'?"),
        ({"changes": [{"id": "x"}]}, "changes.0.do: is missing"),
        ({"changes": 3}, "changes: is not a list; write [...]"),
        ({"stream": 3}, 'stream: is not a text; write "..."'),
        ({"strem": "asylum"}, "strem: is not known here; leave it out"),
        ({"changes": [{"do": "stock", "stream": "asylum", "number": -1}]}, "changes.0.stock.number: is too small; accepted: 0 or more"),
        ({"changes": [{"do": "stock", "stream": "asylum", "number": "many"}]}, "changes.0.stock.number: is not a whole number; write one, such as 20"),
    ],
)  # fmt: skip
def test_a_question_that_is_wrong_is_told_in_plain_words(client, more, line):
    answered = client.post("/api/expected", json={"scenario": "served", **more})
    assert (answered.status_code, answered.json()["faults"]) == (422, [line])


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/api/scenarios", "GET, HEAD, POST"),
        ("/api/runs/x", "DELETE, GET, HEAD"),
        ("/api/expected", "POST"),
        ("/", "GET, HEAD"),
        ("/page/x/main.js", "GET, HEAD"),
    ],
)
def test_methods_that_are_not_there_are_told_those_that_are(client, path, allowed):
    for method in ("PATCH", "OPTIONS", "PUT"):
        answered = client.request(method, path)
        assert (answered.status_code, answered.headers["allow"]) == (405, allowed)
        assert answered.json()["faults"]


def module_of(client):
    """The address of the page's main module: it changes with what the files hold."""
    return re.search('src="(/page/[^"]*/main.js)"', client.get("/").text)[1]


def test_a_browser_keeps_the_files_of_the_page_and_nothing_else(client):
    main = module_of(client)
    kept = client.get(main)
    assert kept.status_code == 200
    assert kept.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert (
        client.get("/").headers["cache-control"] == client.get("/api/scenarios").headers["cache-control"] == "no-store"
    )
    other = client.get(main.replace("/page/", "/page/0"))  # of another version
    assert (other.status_code, other.headers["cache-control"]) == (404, "no-store")
    folder = main.rpartition("/")[0]
    asked = re.findall('(?:href|src)="(/[^"]*)"', client.get("/").text)
    assert {path.rpartition("/")[0] for path in asked} == {folder}
    assert all(client.get(path).status_code == 200 for path in asked)
    modules = {path.rpartition("/")[2] for path in asked if path.endswith(".js")}
    used = {
        name
        for path in asked
        if path.endswith(".js")
        for name in re.findall(r'from "\./([\w.]+)"', client.get(path).text)
    }
    assert used <= modules  # all of them are asked for at once


def test_head_is_get_without_the_body(client):
    for path in ("/", module_of(client), "/api/scenarios", "/api/scenarios/served", "/api/openapi.json", "/api/runs/x"):
        got, head = client.get(path), client.head(path)
        assert head.status_code == got.status_code
        assert dict(head.headers) == dict(got.headers)
        assert head.content == b""
    assert client.head("/api/expected").status_code == 405


def test_a_fault_of_ours_has_the_usual_form(scenario):
    app = application(scenario, registry=object())
    answered = TestClient(app, base_url=HERE, raise_server_exceptions=False).get("/api/scenarios")
    assert answered.status_code == 500
    assert answered.json() == {"faults": ["this is a fault of crossings: AttributeError"]}
    assert answered.headers["x-content-type-options"] == "nosniff"


def plain(constant):
    raise AssertionError(f"{constant} is not in JSON")


@pytest.mark.parametrize(
    ("crossing", "value"),
    [
        ("vaalimaa", "0"),
        pytest.param("vaalimaa", "1000000", marks=pytest.mark.slow),
        pytest.param("nuijamaa", "0", marks=pytest.mark.slow),
    ],
)
def test_no_answer_holds_what_json_has_not(scenario, crossing, value):
    """A quota of nothing means waits without end."""
    order = SHUT | {"crossings": [crossing], "kind": "quota", "value": value, "from": "2023-11-13T20:00"}
    body = {"scenario": "served", "changes": [order]}
    with client_of(application(scenario)) as client:
        for path, more in (("expected", {}), ("access", {"stream": "asylum", "on": "2023-11-14T12:00"})):
            answered = client.post(f"/api/{path}", json=body | more)
            assert answered.status_code == 200, answered.text
            json.loads(answered.content, parse_constant=plain)
        run = client.post("/api/runs", json=body | {"seeds": 2}).json()["id"]
        assert finished(client, run)["state"] == "done"
        json.loads(client.get(f"/api/runs/{run}").content, parse_constant=plain)
        for file in ("report.html", "tables.zip"):
            assert client.get(f"/api/runs/{run}/{file}").status_code == 200


def test_there_is_one_encoder():
    """Every body of JSON is made by `crossings.web.encoding`."""
    others = [p.name for p in Path(encoding.__file__).parent.glob("*.py") if "JSONResponse" in p.read_text()]
    assert others == []
    odd = {"a": [float("inf"), -float("inf"), float("nan"), {"b": (1.0, float("nan"))}], "c": "\ud800"}
    assert json.loads(encoding.as_json(odd), parse_constant=plain) == {"a": [None] * 3 + [{"b": [1.0, None]}], "c": "?"}


def test_times_are_described_as_they_are_taken(client):
    text = client.get("/api/openapi.json").text
    assert "date-time" not in text
    at = client.get("/api/openapi.json").json()["components"]["schemas"]["AccessAsked"]["properties"]["on"]
    body = {"scenario": "served", "stream": "asylum"}
    for on in ("2023-11-14", "2023-11-14T12:00", "2023-11-14 12:00:30", "2023-11-14T12:00:00.5"):
        assert re.fullmatch(at["pattern"], on)
        assert client.post("/api/access", json=body | {"on": on}).status_code == 200
    for on in ("2023-11-14T12:00Z", "2023-11-14T12:00+02:00", "14 November"):
        assert not re.fullmatch(at["pattern"], on)
        assert client.post("/api/access", json=body | {"on": on}).status_code == 422


def test_no_json_at_all(client):
    for raw in (b"", b"{", b"\xff\xfe", b"[" * 5000, b'{"scenario": NaN}', b'{"scenario": "\\ud800"}'):
        answered = client.post("/api/expected", content=raw, headers={"content-type": "application/json"})
        assert answered.status_code in (400, 404, 422), answered.text
        assert answered.json()["faults"]


def test_a_name_that_would_be_a_path_finds_nothing(scenario):
    registry = ScenarioRegistry(scenario)
    for name in ("/etc", ".", "..", "two_crossings", "finland_2023", ""):
        with pytest.raises(InputError):
            registry.held(name)


def test_many_ask_for_the_same_and_it_is_made_once(scenario):
    from concurrent.futures import ThreadPoolExecutor

    registry = ScenarioRegistry(scenario)
    change = (NewOrder(do="order", name="v", crossings=("vaalimaa",), from_="2023-11-13T00:00"),)
    with ThreadPoolExecutor(8) as pool:
        models = list(pool.map(lambda _: registry.model("served", change), range(16)))
    assert len({id(m) for m in models}) == 1


def test_twenty_at_once_each_get_their_own_answer(app, client, scenario):
    """Each closes a crossing from another hour on; nobody gets another's answer, and nobody an error."""
    from concurrent.futures import ThreadPoolExecutor

    def ask(hour):
        change = SHUT | {"from": f"2023-11-14T{hour:02}:00"}
        return client.post("/api/expected", json={"scenario": "served", "changes": [change], "stream": "cars"})

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(ask, range(20)))
    assert {a.status_code for a in answers} == {200}
    for hour, answered in enumerate(answers):
        assert {b["from"] for b in answered.json()["bars"] if b["order"] == "v"} == {f"2023-11-14T{hour:02}:00"}
    assert len({a.json()["hash"] for a in answers}) == 20
