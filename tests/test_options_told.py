"""Every option of the command line is told in a guide and tried by a test."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

from crossings.cli.app import build

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "docs" / "tutorial.md", *sorted((ROOT / "docs" / "guides").glob("*.md"))]
TESTS = [path for path in sorted((ROOT / "tests").glob("test_*.py")) if path != Path(__file__)]


def commands(command: Any, name: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for word, below in getattr(command, "commands", {}).items():
        yield from commands(below, (*name, word))
    if not hasattr(command, "commands"):
        yield name, command


def options() -> dict[tuple[tuple[str, ...], str], list[tuple[str, ...]]]:
    """Names and help of an option -> the commands that have it: one that several share is one option."""
    found: dict[tuple[tuple[str, ...], str], list[tuple[str, ...]]] = {}
    for name, command in commands(typer.main.get_command(build())):
        for option in command.params:
            words = tuple(word for word in (*option.opts, *option.secondary_opts) if word.startswith("--"))
            if words:
                found.setdefault((words, option.help or ""), []).append(name)
    return found


@cache
def sections() -> list[str]:
    """The pages in pieces, a heading each."""
    return [part for page in PAGES for part in re.split(r"\n(?=#+ )", page.read_text(encoding="utf-8"))]


@cache
def tried() -> list[frozenset[str]]:
    """The words of the strings of each test with those of what its file has besides tests, and of each command of a console block
    of a page, which `test_docs.py` runs.
    """

    def words(*nodes: ast.AST) -> frozenset[str]:
        strings = [n.value for node in nodes for n in ast.walk(node) if isinstance(n, ast.Constant)]
        return frozenset(word for s in strings if isinstance(s, str) for word in re.split(r"[\s=]", s))

    found = []
    for path in TESTS:
        body = ast.parse(path.read_text(encoding="utf-8")).body
        tests = [node for node in body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
        around = words(*(node for node in body if node not in tests))
        found += [words(test) | around for test in tests]
    shown = (
        part
        for page in PAGES
        for part in re.findall(r"^\$ crossings (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    )
    return found + [frozenset(re.split(r"[\s=]", line)) for line in shown]


@pytest.mark.parametrize(
    ("option", "having"), [pytest.param(o, h, id=f"{h[0][-1]} {o[0][0]}") for o, h in options().items()]
)
def test_an_option_is_told_in_a_guide_and_tried(
    option: tuple[tuple[str, ...], str], having: list[tuple[str, ...]]
) -> None:
    names, text = option
    assert text, f"{names[0]} has no help"
    there = re.compile("|".join(rf"{re.escape(name)}(?![\w-])" for name in names))
    called = re.compile("|".join(rf"\b{name[-1]}\b" for name in having))
    told = any(there.search(part) and called.search(part) for part in sections())
    done = any(set(names) & words and any(set(name) <= words for name in having) for words in tried())
    assert told or done, f"{names[0]} of {' '.join(having[0])} is in no guide and in no test"
    assert told, f"{names[0]} of {' '.join(having[0])} is in no guide"
    assert done, f"{names[0]} of {' '.join(having[0])} is in no test"
