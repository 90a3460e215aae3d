"""Faults as they are gathered while a scenario is read: all of them, each said once, none without bound."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from crossings.errors import Fault, InputError

SHOWN = 20
SHOWN_OF_A_FILE = 8
KEPT_OF_A_FILE = 1000
MAX_WORDS = 500


def clip(word: object, limit: int = 60) -> str:
    """A word from a file, quoted, and shortened if it is long."""
    text = str(word)
    return f"'{text if len(text) <= limit else text[: limit - 3] + '...'}'"


def counted(number: float, one: str) -> str:
    """How many there are, with the word for one or for several.

    >>> counted(1, "row"), counted(1_200, "row"), counted(1.5, "day")
    ('1 row', '1,200 rows', '1.5 days')
    """
    return f"{number:,.12g} {one if number == 1 else one + 's'}"


@dataclass(frozen=True, slots=True)
class Rest(Fault):
    """The last line of many faults: how many are not shown."""

    number: int = 0


def rest(number: int, what: str = "fault") -> Rest:
    """The line for faults, or warnings, beyond those that are shown.

    >>> rest(1).what, rest(1_200, "warning").what
    ('1 more fault is not shown', '1,200 more warnings are not shown')
    """
    said = f"{counted(number, f'more {what}')} {'is' if number == 1 else 'are'} not shown"
    return Rest("...", said, "correct the others first", what == "warning", number)


class UnreadableError(Exception):
    """A file cannot be used: ``what`` is wrong, ``hint`` what would be accepted, ``line`` where (0: the whole file).

    missing: there is no such file.
    """

    def __init__(self, what: str, hint: str = "", line: int = 0, *, missing: bool = False) -> None:
        super().__init__(what)
        self.what, self.hint, self.line, self.missing = what, hint, line, missing

    def fault(self, name: str) -> Fault:
        """The fault of a file of that name."""
        return Fault(f"{name}:{self.line}" if self.line else name, self.what, self.hint)


class Faults:
    """Faults and warnings in the order found; a file with very many is cut, and the rest is counted."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, str, bool], Fault] = {}
        self._found: Counter[tuple[str, bool]] = Counter()

    def add(self, where: str, what: str, instead: str = "", *, warning: bool = False) -> None:
        """Note one fault at ``file:row`` (once, however often it is found)."""
        what, instead = what[:MAX_WORDS], instead[:MAX_WORDS]
        key = (where, what, instead, warning)
        if key in self._kept:
            return
        part = (where.split(":", 1)[0], warning)
        self._found[part] += 1
        if self._found[part] <= KEPT_OF_A_FILE:
            self._kept[key] = Fault(where, what, instead, warning)

    def take(self, fault: Fault) -> None:
        """Note a fault that was made elsewhere."""
        self.add(fault.where, fault.what, fault.instead, warning=fault.warning)

    def many(self, file: str) -> bool:
        """Whether a file has more faults than are kept."""
        return self._found[(file, False)] >= KEPT_OF_A_FILE

    @property
    def total(self) -> int:
        """How many faults there are, shown or not (warnings aside)."""
        return sum(count for (_, warning), count in self._found.items() if not warning)

    @property
    def any(self) -> bool:
        """Whether there is a fault (warnings aside)."""
        return self.total > 0

    def stop(self) -> None:
        """Raise `InputError` with the faults, where there is one."""
        if wrong := self.wrong():
            raise InputError(wrong)

    def wrong(self) -> list[Fault]:
        """What is shown of the faults, warnings aside."""
        return self._cut(warning=False)

    def listed(self) -> list[Fault]:
        """What is shown: faults first, by file as found; at most ``SHOWN`` of each sort, with a line for the rest."""
        return self.wrong() + self._cut(warning=True)

    def _cut(self, warning: bool) -> list[Fault]:
        kept = [fault for fault in self._kept.values() if fault.warning == warning]
        total = sum(count for (_, mark), count in self._found.items() if mark == warning)
        if total > SHOWN:
            kept = self._share(kept)
        by_file: dict[str, list[Fault]] = {}
        for fault in kept:
            by_file.setdefault(fault.where.split(":", 1)[0], []).append(fault)
        shown: list[Fault] = []
        for faults in by_file.values():
            shown += sorted(faults, key=_row)
        if total > len(shown):
            shown.append(rest(total - len(shown), "warning" if warning else "fault"))
        return shown

    def _share(self, kept: list[Fault]) -> list[Fault]:
        """Those that are shown: the first ``SHOWN_OF_A_FILE`` of each file, then others as long as there is room."""
        count: Counter[str] = Counter()
        first: list[Fault] = []
        others: list[Fault] = []
        for fault in kept:
            file = fault.where.split(":", 1)[0]
            count[file] += 1
            (first if count[file] <= SHOWN_OF_A_FILE else others).append(fault)
        return [*first, *others][:SHOWN]


def _row(fault: Fault) -> int:
    row = fault.where.rsplit(":", 1)[-1]
    return int(row) if row.isascii() and row.isdigit() and len(row) < 12 else 0
