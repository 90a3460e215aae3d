"""Runs that go to a folder as they come: equal to those held in memory, and the same bytes after any number of kills."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import crossings as cx
from crossings.errors import InputError
from crossings.io.atomic_folder import UNFINISHED, working_folder
from crossings.io.folder_lock import locked
from crossings.simulation.run_to_store import run_to, tables_of
from crossings.store import SeedWriter
from crossings.store.results import PICKS

SCENARIO = "two-crossings"
SEEDS = 200


def content(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in Path(folder).rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def model():
    return cx.Model(cx.Scenario.read(SCENARIO))


@pytest.fixture(scope="module")
def undisturbed(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("streaming") / "out"
    run_to(folder, model, seeds=range(1, SEEDS + 1))
    return folder


@pytest.mark.parametrize("by", ["day", pytest.param("hour", marks=pytest.mark.slow)])
def test_equal_to_what_is_held_in_memory(model, tmp_path, by):
    seeds = [5, 2, 900, 2**64 - 1, *range(10, 90)]
    on_disk = run_to(tmp_path / "out", model, seeds=seeds, by=by)
    (held,) = cx.run_many(model, seeds=seeds, by=by).values()
    assert on_disk.seeds == seeds
    order = {seed: i for i, seed in enumerate(held.seeds)}
    for tally in on_disk.tallies:
        other = held.tallies[order[tally.seed]]
        for name in ("counts", "waits", "servers", "totals", "present", "over", "seen"):
            a, b = getattr(tally, name), getattr(other, name)
            assert a.shape == b.shape
            assert a.dtype == b.dtype
            np.testing.assert_array_equal(a, b)
    ordered = run_to(tmp_path / "ordered", model, seeds=held.seeds, by=by)
    for name, table in tables_of(held).items():
        assert tables_of(ordered)[name].equals(table)
        assert pl.read_parquet(tmp_path / "ordered" / f"{name}.parquet").equals(table)
    assert ordered.to_json()["rows"] == held.to_json()["rows"]


def test_bands_in_parts_are_the_bands(model, monkeypatch):
    (runs,) = cx.run_many(model, seeds=range(1, 8)).values()
    whole = runs.tables()
    monkeypatch.setattr("crossings.store.results.ROOM", 50)  # so that each column is made in many parts
    for name, table in runs.tables().items():
        assert table.equals(whole[name])


def start(out, *more):
    command = [sys.executable, "-m", "crossings.cli", "run", SCENARIO, "--seeds", str(SEEDS), "--out", str(out), *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def written(out):
    return len(list((out / UNFINISHED / "seeds").rglob("*.parquet")))


def wait_for(process, ready):
    """Until something is so, or the process has ended by itself."""
    until = time.monotonic() + 120
    while not ready() and process.poll() is None and time.monotonic() < until:
        time.sleep(0.002)


@pytest.mark.parametrize("after", [(5,), pytest.param((1, 6, 9, 15), marks=pytest.mark.slow)], ids=["once", "often"])
def test_killed_again_and_again_it_ends_with_the_same_bytes(undisturbed, tmp_path, call, after):
    out, killed, seen = tmp_path / "out", 0, []
    for more in after:
        process = start(out)
        wait_for(process, lambda more=more: written(out) >= more)
        if process.poll() is None:
            killed += 1
        process.send_signal(signal.SIGKILL)
        process.communicate()
        seen.append(written(out))
        assert not (out / "made_by.json").exists() or not (out / UNFINISHED).exists()
    assert killed >= max(1, len(after) - 1)
    assert seen[0] > 0
    status, said, complained = call("run", SCENARIO, "--seeds", SEEDS, "--out", out)
    assert (status, complained) == (0, "")
    assert content(out) == content(undisturbed)
    assert f"of runs with seeds 1-{SEEDS}" in said


def test_only_what_is_missing_is_run(model, undisturbed, tmp_path, monkeypatch):
    out, ran = tmp_path / "out", []
    from crossings.simulation import ensemble as simulation

    real = simulation.simulate_once

    def counted(model, seed, **more):
        if len(ran) == 150:
            raise KeyboardInterrupt
        ran.append(seed)
        return real(model, seed, **more)

    monkeypatch.setattr(simulation, "simulate_once", counted)
    with pytest.raises(KeyboardInterrupt):
        run_to(out, model, seeds=range(1, SEEDS + 1))
    there = written(out) // len(PICKS)
    assert there >= 1
    ran.clear()
    monkeypatch.setattr(
        simulation, "simulate_once", lambda model, seed, **more: ran.append(seed) or real(model, seed, **more)
    )
    run_to(out, model, seeds=range(1, SEEDS + 1))
    assert sorted(ran) == list(range(64 * there + 1, SEEDS + 1))
    assert content(out) == content(undisturbed)
    ran.clear()
    again = run_to(out, model, seeds=range(1, SEEDS + 1))  # whole: nothing is run
    assert ran == []
    assert len(again.tallies) == SEEDS


def test_an_interrupt_says_that_it_can_go_on(tmp_path):
    out = tmp_path / "out"
    process = start(out)
    wait_for(process, lambda: written(out) >= 4)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    if process.returncode == 0:
        pytest.skip("it was faster than the interrupt")
    assert process.returncode == 130
    assert said == f"interrupted; give the same command again to resume from what is in {out}\n"


def test_another_run_does_not_mix_with_an_unfinished_one(model, tmp_path, call):
    out = tmp_path / "out"
    with pytest.raises(ZeroDivisionError):
        run_to(out, model, seeds=range(1, 200), progress=lambda done, _: 1 // (150 - done))
    before = content(out)
    status, said, complained = call("run", SCENARIO, "--seeds", "5", "--out", out)
    assert (status, said) == (2, "")
    assert "holds unfinished work, not of this command (seeds: 1-199, now 1-5)" in complained
    assert len(complained.splitlines()) == 1
    assert content(out) == before
    for command in (["again", out], ["compare", SCENARIO, "--seeds", "2", "--out", out]):
        status, said, complained = call(*command)
        assert (status, len(complained.splitlines())) == (2, 1)
    assert content(out) == before


def test_a_changed_scenario_is_another_run(model, tmp_path):
    out = tmp_path / "out"
    run_to(out, model, seeds=[1, 2])
    changed = cx.Model(cx.Scenario.read(SCENARIO).without("hill-closed"))
    runs = run_to(out, changed, seeds=[1, 2])
    (held,) = cx.run_many(changed, seeds=[1, 2]).values()
    assert runs.flows.equals(held.flows)
    assert json.loads((out / "made_by.json").read_text())["scenario_hash"] == changed.scenario.hash


def test_two_processes(tmp_path, call):
    out = tmp_path / "out"
    with locked(out):
        status, said, complained = call("run", SCENARIO, "--seeds", "2", "--out", out)
    assert (status, said) == (2, "")
    assert complained == f"{out}: another process is writing to it; wait for it, or name another folder\n"


def test_a_batch_does_not_count_until_its_last_table_is_there(model, tmp_path):
    (runs,) = cx.run_many(model, seeds=range(1, 131)).values()
    with working_folder(tmp_path / "out", {}) as work:
        writer = SeedWriter(work, runs, runs.seeds)
        writer.write(runs.tallies)
        assert writer.missing() == []
        os.unlink(work.path("seeds/totals/000002.parquet"))
        assert writer.missing() == list(range(65, 129))


def test_a_broken_file_is_named(model, tmp_path):
    out = tmp_path / "out"
    runs = run_to(out, model, seeds=[1, 2])
    (out / "seeds/flows/000001.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match=r"000001\.parquet: this table cannot be read; make the folder again"):
        _ = runs.flows
