"""The claims: each with its measure, figure, interval, sensitivity and verdict; or with the figures of a comparison alone."""

from __future__ import annotations

import datetime as dt
import re
from html import escape

import numpy as np

from crossings.charts import Markup, day_text, el, join
from crossings.charts.markup import clean
from crossings.claims import CONSISTENT, INCONSISTENT, NOT_TESTABLE, VERDICTS, Finding, Findings
from crossings.claims.sensitivity import SETTINGS
from crossings.claims.text import figure_words, held_to, range_words, way_words
from crossings.report.access import gaps_of
from crossings.report.components import Section, reading
from crossings.report.effects import cells, would_have_crossed
from crossings.report.html import Column, amount, banded, folded, linked, table
from crossings.report.key_dates import key_days
from crossings.report.view_model import Facts, plural
from crossings.store.results import band

__all__ = ["claims_section"]

NO_MEASURE = NOT_TESTABLE
NO_COMPARISON = "not measured: no comparison was made"
NOT_HERE = "not measured here; crossings claims measures it"
MARKS = {CONSISTENT: "✓", INCONSISTENT: "✗", NOT_TESTABLE: "–"}  # all others: open


def claims_section(facts: Facts) -> Section | None:
    """What was said, and what the numbers say of it; None where nothing was."""
    if not facts.model.scenario.claims:
        return None
    return _figures_alone(facts) if facts.claims is None else _verdicts(facts, facts.claims)


def _verdicts(facts: Facts, found: Findings) -> Section:
    """A table of verdicts, then for each claim what was computed and what cannot be said, then every setting."""
    number = {word: sum(f.verdict == word for f in found) for word in VERDICTS}
    counted = ", ".join(f"{n} {word}" for word, n in number.items() if n)
    text = f"Of {len(found.findings)} claims: {counted}. A verdict is given only where it stands under every setting; questions of law or intent get figures alone."
    columns = [
        Column("claim", "in our words", number=False),
        Column("by", number=False),
        Column("date", number=False),
        Column("held to", number=False),
        Column("figure", "mean (5th–95th percentile of runs)", number=False),
        Column("over all settings", number=False),
        Column("verdict", number=False),
    ]
    rows = [
        [
            f.claim.words,
            f.claim.by,
            _day(f.claim.date),
            "no measure" if f.measure is None else _typeset(f"{f.measure.title} {_held(f)}".strip()),
            _figure(f),
            _over_settings(f),
            el("strong", f"{MARKS.get(f.verdict, '○')} {f.verdict}"),
        ]
        for f in found
    ]
    made = found.made_by
    learnt = "parameters drawn from a fit" if "fit" in made else "parameters set by hand, none learnt"
    note = f"Source: crossings {made['version']}, scenario {made['scenario']} ({made['scenario_hash']}), seeds {made['seeds']}; {learnt}. Each claim's own orders against none of them; orders given later are in neither. A traveller is one journey."
    parts = [
        reading(text),
        table("Claims by all sides, held to the numbers", columns, rows, note),
        *(_in_words(f) for f in found),
        folded("Every claim in every setting", _settings(found), print_it=True),
    ]
    return Section("claims", "What was claimed, and what the numbers say", join(parts))


def _held(finding: Finding) -> str:
    assert finding.measure is not None
    return held_to(finding.measure.unit, finding.claim.comparison, finding.value)


def _figure(finding: Finding) -> str | Markup:
    if finding.measure is None or not finding.figure:
        return "none"
    return _typeset(figure_words(finding.measure.unit, finding.figure, "none"))


def _day(day: dt.date) -> Markup:
    """A date that does not break over lines."""
    return Markup(day_text(day, True).replace(" ", "&nbsp;"))


def _typeset(text: str) -> Markup:
    """Text with minus signs, and signs of comparison that stay with their number."""
    shown = re.sub(r"(?<!\w)-(?=\d)", "−", clean(text)).replace("<= ", "≤ ").replace(">= ", "≥ ")
    return Markup(re.sub(r"(&lt;|&gt;|≤|≥) ", r"\1&nbsp;", escape(shown)))


def _over_settings(finding: Finding) -> str | Markup:
    means = [s.figure["mean"] for s in finding.sensitivity if s.figure["mean"] is not None]
    if finding.measure is None or not means:
        return ""
    low, high = (figure_words(finding.measure.unit, {"mean": x}) for x in (min(means), max(means)))
    return _typeset(low if low == high else f"{low} to {high}")


def _in_words(finding: Finding) -> Markup:
    """One claim: what was computed, what stands behind the figure, why the verdict, what cannot be said, the source."""
    figure = range_words(finding)
    words = [
        f"Verdict: {finding.verdict}; {finding.reason}.",
        finding.computed,
        f"Figure: {figure}." if figure else "",
        way_words(finding),
        finding.cannot,
    ]
    said = [el("p", _typeset(line)) for line in words if line]
    head = f"{finding.claim.by}: {finding.claim.words}"
    source = el("p", join(["Source of the claim: ", linked(finding.claim.source)]), class_="source")
    return folded(head, *said, source if finding.claim.source else None, print_it=True)


def _settings(found: Findings) -> Markup:
    columns = [
        Column("setting", number=False),
        Column("figure", "mean (5th–95th percentile of runs)", number=False),
        Column("P", "share of runs in which it holds"),
        Column("runs"),
    ]
    parts: list[object] = []
    for f in found:
        if f.measure is None or not f.sensitivity:
            continue
        rows = [
            [
                s.setting,
                _typeset(figure_words(f.measure.unit, s.figure, "none")),
                "–" if s.p is None else f"{s.p:.2f}",
                str(s.pairs),
            ]
            for s in f.sensitivity
        ]
        parts.append(table(f"{f.claim.by}, {f.claim.id}: {f.measure.title} {_held(f)}".strip(), columns, rows))
    meanings = el("ul", *(el("li", f"{s.name}: {s.meaning}") for s in SETTINGS))
    return join([*parts, el("p", "The settings, one at a time, with and without the orders:"), meanings])


# --- without verdicts --------------------------------------------------------------------------


def _figures_alone(facts: Facts) -> Section:
    """What was said, and the figures of the comparison that bear on it; no verdict."""
    claims = facts.model.scenario.claims
    rows = [
        [
            c.words,
            c.by,
            _day(c.date),
            f"{c.measure.replace('_', ' ')} {c.comparison} {c.value}".strip() if c.measure else "",
            _measured(facts, c.measure),
            linked(c.source),
        ]
        for c in claims
    ]
    columns = [
        Column("claim", "in our words", number=False),
        Column("by", number=False),
        Column("date", number=False),
        Column("measure it is held to", number=False),
        Column("what comes out", "mean (5th–95th percentile of runs)", number=False),
        Column("source", number=False),
    ]
    found = facts.comparison
    note = (
        f"Figures set the scenario {found.scenario} against {found.baseline}: all the orders that differ at once, also where a claim speaks of one."
        if found
        else ""
    )
    measured = sum(_measured(facts, c.measure) not in (NO_MEASURE, NOT_HERE, NO_COMPARISON) for c in claims)
    text = f"For {measured} of {len(claims)} claims the model has a figure; it stands beside the claim. No verdict is given here: crossings claims sets each claim's own orders against none of them, under every sensitivity setting."
    return Section(
        "claims",
        "What was claimed, and the figures beside it",
        join([reading(text), table("Claims by all sides", columns, rows, note)]),
    )


def _measured(facts: Facts, measure: str) -> object:
    if not measure:
        return NO_MEASURE
    if measure == "longest_gap":
        return _gap_text(facts)
    found = facts.comparison
    if measure not in ("change_of_arrivals", "share_diverted", "persons_affected"):
        return NOT_HERE
    if found is None:
        return NO_COMPARISON
    if measure == "persons_affected":
        parts = ("diverted", "delayed", "advanced", "deterred", "stranded", "pending", "induced")
        each = [cells(found, s, parts) * facts.streams[s].persons for s in found.streams]
        said = [f"{facts.stream_name(s)} {banded(band(v))}" for s, v in zip(found.streams, each, strict=True)]
        return _lines([f"persons in all: {banded(band(np.sum(each, axis=0)))}", *said])
    lines = []
    for s in found.streams:
        before = would_have_crossed(found, s)
        if not before.any():
            continue
        with np.errstate(invalid="ignore", divide="ignore"):
            if measure == "share_diverted":
                share = 100 * cells(found, s, ("diverted",)) / before
                lines.append(f"{facts.stream_name(s)}: {banded(band(share))} % of those who would have crossed")
            else:
                change = cells(found, s, ("induced",)) - cells(found, s, ("deterred", "stranded", "pending"))
                lines.append(
                    f"{facts.stream_name(s)}: {banded(band(change))} {plural(facts.streams[s])}, {banded(band(100 * change / before))} %"
                )
    return _lines(lines)


def _gap_text(facts: Facts) -> object:
    stream = next(iter(facts.streams))
    changes = set(key_days(facts))
    lines: list[str] = []
    for border in (b.id for b in facts.model.scenario.borders if b.id in facts.model.scenario.lines):
        gaps = gaps_of(facts, stream, border)
        if gaps is None:
            continue
        last = -1.0
        for day, gap, free in zip(facts.days, *gaps, strict=True):
            wanted = day == facts.days[0] or day in changes
            if wanted and np.isfinite(gap) and abs(gap - last) > 0.5:
                lines.append(f"{amount(gap, 0)} km from {day_text(day)} ({int(free) or 'none'} open)")
                last = float(gap)
    if not lines:
        return "not measured: no border has a line"
    return f"{facts.stream_name(stream)}, longest stretch without an open crossing (no band): {', '.join(lines)}"


def _lines(lines: list[str]) -> Markup:
    return join(lines, "\n") if len(lines) < 2 else join([el("span", line, class_="line") for line in lines])
