"""The claims: each with its measure, figure, interval, sensitivity and verdict; or with the figures of a comparison alone."""

from __future__ import annotations

import datetime as dt

from crossings.charts import Markup, day_text, el, join
from crossings.claims import CONSISTENT, INCONSISTENT, NOT_TESTABLE, VERDICTS, Finding, Findings
from crossings.claims.sensitivity import SETTINGS
from crossings.claims.spec import question_of
from crossings.claims.text import claim_words, figure_words, held_to, people_words, range_words, way_words
from crossings.report.components import Section, reading
from crossings.report.html import Column, amount, folded, linked, table, typeset
from crossings.report.view_model import Facts
from crossings.scenario.entities import Claim
from crossings.scenario.measures import MEASURES
from crossings.simulation.comparison import MEASURED
from crossings.store.results import band

__all__ = ["claims_section"]

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
            "no measure" if f.measure is None else typeset(f"{f.measure.title} {_held(f)}".strip()),
            _figure(f),
            _over_settings(f),
            el("strong", f"{MARKS.get(f.verdict, '○')} {f.verdict}"),
        ]
        for f in found
    ]
    made = found.made_by
    learnt = "parameters drawn from a fit" if "fit" in made else "parameters set by hand, none learnt"
    note = f"Source: crossings {made['version']}, scenario {made['scenario']} ({made['scenario_hash']}), seeds {made['seeds']}; {learnt}. Each claim's own orders against none of them, until a later order replaces them; orders given later are in neither. A traveller is one journey."
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
    people = people_words(finding)
    return typeset(figure_words(finding.measure.unit, finding.figure, "none") + (f"; {people}" if people else ""))


def _day(day: dt.date) -> Markup:
    """A date that does not break over lines."""
    return Markup(day_text(day, True).replace(" ", "&nbsp;"))


def _over_settings(finding: Finding) -> str | Markup:
    means = [s.figure["mean"] for s in finding.sensitivity if s.figure["mean"] is not None]
    if finding.measure is None or not means:
        return ""
    low, high = (figure_words(finding.measure.unit, {"mean": x}) for x in (min(means), max(means)))
    return typeset(low if low == high else f"{low} to {high}")


def _in_words(finding: Finding) -> Markup:
    """One claim: what was computed, what stands behind the figure, why the verdict, what cannot be said, the source."""
    figure = range_words(finding)
    words = [
        f"Verdict: {finding.verdict}; {finding.reason}.",
        f"Read so: {finding.claim.reading}." if finding.claim.reading else "",
        finding.computed,
        f"Figure: {figure}." if figure else "",
        way_words(finding),
        finding.cannot,
    ]
    said = [el("p", typeset(line)) for line in words if line]
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
                typeset(figure_words(f.measure.unit, s.figure, "none")),
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
    """What was said; and where the comparison is about just a claim's orders, its measure of them. No verdict."""
    claims = facts.model.scenario.claims
    figures = {c.id: _compared(facts, c) for c in claims}
    rows = [
        [
            c.words,
            c.by,
            _day(c.date),
            typeset(claim_words(c)),
            figures[c.id] or ("not testable here" if c.measure not in MEASURES else ""),
            linked(c.source),
        ]
        for c in claims
    ]
    columns = [
        Column("claim", "in our words", number=False),
        Column("by", number=False),
        Column("date", number=False),
        Column("measure it is held to", number=False),
        Column("figure of these orders", "mean (5th–95th percentile of runs)", number=False),
        Column("source", number=False),
    ]
    measured = sum(bool(f) for f in figures.values())
    text = (
        f"No verdict is given here: crossings claims measures each claim's own orders against none of them, under every "
        f"sensitivity setting. {measured or 'None'} of {len(claims)} claims {'is' if measured == 1 else 'are'} about just the orders that are compared in this report"
        + ("; the figure stands beside the claim." if measured else ", so no figure of it stands beside a claim.")
    )
    return Section("claims", "What was claimed", join([reading(text), table("Claims by all sides", columns, rows)]))


def _compared(facts: Facts, claim: Claim) -> str | Markup:
    """The claim's measure, where the report's comparison is of just its orders; else empty."""
    found = facts.comparison
    if found is None or claim.measure not in MEASURES:
        return ""
    question = question_of(claim, facts.model.scenario)
    if (question.without.closures, question.with_them.closures) != tuple(s.closures for s in found.scenarios):
        return ""
    measure = MEASURES[claim.measure]
    if claim.measure in MEASURED:
        values = found.measure(claim.measure, question.streams)
        return typeset(figure_words(measure.unit, {b: float(v) for b, v in band(values).items()}, "none"))
    if claim.measure == "longest_gap" and facts.borders:
        gaps = facts.gaps(question.streams[0], facts.borders[0])
        return "" if gaps is None else f"{amount(gaps.worst(*facts.in_force), 0)} {measure.unit}"
    return ""
