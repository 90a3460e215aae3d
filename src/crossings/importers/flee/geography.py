"""``locations.csv`` and ``routes.csv`` of a Flee directory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from crossings.importers.flee.case import Location, Route
from crossings.importers.flee.rows import FleeReader, FleeRow
from crossings.io.faults import counted
from crossings.scenario.geojson import km_apart

_COLUMNS = 8
_LONGEST_NAME = 500
SHORTEST = 0.7  # a route that is shorter than this share of the air line is worth a look,
NEAR_KM = 20.0  # unless its ends are near: coordinates are those of a place's centre
_KINDS = {  # what the type contains -> what it is; in this order, as "refugee_camp" may stand in a conflict zone
    "idpcamp": "idpcamp",
    "camp": "camp",
    "conflict": "conflict",
    "forward": "forwarding_hub",
    "marker": "marker",
    "flood": "flood_zone",
    "town": "town",
    "default": "town",
}


def is_number(text: str) -> bool:
    """Whether a cell holds a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def _split_header(rows: Sequence[FleeRow], first: int, numbers: tuple[int, ...]) -> tuple[list[FleeRow], list[str]]:
    """The data rows, and the names of the columns from ``first`` on.

    A header begins with ``#``, or it is a first row without a number in any of the columns ``numbers``.
    """
    data = [row for row in rows if not row.comment]
    names = next((row.cells[first:] for row in rows if row.comment and len(row.cells) > first), ())
    if data and any(data[0].cell(i) for i in numbers) and not any(is_number(data[0].cell(i)) for i in numbers):
        names = data[0].cells[first:] or names
        data = data[1:]
    width = max((len(row.cells) for row in data), default=0)
    named = [names[i] if i < len(names) and names[i] else f"column {first + i + 1}" for i in range(width - first)]
    return data, named


def _extra(row: FleeRow, first: int, names: Sequence[str]) -> dict[str, str]:
    return {name: row.cell(first + i) for i, name in enumerate(names) if row.cell(first + i)}


def _kind(reader: FleeReader, row: FleeRow, text: str) -> str:
    plain = text.lower().replace("_", "").replace(" ", "").replace("-", "")
    for part, kind in _KINDS.items():
        if part in plain:
            return kind
    reader.note(
        f"{row}: location type {text!r} is read as town (known: conflict, town, camp, idpcamp, marker, "
        "forwarding_hub, flood_zone)"
    )
    return "town"


def _place_on_earth(reader: FleeReader, row: FleeRow) -> tuple[float, float] | None:
    """Latitude and longitude, which the model itself does not need."""
    if not row.cell(3) and not row.cell(4):
        reader.note(f"{row}: no coordinates: drawn at 0, 0")
        return 0.0, 0.0
    lat, lon = reader.number(row, 3, "latitude"), reader.number(row, 4, "longitude")
    if lat is None or lon is None:
        return None
    if abs(lat) > 90 and abs(lon) <= 90:
        reader.note(f"{row.file}: where a latitude is beyond 90, the two coordinates are swapped")
        lat, lon = lon, lat
    if abs(lat) > 90 or abs(lon) > 180:
        reader.fault(row, f"latitude {lat:g}, longitude {lon:g} is not on Earth")
        return None
    return lat, lon


def _location(reader: FleeReader, row: FleeRow, names: Sequence[str]) -> Location | None:
    if len(row.cells) < 6 or not row.cells[0]:
        what = "has no name" if not row.cells[0] else f"has {counted(len(row.cells), 'column')}"
        reader.fault(row, what, "needs name, region, country, latitude, longitude, type, conflict day, population")
        return None
    if len(row.cells[0]) > _LONGEST_NAME:
        reader.fault(row, f"the name has more than {_LONGEST_NAME} characters")
        return None
    kind = _kind(reader, row, row.cell(5))
    where = _place_on_earth(reader, row)
    day = reader.whole(row, 6, "conflict day") if row.cell(6) and kind == "conflict" else 0
    population = reader.number(row, 7, "population", least=0.0) if row.cell(7) else 0.0
    if where is None or day is None or population is None:
        return None
    extra = _extra(row, _COLUMNS, names)
    return Location(row.cells[0], row.cell(1), row.cell(2), *where, kind, day, population or None, extra)


def read_locations(reader: FleeReader, path: Path) -> tuple[Location, ...]:
    """All locations in file order; of two with one name the later counts, as in Flee."""
    rows, names = _split_header(reader.rows(path), _COLUMNS, (3, 4))
    found: dict[str, Location] = {}
    for row in rows:
        location = _location(reader, row, names)
        if location is None:
            continue
        if location.name in found:
            reader.note(f"{row}: {location.name!r} a second time: this row is used, not the earlier one")
        found[location.name] = location
    unused = [name for name in names if name != "conflict_intensity"]
    if found and unused:
        reader.note(f"not used: columns of {reader.name(path)}: {', '.join(unused)}")
    if not found and not reader.faults.any:
        reader.fault(reader.name(path), "has no location")
    return tuple(found.values())


def _marked(row: FleeRow, reader: FleeReader, marks: bool) -> int | None:
    """The mark of forced redirection, 0, 1 or 2, where the fourth column is one of marks."""
    if not marks or not row.cell(3):
        return 0
    mark = reader.whole(row, 3, "forced_redirection")
    if mark is not None and mark not in (0, 1, 2):
        reader.fault(row, f"forced_redirection {mark} is not 0, 1 or 2")
        return None
    return mark


def _route(
    reader: FleeReader, row: FleeRow, names: Sequence[str], known: Mapping[str, Location], marks: bool
) -> Route | None:
    if len(row.cells) < 3:
        reader.fault(row, f"has {counted(len(row.cells), 'column')}", "needs name1, name2, distance in km")
        return None
    unknown = [name for name in row.cells[:2] if name not in known]
    for name in unknown:
        reader.fault(row, f"{name!r} is not a location", reader.guess(name, list(known)))
    km = reader.number(row, 2, "distance", least=0.0)
    mark = _marked(row, reader, marks)
    if unknown or km is None or mark is None:
        return None
    first = 4 if marks else 3
    return Route(row.cells[0], row.cells[1], km, mark, _extra(row, first, names))


def read_routes(reader: FleeReader, path: Path, locations: Sequence[Location]) -> tuple[Route, ...]:
    """All routes in file order; of several between the same two places the shortest.

    A fourth column is the mark of forced redirection, unless its header says otherwise (``link_type``).
    """
    raw = reader.rows(path)
    fourth = next((row.cell(3) for row in raw[:1] if row.comment or not is_number(row.cell(2))), "")
    marks = "redirect" in fourth.lower() or not fourth
    rows, names = _split_header(raw, 4 if marks else 3, (2,))
    known = {location.name: location for location in locations}
    found: dict[frozenset[str], Route] = {}
    for row in rows:
        route = _route(reader, row, names, known, marks)
        if route is None:
            continue
        ends = frozenset((route.name1, route.name2))
        if len(ends) == 1:
            reader.note(f"{row}: a route from {route.name1!r} to itself: not used")
            continue
        a, b = known[route.name1], known[route.name2]
        air = 0.0 if (0.0, 0.0) in ((a.lat, a.lon), (b.lat, b.lon)) else km_apart(a, b)  # 0, 0: no coordinates
        if route.km < SHORTEST * air and air > NEAR_KM:
            reader.note(
                f"{row}: {route.name1!r} to {route.name2!r} is {route.km:g} km, and {air:.0f} km as the crow flies"
            )
        if ends in found:
            reader.note(f"{row}: a second route {route.name1!r}, {route.name2!r}: the shorter is used")
            route = min(found[ends], route, key=lambda r: r.km)
        found[ends] = route
    if names and rows:
        reader.note(f"not used: columns of {reader.name(path)}: {', '.join(names)}")
    marked = sum(route.redirection > 0 for route in found.values())
    if marked:
        reader.note(
            f"not used: forced_redirection of {counted(marked, 'route')} in {reader.name(path)}: journeys are shortest ways"
        )
    return tuple(found.values())
