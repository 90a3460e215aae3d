"""Options beside one another: the figures of `crossings options` for any changes, from the page's expected flows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from crossings.errors import check_known
from crossings.measures.options import option_figures
from crossings.web.changes import Change
from crossings.web.live_answer import first_difference
from crossings.web.registry import ScenarioRegistry


def options_view(
    registry: ScenarioRegistry, name: str, stream: str, options: Sequence[Sequence[Change]]
) -> dict[str, Any]:
    """See `schemas.OptionsAnswer`; the first option is that which the others are held against."""
    models = [registry.model(name, changes) for changes in options]
    check_known("stream", "stream", [stream], list(models[0].streams))
    begins = [first_difference(models[0], m) for m in models[1:] if m.scenario.hash != models[0].scenario.hash]
    first = models[0].clock.local(min(begins, default=0)).date()
    found: list[dict[str, Any]] = []
    for model, changes in zip(models, options, strict=True):
        flows = registry.answer(name, changes)
        rows = [k for k, start in enumerate(flows.starts) if start.date() >= first]
        days = [flows.starts[k].date() for k in rows]
        crossed, ends = flows.crossed[rows], flows.ends[stream]
        figures = option_figures(model, stream, flows.arrived[rows], crossed, flows.wait_h[rows], ends, days)
        where = dict.fromkeys(model.crossings, 0.0)
        for i, gate in enumerate(model.gates):
            if gate.stream == stream:
                where[gate.crossing] += float(crossed[:, i].sum())
        found.append({**figures, "crossed": where})
    others = [row.pop("crossed_others") for row in found]
    for row, crossed_others in zip(found, others, strict=True):
        row["journeys_lost"] = max(0.0, others[0] - crossed_others)
        if not math.isfinite(row["longest_gap_km"]):
            row["longest_gap_km"] = None
    return {"from": days[0].isoformat(), "until": days[-1].isoformat(), "rows": found}
