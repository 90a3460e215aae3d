"""Columns of a table that is shown: a heading, and whether its cells are numbers, which stand to the right."""

from __future__ import annotations

Column = tuple[str, bool]


def texts(*headings: str) -> list[Column]:
    """Columns of text.

    >>> [*texts("crossing"), *numbers("came", "crossed")]
    [('crossing', False), ('came', True), ('crossed', True)]
    """
    return [(heading, False) for heading in headings]


def numbers(*headings: str) -> list[Column]:
    """Columns of numbers."""
    return [(heading, True) for heading in headings]
