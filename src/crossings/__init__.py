"""What happens when a border closes?

A person writes a *scenario*: a border, its crossing points, the roads to them, who wants to cross, and the closure orders
(`Scenario`). It is made ready once (`Model`), run over many seeds (`run`, `run_many`), and says who arrives where and when,
how long they wait, where they go when a crossing shuts, who gives up, and who is left with no way across, each with its
band. `compare` follows the same people with and without the closures; `access` says how far it is to the nearest open crossing;
`write_report` puts it all on one page. Travellers are synthetic; no verdict comes without its interval.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "Access": "measures.access",
    "Comparison": "simulation.comparison",
    "CrossingsError": "errors",
    "Expected": "simulation.expected",
    "Fault": "errors",
    "Fit": "calibration.posterior",
    "InputError": "errors",
    "Model": "model",
    "Observations": "observations",
    "Problem": "calibration.problem",
    "Results": "simulation.ensemble",
    "Runs": "store.results",
    "Scenario": "scenario",
    "access_at": "measures.access",
    "ask": "store.query",
    "check": "scenario",
    "compare": "simulation.comparison",
    "compare_hypotheses": "calibration.evidence",
    "examples": "scenario",
    "expect": "simulation.expected",
    "fit": "calibration.fit",
    "forecast": "calibration.forecast",
    "on_cluster": "simulation.cluster",
    "run": "simulation.ensemble",
    "run_many": "simulation.ensemble",
    "run_to": "simulation.run_to_store",
    "score": "calibration.score",
    "story": "simulation.trajectories",
    "write_report": "report",
}

__all__ = [
    "Access",
    "Comparison",
    "CrossingsError",
    "Expected",
    "Fault",
    "Fit",
    "InputError",
    "Model",
    "Observations",
    "Problem",
    "Results",
    "Runs",
    "Scenario",
    "access_at",
    "ask",
    "check",
    "compare",
    "compare_hypotheses",
    "examples",
    "expect",
    "fit",
    "forecast",
    "on_cluster",
    "run",
    "run_many",
    "run_to",
    "score",
    "story",
    "write_report",
]


def __getattr__(name: str) -> Any:
    """Public names are found when first used, so that `import crossings` and `--help` load no numpy (PEP 562)."""
    if name in _HOME:
        found = getattr(importlib.import_module(f"crossings.{_HOME[name]}"), name)
        globals()[name] = found
        return found
    raise AttributeError(f"module 'crossings' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
