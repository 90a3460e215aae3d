"""One self-contained HTML file that says what was simulated, with what was counted and claimed."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from crossings.calibration.posterior import Fit
from crossings.claims import Findings
from crossings.model import Model
from crossings.report.access import access_section
from crossings.report.claims import claims_section
from crossings.report.components import groups
from crossings.report.effects import effect_section
from crossings.report.first_map import answer_ground
from crossings.report.first_screen import first_screen, question
from crossings.report.flows import affected_days, crossed_section, queue_section
from crossings.report.headcounts import heads_section
from crossings.report.maps import map_ground, map_section
from crossings.report.observations import seen_section
from crossings.report.orders import timeline_section
from crossings.report.posterior import learned_section
from crossings.report.provenance import making_section
from crossings.report.render import document, write_page
from crossings.report.summary import summary_section
from crossings.report.view_model import Facts
from crossings.scenario.entities import Observation
from crossings.simulation.comparison import Comparison
from crossings.store.results import Runs
from crossings.views.language import language as language_of


def write_report(
    path: str | os.PathLike[str],
    *,
    model: Model,
    runs: Runs | None = None,
    comparison: Comparison | None = None,
    counts: Iterable[Observation] | None = None,
    fit: Fit | None = None,
    claims: Findings | None = None,
    title: str | None = None,
    language: str = "en",
) -> Path:
    """Write the report of a model to one self-contained HTML file, which appears whole or not at all.

    Parameters
    ----------
    path : str or path
        The file.
    model : Model
        The scenario with its orders.
    runs : Runs, optional
        An ensemble of the model.
    comparison : Comparison, optional
        The model's scenario against a baseline; its ensemble is used where ``runs`` is not given.
    counts : iterable of Observation, optional
        What was counted; by default the scenario's observations.
    fit : Fit, optional
        What was learned from counts, with a section of its own.
    claims : Findings, optional
        What `examine` found, with verdicts.
    title : str, optional
        By default the question that the comparison answers, or the scenario's title.
    language : {"en", "fi", "sv", "ru"}
        Of headings, sentences, tables and charts; what a scenario says stays as it is written.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        Where the file cannot be written, or for another language.

    Examples
    --------
    >>> import crossings as cx, tempfile
    >>> model = cx.Model(cx.Scenario.read("two-crossings"))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_report(f"{folder}/report.html", model=model, runs=cx.run_many(model, seeds=[1, 2])["two-crossings"]).name
    'report.html'
    """
    if runs is None and comparison is not None:
        runs = comparison.runs[comparison.scenario]
    seen = model.scenario.observations if counts is None else tuple(counts)
    facts = Facts(model, runs, comparison, seen, fit, claims, language_of(language))
    return write_page(path, page(facts, title or question(facts)))


def page(facts: Facts, title: str) -> str:
    """The whole report as text."""
    sections = [
        summary_section(facts),
        map_section(facts),
        timeline_section(facts),
        heads_section(facts),
        crossed_section(facts) if facts.runs else None,
        queue_section(facts) if facts.runs else None,
        effect_section(facts),
        access_section(facts),
        seen_section(facts),
        claims_section(facts),
        learned_section(facts),
        making_section(facts),
    ]
    first = facts.answer() if facts.comparison is not None else None
    chosen = first.stream if first is not None else next(iter(facts.streams))
    return document(
        "report.html.j2",
        facts.words,
        title=title,
        kicker=_kicker(facts, title),
        choices=[(facts.stream_name(name), name == chosen) for name in facts.streams],
        grounds=[g.drawing for g in (answer_ground(facts), map_ground(facts)) if g is not None],
        answers=first_screen(facts, title),
        days=groups(facts, lambda s: affected_days(facts, s)) if facts.comparison is not None else [],
        sections=[s for s in sections if s is not None],
        source=facts.source(),
    )


def _kicker(facts: Facts, title: str) -> list[str]:
    """The line above the title."""
    say, named = facts.words.say, facts.model.scenario.settings.title
    what = say("What if") if facts.comparison is not None else say("Simulation")
    return [what, *([named] if named and named != title else []), say("simulated, not observed")]
