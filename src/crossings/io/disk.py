"""Every file is read and written here: regular files only, bounded, within the folder they belong to; whole, or not at all."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from crossings.errors import InputError, did_you_mean
from crossings.io.faults import UnreadableError
from crossings.io.jsontext import load_json

__all__ = [
    "CONTROL",
    "MAX_BYTES",
    "UnreadableError",
    "decoded",
    "inside",
    "irregular",
    "lies_in",
    "line_of",
    "open_regular",
    "os_errors_as_input_errors",
    "read_bytes",
    "read_json",
    "read_text",
    "resolved",
    "settle",
    "usable",
    "write_file",
]

MAX_BYTES = 200_000_000
MAX_NAME = 1000
# What a terminal would obey instead of show, and halves of characters; tabs and ends of lines are text.
CONTROL = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_UTF16 = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
RESUME = "make room or mend it, then give the same command again: it resumes"


def open_regular(path: Path) -> BinaryIO:
    """A regular file, open for reading; raises `UnreadableError` for folders, pipes and devices, and what the system refuses."""
    try:
        # A pipe must not be waited for, so the file is opened without blocking and looked at before it is read.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        file = os.fdopen(handle, "rb")
    except FileNotFoundError:
        raise UnreadableError("there is no such file", _near(path), missing=True) from None
    except IsADirectoryError:
        raise UnreadableError("this is a folder", "a file is expected") from None
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "this path cannot be used"
        raise UnreadableError(f"the file cannot be read: {reason}", "make it a readable file") from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        file.close()
        raise UnreadableError("this is not a regular file", "a file is expected")
    return file


def read_bytes(path: Path, limit: int = MAX_BYTES, within: Path | None = None) -> bytes:
    """The bytes of a regular file; raises `UnreadableError` for anything else, and for more than ``limit`` bytes.

    within: a folder that the file must lie in after all links are followed.
    """
    if within is not None and not lies_in(path, within):
        raise UnreadableError("a link that leaves the directory", "copy the file into the directory")
    with open_regular(path) as file:
        try:
            raw = file.read(limit + 1) if os.fstat(file.fileno()).st_size <= limit else None
        except OSError as error:
            raise UnreadableError(f"the file cannot be read: {error.strerror}", "make it a readable file") from None
    if raw is None or len(raw) > limit:
        raise UnreadableError("the file is too large", f"at most {limit / 1e6:g} MB are read")
    return raw


def lies_in(path: Path, folder: Path) -> bool:
    """Whether a path is in a folder, or below it, after all links are followed."""
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):  # a link to itself
        return False


def read_text(path: Path, limit: int = MAX_BYTES, within: Path | None = None) -> str:
    """The text of a file, as `read_bytes` and `decoded` say."""
    return decoded(read_bytes(path, limit, within))


def decoded(raw: bytes, *, utf16: bool = False) -> str:
    """Text without a byte order mark: UTF-8, or UTF-16 with its mark where ``utf16``.

    Raises `UnreadableError` for a file with nothing in it, other bytes, and NUL.
    """
    if not raw.strip(b" \t\r\n\xef\xbb\xbf"):
        raise UnreadableError("the file is empty", "write its content, or remove it")
    if raw.startswith(b"PK\x03\x04"):
        raise UnreadableError("this is a workbook or another compressed file, and no text", "save it as CSV in UTF-8")
    try:
        text = raw.decode(_UTF16.get(raw[:2], "utf-8-sig") if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        at = error.start
        what = f"byte 0x{raw[at]:02x} is not UTF-8"
        raise UnreadableError(what, "save the file as UTF-8 text", line_of(raw[:at])) from None
    if "\0" in text:
        raise UnreadableError("a NUL byte", "save the file as UTF-8 text", line_of(text.partition("\0")[0].encode()))
    return text


def line_of(before: bytes) -> int:
    """The line in which a byte stands, the first being 1; before: all bytes above and before it."""
    return before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n") + 1


def read_json(path: Path, limit: int = MAX_BYTES, within: Path | None = None) -> dict[str, Any]:
    """The object in a JSON file; raises `UnreadableError` where there is none."""
    found = load_json(read_text(path, limit, within))
    if not isinstance(found, dict):
        raise UnreadableError("is not a JSON object", "write it again")
    return found


def inside(folder: Path, name: object) -> Path | None:
    """The path of a file that another file names, such as ``seeds/1.parquet``; None where it could lie outside the folder.

    >>> inside(Path("out"), "seeds/1.parquet").as_posix(), inside(Path("out"), "../1.parquet")
    ('out/seeds/1.parquet', None)
    """
    if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME or set(name) & set("\\:\0") or name.startswith("/"):
        return None
    if any(part in ("", ".", "..") for part in name.split("/")) or PurePosixPath(name).as_posix() != name:
        return None
    return folder / name


def irregular(folder: Path) -> Path | None:
    """A link, pipe or device in a folder, or below it; None where all are files and folders. Links are not followed."""
    for here, folders, files in os.walk(folder):
        for name in sorted([*folders, *files]):
            path = Path(here) / name
            try:
                mode = path.lstat().st_mode
            except FileNotFoundError:  # another process has just moved it
                continue
            if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
                return path
    return None


def resolved(path: Path) -> Path:
    """A path with every link followed; raises `InputError` for a link to itself and other paths that cannot be used."""
    with usable(path, "name another"):
        return path.resolve()


@contextlib.contextmanager
def usable(path: Path | str, instead: str) -> Iterator[None]:
    """What the system refuses to look at becomes an `InputError`; instead: what to name."""
    try:
        yield
    except (OSError, RuntimeError, ValueError):
        raise InputError(str(path)[:200], "this path cannot be used", instead) from None


def write_file(path: Path, data: bytes | str, hint: str = RESUME, *, make_folder: bool = True) -> None:
    """Write a file so that it is on the disk whole, or not there at all, whatever happens meanwhile.

    make_folder: where its folder is not there. Raises `InputError` where it cannot be written (no room, no right).
    """
    with os_errors_as_input_errors(path, hint):
        # A name nobody can have put a link at, and short enough whatever the file is called.
        part = path.with_name(f".{path.name[:80]}.{secrets.token_hex(6)}.part")
        if make_folder:
            path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("xb") as file:
                file.write(data.encode() if isinstance(data, str) else data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        settle(path.parent)


def settle(folder: Path) -> None:
    """Have the names in a folder on the disk, where the system can be told so."""
    try:
        file = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        with contextlib.suppress(OSError):
            os.fsync(file)
    finally:
        os.close(file)


@contextlib.contextmanager
def os_errors_as_input_errors(path: Path, hint: str = RESUME) -> Iterator[None]:
    """What the system refuses to write becomes an `InputError`, in one line."""
    try:
        yield
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "this path cannot be used"
        raise InputError(str(path)[:200], f"cannot be written ({reason})", hint) from error


def _near(path: Path) -> str:
    try:
        names = sorted(entry.name for entry in path.parent.iterdir())[:2000]
        # Endings say little: of node.csv and link.csv neither is meant by the other.
        alike = [n for n in names if Path(n).stem == path.stem or did_you_mean(path.stem, [Path(n).stem])]
        near = did_you_mean(path.name, alike)
    except (OSError, ValueError):
        near = ""
    return near or "name one that exists"
