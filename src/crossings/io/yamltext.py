"""The part of YAML that a scenario may use, as plain mappings, lists and strings with the line of each.

Every scalar stays the text that stands in the file (so a country NO is no False, and a date no object); what type it
has is said by the entities. Anchors, aliases, tags, repeated keys, deep nesting and second documents are refused.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from crossings.io.faults import Faults, clip
from crossings.io.files import CONTROL

__all__ = ["Plain", "Tree", "looks_typed", "read_yaml"]

MAX_DEPTH = 20
MAX_ITEMS = 100_000

Path = tuple[str | int, ...]
_INT = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Plain(str):
    """A scalar without quotes."""

    __slots__ = ()


@dataclass
class Tree:
    """The mapping of a file, and the line of each path in it."""

    data: dict[str, Any]
    lines: dict[Path, int] = field(default_factory=dict)

    def line(self, path: Path) -> int:
        """The line of a path, or of the nearest mapping that holds it; 0 if nothing was read from a file."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 0)


def looks_typed(value: str) -> bool:
    """Whether plain text would be read as a number, true or false."""
    if value in ("true", "false") or _INT.fullmatch(value):
        return True
    return bool(_FLOAT.fullmatch(value)) and math.isfinite(float(value))


def read_yaml(text: str, file: str, faults: Faults) -> Tree | None:
    """Read a mapping; None, and faults, if there is none. Empty values are None."""
    builder = _Builder(file, faults)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            if not builder.take(event):
                return None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 1
        what = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
        faults.add(f"{file}:{line}", f"this is not YAML: {what}", "correct this line or the one before")
        return None
    if not isinstance(builder.root, dict):
        faults.add(f"{file}:1", "a mapping is expected", "write keys and values, such as 'name: my-border'")
        return None
    return Tree(builder.root, builder.lines)


@dataclass
class _Open:
    """A mapping or list that is being filled."""

    value: dict[str, Any] | list[Any]
    path: Path
    key: str | None = None


class _Builder:
    """Builds values from parser events without recursion, so that no nesting can exhaust the stack."""

    def __init__(self, file: str, faults: Faults) -> None:
        self.root: Any = None
        self.lines: dict[Path, int] = {}
        self._file, self._faults = file, faults
        self._stack: list[_Open] = []
        self._documents = 0
        self._items = 0

    def take(self, event: yaml.Event) -> bool:
        """Add one event; False if reading must stop."""
        line = event.start_mark.line + 1
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            return self._documents == 1 or self._stop(line, "a second document", "write one mapping")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            return self._stop(line, "an anchor or alias (& or *)", "write the value out where it is needed")
        if isinstance(event, yaml.CollectionEndEvent):
            self._stack.pop()
            return True
        if not isinstance(event, yaml.NodeEvent):
            return True
        if self._tagged(event):
            return self._stop(line, f"a tag {clip(getattr(event, 'tag', ''))}", "write the value without a tag")
        self._items += 1
        if self._items > MAX_ITEMS or len(self._stack) >= MAX_DEPTH:
            what = "nested too deeply" if self._items <= MAX_ITEMS else "too many values"
            return self._stop(line, what, f"at most {MAX_DEPTH} levels and {MAX_ITEMS:,} values are read")
        return self._node(event, line)

    def _node(self, event: yaml.NodeEvent, line: int) -> bool:
        top = self._stack[-1] if self._stack else None
        if top is not None and isinstance(top.value, dict) and top.key is None:
            return self._key(event, top, line)
        value: Any
        if isinstance(event, yaml.ScalarEvent) and (CONTROL.search(event.value) or "\0" in event.value):
            return self._stop(line, "a control character", "remove it")
        if isinstance(event, yaml.ScalarEvent):
            value = _scalar(event)
        else:
            value = {} if isinstance(event, yaml.MappingStartEvent) else []
        path: Path = ()
        if top is None:
            self.root = value
        elif isinstance(top.value, dict):
            path, top.key = (*top.path, str(top.key)), None
            top.value[str(path[-1])] = value
        else:
            path = (*top.path, len(top.value))
            top.value.append(value)
        self.lines.setdefault(path, line)
        if not isinstance(event, yaml.ScalarEvent):
            self._stack.append(_Open(value, path))
        return True

    def _key(self, event: yaml.NodeEvent, top: _Open, line: int) -> bool:
        if not isinstance(event, yaml.ScalarEvent):
            return self._stop(line, "a key that is a list or a mapping", "a key must be a name")
        key = str(event.value)
        if CONTROL.search(key) or "\0" in key:
            return self._stop(line, "a control character", "remove it")
        if key in top.value:
            words = ".".join(str(part) for part in (*top.path, key))
            self._faults.add(f"{self._file}:{line}", f"{words[:120]}: given twice", "keep one of the two")
        self.lines[(*top.path, key)] = line
        top.key = key
        return True

    def _stop(self, line: int, what: str, instead: str) -> bool:
        self._faults.add(f"{self._file}:{line}", what, instead)
        return False

    @staticmethod
    def _tagged(event: yaml.NodeEvent) -> bool:
        return getattr(event, "tag", None) is not None


def _scalar(event: yaml.ScalarEvent) -> str | None:
    if event.style:  # quoted, or a block
        return str(event.value)
    return None if event.value in ("", "~", "null") else Plain(event.value)
