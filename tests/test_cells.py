"""Which counts are used, in what form, and why: disjoint terms of a likelihood."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import math
import random

import numpy as np
import pytest

import crossings as cx
from crossings.errors import InputError
from crossings.kernel.agents.tally import tally
from crossings.observations.counts import Observations
from crossings.observations.matching import match, simulated
from crossings.observations.weights import weigh
from crossings.scenario.as_of import cut_off, end_of_day
from crossings.scenario.entities import Observation
from crossings.simulation.outcome import simulate_once
from leaks import DAYS, FINLAND, changed
from tiny import at, closed, people, rush_hour, two_crossings
from two_gates import write


def row(ident, count, begin=(0,), end=(1,), crossings=("north",), streams=("people",), **more):
    known = more.pop("published", None)
    return Observation(
        id=ident, crossings=crossings, streams=streams, from_=at(*begin), until=at(*end), count=count,
        direction=more.pop("direction", "BB"), published=None if known is None else at(*known), **more,
    )  # fmt: skip


def counts(*rows, streams=None, **settings):
    return Observations.read(
        two_crossings(observations=rows, stocks=(rush_hour(1),), streams=streams, settings=settings)
    )


def told(*rows, **more):
    """id -> (use, low, high) of each row; those that are not used: (use, reason)."""
    return {
        use.row.id: (use.use, use.reason) if use.use in ("no", "raises") else (use.use, use.cell.low, use.cell.high)
        for use in counts(*rows, **more).uses()
    }


BOTH = ("north", "south")


def test_a_count_is_a_term_as_it_is():
    (cell,) = counts(row("a", 7, (0, 6), (1,), BOTH, count_max=9)).cells()
    assert (cell.id, cell.ids, cell.kind, cell.low, cell.high, cell.minus) == ("a", ("a",), "count", 7, 9, ())
    assert (cell.crossings, cell.direction, cell.streams, cell.what) == (BOTH, "BB", ("people",), "crossed")
    assert (cell.start, cell.end, cell.at) == (at(0, 6), at(1), at(0, 15))
    assert [tuple(piece) for piece in cell.pieces] == [
        ("north", "BB", "people", at(0, 6), at(1)),
        ("south", "BB", "people", at(0, 6), at(1)),
    ]


def test_a_total_enters_as_the_rest():
    (part, rest) = counts(row("part", 3, (0,), (0, 6)), row("total", 10, crossings=BOTH)).cells()
    assert (part.kind, rest.kind, rest.low, rest.high) == ("count", "rest", 7, 7)
    assert (rest.ids, rest.minus) == (("total", "part"), ("part",))
    assert [tuple(piece) for piece in rest.pieces] == [
        ("north", "BB", "people", at(0, 6), at(1)),
        ("south", "BB", "people", at(0), at(1)),
    ]
    assert "3" in rest.reason
    assert "part" in rest.reason


def test_a_rest_of_intervals_is_an_interval_and_not_below_nothing():
    found = told(row("part", 3, (0,), (0, 6), count_max=5), row("total", 4, count_max=9))
    assert found["total"] == ("rest", 0, 6)


def test_a_rest_in_the_middle_of_a_period():
    (_, rest) = counts(row("noon", 3, (0, 10), (0, 14)), row("day", 10)).cells()
    assert [piece[3:] for piece in rest.pieces] == [(at(0), at(0, 10)), (at(0, 14), at(1))]
    assert (rest.start, rest.end) == (at(0), at(1))


def test_totals_of_totals_take_the_narrower_number():
    # the halves are only known as ranges, the day exactly: the rest of two days is exact
    parts = (row("am", 3, (0,), (0, 12), count_max=6), row("pm", 4, (0, 12), (1,), count_max=7))
    found = told(*parts[:1], row("day", 10), row("two", 25, (0,), (2,)))
    assert found["day"] == ("rest", 4, 7)
    assert found["two"] == ("rest", 15, 15)
    assert told(*parts, row("day", 10))["day"] == ("no", "its parts count all of it: am, pm")


def test_parts_that_do_not_make_their_total():
    parts = (row("am", 3, (0,), (0, 12)), row("pm", 4, (0, 12), (1,)))
    assert told(*parts, row("day", 10))["day"] == ("no", "its parts count all of it: am, pm, which make 7")
    assert told(parts[0], row("day", 2))["day"] == ("no", "less than its parts, which make 3: am")


def test_the_same_set_and_period_twice():
    found = told(row("later", 8, status="derived"), row("final", 7))
    assert found["final"] == ("count", 7, 7)
    assert found["later"] == ("no", "the same crossings and period as final, which make 7")


def test_an_overlap_across_the_edge():
    found = told(row("a", 3, (0,), (0, 12)), row("b", 4, (0, 6), (1,)))
    assert found["b"] == ("no", "overlaps a, and neither holds the other")


def test_nobody_in_all_of_it_is_nobody_in_part_of_it():
    cells = counts(row("none", 0, (0,), (2,), ("south",)), row("day", 9, (1,), (4,), BOTH)).cells()
    assert [(cell.id, cell.kind, cell.low) for cell in cells] == [("none", "count", 0), ("day", "rest", 9)]
    assert [tuple(piece[:1]) + piece[3:] for piece in cells[1].pieces] == [
        ("north", at(1), at(4)),
        ("south", at(2), at(4)),
    ]


def test_somebody_in_all_of_it_may_be_anywhere_in_it():
    found = told(row("one", 1, (0,), (2,), ("south",)), row("day", 9, (1,), (4,), BOTH))
    assert found["day"] == ("no", "overlaps one, and neither holds the other")


def test_a_total_that_cuts_through_another_takes_its_parts():
    # 'days' is made of 'first' and a rest on day 1; 'mixed' holds 'first' alone and another crossing
    found = told(
        row("first", 3, (0,), (1,)), row("days", 8, (0,), (2,)), row("mixed", 12, (0,), (1,), BOTH),
        row("all", 30, (0,), (2,), BOTH),
    )  # fmt: skip
    assert found["days"] == ("rest", 5, 5)
    assert found["mixed"] == ("rest", 9, 9)
    assert found["all"] == ("rest", 30 - 8 - 9, 30 - 8 - 9)


def test_unreported_is_not_zero():
    cells = counts(row("a", 3, (0,), (0, 12))).cells()
    assert [(cell.start, cell.end) for cell in cells] == [(at(0), at(0, 12))]


@pytest.mark.parametrize(("status", "why"), [("conflict", "conflict"), ("off-model", "outside the model")])
def test_doubtful_rows_are_not_used(status, why):
    found = told(row("a", 3, status=status), row("b", 4))
    assert found["a"][0] == "no"
    assert why in found["a"][1]
    assert found["b"] == ("count", 4, 4)


def test_a_bound_on_people_counted_nowhere_else():
    assert told(row("a", 5, status="lower_bound")) == {"a": ("at_least", 5, math.inf)}


def test_a_bound_within_a_count_is_the_same_people():
    found = told(row("day", 9), row("noon", 9, (0,), (0, 12), status="lower_bound"))
    assert found["noon"] == ("no", "the same people as day")


def test_a_bound_within_a_range_raises_its_low_end():
    rows = row("day", 7, count_max=12), row("noon", 9, (0,), (0, 12), status="lower_bound")
    (cell,) = counts(*rows).cells()
    assert (cell.kind, cell.low, cell.high, cell.ids) == ("count", 9, 12, ("day", "noon"))
    assert told(*rows)["noon"] == ("raises", "raises the low end of day")


def test_a_bound_across_two_ranges_raises_what_it_must():
    halves = row("am", 3, (0,), (0, 12), count_max=6), row("pm", 2, (0, 12), (1,), count_max=4)
    found = told(*halves, row("day", 9, status="lower_bound"))
    assert found["am"] == ("count", 5, 6)  # 9 - 4
    assert found["pm"] == ("count", 3, 4)  # 9 - 6
    assert told(*halves, row("day", 5, status="lower_bound"))["day"] == ("no", "the same people as am, pm")


def test_a_bound_above_the_counts_is_not_used():
    found = told(row("day", 7), row("noon", 9, (0,), (0, 12), status="lower_bound"))
    assert found["noon"] == ("no", "more than the 7 counted by day")
    assert found["day"] == ("count", 7, 7)


def test_a_bound_beyond_a_count_holds_for_the_others():
    (_, cell) = counts(row("am", 3, (0,), (0, 12), count_max=4), row("day", 9, status="lower_bound")).cells()
    assert (cell.kind, cell.low, cell.high, cell.minus) == ("at_least", 5, math.inf, ("am",))
    assert (cell.start, cell.end) == (at(0, 12), at(1))
    found = told(row("am", 3, (0,), (0, 12), count_max=4), row("day", 4, status="lower_bound"))
    assert found["day"] == ("no", "may be the same people as am")


@pytest.mark.parametrize(("least", "used"), [(6, "at_least"), (5, "no")])
def test_the_bound_that_says_more_is_used(least, used):
    found = told(
        row("am", 3, (0,), (0, 12), status="lower_bound"), row("pm", 2, (0, 12), (1,), status="lower_bound"),
        row("day", least, status="lower_bound"),
    )  # fmt: skip
    assert found["day"][0] == used
    assert {found["am"][0], found["pm"][0]} == ({"no"} if used == "at_least" else {"at_least"})


def test_those_waiting_stand_apart():
    found = counts(
        row("wait", 40, (0, 11), (0, 13), what="waiting", tells=0.5, count_max=60),
        row("again", 45, (0, 10), (0, 14), what="waiting", tells=0.5),
        row("later", 50, (0, 12), (0, 14), what="waiting", status="lower_bound"),
        row("day", 9),
    )
    cells = {cell.id: cell for cell in found.cells()}
    # 'wait' and 'again' are of one moment; the exact number is used
    assert sorted(cells) == ["again", "day", "later"]
    assert (cells["again"].kind, cells["again"].tells, cells["again"].at) == ("waiting", 0.5, at(0, 12))
    assert (cells["later"].low, cells["later"].high, cells["later"].tells) == (50, math.inf, 1)
    assert [use.reason for use in found.uses() if use.row.id == "wait"] == [
        "the same queue at the same moment as again"
    ]


def test_one_party_s_word_gives_way_to_counts():
    found = told(row("day", 9, tells=0.5), row("noon", 5, (0,), (0, 12)), row("none", 3, (2,), (3,), tells=0.0))
    assert found["noon"] == ("count", 5, 5)
    assert found["day"] == ("rest", 4, 4)
    assert found["none"][0] == "no"
    found = told(row("day", 9), row("noon", 5, (0,), (0, 12), tells=0.5))
    assert found["noon"] == ("no", "lies within day")
    found = told(row("day", 7, count_max=9), row("noon", 8, status="lower_bound", tells=0.5))
    assert found["day"] == ("count", 7, 9)


def test_arrivals_and_crossings_are_counted_apart():
    assert len(counts(row("came", 5, what="arrived"), row("went", 5)).cells()) == 2


def test_both_directions_hold_each():
    found = told(row("in", 3), row("both", 8, direction=None))
    assert found["both"] == ("rest", 5, 5)
    (cell,) = counts(row("both", 8, direction=None)).cells()
    assert {piece.direction for piece in cell.pieces} == {"AA", "BB"}


def test_other_streams_and_units():
    streams = people("flow")
    streams["cars"] = streams["people"].model_copy(update={"unit": "car", "persons": 2.0})
    rows = (
        row("people", 3), row("cars", 5, streams=("cars",), unit="vehicles"),
        row("in cars", 9, (0,), (2,), streams=("cars",)), row("all", 20, (0,), (3,), streams=("people", "cars")),
        row("vehicles", 4, unit="vehicles"),
    )  # fmt: skip
    found = counts(*rows, streams=streams)
    assert [cell.id for cell in found.cells(["people"])] == ["people"]
    why = {use.row.id: use.reason for use in found.uses(["people"])}
    assert why["cars"] == "another stream: cars"
    assert why["all"] == "counts other streams as well: cars"
    assert why["vehicles"] == "counts vehicles of a stream whose unit is a person"
    why = {use.row.id: use.reason for use in found.uses()}
    assert why["in cars"] == "the same travellers as cars, in another unit"
    with pytest.raises(InputError, match="did you mean 'cars'"):
        found.cells(["car"])


@pytest.mark.parametrize(("begin", "end"), [((-1,), (1,)), ((1,), (9,)), ((-2,), (-1,))])
def test_outside_the_run(begin, end):
    assert told(row("a", 3, begin, end))["a"] == ("no", "its period is not wholly within the run")


def test_until_and_after_a_day():
    rows = (
        row("day", 3, published=(1, 9)), row("evening", 4, (0, 18), (1,)), row("noon", 5, (1,), (1, 6)),
        row("late", 6, published=(1, 13)), row("across", 7, (0, 12), (2,)), row("next", 8, (1,), (2,)),
    )  # fmt: skip
    found = counts(*rows)
    day = at(0).date()
    assert [r.id for r in found.until(day)] == ["day", "evening"]
    assert [r.id for r in found.until(day.isoformat(), by="published")] == ["evening"]
    assert [r.id for r in found.after(day)] == ["noon", "next"]
    assert len(found) == 6
    assert len(found.until(day)) == 2
    with pytest.raises(InputError, match="accepted: period, published"):
        found.until(day, by="x")
    with pytest.raises(InputError, match="is not a date"):
        found.after("soon")


@pytest.mark.parametrize(
    ("rows", "day", "line"),
    [
        ((), None, "observations.csv: there is no count; add rows, or choose another day"),
        (
            (row("a", 3, (2,), (3,)),),
            "2024-01-01",
            "observations.csv: there is no count through 2024-01-01; add rows, or choose another day",
        ),
        (
            (row("a", 3, (-3,), (-2,)),),
            None,
            "observations.csv: every count ends before the run starts, 2024-01-01 00:00; "
            "add counts of the run, or let it start earlier",
        ),
        (
            (row("a", 3, status="conflict"),),
            None,
            "observations.csv: none of 1 count can be used; a: in conflict with other sources",
        ),
    ],
)
def test_nothing_to_learn_from(rows, day, line):
    found = counts(*rows) if day is None else counts(*rows).until(day)
    assert found.cells() == ()
    with pytest.raises(InputError) as error:
        found.cells(needed=True)
    assert str(error.value) == line


def test_counts_held_against_another_model():
    scenario = two_crossings(observations=(row("a", 3),), stocks=(rush_hour(1),))
    assert len(Observations.read(scenario, cx.Model(scenario))) == 1
    other = {"walkers": people()["people"]}
    stock = rush_hour(1, stream="walkers")
    with pytest.raises(InputError, match="a: unknown stream 'people'; accepted: walkers"):
        Observations.read(scenario, cx.Model(two_crossings(stocks=(stock,), streams=other)))


def disjoint(cells):
    """Whether no moment at a gate is counted twice."""
    parts = [(cell.what, *piece) for cell in cells if cell.what != "waiting" for piece in cell.pieces]
    return not any(a[:4] == b[:4] and a[4] < b[5] and b[4] < a[5] for i, a in enumerate(parts) for b in parts[:i])


def test_whatever_is_counted_the_cells_are_disjoint_and_true():
    """Counts made of a known truth: no two cells share anybody, and each interval holds the truth of its pieces."""
    for seed in range(150):
        rng = random.Random(seed)
        truth = {(c, d, h): rng.choice((0, 0, 1, 2)) for c in BOTH for d in ("AA", "BB") for h in range(72)}
        rows = []
        for number in range(rng.randint(2, 12)):
            crossings = rng.choice((BOTH, BOTH[:1], BOTH[1:]))
            begin, end = sorted(rng.sample(range(0, 73, rng.choice((3, 6, 12))), 2))
            direction = rng.choice((None, "AA", "BB"))
            true = sum(
                truth[c, d, h] for c in crossings for d in ("AA", "BB") for h in range(begin, end)
                if direction in (None, d)
            )  # fmt: skip
            kind = rng.choice(("exact", "exact", "range", "bound"))
            low = true if kind == "exact" else max(0, true - rng.randint(0, 9))
            more = {"count_max": true + rng.randint(0, 5)} if kind == "range" else {}
            more |= {"status": "lower_bound"} if kind == "bound" else {}
            rows.append(row(str(number), low, (0, begin), (0, end), crossings, direction=direction, **more))
        cells = counts(*rows).cells()
        assert disjoint(cells)
        for cell in cells:
            held = sum(
                truth[p.crossing, p.direction, h]
                for p in cell.pieces
                for h in range(round((p.start - at(0)) / dt.timedelta(hours=1)), round((p.end - at(0)) / dt.timedelta(hours=1)))
            )  # fmt: skip
            assert cell.low <= held <= cell.high, (seed, cell)


# --- the model's numbers --------------------------------------------------------------------------


def test_weights_add_up_to_what_is_matched_to_the_same_rows():
    """On one seed of Finland: a count cell gives what `simulated` gives; a rest what the total has beyond its parts."""
    model = cx.Model(FINLAND)
    one = simulate_once(model, 3)
    cells = Observations.read(FINLAND, model).cells()
    weighed = weigh(cells, model)
    flows, _ = tally(model.tables, one.visits, weighed.edges, one.crowd.size)
    got = [
        float((weights * flows[:, :, column]).sum())
        for weights, column in zip(weighed.weights, weighed.column, strict=True)
    ]
    seen = simulated(model.tables, one.visits, one.crowd.size, match(model))
    direct = dict(zip((row.id for row in FINLAND.observations), seen, strict=True))
    by_id = dict(zip((cell.id for cell in cells), got, strict=True))
    for cell in cells:
        if cell.kind in ("count", "waiting"):
            assert by_id[cell.id] == pytest.approx(direct[cell.id]), cell.id
    assert by_id["reopening-persons"] == pytest.approx(
        direct["reopening-persons"] - direct["vaalimaa-14-dec-out"] - direct["vaalimaa-14-dec-in"]
    )
    parts = [name for name in next(c for c in cells if c.id == "week-46-memo").minus if name != "lapland-to-19"]
    week = direct["week-46-memo"] - sum(direct[name] for name in parts)
    lapland = flows_of(model, one, ("salla", "raja-jooseppi"), dt.datetime(2023, 11, 13), dt.datetime(2023, 11, 20))
    assert by_id["week-46-memo"] == pytest.approx(week - lapland)


def flows_of(model, one, crossings, start, end):
    edges = np.array([model.clock.to_ms(start), model.clock.to_ms(end)])
    flows, _ = tally(model.tables, one.visits, edges, one.crowd.size)
    gates = [g.crossing in crossings and g.direction == "FI" and g.stream == "asylum" for g in model.gates]
    return flows[0, gates, 1].sum()


def test_a_grid_that_is_coarser_shares_by_time():
    scenario = two_crossings(observations=(row("a", 3, (0, 6), (0, 12)),), stocks=(rush_hour(1),))
    model = cx.Model(scenario)
    cells = Observations.read(scenario, model).cells()
    hour = 3_600_000
    exact = weigh(cells, model)
    assert exact.edges.tolist() == [0, 6 * hour, 12 * hour]
    coarse = weigh(cells, model, np.array([0, 8 * hour, 16 * hour]))
    north = [gate.crossing == "north" and gate.direction == "BB" for gate in model.gates].index(True)
    assert coarse.weights[0, :, north].tolist() == [0.25, 0.5]
    assert coarse.weights.sum() == 0.75


def test_persons_and_vehicles_of_a_unit():
    streams = {"people": people("flow")["people"].model_copy(update={"unit": "car", "persons": 2.5})}
    rows = row("persons", 5, (0,), (1,)), row("cars", 2, (1,), (2,), unit="vehicles")
    model = cx.Model(two_crossings(observations=rows, streams=streams))
    cells = Observations.read(model.scenario).cells()
    assert weigh(cells, model).weights.sum(axis=(1, 2)).tolist() == [2.5, 1.0]


# --- Finland, the leak, the command ---------------------------------------------------------------


def test_finland_is_read_as_its_sources_say():
    counts_of = Observations.read("finland-2023")
    why = {use.row.id: use for use in counts_of.uses(["asylum"])}
    assert why["niirala-17"].use == "count"
    assert why["niirala-17-group"].reason == "the same people as niirala-17"
    assert why["vartius-20-early"].reason == why["vartius-20-21-memo"].reason == "the same people as vartius-20-21"
    memo = why["week-46-memo"]
    assert memo.use == "rest"
    assert (memo.cell.low, memo.cell.high) == (0, 14)
    waiting = [use.cell for use in why.values() if use.use == "waiting"]
    assert {cell.tells for cell in waiting} == {0.5}
    # before the annual figure only the bounds were known, and the memo says more than the morning
    before = {use.row.id: use for use in counts_of.until("2023-11-23").uses(["asylum"])}
    assert before["vartius-20-21-memo"].use == "at_least"
    assert before["vartius-20-early"].reason == "lies within vartius-20-21-memo, which says more"
    assert disjoint(counts_of.cells())


@pytest.mark.parametrize("by", ["period", "published"])
@pytest.mark.parametrize("day", DAYS)
def test_no_count_leaks(day, by):
    """Whatever is changed of what was made public later: the same rows, the same terms, the same reasons."""
    known = Observations.read(FINLAND).until(day, by)
    shut, end = cut_off(day, by), end_of_day(day)

    def late(seen):
        return seen.until > end or (seen.published or seen.until) >= shut

    for seed in range(8):
        other = Observations.read(changed(FINLAND, shut, end, late, random.Random(seed)))
        assert other.rows != FINLAND.observations
        other = other.until(day, by)
        assert other == known
        assert other.cells() == known.cells()
        assert other.uses() == known.uses()
    assert Observations.read(FINLAND.known_through(day, by)).rows == known.rows


def test_check_prints_what_is_used(call):
    status, out, err = call("check", "finland-2023", "--until", "2023-11-17")
    assert (status, err) == (0, "")
    assert "27 rows, 22 of them terms" in out
    assert "public before 2023-11-18 13:00" in out
    assert "salla-20" not in out
    line = next(line for line in out.splitlines() if line.startswith("niirala-17-group"))
    assert line.split()[-2:] == ["as", "niirala-17"]
    status, out, _ = call("check", "finland-2023")
    assert "rest 0-14" in out


def test_check_says_the_same_as_json(call):
    status, out, _ = call("check", "finland-2023", "--until", "2023-11-20", "--json")
    found = json.loads(out)
    assert status == 0
    assert found["ok"]
    assert found["known"]["stocks"] == len(FINLAND.known_through("2023-11-20").stocks)
    rows = {each["id"]: each for each in found["counts"]["rows"]}
    assert found["counts"]["terms"] == sum(each["low"] is not None for each in rows.values())
    assert (rows["vartius-20-early"]["use"], rows["vartius-20-early"]["high"]) == ("at_least", None)
    assert rows["niirala-17"]["low"] == rows["niirala-17"]["high"] == 52


@pytest.mark.parametrize(
    ("day", "line"),
    [
        ("17.11.2023", "--until: '17.11.2023' is not a date; write YYYY-MM-DD"),
        (
            "2023-11-01",
            "scenario.yaml, as known through 2023-11-01: streams.asylum: a stock of which there is nobody; "
            "add rows to stocks.csv or demand.csv",
        ),
    ],
)
def test_check_of_a_day_of_which_nothing_is_known(call, day, line):
    status, out, err = call("check", "finland-2023", "--until", day)
    assert (status, out, err.splitlines()) == (2, "", [line])


def test_no_counts_no_table(call):
    status, out, _ = call("check", "two-crossings")
    assert status == 0
    assert len(out.splitlines()) == 1


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (("13,39", "13,39.5"), "observations.csv:2: count: 39.5 is not a whole number; count whole units"),
        (("13,39", "13,-3"), "observations.csv:2: count: '-3' is below 0; write 0 or more (unit)"),
        (
            ("2023-11-14T10:00", "2023-11-13T10:00"),
            "observations.csv:2: published 2023-11-13 10:00 is before the end of the period, 2023-11-13 24:00; "
            "a count is known when its period is over; correct one of the two",
        ),
        (("20,25", "20,25.2"), "observations.csv:3: count_max: 25.2 is not a whole number; count whole units"),
    ],
)
def test_faults_of_counts(tmp_path, call, change, line):
    directory = write(tmp_path / "s", {"observations.csv": change})
    status, _, err = call("check", directory)
    assert (status, [each for each in err.splitlines() if each.startswith("observations.csv")]) == (2, [line])


@pytest.mark.parametrize(
    ("known", "line"),
    [
        (("2023-11-01", ""), "published: lane 'a' of the same queue has it, this one has not; give it on all lanes"),
        (("2023-11-01", "2023-11-02"), ""),
    ],
)
def test_lanes_of_a_queue_say_all_when_they_were_known(tmp_path, call, known, line):
    text = "id,crossing,direction,streams,hours,valid_from,valid_until,service_min_mean,published\n"
    text += (
        f"a,nuijamaa,FI,asylum,24/7,,2023-11-15,10,{known[0]}\nb,nuijamaa,FI,asylum,24/7,2023-11-16,,10,{known[1]}\n"
    )
    directory = write(tmp_path / "s", {"lanes.csv": text, "closures.csv": None, "observations.csv": None})
    status, _, err = call("check", directory)
    assert (line in err) if line else ("lanes.csv" not in err), err
    gap = text.replace("2023-11-16", "2023-11-17").replace("10,\n", "10,2023-11-02\n")
    directory = write(tmp_path / "t", {"lanes.csv": gap, "closures.csv": None, "observations.csv": None})
    status, _, err = call("check", directory)
    assert status == 2
    assert "lanes.csv:2: valid_until: the lane has a time of publication, and none follows it at once" in err


def test_a_changed_order_changes_no_cell():
    scenario = dataclasses.replace(FINLAND, closures=(closed("x", "vaalimaa", (0,)),), written=())
    assert Observations.read(scenario).cells() == Observations.read(FINLAND).cells()
