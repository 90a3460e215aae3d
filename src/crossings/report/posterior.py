"""What was learned from counts: what was believed before beside what is now, and how far the counts speak to it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from crossings.calibration.posterior import PRIOR_DRIVEN, Fit
from crossings.charts import interval_panel, trace_panel
from crossings.report.components import AnnexSection, CaptionedTable, numbers, texts
from crossings.report.view_model import Facts

MOVED = 0.5  # standard deviations of the prior by which a median has to move to be told


def learned_section(facts: Facts) -> AnnexSection | None:
    """Prior and posterior of each parameter, contraction, evidence and the way of the sampling; None without a fit."""
    fit, say = facts.fit, facts.words.say
    if fit is None:
        return None
    rows = fit.table().to_dicts()
    used = fit.made_by.get("counts")
    view = {
        "said": _said(facts, fit, rows),
        "ranges": _ranges(facts, fit),
        "idle": ", ".join(fit.idle),
        "panels": [_panel(facts, row) for row in sorted(rows, key=lambda r: -r["contraction"])],
        "prior_driven": facts.words.significant(PRIOR_DRIVEN),
        "numbers": _numbers(facts, fit, rows),
        "fit": _sampling(facts, fit),
        "used": ", ".join(map(str, used)) if isinstance(used, list) else "",
        "trace": _trace(facts, fit),
        "source": facts.source(),
    }
    return AnnexSection("learned", say("Calibration"), view)


def through(facts: Facts, fit: Fit) -> str:
    """Until when counts were used, in words."""
    if fit.until is None:
        return facts.words.say("all counts")
    day = facts.words.on(dt.date.fromisoformat(fit.until), year=True)
    return facts.words.say("counts known through {day}", day=day)


def _said(facts: Facts, fit: Fit, rows: list[dict[str, Any]]) -> str:
    say = facts.words.say
    told = [r["parameter"] for r in rows if r["contraction"] >= PRIOR_DRIVEN]
    stays = [r["parameter"] for r in rows if r["contraction"] < PRIOR_DRIVEN]
    used = fit.made_by.get("counts")
    text = [
        say(
            "{number} parameters about {groups} were calibrated from {counts}.",
            number=str(len(rows)),
            groups=", ".join(facts.stream_name(s) for s in fit.streams if s in facts.streams),
            counts=(f"{len(used)} " if isinstance(used, list) else "") + through(facts, fit),
        )
    ]
    if told:
        text.append(say("The counts narrow {number} of them: {list}.", number=str(len(told)), list=", ".join(told)))
    else:
        text.append(say("The counts narrow none of them."))
    if stays:
        text.append(say("About as uncertain as before: {list}.", list=", ".join(stays)))
        middles = zip(rows, fit.prior_sd.tolist(), strict=True)
        moved = [r["parameter"] for r, sd in middles if abs(r["p50"] - r["prior_p50"]) > MOVED * sd]
        if moved := [name for name in moved if name in stays]:
            text.append(say("Of these the median has moved: {list}.", list=", ".join(moved)))
    return " ".join(text)


def _ranges(facts: Facts, fit: Fit) -> str:
    say = facts.words.say
    if facts.runs is None:
        return say("No run in this report uses them.")
    if facts.fit_hash is None:
        return say("The runs in this report do not use them: they have the numbers of the scenario.")
    text = say(
        "Each run used one of {number} draws of the calibration, the same with and without the orders. So each range in this report includes what is not known about these parameters, as well as random variation.",
        number=facts.words.number(len(fit.draws), 0),
    )
    if any(p.target.startswith("noise.") for p in fit.parameters):
        text += " " + say(
            "Random variation is that of the draw: people come in its groups, and days differ as it says."
        )
    return text


def _panel(facts: Facts, row: dict[str, Any]) -> dict[str, Any]:
    told = row["contraction"] >= PRIOR_DRIVEN
    prior, now = (tuple(float(row[f"{name}p{q}"]) for q in ("05", "50", "95")) for name in ("prior_", ""))
    unit = row["unit"] or facts.words.say("no unit")
    drawing = interval_panel(row["parameter"], prior, now, unit=unit, told=told, words=facts.words)  # type: ignore[arg-type]
    return {
        "name": row["parameter"],
        "contraction": facts.words.say("contraction {number}", number=_contraction(facts, row)),
        "told": told,
        "meaning": row["meaning"],
        "svg": drawing.svg,
    }


def _contraction(facts: Facts, row: dict[str, Any]) -> str:
    return facts.words.fixed(float(row["contraction"]), 2)


def _numbers(facts: Facts, fit: Fit, rows: list[dict[str, Any]]) -> CaptionedTable:
    say = facts.words.say
    range_ = say("median (90 % range)")
    columns = [
        *texts(say("parameter"), say("unit")),
        *numbers((say("before"), range_), (say("now"), range_), say("contraction")),
        *texts(say("what decides"), say("prior"), say("where the prior comes from")),
    ]
    cells = [
        [
            row["parameter"],
            row["unit"],
            _interval(facts, row, "prior_"),
            _interval(facts, row, ""),
            _contraction(facts, row),
            say("the prior") if row["verdict"] == "prior stays" else say("the counts"),
            row["prior"],
            parameter.source,
        ]
        for row, parameter in zip(rows, fit.parameters, strict=True)
    ]
    return CaptionedTable(say("Calibrated parameters"), columns, cells)


def _interval(facts: Facts, row: dict[str, Any], name: str) -> str:
    low, mid, high = (facts.words.significant(float(row[f"{name}p{q}"]), 2) for q in ("05", "50", "95"))
    return f"{mid} ({facts.words.between(low, high)})"


def _sampling(facts: Facts, fit: Fit) -> CaptionedTable:
    words, say, made = facts.words, facts.words.say, fit.made_by
    used = made.get("counts")
    number = through(facts, fit)
    held = ", ".join(f"{k} = {words.significant(v)}" for k, v in dict(made.get("fixed") or {}).items())
    rows: list[tuple[str, Any]] = [
        (say("counts used"), f"{len(used)}, {number}" if isinstance(used, list) else number),
        (
            say("evidence (ln of the probability of the counts)"),
            f"{words.fixed(fit.evidence, 2)} ± {words.fixed(fit.evidence_error, 2)}",
        ),
        (say("information that the counts gave"), f"{words.fixed(fit.information, 1)} nats"),
        (say("effective sample size"), words.number(fit.effective, 0)),
        (say("draws kept"), words.number(len(fit.draws), 0)),
        (say("evaluations of the model"), words.number(fit.evaluations, 0)),
        (say("points of the sampler"), made.get("points")),
        (say("factor on the width of the priors"), words.significant(float(str(made.get("width", 1.0))))),
        (say("fixed at a value"), held),
        (say("seed of the sampler"), made.get("seeds")),
        (say("made with scenario"), made.get("written_hash")),
    ]
    shown = [[name, str(value)] for name, value in rows if value not in (None, "")]
    return CaptionedTable(say("The fit"), texts(say("what"), say("value")), shown)


def _trace(facts: Facts, fit: Fit) -> dict[str, Any]:
    title = facts.words.say("The sampling: likelihood of the points on the way from the prior to the posterior")
    drawings = [trace_panel(title, fit.trace, narrow=narrow, words=facts.words) for narrow in (False, True)]
    return {"title": title, "drawings": drawings}
