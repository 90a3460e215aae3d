"""What was learnt from counts: what was believed before beside what is now, and how far the counts speak to it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from crossings.calibration.posterior import PRIOR_DRIVEN, Fit
from crossings.charts import Markup, day_text, el, interval_panel, join, learnt_shape, trace_panel
from crossings.report.components import Section, key, reading
from crossings.report.html import Column, figure, folded, table
from crossings.report.view_model import Facts

__all__ = ["learnt_section", "through"]

MOVED = 0.5  # standard deviations of the prior by which a median has to move to be told


def learnt_section(facts: Facts) -> Section | None:
    """Prior and posterior of each parameter, contraction, evidence and the way of the sampling; None without a fit."""
    fit = facts.fit
    if fit is None:
        return None
    rows = fit.table().to_dicts()
    source = facts.source()
    body = [
        reading(_said(facts, fit, rows)),
        _bands(facts, fit),
        _idle(fit),
        _panels(fit, rows, source),
        folded("The same as numbers", _numbers(fit, rows), print_it=True),
        _sampling(fit, source),
    ]
    return Section("learnt", "What was learnt", join(body))


def through(fit: Fit) -> str:
    """Until when counts were used, in words."""
    if fit.until is None:
        return "all counts"
    return f"counts known through {day_text(dt.date.fromisoformat(fit.until), True)}"


def _said(facts: Facts, fit: Fit, rows: list[dict[str, Any]]) -> str:
    told = [r["parameter"] for r in rows if r["contraction"] >= PRIOR_DRIVEN]
    stays = [r["parameter"] for r in rows if r["contraction"] < PRIOR_DRIVEN]
    whom = ", ".join(facts.stream_name(s) for s in fit.streams if s in facts.streams)
    used = fit.made_by.get("counts")
    number = f"{len(used)} " if isinstance(used, list) else ""
    text = f"{len(rows)} numbers about {whom} were learnt from {number}{through(fit)}. "
    if told:
        text += f"The counts speak to {len(told)} of them: {', '.join(told)}. "
    else:
        text += "The counts speak to none of them. "
    if stays:
        text += f"{'The others are' if told else 'All are'} about as uncertain as before: {', '.join(stays)}."
        middles = zip(rows, fit.prior_sd.tolist(), strict=True)
        moved = [r["parameter"] for r, sd in middles if abs(r["p50"] - r["prior_p50"]) > MOVED * sd]
        if moved := [name for name in moved if name in stays]:
            text += f" Of these the middle has moved: {', '.join(moved)}."
    return text


def _bands(facts: Facts, fit: Fit) -> Markup:
    if facts.runs is None:
        text = "No run in this report uses them."
    elif facts.fit_hash is None:
        text = "The runs in this report do not use them: they have the numbers of the scenario."
    else:
        text = (
            f"Each seed was run with one of {len(fit.draws):,} draws of what was learnt, the same with and without the orders. "
            "So each band in this report holds what is not known about these numbers, as well as chance."
        )
        if any(p.target.startswith("noise.") for p in fit.parameters):
            text += " Chance is that of the draw: people come in its groups, and days differ as it says."
    return el("p", text, class_="caution")


def _idle(fit: Fit) -> Markup | None:
    if not fit.idle:
        return None
    text = f"Not learnt, because what they act on was not known yet: {', '.join(fit.idle)}. The scenario's own numbers stand there."
    return el("p", text, class_="caution")


def _panels(fit: Fit, rows: list[dict[str, Any]], source: str) -> Markup:
    cells = []
    for row in sorted(rows, key=lambda r: -r["contraction"]):
        told = row["contraction"] >= PRIOR_DRIVEN
        prior, now = (tuple(float(row[f"{name}p{q}"]) for q in ("05", "50", "95")) for name in ("prior_", ""))
        drawing = interval_panel(row["parameter"], prior, now, unit=row["unit"] or "no unit", told=told)  # type: ignore[arg-type]
        mark = el("span", f"contraction {_contraction(row)}", class_="told-by" if told else "told-by not")
        cells.append(
            el(
                "div",
                el("h4", row["parameter"], mark),
                el("p", row["meaning"], class_="meaning") if row["meaning"] else None,
                drawing.svg,
                class_="panel",
            )
        )
    legend = el(
        "ul",
        key(learnt_shape(13, 7, "prior"), "believed before: 5th to 95th percentile, line at the median"),
        key(learnt_shape(13, 7, "told"), "now, and the counts speak to it"),
        key(learnt_shape(13, 7, "stays"), f"now, and the prior stays (contraction below {PRIOR_DRIVEN:g})"),
        class_="legend",
    )
    note = "Contraction: 1 − standard deviation now / before. Near 1 the counts say it, near 0 what was believed before stays."
    return el(
        "figure",
        el("figcaption", "What was believed before, and what is now"),
        legend,
        el("div", *cells, class_="panels learnt"),
        el("p", f"{note} {source}", class_="source"),
    )


def _contraction(row: dict[str, Any]) -> str:
    return f"{row['contraction']:.2f}".replace("-", "−")


def _numbers(fit: Fit, rows: list[dict[str, Any]]) -> Markup:
    columns = [
        Column("parameter", number=False),
        Column("unit", number=False),
        Column("before", "median (90% interval)"),
        Column("now", "median (90% interval)"),
        Column("contraction"),
        Column("who speaks", number=False),
        Column("prior", number=False),
        Column("where the prior comes from", number=False),
    ]
    cells = [
        [
            row["parameter"],
            row["unit"],
            _interval(row, "prior_"),
            _interval(row, ""),
            _contraction(row),
            "the prior" if row["verdict"] == "prior stays" else "the counts",
            row["prior"],
            parameter.source,
        ]
        for row, parameter in zip(rows, fit.parameters, strict=True)
    ]
    return table("What was learnt", columns, cells)


def _interval(row: dict[str, Any], name: str) -> str:
    low, mid, high = (_n(float(row[f"{name}p{q}"])) for q in ("05", "50", "95"))
    between = " to " if "−" in low + high else "–"
    return f"{mid} ({low}{between}{high})"


def _n(value: float) -> str:
    return (f"{value:.2g}" if abs(value) < 10 else f"{value:,.0f}").replace("-", "−")


def _sampling(fit: Fit, source: str) -> Markup:
    made = fit.made_by
    used = made.get("counts")
    number = "all" if fit.until is None else f"known through {day_text(dt.date.fromisoformat(fit.until), True)}"
    evidence = f"{fit.evidence:.2f} ± {fit.evidence_error:.2f}".replace("-", "−")
    rows: list[tuple[str, Any]] = [
        ("counts used", f"{len(used)}, {number}" if isinstance(used, list) else number),
        ("evidence (ln of the probability of the counts)", evidence),
        ("information that the counts gave", f"{fit.information:.1f} nats"),
        ("effective sample size", f"{fit.effective:,.0f}"),
        ("draws kept", f"{len(fit.draws):,}"),
        ("evaluations of the model", f"{fit.evaluations:,}"),
        ("points of the sampler", made.get("points")),
        ("factor on the width of the priors", f"{made.get('width', 1.0):g}"),
        ("held at a value", ", ".join(f"{k} = {v:g}" for k, v in dict(made.get("fixed") or {}).items())),
        ("seed of the sampler", made.get("seeds")),
        ("made with scenario", made.get("written_hash")),
    ]
    shown = [[name, str(value)] for name, value in rows if value not in (None, "")]
    title = "The sampling: likelihood of the points on the way from the prior to the posterior"
    power, _, _, low, middle, high = fit.trace.T
    drawings = [trace_panel(title, power, low, middle, high, narrow=narrow) for narrow in (False, True)]
    legend = el(
        "ul",
        key(el("path", d="M1 7H25", class_="sim"), "ln likelihood of the points, median"),
        key(learnt_shape(13, 7, "prior"), "5% to 95% of the points"),
        class_="legend",
    )
    note = "Left the prior, right the posterior; at each step half of the points still count. It should rise without a jump."
    named = folded("Counts that were used", el("p", ", ".join(map(str, used)))) if isinstance(used, list) else None
    return join(
        [
            el("h4", "How it was learnt"),
            table("The fit", [Column("what", number=False), Column("value", number=False)], shown),
            named,
            el("div", figure(drawings, f"{note} {source}", legend), class_="trace"),
        ]
    )
