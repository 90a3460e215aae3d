"""What if these crossings close: the two scenarios, the figures of the answer, its sentences, thresholds, and options."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re

import numpy as np
import pytest

import crossings as cx
from crossings.claims import assumptions
from crossings.claims.assumptions import AssumptionShift
from crossings.cli.app import build
from crossings.cli.combinations import _print
from crossings.cli.exit_codes import status_of
from crossings.errors import InputError
from crossings.measures.options import COSTS, MOST_CROSSINGS, _beaten, options
from crossings.scenario.entities import Closure, Threshold, Thresholds
from crossings.scenario.what_if import WHAT_IF, what_if
from crossings.simulation.comparison import compare
from crossings.simulation.ensemble import periods_of
from crossings.simulation.expected import Expectation, mean_waits
from crossings.views.alerts import Alert, alert_text, alerts
from crossings.views.answer import Answer, Beds, CrossingAnswer, Figure
from crossings.views.answer_reader import answer_of
from crossings.views.answer_text import period_line, ranged, sentences, sure, title
from crossings.views.headline import headline
from crossings.views.language import language
from crossings.views.run_answer import run_answer
from crossings.views.trust import changing_line
from crossings.web.expected import Outlook
from crossings.web.live_answer import expected_answer

MONDAY = dt.date(2024, 3, 11)
NOTHING = Figure.of([np.nan])
EN = language("en")


def day(number: int) -> dt.datetime:
    return dt.datetime(2024, 3, number)


@pytest.fixture(scope="module")
def border():
    return cx.Scenario.read("two-crossings")


@pytest.fixture(scope="module")
def asked(border):
    """Hill closes from 11 to 14 March, said on 9 March: comparison, model, answer."""
    base, tried = what_if(border, close=["hill"], begins=day(11), until=day(15), announced=dt.datetime(2024, 3, 9, 12))
    found, model = compare({"without it": base, "what if": tried}, seeds=range(1, 7)), cx.Model(tried)
    return found, model, answer_of(found, model, "seekers")


# --- the two scenarios -----------------------------------------------------------------------


def test_later_orders_are_in_neither(border):
    base, tried = what_if(border, close=["river"], begins=day(9), announced=day(9))
    assert [row.order for row in base.closures] == []  # hill-closed was announced at noon of the 9th
    assert [row.order for row in tried.closures] == [WHAT_IF]
    base, tried = what_if(border, close=["river"], begins=day(10), announced=day(10))
    assert [row.order for row in base.closures] == ["hill-closed"]
    assert [row.order for row in tried.closures] == ["hill-closed", WHAT_IF]


def test_what_is_tried_becomes_rows(border):
    _, tried = what_if(
        border, close=["hill"], hours={"river": "08:00-12:00"}, quota={"river": "5"}, begins=day(6), streams=["seekers"]
    )
    rows = [row for row in tried.closures if row.order == WHAT_IF]
    assert [(r.kind, r.crossings, r.value, r.streams) for r in rows] == [
        ("closed", ("hill",), "", ("seekers",)),
        ("hours", ("river",), "08:00-12:00", ("seekers",)),
        ("quota", ("river",), "5", ("seekers",)),
    ]


def test_officers_change_entry_controls_from_then_on(border):
    base, tried = what_if(border, officers={"river": 3}, begins=day(6))
    assert [lane.servers for lane in base.lanes if lane.crossing == "river"] == [1, 1, 1]
    before = [lane for lane in tried.lanes if lane.crossing == "river" and lane.valid_until == day(6)]
    after = [lane for lane in tried.lanes if lane.crossing == "river" and lane.valid_from == day(6)]
    assert [lane.servers for lane in before] == [1, 1, 1]
    assert [lane.servers for lane in after] == [3, 3, 3]
    assert [lane for lane in tried.lanes if lane.crossing == "hill"] == [
        lane for lane in border.lanes if lane.crossing == "hill"
    ]


def test_more_officers_shorten_the_wait(border):
    pair = what_if(border, officers={"river": 4}, close=["hill"], begins=day(11), until=day(15))
    few = what_if(border, close=["hill"], begins=day(11), until=day(15))
    hours = []
    for base, tried in (few, pair):
        found = compare({"without it": base, "what if": tried}, seeds=range(1, 5))
        [river] = answer_of(found, cx.Model(tried), "seekers").open
        hours.append([f.mean for f in river.wait_h])
        assert river.on_duty == (4 if tried is pair[1] else 1)
    # Those who come at night wait for the morning however many officers there are.
    assert all(more < less for less, more in zip(*hours, strict=True))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"close": ["hil"]}, "did you mean 'hill'"),
        ({"officers": {"rivr": 2}}, "did you mean 'river'"),
        ({"close": ["hill"], "streams": ["seeker"]}, "did you mean 'seekers'"),
        ({"close": ["hill"], "begins": day(4) - dt.timedelta(days=1)}, "outside the scenario"),
        ({}, "nothing is tried"),
        ({"hours": {"hill": "noon"}}, "noon"),
        ({"quota": {"hill": "-1"}}, "^quota: hill: '-1' is not"),
        ({"hours": {"hill": "noon"}}, "^hours: hill: 'noon'"),
        ({"part": {"hill": "x"}}, "^part: hill: 'x'"),
        ({"slow": {"hill": "x"}}, "^slow: hill: 'x'"),
        ({"deter": {"hill": "x"}}, "^deter: hill: 'x'"),
        ({"deter": {"hil": "40%"}}, "^deter: unknown crossing 'hil'"),
        ({"close": ["hill"], "until": day(5)}, "^until: .* is not after its beginning"),
        ({"close": ["hill"], "announced": day(7)}, "^announced: .* is after it takes effect"),
    ],
)
def test_what_is_refused(border, given, told):
    with pytest.raises(InputError, match=told):
        what_if(border, **({"begins": day(6)} | given))


# --- figures ---------------------------------------------------------------------------------


def test_a_figure_is_mean_and_percentiles_of_runs():
    figure = Figure.of([0.0, 10.0, 20.0, 30.0, 40.0])
    assert (figure.mean, figure.p05, figure.p50, figure.p95) == (20.0, 2.0, 20.0, 38.0)
    assert Figure.of([np.nan, 4.0]).mean == 4.0
    assert not NOTHING.known
    assert NOTHING.to_json() == dict.fromkeys(("mean", "p05", "p50", "p95"))


def test_figures_are_those_of_the_tables(asked):
    """Processed and waiting at the river, day by day, as the table of flows has them."""
    found, _, answer = asked
    assert answer.days == tuple(MONDAY + dt.timedelta(days=k) for k in range(4))
    assert [c.id for c in answer.open] == ["river"]
    assert [c.id for c in answer.shut] == ["hill"]
    [river] = answer.open
    now, was = (found.runs[name].flows for name in (found.scenario, found.baseline))
    for at, date in enumerate(answer.days):
        rows = [
            [r for r in t.iter_rows(named=True) if str(r["date"])[:10] == str(date) and r["crossing"] == "river"]
            for t in (now, was)
        ]
        mine, before = ([r for r in some if r["stream"] == "seekers"] for some in rows)
        assert river.processed[at].mean == pytest.approx(sum(r["crossed_mean"] for r in mine))
        assert river.arrived[at].mean == pytest.approx(sum(r["arrived_mean"] for r in mine))
        assert river.waiting[at].mean == pytest.approx(sum(r["waiting_mean"] for r in mine))
        assert river.without[at].mean == pytest.approx(sum(r["crossed_mean"] for r in before))
    assert river.gain == pytest.approx(sum(f.mean for f in river.processed) - sum(f.mean for f in river.without))
    assert river.needed_day in answer.days
    assert river.needed.mean == pytest.approx(max(f.mean for f in river.needed_a_day))
    assert river.on_duty_a_day == (1, 1, 1, 1)


@pytest.fixture(scope="module")
def four_shut():
    """Four Finnish crossings close for two days: comparison, model, answer, three runs."""
    border = cx.Scenario.read("finland-2023")
    base, tried = what_if(
        border,
        close=["vaalimaa", "nuijamaa", "imatra", "niirala"],
        begins=dt.datetime(2023, 11, 18),
        until=dt.datetime(2023, 11, 20),
        announced=dt.datetime(2023, 11, 16, 14),
    )
    found = compare({"without it": base, "what if": tried}, seeds=[1, 2, 3])
    model = cx.Model(tried)
    return found, model, answer_of(found, model, "asylum")


def test_a_day_on_which_hardly_anybody_joins_has_no_wait(four_shut):
    """Else the longest wait, and a red light, are told of a crossing that half a person came to."""
    _, _, answer = four_shut
    cells = [(a.mean, w.known) for c in answer.open for a, w in zip(c.arrived, c.wait_h, strict=True)]
    assert {known for mean, known in cells if mean < 1} == {False}
    assert {known for mean, known in cells if mean >= 1} == {True}


def test_expected_waits_are_those_of_the_runs(four_shut):
    """Who comes at night waits for the morning, in expected flows too: most waits at the border are for the opening."""
    found, model, _ = four_shut
    work, periods = Expectation(model), periods_of(model, "day")
    expected = mean_waits(work.compute(), work.plan, periods.edges, model.tables.step_ms)
    runs = found.runs[found.scenario]
    came = runs.counts()[..., 0].astype(float)
    waited = np.stack([t.waits[..., 0] for t in runs.tallies])
    rows = [k for k, s in enumerate(runs.periods) if dt.datetime(2023, 11, 18) <= s < dt.datetime(2023, 11, 22)]
    for crossing in ("vartius", "salla", "raja-jooseppi"):
        at = [i for i, g in enumerate(model.gates) if (g.stream, g.crossing) == ("asylum", crossing)]
        some = np.ix_(range(len(runs.seeds)), rows, at)
        mean = (came[some] * np.nan_to_num(waited[some])).sum() / came[some].sum()
        joined = came[some].mean(axis=0)
        assert (joined * np.nan_to_num(expected[np.ix_(rows, at)])).sum() / joined.sum() == pytest.approx(mean, rel=0.3)
        assert mean > 4


def test_the_longest_wait_of_an_option_is_that_of_the_answer(border):
    """One name, one formula: the command options, and the page's answer of expected flows."""
    begins, until, told = day(11), day(15), dt.datetime(2024, 3, 9, 12)
    base, tried = what_if(border, close=["hill"], begins=begins, until=until, announced=told)
    models = cx.Model(base), cx.Model(tried)
    flows = [Outlook(m).expected(m, tuple(m.streams)) for m in models]
    answer = expected_answer(*models, *flows, "travellers")
    longest = max(c.longest_wait.mean for c in answer.open)
    found = options(border, ["hill"], begins=begins, until=until, announced=told, stream="travellers")
    [row] = [r for r in found.table.iter_rows(named=True) if r["shut"] == "hill"]
    assert row["longest_wait_h"] == pytest.approx(longest)
    assert longest > 0


@pytest.mark.parametrize("close", [["hill"], ["hill", "river"]])
def test_no_way_across_is_one_figure_for_options_and_answers(border, close):
    """Where nothing is open at the end, all who are not across; else those turned away. Expected flows, and runs."""
    base, tried = what_if(border, close=close, begins=day(11))
    models = cx.Model(base), cx.Model(tried)
    flows = [Outlook(m).expected(m, tuple(m.streams)) for m in models]
    answer = expected_answer(*models, *flows, "seekers")
    found = options(border, close, begins=day(11), stream="seekers")
    [row] = [r for r in found.table.iter_rows(named=True) if r["shut"] == ";".join(close)]
    assert row["no_way"] == pytest.approx(answer.no_way.mean, abs=0.05)  # ends are kept in hundredths
    said = " ".join(headline(answer)[1])
    assert ("no way across" in said) == (len(close) == 2)
    assert ("no way across at the end of the run, against" in said) == (len(close) == 2)
    assert answer.no_way_without.mean == pytest.approx(0, abs=0.05)
    compared = compare({"without it": base, "what if": tried}, seeds=[1, 2, 3])
    runs = answer_of(compared, models[1], "seekers")
    ends = compared.runs["what if"].endings("seekers")
    left = sum(v for key, v in ends.items() if key not in ("across", "gave_up"))
    assert runs.no_way == Figure.of(left if len(close) == 2 else ends["turned_away"])
    assert (runs.no_way.mean > 10) == (len(close) == 2)
    before = compared.runs["without it"].endings("seekers")["turned_away"]
    assert runs.no_way_without == Figure.of(before)
    alone = run_answer(compared.runs["what if"], models[1], "seekers")
    assert alone.to_json()["no_way_without"]["mean"] is None  # null, as there is no NaN in JSON


def test_nobody_is_processed_where_it_is_shut(asked):
    _, _, answer = asked
    [hill] = answer.shut
    assert all(f.p95 == 0 for f in hill.processed)
    assert sum(f.mean for f in hill.without) > 0


def test_an_unknown_group_is_refused(asked):
    found, model, _ = asked
    with pytest.raises(InputError, match="seekers"):
        answer_of(found, model, "seeker")
    assert answer_of(found, model).stream == "travellers"  # the first that the order concerns


# --- sentences -------------------------------------------------------------------------------


def steady(*means: float) -> tuple[Figure, ...]:
    return tuple(Figure(m, m, m, m) for m in means)


def crossing(ident: str, processed, without, **more) -> CrossingAnswer:
    days = len(processed)
    given = {
        "id": ident,
        "name": ident.title(),
        "closed": False,
        "ordered": False,
        "across": Figure(9, 9, 9, 9),
        "processed": processed,
        "arrived": processed,
        "without": without,
        "waiting": steady(*[0.0] * days),
        "wait_h": steady(*[0.0] * days),
        "most_waiting": Figure(0, 0, 0, 0),
        "most_waiting_day": MONDAY,
        "longest_wait": NOTHING,
        "longest_wait_day": MONDAY,
        "needed": Figure(1, 1, 1, 1),
        "needed_day": MONDAY,
        "on_duty": 2,
        "needed_a_day": steady(*[1.0] * days),
        "on_duty_a_day": (2,) * days,
    }
    return CrossingAnswer(**(given | more))


def answer_with(*crossings: CrossingAnswer, **more) -> Answer:
    given = {
        "stream": "s",
        "group": "seekers",
        "unit": "person",
        "runs": 100,
        "orders": (WHAT_IF,),
        "announced": dt.datetime(2024, 3, 9, 12),
        "begins": day(11),
        "ends": day(13),
        "replaced": False,
        "baseline": "without it",
        "days": (MONDAY, MONDAY + dt.timedelta(days=1)),
        "across": Figure(9, 9, 9, 9),
        "crossings": crossings,
        "eve": None,
        "eve_processed": NOTHING,
        "eve_before": NOTHING,
        "at_barrier": Figure(0, 0, 0, 0),
        "no_way": Figure(0, 0, 0, 0),
        "gave_up": Figure(0, 0, 0, 0),
        "beds": (),
        "others": (),
        "gap_km": None,
    }
    return Answer(**(given | more))


SHUT = crossing("west", steady(0, 0), steady(9, 9), closed=True, ordered=True, closes=True)


def test_what_earlier_orders_shut_is_said_to_change_nothing():
    east = crossing("east", steady(1, 1), steady(1, 1))
    already = dataclasses.replace(SHUT, closes=False)
    assert sentences(answer_with(already, east))[0].startswith("Earlier orders shut West to")
    assert sentences(answer_with(SHUT, east))[0].startswith("No open crossing takes noticeably more")


def test_a_small_change_is_not_rounded_away():
    """An assumption that changes a figure by more than a tenth is not shown as '6 in place of 6'."""
    east = crossing("east", steady(6, 6), steady(1, 1))
    model = cx.Model(cx.Scenario.read("two-crossings"))
    line = changing_line(
        answer_with(SHUT, east), model, shift_of=lambda *_: AssumptionShift(assumptions.TRIED[0], 5.6, 6.4)
    )
    assert "takes 6.4 in place of 5.6" in line
    line = changing_line(
        answer_with(SHUT, east), model, shift_of=lambda *_: AssumptionShift(assumptions.TRIED[0], 5.6, 9.4)
    )
    assert "takes 9 in place of 6" in line


def test_titles():
    east = crossing("east", steady(1, 1), steady(1, 1))
    more = [dataclasses.replace(SHUT, id=f"c{k}", name=f"C{k}") for k in range(4)]
    assert title(answer_with(SHUT, east)) == "If West closes on Monday 11 March"
    assert title(answer_with(SHUT, more[0], east)) == "If West and C0 close on Monday 11 March"
    assert title(answer_with(SHUT, *more)) == "If all 5 crossings close on Monday 11 March"
    assert title(answer_with(east)) == "If the orders take effect on Monday 11 March"
    slowed = dataclasses.replace(east, ordered=True, limited=True)
    assert title(answer_with(slowed)) == "If traffic is restricted at East on Monday 11 March"
    already = dataclasses.replace(SHUT, closes=False)
    kept = dataclasses.replace(east, opens=True)
    assert title(answer_with(kept, already)) == "If East is open on Monday 11 March"
    assert "compared with keeping them shut" in period_line(answer_with(kept, already))
    assert title(answer_with(SHUT, dataclasses.replace(more[0], everybody=True))) == "If C0 closes on Monday 11 March"
    assert "compared with the orders known before" in period_line(answer_with(already, east))
    assert "compared with no such order" in period_line(answer_with(east))
    # The title names what closes to everybody; what closes to the group alone stands under it.
    both = answer_with(SHUT, dataclasses.replace(more[0], everybody=True), east)
    assert f" · also shut to {both.group}: West · " in period_line(both)
    assert "also shut" not in period_line(answer_with(SHUT, east))
    line = period_line(answer_with(SHUT, east))
    assert line.startswith("announced Sat 9 Mar 12:00 · in force Mon 11 Mar to Tue 12 Mar 2024 · compared with leaving")


def test_the_three_sentences():
    east = crossing(
        "east",
        (Figure(5, 3, 5, 8), Figure(20, 12, 20, 31)),
        steady(2, 2),
        most_waiting=Figure(7, 4, 7, 9),
        longest_wait=Figure(5.5, 3, 5, 8),
    )
    answer = answer_with(
        SHUT,
        east,
        eve=dt.date(2024, 3, 10),
        eve_processed=Figure(30, 25, 30, 36),
        eve_before=Figure(10, 8, 10, 12),
        at_barrier=Figure(4, 2, 4, 6),
    )
    assert sentences(answer) == [
        "The flow moves: East takes 20 on Tuesday 12 March, very likely (9 runs in 10) between 12 and 31, "
        "against 2 without the orders.",
        "The longest queue at the end of a day is 7, at East, very likely (9 runs in 10) between 4 and 9; "
        "the longest wait is 5.5 (3–8) hours, at East for those who join on Monday 11 March.",
        "On Sunday 10 March, the last open day, the crossings that close take 30, very likely (9 runs in 10) between "
        "25 and 36; the day before 10; 4 (2–6) stand at the barriers when they close.",
    ]
    few = sentences(dataclasses.replace(answer, runs=5))
    assert few[0] == "The flow moves: East takes 20 (12–31) on Tuesday 12 March, against 2 without the orders."


def test_when_there_is_nothing_to_tell():
    east = crossing("east", steady(2, 2), steady(2, 2))
    assert sentences(answer_with(SHUT, east)) == [
        "No open crossing takes noticeably more seekers than without the orders. "
        "From Mon 11 Mar to Tue 12 Mar 4 cross in all, against 22.",
        "No queue to speak of forms at the open crossings.",
    ]
    assert sentences(answer_with(SHUT, no_way=Figure(12, 12, 12, 12))) == [
        "No crossing is left open to seekers.",
        "12 have no way across at the end of the run.",
    ]


def test_ranges():
    assert ranged(Figure(68.2, 59, 68, 79), EN) == "68 (59–79)"
    assert ranged(Figure(3, 3, 3, 3), EN) == "3"
    assert ranged(NOTHING, EN) == "–"
    assert ranged(Figure(0.3, 0, 0, 1), EN) == "under 1 (0–1)"
    assert sure(Figure(68.2, 59, 68, 79), 100, EN) == "very likely (9 runs in 10) between 59 and 79"
    assert sure(Figure(68.2, 59, 68, 79), 5, EN) == "68 (59–79)"


# --- thresholds ------------------------------------------------------------------------------


def test_alerts_name_the_first_day_of_the_worst_level():
    tuesday = MONDAY + dt.timedelta(days=1)
    east = crossing(
        "east",
        steady(5, 5),
        steady(2, 2),
        wait_h=steady(13, 30),
        waiting=steady(31, 20),
        most_waiting=Figure(31, 31, 31, 31),
        longest_wait=Figure(30, 30, 30, 30),
        longest_wait_day=tuesday,
        needed=Figure(3, 3, 3, 3),
        needed_day=tuesday,
        needed_a_day=steady(2.5, 3),
        on_duty_a_day=(2, 2),
    )
    beds = Beds("h", "Hostel", 10.0, ((MONDAY, 9.4), (tuesday, 10.0)), Figure(10, 9, 10, 11), tuesday, tuesday)
    answer = answer_with(SHUT, east, beds=(beds,), gap_km=(50.0, 900.0), gap_by_day=((MONDAY, 600.0), (tuesday, 900.0)))
    limits = Thresholds(
        wait_h=Threshold(amber=12, red=24), waiting=Threshold(amber=30, red=50), gap_km=Threshold(amber=400, red=800)
    )
    assert alerts(answer, limits) == [
        Alert("red", "officers", "East", 2.0, MONDAY),
        Alert("red", "beds_share", "Hostel", 1.0, tuesday),
        Alert("red", "gap_km", "", 800.0, tuesday),
        Alert("red", "wait_h", "East", 24.0, tuesday),
        Alert("amber", "waiting", "East", 30.0, MONDAY),
    ]
    assert [alert_text(a) for a in alerts(answer, limits)] == [
        "more officers needed than the 2 on duty: East, from Monday 11 March",
        "beds over 100 % full: Hostel, from Tuesday 12 March",
        "more than 800 km of border without an open crossing, from Tuesday 12 March",
        "wait over 24 hours: East, from Tuesday 12 March",
        "more than 30 waiting: East, from Monday 11 March",
    ]
    calm = crossing("east", steady(5, 5), steady(2, 2))
    assert alerts(answer_with(SHUT, calm), limits) == []
    # A crossing that is shut raises nothing, whatever stands there.
    assert alerts(answer_with(dataclasses.replace(east, closed=True)), limits) == []


# --- the commands ----------------------------------------------------------------------------


def run(*words: str) -> int:
    return status_of(build(), list(words))


def test_the_chart_of_options_has_every_option_and_marks_those_that_nothing_beats(tmp_path, capsys):
    words = ("options", "two-crossings", "--from", "2024-03-11", "--until", "2024-03-14", "--group", "seekers")
    path = tmp_path / "options.html"
    assert run(*words, "--chart", str(path), "--json") == 0
    found = json.loads(capsys.readouterr().out)["options"]
    text = path.read_text(encoding="utf-8")
    charts = re.findall(r"<svg [^>]*class=\"chart\".*?</svg>", text, re.DOTALL)
    assert len(charts) >= 3
    for chart in charts:
        assert chart.count('class="seen"') == sum(not row["beaten"] for row in found)
        assert chart.count('class="seen hollow"') == sum(row["beaten"] for row in found)
        titles = re.findall(r'class="axis-title"[^>]*>([^<]*)<', chart)
        assert titles[0] == "processed, people"
        assert len(titles) == 2
        for row in found:
            assert f"processed, people {EN.number(row['processed'])}" in chart
    assert "Source: crossings" in text
    assert not re.search(r'(src|href)="http', text)
    assert run(*words, "--chart", str(tmp_path / "no" / "r.html")) == 2


TRIED = ("whatif", "two-crossings", "--close", "hill", "--from", "2024-03-11", "--seeds", "2")


def test_whatif_as_json(capsys):
    assert run(*TRIED, "--until", "2024-03-14", "--announced", "2024-03-09T12:00", "--group", "seekers", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["title"] == "If Hill road closes on Monday 11 March"
    assert found["runs"] == 2
    assert found["days"] == ["2024-03-11", "2024-03-12", "2024-03-13", "2024-03-14"]
    assert found["ends"] == "2024-03-15T00:00"
    assert {c["id"]: c["closed"] for c in found["crossings"]} == {"hill": True, "river": False}
    assert len(found["crossings"][0]["processed"]) == 4


def test_whatif_in_finnish(capsys):
    assert run(*TRIED, "--group", "seekers", "--language", "fi") == 0
    said = capsys.readouterr().out
    assert "Jos Hill road suljetaan maanantaina 11. maaliskuuta" in said
    assert "suojelua hakevat, käsitelty päivässä" in said
    assert "processed" not in said


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("whatif", "two-crossings", "--close", "hill"), "--from: is not given"),
        (("whatif", "two-crossings", "--from", "2024-03-11"), "nothing is tried"),
        (("whatif", "two-crossings", "--close", "hil", "--from", "2024-03-11"), "'hil'"),
        (("whatif", "two-crossings", "--close", "hill", "--from", "11.3."), "--from"),
        (("whatif", "two-crossings", "--close", "hill", "--from", "2024-03-11", "--until", "x"), "--until"),
        (
            ("whatif", "two-crossings", "--officers", "river", "--from", "2024-03-11"),
            "'river' is not accepted; write CROSSING=VALUE",
        ),
        (
            ("whatif", "two-crossings", "--officers", "river=", "--from", "2024-03-11"),
            "'river=' is not accepted; write CROSSING=VALUE",
        ),
        (("whatif", "two-crossings", "--officers", "river=two", "--from", "2024-03-11"), "'two' is not a number"),
        (("whatif", "two-crossings", "--officers", "river=²", "--from", "2024-03-11"), "is not a number of officers"),
        (("whatif", "two-crossings", "--officers", f"river={'9' * 5000}", "--from", "2024-03-11"), "is not a number"),
        ((*TRIED, "--group", "nobody"), "--group: unknown group 'nobody'"),
        ((*TRIED, "--groups", "nobody"), "--groups: unknown group 'nobody'"),
        ((*TRIED, "--announced", "2024-03-12"), "--announced: 2024-03-12 00:00 is after it takes effect"),
        ((*TRIED, "--until", "2024-03-09"), "--until: 2024-03-09 24:00 is not after"),
        ((*TRIED, "--slow", "river=x"), "--slow: river: 'x' is not a slowing"),
        (
            ("whatif", "two-crossings", "--close", "hill", "river", "--seeds", "2"),
            "several are written with commas: --close hill,river",
        ),
        (
            ("whatif", "two-crossings", "--close=hill", "river", "--seeds", "2"),
            "several are written with commas: --close hill,river",
        ),
        (("compare", "two-crossings", "--without", "nosuch"), "--without: unknown order or row 'nosuch'"),
        (
            ("options", "two-crossings", "--from", "2024-03-11", "--announced", "2024-03-12"),
            "--announced: 2024-03-12 00:00 is after it takes effect",
        ),
        (("whatif", "two-crossings", "--close", "hil", "--from", "2024-03-11"), "--close: unknown crossing 'hil'"),
        ((*TRIED, "--language", "de"), "unknown language 'de'"),
        (("options", "two-crossings"), "--from: is not given"),
        (
            ("options", "two-crossings", "--from", "2024-03-11", "--crossings", "hil"),
            "--crossings: unknown crossing 'hil'",
        ),
        (("options", "two-crossings", "--from", "2025-03-11"), "outside the scenario"),
        (("options", "two-crossings", "--from", "2024-03-11", "--group", "nobody"), "nobody"),
    ],
)
def test_faults_are_one_line(words, told, capsys):
    assert run(*words) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1, lines
    assert told in lines[0]


@pytest.mark.parametrize(
    ("words", "most"),
    [
        (("--hours", "river=off"), 0),
        (("--quota", "river=1"), 1),
        (("--part", "river=1/100"), 1),
        (("--deter", "river=100%"), 0),
    ],
)
def test_what_limits_a_crossing_from_the_command_line(words, most, capsys):
    """On each day no more than that are let in; before, more were."""
    when = ("--from", "2024-03-11", "--until", "2024-03-14", "--announced", "2024-03-09T12:00")
    assert run("whatif", "two-crossings", *words, *when, "--group", "seekers", "--seeds", "1", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    (river,) = [c for c in found["crossings"] if c["id"] == "river"]
    assert max(day["mean"] for day in river["processed"]) <= most < max(day["mean"] for day in river["without"])


@pytest.mark.parametrize("words", [(*TRIED,), ("brief", "two-crossings", "--out", "b.pdf")])
def test_a_wrong_group_is_refused_before_anything_is_run(words, capsys, monkeypatch):
    monkeypatch.setattr("crossings.compare", lambda *_, **__: pytest.fail("it was run"))
    assert run(*words, "--group", "nobody") == 2
    assert "--group: unknown group 'nobody'" in capsys.readouterr().err


# --- options ---------------------------------------------------------------------------------


def test_an_option_is_beaten_where_another_is_nowhere_higher_and_lower_in_one():
    costs = np.array(
        [
            [10.0, 1.0, 0.0, 50.0, 0.0],
            [10.0, 2.0, 0.0, 50.0, 0.0],  # beaten by the first: a longer wait for nothing
            [5.0, 2.0, 0.0, 50.0, 0.0],  # fewer processed, a longer wait: neither beats the other
            [5.0, 2.0, 0.0, 50.0, 9.0],  # beaten by the third
            [10.0, 1.0, 0.0, 50.0, 0.0],  # equal to the first: equals do not beat one another
        ]
    )
    assert _beaten(costs) == [False, True, False, True, False]
    assert _beaten(np.full((1, 5), np.nan)) == [False]
    # What nobody would see in the table decides nothing.
    costs = np.array([[1058.32, 44.158, 0.0, 632.0, 0.0], [1058.27, 44.157, 0.0, 632.0, 0.01]])
    assert _beaten(costs) == [False, False]


def test_options_that_come_to_the_same_say_so(border, capsys):
    shut = border.with_closures(
        [Closure(id="now", order="now", crossings=("hill",), from_=day(9), announced=day(8), until=None, source="test")]
    )
    found = options(shut, ["hill"], begins=day(11), until=day(13), stream="seekers")
    assert found.alike
    assert not found.table["beaten"].any()
    _print(found, True, language("en"), "seekers")
    assert "All options come to the same" in capsys.readouterr().out
    assert not options(border, ["river"], begins=day(11), until=day(13), stream="seekers").alike


def test_options_are_all_combinations(border):
    found = options(border, ["hill", "river"], begins=day(11), until=day(15), stream="seekers")
    table = found.table
    assert table["shut"].to_list() == ["", "hill", "river", "hill;river"]
    rows = {r["shut"]: r for r in table.iter_rows(named=True)}
    assert rows["hill;river"]["processed"] == pytest.approx(0, abs=0.01)
    assert rows[""]["no_way"] == pytest.approx(0, abs=0.01)
    assert rows[""]["journeys_lost"] == 0
    assert rows["hill;river"]["journeys_lost"] == max(r["journeys_lost"] for r in rows.values())
    assert rows["hill;river"]["longest_gap_km"] == pytest.approx(120)  # borders.csv
    assert table["beaten"].to_list() == _beaten(table.select(COSTS).to_numpy())
    # All who are not across: none has a way.
    both = cx.Model(what_if(border, close=["hill", "river"], begins=day(11), until=day(15))[1])
    states = cx.expect(both).states
    last, column = cx.expect(both).starts.index(day(14)), both.streams["seekers"]
    not_across = sum(
        states[name][last, column] for name in states if name not in ("after_border", "arrived", "gave_up")
    )
    assert not_across > 10
    assert rows["hill;river"]["no_way"] == pytest.approx(not_across)
    # The same as expected flows of the scenario that what_if makes: one order, announced and heard of as one.
    model = cx.Model(what_if(border, close=["hill"], begins=day(11), until=day(15))[1])
    flows = cx.expect(model)
    gates = [g.stream == "seekers" for g in model.gates]
    days = [k for k, p in enumerate(flows.starts) if day(11) <= p < day(15)]
    assert rows["hill"]["processed"] == pytest.approx(flows.crossed[days][:, gates].sum(), rel=1e-6)


def test_nothing_is_said_of_open_crossings_where_none_is_open():
    shut = crossing("hill", steady(0, 0), steady(3, 3), closed=True, ordered=True)
    for baseline in ("without it", ""):
        assert "open crossings" not in " ".join(headline(answer_with(shut, baseline=baseline))[1])


def test_closing_what_is_shut_to_a_group_already_changes_nothing_for_it(border):
    shut = border.with_closures(
        [
            Closure(
                id="now", order="now", crossings=("river",), from_=day(9), announced=day(8), until=None, source="test"
            )
        ]
    )
    found = options(shut, ["hill", "river"], begins=day(11), until=day(13), stream="seekers").table
    rows = {r["shut"]: r for r in found.iter_rows(named=True)}
    for name in ("processed", "longest_wait_h", "no_way"):
        # but for those who had not yet heard of the one that stands
        assert rows["hill;river"][name] == pytest.approx(rows["hill"][name], rel=1e-3)
        assert rows["river"][name] == pytest.approx(rows[""][name], rel=1e-3)


def test_how_many_crossings_options_take(border):
    with pytest.raises(InputError, match=f"1 to {MOST_CROSSINGS}"):
        options(border, [], begins=day(11))
    with pytest.raises(InputError, match="13 are named"):
        options(border, [f"c{k}" for k in range(13)], begins=day(11))


def test_options_as_table_and_json(capsys):
    words = ("options", "two-crossings", "--from", "2024-03-11", "--until", "2024-03-14", "--group", "seekers")
    assert run(*words, "--all", "--language", "sv") == 0
    said = capsys.readouterr().out
    assert "Alternativ: skyddssökande" in said
    assert "hill, river" in said
    assert run(*words, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["group"] == "seekers"
    assert len(found["options"]) == 4
