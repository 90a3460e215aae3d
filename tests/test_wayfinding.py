"""Journeys found once and reused wherever nothing closed is in their way: the same as when everything is found afresh."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
from itertools import pairwise
from threading import get_ident

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

import crossings as cx
import tiny
from crossings.model import Model, alternatives, journeys
from crossings.model.choice_sets import ChoiceSets
from crossings.model.orders import Rules
from crossings.network import threads
from crossings.network.graph import Network, Reach
from crossings.network.routing import Wayfinder
from crossings.scenario.entities import Border, Closure, Crossing, Demand, Place, Road, Settings, Stream
from crossings.simulation.outcome import simulate_once

START = dt.datetime(2024, 1, 1)
DAYS = 40
NOTHING = (frozenset(), frozenset())


def continent(seed, *, ties, side=3, high=4, wide=5, closures=10):
    """Countries in a square with crossings between them; with ``ties`` whole hours, so that many ways are equally short."""
    chance = random.Random(seed)
    places, roads, crossings, borders = [], [], [], []

    def name(c, r, k):
        return f"p{c}-{r}-{k}"

    def road(a, b):
        hours = chance.choice([1.0, 2.0]) if ties else chance.uniform(0.5, 2.0)
        roads.append(Road(from_=a, to=b, km=chance.choice([10, 20]), hours=hours, one_way=chance.random() < 0.1))

    for c in range(side**2):
        for r in range(high):
            for k in range(wide):
                kind = "destination" if (r, k) == (1, 2) else "origin" if (r, k) == (2, 1) else "town"
                places.append(
                    Place(id=name(c, r, k), lat=c // side, lon=c % side, country=f"X{chr(65 + c)}", kind=kind)
                )
                if k:
                    road(name(c, r, k - 1), name(c, r, k))
                if r:
                    road(name(c, r - 1, k), name(c, r, k))
        for other, east in ((c + 1, True), (c + side, False)):
            if (c % side < side - 1) if east else (c < side * (side - 1)):
                borders.append(Border(id=f"b{c}-{other}", country_a=f"X{chr(65 + c)}", country_b=f"X{chr(65 + other)}"))
                for at in range(2):
                    a, b = (
                        (name(c, at, wide - 1), name(other, at, 0))
                        if east
                        else (name(c, high - 1, at), name(other, 0, at))
                    )
                    crossings.append(
                        Crossing(id=f"x{c}-{other}-{at}", border=f"b{c}-{other}", place_a=a, place_b=b, lat=0, lon=0)
                    )
    rows = []
    for k in range(closures):
        first = START + dt.timedelta(days=chance.randint(0, DAYS - 8))
        what = {"places": (name(chance.randrange(side**2), chance.randrange(high), chance.randrange(wide)),)}
        if k % 3:
            what = {"roads": tuple({chance.choice(roads).name for _ in range(3)})}
        rows.append(
            Closure(id=f"o{k}", order=f"o{k}", kind="closed", from_=first, until=first + dt.timedelta(days=5), **what)
        )
    streams = {
        "far": Stream(kind="flow", choose="destination"),
        "near": Stream(kind="flow", choose="crossing"),
        "slow": Stream(kind="flow", choose="destination", speed_kmh=8),
    }
    demand = [
        Demand(stream=s, origin=name(c, 2, 1), destination=to, from_=START.date(), until=START.date(), per_day=1)
        for s in streams
        for c, to in (
            (0, None if s != "near" else name(1, 1, 2)),
            (4, None if s != "near" else name(side**2 - 1, 1, 2)),
        )
    ]
    settings = Settings(name="made-up", start=START, end=START + dt.timedelta(days=DAYS), streams=streams)
    return cx.Scenario(
        settings, tuple(borders), tuple(places), tuple(roads), tuple(crossings), (), tuple(demand), closures=tuple(rows)
    )


def choice_sets(scenario, *, reuse):
    model = cx.Model(scenario)
    regimes = model.rules.regimes()
    rules = Rules(model.written, model.clock).regimes()
    network = Network(scenario)
    return ChoiceSets(scenario, model.written, network, model.gates, model.groups, regimes, rules, reuse=reuse), model


@pytest.mark.parametrize("ties", [False, True], ids=["no ties", "many ties"])
@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, 6))])
def test_reuse_changes_nothing(seed, ties):
    """Every table that the kernel reads, byte for byte, also where many ways are equally short."""
    scenario = continent(seed, ties=ties, high=3, wide=4)
    once, model = choice_sets(scenario, reuse=True)
    afresh, _ = choice_sets(scenario, reuse=False)
    assert len(once.regimes) > 8
    a, b = once.tables(model.places), afresh.tables(model.places)
    for name in a:
        np.testing.assert_array_equal(a[name], b[name], err_msg=name)
    assert (a["legs"]["next"] >= 0).any()
    assert len({row.tobytes() for row in a["journeys"]}) > 3, "no closure changed a journey: nothing was tested"


def plain_reach(network, sources, targets, links=None, **how):
    """The same as `Network.reach`, by scipy's search and by walking its ways from link to link, edge by edge."""
    graph = network.graph(how["mode"], how["speed_kmh"], how["closed"], links=links)
    matrix = csr_array((graph.hours, graph.target, graph.start), shape=(network.size, network.size))
    edges = {
        (a, int(graph.target[e])): e for a in range(network.size) for e in range(graph.start[a], graph.start[a + 1])
    }
    out = np.full((5, len(sources), len(targets)), np.inf)
    distance, before = dijkstra(matrix, indices=sources, return_predecessors=True)
    for r, source in enumerate(sources):
        for c, target in enumerate(targets):
            if not np.isfinite(distance[r, target]):
                out[2, r, c] = -1
                continue
            way = [int(target)]
            while way[-1] != source:
                way.append(int(before[r, way[-1]]))
            passed = [edges[pair] for pair in pairwise(way[::-1])]
            links_passed = [i for i, e in enumerate(passed) if graph.mark[e] >= 0]
            there = links_passed[0] if links_passed else len(passed)
            first = graph.mark[passed[there]] if links_passed else -1
            for k, part in ((0, passed), (3, passed[:there])):
                out[k, r, c], out[k + 1, r, c] = sum(graph.hours[e] for e in part), sum(graph.km[e] for e in part)
            out[2, r, c] = first
    return Reach(out[0], out[1], out[2].astype(int), out[3], out[4])


def same(found, plain):
    """Answers that agree but for the last digits of sums."""
    for name in ("hours", "km", "first", "first_hours", "first_km"):
        np.testing.assert_allclose(getattr(found, name), getattr(plain, name), rtol=1e-12, err_msg=name)


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, 4))])
def test_journeys_are_the_shortest(seed):
    """Hours and km of every regime against a plain search of the whole network."""
    scenario = continent(seed, ties=False)
    network, regimes = Network(scenario), cx.Model(scenario).rules.regimes()
    gates = [g for g in cx.Model(scenario).gates if g.stream == "far"]
    index = network.index
    ends = np.array([index[p.id] for p in scenario.places if p.kind == "destination"])
    everywhere = np.arange(network.size)
    finder = Wayfinder(network, "road", None)
    finder.ask(everywhere, everywhere, ends)
    for _, *closed in regimes:
        closed = tuple(closed)
        shared = {"mode": "road", "speed_kmh": None, "closed": closed}
        plain = plain_reach(network, everywhere, everywhere, **shared)
        same(network.reach(everywhere, everywhere, **shared), plain)
        for c in set(finder.country.tolist()):
            mine = np.flatnonzero(finder.country == c)
            block = finder.within(c, closed)
            rows, columns = [finder.place(n) for n in mine], [finder.place(n, target=True) for n in mine]
            np.testing.assert_allclose(block.hours[np.ix_(rows, columns)], plain.hours[np.ix_(mine, mine)], rtol=1e-12)
            np.testing.assert_allclose(block.km[np.ix_(rows, columns)], plain.km[np.ix_(mine, mine)], rtol=1e-12)
        for left, entered in {(g.left, g.direction) for g in gates}:
            links = np.array([(index[g.near], index[g.far]) for g in gates if g.direction not in (left, entered)])
            fars = np.array(sorted({index[g.far] for g in gates if (g.left, g.direction) == (left, entered)}))
            plain = plain_reach(network, fars, ends, links, **shared)
            same(finder.onward(fars, ends, links, [closed])[0], plain)
            same(network.reach(fars, ends, links=links, **shared), plain)


@pytest.mark.parametrize("seed", range(3))
def test_parts_are_those_that_scipy_finds(seed):
    network = Network(continent(seed, ties=True, closures=0))
    keep = np.random.default_rng(seed).random(network._from.size) < 0.6  # some countries fall apart
    network._from, network._to = network._from[keep], network._to[keep]
    one = csr_array((np.ones(keep.sum(), bool), (network._from, network._to)), shape=(network.size, network.size))
    assert len(set(network.parts().tolist())) > 9
    np.testing.assert_array_equal(network.parts(), connected_components(one, directed=False)[1])


def test_only_what_a_closure_changes_is_found_again(monkeypatch):
    scenario = continent(1, ties=False, closures=0)
    network = Network(scenario)
    finder = Wayfinder(network, "road", None)
    gates = cx.Model(scenario).gates
    links = np.array([(network.index[g.near], network.index[g.far]) for g in gates])
    ends = np.array([network.index[p.id] for p in scenario.places if p.kind == "destination"])
    fars = np.unique(links[:, 1])[:4]
    finder.ask(fars, ends, ends)
    countries = sorted(set(finder.country.tolist()))
    searched, walked = [], []
    search, find = finder._search, finder._find
    monkeypatch.setattr(finder, "_search", lambda country, closed: searched.append(country) or search(country, closed))
    monkeypatch.setattr(finder, "_find", lambda net, ends, shut: walked.extend(ends) or find(net, ends, shut))

    def everything(closed):
        searched.clear(), walked.clear()
        return [finder.within(c, closed) for c in countries], finder.onward(fars, ends, links, [closed])[0]

    everything(NOTHING)
    assert searched == countries
    assert walked == ends.tolist()
    counts = []
    for road in scenario.roads[::7]:
        _, reach = everything((frozenset({road.name}), frozenset()))
        assert searched == [finder.country[network.index[road.from_]]]
        counts.append(len(walked))
        changed = ~np.isclose(reach.hours, finder.onward(fars, ends, links, [NOTHING])[0].hours).all(axis=0)
        assert set(ends[changed].tolist()) <= set(walked)
    assert 0 in counts
    assert 0 < np.mean(counts) < 0.5 * ends.size
    everything(NOTHING)
    assert (searched, walked) == ([], [])


def test_threads_change_nothing(monkeypatch):
    """Every table is the same, byte for byte, however many threads build it."""
    scenario = continent(2, ties=True, high=3, wide=4)
    one, model = choice_sets(scenario, reuse=True)
    used = set()
    monkeypatch.setattr(threads, "available_cores", lambda: 4)
    for module in (journeys, alternatives):
        monkeypatch.setattr(module, "LARGE", 0)
        monkeypatch.setattr(
            module,
            "spread",
            lambda work, items, large: threads.spread(lambda x: used.add(get_ident()) or work(x), items, large=large),
        )
    many, _ = choice_sets(scenario, reuse=True)
    assert len(used) > 1
    a, b = one.tables(model.places), many.tables(model.places)
    for name in a:
        np.testing.assert_array_equal(a[name], b[name], err_msg=name)


def test_a_slower_road_is_taken_while_the_fastest_beside_it_is_closed():
    places = [Place(id=f"p{k}", lat=0, lon=k, country="XA", kind="town") for k in range(3)]
    roads = [Road(id=name, from_="p0", to="p1", km=km, hours=h) for name, km, h in (("slow", 3, 2), ("fast", 5, 1))]
    roads.append(Road(id="on", from_="p1", to="p2", km=7, hours=1))
    settings = Settings(name="two", start=START, end=START + dt.timedelta(days=1), streams={"s": Stream(kind="flow")})
    network = Network(cx.Scenario(settings, (), tuple(places), tuple(roads)))
    regimes = [NOTHING, *((frozenset(names), frozenset()) for names in (["fast"], ["slow"], ["fast", "slow"]))]
    found = Wayfinder(network, "road", None).onward(np.array([0]), np.array([2]), np.zeros((0, 2), np.int64), regimes)
    assert [(float(r.hours[0, 0]), float(r.km[0, 0])) for r in found] == [(2, 12), (3, 10), (2, 12), (np.inf, np.inf)]


def test_ways_of_no_length_do_not_go_round_in_circles():
    """Roads and crossings of no length, both ways, in a ring: each way on still ends."""
    places = [Place(id=f"p{k}", lat=0, lon=k, country="XA", kind="town") for k in range(6)]
    roads = [Road(from_=a.id, to=b.id, km=0, hours=0) for a, b in pairwise(places)]
    roads += [Road(from_="p0", to="p4", km=0, hours=0)]
    settings = Settings(name="ring", start=START, end=START + dt.timedelta(days=1), streams={"s": Stream(kind="flow")})
    network = Network(cx.Scenario(settings, (), tuple(places), tuple(roads)))
    links = np.array([(1, 3), (3, 1), (5, 0)])
    found = Wayfinder(network, "road", None).onward(np.arange(6), np.array([5, 2]), links, [NOTHING])[0]
    assert (found.hours == 0).all()
    assert np.isfinite(found.first_hours).all()


def test_a_crossing_with_a_closed_town_behind_it_is_none():
    """Who may ask at any crossing does not choose one whose far side is closed, although the way there is open."""
    town = tiny.closed("shut", "", (0,), (1,), places=("north b",))
    scenario = tiny.two_crossings(streams=tiny.people(), stocks=(tiny.rush_hour(20),), closures=(town,))
    model = Model(scenario)
    first = {model.gates[g].crossing for g in simulate_once(model, 1).fate["first_gate"]}
    assert first == {"south"}
    later = dataclasses.replace(scenario, stocks=(tiny.rush_hour(20, begin=(1, 1), end=(2,)),))
    model = Model(later)
    assert {model.gates[g].crossing for g in simulate_once(model, 1).fate["first_gate"]} == {"north"}
