"""Scores out of sample, naive forecasts, forecasts, evidence, and the commands."""

from __future__ import annotations

import dataclasses
import json
import types
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.special import logsumexp

import counted_border
import crossings as cx
import tiny
from crossings.calibration.evidence import Evidence, Judge, compare_hypotheses
from crossings.calibration.fit import fit
from crossings.calibration.forecast import forecast
from crossings.calibration.influence import influence
from crossings.calibration.likelihood import Hidden
from crossings.calibration.naive import naive_forecasts
from crossings.calibration.pool import climatology
from crossings.calibration.posterior import Fit
from crossings.calibration.problem import HYPOTHESES, Problem, carry_forward
from crossings.calibration.score import PRIOR, Score, score, score_of
from crossings.forecasting.opponents import RULES
from crossings.model import Model
from crossings.scenario.fit_spec import Parameter

Call = Callable[..., tuple[int, str, str]]
LAST = counted_border.COUNTS[5].from_.date().isoformat()  # three days are learned from


@pytest.fixture(scope="module")
def early() -> tuple[Problem, Fit]:
    problem = Problem(counted_border.border(), until=LAST)
    return problem, fit(problem, points=500, draws=150, threads=1)


@pytest.fixture(scope="module")
def held(early: tuple[Problem, Fit]) -> Score:
    problem, found = early
    return score(found, problem, LAST)


def test_a_score_holds_predictions_against_counts_not_seen(held: Score) -> None:
    assert held.n == 4
    said = held.to_json()
    assert set(said) >= {"n", "mae", "mae_naive", "crps", "crps_naive", "coverage", "rows"}
    assert set(said["rows"][0]) >= {"crossings", "stream", "from", "until", "count", "p05", "p50", "p95"}
    assert set(said["mae_naive"]) == set(RULES)
    assert held.coverage(0.9) >= held.coverage(0.5)
    samples = held.predictive.counts
    each = [np.abs(samples[:, i] - held.count[i]).mean() for i in range(4)]
    spread = [
        np.abs(samples[:, i][:, None] - samples[:, i][None, :]).sum() / (len(samples) * (len(samples) - 1))
        for i in range(4)
    ]
    assert held.crps == pytest.approx(np.mean(each) - np.mean(spread) / 2, rel=1e-6)
    low, high = held.predictive.quantile(0.05), held.predictive.quantile(0.95)
    outside = np.maximum(low - held.count, 0) + np.maximum(held.count - high, 0)
    assert held.interval_score(0.9) == pytest.approx(np.mean(high - low + outside * 2 / 0.1))
    assert held.crps < held.mae


@pytest.mark.slow  # the package takes four seconds to import
def test_scores_are_those_of_the_package(held: Score) -> None:
    scoringrules = pytest.importorskip("scoringrules")
    samples = held.predictive.counts
    low, high = held.predictive.quantile(0.05), held.predictive.quantile(0.95)
    assert held.crps_each() == pytest.approx(scoringrules.crps_ensemble(held.count, samples.T, estimator="fair"))
    assert held.interval_score(0.9) == pytest.approx(np.mean(scoringrules.interval_score(held.count, low, high, 0.1)))


def test_naive_forecasts_by_hand(early: tuple[Problem, Fit]) -> None:
    problem, _ = early
    cells = cx.Observations.read(problem.scenario).after(LAST).cells()
    naive = naive_forecasts(problem, cells, problem.model)
    assert set(naive) == set(RULES)
    for rule in ("as last counted", "closed = 0", "lost by share", "move a share"):
        assert naive[rule][:2] == pytest.approx([75, 28])
    assert naive["climatology"][:2] == pytest.approx([np.median([70, 66, 75]), np.median([33, 30, 28])])


def test_naive_forecasts_send_the_lost_flow_on() -> None:
    closed = tiny.closed("shut", "north", (3,), (6,), announced=(2, 30))
    shut = dataclasses.replace(counted_border.border(), closures=(closed,), written=(closed,))
    problem = Problem(counted_border.border(), until=LAST)
    cells = cx.Observations.read(problem.scenario).after(LAST).cells()
    naive = naive_forecasts(problem, cells, cx.Model(problem.given(shut)))
    assert naive["closed = 0"][:2] == pytest.approx([0, 28])
    assert naive["as last counted"][:2] == pytest.approx([75, 28])
    for rule in ("lost by share", "lost equally", "lost to nearest"):
        assert naive[rule][:2] == pytest.approx([0, 28 + 75])
    assert 28 < naive["move a share"][1] < 28 + 75


def test_naive_forecasts_of_weeks_of_sets_and_of_parts_of_sets() -> None:
    week = tiny.at(0), tiny.at(7)
    rows = (
        counted_border.count("both", "north;south", 0, 700, until=tiny.at(3)),
        counted_border.count("wait", "north", 1, 40, what="waiting"),
    )
    problem = Problem(counted_border.border(rows))
    cell = problem.cells[0]
    whole = dataclasses.replace(cell, crossings=("north", "south"), start=week[0], end=week[1])
    part = dataclasses.replace(whole, crossings=("north",))
    naive = naive_forecasts(problem, [whole, part], problem.model)
    rate = 700 / 3
    assert naive["as last counted"] == pytest.approx([7 * rate, 7 * rate / 2])
    assert naive["climatology"] == pytest.approx([7 * rate, 7 * rate / 2])
    several = Problem(counted_border.border())
    sets = [dataclasses.replace(several.cells[0], crossings=("north", "south"))]
    assert naive_forecasts(several, sets, several.model)["as last counted"] == pytest.approx([71 + 31])
    waiting = [c for c in problem.cells if c.what == "waiting"]
    assert naive_forecasts(problem, waiting, problem.model)["as last counted"] == pytest.approx([40])
    nobody = [dataclasses.replace(whole, streams=("others",))]
    assert naive_forecasts(problem, nobody, problem.model)["closed = 0"] == pytest.approx([0])


def test_naive_forecasts_know_directions_ends_and_what_is_none_of_theirs() -> None:
    closed = tiny.closed("shut", "north", (3,), (6,), announced=(2, 30))
    one_way = closed.model_copy(update={"direction": "BB", "until": tiny.at(5)})
    shut = dataclasses.replace(counted_border.border(), closures=(one_way,), written=(one_way,))
    problem = Problem(counted_border.border(), until=LAST)
    model = cx.Model(problem.given(shut))
    cell = dataclasses.replace(problem.cells[0], start=tiny.at(4), end=tiny.at(6))
    assert naive_forecasts(problem, [cell], model)["closed = 0"] == pytest.approx([75.0])  # one of two days
    unsaid = dataclasses.replace(cell, direction=None)
    both = types.SimpleNamespace(cells=tuple(dataclasses.replace(c, direction=None) for c in problem.cells))
    assert naive_forecasts(both, [unsaid], model)["closed = 0"] == pytest.approx([75.0])
    nothing = types.SimpleNamespace(cells=())
    assert naive_forecasts(nothing, [cell], model)["closed = 0"] == pytest.approx([0.0])
    others = types.SimpleNamespace(
        cells=tuple(dataclasses.replace(c, crossings=("north", "south"), streams=("others",)) for c in problem.cells)
    )
    assert naive_forecasts(others, [cell], model)["as last counted"] == pytest.approx([0.0])
    elsewhere = types.SimpleNamespace(cells=tuple(c for c in problem.cells if c.crossings == ("south",)))
    assert naive_forecasts(elsewhere, [cell], model)["as last counted"] == pytest.approx([0.0])
    pair = dataclasses.replace(cell, crossings=("north", "south"))
    assert naive_forecasts(elsewhere, [pair], model)["climatology"] == pytest.approx([2 * 30.0])
    bound = dataclasses.replace(problem.cells[-1], high=np.inf)
    bounded = types.SimpleNamespace(cells=(*problem.cells[:-1], bound))
    whole = dataclasses.replace(cell, crossings=bound.crossings)
    before = [c for c in problem.cells if c.crossings == bound.crossings and c.end < bound.end]
    assert naive_forecasts(bounded, [whole], problem.model)["as last counted"] == pytest.approx([2 * before[-1].low])


def test_a_later_order_is_seen_only_where_it_is_given(early: tuple[Problem, Fit]) -> None:
    closed = tiny.closed("shut", "north", (3,), (6,), announced=(2, 30))
    shut = dataclasses.replace(counted_border.border(), closures=(closed,), written=(closed,))
    problem = Problem(shut, until=LAST)
    found = dataclasses.replace(early[1])
    cells = cx.Observations.read(shut).after(LAST).cells()
    models = {"then": problem.model, "later": Model(problem.given(shut))}
    then, later = (score_of(found, problem, cells, model, given=g) for g, model in models.items())
    north = [i for i, c in enumerate(then.cells) if c.crossings == ("north",)]
    assert np.all(then.predictive.mean[:, north] > 20)
    assert np.all(later.predictive.mean[:, north] < 5)
    assert later.naive["closed = 0"][north] == pytest.approx(0.0)
    # Counts that the order makes zero are left out, whichever orders are given.
    for given in models:
        held = score(found, problem, LAST, given=given)
        assert {c.crossings for c in held.cells} == {("south",)}
        assert held.zero == len(north) > 0


def test_each_opponent_has_a_skill_with_its_range_and_the_prior_alone_is_one(held: Score) -> None:
    said = held.to_json()
    assert set(said["skill"]) == set(said["crps_naive"]) == {*RULES, PRIOR}
    assert sum(said["pit"]) == pytest.approx(1.0)
    assert said["zero_by_order"] == 0
    for name, (skill, low, high) in said["skill"].items():
        assert skill == pytest.approx(1 - said["crps"] / said["crps_naive"][name])
        assert low <= skill <= high
    # Against its own twin a forecast has no skill, and no doubt about it.
    twin = dataclasses.replace(held, prior=held.predictive)
    assert twin.skill()[PRIOR] == pytest.approx((0.0, 0.0, 0.0))


def test_the_pool_is_half_the_fit_and_half_what_days_at_open_crossings_counted(early: tuple[Problem, Fit]) -> None:
    problem, found = early
    held = score(found, problem, LAST)
    pool = held.of_pool
    assert pool is not None
    assert held.pool is not None
    half = len(held.pool.counts) // 2
    assert len(held.predictive.counts) == 2 * half
    counted = {(c.low + c.high) / 2 for c in problem.cells}  # a day each, at a crossing
    assert set(np.unique(held.pool.counts[half:])) <= counted
    assert set(np.unique(held.pool.counts[:half])) <= set(np.unique(held.predictive.counts))
    said = held.to_json()
    assert said["pool"]["crps"] == pytest.approx(pool.crps)
    # A linear pool is never worse than the mean of both.
    alone = dataclasses.replace(held, predictive=dataclasses.replace(held.pool, counts=held.pool.counts[half:]))
    assert pool.crps <= (held.crps + alone.crps) / 2 * 1.02


def test_a_crossing_that_is_closed_has_no_climatology(early: tuple[Problem, Fit]) -> None:
    closed = tiny.closed("shut", "north", (3,), (6,), announced=(2, 30))
    shut = dataclasses.replace(counted_border.border(), closures=(closed,), written=(closed,))
    problem = Problem(shut, until=LAST)
    cells = cx.Observations.read(shut).after(LAST).cells()
    other = climatology(problem, cells, Model(problem.given(shut)), 200, 1)
    assert other is not None
    north = [i for i, c in enumerate(cells) if c.crossings == ("north",)]
    assert np.all(other[:, north] == 0)
    assert np.all(np.delete(other, north, axis=1) > 0)


def test_a_forecast_adds_up(early: tuple[Problem, Fit]) -> None:
    problem, found = early
    ahead = forecast(found, problem, counted_border.COUNTS[6].from_.date())
    table, totals = ahead.table(), ahead.totals()
    assert table.height == 2 * 3
    assert totals["mean"].sum() == pytest.approx(table["mean"].sum())
    assert (table["p05"] <= table["p50"]).all()
    both = forecast(found, problem, counted_border.COUNTS[6].from_.date(), pool=True).table()
    assert both.height == table.height
    assert not both.equals(table)
    with pytest.raises(cx.InputError, match="outside of the scenario"):
        forecast(found, problem, "1999-01-01")


def test_the_last_known_rate_goes_on() -> None:
    finland = cx.Scenario.read("finland-2023")
    known = finland.known_through("2023-11-17")
    further = carry_forward(known)
    end = finland.settings.end
    for origin in ("st-petersburg", "kostomuksha"):
        assert max(s.until for s in further.stocks if s.origin == origin) == end
    assert carry_forward(further) == further


def test_hypotheses_differ_only_in_how_people_come() -> None:
    problem = Problem(counted_border.border())
    posed = {h: dataclasses.replace(problem, hypothesis=h) for h in HYPOTHESES}
    names = {h: set(p.parameters) for h, p in posed.items()}
    assert names["grouped"] - names["independent"] == {"groups"}
    assert names["switched"] - names["grouped"] == {"switched"}
    values = problem.priors.at(np.full(4, 0.5))
    grouped = posed["grouped"].likelihood()(values)
    assert posed["switched"].likelihood()(np.append(values, 0.0)) == pytest.approx(grouped)
    hidden = posed["switched"].likelihood()
    mean = hidden.mean(np.append(values, 0.3))
    assert hidden.hidden is not None
    total = hidden.hidden.whole.of(hidden.expectation.fluid)
    states = hidden.hidden.means(mean, total, 0.3)
    assert states.shape == (2, 10)
    assert states[0, 0] == pytest.approx(0.7 * mean[0] + 0.3 * total[0])  # north is the one
    assert states[0, 1] == pytest.approx(0.7 * mean[1])
    assert np.allclose(states[:, ::2] + states[:, 1::2], mean[::2] + mean[1::2], rtol=0.02)


def test_data_that_switch_are_told_from_data_that_do_not() -> None:
    rows = []
    for day, one in enumerate(["north", "south", "south", "north", "south"]):
        for where in ("north", "south"):
            rows.append(counted_border.count(f"{where}-{day}", where, day, 95.0 if where == one else 5.0))
    found = compare_hypotheses(
        Problem(counted_border.border(tuple(rows))), points=400, widths=(1.0,), synthetic=20, threads=1
    )
    assert found.log10_bayes_factor() > 1
    assert found.shares[1] > 0.4
    assert found.powers["switched"] > 0.5
    assert set(found.to_json()) >= {"log10_bayes_factor", "low", "high", "power", "verdict"}


def test_the_power_check_judges_as_the_likelihood_does() -> None:
    problem = Problem(counted_border.border())
    likelihood = problem.likelihood()
    hidden = Hidden(problem.model, likelihood)
    base, shares = [], np.array([0.1, 0.4, 0.7])
    for values in problem.priors.draws(3, 1):
        mean = likelihood.mean(values)
        full = likelihood.full(mean)
        base.append((mean, full, dict(likelihood.numbers.noise), hidden.whole.of(likelihood.expectation.fluid)))
    counts = likelihood.low + 3.0
    found = Judge(likelihood, hidden, base, shares).log10_bayes_factor(counts)
    likelihood.low = likelihood.high = counts
    one = [likelihood.score(mean, full, noise) for mean, full, noise, _ in base]
    two = [
        likelihood.score_states(hidden.means(mean, total, share), full, hidden.possible, noise)
        for (mean, full, noise, total), share in zip(base, shares, strict=True)
    ]
    assert found == pytest.approx((logsumexp(two) - logsumexp(one)) / np.log(10.0), abs=1e-9)
    assert abs(found) > 1e-3


def test_a_verdict_needs_one_sign_and_power() -> None:
    def evidence(factors: tuple[float, ...], power: float) -> Evidence:
        at = {
            w: {"grouped": (0.0, 0.1), "switched": (f * np.log(10), 0.1)}
            for w, f in zip((0.5, 1.0, 2.0), factors, strict=True)
        }
        return Evidence(at, {"grouped": power, "switched": power}, 100, (0.0, 0.1, 0.2), {})

    assert evidence((1.5, 2.0, 1.1), 0.9).verdict == "switched"
    assert evidence((-1.5, -2.0, -1.1), 0.9).verdict == "grouped"
    assert evidence((1.5, 2.0, 0.9), 0.9).verdict.startswith("undecided: the Bayes factor")
    assert evidence((1.5, 2.0, 1.1), 0.7).verdict.startswith("undecided: of synthetic data of this size 70%")


def test_the_commands_say_what_was_learned(call: Call, tmp_path: Path) -> None:
    here = tmp_path / "border"
    counted_border.border().write(here)
    status, out, _ = call("fit", here, "--until", LAST, "--points", "200", "--out", tmp_path / "fit", "--threads", "1")
    assert status == 0
    assert "volume" in out
    assert "contraction" in out
    status, out, _ = call("fit", here, "--until", LAST, "--points", "200", "--json", "--threads", "1")
    assert status == 0
    assert json.loads(out)["fits"]["absurd"] is False
    status, out, _ = call("score", here, "--fit", tmp_path / "fit", "--json")
    said = json.loads(out)
    assert status == 0
    assert said["n"] == 4
    assert said["given"] == "later"
    assert said["then"]["given"] == "then"
    status, out, _ = call("score", here, "--fit", tmp_path / "fit")
    assert status == 0
    assert "held out but not blind" in out
    status, out, _ = call("forecast", here, "--fit", tmp_path / "fit", "--out", tmp_path / "ahead.csv")
    assert status == 0
    assert (tmp_path / "ahead.csv").read_text().startswith("stream,crossing,direction,date,mean,p05")
    status, out, _ = call("forecast", here, "--fit", tmp_path / "fit", "--json")
    assert len(json.loads(out)["rows"]) == 6
    plain = tmp_path / "plain"
    counted_border.border(parameters=counted_border.NOISE).write(plain)
    status, out, _ = call("evidence", plain, "--points", "200", "--synthetic", "2", "--json", "--threads", "1")
    assert status == 0
    assert json.loads(out)["verdict"].startswith(("undecided", "grouped", "switched"))


def fit_of(yaml: str) -> Callable[[Path], None]:
    def write(here: Path) -> None:
        text = (here / "scenario.yaml").read_text()
        (here / "scenario.yaml").write_text(text[: text.index("fit:")] + yaml)

    return write


def counts_of(text: str) -> Callable[[Path], None]:
    def write(here: Path) -> None:
        head = (here / "observations.csv").read_text().splitlines()[0]
        names = head.split(",")
        row = dict.fromkeys(names, "")
        row |= {
            "id": "a",
            "crossings": "north",
            "streams": "people",
            "unit": "persons",
            "what": "crossed",
            "status": "final",
        }
        row |= dict(pair.split("=") for pair in text.split(";") if pair)
        (here / "observations.csv").write_text(head + "\n" + (",".join(row[n] for n in names) + "\n" if text else ""))

    return write


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (counts_of(""), "there is no count"),
        (
            counts_of("from=1999-01-01;until=1999-01-02;count=3;published=1999-01-03"),
            "every count ends before the run starts",
        ),
        (counts_of("from=2024-01-02;until=2024-01-02;count=-3"), "count"),
        (counts_of("from=2024-01-02;until=2024-01-02;count=3.5"), "count"),
        (fit_of("fit:\n  parameters:\n    x: {prior: 'lognormal(1, 1)', set: behaviour.gama}\n"), "did you mean"),
        (fit_of("fit:\n  parameters:\n    x: {prior: 'uniform(3, 1)', set: behaviour.gamma}\n"), "excludes everything"),
        (
            fit_of("fit:\n  parameters:\n    x: {prior: 'lognormal(1, 1)', set: lanes.per_hour, ids: [zz]}\n"),
            "not a lane",
        ),
        (
            fit_of("fit:\n  parameters:\n    x: {prior: 'normal(0, 1)', set: behaviour.alpha, ids: [nort]}\n"),
            "is no crossing and no place",
        ),
        (
            fit_of("fit:\n  parameters:\n    x: {prior: 'lognormal(1, 1)', set: behaviour.gamma, orign: home}\n"),
            "did you mean",
        ),
        (fit_of("fit:\n  parameters:\n    x: {prior: 'normal(0, 1)'}\n"), "what it changes is not said"),
        (
            fit_of(
                "fit:\n  streams: [peple]\n  parameters:\n    x: {prior: 'lognormal(1, 1)', set: behaviour.gamma}\n"
            ),
            "did you mean",
        ),
        (fit_of("fit: {}\n"), "there is nothing to learn"),
        (fit_of("fit:\n  parameters:\n    x: {prior: 'normal(0, 1)', set: behaviour.setup_h}\n"), "write lognormal"),
        (
            fit_of("fit:\n  parameters:\n    x: {prior: 'lognormal(1, 1)', set: behaviour.give_up}\n"),
            "write uniform(0, 1) or beta",
        ),
        (
            fit_of("fit:\n  parameters:\n    x: {prior: 'lognormal(1, 1)', set: noise.group_size}\n"),
            "write 1 + lognormal",
        ),
    ],
)
def test_what_cannot_be_learned_is_one_line(
    call: Call, tmp_path: Path, change: Callable[[Path], None], words: str
) -> None:
    here = tmp_path / "border"
    counted_border.border().write(here)
    change(here)
    status, out, err = call("fit", here, "--out", tmp_path / "fit")
    assert status == 2
    assert out == ""
    assert words in err
    assert len(err.splitlines()) == 1
    assert not (tmp_path / "fit").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--fix", "volume"), "write NAME=VALUE"),
        (("--fix", "volum=1"), "did you mean"),
        (("--fix", "volume=-1"), "volume cannot be -1"),
        (("--fix", "volume=nan"), "volume cannot be nan"),
        (("--width", "0"), "--width"),
        (("--points", "3"), "--points"),
        (("--until", "yesterday"), "until"),
    ],
)
def test_options_of_fit_are_checked(call: Call, tmp_path: Path, options: tuple[str, ...], words: str) -> None:
    counted_border.border().write(tmp_path / "border")
    status, _, err = call("fit", tmp_path / "border", *options)
    assert status == 2
    assert words in err
    assert len(err.splitlines()) == 1


def test_a_fit_of_another_scenario_is_refused(call: Call, early: tuple[Problem, Fit], tmp_path: Path) -> None:
    early[1].write(tmp_path / "fit")
    status, _, err = call("score", "finland-2023", "--fit", tmp_path / "fit", "--after", "2023-11-17")
    assert status == 2
    assert len(err.splitlines()) == 1
    status, _, err = call("score", "finland-2023", "--fit", tmp_path / "nothing", "--after", "2023-11-17")
    assert status == 2
    assert "is not a fit folder" in err


def test_a_count_on_which_much_hangs_is_named() -> None:
    rows = (
        counted_border.count("all-0", "north;south", 0, 170.0),
        counted_border.count("all-1", "north;south", 1, 50.0),
    )
    later = counted_border.count("all-4", "north;south", 4, 100.0)
    parameters = {
        "volume": Parameter(prior="lognormal(1, 1.5)", scale="demand.per_day"),
        "groups": Parameter(prior="uniform(24, 26)", set="noise.group_size"),
    }
    day = rows[1].from_.date().isoformat()
    problem = Problem(counted_border.border((*rows, later), parameters), until=day)
    held = score(fit(problem, points=1000, draws=1000, threads=1), problem, day)
    moved = influence(problem, held.predictive)
    assert moved["all-0"] < -0.25  # without it fewer are expected
    assert moved.get("all-1", 1.0) > 0


def test_the_priors_alone_are_shown_before_a_fit(call: Call, tmp_path: Path) -> None:
    counted_border.border().write(tmp_path / "border")
    status, out, _ = call("fit", tmp_path / "border", "--prior-only", "--json")
    assert status == 0
    rows = json.loads(out)["prior_predictive"]
    assert [r["id"] for r in rows] == [o.id for o in counted_border.COUNTS]
    assert all(r["p05"] < r["p50"] < r["p95"] for r in rows)
    status, out, _ = call("fit", tmp_path / "border", "--prior-only")
    assert "before any fit" in out
