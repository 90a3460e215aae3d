"""What stands in the sources, by their syntax: files stay short; and files are read and written in one place, as whatever opens
a path of its own elsewhere could wait for a pipe or write half.
"""

from __future__ import annotations

import ast
import gc
import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "crossings"
SOURCES = sorted(SOURCE.rglob("*.py"))
MOST_LINES = 390
DOOR = "io/disk.py"
# Reading and writing of a path, by any of these names: `open(path)`, `path.open()`, `pl.read_parquet(path)`, ...
CALLS = {
    *("open", "read_text", "read_bytes", "write_text", "write_bytes", "fdopen", "mkstemp"),
    *(
        "read_parquet",
        "scan_parquet",
        "read_csv",
        "scan_csv",
        "read_json",
        "read_ndjson",
        "write_csv",
        "genfromtxt",
        "loadtxt",
    ),
}
OF_THE_DOOR = {"read_bytes", "read_text", "read_json"}  # names that io/disk.py has as functions
# What opens something else than a person's file, and why.
ALLOWED = {
    ("io/atomic_folder.py", "open"): "digests of a folder that was looked through",
    ("io/folder_lock.py", "open"): "the lock",
    ("kernel/core/cache.py", "read_bytes"): "the kernel's own sources, for their hash",
    ("store/plan.py", "read_bytes"): "the program's own sources, for their hash",
    ("web/server.py", "read_bytes"): "the page's own files",
    ("report/render.py", "read_text"): "the report's own templates",
    ("charts/notebook.py", "read_text"): "the report's own style",
    ("importers/placeholders.py", "read_text"): "a table of the package tzdata",
    ("web/uploads.py", "open"): "entries of a zip, to new files in a temporary folder of its own",
    ("importers/counts/fetcher.py", "open"): "an address, to a new file in a temporary folder of its own",
    ("calibration/checkpoint.py", "open"): "the log within a folder that is held",
    ("scenario/writer.py", "write_bytes"): "new files in a new folder, which is renamed when it is whole",
    ("store/seeds.py", "read_parquet"): "a file that io/disk.py opened",
    ("importers/osm/files.py", "open"): "an extract that was seen to be a regular file",
    ("cli/exit_codes.py", "open"): "the null device",
    ("forecasting/priors.py", "read_text"): "a file of the package",
    ("forecasting/camp_spread.py", "read_text"): "a file of the package",
    ("forecasting/learning.py", "read_text"): "a file of the package",
    ("forecasting/atlas.py", "read_text"): "a file of the package",
    ("brief/writer.py", "read_text"): "a file of the package",
    ("views/language.py", "read_text"): "a file of the package",
    ("importers/workbooks.py", "scan_parquet"): "bytes that io/disk.py read",
    ("scenario/template.py", "read_text"): "a file of the package",
    ("scenario/frames.py", "write_bytes"): "new files in a temporary folder of its own",
}


@pytest.fixture(scope="module")
def nodes():
    """File → all nodes of its syntax tree, the module first."""
    gc.disable()  # half a million objects, none of which is thrown away: to look at them again and again takes twice the time
    found = {file: list(ast.walk(ast.parse(file.read_text(encoding="utf-8")))) for file in SOURCES}
    gc.enable()
    return found


def name_of(file: Path) -> str:
    return file.relative_to(SOURCE).as_posix()


def opening(nodes: list[ast.AST]) -> set[str]:
    """Names of CALLS in a file that take a path; functions of io/disk.py called by their name are not among them."""
    found = set()
    for node in nodes:
        if not isinstance(node, ast.Call):
            continue
        if not node.args and getattr(node.func, "attr", "") == "write_csv":
            continue  # text, not a file
        if isinstance(node.func, ast.Attribute) and node.func.attr in CALLS:
            found.add(node.func.attr)
        elif isinstance(node.func, ast.Name) and node.func.id in CALLS - OF_THE_DOOR:
            found.add(node.func.id)
    return found


def test_files_are_opened_in_one_place(nodes):
    found = {(name_of(file), name) for file in SOURCES if name_of(file) != DOOR for name in opening(nodes[file])}
    assert sorted(found - set(ALLOWED)) == []
    assert sorted(set(ALLOWED) - found) == [], "what nobody opens any more needs no leave"


# JSON that is the program's own; all other comes through io/jsontext.py, which lets no infinite number in.
OWN_JSON = {
    *("forecasting/camp_spread.py", "forecasting/priors.py", "forecasting/learning.py", "views/language.py"),
    *("brief/pdf.py", "store/sandbox.py", "io/atomic_folder.py", "io/jsontext.py"),
}


def test_json_of_others_is_read_in_one_place(nodes):
    found = {
        name_of(file)
        for file in SOURCES
        for node in nodes[file]
        if isinstance(node, ast.Attribute)
        and node.attr in ("loads", "load")
        and isinstance(node.value, ast.Name)
        and node.value.id == "json"
    }
    assert sorted(found) == sorted(OWN_JSON)


def test_an_error_of_one_fault_is_raised_in_one_form(nodes):
    """`InputError(where, what, instead)`; a fault is made by hand only for a list of several."""
    found = [
        f"{name_of(file)}:{node.lineno}"
        for file in SOURCES
        for node in nodes[file]
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "InputError"
        for given in node.args
        if isinstance(given, ast.Call) and getattr(given.func, "id", "") == "Fault"
    ]
    assert found == []


# --- how long, and what is called --------------------------------------------------------------


def length(file: Path, nodes: list[ast.AST]) -> int:
    """Lines without docstrings, so that what is explained well is not cut short."""
    said = 0
    for node in nodes:
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            said += node.body[0].end_lineno - node.body[0].lineno + 1
    return len(file.read_text(encoding="utf-8").splitlines()) - said


def test_files_are_short(nodes):
    assert not {name_of(file): lines for file in SOURCES if (lines := length(file, nodes[file])) > MOST_LINES}


def test_only_the_command_line_prints(nodes):
    found = [
        f"{name_of(file)}:{node.lineno}"
        for file in SOURCES
        if not name_of(file).startswith("cli")
        for node in nodes[file]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if node.func.id in ("print", "input", "breakpoint", "exit", "quit")
    ]
    assert found == []


def test_the_earth_has_one_radius(nodes):
    found = {
        name_of(file)
        for file in SOURCES
        for node in nodes[file]
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and 6300 < node.value < 6400
    }
    assert found == {"scenario/geojson.py"}


def test_a_change_of_nothing_has_no_minus(nodes):
    """A share of -0.001 with a sign is +0 %, not -0 %: the z of Python's format."""
    specs = {
        (name_of(file), part.value)
        for file in SOURCES
        for node in nodes[file]
        if isinstance(node, ast.JoinedStr)
        for part in node.values
        if isinstance(part, ast.Constant) and str(part.value).startswith("+") and part.value[-1:] in ("%", "f")
    }
    assert specs
    assert not {(name, spec) for name, spec in specs if "z" not in spec}


def is_set(node: ast.AST) -> bool:
    """Whether an expression is a set by its form."""
    if isinstance(node, ast.BinOp):
        return is_set(node.left) or is_set(node.right)
    named = getattr(getattr(node, "func", None), "id", "")
    return isinstance(node, ast.Set | ast.SetComp) or named in ("set", "frozenset")


def test_what_is_ordered_by_a_key_is_no_set(nodes):
    """Words of a set stand in another order each time Python starts, and so would those whose keys are alike."""
    found = [
        f"{name_of(file)}:{node.lineno}"
        for file in SOURCES
        for node in nodes[file]
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("sorted", "min", "max")
        if any(given.arg == "key" for given in node.keywords) and node.args and is_set(node.args[0])
    ]
    assert found == []


def test_a_name_of_a_class_means_one_thing(nodes):
    found = [
        node.name
        for file in SOURCES
        for node in nodes[file][0].body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]
    assert not {name for name in found if found.count(name) > 1}


def test_a_module_lists_names_only_where_it_gives_on_what_others_define(nodes):
    """Elsewhere the underscore says what is a module's own, and a list by hand would soon say something else."""
    for file in SOURCES:
        imported = {alias.name for node in nodes[file] if isinstance(node, ast.ImportFrom) for alias in node.names}
        for node in nodes[file][0].body:
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
                assert set(ast.literal_eval(node.value)) & imported, f"{name_of(file)}: __all__ is not needed"


# --- one is never several: '1 row', not '1 rows', in whatever is printed --------------------------

# Factors, which may stand as they are, words that are no numbers, shares, and the end of a range.
OTHERS = {
    *("first", "fits[unit]", "terms.factor", "b.rush", "kind", "lane", "high", "km / kmh", "one.method", "found.held"),
    "context.get('max_length')",
}


def is_counted(call: ast.expr) -> bool:
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ("counted", "plural")


def nouns(nodes) -> set[str]:
    """The plurals of whatever is counted anywhere in the code."""
    words = set()
    for file in SOURCES:
        for call in nodes[file]:
            if is_counted(call) and len(call.args) == 2 and isinstance(call.args[1], ast.Constant):
                words.add(f"{call.args[1].value.split()[-1]}s")
    return words


def test_numbers_before_nouns_are_written_by_counted(nodes):
    """A number that may be one, before a word that is counted elsewhere, goes through `counted`; limits in capitals are many."""
    words = nouns(nodes)
    assert {"rows", "crossings", "runs", "days", "nodes", "links"} <= words
    found = []
    for file in SOURCES:
        for text in nodes[file]:
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
                    found.append(f"{name_of(file)}:{value.lineno}: {{{plain}}}{match[0]}")
    assert not found, "\n".join(found)


def test_no_number_stands_before_a_word_that_is_not_there_yet(nodes):
    """As in `{len(rows)} {name}`: whether the name is a plural cannot be seen, so `counted` writes both."""
    found = []
    for file in SOURCES:
        for text in nodes[file]:
            parts = text.values if isinstance(text, ast.JoinedStr) else []
            for value, blank, word in zip(parts, parts[1:], parts[2:], strict=False):
                between = (
                    isinstance(blank, ast.Constant) and blank.value == " " and isinstance(word, ast.FormattedValue)
                )
                if not between or is_counted(value.value) or ast.unparse(word.value) == "many":
                    continue
                if ast.unparse(value.value).startswith("len("):
                    found.append(f"{name_of(file)}:{text.lineno}: {ast.unparse(value)} {ast.unparse(word)}")
    assert not found, found
