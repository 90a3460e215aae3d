"""Identifiers in a scenario for the names of a Flee directory."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crossings.importers.countries import codes
from crossings.importers.flee.case import FleeCase, Route

__all__ = ["FleeNames", "identifiers", "place_ids", "route_ids"]

_LONGEST = 38  # two names make up a crossing's id, of at most 80 characters


def identifiers(names: Iterable[str]) -> dict[str, str]:
    """An identifier for every name: the name itself where it is one, else with ``_`` for what cannot stand in it.

    >>> identifiers(["Mole", "Camp: A", "Camp; A"])
    {'Mole': 'Mole', 'Camp: A': 'Camp_ A', 'Camp; A': 'Camp_ A 2'}
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    wanted = {name: re.sub(r"[^\w .+/()'-]", "_", name)[:_LONGEST].strip() for name in dict.fromkeys(names)}
    for name in sorted(wanted, key=lambda name: name != wanted[name]):  # names that can stay as they are come first
        stem = wanted[name] if re.match(r"\w", wanted[name]) else f"_{wanted[name]}"
        number = 1
        while (text := stem if number == 1 else f"{stem} {number}") in taken:
            number += 1
        taken.add(text)
        found[name] = text
    return {name: found[name] for name in wanted}


def place_ids(case: FleeCase) -> dict[str, str]:
    """Location name -> id of its place in the scenario."""
    return identifiers(location.name for location in case.locations)


def route_ids(case: FleeCase) -> tuple[str, ...]:
    """An id for every route, ``A--B``, which is also the id of its crossing and its border place."""
    ids = place_ids(case)
    taken = set(ids.values())
    found = []
    for route in case.routes:
        stem = f"{ids[route.name1]}--{ids[route.name2]}"
        number = 1
        while (text := stem if number == 1 else f"{stem} {number}") in taken:
            number += 1
        taken.add(text)
        found.append(text)
    return tuple(found)


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
