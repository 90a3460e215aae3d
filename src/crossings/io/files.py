"""Bytes of one file of a scenario directory: bounded, regular, inside, UTF-8."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from crossings.errors import suggest
from crossings.io.faults import Faults, clip

__all__ = ["CONTROL", "MAX_BYTES", "MAX_GEOJSON_BYTES", "MAX_YAML_BYTES", "plain_name", "read_text"]

# What a terminal would obey instead of show, and halves of characters; tabs and ends of lines are text.
CONTROL = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
MAX_BYTES = 200_000_000
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
    raw = _read_bytes(directory, name, where, faults, limit)
    if raw is None:
        return None
    if not raw.strip(b" \t\r\n\xef\xbb\xbf"):
        faults.add(name, "the file is empty", "write its content, or remove it")
        return None
    if b"\x00" in raw:
        faults.add(f"{name}:{_line(raw, raw.index(0))}", "a NUL byte", "save the file as UTF-8 text")
        return None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = error.start
        faults.add(f"{name}:{_line(raw, at)}", f"byte 0x{raw[at]:02x} is not UTF-8", "save the file as UTF-8 text")
        return None
    control = CONTROL.search(text)
    if control is not None:
        line = _line(text[: control.start()].encode(), control.start())
        faults.add(f"{name}:{line}", f"a control character, U+{ord(control[0]):04X}", "remove it")
        return None
    return text


def _read_bytes(directory: Path, name: str, where: str, faults: Faults, limit: int) -> bytes | None:
    path = directory / name
    try:
        if not path.resolve().is_relative_to(directory.resolve()):
            faults.add(name, "a link that leaves the directory", "copy the file into the directory")
            return None
        # A pipe must not be waited for, so the file is opened without blocking and looked at before it is read.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(handle, "rb") as stream:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                faults.add(name, _kind(path), "a file is expected")
                return None
            raw = stream.read(limit + 1)
    except FileNotFoundError:
        faults.add(where, f"there is no file {clip(name)}", _near(directory, name))
        return None
    except IsADirectoryError:
        faults.add(name, "this is a folder", "a file is expected")
        return None
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it cannot be opened"
        faults.add(name, f"the file cannot be read: {reason}", "make it a readable file")
        return None
    if len(raw) > limit:
        faults.add(name, "the file is too large", f"at most {limit / 1e6:g} MB are read")
        return None
    return raw


def _kind(path: Path) -> str:
    return "this is a folder" if path.is_dir() else "this is not a regular file"


def _near(directory: Path, name: str) -> str:
    try:
        near = suggest(name, sorted(entry.name for entry in directory.iterdir())[:2000])
    except OSError:
        near = ""
    return near if near.startswith("did") else "add it"


def _line(raw: bytes, at: int) -> int:
    before = raw[:at]
    return before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n") + 1
