"""The noise of the simulation is that of the likelihood: counts of Finland's asylum seekers to 17 November, by both.

Stated: where no queue stands, means agree within 4 standard errors and 5% (the large-number limit), variances within 20%
taken together (a day factor of the origin's date is shared by two nights, and a stock that many leave is finite). Where
the exit control holds people back, a count tells of service, in both.
"""

from __future__ import annotations

import numpy as np
import pytest

import crossings as cx
from crossings.calibration.draws import Draws
from crossings.calibration.parameter_map import Numbers, with_numbers
from crossings.calibration.problem import Problem
from crossings.kernel.agents.tally import COUNTS, tally
from crossings.observations.weights import weigh
from crossings.simulation.outcome import simulate_once
from fits import PRIORS_TEXT, fit_of, scenario_with_priors

SEEDS = 300
VALUES = {
    "hazard": 0.18,
    "growth": 0.07,
    "before": 0.85,
    "waiting": 340.0,
    "joining": 1.15,
    "rush": 2.8,
    "gamma": 2.5,
    "nuijamaa": -0.3,
    "niirala": 0.5,
    "unused": 0.5,
    "later": 1.0,
    "give-up": 0.19,
    "setup": 11.0,
    "hold": 0.6,
    "exit-pace": 3.4,
    "north-supply": 1.3,
    "vartius-pace": 9.3,
    "salla-pace": 7.3,
    "group-size": 5.5,
    "day-shape": 10.0,
    "supply": 0.0,  # levels that last are in forecasts of expected flows; runs have those of a day
    "route": 0.0,
}
FREE = ("se-week-45", "se-13-night", "se-13-rest", "se-14-night", "se-14-rest", "se-15-night", "se-15-day")
FREE += ("vartius-16-by-15", "vartius-16-rest", "niirala-17", "vartius-17")
HELD = ("se-16-night", "se-16-rest", "se-17-day")


@pytest.fixture(scope="module")
def finland():
    """By cell: what each seed counts, and the mean and variance of the likelihood."""
    scenario = cx.Scenario.read("finland-2023")
    problem = Problem(scenario, until="2023-11-17")
    values = np.array([VALUES[name] for name in scenario.settings.fit.parameters])
    assert tuple(problem.parameters) == tuple(scenario.settings.fit.parameters)
    draws, model = Draws.of(fit_of(scenario, [values]), scenario), problem.model
    weighed = weigh(problem.cells, model)
    counts = []
    for seed in range(1, SEEDS + 1):
        drawn = draws.draw(model, seed)
        outcome = simulate_once(drawn, seed)
        found, _ = tally(drawn.tables, outcome.visits, weighed.edges, outcome.crowd.size)
        counts.append(np.einsum("cpg,pg->c", weighed.weights, found[:, :, COUNTS.index("crossed")]))
    likelihood = problem.likelihood()
    with_floor = likelihood.mean(values)
    mean, full = with_floor - likelihood.floor, likelihood.full(with_floor)
    rest = mean * (1.0 - full)
    variance = rest * VALUES["group-size"] + mean * full
    variance += rest**2 / (VALUES["day-shape"] * likelihood.lengths[likelihood.day])
    ids = [cell.id for cell in problem.cells]
    by_seed = np.array(counts)
    return {name: (by_seed[:, i], mean[i], variance[i]) for i, name in enumerate(ids)}


@pytest.mark.parametrize("name", FREE)
def test_means_agree(finland, name):
    counts, mean, _ = finland[name]
    assert abs(counts.mean() - mean) < 4 * counts.std(ddof=1) / np.sqrt(SEEDS) + 0.05 * mean


def test_variances_agree(finland):
    ratios = np.array([finland[name][0].var(ddof=1) / finland[name][2] for name in FREE])
    assert abs(ratios.mean() - 1) < 0.2
    assert (np.abs(ratios - 1) < 0.2 + 4 * np.sqrt(4 / SEEDS)).all()
    alone = np.array([finland[name][2] / finland[name][1] for name in FREE])
    assert (alone > 5).all()  # so people who come alone would have a fifth of the variance


@pytest.mark.parametrize("name", HELD)
def test_where_people_are_held_back_counts_scatter_as_the_service_does(finland, name):
    """In runs 0.65 to 0.95 of the likelihood's variance; it was a sixth to two fifths with the noise of those who come."""
    counts, mean, variance = finland[name]
    assert counts.mean() == pytest.approx(mean, rel=0.15)
    assert 0.5 < counts.var() / variance < 1.2


NOISE = (
    PRIORS_TEXT
    + """    together: {prior: "1 + lognormal(4, 0.5)", set: noise.group_size}
    scatter: {prior: "lognormal(10, 0.5)", set: noise.day_shape}
"""
)


def test_a_draw_brings_its_noise_along(tmp_path):
    scenario = cx.Scenario.read(scenario_with_priors(tmp_path / "border", NOISE))
    model = cx.Model(scenario)
    draws = Draws.of(fit_of(scenario, [[150.0, 3.0, 2.0, 1.0, 1e9], [150.0, 3.0, 2.0, 6.0, 3.0]]), scenario)
    mine, other = model.streams["seekers"], model.streams["travellers"]
    alone, grouped = draws.draw(model, 0), draws.draw(model, 1)
    assert grouped.tables.streams["party"][mine] == 6.0
    assert grouped.tables.streams["day_shape"][mine] == 3.0
    assert alone.tables.streams["party"].tolist() == [1.0, 1.0]
    assert (grouped.tables.streams["party"][other], grouped.tables.streams["day_shape"][other]) == (1.0, 0.0)
    assert set(grouped.people.days["stream"].tolist()) == {mine}
    assert not model.people.days.size
    (few,), (many,) = (np.where(simulate_once(m, 1).crowd["behind"] > 0, 1, 0).nonzero() for m in (alone, grouped))
    assert not few.size
    assert many.size > 20


def test_the_scenarios_own_noise_holds_where_none_is_learned(tmp_path):
    scenario = cx.Scenario.read(scenario_with_priors(tmp_path / "border"))
    scenario = scenario.with_behaviour("seekers", group_size=4.0, day_shape=7.0)
    model = cx.Model(scenario)
    numbers = Numbers(model, dict(scenario.settings.fit.parameters), ["seekers"])
    drawn = with_numbers(model, numbers, np.array([150.0, 3.0, 2.0]))
    assert numbers.noise == {"group_size": 4.0, "day_shape": 7.0, "supply_sd": 0.0, "route_sd": 0.0}
    assert drawn.tables.streams["party"][model.streams["seekers"]] == 4.0
    assert drawn.tables.streams["day_shape"][model.streams["seekers"]] == 7.0
