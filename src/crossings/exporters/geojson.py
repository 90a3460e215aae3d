"""GeoJSON (RFC 7946) that opens in QGIS and kepler.gl: the border, places, crossings, roads, and flows by period.

Roads are straight between their places: a scenario knows their length, not their course. Flows are points at their
crossings with a ``time``, by which both tools animate them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from crossings.exporters.bundle import Bundle
from crossings.scenario import Scenario

__all__ = ["geojson_files"]

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
    """With what crossed at each in the whole period, mean over the seeds, by stream and direction."""
    crossed: dict[str, dict[str, float]] = {}
    if "flows" in bundle.tables:
        flows = bundle.tables["flows"].group_by("crossing", "stream", "direction", maintain_order=True)
        for crossing, stream, direction, total in flows.agg(pl.col("crossed_mean").sum()).iter_rows():
            crossed.setdefault(crossing, {})[f"crossed {stream} into {direction}"] = round(total or 0.0, 2)
    for c in bundle.scenario.crossings:
        said = {"id": c.id, "name": c.name, "name_b": c.name_b, "border": c.border, "source": c.source}
        yield _feature("Point", [c.lon, c.lat], said | crossed.get(c.id, {}))


def _roads(scenario: Scenario) -> Iterable[dict[str, Any]]:
    at = {place.id: [place.lon, place.lat] for place in scenario.places}
    for road in scenario.roads:
        hours = road.hours if road.hours is not None else road.km / road.speed_kmh if road.speed_kmh else None
        said = {
            "id": road.name,
            "from": road.from_,
            "to": road.to,
            "km": road.km,
            "hours": hours,
            "modes": ";".join(road.modes),
            "one_way": road.one_way,
            "source": road.source,
            "estimated": road.estimated,
        }
        yield _feature("LineString", [at[road.from_], at[road.to]], said)


def _flows(bundle: Bundle) -> Iterable[dict[str, Any]]:
    """A point for each period, crossing, stream and direction in which somebody came, crossed or waited."""
    at = {c.id: [c.lon, c.lat] for c in bundle.scenario.crossings}
    names = [f"{name}_{band}" for name in SHOWN for band in ("mean", "p05", "p95")]
    names += [f"wait_mean_h_{band}" for band in ("mean", "p05", "p95")]
    flows = bundle.tables["flows"]
    for row in flows.select("date", "crossing", "stream", "direction", *names).iter_rows(named=True):
        if row["crossing"] not in at or not any(row[f"{name}_mean"] for name in SHOWN):
            continue
        time = row["date"] if "T" in row["date"] else f"{row['date']}T00:00"
        said = {
            "time": f"{time}:00",
            "crossing": row["crossing"],
            "stream": row["stream"],
            "direction": row["direction"],
        }
        numbers = {name: None if row[name] is None else round(row[name], 3) for name in names}
        yield _feature("Point", at[row["crossing"]], said | numbers)
