"""Each measure has one definition; of orders in two steps each step has its own effect, while it is in force."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re

import numpy as np
import pytest

import tiny
import two_gates
from crossings.claims import examine
from crossings.errors import InputError
from crossings.measures import cells, units
from crossings.measures.access import access_at, gaps_by_day
from crossings.model import Model
from crossings.report import write_report
from crossings.scenario import Scenario
from crossings.scenario.clock import Clock
from crossings.scenario.entities import Claim, Closure
from crossings.scenario.measures import AFFECTED, CROSSED_WITHOUT, MEASURES
from crossings.scenario.period import compared, period_of
from crossings.simulation.comparison import CELLS, FATES, MEASURED, compare
from crossings.store.endings import ENDINGS
from crossings.store.results import STATES

STEPS = """\
id,order,crossings,direction,streams,announced,from,until,kind,replaces
first-row,first,vaalimaa,FI,asylum,2023-11-15T12:00,2023-11-16,,closed,
second-row,second,vaalimaa;nuijamaa,FI,asylum,2023-11-19T12:00,2023-11-20,,closed,first
"""
DAYS = {"first": ("2023-11-16", "2023-11-20"), "second": ("2023-11-20", "2023-12-01")}


@pytest.fixture(scope="module")
def steps(tmp_path_factory):
    """Vaalimaa is closed on the 16th, and all on the 20th by an order that replaces the first."""
    folder = tmp_path_factory.mktemp("steps")
    return Scenario.read(two_gates.write(folder / "s", {"closures.csv": STEPS}))


@pytest.fixture(scope="module")
def effects(steps):
    return {name: compare(steps, without=[name], seeds=range(1, 5)) for name in DAYS}


def text_of(path):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", path.read_text("utf-8").split("<main>")[1]))


# --- each step its own effect ----------------------------------------------------------------------


@pytest.mark.parametrize("name", DAYS)
def test_the_period_is_that_of_the_compared_order(effects, name):
    times = effects[name].times
    begins, ends = DAYS[name]
    assert (times["orders"], times["begins"][:10]) == ([name], begins)
    assert times["ends"] == times["judged"]
    assert times["ends"] >= f"{ends}T00:00"
    if name == "first":  # another order takes its place; the second lasts to the end of the run
        assert times["ends"] == f"{ends}T00:00"


def test_each_step_has_its_own_effect(steps, effects, tmp_path):
    """The gap of the first is what the second leaves in neither run: as in Finland, where four closures give 632 km, not
    1,340.
    """
    line = gaps_by_day(Model(steps), "asylum", "fi-ru")
    one, none = sorted({round(k) for k in line.km.tolist()})[-2:]
    assert none == 1340
    said = {}
    for name, found in effects.items():
        path = write_report(tmp_path / f"{name}.html", model=Model(steps), comparison=found)
        said[name] = text_of(path).split("The border on its key dates")[0]
    assert f"open to them was {one:,} km" in said["first"]
    assert "1,340" not in said["first"]
    assert f"open to them was 1,340 km, without these orders {one:,} km" in said["second"]
    first, second = effects["first"], effects["second"]
    assert first.measure("share_diverted", ["asylum"]).mean() > 0.3
    assert second.measure("share_diverted", ["asylum"]).mean() == 0  # there is nowhere else
    assert second.measure("change_of_arrivals", ["asylum"]).mean() < -0.8
    for found in effects.values():  # cars are closed out by neither
        assert found.measure("journeys_affected", ["cars"]).mean() < 1


def test_what_a_row_replaces_is_no_difference(steps):
    """The baseline's second order does not name the first, which it lacks; it is the same order all the same."""
    rows, both = compared(steps.without("first"), steps)
    assert [r.order for r in rows] == ["first"]
    assert [r.order for r in both] == ["second"]


def test_spill_over_is_where_nothing_differs(steps):
    """Only Vaalimaa differs before the 20th, so whoever would go by Nuijamaa is touched through its queue alone."""
    found = compare(steps, without=["first"], seeds=range(1, 5))
    row = next(r for r in found.table().iter_rows(named=True) if r["stream"] == "asylum")
    delayed_at_the_other = sum(
        f["number_mean"]
        for f in found.flows().iter_rows(named=True)
        if f["stream"] == "asylum" and f["from"] == "nuijamaa" and f["to"] != "nuijamaa"
    )
    assert row["spill_over_mean"] >= delayed_at_the_other * 0.5
    assert row["spill_over_mean"] < row["diverted_mean"] + row["delayed_mean"]


def test_an_order_that_runs_out_is_judged_at_the_end():
    shut = tiny.closed("order", "north", (1,), (1, 6), announced=(0, 20))
    scenario = tiny.one_crossing(closures=(shut,))
    period = period_of([shut], [], Clock(scenario.settings))
    assert (period.announced, period.begins, period.ends) == (tiny.ms(0, 20), tiny.ms(1), tiny.ms(1, 6))
    assert (period.replaced, period.judged) == (None, period.horizon)


def test_nothing_that_differs_is_the_whole_run():
    scenario = tiny.one_crossing()
    period = period_of([], scenario.closures, Clock(scenario.settings))
    assert (period.begins, period.ends, period.judged) == (0, period.horizon, period.horizon)


# --- one definition --------------------------------------------------------------------------------


def test_a_claim_and_a_comparison_of_the_same_orders_agree(steps):
    """The same pair of scenarios, the same seeds: the same figures, to the last digit."""
    only = dataclasses.replace(steps, closures=steps.closures[:1])
    claims = tuple(
        Claim(id=f"c{k}", by="x", date="2023-11-15", words="x", measure=m, orders=("first",), streams=("asylum",))
        for k, m in enumerate(MEASURED)
    )
    found = compare(only, without=["first"], seeds=range(1, 4))
    for finding in examine(dataclasses.replace(only, claims=claims), seeds=3):
        values = found.measure(finding.claim.measure, ["asylum"])
        assert finding.figure["mean"] == pytest.approx(values.mean(), rel=1e-12), finding.claim.measure
        assert finding.figure["p95"] == pytest.approx(np.quantile(values, 0.95), rel=1e-9)


def test_a_report_shows_a_figure_beside_a_claim_of_just_its_orders(steps, tmp_path):
    said = Claim(
        id="c", by="x", date="2023-11-15", words="Said so.", measure="share_diverted", comparison=">", value="0.5"
    )
    only = dataclasses.replace(steps, closures=steps.closures[:1], claims=(said,))
    found = compare(only, seeds=range(1, 4))
    (figure,) = {finding.figure["mean"] for finding in examine(only, seeds=3)}
    text = text_of(write_report(tmp_path / "a.html", model=Model(only), comparison=found))
    assert figure == pytest.approx(found.measure("share_diverted").mean())
    assert "with their figure: 1 of 1." in text
    both = dataclasses.replace(steps, claims=(said,))
    other = compare(both, without=["second"], seeds=range(1, 3))
    text = text_of(write_report(tmp_path / "b.html", model=Model(both), comparison=other))
    assert "with their figure: 0 of 1." in text


def test_the_curve_of_gaps_is_access_at_noon(steps):
    model = Model(steps)
    curve = gaps_by_day(model, "asylum", "fi-ru")
    for noon, km, free in zip(curve.noons, curve.km.tolist(), curve.open.tolist(), strict=True):
        if np.isfinite(km):
            at = access_at(model, noon, stream="asylum")
            assert (km, free) == (pytest.approx(at.longest_gap_km), len(at.open))


def test_words_are_complete():
    assert tuple(sorted(cells.CELL_WORDS)) == tuple(sorted(CELLS))
    assert set(cells.FATE_WORDS) == set(FATES)
    assert sorted(s for e in ENDINGS for s in e.states) == sorted(STATES)
    assert set(CROSSED_WITHOUT) | {"induced", "outside"} == set(CELLS)
    assert set(AFFECTED) < set(CROSSED_WITHOUT)


def test_endings_add_up_to_everybody(effects):
    for runs in effects["first"].runs.values():
        for stream in {s for s, _ in runs.cells}:
            mine = [k for k, (s, _) in enumerate(runs.cells) if s == stream]
            everybody = [t.totals[mine].sum() for t in runs.tallies]
            assert np.sum(list(runs.endings(stream).values()), axis=0).tolist() == everybody


def test_a_measure_that_pairs_do_not_give_is_refused(effects):
    for name in ("longest_gap", "peak_load", "no-such"):
        with pytest.raises(InputError, match="not made of pairs of runs"):
            effects["first"].measure(name)


def test_units_have_one_name():
    assert {m.unit for m in MEASURES.values()} == {"share", "journeys", "km", "h", "log10", "ratio"}
    assert [units.plural(u) for u in ("person", "car", "truck")] == ["people", "cars", "lorries"]


def test_an_order_is_in_force_until_its_last_crossing_is_free(steps):
    """Lifted at one of two crossings it goes on at the other; lifted at both, one after the other, it ends with the later."""
    clock = Clock(steps.settings)
    day = [steps.settings.start + dt.timedelta(days=k) for k in range(13)]
    shut = Closure(id="s", order="s", crossings=("vaalimaa", "nuijamaa"), from_=day[1])

    def lifted(number, crossing, at):
        return Closure(id=f"l{number}", order="l", kind="lifted", crossings=(crossing,), from_=day[at], replaces=("s",))

    one, both = [lifted(1, "vaalimaa", 4)], [lifted(1, "vaalimaa", 4), lifted(2, "nuijamaa", 9)]
    assert period_of([shut], one, clock).ends == clock.horizon_ms
    assert period_of([shut], one, clock).judged == clock.horizon_ms
    assert period_of([shut], both, clock).ends == clock.to_ms(day[9])
    other = Closure(id="o", order="o", crossings=("vaalimaa",), from_=day[6], replaces=("s",))
    assert period_of([shut], [other], clock).replaced == clock.to_ms(day[6])
