"""GeoJSON (RFC 7946) that opens in QGIS and kepler.gl: the border, places, crossings, roads, orders, and flows by period.

Roads are straight between their places: a scenario knows their length, not their course. Flows are points at their
crossings with a ``time``, by which both tools animate them.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from crossings.exporters.bundle import Bundle
from crossings.exporters.states import States, end_of
from crossings.scenario import Scenario

SHOWN = ("arrived", "crossed", "turned_away", "reneged", "waiting")


def geojson_files(bundle: Bundle) -> dict[str, str | bytes]:
    """A file for each kind of thing; flows only where there are results."""
    scenario = bundle.scenario
    files: dict[str, str | bytes] = {
        "border.geojson": _collection(_borders(scenario)),
        "places.geojson": _collection(_places(scenario)),
        "crossings.geojson": _collection(_crossings(bundle)),
        "roads.geojson": _collection(_roads(scenario)),
    }
    if scenario.closures:
        files["orders.geojson"] = _collection(_orders(scenario))
    if "flows" in bundle.tables:
        files["flows.geojson"] = _collection(_flows(bundle))
    return files


def _collection(features: Iterable[dict[str, Any]]) -> str:
    return (
        json.dumps({"type": "FeatureCollection", "features": list(features)}, ensure_ascii=False, allow_nan=False)
        + "\n"
    )


def _feature(kind: str, coordinates: Any, properties: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: (None if isinstance(v, float) and not math.isfinite(v) else v) for key, v in properties.items()}
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}, "properties": kept}


def _borders(scenario: Scenario) -> Iterable[dict[str, Any]]:
    for border in scenario.borders:
        line = scenario.lines.get(border.id)
        if line is not None:
            said = {"id": border.id, "country_a": border.country_a, "country_b": border.country_b}
            yield _feature("LineString", [list(point) for point in line], said | {"declared_km": border.declared_km})


def _places(scenario: Scenario) -> Iterable[dict[str, Any]]:
    for place in scenario.places:
        said = place.model_dump(
            include={"id", "name", "country", "kind", "population", "capacity", "source", "estimated"}
        )
        yield _feature("Point", [place.lon, place.lat], said)


def _crossings(bundle: Bundle) -> Iterable[dict[str, Any]]:
    """With what crossed at each in the whole period, mean over the seeds, and the state at its end, by stream and direction."""
    scenario, states = bundle.scenario, States(bundle.scenario)
    crossed: dict[str, dict[str, Any]] = {}
    if "flows" in bundle.tables:
        flows = bundle.tables["flows"].group_by("crossing", "stream", "direction", maintain_order=True)
        last = scenario.settings.end - dt.timedelta(seconds=1)
        for crossing, stream, direction, total in flows.agg(pl.col("crossed_mean").sum()).iter_rows():
            what = f"{_word(stream)}_into_{_word(direction)}"
            said = crossed.setdefault(crossing, {})
            said[f"crossed_{what}"] = round(total or 0.0, 2)
            said[f"state_{what}"] = states.at(crossing, stream, direction, last, scenario.settings.end)
    for c in scenario.crossings:
        orders = [o.order for o in scenario.closures if c.id in o.crossings and o.kind != "note"]
        said = {"id": c.id, "name": c.name, "name_b": c.name_b, "border": c.border, "source": c.source}
        said["orders"] = ";".join(dict.fromkeys(orders))
        yield _feature("Point", [c.lon, c.lat], said | crossed.get(c.id, {}))


def _word(text: str) -> str:
    """A name as part of the name of a property: without blanks and signs.

    >>> _word("asylum seekers (FI)")
    'asylum_seekers_FI'
    """
    return re.sub(r"\W+", "_", text).strip("_")


def _orders(scenario: Scenario) -> Iterable[dict[str, Any]]:
    """What each row of an order acts on: points at crossings and places, roads as lines."""
    at = {place.id: [place.lon, place.lat] for place in scenario.places}
    roads = {road.name: [at[road.from_], at[road.to]] for road in scenario.roads}
    gates = {c.id: [c.lon, c.lat] for c in scenario.crossings}
    for row in scenario.closures:
        end = end_of(row, scenario)
        said = {
            "id": row.id,
            "order": row.order,
            "kind": row.kind,
            "value": row.value,
            "direction": row.direction or "both",
            "streams": ";".join(row.streams) or "all",
            "announced": f"{row.announced or row.from_:%Y-%m-%dT%H:%M:%S}",
            "from": f"{row.from_:%Y-%m-%dT%H:%M:%S}",
            "until": None if end is None else f"{end:%Y-%m-%dT%H:%M:%S}",
            "source": row.source,
            "estimated": row.estimated,
        }
        for kind, names, known in (("crossing", row.crossings, gates), ("place", row.places, at)):
            for name in names:
                if name in known:
                    yield _feature("Point", known[name], {"on": kind, "name": name} | said)
        for name in row.roads:
            if name in roads:
                yield _feature("LineString", roads[name], {"on": "road", "name": name} | said)


def _roads(scenario: Scenario) -> Iterable[dict[str, Any]]:
    at = {place.id: [place.lon, place.lat] for place in scenario.places}
    for road in scenario.roads:
        hours = road.hours if road.hours is not None else road.km / road.speed_kmh if road.speed_kmh else None
        said = road.model_dump(by_alias=True, exclude={"speed_kmh"})
        said |= {"id": road.name, "hours": hours, "modes": ";".join(road.modes)}
        yield _feature("LineString", [at[road.from_], at[road.to]], said)


def _flows(bundle: Bundle) -> Iterable[dict[str, Any]]:
    """A point for each period, crossing, stream and direction, with its state: a closed crossing stays, with its zeros."""
    at = {c.id: [c.lon, c.lat] for c in bundle.scenario.crossings}
    states = States(bundle.scenario)
    names = [f"{name}_{band}" for name in SHOWN for band in ("mean", "p05", "p95")]
    names += [f"wait_mean_h_{band}" for band in ("mean", "p05", "p95")]
    flows = bundle.tables["flows"]
    for row in flows.select("date", "crossing", "stream", "direction", *names).iter_rows(named=True):
        if row["crossing"] not in at:
            continue
        first = dt.datetime.fromisoformat(row["date"])
        until = first + dt.timedelta(hours=1 if "T" in row["date"] else 24)
        said = {
            "time": f"{first:%Y-%m-%dT%H:%M:%S}",
            "crossing": row["crossing"],
            "stream": row["stream"],
            "direction": row["direction"],
            "state": states.at(row["crossing"], row["stream"], row["direction"], first, until),
        }
        numbers = {name: None if row[name] is None else round(row[name], 3) for name in names}
        yield _feature("Point", at[row["crossing"]], said | numbers)
