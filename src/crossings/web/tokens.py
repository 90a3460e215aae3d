"""The word that everybody must know where the page is open to others: where it comes from, and whether it is one to guess."""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping
from pathlib import Path

from crossings.errors import InputError
from crossings.io.faults import Faults, counted
from crossings.io.files import read_text

VARIABLE = "CROSSINGS_TOKEN"
SHORTEST = 16
FEWEST_SIGNS = 8
MAX_BYTES = 1000
BETTER = """make one with: python3 -c "import secrets; print(secrets.token_urlsafe(24))\""""


def token_from(option: str | None, file: Path | None, environment: Mapping[str, str]) -> str | None:
    """The token: of --token, else the first line of --token-file, else of CROSSINGS_TOKEN; None where none is given.

    Raises InputError for more than one option, a file that cannot be read, and a word that could be guessed.
    """
    if option is not None and file is not None:
        raise InputError("--token", "is given, and --token-file as well", "give one of them")
    if option is not None:
        return _strong(option, "--token")
    if file is not None:
        return _strong(_first_line(file), "--token-file")
    return _strong(environment[VARIABLE], VARIABLE) if environment.get(VARIABLE) else None


def _first_line(file: Path) -> str:
    faults = Faults()
    text = read_text(file.parent, file.name, "--token-file", faults, MAX_BYTES)
    if text is None:
        raise InputError(faults.listed())
    if os.name == "posix" and file.stat().st_mode & 0o077:
        raise InputError("--token-file", f"{file.name} can be read by others", f"chmod 600 {file.name}")
    return text.strip().splitlines()[0].strip()


def _strong(token: str, where: str) -> str:
    """The token; raises InputError for one that has other signs than an address may hold, or could be guessed."""
    if not token.isascii() or not token.replace("-", "").replace("_", "").isalnum():
        raise InputError(where, "has other signs than letters, digits, - and _, or none", BETTER)
    if len(token) < SHORTEST:
        raise InputError(
            where, f"is too easy: {counted(len(token), 'sign')}, and {SHORTEST} or more are asked for", BETTER
        )
    plain = token.lower().replace("-", "").replace("_", "")
    if len(set(plain)) < FEWEST_SIGNS or _repeats(plain) or _in_order(plain):
        raise InputError(where, "is too easy: it repeats few signs, or has them in order", BETTER)
    return token


def _repeats(token: str) -> bool:
    """Whether it is one piece over and over."""
    return any(token.startswith(token[:n] * (len(token) // n)) for n in range(1, len(token) // 2 + 1))


def _in_order(token: str) -> bool:
    """Whether most signs follow the one before, as in abcdef, 987654 or aaaa."""
    steps = [ord(b) - ord(a) for a, b in itertools.pairwise(token)]
    return sum(step in (-1, 0, 1) for step in steps) > len(steps) / 2
