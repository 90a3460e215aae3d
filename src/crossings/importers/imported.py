"""A scenario that was made of other people's files, and what is to be known of it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crossings.errors import InputError
from crossings.scenario import Scenario


@dataclass(frozen=True)
class Imported:
    """A scenario, and what could not be used or is ours, a line each."""

    scenario: Scenario
    notes: tuple[str, ...] = ()


@contextlib.contextmanager
def noted(notes: Sequence[str]) -> Iterator[None]:
    """What was noted before an error goes with it, in its ``__notes__``: it often says why."""
    try:
        yield
    except InputError as error:
        for note in notes:
            error.add_note(note)
        raise
