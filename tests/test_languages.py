"""Every text of answer, options, brief and report is in every catalogue, with its placeholders, and nothing else is."""

from __future__ import annotations

import ast
import datetime as dt
import html
import json
import pickle
import re
import string
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
from babel import Locale
from jinja2 import Environment, nodes

import crossings
import two_gates
from crossings.charts import STATES
from crossings.claims import examine
from crossings.claims.message import Measured, Message, NameList, Share, Term
from crossings.claims.sensitivity import SETTINGS
from crossings.claims.text import claim_words, people_words, range_words, way_words
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
from crossings.views.language import IN_FORMS, LANGUAGES, language

PACKAGE = Path(crossings.__file__).parent
SPOKEN = [
    *sorted((PACKAGE / "views").glob("*.py")),
    *(path for room in ("brief", "report", "charts", "claims") for path in sorted((PACKAGE / room).glob("*.py"))),
    *(PACKAGE / "cli" / f"{name}.py" for name in ("whatif", "combinations", "brief")),
    PACKAGE / "web" / "claims_view.py",
]
TEMPLATES = sorted((PACKAGE / "templates").rglob("*.j2"))
CATALOGUES = sorted((PACKAGE / "languages").glob("*.json"))
UNSHOWN = ("behaviour", "name", "source")
CLAIMS = """\
id,by,date,words,measure,comparison,value,orders,streams,source
law,A ministry,2023-11-18,It was lawful,,,,,,
stemmed,A ministry,2023-11-18,The closure stemmed the flow,change_of_arrivals,<=,-0.5,south,asylum,
moved,A ministry,2023-11-18,They moved,share_diverted,>,0.5,,asylum,
many,A neighbour,2023-11-18,Hundreds are affected,journeys_affected,>=,100,south,,
lost,A neighbour,2023-11-18,Some stay at home,deterred,>=,1,south,cars,
later,A neighbour,2023-11-18,They come late,extra_hours,>=,1,south,asylum,
gap,An ombudsman,2023-11-18,No crossing is left,longest_gap,,,south,asylum,
loaded,A governor,2023-11-21,More come than can be let in,peak_load,>,1,late,cars,
weighed,A paper,2023-11-21,The flow is steered,evidence_ratio,>,1,,asylum,
"""
EXAMPLES = ("finland-2023", "poland-2022", "two-crossings")


@cache
def said() -> dict[str, set[str]]:
    """Each text that the code says → the names of the values that it is said with."""
    found: dict[str, set[str]] = {}
    for path in SPOKEN:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name not in ("say", "Message"):
                continue
            if name == "Message" and not said_in_words(node.args[0]):
                continue
            if ast.unparse(node.args[0]) == "said.template":  # of a Message, which is looked at where it is written
                continue
            for text in texts_of(node.args[0], f"{path.name}:{node.lineno}"):
                found[text] = {word.arg or "" for word in node.keywords}
    for path in TEMPLATES:
        for call in Environment().parse(path.read_text(encoding="utf-8")).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "say":
                assert isinstance(call.args[0], nodes.Const), f"{path.name}:{call.lineno}"
                found[call.args[0].value] = {word.key for word in call.kwargs}
    return found


def said_in_words(node: ast.expr) -> bool:
    """Whether a template has words of its own, and is not values alone."""
    return isinstance(node, ast.Constant) and bool(re.search("[a-z]", re.sub(r"\{\w+\}", "", str(node.value))))


def written_terms() -> set[str]:
    """Terms of the claims that stand where they are used."""
    calls = (
        node
        for path in SPOKEN
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Term"
    )
    return {str(call.args[0].value) for call in calls if isinstance(call.args[0], ast.Constant)}


@cache
def terms() -> set[str]:
    """Words that are written where they are defined, and are named in a language where they are shown."""
    measures = {m.title for m in MEASURES.values()} | {MEASURES[name].meaning for name in CARDS}
    measures |= {text for m in MEASURES.values() for text in (m.computed, m.depends, m.cannot)}
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
        | written_terms()
        | {text for s in SETTINGS for text in (s.name, s.meaning)}
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


@cache
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
    forms = Locale(path.stem).plural_form.tags | {"other"}
    counted |= {f"{unit} ({form})" for unit in IN_FORMS for form in forms}
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
    week = [dt.date(2023, 11, 13 + n) for n in range(7)]
    assert all(re.match(r"\w+na \d", language("fi").day(d)) for d in week)  # on a day: also on a Sunday
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
    assert [part for part in parts if re.search(r"(?<!\.)\.\.(?!\.)", part)] == []


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Claims of many kinds, held to their measures."""
    folder = two_gates.write(tmp_path_factory.mktemp("claims") / "s", {"claims.csv": CLAIMS})
    return examine(Scenario.read(folder), seeds=2)


def leaves(value) -> list:
    """The values in a sentence that are no sentences."""
    return [x for v in value.values.values() for x in leaves(v)] if isinstance(value, Message) else [value]


@pytest.mark.parametrize("code", sorted(set(LANGUAGES) - {"en"}))
def test_what_is_said_of_a_claim_is_in_one_language(code, found):
    """Every sentence, and every word within it that is not a name of the scenario's, is in the catalogue."""
    words = language(code)
    for finding in found:
        for said in (
            finding.reason, finding.computed, finding.cannot, claim_words(finding.claim), people_words(finding),
            range_words(finding), way_words(finding),
        ):  # fmt: skip
            told = words.tell(said)
            assert bool(told) == bool(said)
            assert said.template in words.catalogue or not re.search("[a-z]", re.sub(r"\{\w+\}", "", said.template))
            for leaf in leaves(said):
                if isinstance(leaf, Term):
                    assert words.name(leaf) != leaf or leaf in ("Cars", "Asylum seekers"), leaf
            if code == "ru":
                names = "asylum|cars|south|north|late|give_up|outside_km|outside_h|patience|rush|setup_h|log10|crossings evidence|--evidence"
                assert not re.search("[A-Za-z]{3}", re.sub(names, "", told, flags=re.IGNORECASE)), told


def test_a_message_is_plain_english_as_a_string():
    said = Message("{share} of {groups} by {day}, {figure}{more}", share=Share(0.4), groups=NameList(("a", "b")),
                   day=dt.date(2023, 11, 8), figure=Measured("share", {"mean": -0.5}), more=Message(""))  # fmt: skip
    assert said == "40 % of a, b by 2023-11-08, -50%"
    assert pickle.loads(pickle.dumps(said)).values == said.values
    assert language("fi").tell(said).replace("\N{NO-BREAK SPACE}", " ") == "40 % of a ja b by 8.11.2023, −50 %"


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_range_of_a_sentence_is_in_bold(code):
    """Whether it stands in brackets or in words: of two kinds one alone would look like the more important."""
    words, figure = language(code), Figure(1051.0, 1040.0, 1050.0, 1065.0)
    shown = [ranged(figure, words), sure(figure, 100, words)]
    text = _environment(code).filters["figures_in_bold"](f"x {shown[0]}, {shown[1]}, 7; y {words.number(27.0, 0)}")
    assert text.count("<strong>") == 2
    assert f"<strong>{shown[0]}</strong>" in text
    assert f"{words.whole(1065.0)}</strong>, 7" in text
