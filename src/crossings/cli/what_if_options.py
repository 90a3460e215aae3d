"""Options that put a question to a scenario without a file, and the two scenarios that they ask about."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from crossings.errors import Fault, InputError

if TYPE_CHECKING:
    from crossings.scenario import Scenario

__all__ = [
    "Announced",
    "Begins",
    "Close",
    "Deter",
    "Group",
    "Groups",
    "Hours",
    "LanguageOption",
    "Officers",
    "Part",
    "Question",
    "Quota",
    "Slow",
    "Until",
    "names_in",
    "time_of",
]

LanguageOption = Annotated[str, typer.Option("--language", help="Language: en, fi, sv or ru.", metavar="CODE")]
Close = Annotated[
    str, typer.Option("--close", help="Crossings that close, with commas.", metavar="IDS", show_default=False)
]
Begins = Annotated[
    str,
    typer.Option(
        "--from", help="When it takes effect: YYYY-MM-DD or YYYY-MM-DDTHH:MM.", metavar="TIME", show_default=False
    ),
]
Until = Annotated[
    str,
    typer.Option("--until", help="When it ends; a bare date includes that day.", metavar="TIME", show_default=False),
]
Announced = Annotated[
    str,
    typer.Option(
        "--announced",
        help="When it becomes known; by default when it takes effect.",
        metavar="TIME",
        show_default=False,
    ),
]
Officers = Annotated[
    list[str] | None,
    typer.Option(
        "--officers",
        help="Officers at the entry control from then on; may be repeated.",
        metavar="CROSSING=NUMBER",
        show_default=False,
    ),
]
Hours = Annotated[
    list[str] | None,
    typer.Option(
        "--hours", help="Opening hours from then on; may be repeated.", metavar="CROSSING=HOURS", show_default=False
    ),
]
Quota = Annotated[
    list[str] | None,
    typer.Option(
        "--quota",
        help="Units a day that are let in; may be repeated.",
        metavar="CROSSING=NUMBER",
        show_default=False,
    ),
]
Part = Annotated[
    list[str] | None,
    typer.Option(
        "--part",
        help="Share of the capacity that is left, such as 1/2 or 40%; may be repeated.",
        metavar="CROSSING=SHARE",
        show_default=False,
    ),
]
Slow = Annotated[
    list[str] | None,
    typer.Option(
        "--slow",
        help="How many times as long service takes, such as 2, or how much longer, such as '+15 min'; may be repeated.",
        metavar="CROSSING=TIMES",
        show_default=False,
    ),
]
Deter = Annotated[
    list[str] | None,
    typer.Option(
        "--deter",
        help="Share of travellers kept away, such as 40%, or as how much waiting it counts, such as '24 h'; may be repeated.",
        metavar="CROSSING=SHARE",
        show_default=False,
    ),
]
Groups = Annotated[
    str,
    typer.Option(
        "--groups", help="Groups that it concerns, with commas; by default all.", metavar="IDS", show_default=False
    ),
]
Group = Annotated[
    str | None,
    typer.Option("--group", help="The group that the answer is about.", metavar="ID", show_default=False),
]


@dataclass(frozen=True)
class Question:
    """What is tried, as the options say it."""

    close: str = ""
    begins: str = ""
    until: str = ""
    announced: str = ""
    officers: Sequence[str] = ()
    hours: Sequence[str] = ()
    quota: Sequence[str] = ()
    groups: str = ""
    part: Sequence[str] = ()
    slow: Sequence[str] = ()
    deter: Sequence[str] = ()

    @property
    def asked(self) -> bool:
        """Whether anything is tried."""
        return any(getattr(self, field.name) for field in dataclasses.fields(self))

    def scenarios(self, scenario: Scenario) -> tuple[Scenario, Scenario]:
        """Without and with what is tried; raises `InputError` for what is not accepted."""
        from crossings.scenario.what_if import what_if

        if not self.begins:
            raise InputError(Fault("--from", "is not given", "write when it takes effect, such as 2023-11-18"))
        return what_if(
            scenario,
            close=names_in(self.close),
            begins=time_of("--from", self.begins),
            until=time_of("--until", self.until, end=True) if self.until else None,
            announced=time_of("--announced", self.announced) if self.announced else None,
            streams=names_in(self.groups),
            officers={c: _whole("--officers", c, n) for c, n in _pairs("--officers", self.officers)},
            hours=dict(_pairs("--hours", self.hours)),
            quota=dict(_pairs("--quota", self.quota)),
            part=dict(_pairs("--part", self.part)),
            slow=dict(_pairs("--slow", self.slow)),
            deter=dict(_pairs("--deter", self.deter)),
        )


def names_in(text: str) -> list[str]:
    """Names from a text with commas."""
    return [name.strip() for name in text.split(",") if name.strip()]


def time_of(option: str, text: str, *, end: bool = False) -> dt.datetime:
    """A local time from an option; ``end``: a bare date is its 24:00."""
    from crossings.scenario.clock import parse_when

    try:
        return parse_when(text, end=end)
    except ValueError as error:
        what, _, instead = str(error).partition("; ")
        raise InputError(Fault(option, what, instead)) from None


def _pairs(option: str, given: Sequence[str]) -> list[tuple[str, str]]:
    out = []
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise InputError(Fault(option, f"'{text}' is not CROSSING=VALUE", "such as vartius=4"))
        out.append((name.strip(), value.strip()))
    return out


def _whole(option: str, name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text[:9]) > 1000:
        raise InputError(Fault(option, f"{name}: '{text[:40]}' is not a number of officers", "0 to 1000"))
    return int(text)
