"""The page: view models of all its parts, for the template ``report.html.j2``."""

from __future__ import annotations

from crossings.report.access import access_section
from crossings.report.claims import claims_section
from crossings.report.components import groups
from crossings.report.effects import effect_section
from crossings.report.first_map import answer_ground
from crossings.report.first_screen import first_screen
from crossings.report.flows import affected_days, crossed_section, queue_section
from crossings.report.headcounts import heads_section
from crossings.report.maps import map_ground, map_section
from crossings.report.observations import seen_section
from crossings.report.orders import timeline_section
from crossings.report.posterior import learned_section
from crossings.report.provenance import making_section
from crossings.report.render import document
from crossings.report.summary import summary_section
from crossings.report.view_model import Facts

__all__ = ["page"]


def page(facts: Facts, title: str) -> str:
    """The whole report as text."""
    sections = [
        summary_section(facts),
        map_section(facts),
        timeline_section(facts),
        heads_section(facts),
        crossed_section(facts) if facts.runs else None,
        queue_section(facts) if facts.runs else None,
        effect_section(facts),
        access_section(facts),
        seen_section(facts),
        claims_section(facts),
        learned_section(facts),
        making_section(facts),
    ]
    first = facts.answer() if facts.comparison is not None else None
    chosen = first.stream if first is not None else next(iter(facts.streams))
    return document(
        "report.html.j2",
        facts.words,
        title=title,
        kicker=_kicker(facts, title),
        choices=[(facts.stream_name(name), name == chosen) for name in facts.streams],
        grounds=[g.drawing for g in (answer_ground(facts), map_ground(facts)) if g is not None],
        answers=first_screen(facts, title),
        days=groups(facts, lambda s: affected_days(facts, s)) if facts.comparison is not None else [],
        sections=[s for s in sections if s is not None],
        source=facts.source(),
    )


def _kicker(facts: Facts, title: str) -> list[str]:
    """The line above the title."""
    say, named = facts.words.say, facts.model.scenario.settings.title
    what = say("What if") if facts.comparison is not None else say("Simulation")
    return [what, *([named] if named and named != title else []), say("simulated, not observed")]
