"""Expected flows beside the mean of many runs, and their own sums."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import crossings as cx
import tiny
from crossings.kernel.agents.tally import COUNTS
from crossings.simulation.ensemble import run_many
from crossings.simulation.expected import Expectation, expect


@pytest.fixture(scope="module")
def finland() -> cx.Scenario:
    return cx.Scenario.read("finland-2023")


def scaled(scenario: cx.Scenario, times: int) -> cx.Scenario:
    """The same border with so many times the people, servers and quotas."""
    lanes = [
        x.model_copy(
            update={
                "servers": x.servers * times,
                "quota_per_day": None if x.quota_per_day is None else x.quota_per_day * times,
            }
        )
        for x in scenario.lanes
    ]
    stocks = [s.model_copy(update={"initial": s.initial * times}) if s.initial else s for s in scenario.stocks]
    demand = [d.model_copy(update={"per_day": d.per_day * times}) for d in scenario.demand]
    return dataclasses.replace(scenario, lanes=tuple(lanes), stocks=tuple(stocks), demand=tuple(demand))


def means(model: cx.Model, seeds: int, count: str = "crossed") -> tuple[np.ndarray, np.ndarray]:
    """The mean of many runs and its standard error [periods, gates]."""
    (runs,) = run_many(model, seeds=range(1, seeds + 1)).values()
    found = np.stack([t.counts[:, :, COUNTS.index(count)] for t in runs.tallies])
    return found.mean(axis=0), found.std(axis=0, ddof=1) / np.sqrt(seeds)


def misfit(model: cx.Model, seeds: int, least: float, part: float = 0.02) -> np.ndarray:
    """How far expected crossings over the whole run are outside ``part`` + 4 standard errors, where they are ``least``."""
    (runs,) = run_many(model, seeds=range(1, seeds + 1)).values()
    found = np.stack([t.counts[:, :, COUNTS.index("crossed")].sum(axis=0) for t in runs.tallies])
    flows = expect(model).crossed.sum(axis=0)
    allowed = part * flows + 4 * found.std(axis=0, ddof=1) / np.sqrt(seeds)
    return (np.abs(found.mean(axis=0) - flows) - allowed)[flows >= least]


def test_nobody_is_lost_in_any_step(finland: cx.Scenario) -> None:
    for name in ("finland-2023", "two-crossings"):
        model = cx.Model(cx.Scenario.read(name))
        fluid = Expectation(model).compute()
        people = model.people.cells
        created = people["mean"][people["mean"] > 0].sum() + people["count"].sum()
        total = fluid.states.sum(axis=2)
        assert fluid.states.min() > -1e-6
        assert np.all(np.diff(total, axis=0) > -1e-6)
        assert total[-1].sum() == pytest.approx(created, rel=2e-3)  # some of the last day's would come after the end


def test_light_traffic_agrees_with_the_mean_of_many_runs() -> None:
    model = cx.Model(cx.Scenario.read("two-crossings"))
    over = misfit(model, 40, 100.0)
    assert over.size >= 4
    assert np.all(over <= 0)


def test_the_error_shrinks_as_people_and_servers_scale_together(finland: cx.Scenario) -> None:
    asylum = dataclasses.replace(finland, demand=tuple(d for d in finland.demand if d.stream == "asylum"))
    errors = []
    for times, seeds in ((1, 30), (20, 4)):
        model = cx.Model(scaled(asylum, times))
        mean, _ = means(model, seeds)
        flows = expect(model, streams=["asylum"]).crossed
        days = slice(5, 18)  # 11 to 23 November
        errors.append(np.abs(mean[days] - flows[days]).sum() / flows[days].sum())
    assert errors[1] < errors[0] + 0.005
    assert errors[1] < 0.06


def one_after_the_other(orders: int, **more: str) -> cx.Scenario:
    """Ten crossings from one place, of which so many are ordered shut 6 h apart, each by an order that is heard of late."""
    names = [f"c{k}" for k in range(10)]
    ends = [(f"{name} a", f"{name} b") for name in names]
    places = [tiny.place("home", "AA", "origin"), tiny.place("goal", "BB", "destination")]
    roads = [tiny.road("home", a, 1.0 + 0.2 * k) for k, (a, _) in enumerate(ends)]
    return tiny.scenario(
        places=(*places, *(tiny.place(p, c) for pair in ends for p, c in zip(pair, ("AA", "BB"), strict=True))),
        roads=(*roads, *(tiny.road(b, "goal", 1.0) for _, b in ends)),
        crossings=tuple(tiny.crossing(name, *pair) for name, pair in zip(names, ends, strict=True)),
        closures=tuple(tiny.closed(f"o{k}", names[k], (1, 6 * k), announced=(1, 6 * k), **more) for k in range(orders)),
        demand=(tiny.flow(2000.0, 0, 5),),
        streams=tiny.people("flow", gamma=2.0, knowledge_delay_h=48.0, outside_km=100.0, choice_set=10),
        days=6,
    )


@pytest.mark.parametrize(
    ("orders", "part", "more"),
    [
        (3, 0.01, {}),
        (4, 0.01, {}),
        (6, 0.01, {}),
        (8, 0.025, {}),
        (4, 0.01, {"kind": "deterrent", "value": "40%"}),
        (8, 0.025, {"kind": "deterrent", "value": "40%"}),
    ],
)
def test_orders_of_a_few_days_are_heard_of_each_apart(orders: int, part: float, more: dict[str, str]) -> None:
    """Arrivals at each crossing on each day, beside runs: parts of an ordinary day of the border."""
    model = cx.Model(one_after_the_other(orders, **more))
    mean, error = means(model, 40, "arrived")
    flows = expect(model)
    ordinary = flows.arrived.sum(axis=1).max()
    assert np.abs(flows.arrived - mean).max() / ordinary < part
    assert error.max() / ordinary < part / 3


def test_an_overloaded_lane_serves_what_it_can() -> None:
    lanes = (tiny.lane("north", 30.0, servers=2, cv=1.0), tiny.lane("south", 30.0, servers=2, cv=1.0))
    streams = tiny.people("flow", gamma=1.5, wait_weight=0.1)
    model = cx.Model(tiny.two_crossings(lanes=lanes, streams=streams, demand=(tiny.flow(400.0, 0, 2),)))
    over = misfit(model, 20, 100.0)
    assert over.size >= 1
    assert np.all(over <= 0)


def test_shares_at_home_are_the_logit() -> None:
    model = cx.Model(
        tiny.two_crossings(
            streams=tiny.people("flow", gamma=1.5, softening_km=10.0), demand=(tiny.flow(100.0, 0, 2),), lanes=()
        )
    )
    flows = expect(model)
    share = flows.arrived.sum(axis=0) / flows.arrived.sum()
    journeys = model.tables.journeys["weight"][0]
    first = model.tables.sets[int(Expectation(model).plan.homes[0])]
    weight = 1.0 / journeys[first["start"] : first["end"]]
    outside = model.tables.streams["outside"][0]
    total = weight.sum() + (1.0 / outside if outside > 0 else 0.0)
    gates = model.tables.alternatives["gate"][first["start"] : first["end"]]
    given_up = flows.states["gave_up"][-1].sum() / (flows.arrived.sum() + flows.states["gave_up"][-1].sum())
    assert share[gates] * (1 - given_up) == pytest.approx(weight / total, rel=1e-6)


def test_only_as_far_as_asked_and_the_same_up_to_there(finland: cx.Scenario) -> None:
    model = cx.Model(finland)
    whole = Expectation(model, streams=["asylum"]).compute()
    until = 12 * 86_400_000
    part = Expectation(model, streams=["asylum"], until_ms=until).compute()
    assert part.steps == until // model.tables.step_ms
    assert np.array_equal(part.crossed, whole.crossed[: part.steps])


def test_twice_the_same(finland: cx.Scenario) -> None:
    computed = Expectation(cx.Model(finland), streams=["asylum"])
    first = computed.compute().states.copy()
    assert np.array_equal(first, computed.compute().states)


def test_a_short_step_changes_little(finland: cx.Scenario) -> None:
    fine = dataclasses.replace(finland, settings=finland.settings.model_copy(update={"step_min": 15}))
    a = expect(cx.Model(finland), streams=["asylum"]).crossed
    b = expect(cx.Model(fine), streams=["asylum"]).crossed
    assert np.abs(a.sum(axis=0) - b.sum(axis=0)).sum() < 0.03 * b.sum()


def test_unknown_streams_are_refused(finland: cx.Scenario) -> None:
    with pytest.raises(cx.InputError, match="unknown stream 'asylm'"):
        Expectation(cx.Model(finland), streams=["asylm"])


def test_an_elastic_stock_rushes_as_it_does_in_runs() -> None:
    """People who wait to go and may also not go at all: those who rush before a closure weigh that as well."""
    streams = tiny.people(gamma=1.5, rush=4.0, outside_km=150.0, wait_weight=0.0)
    rows = (tiny.closed("north", "north", (2,), announced=(1,)),)
    stock = tiny.rush_hour(3000, end=(3,), hazard=0.3)
    model = cx.Model(tiny.two_crossings(streams=streams, stocks=(stock,), closures=rows, lanes=()))
    (runs,) = run_many(model, seeds=range(1, 21)).values()
    gave_up = np.array([t.totals[:, 6].sum() for t in runs.tallies])
    flows = expect(model)
    expected = flows.states["gave_up"][-1, 0]
    assert abs(gave_up.mean() - expected) < 0.02 * expected + 4 * gave_up.std(ddof=1) / np.sqrt(20)
    assert np.all(misfit(model, 20, 100.0) <= 0)
