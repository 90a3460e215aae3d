"""Counts seen at the border matched to the same crossings, period and unit of the model."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
import pytest

import crossings as cx
from crossings.observations.matching import LEAST_RUNS, beside, match
from crossings.scenario.entities import Observation
from tiny import at, flow, lane, people, rush_hour, two_crossings


def seen(ident="seen", crossings=("north",), begin=(0,), end=(1,), count=0, streams=("people",), **more):
    return Observation(
        id=ident, crossings=crossings, streams=streams, from_=at(*begin), until=at(*end), count=count, **more
    )


def world(*observations, **parts):
    parts = {"stocks": (rush_hour(100),), **parts}
    return cx.Model(two_crossings(observations=observations, lanes=(lane("north", 1.0), lane("south", 1.0)), **parts))


def table(*observations, seeds=3, **parts):
    (runs,) = cx.run_many(world(*observations, **parts), seeds=range(1, seeds + 1)).values()
    return beside(runs), runs


def test_a_sum_over_crossings_and_days_is_that_of_the_flows():
    both, runs = table(seen(crossings=("north", "south"), end=(3,)), seen("north-only", end=(3,)))
    flows = runs.flows
    assert both["mean"][0] == pytest.approx(flows["crossed_mean"].sum())
    assert both["mean"][1] == pytest.approx(flows.filter(flows["crossing"] == "north")["crossed_mean"].sum())


def test_part_days_add_up():
    parts, _ = table(seen("a", end=(0, 1, 30)), seen("b", begin=(0, 1, 30), end=(0, 2)), seen("whole", end=(0, 2)))
    assert parts["mean"][0] + parts["mean"][1] == pytest.approx(parts["mean"][2])
    assert parts["mean"][1] > 0


def test_those_who_came_and_those_who_wait():
    # 100 people come about an hour after the start and are served one a minute: half of them wait half an hour later
    rows, _ = table(
        seen("came", what="arrived", end=(0, 3)),
        seen("wait", what="waiting", begin=(0, 1), end=(0, 2)),
        seeds=1,
        stocks=(rush_hour(100, hazard=1000.0),),
    )
    assert rows["mean"][0] == pytest.approx(100, abs=1)
    assert 50 <= rows["mean"][1] <= 80


@pytest.mark.parametrize(
    ("count", "more", "inside", "scored"),
    [
        (100, {}, True, True),
        (99, {}, False, True),
        (101, {}, False, True),
        (90, {"count_max": 100}, True, True),
        (90, {"count_max": 99}, False, True),
        (90, {"status": "lower_bound"}, True, True),
        (101, {"status": "lower_bound"}, False, True),
        (99, {"status": "conflict"}, False, False),
        (100, {"status": "off-model"}, True, False),
    ],
)
def test_inside_the_band(count, more, inside, scored):
    rows, _ = table(seen(count=count, end=(3,), **more), seeds=LEAST_RUNS)
    assert rows["mean"][0] == 100
    assert rows.row(0, named=True)["inside"] is inside
    assert rows["scored"][0] is scored


def test_few_runs_call_no_count_a_hit_or_a_miss():
    for count in (100, 99):
        rows, _ = table(seen(count=count, end=(3,)), seeds=LEAST_RUNS - 1)
        assert (rows["mean"][0], rows["inside"][0], rows["scored"][0]) == (100, None, True)


def test_persons_of_a_unit_and_vehicles():
    streams = people("flow", direction=None)
    streams = {"people": streams["people"].model_copy(update={"unit": "car", "persons": 2.5})}
    rows, _ = table(
        seen("persons", end=(3,)),
        seen("vehicles", end=(3,), unit="vehicles"),
        streams=streams,
        demand=(flow(200),),
        stocks=(),
    )
    assert rows["mean"][0] == pytest.approx(2.5 * rows["mean"][1])


@pytest.mark.parametrize(
    ("begin", "end", "more"), [((-1,), (1,), {}), ((1,), (9,), {}), ((0,), (1,), {"unit": "vehicles"})]
)
def test_no_counterpart(begin, end, more):
    rows, _ = table(seen(begin=begin, end=end, **more))
    assert rows["mean"][0] is None
    assert rows["inside"][0] is None
    assert not rows["scored"][0]


def test_both_directions_where_none_is_named():
    demand = (flow(50), flow(50, origin="goal", destination="home"))
    rows, _ = table(
        seen("both", end=(3,)),
        seen("in", end=(3,), direction="BB"),
        seen("out", end=(3,), direction="AA"),
        demand=demand,
        stocks=(),
        streams=people("flow"),
    )
    assert rows["mean"][0] == pytest.approx(rows["mean"][1] + rows["mean"][2])
    assert rows["mean"][2] > 0


def test_no_observation_is_an_empty_table():
    rows, runs = table()
    assert rows.height == 0
    assert runs.seen().shape == (3, 0)


def test_edges_are_exactly_those_needed():
    model = world(seen(begin=(0, 6), end=(0, 18)))
    hour = 3_600_000
    assert match(model).edges.tolist() == [0, 6 * hour, 18 * hour, model.clock.horizon_ms]


def test_finland_shows_the_pattern():
    (runs,) = cx.run_many(cx.Model(cx.Scenario.read("finland-2023")), seeds=range(1, 5)).values()
    rows = {row["id"]: row for row in beside(runs).iter_rows(named=True)}
    assert len(rows) == len(runs.observations) > 60
    assert rows["reopening-vehicles"]["mean"] is None
    rush = [rows[name]["mean"] for name in ("se-17-day", "se-17-evening")]
    quiet = [rows[name]["mean"] for name in ("se-16-night", "se-16-rest")]
    assert sum(rush) > 3 * sum(quiet)
    assert rows["niirala-18"]["mean"] == 0
    assert np.isfinite(runs.seen()[:, 0]).all()


def test_a_count_at_the_very_start_is_matched_in_local_time():
    scenario = cx.Scenario.read("finland-2023")
    model = cx.Model(dataclasses.replace(scenario, observations=scenario.observations[:1]))
    matched = match(model)
    assert matched.observations[0].from_ == dt.datetime(2023, 11, 6)
    assert (int(matched.first[0]), int(matched.last[0])) == (0, 1)
