"""Learning from counts: priors, numbers, likelihood, posterior."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import counted_border
import crossings as cx
from crossings.calibration.batches import Batches
from crossings.calibration.fit import fit
from crossings.calibration.likelihood import Likelihood, day_factors
from crossings.calibration.parameter_map import Numbers, with_numbers
from crossings.calibration.posterior import Fit
from crossings.calibration.predictive import predict
from crossings.calibration.priors import Priors
from crossings.calibration.problem import Problem
from crossings.kernel.core.noise import log_likelihood
from crossings.scenario.fit_spec import Parameter, parse_prior
from crossings.simulation.expected import expect


@pytest.fixture(scope="module")
def finland() -> cx.Scenario:
    return cx.Scenario.read("finland-2023")


@pytest.fixture(scope="module")
def small() -> Fit:
    return fit(Problem(counted_border.border()), points=500, draws=400, threads=1)


@pytest.mark.parametrize(
    ("text", "median"),
    [
        ("normal(2, 3)", 2.0),
        ("lognormal(9, 0.4)", 9.0),
        ("beta(2, 2)", 0.5),
        ("uniform(1, 3)", 2.0),
        ("1 + lognormal(9, 0.4)", 10.0),
    ],
)
def test_a_prior_has_its_median_and_gets_wider(text: str, median: float) -> None:
    parameter = Parameter(prior=text, set="behaviour.alpha", ids=("north",))
    plain, wide = Priors([parameter]), Priors([parameter], 2.0)
    assert plain.at(np.array([0.5])) == pytest.approx([median])
    assert wide.spread()[0] > 1.2 * plain.spread()[0]


@pytest.mark.parametrize(
    "text",
    [
        "gamma(2, 3)",
        "normal(2)",
        "normal(2, 0)",
        "uniform(3, 1)",
        "beta(0, 2)",
        "lognormal(-1, 1)",
        "normal(1e999, 1)",
        "",
    ],
)
def test_a_prior_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"prior|excludes|finite"):
        parse_prior(text)


def changed(scenario: cx.Scenario, stream: str, **behaviour: object) -> cx.Model:
    streams = dict(scenario.settings.streams)
    old = streams[stream]
    streams[stream] = old.model_copy(update={"behaviour": old.behaviour.model_copy(update=behaviour)})
    return cx.Model(scenario.with_settings(streams=streams))


def test_what_is_held_acts_where_it_would_have() -> None:
    finland = cx.Scenario.read("finland-2023")
    model = cx.Model(finland)
    parameters = {n: finland.settings.fit.parameters[n] for n in ("hazard", "growth", "gamma", "group-size")}
    free = Numbers(model, parameters, ["asylum"])
    held = Numbers(model, parameters, ["asylum"], {"growth": 0.2, "gamma": 1.7, "group-size": 4.0})
    assert held.names == ("hazard",)
    _, people, noise = free.apply(np.array([0.3, 0.2, 1.7, 4.0]))
    tables = free.apply(np.array([0.3, 0.2, 1.7, 4.0]))[0]
    again, others, loud = held.apply(np.array([0.3]))
    assert np.array_equal(others.hazards["rate"], people.hazards["rate"])
    assert np.array_equal(again.journeys["weight"], tables.journeys["weight"])
    assert loud == noise
    assert noise["group_size"] == 4.0
    problem = Problem(finland, until="2023-11-17", fixed=(("growth", 0.2), ("group-size", 4.0)))
    assert "growth" not in problem.parameters
    numbers = problem.numbers()
    numbers.apply(problem.priors.at(np.full(len(problem.priors), 0.5)))
    assert numbers.noise["group_size"] == 4.0


@pytest.mark.parametrize(
    ("field", "value", "update"),
    [
        ("gamma", 1.9, {"gamma": 1.9}),
        ("rush", 4.5, {"rush": 4.5}),
        ("give_up", 0.45, {"give_up": 0.45}),
        ("wait_weight", 0.11, {"wait_weight": 0.11}),
        ("knowledge_delay_h", 2.5, {"knowledge_delay_h": 2.5}),
        ("setup_h", 20.0, {"setup_h": 20.0}),
        ("renege_per_day", 0.7, {"renege_per_day": 0.7}),
    ],
)
def test_a_number_is_that_of_a_scenario_written_so(
    finland: cx.Scenario, field: str, value: float, update: dict[str, object]
) -> None:
    parameter = Parameter(prior="uniform(0, 1)", set=f"behaviour.{field}")
    numbers = Numbers(cx.Model(finland), {"x": parameter}, ["asylum"])
    tables, _, _ = numbers.apply(np.array([value]))
    written = changed(finland, "asylum", **update)
    assert tables.streams.tolist() == written.tables.streams.tolist()
    assert np.allclose(tables.journeys["weight"], written.tables.journeys["weight"], rtol=1e-12)


def test_alpha_lanes_stocks_and_demand_are_those_of_a_scenario_written_so(finland: cx.Scenario) -> None:
    parameters = {
        "alpha": Parameter(prior="normal(0, 1)", set="behaviour.alpha", ids=("salla",)),
        "pace": Parameter(prior="lognormal(9, 1)", set="lanes.per_hour", ids=("salla-*",)),
        "waiting": Parameter(prior="lognormal(9, 1)", set="stocks.initial", origin="murmansk"),
        "joining": Parameter(prior="lognormal(9, 1)", scale="demand.per_day", stream="asylum", origin="murmansk"),
        "rate": Parameter(prior="lognormal(9, 1)", scale="stocks.hazard_per_day", origin="murmansk"),
    }
    values = np.array([0.8, 6.0, 55.0, 2.5, 1.7])
    got = with_numbers(cx.Model(finland), Numbers(cx.Model(finland), parameters, ["asylum"]), values)
    alpha = finland.settings.streams["asylum"].behaviour.alpha | {"salla": 0.8}
    base = changed(finland, "asylum", alpha=alpha).scenario
    lanes = tuple(
        x.model_copy(update={"service_min_mean": 60.0 * x.servers / 6.0}) if x.id.startswith("salla-asylum") else x
        for x in base.lanes
    )
    stocks = tuple(
        s.model_copy(update={"hazard_per_day": 1.7 * s.hazard_per_day, "initial": 55 if s.initial else s.initial})
        if s.origin == "murmansk"
        else s
        for s in base.stocks
    )
    demand = tuple(
        d.model_copy(update={"per_day": 2.5 * d.per_day}) if (d.stream, d.origin) == ("asylum", "murmansk") else d
        for d in base.demand
    )
    wanted = cx.Model(dataclasses.replace(base, lanes=lanes, stocks=stocks, demand=demand))
    a, b = (expect(m, streams=["asylum"]).crossed for m in (got, wanted))
    assert np.allclose(a, b, rtol=1e-9, atol=1e-9)
    assert np.abs(a - expect(cx.Model(finland), streams=["asylum"]).crossed).max() > 1.0


def test_levelled_crossings_attract_alike(finland: cx.Scenario) -> None:
    north = ("vartius", "kuusamo", "salla", "raja-jooseppi")
    model = cx.Model(finland)
    level = Numbers(model, {"x": Parameter(prior="beta(2, 2)", set="behaviour.levelled", ids=north)}, ["asylum"])
    gates = [
        i for i, g in enumerate(model.gates) if g.stream == "asylum" and g.crossing in north and g.direction == "FI"
    ]
    home = model.tables.set_of[
        model.groups.index(("asylum", "")), model.tables.choice_place[model.places["st-petersburg"]]
    ]
    span = model.tables.sets[home]
    mine = [a for a in range(span["start"], span["end"]) if model.tables.alternatives["gate"][a] in gates]
    none, whole = (level.apply(np.array([x]))[0].journeys["weight"][0, mine].copy() for x in (0.0, 1.0))
    assert np.allclose(none, model.tables.journeys["weight"][0, mine], rtol=1e-12)
    assert np.ptp(np.log(whole)) < 1e-9
    assert np.log(none).mean() == pytest.approx(np.log(whole).mean())


def noise(
    mean: float, low: float, high: float, b: float, shape: float = np.inf, tells: float = 1.0, full: float = 0.0
) -> float:
    one = np.array([1.0])
    factors = day_factors(one, shape, 400)
    found: float = log_likelihood(
        np.array([[mean]]),
        np.array([full]),
        np.ones((1, 1), bool),
        np.array([low]),
        np.array([high]),
        np.zeros(1, np.int64),
        np.array([tells]),
        factors,
        b,
    )
    return float(np.exp(found))


def test_counts_scatter_as_the_text_says() -> None:
    x = np.arange(0, 400)
    for mean, b, shape in ((12.0, 1.0, np.inf), (12.0, 5.0, np.inf), (12.0, 5.0, 6.0)):
        p = np.array([noise(mean, float(k), float(k), b, shape) for k in x])
        assert p.sum() == pytest.approx(1.0, abs=1e-6)
        assert (p * x).sum() == pytest.approx(mean, rel=1e-3)
        variance = (p * x**2).sum() - mean**2
        assert variance == pytest.approx(mean * b + (0.0 if np.isinf(shape) else mean**2 / shape), rel=0.01)
    for full in (0.4, 1.0):  # of what controls decide there are neither groups nor days
        p = np.array([noise(12.0, float(k), float(k), 5.0, 6.0, full=full) for k in x])
        assert (p * x).sum() == pytest.approx(12.0, rel=1e-3)
        rest = 12.0 * (1.0 - full)
        variance = (p * x**2).sum() - 12.0**2
        assert variance == pytest.approx(rest * 5.0 + rest**2 / 6.0 + 12.0 * full, rel=0.01)
    assert noise(7.0, 4.0, 9.0, 1.0) == pytest.approx(stats.poisson.cdf(9, 7) - stats.poisson.cdf(3, 7))
    r = 7.0 / 3.0
    assert noise(7.0, 4.0, 9.0, 4.0) == pytest.approx(stats.nbinom.cdf(9, r, 0.25) - stats.nbinom.cdf(3, r, 0.25))
    assert noise(7.0, 4.0, np.inf, 4.0) == pytest.approx(stats.nbinom.sf(3, r, 0.25))
    assert noise(0.0, 0.0, 0.0, 4.0) == 1.0


@pytest.mark.parametrize("size", [1.0, 1.7, 6.0, 90.0])
@pytest.mark.parametrize("mean", [180.0, 2600.0, 40_000.0])
def test_wide_ranges_have_the_chance_of_all_their_numbers(mean: float, size: float) -> None:
    law = stats.poisson(mean) if size == 1.0 else stats.nbinom(mean / (size - 1.0), 1.0 / size)
    spread = np.sqrt(mean * size)
    for low, high in ((-9, -2), (-3, 0.2), (-1, 8), (0.1, 30), (4, 60), (-2, np.inf), (0.5, np.inf), (7, np.inf)):
        first, last = max(0.0, round(mean + low * spread)), max(0.0, np.rint(mean + high * spread))
        first, last = min(first, last - 400.0 if first > 400.0 else first), max(last, first + 400.0)  # wide, not summed
        below, above = law.cdf(first - 1), law.sf(last)
        wanted = (
            law.cdf(last) - below if last < mean else law.sf(first - 1) - above if first > mean else 1 - below - above
        )
        found = noise(mean, first, last, size)
        assert found == pytest.approx(wanted, rel=1e-7, abs=1e-14), (first, last)


def test_a_number_that_may_tell_nothing_pulls_less() -> None:
    far, near = (noise(20.0, 350.0, 350.0, 1.0, tells=t) for t in (0.5, 1.0))
    assert near < 1e-100
    assert far == pytest.approx(0.5 / 1401)


def test_counts_of_one_day_share_its_factor() -> None:
    day = np.zeros(2, np.int64)
    factors = day_factors(np.array([1.0]), 2.0, 200)
    low = np.array([20.0, 20.0])
    args = (np.array([[10.0, 10.0]]), np.zeros(2), np.ones((1, 1), bool), low, low, day, np.ones(2), factors, 1.0)
    together = log_likelihood(*args)
    assert together > 2 * np.log(noise(10.0, 20.0, 20.0, 1.0, 2.0)) + 0.5  # both high is no coincidence


def test_expected_counts_are_sums_of_expected_flows() -> None:
    scenario = counted_border.border()
    problem = Problem(scenario)
    likelihood = problem.likelihood()
    values = np.array([1.3, 1.1, 0.2, 2.0])
    model = with_numbers(problem.model, problem.numbers(), values)
    flows = expect(model, streams=["people"])
    gate = {name: flows.gates.index((name, "BB", "people")) for name in ("north", "south")}
    wanted = [flows.crossed[day, gate[where]] + 0.1 for day in range(5) for where in ("north", "south")]
    assert likelihood.mean(values) == pytest.approx(wanted)


def test_the_counts_narrow_what_they_speak_to(small: Fit) -> None:
    assert small.contraction[small.names.index("volume")] > 0.7
    assert small.column("volume").mean() == pytest.approx(1.0, abs=0.15)
    assert np.corrcoef(small.column("gamma"), small.column("south"))[0, 1] > 0.5  # one distance cannot tell them apart
    problem = Problem(counted_border.border())
    found = predict(small, problem, problem.cells)
    inside = [
        (lo <= c.high and hi >= c.low)
        for c, lo, hi in zip(problem.cells, found.quantile(0.05), found.quantile(0.95), strict=True)
    ]
    assert np.mean(inside) >= 0.8


def test_evidence_is_that_of_a_sum_over_the_prior() -> None:
    problem = Problem(counted_border.border(parameters={"volume": counted_border.PARAMETERS["volume"]}))
    likelihood = problem.likelihood()
    u = (np.arange(2000) + 0.5) / 2000
    each = np.array([likelihood(problem.priors.at(np.array([x]))) for x in u])
    exact = each.max() + np.log(np.exp(each - each.max()).mean())
    for seed in range(3):
        found = fit(problem, points=2000, seed=seed, threads=1)
        assert found.evidence == pytest.approx(exact, abs=0.3)
        weights = np.exp(each - each.max())
        mean = (problem.priors.at(u[:, None])[:, 0] * weights).sum() / weights.sum()
        assert found.column("volume").mean() == pytest.approx(mean, rel=0.02)


def test_the_same_whatever_the_number_of_workers(small: Fit) -> None:
    again = fit(Problem(counted_border.border()), points=500, draws=400, threads=2)
    assert np.array_equal(small.draws, again.draws)
    assert small.evidence == again.evidence


def test_what_draws_expect_is_remembered_as_it_would_be_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = Problem(counted_border.border())
    found = fit(problem, points=200, draws=100, threads=1)
    again = Problem(counted_border.border()).expected(found.draws)
    monkeypatch.delattr(Batches, "expected")
    assert np.array_equal(problem.expected(found.draws).mean, again.mean)
    assert np.array_equal(problem.expected(found.draws).full, again.full)
    monkeypatch.undo()
    monkeypatch.setattr("crossings.calibration.fit.MOST_REMEMBERED", 100)  # no room
    without = Problem(counted_border.border())
    assert np.array_equal(fit(without, points=200, draws=100, threads=1).draws, found.draws)
    assert np.array_equal(without.expected(found.draws).mean, again.mean)


def test_a_fit_is_kept_and_read_again(small: Fit, tmp_path: Path) -> None:
    small.write(tmp_path / "fit")
    again = Fit.read(tmp_path / "fit")
    assert np.array_equal(again.draws, small.draws)
    assert again.table().equals(small.table())
    assert again.to_json() == small.to_json()
    said = (tmp_path / "fit" / "fit.json").read_text()
    for wrong in (said.replace('"fixed": {}', '"fixed": 3'), "[]", "[" * 100_000):
        (tmp_path / "fit" / "fit.json").write_text(wrong)
        with pytest.raises(cx.InputError, match="cannot be read as a fit"):
            Fit.read(tmp_path / "fit")
    (tmp_path / "fit" / "fit.json").write_text(said)
    (tmp_path / "fit" / "draws.parquet").write_bytes(b"PAR1")
    with pytest.raises(cx.InputError, match=r"draws.parquet: this table cannot be read; make the fit again"):
        Fit.read(tmp_path / "fit")
    (tmp_path / "fit" / "draws.parquet").unlink()
    with pytest.raises(cx.InputError, match=r"draws.parquet is missing"):
        Fit.read(tmp_path / "fit")


def test_nothing_published_later_changes_a_fit() -> None:
    later = tuple(
        o.model_copy(update={"count": 500.0 + 7 * i})
        if o.from_ >= cx.Observations.read(counted_border.border()).rows[6].from_
        else o
        for i, o in enumerate(counted_border.COUNTS)
    )
    day = counted_border.COUNTS[4].from_.date().isoformat()
    a, b = (
        fit(Problem(counted_border.border(counts), until=day), points=400, draws=100, threads=1)
        for counts in (counted_border.COUNTS, later)
    )
    assert np.array_equal(a.draws, b.draws)
    assert a.evidence == b.evidence


def test_a_likelihood_goes_only_as_far_as_the_last_count(finland: cx.Scenario) -> None:
    problem = Problem(finland, until="2023-11-17")
    assert problem.likelihood().expectation.steps == 12 * 24
    assert isinstance(problem.likelihood(), Likelihood)
