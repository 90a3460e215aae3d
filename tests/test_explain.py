"""`explain`: who can go where, when, in how many hours, and what each order changes."""

from __future__ import annotations

import pytest

import crossings as cx
from tiny import closed, flow, lane, people, place, rush_hour, scenario, two_borders, two_crossings


@pytest.fixture(scope="module")
def finland():
    return cx.Model(cx.Scenario.read("finland-2023")).explain()


def lines(page):
    return [line.strip() for line in page.splitlines()]


def test_a_small_border_word_by_word():
    page = cx.Model(cx.Scenario.read("two-crossings")).explain()
    said = lines(page)
    assert said[0] == "Two crossings on a made-up border (two-crossings)"
    assert "eastham to westport and back: hill 1.8 h 130 km, river 2.8 h 190 km" in said
    assert "eastham: hill 0.8 h 60 km, river 1.3 h 90 km" in said
    assert "08:00-20:00: seekers 2/h" in said
    assert "2024-03-11 00:00 to 2024-03-15 24:00: closed: hill for everybody" in said
    assert "eastham: hill 0.8 h before, river 1.3 h now (+0.5 h, +30 km)" in said


def test_lines_fit(finland):
    assert max(map(len, finland.splitlines())) <= 98


def test_finland_says_who_has_how_much_further_to_go(finland):
    assert "st-petersburg: nuijamaa 2.2 h before, vartius 12.5 h now (+10.3 h, +745 km)" in finland
    assert "kostomuksha: vartius 0.5 h before, raja-jooseppi 15.9 h now" in finland


def test_finland_says_what_ends_what(finland):
    flat = " ".join(finland.split())
    assert "(in force until 2023-11-23 24:00, when north-closed-but-one replaces it)" in flat
    assert "closed: all crossings but raja-jooseppi for everybody" in flat
    assert "2024-02-11 00:00: after the end of this run" in flat
    assert "on the timeline only: visa-restriction-2022" in flat


def test_finland_says_when_and_how_fast(finland):
    assert "24/7: travellers 100/h" in finland
    assert "08:00-18:00 (until 2023-11-21), then 08:00-16:30 (until 2023-11-22), then 08:00-16:00" in finland


def test_finland_says_how_firm_it_is(finland):
    assert "lanes 68 of 68" in " ".join(finland.split())


def test_miles():
    page = cx.Model(cx.Scenario.read("two-crossings")).explain("imperial")
    assert "hill 0.8 h 37 miles" in page
    assert "(+0.5 h, +19 miles)" in page
    assert " km" not in page


def explain(**parts):
    return cx.Model(parts.pop("builder", two_crossings)(**parts)).explain()


def test_no_order_and_no_crossing_control():
    page = explain(stocks=(rush_hour(10),))
    assert "There is no order." in page
    assert "without controls, open to all at any time: north, south" in page


def test_an_order_that_closes_what_is_closed_changes_nothing():
    page = explain(stocks=(rush_hour(10),), closures=(closed("first", "north", (1,)), closed("second", "north", (2,))))
    assert "changes nothing then: what it closes was closed already" in page


def test_an_order_replaced_before_it_begins():
    rows = (closed("first", "north", (2,)), closed("second", "south", (1,), replaces=("first",)))
    assert "never in force: second replaces it before" in " ".join(
        explain(stocks=(rush_hour(10),), closures=rows).split()
    )


def test_everything_closed_leaves_no_way_and_reopening_gives_one():
    rows = (closed("all", "north", (1,), (2,), id="a"), closed("all", "south", (1,), (2,), id="b"))
    page = explain(stocks=(rush_hour(10),), closures=rows)
    assert "open then: nothing" in page
    assert "home: north 1.0 h before, none now" in page


def test_in_force_at_the_start_and_for_good():
    page = explain(stocks=(rush_hour(10),), closures=(closed("old", "north", (-5,)),))
    assert "in force at the start of this run" in page
    assert "to further notice" in page


def test_limits_and_roads_are_said():
    rows = (
        closed("hours", "north", (1,), kind="hours", value="08:00-10:00"),
        closed("quota", "south", (1,), kind="quota", value="20"),
        closed("road", None, (1,), roads=("home--north a",)),
    )
    lanes = (lane("north", 5.0), lane("south", 0.0, quota_per_day=7))
    page = explain(stocks=(rush_hour(10),), closures=rows, lanes=lanes)
    assert "open only 08:00-10:00: north for everybody" in page
    assert "at most 20 a day: south for everybody" in page
    assert "closed: road home--north a" in page
    assert "journeys are found again" in page
    assert "24/7: people 12/h" in page


def test_choosing_a_destination_over_two_borders():
    page = explain(
        builder=two_borders, demand=(flow(5, destination=None),), streams=people("flow", "destination", direction=None)
    )
    assert "home: goal by first" in page


def test_nobody_can_go():
    page = cx.Model(
        scenario(
            places=(place("home", "AA", "origin"), place("goal", "BB", "destination")),
            demand=(flow(1),),
            streams=people("flow"),
        )
    ).explain()
    assert "home to goal: no way" in page
