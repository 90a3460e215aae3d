"""Options that put a question to a scenario without a file, and the two scenarios that they ask about."""

from __future__ import annotations

import datetime as dt
from dataclasses import astuple, dataclass
from typing import Annotated

import crossings as cx
from crossings.cli.options import names_in, option, pairs, parsed, setting
from crossings.errors import InputError, check_known

Texts = list[str] | None
SUCH = "CROSSING=VALUE, such as vartius=4"
LanguageOption = Annotated[str, setting("--language", "Language: en, fi, sv or ru.", "CODE")]
Begins = Annotated[str, option("--from", "When it takes effect: YYYY-MM-DD or YYYY-MM-DDTHH:MM.", "TIME")]
Until = Annotated[str, option("--until", "When it ends; a bare date includes that day.", "TIME")]
Announced = Annotated[str, option("--announced", "When it becomes known; by default when it takes effect.", "TIME")]
Group = Annotated[str | None, option("--group", "The group that the answer is about.", "ID")]


@dataclass(frozen=True)
class WhatIfOptions:
    """What is tried, as the options say it."""

    close: Annotated[str, option("--close", "Crossings that close, with commas.", "IDS")] = ""
    begins: Begins = ""
    until: Until = ""
    announced: Announced = ""
    officers: Annotated[
        Texts, option("--officers", "Officers at the entry control from then on; may be repeated.", "CROSSING=NUMBER")
    ] = None
    hours: Annotated[Texts, option("--hours", "Opening hours from then on; may be repeated.", "CROSSING=HOURS")] = None
    quota: Annotated[Texts, option("--quota", "Units a day that are let in; may be repeated.", "CROSSING=NUMBER")] = (
        None
    )
    part: Annotated[
        Texts,
        option("--part", "Share of the capacity that is left, such as 1/2 or 40%; may be repeated.", "CROSSING=SHARE"),
    ] = None
    slow: Annotated[
        Texts,
        option(
            "--slow",
            "How many times as long service takes, such as 2, or '+15 min'; may be repeated.",
            "CROSSING=TIMES",
        ),
    ] = None
    deter: Annotated[
        Texts,
        option(
            "--deter",
            "Share kept away, such as 40%, or a wait that puts off as much, such as '24 h'; may be repeated.",
            "CROSSING=SHARE",
        ),
    ] = None
    groups: Annotated[str, option("--groups", "Groups that it concerns, with commas; by default all.", "IDS")] = ""

    @property
    def asked(self) -> bool:
        """Whether anything is tried."""
        return any(astuple(self))

    def scenarios(self, scenario: cx.Scenario) -> tuple[cx.Scenario, cx.Scenario]:
        """Without and with what is tried; raises `InputError` for what is not accepted."""
        from crossings.scenario.what_if import what_if

        if not self.begins:
            raise InputError("--from", "is not given", "write when it takes effect, such as 2023-11-18")
        return what_if(
            scenario,
            close=names_in(self.close),
            begins=time_of("--from", self.begins),
            until=time_of("--until", self.until, end=True) if self.until else None,
            announced=time_of("--announced", self.announced) if self.announced else None,
            streams=names_in(self.groups),
            officers={c: _whole("--officers", c, n) for c, n in pairs("--officers", self.officers, SUCH).items()},
            hours=pairs("--hours", self.hours, SUCH),
            quota=pairs("--quota", self.quota, SUCH),
            part=pairs("--part", self.part, SUCH),
            slow=pairs("--slow", self.slow, SUCH),
            deter=pairs("--deter", self.deter, SUCH),
        )


def check_group(scenario: cx.Scenario, group: str | None) -> None:
    """Refuse a group that the scenario does not have, before anything is run."""
    check_known("--group", "group", [] if group is None else [group], list(scenario.settings.streams))


def time_of(option: str, text: str, *, end: bool = False) -> dt.datetime:
    """A local time from an option; ``end``: a bare date is its 24:00."""
    from crossings.scenario.clock import parse_when

    return parsed(option, text, lambda given: parse_when(given, end=end))


def _whole(option: str, name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text[:9]) > 1000:
        raise InputError(option, f"{name}: '{text[:40]}' is not a number of officers", "0 to 1000")
    return int(text)
