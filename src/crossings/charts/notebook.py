"""Charts of a result in a notebook: what a cell shows that ends with a result or a comparison."""

from __future__ import annotations

import datetime as dt
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.charts.days import DaySeries, day_panel
from crossings.io.faults import counted
from crossings.simulation.comparison import Comparison
from crossings.store.display import DRAWN_BY
from crossings.store.results import Runs

MOST = 6  # charts below one another in a cell


def register() -> None:
    """From now on results draw themselves in notebooks."""
    if charts not in DRAWN_BY:
        DRAWN_BY.append(charts)


def charts(result: Any) -> str:
    """Travellers who crossed, day by day: a chart for each of the busiest crossings and groups; as HTML."""
    if isinstance(result, Comparison):
        full, base = (result.runs[name] for name in (result.scenario, result.baseline))
        return _panels(full, base)
    return _panels(result, None) if isinstance(result, Runs) else ""


def _panels(runs: Runs, base: Runs | None) -> str:
    if runs.by != "day" or not len(runs.tallies):
        return ""
    crossed, before = _by_gate(runs), None if base is None else _by_gate(base)
    total = sum(each["mean"].sum(axis=0) for each in (crossed, before) if each is not None)
    span = (runs.periods[0], runs.periods[-1] + dt.timedelta(days=1))
    figures = []
    for g in np.argsort(-total, kind="stable")[:MOST]:
        if total[g] > 0:
            crossing, direction, stream = runs.gates[g]
            figure = day_panel(
                f"{crossing}, into {direction}: {stream}",
                DaySeries(runs.periods, *(crossed[b][:, g] for b in ("p50", "p05", "p95"))),
                unit="travellers a day",
                clock="local",
                span=span,
                base=None if before is None else before["p50"][:, g],
            )
            figures.append(f"<figure><figcaption>{escape(figure.title)}</figcaption>{figure.svg}</figure>")
    if not figures:
        return ""
    beside = "" if base is None else f"; dashed: {base.name}, the median"
    said = f"Who crossed, day by day: median and 5th to 95th percentile of {counted(len(runs.tallies), 'run')}{beside}."
    shown = f'<p>{escape(said)}</p><div class="panels">{"".join(figures)}</div>'
    return f'<div class="crossings-charts"><style>{_style()}</style>{shown}</div>'


def _by_gate(runs: Runs) -> dict[str, NDArray[np.float64]]:
    """[periods, gates] of each statistic of those who crossed."""
    return {b: v.reshape(len(runs.periods), -1) for b, v in runs.over_seeds("flows", "crossed").items()}


@cache
def _style() -> str:
    """The report's style of drawings, within the cell alone."""
    text = (Path(__file__).parent.parent / "templates" / "report.css").read_text(encoding="utf-8")
    look = ":scope { max-width: 60rem; background: var(--paper); color: var(--ink) } figure { margin: 0 }"
    look += " .panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(22rem, 1fr)); gap: 0 1rem }"
    return f"@scope (.crossings-charts) {{ {text.replace(':root', ':scope')} {look} }}"
