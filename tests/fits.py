"""Fits made by hand, without a sampler: their draws are known, so what a run does with them can be told in advance."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np

import crossings as cx
from crossings.calibration.posterior import Fit
from crossings.calibration.priors import Priors

__all__ = ["PRIORS_TEXT", "fit_of", "scenario_with_priors"]

PRIORS_TEXT = """
fit:
  streams: [seekers]
  parameters:
    waiting: {prior: "lognormal(150, 0.5)", set: stocks.initial, unit: persons, meaning: people waiting, source: made up}
    pace: {prior: "lognormal(3, 0.5)", set: lanes.per_hour, ids: ["*-desk"], unit: 1/h}
    distance: {prior: "lognormal(2, 0.25)", set: behaviour.gamma}
"""
TOGETHER = np.array([[40.0, 6.0, 1.0], [160.0, 2.0, 2.0], [280.0, 0.5, 3.0]])


def scenario_with_priors(folder: Path, text: str = PRIORS_TEXT) -> Path:
    """The bundled made-up border with priors for one of its streams."""
    bundled = Path(cx.__file__).parent / "examples" / "two_crossings"
    shutil.copytree(bundled, folder, dirs_exist_ok=True)
    file = folder / "scenario.yaml"
    file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")
    return folder


def fit_of(scenario: cx.Scenario, draws=TOGETHER, *, until: str | None = None, **made) -> Fit:
    """A fit with these draws [D, n] of the scenario's parameters, those that are fixed left out."""
    held = made.get("fixed", {})
    known = {n: p for n, p in scenario.settings.fit.parameters.items() if n not in held}
    draws = np.asarray(draws, float)
    priors = Priors(list(known.values()))
    return Fit(
        names=tuple(known),
        parameters=tuple(known.values()),
        idle=(),
        streams=scenario.settings.fit.streams,
        draws=draws,
        log_likelihood=np.zeros(len(draws)),
        trace=np.array([[0, 0, 1, -300, -200, -90], [0.2, -12, 0.8, -90, -40, -20], [1, -12.3, 0.5, -14, -11, -9.0]]),
        evidence=-12.3,
        evidence_error=0.1,
        evaluations=4321,
        effective=77.0,
        information=5.0,
        prior_sd=priors.spread(),
        prior_draws=priors.draws(len(draws), 1),
        seconds=1.0,
        made_by={"seeds": "1", "until": until, "written_hash": scenario.hash, "points": 100, "width": 1.0, **made},
    )
