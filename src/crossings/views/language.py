"""Languages of report, brief and page: sentences from catalogues, numbers and dates by locale.

A catalogue is a JSON file in `crossings/languages`: English text → translation; what the page alone says is in
`languages/page`. English needs none. A test holds each catalogue against the texts that the code asks for.
"""

from __future__ import annotations

import datetime as dt
import importlib.resources
import json
import math
from dataclasses import dataclass
from functools import lru_cache

from crossings.errors import Fault, InputError, suggest

__all__ = ["LANGUAGES", "Language", "language"]

LANGUAGES = {"en": "English", "fi": "suomi", "sv": "svenska", "ru": "русский"}
LOCALES = {"en": "en_GB", "fi": "fi_FI", "sv": "sv_FI", "ru": "ru_RU"}


@dataclass(frozen=True)
class Language:
    """One language: ``say`` gives a text in it, the others numbers and dates."""

    code: str
    catalogue: dict[str, str]

    def say(self, text: str, **values: str) -> str:
        """A text in this language, with its values put in.

        >>> language("en").say("{place} is closed", place="Vaalimaa")
        'Vaalimaa is closed'
        """
        return self.catalogue.get(text, text).format(**values)

    def name(self, text: str) -> str:
        """A name of a scenario, such as a group's, in this language where the catalogue has it; else as it is written.

        >>> language("en").name("asylum seekers")
        'asylum seekers'
        """
        return self.catalogue.get(text, text)

    def number(self, value: float, decimals: int | None = None) -> str:
        """A number by the habits of the language; one decimal below 10, none above."""
        from babel.numbers import format_decimal

        if not math.isfinite(value):
            return "–"
        if decimals is None:
            decimals = 1 if abs(value) < 9.95 and abs(value - round(value)) >= 0.05 else 0
        return str(
            format_decimal(
                round(value, decimals) + 0.0,
                format="#,##0." + "0" * decimals if decimals else "#,##0",
                locale=self._locale,
            )
        )

    def whole(self, value: float) -> str:
        """A number of travellers, without decimals; what is less than one says so."""
        if 0.005 <= value < 0.95:
            return self.say("under 1")
        return self.number(float(round(value)), 0)

    def day(self, day: dt.date) -> str:
        """A day with its weekday: 'Saturday 18 November'."""
        from babel.dates import format_date

        form = {"fi": "EEEE d. MMMM", "sv": "EEEE'en' 'den' d MMMM", "ru": "d MMMM (EEE)"}
        return str(format_date(day, form.get(self.code, "EEEE d MMMM"), locale=self._locale))

    def short_day(self, day: dt.date) -> str:
        """A day as a heading of a column: 'Sat 18'."""
        from babel.dates import format_date

        form = {"fi": "ccc d.", "sv": "ccc d", "ru": "ccc d"}
        return str(format_date(day, form.get(self.code, "EEE d"), locale=self._locale))

    def date(self, day: dt.date, *, year: bool = False) -> str:
        """A day in short: 'Sat 18 Nov', or 'Sat 18 Nov 2023'."""
        from babel.dates import format_date

        plain, dated = {
            "fi": ("ccc d.M.", "ccc d.M.y"),
            "sv": ("EEE d MMM", "EEE d MMM y"),
            "ru": ("d MMM (EEE)", "d MMM y (EEE)"),
        }.get(self.code, ("EEE d MMM", "EEE d MMM y"))
        return str(format_date(day, dated if year else plain, locale=self._locale))

    def time(self, when: dt.datetime) -> str:
        """A day and time of it: 'Thu 16 Nov 14:00'."""
        from babel.dates import format_datetime

        return str(
            format_datetime(
                when,
                {"fi": "ccc d.M. 'klo' H.mm", "sv": "EEE d MMM 'kl.' H.mm", "ru": "d MMM (EEE) HH:mm"}.get(
                    self.code, "EEE d MMM HH:mm"
                ),
                locale=self._locale,
            )
        )

    def list(self, words: list[str]) -> str:
        """Words as a list: 'Vaalimaa, Imatra and Niirala'."""
        from babel.lists import format_list

        return str(format_list(words, locale=self._locale)) if words else ""

    @property
    def _locale(self) -> str:
        return LOCALES[self.code]


@lru_cache
def language(code: str) -> Language:
    """A language by its code; raises `InputError` for one that there is no catalogue of."""
    if code not in LANGUAGES:
        raise InputError(Fault("language", f"unknown language '{code}'", suggest(code, list(LANGUAGES))))
    if code == "en":
        return Language(code, {})
    folder = importlib.resources.files("crossings") / "languages"
    files = (folder / f"{code}.json", folder / "page" / f"{code}.json")
    return Language(code, {k: v for file in files for k, v in json.loads(file.read_text(encoding="utf-8")).items()})
