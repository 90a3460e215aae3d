"""What is wrong with a question to the server, as the command line would say it: where, what, and what is accepted."""

from __future__ import annotations

import re
from typing import Any

from crossings.errors import Fault, printable, suggest

MOST = 400
SAID = {
    "missing": ("is missing", ""),
    "extra_forbidden": ("is not known here", "leave it out"),
    "json_invalid": ("is not JSON", "send one JSON object"),
    **dict.fromkeys(("model_attributes_type", "model_type", "dict_type"), ("is not an object", "write {...}")),
    **dict.fromkeys(("tuple_type", "list_type"), ("is not a list", "write [...]")),
    "string_type": ("is not a text", 'write "..."'),
    "bool_type": ("is neither true nor false", ""),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), ("is not a whole number", "write one, such as 20")),
    **dict.fromkeys(("float_type", "float_parsing", "finite_number"), ("is not a number", "write one, such as 0.4")),
}
"""Kind of error (of pydantic) → what is wrong, and what is accepted."""
BOUNDS = {
    "greater_than_equal": ("is too small", "accepted: {ge} or more"),
    "greater_than": ("is too small", "accepted: more than {gt}"),
    "less_than_equal": ("is too large", "accepted: up to {le}"),
    "less_than": ("is too large", "accepted: less than {lt}"),
    "too_long": ("has too many items", "at most {max_length}"),
    "too_short": ("has too few items", "at least {min_length}"),
    "string_too_long": ("is too long", "at most {max_length} characters"),
    "string_too_short": ("is empty", "write at least {min_length} character(s)"),
}


def line_of(error: dict[str, Any]) -> str:
    """One line of an error as pydantic tells it: its kind, where it is, and the limits that it passes.

    >>> line_of({"type": "missing", "loc": ("body", "scenario"), "msg": "Field required"})
    'scenario: is missing'
    """
    where = ".".join(str(part) for part in error["loc"] if part != "body") or "the request"
    kind, limits = str(error["type"]), error.get("ctx") or {}
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        return _of_a_kind(where, limits, error)[:MOST]
    if kind in SAID:
        return str(Fault(where, *SAID[kind]))[:MOST]
    if kind in BOUNDS:
        what, instead = BOUNDS[kind]
        return str(Fault(where, what, instead.format_map(limits)))[:MOST]
    said = str(error["msg"]).replace("Value error, ", "").replace("Input should be ", "should be ")
    return printable(f"{where}: {said}")[:MOST]


def _of_a_kind(where: str, limits: dict[str, Any], error: dict[str, Any]) -> str:
    """An object that names no kind, or one that is not there."""
    name = str(limits.get("discriminator", "")).strip("'")
    where = f"{where}.{name}"
    known = re.findall(r"'([^']*)'", str(limits.get("expected_tags", "")))
    if error["type"] == "union_tag_invalid":
        return str(Fault(where, f"unknown '{str(limits.get('tag'))[:60]}'", suggest(str(limits.get("tag")), known)))
    return str(Fault(where, "is missing"))
