"""Learning from people counted at places, as of an imported Flee directory."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
import pytest

import crossings as cx
import tiny
from crossings.calibration.fit import fit
from crossings.calibration.place_scores import score_places
from crossings.calibration.problem import Problem
from crossings.calibration.stock_likelihood import SCALE, Headcounts, relative_changes, relative_errors
from crossings.scenario.entities import Headcount
from crossings.scenario.fit_spec import FitSettings, Parameter
from crossings.simulation.expected import Expectation

PARAMETERS = {
    "near": Parameter(prior="normal(0, 1)", set="behaviour.alpha", ids=("near camp",)),
    "far": Parameter(prior="normal(0, 1)", set="behaviour.alpha", ids=("far camp",)),
}


def camps(rows: tuple[Headcount, ...] = (), days: int = 40) -> cx.Scenario:
    """Two camps in one country, 1 and 3 hours away; 100 people a day leave home."""
    return tiny.scenario(
        days=days,
        places=(
            tiny.place("home", "AA", "origin"),
            tiny.place("near camp", "AA", "reception"),
            tiny.place("far camp", "AA", "reception"),
        ),
        roads=(tiny.road("home", "near camp", 1.0), tiny.road("home", "far camp", 3.0)),
        streams=tiny.people(
            "flow", choose="destination", destinations=("near camp", "far camp"), gamma=1.0, outside_km=1e9
        ),
        demand=(tiny.flow(100.0, 0, days - 1, destination=None),),
        headcounts=rows,
        settings={"fit": FitSettings(parameters=PARAMETERS)},
    )


def made_up(near_share: float, days: int = 40) -> tuple[Headcount, ...]:
    start = tiny.at(0).date()
    return tuple(
        Headcount(place=place, date=start + dt.timedelta(days=day), count=100.0 * (day + 1) * share)
        for day in (*range(0, days - 1, 5), *([days - 1] if days != 40 else []))
        for place, share in (("near camp", near_share), ("far camp", 1 - near_share))
    )


def test_a_relative_error_by_hand() -> None:
    counted = np.array([[10.0, 30.0], [np.nan, 20.0]])
    assert relative_errors(np.array([[14.0, 26.0], [5.0, 25.0]]), counted) == pytest.approx([8 / 40, 5 / 20])


def test_a_relative_change_by_hand() -> None:
    counted = np.array([[10.0, 30.0], [0.0, 0.0], [5.0, -5.0]])
    simulated = np.array([[20.0, 20.0], [0.0, 0.0], [-5.0, 5.0]])
    assert relative_changes(simulated, counted) == pytest.approx([20 / 80, 0.0, 1.0])


def likelihood(rows: tuple[Headcount, ...], days: int = 40) -> float:
    model = cx.Model(camps(rows, days=days))
    return Headcounts(model, rows).log_likelihood(Expectation(model).compute())


def test_counts_again_of_the_same_people_are_no_more_evidence() -> None:
    rows = made_up(0.2)
    last = tuple(row for row in rows if row.date == rows[-1].date)
    assert likelihood(rows) == pytest.approx(likelihood(last))
    assert likelihood(rows) < -0.25 / SCALE  # of those who came, one in four and more are in the wrong camp


def test_a_longer_time_is_more_evidence() -> None:
    one, three = (likelihood(made_up(0.2, days), days) for days in (56, 168))
    assert three == pytest.approx(3 * one, rel=0.05)


def test_each_camp_but_one_has_an_error_of_its_own() -> None:
    """Three camps alike, and twice as many counted in one of them as in another: twice as much evidence as of two camps."""
    names = ("a", "b", "c")
    scenario = tiny.scenario(
        days=40,
        places=(tiny.place("home", "AA", "origin"), *(tiny.place(name, "AA", "reception") for name in names)),
        roads=tuple(tiny.road("home", name, 1.0) for name in names),
        streams=tiny.people("flow", choose="destination", destinations=names, gamma=1.0, outside_km=1e9),
        demand=(tiny.flow(90.0, 0, 39, destination=None),),
    )
    model = cx.Model(scenario)
    date = tiny.at(39).date()
    rows = tuple(Headcount(place=n, date=date, count=c) for n, c in zip(names, (800.0, 1600.0, 1200.0), strict=True))
    found = Headcounts(model, rows).log_likelihood(Expectation(model).compute())
    assert found == pytest.approx(-2 * (400 + 400) / (3600 + 3600) / SCALE, rel=0.02)


def test_places_are_counted_on_days_of_their_own() -> None:
    rows = made_up(0.2)
    apart = tuple(row for row in rows if row.place == "near camp" or row.date != rows[-1].date)
    assert likelihood(apart) == pytest.approx(likelihood(rows), abs=0.3)


def test_a_place_that_nobody_can_reach_holds_nobody_and_counts() -> None:
    rows = (*made_up(0.5), Headcount(place="home", date=tiny.at(30).date(), count=50.0))
    model = cx.Model(camps(rows))
    heads = Headcounts(model, rows)
    assert heads.places[-1] == "home"
    assert not heads.simulated(Expectation(model).compute())[:, -1].any()
    assert likelihood(rows) < likelihood(rows[:-1])


def test_what_is_simulated_is_there_at_the_end_of_the_day() -> None:
    scenario = camps(made_up(0.5))
    model = cx.Model(scenario)
    heads = Headcounts(model, scenario.headcounts)
    fluid = Expectation(model).compute()
    there = heads.simulated(fluid)
    assert there.shape == heads.counted.shape
    assert there[-1].sum() == pytest.approx(100.0 * 36, rel=0.02)


def test_a_fit_to_half_the_days_does_better_on_the_rest() -> None:
    problem = Problem(camps(made_up(0.2)), until=str(tiny.at(19).date()))
    assert len(problem.headcounts) == 8
    found = fit(problem, points=600, draws=200, threads=1)
    assert found.column("far").mean() > found.column("near").mean()
    held = score_places(found, problem, str(tiny.at(19).date()))
    assert held.n == 8
    assert held.fitted < 0.6 * held.unfitted
    assert held.naive["as last counted"] == pytest.approx(0.0, abs=1e-9)


def test_headcounts_that_cannot_be_are_one_line_each(tmp_path) -> None:
    rows = made_up(0.2)[:2]
    camps(rows).write(tmp_path / "camps")
    again = cx.Scenario.read(tmp_path / "camps")
    assert again.headcounts == rows
    file = tmp_path / "camps" / "headcounts.csv"
    text = file.read_text()
    file.write_text(text + text.splitlines()[1] + "\n" + text.splitlines()[1].replace("near camp", "near cmp") + "\n")
    with pytest.raises(cx.InputError) as error:
        cx.Scenario.read(tmp_path / "camps")
    lines = str(error.value).splitlines()
    assert any("headcounts.csv:4: 'near camp' on" in line and "row 2" in line for line in lines)
    assert any("headcounts.csv:5: place: unknown place 'near cmp'; did you mean 'near camp'?" in line for line in lines)


def test_nothing_counted_later_is_known() -> None:
    scenario = camps(made_up(0.2))
    day = str(tiny.at(12).date())
    later = tuple(
        h.model_copy(update={"count": 7.0}) if h.date > tiny.at(12).date() else h for h in scenario.headcounts
    )
    a, b = (Problem(dataclasses.replace(scenario, headcounts=rows), until=day) for rows in (scenario.headcounts, later))
    assert a.headcounts == b.headcounts
