"""Key figures: what was run, and where everybody is at the end, with ranges."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from crossings.report.components import AnnexSection, groups
from crossings.report.view_model import DAY, Facts
from crossings.scenario.measures import MEASURES
from crossings.simulation.comparison import Comparison
from crossings.store.endings import ALL_WORDS, ENDINGS
from crossings.store.results import band

CARDS = ("share_diverted", "share_deterred", "change_of_arrivals", "journeys_affected")
"""Measures of the compared orders that have a card."""


def summary_section(facts: Facts) -> AnnexSection:
    """What, when, and the key figures of each stream."""
    makers = (_people_cards, _effect_cards, _place_cards)
    view = {
        "what": _what(facts),
        "groups": groups(
            facts, lambda s: {"lead": _lead(facts, s), "cards": [card for make in makers for card in make(facts, s)]}
        ),
        "caution": _caution(facts),
    }
    return AnnexSection("summary", facts.words.say("Key figures"), view)


def _what(facts: Facts) -> str:
    words, say = facts.words, facts.words.say
    settings = facts.model.scenario.settings
    last = settings.end - DAY if settings.end.hour == settings.end.minute == 0 else settings.end
    text = say(
        "{title}: {first} to {last}, {number} crossings.",
        title=settings.title or settings.name,
        first=words.on(settings.start, year=True),
        last=words.on(last, year=True),
        number=str(len(facts.model.scenario.crossings)),
    )
    if facts.comparison:
        text += " " + say(
            "{number} runs, each with identical travellers in two scenarios: {scenario}, and {baseline}. Compared: {period}.",
            number=words.number(len(facts.comparison.effects), 0),
            scenario=words.name(facts.comparison.scenario),
            baseline=words.name(facts.comparison.baseline),
            period=force_words(facts, facts.comparison),
        )
    elif facts.runs:
        text += " " + say("{number} runs.", number=words.number(len(facts.runs.seeds), 0))
    return text


def _caution(facts: Facts) -> str:
    if facts.runs is None:
        return ""
    words, say = facts.words, facts.words.say
    if len(facts.runs.seeds) == 1:
        return say("One run, so no figure has a range.")
    text = say(
        "Figures are means of {number} runs, in brackets the range of 9 runs in 10 (5th to 95th percentile).",
        number=words.number(len(facts.runs.seeds), 0),
    )
    if facts.fit_hash:
        streams = [facts.stream_name(s) for s in facts.fit.streams if s in facts.streams] if facts.fit else []
        text += " " + say(
            "The range includes random variation, and what the calibration leaves open about {list}; other assumptions are fixed.",
            list=", ".join(streams) or say("its parameters"),
        )
    else:
        text += " " + say(
            "The range shows random variation between runs only; it does not include uncertainty about the assumptions."
        )
    return text + " " + say("Travellers are synthetic.")


def force_words(facts: Facts, found: Comparison) -> str:
    """The compared orders and when they are in force: 'southeast-closed in force, 18–23 Nov'."""
    orders, say = found.period.orders, facts.words.say
    if not orders:
        return say("the whole run")
    named = orders[0] if len(orders) == 1 else say("the {number} orders", number=str(len(orders)))
    return say("{orders} in force, {period}", orders=named, period=facts.words.period(*facts.in_force))


def _measured(facts: Facts, name: str, stream: str, *, unit: bool = True) -> str:
    """A measure of the comparison as text, with its range and unit (or per cent alone); empty where there is nobody to measure it
    on.
    """
    assert facts.comparison is not None
    values = facts.comparison.measure(name, [stream])
    if not np.isfinite(values).any():
        return ""
    named = MEASURES[name].unit
    return facts.words.measured(
        named if unit or named == "share" else "ratio", {b: float(v) for b, v in band(values).items()}
    )


def _lead(facts: Facts, stream: str) -> str:
    """What the compared orders did while they were in force, in one sentence: with them against without."""
    found = facts.comparison
    if found is None:
        return ""
    moved, lost, change = (
        _measured(facts, m, stream) for m in ("share_diverted", "share_deterred", "change_of_arrivals")
    )
    if not moved:
        return ""
    text = facts.words.say(
        "Of {group} expected to cross without the orders ({period}), {moved} crossed at another crossing and {lost} gave up; from the announcement on the number who crossed changed by {change}.",
        group=facts.stream_name(stream),
        period=force_words(facts, found),
        moved=moved,
        lost=lost,
        change=change,
    )
    gap = _gap_words(facts, stream)
    return f"{text} {gap}" if gap else text


def _gap_words(facts: Facts, stream: str) -> str:
    """The longest stretch without an open crossing while the compared orders are in force, with against without."""
    number = facts.words.number
    for most, least in _longest_gaps(facts, stream):
        if least is not None and np.isfinite(least):
            return facts.words.say(
                "The longest stretch of border without a crossing open to them was {now} km, without these orders {was} km.",
                now=number(most, 0),
                was=number(least, 0),
            )
    return ""


def _longest_gaps(facts: Facts, stream: str) -> Iterator[tuple[float, float | None]]:
    """Of each border the longest gap while the compared orders are in force, where there is one, and without them, km."""
    for border in facts.borders:
        now, before = (facts.gaps(stream, border, without=w) for w in (False, True))
        if now is not None and np.isfinite(worst := now.worst(*facts.in_force)):
            yield worst, None if before is None else before.worst(*facts.in_force)


def _card(value: str, words: str, key: str) -> dict[str, Any]:
    head, _, tail = value.partition(" (")
    return {"head": head, "range": f"({tail}" if tail else "", "words": words, "key": key}


def _people_cards(facts: Facts, stream: str) -> list[dict[str, Any]]:
    """Where everybody is at the end: the cards of a stream add up to the first of them."""
    if facts.runs is None:
        return []
    words = facts.words
    ends = facts.runs.endings(stream)
    base = None if facts.baseline is None else facts.baseline.endings(stream)
    everybody = words.banded(band(np.sum(list(ends.values()), axis=0)))
    cards = [_card(everybody, f"{facts.unit(stream)} {words.name(ALL_WORDS)}", key="all")]
    for ending in ENDINGS:
        now, was = ends[ending.key], None if base is None else base[ending.key]
        if now.any() or (was is not None and was.any()):
            told = words.name(ending.words)
            if was is not None:
                told += words.say("; without the orders {number}", number=words.banded(band(was)))
            cards.append(_card(words.banded(band(now)), told, key=ending.key))
    return cards


def _effect_cards(facts: Facts, stream: str) -> list[dict[str, Any]]:
    """The measures of the compared orders, as the catalogue defines them."""
    if facts.comparison is None:
        return []
    out = []
    for name in CARDS:
        said = _measured(facts, name, stream, unit=False)
        if said:
            title, meaning = (facts.words.name(text) for text in (MEASURES[name].title, MEASURES[name].meaning))
            out.append(_card(said, f"{title}: {meaning}", key=name))
    return out


def _place_cards(facts: Facts, stream: str) -> list[dict[str, Any]]:
    out = []
    words, say = facts.words, facts.words.say
    for worst, before in _longest_gaps(facts, stream):
        told = say("longest stretch of border with no open crossing")
        if before is not None:
            told = say(
                "longest stretch of border with no open crossing while these orders are in force; without them {km} km",
                km=words.number(before, 0),
            )
        out.append(_card(say("{number} km", number=words.number(worst, 0)), told, key="longest_gap"))
    if facts.judged and (rows := facts.scored(stream)):
        inside = words.number(sum(bool(r["inside"]) for r in rows))
        found = say("{inside} of {number}", inside=inside, number=words.number(len(rows)))
        out.append(_card(found, say("verified counts inside the 90 % range"), key="counts"))
    return out
