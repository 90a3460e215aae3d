"""Where and when something was counted: for each crossing, direction and stream, the times that are covered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

Atom = tuple[str, str, str]
"""(crossing, direction entered, stream)."""

Span = tuple[dt.datetime, dt.datetime]


class Piece(NamedTuple):
    """One crossing, direction and stream, from ``start`` to ``end`` (local times): a part of what was counted."""

    crossing: str
    direction: str
    stream: str
    start: dt.datetime
    end: dt.datetime


@dataclass(frozen=True)
class Region:
    """A set of (atom, time): ``spans[atom]`` are disjoint, in order, and not empty."""

    spans: dict[Atom, tuple[Span, ...]] = field(default_factory=dict)

    @classmethod
    def box(cls, atoms: Iterable[Atom], start: dt.datetime, end: dt.datetime) -> Region:
        """The same period at every atom."""
        return cls(dict.fromkeys(atoms, ((start, end),)))

    def __bool__(self) -> bool:
        return bool(self.spans)

    @property
    def size(self) -> dt.timedelta:
        """Atoms times their periods."""
        return sum((b - a for spans in self.spans.values() for a, b in spans), dt.timedelta(0))

    def pieces(self) -> tuple[Piece, ...]:
        """Its parts, in order; they are disjoint, and together they are the region."""
        return tuple(Piece(*atom, *span) for atom, spans in self.spans.items() for span in spans)

    def days(self) -> Iterator[tuple[Atom, dt.date]]:
        """Each local day that it touches at each atom."""
        for atom, spans in self.spans.items():
            for start, end in spans:
                for day in range(start.toordinal(), (end - dt.timedelta.resolution).toordinal() + 1):
                    yield atom, dt.date.fromordinal(day)

    def meets(self, other: Region) -> bool:
        """Whether the two have any time at an atom in common."""
        few, many = sorted((self, other), key=lambda region: len(region.spans))
        return any(
            a < d and c < b for atom, spans in few.spans.items() for a, b in spans for c, d in many.spans.get(atom, ())
        )

    def within(self, other: Region) -> bool:
        """Whether all of it lies in another."""
        return not self.minus([other])

    def minus(self, others: Iterable[Region]) -> Region:
        """What is left of it outside of others."""
        left = dict(self.spans)
        for other in others:
            for atom in left.keys() & other.spans.keys():
                spans = left[atom]
                for hole in other.spans[atom]:
                    spans = tuple(part for span in spans for part in _cut(span, hole))
                left[atom] = spans
        return Region({atom: spans for atom, spans in left.items() if spans})


def _cut(span: Span, hole: Span) -> Iterator[Span]:
    """What is left of a span outside of a hole: nothing, one part or two."""
    (a, b), (c, d) = span, hole
    if d <= a or b <= c:
        yield span
        return
    if a < c:
        yield a, c
    if d < b:
        yield d, b
