"""Choices, rates and times against theory, from a Scenario to its outcome; tests/theory.py says how."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from numba import njit
from scipy import stats
from scipy.optimize import brentq

import tiny
from crossings.kernel.core.layout import ARRIVED, AT_HOME, GAVE_UP
from crossings.kernel.flows import rechoice
from crossings.model import Model
from crossings.simulation.expected import Expectation
from crossings.simulation.outcome import simulate_once
from theory import SEED, mean_agrees, share_agrees

# --- choices --------------------------------------------------------------------------------------


def star(kms, number=200_000, hours=None, hazard=1000.0, closures=(), days=2, **behaviour):
    """A home with a road of so many km to each of some free crossings; all leave within minutes."""
    names = [f"c{k}" for k in range(len(kms))]
    return tiny.scenario(
        days=days,
        streams=tiny.people(**{"gamma": 1.0, **behaviour}),
        places=(
            tiny.place("home", "AA", "origin"),
            *(tiny.place(f"{c} a", "AA") for c in names),
            *(tiny.place(f"{c} b", "BB") for c in names),
        ),
        roads=tuple(
            tiny.Road(from_="home", to=f"{c} a", km=km, hours=(hours or kms)[k])
            for k, (c, km) in enumerate(zip(names, kms, strict=True))
        ),
        crossings=tuple(tiny.crossing(c, f"{c} a", f"{c} b") for c in names),
        stocks=(tiny.rush_hour(number, hazard=hazard, end=(days,)),),
        closures=closures,
    )


def firsts(scenario, seed=SEED):
    """(number of travellers by first choice, number who took nothing)."""
    model = Model(scenario)
    fate = simulate_once(model, seed).fate
    left = fate["first_gate"][fate["first_gate"] >= 0]
    counts = dict.fromkeys(model.crossings, 0)
    for gate, n in zip(*np.unique(left, return_counts=True), strict=True):
        counts[model.gates[gate].crossing] += int(n)
    return np.array(list(counts.values())), int((fate["state"] == GAVE_UP).sum())


KMS = (20.0, 35.0, 60.0, 90.0, 15.0)


@pytest.mark.parametrize(
    ("behaviour", "weight"),
    [
        ({"gamma": 1.0}, lambda km, h: 1 / (10 + km)),
        ({"gamma": 2.5, "softening_km": 40.0}, lambda km, h: (40 + km) ** -2.5),
        ({"cost": "exponential", "beta": 0.4}, lambda km, h: math.exp(-0.4 * h)),
    ],
)
def test_shares_are_those_of_a_multinomial_logit(behaviour, weight):
    hours = (1.0, 3.0, 2.0, 4.0, 0.5)
    alpha = {"c1": 1.2, "c3": 1.5, "c4": -0.7}
    counts, _ = firsts(star(KMS, hours=hours, alpha=alpha, **behaviour))
    weights = np.array(
        [weight(km, h) * math.exp(alpha.get(f"c{k}", 0.0)) for k, (km, h) in enumerate(zip(KMS, hours, strict=True))]
    )
    for hits, share in zip(counts, weights / weights.sum(), strict=True):
        assert share > 0.05
        share_agrees(hits, counts.sum(), share)


def test_two_roads_split_by_their_lengths():
    counts, _ = firsts(star((40.0, 90.0), gamma=2.0))
    share_agrees(counts[1], counts.sum(), 1 / 5)  # (100/50)² against 1


def test_not_going_is_an_alternative_like_others():
    counts, stayed = firsts(star((40.0, 90.0), gamma=1.0, outside_km=190.0))
    total = 1 / 50 + 1 / 100 + 1 / 200
    share_agrees(stayed, counts.sum() + stayed, (1 / 200) / total)
    share_agrees(counts[0], counts.sum() + stayed, (1 / 50) / total)
    counts, stayed = firsts(star((40.0, 90.0), hours=(1.0, 2.0), cost="exponential", beta=0.5, outside_h=3.0))
    share_agrees(stayed, counts.sum() + stayed, math.exp(-1.5) / sum(math.exp(-0.5 * h) for h in (1, 2, 3)))


def test_a_nest_counts_as_its_best_member():
    """Three crossings in one nest share a draw: together they weigh as much as the nearest of them."""
    counts, _ = firsts(star((40.0, 40.0, 65.0, 40.0), gamma=1.0, nests={"south": ("c0", "c1", "c2")}))
    assert counts[1] == counts[2] == 0
    share_agrees(counts[0], counts.sum(), 1 / 2)
    closed = (tiny.closed("order", "c0", (0,)),)
    counts, _ = firsts(star((40.0, 40.0, 65.0, 40.0), gamma=1.0, nests={"south": ("c0", "c1", "c2")}, closures=closed))
    assert counts[0] == counts[2] == 0
    share_agrees(counts[1], counts.sum(), 1 / 2)


def test_with_one_gone_each_takes_its_own_next_best():
    """Nobody else moves, and those who did choose it spread as a logit among the rest."""
    open_to_all, shut = star(KMS), star(KMS, closures=(tiny.closed("order", "c0", (0,)),))
    before, after = (simulate_once(Model(s), SEED).fate["first_gate"] for s in (open_to_all, shut))
    gates = Model(open_to_all).gates
    gone = next(i for i, g in enumerate(gates) if g.crossing == "c0" and g.direction == "BB")
    assert (before[before != gone] == after[before != gone]).all()
    moved = after[before == gone]
    weights = {f"c{k}": 1 / (10 + km) for k, km in enumerate(KMS) if k}
    for name, weight in weights.items():
        share_agrees(sum(gates[g].crossing == name for g in moved), moved.size, weight / sum(weights.values()), off=0.1)


@njit
def _second(fluid, entered, exact, at, total):
    rechoice._race(fluid, entered, exact, at, total, 1.0)


@pytest.mark.parametrize("at", [np.inf, 0.7, 1.6])
def test_second_choices_are_races_from_where_the_first_ended(at: float):
    """Against 400,000 people: M exponential, each other way at M·start and an exponential of its own, the one taken at M·at."""
    rng = np.random.default_rng(5)
    starts, rates, total = np.array([0.0, 1.0, 0.4, 2.5, 1.0]), np.array([0.3, 1.2, 0.05, 4.0, 0.6]), 1.9
    fluid = Expectation(Model(star(KMS, number=10))).fluid
    fluid.start[:5], fluid.rate[:5], fluid.slot[:5], fluid.share[:6] = starts, rates, np.arange(5), 0.0
    _second(fluid, 5, 5 if at < np.inf else -1, at, total)
    n = 400_000
    m = rng.exponential(1 / total, n)
    times = np.column_stack([m[:, None] * starts + rng.exponential(1 / rates, (n, 5)), m * at])
    seen = np.bincount(times.argmin(axis=1), minlength=6) / n
    found = fluid.share[:6]
    assert found.sum() == pytest.approx(1.0)
    assert np.abs(found - seen).max() < 4 * np.sqrt(0.25 / n)


def test_a_believed_wait_counts_by_its_weight():
    """Six hours until an opening, weighed 0.1 an hour."""
    scenario = dataclasses.replace(
        star((40.0, 40.0), hours=(1e-9, 1e-9), wait_weight=0.1),
        lanes=(tiny.lane("c0", 0.0, hours="06:00-24:00", servers=1000),),
    )
    counts, _ = firsts(scenario)
    share_agrees(counts[0], counts.sum(), math.exp(-0.6) / (1 + math.exp(-0.6)))


def test_filling_places_share_by_the_room_that_remains():
    """With f = 1 − x/K and no other difference, dx₁/f₁ = dx₂/f₂, so K₁·ln f₁ = K₂·ln f₂ at any time."""
    rooms, arrivals, days = (500.0, 2000.0), 1500, 30
    scenario = tiny.scenario(
        days=days,
        settings={"step_min": 15},
        streams=tiny.people(kind="flow", choose="destination", gamma=0.0),
        places=(
            tiny.place("home", "AA", "origin"),
            tiny.place("near", "AA", "reception", capacity=rooms[0]),
            tiny.place("next", "AA", "reception", capacity=rooms[1]),
        ),
        roads=(tiny.road("home", "near", 0.01), tiny.road("home", "next", 0.01)),
        demand=(tiny.flow(arrivals / days, 0, days - 1, destination=None),),
    )
    behaviour = {"gamma": 0.0, "alpha": {"near": 30.0, "next": 30.0}}  # so that hardly anybody stays at home
    scenario = scenario.with_behaviour("people", **behaviour)
    model = Model(scenario)
    outcomes = [simulate_once(model, seed) for seed in range(1, 41)]
    shown = np.array([o.present[-1] for o in outcomes])
    n = shown.sum(axis=1).mean()
    first = brentq(
        lambda x: rooms[0] * math.log(1 - x / rooms[0]) - rooms[1] * math.log(1 - (n - x) / rooms[1]),
        0,
        rooms[0] - 1e-6,
    )
    mean_agrees(shown[:, 0], first)


# --- rates and times ------------------------------------------------------------------------------


def test_a_stock_drains_exponentially():
    hazard, number = 0.5, 40_000
    out = simulate_once(Model(star((40.0,), number, hazard=hazard, days=3)), SEED)
    left = out.crowd["leave"][out.crowd["leave"] < tiny.ms(3)] / tiny.DAY
    share_agrees(left.size, number, 1 - math.exp(-3 * hazard))
    assert stats.kstest(left, lambda t: (1 - np.exp(-hazard * t)) / (1 - math.exp(-3 * hazard))).pvalue > 1e-4


def test_a_flow_follows_its_profile():
    profile = ";".join(["0"] * 6 + ["1"] * 12 + ["3"] * 6)
    scenario = tiny.one_crossing(
        streams=tiny.people(kind="flow"), demand=(tiny.flow(2000.0, 0, 9, profile=profile),), days=10
    )
    out = simulate_once(Model(scenario), SEED)
    hour = out.crowd["leave"] % tiny.DAY / tiny.HOUR
    assert hour.min() >= 6
    share_agrees((hour >= 18).sum(), hour.size, 18 / 30)
    number = np.bincount(out.crowd["leave"] // tiny.DAY, minlength=10)
    assert abs(number.mean() - 2000) < 4 * math.sqrt(2000 / 10)


def test_day_factors_spread_daily_numbers():
    """Variance of a day's number = μ + μ²/κ; its mean stays μ."""
    mu, shape, days = 100.0, 5.0, 4000
    streams = tiny.people(kind="flow", day_shape=shape)
    scenario = tiny.one_crossing(
        streams=streams, demand=(tiny.flow(mu, 0, days - 1),), days=days, drain_days=0.0, settings={"step_min": 1440}
    )
    number = np.bincount(simulate_once(Model(scenario), SEED).crowd["created"] // tiny.DAY, minlength=days)
    mean_agrees(number, mu)
    mean_agrees((number - mu) ** 2, mu + mu * mu / shape, off=0.15)


def test_the_rush_before_a_closure():
    """Hazard h until the announcement on day 1, ρ·h until the effect on day 2, then nowhere to go."""
    hazard, rush, number = 0.2, 4.0, 40_000
    closures = (tiny.closed("order", "c0", (2,), announced=(1,)),)
    scenario = star((40.0,), number, hours=(1e-9,), hazard=hazard, rush=rush, closures=closures, days=3)
    out = simulate_once(Model(scenario), SEED)
    left = out.fate["left"]
    share_agrees((left < tiny.ms(1)).sum(), number, 1 - math.exp(-hazard))
    share_agrees((left < tiny.ms(2)).sum(), number, 1 - math.exp(-hazard * (1 + rush)))
    assert (left[left < tiny.ms(4)] < tiny.ms(2)).all()
    assert (out.fate["state"][left > tiny.ms(4)] == AT_HOME).all()


def test_knowledge_spreads_exponentially():
    """Of those who leave six hours after an announcement, exp(−6/δ) have not heard and are turned away."""
    closures = (tiny.closed("order", "c0", (0, 1), announced=(0,)),)
    scenario = star((40.0, 200.0), hours=(1.0, 1.0), gamma=50.0, knowledge_delay_h=8.0, closures=closures, hazard=1e-9)
    late = dataclasses.replace(scenario, stocks=(tiny.rush_hour(40_000, begin=(0, 6), end=(1,)),))
    fate = simulate_once(Model(late), SEED).fate
    hours = (fate["left"] / tiny.HOUR).mean()
    share_agrees((fate["refusals"] > 0).sum(), fate.size, math.exp(-hours / 8))


def test_giving_up_when_turned_away():
    scenario = star(
        (40.0, 200.0), 40_000, gamma=50.0, hours=(1.0, 1.0), give_up=0.3, closures=(tiny.closed("order", "c0", (0,)),)
    )
    told = scenario.with_behaviour("people", knowledge_delay_h=1e6)  # so that all learn of it at the gate
    fate = simulate_once(Model(told), SEED).fate
    assert (fate["refusals"] == 1).mean() > 0.999
    share_agrees((fate["state"] == GAVE_UP).sum(), fate.size, 0.3)
    # Shut before it is announced: they try again and again.
    closed = (tiny.closed("order", "c0", (0,), announced=(3,)),)
    fate = simulate_once(Model(dataclasses.replace(scenario, closures=closed, written=closed)), SEED).fate
    assert (fate["state"] == GAVE_UP).all()
    mean_agrees(fate["refusals"], 1 / 0.3)
    share_agrees((fate["refusals"] > 4).sum(), fate.size, 0.7**4)


def test_journeys_and_arrangements_have_their_means():
    """Journey factor: mean 1, its cv; a detour of 10 h more needs 12 h to arrange on average."""
    closures = (tiny.closed("order", "c0", (0,)),)
    scenario = star(
        (40.0, 400.0), 20_000, hours=(1.0, 11.0), gamma=50.0, journey_cv=0.3, setup_h=12.0, closures=closures, days=8
    )
    fate = simulate_once(Model(scenario), SEED).fate
    mean_agrees(fate["hours"], 11.0)
    assert abs(fate["hours"].std() / 11.0 - 0.3) < 0.02
    mean_agrees((fate["crossed"] - fate["left"]) / tiny.HOUR, 11.0 + 12.0)


def test_stays_in_reception_are_exponential():
    """A mean stay of 2 days and, after day 3, another rate of 0.5 a day: who is left on days 3 and 4."""
    number = 150_000
    base = tiny.one_crossing(stocks=(tiny.rush_hour(number),), days=5)
    places = tuple(p.model_copy(update={"stay_days": 2.0}) if p.id == "goal" else p for p in base.places)
    exits = (tiny.Exit(place="goal", from_=tiny.at(3), until=tiny.at(5), hazard_per_day=0.5),)
    model = Model(dataclasses.replace(base, places=places, exits=exits))
    out = simulate_once(model, SEED)
    assert (out.fate["state"] == ARRIVED).all()
    goal = model.sites.index("goal")
    came = (2 + out.fate["left"].mean() / tiny.HOUR) / 24
    share_agrees(out.present[72, goal], number, math.exp(-(3 - came) / 2))
    share_agrees(out.present[96, goal], number, math.exp(-(4 - came) / 2 - 0.5))
