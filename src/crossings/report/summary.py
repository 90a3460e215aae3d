"""The first thing that is read: what was run, and the key figures with their bands."""

from __future__ import annotations

import numpy as np

from crossings.charts import Markup, day_text, el, join
from crossings.kernel.core.layout import GAVE_UP
from crossings.report.access import gaps_of
from crossings.report.components import Section, by_stream, reading
from crossings.report.effects import cells, would_have_crossed
from crossings.report.html import amount, banded
from crossings.report.view_model import DAY, Facts, Floats, plural
from crossings.store.results import band

__all__ = ["summary_section"]


def summary_section(facts: Facts) -> Section:
    """What, when, and the key figures of each stream."""
    return Section(
        "summary", "In short", join([_what(facts), by_stream(facts, lambda s: _cards(facts, s)), _caution(facts)])
    )


def _what(facts: Facts) -> Markup:
    settings = facts.model.scenario.settings
    last = settings.end - DAY if settings.end.hour == settings.end.minute == 0 else settings.end
    text = f"{settings.title or settings.name}: {day_text(settings.start, True)} to {day_text(last, True)}, {len(facts.model.scenario.crossings)} crossings"
    if facts.runs:
        number = len(facts.runs.seeds)
        text += f", simulated {number} time{'s' if number > 1 else ''}"
    if facts.comparison:
        text += f", each time for the same people in two scenarios: {facts.comparison.scenario}, and {facts.comparison.baseline}"
    return reading(text + ".")


def _caution(facts: Facts) -> Markup | None:
    if facts.runs is None:
        return None
    if len(facts.runs.seeds) == 1:
        return el("p", "One seed was run, so no figure has a band.", class_="caution")
    what = "is chance at fixed parameters: it does not hold what is not known about the parameters."
    if facts.fit_hash:
        streams = [facts.stream_name(s) for s in facts.fit.streams if s in facts.streams] if facts.fit else []
        whom = f" about {', '.join(streams)}" if streams else ""
        what = f"is chance, and what is not known{whom} after learning from counts; other numbers are fixed."
    text = (
        f"Figures are means over {len(facts.runs.seeds)} seeds, in brackets the 5th and 95th percentile. That band {what} "
        "Synthetic travellers only."
    )
    return el("p", text, class_="caution")


def _card(value: str, words: str) -> Markup:
    head, _, tail = value.partition(" (")
    shown = join([el("span", head, class_="big"), el("span", f"({tail}", class_="range") if tail else None])
    return el("div", el("dd", shown), el("dt", words), class_="card")


def _cards(facts: Facts, stream: str) -> Markup | None:
    cards = [*_people_cards(facts, stream), *_effect_cards(facts, stream), *_place_cards(facts, stream)]
    return join([_lead(facts, stream), el("dl", *cards, class_="cards")]) if cards else None


def _lead(facts: Facts, stream: str) -> Markup | None:
    """What the orders did, in one sentence."""
    found = facts.comparison
    if found is None or not would_have_crossed(found, stream).all():
        return None
    before = would_have_crossed(found, stream)
    moved = 100 * cells(found, stream, ("diverted",)) / before
    kept = 100 * cells(found, stream, ("deterred", "stranded", "pending")) / before
    text = (
        f"Of those {facts.stream_name(stream)} who would have crossed without the orders, {banded(band(moved))} % crossed at another crossing "
        f"and {banded(band(kept))} % did not cross"
    )
    for border in (b.id for b in facts.model.scenario.borders if b.id in facts.model.scenario.lines):
        gaps = gaps_of(facts, stream, border)
        if gaps is not None and np.isfinite(gaps[0]).any():
            first = float(gaps[0][np.isfinite(gaps[0])][0])
            text += f"; the longest stretch of border without a crossing open to them went from {amount(first, 0)} km to {amount(float(np.nanmax(gaps[0])), 0)} km"
            break
    return reading(text + ".")


def _people_cards(facts: Facts, stream: str) -> list[Markup]:
    if facts.runs is None:
        return []
    unit = plural(facts.streams[stream])
    mine = [k for k, (s, _) in enumerate(facts.runs.cells) if s == stream]
    totals = np.stack([t.totals[mine].sum(axis=0) for t in facts.runs.tallies]).astype(float)
    crossed = facts.daily(facts.runs, facts.gates(stream), "crossed").sum(axis=1)
    cards = [
        _card(banded(band(totals.sum(axis=1))), f"{unit} set out, or wait to go"),
        _card(banded(band(crossed)), "crossed"),
    ]
    if facts.comparison is None:
        cards.append(_card(banded(band(totals[:, GAVE_UP])), "gave up"))
    return cards


def _effect_cards(facts: Facts, stream: str) -> list[Markup]:
    found = facts.comparison
    if found is None:
        return []
    before = would_have_crossed(found, stream)
    out = [_card(banded(band(before)), "would have crossed without the orders")]
    for cell, words in (
        ("diverted", "of them at another crossing because of the orders"),
        ("deterred", "of them gave up"),
        ("stranded", "of them with no crossing open at the end"),
    ):
        values: Floats = cells(found, stream, (cell,))
        if values.mean() >= 0.5:
            out.append(_card(banded(band(values)), words))
    return out


def _place_cards(facts: Facts, stream: str) -> list[Markup]:
    out = []
    for border in (b.id for b in facts.model.scenario.borders if b.id in facts.model.scenario.lines):
        gaps = gaps_of(facts, stream, border)
        if gaps is None or not np.isfinite(gaps[0]).any():
            continue
        k = int(np.nanargmax(gaps[0]))
        none = gaps[1][k] == 0
        words = (
            "longest stretch of border with no open crossing, from "
            + day_text(facts.days[k])
            + (" (none open)" if none else "")
        )
        out.append(_card(f"{amount(float(gaps[0][k]), 0)} km", words))
        part = np.where(gaps[1] > 0, gaps[0], np.nan)
        if none and np.isfinite(part).any():
            j = int(np.nanargmax(part))
            out.append(
                _card(
                    f"{amount(float(part[j]), 0)} km", f"the longest while any was open, from {day_text(facts.days[j])}"
                )
            )
    if facts.counts and facts.runs and not facts.beside.is_empty():
        rows = [r for r in facts.beside.iter_rows(named=True) if r["scored"] and stream in r["streams"].split(";")]
        if rows:
            inside = sum(bool(r["inside"]) for r in rows)
            out.append(_card(f"{inside} of {len(rows)}", "firm counts inside the simulated band"))
    return out
