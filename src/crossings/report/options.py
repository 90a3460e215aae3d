"""The page of `crossings options`: what each combination of open and shut crossings reaches, and what it costs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from crossings import __version__
from crossings.charts.tradeoffs import Option, tradeoff_panel
from crossings.measures.options import Options
from crossings.report.components import CaptionedTable, Drawings, numbers, texts
from crossings.report.render import document, write_page
from crossings.report.view_model import plural, short
from crossings.scenario import Scenario
from crossings.views.language import ENGLISH, Language


def write_options(path: str | os.PathLike[str], found: Options, scenario: Scenario, words: Language = ENGLISH) -> Path:
    """Write the chart of trade-offs and the table of all options to one HTML file, whole or not at all; returns its path.

    Raises `InputError` where the file cannot be written.
    """
    say, first, last = words.say, *found.days
    group = words.name(scenario.settings.streams[found.stream].name or found.stream)
    unit = words.counted(plural(scenario.settings.streams[found.stream]))
    title = say("Options: {group}", group=group)
    period = say("{first} to {last}", first=words.day(first), last=words.day(last))
    rows = [_named(row, scenario, words) for row in found.table.iter_rows(named=True)]
    view = {
        "title": title,
        "kicker": [scenario.settings.title or scenario.settings.name, say("simulated, not observed")],
        "said": say(
            "{number} options from {period}; {best} of them are not beaten by any other. One option beats another if none of its five figures is higher and at least one is lower.",
            number=words.number(len(rows), 0),
            period=period,
            best=words.number(sum(not r["beaten"] for r in rows), 0),
        ),
        "drawings": Drawings.of(
            say("What each option reaches and what it costs: {group}", group=group),
            [
                _panel(rows, name, axis, unit, words)
                for name, axis in (
                    ("longest_wait_h", say("longest wait, h")),
                    ("no_way", say("no way across")),
                    ("journeys_lost", say("journeys of others lost")),
                    ("longest_gap_km", say("longest gap, km")),
                )
                if max(r[name] for r in rows) >= 0.5
            ],
            say("Source: {list}.", list=f"crossings {__version__}, {scenario.settings.name} ({scenario.hash})"),
        ),
        "table": _table(rows, words),
    }
    return write_page(path, document("options.html.j2", words, **view))


def _named(row: dict[str, Any], scenario: Scenario, words: Language) -> dict[str, Any]:
    """A row with the names of its crossings."""
    names = {c.id: short(c.name or c.id) for c in scenario.crossings}
    shut = [names[c] for c in row["shut"].split(";") if c]
    return row | {"named": words.list(shut) if shut else words.say("none")}


def _panel(rows: list[dict[str, Any]], name: str, axis: str, unit: str, words: Language) -> Any:
    processed = words.say("processed, {unit}", unit=unit)
    options = [
        Option(
            k,
            float(row[name]) if row[name] == row[name] else 0.0,
            row["processed"],
            row["beaten"],
            f"{k}: {row['named']}\n{processed} {words.number(row['processed'])}\n{axis} {words.number(row[name])}",
        )
        for k, row in enumerate(rows, 1)
    ]
    return tradeoff_panel(axis, options, axis, processed, words)


def _table(rows: list[dict[str, Any]], words: Language) -> CaptionedTable:
    say = words.say
    columns = [
        *texts(say("option"), say("closed")),
        *numbers(say("processed"), say("longest wait, h"), say("no way across")),
        *numbers(say("longest gap, km"), say("journeys of others lost")),
        *texts(say("beaten")),
    ]
    names = ("processed", "longest_wait_h", "no_way", "longest_gap_km", "journeys_lost")
    cells = [
        [str(k), row["named"], *(words.number(row[n]) for n in names), say("yes") if row["beaten"] else ""]
        for k, row in enumerate(rows, 1)
    ]
    note = say("Expected flows; no range, as nothing is drawn at random.")
    return CaptionedTable(say("All options"), columns, cells, note)
