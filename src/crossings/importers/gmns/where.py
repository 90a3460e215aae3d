"""Which country each node lies in: by a column, by the side of a line, or by polygons."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.errors import InputError
from crossings.importers.countries import alpha2, iso_code
from crossings.importers.sides import Sides, end_to_end, within
from crossings.importers.tables import read_text
from crossings.io.faults import Faults, UnreadableError
from crossings.io.jsontext import load_json

Floats = NDArray[np.float64]

MOST_POINTS = 2_000_000
_NAMES = (
    *("iso_a2", "iso_a2_eh", "iso3166-1", "iso3166-1:alpha2", "iso2", "iso_a3", "iso_a3_eh", "adm0_a3", "iso3"),
    *("country", "code", "admin", "name", "id"),
)


@dataclass
class CountryGround:
    """Polygons by country, or a line with a country on each side (``sides``).

    extent: the least and the largest longitude and latitude of them, [2, 2].
    """

    rings: dict[str, list[list[Floats]]] = field(default_factory=dict)
    sides: Sides | None = None
    rest: str = ""
    extent: Floats | None = None

    def misses(self, lon: Floats, lat: Floats) -> str:
        """Where the border lies, if all of some points lie beside its extent; else empty."""
        if self.extent is None:
            return ""
        (west, south), (east, north) = self.extent
        apart = lon.max() < west or lon.min() > east or lat.max() < south or lat.min() > north
        return f"longitude {west:g} to {east:g}, latitude {south:g} to {north:g}" if apart else ""

    def country(self, lon: float, lat: float) -> str:
        """The country of a point; empty where it lies in none."""
        if self.sides is not None:
            return self.sides.country(lon, lat)
        for code, polygons in self.rings.items():
            if any(within(rings, lon, lat) for rings in polygons):
                return code
        return self.rest

    def countries(self, lon: Floats, lat: Floats) -> list[str]:
        """The countries of many points at once."""
        if self.sides is not None:
            return self.sides.countries(lon, lat)
        return [self.country(*point) for point in zip(lon.tolist(), lat.tolist(), strict=True)]


def country_of(text: str) -> str:
    """A code of a country from a cell: an ISO code, a name, or two or three letters of one's own; empty for anything else."""
    own = text.upper() if len(text) in (2, 3) and text.isascii() and text.isalpha() else ""
    return alpha2(text) or iso_code(text) or own


def read_ground(
    path: Path, border: tuple[str, str] | None, inside: tuple[str, float, float] | None
) -> tuple[CountryGround, str]:
    """A GeoJSON of a line or of polygons, and a note. Raises InputError where it holds neither."""
    faults, hint = Faults(), "give a LineString or polygons, in degrees"
    text = read_text(path, faults)
    if text is None:
        raise InputError(faults.listed())
    try:
        shapes = list(_shapes(load_json(text, hint)))
    except UnreadableError as error:
        raise InputError(error.fault(path.name)) from None
    except (ValueError, TypeError, KeyError, RecursionError, AttributeError):
        what = "this is not GeoJSON, or a part has too few points, or coordinates that are not degrees"
        raise InputError(path.name, what, hint) from None
    lines = [part for kind, parts, _ in shapes if kind == "line" for part in parts]
    areas = [(parts, properties) for kind, parts, properties in shapes if kind == "area"]
    if areas:
        ground, note = _by_areas(path.name, areas, border)
        ground.extent = _extent(ring for parts, _ in areas for rings in parts for ring in rings)
        return ground, note
    if not lines:
        raise InputError(path.name, "no line and no polygon is in it", "give a LineString or polygons")
    if border is None:
        what = "--line needs the two countries that it parts"
        raise InputError("--border", what, "give them, such as --border FI-RU")
    ground, note = _by_line(end_to_end(lines), border, inside)
    ground.extent = _extent(lines)
    return ground, note


def _extent(parts: Iterable[Floats]) -> Floats:
    points = np.concatenate(list(parts))
    return np.array([points.min(axis=0), points.max(axis=0)])


def _shapes(data: Any) -> Any:
    """(line or area, parts as arrays, properties) of everything in a GeoJSON."""
    if data.get("type") == "FeatureCollection":
        for feature in data["features"]:
            yield from _shapes(feature)
        return
    shape, properties = (
        (data["geometry"], data.get("properties") or {}) if data.get("type") == "Feature" else (data, {})
    )
    for one in shape["geometries"] if shape and shape.get("type") == "GeometryCollection" else [shape] if shape else []:
        kind, coordinates = one.get("type"), one.get("coordinates")
        if kind in ("LineString", "MultiLineString"):
            yield (
                "line",
                [_points(part) for part in ([coordinates] if kind == "LineString" else coordinates)],
                properties,
            )
        elif kind in ("Polygon", "MultiPolygon"):
            polygons = [coordinates] if kind == "Polygon" else coordinates
            yield "area", [[_points(ring) for ring in rings] for rings in polygons], properties


def _points(part: Any) -> Floats:
    points = np.array([pair[:2] for pair in part], float).reshape(-1, 2)
    if (
        len(points) < 2
        or len(points) > MOST_POINTS
        or not np.isfinite(points).all()
        or (np.abs(points) > [180.0, 90.0]).any()
    ):
        raise ValueError("too few points, or none in degrees")
    return points


def _by_areas(
    name: str, areas: list[tuple[Any, dict[str, Any]]], border: tuple[str, str] | None
) -> tuple[CountryGround, str]:
    ground = CountryGround()
    for parts, properties in areas:
        code = _code(properties)
        if code:
            ground.rings.setdefault(code, []).extend(parts)
    if border is None and not ground.rings:
        raise InputError(
            name, "its polygons name no country", "give --border A-B: A is inside, B around; or a property iso_a2"
        )
    if border is not None:
        missing = [code for code in border if code not in ground.rings]
        if missing and len(areas) == 1:
            inside = next((code for code in border if code in ground.rings), border[0])
            around = border[1] if inside == border[0] else border[0]
            return CountryGround(
                {inside: areas[0][0]}, rest=around
            ), f"{name}: {inside} lies inside the polygon, {around} around it"
        if missing:
            known = ", ".join(sorted(ground.rings)[:20]) or "none"
            raise InputError(name, f"no polygon is called {' or '.join(missing)}", f"countries there: {known}")
        ground.rings = {code: ground.rings[code] for code in border}
    return ground, ""


def _code(properties: dict[str, Any]) -> str:
    """The country that a polygon names."""
    plain = {str(key).lower(): str(value).strip() for key, value in properties.items() if value is not None}
    for key in _NAMES:
        value = plain.get(key, "")
        if code := alpha2(value) or iso_code(value):
            return code
        if key in ("country", "code", "iso_a2") and re.fullmatch(r"[A-Z]{2,3}", value):
            return value
    return ""


def _by_line(
    parts: list[Floats], border: tuple[str, str], inside: tuple[str, float, float] | None
) -> tuple[CountryGround, str]:
    start, end = (np.concatenate([part[a:b] for part in parts]) for a, b in ((0, -1), (1, None)))
    moved = (start != end).any(axis=1)
    sides = Sides(start[moved], end[moved], *border)
    note = f"{border[0]} is taken to lie left of the line as it is drawn; --inside {border[0]}=LON,LAT says otherwise"
    if inside is not None:
        note = ""
        if sides.country(inside[1], inside[2]) != inside[0]:
            sides = Sides(start[moved], end[moved], *border[::-1])
    return CountryGround(sides=sides), note
