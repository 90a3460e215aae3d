"""Everything that can be reached from some places, step by step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

Node = TypeVar("Node")


def reachable(near: Mapping[Node, Iterable[Node]], start: Iterable[Node]) -> set[Node]:
    """All that some nodes lead to, themselves included; near: node -> those one step away.

    >>> sorted(reachable({"a": ["b"], "b": ["c"], "d": ["a"]}, ["a"]))
    ['a', 'b', 'c']
    """
    seen = set(start)
    edge = set(seen)
    while edge:
        edge = {onward for node in edge for onward in near.get(node, ())} - seen
        seen |= edge
    return seen
