"""Every text of the page is in every catalogue: those of its modules, of its document, and those that the server sends."""

from __future__ import annotations

import html.parser
import json
import re
import string
from pathlib import Path

import pytest

import crossings
from crossings.charts import STATES
from crossings.measures.cells import CELL_WORDS, FATE_WORDS
from crossings.measures.units import PLURALS
from crossings.report.summary import CARDS
from crossings.scenario.entities import Behaviour
from crossings.scenario.measures import MEASURES
from crossings.store.endings import ALL_WORDS, ENDINGS
from crossings.views.language import LANGUAGES
from crossings.web.changes import NUMBERS

PACKAGE = Path(crossings.__file__).parent
PAGE = PACKAGE / "web" / "page"
OTHERS = sorted(set(LANGUAGES) - {"en"})
SAID = re.compile(r'\bsay\(\s*"((?:[^"\\]|\\.)*)"')
ANY_SAID = re.compile(r"\bsay\(\s*([^\s])")
UNTRANSLATED = {"crossings", "crossings run SCENARIO --report report.html", "A", "B", "+", "−", "⤢", "1", "2", "3", "↶", "↷", "Ctrl Z", "Ctrl Shift Z",
    "Save as option C"}  # fmt: skip
"""What stands in the document and is the same in every language; the version and "Save as option C" are written over."""


class Texts(html.parser.HTMLParser):
    """Texts and attributes of a document that people read."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.within: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "link", "input", "path", "circle", "rect", "pattern", "line"):
            self.within.append(tag)
        self.found |= {value for name, value in attrs if name in ("aria-label", "title", "placeholder") and value}

    def handle_endtag(self, tag):
        if tag in self.within:
            while self.within.pop() != tag:
                pass

    def handle_data(self, data):
        if data.strip() and not {"script", "noscript", "head"} & set(self.within):
            self.found.add(data.strip())


def of_the_document() -> set[str]:
    parser = Texts()
    parser.feed((PAGE / "index.html").read_text(encoding="utf-8"))
    return parser.found - UNTRANSLATED


def of_the_modules() -> set[str]:
    return {text for path in PAGE.glob("*.js") for text in SAID.findall(path.read_text(encoding="utf-8"))}


def of_the_server() -> set[str]:
    """Texts that the server sends in English, and the page looks up by the whole of them."""
    numbers = [Behaviour.model_fields[name] for name in NUMBERS]
    extra = [f.json_schema_extra for f in numbers]
    units = {str(e["unit"]) for e in extra if isinstance(e, dict)} - {"1"}
    shown = [MEASURES[name] for name in CARDS]
    return {
        *STATES.values(),
        *(e.words for e in ENDINGS),
        ALL_WORDS,
        *CELL_WORDS,
        *CELL_WORDS.values(),
        *FATE_WORDS.values(),
        *PLURALS.values(),
        *(m.title for m in shown),
        *(m.meaning for m in shown),
        *(f.description or "" for f in numbers),
        *units,
        "attraction by name",
        *("consistent with the measure", "inconsistent", "not testable here", "not settled"),
        *("journeys", "km", "h"),
    }


def wanted() -> set[str]:
    return of_the_document() | of_the_modules() | of_the_server()


def catalogue(code: str) -> tuple[dict[str, str], dict[str, str]]:
    """The common texts, and those of the page."""
    folder = PACKAGE / "languages"
    files = (folder / f"{code}.json", folder / "page" / f"{code}.json")
    common, own = (json.loads(file.read_text(encoding="utf-8")) for file in files)
    return common, own


def placeholders(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


@pytest.mark.parametrize("code", OTHERS)
def test_a_catalogue_of_the_page_has_every_text_and_no_other(code):
    common, own = catalogue(code)
    assert sorted(wanted() - set(common) - set(own)) == []
    assert sorted(set(own) - wanted()) == []
    assert sorted(set(own) & set(common)) == []
    assert list(own) == sorted(own)
    for text, translated in own.items():
        assert translated, text
        assert translated.strip() == translated, text
        assert placeholders(translated) == placeholders(text), text
        assert (text[-1] == ".") == (translated[-1] == "."), text
        if code == "ru":
            assert re.search("[а-яё]|^[^a-z]*$", re.sub(r"\{\w+\}", "", translated.lower())), text


def test_a_text_that_is_said_is_written_there():
    """What is computed cannot be looked for in the catalogues."""
    for path in PAGE.glob("*.js"):
        source = path.read_text(encoding="utf-8")
        if path.name != "words.js":
            assert set(ANY_SAID.findall(source)) <= {'"'}, path.name
