"""Names that people gave, as identifiers that a scenario accepts, each its own."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from crossings.io.disk import CONTROL

LONGEST = 300  # of a name; a scenario's file holds 2,000 characters


def clipped(name: str) -> str:
    """A name that people gave, as a scenario can hold it: on one line, without control characters; the end of a long one is left
    out, and `...` says so.

    >>> clipped("Vaalimaa"), clipped("two\\n lines\\x07"), len(clipped("x" * 5000))
    ('Vaalimaa', 'two lines', 300)
    """
    name = " ".join(CONTROL.sub("", name).split())
    return name if len(name) <= LONGEST else name[: LONGEST - 3] + "..."


def identifiers(
    names: Sequence[str], *, longest: int = 60, ascii_lower: bool = False, taken: Iterable[str] = ()
) -> list[str]:
    """An identifier for each name, in order; of two that would be alike the later has a number.

    ascii_lower: small letters and hyphens only, accents dropped, where the name has such letters at all.

    >>> identifiers(["Vaalimaa", "Vaalimaa", "A: B"], ascii_lower=True)
    ['vaalimaa', 'vaalimaa-2', 'a-b']
    """
    used = set(taken)
    found = []
    for name in names:
        stem = _plain(name, longest) if ascii_lower else _kept(name, longest)
        joint = "-" if ascii_lower else " "
        number, text = 1, stem
        while text in used:
            number += 1
            text = f"{stem}{joint}{number}"
        used.add(text)
        found.append(text)
    return found


def _plain(name: str, longest: int) -> str:
    plain = unicodedata.normalize("NFKD", name.replace("ł", "l").replace("Ł", "L").replace("ø", "o").replace("đ", "d"))
    plain = plain.encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:longest].strip("-")
    return plain if re.search(r"[a-z0-9]", plain) else _kept(name, longest)


def _kept(name: str, longest: int) -> str:
    text = " ".join(re.sub(r"[^\w .+/()'-]", "_", name).split())[:longest].strip()
    return text if re.match(r"\w", text) else f"_{text}"[:longest].strip()
