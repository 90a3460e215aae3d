"""Flee cases scored: a page that draws people simulated beside people counted, camp by camp."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from crossings.charts import Chart, DaySeries, day_panel
from crossings.io.faults import counted
from crossings.measures.camp_error import Validation
from crossings.report.components import CaptionedTable, Drawings, numbers, texts
from crossings.report.render import document, write_page
from crossings.views.language import ENGLISH

SPLITS = {"capacity": "by capacity", "day0": "as on day 0", "equal": "alike", "nearest": "all to the nearest"}


def write_camps(path: str | os.PathLike[str], found: Sequence[Validation]) -> Path:
    """Write the page of some scored cases to one HTML file, whole or not at all; returns its path.

    Raises `InputError` where the file cannot be written.
    """
    names = ", ".join(one.case.name for one in found)
    title = f"{names}: simulated and counted"
    cases = [_case(one) for one in found]
    return write_page(path, document("camps.html.j2", ENGLISH, title=title, cases=cases))


def _case(found: Validation) -> dict[str, Any]:
    case = found.case
    last = case.start + dt.timedelta(days=case.days - 1)
    return {
        "name": case.name,
        "said": (
            f"The differences between simulated and counted camps add up to {found.ard:.1%} of the people counted (ARD "
            f"{found.ard:.3f}, mean of the days after day 0). Totals and mostly capacities come from the same counts, so "
            "this says how well people are allocated, not how many come. The range is as wide as errors in other cases were; "
            f"it holds {found.held:.0%} of these counts."
        ),
        "drawings": Drawings.of(
            f"People in each camp at the end of each day, {case.start} to {last}",
            [_panel(found, k) for k in np.argsort(-found.counted.max(axis=1), kind="stable").tolist()],
            _source(found),
        ),
        "scores": _scores(found),
    }


def _panel(found: Validation, k: int) -> Chart:
    """One camp."""
    case = found.case
    start = dt.datetime.combine(case.start, dt.time())
    days = tuple(start + dt.timedelta(days=day) for day in range(case.days))
    low, high = (bound[k] for bound in found.predicted)
    room = case.capacity(case.camps[k])
    limit = "" if room is None or found.capacity_scaling is None else f", room for {room * found.capacity_scaling:,.0f}"
    return day_panel(
        f"{case.camps[k]}{limit}",
        DaySeries(days, np.median(found.runs[:, k], axis=0), low, high),
        unit="people",
        clock="UTC",
        span=(start, start + dt.timedelta(days=case.days)),
        base=found.counted[k],
        base_words="counted",
        at_end=True,
    )


def _scores(found: Validation) -> CaptionedTable:
    """What each camp adds to the error; the error of splits that know no model in the note."""
    rows = [(camp, f"{value:.3f}") for camp, value in sorted(found.by_camp.items(), key=lambda item: -item[1])]
    splits = [
        f"{SPLITS.get(name, name)} {'not defined' if value is None else f'{value:.3f}'}"
        for name, value in found.naive.items()
    ]
    note = f"They add up to {found.ard:.3f}. Splits of the counted total that know no model: {', '.join(splits)}."
    return CaptionedTable("What each camp adds to the error", [*texts("camp"), *numbers("ARD")], rows, note)


def _source(found: Validation) -> str:
    case = found.case
    room = "no capacities" if found.capacity_scaling is None else f"capacities × {found.capacity_scaling:g}"
    units = "" if found.persons == 1 else f", {found.persons:g} people in one traveller"
    return (
        f"Source: counts of the Flee directory {case.name}, {case.people:,} people; simulated by crossings, "
        f"{counted(len(found.runs), 'run')}, {room}{units}."
    )
