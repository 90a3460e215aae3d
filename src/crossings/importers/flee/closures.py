"""``closures.csv`` of a Flee directory, read by what its authors meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crossings.importers.flee.case import CAMPS, FleeClosure, Location, Route
from crossings.importers.flee.geography import is_number
from crossings.importers.flee.rows import FleeReader, FleeRow
from crossings.io.faults import counted

_KINDS = ("country", "location", "link", "camp", "idpcamp", "remove_forced_redirection")
_NONE = ("", "-", "0", "none", "na", "n/a", "nan")


@dataclass(frozen=True)
class _Ground:
    """What a closure can act on: the country of each location, the routes, the camps that are counted."""

    country: dict[str, str]
    routes: Sequence[Route]
    camps: Sequence[str]

    def between(self, kind: str, pair: set[str]) -> tuple[int, ...]:
        """Indices of the routes between two places, or two countries."""
        ends = (
            {self.country[r.name1], self.country[r.name2]} if kind == "country" else {r.name1, r.name2}
            for r in self.routes
        )
        return tuple(i for i, both in enumerate(ends) if both == pair)

    def touching(self, kind: str, name: str) -> tuple[int, ...]:
        """Indices of the routes at a place, or out of a country."""
        if kind == "country":
            ends = [(self.country[r.name1], self.country[r.name2]) for r in self.routes]
            return tuple(i for i, (a, b) in enumerate(ends) if a != b and name in (a, b))
        return tuple(i for i, r in enumerate(self.routes) if name in (r.name1, r.name2))


def read_closures(
    reader: FleeReader, path: Path, locations: Sequence[Location], routes: Sequence[Route], camps: Sequence[str]
) -> tuple[FleeClosure, ...]:
    """All closures that act on something; those that act on nothing are noted. No file: no closures.

    ``country``: every route between the two countries, or with one country given all that leave it.
    ``location``: with a second place the route between the two (Flee takes no notice of the second, and closes every
    route of the first). With a country for a second name, mostly the place's own, or without one: a camp receives nobody, as
    it is not open yet; of a town all routes close.
    ``link``: the route. ``camp``, ``idpcamp``: it receives nobody.
    An end of -1, or before the start, is never.
    """
    if not path.exists():
        return ()
    ground = _Ground({location.name: location.country for location in locations}, routes, camps)
    rows = reader.data(path)
    if rows and len(rows[0].cells) > 3 and not any(is_number(rows[0].cell(i)) for i in (3, 4)):
        rows = rows[1:]  # a header without #
    found = (_closure(reader, row, ground) for row in rows)
    return tuple(closure for closure in found if closure is not None)


def _closure(reader: FleeReader, row: FleeRow, ground: _Ground) -> FleeClosure | None:
    if len(row.cells) < 4:
        reader.fault(
            row,
            f"has {counted(len(row.cells), 'column')}",
            "needs closure_type, name1, name2, closure_start, closure_end",
        )
        return None
    kind, second = row.cells[0].lower(), row.cells[2]
    if kind not in _KINDS:
        reader.note(f"{row}: closure type {row.cells[0]!r}: not used; {reader.guess(kind, _KINDS)}")
        return None
    start = reader.whole(row, 3, "closure_start")
    end = reader.whole(row, 4, "closure_end") if row.cell(4) else -1
    if start is None or end is None:
        return None
    if kind == "remove_forced_redirection":
        reader.note(f"{row}: remove_forced_redirection: not used, as nobody is redirected")
        return None
    if start < 0 or end == start:
        reader.note(f"{row}: from day {start} to day {end}: never in force")
        return None
    second = "" if second.lower() in _NONE or kind in CAMPS or second == row.cells[1] else second
    closure = FleeClosure(kind, row.cells[1], second, start, None if end < start else end)
    return _acting(reader, row, closure, ground)


def _acting(reader: FleeReader, row: FleeRow, closure: FleeClosure, ground: _Ground) -> FleeClosure | None:
    """The closure with what it acts on; None, and a note, where it acts on nothing."""
    closure = _alone(reader, row, closure, ground)
    kind, name = closure.kind, closure.name1
    known = sorted(set(ground.country.values())) if kind == "country" else list(ground.country)
    pair = {name, closure.name2} if closure.name2 else {name}
    unknown = sorted(pair - set(known))
    for word in unknown:
        what = "country" if kind == "country" else "location"
        reader.note(f"{row}: {word!r} is not a {what}: not used; {reader.guess(word, known)}")
    if unknown:
        return None
    routes: tuple[int, ...] = ()
    if kind not in CAMPS:
        routes = ground.between(kind, pair) if closure.name2 else ground.touching(kind, name)
    receives = kind in CAMPS or (kind == "location" and not closure.name2)
    camps = (name,) if receives and name in ground.camps else ()
    if kind == "location" and camps:
        routes = ()  # a camp that is not open yet: people pass on the road beside it
    if not routes and not camps:
        reader.note(f"{row}: {kind} {' '.join(map(repr, sorted(pair)))} closes nothing: not used")
        return None
    return replace(closure, routes=routes, camps=camps)


def _alone(reader: FleeReader, row: FleeRow, closure: FleeClosure, ground: _Ground) -> FleeClosure:
    """A ``location`` row without its second name, where that is no location: by convention it is the first one's country."""
    name, second = closure.name1, closure.name2
    if closure.kind != "location" or not second or name not in ground.country:
        return closure
    countries = {country.lower().replace("_", " ") for country in ground.country.values()}
    if second in ground.country and ground.between("location", {name, second}):
        return closure
    if second.lower().replace("_", " ") not in countries:
        if second in ground.country or name not in ground.camps:
            return closure
        reader.note(f"{row}: {second!r} is neither a location nor a country: {name!r} alone is closed")
    return replace(closure, name2="")
