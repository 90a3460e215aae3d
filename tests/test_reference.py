"""The twin's own parts, and small scenarios whose results were worked out by hand."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
import statistics

import pytest
from scipy import stats

import tiny
from crossings.scenario.clock import Clock as PackageClock
from crossings.scenario.opening_hours import OpeningHours
from reference import (
    Queue,
    Rate,
    Simulation,
    base_id,
    gamma,
    item_hash,
    normal_quantile,
    philox4x32,
    poisson_quantile,
    simulate,
    uniform,
    uniform_of,
)
from reference_draws import HAZARD, MINUTE, NUMBER, PATIENCE, TASTE, exponential, gumbel, long_hash
from reference_rules import INF, Clock, Orders, cut, intersect, opening_minutes, shifts_of, union
from tiny import DAY, HOUR, at, closed, flow, lane, ms, one_crossing, people, rush_hour, two_borders, two_crossings

NEVER = 1e6  # a knowledge delay in hours that nobody lives to see end


# --- draws ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        ((0,) * 4, (0,) * 2, (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_philox_gives_the_published_known_answers(counter, key, words):
    assert philox4x32(counter, key) == words


def test_uniform_takes_the_high_52_bits():
    assert uniform_of(0, 0) == 2.0**-53
    assert uniform_of(0x80000000, 0) == 0.5 + 2.0**-53
    assert uniform_of(0xFFFFFFFF, 0xFFFFFFFF) == 1.0 - 2.0**-53
    assert uniform_of(0, 1 << 12) == 1.5 * 2.0**-52


def test_normal_quantile_agrees_with_the_standard_library():
    normal = statistics.NormalDist()
    for p in (1e-300, 1e-20, 1e-9, 0.01, 0.0749, 0.075, 0.3, 0.5, 0.7, 0.925, 0.9251, 0.99, 1 - 1e-12):
        assert normal_quantile(p) == pytest.approx(normal.inv_cdf(p), rel=1e-14, abs=1e-15)


@pytest.mark.parametrize("mean", [1e-6, 0.3, 1.0, 7.5, 120.0, 900.0, 50_000.0])
def test_poisson_quantile_agrees_with_scipy(mean):
    for u in (1e-9, 0.01, 0.2, 0.5, 0.77, 0.99, 1 - 1e-9):
        assert poisson_quantile(mean, u) == stats.poisson.ppf(u, mean)
    assert poisson_quantile(0.0, 0.5) == 0


@pytest.mark.parametrize("shape", [0.4, 1.0, 2.5])
def test_gamma_draws_follow_the_gamma_law(shape):
    draws = [gamma(shape, 1, ident, 0, 7) for ident in range(1500)]
    assert stats.kstest(draws, "gamma", args=(shape,)).pvalue > 0.01


def test_names_are_hashed_little_endian():
    assert base_id("s", "o", "", "2024-01-01") == long_hash("s|o||2024-01-01")
    assert item_hash("outside") < 2**32
    assert item_hash("outside") == int.from_bytes(bytes.fromhex(f"{item_hash('outside'):08x}")[::-1], "little")


# --- clocks --------------------------------------------------------------------------------------


def test_local_times_at_the_changes_of_the_clock():
    scenario = tiny.scenario(settings={"timezone": "Europe/Helsinki"})
    clock = Clock(scenario.settings)
    skipped = clock.to_ms(dt.datetime(2024, 3, 31, 3, 30))  # 03:00-04:00 was skipped: read as 04:30 summer time
    assert clock.local(skipped) == dt.datetime(2024, 3, 31, 4, 30)
    first = clock.to_ms(dt.datetime(2024, 10, 27, 3, 0))  # 03:00-04:00 came twice: the first
    assert clock.to_ms(dt.datetime(2024, 10, 27, 4, 0)) - first == 2 * HOUR


def test_opening_hours():
    text = "Mo-Fr 08:00-12:00,13:00-17:00; We off; Sa 22:00-02:00"
    week = [dt.date(2024, 1, day) for day in range(1, 8)]  # Monday to Sunday
    assert opening_minutes(text, week[0]) == [(480, 720), (780, 1020)]
    assert opening_minutes(text, week[2]) == []
    assert opening_minutes(text, week[5]) == [(1320, 1560)]
    assert opening_minutes(text, week[6]) == []
    assert opening_minutes("24/7", week[6]) == [(0, 1440)]
    assert opening_minutes("08:00-24:00", week[6]) == [(480, 1440)]


def test_the_package_reads_hours_and_times_alike():
    for text in ("24/7", "Mo-Fr 08:00-16:00", "Fr-Mo 22:00-02:00; Su off", "06:00-12:00,13:00-24:00"):
        for day in range(1, 8):
            date = dt.date(2024, 1, day)
            assert list(OpeningHours.parse(text).intervals(date)) == opening_minutes(text, date)
    scenario = tiny.scenario(
        settings={"timezone": "Europe/Helsinki", "start": dt.datetime(2024, 3, 30), "end": dt.datetime(2024, 4, 2)}
    )
    mine, theirs = Clock(scenario.settings), PackageClock(scenario.settings)
    for hour in range(72):
        local = dt.datetime(2024, 3, 30) + dt.timedelta(hours=hour)
        assert mine.to_ms(local) == theirs.to_ms(local)
        assert mine.local(hour * HOUR) == theirs.local(hour * HOUR)
    assert (mine.end, mine.horizon, mine.step) == (theirs.end_ms, theirs.horizon_ms, theirs.step_ms)


def test_intervals():
    assert union([(3, 5), (1, 2), (2, 4), (7, 7)]) == [(1, 5)]
    assert intersect([(0, 4), (6, 9)], [(1, 2), (3, 7), (8, 20)]) == [(1, 2), (3, 4), (6, 7), (8, 9)]
    assert cut([(0, 4)], [0, 2, 4, 9]) == [(0, 2), (2, 4)]


# --- orders --------------------------------------------------------------------------------------


def test_an_order_ends_what_it_replaces_for_those_who_know_it():
    scenario = one_crossing(
        closures=(
            closed("one", "north", (1,), (9,)),
            closed("two", "north", (2,), (2, 6), announced=(1, 12), replaces=("one",)),
        )
    )
    orders = Orders(scenario.closures, Clock(scenario.settings))
    first, second = orders.rows
    assert orders.physical_end(first) == ms(2)
    assert orders.believed_end(first, {"one"}) == ms(9)
    assert orders.believed_end(first, {"one", "two"}) == ms(2)
    assert first.long
    assert second.closes
    assert not second.long
    gate = Simulation(scenario, 1, 0, scenario).network.gates["people"]["north", "BB"]
    assert orders.believed_ends(gate, ms(3), {"one"}) == [ms(9)]
    assert orders.believed_ends(gate, ms(3), {"one", "two"}) == []
    assert orders.believed_ends(gate, ms(2, 1), {"two"}, "long") == []
    assert orders.closed_from(gate, ms(0, 5)) == ms(1)
    assert orders.closed_from(gate, ms(2, 5)) == ms(2, 5)
    assert orders.closed_from(gate, ms(2, 6)) == INF


# --- shifts and queues ---------------------------------------------------------------------------


def shifts(scenario, name="north|BB|entry|people"):
    clock = Clock(scenario.settings)
    return shifts_of(scenario, clock, Orders(scenario.closures, clock), name)


def test_an_open_lane_without_quota_is_one_shift():
    assert len(shifts(one_crossing(lanes=(lane("north", 1),)))) == 1


def test_shifts_are_split_by_quotas_and_limited_by_hours():
    scenario = one_crossing(
        lanes=(lane("north", 1),),
        closures=(
            closed("few", "north", (1, 6), (2,), kind="quota", value="7"),
            closed("short", "north", (2, 10), (3,), kind="hours", value="08:00-12:00"),
        ),
    )
    got = [(s.open, s.close, s.quota) for s in shifts(scenario) if 0 <= s.open < ms(4)]
    assert got == [
        (ms(0), ms(1), None),
        (ms(1), ms(1, 6), None),
        (ms(1, 6), ms(2), 7),
        (ms(2), ms(2, 12), None),
        (ms(3), ms(4), None),
    ]


def test_exit_and_entry_controls_keep_their_own_clocks():
    lanes = (lane("north", 1, "exit", hours="08:00-10:00"), lane("north", 1, "entry", hours="08:00-10:00"))
    clocks = {"AA": tiny.Country(timezone="Etc/GMT-2"), "BB": tiny.Country(timezone="Etc/GMT-3")}  # two, three ahead
    scenario = one_crossing(lanes=lanes, settings={"countries": clocks})
    assert ms(1, 6) in [s.open for s in shifts(scenario, "north|BB|exit|people")]
    assert ms(1, 5) in [s.open for s in shifts(scenario)]


def test_two_servers_then_one():
    """Three arrivals at 0 with 10 minutes of service: two at once, the third after ten minutes."""
    lanes = (
        lane("north", 10, servers=2, valid_until=at(0, 0, 15)),
        lane("north", 10, servers=1, valid_from=at(0, 0, 15)),
    )
    queue = Queue(shifts(one_crossing(lanes=lanes)))
    begins = []
    for _ in range(5):
        b, shift = queue.begin(0)
        queue.take(b, shift, 10 * tiny.MINUTE)
        begins.append(b // tiny.MINUTE)
    assert begins == [0, 0, 10, 10, 20]


# --- rates ---------------------------------------------------------------------------------------


def test_a_rate_is_used_up_piece_by_piece():
    rate = Rate([(0, 10, 0.5), (20, 30, 1.0)])
    assert rate.integral(4, 25) == 8.0
    assert rate.first(0, 2.0) == 4
    assert rate.first(4, 7.0) == 24
    assert rate.first(0, 15.5) is None
    assert rate.first(0, 7.0, [(4, 8)], 2.0) == 10  # 2 + 4 + 1


# --- one crossing --------------------------------------------------------------------------------


def by_begin(outcome, number=0):
    """Visits of the given control, in the order of service."""
    visits = [t.visits[number] for t in outcome.travellers if len(t.visits) > number]
    return sorted(visits, key=lambda visit: (visit[2] is None, visit[2], visit[1]))


def test_deterministic_queue_with_closing_hours():
    """Five people come at about 01:00; 25 minutes each from 08:00 to 09:00: three today, two tomorrow."""
    outcome = simulate(one_crossing(lanes=(lane("north", 25, hours="08:00-09:00"),), stocks=(rush_hour(5),)), seed=1)
    assert [visit[2] for visit in by_begin(outcome)] == [ms(0, 8), ms(0, 8, 25), ms(0, 8, 50), ms(1, 8), ms(1, 8, 25)]
    assert [visit[3] for visit in by_begin(outcome)] == [
        ms(0, 8, 25),
        ms(0, 8, 50),
        ms(0, 9, 15),
        ms(1, 8, 25),
        ms(1, 8, 50),
    ]
    assert [v[1] for v in by_begin(outcome)] == sorted(t.leave_ms + HOUR for t in outcome.travellers)
    for t in outcome.travellers:
        assert (t.state, t.first, t.crossed, t.place) == ("arrived", "north", "north", "goal")
        assert (t.km, t.hours) == (120.0, 2.0)
        assert t.left_ms == t.leave_ms
        assert t.crossed_ms == t.visits[0][3]
    # At 09:00 the first two are on the road to the goal or there, the third is served, two wait.
    at_nine = outcome.states[9]["people"]
    assert (at_nine["queueing"], at_nine["in_service"], at_nine["after_border"]) == (2, 1, 2)
    assert outcome.states[-1]["people"]["arrived"] == 5
    assert outcome.present[9]["goal"] == 0.0  # the first arrives at 09:25
    assert outcome.present[10]["goal"] == 2.0
    for step in outcome.states:
        assert sum(step["people"].values()) == 5


def test_turned_away_when_the_order_takes_effect_and_stays_until_reopening():
    """Nobody knows of the order. The second would begin at 08:25; from 08:20 to 20:00 of day 1 it is closed."""
    scenario = one_crossing(
        lanes=(lane("north", 25, hours="08:00-24:00"),),
        stocks=(rush_hour(3),),
        closures=(closed("shut", "north", (0, 8, 20), (1, 20)),),
        streams=people(knowledge_delay_h=NEVER),
    )
    outcome = simulate(scenario, seed=1)
    first = by_begin(outcome)
    assert first[0][2:] == (ms(0, 8), ms(0, 8, 25), "served")
    assert [visit[2:] for visit in first[1:]] == [(None, ms(0, 8, 20), "turned_away")] * 2
    again = by_begin(outcome, 1)
    assert [visit[1:] for visit in again] == [
        (ms(1, 20), ms(1, 20), ms(1, 20, 25), "served"),
        (ms(1, 20), ms(1, 20, 25), ms(1, 20, 50), "served"),
    ]
    # Of those who stay, both join at 20:00: the smaller id is served first.
    stayers = [t for t in outcome.travellers if len(t.visits) == 2]
    assert stayers[0].id < stayers[1].id
    assert stayers[0].visits[1][2] < stayers[1].visits[1][2]
    assert outcome.states[15]["people"]["queueing"] == 2


def test_without_an_end_of_the_order_there_is_no_alternative():
    scenario = one_crossing(
        lanes=(lane("north", 25, hours="08:00-24:00"),),
        stocks=(rush_hour(3),),
        closures=(closed("shut", "north", (0, 8, 20)),),
        streams=people(knowledge_delay_h=NEVER),
    )
    outcome = simulate(scenario, seed=1)
    assert sorted(t.state for t in outcome.travellers) == ["arrived", "no_alternative", "no_alternative"]


def test_turned_away_on_arrival_is_not_a_joining():
    scenario = one_crossing(
        lanes=(lane("north", 1, "exit"), lane("north", 1)),
        stocks=(rush_hour(2),),
        closures=(closed("shut", "north", (0,), (2,), announced=(0,)),),
        streams=people(knowledge_delay_h=NEVER),
    )
    outcome = simulate(scenario, seed=1)
    for t in outcome.travellers:
        came = t.leave_ms + HOUR
        assert t.visits[0] == ("north|BB|exit|people", came, None, came, "turned_away")
        assert [visit[0] for visit in t.visits[1:]] == ["north|BB|exit|people", "north|BB|entry|people"]
        assert t.visits[1][1] == ms(2)
        assert t.joined == 2


def test_those_who_know_wait_at_home_for_the_end():
    scenario = one_crossing(stocks=(rush_hour(2),), closures=(closed("shut", "north", (0,), (2,)),))
    outcome = simulate(scenario, seed=1)
    # The crossing is a free gate; the journey to it takes an hour; the next news is the end of the order.
    for t in outcome.travellers:
        assert t.leave_ms < HOUR
        assert t.left_ms == ms(2)
        assert t.crossed_ms == ms(2, 1)
        assert t.visits == []


def test_given_up_with_certainty():
    scenario = one_crossing(
        stocks=(rush_hour(2),),
        closures=(closed("shut", "north", (0,), (2,)),),
        streams=people(knowledge_delay_h=NEVER, give_up=1.0),
    )
    assert [t.state for t in simulate(scenario, seed=1).travellers] == ["gave_up"] * 2


def test_quota_rolls_over_to_the_next_day():
    """Five people, no service time, two a day."""
    outcome = simulate(one_crossing(lanes=(lane("north", 0, quota_per_day=2),), stocks=(rush_hour(5),)), seed=1)
    visits = by_begin(outcome)
    assert [visit[2] for visit in visits] == [visits[0][1], visits[1][1], ms(1), ms(1), ms(2)]


def test_quota_of_a_closure_acts_on_the_entry():
    lanes = (lane("north", 0, "exit"), lane("north", 0))
    quota = closed("few", "north", (0,), kind="quota", value="2")
    outcome = simulate(one_crossing(lanes=lanes, stocks=(rush_hour(5),), closures=(quota,)), seed=1)
    assert all(visit[1] == visit[2] for visit in by_begin(outcome))
    assert [visit[2] // DAY for visit in by_begin(outcome, 1)] == [0, 0, 1, 1, 2]


def test_out_of_patience_where_nobody_serves_yet():
    scenario = one_crossing(
        lanes=(lane("north", 0, valid_from=at(3)),),
        stocks=(rush_hour(4),),
        streams=people(renege_per_day=24.0, give_up=1.0),
    )
    item = item_hash("queue:north|BB|entry|people")
    for t in simulate(scenario, seed=5).travellers:
        came = t.leave_ms + HOUR
        leaves = came + round(HOUR * exponential(uniform(5, t.id, item, PATIENCE)))
        assert t.visits == [("north|BB|entry|people", came, None, leaves, "reneged")]
        assert t.state == "gave_up"


def test_waiting_for_ever():
    outcome = simulate(one_crossing(lanes=(lane("north", 0, servers=0),), stocks=(rush_hour(1),)), seed=1)
    # Nobody would ever be served there, which the board shows: it stays at home.
    assert [t.state for t in outcome.travellers] == ["at_home"]


def test_flow_sets_out_by_the_hour_shares():
    """All in the two hours from 06:00; as many as the Poisson quantile says."""
    shares = ";".join("1" if hour in (6, 7) else "0" for hour in range(24))
    scenario = one_crossing(demand=(flow(40.0, 0, 1, profile=shares),), streams=people("flow", outside_km=1e6))
    outcome = simulate(scenario, seed=3)
    expected = 0
    for day in (0, 1):
        base = base_id("people", "home", "goal", at(day).date().isoformat())
        number = poisson_quantile(40.0, uniform(3, base, 0, NUMBER))
        expected += number
        mine = [t for t in outcome.travellers if base <= t.id < base + number]
        assert len(mine) == number
        for t in mine:
            # Two hours in equal shares: u runs through them evenly.
            assert abs(t.leave_ms - (ms(day, 6) + round(2 * HOUR * uniform(3, t.id, 0, MINUTE)))) <= 1
            assert t.created_ms == t.leave_ms
            assert t.visits == []
    assert len(outcome.travellers) == expected


def test_leaving_a_stock_at_a_constant_rate():
    scenario = one_crossing(stocks=(rush_hour(20, end=(3,), hazard=0.5),))
    for t in simulate(scenario, seed=2).travellers:
        expected = exponential(uniform(2, t.id, 0, HAZARD)) / 0.5 * DAY
        assert (t.leave_ms is None) == (expected >= 3 * DAY)
        assert t.leave_ms is None or abs(t.leave_ms - expected) <= 1


def test_exit_from_the_place_reached():
    """People leave the goal at 1000 a day from day 1 on, and so do 10 who were there: by 12:00 nobody is left."""
    exits = (tiny.Exit(place="goal", from_=at(1), until=at(2), hazard_per_day=1000.0),)
    scenario = one_crossing(stocks=(rush_hour(3),), exits=exits, streams=people(persons=2.0))
    outcome = simulate(scenario, seed=1)
    assert outcome.present[23]["goal"] == 6.0
    assert outcome.present[36]["goal"] == 0.0
    assert {t.state for t in outcome.travellers} == {"arrived"}


# --- two crossings -------------------------------------------------------------------------------

SHUT_NORTH = closed("shut", "north", (0,), announced=(0,))


def test_those_who_know_take_the_other_crossing():
    outcome = simulate(two_crossings(stocks=(rush_hour(3),), closures=(SHUT_NORTH,)), seed=1)
    for t in outcome.travellers:
        assert (t.first, t.crossed, t.km, t.hours) == ("south", "south", 240.0, 4.0)
        assert t.crossed_ms == t.leave_ms + 2 * HOUR


def test_those_who_do_not_know_find_out_there():
    """An hour to the north, three from there to the south; whoever was turned away knows."""
    scenario = two_crossings(stocks=(rush_hour(3),), closures=(SHUT_NORTH,), streams=people(knowledge_delay_h=NEVER))
    for t in simulate(scenario, seed=1).travellers:
        assert (t.first, t.crossed, t.km, t.hours) == ("north", "south", 360.0, 6.0)
        assert t.crossed_ms == t.leave_ms + 4 * HOUR
        assert t.visits == [("", t.leave_ms + HOUR, None, t.leave_ms + HOUR, "turned_away")]


def test_a_choice_on_the_way_arrives_no_sooner_than_the_next_step():
    """The two crossings share their near place: the way from one to the other takes no time."""
    scenario = two_crossings(
        stocks=(rush_hour(3),),
        closures=(SHUT_NORTH,),
        streams=people(knowledge_delay_h=NEVER),
        more_roads=(tiny.road("north a", "south a", 0.0, one_way=True),),
    )
    for t in simulate(scenario, seed=1).travellers:
        assert t.left_ms < HOUR
        assert t.crossed == "south"
        assert t.crossed_ms == 2 * HOUR


def test_rush_brings_the_leaving_forward():
    """From knowing at day 1 until the effect at day 5, everybody leaves five times as fast."""
    rate, rush, tau, effect = 0.2, 5.0, 1 * DAY, 5 * DAY
    order = closed("shut", "north", (5,), announced=(1,))
    parts = {"stocks": (rush_hour(40, end=(10,), hazard=rate),), "closures": (order,), "days": 10}
    calm = simulate(two_crossings(**parts), seed=4)
    rushed = simulate(two_crossings(**parts, streams=people(rush=rush)), seed=4)
    moved = 0
    for before, after in zip(calm.travellers, rushed.travellers, strict=True):
        assert before.id == after.id
        t = exponential(uniform(4, before.id, 0, HAZARD)) / rate * DAY
        expected = t if t <= tau else min(tau + (t - tau) / rush, effect)
        if expected == effect:
            expected = effect + (t - tau - rush * (effect - tau))
        assert after.leave_ms is None if expected >= 10 * DAY else abs(after.leave_ms - expected) <= 1
        moved += after.leave_ms != before.leave_ms
    assert moved > 10


def test_no_rush_where_the_closure_is_not_on_the_way():
    parts = {
        "stocks": (rush_hour(10, end=(3,), hazard=0.5),),
        "closures": (closed("shut", "south", (2,), announced=(0,)),),
    }
    calm, rushed = (simulate(two_crossings(**parts, streams=people(rush=rush)), seed=4) for rush in (1.0, 5.0))
    assert [t.leave_ms for t in calm.travellers] == [t.leave_ms for t in rushed.travellers]


def test_groups_are_brought_in_turn():
    """Everybody comes in groups of three, to the north on even days and to the south on odd ones."""
    brought = {"share": 1.0, "group_size": 3, "rotate": ("north", "south"), "dwell_h": 24.0}
    scenario = two_crossings(stocks=(rush_hour(30, end=(4,), hazard=1.0),), days=4, streams=people(brought=brought))
    outcome = simulate(scenario, seed=6)
    base = base_id("people", "home")
    people_by_j = {t.id - base: t for t in outcome.travellers}
    for j, t in people_by_j.items():
        leader = people_by_j[j - j % 3]
        assert t.leave_ms == leader.leave_ms
        if t.left_ms is not None:
            assert t.first == ("north", "south")[t.leave_ms // DAY % 2]
    assert len({t.first for t in outcome.travellers}) > 1


def test_groups_are_brought_to_the_next_crossing_in_turn_if_theirs_is_closed():
    brought = {"share": 1.0, "group_size": 3, "rotate": ("north", "south"), "dwell_h": 1.0}
    scenario = two_crossings(
        stocks=(rush_hour(6, end=(2,), hazard=5.0),), closures=(SHUT_NORTH,), streams=people(brought=brought)
    )
    assert {t.first for t in simulate(scenario, seed=6).travellers} == {"south"}


def test_believed_waiting_weighs():
    """The north is shut for twelve hours from 00:00, which all know: with a weight on waiting they go south."""
    parts = {"stocks": (rush_hour(5),), "closures": (closed("short", "north", (0,), (0, 12)),)}
    impatient = simulate(two_crossings(**parts, streams=people(gamma=1.0, wait_weight=100.0)), seed=1)
    patient = simulate(two_crossings(**parts), seed=1)
    assert {t.first for t in impatient.travellers} == {"south"}
    assert {t.first for t in patient.travellers} == {"north"}  # and find it shut: they stay until noon
    assert all(t.crossed_ms == ms(0, 12) for t in patient.travellers)


def test_the_queue_on_the_board_weighs():
    """One an hour in the north: those who come on day 1 see the queue left by a hundred on day 0."""
    crowd = (rush_hour(100), tiny.rush_hour(3, begin=(1,), end=(2,), stream="later"))
    streams = people() | {"later": people(gamma=1.0, wait_weight=100.0)["people"]}
    scenario = two_crossings(stocks=crowd, lanes=(lane("north", 60, streams=("people", "later")),), streams=streams)
    outcome = simulate(scenario, seed=1)
    assert {t.first for t in outcome.travellers if t.stream == "people"} == {"north"}
    assert {t.first for t in outcome.travellers if t.stream == "later"} == {"south"}


def test_a_road_closure_is_known_at_once():
    """The road to the north is closed from day 1: those of day 0 take it, those of day 1 do not."""
    order = closed("road", None, (1,), roads=("home--north a",))
    stocks = (rush_hour(3), tiny.rush_hour(3, begin=(1, 1), end=(2,), stream="later"))
    streams = people() | {"later": people()["people"]}
    outcome = simulate(two_crossings(stocks=stocks, closures=(order,), streams=streams), seed=1)
    assert [t.first for t in outcome.travellers] == ["north"] * 3 + ["south"] * 3


def test_the_largest_of_utility_and_taste_is_taken():
    """Costs ln(10 + 60) and ln(10 + 120) to the border, alpha 0.3 in the south, outside ln(10 + 90)."""
    streams = people(gamma=1.0, alpha={"south": 0.3}, outside_km=90.0)
    outcome = simulate(two_crossings(stocks=(rush_hour(60),), streams=streams), seed=8, taste_salt=5)
    for t in outcome.travellers:
        values = {
            "north": -math.log(70.0) + gumbel(uniform(8, t.id, item_hash("crossing:north"), TASTE, 5)),
            "south": 0.3 - math.log(130.0) + gumbel(uniform(8, t.id, item_hash("crossing:south"), TASTE, 5)),
            "": -math.log(100.0) + gumbel(uniform(8, t.id, item_hash("outside"), TASTE, 5)),
        }
        assert t.first == max(values, key=values.get)
        assert t.state == ("arrived" if t.first else "gave_up")
    assert {t.first for t in outcome.travellers} == {"north", "south", ""}


def test_what_was_cut_from_the_choice_set_is_no_way_out():
    scenario = two_crossings(stocks=(rush_hour(3),), closures=(SHUT_NORTH,), streams=people(choice_set=1))
    assert {t.state for t in simulate(scenario, seed=1).travellers} == {"at_home"}


def test_lanes_for_others_only_are_no_gate():
    streams = people() | {"cars": people("flow")["people"]}
    scenario = two_crossings(stocks=(rush_hour(3),), lanes=(lane("north", 1, streams=("cars",)),), streams=streams)
    assert {t.first for t in simulate(scenario, seed=1).travellers} == {"south"}


def test_a_note_does_nothing():
    note = closed("shut", "north", (0,), kind="note")
    assert {t.first for t in simulate(two_crossings(stocks=(rush_hour(3),), closures=(note,)), seed=1).travellers} == {
        "north"
    }


def test_news_of_a_new_order_moves_those_without_an_alternative():
    """The north is shut for good. On day 2 an order, announced on day 1, replaces it; who knows of it goes then."""
    closures = (SHUT_NORTH, closed("open", "north", (2,), (2, 1), announced=(1,), replaces=("shut",)))
    outcome = simulate(one_crossing(stocks=(rush_hour(3),), closures=closures), seed=1)
    # On day 1 they learn that it ends on day 2; an hour's journey is too short to find it open before day 2.
    # The next news is the beginning of day 2, when the order ends; they come as the short row of the new one ends.
    assert {(t.left_ms, t.crossed_ms) for t in outcome.travellers} == {(ms(2), ms(2, 1))}


def test_setup_of_a_long_detour():
    """The way through the south is two hours longer than the shortest: more than setup_beyond_h = 1."""
    scenario = two_crossings(
        stocks=(rush_hour(3, end=(0, 12)),), streams=people(setup_h=1.0, setup_beyond_h=0.5), closures=(SHUT_NORTH,)
    )
    for t in simulate(scenario, seed=9).travellers:
        setup = round(HOUR * exponential(uniform(9, t.id, 0, 13)))
        assert t.crossed_ms == t.leave_ms + setup + 2 * HOUR
        assert t.hours == 4.0


# --- destinations --------------------------------------------------------------------------------


def test_a_full_buffer_sends_everybody_to_the_other_place():
    camp = tiny.place("camp", "BB", "reception", capacity=10.0, present=10.0)
    scenario = two_crossings(
        stocks=(rush_hour(4),),
        more_places=(camp,),
        more_roads=(tiny.road("north b", "camp", 0.5),),
        streams=people(choose="destination", capacity="buffer", destinations=("camp", "goal")),
    )
    assert {t.place for t in simulate(scenario, seed=1).travellers} == {"goal"}
    empty = tuple(place.model_copy(update={"present": 0.0}) for place in scenario.places)
    nearer = simulate(dataclasses.replace(scenario, places=empty), seed=1)
    assert {t.place for t in nearer.travellers} == {"camp"}


# --- two borders ---------------------------------------------------------------------------------


def test_two_borders_in_a_row():
    """An hour, 10 + 20 minutes, an hour, 30 minutes, an hour; with a factor of one."""
    lanes = (lane("first", 10, "exit"), lane("first", 20), lane("second", 30, direction="CC"))
    scenario = two_borders(demand=(flow(1.0),), lanes=lanes, streams=people("flow", outside_km=1e6))
    outcome = simulate(scenario, seed=2)
    assert outcome.travellers
    t = min(outcome.travellers, key=lambda t: t.leave_ms)
    came = t.leave_ms + HOUR
    names = ["first|BB|exit|people", "first|BB|entry|people", "second|CC|entry|people"]
    begins = [came, came + ms(0, 0, 10), came + ms(0, 1, 30)]
    assert [visit[:3] for visit in t.visits] == [(n, b, b) for n, b in zip(names, begins, strict=True)]
    assert (t.first, t.crossed, t.crossed_ms) == ("first", "second", came + ms(0, 2))
    assert (t.km, t.hours) == (180.0, 3.0)
    log = [state for _, state in t.log]
    assert log == [
        "on_road",
        "queueing",
        "in_service",
        "queueing",
        "in_service",
        "after_border",
        "queueing",
        "in_service",
        "after_border",
        "arrived",
    ]


def test_waiting_after_the_border_for_the_next_regime():
    """The road between the borders is shut from the second hour until day 2."""
    order = closed("road", None, (0, 23), (2,), roads=("middle",))
    scenario = two_borders(
        demand=(flow(5.0, profile=";".join(["0"] * 22 + ["1", "0"])),),
        closures=(order,),
        streams=people("flow", outside_km=1e6),
    )
    outcome = simulate(scenario, seed=2)
    assert outcome.travellers
    for t in outcome.travellers:  # they leave between 22:00 and 23:00 and pass the first border after 23:00
        assert t.crossed == "second"
        assert t.crossed_ms == ms(2, 1)
    assert outcome.states[30]["people"]["after_border"] == len(outcome.travellers)


# --- every run -----------------------------------------------------------------------------------


def test_the_same_twice_and_all_accounted_for():
    scenario = two_crossings(
        demand=(flow(30.0, 0, 2, stream="cars"),),
        stocks=(rush_hour(30, end=(3,), hazard=0.7),),
        lanes=(
            lane("north", 5, streams=("people", "cars"), cv=0.7, hours="06:00-20:00"),
            lane("south", 5, "exit", streams=("people", "cars"), cv=1.0, quota_per_day=15),
        ),
        closures=(closed("shut", "north", (1, 12), (2, 18), announced=(0, 12)),),
        streams=people(
            gamma=1.0,
            wait_weight=0.1,
            knowledge_delay_h=6.0,
            journey_cv=0.3,
            renege_per_day=1.0,
            give_up=0.2,
            rush=3.0,
            day_shape=4.0,
        )
        | {"cars": people("flow", gamma=2.0, knowledge_delay_h=1.0, journey_cv=0.2, give_up=0.5)["people"]},
    )
    one, two = simulate(scenario, seed=11), simulate(scenario, seed=11)
    assert one.travellers == two.travellers
    assert one.states == two.states
    assert one.travellers != simulate(scenario, seed=12).travellers
    step = Clock(scenario.settings).step
    for k, states in enumerate(one.states):
        for stream, numbers in states.items():
            made = sum(t.created_ms < k * step or t.created_ms == 0 for t in one.travellers if t.stream == stream)
            assert sum(numbers.values()) == made
    for t in one.travellers:
        assert math.isclose(t.km, 60.0 * t.hours / t.factor, abs_tol=1e-9)
        assert t.crossed_ms is None or t.left_ms < t.crossed_ms
