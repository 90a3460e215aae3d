"""A claim as the page shows it: as it is written, and what the numbers say of it, in the words of the report."""

from __future__ import annotations

from typing import Any

from crossings.claims import FIGURE_ALONE, NO_MEASURE, NOT_TESTABLE, SEEDS, Finding
from crossings.claims.runs import FEW, MANY
from crossings.claims.sensitivity import SETTINGS
from crossings.claims.text import people_words, range_words, way_words
from crossings.claims.verdicts import LEAST_PAIRS, verdict
from crossings.scenario.entities import Claim
from crossings.scenario.measures import MEASURES, number_of
from crossings.views.language import Language

MAX_CLAIM_SEEDS = 200
MEANINGS = {s.name: s.meaning for s in SETTINGS}


def limits() -> dict[str, int]:
    """Numbers that the page tells of: seeds to begin with and at most, and from how many on a verdict is given."""
    return {"seeds": SEEDS, "most": MAX_CLAIM_SEEDS, "least": LEAST_PAIRS, "few": FEW, "many": MANY}


def claim_view(claim: Claim) -> dict[str, Any]:
    """A claim before anything is computed; verdict and reason where nothing that is computed can change them."""
    measure = MEASURES.get(claim.measure)
    value = number_of(claim.value) if claim.comparison and claim.value else None
    known = measure is None or value is None
    return {
        "id": claim.id,
        "by": claim.by,
        "date": claim.date.isoformat(),
        "words": claim.words,
        "measure": claim.measure,
        "comparison": claim.comparison,
        "value": value,
        "source": claim.source,
        "reading": claim.reading,
        "verdict": NOT_TESTABLE if known else "",
        "reason": str(NO_MEASURE if measure is None else FIGURE_ALONE) if known else "",
    }


def finding_view(finding: Finding, words: Language) -> dict[str, Any]:
    """A finding as `crossings claims --json` has it, and the same in the words of the report, in a language."""
    measure = finding.measure
    unit = "" if measure is None else measure.unit
    rows = [
        {
            "setting": s.setting,
            "name": words.name(s.setting),
            "meaning": words.name(MEANINGS[s.setting]),
            "figure": words.measured(unit if unit == "share" else "ratio", s.figure),
            "p": s.p,
            "pairs": s.pairs,
            "turns": s.p is not None and _holds(s.p) != _holds(finding.p),
        }
        for s in finding.sensitivity
    ]
    return {
        "id": finding.claim.id,
        "language": words.code,
        "finding": finding.to_json(),
        "figure": words.measured(unit, finding.figure) if finding.figure else "",
        "people": words.tell(people_words(finding)),
        "reason": words.tell(finding.reason),
        "lines": _lines(finding, words),
        "settings": rows,
    }


def _lines(finding: Finding, words: Language) -> list[str]:
    """How the figure was computed, what stands behind it, and what it does not say."""
    over = words.tell(range_words(finding))
    single = bool(finding.figure) and finding.measure is not None
    if single and over == words.measured(finding.measure.unit, finding.figure):  # type: ignore[union-attr]
        over = ""
    depends = "" if finding.measure is None else words.name(finding.measure.depends)
    lines = [
        words.say("Reading: {reading}.", reading=finding.claim.reading) if finding.claim.reading else "",
        words.tell(finding.computed),
        words.say("Figure: {figure}.", figure=over) if over else "",
        words.tell(way_words(finding)),
        words.say("What moves it: {list}.", list=depends) if depends else "",
        words.tell(finding.cannot),
    ]
    return [line for line in lines if line]


def _holds(p: float | None) -> str:
    """What the share of runs in which a claim holds would say alone."""
    return "" if p is None else verdict({"": p}, LEAST_PAIRS)[0]
