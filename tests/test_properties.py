"""What holds in every scenario, however hostile: nobody lost, nobody too soon, no service that could not be."""

from __future__ import annotations

import dataclasses
import datetime as dt
import heapq
import math
import multiprocessing
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tiny
import worlds
from crossings.errors import InputError
from crossings.kernel.agents.people import draw_numbers
from crossings.kernel.agents.places import destinations
from crossings.kernel.core.draws import journey_factor
from crossings.kernel.core.layout import ARRIVED, FAR, GAVE_UP, IN_SERVICE, OUT_RENEGED, OUT_TURNED_AWAY, SERVED, STAYED
from crossings.model import Model
from crossings.scenario import OpeningHours, Scenario, check
from crossings.scenario.order_kinds import terms_of
from crossings.simulation.ensemble import run_many
from crossings.simulation.outcome import simulate_once
from examples import examples

HOUR = 3_600_000
NEVER = int(FAR)
seeds = st.integers(0, 2**64 - 1)


# --- nobody lost -----------------------------------------------------------------------------------


@examples(150)
@given(worlds.scenarios(), seeds)
def test_states_add_up_to_the_travellers_created(scenario, seed):
    model = Model(scenario)
    out = simulate_once(model, seed)
    assert (out.states >= 0).all()
    assert (out.present > -1e-3).all()
    stream = model.tables.group_stream[out.crowd["group"]]
    for s in range(len(model.streams)):
        created = np.sort(out.crowd["created"][stream == s])
        for k in range(out.states.shape[0]):
            t = min(k * model.clock.step_ms, model.clock.horizon_ms)
            assert out.states[k, s].sum() == np.searchsorted(created, max(t, 1)), (s, k)  # at the start, all of then
        final = np.bincount(out.fate["state"][stream == s], minlength=8)
        assert final.tolist() == out.states[-1, s].tolist()
    assert ((out.crowd["created"] >= 0) & (out.crowd["created"] < max(1, model.clock.end_ms))).all()
    assert len(set(zip(stream.tolist(), out.crowd["who"].tolist(), strict=True))) == out.crowd.size


@examples(40)
@given(worlds.scenarios(), seeds)
def test_the_tables_add_up_too(scenario, seed):
    """Daily counts are those of the visits, the totals those of the fates; who came is across, away, waiting or being served."""
    model = Model(scenario)
    runs = run_many(model, seeds=[seed])["hostile"]
    out = simulate_once(model, seed)
    daily = runs.counts()[0]
    counts = daily.sum(axis=0)
    served = daily[:, :, 0].cumsum(axis=0) - daily[:, :, 1:4].sum(axis=2).cumsum(axis=0) - daily[:, :, 4]
    assert (served >= 0).all()
    assert served[-1].sum() == (out.fate["state"] == IN_SERVICE).sum()
    assert runs.tallies[0].totals.sum() == out.crowd.size
    horizon = model.clock.horizon_ms
    for g in range(len(model.gates)):
        mine = out.visits[(out.visits["gate"] == g) & (out.visits["outcome"] != STAYED)]
        ended = mine[mine["end"] < horizon]
        assert counts[g, 3] == (ended["outcome"] == OUT_RENEGED).sum()
        assert counts[g, 1] >= (out.fate["crossed_gate"] == g).sum()
        assert counts[g, 0] >= counts[g, 1]


# --- nobody too soon -------------------------------------------------------------------------------


def shortest_hours(scenario, stream):
    """(from, to) -> hours by road with everything open and every crossing free: no journey can be shorter."""
    edges = defaultdict(list)
    for road in scenario.roads:
        if road.modes and stream.mode not in road.modes:
            continue
        hours = road.hours if road.hours is not None else road.km / road.speed_kmh
        hours = max(hours, road.km / stream.speed_kmh) if stream.speed_kmh else hours
        edges[road.from_].append((road.to, hours))
        if not road.one_way:
            edges[road.to].append((road.from_, hours))
    for crossing in scenario.crossings:
        edges[crossing.place_a].append((crossing.place_b, 0.0))
        edges[crossing.place_b].append((crossing.place_a, 0.0))
    found = {}
    for place in scenario.places:
        reached, heap = {}, [(0.0, place.id)]
        while heap:
            hours, here = heapq.heappop(heap)
            if here not in reached:
                reached[here] = hours
                for there, more in edges[here]:
                    heapq.heappush(heap, (hours + more, there))
        found |= {(place.id, there): hours for there, hours in reached.items()}
    return found


@examples(100)
@given(worlds.scenarios(), seeds)
def test_nobody_is_sooner_than_the_shortest_journey(scenario, seed):
    model = Model(scenario)
    out = simulate_once(model, seed)
    names = list(model.places)
    shortest = {name: shortest_hours(scenario, stream) for name, stream in scenario.settings.streams.items()}
    first_visit = {}
    for v in out.visits:
        if v["outcome"] != STAYED:
            first_visit.setdefault(int(v["traveller"]), v)
    ends = destinations(model.tables, out.fate)
    for i, (who, fate) in enumerate(zip(out.crowd, out.fate, strict=True)):
        stream, _ = model.groups[who["group"]]
        if fate["left"] == FAR:
            assert i not in first_visit
            assert fate["crossed"] == FAR
            continue
        assert fate["left"] >= who["leave"] >= who["created"]
        home = names[who["origin"]]
        sigma = math.sqrt(math.log1p(scenario.settings.streams[stream].behaviour.journey_cv ** 2))
        leader = who["who"] - np.uint64(who["behind"])  # a group has its leader's
        factor = journey_factor(np.uint64(seed), leader, sigma)

        def earliest(place, home=home, stream=stream, factor=factor, left=int(fate["left"])):
            return left + shortest[stream][home, place] * factor * HOUR - 20  # each leg is rounded to a ms

        if i in first_visit:
            assert first_visit[i]["arrival"] >= earliest(model.gates[first_visit[i]["gate"]].near)
        if fate["crossed"] < FAR:
            assert fate["crossed"] >= earliest(model.gates[fate["crossed_gate"]].near)
        if fate["state"] == ARRIVED:
            assert earliest(names[ends[i]]) < model.clock.horizon_ms
            assert fate["hours"] >= shortest[stream][home, names[ends[i]]] * factor * (1 - 1e-5) - 1e-5
        if fate["state"] == GAVE_UP:
            assert fate["since"] >= fate["left"]


# --- services that can be --------------------------------------------------------------------------


class Control:
    """What a person reads in lanes.csv and closures.csv about one queue, worked out without the model's tables."""

    def __init__(self, scenario, queue):
        self.scenario, self.queue = scenario, queue
        border = {b.id: b for b in scenario.borders}[{c.id: c for c in scenario.crossings}[queue.crossing].border]
        other = border.country_a if queue.direction == border.country_b else border.country_b
        country = scenario.settings.countries.get(queue.direction if queue.side == "entry" else other)
        self.zone = ZoneInfo(country.timezone or scenario.settings.timezone if country else scenario.settings.timezone)
        self.start = utc(scenario.settings.start, ZoneInfo(scenario.settings.timezone))

    def ms(self, local, zone=None):
        return (utc(local, zone or ZoneInfo(self.scenario.settings.timezone)) - self.start) // dt.timedelta(
            milliseconds=1
        )

    def date(self, ms):
        return (self.start + dt.timedelta(milliseconds=ms)).astimezone(self.zone).date()

    def open_by(self, text, ms):
        """Whether opening hours hold at an instant: those of its local date or, past midnight, of the day before."""
        hours = OpeningHours.parse(text)
        if hours.always_open:
            return True
        for date in (self.date(ms), self.date(ms) - dt.timedelta(days=1)):
            midnight = dt.datetime.combine(date, dt.time())
            for first, last in hours.intervals(date):
                if (
                    self.ms(midnight + dt.timedelta(minutes=first), self.zone)
                    <= ms
                    < self.ms(midnight + dt.timedelta(minutes=last), self.zone)
                ):
                    return True
        return False

    def lane(self, ms):
        for lane in self.scenario.lanes:
            if (lane.crossing, lane.direction, lane.side, tuple(sorted(lane.streams))) == (
                self.queue.crossing,
                self.queue.direction,
                self.queue.side,
                self.queue.streams,
            ):
                begin = -NEVER if lane.valid_from is None else self.ms(lane.valid_from)
                end = NEVER if lane.valid_until is None else self.ms(lane.valid_until)
                if begin <= ms < end:
                    return lane
        return None

    def shut_to_some(self, ms, stream):
        """Whether an order closes the gate here, to everybody or to those whom it keeps away."""
        deterring = self.in_force(ms, "deterrent", stream)
        kept_away = any(terms_of(row.kind, row.value).kept_away for row in deterring)
        return kept_away or any(self.in_force(ms, "closed", stream))

    def in_force(self, ms, kind, stream=None):
        """The rows of a kind physically in force here at an instant."""
        for row in self.scenario.closures:
            if (
                row.kind != kind
                or self.queue.crossing not in row.crossings
                or row.direction not in (None, self.queue.direction)
            ):
                continue
            if row.streams and not set(row.streams) & set([stream] if stream else self.queue.streams):
                continue
            ends = [self.ms(o.from_) for o in self.scenario.closures if o.kind != "note" and row.order in o.replaces]
            until = NEVER if row.until is None else self.ms(row.until)
            if self.ms(row.from_) <= ms < min([until, *ends]):
                yield row


def utc(local, zone):
    return local.replace(tzinfo=zone, fold=0).astimezone(dt.UTC)


@examples(120)
@given(worlds.scenarios(), seeds)
def test_every_service_could_have_been(scenario, seed):
    """In order of coming, at a free server, in opening hours, within the quota, at an open gate."""
    model = Model(scenario)
    out = simulate_once(model, seed)
    at = defaultdict(list)
    for v in out.visits[out.visits["outcome"] != STAYED]:
        gate = model.gates[v["gate"]]
        queue = (gate.exit_queue, gate.entry_queue, "")[int(v["side"]) & 3]
        assert v["end"] >= v["arrival"] >= 0
        if v["outcome"] == SERVED:
            assert v["arrival"] <= v["begin"] <= v["end"]
        else:
            assert v["begin"] == FAR
        if queue:
            at[queue].append(
                (
                    int(v["arrival"]),
                    int(out.crowd["who"][v["traveller"]]),
                    int(v["begin"]),
                    int(v["end"]),
                    int(v["outcome"]),
                    gate.stream,
                )
            )
    for queue in model.queues:
        here = at.get(queue.name, [])
        assert [v[:2] for v in here] == sorted(v[:2] for v in here)
        check_services(Control(scenario, queue), [v for v in here if v[4] == SERVED and v[2] < NEVER])
        for arrival, _, _, end, outcome, stream in here:
            if outcome == OUT_TURNED_AWAY and end < model.clock.horizon_ms:
                assert Control(scenario, queue).shut_to_some(end, stream)
            if outcome == SERVED or end > arrival:
                assert not any(Control(scenario, queue).in_force(arrival, "closed", stream))


def check_services(control, served):
    begins = [v[2] for v in served]
    assert begins == sorted(begins)  # first come, first served
    free = Counter()  # server -> end of its last service
    begun = Counter()
    for _, _, begin, end, _, stream in served:
        lane = control.lane(begin)
        assert lane is not None
        assert control.open_by(lane.hours, begin)
        assert all(control.open_by(row.value, begin) for row in control.in_force(begin, "hours"))
        assert not any(control.in_force(begin, "closed", stream))
        server = next(s for s in range(lane.servers) if free.get(s, -NEVER) <= begin)
        free[server] = end
        quotas = [int(row.value) for row in control.in_force(begin, "quota")] if acts_on_quota(control) else []
        quotas += [] if lane.quota_per_day is None else [lane.quota_per_day]
        assert not quotas or begun[control.date(begin)] < min(quotas)
        begun[control.date(begin)] += 1
        if lane.service_cv == 0:
            assert end - begin == round(lane.service_min_mean * 60_000)


def acts_on_quota(control):
    """A quota of an order acts on the entry queue, or on the exit queue where a gate has no entry."""
    queue = control.queue
    if queue.side == "entry":
        return True
    entry = {
        s
        for lane in control.scenario.lanes
        if (lane.crossing, lane.direction, lane.side) == (queue.crossing, queue.direction, "entry")
        for s in lane.streams
    }
    return bool(set(queue.streams) - entry)


# --- the same again --------------------------------------------------------------------------------


def as_bytes(out):
    """Every field of every record (a record's padding holds nothing)."""
    found = []
    for name in ("crowd", "fate", "visits", "states", "present", "over", "choices"):
        table = getattr(out, name)
        found += [table[field].tobytes() for field in table.dtype.names] if table.dtype.names else [table.tobytes()]
    return found


@examples(40)
@given(worlds.scenarios(), seeds)
def test_a_seed_twice_gives_the_same_bytes(scenario, seed):
    assert as_bytes(simulate_once(Model(scenario), seed, record=True)) == as_bytes(
        simulate_once(Model(scenario), seed, record=True)
    )


def tables_of(runs):
    return [
        (t.seed, *(getattr(t, name).tobytes() for name in ("counts", "waits", "servers", "totals", "present", "over")))
        for t in runs.tallies
    ]


@examples(15)
@given(worlds.scenarios(), st.integers(0, 2**60))
def test_threads_change_nothing(scenario, seed):
    model = Model(scenario)
    found = []
    for workers in (1, 2):
        with ThreadPoolExecutor(max_workers=workers) as pool:
            found.append(run_many(model, seeds=range(seed, seed + 6), executor=pool)["hostile"])
    assert tables_of(found[0]) == tables_of(found[1])
    assert all(found[0].tables()[name].equals(found[1].tables()[name]) for name in found[0].tables())


def test_processes_change_nothing():
    """Another process, started afresh, gives the same bytes as this one."""
    stock = (tiny.rush_hour(200, hazard=1.0, end=(3,)),)
    order = (tiny.closed("order", "north", (1,), (2,), announced=(0, 12)),)
    streams = tiny.people(gamma=1.0, knowledge_delay_h=5.0, rush=2.0, give_up=0.2, wait_weight=0.1)
    model = Model(
        tiny.two_crossings(streams=streams, stocks=stock, closures=order, lanes=(tiny.lane("north", 20.0, cv=1.0),))
    )
    with ProcessPoolExecutor(max_workers=1, mp_context=multiprocessing.get_context("spawn")) as pool:
        there = run_many(model, seeds=range(1, 4), executor=pool)["tiny"]
    assert tables_of(there) == tables_of(run_many(model, seeds=range(1, 4))["tiny"])


@examples(40)
@given(worlds.scenarios(), seeds)
def test_the_order_of_rows_changes_nothing(scenario, seed):
    """Lanes, closures, roads, crossings and places in another order: the same people, and the same things befall them."""
    tables = ("lanes", "closures", "roads", "exits")
    turned = dataclasses.replace(scenario, **{name: getattr(scenario, name)[::-1] for name in tables}, written=())
    one, other = simulate_once(Model(scenario), seed), simulate_once(Model(turned), seed)
    assert as_bytes(one) == as_bytes(other)


@examples(60)
@given(worlds.scenarios(), seeds)
def test_a_longer_drain_changes_nothing_before_the_horizon(scenario, seed):
    longer = dataclasses.replace(
        scenario, settings=scenario.settings.model_copy(update={"drain_days": scenario.settings.drain_days + 30})
    )
    model = Model(scenario)
    horizon = model.clock.horizon_ms
    short, long = simulate_once(model, seed), simulate_once(Model(longer), seed)
    assert short.crowd.tobytes() == long.crowd.tobytes()

    def until(values):
        return np.minimum(values, horizon)

    steps = -(-horizon // model.clock.step_ms)
    assert (short.states[:steps] == long.states[:steps]).all()
    long_visits = long.visits[long.visits["arrival"] < horizon]
    assert short.visits.size == long_visits.size
    for name in ("traveller", "gate", "side", "arrival"):
        assert (short.visits[name] == long_visits[name]).all(), name
    served = short.visits["outcome"] == SERVED
    assert (until(short.visits["begin"])[served] == until(long_visits["begin"])[served]).all()
    assert (until(short.visits["end"]) == until(long_visits["end"])).all()
    crossed = short.fate["crossed"] < horizon
    assert (crossed == (long.fate["crossed"] < horizon)).sum() >= crossed.sum()


def test_a_queue_that_outlasts_the_horizon_repels_nobody_more_for_it():
    """A quota of 4 a day and 30 people a day: nobody reads from the board when the run ends."""
    scenario = tiny.one_crossing(
        streams=tiny.people(kind="flow"),
        demand=(tiny.flow(30.0, 0, 3),),
        lanes=(tiny.lane("north", 1.0, quota_per_day=4),),
        days=4,
    )
    longer = dataclasses.replace(scenario, settings=scenario.settings.model_copy(update={"drain_days": 31.0}))
    short, long = (simulate_once(Model(s), 1).states[: 4 * 24] for s in (scenario, longer))
    assert (short == long).all()


# --- the scenarios of these tests are ones that a person may write ---------------------------------


@examples(30)
@given(worlds.scenarios(), seeds)
def test_hostile_scenarios_are_accepted_and_read_back(tmp_path_factory, scenario, seed):
    folder = tmp_path_factory.mktemp("worlds") / "hostile"
    scenario.write(folder)
    faults = [str(f) for f in check(folder) if not f.warning]
    assert not faults
    again = Scenario.read(folder)
    assert as_bytes(simulate_once(Model(again), seed)) == as_bytes(simulate_once(Model(scenario), seed))


def test_more_travellers_than_memory_are_refused_in_one_line():
    """A day factor of a tiny shape is mostly nearly 0 and now and then enormous: what counts is the number drawn."""
    crowd = tiny.flow(2e6)
    scenario = tiny.one_crossing(demand=(crowd,), streams=tiny.people(kind="flow", day_shape=0.01), days=1)
    model = Model(scenario)
    drawn = [int(draw_numbers(np.uint64(seed), model.tables, model.people).sum()) for seed in range(400)]
    with pytest.raises(
        InputError, match=r"^demand.csv: [\d,]+ travellers in one run are more than this machine can hold"
    ):
        simulate_once(model, int(np.argmax(drawn)), at_once=100)
