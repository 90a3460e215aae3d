"""The border on its key dates, and the timeline of orders."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from crossings.charts import (
    STATES,
    Bar,
    Figure,
    Flow,
    Ground,
    Markup,
    Spot,
    Town,
    day_text,
    el,
    ground_of,
    join,
    map_panel,
    order_timeline,
)
from crossings.kernel.layout import FAR
from crossings.report.facts import DAY, Facts, plural
from crossings.report.html import Column, amount, banded, linked, panels, figure, table
from crossings.report.moments import effect_days, key_days, state_of
from crossings.report.parts import Section, by_stream, reading, states_legend
from crossings.report.ways import MOST_SEEDS, Ways, ways_by_day
from crossings.results import band

__all__ = ["map_section", "timeline_section"]

Bounds = tuple[float, float, float, float]


def map_section(facts: Facts) -> Section:
    """The map of the border on the key dates, for each stream."""
    title = "The border on its key dates"
    days = key_days(facts)
    ground = _ground(facts)
    ways = ways_by_day(facts, days) if ground else {}
    return Section("map", title, by_stream(facts, lambda s: _maps_of(facts, s, days, ground, ways)))


def _maps_of(facts: Facts, stream: str, days: Sequence[dt.datetime], ground: Ground | None, ways: Ways) -> Markup | None:
    ids = [c for c in facts.crossing_names if facts.gates(stream, [c])]
    if not ids:
        return None
    states = {day: {c: state_of(facts, facts.gates(stream, [c]), day) for c in ids} for day in days}
    said = _states_reading(facts, stream, states)
    if ground is None:
        rows = [[day_text(d, True), *(STATES[states[d][c]] for c in ids)] for d in days]
        columns = [Column("date", number=False), *(Column(facts.crossing_names[c], number=False) for c in ids)]
        note = "No map: the crossings have no coordinates of their own."
        return join([said, table("State of each crossing", columns, rows, note)])
    widest = max((v for (s, _), along in ways.items() if s == stream for v in along.values()), default=0.0)
    drawings = [_map(facts, stream, day, states[day], ground, ways, widest) for day in days]
    unit = plural(facts.streams[stream])
    source = facts.source(
        f"Beside each crossing: how many {unit} crossed that day (median over seeds). Lines follow the roads to the crossings and on; the widest "
        f"stands for {amount(widest)} {unit} a day, mean over {min(MOST_SEEDS, len(facts.runs.seeds)) if facts.runs else 0} seeds. "
        "Equirectangular projection; outlines as given in the scenario (see Sources)."
    )
    shown = {s for by in states.values() for s in by.values()}
    title = f"State of each crossing for {facts.stream_name(stream)}, and the ways taken, on the day before each order takes effect and the day of it"
    return join([said, panels(title, drawings, source, states_legend(shown), kind="maps")])


def _states_reading(facts: Facts, stream: str, states: dict[dt.datetime, dict[str, str]]) -> Markup:
    parts = []
    last = -1
    for day, by in states.items():
        free = sum(s not in ("closed", "none") for s in by.values())
        if free != last:
            parts.append(f"{free or 'none'} of {len(by)} on {day_text(day)}" if last < 0 else f"{free or 'none'} on {day_text(day)}")
            last = free
    text = f"Orders leave open to {facts.stream_name(stream)}: {', '.join(parts)}."
    if facts.runs:
        values = facts.daily(facts.runs, facts.gates(stream), "crossed")
        at = [k for k, d in enumerate(facts.days) if d in states]
        if at:
            ends = [band(values[:, k]) for k in (at[0], at[-1])]
            text += (
                f" On {day_text(facts.days[at[0]])} {banded(ends[0])} crossed, on {day_text(facts.days[at[-1]])} {banded(ends[1])}."
            )
    return reading(text)


def _map(
    facts: Facts, stream: str, day: dt.datetime, states: dict[str, str], ground: Ground, ways: Ways, widest: float
) -> Figure:
    unit = plural(facts.streams[stream])
    spots = []
    for crossing in facts.model.scenario.crossings:
        if crossing.id not in states:
            continue
        shown, told = "", ""
        if facts.runs:
            k = facts.days.index(day)
            bands = band(facts.daily(facts.runs, facts.gates(stream, [crossing.id]), "crossed")[:, k])
            shown = amount(bands["p50"].item()) if bands["p95"] > 0 else ""
            told = f"\n{banded(bands)} {unit} crossed"
        state = states[crossing.id]
        words = f"{crossing.name or crossing.id}, {day_text(day, True)}\n{STATES[state]}{told}"
        spots.append(Spot(facts.crossing_names[crossing.id], crossing.lon, crossing.lat, state, shown, words))
    along = ways.get((stream, day), {})
    at = {p.id: (p.lon, p.lat) for p in facts.model.scenario.places}
    flows = [
        Flow((at[a], at[b]), n, f"{facts.place_names[a]} to {facts.place_names[b]}\n{amount(n)} {unit} on {day_text(day)}")
        for (a, b), n in along.items()
        if n >= widest / 400
    ]
    return map_panel(day_text(day, True), ground, spots, _towns(facts, stream), flows, widest)


def _towns(facts: Facts, stream: str) -> list[Town]:
    """Where the stream starts from and is taken to."""
    scenario = facts.model.scenario
    named = {d.origin for d in scenario.demand if d.stream == stream} | {s.origin for s in scenario.stocks if s.stream == stream}
    named |= {d.destination for d in scenario.demand if d.stream == stream and d.destination}
    named |= set(facts.streams[stream].destinations)
    return [Town((p.name or p.id).split(",")[0].split(" (")[0], p.lon, p.lat) for p in scenario.places if p.id in named]


def _polygons(basemap: dict[str, Any] | None) -> Iterable[list[list[tuple[float, float]]]]:
    """The polygons of a basemap, each its outer ring and its holes."""
    for feature in (basemap or {}).get("features", []):
        geometry = feature.get("geometry") or {}
        coordinates = geometry.get("coordinates") or []
        kind = geometry.get("type")
        polygons = {"Polygon": [coordinates], "MultiPolygon": coordinates}.get(kind, [])
        for polygon in polygons:
            yield [[(float(p[0]), float(p[1])) for p in ring] for ring in polygon if ring]


def _ground(facts: Facts) -> Ground | None:
    """The ground of the maps; None where the crossings have no places of their own on the globe."""
    scenario = facts.model.scenario
    points = [(c.lon, c.lat) for c in scenario.crossings]
    if len(set(points)) < 2:
        return None
    bounds = _bounds([*points, *(p for line in scenario.lines.values() for p in line)], [(p.lon, p.lat) for p in scenario.places])
    at = {p.id: (p.lon, p.lat) for p in scenario.places}
    roads = [(at[r.from_], at[r.to]) for r in scenario.roads]
    return ground_of(bounds, list(_polygons(scenario.basemap)), list(scenario.lines.values()), roads)


def _bounds(core: Sequence[tuple[float, float]], places: Sequence[tuple[float, float]]) -> Bounds:
    """West, east, south, north: the border, what lies within a third of its extent around it, and a margin."""
    import math

    true = max(0.05, math.cos(math.radians(sum(p[1] for p in core) / len(core))))
    extent = max(
        (max(p[0] for p in core) - min(p[0] for p in core)) * true, max(p[1] for p in core) - min(p[1] for p in core), 0.02
    )
    west, east = min(p[0] for p in core), max(p[0] for p in core)
    south, north = min(p[1] for p in core), max(p[1] for p in core)
    reach = 0.3 * extent
    near = [p for p in places if west - reach / true <= p[0] <= east + reach / true and south - reach <= p[1] <= north + reach]
    every = [*core, *near]
    west, east = min(p[0] for p in every), max(p[0] for p in every)
    south, north = min(p[1] for p in every), max(p[1] for p in every)
    margin = 0.04 * extent
    # Neither a strip nor a ribbon: at least as wide as half its height, and the other way round.
    wide, tall = (east - west) * true + 2 * margin, north - south + 2 * margin
    more_wide, more_tall = max(0.0, 0.5 * tall - wide) / 2 / true, max(0.0, 0.6 * wide - tall) / 2
    return (
        west - margin / true - more_wide,
        east + margin / true + more_wide,
        max(-89.0, south - margin - more_tall),
        min(89.0, north + margin + more_tall),
    )


# --- the timeline ------------------------------------------------------------------------------


def timeline_section(facts: Facts) -> Section:
    """Orders by crossing, and the list of them."""
    letters = _letters(facts)
    title = "Orders: announced, in force, replaced"
    if not letters:
        return Section("orders", title, reading("No order acts within the run."))
    rows = [(facts.crossing_names[c.id], _bars(facts, c.id, letters)) for c in facts.model.scenario.crossings]
    rows = [(name, bars) for name, bars in rows if bars]
    span = facts.span
    drawings = [order_timeline("Orders by crossing", rows, span=span, clock=facts.clock, width=w) for w in (1100.0, 380.0)]
    words = (
        "Diamond: announced. Bar: in force (dashed outline: shorter hours or a quota). Cross: replaced by another order; dashed: how long it ran on paper. "
        "Letters: the table below. Orders that are only noted, without effect here, stand in the table alone."
    )
    return Section("orders", title, join([_notice(facts), figure(drawings, facts.source(words)), _orders_table(facts, letters)]))


def _letters(facts: Facts) -> dict[str, str]:
    """Orders that act within the run, in order of announcement: A, B, ..., Z, AA, ..."""
    rules = facts.model.rules
    announced = rules.announced()
    acting = {r.order for r in rules.rows if r.from_ms < facts.model.clock.horizon_ms and r.end_ms > max(0, r.from_ms)}
    ordered = sorted(acting, key=lambda o: (announced[o], o))
    return {rules.orders[o]: _letter(k) for k, o in enumerate(ordered)}


def _letter(k: int) -> str:
    return (chr(64 + k // 26) if k >= 26 else "") + chr(65 + k % 26)


def _bars(facts: Facts, crossing: str, letters: dict[str, str]) -> list[Bar]:
    """The orders at a crossing; rows alike but for whom they concern are one bar."""
    rules, clock = facts.model.rules, facts.model.clock
    announced = rules.announced()
    places = {p for c in facts.model.scenario.crossings if c.id == crossing for p in (c.place_a, c.place_b)}
    merged: dict[tuple[str, str, int, int, int], list[Any]] = {}
    for row in rules.rows:
        at_crossing = crossing in row.closure.crossings or (not row.closure.crossings and places & set(row.closure.places))
        order = rules.orders[row.order]
        if at_crossing and order in letters and row.end_ms > row.from_ms:
            merged.setdefault((order, row.closure.kind, row.from_ms, row.end_ms, row.until_ms), []).append(row)
    out = []
    for (order, kind, begin, end, until), rows in merged.items():
        start = clock.local(begin)
        stop = facts.horizon + DAY if end >= int(FAR) else clock.local(end)
        planned = None if until >= int(FAR) else clock.local(until)
        told = min(clock.local(announced[rows[0].order]), start)
        who = _who(facts, [r.closure for r in rows])
        words = (
            f"{letters[order]}: {order}\n{_what(rows[0].closure)}{who}\nannounced {_moment(told)}\nfrom {_moment(start)} until {_end(end, stop)}"
            + (f"\non paper until {_end(until, planned or stop)}" if until != end else "")
        )
        bar = Bar(letters[order], list(letters).index(order), kind, told, start, stop, planned, end < until, words)
        out.append(bar)
    return out


def _what(closure: Any) -> str:
    return {"closed": "closed", "hours": f"hours {closure.value}", "quota": f"quota {closure.value} a day"}[closure.kind]


def _who(facts: Facts, closures: Sequence[Any]) -> str:
    """For whom and in which direction, where it is not everybody."""
    streams = {s for c in closures for s in (c.streams or tuple(facts.streams))}
    ways = {c.direction for c in closures}
    text = "" if streams >= set(facts.streams) else " to " + ", ".join(facts.stream_name(s) for s in facts.streams if s in streams)
    if len(ways) == 1 and None not in ways:
        text += f", into {facts.country(next(iter(ways)))}"
    return text


def _moment(when: dt.datetime) -> str:
    return f"{day_text(when, True)} {when:%H:%M}"


def _end(ms: int, when: dt.datetime) -> str:
    if ms >= int(FAR):
        return "further notice"
    if when.time() == dt.time(0):
        return f"{day_text(when - DAY, True)} 24:00"
    return _moment(when)


def _notice(facts: Facts) -> Markup:
    rules, clock = facts.model.rules, facts.model.clock
    announced = rules.announced()
    first: dict[int, int] = {}
    for row in rules.rows:
        if row.closure.kind == "closed" and 0 < row.from_ms < clock.horizon_ms:
            first[row.order] = min(first.get(row.order, int(FAR)), row.from_ms)
    if not first:
        return reading("No order that closes a crossing takes effect within the run.")
    hours = {rules.orders[o]: (at - announced[o]) / 3_600_000 for o, at in first.items()}
    early, late = min(hours, key=lambda o: hours[o]), max(hours, key=lambda o: hours[o])
    days = ", ".join(day_text(d) for d in effect_days(facts))
    ended = {rules.orders[r.order] for r in rules.rows if r.end_ms < min(r.until_ms, clock.horizon_ms) and r.end_ms > 0}
    text = f"{len(first)} {'orders' if len(first) > 1 else 'order'} that close crossings take effect within the run (changes on {days}); "
    text += f"notice given ranges from {amount(hours[early], 0)} h ({early}) to {amount(hours[late], 0)} h ({late})" if len(hours) > 1 else f"notice given: {amount(hours[early], 0)} h"
    text += f"; {len(ended)} ended early because another replaced them." if ended else "."
    return reading(text, " No band: orders are given, not simulated.")


def _orders_table(facts: Facts, letters: dict[str, str]) -> Markup:
    rules, clock = facts.model.rules, facts.model.clock
    announced = rules.announced()
    rows = []
    for order, letter in letters.items():
        number = rules.orders.index(order)
        mine = [r for r in rules.rows if r.order == number]
        begin, end, until = min(r.from_ms for r in mine), max(r.end_ms for r in mine), max(r.until_ms for r in mine)
        where = {c for r in mine for c in r.closure.crossings}
        names = facts.set_name([c for c in facts.crossing_names if c in where]) if where else ", ".join(sorted({x for r in mine for x in (*r.closure.roads, *r.closure.places)}))
        kinds = sorted({r.closure.kind for r in mine})
        estimated = any(r.closure.estimated for r in mine)
        stop = clock.local(min(end, 10 * clock.horizon_ms))
        paper = clock.local(min(until, 10 * clock.horizon_ms))
        rows.append(
            [
                f"{letter}  {order}",
                f"{', '.join(kinds)}: {names}{_who(facts, [r.closure for r in mine])}",
                _moment(min(clock.local(announced[number]), clock.local(begin))),
                _moment(clock.local(begin)),
                _end(end, stop),
                "" if until == end else _end(until, paper),
                "yes" if estimated else "",
            ]
        )
    noted = [c for c in facts.model.scenario.closures if c.kind == "note"]
    rows += [
        [f"note  {c.order}", "noted, without effect here", _moment(c.announced or c.from_), _moment(c.from_), "", "", "yes" if c.estimated else ""]
        for c in noted
    ]
    zone = f"local time, {facts.clock}"
    columns = [
        Column("order", number=False),
        Column("what and where", number=False),
        Column("announced", zone, number=False),
        Column("in force from", zone, number=False),
        Column("until", zone, number=False),
        Column("on paper until", zone, number=False),
        Column("a time estimated", number=False),
    ]
    sources = sorted({c.source for c in facts.model.scenario.closures if c.source})
    note = join(["Rests on: ", join([linked(s) for s in sources], "; ")]) if sources else ""
    from crossings.report.html import folded

    return folded("The orders as a table, with what they rest on", table("Orders that act within the run, and notes", columns, rows, note), print_it=True)


def ground_drawing(facts: Facts) -> Markup | None:
    """The outlines that all maps use, drawn once, out of sight."""
    ground = _ground(facts)
    if ground is None:
        return None
    return el("svg", el("defs", ground.drawing), width="0", height="0", class_="shared", aria_hidden="true")
