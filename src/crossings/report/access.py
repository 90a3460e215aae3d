"""Access: how far to the nearest open crossing, along the border and by road."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from crossings.charts import Markup, Series, day_panel, day_text, join
from crossings.errors import InputError
from crossings.measures.access import Access, access_at
from crossings.report.components import Section, by_stream, reading
from crossings.report.html import Column, amount, panels, table
from crossings.report.key_dates import effect_days, key_days
from crossings.report.view_model import Facts, Floats

__all__ = ["access_section"]

NOON = dt.timedelta(hours=12)


def access_section(facts: Facts) -> Section:
    """Longest stretch without an open crossing over time, and the way to the nearest one."""
    lined = facts.borders
    title = "Access: how far to an open crossing"
    if not lined:
        return Section("access", title, reading("Not measured: no border of the scenario has a line."))
    parts = [by_stream(facts, lambda s, b=border: _access(facts, s, b, len(lined) > 1)) for border in lined]  # type: ignore[misc]
    return Section("access", title, join(parts))


def _access(facts: Facts, stream: str, border: str, several: bool) -> Markup | None:
    gaps, before = facts.gaps(stream, border), facts.gaps(stream, border, without=True)
    if gaps is None:
        return None
    found_border = next(b for b in facts.model.scenario.borders if b.id == border)
    way = facts.streams[stream].direction or found_border.country_a
    days = [d for d in key_days(facts) if 0 <= facts.model.clock.to_ms(d + NOON) <= facts.model.clock.horizon_ms]
    try:
        found = [access_at(facts.model, d + NOON, stream=stream, direction=way, border=border) for d in days]
    except InputError as error:
        return reading(f"Not measured: {error}.")
    into = facts.country(way)
    where = f" ({border})" if several else ""
    charts = [
        day_panel(
            "Longest stretch with no open crossing",
            _steady(facts, gaps.km),
            base=None if before is None else before.km,
            unit="km of the official length",
            clock=facts.clock,
            span=facts.span,
        ),
        day_panel(
            "Crossings open",
            _steady(facts, gaps.open),
            base=None if before is None else before.open,
            unit="crossings",
            clock=facts.clock,
            span=facts.span,
        ),
    ]
    source = facts.source(
        f"At noon of each day, {facts.stream_name(stream)} into {into}. Open: not closed by an order, with an opening within 24 h. No band: nothing here is drawn at random."
    )
    return join(
        [
            _said(facts, stream, days, found, where),
            panels(f"Access over time{where}, {facts.stream_name(stream)} into {into}", charts, source, kind="pair"),
            _gap_table(facts, stream, days, found, where),
            _road_table(facts, stream, days, found, where),
        ]
    )


def _steady(facts: Facts, values: Floats) -> Series:
    return Series(facts.days, values, values, values)


def _said(facts: Facts, stream: str, days: Sequence[dt.datetime], found: Sequence[Access], where: str) -> Markup:
    parts: list[str] = []
    last = -1.0
    for day, at in zip(days, found, strict=True):
        if abs(at.longest_gap_km - last) > 0.5:
            whole = " (the whole border)" if not at.open else ""
            parts.append(f"{amount(at.longest_gap_km, 0)} km on {day_text(day)}{whole}")
            last = at.longest_gap_km
    text = f"The longest stretch of border{where} with no crossing open to {facts.stream_name(stream)}: {', '.join(parts)}."
    worst = max(
        ((r, d) for d, a in zip(days, found, strict=True) for r in a.rows if r.extra_km),
        key=lambda p: p[0].extra_km or 0.0,
        default=None,
    )
    if worst is not None and (worst[0].extra_km or 0) > 0.5:
        row, day = worst
        text += (
            f" The longest detour: from {facts.place_names[row.origin]} on {day_text(day)}, {amount(row.km, 0)} km to {facts.crossing_names[row.nearest or '']}, "
            f"{amount(row.extra_km, 0)} km and {amount(row.extra_h)} h more than with all open."
        )
    return reading(text, " No band: nothing here is drawn at random.")


def _gap_table(facts: Facts, stream: str, days: Sequence[dt.datetime], found: Sequence[Access], where: str) -> Markup:
    rows = [
        [
            day_text(day, True),
            str(len(at.open)),
            ", ".join(facts.crossing_names[c] for c in facts.crossing_names if c in at.open) or "none",
            amount(at.longest_gap_km, 0),
            amount(at.drawn_gap_km, 0),
        ]
        for day, at in zip(days, found, strict=True)
    ]
    columns = [
        Column("noon of", number=False),
        Column("open", "crossings"),
        Column("which", number=False),
        Column("longest stretch without", "km, official length"),
        Column("the same on the drawn line", "km"),
    ]
    total = found[0] if found else None
    note = (
        f"The whole line: {amount(total.line_km, 0)} km as drawn"
        + (f", {amount(total.declared_km, 0)} km officially." if total.declared_km else ".")
        if total
        else ""
    )
    return table(
        f"Open crossings and longest stretch of border without one{where}: {facts.stream_name(stream)}",
        columns,
        rows,
        note,
    )


def _road_table(
    facts: Facts, stream: str, days: Sequence[dt.datetime], found: Sequence[Access], where: str
) -> Markup | None:
    kept = [(d, a) for d, a in zip(days, found, strict=True) if a.rows and (d in effect_days(facts) or d == days[0])]
    if not kept:
        return None
    rows = []
    for k, first in enumerate(kept[0][1].rows):
        cells: list[object] = []
        for _, at in kept:
            row = at.rows[k]
            if row.nearest is None:
                cells.append("none open" if not at.open else "no way")
            else:
                extra = (
                    f"; +{amount(row.extra_km, 0)} km, +{amount(row.extra_h)} h" if (row.extra_km or 0) > 0.5 else ""
                )
                cells.append(
                    f"{facts.crossing_names[row.nearest]}, {amount(row.km, 0)} km, {amount(row.hours)} h{extra}"
                )
        rows.append([facts.place_names[first.origin], *cells])
    columns = [
        Column("from", number=False),
        *(Column(f"noon of {day_text(d)}", "nearest open, km, h", number=False) for d, _ in kept),
    ]
    note = "By road to the nearest open crossing; after the semicolon what that is more than with all crossings open."
    return table(f"By road to the nearest open crossing{where}: {facts.stream_name(stream)}", columns, rows, note)
