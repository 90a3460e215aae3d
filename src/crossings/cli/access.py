"""The command access: how far to the nearest open crossing, along the border and by road."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import crossings as cx
from crossings.cli.formatting import length, number, numbers, print_json, print_line, print_table, print_text, texts
from crossings.cli.options import Json, ScenarioName, UnitsOption, option
from crossings.cli.what_if_options import time_of

if TYPE_CHECKING:
    import datetime as dt


On = Annotated[
    str | None,
    option(
        "--on", "Local date (its noon is meant) or time, YYYY-MM-DD[THH:MM]  [default: noon of the first day]", "DATE"
    ),
]
Stream = Annotated[str | None, option("--stream", "Stream  [default: the first]", "NAME")]
Direction = Annotated[str | None, option("--direction", "Country entered  [default: the stream's]", "CODE")]
BorderName = Annotated[str | None, option("--border", "Border  [default: the first with a line]", "ID")]


def access(
    scenario: ScenarioName,
    on: On = None,
    stream: Stream = None,
    direction: Direction = None,
    border: BorderName = None,
    as_json: Json = False,
    units: UnitsOption = "metric",
) -> None:
    """Say at a moment which crossings are open, the longest stretch of border without one, and the way there by road."""
    read = cx.Scenario.read(scenario)
    when, assumed = _when(on, read.settings.start)
    found = cx.access_at(cx.Model(read), when, stream=stream, direction=direction, border=border)
    if as_json:
        print_json(found.to_json())
    else:
        _print(found, read, when, assumed, units)


def _when(text: str | None, start: dt.datetime) -> tuple[dt.datetime, str]:
    """The moment, and what was assumed about it: a bare date means noon."""
    if text is None:
        noon = start.replace(hour=12, minute=0, second=0)
        return max(noon, start), "no --on was given, so noon of the first day"
    when = time_of("--on", text)
    bare = ":" not in text
    return (when.replace(hour=12), "a bare date means its noon") if bare else (when, "")


def _print(found: cx.Access, read: Any, when: dt.datetime, assumed: str, units: str) -> None:
    unit, factor = length(units)
    settings = read.settings
    every = [c.id for c in read.crossings if c.border == found.border]
    shut = [name for name in every if name not in found.open]
    print_text(
        f"{found.stream} into {found.direction}, {when:%Y-%m-%d %H:%M} {settings.timezone}"
        + (f" ({assumed})" if assumed else "")
    )
    print_text(f"open within 24 h: {', '.join(found.open) or 'none'}" + (f"; not: {', '.join(shut)}" if shut else ""))
    whole = found.declared_km or found.line_km
    share = f", {found.longest_gap_km / whole:.0%} of the border's {whole * factor:,.0f} {unit}" if whole else ""
    print_text(
        f"longest stretch of border '{found.border}' with no open crossing: {found.longest_gap_km * factor:,.0f} {unit}{share}"
    )
    print_line()
    names = {p.id: p.name or p.id for p in read.places}
    rows = []
    for row in found.rows:
        km = [number(v * factor) if v is not None else "-" for v in (row.km, row.extra_km)]
        hours = [f"{v:,.1f}" if v is not None else "-" for v in (row.hours, row.extra_h)]
        rows.append([names.get(row.origin, row.origin), row.nearest or "no way", km[0], hours[0], km[1], hours[1]])
    columns = [*texts("from", "nearest open crossing"), *numbers(unit, "h", f"extra {unit}", "extra h")]
    note = f"extra: more than with every crossing open; by road, without waits; scenario {settings.name} {read.hash}"
    print_table(
        "By road from each origin across the border", columns, rows, note=note, empty="no origin lies across the border"
    )
