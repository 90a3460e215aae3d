"""A saved fit updated with new counts is the fit of all of them; surprises are named; whether a fit fits is said."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtr

import counted_border
import tiny
from crossings.calibration.few_draws import of_all, pick, still_counts
from crossings.calibration.fit import fit, fit_to
from crossings.calibration.fitness import blind_guess, fitness, where_shut
from crossings.calibration.likelihood import counted_where_shut
from crossings.calibration.posterior import Fit
from crossings.calibration.priors import Priors
from crossings.calibration.problem import Problem
from crossings.calibration.ready import prepare, read_ready
from crossings.calibration.today import CrossingCount, reweight
from crossings.calibration.update import ENOUGH, update, with_counts
from crossings.errors import InputError
from crossings.scenario.fit_spec import Parameter
from fits import fit_of, scenario_with_priors

Call = Callable[..., tuple[int, str, str]]
DAYS = [row.from_.date() for row in counted_border.COUNTS[::2]]


@pytest.fixture(scope="module")
def first() -> Fit:
    return fit(Problem(counted_border.border(), until=str(DAYS[2])), points=3000, draws=3000)


def test_it_is_the_fit_of_all_counts_within_the_error_that_it_states(first: Fit) -> None:
    later = Problem(counted_border.border(), until=str(DAYS[4]))
    whole = fit(later, points=6000, draws=6000)
    carried = [update(first, later, seed=seed) for seed in range(4)]
    found = [one.fit for one in carried]
    spread = whole.draws.std(axis=0)
    apart = np.array([(one.draws.mean(axis=0) - whole.draws.mean(axis=0)) / spread for one in found])
    allowed = 4.0 * np.sqrt(1 / min(one.effective for one in found) + 1 / whole.effective + 1 / first.effective)
    assert np.abs(apart).max() < allowed < 0.5
    assert np.mean([one.draws.std(axis=0) / spread for one in found], axis=0) == pytest.approx(1.0, abs=0.12)
    for one in found:
        assert one.evidence == pytest.approx(whole.evidence, abs=4 * np.hypot(one.evidence_error, whole.evidence_error))
    assert found[0].until == str(DAYS[4])
    assert found[0].made_by["counts"] == whole.made_by["counts"]
    assert [c.id for c in carried[0].cells] == ["north-3", "south-3", "north-4", "south-4"]
    assert carried[0].surprises == ()
    assert "need not be made again" in carried[0].told
    # Flows of no more draws than are needed.
    assert all(one.fit.evaluations - first.evaluations < len(first.draws) / 4 for one in carried)
    assert all(one.still > ENOUGH for one in carried)


def test_few_draws_say_what_all_would() -> None:
    rng = np.random.default_rng(1)
    z = rng.standard_normal((1000, 5))
    weight = z @ np.array([1.0, -0.7, 0.4, 0.0, 0.0]) - 0.3 * z[:, 3] ** 2 + 0.3 * rng.standard_normal(1000)
    share = np.exp(weight - weight.max()) / np.exp(weight - weight.max()).sum()
    means, totals, numbers = [], [], []
    for seed in range(40):
        rows, chance = pick(z, lambda mine: weight[mine], 150.0, seed)
        assert np.unique(rows).size == rows.size
        assert still_counts(weight[rows] - np.log(chance)) > 100
        one = np.exp(weight[rows]) / chance
        means.append(one @ z[rows] / one.sum())
        totals.append(np.log(one.sum() / 1000))
        numbers.append(rows.size)
    apart = np.mean(means, axis=0) - share @ z
    assert np.abs(apart).max() < 4 * np.std(means, axis=0).max() / np.sqrt(40)
    assert np.std(means, axis=0).max() < 1 / np.sqrt(150)
    assert np.mean(totals) == pytest.approx(np.log(np.exp(weight).mean()), abs=4 * np.std(totals) / np.sqrt(40))
    whole = still_counts(weight)
    assert of_all(weight, np.ones(1000)) == pytest.approx(whole)
    assert np.mean(numbers) < 0.8 * 150 * 1000 / whole  # of draws picked alike so many would be needed


def test_a_draw_that_is_there_twice_counts_once_for_how_many_are_left(first: Fit) -> None:
    later = Problem(counted_border.border(), until=str(DAYS[3]))
    rows = np.repeat(np.arange(300), 10)
    twice = dataclasses.replace(first, draws=first.draws[rows], log_likelihood=first.log_likelihood[rows])
    once = dataclasses.replace(first, draws=first.draws[:300], log_likelihood=first.log_likelihood[:300])
    found, told = (update(one, later) for one in (twice, once))
    assert found.still == pytest.approx(told.still)
    assert found.still < 300
    assert found.fit.evaluations == told.fit.evaluations


def test_the_same_on_any_number_of_threads(first: Fit) -> None:
    later = Problem(counted_border.border(), until=str(DAYS[3]))
    one, two = (update(first, later, threads=n).fit for n in (1, 3))
    assert one.draws.tobytes() == two.draws.tobytes()


def test_a_surprise_is_named(first: Fit) -> None:
    problem = Problem(counted_border.border(), until=str(DAYS[2]))
    day = DAYS[3]
    scenario = with_counts(problem.scenario, problem, {"north": 5.0, "south": 900.0}, day)
    found = update(first, dataclasses.replace(problem, scenario=scenario, until=str(day)))
    assert found.surprises == (f"north-{day}-given", f"south-{day}-given")
    assert found.fit.evaluations - first.evaluations > 0.9 * len(first.draws)  # moves
    assert "make a new fit" in found.told


def test_counts_that_cannot_be_taken(first: Fit) -> None:
    problem = Problem(counted_border.border(), until=str(DAYS[2]))
    with pytest.raises(InputError, match="unknown crossing 'nord'; did you mean 'north'"):
        with_counts(problem.scenario, problem, {"nord": 3.0}, DAYS[3])
    with pytest.raises(InputError, match="cannot be -3"):
        with_counts(problem.scenario, problem, {"north": -3.0}, DAYS[3])
    with pytest.raises(InputError, match=f"outside the scenario's period; write {DAYS[0]:%Y}"):
        with_counts(problem.scenario, problem, {"north": 3.0}, dt.date(2031, 1, 1))
    with pytest.raises(InputError, match="there is no count after"):
        update(first, problem)


def test_somebody_counted_where_an_order_shuts_the_crossing_is_said(first: Fit) -> None:
    shut = counted_border.border().with_closures([tiny.closed("shut", "north", (0, 0), announced=(0, 0))])
    problem = Problem(shut, until=str(DAYS[2]))
    for number, told in ((4.0, (f"north-{DAYS[3]}-given",)), (0.0, ())):
        counted = with_counts(shut, problem, {"north": number, "south": 30.0}, DAYS[3])
        later = dataclasses.replace(problem, scenario=counted, until=str(DAYS[3]))
        assert counted_where_shut(later.model, [c for c in later.cells if c.id.endswith("given")]) == told
        assert where_shut(told).startswith("Somebody was counted" if told else "")


LEVELS = {
    "supply": Parameter(prior="lognormal(0.3, 0.5)", set="noise.supply_sd"),
    "route": Parameter(prior="lognormal(0.3, 0.5)", set="noise.route_sd"),
}


@pytest.mark.parametrize("levels", [False, True])
def test_what_is_kept_beside_a_fit_gives_the_same_answer_without_a_flow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, levels: bool
) -> None:
    monkeypatch.setattr("crossings.calibration.few_draws.FIRST", 600)
    scenario = counted_border.border(
        parameters=counted_border.PARAMETERS | counted_border.NOISE | (LEVELS if levels else {})
    )
    problem, later = (Problem(scenario, until=str(day)) for day in (DAYS[2], DAYS[4]))
    found = fit_to(tmp_path / "fit", problem, points=600, draws=600)
    ready = read_ready(tmp_path / "fit", found, problem)
    assert ready is not None
    assert (ready.first, len(ready.expected)) == (DAYS[3], 600)
    kept, computed = (update(found, later, ready=one) for one in (ready, None))
    assert kept.fit.evaluations < computed.fit.evaluations
    assert kept.fit.evidence == pytest.approx(computed.fit.evidence, abs=1e-6)
    assert kept.chance == pytest.approx(computed.chance, abs=1e-12)
    assert kept.fit.draws == pytest.approx(computed.fit.draws)
    # Another order, other draws, a damaged or foreign file: not used.
    other = scenario.with_closures([tiny.closed("more", "north", (4, 0), announced=(0, 3))])
    assert read_ready(tmp_path / "fit", found, dataclasses.replace(problem, scenario=other)) is None
    assert read_ready(tmp_path / "fit", dataclasses.replace(found, draws=found.draws * 1.01), problem) is None
    table = tmp_path / "fit" / "ahead.parquet"
    table.write_bytes(table.read_bytes()[:-9] + b"something")
    assert read_ready(tmp_path / "fit", found, problem) is None
    assert read_ready(tmp_path, found, problem) is None


def test_counts_by_crossing_move_what_is_expected(tmp_path: Path) -> None:
    ready = prepare(counted_border.border(), first=DAYS[0], days=6)
    before = reweight(ready, [])
    high = reweight(ready, [CrossingCount("north", DAYS[0], 160.0), CrossingCount("south", DAYS[0], 30.0)])
    tomorrow = {
        name: {r["crossing"]: r for r in one.rows() if r["date"] == DAYS[1]}
        for name, one in (("b", before), ("h", high))
    }
    assert tomorrow["h"]["north"]["p50"] > 1.3 * tomorrow["b"]["north"]["p50"]
    assert tomorrow["h"]["north"]["p50"] < 160
    assert min(row["date"] for row in high.rows()) == DAYS[1]
    assert {r["date"] for r in high.totals()} == {r["date"] for r in high.rows()}
    assert (before.told, high.surprises) == ("No surprise.", ())
    far = reweight(ready, [CrossingCount("north", DAYS[0], 2000.0)])
    assert far.surprises == (f"north-{DAYS[0]}-given",)
    assert far.to_json()["told"].startswith("A surprise")
    wrong = [
        CrossingCount("nord", DAYS[0], 1.0),
        CrossingCount("north", DAYS[0], -1.0),
        CrossingCount("north", DAYS[0] - dt.timedelta(days=9), 1.0),
    ]
    with pytest.raises(InputError) as said:
        reweight(ready, [*wrong, CrossingCount("south", DAYS[1], 2.0), CrossingCount("south", DAYS[1], 2.0)])
    assert len(str(said.value).splitlines()) == 4


def test_where_a_value_lies_on_the_scale_of_its_prior() -> None:
    texts = ["normal(2, 3)", "lognormal(9, 0.4)", "beta(2, 5)", "uniform(1, 3)", "1 + lognormal(9, 0.4)"]
    priors = Priors([Parameter(prior=text, set="behaviour.alpha", ids=("north",)) for text in texts])
    z = np.random.default_rng(1).standard_normal((50, len(texts)))
    assert priors.normal(priors.at(ndtr(z))) == pytest.approx(z, abs=1e-6)
    assert np.isfinite(priors.normal(np.full((1, len(texts)), 0.0))).all()


def test_the_command(call: Call, first: Fit, tmp_path: Path) -> None:
    here = tmp_path / "border"
    counted_border.border().write(here)
    first.write(tmp_path / "fit")
    on = str(DAYS[3])
    status, out, err = call("update", here, "--fit", tmp_path / "fit", "--on", on, "--count", "north=61", "--json")
    assert (status, err) == (0, "")
    said = json.loads(out)
    assert [row["id"] for row in said["counts"]] == [f"north-{on}-given"]
    status, out, _ = call("update", here, "--fit", tmp_path / "fit", "--on", on, "--out", tmp_path / "next")
    assert status == 0
    assert "No surprise" in out
    assert Fit.read(tmp_path / "next").until == on
    later = str(DAYS[4] + dt.timedelta(days=0))
    assert call("update", here, "--fit", tmp_path / "next", "--on", later)[0] == 0
    twice = ["--count", "north=3", "--count", "north=4"]
    for wrong in (["--on", "soon"], [], ["--on", str(DAYS[0])], ["--on", on, "--count", "north"], ["--on", on, *twice]):
        status, out, err = call("update", here, "--fit", tmp_path / "fit", *wrong)
        assert (status, out, len(err.splitlines())) == (2, "", 1)


def test_whether_it_fits(first: Fit) -> None:
    problem = Problem(counted_border.border(), until=str(DAYS[2]))
    fits = fitness(first, problem)
    assert (fits.counts, fits.absurd) == (6, False)
    assert fits.told.startswith(f"{fits.inside} of 6 counts inside the 90% interval")
    assert fits.inside >= 5
    poor = dataclasses.replace(fits, evidence=-4000.0, outside=tuple(f"n{i}" for i in range(6)))
    assert poor.absurd
    assert "absurd" in poor.told
    json.dumps([fits.to_json(), poor.to_json(), first.to_json()])


def test_a_blind_guess_is_a_distribution_in_which_nothing_is_certain() -> None:
    def share(low: float, high: float) -> float:
        """The share of the numbers from low to high, beside a count of 10, the largest."""
        both, one = (np.array([low, 10.0]), np.array([high, 10.0])), np.array([10.0])
        return float(np.exp(blind_guess(*both) - blind_guess(one, one)))

    each = [share(n, n) for n in range(11)]
    assert 0.1 < each[0] < 0.3  # a zero is likely, and no more than that
    assert each == sorted(each, reverse=True)
    assert share(0, np.inf) == pytest.approx(1.0)
    assert sum(each[:10]) + share(10, np.inf) == pytest.approx(1.0)
    # each doubling of 1 + count alike
    assert share(0, 0) == pytest.approx(share(1, 2)) == pytest.approx(share(3, 6))


@pytest.mark.parametrize(("expected", "better"), [(0.2, True), (100.0, False)])
def test_a_fit_of_zeros_is_held_against_a_guess_that_does_not_know_them(expected: float, better: bool) -> None:
    """Where nobody is expected and nobody came, that is better than a guess; where a hundred were, it is absurd."""
    zeros = tuple(counted_border.count(f"{c}-{d}", c, d, 0) for c in ("north", "south") for d in range(5))
    border = counted_border.border(zeros, {"gamma": counted_border.PARAMETERS["gamma"]})
    few = dataclasses.replace(border, demand=(tiny.flow(expected, 0, 5, published=None),))
    problem = Problem(few)
    found = fitness(fit(problem, points=400, draws=400), problem)
    assert (found.evidence > found.blind) == better
    assert ("blind guess" in found.told) == (not better)
    assert found.absurd == (not better)


def test_that_nobody_crosses_where_it_is_shut_is_no_merit_of_a_model(first: Fit) -> None:
    """A guess knows the orders as well: such a zero counts for neither."""
    zero = counted_border.count("north-5", "north", 5, 0)
    shut = tiny.closed("shut", "north", (5,), announced=(4,))
    with_it = Problem(counted_border.border((*counted_border.COUNTS[:6], zero), closures=(shut,)))
    without = Problem(counted_border.border(counted_border.COUNTS[:6], closures=(shut,)))
    assert len(with_it.cells) == len(without.cells) + 1
    assert fitness(first, with_it).blind == fitness(first, without).blind


def test_a_posterior_outside_its_prior_is_not_called_the_prior(tmp_path: Path) -> None:
    from crossings import Scenario

    scenario = Scenario.read(scenario_with_priors(tmp_path / "border"))
    rng = np.random.default_rng(1)
    prior = fit_of(scenario).prior_draws
    wide = Priors(list(scenario.settings.fit.parameters.values())).draws(500, 1)
    assert prior.shape[1] == wide.shape[1] == 3
    far = wide * np.array([4.0, 1.0, 1.4]) * np.exp(0.01 * rng.standard_normal(wide.shape))
    found = dataclasses.replace(fit_of(scenario), draws=far, prior_draws=wide)
    assert found.verdicts == ("outside its prior", "prior stays", "counts move it")
    assert found.table()["verdict"].to_list() == list(found.verdicts)
