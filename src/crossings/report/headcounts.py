"""People at places where they are counted, such as camps: simulated and counted."""

from __future__ import annotations

import datetime as dt

import numpy as np
from numpy.typing import NDArray

from crossings.charts import Chart, DaySeries, Mark
from crossings.forecasting.camp_sources import records_of
from crossings.forecasting.camp_spread import allocation_errors, others
from crossings.report.components import AnnexSection, Drawings
from crossings.report.view_model import DAY, Facts, Floats
from crossings.scenario.entities import Place


def heads_section(facts: Facts) -> AnnexSection | None:
    """A panel for each place with head counts; None where there is none, or no run."""
    scenario = facts.model.scenario
    counted = dict.fromkeys(row.place for row in scenario.headcounts)
    places = [p for p in scenario.places if p.id in counted and p.id in facts.model.sites]
    if not places or facts.runs is None:
        return None
    there = _present(facts, places)
    records = [records_of(scenario, place, scenario.settings.start) for place in places]
    capacities = any(place.capacity is not None for place in places)
    range_ = allocation_errors(there, (0.05, 0.95), capacities, others(scenario.settings.name, records))
    inside = _inside(facts, places, range_)
    say, number = facts.words.say, facts.words.number
    text = say(
        "People at the end of each day. The range is as wide as errors were in other cases, given how many came in all; the spread of runs is far less. It contains {share} % of the {number} counts.",
        share=number(100 * inside.mean(), 0),
        number=number(inside.size, 0),
    )
    order = np.argsort(-there.max(axis=1), kind="stable").tolist()
    drawn = Drawings.of(
        say("People in each camp"),
        [_panel(facts, places[k], there[k], range_[:, k]) for k in order],
        facts.source(),
    )
    return AnnexSection("camps", say("People in camps"), {"said": text, "drawings": drawn})


def _present(facts: Facts, places: list[Place]) -> Floats:
    """Mean over the runs, at the end of each day, [places, days]."""
    assert facts.runs is not None
    sites = [facts.model.sites.index(place.id) for place in places]
    mean = np.mean([tally.present[:, sites] for tally in facts.runs.tallies], axis=0)
    out = np.zeros((len(places), len(facts.days)))
    number = {day.date(): k for k, day in enumerate(facts.days)}
    for values, period in zip(mean, facts.runs.periods, strict=True):
        out[:, number[dt.date(period.year, period.month, period.day)]] = values  # the last period of a day stays
    return out


def _inside(facts: Facts, places: list[Place], range_: Floats) -> NDArray[np.bool_]:
    """Of each head count after the first day whether the range holds it."""
    number = {day.date(): k for k, day in enumerate(facts.days)}
    column = {place.id: k for k, place in enumerate(places)}
    found = []
    for row in facts.model.scenario.headcounts:
        day = number.get(row.date, 0)
        if day and row.place in column:
            low, high = range_[:, column[row.place], day]
            found.append(low - 0.5 <= row.count <= high + 0.5)
    return np.array(found or [True])


def _panel(facts: Facts, place: Place, there: Floats, range_: Floats) -> Chart:
    say, number = facts.words.say, facts.words.number
    limit = "" if place.capacity is None else say(", room for {number}", number=number(place.capacity, 0))
    marks = [
        Mark(day, day + DAY, row.count, row.count)
        for row in facts.model.scenario.headcounts
        if row.place == place.id and (day := dt.datetime.combine(row.date, dt.time())) >= facts.days[0]
    ]
    series = DaySeries(facts.days, there, range_[0], range_[1])
    return facts.panel(
        f"{place.name or place.id}{limit}", series, facts.words.counted("people"), marks=marks, at_end=True
    )
