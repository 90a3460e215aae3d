"""How the package is built: imports go one way, starting is light, names resolve."""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import crossings

ROOT = Path(__file__).parent.parent
PACKAGE = Path(crossings.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))


def name_of(path):
    return path.relative_to(PACKAGE).as_posix()


def python(code):
    """What a fresh interpreter prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_imports_go_one_way():
    """The contract in pyproject.toml, by import-linter."""
    command = shutil.which("lint-imports", path=str(Path(sys.executable).parent)) or shutil.which("lint-imports")
    if command is None:
        pytest.skip("import-linter is not installed")
    done = subprocess.run([command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_importing_the_package_loads_nothing_heavy():
    heavy = ("numpy", "numba", "polars", "pydantic", "scipy", "yaml", "rich", "typer", "geographiclib")
    loaded = json.loads(
        python(f"import crossings, json, sys; print(json.dumps([m for m in {heavy!r} if m in sys.modules]))")
    )
    assert loaded == []


def test_the_scenario_package_does_not_load_the_compiler():
    """Reading and checking a scenario needs no numba."""
    assert python("import crossings.scenario, sys; print('numba' in sys.modules, 'scipy' in sys.modules)").split() == [
        "False",
        "False",
    ]


def test_public_names_are_sorted_and_resolve():
    assert list(crossings.__all__) == sorted(crossings.__all__, key=by_kind)
    for name in crossings.__all__:
        found = getattr(crossings, name)
        assert found is not None
        assert found.__doc__, f"{name} has no docstring"
    assert set(crossings.__all__) <= set(dir(crossings))
    with pytest.raises(AttributeError, match="attribute nothing"):
        _ = crossings.nothing


def by_kind(name):
    """Constants, then classes, then functions, as the linter sorts them (RUF022)."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def test_no_file_is_called_utils():
    assert not [name_of(p) for p in SOURCES if p.stem in ("util", "utils", "helpers", "misc", "common")]


def test_a_missing_extra_is_said_in_one_line(monkeypatch, capsys):
    """Every extra's package: where it is not installed, the command says what to install, and ends with 2."""
    import tomllib

    import typer

    from crossings.cli import exit_codes

    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    for package, extra in exit_codes.EXTRAS.items():
        assert any(need.replace("-", "_").removeprefix("python_").startswith(package) for need in extras[extra]), (
            package
        )
        app = typer.Typer()

        @app.command()
        def command(package: str = package) -> None:
            raise ModuleNotFoundError(f"No module named '{package}'", name=package)

        assert exit_codes.status_of(app, []) == 2
        assert capsys.readouterr().err == (
            f"crossings: this needs the package '{package}'; install it: pip install 'crossings[{extra}]'\n"
        )


@pytest.mark.slow
def test_type_checkers_see_the_public_names(tmp_path):
    """A wrong argument and a wrong name are faults to mypy, not `Any`."""
    command = shutil.which("mypy", path=str(Path(sys.executable).parent)) or shutil.which("mypy")
    if command is None:
        pytest.skip("mypy is not installed")
    (tmp_path / "use.py").write_text('import crossings as cx\nx = cx.run(3, sed="x")\ny = cx.no_such_name\n')
    done = subprocess.run(
        [command, "--cache-dir", str(tmp_path / "cache"), "--follow-imports=silent", str(tmp_path / "use.py")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert 'Unexpected keyword argument "sed"' in done.stdout
    assert "no_such_name" in done.stdout


CLASSES = [name for name in crossings.__all__ if inspect.isclass(getattr(crossings, name))]
FUNCTIONS = [name for name in crossings.__all__ if inspect.isfunction(getattr(crossings, name))]
METHODS = [
    f"{name}.{key}"
    for name in CLASSES
    for key, member in vars(getattr(crossings, name)).items()
    if not key.startswith("_") and inspect.isfunction(getattr(member, "__func__", member))
]


def sections(value):
    """Title → text of the sections of a numpydoc docstring."""
    parts = re.split(r"(?m)^(\w+)\n-{3,}$", inspect.getdoc(value) or "")
    assert parts[0].strip(), "a first sentence"
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def named(text):
    """The names before the colons of a section."""
    return {
        name.strip(" *") for line in text.splitlines() if line[:1].strip() for name in line.split(" : ")[0].split(",")
    }


def parameters_of(value):
    value = getattr(value, "__wrapped__", value)
    return {name for name in inspect.signature(value).parameters if name not in ("self", "cls")}


def returns_something(value):
    return inspect.signature(getattr(value, "__wrapped__", value)).return_annotation not in ("None", None)


@pytest.mark.parametrize("name", [*FUNCTIONS, *METHODS])
def test_what_is_public_says_what_goes_in_and_what_comes_out(name):
    """Every parameter under Parameters, and none besides; Returns, and of functions an example."""
    head, _, method = name.partition(".")
    value = getattr(crossings, head)
    value = getattr(value, method) if method else value
    found = sections(value)
    assert named(found.get("Parameters", "")) == parameters_of(value)
    if parameters_of(value) and returns_something(value):
        assert {"Returns", "Yields"} & set(found)
    if not method:
        assert ">>>" in found["Examples"]


@pytest.mark.parametrize("name", CLASSES)
def test_a_public_class_says_what_it_is_made_of_and_shows_it(name):
    value = getattr(crossings, name)
    found = sections(value)
    assert ">>>" in found["Examples"]
    if dataclasses.is_dataclass(value):
        fields = {f.name for f in dataclasses.fields(value) if not f.name.startswith("_")}
        assert named(found.get("Attributes", "") + found.get("Parameters", "")) == fields
    elif not issubclass(value, Exception):
        assert named(found["Parameters"]) == parameters_of(value)


def test_what_is_shown_of_a_value_is_a_line():
    """Dataclasses of arrays would fill the screen."""
    made = [
        crossings.expect("two-crossings"),
        crossings.access_at("two-crossings", "2024-03-12 12:00"),
        crossings.Observations.read("finland-2023"),
        crossings.Problem(crossings.Scenario.read("finland-2023")),
    ]
    own = [name for name in CLASSES if "__repr__" not in vars(getattr(crossings, name))]
    assert sorted(own) == ["CrossingsError", "InputError"]
    for value in made:
        assert repr(value).startswith("<")
        assert len(repr(value)) < 200


def test_a_style_sheet_has_rules_of_what_there_is_alone():
    """A class or an id that no template, script or drawing names would be a rule of nothing."""
    named = {
        word
        for path in PACKAGE.rglob("*")
        if path.suffix in (".py", ".js", ".html", ".j2")
        for word in re.findall(r"[\w-]+", path.read_text(encoding="utf-8"))
    }
    numbered = re.compile("(hue|other)-")  # made of a number or a kind
    for sheet in PACKAGE.rglob("*.css"):
        rules = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
        selectors = " ".join(re.findall(r"([^{}]+)\{", rules))
        found = set(re.findall(r"[.#]([A-Za-z][\w-]*)", selectors))
        assert sorted(x for x in found - named if not numbered.match(x)) == [], sheet


def test_every_script_has_its_types_checked():
    """`make lint` checks all of these; an editor does where the first line says so; and nothing is excepted."""
    scripts = [*(PACKAGE / "web" / "page").glob("*.js"), *(PACKAGE / "templates").glob("*.js")]
    lint = (ROOT / "Makefile").read_text()
    assert {f"src/crossings/{path.parent.relative_to(PACKAGE)}" for path in scripts} <= set(
        lint.split("deno check")[1].split()
    )
    for path in scripts:
        text = path.read_text(encoding="utf-8")
        assert text.startswith("// @ts-check\n"), path
        assert text.count("@ts-") == 1, f"{path}: types are checked without exceptions"


def test_what_a_page_module_exports_is_used_by_another():
    """What only its own module needs is not exported; what nobody needs is not there."""
    modules = {path.name: path.read_text(encoding="utf-8") for path in (PACKAGE / "web" / "page").glob("*.js")}
    text = "\n".join(modules.values())
    imported = {
        (module, word)
        for words, module in re.findall(r'import \{([^}]*)\} from "\./([\w.]+)"', text)
        for word in re.findall(r"\w+", words)
    }
    for alias, module in re.findall(r'import \* as (\w+) from "\./([\w.]+)"', text):
        imported |= {(module, word) for word in re.findall(rf"\b{alias}\.(\w+)", text)}
    exports = re.compile(r"^export (?:async )?(?:function|const|class) (\w+)", flags=re.MULTILINE)
    exported = {(name, word) for name, module in modules.items() for word in exports.findall(module)}
    assert sorted(exported - imported) == []


def test_an_unknown_name_is_told_in_one_way():
    """`errors.unknown` and `errors.check_known` say it, with the nearest name; nobody builds the line by hand."""
    by_hand = re.compile(r"""no \w+ (?:is|are) named|no \w+ has (?:the id|this name)|\bunknown \w+ '\{""")
    for path in PACKAGE.rglob("*.py"):
        if path != PACKAGE / "errors.py":
            found = by_hand.search(path.read_text(encoding="utf-8"))
            assert found is None, f"{path.relative_to(PACKAGE)}: '{found[0]}': use errors.unknown"
