"""Whether a traveller has any alternative at all: places joined by roads, and the gates between them."""

from __future__ import annotations

from crossings.scenario.reachable import reachable
from crossings.scenario.validate.index import Index


class Reachability:
    """Groups of places joined by roads, by mode; a one-way road joins both ways here, so a warning is never wrong."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._groups: dict[str, dict[str, str]] = {}
        self._gates_of: dict[str, dict[tuple[str, str], set[str]]] = {}
        self._reached: dict[tuple[str, str], set[str]] = {}
        self._answers: dict[tuple[str, str, str | None], bool] = {}

    def possible(self, stream_name: str, origin: str, destination: str | None) -> bool:
        """Whether a stream has an alternative from a place; True where something it needs is not known."""
        key = (stream_name, origin, destination)
        if key not in self._answers:
            self._answers[key] = self._possible(*key)
        return self._answers[key]

    def _possible(self, stream_name: str, origin: str, destination: str | None) -> bool:
        stream = self._index.streams.get(stream_name)
        group = self._group(stream.mode) if stream is not None else {}
        if stream is None or origin not in group or (destination is not None and destination not in group):
            return True
        if stream_name not in self._gates_of:
            self._gates_of[stream_name] = self._gates(stream_name, group)
        gates = self._gates_of[stream_name]
        if destination is None and stream.choose == "crossing":
            own = self._index.places[origin].country
            if own == stream.direction or stream.direction not in self._index.entered:
                return True  # this is said elsewhere
            return (group[origin], stream.direction) in gates
        goals = {destination} if destination is not None else set(stream.destinations) or self._index.goals
        wanted = {group[goal] for goal in goals if goal in group}
        reached = self._reached.setdefault((stream_name, group[origin]), set())
        if not reached:
            onward: dict[str, set[str]] = {}
            for (near, _), far in gates.items():
                onward.setdefault(near, set()).update(far)
            reached |= reachable(onward, [group[origin]])
        return bool(wanted & reached) or not wanted

    def _gates(self, name: str, group: dict[str, str]) -> dict[tuple[str, str], set[str]]:
        """(group of the near place, country entered) → groups of the far places, of the gates of a stream."""
        found: dict[tuple[str, str], set[str]] = {}
        for crossing in self._index.crossings.values():
            countries = self._index.countries(crossing.id)
            if countries is None or crossing.place_a not in group or crossing.place_b not in group:
                continue
            sides = (group[crossing.place_a], group[crossing.place_b])
            for far, country in enumerate(countries):
                if self._index.gate(crossing.id, country, name):
                    found.setdefault((sides[1 - far], country), set()).add(sides[far])
        return found

    def _group(self, mode: str) -> dict[str, str]:
        """Place -> a place that stands for all it is joined to by roads of a mode."""
        if mode not in self._groups:
            parent = {place: place for place in self._index.places}
            for row in self._index.draft.roads.rows:
                road = row.value
                if road.from_ in parent and road.to in parent and (not road.modes or mode in road.modes):
                    parent[_root(parent, road.from_)] = _root(parent, road.to)
            self._groups[mode] = {place: _root(parent, place) for place in parent}
        return self._groups[mode]


def _root(parent: dict[str, str], place: str) -> str:
    while parent[place] != place:
        parent[place] = parent[parent[place]]
        place = parent[place]
    return place
