"""What the terminal shows breaks no number and no name, however narrow it is."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import counted_border
import crossings as cx
import crossings.cli as cli
from crossings.calibration.problem import Problem
from crossings.cli import fit_tables, flee_tables, formatting
from crossings.cli.app import build
from crossings.cli.exit_codes import status_of
from crossings.importers.flee import read_flee
from crossings.measures.camp_error import validate
from examples import examples
from fits import fit_of
from flee_cases import write_case

WIDTHS = (80, 100, 140)
WIDE = 1000
RULE = re.compile("[─-]{3,}")


def words(text: str) -> set[str]:
    return {word.rstrip(":") for word in text.split() if not RULE.fullmatch(word)}


def same_words_at_every_width(printed, monkeypatch, capsys, widths=WIDTHS):
    """Print at each width: the words are those of a line without end, and no line is longer than its longest word lets it be."""
    shown = {}
    for width in (WIDE, *widths):
        monkeypatch.setenv("COLUMNS", str(width))
        printed()
        shown[width] = capsys.readouterr().out
    whole = words(shown[WIDE])
    assert len(whole) > 3
    for width in widths:
        assert words(shown[width]) == whole, width
        for line in shown[width].splitlines():
            assert len(line) <= width or line.startswith("crossings "), (width, line)  # commands are to be copied whole
    return shown


# --- the layout itself -----------------------------------------------------------------------------

words_of = st.text(st.sampled_from("abcXYZ0123456789-,.()"), min_size=1, max_size=24)
cells_of = st.lists(words_of, max_size=4).map(" ".join)


@examples(200)
@given(st.data(), st.integers(1, 8), st.sampled_from([20, 40, 80, 100]))
def test_no_word_of_any_table_is_broken(data, number, width):
    columns = [(data.draw(cells_of), data.draw(st.booleans())) for _ in range(number)]
    rows = data.draw(st.lists(st.lists(cells_of, min_size=number, max_size=number), min_size=1, max_size=4))
    with pytest.MonkeyPatch.context() as patch:
        written = []
        patch.setattr(
            formatting.sys,
            "stdout",
            type(
                "Out",
                (),
                {"write": lambda _, text: written.append(text), "isatty": lambda _: False, "encoding": "utf-8"},
            )(),
        )
        patch.setenv("COLUMNS", str(width))
        formatting.print_table("title", columns, rows, note="note")
    out = "".join(written)
    given_words = words(" ".join([h for h, _ in columns] + [c for row in rows for c in row])) | {"title", "note"}
    ends = {re.sub("[,:]$", "", word) for word in words(out)} | words(out)
    for word in given_words:
        assert word in ends or f"{word}:" in words(out) or f"{word}," in words(out), word
    for line in out.splitlines():
        assert len(line) <= width or len(line.split()) == 1 or max(map(len, line.split())) > width - 8, line


def test_no_command_lays_out_a_table_of_its_own():
    for file in Path(cli.__file__).parent.glob("*.py"):
        text = file.read_text(encoding="utf-8")
        assert "rich.table" not in text, file.name
        assert "rich.console" not in text or file.name == "progress.py", file.name


# --- every command that prints a table -------------------------------------------------------------


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A folder of results for `query`."""
    from crossings.simulation.run_to_store import run_to

    out = tmp_path_factory.mktemp("kept") / "out"
    run_to(out, cx.Model(cx.Scenario.read("two-crossings")), seeds=[1, 2])
    return out


COMMANDS = {
    "run": ("run", "two-crossings", "--seeds", "3"),
    "run of Finland": ("run", "finland-2023", "--seeds", "2"),
    "run by day": ("run", "two-crossings", "--seeds", "2", "--by", "day"),
    "run by hour": ("run", "two-crossings", "--seeds", "2", "--by", "hour"),
    "run of one seed": ("run", "two-crossings", "--seed", "1"),
    "compare": ("compare", "two-crossings", "--seeds", "2"),
    "access": ("access", "finland-2023"),
    "explain": ("explain", "finland-2023"),
    "examples": ("examples",),
    "check": ("check", "finland-2023"),
    "claims": ("claims", "two-crossings", "--seeds", "2"),
    "query": ("query", "{kept}", "select * from flows limit 20"),
    "tables of query": ("query", "{kept}"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_breaks_no_word(name, kept, monkeypatch, capsys):
    arguments = [word.format(kept=kept) for word in COMMANDS[name]]

    def printed():
        assert status_of(build(), arguments) == 0

    # The longest lines at the narrowest width where a command takes a second: of the large scenario, and of every table.
    widths = WIDTHS[:1] if "finland-2023" in arguments or name == "tables of query" else WIDTHS
    same_words_at_every_width(printed, monkeypatch, capsys, widths)


def test_validations_break_no_word(tmp_path, monkeypatch, capsys):
    found = validate(read_flee(write_case(tmp_path / "case")), seeds=[1, 2])
    same_words_at_every_width(lambda: flee_tables.print_one(found), monkeypatch, capsys)
    same_words_at_every_width(lambda: flee_tables.print_many([found, found]), monkeypatch, capsys)


def test_fits_break_no_word(tmp_path, monkeypatch, capsys):
    scenario = counted_border.border()
    problem = Problem(scenario)
    names = list(scenario.settings.fit.parameters)
    fit = fit_of(scenario, np.linspace(1.0, 1234.5, 3 * len(names)).reshape(3, -1))
    same_words_at_every_width(lambda: fit_tables.print_fit(fit, problem, None), monkeypatch, capsys)
