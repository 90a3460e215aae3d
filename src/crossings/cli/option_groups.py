"""Options that several commands share: the fields of a dataclass, and how tables of a person's own are written."""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from crossings.cli.options import option

Encoding = Annotated[
    str | None,
    option(
        "--encoding",
        "How CSV files that are not UTF-8 are written, such as windows-1251, windows-1250, gb18030, big5.",
        "NAME",
    ),
]


def expanded(command: Callable[..., None]) -> Callable[..., None]:
    """The command as typer reads it: each parameter that is a dataclass gives way to the fields of that class.

    ``Annotated[Given, "match", "first"]`` takes only these fields; the others keep their defaults."""
    hints = get_type_hints(command, include_extras=True)
    groups = {name: group for name, hint in hints.items() if (group := _group(hint)) is not None}
    if not groups:
        return command

    @functools.wraps(command)
    def run(**given: Any) -> None:
        for name, (kind, fields) in groups.items():
            given[name] = kind(**{field: given.pop(field) for field in fields})
        command(**given)

    parameters = []
    for parameter in inspect.signature(command).parameters.values():
        if parameter.name in groups:
            kind, fields = groups[parameter.name]
            types = _types(kind)  # type: ignore[arg-type]  # a class can be hashed
            defaults = {f.name: f.default for f in dataclasses.fields(kind)}
            parameters += [_option(name, types[name], defaults[name]) for name in fields]
        else:
            parameters.append(_option(parameter.name, hints[parameter.name], parameter.default))
    return _with(run, parameters)


def reads_tables(command: Callable[..., None]) -> Callable[..., None]:
    """The command with ``--encoding``: while it runs, tables that are not UTF-8 are read as that says."""
    hints = get_type_hints(command, include_extras=True)

    @functools.wraps(command)
    def run(*, encoding: str | None, **given: Any) -> None:
        from crossings.importers.encodings import written_in

        with written_in(encoding):
            command(**given)

    own = [_option(p.name, hints[p.name], p.default) for p in inspect.signature(command).parameters.values()]
    return _with(run, [*own, _option("encoding", Encoding, None)])


def _with(run: Callable[..., None], parameters: list[inspect.Parameter]) -> Callable[..., None]:
    """A command with other parameters than it is written with."""
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in parameters}
    return run


@functools.cache
def _types(kind: type[Any]) -> dict[str, Any]:
    """The types of the fields of a dataclass."""
    return get_type_hints(kind, include_extras=True)


def _group(hint: Any) -> tuple[type[Any], list[str]] | None:
    """The dataclass, and its fields that are options of this command."""
    kind, *only = get_args(hint) if get_origin(hint) is Annotated else (hint,)
    if not dataclasses.is_dataclass(kind) or not isinstance(kind, type):
        return None
    declared = _types(kind)
    options = [f.name for f in dataclasses.fields(kind) if get_origin(declared[f.name]) is Annotated]
    return kind, [str(name) for name in only] or options


def _option(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
