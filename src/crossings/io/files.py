"""The text of one file of a scenario directory: bounded, regular, inside, UTF-8."""

from __future__ import annotations

from pathlib import Path

from crossings.io.disk import CONTROL, MAX_BYTES, UnreadableError, line_of
from crossings.io.disk import read_text as text_of
from crossings.io.faults import Faults, clip

__all__ = ["CONTROL", "MAX_BYTES", "MAX_GEOJSON_BYTES", "MAX_YAML_BYTES", "plain_name", "read_text"]

MAX_GEOJSON_BYTES = 50_000_000  # as Python objects it takes twenty times as much
MAX_YAML_BYTES = 1_000_000


def plain_name(name: str) -> bool:
    """Whether a name given in a file can only mean a file in the directory itself."""
    return 0 < len(name) <= 120 and not name.startswith(".") and name.isprintable() and not set(name) & set("/\\:")


def read_text(directory: Path, name: str, where: str, faults: Faults, limit: int = MAX_BYTES) -> str | None:
    """The text of a file of ``directory``, without a byte order mark; None, and a fault, if it cannot be used.

    Links that leave the directory, folders, devices, files of more than ``limit`` bytes, NUL bytes and what is not
    UTF-8 are faults. ``where`` says who asks for the file, for a file that is missing.
    """
    try:
        text = text_of(directory / name, limit, within=directory)
    except UnreadableError as error:
        if error.missing:
            hint = error.hint if error.hint.startswith("did") else "add it"
            faults.add(where, f"there is no file {clip(name)}", hint)
        else:
            faults.take(error.fault(name))
        return None
    control = CONTROL.search(text)
    if control is not None:
        line = line_of(text[: control.start()].encode())
        faults.add(f"{name}:{line}", f"a control character, U+{ord(control[0]):04X}", "remove it")
        return None
    return text
