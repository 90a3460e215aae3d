"""Counts as they were reported, cut off at a day, and as disjoint terms of a likelihood."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from crossings.errors import Fault, InputError, suggest
from crossings.observations.periods import Cell, OverlapRules, Use, sort_out
from crossings.scenario import Scenario
from crossings.scenario.as_of import Knowing, counted, cut_off
from crossings.scenario.clock import end_of_day
from crossings.scenario.entities import Observation

if TYPE_CHECKING:
    from crossings.model import Model

__all__ = ["Observations"]

FILE = "observations.csv"


@dataclass(frozen=True)
class Observations:
    """Rows of ``observations.csv``, and of the scenario only what tells how they overlap.

    ``rows``: as written, in their order. ``ground``: period and streams of the run, countries of each crossing.
    ``asked``: what was asked of them so far, for messages.

    >>> counts = Observations.read("finland-2023")
    >>> known = counts.until("2023-11-17")
    >>> len(counts), len(known), len(known.cells())
    (62, 27, 22)
    """

    rows: tuple[Observation, ...]
    ground: OverlapRules
    asked: str = ""

    @classmethod
    def read(cls, source: str | os.PathLike[str] | Scenario, model: Model | None = None) -> Observations:
        """The counts of a scenario: one that was read, a directory, or a bundled name.

        With ``model`` they are held against its run and its streams, which may be those of a changed scenario. Raises
        InputError where the scenario cannot be read, or a row names what the model has not.
        """
        scenario = source if isinstance(source, Scenario) else Scenario.read(source)
        ground = OverlapRules.of(scenario if model is None else model.scenario)
        faults = []
        for row in scenario.observations:
            for kind, words, known in (
                ("crossing", row.crossings, [name for name, _ in ground.sides]),
                ("stream", row.streams, list(ground.settings.streams)),
            ):
                faults += [
                    Fault(FILE, f"{row.id}: the model has no {kind} '{word}'", suggest(word, known))
                    for word in words
                    if word not in known
                ]
        if faults:
            raise InputError(faults)
        return cls(scenario.observations, ground)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Observation]:
        return iter(self.rows)

    def until(self, day: str | dt.date, by: Knowing = "period") -> Observations:
        """What was counted up to the end of a local day, and known.

        by: ``period`` (default), counts whose period ends by then and that were public before 13:00 of the next day (what
        the desk knew on the morning after); ``published``, counts that were public by the end of the day itself.
        Raises InputError for what is no date, or another ``by``.
        """
        end, shut = end_of_day(day), cut_off(day, by)
        rows = tuple(row for row in self.rows if row.until <= end and counted(row, shut))
        return replace(self, rows=rows, asked=f"through {day}")

    def after(self, day: str | dt.date) -> Observations:
        """What was counted from the next local day on; a period that begins before its midnight is in neither."""
        end = end_of_day(day)
        return replace(self, rows=tuple(row for row in self.rows if row.from_ >= end), asked=f"after {day}")

    def cells(self, streams: Sequence[str] | None = None, *, needed: bool = False) -> tuple[Cell, ...]:
        """The disjoint terms of a likelihood, in the order of their rows (docs/model.md, learning from counts).

        streams: those that are looked at; None, all. needed: raise InputError if there is no term. Raises InputError for a
        stream that is unknown.
        """
        cells, uses = sort_out(self.rows, self.ground, self._streams(streams))
        if needed and not cells:
            raise InputError(self._none(uses))
        return cells

    def uses(self, streams: Sequence[str] | None = None) -> tuple[Use, ...]:
        """Row by row, in their order: how each is used, or why it is not."""
        return sort_out(self.rows, self.ground, self._streams(streams))[1]

    def _streams(self, streams: Sequence[str] | None) -> frozenset[str]:
        known = self.ground.settings.streams
        if isinstance(streams, str):
            streams = (streams,)
        wrong = [name for name in streams or () if name not in known]
        if wrong:
            raise InputError(
                [Fault("streams", f"no stream is named '{name}'", suggest(name, sorted(known))) for name in wrong]
            )
        return frozenset(known if streams is None else streams)

    def _none(self, uses: Sequence[Use]) -> Fault:
        start = self.ground.settings.start
        asked = f" {self.asked}" if self.asked else ""
        if not uses:
            return Fault(FILE, f"there is no count{asked}", "add rows, or choose another day")
        if all(use.row.until <= start for use in uses):
            what = f"every count{asked} ends before the run starts, {start:%Y-%m-%d %H:%M}"
            return Fault(FILE, what, "add counts of the run, or let it start earlier")
        return Fault(FILE, f"none of {len(uses)} counts{asked} can be used", f"{uses[0].row.id}: {uses[0].reason}")
