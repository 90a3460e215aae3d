"""The option of every command that reads tables of a person's own: which encoding they are written in."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any, get_type_hints

from crossings.cli.options import option

__all__ = ["reads_tables"]

Encoding = Annotated[
    str | None,
    option(
        "--encoding",
        "How CSV files that are not UTF-8 are written, such as windows-1251, windows-1250, gb18030, big5.",
        "NAME",
    ),
]


def reads_tables(command: Callable[..., None]) -> Callable[..., None]:
    """The command with ``--encoding``: while it runs, tables that are not UTF-8 are read as that says."""
    hints = get_type_hints(command, include_extras=True)

    @functools.wraps(command)
    def run(*arguments: Any, encoding: str | None = None, **given: Any) -> None:
        if encoding is None:
            command(*arguments, **given)
            return
        from crossings.importers.encodings import written_in

        with written_in(encoding):
            command(*arguments, **given)

    parameters = [
        parameter.replace(annotation=hints[parameter.name], kind=inspect.Parameter.KEYWORD_ONLY)
        for parameter in inspect.signature(command).parameters.values()
    ]
    parameters.append(inspect.Parameter("encoding", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Encoding))
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in parameters}
    return run
