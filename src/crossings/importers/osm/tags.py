"""What OpenStreetMap's tags say of a road, a control or a town; everything else about them is left alone.

The meaning of each tag is that of the OpenStreetMap wiki. Speeds without a ``maxspeed`` are set by us, by class of road.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

Tags = Mapping[str, str]

MODES = ("car", "hgv")
HGV_KMH = 80.0
KMH_PER_MPH = 1.609344

# Free speeds in km/h by class, ours, where the map has none; from the largest class to the smallest.
CLASSES = {
    "motorway": 110.0,
    "trunk": 90.0,
    "primary": 80.0,
    "secondary": 65.0,
    "tertiary": 50.0,
    "unclassified": 40.0,
    "residential": 30.0,
    "living_street": 10.0,
    "service": 20.0,
    "track": 15.0,
    "road": 30.0,
}
MAIN = ("motorway", "trunk", "primary", "secondary")  # over the line they are crossings, with a control or without
# Of these one that is closed to everybody is looked at: a border may be shut.
SHUT = (*MAIN, "tertiary", "unclassified")
TOWNS = {"city": 100_000.0, "town": 10_000.0, "village": 1_000.0}  # inhabitants, ours, where the map has none
PLACES = frozenset((*TOWNS, "hamlet", "suburb", "quarter", "neighbourhood", "isolated_dwelling", "locality", "square"))
LINK_SHARE = 0.6  # of the speed of the road to which a slip road belongs

BARRED = frozenset(("no", "private", "military", "emergency", "agricultural", "forestry", "permit", "delivery"))
KEYS = {  # from the most general to the most particular: the last one given decides
    "car": ("access", "vehicle", "motor_vehicle", "motorcar"),
    "hgv": ("access", "vehicle", "motor_vehicle", "goods", "hgv"),
}
CONDITIONAL = tuple(f"{key}:conditional" for key in dict.fromkeys(key for keys in KEYS.values() for key in keys))
_SPEED = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*(mph|km/h|kmh|kph)?")
_NUMBER = re.compile(r"[~≈]?\s*(\d{1,3}(?:[ ,.'\u00a0\u202f]\d{3})+|\d+)")


class RoadTags(NamedTuple):
    """A way as a road: ``forward`` and ``backward`` are km/h of each of MODES, 0 where it may not go that way."""

    kind: str
    forward: tuple[float, ...]
    backward: tuple[float, ...]


def read_road(tags: Tags) -> RoadTags | None:
    """What a way is for a vehicle; None where it is no road for any.

    >>> read_road({"highway": "trunk", "maxspeed": "100", "oneway": "yes"})
    RoadTags(kind='trunk', forward=(100.0, 80.0), backward=(0.0, 0.0))
    """
    highway = tags.get("highway", "")
    kind = highway.removesuffix("_link")
    if kind not in CLASSES or tags.get("area") == "yes":
        return None
    may = modes_of(tags)
    if kind == "track":  # of fields and forests: a road only for those whom a tag lets in
        may = tuple(mode for mode in may if any(tags.get(key) for key in KEYS[mode]))
    if not may:
        return None
    speed = _speed(tags.get("maxspeed", "")) or CLASSES[kind] * (LINK_SHARE if highway != kind else 1.0)
    speeds = {"car": speed, "hgv": min(_speed(tags.get("maxspeed:hgv", "")) or speed, HGV_KMH)}
    both = tuple(speeds[mode] if mode in may else 0.0 for mode in MODES)
    none = (0.0,) * len(MODES)
    way = tags.get("oneway", "")
    if way == "-1":
        return RoadTags(kind, none, both)
    implied = way != "no" and (highway in ("motorway", "motorway_link") or tags.get("junction") == "roundabout")
    if way in ("yes", "1", "true") or implied:
        return RoadTags(kind, both, none)
    return RoadTags(kind, both, both)


def shut_road(tags: Tags) -> RoadTags | None:
    """What a road would be that is closed to everybody (``access=no`` and no tag that lets somebody in); None for any other way.

    >>> shut_road({"highway": "trunk", "access": "no"}).kind, shut_road({"highway": "trunk", "access": "private"})
    ('trunk', None)
    """
    general = {tags[key] for key in ("access", "vehicle", "motor_vehicle") if tags.get(key)}
    if general != {"no"} or tags.get("highway", "").removesuffix("_link") not in SHUT or modes_of(tags):
        return None
    return read_road({key: tags[key] for key in ("highway", "maxspeed", "oneway", "junction") if key in tags})


def modes_of(tags: Tags) -> tuple[str, ...]:
    """The modes that access tags let pass; all where they say nothing.

    >>> modes_of({"access": "no", "motorcar": "yes"}), modes_of({"hgv": "no"}), modes_of({})
    (('car',), ('car',), ('car', 'hgv'))
    """
    said = {mode: [tags[key] for key in KEYS[mode] if tags.get(key)] for mode in MODES}
    return tuple(mode for mode in MODES if not said[mode] or said[mode][-1] not in BARRED)


def _speed(text: str) -> float:
    """km/h of a ``maxspeed``; 0 where it is no plain number (a zone, a sign, ``none``)."""
    match = _SPEED.fullmatch(text.strip())
    if match is None:
        return 0.0
    value = float(match[1]) * (KMH_PER_MPH if match[2] == "mph" else 1.0)
    return value if 3.0 <= value <= 160.0 else 0.0


def population_of(tags: Tags) -> float | None:
    """Inhabitants; None where the tag is missing or is not a number that can be believed.

    >>> population_of({"population": "12 345 (2019)"}), population_of({"population": "many"})
    (12345.0, None)
    """
    match = _NUMBER.match(tags.get("population", "").strip())
    if match is None or len(match[1]) > 12:
        return None
    value = float(re.sub(r"\D", "", match[1]))
    return value if 0 < value <= 5e7 else None


def people_of(tags: Tags) -> float:
    """Inhabitants by the tag, else ours by the class of the place.

    >>> people_of({"place": "town"}), people_of({"place": "town", "population": "8000"})
    (10000.0, 8000.0)
    """
    return population_of(tags) or TOWNS.get(tags.get("place", ""), min(TOWNS.values()))


def is_control(tags: Tags) -> bool:
    """Whether a point or an outline is a border control or customs.

    >>> is_control({"barrier": "border_control"}), is_control({"office": "government", "government": "customs"})
    (True, True)
    """
    return (
        tags.get("barrier") == "border_control"
        or tags.get("amenity") == "customs"
        or tags.get("government") in ("border_control", "customs")
    )


def name_of(tags: Tags) -> str:
    """A name in Latin letters where there is one, else the local name; empty where there is none."""
    for key in ("name:en", "int_name", "name", "official_name"):
        text = " ".join("".join(ch if ch.isprintable() else " " for ch in tags.get(key, "")).split())
        if text:
            return text[:60]
    return ""
