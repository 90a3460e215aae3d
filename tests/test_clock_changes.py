"""On the days on which clocks change, every table tells the same local times."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import crossings as cx
import tiny
from crossings.observations.counts import Observations
from crossings.scenario import Scenario
from crossings.scenario.clock import Clock
from crossings.scenario.entities import Observation, Settings
from crossings.simulation.ensemble import run
from crossings.simulation.expected import expect
from crossings.simulation.outcome import simulate_once
from crossings.simulation.trajectories import story

SPRING, AUTUMN = dt.datetime(2024, 3, 30), dt.datetime(2024, 10, 26)  # the day before each change in Helsinki
MIDNIGHT = dt.timedelta(days=1)


def scenario(start: dt.datetime) -> Scenario:
    """60 people a day for three days from the eve of a change, at a control that takes 20 minutes for each."""
    day = start.date()
    made = tiny.one_crossing(
        settings={"start": start, "end": start + 3 * MIDNIGHT, "timezone": "Europe/Helsinki", "drain_days": 2.0},
        lanes=(tiny.lane("north", 20),),
        streams=tiny.people("flow", outside_km=1e6),
    )
    demand = tiny.Demand(
        stream="people",
        origin="home",
        destination="goal",
        from_=day,
        until=day + 2 * MIDNIGHT,
        per_day=60.0,
    )
    seen = tuple(
        Observation(
            id=f"{what} {k}",
            crossings=("north",),
            direction="BB",
            streams=("people",),
            what=what,
            unit="persons",
            from_=start + k * MIDNIGHT,
            until=start + (k + 1) * MIDNIGHT,
            count=1,
            status="final",
        )
        for k in range(5)
        for what in ("crossed", "waiting")
    )
    return dataclasses.replace(made, demand=(demand,), observations=seen)


def clock(start: dt.datetime) -> Clock:
    return Clock(scenario(start).settings)


@pytest.mark.parametrize(("start", "hours"), [(SPRING, 23), (AUTUMN, 25)])
def test_every_table_tells_the_same_local_times(start: dt.datetime, hours: int) -> None:
    model = cx.Model(scenario(start))
    day, hour = run(model, 1), run(model, 1, by="hour")
    left, crossed = day.fates["left"].drop_nulls().to_list(), day.fates["crossed"].drop_nulls().to_list()
    assert len(crossed) > 100

    # fates beside flows by hour and by day
    for result, form in ((hour, "%Y-%m-%dT%H:00"), (day, "%Y-%m-%d")):
        flows = result.flows.group_by("date").agg(pl.col("crossed_mean").sum()).filter(pl.col("crossed_mean") > 0)
        assert dict(flows.iter_rows()) == Counter(when.strftime(form) for when in crossed)

    # the day of the change has as many hours as it has; the repeated hour stands twice, the skipped one not at all
    changed = (start + MIDNIGHT).strftime("%Y-%m-%d")
    dates = [d for d in hour.flows.filter(pl.col("direction") == "BB")["date"] if d.startswith(changed)]
    assert len(dates) == hours
    assert Counter(dates)[f"{changed}T03:00"] == (0 if hours == 23 else 2)
    assert (
        hour.places["date"].unique(maintain_order=True).to_list()
        == hour.flows["date"].unique(maintain_order=True).to_list()
    )

    # expected flows begin their periods at the same times
    for by, result in (("day", day), ("hour", hour)):
        assert expect(model, by=by).starts == result.runs.periods

    # a story tells the times of the table
    recorded = simulate_once(model, 1, record=True)
    for row in day.fates.filter(pl.col("crossed").is_not_null()).iter_rows(named=True):
        told = story(model, recorded, row["traveller"])
        assert [when for when, what in told if what.startswith("has crossed")] == [
            row["crossed"].isoformat(" ", "minutes")
        ]
        assert row["left"].isoformat(" ", "minutes") in [when for when, what in told if what.startswith("sets out")]

    # counts held against them cover the same days, and the last ends with the run
    seen = {o.id: n for o, n in zip(day.runs.observations, day.runs.seen()[0], strict=True)}
    by_day = Counter((when.date() - start.date()).days for when in crossed)
    horizon = model.clock.local(model.clock.horizon_ms)
    for k in range(5):
        inside = start + (k + 1) * MIDNIGHT <= horizon
        assert seen[f"crossed {k}"] == by_day[k] if inside else np.isnan(seen[f"crossed {k}"])
    assert min(left) < start + MIDNIGHT


@pytest.mark.parametrize("start", [SPRING - 2 * MIDNIGHT, AUTUMN - 2 * MIDNIGHT, SPRING + MIDNIGHT])
def test_the_run_ends_at_one_time_for_everybody(start: dt.datetime) -> None:
    """Two days of 24 hours after the end, in which clocks may change: cells of a fit and runs take the same counts."""
    made = scenario(start)
    model = cx.Model(made)
    horizon = model.clock.local(model.clock.horizon_ms)
    runs = run(model, 1).runs
    used = {use.row.id: use.use for use in Observations.read(made).uses()}
    for o, n in zip(runs.observations, runs.seen()[0], strict=True):
        if o.what == "crossed":
            assert np.isnan(n) == (used[o.id] == "no") == (o.until > horizon), o.id


@given(
    st.lists(st.integers(0, 500 * 86_400_000), max_size=50),
    st.sampled_from(
        ["UTC", "Europe/Helsinki", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Casablanca"]
    ),
    st.sampled_from([dt.datetime(2024, 1, 1), dt.datetime(2024, 10, 26, 5, 30), dt.datetime(1890, 6, 1)]),
)
def test_many_times_at_once_are_those_of_each(times: list[int], zone: str, start: dt.datetime) -> None:
    one = Clock(Settings(name="x", start=start, end=start + MIDNIGHT, timezone=zone, streams=tiny.people()))
    many = one.local_array(np.array(times, np.int64)).astype("datetime64[us]").tolist()
    assert many == [one.local(t).replace(microsecond=one.local(t).microsecond // 1000 * 1000) for t in times]
