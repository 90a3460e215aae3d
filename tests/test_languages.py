"""Every text of answer, options, brief and report is in every catalogue, with its placeholders, and nothing else is."""

from __future__ import annotations

import ast
import datetime as dt
import html
import json
import re
import string
from pathlib import Path
from typing import get_args

import pytest
from jinja2 import Environment, nodes

import crossings
from crossings.charts import STATES
from crossings.claims.assumptions import TRIED
from crossings.claims.verdicts import VERDICTS
from crossings.errors import InputError
from crossings.measures.cells import CELL_WORDS, FATE_WORDS
from crossings.measures.units import PLURALS
from crossings.model import Model
from crossings.report import write_report
from crossings.report.render import _environment
from crossings.report.summary import CARDS
from crossings.scenario import Scenario
from crossings.scenario.entities import Behaviour, Closure, Observation, Stream
from crossings.scenario.measures import MEASURES
from crossings.simulation.comparison import compare
from crossings.store.endings import ALL_WORDS, ENDINGS
from crossings.views.answer import Figure
from crossings.views.answer_text import ranged, sure, travellers
from crossings.views.language import LANGUAGES, language

PACKAGE = Path(crossings.__file__).parent
SPOKEN = [
    *sorted((PACKAGE / "views").glob("*.py")),
    *(path for room in ("brief", "report", "charts") for path in sorted((PACKAGE / room).glob("*.py"))),
    *(PACKAGE / "cli" / f"{name}.py" for name in ("whatif", "combinations", "brief")),
]
TEMPLATES = sorted((PACKAGE / "templates").rglob("*.j2"))
CATALOGUES = sorted((PACKAGE / "languages").glob("*.json"))
UNSHOWN = ("behaviour", "name", "source")
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
    for path in TEMPLATES:
        for call in Environment().parse(path.read_text(encoding="utf-8")).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "say":
                assert isinstance(call.args[0], nodes.Const), f"{path.name}:{call.lineno}"
                found[call.args[0].value] = {word.key for word in call.kwargs}
    return found


def terms() -> set[str]:
    """Words that are written where they are defined, and are named in a language where they are shown."""
    measures = {m.title for m in MEASURES.values()} | {MEASURES[name].meaning for name in CARDS}
    units = {m.unit for m in MEASURES.values() if m.formula is not None} - {"share", "h"}
    fields = {
        word for name in ("status", "what") for word in get_args(Observation.model_fields[name].annotation)
    } | set(get_args(Closure.model_fields["kind"].annotation))
    return (
        {*CELL_WORDS, *CELL_WORDS.values(), *FATE_WORDS.values(), *STATES.values(), *VERDICTS, *PLURALS.values()}
        | {e.words for e in ENDINGS}
        | {ALL_WORDS, "as written", "without later orders", "without it", "what if"}
        | measures
        | units
        | parameters()
        | {s.meaning for s in TRIED}
        | {word.replace("_", " ") for word in fields}
    )


def parameters() -> set[str]:
    """Meanings and units of what a group of travellers has in scenario.yaml."""
    fields = [f for model in (Stream, Behaviour) for name, f in model.model_fields.items() if name not in UNSHOWN]
    extra = [f.json_schema_extra for f in fields]
    units = {str(e["unit"]) for e in extra if isinstance(e, dict) and e.get("unit") not in (None, "1")}
    return {f.description or "" for f in fields} | units


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
    counted = {f"{text} (counted)" for text in group_names() | set(PLURALS.values())}
    wanted = set(said()) | group_names() | terms() | counted
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


def test_a_number_and_its_unit_agree():
    """What is counted stands in the case that the language asks for after a number, on its own and as a group."""
    assert [travellers("12", "truck", "lorries", language(c)) for c in LANGUAGES] == [
        "12 lorries",
        "12 kuorma-autoa",
        "12 lastbilar",
        "12 грузовиков",
    ]
    assert travellers("12", "person", "asylum seekers", language("fi")) == "12 turvapaikanhakijaa"
    assert travellers("12", "car", "people in cars and buses", language("fi")) == (
        "12 henkilöautoa (henkilöt autoissa ja busseissa)"
    )


ONE_WORD = {
    "fi": (r"(?<!rajan)(?<!Rajan)[Yy]lityspai", r"\b[Rr]ek(at|ka|ko)", "määräyks"),
    "sv": (r"(?<!gräns)(?<!Gräns)[Öö]vergång", "långtradar", "gränsövergång(?!sställe)"),
    "ru": (r"переход", r"без распоряжений"),
}
"""Words beside the one that a catalogue has for crossing, lorry and order."""


@pytest.mark.parametrize("code", ONE_WORD)
def test_a_thing_has_one_word(code):
    for text, translated in language(code).catalogue.items():
        assert not [w for w in ONE_WORD[code] if re.search(w, translated)], (text, translated)


def test_an_unknown_language_is_refused():
    with pytest.raises(InputError, match="unknown language 'fr'"):
        language("fr")


@pytest.mark.parametrize("code", ["fi", "sv", "ru"])
def test_a_report_is_in_one_language(code, tmp_path):
    """No heading, caption, column or sentence of the catalogues is left in English."""
    border = Scenario.read("two-crossings")
    found = compare(border, seeds=[1, 2])
    path = write_report(tmp_path / "r.html", model=Model(border), comparison=found, language=code)
    text = path.read_text(encoding="utf-8")
    assert f'<html lang="{code}">' in text
    words = language(code)
    cells = set(re.findall(r">([^<]+)</td>", text))
    meanings = {m for m in parameters() if m in cells} - set(words.catalogue.values())
    assert meanings == set()
    assert words.say("probability of giving up when turned away or out of patience") in cells
    text = re.sub(
        r'<section id="making">.*', "", text, flags=re.DOTALL
    )  # names of parameters and sources stay as they are written
    shown = re.sub(r"<style>.*?</style>|<script>.*?</script>|data-csv=\"[^\"]*\"", "", text, flags=re.DOTALL)
    parts = {html.unescape(part).strip() for part in re.findall(r">([^<]+)<", shown)}
    left = {
        part
        for part in parts
        if part in words.catalogue and words.catalogue[part] != part and part not in words.catalogue.values()
    }
    assert left == set()
    for heading in ("Key figures", "Queue and wait", "Who crossed where, day by day"):
        assert words.say(heading) in parts
    assert "seeds" not in " ".join(parts)


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_range_of_a_sentence_is_in_bold(code):
    """Whether it stands in brackets or in words: of two kinds one alone would look like the more important."""
    words, figure = language(code), Figure(1051.0, 1040.0, 1050.0, 1065.0)
    shown = [ranged(figure, words), sure(figure, 100, words)]
    text = _environment(code).filters["figures_in_bold"](f"x {shown[0]}, {shown[1]}, 7; y {words.number(27.0, 0)}")
    assert text.count("<strong>") == 2
    assert f"<strong>{shown[0]}</strong>" in text
    assert f"{words.whole(1065.0)}</strong>, 7" in text
