"""How it was made: what was run, with which parameters, what it rests on, and what it cannot say."""

from __future__ import annotations

from typing import Any

from crossings.charts import Markup, el, join
from crossings.report.components import Section, reading
from crossings.report.html import Column, folded, rendered, table
from crossings.report.posterior import through
from crossings.report.view_model import Facts
from crossings.scenario.entities import Behaviour, Entity, Stream

__all__ = ["making_section"]

LIMITS = (
    "It holds no data on any real person; all travellers are synthetic.",
    "Nobody turns round under way; each decides alone unless the scenario, or what was learnt, has people come in groups.",
    "People pushed through a closed crossing, and those who cross the border away from crossing points, are outside the model.",
    "It cannot say who arranged a flow, why an order was given, or whether it was lawful. It counts consequences.",
)


def making_section(facts: Facts) -> Section:
    """Hash, seeds, versions, parameters, sources, limits."""
    scenario = facts.model.scenario
    ran = facts.comparison or facts.runs
    made: dict[str, Any] = {} if ran is None else dict(ran.made_by)
    made = {"scenario": scenario.settings.name, "scenario_hash": scenario.hash} | made
    rows = [[_WORDS.get(k, k.replace("_", " ")), _value(v)] for k, v in made.items() if v not in (None, "", [], False)]
    columns = [Column("what", number=False), Column("value", number=False)]
    seeds = f"{len(facts.runs.seeds)} seed{'s' if len(facts.runs.seeds) > 1 else ''}" if facts.runs else "no run"
    body = [
        reading(f"Made from scenario {scenario.settings.name} (hash {scenario.hash}) with {seeds}. {_fitted(facts)}"),
        table(
            "What was run",
            columns,
            rows,
            "The same scenario, seeds and versions give the same numbers on any number of threads.",
        ),
        el("h4", "What it cannot say"),
        el("ul", *(el("li", text) for text in (_spread(facts), *LIMITS))),
        *(_parameters(facts.stream_name(name), stream) for name, stream in facts.streams.items()),
        _estimated(facts),
    ]
    if scenario.sources:
        body.append(folded("Sources of the scenario", el("div", rendered(scenario.sources), class_="sources")))
    return Section("making", "Methods and data", join(body), prints=True)


def _fitted(facts: Facts) -> str:
    """Where the parameters come from, and so what the bands show."""
    if facts.fit_hash:
        learnt = f"from {through(facts.fit)} " if facts.fit else ""
        return f"The parameters of each seed are one draw of what was learnt {learnt}(fit {facts.fit_hash}), so the spread of runs (5th to 95th percentile) holds chance and what is not known of them."
    if facts.model.scenario.settings.fit.parameters:
        how = "Parameters have priors in the scenario, but the runs were made with the scenario's own numbers"
    else:
        how = "Parameters are those of the scenario; none was fitted for this report"
    return f"{how}, so the spread of runs (5th to 95th percentile) shows chance alone."


def _spread(facts: Facts) -> str:
    if facts.fit_hash:
        return "A band is the spread over seeds, each with its own draw of what was learnt. It does not hold the uncertainty of the numbers that were not learnt, nor that of the model."
    return "A band is the spread over seeds at the parameters below. It does not hold the uncertainty of the parameters themselves, nor that of the model."


_WORDS = {
    "tool": "tool",
    "kernel": "hash of the compiled kernel",
    "scenario_hash": "hash of the scenario",
    "baseline_hash": "hash of the baseline",
    "by": "counted by",
    "with": "with rows added",
    "fit": "hash of what was learnt",
    "fit_until": "counts used through",
    "fit_seed": "seed of the fit",
    "fit_draws": "draws of the fit",
}


def _value(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return "yes" if value is True else str(value)


def _parameters(name: str, stream: Stream) -> Markup:
    rows = []
    for model, thing in ((Stream, stream), (Behaviour, stream.behaviour)):
        for key, field in model.model_fields.items():
            value = getattr(thing, key)
            if key in ("behaviour", "name", "source") or value in (None, {}, ()):
                continue
            schema = field.json_schema_extra
            unit = str(schema.get("unit", "")) if isinstance(schema, dict) else ""
            rows.append([key, _shown(value), "" if unit == "1" else unit, field.description or ""])
    columns = [
        Column("parameter", number=False),
        Column("value", number=False),
        Column("unit", number=False),
        Column("meaning", number=False),
    ]
    return folded(
        f"Parameters of {name}",
        table(f"Parameters of {name}", columns, rows, f"Source: {stream.source}" if stream.source else ""),
    )


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{k}: {_shown(v)}" for k, v in value.items())
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, Entity):
        return "; ".join(f"{k}: {_shown(getattr(value, k))}" for k in type(value).model_fields)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _estimated(facts: Facts) -> Markup:
    """How many rows of each table hold a figure that is ours."""
    scenario = facts.model.scenario
    rows = []
    for name in ("places", "roads", "lanes", "demand", "stocks", "closures"):
        values = getattr(scenario, name)
        if values:
            ours = sum(v.estimated for v in values)
            rows.append([f"{name}.csv", str(len(values)), str(ours), f"{100 * ours / len(values):.0f}"])
    columns = [Column("table", number=False), Column("rows"), Column("with an estimated figure"), Column("share", "%")]
    return table(
        "How much of the scenario is estimated",
        columns,
        rows,
        "Estimated: any figure of the row is the scenario's author's own; the rest carry a source.",
    )
