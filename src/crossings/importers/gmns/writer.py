"""A scenario as a GMNS 0.96 network; what GMNS has no place for stands in columns of its own, which it allows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from crossings.importers.gmns.opening_days import time_days
from crossings.scenario import Crossing, Lane, Scenario
from crossings.scenario.writer import csv_text


def gmns_files(scenario: Scenario) -> dict[str, str]:
    """File name -> text: config, node, link, link_tod, use_definition.

    A road both ways is two links, ``ROAD`` and ``ROAD|back``, as most tools take a row for one direction. Places where journeys
    begin or end have a ``zone_id``. A crossing is a directed link of length 0 for each direction, ``CROSSING|COUNTRY``; ``lanes``
    are its servers and ``capacity`` what one of them serves in an hour, over all streams. Where it is not always open, the link
    itself has no capacity, and link_tod.csv has it for the opening hours.
    """
    links, times = [], []
    for road in scenario.roads:
        kmh = road.speed_kmh if road.hours is None else road.km / road.hours if road.hours > 0 else None
        uses = ",".join(road.modes)
        ways = [(road.name, road.from_, road.to)]
        if not road.one_way:
            ways.append((f"{road.name}|back", road.to, road.from_))
        links += [
            [name, "", tail, head, "true", _digits(road.km), "road", "", _digits(kmh), "", uses]
            for name, tail, head in ways
        ]
    countries = {border.id: (border.country_a, border.country_b) for border in scenario.borders}
    for crossing in scenario.crossings:
        a, b = countries[crossing.border]
        for direction, tail, head in ((b, crossing.place_a, crossing.place_b), (a, crossing.place_b, crossing.place_a)):
            link, rows = _crossing_link(scenario, crossing, direction, tail, head)
            links.append(link)
            times += [[f"{link[0]}|{k}", link[0], *row] for k, row in enumerate(rows, 1)]
    ends = _ends(scenario)
    zones = {place.id: k for k, place in enumerate((p for p in scenario.places if p.id in ends), 1)}
    nodes = [
        [
            p.id,
            zones.get(p.id, ""),
            p.name,
            _digits(p.lon),
            _digits(p.lat),
            p.kind,
            p.country,
            _digits(p.population),
            _digits(p.capacity),
        ]
        for p in scenario.places
    ]
    modes = sorted({mode for road in scenario.roads for mode in road.modes} | {s.mode for s in scenario.settings.streams.values()})  # fmt: skip
    return {
        "config.csv": csv_text(
            "dataset_name,short_length,long_length,speed,crs,geometry_field_format,currency,version_number,id_type",
            [[scenario.settings.name, "m", "km", "kph", "EPSG:4326", "", "", "0.96", "string"]],
        ),
        "node.csv": csv_text(
            "node_id,zone_id,name,x_coord,y_coord,node_type,country,population,reception_capacity", nodes
        ),
        "link.csv": csv_text(
            "link_id,name,from_node_id,to_node_id,directed,length,facility_type,capacity,free_speed,lanes,allowed_uses",
            links,
        ),
        "link_tod.csv": csv_text("link_tod_id,link_id,time_day,capacity,lanes", times),
        "use_definition.csv": csv_text(
            "use,persons_per_vehicle,pce,special_conditions,description",
            [[mode, _digits(_persons(scenario, mode)), "1", "", "mode of streams"] for mode in modes],
        ),
    }


def _crossing_link(
    scenario: Scenario, crossing: Crossing, direction: str, tail: str, head: str
) -> tuple[list[Any], list[list[Any]]]:
    """A crossing in one direction: its link, and its times of day."""
    lanes = _first(lane for lane in scenario.lanes if lane.crossing == crossing.id and lane.direction == direction)
    servers = sum(lane.servers for lane in lanes)
    an_hour = sum(lane.servers * 60 / max(lane.service_min_mean, 1e-6) for lane in lanes)
    capacity = _digits(an_hour / servers) if servers else ("0" if lanes else "")
    texts = list(dict.fromkeys(lane.hours for lane in lanes))
    always = not texts or any(not time_days(text) for text in texts)
    times = [] if always else list(dict.fromkeys(time for text in texts for time in time_days(text)))
    streams = {s for lane in lanes for s in lane.streams}
    modes = sorted({scenario.settings.streams[s].mode for s in streams if s in scenario.settings.streams})
    link = [
        f"{crossing.id}|{direction}",
        crossing.name or crossing.id,
        tail,
        head,
        "true",
        "0",
        "border crossing",
        capacity if not times else "0",
        "",
        servers if lanes else "",
        ",".join(modes),
    ]
    return link, [[time, capacity, servers] for time in times]


def _first(lanes: Iterable[Lane]) -> list[Lane]:
    """The lanes of entry (of exit where there is none), of those that follow one another in time the first."""
    some = list(lanes)
    some = [lane for lane in some if lane.side == "entry"] or some
    found: dict[tuple[str, ...], Lane] = {}
    for lane in some:
        found.setdefault(tuple(sorted(lane.streams)), lane)
    return list(found.values())


def _ends(scenario: Scenario) -> set[str]:
    """The places where journeys begin or end."""
    found = {end for row in scenario.demand for end in (row.origin, row.destination) if end}
    found |= {row.origin for row in scenario.stocks}
    found |= {name for stream in scenario.settings.streams.values() for name in stream.destinations}
    found |= {place.id for place in scenario.places if place.kind in ("origin", "destination", "reception")}
    return found


def _persons(scenario: Scenario, mode: str) -> float:
    """Persons of a unit of the streams that travel by a mode: the mean over them; pce is 1, as units are counted, not lengths."""
    persons = [stream.persons for stream in scenario.settings.streams.values() if stream.mode == mode]
    return sum(persons) / len(persons) if persons else 1.0


def _digits(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"
