"""Identifiers in a scenario for the names of a Flee directory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crossings.importers.countries import codes
from crossings.importers.flee.case import FleeCase, Route
from crossings.importers.identifiers import identifiers as unique

_LONGEST = 38  # two names make up a crossing's id, of at most 80 characters


def identifiers(names: Iterable[str]) -> dict[str, str]:
    """An identifier for every name: the name itself where it is one, else with ``_`` for what cannot stand in it.

    >>> identifiers(["Mole", "Camp: A", "Camp; A"])
    {'Mole': 'Mole', 'Camp: A': 'Camp_ A', 'Camp; A': 'Camp_ A 2'}
    """
    every = list(dict.fromkeys(names))
    made = unique(every, longest=_LONGEST)
    first = sorted(every, key=lambda name: name not in made)  # names that can stay as they are come first
    found = dict(zip(first, unique(first, longest=_LONGEST), strict=True))
    return {name: found[name] for name in every}


def place_ids(case: FleeCase) -> dict[str, str]:
    """Location name -> id of its place in the scenario."""
    return identifiers(location.name for location in case.locations)


def route_ids(case: FleeCase) -> tuple[str, ...]:
    """An id for every route, ``A--B``, which is also the id of its crossing and its border place."""
    ids = place_ids(case)
    stems = [f"{ids[route.name1]}--{ids[route.name2]}" for route in case.routes]
    return tuple(unique(stems, longest=80, taken=ids.values()))


@dataclass(frozen=True)
class FleeNames:
    """Ids: of places by location, of countries by name and by location, of routes; ``abroad``: those over a border."""

    place: Mapping[str, str]
    country: Mapping[str, str]
    code: Mapping[str, str]
    route: tuple[str, ...]
    abroad: tuple[int, ...]

    @classmethod
    def of(cls, case: FleeCase) -> FleeNames:
        country = codes(location.country or "unknown" for location in case.locations)
        code = {location.name: country[location.country or "unknown"] for location in case.locations}
        abroad = tuple(i for i, route in enumerate(case.routes) if code[route.name1] != code[route.name2])
        return cls(place_ids(case), country, code, route_ids(case), abroad)

    def over_border(self, route: Route) -> bool:
        """Whether a route leads from one country to another."""
        return self.code[route.name1] != self.code[route.name2]
