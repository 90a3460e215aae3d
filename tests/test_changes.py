"""What is tried on the page: each change does what it says to the orders, and refuses what does not fit."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from pydantic import TypeAdapter

from crossings import compare, expect
from crossings.errors import InputError
from crossings.measures.options import options
from crossings.model import Model
from crossings.scenario import Scenario
from crossings.scenario.what_if import WHAT_IF, what_if
from crossings.web.changes import Change, apply

ONE = TypeAdapter(Change)


@pytest.fixture(scope="module")
def finland():
    return Scenario.read("finland-2023")


@pytest.fixture(scope="module")
def border():
    return Scenario.read("two-crossings")


def changed(scenario, *changes):
    return apply(scenario, [ONE.validate_python(c) for c in changes])


def shut(scenario, crossing, stream="asylum", direction="FI"):
    """When a gate is closed, as local times."""
    model = Model(scenario)
    gate = next(g for g in model.gates if (g.crossing, g.stream, g.direction) == (crossing, stream, direction))
    far = dt.datetime(2024, 1, 8)
    out = []
    for begin, end in model.rules.shut(gate):
        start = model.clock.local(begin)
        out.append((start, min(far, model.clock.local(min(end, model.clock.horizon_ms)))))
    return [span for span in out if span[0] < far]


def at(month, day, hour=0):
    return dt.datetime(2023, month, day, hour)


def test_without_an_order_is_as_the_command_line_has_it(finland):
    assert changed(finland, {"do": "leave_out", "id": "southeast-closed"}) == finland.without("southeast-closed")


def test_officers_come_from_a_day_on_at_the_lanes_of_a_stream(finland):
    change = {"do": "officers", "crossing": "vartius", "streams": ["asylum"], "number": 3, "from": "2023-11-20T00:00"}
    found = changed(finland, change, change | {"number": 5, "from": "2023-11-21T00:00"})

    def on(scenario, when, stream):
        lanes = [x for x in scenario.lanes if (x.crossing, x.direction) == ("vartius", "FI") and stream in x.streams]
        return [
            x.servers
            for x in lanes
            if (x.valid_from is None or x.valid_from <= when) and (x.valid_until is None or x.valid_until > when)
        ]

    assert [on(found, at(11, d, 12), "asylum") for d in (19, 20, 21, 30)] == [[1], [3], [5], [5]]
    assert on(found, at(11, 21, 12), "trucks") == on(finland, at(11, 21, 12), "trucks")


@pytest.mark.parametrize(
    ("given", "words"),
    [({"crossing": "vartus"}, "unknown crossing 'vartus'"), ({"streams": ["nobody"]}, "unknown stream")],
)
def test_officers_that_do_not_fit_are_refused(finland, given, words):
    with pytest.raises(InputError, match=words):
        changed(finland, {"do": "officers", "crossing": "vartius", "number": 3} | given)


def test_an_order_is_as_a_row_of_a_file(finland):
    found = changed(finland, {"do": "order", "name": "v", "crossings": ["vaalimaa"], "from": "2023-11-06T00:00"})
    assert found.closures[:-1] == finland.closures
    row = found.closures[-1]
    assert (row.id, row.order, row.crossings, row.from_, row.until, row.kind) == (
        "v",
        "v",
        ("vaalimaa",),
        at(11, 6),
        None,
        "closed",
    )


def test_opened_nothing_closes_it_and_others_stay_closed(finland):
    found = changed(finland, {"do": "open", "crossing": "vaalimaa"})
    for stream, direction in (("asylum", "FI"), ("trucks", "FI"), ("trucks", "RU"), ("travellers", "RU")):
        assert shut(found, "vaalimaa", stream, direction) == []
        assert shut(found, "nuijamaa", *((stream, direction))) == shut(finland, "nuijamaa", stream, direction)


def test_opened_for_some_of_the_time(finland):
    change = {"do": "open", "crossing": "vaalimaa", "from": "2023-11-20T00:00", "until": "2023-11-22T06:00"}
    before = shut(finland, "vaalimaa")
    assert before[0] == (at(11, 18), at(12, 14))
    assert shut(changed(finland, change), "vaalimaa") == [
        (at(11, 18), at(11, 20)),
        (at(11, 22, 6), at(12, 14)),
        *before[1:],
    ]


def test_opened_to_a_stream_one_way(finland):
    found = changed(finland, {"do": "open", "crossing": "vaalimaa", "streams": ["trucks"], "direction": "FI"})
    assert shut(found, "vaalimaa", "trucks", "FI") == []
    for stream, direction in (("trucks", "RU"), ("travellers", "FI"), ("travellers", "RU"), ("asylum", "FI")):
        assert shut(found, "vaalimaa", stream, direction) == shut(finland, "vaalimaa", stream, direction)


def test_what_is_opened_can_be_written_and_read(finland, tmp_path):
    found = changed(
        finland,
        {"do": "open", "crossing": "vaalimaa", "from": "2023-11-20T00:00", "until": "2023-11-22T06:00"},
        {"do": "open", "crossing": "salla", "direction": "FI"},
        {"do": "move", "rows": ["all-closed-passengers", "all-closed-freight"], "until": "2023-12-10T00:00"},
    )
    found.write(tmp_path / "s")
    again = Scenario.read(tmp_path / "s")
    assert again.closures == found.closures
    assert len({row.id for row in found.closures}) == len(found.closures)


def test_moved(finland):
    rows = ["southeast-closed-passengers", "southeast-closed-freight"]
    found = changed(finland, {"do": "move", "rows": rows, "from": "2023-11-20T06:00", "announced": "2023-11-19T00:00"})
    assert shut(found, "vaalimaa")[0][0] == at(11, 20, 6)
    assert shut(found, "kuusamo") == shut(finland, "kuusamo")  # a row of its own, which did not move
    assert {row.announced for row in found.closures if row.id in rows} == {at(11, 19)}


def test_a_parameter(finland):
    found = changed(
        finland,
        {"do": "set", "stream": "asylum", "name": "rush", "value": 1.5},
        {"do": "set", "stream": "asylum", "name": "alpha", "of": "imatra", "value": 0},
    )
    was, now = finland.settings.streams["asylum"].behaviour, found.settings.streams["asylum"].behaviour
    assert (now.rush, now.alpha) == (1.5, {**was.alpha, "imatra": 0.0})
    assert now.gamma == was.gamma


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"do": "leave_out", "id": "southeast-close"}, "did you mean 'southeast-closed'?"),
        ({"do": "order", "name": "v", "crossings": ["vaalima"], "from": "2023-11-06"}, "did you mean 'vaalimaa'?"),
        ({"do": "order", "name": "southeast-closed-freight", "crossings": ["salla"], "from": "2023-11-06"}, "southeast-closed-freight"),
        ({"do": "order", "name": "v", "crossings": ["salla"], "from": "2023-11-06", "kind": "quota", "value": "many"}, "not a quota"),
        ({"do": "order", "name": "v", "crossings": ["salla"], "from": "2023-11-06", "until": "2023-11-05"}, "not after"),
        ({"do": "order", "name": "v", "crossings": ["salla"], "streams": ["nobody"], "from": "2023-11-06"}, "unknown stream"),
        ({"do": "open", "crossing": "salla", "direction": "SE"}, "not a country of a border"),
        ({"do": "open", "crossing": "nowhere"}, "unknown crossing"),
        ({"do": "order", "name": "v", "crossings": ["salla"], "from": "2023-11-06", "announced": "2023-11-07"}, "is after it takes effect"),
        ({"do": "move", "rows": ["nothing"], "until": "2023-11-06"}, "unknown row"),
        ({"do": "move", "rows": ["all-closed-freight"], "until": "2023-11-06"}, "not after"),
        ({"do": "set", "stream": "asylum", "name": "cost", "value": 1}, "cannot be changed here"),
        ({"do": "set", "stream": "asylum", "name": "give_up", "value": 2}, "give_up"),
        ({"do": "set", "stream": "nobody", "name": "alpha", "of": "salla", "value": 2}, "unknown stream"),
        ({"do": "set", "stream": "asylum", "name": "alpha", "of": "nowhere", "value": 2}, "nowhere"),
        ({"do": "set", "stream": "asylum", "name": "alpha", "value": 2}, "alpha of what"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_its_number(finland, change, words):
    with pytest.raises(InputError) as caught:
        changed(finland, {"do": "open", "crossing": "vaalimaa"}, change)
    lines = [str(fault) for fault in caught.value.faults]
    assert any(words in line for line in lines), lines
    assert all(line.startswith("change 2: ") for line in lines)


# --- which rows are one order ------------------------------------------------------------------


def row(name, *crossings, **more):
    return {"do": "order", "name": name, "crossings": list(crossings), "from": "2024-03-09T00:00"} | more


def orders(scenario, *changes):
    return [(r.id, r.order) for r in changed(scenario, *changes).closures[len(scenario.closures) :]]


def test_rows_of_the_same_times_that_nobody_named_are_one_order(border):
    both = row("hill shut", "hill"), row("river quota 2", "river", kind="quota", value="5", streams=["seekers"])
    assert orders(border, *both) == [("hill shut", WHAT_IF), ("river quota 2", WHAT_IF)]
    # an announcement when it takes effect is none apart; another time is another order
    same, later = {"announced": "2024-03-09T00:00"}, {"until": "2024-03-12T00:00"}
    found = orders(border, both[0], row("river shut", "river", **later), row("river closed", "river", **same))
    assert [order for _, order in found] == [WHAT_IF, f"{WHAT_IF} 2", WHAT_IF]


@pytest.mark.parametrize("name", ["strike", "hill", "hill shut down", "river shut", "hill closed 2b", "hillside shut"])
def test_an_order_that_somebody_named_keeps_its_name(border, name):
    assert orders(border, row("hill closed", "hill"), row(name, "hill"))[1] == (name, name)


def test_what_is_named_for_several_crossings_keeps_its_name(border):
    assert orders(border, row("hill shut", "hill", "river")) == [("hill shut", "hill shut")]


def test_an_order_that_is_tried_joins_none_of_the_scenario(border, tmp_path):
    """What was tried, downloaded and opened again is the scenario's: what is tried then is another order."""
    changed(border, row("hill shut", "hill")).write(tmp_path / "s")
    again = Scenario.read(tmp_path / "s")
    assert again.closures[-1].order == WHAT_IF
    assert orders(again, row("river shut", "river")) == [("river shut", f"{WHAT_IF} 2")]
    when = dt.datetime(2024, 3, 9)
    for already in (again, what_if(border, close=["hill"], begins=when)[1]):
        tried = what_if(already, close=["river"], begins=when + dt.timedelta(days=1))[1]
        assert [(r.id, r.order) for r in tried.closures[-2:]][1] == (f"{WHAT_IF} 2-1", f"{WHAT_IF} 2")


def test_crossings_shut_one_by_one_are_as_whatif_shuts_them_together(border):
    """One order, heard of as one: expected flows and every run are the same, to the last digit."""
    times = {"from": "2024-03-09T00:00", "until": "2024-03-13T00:00", "announced": "2024-03-08T06:00"}
    one = [row(f"{c} closed", c, **times) for c in ("hill", "river")]
    begins, until, announced = (dt.datetime.fromisoformat(times[k]) for k in ("from", "until", "announced"))
    when = {"begins": begins, "until": until, "announced": announced}
    base, tried = what_if(border, close=["hill", "river"], **when)
    page = changed(border, {"do": "leave_out", "id": "hill-closed"}, *one)
    asked, shown = expect(tried), expect(page)
    for name in ("arrived", "crossed", "waiting"):
        assert np.array_equal(getattr(asked, name), getattr(shown, name)), name
    assert np.array_equal(asked.states["no_alternative"], shown.states["no_alternative"])
    pairs = [compare({"a": base, "b": s}, seeds=[1, 2]) for s in (tried, page)]
    assert pairs[0].tables()["flows"].equals(pairs[1].tables()["flows"])
    # as orders of their own they are not the same: who hears of one has not heard of the other
    apart = expect(
        changed(border, {"do": "leave_out", "id": "hill-closed"}, *(o | {"name": o["name"] + " apart"} for o in one))
    )
    assert not np.array_equal(apart.crossed, asked.crossed)
    [option] = [
        r for r in options(border, ["hill", "river"], stream="seekers", **when).table.to_dicts() if ";" in r["shut"]
    ]
    days = [k for k, start in enumerate(shown.starts) if begins <= start < until]
    mine = [g.stream == "seekers" for g in Model(page).gates]
    assert option["processed"] == pytest.approx(shown.crossed[days][:, mine].sum(), rel=1e-9)
