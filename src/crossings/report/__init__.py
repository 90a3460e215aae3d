"""One self-contained HTML file that says what was simulated, with what was counted and claimed."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from crossings.calibration.posterior import Fit
from crossings.claims import Findings
from crossings.model import Model
from crossings.report.first_screen import question
from crossings.report.page import page
from crossings.report.view_model import Facts
from crossings.report.writer import write_page
from crossings.scenario.entities import Observation
from crossings.simulation.comparison import Comparison
from crossings.store.results import Runs
from crossings.views.language import language as language_of

__all__ = ["write_report"]


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
    text = page(facts, title or question(facts))
    return write_page(path, text)
