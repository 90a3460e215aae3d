"""Counts as they were reported, cut off at a day, and as disjoint terms of a likelihood."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from crossings.errors import Fault, InputError, check_known, unknown
from crossings.io.faults import counted as plural
from crossings.observations.periods import Cell, OverlapRules, Use, sort_out
from crossings.scenario import Scenario
from crossings.scenario.as_of import Knowing, counted, cut_off
from crossings.scenario.clock import end_of_day
from crossings.scenario.entities import Observation

if TYPE_CHECKING:
    from crossings.model import Model

FILE = "observations.csv"


@dataclass(frozen=True, repr=False)
class Observations:
    """Rows of ``observations.csv``, and of the scenario only what tells how they overlap.

    Attributes
    ----------
    rows : tuple of Observation
        As written, in their order.
    ground : OverlapRules
        Period and groups of the run, countries of each crossing.
    asked : str
        What was asked of them so far, for messages.

    Examples
    --------
    >>> import crossings as cx
    >>> counts = cx.Observations.read("finland-2023")
    >>> known = counts.until("2023-11-17")
    >>> len(counts), len(known), len(known.cells())
    (62, 27, 22)
    """

    rows: tuple[Observation, ...]
    ground: OverlapRules
    asked: str = ""

    def __repr__(self) -> str:
        return f"<Observations: {plural(len(self.rows), 'row')}{f', {self.asked}' if self.asked else ''}>"

    @classmethod
    def read(cls, source: str | os.PathLike[str] | Scenario, model: Model | None = None) -> Observations:
        """The counts of a scenario.

        Parameters
        ----------
        source : Scenario, str or path
            A scenario, or the name or directory of one.
        model : Model, optional
            Hold the counts against its run and its groups, which may be those of a changed scenario.

        Returns
        -------
        Observations
            All rows.

        Raises
        ------
        InputError
            Where the scenario cannot be read, or a row names what the model does not have.
        """
        scenario = source if isinstance(source, Scenario) else Scenario.read(source)
        ground = OverlapRules.of(scenario if model is None else model.scenario)
        faults = []
        for row in scenario.observations:
            for kind, words, known in (
                ("crossing", row.crossings, [name for name, _ in ground.sides]),
                ("stream", row.streams, list(ground.settings.streams)),
            ):
                faults += unknown(f"{FILE}: {row.id}", kind, words, known)
        if faults:
            raise InputError(faults)
        return cls(scenario.observations, ground)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Observation]:
        return iter(self.rows)

    def until(self, day: str | dt.date, by: Knowing = "period") -> Observations:
        """What was counted up to the end of a local day, and known.

        Parameters
        ----------
        day : str or date
            The last local day.
        by : {"period", "published"}
            ``period``: counts whose period ends by then and that were public before 13:00 of the next day; ``published``: counts
            that were public by the end of the day itself.

        Returns
        -------
        Observations
            Some of the rows.

        Raises
        ------
        InputError
            For what is not a date, or another ``by``.
        """
        end, shut = end_of_day(day), cut_off(day, by)
        rows = tuple(row for row in self.rows if row.until <= end and counted(row, shut))
        return replace(self, rows=rows, asked=f"through {day}")

    def after(self, day: str | dt.date) -> Observations:
        """What was counted from the next local day on.

        Parameters
        ----------
        day : str or date
            A period that begins before its end is in neither part.

        Returns
        -------
        Observations
            Some of the rows.
        """
        end = end_of_day(day)
        return replace(self, rows=tuple(row for row in self.rows if row.from_ >= end), asked=f"after {day}")

    def cells(self, streams: Sequence[str] | None = None, *, needed: bool = False) -> tuple[Cell, ...]:
        """The disjoint terms of a likelihood, in the order of their rows (docs/model.md, learning from counts).

        Parameters
        ----------
        streams : sequence of str, optional
            Groups that are looked at; by default all.
        needed : bool
            Whether it is a fault if there is none.

        Returns
        -------
        tuple of Cell
            Each with its rows, crossings, groups, period and count.

        Raises
        ------
        InputError
            For an unknown group, or if there is no term and one is needed.
        """
        cells, uses = sort_out(self.rows, self.ground, self._streams(streams))
        if needed and not cells:
            raise InputError(self._none(uses))
        return cells

    def uses(self, streams: Sequence[str] | None = None) -> tuple[Use, ...]:
        """Row by row, in their order: how each is used, or why it is not.

        Parameters
        ----------
        streams : sequence of str, optional
            Groups that are looked at; by default all.

        Returns
        -------
        tuple of Use
            One for each row.
        """
        return sort_out(self.rows, self.ground, self._streams(streams))[1]

    def _streams(self, streams: Sequence[str] | None) -> frozenset[str]:
        known = self.ground.settings.streams
        if isinstance(streams, str):
            streams = (streams,)
        check_known("streams", "stream", streams or (), sorted(known))
        return frozenset(known if streams is None else streams)

    def _none(self, uses: Sequence[Use]) -> Fault:
        start = self.ground.settings.start
        asked = f" {self.asked}" if self.asked else ""
        if not uses:
            return Fault(FILE, f"there is no count{asked}", "add rows, or choose another day")
        if all(use.row.until <= start for use in uses):
            what = f"every count{asked} ends before the run starts, {start:%Y-%m-%d %H:%M}"
            return Fault(FILE, what, "add counts of the run, or let it start earlier")
        return Fault(
            FILE, f"none of {plural(len(uses), 'count')}{asked} can be used", f"{uses[0].row.id}: {uses[0].reason}"
        )
