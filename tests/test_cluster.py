"""Seeds on a Dask cluster of two worker processes: the same bytes as here, also when a worker is killed in the middle.

What starts a cluster of its own is among the slow tests."""

from __future__ import annotations

import importlib.util
import os
import pickle
import signal
import subprocess
import sys
import threading
import time

import pytest

import crossings as cx
from crossings.errors import Fault, InputError
from crossings.simulation import cluster as module

if importlib.util.find_spec("distributed") is None:
    pytest.skip("needs distributed", allow_module_level=True)

SCENARIO = "two-crossings"
SEEDS = range(1, 25)


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    import distributed

    folder = tmp_path_factory.mktemp("dask")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, local_directory=str(folder)
    ) as found:
        yield found


@pytest.fixture(scope="module")
def model():
    return cx.Model(cx.Scenario.read(SCENARIO))


@pytest.fixture(scope="module")
def here(model, tmp_path_factory):
    """The run in this process."""
    folder = tmp_path_factory.mktemp("here") / "out"
    cx.run_to(folder, model, seeds=SEEDS)
    return folder


def content(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.slow
def test_the_command_leaves_the_same_bytes(scheduler, here, tmp_path, call):
    import distributed

    out = tmp_path / "out"
    command = ["run", SCENARIO, "--seeds", len(SEEDS), "--cluster", scheduler.scheduler_address]
    status, said, complained = call(*command, "--out", out)
    assert (status, complained) == (0, "")
    assert content(out) == content(here)
    with distributed.Client(scheduler.scheduler_address, set_as_default=False) as client:
        done = client.run(lambda dask_worker: dask_worker.state.transition_counter)
    assert len(done) == 2
    assert all(done.values())
    assert call(*command) == (0, said, "")


@pytest.mark.slow
def test_a_worker_killed_in_the_middle(scheduler, here, model, tmp_path):
    """Its seeds are run by others: the run ends with the same bytes, and each seed once."""
    victims, steps = [], []

    def kill(done, total):
        steps.append(done)
        if done == 5:
            pid = next(iter(scheduler.workers.values())).pid
            os.kill(pid, signal.SIGKILL)
            victims.append(pid)

    with cx.on_cluster(scheduler.scheduler_address) as executor:
        runs = cx.run_to(tmp_path / "out", model, seeds=SEEDS, executor=executor, progress=kill)
    assert len(victims) == 1
    with pytest.raises(ProcessLookupError):
        os.kill(victims[0], 0)
    assert steps == list(range(1, len(SEEDS) + 1))
    assert runs.seeds == list(SEEDS)
    assert content(tmp_path / "out") == content(here)


@pytest.mark.slow
def test_comparisons_run_there_too(scheduler):
    scenario = cx.Scenario.read("two-crossings")
    with cx.on_cluster(scheduler.scheduler_address) as executor:
        there = cx.compare(scenario, seeds=range(1, 6), executor=executor).tables()
    for name, table in cx.compare(scenario, seeds=range(1, 6)).tables().items():
        assert there[name].equals(table)


@pytest.mark.slow
def test_a_worker_with_other_versions_is_refused(scheduler, model, monkeypatch):
    monkeypatch.setattr(module, "_versions", lambda: "crossings 0.0.1")
    with (
        cx.on_cluster(scheduler.scheduler_address) as executor,
        pytest.raises(
            InputError, match=r"a worker runs crossings 0\.1\.0 .*, this is crossings 0\.0\.1; install the same"
        ),
    ):
        cx.run_many(model, seeds=[1, 2], executor=executor)


@pytest.mark.parametrize(
    "address", ["nowhere", "", "file:///etc/passwd", "x://a:1", "tcp://a:1 b", "\ud800", "[]", "{}", '{"address": 1}']
)
def test_what_is_no_address_is_not_tried(monkeypatch, tmp_path, address):
    """Dask would wait for it, and end in tracebacks of its own as the command ends."""
    if address[:1] in ("[", "{"):
        (tmp_path / "file.json").write_text(address)
        address = str(tmp_path / "file.json")
    monkeypatch.setattr("distributed.Client", lambda *_, **__: pytest.fail("tried"))
    with pytest.raises(InputError, match="no Dask scheduler answers at"), module.on_cluster(address):
        pass


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nowhere", "", "file:///etc/passwd", "\ud800", "broken.json"])
def test_no_scheduler_there(call, monkeypatch, tmp_path, address):
    (tmp_path / "broken.json").write_text("[]")
    address = address.replace("broken", str(tmp_path / "broken"))
    monkeypatch.setattr(module, "SECONDS", 1)
    status, said, complained = call("run", "two-crossings", "--seeds", "2", "--cluster", address)
    assert (status, said) == (2, "")
    assert len(complained.splitlines()) == 1
    assert "no Dask scheduler answers at" in complained


def test_without_the_extra(call, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    status, said, complained = call("run", "two-crossings", "--seeds", "2", "--cluster", "tcp://127.0.0.1:1")
    assert (status, said) == (2, "")
    assert complained == "--cluster: needs Dask; install it: pip install 'crossings[cluster]'\n"


def test_one_seed_runs_here(call):
    status, said, complained = call("run", "two-crossings", "--seed", "2", "--cluster", "tcp://127.0.0.1:1")
    assert (status, said) == (2, "")
    assert complained == "--cluster: is given with --seed, which runs here; give --seeds\n"


@pytest.mark.slow
def test_a_scheduler_that_is_lost(model, tmp_path, here):
    """One line, and the folder goes on, here or elsewhere."""
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", "0", "--no-dashboard", "--no-show"]
    command += ["--scheduler-file", str(tmp_path / "scheduler.json")]
    scheduler = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while not (tmp_path / "scheduler.json").exists() and time.monotonic() < until:
            time.sleep(0.05)
        threading.Timer(4, scheduler.kill).start()  # there is no worker: nothing would ever come
        with pytest.raises(InputError, match="was lost"), cx.on_cluster(str(tmp_path / "scheduler.json")) as executor:
            cx.run_to(tmp_path / "out", model, seeds=SEEDS, executor=executor)
    finally:
        scheduler.kill()
        scheduler.wait()
    cx.run_to(tmp_path / "out", model, seeds=SEEDS)
    assert content(tmp_path / "out") == content(here)


@pytest.mark.slow
def test_nobody_at_work_and_a_slow_worker_are_said(monkeypatch, caplog, tmp_path):
    """A line for each time that nothing comes, and the result in the end."""
    import distributed

    monkeypatch.setattr(module, "PATIENCE_S", 0.5)
    with (
        distributed.LocalCluster(
            n_workers=0, processes=False, dashboard_address=None, local_directory=str(tmp_path)
        ) as found,
        cx.on_cluster(found.scheduler_address) as executor,
    ):
        waited = executor.submit(time.sleep, 1.5)
        threading.Timer(1.2, found.scale, [1]).start()
        waited.result()
    lines = [record.message for record in caplog.records if record.name == "crossings"]
    assert "no worker is there; start one: dask worker" in lines[0]
    assert any("workers: 1, threads:" in line for line in lines)


def test_faults_come_back_whole():
    error = InputError([Fault("a", "b", "c"), Fault("d", "e")])
    again = pickle.loads(pickle.dumps(error))
    assert again.faults == error.faults
    assert str(again) == str(error)
