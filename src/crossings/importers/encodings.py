"""Text of tables that is not UTF-8: which encoding is said, and what the signs would be in others."""

from __future__ import annotations

import codecs
import contextlib
import itertools
import re
import unicodedata
from collections.abc import Iterator
from contextvars import ContextVar

from crossings.errors import InputError, did_you_mean
from crossings.io.disk import UnreadableError, decoded, line_of

USUAL = {
    "windows-1250": "Polish, Czech, Hungarian",
    "windows-1251": "Cyrillic",
    "windows-1252": "Western Europe",
    "windows-1253": "Greek",
    "windows-1254": "Turkish",
    "windows-1256": "Arabic",
    "gb18030": "Chinese, simplified",
    "big5": "Chinese, traditional",
    "shift_jis": "Japanese",
}
SHOWN = 6  # readings in a fault
# What Windows-1252 has beside ASCII in names of places in Western Europe; other signs tell of another encoding.
_WESTERN = re.compile("[\x00-\x7f\u00a0\u00b0\u20ac\u2013\u2014\u2018\u2019\u201c\u201dŠšŽžÀ-ÖØ-öø-þ]*")
_FOREIGN = re.compile("[À-ÖØ-öø-þ]{3}")  # such as Cyrillic letters read as Western ones
_CELL = re.compile(rb"[,;\t\r\n\"]")
_PLAIN = rb"a\x41,..+1; \u0041"
_said: ContextVar[str | None] = ContextVar("encoding", default=None)


@contextlib.contextmanager
def written_in(encoding: str | None) -> Iterator[None]:
    """While it lasts, tables that are not UTF-8 are read in this encoding; raises `InputError` for one that is not known.

    >>> with written_in("windows-1251"):
    ...     text_of("Кузница".encode("windows-1251"))
    ('Кузница', ['not UTF-8: read as windows-1251'])
    """
    if encoding is not None and not _known(encoding):
        accepted = "; ".join(f"{name} ({what})" for name, what in USUAL.items())
        near = did_you_mean(encoding, list(USUAL))
        hint = f"{near}{'; ' if near else ''}such as {accepted}"
        raise InputError("--encoding", f"'{encoding[:40]}' is not an encoding", hint)
    token = _said.set(encoding)
    try:
        yield
    finally:
        _said.reset(token)


def _known(encoding: str) -> bool:
    """Whether Python knows an encoding by that name, and ASCII stays as it is in it, which is not so with escapes."""
    try:
        return codecs.lookup(encoding).decode(_PLAIN)[0] == _PLAIN.decode("ascii")
    except (LookupError, TypeError, ValueError, AssertionError):
        return False


def text_of(raw: bytes) -> tuple[str, list[str]]:
    """The text of a table, and a note where it is not UTF-8: in the encoding that is said, else in Windows-1252 where nothing
    speaks against it.

    UTF-16 is told by its mark. Raises `UnreadableError`, with what the first such word would be in several encodings.
    """
    try:
        return decoded(raw, utf16=True), []
    except UnreadableError as error:
        if not error.line or raw[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in raw:
            raise
        encoding = _said.get()
        if encoding is None:
            western = _in(raw, "windows-1252")
            if western is None or not _WESTERN.fullmatch(western) or _FOREIGN.search(western):
                raise UnreadableError(error.what, _readings(raw), error.line) from None
            return western, ["not UTF-8: read as Windows-1252 (Latin-1)"]
        text = _in(raw, encoding)
        if text is None:
            what = "not UTF-8" if codecs.lookup(encoding).name == "utf-8" else f"neither UTF-8 nor {encoding}"
            raise UnreadableError(what, _readings(raw), _stops(raw, encoding)) from None
        return text, [f"not UTF-8: read as {encoding}"]


def _in(raw: bytes, encoding: str) -> str | None:
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _stops(raw: bytes, encoding: str) -> int:
    """The line at which the bytes are no longer of an encoding."""
    try:
        raw.decode(encoding)
    except UnicodeDecodeError as error:
        return line_of(raw[: error.start])
    return line_of(raw[: raw.index(0)])


def _readings(raw: bytes) -> str:
    """What to do, with the first word that is not ASCII as it would be in the encodings in which the file can be."""
    at = next(i for i, byte in enumerate(raw) if byte > 127)
    start = max((m.end() for m in _CELL.finditer(raw[:at])), default=0)
    end = next((m.start() for m in _CELL.finditer(raw, at)), len(raw))
    shown = []
    for encoding in USUAL:
        text = _in(raw, encoding)
        word = None if text is None else _in(raw[start:end], encoding)
        if word is not None and word.isprintable() and _like_a_name(word):
            shown.append((encoding, word[:24]))
    if not shown:
        return "save the file as UTF-8 text"
    said = ", ".join(f"'{word}' in {encoding}" for encoding, word in shown[:SHOWN])
    return f"save the file as UTF-8 text, or say what it is with --encoding: the first such word is {said}"


def _like_a_name(word: str) -> bool:
    """Whether a word can be a name: letters of one script, and no capital after a small letter."""
    letters = [ch for ch in word if ch.isalpha()]
    scripts = {unicodedata.name(ch, "").split()[0] for ch in letters}
    signs = [ch for ch in word if ord(ch) > 127 and not ch.isalpha()]
    climbs = any(a.islower() and b.isupper() for a, b in itertools.pairwise(word))
    return bool(letters) and len(scripts) == 1 and not signs and not climbs
