"""Totals and their parts: what is known of a region by the counts that lie in it, none counted twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from crossings.observations.regions import Atom, Region


@dataclass(frozen=True, slots=True)
class NestedRegion:
    """A region whose count lies in [low, high]: one cell, or a total with the blocks of which it is made."""

    name: str
    region: Region
    low: float
    high: float
    unit: str
    made_of: tuple[NestedRegion, ...] = ()

    def cells(self) -> Iterator[str]:
        """Names of the cells in it."""
        if not self.made_of:
            yield self.name
        for block in self.made_of:
            yield from block.cells()

    def leaves(self) -> Iterator[NestedRegion]:
        """The blocks of the cells in it."""
        if not self.made_of:
            yield self
        for block in self.made_of:
            yield from block.leaves()


@dataclass(frozen=True, slots=True)
class Parts:
    """What lies in a region: ``parts``, disjoint blocks wholly in it; ``empty``, cells of nobody that reach into it.

    ``whole``: no block had to be taken apart.
    """

    parts: tuple[NestedRegion, ...]
    empty: tuple[NestedRegion, ...]
    whole: bool


class Ledger:
    """The blocks so far. Those on top are disjoint, but for cells that counted nobody."""

    def __init__(self) -> None:
        self._tops: dict[str, NestedRegion] = {}
        self._on: dict[tuple[Atom, dt.date], list[str]] = {}  # where to look: the tops of each day at each atom
        self._lows: dict[str, float] = {}

    def parts(self, region: Region, unit: str) -> Parts | str:
        """What is known in a region; or why that cannot be told: a count lies across its edge, or is of another unit."""
        parts: list[NestedRegion] = []
        empty: list[NestedRegion] = []
        whole = True
        waiting = self._met(region)
        while waiting:
            block = waiting.pop(0)
            if block.unit != unit:
                return f"the same travellers as {block.name}, in another unit"
            if block.region.within(region):
                parts.append(block)
            elif block.made_of:
                whole = False
                waiting = [inner for inner in block.made_of if inner.region.meets(region)] + waiting
            elif block.high == 0:
                empty.append(block)  # none in all of it, so none in any part of it
            elif region.within(block.region):
                return f"lies within {block.name}"
            else:
                return f"overlaps {block.name}, and neither holds the other"
        return Parts(tuple(parts), tuple(empty), whole)

    def enter(self, block: NestedRegion) -> None:
        """Add a block that shares nothing with the others."""
        self._tops[block.name] = block
        for key in block.region.days():
            self._on.setdefault(key, []).append(block.name)

    def gather(self, total: NestedRegion) -> None:
        """Add a total in place of the blocks on top of which it is made."""
        for block in total.made_of:
            self._tops.pop(block.name, None)
        self.enter(total)

    def touched(self, region: Region) -> list[NestedRegion]:
        """The cells that share something with a region, with their low ends as raised."""
        return [
            NestedRegion(leaf.name, leaf.region, self._lows.get(leaf.name, leaf.low), leaf.high, leaf.unit)
            for top in self._met(region)
            for leaf in top.leaves()
            if leaf.region.meets(region)
        ]

    def _met(self, region: Region) -> list[NestedRegion]:
        """The tops that share something with a region, in order of their names."""
        names = {name for key in region.days() for name in self._on.get(key, ())}
        return [self._tops[name] for name in sorted(names & self._tops.keys()) if self._tops[name].region.meets(region)]

    def raise_low(self, name: str, low: float) -> None:
        """Note that a cell holds at least so many."""
        self._lows[name] = low
