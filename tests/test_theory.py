"""Simulations against results that can be derived: queues, hours, shares, rates, all from a Scenario to its outcome.

Every comparison asks for 4 standard errors, estimated from the simulation itself, and then shows its power: a
theory that is 5% off would have been refused. Standard errors: of queues by batch means (40 batches of one long run in
steady state, the first batch dropped), of shares by the binomial law, of other means from independent travellers or
seeds. Seeds are fixed and were not chosen.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import math

import numpy as np
import pytest
import tiny
from scipy import stats
from scipy.optimize import brentq

from crossings.kernel.layout import ARRIVED, AT_HOME, GAVE_UP, OUT_RENEGED
from crossings.model import Model
from crossings.scenario.entities import Country
from crossings.simulation import run, simulate_once

SEED = 1
BATCHES = 40
MINUTES_A_DAY = 1440.0


def agrees(estimate, error, theory, off=0.05):
    """The estimate is within 4 standard errors of theory, and would not be if theory were ``off`` wrong."""
    assert error > 0
    assert abs(estimate - theory) <= 4 * error, f"{estimate} ± {error} is not {theory}"
    for wrong in (theory * (1 - off), theory * (1 + off)):
        assert abs(estimate - wrong) > 4 * error, f"{estimate} ± {error} cannot tell {theory} from {wrong}"


def batch_means(values):
    """Mean and standard error of a correlated sequence, its first batch dropped as warm-up."""
    means = np.array([part.mean() for part in np.array_split(values, BATCHES + 1)[1:]])
    return means.mean(), means.std(ddof=1) / math.sqrt(BATCHES)


def share_agrees(hits, of, theory, off=0.05):
    """A share among independent travellers."""
    p = hits / of
    agrees(p, math.sqrt(p * (1 - p) / of), theory, off)


def mean_agrees(values, theory, off=0.05):
    """The mean of independent values."""
    values = np.asarray(values, float)
    agrees(values.mean(), values.std(ddof=1) / math.sqrt(values.size), theory, off)


# --- queues in steady state ----------------------------------------------------------------------


def station(per_day, days, lanes, drain_days=1.0, **behaviour):
    """Poisson arrivals from the gate's own near place at one crossing: no journey, no choice."""
    return tiny.scenario(
        days=days,
        drain_days=drain_days,
        streams=tiny.people(kind="flow", **behaviour),
        places=(tiny.place("home", "AA", "origin"), tiny.place("far", "BB", "destination")),
        crossings=(tiny.crossing("north", "home", "far"),),
        lanes=lanes,
        demand=(tiny.flow(per_day, 0, days - 1, destination=None),),
    )


def visits_of(scenario, side=1, seed=SEED):
    """The visits to one control in the order in which they came."""
    visits = simulate_once(Model(scenario), seed).visits
    return visits[visits["side"] == side]


def waits_min(visits):
    """Minutes from joining to the begin of service, or to losing patience."""
    out = np.where(visits["outcome"] == OUT_RENEGED, visits["end"], visits["begin"])
    return (out - visits["arrival"]) / 60_000


def erlang_c(servers, load):
    """The probability of waiting in M/M/c; load = arrivals per mean service (erlang)."""
    term, total = 1.0, 0.0
    for k in range(servers):
        total += term
        term *= load / (k + 1)
    last = term * servers / (servers - load)
    return last / (total + last)


@pytest.mark.parametrize(("servers", "use"), [(1, 0.5), (3, 0.6), (8, 0.65)])
def test_waits_in_m_m_c_follow_erlang_c(servers, use):
    service, days = 1.0, 2400 // servers
    per_day = use * servers * MINUTES_A_DAY / service
    waits = waits_min(visits_of(station(per_day, days, (tiny.lane("north", service, cv=1.0, servers=servers),))))
    assert waits.size > 1_000_000
    waiting = erlang_c(servers, use * servers)
    agrees(*batch_means(waits > 0), waiting)
    agrees(*batch_means(waits), waiting * service / (servers * (1 - use)))
    beyond = 2 * service / (servers * (1 - use))  # whoever waits waits an exponential time
    agrees(*batch_means(waits > beyond), waiting * math.exp(-2), off=0.1)


@pytest.mark.parametrize("cv", [0.0, 0.5, 2.0])
def test_waits_in_m_g_1_follow_pollaczek_and_khinchine(cv):
    """cv 0 is M/D/1; the others have gamma services (shape 4 and 1/4)."""
    use, service = 0.5, 1.0
    waits = waits_min(visits_of(station(use * MINUTES_A_DAY / service, 1200, (tiny.lane("north", service, cv=cv),))))
    agrees(*batch_means(waits), use * service * (1 + cv * cv) / (2 * (1 - use)))
    agrees(*batch_means(waits > 0), use)


def erlang_a(arrivals, service, patience, servers):
    """M/M/c with exponential patience: (probability of abandonment, mean wait of all), from its birth and death rates."""
    weights = [1.0]
    for n in range(1, 2000):
        weights.append(weights[-1] * arrivals / (min(n, servers) / service + max(0, n - servers) / patience))
    weights = np.array(weights) / sum(weights)
    queue = (np.maximum(0, np.arange(2000) - servers) * weights).sum()
    return queue / patience / arrivals, queue / arrivals


@pytest.mark.parametrize(("servers", "use", "patience"), [(1, 0.9, 3.0), (3, 1.2, 2.0)])
def test_reneging_follows_erlang_a(servers, use, patience):
    service, days = 1.0, 500 // servers
    per_day = use * servers * MINUTES_A_DAY / service
    lane = tiny.lane("north", service, cv=1.0, servers=servers)
    visits = visits_of(station(per_day, days, (lane,), renege_per_day=MINUTES_A_DAY / patience, give_up=1.0))
    abandon, wait = erlang_a(per_day / MINUTES_A_DAY, service, patience, servers)
    agrees(*batch_means(visits["outcome"] == OUT_RENEGED), abandon)
    agrees(*batch_means(waits_min(visits)), wait)


def test_what_leaves_an_exponential_control_is_poisson_again():
    """Exit then entry, both M/M/1: by Burke's theorem the second is as if it stood alone."""
    use, service = 0.5, 1.0
    lanes = (tiny.lane("north", service, side="exit", cv=1.0), tiny.lane("north", service, side="entry", cv=1.0))
    scenario = station(use * MINUTES_A_DAY, 1200, lanes)
    for side in (0, 1):
        agrees(*batch_means(waits_min(visits_of(scenario, side))), service * use / (1 - use))


def test_two_streams_share_one_queue():
    streams = {name: tiny.people(kind="flow")["people"] for name in ("people", "cars")}
    base = station(0.25 * MINUTES_A_DAY, 1200, ())
    scenario = dataclasses.replace(
        base,
        settings=base.settings.model_copy(update={"streams": streams}),
        lanes=(tiny.lane("north", 1.0, cv=1.0, streams=("people", "cars")),),
        demand=(*base.demand, tiny.flow(0.25 * MINUTES_A_DAY, 0, 1199, destination=None, stream="cars")),
    )
    agrees(*batch_means(waits_min(visits_of(scenario))), 1.0)


# --- hours and quotas -----------------------------------------------------------------------------


def begins(scenario, seed=SEED):
    """Begins of service, ms, in order of joining."""
    return visits_of(scenario, seed=seed)["begin"]


def at_once(number, begin=(0,), **parts):
    """So many people at the gate within a minute of ``begin``, ms after the start."""
    return tiny.scenario(
        places=(tiny.place("home", "AA", "origin"), tiny.place("far", "BB", "destination")),
        crossings=(tiny.crossing("north", "home", "far"),),
        stocks=(tiny.rush_hour(number, begin=begin, end=(2,)),),
        **{"streams": tiny.people(), **parts},
    )


def test_closing_hours_by_hand():
    """20 people before an opening 08:00-16:00 with one server and 1 h each: 8, 8 and 4 on three days, on the hour."""
    found = begins(at_once(20, lanes=(tiny.lane("north", 60.0, hours="08:00-16:00"),), days=4))
    assert found.tolist() == [tiny.ms(day, 8 + h) for day, n in ((0, 8), (1, 8), (2, 4)) for h in range(n)]


def test_a_service_begun_is_finished_after_closing():
    """45 minutes each with two servers, open two hours: the third pair begins at 09:30 and ends at 10:15."""
    lanes = (tiny.lane("north", 45.0, hours="08:00-10:00", servers=2),)
    visits = visits_of(at_once(7, lanes=lanes, days=4))
    assert visits["begin"].tolist() == [tiny.ms(0, 8), tiny.ms(0, 8), tiny.ms(0, 8, 45), tiny.ms(0, 8, 45), tiny.ms(0, 9, 30), tiny.ms(0, 9, 30), tiny.ms(1, 8)]
    assert visits["end"].max() == tiny.ms(1, 8, 45)
    assert visits["end"][4:6].tolist() == [tiny.ms(0, 10, 15)] * 2


def test_hours_of_the_week_and_past_midnight():
    """1 January 2024 is a Monday: open Tuesday 22:00 to Wednesday 02:00, and not again in this run."""
    found = begins(at_once(5, lanes=(tiny.lane("north", 60.0, hours="Tu 22:00-02:00"),), days=4))
    assert found[:4].tolist() == [tiny.ms(1, 22 + h) for h in range(4)]
    assert found[4] == tiny.ms(8, 22)


def test_hours_are_those_of_the_country_entered_and_change_with_its_clock():
    """Entry hours 08:00 in Helsinki are 06:00 UTC in winter; from 31 March 2024 they are 05:00 UTC."""
    settings = {"start": dt.datetime(2024, 3, 30), "end": dt.datetime(2024, 4, 2), "countries": {"BB": Country(timezone="Europe/Helsinki")}}
    stock = tiny.Stock(stream="people", origin="home", initial=4, from_=dt.datetime(2024, 3, 30), until=dt.datetime(2024, 3, 31), hazard_per_day=1000)
    scenario = dataclasses.replace(at_once(4, lanes=(tiny.lane("north", 60.0, hours="08:00-10:00"),), settings=settings), stocks=(stock,))
    hour = 3_600_000
    assert begins(scenario).tolist() == [6 * hour, 7 * hour, (24 + 5) * hour, (24 + 6) * hour]


def test_a_change_of_lane_is_a_change_of_pace():
    lanes = (
        tiny.lane("north", 60.0, valid_until=tiny.at(0, 3)).model_copy(update={"id": "slow"}),
        tiny.lane("north", 10.0, valid_from=tiny.at(0, 3), servers=2).model_copy(update={"id": "quick"}),
    )
    found = begins(at_once(9, lanes=lanes))
    first = found[0]
    slow = [first + k * tiny.HOUR for k in range(3)]  # the third ends at 3 h and some seconds
    assert found[:3].tolist() == slow
    assert found[3] == tiny.ms(0, 3)  # the second server starts with the new lane
    assert found[4] == slow[2] + tiny.HOUR if slow[2] + tiny.HOUR < found[3] + 10 * tiny.MINUTE else found[4] > found[3]


def test_mean_wait_for_an_opening():
    """Arrivals at any minute, open 8 h of 24, room for all at once: the mean wait is 16²/48 h."""
    lanes = (tiny.lane("north", 0.0, hours="08:00-16:00", servers=1000),)
    waits = waits_min(visits_of(station(1000.0, 60, lanes))) / 60
    mean_agrees(waits, 16**2 / 48, off=0.05)
    share_agrees((waits > 0).sum(), waits.size, 2 / 3)
    assert waits.max() <= 16


def test_a_quota_lets_so_many_in_a_day_and_the_rest_wait():
    """100 a day come and 40 are let in: 60 a day more stand there each midnight."""
    scenario = station(100.0, 20, (tiny.lane("north", 1.0, quota_per_day=40),), drain_days=40.0)
    seeds = range(1, 31)
    model = Model(scenario)
    into = next(i for i, gate in enumerate(model.gates) if gate.direction == "BB")
    flows = [run(model, seed=seed).runs.counts()[0, :, into] for seed in seeds]
    crossed, waiting = np.array([f[:19, 1] for f in flows]), np.array([f[:20, 4] for f in flows])
    assert (crossed[:, 1:] == 40).all()
    assert (crossed[:, 0] <= 40).all()
    for day in (9, 19):
        mean_agrees(waiting[:, day], 60.0 * (day + 1), off=0.08)


@pytest.mark.parametrize("servers", [1, 2, 5])
def test_a_quota_holds_whatever_the_number_of_servers(servers):
    """7 people at once and a quota of 2 a day: 2, 2, 2 and 1."""
    found = begins(at_once(7, lanes=(tiny.lane("north", 0.0, servers=servers, quota_per_day=2),), days=5))
    assert np.bincount(found // tiny.DAY).tolist() == [2, 2, 2, 1]
    assert (np.diff(found) >= 0).all()


# --- choices --------------------------------------------------------------------------------------


def star(kms, number=200_000, hours=None, hazard=1000.0, closures=(), days=2, **behaviour):
    """A home with a road of so many km to each of some free crossings; all leave within minutes."""
    names = [f"c{k}" for k in range(len(kms))]
    return tiny.scenario(
        days=days,
        streams=tiny.people(**{"gamma": 1.0, **behaviour}),
        places=(tiny.place("home", "AA", "origin"), *(tiny.place(f"{c} a", "AA") for c in names), *(tiny.place(f"{c} b", "BB") for c in names)),
        roads=tuple(tiny.Road(from_="home", to=f"{c} a", km=km, hours=(hours or kms)[k]) for k, (c, km) in enumerate(zip(names, kms, strict=True))),
        crossings=tuple(tiny.crossing(c, f"{c} a", f"{c} b") for c in names),
        stocks=(tiny.rush_hour(number, hazard=hazard, end=(days,)),),
        closures=closures,
    )


def firsts(scenario, seed=SEED):
    """(number of travellers by first choice, number who took nothing)."""
    model = Model(scenario)
    fate = simulate_once(model, seed).fate
    left = fate["first_gate"][fate["first_gate"] >= 0]
    counts = {name: 0 for name in model.crossings}
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
    weights = np.array([weight(km, h) * math.exp(alpha.get(f"c{k}", 0.0)) for k, (km, h) in enumerate(zip(KMS, hours, strict=True))])
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
    gone = [i for i, g in enumerate(gates) if g.crossing == "c0" and g.direction == "BB"][0]
    assert (before[before != gone] == after[before != gone]).all()
    moved = after[before == gone]
    weights = {f"c{k}": 1 / (10 + km) for k, km in enumerate(KMS) if k}
    for name, weight in weights.items():
        share_agrees(sum(gates[g].crossing == name for g in moved), moved.size, weight / sum(weights.values()), off=0.1)


def test_a_believed_wait_counts_by_its_weight():
    """Six hours until an opening, weighed 0.1 an hour."""
    scenario = dataclasses.replace(
        star((40.0, 40.0), hours=(1e-9, 1e-9), wait_weight=0.1), lanes=(tiny.lane("c0", 0.0, hours="06:00-24:00", servers=1000),)
    )
    counts, _ = firsts(scenario)
    share_agrees(counts[0], counts.sum(), math.exp(-0.6) / (1 + math.exp(-0.6)))


def test_filling_places_share_by_the_room_that_remains():
    """With f = 1 − x/K and no other difference, dx₁/f₁ = dx₂/f₂, so K₁·ln f₁ = K₂·ln f₂ at any time."""
    rooms, arrivals, days = (500.0, 2000.0), 1500, 30
    scenario = tiny.scenario(
        days=days,
        settings={"step_min": 15},
        streams=tiny.people(kind="flow", choose="destination", gamma=0.0, outside_km=None) | {},
        places=(tiny.place("home", "AA", "origin"), tiny.place("near", "AA", "reception", capacity=rooms[0]), tiny.place("next", "AA", "reception", capacity=rooms[1])),
        roads=(tiny.road("home", "near", 0.01), tiny.road("home", "next", 0.01)),
        demand=(tiny.flow(arrivals / days, 0, days - 1, destination=None),),
    )
    behaviour = {"gamma": 0.0, "alpha": {"near": 30.0, "next": 30.0}}  # so that hardly anybody stays at home
    scenario = scenario.with_behaviour("people", **behaviour)
    model = Model(scenario)
    outcomes = [simulate_once(model, seed) for seed in range(1, 41)]
    shown = np.array([o.present[-1] for o in outcomes])
    n = shown.sum(axis=1).mean()
    first = brentq(lambda x: rooms[0] * math.log(1 - x / rooms[0]) - rooms[1] * math.log(1 - (n - x) / rooms[1]), 0, rooms[0] - 1e-6)
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
    scenario = tiny.one_crossing(streams=tiny.people(kind="flow"), demand=(tiny.flow(2000.0, 0, 9, profile=profile),), days=10)
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
    scenario = tiny.one_crossing(streams=streams, demand=(tiny.flow(mu, 0, days - 1),), days=days, drain_days=0.0, settings={"step_min": 1440})
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
    scenario = star((40.0, 200.0), 40_000, gamma=50.0, hours=(1.0, 1.0), give_up=0.3, closures=(tiny.closed("order", "c0", (0,)),))
    told = scenario.with_behaviour("people", knowledge_delay_h=1e6)  # so that all learn of it at the gate
    fate = simulate_once(Model(told), SEED).fate
    assert (fate["refusals"] == 1).mean() > 0.999
    share_agrees((fate["state"] == GAVE_UP).sum(), fate.size, 0.3)
    closed = (tiny.closed("order", "c0", (0,), announced=(3,)),)  # shut before it is announced: they try again and again
    fate = simulate_once(Model(dataclasses.replace(scenario, closures=closed, written=closed)), SEED).fate
    assert (fate["state"] == GAVE_UP).all()
    mean_agrees(fate["refusals"], 1 / 0.3)
    share_agrees((fate["refusals"] > 4).sum(), fate.size, 0.7**4)


def test_journeys_and_arrangements_have_their_means():
    """Journey factor: mean 1, its cv; a detour of 10 h more needs 12 h to arrange on average."""
    closures = (tiny.closed("order", "c0", (0,)),)
    scenario = star((40.0, 400.0), 20_000, hours=(1.0, 11.0), gamma=50.0, journey_cv=0.3, setup_h=12.0, closures=closures, days=8)
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
