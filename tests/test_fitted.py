"""Runs over draws of a fit: seed k has draw k mod n in every scenario, whatever runs it; kept, resumed, made again."""

from __future__ import annotations

import dataclasses
import json
import pickle
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import crossings as cx
from crossings.calibration.draws import Draws
from crossings.cli.app import build
from crossings.cli.exit_codes import status_of
from crossings.errors import InputError
from crossings.io.atomic_folder import UNFINISHED
from crossings.simulation.ensemble import periods_of, summarise
from crossings.simulation.outcome import simulate_once
from crossings.simulation.run_to_store import run_to, tables_of
from fits import PRIORS_TEXT, TOGETHER, fit_of, scenario_with_priors

SEEDS = range(1, 8)


def call(*arguments):
    return status_of(build(), [str(a) for a in arguments])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return scenario_with_priors(tmp_path_factory.mktemp("fitted") / "border")


@pytest.fixture(scope="module")
def scenario(folder):
    return cx.Scenario.read(folder)


@pytest.fixture(scope="module")
def model(scenario):
    return cx.Model(scenario)


@pytest.fixture(scope="module")
def draws(scenario):
    return Draws.of(fit_of(scenario), scenario)


@pytest.fixture(scope="module")
def kept_fit(scenario, tmp_path_factory):
    out = tmp_path_factory.mktemp("fits") / "fit"
    fit_of(scenario, np.tile(TOGETHER, (100, 1)), until="2024-03-10").write(out)
    return out


def content(directory):
    return {p.relative_to(directory).as_posix(): p.read_bytes() for p in Path(directory).rglob("*") if p.is_file()}


def same(one, other):
    return all(table.equals(tables_of(other)[name]) for name, table in tables_of(one).items())


def created(runs, stream):
    cell = next(k for k, (name, _) in enumerate(runs.cells) if name == stream)
    return np.array([t.totals[cell].sum() for t in runs.tallies])


def test_seed_k_has_draw_k_mod_n(model, scenario, draws):
    (runs,) = cx.run_many(model, parameters=draws, seeds=SEEDS).values()
    periods = periods_of(model, "day")
    for tally in runs.tallies:
        values = TOGETHER[tally.seed % 3]
        alone = Draws.of(fit_of(scenario, [values]), scenario).draw(model, 0)
        assert alone.people.cells["count"].max() == values[0]
        expected = summarise(alone, simulate_once(alone, tally.seed), periods, servers=True)
        for name in ("counts", "waits", "totals", "present"):
            np.testing.assert_array_equal(getattr(tally, name), getattr(expected, name))
    one = cx.run(model, seed=5, parameters=draws)
    np.testing.assert_array_equal(one.runs.tallies[0].counts, runs.tallies[4].counts)
    assert one.made_by["fit"] == runs.made_by["fit"] == draws.hash


def test_the_model_itself_is_left_as_it_was(model, draws):
    before = cx.run_many(model, seeds=[1, 2])["two-crossings"]
    cx.run_many(model, parameters=draws, seeds=SEEDS)
    assert same(before, cx.run_many(model, seeds=[1, 2])["two-crossings"])


def test_streams_that_were_not_learned_keep_their_numbers(model, draws):
    plain = cx.run_many(model, seeds=SEEDS)["two-crossings"]
    over = cx.run_many(model, parameters=draws, seeds=SEEDS)["two-crossings"]
    mine = [g for g, (_, _, stream) in enumerate(plain.gates) if stream == "travellers"]
    np.testing.assert_array_equal(plain.counts()[:, :, mine], over.counts()[:, :, mine])
    assert not np.array_equal(created(plain, "seekers"), created(over, "seekers"))


def test_bands_hold_what_is_not_known(model, draws):
    plain, over = (cx.run_many(model, parameters=p, seeds=range(1, 31))["two-crossings"] for p in (None, draws))
    assert np.ptp(created(over, "seekers")) > 200 > np.ptp(created(plain, "seekers"))


@pytest.mark.parametrize("kind", ["one thread", "four threads", pytest.param("processes", marks=pytest.mark.slow)])
def test_the_same_on_any_executor(model, draws, kind):
    (expected,) = cx.run_many(model, parameters=draws, seeds=SEEDS).values()
    if kind == "processes":
        pool = ProcessPoolExecutor(2, get_context("spawn"))
    else:
        pool = ThreadPoolExecutor(1 if kind == "one thread" else 4)
    with pool:
        (found,) = cx.run_many(model, parameters=draws, seeds=SEEDS, executor=pool).values()
    assert same(expected, found)


def test_compared_scenarios_have_the_same_draw(scenario, model, draws):
    found = cx.compare(scenario, parameters=draws, seeds=SEEDS)
    base, full = (found.runs[name] for name in (found.baseline, found.scenario))
    np.testing.assert_array_equal(created(base, "seekers"), created(full, "seekers"))
    (alone,) = cx.run_many(model, parameters=draws, seeds=SEEDS).values()
    np.testing.assert_array_equal(created(full, "seekers"), created(alone, "seekers"))
    np.testing.assert_array_equal(full.counts()[..., :4], alone.counts()[..., :4])
    assert found.made_by["fit"] == draws.hash
    counts = np.stack([e.counts for e in found.effects])
    assert (counts.sum(axis=3)[:, 0, 1] == created(full, "seekers")).all()


def test_what_the_fit_held_is_held(scenario, model):
    fit = fit_of(scenario, TOGETHER[:, [0, 2]], fixed={"pace": 4.0})
    over = Draws.of(fit, scenario)
    desk = next(q for q, queue in enumerate(model.queues) if queue.lanes[0].id == "hill-desk")
    first = model.tables.queues["shift_start"][desk]
    assert over.draw(model, 1).tables.shifts["mean_ms"][first] == 15 * 60_000
    assert model.tables.shifts["mean_ms"][first] == 30 * 60_000


def test_draws_keep_their_hash(draws, tmp_path):
    for name, data in draws.files().items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(data.encode() if isinstance(data, str) else data)
    assert Draws.read(tmp_path / "fit").hash == pickle.loads(pickle.dumps(draws)).hash == draws.hash
    assert dataclasses.replace(draws, values=draws.values + 1e-9).hash != draws.hash
    (tmp_path / "fit" / "fit.json").write_text("{}")
    with pytest.raises(InputError, match="cannot be read as draws of a fit"):
        Draws.read(tmp_path / "fit")


# --- folders -----------------------------------------------------------------------------------------


def test_interrupted_runs_go_on(model, draws, scenario, tmp_path, monkeypatch):
    monkeypatch.setattr("crossings.store.seeds.SEEDS_AT_ONCE", 2)
    run_to(tmp_path / "whole", model, parameters=draws, seeds=SEEDS)

    def stop(done, _):
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_to(tmp_path / "cut", model, parameters=draws, seeds=SEEDS, progress=stop)
    assert len(list((tmp_path / "cut" / UNFINISHED / "seeds" / "flows").iterdir())) == 2
    other = Draws.of(fit_of(scenario, TOGETHER[::-1]), scenario)
    for wrong in (None, other):
        with pytest.raises(InputError, match="unfinished work, not of this command"):
            run_to(tmp_path / "cut", model, parameters=wrong, seeds=SEEDS)
    ran = []
    on = run_to(tmp_path / "cut", model, parameters=draws, seeds=SEEDS, progress=lambda *k: ran.append(k))
    assert len(ran) == 3
    assert content(tmp_path / "cut") == content(tmp_path / "whole")
    assert same(on, cx.run_many(model, parameters=draws, seeds=SEEDS)["two-crossings"])


@pytest.mark.parametrize("command", [["run", "--seeds", 4], ["run", "--seed", 2], ["compare", "--seeds", 2]])
def test_again(folder, kept_fit, tmp_path, capsys, command):
    out = tmp_path / "out"
    assert call(command[0], folder, *command[1:], "--fit", kept_fit, "--out", out) == 0
    made = json.loads((out / "made_by.json").read_text())
    assert (made["fit_until"], made["fit_seed"], made["fit_draws"]) == ("2024-03-10", "1", 300)
    capsys.readouterr()
    assert call("again", out) == 0
    assert "differs" not in capsys.readouterr().out
    assert call("query", out, "select fit from runs", "--format", "json") == 0
    assert made["fit"] in capsys.readouterr().out
    values = pl.read_parquet(out / "fit" / "draws.parquet")
    values.with_columns(pl.col("waiting") * 2).write_parquet(out / "fit" / "draws.parquet")
    assert call("again", out) == 2
    assert "it was changed since" in capsys.readouterr().err


def test_a_story_is_of_the_drawn_model(folder, kept_fit, capsys):
    assert call("run", folder, "--seed", 3, "--fit", kept_fit, "--json") == 0
    totals = json.loads(capsys.readouterr().out)["totals"]
    assert next(t for t in totals if t["stream"] == "seekers")["created"]["mean"] < 100  # draw 0 has 40 waiting
    assert call("run", folder, "--seed", 3, "--fit", kept_fit) == 0
    hint = next(line for line in capsys.readouterr().out.splitlines() if "--story" in line).split("crossings ")[1]
    assert f"--fit {kept_fit}" in hint
    assert call(*hint.split()) == 0
    assert "seed 3" in capsys.readouterr().out


# --- what does not belong together -------------------------------------------------------------------


def refused(capsys, folder, fit):
    assert call("run", folder, "--seeds", 1, "--fit", fit) == 2
    said = capsys.readouterr()
    assert said.out == ""
    return [line for line in said.err.splitlines() if not line.startswith("note:")]


def test_a_fit_of_another_scenario_is_refused(kept_fit, tmp_path, capsys):
    (line,) = refused(capsys, "two-crossings", kept_fit)[:1]
    assert "was made with parameter 'waiting', which scenario two-crossings does not have" in line
    other = scenario_with_priors(tmp_path / "other", PRIORS_TEXT.replace("    waiting:", "    waitnig:"))
    (line,) = refused(capsys, other, kept_fit)
    assert "parameter 'waiting'" in line
    assert "waitnig" in line


def test_a_parameter_that_changes_something_else_now_is_refused(kept_fit, tmp_path, capsys):
    other = scenario_with_priors(tmp_path / "other", PRIORS_TEXT.replace('["*-desk"]', "[hill-desk]"))
    (line,) = refused(capsys, other, kept_fit)
    assert "when parameter 'pace' changed something else" in line


def test_no_fit_at_all_is_refused(folder, tmp_path, capsys):
    (line,) = refused(capsys, folder, tmp_path)
    assert "is not a fit folder" in line
    (line,) = refused(capsys, folder, tmp_path / "nowhere")
    assert "is not a fit folder" in line


def test_orders_may_be_edited_and_it_is_said(kept_fit, tmp_path, capsys):
    other = scenario_with_priors(tmp_path / "other", PRIORS_TEXT.replace("lognormal(2, 0.25)", "lognormal(2, 0.3)"))
    assert call("run", other, "--seeds", 1, "--fit", kept_fit, "--json") == 0
    said = capsys.readouterr()
    assert said.err.startswith("note: the fit was made with two-crossings as it was then")
    assert json.loads(said.out)["made_by"]["fit_draws"] == 300
