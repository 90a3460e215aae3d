"""Places as files name them, to crossings: two ports of one name are two, one port of two spellings is one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crossings.errors import InputError, check_known
from crossings.importers.identifiers import identifiers
from crossings.importers.tables import plain
from crossings.io.faults import clip, counted
from crossings.scenario import Scenario

_NAME = re.compile(r"\w[\w .+/()'-]{0,79}")


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """A place of a file: its name, other names from the fullest on, and what makes it one place (a code, or its name).

    >>> NamedPlace("Eastport", ("Eastport Maine",), "0103").key == NamedPlace("EASTPORT", (), "103").key
    True
    """

    name: str
    others: tuple[str, ...] = ()
    code: str = ""

    @property
    def key(self) -> str:
        """Equal for two sites that are one place: codes without leading zeros, which spreadsheets drop."""
        code = self.code.strip().lower()
        return f"#{code.lstrip('0') or '0'}" if code else plain(self.name)

    @property
    def names(self) -> tuple[str, ...]:
        """All names, each once."""
        return tuple(dict.fromkeys(name for name in (self.name, *self.others) if name))


class Names:
    """Names in a file to crossings of a scenario; without one, to identifiers made of the names.

    ``matches``: name in the file -> crossing, which decides before anything else.
    """

    def __init__(self, scenario: Scenario | None, matches: Mapping[str, str]) -> None:
        self._free = scenario is None
        self._known: dict[str, str] = {}
        self.streams = None if scenario is None else set(scenario.settings.streams)
        self.timezone = None if scenario is None else scenario.settings.timezone
        ids = [c.id for c in scenario.crossings] if scenario is not None else []
        for crossing in scenario.crossings if scenario is not None else ():
            for name in (crossing.id, crossing.name, crossing.name_b):
                if name:
                    self._known.setdefault(plain(name), crossing.id)
        bad = [to for to in matches.values() if self._free and not _NAME.fullmatch(to)]
        if bad:
            what = f"'{bad[0][:60]}' cannot be the name of a crossing"
            raise InputError("match", what, "write one such as otay")
        check_known("match", "crossing of the scenario", matches.values() if not self._free else (), ids)
        self._known |= {plain(name): to for name, to in matches.items()}

    def crossings(self, sites: Iterable[NamedPlace]) -> tuple[dict[NamedPlace, str | None], list[str]]:
        """The crossing of each site, None where none is known; and a note for each name that is of several places."""
        every = list(dict.fromkeys(sites))
        first: dict[str, NamedPlace] = {}
        owners: dict[str, set[str]] = {}
        for site in every:
            first.setdefault(site.key, site)
            for name in (*site.names, site.code):
                if name:
                    owners.setdefault(plain(name), set()).add(site.key)
        made: dict[str, str | None] = {}
        taken = set(self._known.values())
        for key, site in first.items():
            spelt = [name for other in every if other.key == key for name in other.names]
            own = [name for name in dict.fromkeys(spelt) if len(owners[plain(name)]) == 1]
            code = site.code.strip()
            known = [self._known[plain(n)] for n in (*own, code, code.lstrip("0")) if n and plain(n) in self._known]
            if known:
                made[key] = known[0]
            elif self._free and (site.name or code):
                stem = own[0] if own else f"{site.name} {code}".strip()
                made[key] = identifiers([stem], ascii_lower=True, taken=taken)[0]
                taken.add(made[key] or "")
            else:
                made[key] = None
        return {site: made[site.key] for site in every}, self._shared(first, owners, made)

    def _shared(
        self, first: Mapping[str, NamedPlace], owners: Mapping[str, set[str]], made: Mapping[str, str | None]
    ) -> list[str]:
        """A note for each name of several places."""
        notes = []
        for site in first.values():
            keys = owners.get(plain(site.name), set())
            if len(keys) < 2 or next(key for key in first if key in keys) != site.key:
                continue
            several = [first[key] for key in first if key in keys and plain(first[key].name) == plain(site.name)]
            if len(several) < 2:
                continue
            told = [f"{clip((s.others or (s.name,))[0], 50)}{f' ({s.code})' if s.code else ''}" for s in several[:5]]
            missing = any(made[s.key] is None for s in several)
            how = f" (--match {told[0].split(' (')[0][:-1]}=CROSSING')" if missing else ""
            notes.append(f"{clip(site.name)} is the name of {counted(len(several), 'place')}: {', '.join(told)}{how}")
        return notes
