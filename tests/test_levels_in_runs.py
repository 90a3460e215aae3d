"""Levels that last in runs: the same mean and spread as in a forecast of the same fit, the same people in compared scenarios."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import pickle
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import counted_border
import crossings as cx
import tiny
from crossings.calibration.draws import Draws
from crossings.calibration.expected_counts import ExpectedCounts
from crossings.calibration.fit import levels_of, prior_alone
from crossings.calibration.forecast import forecast
from crossings.calibration.known_levels import Paths
from crossings.calibration.levels import likeness, states
from crossings.calibration.posterior import Fit
from crossings.calibration.problem import Problem
from crossings.calibration.ready import day_cell
from crossings.errors import InputError
from crossings.scenario.fit_spec import Parameter

UNTIL = "2024-01-03"
ROUTES = (("north", "people"), ("south", "people"))
LEVELS = {
    "supply": Parameter(prior="lognormal(0.4, 0.1)", set="noise.supply_sd"),
    "route": Parameter(prior="lognormal(0.3, 0.1)", set="noise.route_sd"),
    "shape": Parameter(prior="lognormal(20, 0.2)", set="noise.day_shape"),
}
RUNS = 600


def fit_with_one_draw(problem: Problem, number: int = RUNS) -> Fit:
    """The median of the priors, so many times: what differs from run to run is not what is known of parameters."""
    prior = prior_alone(problem)
    drawn = np.tile(np.median(prior.draws, axis=0), (number, 1))
    made = {"until": UNTIL, "by": "period", "width": 1.0, "fixed": {}, "without": [], "seeds": "1", "scenario": "tiny"}
    levels = levels_of(problem, drawn, 1)
    none = np.zeros(number)
    return dataclasses.replace(
        prior, draws=drawn, prior_draws=drawn, log_likelihood=none, levels=levels, trace=np.zeros((1, 6)), made_by=made
    )


@pytest.fixture(scope="module")
def problem() -> Problem:
    return Problem(
        counted_border.border(parameters=counted_border.PARAMETERS | counted_border.NOISE | LEVELS), until=UNTIL
    )


@pytest.fixture(scope="module")
def fitted(problem: Problem) -> Fit:
    return fit_with_one_draw(problem)


@pytest.fixture(scope="module")
def draws(fitted: Fit, problem: Problem) -> Draws:
    return Draws.of(fitted, problem.scenario)


def crossed(runs, crossing: str, day: int) -> np.ndarray:
    gate = runs.gates.index((crossing, "BB", "people"))
    return runs.counts()[:, day, gate, 1]


def test_paths_are_what_counts_tell(problem: Problem, fitted: Fit) -> None:
    after = [day_cell(c, "BB", "people", dt.date(2024, 1, 4)) for c, _ in ROUTES]
    likelihood = problem.likelihood()
    noise = [
        likelihood.numbers.noise | dict(zip(("supply_sd", "route_sd", "day_shape"), (0.4, 0.3, 20.0), strict=True))
    ]
    state, _ = states(ExpectedCounts(likelihood.mean(fitted.draws[0])[None, :]), problem.cells, noise, after)
    known = fitted.levels
    assert known is not None
    paths = Paths(known, ("people",), ROUTES, dt.date(2024, 1, 1).toordinal(), dt.date(2024, 1, 6).toordinal())
    np.testing.assert_allclose(paths._alike, likeness(problem.cells), atol=1e-12)
    sd2 = known.variances[0]
    found = []
    for seed in range(1500):
        supply, route = paths.factors(0, seed)
        found.append([np.log(supply[2, 0]) + sd2[1] / 2, *(np.log(route[2]) + sd2[2] / 2)])
    middle, spread = np.mean(found, axis=0), np.cov(np.transpose(found))
    expected = state.root[0] @ state.root[0].T
    assert (np.abs(middle - state.mean[0]) < 4 * np.sqrt(np.diag(expected) / 1500) + 0.02).all()
    np.testing.assert_allclose(spread, expected, atol=0.015)


def test_a_path_is_of_its_stream_and_crossing_alone(fitted: Fit) -> None:
    first, last = dt.date(2024, 1, 1).toordinal(), dt.date(2024, 1, 6).toordinal()
    known = fitted.levels
    assert known is not None
    few = Paths(known, ("people",), ROUTES, first, last).factors(0, 5)
    more = Paths(known, ("people", "others"), (("west", "others"), *reversed(ROUTES)), first, last + 9).factors(0, 5)
    np.testing.assert_allclose(few[0], more[0][:6, :1], atol=1e-12)
    np.testing.assert_allclose(few[1], more[1][:6, :0:-1], atol=1e-12)


def test_runs_spread_as_the_forecast_does(problem: Problem, fitted: Fit, draws: Draws) -> None:
    """Means within 4.5 standard errors, standard deviations within a fifth (their own standard error is a twentieth)."""
    runs = cx.run_many(cx.Model(problem.scenario), seeds=range(RUNS), parameters=draws)["tiny"]
    plain = dataclasses.replace(draws, levels=None, _ready={})
    without = cx.run_many(cx.Model(problem.scenario), seeds=range(200), parameters=plain)["tiny"]
    found = [forecast(fitted, problem, "2024-01-04", draws=RUNS, seed=k).predictive for k in range(1, 5)]
    counts = np.concatenate([one.counts for one in found])
    for i, cell in enumerate(found[0].cells):
        day = (cell.start - tiny.START).days
        mine, told = crossed(runs, cell.crossings[0], day), counts[:, i]
        error = np.hypot(mine.std() / RUNS**0.5, told.std() / len(told) ** 0.5)
        assert abs(mine.mean() - told.mean()) < 4.5 * error
        assert 0.8 < mine.std() / told.std() < 1.25
        assert crossed(without, cell.crossings[0], day).std() < 0.75 * mine.std()
    both = [sum(crossed(runs, c, d) for c, _ in ROUTES for d in (3, 4, 5)), counts.sum(axis=1)]
    assert 0.85 < both[0].std() / both[1].std() < 1.18


def test_compared_scenarios_have_the_same_people_and_levels(problem: Problem, draws: Draws) -> None:
    order = tiny.closed("shut", "north", (3,), (5,))
    scenario = dataclasses.replace(problem.scenario, closures=(order,), written=(order,))
    found = cx.compare(scenario, parameters=draws, seeds=range(8))
    base, full = (found.runs[name] for name in (found.baseline, found.scenario))
    assert [t.totals.sum() for t in base.tallies] == [t.totals.sum() for t in full.tallies]
    for crossing, _ in ROUTES:
        np.testing.assert_array_equal(crossed(base, crossing, 1), crossed(full, crossing, 1))
    assert crossed(full, "north", 4).sum() == 0 < crossed(base, "north", 4).sum()


def test_nothing_changes_where_no_level_moves(problem: Problem) -> None:
    without = Problem(counted_border.border(), until=UNTIL)
    assert levels_of(without, prior_alone(without).draws[:5], 1) is None
    assert Draws.of(prior_alone(without), without.scenario).levels is None


def test_levels_are_kept_and_read(fitted: Fit, draws: Draws, problem: Problem, tmp_path: Path) -> None:
    fitted.write(tmp_path / "fit")
    read = Fit.read(tmp_path / "fit").levels
    known = fitted.levels
    assert read is not None
    assert known is not None
    assert read.spans == known.spans
    for name in ("slope", "curve", "variances", "full"):
        np.testing.assert_array_equal(getattr(read, name), getattr(known, name))
    for name, data in draws.files().items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / "again").mkdir(exist_ok=True)
        (tmp_path / "again" / Path(name).name).write_bytes(data.encode() if isinstance(data, str) else data)
    model = cx.Model(problem.scenario)
    again = Draws.read(tmp_path / "again")
    assert again.hash == draws.hash == pickle.loads(pickle.dumps(draws)).hash
    one, two = (cx.run(model, seed=3, parameters=d).runs.tallies[0].counts for d in (draws, again))
    np.testing.assert_array_equal(one, two)
    (tmp_path / "fit" / "levels.parquet").unlink()
    with pytest.raises(InputError, match="cannot be read as a fit"):
        Fit.read(tmp_path / "fit")


def test_forged_levels_are_refused(fitted: Fit, problem: Problem, tmp_path: Path) -> None:
    fitted.write(tmp_path / "fit")
    note = json.loads((tmp_path / "fit" / "fit.json").read_text())
    table = pl.read_parquet(tmp_path / "fit" / "levels.parquet")
    wrong = [
        [{}] * len(note["levels"]),
        "levels",
        [note["levels"][0] | {"days": [5, 4]}, *note["levels"][1:]],
        [note["levels"][0] | {"days": [1.0, 2.0]}, *note["levels"][1:]],
        [note["levels"][0] | {"streams": []}, *note["levels"][1:]],
        [note["levels"][0] | {"routes": [["north"]]}, *note["levels"][1:]],
        [note["levels"][0] | {"routes": [[["x"], "people"]]}, *note["levels"][1:]],
    ]
    for said in wrong:
        (tmp_path / "fit" / "fit.json").write_text(json.dumps(note | {"levels": said}))
        with pytest.raises(InputError, match="cannot be read as a fit"):
            Fit.read(tmp_path / "fit")
    (tmp_path / "fit" / "fit.json").write_text(json.dumps(note))
    for column, value in (
        ("slope 0", float("nan")),
        ("curve 0", -1.0),
        ("full 0", 1.5),
        ("variance day", -1.0),
        ("variance route", None),
    ):
        table.with_columns(pl.lit(value, pl.Float64).alias(column)).write_parquet(tmp_path / "fit" / "levels.parquet")
        with pytest.raises(InputError, match="cannot be read as a fit"):
            Fit.read(tmp_path / "fit")
    table.head(3).write_parquet(tmp_path / "fit" / "levels.parquet")
    with pytest.raises(InputError, match="cannot be read as a fit"):
        Fit.read(tmp_path / "fit")
    far = dataclasses.replace(fitted.levels.spans[0], first=100_000, last=100_000)  # type: ignore[union-attr]
    known = dataclasses.replace(fitted.levels, spans=(far, *fitted.levels.spans[1:]))  # type: ignore[union-attr, type-var]
    with pytest.raises(InputError, match="days from the end of this run"):
        Paths(known, ("people",), ROUTES, 738_000, 738_010)
