"""From rows as they were reported to disjoint terms of a likelihood: which rows are used, in what form, and why.

Finest first. A total enters as what its parts leave of it, a lower bound only where it says more than counts do.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from crossings.observations.intervals import Bound, settle, weaken
from crossings.observations.regions import Atom, Piece, Region
from crossings.observations.sums import Ledger, NestedRegion
from crossings.scenario import Scenario
from crossings.scenario.clock import Clock
from crossings.scenario.entities import Observation, Settings

Kind = Literal["count", "rest", "at_least", "waiting"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One term of a likelihood: a count known to lie in [low, high]. No traveller is counted in two of them.

    Waiting numbers are apart: they count those who queue at one moment, so they do not add up with anything.
    """

    id: str
    """The row from which it comes."""
    ids: tuple[str, ...]
    """All rows it stands on: its own, those whose cells are subtracted, lower bounds that raised ``low``."""
    crossings: tuple[str, ...]
    """As in the row; of a rest, those that are left."""
    direction: str | None
    """Country entered; None: both."""
    streams: tuple[str, ...]
    what: Literal["arrived", "crossed", "waiting"]
    unit: Literal["persons", "vehicles"]
    start: dt.datetime
    """Local; of a rest, the first moment that is left."""
    end: dt.datetime
    low: float
    """Least number, in ``unit``."""
    high: float
    """Most; infinite for a lower bound."""
    kind: Kind
    """count: a row as it is. rest: a total less its parts. at_least: a lower bound. waiting: at the middle of the period."""
    minus: tuple[str, ...]
    """Ids of the cells that were subtracted from the row."""
    pieces: tuple[Piece, ...]
    """What is counted, in disjoint parts: the expectation is the sum of the expected flow over them (see ``weigh``)."""
    tells: float
    """Chance that the number tells anything: 1, or less where it is one party's word (0.5: an even chance)."""
    reason: str
    """Why it is used in this form."""

    @property
    def at(self) -> dt.datetime:
        """The middle of its period: the moment at which those waiting are counted."""
        return self.start + (self.end - self.start) / 2


@dataclass(frozen=True, slots=True)
class Use:
    """What becomes of a row. ``use``: how it is used, or ``raises`` (another's low end), or ``no``; ``cell``: its term."""

    row: Observation
    use: Kind | Literal["raises", "no"]
    cell: Cell | None
    reason: str


@dataclass(frozen=True)
class OverlapRules:
    """What tells how counts overlap: the settings (period, streams), and for each crossing the two countries."""

    settings: Settings
    sides: tuple[tuple[str, tuple[str, str]], ...]

    @classmethod
    def of(cls, scenario: Scenario) -> OverlapRules:
        """That of a scenario."""
        borders = {border.id: (border.country_a, border.country_b) for border in scenario.borders}
        return cls(scenario.settings, tuple((each.id, borders[each.border]) for each in scenario.crossings))

    def atoms(self, row: Observation) -> list[Atom]:
        """The crossings, directions and streams that a row counts together."""
        sides = dict(self.sides)
        return [
            (crossing, direction, stream)
            for crossing in dict.fromkeys(row.crossings)
            for direction in sides[crossing]
            if row.direction in (None, direction)
            for stream in dict.fromkeys(row.streams)
        ]

    def refusal(self, row: Observation, streams: frozenset[str]) -> str:
        """Why a row is not looked at for these streams; empty if it is."""
        settings = self.settings
        clock = Clock(settings)
        horizon = clock.local(clock.horizon_ms)
        if row.status == "conflict":
            return "in conflict with other sources"
        if row.status == "off-model":
            return "outside the model"
        if row.tells == 0:
            return "it is said to tell nothing"
        if not streams.intersection(row.streams):
            return f"another stream: {', '.join(row.streams)}"
        if not streams.issuperset(row.streams):
            return f"counts other streams as well: {', '.join(s for s in row.streams if s not in streams)}"
        if row.from_ < settings.start or row.until > horizon:
            return "its period is not wholly within the run"
        if row.unit == "vehicles" and any(settings.streams[stream].unit == "person" for stream in row.streams):
            return "counts vehicles of a stream whose unit is a person"
        if row.status == "lower_bound" and row.count == 0:
            return "at least 0 says nothing"
        return ""


def sort_out(
    rows: Sequence[Observation], ground: OverlapRules, streams: frozenset[str]
) -> tuple[tuple[Cell, ...], tuple[Use, ...]]:
    """The cells, and what becomes of each row; both in the order of the rows. It depends on the rows and ground alone."""
    uses: dict[str, Use] = {}
    taken: list[Observation] = []
    for row in rows:
        reason = ground.refusal(row, streams)
        if reason:
            uses[row.id] = Use(row, "no", None, reason)
        else:
            taken.append(row)
    uses |= _waiting([row for row in taken if row.what == "waiting"], ground)
    for what in ("arrived", "crossed"):
        mine = [row for row in taken if row.what == what]
        uses |= _Sorting(ground).run(mine)
    ordered = tuple(uses[row.id] for row in rows)
    own = {"count", "rest", "at_least", "waiting"}
    return tuple(use.cell for use in ordered if use.cell is not None and use.use in own), ordered


def _waiting(rows: Iterable[Observation], ground: OverlapRules) -> dict[str, Use]:
    """Numbers waiting: of those that share a gate at one moment only the firmest and finest is used."""
    uses: dict[str, Use] = {}
    used: list[tuple[dt.datetime, frozenset[Atom], str]] = []
    for row in sorted(rows, key=lambda row: (-row.tells, len(ground.atoms(row)), _width(row))):
        atoms = ground.atoms(row)
        cell = _cell(row, "waiting", Region.box(atoms, row.from_, row.until), row.count, _high(row))
        other = next((name for at, gates, name in used if at == cell.at and gates.intersection(atoms)), None)
        if other is not None:
            uses[row.id] = Use(row, "no", None, f"the same queue at the same moment as {other}")
            continue
        used.append((cell.at, frozenset(atoms), row.id))
        reason = f"those waiting at {cell.at:%Y-%m-%d %H:%M}"
        if row.tells < 1:
            reason += f"; tells nothing with probability {1 - row.tells:g}"
        uses[row.id] = Use(row, "waiting", replace(cell, reason=reason), reason)
    return uses


class _Sorting:
    """Counts of one kind (arrived, or crossed) sorted out: first the counts, finest first, then the lower bounds."""

    def __init__(self, ground: OverlapRules) -> None:
        self._ground = ground
        self._ledger = Ledger()
        self._uses: dict[str, Use] = {}

    def run(self, rows: Sequence[Observation]) -> dict[str, Use]:
        regions = {row.id: Region.box(self._ground.atoms(row), row.from_, row.until) for row in rows}
        place = {row.id: number for number, row in enumerate(rows)}

        def finest(row: Observation) -> tuple[object, ...]:
            firm = row.status != "final"
            return (-row.tells, regions[row.id].size, firm, _width(row), place[row.id])

        ordered = sorted(rows, key=finest)
        for row in ordered:
            if row.status != "lower_bound":
                self._count(row, regions[row.id])
        bounds = [Bound(row, regions[row.id]) for row in ordered if row.status == "lower_bound"]
        self._bounds(bounds)
        return self._uses

    def _count(self, row: Observation, region: Region) -> None:
        found = self._ledger.parts(region, row.unit)
        if isinstance(found, str):
            self._no(row, found)
            return
        left = region.minus([block.region for block in (*found.parts, *found.empty)])
        if not found.parts and not found.empty:
            self._use(row, "count", left, row.count, _high(row), "counted in no finer row")
            self._ledger.enter(NestedRegion(row.id, left, row.count, _high(row), row.unit))
            return
        low, high = sum(block.low for block in found.parts), sum(block.high for block in found.parts)
        names = [name for block in (*found.parts, *found.empty) for name in block.cells()]
        if not left:
            same = len(names) == 1 and not found.empty
            apart = row.count > high or _high(row) < low
            reason = (
                f"the same crossings and period as {names[0]}" if same else f"its parts count all of it: {_few(names)}"
            )
            self._no(row, reason + (f", which make {span(low, high)}" if apart else ""))
            return
        if _high(row) < low:
            self._no(row, f"less than its parts, which make {span(low, high)}: {_few(names)}")
            return
        rest = (max(0.0, row.count - high), _high(row) - low)
        reason = f"the rest of {span(row.count, _high(row))}, its parts making {span(low, high)}: {_few(names)}"
        self._use(row, "rest", left, *rest, reason, names)
        own = NestedRegion(row.id, left, *rest, row.unit)
        if found.whole:
            self._ledger.gather(
                NestedRegion(row.id, region, max(row.count, low), _high(row), row.unit, (*found.parts, own))
            )
        else:
            self._ledger.enter(own)

    def _bounds(self, bounds: Sequence[Bound]) -> None:
        """Lower bounds: raise counts where they say more, else stand for people counted nowhere else."""
        free: list[Bound] = []
        for bound in bounds:
            leaves = self._ledger.touched(bound.region)
            if leaves and bound.row.tells < 1:  # one party's word moves no count
                self._no(bound.row, f"may be the same people as {_few([leaf.name for leaf in leaves])}")
                continue
            answer = weaken(bound, leaves)
            if isinstance(answer, str):
                self._no(bound.row, answer)
            elif isinstance(answer, Bound):
                free.append(answer)
            else:
                self._raise(bound.row, answer)
        for bound, reason in settle(free):
            if reason:
                self._no(bound.row, reason)
            else:
                reason = "at least so many, counted nowhere else"
                if bound.minus:
                    reason = f"at least so many besides {_few(bound.minus)}"
                self._use(bound.row, "at_least", bound.region, bound.least, math.inf, reason, bound.minus)

    def _raise(self, row: Observation, raised: dict[str, float]) -> None:
        for name, low in raised.items():
            use = self._uses[name]
            assert use.cell is not None
            reason = f"{use.reason}; at least {low:g} by {row.id}"
            cell = replace(use.cell, low=low, ids=(*use.cell.ids, row.id), reason=reason)
            self._uses[name] = Use(use.row, use.use, cell, reason)
            self._ledger.raise_low(name, low)
        reason = f"raises the low end of {_few(list(raised))}"
        self._uses[row.id] = Use(row, "raises", self._uses[next(iter(raised))].cell, reason)

    def _no(self, row: Observation, reason: str) -> None:
        self._uses[row.id] = Use(row, "no", None, reason)

    def _use(
        self,
        row: Observation,
        kind: Kind,
        region: Region,
        low: float,
        high: float,
        reason: str,
        minus: Sequence[str] = (),
    ) -> None:
        cell = _cell(row, kind, region, low, high)
        cell = replace(cell, minus=tuple(minus), ids=(row.id, *minus), reason=reason)
        self._uses[row.id] = Use(row, kind, cell, reason)


def _cell(row: Observation, kind: Kind, region: Region, low: float, high: float) -> Cell:
    pieces = region.pieces()
    return Cell(
        id=row.id,
        ids=(row.id,),
        crossings=tuple(dict.fromkeys(piece.crossing for piece in pieces)),
        direction=row.direction,
        streams=tuple(dict.fromkeys(piece.stream for piece in pieces)),
        what=row.what,
        unit=row.unit,
        start=min(piece.start for piece in pieces),
        end=max(piece.end for piece in pieces),
        low=low,
        high=high,
        kind=kind,
        minus=(),
        pieces=pieces,
        tells=row.tells,
        reason="",
    )


def _high(row: Observation) -> float:
    if row.status == "lower_bound":
        return math.inf
    return row.count if row.count_max is None else row.count_max


def _width(row: Observation) -> float:
    return _high(row) - row.count


def span(low: float, high: float) -> str:
    """An interval of counts for people: 5, 9-11, at least 25."""
    if math.isinf(high):
        return f"at least {low:,.0f}"
    return f"{low:,.0f}" if low == high else f"{low:,.0f}-{high:,.0f}"


def _few(names: Sequence[str]) -> str:
    """Names of rows, two of them where there are many."""
    return ", ".join(names) if len(names) <= 3 else f"{names[0]}, {names[1]} and {len(names) - 2} more"
