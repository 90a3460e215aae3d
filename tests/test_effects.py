"""What an order changes: each traveller in one cell, every cell made by hand, and the reduction against plain Python."""

from __future__ import annotations

import dataclasses
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tiny
import worlds
from crossings.kernel.agents.effects import CELLS
from crossings.kernel.core.layout import FAR, STATES
from crossings.model import Model
from crossings.scenario import Scenario
from crossings.scenario.entities import Closure
from crossings.simulation.comparison import compare
from crossings.simulation.ensemble import run_many
from crossings.simulation.outcome import simulate_once
from examples import examples

NEVER = int(FAR)
VIEWS = {
    0: ("horizon", 6.0),
    1: ("horizon", 1.0),
    2: ("horizon", 24.0),
    3: ("later", 6.0),
}


def cells_by_hand(scenario, baseline, seed, view=0):
    """stream -> how many travellers fall in each cell, from the fates of two runs, as section 8 of the model says."""
    at, tau_h = VIEWS[view]
    more = 30 if at == "later" else 0  # runs that end where the view is judged, so what follows cannot matter
    both = [_with_drain(s, s.settings.drain_days + more) for s in (baseline, scenario)]
    written = both[1] if len(scenario.closures) >= len(baseline.closures) else both[0]
    models = [Model(s, written) for s in both]
    horizon = models[1].clock.horizon_ms
    before, after = simulate_once(models[0], seed), simulate_once(models[1], seed)
    assert (before.crowd["who"] == after.crowd["who"]).all()  # the same people
    found = {name: Counter() for name in scenario.settings.streams}
    names = list(models[1].places)
    for who, was, now in zip(before.crowd, before.fate, after.fate, strict=True):
        stream = models[1].groups[who["group"]][0]
        crossed = [f["crossed"] < horizon for f in (was, now)]
        if all(crossed):
            at_gates = [models[1].gates[f["crossed_gate"]].crossing for f in (was, now)]
            later_h = (int(now["crossed"]) - int(was["crossed"])) / tiny.HOUR
            cell = "unaffected"
            if at_gates[0] != at_gates[1]:
                cell = "diverted"
            elif later_h > tau_h:
                cell = "delayed"
            elif later_h < -tau_h:
                cell = "advanced"
        elif crossed[0]:
            chosen = models[1].choices.sets.get((int(who["group"]), names[who["origin"]]), [])
            open_then = any(a.gate < 0 or not _shut(models[1], a.gate, horizon) for a in chosen)
            gave_up = STATES[now["state"]] == "gave_up" and now["since"] < horizon
            cell = "deterred" if gave_up else "pending" if open_then else "stranded"
        else:
            cell = "induced" if crossed[1] else "outside"
        found[stream][cell] += 1
    return found, before.crowd.size


def _with_drain(scenario, days):
    return dataclasses.replace(scenario, settings=scenario.settings.model_copy(update={"drain_days": days}))


def _shut(model, gate, at):
    rows = model.rules.acting_on(model.gates[gate], "closed")
    return any(r.from_ms <= at < r.end_ms for r in rows)


def cells_of(comparison, view=0):
    """stream -> cell -> travellers (mean over seeds)."""
    table = comparison.table(view)
    return {
        row["stream"]: Counter({c: row[f"{c}_mean"] for c in CELLS if row[f"{c}_mean"]})
        for row in table.iter_rows(named=True)
    }


# --- each cell by hand -----------------------------------------------------------------------------

NORTH = tiny.closed("order", "north", (1,))
BOTH = (NORTH, tiny.closed("order", "south", (1,), id="order south"))


def effect(scenario, seeds=(1,)):
    found = compare(scenario, without=["order"], seeds=seeds)
    return cells_of(found)["people"], found


def late(number=50, **more):
    """People who leave within minutes of noon of day 1."""
    return (tiny.rush_hour(number, begin=(1, 12), end=(2,), **more),)


def test_diverted():
    """North closed, south open: all go by south, 2 × 60 km and 2 h further."""
    cells, found = effect(tiny.two_crossings(stocks=late(), closures=(NORTH,)))
    assert cells == {"diverted": 50}
    row = found.table().row(0, named=True)
    assert row["spill_over_mean"] == 0
    assert row["extra_km_mean"] == pytest.approx(120.0)
    assert row["extra_h_mean"] == pytest.approx(2.0)
    flows = found.flows().rows(named=True)
    assert [(f["from"], f["to"], f["unit"], f["number_mean"]) for f in flows] == [("north", "south", "person", 50.0)]


def test_delayed():
    """One crossing, closed from day 1 to day 2: at home until then, 12 h later."""
    short = tiny.closed("order", "north", (1,), (2,))
    cells, found = effect(tiny.one_crossing(stocks=late(), closures=(short,)))
    assert cells == {"delayed": 50}
    assert cells_of(found, 2)["people"] == {"unaffected": 50}  # at tau 24 h


def test_advanced():
    """Announced a day ahead with a rush of 100: those who would have gone in three days go in one."""
    streams = tiny.people(rush=100.0)
    closure = tiny.closed("order", "north", (2,), announced=(1,))
    stock = tiny.Stock(
        stream="people", origin="home", initial=400, from_=tiny.at(0), until=tiny.at(6), hazard_per_day=0.5
    )
    cells, _ = effect(tiny.one_crossing(streams=streams, stocks=(stock,), closures=(closure,), days=6))
    assert set(cells) == {"unaffected", "advanced", "induced"}  # some would not have gone at all in these six days
    assert cells["advanced"] > 150
    assert cells["induced"] > 5
    assert cells.total() == 400


def test_deterred():
    """Turned away at the gate, and all of them give up."""
    cells, found = effect(
        tiny.one_crossing(
            streams=tiny.people(give_up=1.0), stocks=late(), closures=(tiny.closed("order", "north", (1, 12, 30)),)
        )
    )
    assert cells == {"deterred": 50}
    assert [(f["from"], f["to"]) for f in found.flows().rows(named=True)] == [("north", "deterred")]


def test_deterred_at_home():
    """Ordinary traffic that finds nothing open stays at home for good."""
    scenario = tiny.one_crossing(streams=tiny.people(kind="flow"), demand=(tiny.flow(100.0, 1, 1),), closures=(NORTH,))
    cells, _ = effect(scenario)
    assert set(cells) == {"deterred"}


def test_stranded_and_30_days_later():
    """Everything closed until day 20, after the horizon on day 4: stranded then, only late 30 days on."""
    until = tuple(row.model_copy(update={"until": tiny.at(20)}) for row in BOTH)
    cells, found = effect(tiny.two_crossings(stocks=late(), closures=until))
    assert cells == {"stranded": 50}
    assert cells_of(found, 3)["people"] == {"delayed": 50}


def test_pending():
    """Open again just before the horizon: they are on the way."""
    until = tiny.closed("order", "north", (1,), (3, 23, 30))
    cells, _ = effect(tiny.one_crossing(stocks=late(), closures=(until,)))
    assert cells == {"pending": 50}


def test_induced():
    """An order that replaces a closure lets people through."""
    old = tiny.closed("old", "north", (0,))
    opens = Closure(
        id="order row", order="order", crossings=("south",), from_=tiny.at(1), until=tiny.at(1, 1), replaces=("old",)
    )
    cells, _ = effect(
        tiny.two_crossings(stocks=late(), closures=(old, tiny.closed("old", "south", (0,), id="old south"), opens))
    )
    assert cells == {"induced": 50}


def test_outside_and_unaffected():
    never = (
        tiny.Stock(stream="people", origin="home", initial=30, from_=tiny.at(0), until=tiny.at(3), hazard_per_day=0.0),
    )
    assert effect(tiny.one_crossing(stocks=never, closures=(NORTH,)))[0] == {"outside": 30}
    early = (tiny.rush_hour(30),)
    assert effect(tiny.one_crossing(stocks=early, closures=(NORTH,)))[0] == {"unaffected": 30}


def test_spill_over_is_apart():
    """Those from the north crowd into the one server in the south, and those who always went south wait longer."""
    places = (tiny.place("south home", "AA", "origin"),)
    roads = (tiny.road("south home", "south a", 3.0),)
    stocks = (*late(50), *late(20, origin="south home"))
    lanes = (tiny.lane("south", 60.0),)
    cells, found = effect(
        tiny.two_crossings(more_places=places, more_roads=roads, stocks=stocks, lanes=lanes, closures=(NORTH,), days=6)
    )
    assert cells["diverted"] == 50
    spilled = found.table()["spill_over_mean"][0]
    assert 0 < spilled == cells.total() - 50 - cells["unaffected"]


# --- in every scenario -----------------------------------------------------------------------------


@examples(25)
@given(worlds.scenarios(), st.integers(0, 2**64 - 1))
def test_each_traveller_is_in_one_cell_as_counted_by_hand(scenario, seed):
    orders = sorted({row.order for row in scenario.closures if row.kind != "note"})
    if not orders:
        return
    left_out = orders[: 1 + seed % len(orders)]
    baseline = scenario.without(*left_out)
    found = compare(scenario, without=left_out, seeds=[seed])
    for name, kept in (("as written", scenario), (found.baseline, baseline)):
        alone = run_many(Model(kept, scenario), seeds=[seed])[kept.settings.name]
        assert found.runs[name].totals.equals(alone.totals)  # the states of a run that ends at the horizon
        if Model(kept).clock.horizon_ms % Model(kept).clock.step_ms == 0:  # places are noted at steps
            assert found.runs[name].places.equals(alone.places)
        assert (found.runs[name].counts() == alone.counts()).all()
    for view in VIEWS:
        expected, created = cells_by_hand(scenario, baseline, seed, view)
        got = cells_of(found, view)
        assert got == {name: Counter(cells) for name, cells in expected.items()}
        assert sum(cells.total() for cells in got.values()) == created
    assert (found.table()["created_mean"].sum() or 0) == created


def test_cells_add_up_over_seeds_in_the_example_of_finland():
    import crossings

    scenario = crossings.Scenario.read("finland-2023").with_settings(
        start="2023-11-13", end="2023-11-22", drain_days=2.0
    )
    lighter = tuple(d.model_copy(update={"per_day": d.per_day / 50}) for d in scenario.demand)
    found = compare(dataclasses.replace(scenario, demand=lighter), seeds=range(1, 4))
    for view in VIEWS:
        for row in found.table(view).iter_rows(named=True):
            assert sum(row[f"{c}_mean"] for c in CELLS) == pytest.approx(row["created_mean"])
    for row in found.table().iter_rows(named=True):
        moved = sum(f["number_mean"] for f in found.flows().rows(named=True) if f["stream"] == row["stream"])
        assert moved == pytest.approx(row["created_mean"])


# --- orders without effect -------------------------------------------------------------------------


def with_rows(scenario, *rows):
    """The scenario with more rows of orders, not checked anew."""
    return dataclasses.replace(scenario, closures=scenario.closures + rows, written=scenario.written + rows)


def everything(scenario, seed):
    """Every table of a run, and everything that befell every traveller, as bytes.

    Left out is what only the kernel reads: of how many orders a traveller was told, and its event after the horizon.
    """
    model = Model(scenario)
    out = simulate_once(model, seed)
    found = []
    for name in ("crowd", "fate", "visits"):
        table = getattr(out, name)
        if name == "visits":
            table = table.copy()
            for field in ("begin", "end"):  # what comes after the run may hang on an order after the run
                table[field] = np.minimum(table[field], model.clock.horizon_ms)
            table["outcome"][(table["begin"] == model.clock.horizon_ms) & (table["end"] == model.clock.horizon_ms)] = 0
        found += [table[field].tobytes() for field in table.dtype.names if field not in ("told", "since", "event")]
    found += [out.states.tobytes(), out.present.tobytes(), out.over.tobytes()]
    runs = run_many(model, seeds=[seed])[scenario.settings.name]
    return found + [frame.write_ndjson() for frame in runs.tables().values()]


@st.composite
def after_the_run(draw, scenario):
    """An order announced and in force after the horizon."""
    days = (scenario.settings.end - scenario.settings.start).days + scenario.settings.drain_days
    begin = scenario.settings.start + tiny.dt.timedelta(days=days + draw(st.sampled_from([2, 5, 40])))
    crossings = tuple(c.id for c in scenario.crossings)
    what = draw(st.sampled_from(["closed", "roads", "places"]))
    if what == "roads" and scenario.roads:
        return Closure(id="later row", order="later", roads=(scenario.roads[0].name,), from_=begin)
    if what == "places":
        return Closure(id="later row", order="later", places=("goal",), from_=begin)
    return Closure(
        id="later row",
        order="later",
        crossings=crossings,
        from_=begin,
        until=draw(st.sampled_from([None, begin + tiny.dt.timedelta(hours=5)])),
    )


@examples(40)
@given(st.data(), worlds.scenarios(), st.integers(0, 2**64 - 1))
def test_an_order_after_the_run_changes_no_byte(data, scenario, seed):
    added = data.draw(after_the_run(scenario))
    assert everything(with_rows(scenario, added), seed) == everything(scenario, seed)


@examples(30)
@given(worlds.scenarios(), st.integers(0, 2**64 - 1), st.booleans())
def test_an_order_where_nobody_goes_changes_no_byte(scenario, seed, early):
    """A crossing on a road of its own, in nobody's choice set, is closed in the middle of the run."""
    remote = dataclasses.replace(
        scenario,
        places=(*scenario.places, worlds.place("remote a", "AA"), worlds.place("remote b", "BB")),
        crossings=(
            *scenario.crossings,
            worlds.Crossing(id="remote", border="first", place_a="remote a", place_b="remote b", lat=0.0, lon=0.0),
        ),
    )
    begin = scenario.settings.start + tiny.dt.timedelta(hours=0 if early else 20)
    shut = Closure(
        id="remote row",
        order="remote order",
        crossings=("remote",),
        from_=begin,
        until=begin + tiny.dt.timedelta(days=2),
    )
    assert everything(with_rows(remote, shut), seed) == everything(remote, seed)


def test_news_from_where_nobody_goes_changes_nothing_for_those_who_wait():
    """A shelter with room for five: the others wait for news, and an order elsewhere must be none to them."""
    stream = tiny.people(choose="destination", capacity="buffer")
    scenario = tiny.scenario(
        days=6,
        streams=stream,
        places=(
            tiny.place("home", "AA", "origin"),
            *(tiny.place(name, name[-1].upper() * 2) for name in ("c a", "c b", "remote a", "remote b")),
            tiny.place("shelter", "BB", "reception", capacity=5.0, stay_days=0.5),
        ),
        roads=(tiny.road("home", "c a", 1.0), tiny.road("c b", "shelter", 1.0)),
        crossings=(tiny.crossing("c", "c a", "c b"), tiny.crossing("remote", "remote a", "remote b")),
        stocks=(tiny.rush_hour(40, hazard=3.0),),
    )
    assert everything(with_rows(scenario, tiny.closed("order", "remote", (3,), (5,))), 1) == everything(scenario, 1)


def test_a_note_changes_no_byte():
    scenario = tiny.two_crossings(
        stocks=(tiny.rush_hour(100, hazard=1.0, end=(3,)),),
        closures=(NORTH,),
        streams=tiny.people(rush=3.0, knowledge_delay_h=5.0),
    )
    note = Closure(
        id="note row", order="said", crossings=("south",), from_=tiny.at(1), announced=tiny.at(0), kind="note"
    )
    assert everything(with_rows(scenario, note), 1) == everything(scenario, 1)


@examples(15)
@given(worlds.scenarios(), st.integers(0, 2**60))
def test_an_order_without_effect_leaves_everybody_unaffected(scenario, seed):
    begin = scenario.settings.start + tiny.dt.timedelta(days=60)
    order = Closure(id="later row", order="later", crossings=tuple(c.id for c in scenario.crossings), from_=begin)
    found = compare(with_rows(scenario, order), without=["later"], seeds=[seed, seed + 1])
    for view in (0, 1, 2, 3):
        table = found.table(view)
        assert np.allclose(table["unaffected_mean"] + table["outside_mean"], table["created_mean"])
        assert (table["spill_over_mean"] == 0).all()


def test_nobody_rejoins_the_queue_that_it_has_just_lost_patience_in():
    """The small bundled border, where patience runs out often: the next queue is another one."""
    from crossings.kernel.core.layout import OUT_RENEGED

    model = Model(Scenario.read("two-crossings"))
    visits = simulate_once(model, 1).visits
    visits = np.sort(visits, order=["traveller", "arrival"])
    same = visits["traveller"][1:] == visits["traveller"][:-1]
    left = same & (visits["outcome"][:-1] == OUT_RENEGED)
    assert left.sum() >= 5
    assert not (visits["gate"][1:] == visits["gate"][:-1])[left].any()
