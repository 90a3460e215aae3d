"""How the package is built: imports go one way, files stay short, starting is light, names resolve."""

from __future__ import annotations

import ast
import importlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import crossings

ROOT = Path(__file__).parent.parent
PACKAGE = Path(crossings.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))
MOST_LINES = 400


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


def test_files_are_short():
    lines = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert not {name: n for name, n in lines.items() if n > MOST_LINES}


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


@pytest.mark.parametrize("path", [p for p in SOURCES if p.name != "__main__.py"], ids=name_of)
def test_modules_list_what_they_export(path):
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    module = importlib.import_module(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    names = list(getattr(module, "__all__", []))
    assert names == sorted(names, key=by_kind), f"__all__ of {module.__name__} is not sorted"
    assert all(hasattr(module, name) for name in names)
    assert module.__doc__ or path.stat().st_size == 0


def calls(path):
    """Names of plain functions called in a file: (line, name)."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.lineno, node.func.id


def test_only_the_command_line_prints():
    for path in SOURCES:
        if not name_of(path).startswith("cli"):
            found = [
                f"{name_of(path)}:{line}"
                for line, name in calls(path)
                if name in ("print", "input", "breakpoint", "exit", "quit")
            ]
            assert not found


def test_no_file_is_called_utils():
    assert not [name_of(p) for p in SOURCES if p.stem in ("util", "utils", "helpers", "misc", "common")]


def test_a_name_of_a_class_means_one_thing():
    found = [
        node.name
        for path in SOURCES
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]
    assert not {name for name in found if found.count(name) > 1}


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


SECTIONED = [name for name in crossings.__all__ if callable(getattr(crossings, name)) and name[0].islower()]


@pytest.mark.parametrize("name", SECTIONED)
def test_public_functions_say_what_goes_in_and_what_comes_out(name):
    """Every parameter under Parameters; Returns, and an example."""
    import inspect

    value = getattr(crossings, name)
    value = getattr(value, "__wrapped__", value)
    doc = inspect.getdoc(value)
    sections = dict(zip(*[iter(_sections(doc))] * 2, strict=True))
    parameters = list(inspect.signature(value).parameters)
    for parameter in parameters:
        assert any(
            parameter in line.split(" : ")[0].replace(",", " ").split() for line in sections["Parameters"].splitlines()
        ), parameter
    assert {"Returns", "Yields"} & set(sections)
    assert ">>>" in sections["Examples"]


@pytest.mark.parametrize("name", ["Comparison", "InputError", "Model", "Results", "Runs", "Scenario"])
def test_what_everybody_meets_has_an_example(name):
    assert "Examples\n--------\n>>> " in getattr(crossings, name).__doc__.replace("    ", "")


def _sections(doc):
    """Title, text, title, text, ... of a numpydoc docstring."""
    import re

    return re.split(r"(?m)^(\w+)\n-{3,}$", doc)[1:]
