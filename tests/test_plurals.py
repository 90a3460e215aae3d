"""One is never several: '1 row', not '1 rows', in whatever is printed."""

from __future__ import annotations

import ast
import json
import re
from functools import cache
from pathlib import Path

from crossings.views.language import SEVERAL, language

ROOT = Path(__file__).resolve().parent.parent / "src" / "crossings"

# Factors, which may stand as they are, words that are no numbers, shares, and the end of a range.
OTHERS = {
    *("first", "fits[unit]", "terms.factor", "b.rush", "kind", "lane", "high", "km / kmh", "one.method", "found.held"),
    "context.get('max_length')",
}


@cache
def trees() -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(ROOT.rglob("*.py"))}


def is_counted(call: ast.expr) -> bool:
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ("counted", "plural")


def nouns() -> set[str]:
    """The plurals of whatever is counted anywhere in the code."""
    words = set()
    for tree in trees().values():
        for call in ast.walk(tree):
            if is_counted(call) and len(call.args) == 2 and isinstance(call.args[1], ast.Constant):
                words.add(f"{call.args[1].value.split()[-1]}s")
    return words


def test_numbers_before_nouns_are_written_by_counted():
    """A number that may be one, before a word that is counted elsewhere, goes through `counted`; limits in capitals are many."""
    words = nouns()
    assert {"rows", "crossings", "runs", "days", "nodes", "links"} <= words
    found = []
    for path, tree in trees().items():
        for text in ast.walk(tree):
            for value, after in (
                zip(text.values, text.values[1:], strict=False) if isinstance(text, ast.JoinedStr) else ()
            ):
                if not (isinstance(value, ast.FormattedValue) and isinstance(after, ast.Constant)):
                    continue
                match = re.match(r"(?: [a-z]+){0,2}? ([a-z]+s)\b", after.value)
                plain = ast.unparse(value.value)
                if match is None or match[1] not in words or is_counted(value.value) or plain in OTHERS:
                    continue
                if not re.fullmatch(r"[A-Z_]+", plain):
                    found.append(f"{path.relative_to(ROOT)}:{value.lineno}: {{{plain}}}{match[0]}")
    assert not found, "\n".join(found)


# What may stand after a name, or is no number of things.
VERBS = {"closes", "cross", "crosses", "is", "takes", "was"}
UNITS = {"ms", "times"}


def test_no_number_stands_before_a_word_that_is_not_there_yet():
    """As in `{len(rows)} {name}`: whether the name is a plural cannot be seen, so `counted` writes both."""
    found = []
    for path, tree in trees().items():
        for text in ast.walk(tree):
            parts = text.values if isinstance(text, ast.JoinedStr) else []
            for value, blank, word in zip(parts, parts[1:], parts[2:], strict=False):
                between = (
                    isinstance(blank, ast.Constant) and blank.value == " " and isinstance(word, ast.FormattedValue)
                )
                if not between or is_counted(value.value) or ast.unparse(word.value) == "many":
                    continue
                if ast.unparse(value.value).startswith("len("):
                    found.append(f"{path.relative_to(ROOT)}:{text.lineno}: {ast.unparse(value)} {ast.unparse(word)}")
    assert not found, found


def test_texts_of_report_and_page_know_one():
    """In English, a text of a catalogue with 1 for each of its values has no plural after it."""
    english = language("en")
    for folder in ("", "page"):
        catalogue = json.loads((ROOT / "languages" / folder / "fi.json").read_text(encoding="utf-8"))
        for text in catalogue:
            said = english.say(text, **dict.fromkeys(re.findall(r"\{(\w+)\}", text), "1"))
            for word in re.findall(r"(?<![\w.,])1(?: verified| more| smaller)? ([a-z]+s)\b", said):
                assert word in VERBS | UNITS, said


def test_the_page_counts_the_same_words():
    script = (ROOT / "web" / "page" / "words.js").read_text(encoding="utf-8")
    assert f'const SEVERAL = "{SEVERAL}";' in " ".join(script.split())
