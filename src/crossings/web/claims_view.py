"""A claim as the page shows it: as it is written, and what the numbers say of it, in the words of the report."""

from __future__ import annotations

from typing import Any

from crossings.claims import NOT_TESTABLE, SEEDS, Finding
from crossings.claims.runs import FEW, MANY
from crossings.claims.sensitivity import SETTINGS
from crossings.claims.text import claim_words, figure_words, people_words, range_words, way_words
from crossings.claims.verdicts import LEAST_PAIRS, verdict
from crossings.scenario.entities import Claim
from crossings.scenario.measures import MEASURES, number_of

__all__ = ["MAX_CLAIM_SEEDS", "claim_view", "finding_view", "limits"]

MAX_CLAIM_SEEDS = 200
LAW = "it is about law or intent, or nothing here computes it"
FIGURE_ALONE = "the claim gives no number to test; the computed figure is for information"


def _meanings() -> dict[str, str]:
    """What each setting is, also where it stands alone: "the same" names what it is the same as."""
    out, last = {}, ""
    for s in SETTINGS:
        same = s.meaning.startswith("the same, ")
        last = last if same else s.meaning
        out[s.name] = f"{last}; here {s.meaning.removeprefix('the same, ')}" if same else s.meaning
    return out


MEANINGS = _meanings()


def limits() -> dict[str, int]:
    """Numbers that the page tells of: seeds to begin with and at most, and from how many on a verdict is given."""
    return {"seeds": SEEDS, "most": MAX_CLAIM_SEEDS, "least": LEAST_PAIRS, "few": FEW, "many": MANY}


def claim_view(claim: Claim) -> dict[str, str]:
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
        "value": claim.value,
        "source": claim.source,
        "held": claim_words(claim),
        "reading": claim.reading,
        "verdict": NOT_TESTABLE if known else "",
        "reason": (LAW if measure is None else FIGURE_ALONE) if known else "",
    }


def finding_view(finding: Finding) -> dict[str, Any]:
    """A finding as `crossings claims --json` has it, and the same in the words of the report."""
    measure = finding.measure
    unit = "" if measure is None else measure.unit
    rows = [
        {
            "setting": s.setting,
            "meaning": MEANINGS[s.setting],
            "figure": figure_words(unit if unit == "share" else "ratio", s.figure, "none"),
            "p": s.p,
            "pairs": s.pairs,
            "turns": s.p is not None and _holds(s.p) != _holds(finding.p),
        }
        for s in finding.sensitivity
    ]
    return {
        "id": finding.claim.id,
        "finding": finding.to_json(),
        "figure": figure_words(unit, finding.figure, "") if finding.figure else "",
        "people": people_words(finding),
        "over": range_words(finding),
        "behind": way_words(finding),
        "depends": "" if measure is None else measure.depends,
        "settings": rows,
    }


def _holds(p: float | None) -> str:
    """What the share of runs in which a claim holds would say alone."""
    return "" if p is None else verdict({"": p}, LEAST_PAIRS)[0]
