"""One is never several: '1 row', not '1 rows', in the texts of report and page (of the code: test_sources.py)."""

from __future__ import annotations

import json
import re
from pathlib import Path

from crossings.views.language import SEVERAL, language

ROOT = Path(__file__).resolve().parent.parent / "src" / "crossings"

# What may stand after a name, or is no number of things.
VERBS = {"closes", "cross", "crosses", "is", "takes", "was"}
UNITS = {"ms", "times"}


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
