"""Every text of answer, options and brief is in every catalogue, with its placeholders, and nothing else is."""

from __future__ import annotations

import ast
import datetime as dt
import json
import re
import string
from pathlib import Path

import pytest

import crossings
from crossings.errors import InputError
from crossings.scenario import Scenario
from crossings.views.language import LANGUAGES, language

PACKAGE = Path(crossings.__file__).parent
SPOKEN = [
    *sorted((PACKAGE / "views").glob("*.py")),
    *sorted((PACKAGE / "brief").glob("*.py")),
    *(PACKAGE / "cli" / f"{name}.py" for name in ("whatif", "combinations", "brief")),
]
CATALOGUES = sorted((PACKAGE / "languages").glob("*.json"))
EXAMPLES = ("finland-2023", "poland-2022", "two-crossings")


def said() -> dict[str, set[str]]:
    """Each text that the code says → the names of the values that it is said with."""
    found: dict[str, set[str]] = {}
    for path in SPOKEN:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name != "say":
                continue
            for text in texts_of(node.args[0], f"{path.name}:{node.lineno}"):
                found[text] = {word.arg or "" for word in node.keywords}
    return found


def texts_of(node: ast.expr, where: str) -> list[str]:
    assert isinstance(node, ast.Constant), (
        f"{where}: a text that is said is written there, so that it can be translated"
    )
    return [str(node.value)]


def placeholders(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def group_names() -> set[str]:
    return {s.name for name in EXAMPLES for s in Scenario.read(name).settings.streams.values() if s.name}


def test_there_is_a_catalogue_for_each_language():
    assert {path.stem for path in CATALOGUES} == set(LANGUAGES) - {"en"}


def test_texts_are_said_with_the_values_they_name():
    for text, values in said().items():
        assert set(placeholders(text)) == values, text


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda p: p.stem)
def test_a_catalogue_has_every_text_and_no_other(path):
    catalogue = json.loads(path.read_text(encoding="utf-8"))
    wanted = set(said()) | group_names()
    assert sorted(wanted - set(catalogue)) == []
    assert sorted(set(catalogue) - wanted) == []
    for text, translated in catalogue.items():
        assert translated.strip() == translated, text
        assert translated, text
        assert placeholders(translated) == placeholders(text), text
        assert text[-1:] in ".!?" or translated[-1] != ".", text
        assert text[-1:] != "." or translated[-1] == ".", text


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda p: p.stem)
def test_a_catalogue_is_sorted(path):
    keys = list(json.loads(path.read_text(encoding="utf-8")))
    assert keys == sorted(keys)


def test_russian_is_written_in_cyrillic():
    """A sentence that was forgotten would stand there in English."""
    for text, translated in language("ru").catalogue.items():
        bare = re.sub(r"\{\w+\}", "", translated.lower())
        assert re.search("[а-яё]|^[^a-z]*$", bare), text


def test_days_and_numbers_by_the_habits_of_each_language():
    day = dt.date(2023, 11, 18)
    assert [language(c).day(day) for c in LANGUAGES] == [
        "Saturday 18 November",
        "lauantaina 18. marraskuuta",
        "lördagen den 18 november",
        "18 ноября (сб)",
    ]
    assert [language(c).number(12345.6).replace("\N{NO-BREAK SPACE}", " ") for c in LANGUAGES] == [
        "12,346",
        "12 346",
        "12 346",
        "12 346",
    ]
    assert [language(c).number(2.5) for c in LANGUAGES] == ["2.5", "2,5", "2,5", "2,5"]


def test_an_unknown_language_is_refused():
    with pytest.raises(InputError, match="unknown language 'fr'"):
        language("fr")
