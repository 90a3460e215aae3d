"""What was found on the map as a scenario: what it says, and placeholders, marked as estimated, for what it cannot say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from crossings.errors import InputError
from crossings.importers.identifiers import clipped, identifiers
from crossings.importers.imported import Imported, noted
from crossings.importers.osm.border import build_border, sides_of
from crossings.importers.osm.extract import Extract
from crossings.importers.osm.gates import OsmGate, SideGraph, find_gates
from crossings.importers.osm.graph import RoadLink, contract, links_between
from crossings.importers.osm.guards import without_shut_inland
from crossings.importers.osm.hours import hours_of, let_in, merged
from crossings.importers.osm.meetings import find_meetings
from crossings.importers.osm.naming import name_gates, only_named
from crossings.importers.osm.request import OsmRequest
from crossings.importers.osm.tags import CLASSES, HGV_KMH, MODES
from crossings.importers.osm.towns import OsmTown, find_towns
from crossings.importers.placeholders import (
    Gateway,
    Joined,
    Origin,
    Traffic,
    countries_near,
    first_settings,
    placeholders,
    sources_page,
    thinned,
)
from crossings.io.faults import counted
from crossings.scenario import Border, Crossing, Place, Road, Scenario

ALIKE = 0.03  # differences in km and hours, as a share, that one row of roads.csv may stand for
SOURCE = "OpenStreetMap"
MODE_SOURCE = f"{SOURCE}: length; hours by maxspeed, or ours by class of road"


def to_scenario(extract: Extract, request: OsmRequest) -> Imported:
    """Make a first scenario of an extract.

    Raises InputError if it holds no border between the two, no crossing, or no town that a road joins to one; what was
    noted until then is in the error's ``__notes__``.
    """
    extract = replace(extract, notes=list(extract.notes))
    with noted(extract.notes):
        return _made(extract, request)


def _made(extract: Extract, request: OsmRequest) -> Imported:
    notes = extract.notes
    border = build_border(extract, request.a, request.b, request.inside)
    extract = without_shut_inland(extract, border, request.within_km)
    sides = sides_of(extract, border)
    met = find_meetings(extract, border, sides)
    ground = find_gates(extract, border, sides, met, request)
    if border.gaps:
        notes.append(
            f"the line has {counted(len(border.gaps), 'gap')}, the longest {max(border.gaps):.0f} km: drawn straight"
        )
    if not ground.gates:
        what = f"no road that counts goes over the line between {request.a} and {request.b}"
        instead = "widen --within-km, or take small roads too: --every-road"
        if request.every_road or not met.found:
            what = f"no road of the file goes over the line between {request.a} and {request.b}"
            instead = "cut an extract that reaches over the line on both sides"
        raise InputError(extract.name, what, instead)
    name_gates(extract, ground)
    if request.only:
        only_named(ground, request.only, extract.name)
    towns = find_towns(extract, ground, border, sides, request.towns, request.given)
    codes = {1: border.left, -1: border.right}
    return _scenario(extract, request, ground, towns, codes, thinned(border.line))


@dataclass(frozen=True)
class _Names:
    gate: list[str]
    node: dict[int, str]


def _scenario(
    extract: Extract,
    request: OsmRequest,
    ground: SideGraph,
    towns: list[OsmTown],
    codes: Mapping[int, str],
    line: tuple[tuple[float, float], ...],
) -> Imported:
    """codes: side of the line (1 left, -1 right) → the country there."""
    notes = extract.notes
    gates = sorted(ground.gates, key=lambda g: (g.lat, g.lon))
    ways_in = [_gateway(gate, extract, request, notes) for gate in gates]
    terminals = [n for g in gates for n in (g.left, g.right)] + [t.node for t in towns]
    small = contract(ground.graph, terminals)
    links = links_between(small, list(dict.fromkeys(terminals)), every=request.all_roads)
    names = _named(gates, towns, links, codes)
    places = _places(gates, towns, links, ground, names, codes)
    crossings = [_crossing(g, name, names, request, codes) for g, name in zip(gates, names.gate, strict=True)]
    roads, merged = _roads(links, names)
    if merged:
        notes.append(
            f"one row for both ways, as they are alike within {ALIKE:.0%}: {counted(merged, 'pair')} of one-way roads"
        )
    countries = countries_near((request.a, request.b), [(g.lon, g.lat) for g in gates])
    for code, country in countries.items():
        notes.append(f"clock of {code}: {country.timezone or 'UTC'}, the nearest of its zones; correct it if it is not")
    traffic = Traffic(request.per_day, request.start, request.days, HGV_KMH)
    ways_in = [replace(way_in, id=c.id) for way_in, c in zip(ways_in, crossings, strict=True)]
    joined = Joined(roads, crossings, {way_in.id: way_in.modes for way_in in ways_in})
    filled = placeholders(
        traffic,
        crossings=ways_in,
        towns=[Origin(names.node[t.node], t.country, t.lon, t.lat, t.weight) for t in towns],
        countries=(request.a, request.b),
        joined=joined,
    )
    notes += filled.notes
    if not filled.demand:
        what = "no town has a way by road over a crossing to a town of the other country"
        raise InputError(extract.name, what, "name towns on both sides: --town NAME=LON,LAT")
    title = f"The border between {countries[request.a].name} and {countries[request.b].name}, from OpenStreetMap"
    settings = first_settings(request.border, title, traffic, countries, filled.streams)
    page = sources_page(
        f"Roads, crossings, towns and the line of the border are from OpenStreetMap, {extract.name}. "
        "© OpenStreetMap contributors, Open Database Licence (openstreetmap.org/copyright): name it wherever you show it.",
        [
            "lengths: along the ways drawn; hours: by maxspeed, where there is none by class of road "
            f"({', '.join(f'{kind} {kmh:g}' for kind, kmh in list(CLASSES.items())[:6])} km/h), free of traffic; "
            f"lorries at most {HGV_KMH:g} km/h",
            *notes,
        ],
    )
    return Imported(
        Scenario(
            settings,
            borders=(Border(id=request.border, country_a=request.a, country_b=request.b, line="border.geojson"),),
            places=tuple(places),
            roads=tuple(roads),
            crossings=tuple(crossings),
            lanes=filled.lanes,
            demand=filled.demand,
            lines={request.border: line},
            sources=page,
        ),
        tuple(notes),
    )


def _gateway(gate: OsmGate, extract: Extract, request: OsmRequest, notes: list[str]) -> Gateway:
    """Who may pass a crossing, and when, by its controls and by conditional tags of its roads."""
    read = [hours_of(p.tags, request.start, request.days) for p in gate.controls]
    roads = [hours_of(tags, request.start, request.days) for w in gate.ways if (tags := extract.road_tags.get(w, {}))]
    notes += dict.fromkeys(f"{gate.name}: {said}" for one in (*read, *roads) for said in one.notes)
    of = {mode: merged([h.of[mode] for h in read]) or merged([h.of[mode] for h in roads]) for mode in MODES}
    guards = [p for p in gate.controls if p.tags.get("barrier") == "border_control"] or gate.controls
    let = [mode for mode in MODES if not guards or any(mode in let_in(p.tags) for p in guards)]
    passing = tuple(mode for mode in gate.passing if mode in let)
    shut = gate.shut or not passing or all(of[mode] == "off" for mode in passing)
    if shut:
        why = "its control lets nobody pass" if not passing else "its control is closed in the map"
        why = "its road is closed to everybody in the map" if gate.shut else why
        notes.append(f"{gate.name}: {why}: a crossing that is shut")
    return Gateway(
        "",
        {mode: hours for mode, hours in of.items() if hours and hours != "off"},
        tuple(mode for mode in passing or gate.passing if shut or of[mode] != "off"),
        shut,
    )


def _named(gates: list[OsmGate], towns: list[OsmTown], links: list[RoadLink], codes: Mapping[int, str]) -> _Names:
    """Ids: of crossings and of towns by name, of the sides of a crossing with its country, of junctions by number."""
    gate = identifiers([g.name for g in gates], longest=60, ascii_lower=True)
    ids = identifiers([t.name for t in towns], longest=60, ascii_lower=True)
    node = {t.node: name for t, name in zip(towns, ids, strict=True)}
    for k, g in enumerate(gates):
        node |= {g.door(side): f"{gate[k]} {code}" for side, code in codes.items()}
    others = sorted({n for link in links for n in (link.tail, link.head)} - set(node))
    taken, count = set(node.values()), 0
    for at in others:
        count += 1
        while f"junction {count}" in taken:
            count += 1
        node[at] = f"junction {count}"
    return _Names(gate, node)


def _places(
    gates: list[OsmGate],
    towns: list[OsmTown],
    links: list[RoadLink],
    ground: SideGraph,
    names: _Names,
    codes: Mapping[int, str],
) -> list[Place]:
    linked = {n for link in links for n in (link.tail, link.head)}
    of_towns = {t.node: t for t in towns if t.node in linked}
    ours = f"{SOURCE}: where the file ends; replace by a town"
    rows = []
    for node in dict.fromkeys([*of_towns, *(n for g in gates for n in (g.left, g.right)), *sorted(linked)]):
        town = of_towns.get(node)
        rows.append(
            Place(
                id=names.node[node],
                name=clipped(town.name) if town else "",
                lat=round(float(town.lat if town else ground.lat[node]), 5),
                lon=round(float(town.lon if town else ground.lon[node]), 5),
                country=codes[1 if ground.side[node] > 0 else -1],
                kind="origin" if town else "town",
                population=town.population if town else None,
                source=ours if town and town.ours else SOURCE,
                estimated=bool(town and town.ours),
            )
        )
    return rows


def _crossing(gate: OsmGate, name: str, names: _Names, request: OsmRequest, codes: Mapping[int, str]) -> Crossing:
    side = 1 if codes[1] == request.a else -1
    where = (
        "a road that the file cuts off before the line" if gate.short else "a road over the line, no control is drawn"
    )
    return Crossing(
        id=name,
        name=clipped(gate.name),
        name_b=gate.local if gate.local != gate.name else "",
        border=request.border,
        place_a=names.node[gate.door(side)],
        place_b=names.node[gate.door(-side)],
        lat=round(gate.lat, 5),
        lon=round(gate.lon, 5),
        source=SOURCE if gate.controls else f"{SOURCE}: {where}",
    )


def _roads(links: list[RoadLink], names: _Names) -> tuple[list[Road], int]:
    """Rows of roads.csv: both ways and all modes in one row where they are alike; and how many pairs are."""
    by_pair: dict[tuple[int, int], dict[str, tuple[float, float]]] = {}
    for link in links:
        by_pair.setdefault((link.tail, link.head), {})[link.mode] = (link.km, link.hours)
    rows, merged = [], 0
    for (p, q), there in sorted(by_pair.items(), key=lambda item: (names.node[item[0][0]], names.node[item[0][1]])):
        back = by_pair.get((q, p))
        both = back is not None and back.keys() == there.keys() and all(_alike(there[m], back[m]) for m in there)
        if both and (names.node[q], names.node[p]) < (names.node[p], names.node[q]):
            continue
        merged += both and any(there[m] != (back or {})[m] for m in there)
        for modes, (km, hours) in _by_mode(there):
            suffix = "" if set(modes) == set(there) else f" {' '.join(modes)}"
            rows.append(
                Road(
                    id=f"{names.node[p]}--{names.node[q]}{suffix}"[:80] if suffix else None,
                    from_=names.node[p],
                    to=names.node[q],
                    km=round(km, 3),
                    hours=round(hours, 5),
                    modes=() if set(modes) == set(MODES) else modes,
                    one_way=not both,
                    source=MODE_SOURCE,
                    estimated=True,
                )
            )
    return rows, merged


def _alike(one: tuple[float, float], two: tuple[float, float]) -> bool:
    return all(abs(x - y) <= ALIKE * max(x, y) + 1e-6 for x, y in zip(one, two, strict=True))


def _by_mode(there: dict[str, tuple[float, float]]) -> list[tuple[tuple[str, ...], tuple[float, float]]]:
    """One row for all modes where the top speed of lorries explains their hours, else a row for each."""
    if set(there) == set(MODES):
        car, hgv = there["car"], there["hgv"]
        if _alike((car[0], max(car[1], car[0] / HGV_KMH)), hgv):
            return [(MODES, car)]
    return [((mode,), value) for mode, value in sorted(there.items())]
