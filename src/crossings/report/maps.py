"""The border on its key dates: a map a day, with the state of each crossing and the ways taken."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from crossings.charts import STATES, Chart, Flow, Ground, Spot, Town, ground_of, map_panel
from crossings.report.components import AnnexSection, CaptionedTable, Drawings, groups, texts
from crossings.report.key_dates import key_days, state_of
from crossings.report.map_flows import Pair, Roads, along, closed_at, sources_of
from crossings.report.map_frame import Bounds, frame_of
from crossings.report.view_model import NOON, Facts
from crossings.scenario import Scenario
from crossings.store.results import band

Ways = dict[dt.datetime, dict[Pair, float]]
"""Day → pair of places → travellers along that road."""


def map_section(facts: Facts) -> AnnexSection:
    """The map of the border on the key dates, for each stream."""
    days, ground = key_days(facts), map_ground(facts)
    parts = groups(facts, lambda s: _maps_of(facts, s, days, ground))
    return AnnexSection("map", facts.words.say("The border on its key dates"), {"groups": parts})


def ways_on(facts: Facts, stream: str, days: Sequence[dt.datetime]) -> Ways:
    """Roads with the travellers of a stream who crossed on each of some days; mean over seeds."""
    if facts.runs is None:
        return {}
    sources = sources_of(facts.model, stream)
    daily = {g: facts.daily(facts.runs, [g], "crossed").mean(axis=0) for g in facts.gates(stream)}
    roads: dict[object, Roads] = {}
    out: Ways = {}
    for day in days:
        closed = closed_at(facts.model, day + NOON)
        if closed not in roads:
            roads[closed] = Roads(facts.model, stream, closed)
        crossed = {g: float(values[facts.days.index(day)]) for g, values in daily.items()}
        out[day] = along(facts.model, sources, roads[closed], crossed)
    return out


def _maps_of(facts: Facts, stream: str, days: Sequence[dt.datetime], ground: Ground | None) -> dict[str, Any] | None:
    ids = [c for c in facts.crossing_names if facts.gates(stream, [c])]
    if not ids:
        return None
    words, say = facts.words, facts.words.say
    states = {day: {c: state_of(facts, facts.gates(stream, [c]), day) for c in ids} for day in days}
    view: dict[str, Any] = {"said": _states_reading(facts, stream, states), "drawings": None, "table": None}
    if ground is None:
        rows = [[words.on(d, year=True), *(words.name(STATES[states[d][c]]) for c in ids)] for d in days]
        columns = texts(say("date"), *(facts.crossing_names[c] for c in ids))
        note = say("No map: the crossings have no coordinates of their own.")
        return view | {"table": CaptionedTable(say("State of each crossing"), columns, rows, note)}
    ways = ways_on(facts, stream, days)
    widest = max((v for along in ways.values() for v in along.values()), default=0.0)
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
    parts: list[str] = []
    last = -1
    for day, by in states.items():
        free = sum(s not in ("closed", "none") for s in by.values())
        if free != last:
            number, on, last = str(free) if free else say("none"), words.on(day), free
            first = say("{number} of {all} on {day}", number=number, all=str(len(by)), day=on)
            parts.append(say("{number} on {day}", number=number, day=on) if parts else first)
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

    def told_of(number: str) -> str:
        return say("{number} {unit} on {day}", number=number, unit=unit, day=words.on(day))

    flows = flows_of(facts, ways.get(day, {}), widest, told_of)
    return map_panel(words.on(day, year=True), ground, spots, towns_of(facts, stream), flows, widest, words=words)


def flows_of(facts: Facts, along: dict[Pair, float], widest: float, told: Callable[[str], str]) -> list[Flow]:
    """Roads as they are drawn, but for those with hardly anybody; told: what is said of a number."""
    at = {p.id: (p.lon, p.lat) for p in facts.model.scenario.places}
    names, number = facts.place_names, facts.words.number
    return [
        Flow((at[a], at[b]), n, f"{names[a]} → {names[b]}\n{told(number(n))}")
        for (a, b), n in along.items()
        if n >= widest / 400
    ]


def town_name(name: str) -> str:
    """The name of a place without its region, as on a map."""
    return name.split(",")[0].split(" (")[0]


def towns_of(facts: Facts, stream: str) -> list[Town]:
    """Where the stream starts from and is taken to."""
    scenario = facts.model.scenario
    demand = [d for d in scenario.demand if d.stream == stream]
    named = {d.origin for d in demand} | {s.origin for s in scenario.stocks if s.stream == stream}
    named |= {d.destination for d in demand if d.destination} | {*facts.streams[stream].destinations}
    return [Town(town_name(p.name or p.id), p.lon, p.lat) for p in scenario.places if p.id in named]


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
    bounds = frame_of(facts.model.scenario)
    return None if bounds is None else ground_within(bounds, facts.model.scenario)


def ground_within(bounds: Bounds, scenario: Scenario, width: float | None = None, ident: str = "ground") -> Ground:
    """Outlines, borders and roads of a scenario within bounds; width, ident: as `ground_of` has them."""
    at = {p.id: (p.lon, p.lat) for p in scenario.places}
    roads = [(at[r.from_], at[r.to]) for r in scenario.roads]
    return ground_of(bounds, list(polygons_of(scenario.basemap)), list(scenario.lines.values()), roads, width, ident)
