"""The command serve: the page on this machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import crossings as cx
from crossings.cli.formatting import print_line
from crossings.cli.options import in_range, option, setting
from crossings.cli.progress import compiled, loaded
from crossings.errors import Fault, InputError

if TYPE_CHECKING:
    from crossings.web.forecasts import Calibrated

EVERYWHERE = ("0.0.0.0", "::", "")
Name = Annotated[
    str, typer.Argument(metavar="[SCENARIO]", help="A directory, or the name of a bundled scenario.", show_default=True)
]
Port = Annotated[int, setting("--port", "Port to listen on; 0: any that is free.", "N")]
Host = Annotated[
    str, setting("--host", "Address to listen on; any other than this machine's own needs a token.", "ADDRESS")
]
Token = Annotated[
    str | None,
    option(
        "--token",
        "Ask everybody for this password of 16 letters or more. Other users of this machine can see it in the list of "
        "processes: better --token-file, or the variable CROSSINGS_TOKEN.",
        "WORD",
    ),
]
TokenFile = Annotated[Path | None, option("--token-file", "A file whose first line is that password.", "FILE")]
Allowed = Annotated[
    list[str] | None, option("--allow-host", "A name under which browsers reach it; may be repeated.", "NAME")
]
Fitted = Annotated[
    Path | None,
    option(
        "--fit", "A folder that crossings fit wrote: its forecast is shown, and updated with today's counts.", "DIR"
    ),
]


def serve(
    scenario: Name = "finland-2023",
    port: Port = 8765,
    host: Host = "127.0.0.1",
    token: Token = None,
    token_file: TokenFile = None,
    allow_host: Allowed = None,
    fit: Fitted = None,
) -> None:
    """Show a scenario as a page in the browser: open and close crossings, move orders, and see where everybody goes.

    It listens on this machine alone. Stop it with Ctrl-C."""
    in_range("--port", port, 0, 65535)
    from crossings.web.tokens import token_from

    asked = token_from(token, token_file, os.environ)
    names = _names(host, asked, allow_host or [])
    read = cx.Scenario.read(scenario)
    from crossings.web import ScenarioRegistry, application, listen
    from crossings.web import serve as run

    where = listen(host, port)
    compiled()
    compiled("flows")
    loaded()
    registry = ScenarioRegistry(read, _calibrated(fit, scenario))
    registry.answer(registry.first)
    shown = host if host not in EVERYWHERE else names[-1]
    address = (
        f"http://{f'[{shown}]' if ':' in shown and not shown.startswith('[') else shown}:{where.getsockname()[1]}/"
    )
    if asked is not None:
        address += f"?token={asked}"

    def started() -> None:
        print_line(f"{read.settings.title or read.settings.name}: {address}")
        print_line("stop with Ctrl-C")
        sys.stdout.flush()

    try:
        run(application(hosts=names, token=asked, registry=registry), where, started)
    except KeyboardInterrupt:
        raise typer.Exit(0) from None
    finally:
        where.close()


def _calibrated(fit: Path | None, scenario: str) -> Calibrated | None:
    """The fit to be carried on; raises InputError where it is not of this scenario."""
    if fit is None:
        return None
    from crossings.cli.fit import problem_of
    from crossings.web.forecasts import Calibrated

    found, problem = problem_of(fit, scenario)
    compiled("likelihoods")
    return Calibrated(found, problem, fit)


def _names(host: str, token: str | None, allowed: list[str]) -> list[str]:
    """The names under which the server may be asked; raises InputError where it would be open to all."""
    from crossings.web.guard import LOOPBACK

    faults = []
    local = host in ("127.0.0.1", "localhost", "::1")
    if token is None and not local:
        faults.append(Fault("--host", f"{host or 'any address'} can be reached by others", "give a --token as well"))
    if host in EVERYWHERE and not allowed:
        faults.append(Fault("--host", "listens on every address", "name with --allow-host how browsers reach it"))
    if faults:
        raise InputError(faults)
    own = [] if local or host in EVERYWHERE else [f"[{host}]" if ":" in host else host]
    return [*LOOPBACK, *own, *allowed]
