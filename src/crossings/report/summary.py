"""The first thing that is read: what was run, and the key figures with their bands."""

from __future__ import annotations

import re

import numpy as np

from crossings.charts import Markup, day_text, el, join
from crossings.claims.text import figure_words
from crossings.report.components import Section, by_stream, reading
from crossings.report.html import amount, banded
from crossings.report.marks import period_text
from crossings.report.view_model import DAY, Facts, plural
from crossings.scenario.measures import MEASURES
from crossings.simulation.comparison import Comparison
from crossings.store.endings import ALL_WORDS, ENDINGS
from crossings.store.results import band

__all__ = ["summary_section"]


def summary_section(facts: Facts) -> Section:
    """What, when, and the key figures of each stream."""
    return Section(
        "summary", "Key figures", join([_what(facts), by_stream(facts, lambda s: _cards(facts, s)), _caution(facts)])
    )


def _what(facts: Facts) -> Markup:
    settings = facts.model.scenario.settings
    last = settings.end - DAY if settings.end.hour == settings.end.minute == 0 else settings.end
    text = f"{settings.title or settings.name}: {day_text(settings.start, True)} to {day_text(last, True)}, {len(facts.model.scenario.crossings)} crossings"
    if facts.runs:
        number = len(facts.runs.seeds)
        text += f", simulated {number} time{'s' if number > 1 else ''}"
    if facts.comparison:
        text += f", each time for the same people in two scenarios: {facts.comparison.scenario}, and {facts.comparison.baseline}; compared while {force_words(facts, facts.comparison)}"
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


def _card(value: str, words: str, key: str) -> Markup:
    head, _, tail = value.partition(" (")
    shown = join([el("span", head, class_="big"), el("span", f"({tail}", class_="range") if tail else None])
    return el("div", el("dd", shown), el("dt", words), class_="card", data_figure=key)


def _cards(facts: Facts, stream: str) -> Markup | None:
    cards = [*_people_cards(facts, stream), *_effect_cards(facts, stream), *_place_cards(facts, stream)]
    return join([_lead(facts, stream), el("dl", *cards, class_="cards")]) if cards else None


def force_words(facts: Facts, found: Comparison) -> str:
    """The compared orders and when they are in force: 'southeast-closed is in force, 18–23 Nov'."""
    orders = found.period.orders
    if not orders:
        return "the whole run"
    named = orders[0] if len(orders) == 1 else f"the {len(orders)} orders"
    begin, end = facts.in_force
    return f"{named} {'is' if len(orders) == 1 else 'are'} in force, {period_text(begin, end)}"


def _measured(found: Comparison, name: str, stream: str) -> str:
    """A measure of the comparison as text, with its range and unit; empty where there is nobody to measure it on."""
    values = found.measure(name, [stream])
    if not np.isfinite(values).any():
        return ""
    figure: dict[str, float | None] = {b: float(v) for b, v in band(values).items()}
    return re.sub(r"(?<!\w)-(?=\d)", "−", figure_words(MEASURES[name].unit, figure))


def _lead(facts: Facts, stream: str) -> Markup | None:
    """What the compared orders did while they were in force, in one sentence: with them against without."""
    found = facts.comparison
    if found is None:
        return None
    moved, lost, change = (
        _measured(found, m, stream) for m in ("share_diverted", "share_deterred", "change_of_arrivals")
    )
    if not moved:
        return None
    text = (
        f"Of those {facts.stream_name(stream)} who would have crossed while {force_words(facts, found)}, {moved} crossed at "
        f"another crossing and {lost} gave up; from the announcement on the number who crossed changed by {change}"
    )
    said = _gap_words(facts, stream)
    return reading(text + (f"; {said}" if said else "") + ".")


def _gap_words(facts: Facts, stream: str) -> str:
    """The longest stretch without an open crossing while the compared orders are in force, with against without."""
    for border in facts.borders:
        with_them, without = (facts.gaps(stream, border, without=w) for w in (False, True))
        if with_them is None or without is None:
            continue
        most, least = with_them.worst(*facts.in_force), without.worst(*facts.in_force)
        if np.isfinite(most) and np.isfinite(least):
            return (
                f"the longest stretch of border without a crossing open to them was {amount(most, 0)} km, "
                f"without these orders {amount(least, 0)} km"
            )
    return ""


def _people_cards(facts: Facts, stream: str) -> list[Markup]:
    """Where everybody is at the end: the cards of a stream add up to the first of them."""
    if facts.runs is None:
        return []
    unit = plural(facts.streams[stream])
    ends = facts.runs.endings(stream)
    base = None if facts.baseline is None else facts.baseline.endings(stream)
    cards = [_card(banded(band(np.sum(list(ends.values()), axis=0))), f"{unit} {ALL_WORDS}", key="all")]
    for ending in ENDINGS:
        now, was = ends[ending.key], None if base is None else base[ending.key]
        if now.any() or (was is not None and was.any()):
            other = "" if was is None else f"; without the orders {banded(band(was))}"
            cards.append(_card(banded(band(now)), ending.words + other, key=ending.key))
    return cards


def _effect_cards(facts: Facts, stream: str) -> list[Markup]:
    """The measures of the compared orders, as the catalogue defines them."""
    found = facts.comparison
    if found is None:
        return []
    out = []
    for name in ("share_diverted", "share_deterred", "change_of_arrivals", "journeys_affected"):
        said = _measured(found, name, stream)
        if said:
            out.append(_card(said, f"{MEASURES[name].title}: {MEASURES[name].meaning}", key=name))
    return out


def _place_cards(facts: Facts, stream: str) -> list[Markup]:
    out = []
    for border in facts.borders:
        gaps = facts.gaps(stream, border)
        if gaps is None or not np.isfinite(gaps.km).any():
            continue
        worst = gaps.worst(*facts.in_force)
        if np.isfinite(worst):
            words = "longest stretch of border with no open crossing"
            before = facts.gaps(stream, border, without=True)
            if before is not None:
                words += f" while these orders are in force; without them {amount(before.worst(*facts.in_force), 0)} km"
            out.append(_card(f"{amount(worst, 0)} km", words, key="longest_gap"))
    if facts.judged:
        rows = [r for r in facts.beside.iter_rows(named=True) if r["scored"] and stream in r["streams"].split(";")]
        if rows:
            inside = sum(bool(r["inside"]) for r in rows)
            out.append(_card(f"{inside} of {len(rows)}", "firm counts inside the simulated band", key="counts"))
    return out
