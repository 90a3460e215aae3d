"""Checks of borders, places, roads, crossings and lanes."""

from __future__ import annotations

import datetime as dt

from crossings.errors import refused
from crossings.io.faults import clip
from crossings.scenario.clock import spoken
from crossings.scenario.draft import Draft
from crossings.scenario.entities import Crossing, Lane, Road
from crossings.scenario.geojson import distance_km
from crossings.scenario.opening_hours import OpeningHours
from crossings.scenario.tables import Row
from crossings.scenario.validate.index import Index

MAX_OFF_LINE_KM = 20.0
MAX_LINE_WORK = 1_000_000_000  # crossings times points of their lines; beyond, distances are not looked at
ALWAYS, NEVER = dt.datetime.min, dt.datetime.max


def check_geography(index: Index) -> None:
    """Borders, places, roads and crossings: what they name, and whether it fits together."""
    draft = index.draft
    for border in draft.borders.rows:
        if border.ok("country_a", "country_b") and border.value.country_a == border.value.country_b:
            what = f"country_a and country_b are both {clip(border.value.country_a)}"
            index.fault(draft.borders, border, what, "a border lies between two countries")
    for place in draft.places.rows:
        if place.value.capacity == 0 and place.ok("capacity"):
            what = "capacity: a place with room for nobody"
            draft.faults.add(draft.places.where(place), what, "leave it empty for unlimited, or close it by an order")
    for road in draft.roads.rows:
        _check_road(index, road)
    work = 0
    for crossing in draft.crossings.rows:
        work += len(draft.lines.get(crossing.value.border, ()))
        _check_crossing(index, crossing, near=work <= MAX_LINE_WORK)
    _check_origins(index)
    _check_countries(index)
    _check_modes(index)


def _check_road(index: Index, row: Row[Road]) -> None:
    draft, road = index.draft, row.value
    known = [index.refer(draft.roads, row, field, "place") for field in ("from_", "to")]
    if row.ok("hours", "speed_kmh") and road.hours is None and road.speed_kmh is None:
        draft.faults.add(draft.roads.where(row), "a road without hours and without speed_kmh", "give one of them")
    if not all(known):
        return
    if road.from_ == road.to:
        what = f"the road leads from {clip(road.from_)} to itself"
        index.fault(draft.roads, row, what, "name two places")
    ends = index.places.get(road.from_), index.places.get(road.to)
    if ends[0] is not None and ends[1] is not None and ends[0].country != ends[1].country:
        pair = f"{clip(road.from_)} ({ends[0].country}) and {clip(road.to)} ({ends[1].country})"
        index.fault(draft.roads, row, f"a road between two countries, {pair}", "that needs a crossing")


def _check_crossing(index: Index, row: Row[Crossing], near: bool) -> None:
    draft, crossing = index.draft, row.value
    where = draft.crossings.where(row)
    known_border = index.refer(draft.crossings, row, "border", "border")
    border = index.borders.get(crossing.border) if known_border else None
    for field, side in (("place_a", "country_a"), ("place_b", "country_b")):
        if not index.refer(draft.crossings, row, field, "place") or border is None:
            continue
        place, country = index.places.get(getattr(crossing, field)), getattr(border, side)
        if place is not None and place.country != country:
            what = f"{field}: {clip(place.id)} is in {place.country}"
            index.fault(draft.crossings, row, what, f"name a place in {country}, the {side} of {clip(border.id)}")
    line = draft.lines.get(crossing.border) if known_border else None
    if line is not None and near and row.ok("lat", "lon"):
        off = distance_km(line, crossing.lon, crossing.lat)
        if off > MAX_OFF_LINE_KM:
            what = f"the crossing is {off:,.0f} km off the line of {clip(crossing.border)}"
            draft.faults.add(where, what, f"correct lat and lon; at most {MAX_OFF_LINE_KM:g} km are accepted")


def _check_origins(index: Index) -> None:
    """Whoever starts somewhere needs a road or a crossing there."""
    draft = index.draft
    if not (draft.roads.named and draft.crossings.named and draft.roads.whole and draft.crossings.whole):
        return
    touched = {end for row in draft.roads.rows for end in (row.value.from_, row.value.to)}
    touched |= {end for row in draft.crossings.rows for end in (row.value.place_a, row.value.place_b)}
    used = {row.value.origin for row in draft.demand.rows} | {row.value.origin for row in draft.stocks.rows}
    for row in draft.places.rows:
        origin = row.value.id in used or (row.value.kind == "origin" and row.ok("kind"))
        if origin and row.ok("id") and row.value.id not in touched:
            what = f"no road and no crossing touches the origin {clip(row.value.id)}"
            draft.faults.add(draft.places.where(row), what, "add a road in roads.csv")


def _check_countries(index: Index) -> None:
    """Where countries are listed in scenario.yaml, all should be: a place in another has the scenario's clock."""
    draft = index.draft
    if draft.sheet is None or not draft.settings.countries or not draft.sheet.ok("countries"):
        return
    listed = set(draft.settings.countries)
    seen: set[str] = set()
    for row in draft.places.rows:
        country = row.value.country
        if row.ok("country") and country not in listed and country not in seen:
            seen.add(country)
            what = f"country {clip(country)} is not among the countries of scenario.yaml"
            draft.faults.add(draft.places.where(row), what, index.hint(country, "country", listed), warning=True)


def _check_modes(index: Index) -> None:
    """A road for a mode that no stream has is for nobody, which may be a slip."""
    if index.draft.sheet is None or not index.streams_known:
        return
    modes = {stream.mode for stream in index.streams.values()}
    for row in index.draft.roads.rows:
        for mode in row.value.modes if row.ok("modes") else ():
            if mode not in modes:
                modes.add(mode)  # said once
                near = index.hint(mode, "mode", {stream.mode for stream in index.streams.values()})
                what = f"modes: no stream has the mode {clip(mode)}"
                index.draft.faults.add(index.draft.roads.where(row), what, near, warning=True)


def check_lanes(index: Index) -> None:
    """Lanes: where they are, whom they serve and when, and that those of one queue follow one another."""
    draft = index.draft
    for row in draft.lanes.rows:
        lane, where = row.value, draft.lanes.where(row)
        countries = index.countries(lane.crossing) if index.refer(draft.lanes, row, "crossing", "crossing") else None
        if index.direction(draft.lanes, row) and countries is not None and lane.direction not in countries:
            what = f"direction: {clip(lane.direction)} is not a country of this crossing's border"
            index.fault(draft.lanes, row, what, f"accepted: {', '.join(countries)}")
        index.refer(draft.lanes, row, "streams", "stream")
        if row.ok("hours"):
            check_hours(draft, where, "hours", lane.hours)
        start, end = lane.valid_from, lane.valid_until
        if row.ok("valid_from", "valid_until") and start is not None and end is not None and end <= start:
            what = f"valid_until {spoken(end)} is not after valid_from {start:%Y-%m-%d %H:%M}"
            draft.faults.add(where, what, "let it end after it begins")
    _check_queues(draft)


def check_hours(draft: Draft, where: str, column: str, text: str) -> bool:
    """Add a fault if a text is not opening hours; True if it is."""
    try:
        OpeningHours.parse(text)
    except ValueError as error:
        draft.faults.take(refused(where, error, f"{column}: "))
        return False
    return True


def _check_queues(draft: Draft) -> None:
    """At one control a stream is in one set only, and of each set one lane is valid at any time."""
    sets: dict[tuple[str, str, str, str], tuple[frozenset[str], int]] = {}
    groups: dict[tuple[str, str, str, frozenset[str]], list[Row[Lane]]] = {}
    for row in draft.lanes.rows:
        if not row.ok("crossing", "direction", "side", "streams"):
            continue
        lane = row.value
        control = (lane.crossing, lane.direction, lane.side)
        together = frozenset(lane.streams)
        groups.setdefault((*control, together), []).append(row)
        for stream in sorted(together):
            other, line = sets.setdefault((*control, stream), (together, row.line))
            if other != together:
                what = f"streams: {clip(stream)} is in the set {_set(together)} here, in {_set(other)} on row {line}"
                instead = "lanes that share a stream must serve the same set of streams"
                draft.faults.add(draft.lanes.where(row), what, instead)
    for rows in groups.values():
        timed = [row for row in rows if row.ok("valid_from", "valid_until")]
        _check_overlap(draft, timed)
        if len(timed) == len(rows) and all(row.ok("published") for row in rows):
            _check_known(draft, rows)


def _check_overlap(draft: Draft, rows: list[Row[Lane]]) -> None:
    rows = sorted(rows, key=lambda row: (row.value.valid_from or ALWAYS, row.line))
    until, holder = ALWAYS, None
    for row in rows:
        start, end = row.value.valid_from or ALWAYS, row.value.valid_until or NEVER
        if holder is not None and start < until:
            lane = row.value
            what = (
                f"lanes {clip(holder.id)} and {clip(lane.id)} serve the same streams of {clip(lane.crossing)}, "
                f"direction {lane.direction}, side {lane.side}, at the same time"
            )
            draft.faults.add(draft.lanes.where(row), what, "let one end before the other begins, or add up servers")
        if end >= until:
            until, holder = end, row.value


def _check_known(draft: Draft, rows: list[Row[Lane]]) -> None:
    """Where lanes of a queue have a time of publication, each ends where the next begins, so that none ends by hindsight."""
    given = [row for row in rows if row.value.published is not None]
    if not given:
        return
    for row in rows:
        if row.value.published is None:
            what = f"published: lane {clip(given[0].value.id)} of the same queue has it, this one has not"
            draft.faults.add(draft.lanes.where(row), what, "give it on all lanes of a queue, or on none")
    rows = sorted(rows, key=lambda row: (row.value.valid_from or ALWAYS, row.line))
    for row, after in zip(rows, [*rows[1:], None], strict=True):
        end = row.value.valid_until
        if end is not None and (after is None or (after.value.valid_from or ALWAYS) > end):
            what = "valid_until: the lane has a time of publication, and none follows it at once"
            draft.faults.add(
                draft.lanes.where(row), what, "let the next begin where it ends; one that rests has 0 servers"
            )


def _set(streams: frozenset[str]) -> str:
    return clip(";".join(sorted(streams)))
