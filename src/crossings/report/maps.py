"""The border on its key dates: a map a day, with the state of each crossing and the ways taken."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from crossings.charts import (
    STATES,
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
)
from crossings.report.components import Section, by_stream, reading, states_legend
from crossings.report.html import Column, amount, banded, panels, table, whole
from crossings.report.key_dates import key_days, state_of
from crossings.report.map_flows import Pair, Roads, along, closed_at, sources_of
from crossings.report.view_model import Facts, plural
from crossings.store.results import band

__all__ = ["bounds_of", "ground_drawing", "map_section", "polygons_of", "towns_of", "ways_by_day"]

Bounds = tuple[float, float, float, float]
Ways = dict[tuple[str, dt.datetime], dict[Pair, float]]
"""(stream, day) -> (place, place) -> travellers along that road."""
NOON = dt.timedelta(hours=12)


def map_section(facts: Facts) -> Section:
    """The map of the border on the key dates, for each stream."""
    title = "The border on its key dates"
    days = key_days(facts)
    ground = _ground(facts)
    ways = ways_by_day(facts, days) if ground else {}
    return Section("map", title, by_stream(facts, lambda s: _maps_of(facts, s, days, ground, ways)))


def ways_by_day(facts: Facts, days: Sequence[dt.datetime]) -> Ways:
    """Roads with the travellers who crossed on each of some days; mean over seeds."""
    out: Ways = {}
    if facts.runs is None:
        return out
    sources = sources_of(facts.model)
    at = [facts.days.index(day) for day in days]
    for stream in facts.streams:
        daily = {g: facts.daily(facts.runs, [g], "crossed").mean(axis=0) for g in facts.gates(stream)}
        roads: dict[object, Roads] = {}
        for day, k in zip(days, at, strict=True):
            closed = closed_at(facts.model, day + NOON)
            if closed not in roads:
                roads[closed] = Roads(facts.model, stream, closed)
            crossed = {g: float(values[k]) for g, values in daily.items()}
            out[stream, day] = along(facts.model, sources[stream], roads[closed], crossed)
    return out


def _maps_of(
    facts: Facts, stream: str, days: Sequence[dt.datetime], ground: Ground | None, ways: Ways
) -> Markup | None:
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
        f"Beside each crossing: how many {unit} crossed that day (mean over seeds). Lines follow the roads to the crossings and on, "
        f"of those who crossed, shared among where they start by distance; the widest stands for {amount(widest)} {unit} a day. "
        "Equirectangular projection; outlines as given in the scenario (see Sources)."
    )
    shown = {s for by in states.values() for s in by.values()}
    title = f"State of each crossing for {facts.stream_name(stream)}, and the ways taken, on the day before each order takes effect and the day of it"
    return join(
        [
            said,
            panels(
                title,
                drawings,
                source,
                states_legend(shown),
                kind="maps flat" if ground.width > ground.height else "maps",
            ),
        ]
    )


def _states_reading(facts: Facts, stream: str, states: dict[dt.datetime, dict[str, str]]) -> Markup:
    parts = []
    last = -1
    for day, by in states.items():
        free = sum(s not in ("closed", "none") for s in by.values())
        if free != last:
            parts.append(
                f"{free or 'none'} of {len(by)} on {day_text(day)}"
                if last < 0
                else f"{free or 'none'} on {day_text(day)}"
            )
            last = free
    text = f"Orders leave open to {facts.stream_name(stream)}: {', '.join(parts)}."
    if facts.runs:
        values = facts.daily(facts.runs, facts.gates(stream), "crossed")
        at = [k for k, d in enumerate(facts.days) if d in states]
        if at:
            ends = [band(values[:, k]) for k in (at[0], at[-1])]
            text += f" On {day_text(facts.days[at[0]])} {banded(ends[0])} crossed, on {day_text(facts.days[at[-1]])} {banded(ends[1])}."
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
            shown = whole(bands["mean"].item()) if bands["p95"] > 0 else ""
            told = f"\n{banded(bands)} {unit} crossed"
        state = states[crossing.id]
        words = f"{crossing.name or crossing.id}, {day_text(day, True)}\n{STATES[state]}{told}"
        spots.append(Spot(facts.crossing_names[crossing.id], crossing.lon, crossing.lat, state, shown, words))
    along = ways.get((stream, day), {})
    at = {p.id: (p.lon, p.lat) for p in facts.model.scenario.places}
    flows = [
        Flow(
            (at[a], at[b]),
            n,
            f"{facts.place_names[a]} to {facts.place_names[b]}\n{amount(n)} {unit} on {day_text(day)}",
        )
        for (a, b), n in along.items()
        if n >= widest / 400
    ]
    return map_panel(day_text(day, True), ground, spots, towns_of(facts, stream), flows, widest)


def towns_of(facts: Facts, stream: str) -> list[Town]:
    """Where the stream starts from and is taken to."""
    scenario = facts.model.scenario
    named = {d.origin for d in scenario.demand if d.stream == stream} | {
        s.origin for s in scenario.stocks if s.stream == stream
    }
    named |= {d.destination for d in scenario.demand if d.stream == stream and d.destination}
    named |= set(facts.streams[stream].destinations)
    return [Town((p.name or p.id).split(",")[0].split(" (")[0], p.lon, p.lat) for p in scenario.places if p.id in named]


def polygons_of(basemap: dict[str, Any] | None) -> Iterable[list[list[tuple[float, float]]]]:
    """The polygons of a basemap, each its outer ring and its holes."""
    for feature in (basemap or {}).get("features", []):
        geometry = feature.get("geometry") or {}
        coordinates = geometry.get("coordinates") or []
        kind = str(geometry.get("type"))
        polygons = {"Polygon": [coordinates], "MultiPolygon": coordinates}.get(kind, [])
        for polygon in polygons:
            yield [[(float(p[0]), float(p[1])) for p in ring] for ring in polygon if ring]


def _ground(facts: Facts) -> Ground | None:
    """The ground of the maps; None where the crossings have no places of their own on the globe."""
    scenario = facts.model.scenario
    points = [(c.lon, c.lat) for c in scenario.crossings]
    if len(set(points)) < 2:
        return None
    bounds = bounds_of(
        [*points, *(p for line in scenario.lines.values() for p in line)], [(p.lon, p.lat) for p in scenario.places]
    )
    at = {p.id: (p.lon, p.lat) for p in scenario.places}
    roads = [(at[r.from_], at[r.to]) for r in scenario.roads]
    return ground_of(bounds, list(polygons_of(scenario.basemap)), list(scenario.lines.values()), roads)


def bounds_of(core: Sequence[tuple[float, float]], places: Sequence[tuple[float, float]]) -> Bounds:
    """West, east, south, north: the border, what lies within a third of its extent around it, and a margin."""
    import math

    true = max(0.05, math.cos(math.radians(sum(p[1] for p in core) / len(core))))
    extent = max(
        (max(p[0] for p in core) - min(p[0] for p in core)) * true,
        max(p[1] for p in core) - min(p[1] for p in core),
        0.02,
    )
    west, east = min(p[0] for p in core), max(p[0] for p in core)
    south, north = min(p[1] for p in core), max(p[1] for p in core)
    reach = 0.3 * extent
    near = [
        p
        for p in places
        if west - reach / true <= p[0] <= east + reach / true and south - reach <= p[1] <= north + reach
    ]
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


def ground_drawing(facts: Facts) -> Markup | None:
    """The outlines that all maps use, drawn once, out of sight."""
    ground = _ground(facts)
    if ground is None:
        return None
    return el("svg", el("defs", ground.drawing), width="0", height="0", class_="shared", aria_hidden="true")
