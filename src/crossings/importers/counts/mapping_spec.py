"""What a person asks of a file of counts, what is found in it, and how its names become crossings."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from crossings.errors import Fault, InputError, suggest
from crossings.importers.identifiers import identifiers
from crossings.importers.tables import plain
from crossings.io.faults import Faults
from crossings.scenario import Observation, Scenario

__all__ = ["Asked", "Found", "Names", "Wait"]

_NAME = re.compile(r"\w[\w .+/()'-]{0,79}")


@dataclass(frozen=True)
class Asked:
    """What the file cannot say.

    crossings: counted together, where the file names none. direction: country entered. streams: what the file counts ->
    stream. series: whether numbers are new ones (daily) or running totals (cumulative). first, last: only these days.
    count: the HXL tag that is counted. source: written beside each row.
    """

    crossings: tuple[str, ...] = ()
    direction: str | None = None
    streams: Mapping[str, str] = field(default_factory=dict)
    series: str | None = None
    first: dt.date | None = None
    last: dt.date | None = None
    count: str | None = None
    source: str | None = None

    def within(self, first: dt.date, last: dt.date) -> bool:
        """Whether a period of whole days lies in the days asked for."""
        return (self.first is None or first >= self.first) and (self.last is None or last <= self.last)


@dataclass(frozen=True, slots=True)
class Wait:
    """A wait as published: at a crossing, for a stream, in lanes of one sort, at a local time."""

    crossing: str
    direction: str
    stream: str
    lane: str
    at: dt.datetime
    wait_min: float
    lanes_open: int | None
    source: str


@dataclass
class Found:
    """Observations and waits, and what could not be used: a line each, with its number of rows."""

    observations: list[Observation] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    unused: Counter[str] = field(default_factory=Counter)
    faults: Faults = field(default_factory=Faults)

    def skip(self, why: str, rows: int = 1) -> None:
        """Count rows that are not used, by their reason."""
        self.unused[why[:300]] += rows

    @property
    def notes(self) -> list[str]:
        """What could not be used, the largest first."""
        return [f"not used: {rows:,} rows: {why}" for why, rows in self.unused.most_common()]


class Names:
    """Names in a file to crossings of a scenario; without one, to identifiers made of the names.

    ``matches``: name in the file -> crossing, which decides before anything else.
    """

    def __init__(self, scenario: Scenario | None, matches: Mapping[str, str]) -> None:
        self._free = scenario is None
        self._made: dict[str, str] = {}
        self._known: dict[str, str] = {}
        self.streams = None if scenario is None else set(scenario.settings.streams)
        self.countries = (
            set() if scenario is None else {c for b in scenario.borders for c in (b.country_a, b.country_b)}
        )
        ids = [c.id for c in scenario.crossings] if scenario is not None else []
        for crossing in scenario.crossings if scenario is not None else ():
            for name in (crossing.id, crossing.name, crossing.name_b):
                if name:
                    self._known.setdefault(plain(name), crossing.id)
        bad = [to for to in matches.values() if self._free and not _NAME.fullmatch(to)]
        if bad:
            what = f"'{bad[0][:60]}' cannot be the name of a crossing"
            raise InputError(Fault("match", what, "write one such as otay"))
        wrong = [] if self._free else [(name, to) for name, to in matches.items() if to not in ids]
        if wrong:
            raise InputError(
                [
                    Fault("match", f"no crossing of the scenario is named '{to[:60]}'", suggest(to, ids))
                    for _, to in wrong
                ]
            )
        self._known |= {plain(name): to for name, to in matches.items()}

    def crossing(self, *names: str) -> str | None:
        """The crossing that the first known of some names means; None where none is known."""
        for name in names:
            found = self._known.get(plain(name)) if name else None
            if found is not None:
                return found
        first = next((name for name in names if name), "")
        if not self._free or not first:
            return None
        if first not in self._made:
            self._made[first] = identifiers([first], ascii_lower=True, taken=self._made.values())[0]
        return self._made[first]
