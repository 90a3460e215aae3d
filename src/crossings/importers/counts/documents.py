"""JSON and XML from others, bounded: no entities, no document types, no numbers that are none, no nesting without end."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from crossings.importers.tables import read_text
from crossings.io.faults import Faults, UnreadableError
from crossings.io.jsontext import load_json

MAX_JSON = 100_000_000
MAX_XML = 20_000_000
MAX_DEPTH = 50  # of objects or elements within one another


def read_json(path: Path, faults: Faults) -> Any:
    """The content of a JSON file; None, and a fault, where it cannot be used."""
    text = read_text(path, faults, MAX_JSON)
    return None if text is None else _json(text, path.name, faults)


def read_document(path: Path, faults: Faults) -> Any:
    """The content of a JSON file, or the root of an XML file; None, and a fault, where it cannot be used.

    XML with document types, entities, or elements nested more than 50 deep is refused.
    """
    text = read_text(path, faults, MAX_JSON)
    if text is None:
        return None
    return _xml(text, path.name, faults) if text.lstrip()[:1] == "<" else _json(text, path.name, faults)


def _json(text: str, name: str, faults: Faults) -> Any:
    try:
        return load_json(text, "save the answer as it is")
    except UnreadableError as error:
        faults.take(error.fault(name))
        return None


class _Shallow(TreeBuilder):
    """A tree that stops growing downwards: whoever walks through it may recurse."""

    depth = 0

    def start(self, tag: Any, attrs: Any, /) -> Element:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise RecursionError
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self.depth -= 1
        return super().end(tag)


def _xml(text: str, name: str, faults: Faults) -> Element | None:
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser

    if len(text) > MAX_XML:
        faults.add(name, "the file is too large", f"at most {MAX_XML / 1e6:g} MB of XML are read")
        return None
    try:
        parser = DefusedXMLParser(target=_Shallow(), forbid_dtd=True)
        parser.feed(text)
        root: Element = parser.close()
        return root
    except DefusedXmlException:
        faults.add(name, "an XML document type or entity", "remove it: none is needed")
    except (ParseError, LookupError, ValueError) as error:
        faults.add(name, f"this is not XML: {' '.join(str(error).split())[:100]}", "save the answer as it is")
    except (RecursionError, MemoryError):
        faults.add(name, "this XML is nested too deeply", "save the answer as it is")
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
