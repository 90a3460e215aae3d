"""Border lines and map outlines from GeoJSON (RFC 7946): longitudes and latitudes in degrees."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Protocol

from crossings.io.faults import Faults, UnreadableError, counted
from crossings.io.jsontext import load_json

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

EARTH_KM = 6371.0088
MAX_POINTS = 1_000_000
JOIN_KM = 5.0

Line = tuple[tuple[float, float], ...]
_DEPTH = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}


class Position(Protocol):
    """What has a latitude and a longitude, degrees."""

    @property
    def lat(self) -> float: ...
    @property
    def lon(self) -> float: ...


def read_line(text: str, file: str, faults: Faults) -> Line | None:
    """The one line of a GeoJSON file, (longitude, latitude) in order; None, and a fault, if there is none.

    The LineStrings of a file, or the parts of a MultiLineString, must follow one another.
    """
    data = _load(text, file, faults)
    if data is None:
        return None
    parts: list[list[tuple[float, float]]] = []
    for geometry in _geometries(data):
        if geometry.get("type") == "LineString":
            parts.append(_points(geometry.get("coordinates")))
        elif geometry.get("type") == "MultiLineString":
            coordinates = geometry.get("coordinates")
            parts += [_points(part) for part in (coordinates if isinstance(coordinates, list) else [None])]
    if not parts:
        faults.add(file, "there is no LineString in it", "give the border's line as a GeoJSON LineString")
        return None
    if any(len(part) < 2 for part in parts):
        faults.add(file, "a LineString without two points", "give [longitude, latitude] pairs in degrees, finite")
        return None
    line = list(parts[0])
    for part in parts[1:]:
        if great_circle_km(*line[-1], *part[0]) > JOIN_KM:
            faults.add(file, "the parts of the line do not follow one another", "give them in order along the border")
            return None
        line += part[1:] if part[0] == line[-1] else part
    if len(line) > MAX_POINTS or len(set(line)) < 2:
        faults.add(
            file, f"a line of {counted(len(set(line)), 'point')}", f"give 2 to {MAX_POINTS:,} points that differ"
        )
        return None
    return tuple(line)


def read_basemap(text: str, file: str, faults: Faults) -> dict[str, Any] | None:
    """A FeatureCollection of outlines; None, and a fault, if it is none."""
    data = _load(text, file, faults)
    if data is None:
        return None
    features = data.get("features")
    if data.get("type") != "FeatureCollection" or not isinstance(features, list):
        faults.add(file, "this is not a GeoJSON FeatureCollection", "give an object with type and features")
        return None
    for number, feature in enumerate(features, 1):
        geometry = feature.get("geometry") if isinstance(feature, dict) else None
        depth = _DEPTH.get(str(geometry.get("type"))) if isinstance(geometry, dict) else None
        if depth is None or not isinstance(geometry, dict) or not _positions(geometry.get("coordinates"), depth):
            what = f"feature {number} has no usable geometry"
            faults.add(file, what, "give Points, LineStrings or Polygons with finite [longitude, latitude] pairs")
            return None
    return data


def great_circle_km(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """The distance of two points, km (haversine)."""
    a, b = math.radians(lat1), math.radians(lat2)
    h = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(min(1.0, h)))


def km_apart(a: Position, b: Position) -> float:
    """The great-circle distance of two positions, km."""
    return great_circle_km(a.lon, a.lat, b.lon, b.lat)


def km_between(lon1: Floats, lat1: Floats, lon2: Floats, lat2: Floats) -> Floats:
    """`great_circle_km` of many pairs of points at once."""
    import numpy as np

    a, b = np.radians(lat1), np.radians(lat2)
    h = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(np.radians(lon2 - lon1) / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(h, 0, 1))))


def distance_km(line: Line, lon: float, lat: float) -> float:
    """Distance in km from a point to a line, on a plane that touches the sphere at the point."""
    import numpy as np

    points = np.asarray(line, dtype=float)
    x = ((points[:, 0] - lon + 180.0) % 360.0 - 180.0) * math.cos(math.radians(lat)) * math.radians(EARTH_KM)
    y = (points[:, 1] - lat) * math.radians(EARTH_KM)
    dx, dy = np.diff(x), np.diff(y)
    length = np.maximum(dx * dx + dy * dy, 1e-12)
    along = np.clip(-(x[:-1] * dx + y[:-1] * dy) / length, 0.0, 1.0)
    return float(np.min(np.hypot(x[:-1] + along * dx, y[:-1] + along * dy)))


def _load(text: str, file: str, faults: Faults) -> dict[str, Any] | None:
    try:
        data = load_json(text, "give a GeoJSON object")
    except UnreadableError as error:
        faults.take(error.fault(file))
        return None
    if not isinstance(data, dict):
        faults.add(file, "this is not a GeoJSON object", "give an object with type and features")
        return None
    return data


def _geometries(data: dict[str, Any]) -> list[dict[str, Any]]:
    """The geometries of a Feature, a FeatureCollection or one GeometryCollection, or the geometry itself."""
    found: list[Any] = [data]
    if isinstance(data.get("features"), list):
        found = [f.get("geometry") for f in data["features"] if isinstance(f, dict)]
    elif "geometry" in data:
        found = [data["geometry"]]
    inner: list[Any] = []
    for geometry in found:
        several = geometry.get("geometries") if isinstance(geometry, dict) else None
        inner += several if isinstance(several, list) else [geometry]
    return [geometry for geometry in inner if isinstance(geometry, dict)]


def _points(coordinates: Any) -> list[tuple[float, float]]:
    """The positions of a LineString, or none if one of them cannot be used."""
    if not isinstance(coordinates, list) or not _positions(coordinates, 1):
        return []
    return [(float(position[0]), float(position[1])) for position in coordinates]


def _positions(value: Any, depth: int) -> bool:
    """Whether ``value`` is lists of positions, ``depth`` deep, all within the ranges of longitude and latitude."""
    if not isinstance(value, list):
        return False
    if depth > 0:
        return all(_positions(item, depth - 1) for item in value)
    return len(value) >= 2 and _degrees(value[0], 180.0) and _degrees(value[1], 90.0)


def _degrees(value: Any, limit: float) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and -limit <= value <= limit
