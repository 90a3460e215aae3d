"""The names of a draft, and who belongs to whom, for the checks that look across files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from crossings.errors import suggest
from crossings.io.faults import clip
from crossings.scenario.draft import Draft
from crossings.scenario.entities import Border, Crossing, Place, Road, Stream
from crossings.scenario.tables import FileRows, Row

HINT_BUDGET = 300_000  # names compared in all, so that very many faults in very large files stay quick
MANY_NAMES = 2000


class Index:
    """What is defined in a draft. A name on a faulty row is known all the same, so that it is not said twice."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self._hints: dict[tuple[str, str], str] = {}
        self._sorted: dict[str, dict[str, list[str]]] = {}
        self._budget = HINT_BUDGET

    @cached_property
    def borders(self) -> dict[str, Border]:
        """The borders whose countries are known."""
        return {r.value.id: r.value for r in self.draft.borders.rows if r.ok("id", "country_a", "country_b")}

    @cached_property
    def places(self) -> dict[str, Place]:
        """The places whose country is known."""
        return {row.value.id: row.value for row in self.draft.places.rows if row.ok("id", "country")}

    @cached_property
    def crossings(self) -> dict[str, Crossing]:
        """The crossings whose id is known."""
        return {row.value.id: row.value for row in self.draft.crossings.rows if row.ok("id")}

    @cached_property
    def goals(self) -> frozenset[str]:
        """The places of a kind to which a stream without destinations of its own goes."""
        return frozenset(p.id for p in self.places.values() if p.kind in ("reception", "destination"))

    @property
    def streams(self) -> Mapping[str, Stream]:
        """The streams that could be read."""
        return self.draft.settings.streams if self.draft.sheet is not None else {}

    @property
    def streams_known(self) -> bool:
        """Whether every stream that is written could be read."""
        return self.names("stream") == set(self.streams)

    @cached_property
    def queues(self) -> dict[tuple[str, str], set[frozenset[str]]]:
        """(crossing, direction) -> the sets of streams that share a queue there."""
        found: dict[tuple[str, str], set[frozenset[str]]] = {}
        for row in self.draft.lanes.rows:
            if row.ok("crossing", "direction", "streams"):
                key = (row.value.crossing, row.value.direction)
                found.setdefault(key, set()).add(frozenset(row.value.streams))
        return found

    @property
    def gates_known(self) -> bool:
        """Whether it is certain which gates there are."""
        return all(table.whole for table in (self.draft.lanes, self.draft.crossings, self.draft.borders))

    @cached_property
    def entered(self) -> set[str]:
        """The countries on either side of the borders."""
        return {code for border in self.borders.values() for code in (border.country_a, border.country_b)}

    def direction(self, table: FileRows[Any], row: Row[Any]) -> bool:
        """Whether a row's direction is empty or a country of some border; a fault is added if not."""
        given = row.value.direction
        if given is None or not row.ok("direction"):
            return row.ok("direction")
        if given in self.entered or not self.draft.borders.whole:
            return True
        self.fault(
            table, row, f"direction: {clip(given)} is not a country of a border", suggest(given, sorted(self.entered))
        )
        return False

    def countries(self, crossing: str) -> tuple[str, str] | None:
        """The two countries of a crossing's border, if known."""
        found = self.crossings.get(crossing)
        border = self.borders.get(found.border) if found is not None else None
        return (border.country_a, border.country_b) if border is not None else None

    def gate(self, crossing: str, direction: str, stream: str) -> bool:
        """Whether a stream has a gate at a crossing of this direction: a lane, or no lane for anybody."""
        queues = self.queues.get((crossing, direction))
        return queues is None or any(stream in queue for queue in queues)

    def names(self, kind: str) -> set[str] | None:
        """All names of a kind (crossing, place, border, road, stream, order); None if they are not known."""
        return self._names[kind]

    @cached_property
    def _names(self) -> dict[str, set[str] | None]:
        draft = self.draft
        return {
            "border": _ids(draft.borders),
            "place": _ids(draft.places),
            "crossing": _ids(draft.crossings),
            "road": _road_names(draft.roads),
            "order": _ids(draft.closures, "order"),
            "stream": self._stream_names(),
        }

    def _stream_names(self) -> set[str] | None:
        sheet = self.draft.sheet
        if sheet is None or ("streams",) in sheet.bad:
            return None
        written = sheet.tree.data.get("streams")
        return set(sheet.value.streams) | (set(written) if isinstance(written, dict) else set())

    def refer(self, table: FileRows[Any], row: Row[Any], field: str, kind: str) -> bool:
        """Add a fault for each name in a field that is not defined; True if all are."""
        given = getattr(row.value, field)
        column = field.rstrip("_")
        if given is None or not row.ok(field):
            return False
        several = isinstance(given, tuple)
        if not several and given in (self.names(kind) or ()):
            return True
        words: Iterable[str] = given if several else (given,)
        sound = self.known(table.where(row), column, words, kind)
        twice = [word for word, count in Counter(given).items() if count > 1] if several and len(given) > 1 else []
        for word in twice:
            self.draft.faults.add(table.where(row), f"{column}: {clip(word)} is given twice", "name it once")
        if not sound or twice:
            table.whole = False
        return sound and not twice

    def fault(self, table: FileRows[Any], row: Row[Any], what: str, instead: str) -> None:
        """Add a fault that makes a row useless, so that what needs it is not a fault as well."""
        table.whole = False
        self.draft.faults.add(table.where(row), what, instead)

    def known(self, where: str, label: str, words: Iterable[str], kind: str) -> bool:
        """Add a fault at ``where`` for each word that is no name of a kind; True if all are."""
        names = self.names(kind)
        if names is None:
            return True
        unknown = [word for word in words if word not in names]
        for word in unknown:
            self.draft.faults.add(where, f"{label}: unknown {kind} {clip(word)}", self.hint(word, kind, names))
        return not unknown

    def hint(self, word: str, kind: str, names: Iterable[str]) -> str:
        """The nearest name, as long as looking for it stays cheap."""
        key = (word, kind)
        if key not in self._hints:
            known = self._candidates(word, kind, names) if self._budget > 0 else []
            self._budget -= len(known) + 1
            self._hints[key] = suggest(word, known) if self._budget > 0 else f"name a {kind} that is defined"
        return self._hints[key]

    def _candidates(self, word: str, kind: str, names: Iterable[str]) -> list[str]:
        """The names of a kind, sorted; of very many only those with the first letter of the word."""
        if kind not in self._sorted:
            self._sorted[kind] = {"": sorted(name for name in names if len(name) <= 80)}
        groups = self._sorted[kind]
        if len(groups[""]) <= MANY_NAMES:
            return groups[""]
        if len(groups) == 1:
            for name in groups[""]:
                groups.setdefault(name[:1].casefold(), []).append(name)
        return groups.get(word[:1].casefold(), groups[""])[:MANY_NAMES]


def _ids(table: FileRows[Any], field: str = "id") -> set[str] | None:
    if not table.named:
        return None
    return {getattr(row.value, field) for row in table.rows if row.ok(field)} | table.also


def _road_names(table: FileRows[Road]) -> set[str] | None:
    """The ids of roads, or FROM--TO of those without."""
    if not table.named:
        return None
    rows = [row for row in table.rows if row.ok("id") and (row.value.id or row.ok("from_", "to"))]
    return {row.value.name for row in rows} | table.also
