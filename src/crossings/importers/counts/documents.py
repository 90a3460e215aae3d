"""JSON and XML from others, bounded: no entities, no document types, no numbers that are none, no nesting without end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from crossings.importers.tables import read_bytes, read_text
from crossings.io.faults import Faults, clip

__all__ = ["read_json", "read_xml", "whole"]

MAX_JSON = 100_000_000
MAX_XML = 20_000_000
DEEPEST = 60


def read_json(path: Path, faults: Faults) -> Any:
    """The content of a JSON file; None, and a fault, where it cannot be used."""
    text = read_text(path, faults, MAX_JSON)
    if text is None:
        return None
    try:
        content = json.loads(text, parse_constant=_refuse)
        _refuse_deep(
            content,
            lambda value: value.values() if isinstance(value, dict) else value if isinstance(value, list) else (),
        )
        return content
    except json.JSONDecodeError as error:
        faults.add(f"{path.name}:{error.lineno}", f"this is not JSON: {error.msg}", "save the answer as it is")
    except ValueError as error:
        faults.add(path.name, f"this JSON cannot be used: {str(error)[:80]}", "give numbers that are finite")
    except (RecursionError, MemoryError):
        faults.add(path.name, "this JSON is nested too deeply", "save the answer as it is")
    return None


def _refuse_deep(top: Any, within: Callable[[Any], Iterable[Any]]) -> None:
    """Raise RecursionError where something lies deeper than any publisher nests."""
    level = [top]
    for _ in range(DEEPEST):
        level = [inner for value in level for inner in within(value)]
        if not level:
            return
    raise RecursionError


def _refuse(word: str) -> float:
    raise ValueError(f"{clip(word)} is not a finite number")


def read_xml(path: Path, faults: Faults) -> Element | None:
    """The root of an XML file; None, and a fault, where it cannot be used. Document types and entities are refused."""
    raw = read_bytes(path, faults, MAX_XML)
    if raw is None:
        return None
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root: Element = fromstring(raw, forbid_dtd=True)
        _refuse_deep(root, list)
        return root
    except DefusedXmlException:
        faults.add(path.name, "an XML document type or entity", "remove it: none is needed")
    except (ParseError, LookupError, ValueError) as error:
        faults.add(path.name, f"this is not XML: {' '.join(str(error).split())[:100]}", "save the answer as it is")
    except (RecursionError, MemoryError):
        faults.add(path.name, "this XML is nested too deeply", "save the answer as it is")
    return None


def whole(value: Any) -> float | None:
    """A count of 0 or more in JSON: a number, or text that is one; None otherwise."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        text = value.replace(",", "").strip()
        if not text.isascii() or not text.isdigit() or len(text) > 12:
            return None
        value = int(text)
    return float(value) if isinstance(value, (int, float)) and 0 <= value <= 1e9 else None
