"""Languages of report, brief and page: sentences from catalogues, numbers and dates by locale.

A catalogue is a JSON file in `crossings/languages`: English text → translation; what the page alone says is in
`languages/page`. English needs none. A test holds each catalogue against the texts that the code asks for.
"""

from __future__ import annotations

import datetime as dt
import importlib.resources
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from crossings.claims.message import Exact, Measured, Message, NameList, Share, Term, Value
from crossings.errors import check_known
from crossings.measures.units import rounded

LANGUAGES = {"en": "English", "fi": "suomi", "sv": "svenska", "ru": "русский"}
SIGNS = {f"{plain} ": f"{sign}\N{NO-BREAK SPACE}" for plain, sign in {"<": "<", ">": ">", "<=": "≤", ">=": "≥"}.items()}
"""Signs of comparison, which stay with their number."""
OF_USERS = re.compile("AA|Q[M-Z]|X[A-JL-Z]|ZZ")
"""Codes that ISO leaves to whoever wants them; locales call XA and XB pseudo-accents. XK is used for Kosovo."""
IN_FORMS = {"journeys": {"one": "journey"}}
"""Units with a form of their own for each kind of number: catalogues have each as `journeys (few)`; here those of English."""
SEVERAL = "beds|camps|claims|counts|crossings|draws|hours|journeys|options|orders|others|pairs|parameters|places|rows|runs|vehicles"
"""What is counted in texts; the same words as in web/page/words.js."""
COUNTED = re.compile(rf"\{{(\w+)\}}((?: [a-z]+)?) ({SEVERAL})\b")
LOCALES = {"en": "en_GB", "fi": "fi_FI", "sv": "sv_FI", "ru": "ru_RU"}


def one_stop(text: str) -> str:
    """A text in which no full stop follows another, but for an ellipsis."""
    return re.sub(r"(?<!\.)\.\.(?!\.)", ".", text)


def _of_one(text: str, values: Mapping[str, str]) -> str:
    """An English text in which one of something is not several."""

    def said(match: re.Match[str]) -> str:
        return match[0][:-1] if values.get(match[1]) == "1" else match[0]

    return COUNTED.sub(said, text)


@dataclass(frozen=True)
class Language:
    """One language: ``say`` gives a text in it, the others numbers and dates."""

    code: str
    catalogue: dict[str, str]

    def say(self, text: str, **values: str) -> str:
        """A text in this language, with its values put in; after an abbreviation or a date that ends in a full stop there is no
        second.

        >>> language("en").say("{place} is closed", place="Vaalimaa")
        'Vaalimaa is closed'
        >>> language("en").say("Until {day}.", day="2 nov.")
        'Until 2 nov.'
        >>> language("en").say("{number} more rows: --all.", number="1")
        '1 more row: --all.'
        """
        return one_stop((self.catalogue.get(text) or _of_one(text, values)).format(**values))

    def name(self, text: str) -> str:
        """A name of a scenario, such as a group's, in this language where the catalogue has it; else as it is written.

        >>> language("en").name("asylum seekers")
        'asylum seekers'
        """
        return self.catalogue.get(text, text)

    def country(self, code: str, written: str) -> str:
        """A country by its ISO code: in English as the scenario writes it; so too a code that stands for no country.

        >>> language("fi").country("RU", "Russia"), language("fi").country("XA", "Westland")
        ('Venäjä', 'Westland')
        """
        if self.code == "en" or OF_USERS.fullmatch(code):
            return written
        from babel import Locale

        return str(Locale.parse(self._locale).territories.get(code, written))

    def counted(self, text: str, number: float | None = None) -> str:
        """A unit, or a name of a group, as it stands after a number: in Finnish and Russian that is another case.

        number: that which it stands after, as it is shown, where the catalogue has a form for one, for few, or for parts of one.

        >>> language("en").counted("lorries"), language("fi").counted("lorries")
        ('lorries', 'kuorma-autoa')
        >>> [language("ru").counted("journeys", n) for n in (1, 3, 1.5, 20)]
        ['поездка', 'поездки', 'поездки', 'поездок']
        """
        if number is not None and text in IN_FORMS:
            form = _plural_form(abs(float(rounded(number))), self._locale)
            return IN_FORMS[text].get(form, text) if self.code == "en" else self.name(f"{text} ({form})")
        return self.catalogue.get(f"{text} (counted)", self.name(text))

    def tell(self, said: Value) -> str:
        """A sentence about a claim, or a value in it, in this language: its template and each of its values.

        >>> language("en").tell(Message("it holds in {share} of runs", share=Share(0.4)))
        'it holds in 40% of runs'
        """
        match said:
            case Message():
                return self.say(said.template, **{name: self.tell(value) for name, value in said.values.items()})
            case Term():
                return self.name(said)
            case str():
                return SIGNS.get(said, said)
            case Share():
                return self.percent(self.fixed(100 * said, 0))
            case Exact():
                return self.fixed(said, 2)
            case NameList():
                return self.list([self.tell(name) for name in said.names])
            case Measured():
                return self.measured(said.unit, said.figure, said.none)
            case dt.date():
                return self.on(said, year=True)
            case _:
                return self.number(said)

    def percent(self, number: str) -> str:
        """A number as a percentage: '40%', '40 %'."""
        return f"{number}%" if self.code == "en" else f"{number}\N{NO-BREAK SPACE}%"

    def measured(self, unit: str, figure: Mapping[str, float | None], none: str = "–") -> str:
        """A figure of a measure with its range and unit; shares in per cent.

        >>> language("en").measured("share", {"mean": -0.5, "p05": -0.6, "p95": -0.4})
        '−50% (−60 to −40)'
        """
        if figure.get("mean") is None:
            return none
        if unit == "share":
            head, _, tail = self.banded({b: None if x is None else 100 * x for b, x in figure.items()}).partition(" (")
            return self.percent(head) + (f" ({tail}" if tail else "")
        shown = self.banded(figure)
        return shown if unit in ("ratio", "log10") else f"{shown} {self.counted(unit, figure['mean'])}"

    def number(self, value: float | None, decimals: int | None = None) -> str:
        """A number by the habits of the language; one decimal below 10, none above; '–' where there is none."""
        if value is None or not math.isfinite(value):
            return "–"
        return _decimal(str(rounded(value, decimals)), self._locale)

    def fixed(self, value: float, decimals: int) -> str:
        """A number with so many decimals, whatever they are: '0.50'."""
        return _decimal(f"{value:.{decimals}f}", self._locale)

    def significant(self, value: float, figures: int = 3) -> str:
        """A number with so many significant figures at most, below 1,000, as on an axis: '0.25', '2,500'."""
        if abs(value) >= 10 ** max(figures - 1, 1) or not value:
            return self.number(value, 0)
        exact = Decimal(f"{value:.{figures}g}")
        exact = exact.quantize(Decimal(1)) if exact == exact.to_integral() else Decimal(f"{exact:f}")
        return _decimal(f"{exact:f}", self._locale)

    def banded(self, row: Mapping[str, Any], name: str = "") -> str:
        """'mean (5th-95th percentile)' of a figure's range; the mean alone where nothing varies.

        >>> language("en").banded({"x_mean": 68.2, "x_p05": 59.0, "x_p95": 79.0}, "x")
        '68 (59–79)'
        """
        mean, low, high = (row.get(f"{name}_{b}" if name else b) for b in ("mean", "p05", "p95"))
        if mean is None or not math.isfinite(mean):
            return "–"
        shown = [self.number(float(v)) for v in (mean, mean if low is None else low, mean if high is None else high)]
        if shown[0] == shown[1] == shown[2]:
            return shown[0]
        return f"{shown[0]} ({self.between(shown[1], shown[2])})"

    def between(self, low: str, high: str) -> str:
        """Two numbers as a range: '59–79', '−5 to 3'."""
        return self.say("{low} to {high}", low=low, high=high) if "−" in low + high else f"{low}–{high}"

    def whole(self, value: float, *, short: bool = False) -> str:
        """A number of travellers, without decimals; what is less than one says so (short: '<1', as on a map)."""
        if (0.05 if short else 0.005) <= value < 0.95:
            return "<1" if short else self.say("under 1")
        return self.number(float(round(value)), 0)

    def day(self, day: dt.date) -> str:
        """A day with its weekday: 'Saturday 18 November'."""
        return self._date(day, "EEEE d MMMM", fi="cccc'na' d. MMMM", sv="EEEE'en' 'den' d MMMM", ru="d MMMM (EEE)")

    def short_day(self, day: dt.date) -> str:
        """A day as a heading of a column: 'Sat 18'."""
        return self._date(day, "EEE d", fi="ccc d.", sv="ccc d", ru="ccc d")

    def date(self, day: dt.date, *, year: bool = False) -> str:
        """A day in short: 'Sat 18 Nov', or 'Sat 18 Nov 2023'."""
        if year:
            return self._date(day, "EEE d MMM y", fi="ccc d.M.y", sv="EEE d MMM y", ru="d MMM y (EEE)")
        return self._date(day, "EEE d MMM", fi="ccc d.M.", sv="EEE d MMM", ru="d MMM (EEE)")

    def on(self, day: dt.date, *, year: bool = False) -> str:
        """A day without its weekday, as on an axis: '18 Nov', or '18 Nov 2023'."""
        return self._date(day, "d MMM y", fi="d.M.y") if year else self._date(day, "d MMM", fi="d.M.")

    def time(self, when: dt.datetime) -> str:
        """A day and time of it: 'Thu 16 Nov 14:00'."""
        return f"{self.date(when)} {self.hour(when)}"

    def moment(self, when: dt.datetime) -> str:
        """A day with its year, and a time of it: '16 Nov 2023 14:00'."""
        return f"{self.on(when, year=True)} {self.hour(when)}"

    def hour(self, when: dt.datetime | dt.time) -> str:
        """A time of day: '14:00'."""
        form = {"fi": "klo %-H.%M", "sv": "kl. %-H.%M"}.get(self.code, "%H:%M")
        return when.strftime(form)

    def period(self, begin: dt.datetime, end: dt.datetime) -> str:
        """A period in short: '17 Nov', '17 Nov 06:00–18:00', '6–12 Nov'."""
        last = end - dt.timedelta(minutes=1)
        whole = begin.time() == end.time() == dt.time(0)
        until = _clock(self.code, end, last=True)
        if begin.date() == last.date():
            return self.on(begin) + ("" if whole else f" {_clock(self.code, begin)}–{until}")
        if whole:
            same = (begin.year, begin.month) == (last.year, last.month)
            first = f"{begin.day}{'.' if self.code == 'fi' else ''}" if same else self.on(begin)
            return f"{first}–{self.on(last)}"
        return self.say(
            "{low} to {high}",
            low=f"{self.on(begin)} {_clock(self.code, begin)}",
            high=f"{self.on(last)} {until}",
        )

    def _date(self, day: dt.date, form: str, **other: str) -> str:
        plain = dt.date(day.year, day.month, day.day)
        return _formatted(plain, other.get(self.code, form), self._locale)

    def list(self, words: list[str]) -> str:
        """Words as a list: 'Vaalimaa, Imatra and Niirala'."""
        from babel.lists import format_list

        return str(format_list(words, locale=self._locale)) if words else ""

    @property
    def _locale(self) -> str:
        return LOCALES[self.code]


def _clock(code: str, when: dt.datetime, *, last: bool = False) -> str:
    """A time of day within a period; its end at midnight is 24:00."""
    dot = "." if code in ("fi", "sv") else ":"
    return f"24{dot}00" if last and when.time() == dt.time(0) else f"{when:%H}{dot}{when:%M}"


@lru_cache(maxsize=65_536)
def _decimal(shown: str, locale: str) -> str:
    from babel.numbers import format_decimal

    value = Decimal(shown)
    decimals = max(0, -int(value.as_tuple().exponent))
    form = "#,##0." + "0" * decimals if decimals else "#,##0"
    return str(format_decimal(value, format=form, locale=locale)).replace("-", "−")


@lru_cache(maxsize=8_192)
def _plural_form(number: float, locale: str) -> str:
    """The form of a noun after a number: one, few, many or other (of CLDR)."""
    from babel import Locale

    return str(Locale.parse(locale).plural_form(Decimal(f"{number:g}")))


@lru_cache(maxsize=8_192)
def _formatted(day: dt.date, form: str, locale: str) -> str:
    from babel.dates import format_date

    return str(format_date(day, form, locale=locale)).replace("Sept", "Sep" if locale == "en_GB" else "Sept")


@lru_cache
def language(code: str) -> Language:
    """A language by its code; raises `InputError` for one that there is no catalogue of."""
    check_known("language", "language", [code], list(LANGUAGES))
    if code == "en":
        return Language(code, {})
    folder = importlib.resources.files("crossings") / "languages"
    files = (folder / f"{code}.json", folder / "page" / f"{code}.json")
    return Language(code, {k: v for file in files for k, v in json.loads(file.read_text(encoding="utf-8")).items()})


ENGLISH = language("en")
