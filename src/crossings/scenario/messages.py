"""Entities' fields as a file has them, and pydantic's errors as a person reads them."""

from __future__ import annotations

import datetime as dt
import types
from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from crossings.errors import suggest
from crossings.io.faults import clip
from crossings.scenario.clock import parse_date, parse_when

END_FIELDS = frozenset({"until", "valid_until", "end"})
# What pydantic calls an error -> what is wrong, and what would be accepted.
_BOUNDS = {
    "greater_than_equal": ("is below", "{:g} or more"),
    "less_than_equal": ("is above", "{:g} or less"),
    "greater_than": ("is not above", "more than {:g}"),
    "less_than": ("is not below", "less than {:g}"),
}
_TYPES: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("int_",), "is not a whole number", "write a whole number, such as 3"),
    (("float_",), "is not a number", "write a number, such as 3.5"),
    (("bool_",), "is neither yes nor no", "write yes or no"),
    (
        ("model_type", "dict_type", "model_attributes_type"),
        "is given where keys and values are expected",
        "write keys and values",
    ),
    (("tuple_type", "list_type"), "is not a list", "write a list, such as [a, b]"),
    (("string_",), "is given where text is expected", "write text"),
)
_NAME = "letters, digits, spaces and .+/()'_- , beginning with a letter or digit"


def bare(annotation: Any) -> Any:
    """An annotation without ``Annotated`` and ``None``."""
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation = get_args(annotation)[0]
        elif origin in (Union, types.UnionType):
            annotation = next(arg for arg in get_args(annotation) if arg is not type(None))
        else:
            return annotation


@cache
def columns(model: type[BaseModel]) -> dict[str, str]:
    """Column name -> field name, in order (``from`` -> ``from_``)."""
    return {field.alias or name: name for name, field in model.model_fields.items()}


@cache
def converter(model: type[BaseModel], name: str) -> Callable[[str], Any] | None:
    """What turns a cell's text into a value before the entity sees it; None for text as it is."""
    base = bare(model.model_fields[name].annotation)
    if base is dt.datetime:
        return lambda text: parse_when(text, end=name in END_FIELDS)
    if base is dt.date:
        return parse_date
    if get_origin(base) is tuple:
        return lambda text: [part for part in (raw.strip() for raw in text.split(";")) if part]
    return None


def placeholder(model: type[BaseModel], name: str) -> Any:
    """A valid value for a required field that could not be read, so that the rest can be checked."""
    base = bare(model.model_fields[name].annotation)
    if base is dt.datetime:
        return dt.datetime(2000, 1, 2 if name in END_FIELDS else 1)
    if base is dt.date:
        return dt.date(2000, 1, 1)
    if get_origin(base) is tuple:
        return ["XX"]
    if get_origin(base) is dict:
        return {"XX": {}}
    return 1 if base in (int, float) else "XX"


def meaning(field: FieldInfo) -> str:
    """What a field is, with its unit."""
    unit = _unit(field)
    return f"{field.description or ''}{f', {unit}' if unit else ''}"


def _unit(field: FieldInfo) -> str:
    """The unit of a field; empty where it has none, or is a plain number."""
    extra = field.json_schema_extra
    unit = str(extra.get("unit", "")) if isinstance(extra, dict) else ""
    return "" if unit == "1" else unit


def model_at(model: type[BaseModel], path: tuple[str | int, ...]) -> Any:
    """The annotation at a path below a model: a model, a dict or tuple type, or a plain type."""
    at: Any = model
    for part in path:
        if isinstance(at, type) and issubclass(at, BaseModel):
            name = columns(at).get(str(part), str(part))
            if name not in at.model_fields:
                return None
            at = bare(at.model_fields[name].annotation)
        elif get_origin(at) is dict:
            at = bare(get_args(at)[1])
        elif get_origin(at) is tuple:
            at = bare(get_args(at)[0])
        else:
            return None
    return at


def wording(error: Mapping[str, Any], field: FieldInfo | None) -> tuple[str, str]:
    """One pydantic error as (what, what instead)."""
    kind, given, context = str(error["type"]), error.get("input"), error.get("ctx", {})
    what_for = meaning(field) if field is not None else ""
    if kind == "missing":
        return "missing", f"give it ({what_for})" if what_for else "give it"
    if kind == "finite_number":
        return f"{clip(given)} is not finite", "write a number"
    if kind in _BOUNDS:
        bound = next(iter(context.values()), 0)
        unit = _unit(field) if field is not None else ""
        what, instead = _BOUNDS[kind]
        return f"{clip(given)} {what} {bound:g}", f"write {instead.format(bound)}{f' ({unit})' if unit else ''}"
    if kind == "string_pattern_mismatch":
        if "A-Z" in str(context.get("pattern", "")):
            return f"{clip(given)} is not a country code", "write two or three capital letters, such as FI"
        return f"{clip(given)} is not a name", f"write {_NAME}"
    if kind == "string_too_long":
        return f"{clip(given)} is too long", f"at most {context.get('max_length')} characters"
    if kind == "too_short":
        return "empty", f"give at least {context.get('min_length')}"
    if kind == "literal_error":
        options = [str(o) for o in get_args(bare(field.annotation))] if field is not None else []
        return f"{clip(given)} is not accepted", suggest(str(given), options)
    return _type_wording(kind, given, str(error.get("msg", "")), what_for)


def _type_wording(kind: str, given: Any, message: str, what_for: str) -> tuple[str, str]:
    for kinds, what, instead in _TYPES:
        if kind.startswith(kinds):
            return f"{_shown(given)} {what}", f"{instead} ({what_for})" if what_for else instead
    what, _, instead = message.removeprefix("Value error, ").partition("; ")
    return what, instead


def _shown(given: Any) -> str:
    if isinstance(given, dict):
        return "a mapping"
    if isinstance(given, (list, tuple)):
        return "a list"
    return clip(given)
