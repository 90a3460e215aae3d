"""The claims: each with its measure, figure, interval, sensitivity and verdict; or with the figures of a comparison alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from crossings.claims import CONSISTENT, INCONSISTENT, NOT_TESTABLE, VERDICTS, Finding, Findings
from crossings.claims.sensitivity import SETTINGS
from crossings.claims.spec import question_of
from crossings.claims.text import claim_words, measure_words, people_words, range_words, way_words
from crossings.report.components import AnnexSection, CaptionedTable, Column, numbers, texts
from crossings.report.render import linked
from crossings.report.view_model import Facts
from crossings.scenario.entities import Claim
from crossings.scenario.measures import MEASURES
from crossings.simulation.comparison import MEASURED
from crossings.store.results import band
from crossings.views.document import TableCell

MARKS = {CONSISTENT: "✓", INCONSISTENT: "✗", NOT_TESTABLE: "–"}  # all others: open


def claims_section(facts: Facts) -> AnnexSection | None:
    """What was said, and what the numbers say of it; None where nothing was."""
    if not facts.model.scenario.claims:
        return None
    return _figures_alone(facts) if facts.claims is None else _verdicts(facts, facts.claims)


def _leading(say: Callable[..., str]) -> list[Column]:
    """The columns that say which claim a row is about."""
    return texts((say("claim"), say("in our words")), say("by"), say("date"))


def _verdicts(facts: Facts, found: Findings) -> AnnexSection:
    """A table of verdicts, then for each claim what was computed and what cannot be said, then every setting."""
    words, say = facts.words, facts.words.say
    number = {word: sum(f.verdict == word for f in found) for word in VERDICTS}
    counted = ", ".join(f"{n} {words.name(word)}" for word, n in number.items() if n)
    columns = [
        *_leading(say),
        *texts(say("tested against"), (say("figure"), say("mean (5th–95th percentile of runs)"))),
        *texts(say("over all settings"), say("verdict")),
    ]
    rows = [
        [
            f.claim.words,
            f.claim.by,
            _day(facts, f.claim.date),
            _held(facts, f) or say("no measure"),
            _figure(facts, f),
            _over_settings(facts, f),
            TableCell(f"{MARKS.get(f.verdict, '○')} {words.name(f.verdict)}", strong=True),
        ]
        for f in found
    ]
    made = found.made_by
    fitted = (
        say("parameters drawn from a calibration") if "fit" in made else say("parameters set by hand, none calibrated")
    )
    note = facts.source(
        f"{fitted}; {say('random seeds {seeds}', seeds=str(made['seeds']))}. "
        + say(
            "Each claim is tested with the orders it refers to, compared with none of them, until a later order replaces them; orders given later are in neither. A traveller is one journey."
        )
    )
    view = {
        "said": say(
            "Of {number} claims: {list}. A verdict is given only where it stands under every setting; questions of law or intent get figures alone.",
            number=str(len(found.findings)),
            list=counted,
        ),
        "table": CaptionedTable(say("Claims by all sides, tested against the simulation"), columns, rows, note),
        "claims": [_in_words(facts, f) for f in found],
        "settings": _settings(facts, found),
        "meanings": [(words.name(s.name), words.name(s.meaning)) for s in SETTINGS],
    }
    return AnnexSection("claims", say("What was claimed, and what the simulation shows"), view)


def _held(facts: Facts, finding: Finding) -> str:
    """The measure with what it is held to; empty where there is none."""
    measure, claim = finding.measure, finding.claim
    if measure is None:
        return ""
    return facts.words.tell(measure_words(measure.title, measure.unit, claim.comparison, finding.value))


def _figure(facts: Facts, finding: Finding) -> str:
    if finding.measure is None or not finding.figure:
        return facts.words.say("none")
    people = facts.words.tell(people_words(finding))
    return facts.words.measured(finding.measure.unit, finding.figure) + (f"; {people}" if people else "")


def _day(facts: Facts, day: dt.date) -> str:
    """A date that does not break over lines."""
    return facts.words.on(day, year=True).replace(" ", "\N{NO-BREAK SPACE}")


def _over_settings(facts: Facts, finding: Finding) -> str:
    means = [s.figure["mean"] for s in finding.sensitivity if s.figure["mean"] is not None]
    if finding.measure is None or not means:
        return ""
    low, high = (facts.words.measured(finding.measure.unit, {"mean": x}) for x in (min(means), max(means)))
    return low if low == high else facts.words.say("{low} to {high}", low=low, high=high)


def _in_words(facts: Facts, finding: Finding) -> dict[str, Any]:
    """One claim: what was computed, what stands behind the figure, why the verdict, what cannot be said, the source."""
    words, say = facts.words, facts.words.say
    figure = words.tell(range_words(finding))
    reading = finding.claim.reading
    lines = [
        say("Verdict: {verdict}; {reason}.", verdict=words.name(finding.verdict), reason=words.tell(finding.reason)),
        say("Reading: {reading}.", reading=reading) if reading else "",
        words.tell(finding.computed),
        say("Figure: {figure}.", figure=figure) if figure else "",
        words.tell(way_words(finding)),
        words.tell(finding.cannot),
    ]
    return {
        "head": f"{finding.claim.by}: {finding.claim.words}",
        "lines": [line for line in lines if line],
        "source": finding.claim.source,
    }


def _settings(facts: Facts, found: Findings) -> list[CaptionedTable]:
    words, say = facts.words, facts.words.say
    columns = [
        *texts(say("setting"), (say("figure"), say("mean (5th–95th percentile of runs)"))),
        *numbers((say("support"), say("share of runs in which it holds")), say("runs")),
    ]
    tables = []
    for f in found:
        if f.measure is None or not f.sensitivity:
            continue
        rows = [
            [
                words.name(s.setting),
                words.measured(f.measure.unit, s.figure),
                "–" if s.p is None else words.fixed(s.p, 2),
                words.number(s.pairs),
            ]
            for s in f.sensitivity
        ]
        caption = f"{f.claim.by}, {f.claim.id}: {_held(facts, f)}"
        tables.append(CaptionedTable(caption, columns, rows))
    return tables


def _figures_alone(facts: Facts) -> AnnexSection:
    """Each claim beside the figure of a comparison that is about just its orders."""
    words, say = facts.words, facts.words.say
    claims = facts.model.scenario.claims
    figures = {c.id: _compared(facts, c) for c in claims}
    some = any(figures.values())
    rows = [
        [
            c.words,
            c.by,
            _day(facts, c.date),
            words.tell(claim_words(c)),
            *([figures[c.id] or (say("not testable here") if c.measure not in MEASURES else "")] if some else []),
            linked(c.source) if c.source else "",
        ]
        for c in claims
    ]
    figure = (say("figure of these orders"), say("mean (5th–95th percentile of runs)"))
    columns = [*_leading(say), *texts(say("measure it is tested against"), *([figure] if some else []), say("source"))]
    said = say(
        "No verdict is given here: crossings claims tests each claim with its own orders, compared with none of them, under every sensitivity setting. Claims that are about just the orders compared in this report, with their figure: {number} of {all}.",
        number=words.number(sum(bool(f) for f in figures.values())),
        all=words.number(len(claims)),
    )
    view = {"said": said, "table": CaptionedTable(say("Claims by all sides"), columns, rows), "claims": []}
    return AnnexSection("claims", say("What was claimed"), view)


def _compared(facts: Facts, claim: Claim) -> str:
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
        return facts.words.measured(measure.unit, {b: float(v) for b, v in band(values).items()})
    if claim.measure == "longest_gap" and facts.borders:
        gaps = facts.gaps(question.streams[0], facts.borders[0])
        return "" if gaps is None else facts.words.measured(measure.unit, {"mean": gaps.worst(*facts.in_force)})
    return ""
