"""Flee cases scored: a page that draws people simulated beside people counted, camp by camp."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from crossings.charts import Figure, Markup, Series, day_panel, el, join
from crossings.measures.camp_error import Validation
from crossings.report.components import camps_legend, reading
from crossings.report.html import Column, panels, table
from crossings.report.page import document
from crossings.report.writer import write_page

__all__ = ["write_camps"]

SPLITS = {"capacity": "by capacity", "day0": "as on day 0", "equal": "alike", "nearest": "all to the nearest"}


def write_camps(path: str | os.PathLike[str], found: Sequence[Validation]) -> Path:
    """Write the page of some scored cases to one HTML file, whole or not at all; returns its path.

    Raises `InputError` where the file cannot be written.
    """
    names = ", ".join(one.case.name for one in found)
    title = f"{names}: simulated beside counted"
    sections = [_section(number, one) for number, one in enumerate(found, 1)]
    foot = el("footer", "Synthetic travellers only; no row stands for a real person.")
    return write_page(path, document(title, join([el("header", el("h1", title)), el("main", *sections), foot])))


def _section(number: int, found: Validation) -> Markup:
    case = found.case
    heading = el("h2", el("span", f"{number}", class_="no"), case.name)
    said = reading(
        f"The differences between simulated and counted camps add up to {found.ard:.1%} of the people counted (ARD "
        f"{found.ard:.3f}, mean of the days after day 0). Totals and mostly capacities come from the same counts, so "
        "this says how well people are allocated, not how many come. The range is as wide as errors in other cases were; "
        f"it holds {found.held:.0%} of these counts."
    )
    drawn = panels(
        f"People in each camp at the end of each day, {case.start} to {case.start + dt.timedelta(days=case.days - 1)}",
        [_panel(found, k) for k in np.argsort(-found.counted.max(axis=1), kind="stable").tolist()],
        _source(found),
        camps_legend(),
    )
    return el("section", heading, said, drawn, _scores(found), id=f"case-{number}")


def _panel(found: Validation, k: int) -> Figure:
    """One camp."""
    case = found.case
    start = dt.datetime.combine(case.start, dt.time())
    days = tuple(start + dt.timedelta(days=day) for day in range(case.days))
    low, high = (bound[k] for bound in found.predicted)
    room = case.capacity(case.camps[k])
    limit = "" if room is None or found.capacity_scaling is None else f", room for {room * found.capacity_scaling:,.0f}"
    return day_panel(
        f"{case.camps[k]}{limit}",
        Series(days, np.median(found.runs[:, k], axis=0), low, high),
        unit="people",
        clock="UTC",
        span=(start, start + dt.timedelta(days=case.days)),
        base=found.counted[k],
        base_words="counted",
        at_end=True,
    )


def _scores(found: Validation) -> Markup:
    """What each camp adds to the error; the error of splits that know no model in the note."""
    rows = [(camp, f"{value:.3f}") for camp, value in sorted(found.by_camp.items(), key=lambda item: -item[1])]
    splits = [
        f"{SPLITS.get(name, name)} {'not defined' if value is None else f'{value:.3f}'}"
        for name, value in found.naive.items()
    ]
    note = f"They add up to {found.ard:.3f}. Splits of the counted total that know no model: {', '.join(splits)}."
    return table("What each camp adds to the error", [Column("camp", number=False), Column("ARD")], rows, note)


def _source(found: Validation) -> str:
    case = found.case
    room = "no capacities" if found.capacity_scaling is None else f"capacities × {found.capacity_scaling:g}"
    units = "" if found.persons == 1 else f", {found.persons:g} people in one traveller"
    return (
        f"Source: counts of the Flee directory {case.name}, {case.people:,} people; simulated by crossings, "
        f"{len(found.runs)} seeds, {room}{units}."
    )
