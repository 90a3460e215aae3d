"""The answer in words, for the page: from expected flows at once, and from an ensemble when it has finished."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import numpy as np

from crossings.claims.assumptions import AssumptionShift, largest_shift
from crossings.model import Model
from crossings.scenario import Scenario
from crossings.scenario.period import Period, compared, period_of
from crossings.simulation.comparison import Comparison
from crossings.store.results import STATES, Runs, Tally
from crossings.views import run_answer as views
from crossings.views.alerts import alert_text, alerts
from crossings.views.answer import Answer, Beds
from crossings.views.answer_reader import answer_of
from crossings.views.answer_text import title
from crossings.views.headline import headline
from crossings.views.language import ENGLISH, Language
from crossings.views.trust import changing_line
from crossings.web.cache import LRUCache
from crossings.web.expected import ExpectedFlows


def expected_answer(base: Model, model: Model, was: ExpectedFlows, now: ExpectedFlows, stream: str) -> Answer:
    """The answer of expected flows of a stream, with (now) and without (was) what is tried; the figures have no range.

    base, model: of the scenario without and with it.
    """
    found = _as_runs(model, now)
    if base.scenario.hash == model.scenario.hash:
        return dataclasses.replace(views.run_answer(found, model, stream), runs=0)
    return dataclasses.replace(_compared(base, model, _as_runs(base, was), found, stream), runs=0)


def run_answer(model: Model, found: Comparison | Runs, stream: str) -> Answer:
    """The answer of an ensemble for a stream."""
    if isinstance(found, Comparison):
        return answer_of(dataclasses.replace(found, period=_period(*found.scenarios, model)), model, stream)
    return views.run_answer(found, model, stream)


def run_answers(model: Model, found: Comparison | Runs, words: Language) -> dict[str, dict[str, Any]]:
    """Stream → the answer of an ensemble, as it goes over the wire."""
    return {s: answer_json(run_answer(model, found, s), model, words) for s in model.streams}


def _compared(base: Model, model: Model, was: Runs, now: Runs, stream: str) -> Answer:
    """The answer of two sets of expected flows, through which nobody was followed."""
    settings = model.scenario.settings.streams
    comparison = Comparison(
        baseline="without",
        scenario="with",
        streams=tuple(settings),
        crossings=tuple(model.crossings),
        effects=(),
        runs={"without": was, "with": now},
        made_by={},
        persons=tuple(s.persons for s in settings.values()),
        units=tuple(s.unit for s in settings.values()),
        period=_period(base.scenario, model.scenario, model),
        scenarios=(base.scenario, model.scenario),
    )
    return answer_of(comparison, model, stream, without=base)


def first_difference(base: Model, model: Model) -> int:
    """The instant (ms of the model's clock) from which a scenario differs from another: its start where they are alike."""
    return max(0, _period(base.scenario, model.scenario, model).begins)


def _period(base: Scenario, scenario: Scenario, model: Model) -> Period:
    """When the compared orders are in force; where officers alone differ, from the first day on which they do."""
    rows, others = compared(base, scenario)
    found = period_of(rows, others, model.clock)
    if found.orders:
        return found
    lanes = [lane for lane in (*base.lanes, *scenario.lanes) if (lane in base.lanes) != (lane in scenario.lanes)]
    changed = [lane.valid_from or scenario.settings.start for lane in scenario.lanes if lane in lanes]
    # The lanes that only end sooner differ from when others take their place.
    ids = {lane.id for lane in base.lanes}
    begun = [lane.valid_from for lane in scenario.lanes if lane.id not in ids and lane.valid_from is not None]
    begins = min(begun or changed, default=scenario.settings.start)
    return dataclasses.replace(found, begins=max(0, model.clock.to_ms(begins)))


def _as_runs(model: Model, flows: ExpectedFlows) -> Runs:
    """Expected flows in the form of an ensemble of one run."""
    nothing = np.zeros_like(flows.arrived)
    counts = np.stack([flows.arrived, flows.crossed, nothing, nothing, flows.waiting], axis=-1)
    waits = np.repeat(flows.wait_h[..., None], 3, axis=-1)
    totals = np.array([[flows.ends[s][state] for state in STATES] for s in flows.streams])
    tally = Tally(
        0, counts, waits, np.full(flows.arrived.shape, np.nan), totals, flows.present, np.zeros_like(flows.present)
    )
    capacity = {p.id: p.capacity for p in model.scenario.places}
    return Runs(
        name="expected",
        scenario=model.scenario.settings.name,
        by="day",
        periods=flows.starts,
        gates=tuple((g.crossing, g.direction, g.stream) for g in model.gates),
        cells=tuple((s, "") for s in flows.streams),
        sites=tuple(model.sites),
        capacity=tuple(capacity[site] for site in model.sites),
        tallies=(tally,),
    )


_SHIFTS: LRUCache[tuple[str, str, str, dt.date], AssumptionShift] = LRUCache(500)


def _shift(model: Model, stream: str, crossing: str, day: dt.date) -> AssumptionShift:
    """As `largest_shift`; many who look at the same run ask for the same."""
    key = (model.scenario.hash, stream, crossing, day)
    return _SHIFTS.get(key, lambda: largest_shift(model, stream, crossing, day))


def answer_json(answer: Answer, model: Model, words: Language = ENGLISH) -> dict[str, Any]:
    """An answer as it goes over the wire: see `schemas.LiveAnswer`."""
    period, said = headline(answer, words)
    return {
        "title": title(answer, words),
        "period": period,
        "sentences": said,
        "runs": answer.runs,
        "orders": list(answer.orders),
        "alone": answer.alone,
        "alerts": [
            {"level": a.level, "words": alert_text(a, words)}
            for a in alerts(answer, model.scenario.settings.thresholds)
        ],
        "beds": [_beds(b) for b in answer.beds],
        "changing": changing_line(answer, model, words, shift_of=_shift) if answer.runs else "",
    }


def _beds(beds: Beds) -> dict[str, Any]:
    return {
        "name": beds.name,
        "capacity": beds.capacity,
        "most": beds.most.to_json(),
        "most_day": beds.most_day.isoformat(),
        "full_on": beds.full_on.isoformat() if beds.full_on else None,
        "present": {day.isoformat(): round(persons, 1) for day, persons in beds.present},
    }
