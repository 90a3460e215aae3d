"""The border on its key dates: a map a day, with the state of each crossing and the ways taken."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from crossings.charts import STATES, Chart, Flow, Ground, Spot, Town, ground_of, map_panel
from crossings.report.components import AnnexSection, CaptionedTable, Column, Drawings, groups
from crossings.report.key_dates import key_days, state_of
from crossings.report.map_flows import Pair, Roads, along, closed_at, sources_of
from crossings.report.map_frame import frame_of
from crossings.report.view_model import Facts
from crossings.store.results import band

__all__ = ["map_ground", "map_section", "polygons_of", "towns_of", "ways_by_day"]

Ways = dict[tuple[str, dt.datetime], dict[Pair, float]]
"""(stream, day) -> (place, place) -> travellers along that road."""
NOON = dt.timedelta(hours=12)


def map_section(facts: Facts) -> AnnexSection:
    """The map of the border on the key dates, for each stream."""
    days = key_days(facts)
    ground = map_ground(facts)
    ways = ways_by_day(facts, days) if ground else {}
    parts = groups(facts, lambda s: _maps_of(facts, s, days, ground, ways))
    return AnnexSection("map", facts.words.say("The border on its key dates"), {"groups": parts})


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
) -> dict[str, Any] | None:
    ids = [c for c in facts.crossing_names if facts.gates(stream, [c])]
    if not ids:
        return None
    words, say = facts.words, facts.words.say
    states = {day: {c: state_of(facts, facts.gates(stream, [c]), day) for c in ids} for day in days}
    view: dict[str, Any] = {"said": _states_reading(facts, stream, states), "drawings": None, "table": None}
    if ground is None:
        rows = [[words.on(d, year=True), *(words.name(STATES[states[d][c]]) for c in ids)] for d in days]
        columns = [
            Column(say("date"), number=False),
            *(Column(facts.crossing_names[c], number=False) for c in ids),
        ]
        note = say("No map: the crossings have no coordinates of their own.")
        return view | {"table": CaptionedTable(say("State of each crossing"), columns, rows, note)}
    widest = max((v for (s, _), along in ways.items() if s == stream for v in along.values()), default=0.0)
    drawings = [_map(facts, stream, day, states[day], ground, ways, widest) for day in days]
    source = facts.source(
        say(
            "At each crossing: how many {unit} crossed that day (mean of the runs). Lines follow the roads to the crossings and on, of those who crossed, shared among where they start by distance; the widest stands for {most} {unit} a day. Equirectangular projection; outlines as given in the scenario (see Sources).",
            unit=facts.unit(stream),
            most=words.number(widest),
        )
    )
    title = say(
        "State of each crossing for {group}, and the roads taken, on the day before each order takes effect and the day of it",
        group=facts.stream_name(stream),
    )
    shown = {s for by in states.values() for s in by.values()}
    return view | {
        "drawings": Drawings.of(title, drawings, source, "maps flat" if ground.width > ground.height else "maps"),
        "states": [(s, text) for s, text in STATES.items() if s in shown],
    }


def _states_reading(facts: Facts, stream: str, states: dict[dt.datetime, dict[str, str]]) -> str:
    words, say = facts.words, facts.words.say
    parts = []
    last = -1
    for day, by in states.items():
        free = sum(s not in ("closed", "none") for s in by.values())
        if free != last:
            number = str(free) if free else say("none")
            if last < 0:
                parts.append(say("{number} of {all} on {day}", number=number, all=str(len(by)), day=words.on(day)))
            else:
                parts.append(say("{number} on {day}", number=number, day=words.on(day)))
            last = free
    text = say(
        "Crossings that orders leave open to {group}: {list}.", group=facts.stream_name(stream), list=", ".join(parts)
    )
    if facts.runs:
        values = facts.daily(facts.runs, facts.gates(stream), "crossed")
        at = [k for k, d in enumerate(facts.days) if d in states]
        if at:
            text += " " + say(
                "On {first} {number} crossed, on {last} {other}.",
                first=words.on(facts.days[at[0]]),
                number=words.banded(band(values[:, at[0]])),
                last=words.on(facts.days[at[-1]]),
                other=words.banded(band(values[:, at[-1]])),
            )
    return text


def _map(
    facts: Facts, stream: str, day: dt.datetime, states: dict[str, str], ground: Ground, ways: Ways, widest: float
) -> Chart:
    words, say, unit = facts.words, facts.words.say, facts.unit(stream)
    spots = []
    for crossing in facts.model.scenario.crossings:
        if crossing.id not in states:
            continue
        shown, told = "", ""
        if facts.runs:
            k = facts.days.index(day)
            bands = band(facts.daily(facts.runs, facts.gates(stream, [crossing.id]), "crossed")[:, k])
            shown = words.whole(bands["mean"].item(), short=True) if bands["p95"] > 0 else ""
            told = "\n" + say("{number} {unit} crossed", number=words.banded(bands), unit=unit)
        state = states[crossing.id]
        said = f"{crossing.name or crossing.id}, {words.on(day, year=True)}\n{words.name(STATES[state])}{told}"
        spots.append(Spot(facts.crossing_names[crossing.id], crossing.lon, crossing.lat, state, shown, said))
    along = ways.get((stream, day), {})
    at = {p.id: (p.lon, p.lat) for p in facts.model.scenario.places}
    flows = [
        Flow(
            (at[a], at[b]),
            n,
            f"{facts.place_names[a]} → {facts.place_names[b]}\n"
            + say("{number} {unit} on {day}", number=words.number(n), unit=unit, day=words.on(day)),
        )
        for (a, b), n in along.items()
        if n >= widest / 400
    ]
    return map_panel(words.on(day, year=True), ground, spots, towns_of(facts, stream), flows, widest, words=words)


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


def map_ground(facts: Facts) -> Ground | None:
    """The ground of the maps; None where the crossings have no places of their own on the globe."""
    scenario = facts.model.scenario
    bounds = frame_of(scenario)
    if bounds is None:
        return None
    at = {p.id: (p.lon, p.lat) for p in scenario.places}
    roads = [(at[r.from_], at[r.to]) for r in scenario.roads]
    return ground_of(bounds, list(polygons_of(scenario.basemap)), list(scenario.lines.values()), roads)
