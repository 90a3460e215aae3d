"""The pages say what is true: their code runs, their commands exist, and the reference is what the code says."""

from __future__ import annotations

import contextlib
import doctest
import importlib
import importlib.util
import io
import itertools
import re
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import crossings
import crossings as cx
from crossings.store.results import BAND
from crossings.store.schema import TABLES
from examples import ALL

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^( *)```(\S*)(.*?)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page: its language, the file that its title names, its text, and its line."""

    language: str
    title: str
    text: str
    line: int


def blocks_of(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    found = []
    for match in FENCE.finditer(text):
        title = re.search(r'title="([^"]+)"', match[3])
        body = "\n".join(line.removeprefix(match[1]) for line in match[4].split("\n"))
        found.append(Block(match[2], title[1] if title else "", body, text[: match.start()].count("\n") + 1))
    return found


def commands_in(block: Block) -> list[list[str]]:
    """The `crossings ...` commands of a block as words; ends of lines with a backslash are joined."""
    if block.language not in ("sh", "console", "bash", "shell"):
        return []
    lines = block.text.replace("\\\n", " ").split("\n")
    if block.language == "console":
        lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    found = []
    for line in lines:
        for part in re.split(r"\s(?:&&|;|\|)\s", line):
            words = shlex.split(part, comments=True)
            if words and Path(words[0]).name == "crossings":
                found.append(words[1:])
    return found


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def with_blocks(wanted: Any) -> list[Any]:
    return [pytest.param(page, id=name_of(page)) for page in PAGES if any(wanted(block) for block in blocks_of(page))]


@pytest.fixture(scope="module")
def make_reference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_reference", ROOT / "docs" / "make_reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_is_what_the_code_says(make_reference: ModuleType, tmp_path: Path) -> None:
    make_reference.write(tmp_path)
    kept = ROOT / "docs" / "reference"
    assert {p.name for p in tmp_path.iterdir()} == {p.name for p in kept.iterdir()}
    for made in sorted(tmp_path.iterdir()):
        stale = made.read_text(encoding="utf-8") != (kept / made.name).read_text(encoding="utf-8")
        assert not stale, f"docs/reference/{made.name} is not up to date: make docs"


def test_the_reference_has_every_field_and_name(make_reference: ModuleType) -> None:
    pages = make_reference.pages()
    for name in crossings.__all__:
        assert f"\n## {name}\n" in pages["python.md"]
    for word in ("`valid_until`", "`replaces`", "`hazard_per_day`", "| `from` |"):
        assert word in pages["files.md"]
    for word in ("`drain_days`", "`setup_beyond_h`", "`dwell_h`"):
        assert word in pages["settings.md"]


@pytest.mark.parametrize("page", with_blocks(lambda block: commands_in(block)))
def test_commands_exist_with_their_options(page: Path) -> None:
    import typer

    from crossings.cli.app import build

    top = typer.main.get_command(build())
    for block in blocks_of(page):
        for words in commands_in(block):
            where = f"{name_of(page)}:{block.line}: crossings {' '.join(words)}"
            if words in (["--help"], ["-h"]):
                continue
            command: Any = top
            rest = list(words)
            while hasattr(command, "commands"):
                assert rest, where
                assert rest[0] in command.commands, where
                command = command.commands[rest.pop(0)]
            try:
                command.make_context(command.name, rest)
            except Exception as error:
                pytest.fail(f"{where}: {error}")


@pytest.mark.parametrize("page", with_blocks(lambda block: block.language in ("python", "console") or block.title))
def test_a_page_runs_from_top_to_bottom(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks with a file's name are written, console blocks run, their output compared, Python blocks run; what is not compared,
    with fewer seeds but in `make verify`.

    Files that go with a page lie in a folder of its name.
    """
    monkeypatch.chdir(tmp_path)
    if page.with_suffix("").is_dir() and page.stem not in ("index", "README"):
        shutil.copytree(page.with_suffix(""), tmp_path / page.stem)
    names: dict[str, Any] = {"__name__": "__page__"}
    blocks = blocks_of(page)
    for block, following in itertools.zip_longest(blocks, blocks[1:]):
        where = f"{name_of(page)}:{block.line}"
        if block.title:
            (tmp_path / block.title).write_text(block.text, encoding="utf-8")
        elif block.language == "console":
            run_console(block, where)
        elif block.language == "python":
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                compared = following is not None and following.language == "text"
                text = block.text if ALL or compared else block.text.replace("range(1, 6)", "range(1, 3)")
                exec(compile(text, where, "exec"), names)
            if compared:
                compare(following.text, printed.getvalue(), where)


def run_console(block: Block, where: str) -> None:
    for part in block.text.split("$ ")[1:]:
        line, _, shown = part.partition("\n")
        words = shlex.split(line)
        assert words[0] == "crossings", f"{where}: only crossings is run in console blocks"
        compare(shown, run_command(words[1:], where), f"{where}: {line}")


def run_command(words: list[str], where: str) -> str:
    """What a command prints, standard error included."""
    from crossings.cli import main

    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed), pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code in (0, 2), f"{where}: {printed.getvalue()}"
    return printed.getvalue()


def compare(shown: str, printed: str, where: str) -> None:
    """Each line shown is printed, in this order, with its numbers; widths, and how long something took, aside."""
    lines = iter([plain(line) for line in printed.split("\n")])
    for line in shown.split("\n"):
        if line.strip() and line.strip() != "...":
            assert any(same(plain(line), other) for other in lines), f"{where}: not printed: {line}\n{printed}"


NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def plain(line: str) -> list[str]:
    line = re.sub(r"\b\d[\d.,]* s\b", "# s", line)
    return re.sub("─+", "─", line).split()


def same(shown: list[str], printed: list[str]) -> bool:
    """Word by word; a number may be off by 1% or one in its last digit, as logarithms differ in the last bit elsewhere."""
    return len(shown) == len(printed) and all(map(same_word, shown, printed))


def same_word(shown: str, printed: str) -> bool:
    if shown == printed:
        return True
    if re.fullmatch(r"[0-9a-f]{16}|\d{15,}", shown) or NUMBER.sub("#", shown) != NUMBER.sub("#", printed):
        return False  # a hash, or the id of a traveller, is that or another
    for one, other in zip(NUMBER.findall(shown), NUMBER.findall(printed), strict=True):
        last = 10.0 ** -len(one.partition(".")[2])
        a, b = (float(text.replace(",", "")) for text in (one, other))
        if abs(a - b) > max(0.01 * abs(a), 1.001 * last):
            return False
    return True


def test_a_page_that_is_wrong_is_caught() -> None:
    for shown, printed in (
        ("north 3", "south 3"),
        ("north 3", "north 5"),
        ("north 1,293 (1,260-1,326)", "north 1,390 (1,260-1,326)"),
        ("scenario x e12efccc4fa35c08", "scenario x 607df224a321fd70"),
        ("north", "north 3"),
    ):
        with pytest.raises(AssertionError, match="not printed"):
            compare(shown, f"{printed}\n", "here")
    compare("north 3.1 (2-400)\n...", "north  3.2 (2-401)\nmore\n", "here")
    compare("in 12 s", "in 3 s", "here")


def test_links_to_files_are_not_broken() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{name_of(page)}: {target}"


def test_every_page_is_in_the_navigation() -> None:
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    for page in (ROOT / "docs").rglob("*.md"):
        assert f": {page.relative_to(ROOT / 'docs')}\n" in text


def test_every_column_of_results_has_a_meaning() -> None:
    effect = cx.compare(cx.Scenario.read("two-crossings"), seeds=[1])
    finland = cx.Model(cx.Scenario.read("finland-2023"))
    from crossings.cli.run import run_seeds

    _, one = run_seeds(finland, [1], "day", single=True)
    found = {**effect.tables(), **one}
    assert set(found) == {
        name for name in TABLES if not name.endswith("_by_seed") and name != "runs"
    }  # see test_asking
    for name, table in found.items():
        columns = []
        for column in TABLES[name].columns:
            columns += [f"{column.name}_{b}" for b in BAND] if column.band else [column.name]
        assert table.columns == columns, name


SOURCE = Path(crossings.__file__).parent
MODULES = [
    ".".join(("crossings", *file.relative_to(SOURCE).with_suffix("").parts)).removesuffix(".__init__")
    for file in sorted(SOURCE.rglob("*.py"))
    if ">>> " in file.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert found.failed == 0


@pytest.mark.parametrize("guide", sorted((ROOT / "docs" / "guides").glob("*.md")), ids=lambda path: path.stem)
def test_every_guide_leads_to_the_glossary(guide: Path) -> None:
    """Where a word of the trade comes up first."""
    assert "](../glossary.md#" in guide.read_text(encoding="utf-8")


def test_the_readme_counts_what_is_estimated() -> None:
    """What is said of the bundled case holds: each row has a source or a remark, and all of these tables are estimates."""
    scenario = cx.Scenario.read("finland-2023")
    said = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    for name in ("crossings", "places", "roads", "lanes", "demand", "stocks", "closures"):
        assert all(row.source for row in getattr(scenario, name)), name
    for name in ("lanes", "demand", "stocks"):
        rows = getattr(scenario, name)
        assert f"{name} {sum(row.estimated for row in rows)} of {len(rows)}" in said


def test_a_spread_of_runs_is_not_called_a_90_percent_band() -> None:
    for file in [*PAGES, *(ROOT / "src").rglob("*.py"), *(ROOT / "src").rglob("*.js"), *(ROOT / "src").rglob("*.html")]:
        assert not re.search(r"90 ?% band", file.read_text(encoding="utf-8")), file


def test_the_architecture_names_files_that_are_there() -> None:
    """A path of the page is one of the package or of the tests."""
    said = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    there = {path.relative_to(ROOT).as_posix() for path in (ROOT / "src" / "crossings").rglob("*.*")}
    for name in re.findall(r"`([a-z_/]+\.(?:py|js|css|typ|j2))`", said):
        assert (ROOT / name).is_file() or any(path.endswith(f"/{name}") for path in there), name
