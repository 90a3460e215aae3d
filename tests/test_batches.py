"""Many likelihoods in one compiled call equal the plain ones, whatever is learned, on any number of threads."""

from __future__ import annotations

import resource

import numpy as np
import pytest

import counted_border
import crossings as cx
from crossings.calibration.batches import Batches
from crossings.calibration.levels import moves
from crossings.calibration.likelihood import Likelihood
from crossings.calibration.parameter_map import Numbers
from crossings.calibration.priors import Priors
from crossings.calibration.problem import HYPOTHESES, Problem
from crossings.scenario.fit_spec import SHARES, TARGETS, Parameter
from test_headcounts import camps, made_up

UNTIL = "2023-11-17"
NORTH = ("vartius", "kuusamo", "salla", "raja-jooseppi")


@pytest.fixture(scope="module")
def finland() -> cx.Scenario:
    return cx.Scenario.read("finland-2023")


@pytest.fixture(scope="module")
def asked(finland: cx.Scenario) -> Problem:
    return Problem(finland, until=UNTIL)


def fitted(scenario: cx.Scenario, streams: tuple[str, ...]) -> Problem:
    """The scenario's fit, of these streams."""
    fit = scenario.settings.fit.model_copy(
        update={"streams": streams, "parameters": {"x": parameter("behaviour.gamma", "set")}}
    )
    return Problem(scenario.with_settings(fit=fit), until=UNTIL)


@pytest.fixture(scope="module")
def of_streams(finland: cx.Scenario) -> dict[tuple[str, ...], Problem]:
    return {streams: fitted(finland, streams) for streams in (("asylum",), ("travellers",))}


def same(likelihood: Likelihood, values: np.ndarray) -> None:
    batches = Batches(likelihood, threads=3)
    plain = np.array([likelihood(v) for v in values])
    means, fulls = [], []
    for v in values:
        means.append(likelihood.mean(v))
        fulls.append(likelihood.full(means[-1]))
    # Curvatures of the integral over levels are by differences, which magnify the last bit of a mean.
    near = 1e-11 if not any(moves(noise) for noise in batches.noise(values)) else 1e-7
    assert batches.log_likelihoods(values) == pytest.approx(plain, rel=near, abs=near)
    expected = batches.expected(values)
    assert expected.mean == pytest.approx(np.array(means), rel=1e-11, abs=1e-11)
    assert expected.full == pytest.approx(np.array(fulls), rel=1e-9, abs=1e-9)
    assert Batches(likelihood, threads=1).log_likelihoods(values).tobytes() == batches.log_likelihoods(values).tobytes()
    assert batches.log_likelihoods(values[::-1])[::-1].tobytes() == batches.log_likelihoods(values).tobytes()
    batches.close()


@pytest.mark.parametrize("hypothesis", HYPOTHESES)
def test_the_bundled_fit(finland: cx.Scenario, hypothesis: str) -> None:
    problem = Problem(finland, until=UNTIL, hypothesis=hypothesis)
    same(problem.likelihood(), problem.priors.draws(12, 5))


def test_later_counts_and_parameters_that_are_held(finland: cx.Scenario) -> None:
    problem = Problem(finland, until="2023-11-22", fixed=(("rush", 3.0), ("group-size", 4.0), ("day-shape", 7.0)))
    same(problem.likelihood(), problem.priors.draws(6, 5))


def each_way() -> list[tuple[str, str]]:
    """Every target in every way in which it can be changed."""
    found = []
    for target in TARGETS:
        for how in ("set", "scale", "grow"):
            try:
                parameter(target, how)
            except ValueError:
                continue
            found.append((target, how))
    return found


def parameter(target: str, how: str, **more: object) -> Parameter:
    ids = {"behaviour.alpha": ("salla",), "behaviour.levelled": NORTH, "lanes.per_hour": ("*-asylum*",)}.get(target, ())
    prior = "beta(2, 2)" if target in SHARES else "normal(0, 0.1)" if how == "grow" else "1 + lognormal(1, 0.5)"
    return Parameter.model_validate({"prior": prior, how: target, "ids": ids} | more)


@pytest.mark.parametrize(("target", "how"), each_way())
def test_whatever_can_be_learned_is_the_same_number_in_both(
    finland: cx.Scenario, asked: Problem, of_streams: dict[tuple[str, ...], Problem], target: str, how: str
) -> None:
    streams = ("travellers",) if target.endswith(("beta", "outside_h", "flexible_days")) else ("asylum",)
    if target == "behaviour.flexible_days":
        finland = finland.with_behaviour("travellers", flexible_days=2.0)
    if target.startswith("behaviour.recovery"):
        finland = finland.with_behaviour("asylum", recovery_at_once=0.7, recovery_days=5.0)
    if target == "behaviour.board_delay_h":
        finland = finland.with_behaviour("asylum", board_delay_h=2.0)
    if (target, how) == ("behaviour.outside_km", "scale"):
        finland = finland.with_behaviour("asylum", outside_km=3000.0)
    problem = of_streams[streams] if finland is asked.scenario else fitted(finland, streams)
    listed = {"x": parameter(target, how)}
    numbers = Numbers(problem.model, listed, streams)
    likelihood = Likelihood(problem.model, numbers, asked.cells, 0.1, switched=target == "noise.switched")
    values = Priors(list(listed.values())).draws(2, 3)
    same(likelihood, values)
    compiled = Batches(likelihood, threads=1)
    compiled.log_likelihoods(values)
    of_batch, _ = compiled._taken()
    numbers.apply(values[-1])
    for name in ("streams", "shifts", "journeys"):
        assert close(getattr(of_batch.tables, name), getattr(numbers.tables, name)), name
    for name in ("cells", "hazards"):
        assert close(getattr(of_batch.people, name), getattr(numbers.people, name)), name
    assert of_batch.noise == pytest.approx(numbers.noise)
    before = Numbers(problem.model, {}, streams)
    noise = target.startswith("noise.")
    tables = (numbers.tables.streams, numbers.tables.shifts, numbers.tables.journeys, numbers.people.cells)
    given = (before.tables.streams, before.tables.shifts, before.tables.journeys, before.people.cells)
    hazards = close(numbers.people.hazards, before.people.hazards)
    unchanged = hazards and all(close(a, b) for a, b in zip(tables, given, strict=True))
    assert unchanged == noise  # what is learned acts


def close(a: np.ndarray, b: np.ndarray) -> bool:
    return all(np.allclose(a[name], b[name], rtol=1e-13, atol=0.0, equal_nan=True) for name in a.dtype.names)


def test_two_parameters_may_level_crossings_apart(asked: Problem) -> None:
    model = asked.model
    level = {
        "north": parameter("behaviour.levelled", "set", ids=NORTH),
        "south": parameter("behaviour.levelled", "set", ids=("vaalimaa", "nuijamaa")),
    }
    both = Numbers(model, level, ["asylum"])
    one = Numbers(model, {"north": level["north"]}, ["asylum"])
    weight = both.apply(np.array([0.6, 0.0]))[0].journeys["weight"].copy()
    assert np.allclose(weight, one.apply(np.array([0.6]))[0].journeys["weight"], rtol=1e-12)
    assert not np.allclose(weight, both.apply(np.array([0.6, 0.5]))[0].journeys["weight"])
    same(Likelihood(model, Numbers(model, level, ["asylum"]), asked.cells, 0.1), np.full((2, 2), 0.4))


def test_people_counted_at_places() -> None:
    problem = Problem(camps(made_up(0.2, 130), 130))
    same(problem.likelihood(), problem.priors.draws(10, 2))


def test_counts_of_every_kind() -> None:
    kinds = ("crossed", "arrived", "waiting")
    rows = tuple(counted_border.count(f"{what}-{day}", "north", day, 5.0, what=what) for day, what in enumerate(kinds))
    problem = Problem(counted_border.border(rows))
    same(problem.likelihood(), problem.priors.draws(10, 2))


def test_memory_does_not_grow_with_the_batch(asked: Problem) -> None:
    batches = Batches(asked.likelihood(), threads=2)
    batches.log_likelihoods(asked.priors.draws(64, 1))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    batches.log_likelihoods(asked.priors.draws(1024, 1))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 10_000  # kilobytes
    assert len(batches._free) <= 2
