"""One tree of errors. A fault is one line a person can act on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["CrossingsError", "Fault", "InputError", "InterruptedWorkError", "suggest"]


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
        line = f"{self.where}: {mark}{self.what}{tail}"
        return "".join(ch if ch.isprintable() else "?" for ch in line)


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
    """What a person gave cannot be used.

    Attributes
    ----------
    faults : tuple of Fault
        One for each reason; the message has a line for each.

    Examples
    --------
    >>> print(InputError(Fault("lanes.csv:3", "servers: '0' is not accepted", "write 1 or more")))
    lanes.csv:3: servers: '0' is not accepted; write 1 or more
    """

    def __init__(self, faults: Sequence[Fault] | Fault) -> None:
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__("\n".join(str(f) for f in self.faults))

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Fault, ...]]]:
        """Whole in another process too."""
        return type(self), (self.faults,)


class InterruptedWorkError(CrossingsError):
    """A person stopped the work; the message says what was kept of it."""


def suggest(word: str, known: Sequence[str]) -> str:
    """Say what is accepted instead of ``word``: the nearest known name, or the list.

    >>> suggest("vaalima", ["vaalimaa", "nuijamaa"])
    "did you mean 'vaalimaa'?"
    """
    import difflib

    near = difflib.get_close_matches(word[:80], known, n=1, cutoff=0.6)
    if near:
        return f"did you mean '{near[0]}'?"
    shown = ", ".join(sorted(known)[:12])
    more = ", ..." if len(known) > 12 else ""
    return f"accepted: {shown}{more}" if known else "none is defined"
