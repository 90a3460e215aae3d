"""The option --fit of the commands that run: a kept fit, and its draws for the scenario."""

from __future__ import annotations

import sys
from pathlib import Path

import crossings as cx

__all__ = ["fit_and_draws"]


def fit_and_draws(folder: Path | None, scenario: cx.Scenario) -> tuple[cx.Fit | None, cx.Draws | None]:
    """The fit in a folder and its draws; raises `InputError` where it does not belong to the scenario.

    A fit of the scenario with other content is used, and said: whoever tries orders out edits them.
    """
    if folder is None:
        return None, None
    fit = cx.Fit.read(folder)
    draws = cx.Draws.of(fit, scenario)
    was = fit.made_by.get("written_hash")
    if was != scenario.hash:
        note = f"note: the fit was made with {scenario.settings.name} as it was then ({was}), it is {scenario.hash} now"
        sys.stderr.write(note + "\n")
    return fit, draws
