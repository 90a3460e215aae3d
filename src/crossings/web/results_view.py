"""An ensemble as the page shows it: bands by chart and day, who went where, counts beside what was simulated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crossings.model import Model
from crossings.report.marks import marks_of, panels_of
from crossings.report.summary import CARDS
from crossings.report.view_model import Facts
from crossings.simulation.comparison import Comparison
from crossings.store.results import STATES, Runs, band
from crossings.views.language import ENGLISH, Language
from crossings.web.camps import camp_error
from crossings.web.live_answer import run_answers
from crossings.web.scenario_payload import MOST_PANELS, facts_of

Floats = NDArray[np.float64]


def result_view(
    model: Model,
    found: Comparison | Runs,
    counted: Mapping[str, Floats] | None = None,
    *,
    whole: bool = True,
    words: Language = ENGLISH,
) -> dict[str, Any]:
    """The comparison as `crossings compare --json` prints it, with bands for each chart; of one scenario alone, the bands.

    whole: no more seeds will come, so that the means of both sides stand in the place of expected numbers; words: the
    language of the answers, by default English.
    """
    facts = facts_of(model, found)
    compared, sides = facts.comparison, _sides(found)
    runs, printed = sides["variant"], {} if compared is None else compared.to_json()
    return {
        "made_by": found.made_by,
        "seeds": len(runs.tallies),
        "period": printed.get("period"),
        "measures": printed.get("measures"),
        "words": {} if compared is None else printed_measures(compared),
        "ends": {s: {side: _ends(r, s) for side, r in sides.items()} for s in facts.streams},
        "answers": run_answers(model, found, words) if whole else None,
        "means": {side: _means(facts, r) for side, r in sides.items()} if whole else None,
        "streams": printed.get("streams"),
        "flows": printed.get("flows"),
        "panels": _panels(facts, runs),
        "queues": _queues(facts, runs),
        **_camps(model, runs, counted or {}),
    }


def printed_measures(found: Comparison) -> dict[str, dict[str, dict[str, Any]]]:
    """Stream → measure → its figure and unit; without those that there is nobody to measure on."""
    out: dict[str, dict[str, dict[str, Any]]] = {}
    for row in found.measures().filter(pl.col("figure_mean").is_not_null()).iter_rows(named=True):
        if row["measure"] not in CARDS:
            continue
        figure = {b: row[f"figure_{b}"] for b in ("mean", "p05", "p95")}
        out.setdefault(row["stream"], {})[row["measure"]] = {"unit": row["unit"], "figure": figure}
    return out


def _sides(found: Comparison | Runs) -> dict[str, Runs]:
    if isinstance(found, Runs):
        return {"variant": found}
    return {"baseline": found.runs[found.baseline], "variant": found.runs[found.scenario]}


def _ends(runs: Runs, stream: str) -> dict[str, dict[str, float]]:
    """Ending → its band; `all` is everybody."""
    ends = runs.endings(stream)
    return {"all": _figures(np.sum(list(ends.values()), axis=0))} | {key: _figures(v) for key, v in ends.items()}


def _means(facts: Facts, runs: Runs) -> dict[str, Any]:
    """Means over the runs in the form of expected numbers: a row a gate, a column a day, and everybody's state at the end."""
    gates = range(len(facts.model.gates))
    out: dict[str, Any] = {}
    for what in ("arrived", "crossed", "waiting"):
        out[what] = [_plain(facts.daily(runs, [g], what).mean(axis=0)) for g in gates]
    out["needed"] = _needed(facts, runs)
    out["wait_h"] = [_plain(band(facts.waits(runs, [g]))["mean"]) for g in gates]
    for stream in facts.streams:
        mine = [k for k, (s, _) in enumerate(runs.cells) if s == stream]
        states = np.mean([t.totals[mine].sum(axis=0) for t in runs.tallies], axis=0, dtype=float)
        out.setdefault("ends", {})[stream] = dict(zip(STATES, _plain(states), strict=True))
    return out


def _needed(facts: Facts, runs: Runs) -> list[list[float | None]] | None:
    """Officers that keep the wait under the target, a row a gate, a column a day; None where they were not counted."""
    needed = np.stack([t.servers for t in runs.tallies])
    if not np.isfinite(needed).any():
        return None
    at = {d.date(): k for k, d in enumerate(facts.days)}
    mean = np.nan_to_num(needed).mean(axis=0)
    out = np.zeros((mean.shape[1], len(facts.days)))
    for period, row in zip(runs.periods, mean, strict=True):
        out[:, at[period.date()]] = np.maximum(out[:, at[period.date()]], row)
    return [_plain(row) for row in out]


def _camps(model: Model, runs: Runs, counted: Mapping[str, Floats]) -> dict[str, Any]:
    """Camp → band of the persons there at each day's end; and the error of the runs against the counts."""
    site = {name: i for i, name in enumerate(model.sites)}
    errors = [e for t in runs.tallies if (e := camp_error(model, counted, t.present)) is not None]
    camps = {p: _band(np.stack([t.present[:, site[p]] for t in runs.tallies])) for p in counted if p in site}
    return {"camps": camps, "camp_error": {n: float(v) for n, v in band(np.array(errors)).items()} if errors else None}


def _panels(facts: Facts, runs: Runs) -> list[dict[str, Any]]:
    """In the order of `describing.panels`: the band of those who crossed, the baseline's median, which counts it misses."""
    out = []
    baseline = facts.baseline
    for stream in facts.streams:
        for panel in panels_of(facts, stream)[:MOST_PANELS]:
            gates = facts.gates(stream, panel.crossings, panel.direction)
            values = facts.daily(runs, gates, "crossed")
            base = None if baseline is None else facts.daily(baseline, gates, "crossed")
            more = {
                "base": None if base is None else _plain(band(base)["p50"]),
                "total": _figures(values.sum(axis=1)),
                "base_total": None if base is None else _figures(base.sum(axis=1)),
                "missed": [m.outside for m in marks_of(facts, stream, panel)],
            }
            out.append(_band(values) | more)
    return out


def _queues(facts: Facts, runs: Runs) -> dict[str, dict[str, dict[str, Any]]]:
    """Stream → crossing → bands of those waiting at each day's end and of the mean wait of those who came."""
    out: dict[str, dict[str, dict[str, Any]]] = {}
    for stream in facts.streams:
        for crossing in facts.crossing_names:
            gates = facts.gates(stream, [crossing])
            if not gates:
                continue
            out.setdefault(stream, {})[crossing] = {
                "waiting": _band(facts.daily(runs, gates, "waiting")),
                "wait_h": _band(facts.waits(runs, gates)),
            }
    return out


def _band(values: Floats) -> dict[str, Any]:
    bands = band(values)
    return {"mid": _plain(bands["p50"]), "low": _plain(bands["p05"]), "high": _plain(bands["p95"])}


def _figures(values: Floats) -> dict[str, float]:
    return {name: round(float(v), 6) for name, v in band(values).items()}


def _plain(values: Floats) -> list[float | None]:
    return [None if v != v else round(v, 4) for v in values.tolist()]
