"""Access: how far to the nearest open crossing, along the border and by road."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import partial
from typing import Any

from crossings.errors import InputError
from crossings.measures.access import Access, access_at
from crossings.report.components import AnnexSection, CaptionedTable, Drawings, groups, numbers, texts
from crossings.report.key_dates import effect_days, key_days
from crossings.report.view_model import NOON, Facts


def access_section(facts: Facts) -> AnnexSection:
    """Longest stretch without an open crossing over time, and the way to the nearest one."""
    title = facts.words.say("Access: how far to an open crossing")
    if not facts.borders:
        said = facts.words.say("Not measured: no border of the scenario has a line.")
        return AnnexSection("access", title, {"said": said, "groups": []})
    parts = [part for border in facts.borders for part in groups(facts, partial(_access, facts, border))]
    return AnnexSection("access", title, {"said": "", "groups": parts})


def _access(facts: Facts, border: str, stream: str) -> dict[str, Any] | None:
    gaps, before = facts.gaps(stream, border), facts.gaps(stream, border, without=True)
    if gaps is None:
        return None
    say = facts.words.say
    found_border = next(b for b in facts.model.scenario.borders if b.id == border)
    way = facts.streams[stream].direction or found_border.country_a
    days = [d for d in key_days(facts) if 0 <= facts.model.clock.to_ms(d + NOON) <= facts.model.clock.horizon_ms]
    try:
        found = [access_at(facts.model, d + NOON, stream=stream, direction=way, border=border) for d in days]
    except InputError as error:
        return {"said": say("Not measured: {reason}.", reason=str(error)), "drawings": None}
    group, into = facts.stream_name(stream), facts.country(way)
    where = f" ({border})" if len(facts.borders) > 1 else ""
    was_km, was_open = (None, None) if before is None else (before.km, before.open)
    charts = [
        facts.panel(
            say("Longest stretch with no open crossing"), gaps.km, say("km of the official length"), base=was_km
        ),
        facts.panel(say("Crossings open"), gaps.open, say("crossings"), base=was_open),
    ]
    source = facts.source(
        say(
            "At noon of each day, {group} into {country}. Open: not closed by an order, with an opening within 24 h. No range: computed from orders, hours and roads, not simulated.",
            group=group,
            country=into,
        )
    )
    title = say("Access over time{where}, {group} into {country}", where=where, group=group, country=into)
    return {
        "said": _said(facts, stream, days, found, where),
        "drawings": Drawings.of(title, charts, source, "pair"),
        "gaps": _gap_table(facts, stream, days, found, where),
        "roads": _road_table(facts, stream, days, found, where),
    }


def _said(facts: Facts, stream: str, days: Sequence[dt.datetime], found: Sequence[Access], where: str) -> str:
    words, say = facts.words, facts.words.say
    parts: list[str] = []
    last = -1.0
    for day, at in zip(days, found, strict=True):
        if abs(at.longest_gap_km - last) > 0.5:
            told = say("{km} km on {day}", km=words.number(at.longest_gap_km, 0), day=words.on(day))
            parts.append(told + ("" if at.open else f" ({say('the whole border')})"))
            last = at.longest_gap_km
    text = say(
        "The longest stretch of border{where} with no crossing open to {group}: {list}.",
        where=where,
        group=facts.stream_name(stream),
        list=", ".join(parts),
    )
    worst = max(
        ((r, d) for d, a in zip(days, found, strict=True) for r in a.rows if r.extra_km),
        key=lambda p: p[0].extra_km or 0.0,
        default=None,
    )
    if worst is not None and (worst[0].extra_km or 0) > 0.5:
        row, day = worst
        text += " " + say(
            "The longest detour: from {place} on {day}, {km} km to {crossing}, {extra_km} km and {extra_h} h more than with all open.",
            place=facts.place_names[row.origin],
            day=words.on(day),
            km=words.number(row.km, 0),
            crossing=facts.crossing_names[row.nearest or ""],
            extra_km=words.number(row.extra_km, 0),
            extra_h=words.number(row.extra_h),
        )
    return text + " " + say("No range: computed from orders, hours and roads, not simulated.")


def _gap_table(
    facts: Facts, stream: str, days: Sequence[dt.datetime], found: Sequence[Access], where: str
) -> CaptionedTable:
    words, say = facts.words, facts.words.say
    rows = [
        [
            words.on(day, year=True),
            str(len(at.open)),
            ", ".join(facts.crossing_names[c] for c in facts.crossing_names if c in at.open) or say("none"),
            words.number(at.longest_gap_km, 0),
            words.number(at.drawn_gap_km, 0),
        ]
        for day, at in zip(days, found, strict=True)
    ]
    columns = [
        *texts(say("noon of")),
        *numbers((say("open"), say("crossings"))),
        *texts(say("which")),
        *numbers((say("longest stretch without"), say("km, official length"))),
        *numbers((say("the same on the drawn line"), say("km"))),
    ]
    note = ""
    if found:
        note = say("The whole line: {km} km as drawn", km=words.number(found[0].line_km, 0))
        if found[0].declared_km:
            note += say(", {km} km officially", km=words.number(found[0].declared_km, 0))
        note += "."
    caption = say(
        "Open crossings and longest stretch of border without one{where}: {group}",
        where=where,
        group=facts.stream_name(stream),
    )
    return CaptionedTable(caption, columns, rows, note)


def _road_table(
    facts: Facts, stream: str, days: Sequence[dt.datetime], found: Sequence[Access], where: str
) -> CaptionedTable | None:
    words, say = facts.words, facts.words.say
    kept = [(d, a) for d, a in zip(days, found, strict=True) if a.rows and (d in effect_days(facts) or d == days[0])]
    if not kept:
        return None
    rows = []
    for k, first in enumerate(kept[0][1].rows):
        cells: list[object] = []
        for _, at in kept:
            row = at.rows[k]
            if row.nearest is None:
                cells.append(say("no way") if at.open else say("none open"))
                continue
            text = say(
                "{crossing}, {km} km, {hours} h",
                crossing=facts.crossing_names[row.nearest],
                km=words.number(row.km, 0),
                hours=words.number(row.hours),
            )
            if (row.extra_km or 0) > 0.5:
                text += say("; +{km} km, +{hours} h", km=words.number(row.extra_km, 0), hours=words.number(row.extra_h))
            cells.append(text)
        rows.append([facts.place_names[first.origin], *cells])
    noons = [(say("noon of {day}", day=words.on(d)), say("nearest open, km, h")) for d, _ in kept]
    columns = texts(say("from"), *noons)
    note = say(
        "By road to the nearest open crossing; after the semicolon what that is more than with all crossings open."
    )
    caption = say("By road to the nearest open crossing{where}: {group}", where=where, group=facts.stream_name(stream))
    return CaptionedTable(caption, columns, rows, note)
