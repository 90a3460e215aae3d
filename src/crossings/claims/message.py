"""Sentences about claims as a template with values: plain English where they are made, any language where they are shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from crossings.measures.units import amount, spread


class Term(str):
    """A word or sentence that the catalogues of languages have, such as the name of a setting."""

    __slots__ = ()


class Share(float):
    """A share of runs or of data, said in per cent."""

    __slots__ = ()


class Exact(float):
    """A number with two decimals, whatever they are."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class NameList:
    """Names, one after the other."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure of a measure with its unit; figure: mean and, where it has a range, p05 and p95; none: what is said where there is
    none.

    >>> plain(Measured("journeys", {"mean": 20123.4, "p05": 20000.0, "p95": 20300.0}))
    '20,123 (20,000 to 20,300) journeys'
    """

    unit: str
    figure: Mapping[str, float | None] = field(default_factory=dict)
    none: str = "-"


class Message(str):
    """A sentence: as a string it is plain English; ``template`` and ``values`` say it in other languages.

    >>> said = Message("it holds in {share} of runs with: {setting}", share=Share(0.4), setting=Term("no rush"))
    >>> said, said.template
    ('it holds in 40 % of runs with: no rush', 'it holds in {share} of runs with: {setting}')
    """

    template: str
    values: dict[str, Value]

    def __new__(cls, template: str, /, **values: Value) -> Message:
        self = super().__new__(cls, template.format(**{name: plain(value) for name, value in values.items()}))
        self.template, self.values = template, values
        return self

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Value]]:
        return (self.template,), self.values


Value = str | float | dt.date | NameList | Measured


def plain(value: Value) -> str:
    """A value as a terminal and JSON have it: dates as ISO, hyphens for minus signs."""
    match value:
        case str():
            return str(value)
        case Share():
            return f"{100 * value:.0f} %"
        case Exact():
            return f"{value:.2f}"
        case NameList():
            return ", ".join(value.names)
        case Measured():
            return _measured(value)
        case dt.date():
            return value.isoformat()
        case _:
            return amount(value, minus="-")


def _measured(value: Measured) -> str:
    if value.figure.get("mean") is None:
        return value.none
    share = value.unit == "share"
    words = spread(value.figure, factor=100.0 if share else 1.0, none=value.none, minus="-", dash=" to ")
    if share:
        head, range_, tail = words.partition(" (")
        return f"{head}%{range_}{tail}"
    return words if value.unit in ("ratio", "log10") else f"{words} {value.unit}"
