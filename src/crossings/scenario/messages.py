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

__all__ = ["END_FIELDS", "bare", "columns", "converter", "meaning", "model_at", "near", "placeholder", "wording"]

END_FIELDS = frozenset({"until", "valid_until", "end"})
_NAME = "letters, digits, spaces and .+/()'_- , beginning with a letter or digit"


def near(word: str, known: list[str]) -> str:
    """Like ``suggest``, also for words that differ in case or in spaces."""
    if word not in known:
        loose = {name.casefold(): name for name in known}
        if word.strip().casefold() in loose:
            return f"did you mean '{loose[word.strip().casefold()]}'?"
    return suggest(word, known)


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
    extra = field.json_schema_extra
    unit = extra.get("unit") if isinstance(extra, dict) else None
    return f"{field.description or ''}{f', {unit}' if unit and unit != '1' else ''}"


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
    what_for = f"{meaning(field)}" if field is not None else ""
    if kind == "missing":
        return "missing", f"give it ({what_for})" if what_for else "give it"
    if kind == "finite_number":
        return f"{clip(given)} is not finite", "write a number"
    if kind in ("greater_than_equal", "less_than_equal", "greater_than", "less_than"):
        bound = next(iter(context.values()), "")
        words = {
            "greater_than_equal": ("is below", "or more"),
            "less_than_equal": ("is above", "or less"),
            "greater_than": ("is not above", ""),
            "less_than": ("is not below", ""),
        }[kind]
        return f"{clip(given)} {words[0]} {bound:g}", f"write {_bounds(field, bound, words[1], kind)}"
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
        return f"{clip(given)} is not accepted", near(str(given), options)
    return _type_wording(kind, given, str(error.get("msg", "")), what_for)


def _bounds(field: FieldInfo | None, bound: Any, words: str, kind: str) -> str:
    unit = ""
    if field is not None and isinstance(field.json_schema_extra, dict):
        unit = str(field.json_schema_extra.get("unit", ""))
    side = "more" if kind == "greater_than" else "less"
    text = f"{bound:g} {words}" if words else f"{side} than {bound:g}"
    return f"{text} ({unit})" if unit and unit != "1" else text


def _type_wording(kind: str, given: Any, message: str, what_for: str) -> tuple[str, str]:
    tail = f" ({what_for})" if what_for else ""
    if kind.startswith(("int_", "float_")):
        number, such = ("a whole number", "3") if kind.startswith("int_") else ("a number", "3.5")
        return f"{_shown(given)} is not {number}", f"write {number}, such as {such}{tail}"
    if kind.startswith("bool_"):
        return f"{_shown(given)} is neither yes nor no", f"write yes or no{tail}"
    if kind in ("model_type", "dict_type", "model_attributes_type"):
        return f"{_shown(given)} is given where keys and values are expected", f"write keys and values{tail}"
    if kind in ("tuple_type", "list_type"):
        return f"{_shown(given)} is not a list", f"write a list, such as [a, b]{tail}"
    if kind.startswith("string_"):
        return f"{_shown(given)} is given where text is expected", f"write text{tail}"
    text = message.removeprefix("Value error, ")
    what, _, instead = text.partition("; ")
    return what, instead


def _shown(given: Any) -> str:
    if isinstance(given, dict):
        return "a mapping"
    if isinstance(given, (list, tuple)):
        return "a list"
    return clip(given)
