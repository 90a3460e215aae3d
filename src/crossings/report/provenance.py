"""How it was made: what was run, with which parameters, what it rests on, and what it cannot say."""

from __future__ import annotations

from typing import Any

from crossings.report.components import AnnexSection, CaptionedTable, numbers, texts
from crossings.report.posterior import through
from crossings.report.view_model import Facts
from crossings.scenario.entities import Behaviour, Entity, Stream
from crossings.views.brief_notes import estimated_shares


def making_section(facts: Facts) -> AnnexSection:
    """Hash, seeds, versions, parameters, sources, limits."""
    scenario, say = facts.model.scenario, facts.words.say
    ran = facts.comparison or facts.runs
    made: dict[str, Any] = {} if ran is None else dict(ran.made_by)
    made = {"scenario": scenario.settings.name, "scenario_hash": scenario.hash} | made
    named = _names(facts)
    rows = [
        [named.get(k, k.replace("_", " ")), _value(facts, v)] for k, v in made.items() if v not in (None, "", [], False)
    ]
    columns = texts(say("what"), say("value"))
    number = facts.words.number(len(facts.runs.seeds) if facts.runs else 0, 0)
    said = say(
        "Made from scenario {name} (hash {hash}); number of runs: {number}.",
        name=scenario.settings.name,
        hash=scenario.hash,
        number=number,
    )
    view = {
        "said": f"{said} {_fitted(facts)}",
        "run": CaptionedTable(
            say("What was run"),
            columns,
            rows,
            say("The same scenario, seeds and versions give the same numbers on any number of threads."),
        ),
        "fitted": bool(facts.fit_hash),
        "parameters": [_parameters(facts, facts.stream_name(name), stream) for name, stream in facts.streams.items()],
        "estimated": _estimated(facts),
        "sources": scenario.sources,
    }
    return AnnexSection("making", say("Methods and data"), view, prints=True)


def _fitted(facts: Facts) -> str:
    """Where the parameters come from, and so what the ranges show."""
    say = facts.words.say
    if facts.fit_hash:
        return say(
            "The parameters of each run are one draw of the calibration (fit {hash}{counts}), so the spread of runs (5th to 95th percentile) includes random variation and what is not known of them.",
            hash=facts.fit_hash,
            counts=f", {through(facts, facts.fit)}" if facts.fit else "",
        )
    if facts.model.scenario.settings.fit.parameters:
        return say(
            "Parameters have priors in the scenario, but the runs were made with the scenario's own numbers, so the spread of runs (5th to 95th percentile) shows random variation alone."
        )
    return say(
        "Parameters are those of the scenario; none was calibrated for this report, so the spread of runs (5th to 95th percentile) shows random variation alone."
    )


def _names(facts: Facts) -> dict[str, str]:
    """Keys of made_by.json in words."""
    say = facts.words.say
    return {
        "tool": say("tool"),
        "kernel": say("hash of the compiled kernel"),
        "scenario_hash": say("hash of the scenario"),
        "baseline_hash": say("hash of the baseline"),
        "by": say("counted by"),
        "with": say("with rows added"),
        "fit": say("hash of the calibration"),
        "fit_until": say("counts used through"),
        "fit_seed": say("seed of the calibration"),
        "fit_draws": say("draws of the calibration"),
    }


def _value(facts: Facts, value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return facts.words.say("yes") if value is True else str(value)


def _parameters(facts: Facts, name: str, stream: Stream) -> CaptionedTable:
    say = facts.words.say
    rows = []
    for model, thing in ((Stream, stream), (Behaviour, stream.behaviour)):
        for key, field in model.model_fields.items():
            value = getattr(thing, key)
            if key in ("behaviour", "name", "source") or value in (None, {}, ()):
                continue
            schema = field.json_schema_extra
            unit = str(schema.get("unit", "")) if isinstance(schema, dict) else ""
            meaning = facts.words.name(field.description or "")
            rows.append([key, _shown(value), "" if unit == "1" else facts.words.name(unit), meaning])
    columns = texts(say("parameter"), say("value"), say("unit"), say("meaning"))
    note = say("Source: {list}.", list=stream.source.rstrip(".")) if stream.source else ""
    return CaptionedTable(say("Parameters: {group}", group=name), columns, rows, note)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{k}: {_shown(v)}" for k, v in value.items())
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, Entity):
        return "; ".join(f"{k}: {_shown(getattr(value, k))}" for k in type(value).model_fields)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _estimated(facts: Facts) -> CaptionedTable:
    """How many rows of each table hold a figure that is ours."""
    words, say = facts.words, facts.words.say
    rows = [
        [f"{name}.csv", words.number(every, 0), words.number(ours, 0), words.number(100 * ours / every, 0)]
        for name, (ours, every) in estimated_shares(facts.model.scenario).items()
    ]
    columns = [*texts(say("table")), *numbers(say("rows"), say("with an estimated figure"), (say("share"), "%"))]
    note = say("Estimated: any figure of the row is the scenario's author's own; the rest carry a source.")
    return CaptionedTable(say("How much of the scenario is estimated"), columns, rows, note)
