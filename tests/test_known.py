"""What was known: a scenario as it could have been written at a time, whatever was made public later."""

from __future__ import annotations

import datetime as dt
import random

import pytest

import crossings as cx
from crossings.errors import InputError
from crossings.scenario.as_of import MORNING_AFTER, cut_off, end_of_day
from crossings.scenario.entities import Claim, Exit, Observation
from examples import ALL
from leaks import DAYS, FINLAND, changed
from tiny import at, closed, flow, lane, rush_hour, two_crossings


def lanes(*rows):
    """Lanes of one queue at `north`: (name, minutes, valid_from, valid_until, published), days after the start."""

    def when(day):
        return None if day is None else at(day)

    return tuple(
        lane("north", minutes, valid_from=when(begin), valid_until=when(end), published=when(known)).model_copy(
            update={"id": name}
        )
        for name, minutes, begin, end, known in rows
    )


def count(ident, end, published=None, begin=0):
    return Observation(
        id=ident, crossings=("north",), streams=("people",), from_=at(begin), until=at(*end), count=3,
        published=None if published is None else at(*published),
    )  # fmt: skip


def test_a_day_ends_at_the_next_midnight():
    assert end_of_day("2023-11-17") == end_of_day(dt.date(2023, 11, 17)) == dt.datetime(2023, 11, 18)
    assert cut_off("2023-11-17", "published") == dt.datetime(2023, 11, 18)
    assert cut_off("2023-11-17") == dt.datetime(2023, 11, 18) + MORNING_AFTER


@pytest.mark.parametrize("day", ["17 November", "2023-11-31", "2023-11-17T12:00", ""])
def test_what_is_no_date(day):
    with pytest.raises(InputError) as error:
        FINLAND.known_through(day)
    assert len(error.value.faults) == 1
    assert str(error.value).startswith("until: ")


def test_an_unknown_way_of_counting():
    with pytest.raises(InputError, match="accepted: period, published"):
        FINLAND.known_through("2023-11-17", by="later")


def test_an_order_is_known_after_its_announcement():
    rows = (closed("first", "north", (2,), announced=(1, 9)), closed("second", "south", (2,)))
    scenario = two_crossings(closures=rows, stocks=(rush_hour(1),))
    assert scenario.as_known(at(1, 9)).closures == ()
    assert [row.order for row in scenario.as_known(at(1, 9, 1)).closures] == ["first"]
    assert scenario.as_known(at(2, 0, 1)).closures == rows
    assert scenario.as_known(at(1, 9, 1)).written == rows[:1]


def test_what_an_order_replaces_is_forgotten_with_it():
    old = closed("old", "north", (1,), announced=(2,))  # made public after the order that ends it
    new = closed("new", "south", (1,), announced=(1,), replaces=("old",))
    scenario = two_crossings(closures=(old, new), stocks=(rush_hour(1),))
    (row,) = scenario.as_known(at(1, 1)).closures
    assert row.replaces == ()
    assert scenario.as_known(at(3)).closures == (old, new)


def test_counts_are_known_when_published_or_when_their_period_is_over():
    rows = (count("silent", (1,)), count("late", (1,), (1, 8)), count("later", (1,), (1, 13)), count("next", (1, 6)))
    scenario = two_crossings(observations=rows, stocks=(rush_hour(1),))

    def known(found):
        return [row.id for row in found.observations]

    day = at(0).date()
    assert known(scenario.as_known(at(1))) == ["silent"]
    assert known(scenario.as_known(at(1, 8))) == ["silent", "next"]
    assert known(scenario.as_known(at(1, 9))) == ["silent", "late", "next"]
    assert known(scenario.known_through(day, "published")) == ["silent"]
    assert known(scenario.known_through(day)) == ["silent", "late"]


def test_figures_follow_their_counts_and_orders_the_day():
    rush = (rush_hour(5), rush_hour(0, (1,), (2,)).model_copy(update={"published": at(1, 8)}))
    scenario = two_crossings(
        stocks=rush,
        demand=(flow(5, destination=None), flow(6, 1, 1, None).model_copy(update={"published": at(1, 14)})),
        exits=(Exit(from_=at(0), until=at(1), hazard_per_day=0.1, published=at(1, 12)),),
        closures=(closed("dawn", "north", (1, 6)),),
        claims=tuple(Claim(id=str(d), by="x", words="x", date=at(d).date()) for d in (0, 1)),
    )
    known = scenario.known_through(at(0).date())
    assert (len(known.stocks), len(known.demand), len(known.exits), len(known.closures), len(known.claims)) == (
        2, 1, 1, 0, 1,
    )  # fmt: skip
    strict = scenario.known_through(at(0).date(), by="published")
    assert (len(strict.stocks), len(strict.exits), len(strict.claims)) == (1, 0, 1)


def test_a_lane_goes_on_until_another_is_known():
    rows = lanes(("a", 1.0, None, 1, -1), ("b", 2.0, 1, 2, 1), ("c", 3.0, 2, None, 3))
    scenario = two_crossings(lanes=rows, stocks=(rush_hour(1),))
    assert scenario.as_known(at(4)).lanes == rows
    (only,) = scenario.as_known(at(1)).lanes
    assert (only.id, only.valid_until) == ("a", None)
    assert [(row.id, row.valid_until) for row in scenario.as_known(at(2)).lanes] == [("a", at(1)), ("b", None)]


def test_a_lane_found_out_late_leaves_no_hole():
    rows = lanes(("a", 1.0, None, 1, -1), ("b", 2.0, 1, 2, 5), ("c", 3.0, 2, None, 1))
    known = two_crossings(lanes=rows, stocks=(rush_hour(1),)).as_known(at(3))
    assert [(row.id, row.valid_until) for row in known.lanes] == [("a", at(2)), ("c", None)]


def test_a_lane_that_was_always_known_keeps_its_end():
    rows = lanes(("a", 1.0, None, 1, None), ("b", 2.0, 2, None, None))
    assert two_crossings(lanes=rows, stocks=(rush_hour(1),)).as_known(at(0, 1)).lanes == rows


def test_nothing_known_of_who_goes_is_said_in_one_line():
    with pytest.raises(InputError) as error:
        FINLAND.known_through("2023-11-05")
    assert str(error.value).splitlines() == [
        "scenario.yaml, as known through 2023-11-05: streams.asylum: a stock of which there is nobody; "
        "add rows to stocks.csv or demand.csv"
    ]


def test_a_scenario_without_such_times_is_its_own_past():
    scenario = cx.Scenario.read("two-crossings")
    assert scenario.as_known(scenario.settings.end) == scenario


def test_finland_on_the_evening_before_the_closure():
    known = FINLAND.known_through("2023-11-17")
    assert {row.order for row in known.closures} >= {"southeast-closed"}
    assert not any(row.order.startswith("vartius-suspended") for row in known.closures)
    assert {"se-17-evening", "niirala-17", "vartius-17"} <= {row.id for row in known.observations}
    assert {row.origin for row in known.stocks} == {"st-petersburg", "kostomuksha"}
    assert max(row.published for row in known.stocks) == dt.datetime(2023, 11, 18, 8)
    (vartius,) = (row for row in known.lanes if row.crossing == "vartius" and row.streams == ("asylum",))
    assert vartius.valid_until is None
    cx.Model(known)
    strict = FINLAND.known_through("2023-11-17", by="published")
    assert not {"se-17-evening", "niirala-17"} & {row.id for row in strict.observations}
    (after,) = (row for row in strict.lanes if row.id == "torfyanovka-exit-asylum-back")
    assert after.valid_until is None


def test_suspensions_are_known_day_by_day():
    known = FINLAND.as_known(dt.datetime(2023, 11, 20))
    assert [row.id for row in known.closures if row.order.startswith("vartius-suspended")] == [
        "vartius-suspended-18",
        "vartius-suspended-19-1",
        "vartius-suspended-19-2",
    ]


@pytest.mark.drawn
@pytest.mark.parametrize("by", ["period", "published"])
@pytest.mark.parametrize("day", DAYS)
def test_nothing_leaks(day, by):
    """Whatever is changed of what was made public later, what was known is the same to the last digit."""
    known = FINLAND.known_through(day, by)
    end, shut = end_of_day(day), cut_off(day, by)

    def late(row):
        public = row.published or row.until
        return public > shut or (public == shut and row.published is not None)

    for seed in range(8 if ALL else 2):
        other = changed(FINLAND, shut, end, late, random.Random(seed))
        assert other != FINLAND
        assert other.known_through(day, by) == known
        assert other.known_through(day, by).hash == known.hash
        other = changed(FINLAND, shut, shut, late, random.Random(seed))
        assert other.as_known(shut) == FINLAND.as_known(shut)
