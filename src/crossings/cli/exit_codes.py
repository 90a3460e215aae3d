"""How a command ends: what went wrong as lines on standard error, and an exit status."""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import re
import sys

import typer

from crossings.errors import CrossingsError, InputError, InterruptedWorkError, printable

BAD_INPUT, FAILED, INTERRUPTED = 2, 1, 130
# typer's own faults of usage; their class has been in different places in different versions.
EXTRAS = {
    "fastapi": "web",
    "uvicorn": "web",
    "opening_hours": "osm",
    "osmium": "osm",
    "pyproj": "gmns",
    "duckdb": "sql",
    "distributed": "cluster",
    "typst": "brief",
    "docx": "brief",
    "pandas": "pandas",
    "pyarrow": "pandas",
}
"""Package → the extra that brings it (pyproject.toml)."""
CALLED = {"stream": "group", "closures": "without"}
"""Argument of a function → the option that it is where the command has none of its name."""
UsageError: type[Exception] = typer.BadParameter.__bases__[0]


def status_of(app: typer.Typer, arguments: list[str]) -> int:
    """Run the application; returns the exit status. Nothing is ever shown as a traceback, unless CROSSINGS_TRACEBACK is set."""
    _make_printable()
    try:
        status = _command(app)(arguments, prog_name="crossings", standalone_mode=False)
        sys.stdout.flush()
        if status == INTERRUPTED:  # typer's word for Ctrl-C
            raise KeyboardInterrupt
        return status if isinstance(status, int) else 0
    except typer.Exit as end:
        return int(end.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        return _say("interrupted; nothing half done was kept", INTERRUPTED)
    except InterruptedWorkError as error:
        return _say(f"interrupted; {error}", INTERRUPTED)
    except InputError as error:
        options = _options(app, arguments)
        for fault in error.faults:
            where = fault.where if fault.where in options else CALLED.get(fault.where, "")
            _say(f"--{where.replace('_', '-')}{str(fault)[len(fault.where) :]}" if where in options else str(fault))
        return BAD_INPUT
    except UsageError as error:
        return _usage(error, arguments)
    except BrokenPipeError:
        _forget_output()
        return FAILED
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in EXTRAS:
            return _failed(error)
        extra = EXTRAS[package]
        return _say(
            f"crossings: this needs the package '{package}'; install it: pip install 'crossings[{extra}]'", BAD_INPUT
        )
    except (CrossingsError, OSError, MemoryError, RecursionError) as error:
        return _failed(error)
    except Exception as error:
        if os.environ.get("CROSSINGS_TRACEBACK"):
            raise
        return _failed(error, "this is a fault of crossings; set CROSSINGS_TRACEBACK=1 to see where")


# Made from the types of every option of every command, which takes longer than most commands.
_command = functools.cache(typer.main.get_command)


def _options(app: typer.Typer, arguments: list[str]) -> set[str]:
    """The arguments of functions that are options of the command: a fault of one is told by the name of the option."""
    command = _command(app)
    for word in arguments:
        command = getattr(command, "commands", {}).get(word, command)
    names = {name for option in command.params for name in option.opts if name.startswith("--")}
    return {name[2:].replace("-", "_") for name in names}


def _usage(error: Exception, arguments: list[str]) -> int:
    """What typer says about its arguments, as one line; no arguments at all: the help."""
    said = getattr(error, "format_message", lambda: str(error))()
    if not said.strip() or type(error).__name__ == "NoArgsIsHelpError":
        sys.stdout.write(said + "\n")
        return BAD_INPUT
    return _say(_plainer(said) + _with_commas(error, said, arguments), BAD_INPUT)


def _with_commas(error: Exception, said: str, arguments: list[str]) -> str:
    """How several values are given, where those after the first of an option that takes a list were left over."""
    extra = re.search(r"unexpected extra arguments?(?:\(s\))? \((.*)\)", said)
    command = getattr(getattr(error, "ctx", None), "command", None)
    lists = {
        name for p in getattr(command, "params", ()) if "comma" in (getattr(p, "help", "") or "") for name in p.opts
    }
    for k, given in enumerate(arguments if extra else ()):
        word, _, first = given.partition("=")
        if word in lists:
            rest = itertools.takewhile(lambda value: not value.startswith("-"), arguments[k + 1 :])
            values = [*([first] if first else []), *rest]
            if len(values) > 1 and set(values[1:]) <= set(extra[1].split() if extra else ()):
                return f"; several are written with commas: {word} {','.join(v.strip(',') for v in values)}"
    return ""


def _plainer(said: str) -> str:
    """typer's words as the rest of this package puts them: where, what, and what instead."""
    said = said.replace("Value error, ", "").replace("Input should be ", "it should be ").rstrip(".")
    said = re.sub(
        r"it should be a valid (integer|number).*",
        lambda m: f"it should be a {'whole ' if m[1] == 'integer' else ''}number",
        said,
    )
    invalid = re.match(r"Invalid value for '?([^':]+)'?: (.*)", said, re.DOTALL)
    if invalid:
        return f"{invalid[1]}: {invalid[2]}"
    near = re.fullmatch(r"No such option:? '?([^ ']+?)'?\.? \((?:Possible options|Did you mean)[^:]*: ([^)]*)\)", said)
    if near:
        return f"{near[1]}: no such option; did you mean {near[2].replace(', ', ' or ')}?"
    return f"crossings: {said[0].lower()}{said[1:]}"


def _failed(error: BaseException, hint: str = "") -> int:
    if isinstance(error, MemoryError):
        said = "out of memory; try fewer seeds, or --by day"
    elif isinstance(error, OSError):
        said = f"{error.filename or 'input or output'}: {error.strerror or error}"
    else:
        said = f"{type(error).__name__}: {error}"
    return _say(f"crossings: {said}" + (f"; {hint}" if hint else ""), FAILED)


def _say(line: str, status: int = 0) -> int:
    """One line on standard error, whatever is in it."""
    shown = " ".join(line.split("\n")).strip()
    try:
        sys.stderr.write(printable(shown) + "\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        pass
    return status


def _make_printable() -> None:
    """A terminal that cannot show a letter shows another; it is no reason to stop."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def _forget_output() -> None:
    """Whoever read has gone: what is still to be written goes nowhere, so that the interpreter does not complain."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
