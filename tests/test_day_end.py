"""What stands at the end of a period is what stood before the events of that instant, in runs and in expected flows."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
import pytest

import crossings as cx
import tiny
from crossings.kernel.agents.tally import COUNTS
from crossings.simulation.ensemble import run_many
from crossings.simulation.expected import expect

WAITING = COUNTS.index("waiting")


def waiting(model, by, seeds=1):
    """[periods, gates]: those waiting at the end of each period, the mean of some runs; and in expected flows."""
    (runs,) = run_many(model, seeds=range(1, seeds + 1), by=by).values()
    return runs.counts()[..., WAITING].mean(axis=0), expect(model, by=by).waiting


def overnight(*closures, **behaviour):
    """40 people come before midnight to a crossing that serves nobody till noon of day 2."""
    return tiny.one_crossing(
        lanes=(tiny.lane("north", 5, hours="We-Su 12:00-24:00"),),  # from day 2
        stocks=(tiny.rush_hour(40, begin=(0, 18), end=(0, 19)),),
        streams=tiny.people(knowledge_delay_h=1e6, **behaviour),
        closures=closures,
    )


def test_on_the_eve_of_a_closure_the_queue_is_still_there():
    model = cx.Model(overnight(tiny.closed("shut", "north", (1,)), outside_km=1e6))
    for by, eve in (("day", 0), ("hour", 23)):
        runs, flows = waiting(model, by)
        assert runs[eve].sum() == 40
        assert flows[eve].sum() == pytest.approx(40, abs=0.01)
        assert runs[eve + 1 :].max() == 0
        assert flows[eve + 1 :].max() == pytest.approx(0, abs=0.01)


def test_no_notch_where_a_replaced_order_ends_on_paper():
    """The first order ends on paper at 24:00 of day 0; the second, known to nobody, goes on: who stays, stays."""
    closures = (
        tiny.closed("first", "north", (0, 20), (1,)),
        tiny.closed("second", "north", (0, 22), (2,), replaces=("first",)),
    )
    model = cx.Model(overnight(*closures))
    runs, flows = waiting(model, "hour")
    assert runs[20:47].sum(axis=1).tolist() == [40] * 27
    assert flows[20:47].sum(axis=1) == pytest.approx(40, abs=0.2)


def test_the_evenings_before_the_closures_of_2023():
    written = cx.Scenario.read("finland-2023")
    model = cx.Model(dataclasses.replace(written, demand=tuple(d for d in written.demand if d.stream == "asylum")))
    gate = {g.crossing: k for k, g in enumerate(model.gates) if g.stream == "asylum"}
    runs, flows = waiting(model, "hour", 10)
    row = {start: k for k, start in enumerate(expect(model, by="hour").starts)}
    for crossing, day in (("nuijamaa", 17), ("salla", 23), ("vartius", 23)):
        eve, g = row[dt.datetime(2023, 11, day, 23)], gate[crossing]
        assert runs[eve, g] > 0.8 * runs[eve - 1, g] > 10
        assert runs[eve, g] == pytest.approx(flows[eve, g], rel=0.2)
    eve = row[dt.datetime(2023, 12, 23, 23)]  # where a replaced order ends on paper
    for crossing in ("vaalimaa", "niirala"):
        for series in (runs, flows):
            around = series[eve - 2 : eve + 3, gate[crossing]]
            assert around.min() > 0.8 * around.max() > 0, (crossing, around)


def test_runs_and_expected_flows_agree_on_every_step_at_which_the_border_changes():
    """Where many come, the two may differ by chance and by what a fluid leaves out, never by a whole queue."""
    model = cx.Model(overnight(tiny.closed("shut", "north", (1,), (1, 12)), give_up=0.5))
    runs, flows = waiting(model, "hour", 30)
    assert np.abs(runs - flows).max() < 4


def test_who_stays_for_a_reopening_was_not_turned_away():
    """The order ends at noon of day 1 and everybody hears of that: those who come stay, wait, and go across."""
    model = cx.Model(
        tiny.one_crossing(
            lanes=(tiny.lane("north", 1),),
            stocks=(tiny.rush_hour(40, begin=(0, 19, 15), end=(0, 19, 45)),),
            streams=tiny.people(),
            closures=(tiny.closed("shut", "north", (0, 20), (1, 12)),),
        )
    )
    (runs,) = run_many(model, seeds=[1]).values()
    flows = expect(model)
    arrived, crossed, turned_away, reneged, kept = (runs.counts()[0, :, :, k].sum(axis=1) for k in range(5))
    assert arrived.sum() == crossed.sum() == 40
    assert turned_away.sum() == reneged.sum() == 0
    assert kept[0] == 40 - crossed[0] > 0
    assert flows.turned_away.sum() == pytest.approx(0, abs=0.01)
    assert flows.crossed.sum() == pytest.approx(flows.arrived.sum(), abs=0.01)


def test_who_leaves_its_stay_is_turned_away_then_and_who_hears_of_a_reopening_comes_anew():
    """Shut for good as far as anybody knows; on day 1 an end is announced (some stay), on day 2 there is none again."""
    orders = (
        tiny.closed("shut", "north", (0, 12)),
        tiny.closed("till noon", "north", (1, 6), (3, 12), replaces=("shut",)),
        tiny.closed("for good", "north", (2, 6), replaces=("till noon",)),
    )
    model = cx.Model(
        tiny.one_crossing(
            lanes=(tiny.lane("north", 1),),
            stocks=(tiny.rush_hour(40, begin=(0, 11, 15), end=(0, 11, 45)),),
            streams=tiny.people(),
            closures=tuple(order.model_copy(update={"announced": order.from_}) for order in orders),
            days=5,
        )
    )
    (runs,) = run_many(model, seeds=[1], by="hour").values()
    counts = runs.counts()[0].sum(axis=1)
    arrived, crossed, turned_away, reneged = (counts[:, k].cumsum() for k in range(4))
    kept = counts[:, WAITING]
    evening, hoping, again = 23, 24 + 12, 2 * 24 + 12  # hours: after the closure, the announced end, and the last order
    assert [arrived[t] for t in (evening, hoping, again)] == [40, 80, 80]
    assert [turned_away[t] for t in (evening, hoping, again)] == [40, 40, 80]
    assert [kept[t] for t in (evening, hoping, again)] == [0, 40, 0]
    assert crossed[-1] == reneged[-1] == 0
