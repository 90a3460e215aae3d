"""Many requests, cancelled runs and uploads leave nothing: neither memory, nor files, nor threads."""

from __future__ import annotations

import gc
import io
import tempfile
import threading
import tracemalloc
import zipfile

import pytest
from starlette.testclient import TestClient

import crossings.web.jobs as jobs
import crossings.web.registry as registry
import two_gates
from crossings.model import Model, queues
from crossings.scenario import Scenario
from crossings.simulation.ensemble import run_many
from crossings.web import ScenarioRegistry, application
from crossings.web.jobs import RunJobs
from waiting import wait_for

HERE = "http://127.0.0.1:8765"


@pytest.fixture
def small(monkeypatch):
    """Little is kept, so that what is kept reaches its bounds at once."""
    for module, names in (
        (registry, ("MOST_UPLOADS", "MOST_MODELS", "MOST_ANSWERS", "MOST_STATES")),
        (jobs, ("MOST_KEPT",)),
    ):
        for name in names:
            monkeypatch.setattr(module, name, 3)


def shut(minute):
    return {
        "do": "order",
        "name": "v",
        "crossings": ["vaalimaa"],
        "from": f"2023-11-14T{minute // 60:02}:{minute % 60:02}",
    }


def zipped(path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for file in sorted(path.iterdir()):
            archive.write(file, file.name)
    return out.getvalue()


def a_round(client, raw, size):
    """Requests of every kind, each variant asked for once."""
    for n in range(size):
        body = {"scenario": "served", "changes": [shut(n % 1440)]}
        assert client.post("/api/expected", json=body | {"stream": "cars"}).status_code == 200
        assert client.post("/api/expected", json=body | {"stream": "nobody"}).status_code == 422
        assert client.get(f"/api/runs/{n}").status_code == 404
        if n % 10 == 0:
            run = client.post("/api/runs", json=body | {"seeds": 50}).json()["id"]
            assert client.delete(f"/api/runs/{run}").status_code == 200
            assert wait_for(lambda run=run: client.get(f"/api/runs/{run}").json()["state"] in ("cancelled", "done"))
            own = client.post("/api/scenarios", content=raw, headers={"content-type": "application/zip"}).json()["id"]
            assert client.post("/api/expected", json={"scenario": own}).status_code == 200
            assert client.post("/api/scenarios", content=raw[:-20]).status_code == 422
    queues._days.cache_clear()  # of the last 64 models


@pytest.mark.slow
def test_memory_is_flat(small, tmp_path, monkeypatch):
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    path = two_gates.write(tmp_path / "s")
    raw = zipped(path)
    run_many(Model(Scenario.read(path)), seeds=[1])  # so that nothing has to be compiled while it is measured
    with TestClient(application(Scenario.read(path)), base_url=HERE) as client:
        a_round(client, raw, 40)  # what is kept is kept now
        threads = threading.active_count()
        tracemalloc.start()
        try:
            sizes = []
            for _ in range(3):
                a_round(client, raw, 60)
                gc.collect()
                sizes.append(tracemalloc.get_traced_memory()[0])
        finally:
            tracemalloc.stop()
    assert sizes[2] - sizes[1] < 400_000, sizes
    assert list(place.iterdir()) == []
    assert threading.active_count() <= threads


def test_nothing_that_was_made_of_an_upload_outlives_it(small, tmp_path):
    scenario = Scenario.read(two_gates.write(tmp_path / "s"))
    registry = ScenarioRegistry(scenario)
    names = [registry.put(scenario).id for _ in range(2)]
    for name in names:
        registry.answer(name)
        registry.states(name)
        registry.counted(name)
    for _ in range(3):
        registry.put(scenario)
    left = [key for kept in vars(registry).values() if hasattr(kept, "_values") for key in kept._values]
    assert not [key for key in left if any(name in (key, *(key if isinstance(key, tuple) else ())) for name in names)]


def test_a_run_that_was_cancelled_before_its_first_seed_is_gone(tmp_path):
    scenario = Scenario.read(two_gates.write(tmp_path / "s"))
    runs = RunJobs()
    started = [runs.start(None, Model(scenario), 500) for _ in range(jobs.MOST_RUNNING + 2)]
    for run in started:
        runs.cancel(run)
    assert wait_for(lambda: all(run.over for run in started))
    assert runs.ahead(started[-1]) == 0
    runs.close()
