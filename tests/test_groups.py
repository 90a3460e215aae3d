"""People who come in groups: their numbers follow the negative binomial law, they go together, and one alone is as before."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

import tiny
from crossings.kernel.agents.people import draw_numbers, populate
from crossings.kernel.core.layout import FAR
from crossings.model import Model
from crossings.scenario import Scenario
from crossings.scenario.entities import Brought
from crossings.simulation.outcome import simulate_once
from reference_draws import group_number

SEEDS = range(1, 401)


def world(size, per_day=0.0, initial=0, **behaviour):
    """Two crossings without lanes; one day of a flow, or of a stock of which half leaves in it."""
    kind = "stock" if initial else "flow"
    demand = () if initial else (tiny.flow(per_day),)
    stocks = (tiny.rush_hour(initial, hazard=0.7),) if initial else ()
    behaviour = {"gamma": 0.8, "outside_km": 1e9, "group_size": size, **behaviour}
    return tiny.two_crossings(demand=demand, stocks=stocks, streams=tiny.people(kind, **behaviour))


@pytest.fixture(scope="module")
def made():
    """name -> Model and the outcomes of all seeds, each made once."""
    kept = {}

    def make(size, **given):
        key = (size, *sorted(given.items()))
        if key not in kept:
            model = Model(world(size, **given))
            kept[key] = model, [simulate_once(model, seed) for seed in SEEDS]
        return kept[key]

    return make


def crossed(model, outcome):
    """People who crossed, by crossing."""
    gates = outcome.fate["crossed_gate"][outcome.fate["crossed"] < FAR]
    return np.array([np.sum(gates == g) for g, gate in enumerate(model.gates) if gate.direction == "BB"])


def groups_of(crowd):
    found = defaultdict(list)
    for person in crowd:
        found[int(person["who"]) - int(person["behind"])].append(person)
    return found


@pytest.mark.parametrize("size", [1.001, 2.0, 5.5, 30.0])
def test_sizes_are_a_logarithmic_series(size):
    law = stats.logser(1 - 1 / size)
    for u in (1e-6, 0.2, 0.5, 0.9, 0.999):
        assert group_number(size, u) == max(1, law.ppf(u))
    assert law.mean() == pytest.approx((size - 1) / np.log(size))
    assert (law.var() + law.mean() ** 2) / law.mean() == pytest.approx(size)  # the group of a person


@pytest.mark.parametrize("given", [{"per_day": 24.0}, {"initial": 24}])
@pytest.mark.parametrize("size", [1.2, 5.5, 12.0])
def test_how_many_there_are_is_negative_binomial(size, given):
    model = Model(world(size, **given))
    number = np.array([draw_numbers(np.uint64(s), model.tables, model.people).sum() for s in range(1, 3001)])
    law = stats.nbinom(24.0 / (size - 1), 1 / size)
    assert law.var() == pytest.approx(24.0 * size)
    edges = np.unique(law.ppf([0.1, 0.3, 0.5, 0.7, 0.9])).astype(int)
    cells = np.diff([0.0, *law.cdf(edges), 1.0])
    counts = np.histogram(number, bins=[-0.5, *(edges + 0.5), 1e9])[0]
    assert stats.chisquare(counts, cells * number.size).pvalue > 0.001


@pytest.mark.parametrize("given", [{"per_day": 30.0}, {"initial": 60}])
def test_counts_of_each_crossing_have_the_noise_of_the_likelihood(made, given):
    size = 4.0
    model, outcomes = made(size, **given)
    counts = np.array([crossed(model, o) for o in outcomes]).astype(float)
    assert (counts.mean(axis=0) > 5).all()
    for column in counts.T:  # variance over mean is b, within four standard errors of that ratio
        mean, variance, n = column.mean(), column.var(ddof=1), column.size
        r = mean / (size - 1)
        kurtosis = 6 / r + 1 / (mean * size)
        error = size * np.sqrt((2 + kurtosis) / n + size / (n * mean))
        assert abs(variance / mean - size) < 4 * error
    a, b = counts.T[:2]
    assert abs(np.corrcoef(a, b)[0, 1]) < 4 / np.sqrt(len(outcomes))  # split by chance, they are independent


@pytest.mark.parametrize("given", [{"per_day": 40.0}, {"initial": 60}])
def test_a_group_goes_together(made, given):
    _, outcomes = made(6.0, knowledge_delay_h=3.0, journey_cv=0.5, **given)
    several = 0
    for outcome in outcomes[:20]:
        at = {int(who): k for k, who in enumerate(outcome.crowd["who"])}
        for members in groups_of(outcome.crowd).values():
            rows = [at[int(p["who"])] for p in members]
            several += len(rows) > 1
            assert len(set(outcome.crowd["leave"][rows].tolist())) == 1
            for field in ("left", "crossed", "crossed_gate", "hours", "state"):
                assert len(set(outcome.fate[field][rows].tolist())) == 1
            numbers = sorted(p["behind"] for p in members)
            assert numbers == list(range(len(numbers)))
    assert several > 40


def test_groups_of_over_256_have_several_leaders():
    model = Model(world(900.0, per_day=3000.0))
    seed = next(s for s in range(1, 200) if draw_numbers(np.uint64(s), model.tables, model.people).sum() > 2000)
    crowd = populate(
        np.uint64(seed), 0, model.tables, model.people, draw_numbers(np.uint64(seed), model.tables, model.people)
    )
    sizes = [len(g) for g in groups_of(crowd).values()]
    assert max(sizes) == 256
    for members in groups_of(crowd).values():
        assert len({int(p["leave"]) for p in members}) == 1


def test_more_demand_adds_groups_and_changes_none():
    few, many = (simulate_once(Model(world(5.0, per_day=n)), 3) for n in (40.0, 55.0))
    known = {int(p["who"]): p for p in many.crowd}
    fates = {int(p["who"]): f for p, f in zip(many.crowd, many.fate, strict=True)}
    assert few.crowd.size < many.crowd.size
    for person, fate in zip(few.crowd, few.fate, strict=True):
        other = known[int(person["who"])]
        assert (person["leave"], person["behind"]) == (other["leave"], other["behind"])
        assert fate["crossed"] == fates[int(person["who"])]["crossed"]


def test_the_brought_are_brought_group_by_group():
    brought = Brought(share=0.5, group_size=3, rotate=("north", "south"), dwell_h=24.0)
    outcome = simulate_once(Model(world(5.0, per_day=200.0, brought=brought)), 1)
    groups = groups_of(outcome.crowd)
    assert {len({bool(p["brought"]) for p in members}) for members in groups.values()} == {1}
    assert {bool(members[0]["brought"]) for members in groups.values()} == {True, False}


def test_one_alone_is_as_before():
    scenario = Scenario.read("two-crossings")
    stream = scenario.settings.streams["seekers"]
    assert stream.behaviour.group_size == 1.0
    outcome = simulate_once(Model(scenario), 1)
    assert not outcome.crowd["behind"].any()


def test_leaders_come_one_after_the_other():
    crowd = simulate_once(Model(world(5.0, per_day=80.0)), 2).crowd
    behind = crowd["behind"][np.argsort(crowd["who"])]
    assert all(b == 0 or b == a + 1 for a, b in pairwise(behind.tolist()))
