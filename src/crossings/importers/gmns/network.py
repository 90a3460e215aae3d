"""A GMNS directory as a scenario: node.csv, link.csv, and where they are link_tod.csv and config.csv.

- A node is a place; its country is told by a line or polygons, or stands in a column that GMNS leaves to its users (``country``).
- A link within a country is a road. ``directed`` links are one-way; two that are alike are one row both ways.
- The links between two nodes of different countries are one crossing. ``lanes`` and ``capacity`` (per hour and lane) become
  the servers and service time of its lanes; times in link_tod.csv without capacity or lanes are times when it is shut.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

import numpy as np

from crossings.errors import InputError
from crossings.importers.gmns.borderlinks import CrossingLinks, cut_long, grouped
from crossings.importers.gmns.reader import ENDS, SOURCE, USES, GmnsLink, Node, Reading
from crossings.importers.gmns.where import read_ground
from crossings.importers.identifiers import clipped, identifiers
from crossings.importers.imported import Imported, noted
from crossings.importers.placeholders import (
    Gateway,
    Joined,
    Origin,
    Traffic,
    countries_near,
    first_settings,
    placeholders,
    sources_page,
)
from crossings.io.faults import counted
from crossings.scenario import (
    Border,
    Crossing,
    Demand,
    Lane,
    Place,
    Road,
    Scenario,
    Stream,
)
from crossings.scenario.geojson import km_between

ALIKE = 0.01
MOST_TOWNS = 20
BESIDE_KMH = 30.0


def read_gmns(
    directory: str | Path,
    *,
    per_day: float = 500.0,
    start: dt.date = dt.date(2024, 1, 1),
    country: str = "country",
    border: tuple[str, str] | None = None,
    line: str | Path | None = None,
    inside: tuple[str, float, float] | None = None,
    length: str = "",
    merge_km: float = 0.2,
) -> Imported:
    """Read a GMNS directory.

    country: the column of node.csv with each node's country (a code or a name), where no ``line`` is given. line: a GeoJSON
    of the border between ``border`` (two codes), or of polygons. inside: (country, lon, lat) of a point known to lie in it.
    length: the unit of lengths, m, ft, km or mile; empty = by config.csv and the coordinates. merge_km: how far apart links
    over the border may be that are one crossing.

    Raises InputError with every fault, each with its file and row; what was noted until then is in its ``__notes__``.
    """
    folder = Path(directory)
    if not folder.is_dir():
        raise InputError(str(directory), "is not a directory", "give one with node.csv and link.csv")
    ground, note = (None, "") if line is None else read_ground(Path(line), border, inside)
    notes = [note] if note else []
    with noted(notes):
        reading = Reading(folder, notes, country, ground, length)
        reading.read()
        reading.faults.stop()
        cut_long(reading, ground)
        return _scenario(reading, per_day, start, merge_km)


def _scenario(reading: Reading, per_day: float, start: dt.date, merge_km: float) -> Imported:
    nodes, links = reading.nodes, list(reading.links.values())
    over = [link for link in links if nodes[link.tail].country != nodes[link.head].country]
    if not over:
        at = np.array([(node.lon, node.lat) for node in nodes.values()], float).reshape(-1, 2)
        if reading.ground is not None and len(at) and (place := reading.ground.misses(at[:, 0], at[:, 1])):
            what = f"the border is at {place}, and no node is there"
            raise InputError(
                "--line", what, "give longitude before latitude, as GeoJSON has it, and x_coord before y_coord"
            )
        many = Counter(node.country for node in nodes.values()).most_common(5)
        found = ", ".join(f"{code or 'none'} {count:,}" for code, count in many)
        what = f"no link leads from one country to another (nodes: {found})"
        raise InputError("link.csv", what, "check the line or the countries of node.csv: such a link is a crossing")
    used = list(dict.fromkeys(end for link in links for end in (link.tail, link.head)))
    ids = dict(zip(used, identifiers([nodes[n].name or n for n in used]), strict=True))
    pairs = sorted({tuple(sorted((nodes[k.tail].country, nodes[k.head].country))) for k in over})
    groups = grouped(over, nodes, merge_km)
    joined = sum(len(group.beside) > 0 for group in groups)
    if joined:
        reading.note(
            f"links over the border within {merge_km:g} km of one another are one crossing ({joined} of {len(groups)}); --merge-km"
        )
    crossings, hours, lanes = _crossings(reading, groups, ids)
    roads = [*_roads(links, nodes, ids), *_beside(groups, ids)]
    sides = {end for link in over for end in (link.tail, link.head)}
    towns = _towns(reading, used, sides)
    countries = countries_near(sorted({nodes[n].country for n in used}), [(c.lon, c.lat) for c in crossings])
    traffic = Traffic(per_day, start)
    demand: list[Demand] = []
    more: list[Lane] = []
    streams: dict[str, Stream] = {}
    for a, b in pairs:
        own = [c for c in crossings if c.border == f"{a.lower()}-{b.lower()}"]
        filled = placeholders(
            traffic,
            crossings=[
                Gateway(c.id, {} if hours[c.id][0] == "24/7" else dict.fromkeys(USES, hours[c.id][0]), hours[c.id][1])
                for c in own
            ],
            towns=[
                Origin(ids[n], nodes[n].country, nodes[n].lon, nodes[n].lat, nodes[n].population)
                for n in used
                if n in towns
            ],
            countries=(a, b),
            joined=Joined(roads, own, {c.id: hours[c.id][1] for c in own}),
        )
        reading.notes += [note for note in filled.notes if note not in reading.notes]
        into = {ids[n]: nodes[n].country for n in towns}
        barred = {x.crossing for x in lanes}
        demand += [
            row
            for row in filled.demand
            if any(row.stream in x.streams and into[row.destination or ""] == x.direction and x.servers for x in lanes)
            or any(c.id not in barred for c in crossings)
        ]
        more += [lane for lane in filled.lanes if lane.crossing not in {x.crossing for x in lanes}]
        streams |= filled.streams
    if not demand:
        what = "no two places of different countries are joined over a crossing"
        raise InputError("link.csv", what, "check the directions of its links, and the line or the countries")
    name = identifiers([reading.folder.resolve().name], ascii_lower=True)[0]
    settings = first_settings(name, f"A border from the GMNS network {name}", traffic, countries, streams)
    places = tuple(
        Place(
            id=ids[n],
            name=clipped(nodes[n].name),
            lat=nodes[n].lat,
            lon=nodes[n].lon,
            country=nodes[n].country,
            kind="origin" if n in towns else "town",
            population=nodes[n].population,
            source=SOURCE,
        )
        for n in used
    )
    kept = [
        lane.model_copy(update={"streams": some})
        for lane in lanes
        if (some := tuple(s for s in lane.streams if s in streams))
    ]
    return Imported(
        Scenario(
            settings,
            borders=tuple(Border(id=f"{a.lower()}-{b.lower()}", country_a=a, country_b=b) for a, b in pairs),
            places=places,
            roads=tuple(roads),
            crossings=tuple(crossings),
            lanes=(*kept, *more),
            demand=tuple(demand),
            sources=sources_page(f"Places, roads and crossings are from the GMNS network {name}.", reading.notes),
        ),
        tuple(reading.notes),
    )


def _towns(reading: Reading, used: list[str], sides: set[str]) -> set[str]:
    """The largest nodes with a population of each country; else those at which journeys end; else some far apart."""
    found: dict[str, list[str]] = {}
    for n in used:
        if n not in sides or len(used) <= len(sides):
            found.setdefault(reading.nodes[n].country, []).append(n)
    for n in used:
        if reading.nodes[n].country not in found:
            found[reading.nodes[n].country] = [m for m in used if reading.nodes[m].country == reading.nodes[n].country]
    links = Counter(end for link in reading.links.values() for end in (link.tail, link.head))
    towns: set[str] = set()
    for country, some in found.items():
        known = [n for n in some if reading.nodes[n].population]
        if known:
            towns.update(sorted(known, key=lambda n: -(reading.nodes[n].population or 0))[:MOST_TOWNS])
            continue
        ends = [n for n in some if reading.nodes[n].end]
        if ends:
            kind = f"with a zone, or of type {', '.join(ENDS)},"
        else:
            ends = [n for n in some if links[n] > 2] or some
            kind = "that lie far apart, as none has a zone,"
        chosen = _far_apart([(n, reading.nodes[n].lon, reading.nodes[n].lat) for n in ends])
        taken = f"{len(chosen)} of {counted(len(ends), 'node')} {kind} stand for towns of one size"
        reading.note(f"no node of {country} has a population: {taken}")
        towns.update(chosen)
    return towns


def _far_apart(points: list[tuple[str, float, float]]) -> list[str]:
    """At most MOST_TOWNS of some points, each as far from those before it as can be."""
    if len(points) <= MOST_TOWNS:
        return [name for name, *_ in points]
    at = np.array([point[1:] for point in points])
    chosen = [0]
    away = np.full(len(points), np.inf)
    while len(chosen) < MOST_TOWNS:
        away = np.minimum(away, km_between(at[:, 0], at[:, 1], *at[chosen[-1]]))
        chosen.append(int(np.argmax(away)))
    return [points[k][0] for k in chosen]


def _beside(groups: list[CrossingLinks], ids: dict[str, str]) -> list[Road]:
    """Short roads, both ways, between the ends of links that are one crossing."""
    pairs = {tuple(sorted((ids[x], ids[y]))): km for group in groups for x, y, km in group.beside}
    return [
        Road(
            from_=x,
            to=y,
            km=round(km, 3),
            hours=round(km / BESIDE_KMH, 5),
            source=f"{SOURCE}: straight, between links of one crossing",
            estimated=True,
        )
        for (x, y), km in pairs.items()
    ]


def _crossings(
    reading: Reading, groups: list[CrossingLinks], ids: dict[str, str]
) -> tuple[list[Crossing], dict[str, tuple[str, tuple[str, ...]]], list[Lane]]:
    """A crossing of each group; its hours and modes; lanes where lanes or capacity are given."""
    nodes = reading.nodes
    names = identifiers([(g.links[0].name or g.links[0].id).split("|")[0] for g in groups], taken=())
    crossings, lanes = [], []
    hours: dict[str, tuple[str, tuple[str, ...]]] = {}
    for name, group in zip(names, groups, strict=True):
        (a, b), some = group.ends, group.links
        crossings.append(
            Crossing(
                id=name,
                name=clipped(some[0].name),
                border=f"{nodes[a].country.lower()}-{nodes[b].country.lower()}",
                place_a=ids[a],
                place_b=ids[b],
                lat=(nodes[a].lat + nodes[b].lat) / 2,
                lon=(nodes[a].lon + nodes[b].lon) / 2,
                source=SOURCE,
            )
        )
        hours[name] = (some[0].open, tuple(sorted({mode for link in some for mode in link.modes})))
        lanes += _lanes(name, some, nodes, (a, b))
    return crossings, hours, lanes


def _lanes(name: str, some: list[GmnsLink], nodes: dict[str, Node], ends: tuple[str, str]) -> list[Lane]:
    """Servers and service time by lanes and capacity; a direction in which no link leads has no server."""
    into = {end: nodes[end].country for end in ends}
    ways = {end: [k for k in some if nodes[k.head].country == into[end] or not k.directed] for end in ends}
    if all(ways.values()) and not any(k.capacity or k.lanes for k in some):
        return []
    found = []
    streams = {"car": "travellers", "hgv": "trucks"}
    for end, links in ways.items():
        sets = list(dict.fromkeys(k.modes for k in links)) or [tuple(USES)]
        sets = sets if len(sets) == 1 or not set(sets[0]) & set(sets[1]) else [tuple(USES)]
        for modes in sets:
            serving = [k for k in links if set(k.modes) & set(modes)]
            servers = round(sum(k.lanes if k.lanes is not None else 1 for k in serving))
            rate = max((k.capacity or 0.0 for k in serving), default=0.0)
            found.append(
                Lane(
                    id=f"{name} {' '.join(modes)} into {nodes[end].country}"[:80],
                    crossing=name,
                    direction=nodes[end].country,
                    streams=tuple(streams[mode] for mode in modes),
                    servers=min(servers, 1000),
                    hours=next((k.open for k in serving), "24/7"),
                    service_min_mean=round(60.0 / rate, 6) if rate else 1.0,
                    source=f"{SOURCE}: lanes, capacity and times" if rate else f"{SOURCE}: lanes; service: placeholder",
                    estimated=not rate,
                )
            )
    return found


def _roads(links: list[GmnsLink], nodes: dict[str, Node], ids: dict[str, str]) -> list[Road]:
    """Rows of roads.csv; two directed links that are alike are one row both ways."""
    within = [link for link in links if nodes[link.tail].country == nodes[link.head].country]
    waiting: dict[tuple[str, str, tuple[str, ...]], GmnsLink] = {}
    rows: list[tuple[GmnsLink, bool]] = []
    for link in within:
        if not link.directed:
            rows.append((link, False))
            continue
        other = waiting.get((link.head, link.tail, link.modes))
        if other is not None and all(
            abs(x - y) <= ALIKE * max(x, y) for x, y in ((link.km, other.km), (link.hours, other.hours))
        ):
            del waiting[(link.head, link.tail, link.modes)]
            rows.append((other, False))
        elif (link.tail, link.head, link.modes) not in waiting:
            waiting[(link.tail, link.head, link.modes)] = link
        else:
            rows.append((link, True))
    rows += [(link, True) for link in waiting.values()]
    names = identifiers([link.id for link, _ in rows])
    return [
        Road(
            id=name,
            from_=ids[link.tail],
            to=ids[link.head],
            km=link.km,
            hours=link.hours,
            modes=() if set(link.modes) == set(USES) else link.modes,
            one_way=one_way,
            source=SOURCE,
        )
        for name, (link, one_way) in zip(names, rows, strict=True)
    ]
