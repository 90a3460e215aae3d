"""What `crossings claims` prints: a table of verdicts, then each claim in words, then its figure in every setting."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from crossings.claims.text import figure_words, held_to, in_units, people_words, range_words, way_words
from crossings.cli.formatting import caption, numbers, print_line, print_table, texts, width
from crossings.errors import printable

if TYPE_CHECKING:
    from crossings.claims import Finding, Findings

INDENT = "  "


def print_findings(found: Findings, units: str) -> None:
    """A row a claim, and then what was computed, what cannot be said, and what the verdict rests on."""
    rows = [
        [
            finding.claim.id,
            f"{printable(finding.claim.by)}, {finding.claim.date}",
            _measure(finding, units),
            _figure(finding, units),
            finding.verdict,
        ]
        for finding in found
    ]
    columns = texts("claim", "by", "held to", "figure (5th-95th percentile of runs)", "verdict")
    note = f"{caption(found.made_by)}{_learned(found)}"
    print_table(f"Claims about {found.scenario}", columns, rows, note=note)
    for finding in found:
        _print_words(finding, units, min(100, width()))


def _learned(found: Findings) -> str:
    """Where the numbers come from, where the caption does not say it."""
    until = found.made_by.get("fit_until")
    if "fit" in found.made_by:
        return f" (counts up to {until})" if until else ""
    return "; parameters set by hand, none learned"


def _print_words(finding: Finding, units: str, room: int) -> None:
    claim = finding.claim
    print_line(claim.id)
    said = [printable(f"{claim.by}, {claim.date}, in our words: {claim.words}")]
    said += [printable(f"Read so: {claim.reading}.")] if claim.reading else []
    said.append(finding.computed)
    said += [f"Figure: {line}." for line in (range_words(finding, units),) if line]
    said += [line for line in (way_words(finding, units),) if line]
    said += [f"Verdict: {finding.verdict}; {finding.reason}.", finding.cannot]
    for line in said:
        lines = textwrap.wrap(
            line,
            room,
            initial_indent=INDENT,
            subsequent_indent=INDENT * 2,
            break_long_words=False,
            break_on_hyphens=False,
        )
        print_line("\n".join(lines))
    print_line()


def print_settings(found: Findings, units: str) -> None:
    """The figure and support of each claim in every setting."""
    from crossings.claims.sensitivity import SETTINGS

    meaning = {s.name: s.meaning for s in SETTINGS}
    for finding in found:
        if not finding.sensitivity or finding.measure is None:
            continue
        rows = [
            [
                s.setting,
                figure_words(*in_units(finding.measure.unit, s.figure, units)),
                "-" if s.p is None else f"{s.p:.2f}",
                str(s.pairs),
                meaning[s.setting],
            ]
            for s in finding.sensitivity
        ]
        columns = [*texts("setting", "figure"), *numbers("support", "runs"), *texts("meaning")]
        note = "support: share of pairs of runs in which the claim holds; a verdict needs 0.95 (or 0.05) in all"
        print_table(f"{finding.claim.id} in every setting", columns, rows, note=note)


def _figure(finding: Finding, units: str) -> str:
    if finding.measure is None or not finding.figure:
        return "-"
    people = people_words(finding)
    figure = figure_words(*in_units(finding.measure.unit, finding.figure, units))
    return f"{figure}; {people}" if people else figure


def _measure(finding: Finding, units: str) -> str:
    if finding.measure is None:
        return "no measure"
    unit, value = in_units(finding.measure.unit, {"mean": finding.value}, units)
    return f"{finding.measure.title} {held_to(unit, finding.claim.comparison, value['mean'])}".strip()
