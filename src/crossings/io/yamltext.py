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


class _RefusedError(Exception):
    """Something that is not read here, at a line: what it is, and what to write instead."""

    def __init__(self, node: yaml.Event | yaml.Node, what: str, instead: str) -> None:
        super().__init__(what)
        self.line, self.what, self.instead = node.start_mark.line + 1, what, instead


def read_yaml(text: str, file: str, faults: Faults) -> Tree | None:
    """Read a mapping; None, and faults, if there is none. Empty values are None."""
    tree = Tree({})
    try:
        _refuse_unplain(text)
        root = yaml.compose(text, Loader=_LOADER)
        data = None if root is None else _value(root, (), tree, file, faults)
    except _RefusedError as error:
        faults.add(f"{file}:{error.line}", error.what, error.instead)
        return None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 1
        what = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
        faults.add(f"{file}:{line}", f"this is not YAML: {what}", "correct this line or the one before")
        return None
    if not isinstance(data, dict):
        faults.add(f"{file}:1", "a mapping is expected", "write keys and values, such as 'name: my-border'")
        return None
    tree.data = data
    return tree


def _refuse_unplain(text: str) -> None:
    """Go through the text event by event, so that nothing without end is ever built, and no nesting exhausts the stack."""
    documents = items = depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        documents += isinstance(event, yaml.DocumentStartEvent)
        if documents > 1:
            raise _RefusedError(event, "a second document", "write one mapping")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _RefusedError(event, "an anchor or alias (& or *)", "write the value out where it is needed")
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.NodeEvent):
            if event.tag is not None:
                raise _RefusedError(event, f"a tag {clip(event.tag)}", "write the value without a tag")
            items += 1
            if items > MAX_ITEMS or depth >= MAX_DEPTH:
                what = "nested too deeply" if items <= MAX_ITEMS else "too many values"
                raise _RefusedError(event, what, f"at most {MAX_DEPTH} levels and {MAX_ITEMS:,} values are read")
            depth += isinstance(event, yaml.CollectionStartEvent)


def _value(node: yaml.Node, path: Path, tree: Tree, file: str, faults: Faults) -> Any:
    """A node as plain mappings, lists and texts; the line of each path goes to the tree."""
    line = node.start_mark.line + 1
    tree.lines.setdefault(path, line)
    if isinstance(node, yaml.ScalarNode):
        text = _text(node)
        if node.style:  # quoted, or a block
            return text
        return None if text in ("", "~", "null") else Plain(text)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, n), tree, file, faults) for n, item in enumerate(node.value)]
    found: dict[str, Any] = {}
    for key_node, item in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            raise _RefusedError(key_node, "a key that is a list or a mapping", "a key must be a name")
        key, line = _text(key_node), key_node.start_mark.line + 1
        own = (*path, key)
        if key in found:
            faults.add(f"{file}:{line}", f"{'.'.join(map(str, own))[:120]}: given twice", "keep one of the two")
        tree.lines[own] = line
        found[key] = _value(item, own, tree, file, faults)
    return found


def _text(node: yaml.ScalarNode) -> str:
    if CONTROL.search(node.value) or "\0" in node.value:
        raise _RefusedError(node, "a control character", "remove it")
    return str(node.value)
