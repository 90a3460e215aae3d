"""Queues, hours and quotas against theory and by hand, from a Scenario to its outcome; tests/theory.py says how."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math

import numpy as np
import pytest

import tiny
from crossings.kernel.core.layout import OUT_RENEGED
from crossings.model import Model
from crossings.scenario.entities import Country
from crossings.simulation.ensemble import run
from crossings.simulation.outcome import simulate_once
from theory import MINUTES_A_DAY, SEED, agrees, batch_means, mean_agrees, share_agrees

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


@pytest.mark.parametrize(("servers", "use"), [(1, 0.5), pytest.param(3, 0.6, marks=pytest.mark.slow), (8, 0.65)])
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


@pytest.mark.parametrize("cv", [0.0, pytest.param(0.5, marks=pytest.mark.slow), 2.0])
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
    assert visits["begin"].tolist() == [
        tiny.ms(0, 8),
        tiny.ms(0, 8),
        tiny.ms(0, 8, 45),
        tiny.ms(0, 8, 45),
        tiny.ms(0, 9, 30),
        tiny.ms(0, 9, 30),
        tiny.ms(1, 8),
    ]
    assert visits["end"].max() == tiny.ms(1, 8, 45)
    assert visits["end"][4:6].tolist() == [tiny.ms(0, 10, 15)] * 2


def test_hours_of_the_week_and_past_midnight():
    """1 January 2024 is a Monday: open Tuesday 22:00 to Wednesday 02:00, and not again in this run."""
    found = begins(at_once(5, lanes=(tiny.lane("north", 60.0, hours="Tu 22:00-02:00"),), days=4))
    assert found[:4].tolist() == [tiny.ms(1, 22 + h) for h in range(4)]
    assert found[4] == tiny.ms(8, 22)


def test_hours_are_those_of_the_country_entered_and_change_with_its_clock():
    """Entry hours 08:00 in Helsinki are 06:00 UTC in winter; from 31 March 2024 they are 05:00 UTC."""
    settings = {
        "start": dt.datetime(2024, 3, 30),
        "end": dt.datetime(2024, 4, 2),
        "countries": {"BB": Country(timezone="Europe/Helsinki")},
    }
    stock = tiny.Stock(
        stream="people",
        origin="home",
        initial=4,
        from_=dt.datetime(2024, 3, 30),
        until=dt.datetime(2024, 3, 31),
        hazard_per_day=1000,
    )
    scenario = dataclasses.replace(
        at_once(4, lanes=(tiny.lane("north", 60.0, hours="08:00-10:00"),), settings=settings), stocks=(stock,)
    )
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
