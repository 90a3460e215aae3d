"""One tree of errors. A fault is one line a person can act on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with what was given; ``str(fault)`` is the line that a person sees.

    Parameters
    ----------
    where : str
        A file with its row, an option, or an argument.
    what : str
        What is wrong.
    instead : str
        What would be accepted.
    warning : bool
        Whether work can go on with it.

    Examples
    --------
    >>> import crossings as cx
    >>> print(cx.Fault("lanes.csv:3", "servers: '0' is not accepted", "write 1 or more"))
    lanes.csv:3: servers: '0' is not accepted; write 1 or more
    """

    where: str
    what: str
    instead: str = ""
    warning: bool = False

    def __str__(self) -> str:
        mark = "warning: " if self.warning else ""
        tail = f"; {self.instead}" if self.instead else ""
        return printable(f"{self.where}: {mark}{self.what}{tail}")


class CrossingsError(Exception):
    """The root of everything that this package raises on purpose.

    Examples
    --------
    >>> import crossings as cx
    >>> try:
    ...     cx.Scenario.read("no such/")
    ... except cx.CrossingsError as error:
    ...     print(error)
    no such/: there is no such directory; name a directory or a bundled scenario
    """


class InputError(CrossingsError):
    """What a person gave cannot be used: one fault or several, or where, what and what instead of a single one.

    Attributes
    ----------
    faults : tuple of Fault
        One for each reason; the message has a line for each.

    Examples
    --------
    >>> print(InputError("lanes.csv:3", "servers: '0' is not accepted", "write 1 or more"))
    lanes.csv:3: servers: '0' is not accepted; write 1 or more
    """

    def __init__(self, faults: Sequence[Fault] | Fault | str, what: str = "", instead: str = "") -> None:
        if isinstance(faults, str):
            faults = Fault(faults, what, instead)
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__("\n".join(str(f) for f in self.faults))

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Fault, ...]]]:
        """Whole in another process too."""
        return type(self), (self.faults,)


class InterruptedWorkError(CrossingsError):
    """A person stopped the work; the message says what was kept of it."""


def refused(where: str, error: ValueError, label: str = "") -> Fault:
    """The fault of a text that a reader refused with ``what; what instead``; label: stands before it.

    >>> print(refused("lanes.csv:3", ValueError("'x' is not a date; write YYYY-MM-DD"), "until: "))
    lanes.csv:3: until: 'x' is not a date; write YYYY-MM-DD
    """
    what, _, instead = str(error).partition("; ")
    return Fault(where, label + what, instead)


def printable(text: str) -> str:
    """Text with ``?`` for what would move a terminal's cursor or turn the direction of writing."""
    return "".join(ch if ch.isprintable() else "?" for ch in text)


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """The nearest known name as a question; empty where none is near. Letter case and outer spaces do not count.

    >>> did_you_mean("vaalima", ["vaalimaa", "nuijamaa"]), did_you_mean("x", ["vaalimaa"])
    ("did you mean 'vaalimaa'?", '')
    """
    import difflib

    loose = {name.casefold(): name for name in known}
    if (same := loose.get(word.strip().casefold())) is not None and same != word:
        return f"did you mean '{same}'?"
    near = difflib.get_close_matches(word[:80], known, n=1, cutoff=0.6)
    return f"did you mean '{near[0]}'?" if near else ""


def suggest(word: str, known: Sequence[str]) -> str:
    """Say what is accepted instead of ``word``: the nearest known name, or the list.

    >>> suggest("helsinki", ["vaalimaa", "nuijamaa"])
    'accepted: nuijamaa, vaalimaa'
    """
    if near := did_you_mean(word, known):
        return near
    shown = ", ".join(sorted(known)[:12])
    more = ", ..." if len(known) > 12 else ""
    return f"accepted: {shown}{more}" if known else "none is defined"


def unknown(where: str, kind: str, words: Iterable[str], known: Sequence[str]) -> list[Fault]:
    """A fault for each word that is none of the known names of a kind, once.

    >>> print(*unknown("streams", "stream", ["car", "lory"], ["car", "lorry"]))
    streams: unknown stream 'lory'; did you mean 'lorry'?
    """
    wrong = [word for word in dict.fromkeys(words) if word not in known]
    return [Fault(where, f"unknown {kind} '{word[:60]}'", suggest(word, known)) for word in wrong]


def check_known(where: str, kind: str, words: Iterable[str], known: Sequence[str]) -> None:
    """Raise `InputError` with the faults of `unknown`, where there are any.

    >>> check_known("streams", "stream", ["car"], ["car", "lorry"])
    """
    if faults := unknown(where, kind, words, known):
        raise InputError(faults)
