"""Opening hours, hour profiles, and the clocks of a scenario."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossings.scenario import Clock, OpeningHours, Settings, hour_shares, parse_date, parse_when
from crossings.scenario.clock import format_when

MONDAY = dt.date(2023, 11, 13)


def week(text: str) -> list[list[tuple[int, int]]]:
    hours = OpeningHours.parse(text)
    return [hours.intervals(MONDAY + dt.timedelta(days=k)) for k in range(7)]


def test_always_open() -> None:
    assert week("24/7") == [[(0, 1440)]] * 7
    assert week("00:00-24:00") == week("24/7")
    assert OpeningHours.parse("24/7").always_open


def test_a_later_rule_overrides_the_days_it_names() -> None:
    days = week("Mo-Fr 08:00-16:00; We 10:00-12:00,13:00-14:30; Sa off")
    assert days[0] == days[1] == days[3] == days[4] == [(480, 960)]
    assert days[2] == [(600, 720), (780, 870)]
    assert days[5] == days[6] == []


def test_a_range_past_midnight_belongs_to_the_day_it_starts_on() -> None:
    assert week("Fr 22:00-06:00") == [[], [], [], [], [(1320, 1800)], [], []]


def test_days_may_wrap_and_be_listed_with_spaces() -> None:
    assert [bool(day) for day in week("Sa-Mo, We 08:00 - 10:00")] == [True, False, True, False, False, True, True]


def test_off_alone_is_never_open() -> None:
    assert week("off") == [[]] * 7
    assert not OpeningHours.parse("off").ever_open


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("25:00-26:00", "25:00 is a time of day that does not exist; write 00:00 to 24:00"),
        ("08:60-09:00", "08:60 is a time of day that does not exist"),
        ("08:00-24:01", "24:01 is a time of day that does not exist"),
        ("8:00-16:00", "write two digits"),
        ("08:00", "'08:00' is not a range of hours; write for example 24/7"),
        ("08:00-08:00", "is an empty range; write 00:00-24:00"),
        ("24:00-06:00", "is an empty range"),
        ("08:00-12:00,11:00-13:00", "overlap; write each hour once"),
        ("22:00-12:00,06:00-23:00", "overlap"),
        ("08:00-12:00,13:00-12:00,14:00-09:00", "overlap"),
        ("20:00-10:00,09:00-12:00", "is longer than a day"),
        ("mo 08:00-12:00", "'mo' is not a day; did you mean 'Mo'?"),
        ("PH off", "'PH' is not a day; accepted: Mo, Tu, We, Th, Fr, Sa, Su"),
        ("Mo-Fr", "names days but no hours"),
        ("", "no opening hours"),
        (" ; ", "no opening hours"),
        ("Mo-Fr open", "'open' is not a range of hours"),
        ("x" * 500, "..."),
    ],
)
def test_what_is_not_opening_hours(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=r".") as error:
        OpeningHours.parse(text)
    assert words in str(error.value)
    assert len(str(error.value)) < 200


@given(st.text(alphabet="MoTuFrSa 0123456789:-,;/off", max_size=40))
def test_any_text_is_hours_or_a_value_error(text: str) -> None:
    try:
        hours = OpeningHours.parse(text)
    except ValueError:
        return
    for ranges in hours.week:
        assert all(0 <= start < end <= start + 1440 and start < 1440 for start, end in ranges)
        assert all(a[1] <= b[0] for a, b in itertools.pairwise(ranges))


def test_shares_of_a_profile() -> None:
    assert hour_shares("", {}) == (1 / 24,) * 24
    assert hour_shares("day", {"day": [0] * 23 + [5]})[23] == 1
    assert hour_shares(";".join(["2"] * 24), {}) == (1 / 24,) * 24
    assert sum(hour_shares("big", {"big": [1e308] * 24})) == pytest.approx(1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("dai", "unknown profile 'dai'; did you mean 'day'?"),
        ("1;2;3", "a profile of 3 shares; write 24"),
        (";".join(["0"] * 24), "all zero"),
        (";".join(["-1"] * 24), "negative"),
        (";".join(["nan"] * 24), "not finite"),
        (";".join(["1e999"] * 24), "not finite"),
    ],
)
def test_what_is_not_a_profile(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("?", "[?]")):
        hour_shares(text, {"day": [1] * 24})


@pytest.mark.parametrize(
    ("text", "end", "when"),
    [
        ("2023-11-18", False, dt.datetime(2023, 11, 18)),
        ("2023-11-18", True, dt.datetime(2023, 11, 19)),
        ("2023-11-18T15:30", True, dt.datetime(2023, 11, 18, 15, 30)),
        ("2023-11-18 15:30:05", False, dt.datetime(2023, 11, 18, 15, 30, 5)),
        ("2023-12-31T24:00", False, dt.datetime(2024, 1, 1)),
        ("2024-02-29", False, dt.datetime(2024, 2, 29)),
        ("2999-12-31", True, dt.datetime(3000, 1, 1)),
    ],
)
def test_times_as_people_write_them(text: str, end: bool, when: dt.datetime) -> None:
    assert parse_when(text, end) == when
    assert parse_when(format_when(when, end), end) == when


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2023-02-30", "'2023-02-30' is a date that does not exist; write YYYY-MM-DD"),
        ("2023-13-01", "does not exist"),
        ("2023-11-18T25:00", "a time of day that does not exist; write 00:00 to 24:00"),
        ("2023-11-18T24:30", "a time of day that does not exist"),
        ("18.11.2023", "is not a date or time; write YYYY-MM-DD or YYYY-MM-DDTHH:MM"),
        ("2023-11-18T10:00Z", "is not a date or time"),
        ("2023-11-18T10:00+02:00", "is not a date or time"),
        ("1700000000", "is not a date or time"),
        ("9999-12-31", "years 1800 to 2999"),
        ("٢٠٢٣-11-18", "is not a date or time"),
        ("", "is not a date or time"),
    ],
)
def test_what_is_not_a_time(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=r".") as error:
        parse_when(text, end=False)
    assert words in str(error.value)


def test_a_date_is_only_a_date() -> None:
    assert parse_date("2023-11-18") == dt.date(2023, 11, 18)
    for text in ("2023-11-18T00:00", "2023-11-31", "1700000000"):
        with pytest.raises(ValueError, match="date"):
            parse_date(text)


def clock(start: str, end: str, zone: str = "Europe/Helsinki", drain: float = 7) -> Clock:
    return Clock(
        Settings.model_validate(
            {
                "name": "x",
                "start": parse_when(start, False),
                "end": parse_when(end, True),
                "timezone": zone,
                "drain_days": drain,
                "step_min": 30,
                "countries": {"RU": {"timezone": "Europe/Moscow"}, "SE": {}},
                "streams": {"a": {}},
            }
        )
    )


def test_a_clock_counts_from_the_local_start() -> None:
    it = clock("2023-11-13", "2023-11-14")
    assert it.to_ms(dt.datetime(2023, 11, 13, 1)) == 3_600_000
    assert it.to_ms(dt.datetime(2023, 11, 13, 1), "Europe/Moscow") == 0
    assert it.to_ms(dt.datetime(2023, 11, 12)) == -86_400_000
    assert it.local(0, "Europe/Moscow") == dt.datetime(2023, 11, 13, 1)
    assert (it.end_ms, it.horizon_ms, it.step_ms) == (2 * 86_400_000, 9 * 86_400_000, 1_800_000)
    assert it.zone_of("RU") == "Europe/Moscow"
    assert it.zone_of("SE") == it.zone_of("XX") == "Europe/Helsinki"


def test_dates_cover_the_run_in_each_zone() -> None:
    it = clock("2023-11-13", "2023-11-14", drain=0)
    assert it.dates() == [dt.date(2023, 11, 13), dt.date(2023, 11, 14)]
    assert it.dates("Europe/Moscow") == [dt.date(2023, 11, 13), dt.date(2023, 11, 14), dt.date(2023, 11, 15)]


def test_a_skipped_hour_moves_forward() -> None:
    it = clock("2024-03-31", "2024-04-02")  # 03:00 -> 04:00 in Helsinki
    assert it.to_ms(dt.datetime(2024, 3, 31, 3, 30)) == it.to_ms(dt.datetime(2024, 3, 31, 4, 30))
    assert it.local(it.to_ms(dt.datetime(2024, 3, 31, 3, 30))) == dt.datetime(2024, 3, 31, 4, 30)
    assert it.to_ms(dt.datetime(2024, 4, 1)) == 23 * 3_600_000


def test_of_a_repeated_hour_the_first_is_meant() -> None:
    it = clock("2023-10-29", "2023-10-30")  # 04:00 -> 03:00 in Helsinki
    assert it.to_ms(dt.datetime(2023, 10, 29, 3, 30)) == round(3.5 * 3_600_000)
    assert it.local(round(4.5 * 3_600_000)) == dt.datetime(2023, 10, 29, 3, 30)
    assert it.end_ms == 49 * 3_600_000


@given(st.datetimes(dt.datetime(2023, 1, 1), dt.datetime(2026, 1, 1)))
def test_local_times_come_back(when: dt.datetime) -> None:
    it = clock("2023-11-13", "2023-11-14")
    ms = it.to_ms(when)
    assert it.to_ms(it.local(ms)) in (ms, ms - 3_600_000)


@pytest.mark.parametrize("zone", ["Europe/Helsinky", "../etc/passwd", "Europe", "", "localtime", "a\0b", "x" * 300])
def test_unknown_zones(zone: str) -> None:
    with pytest.raises(ValueError, match="time zone"):
        clock("2023-11-13", "2023-11-14", zone)
