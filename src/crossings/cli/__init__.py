"""The command `crossings`: typer and rich, a file for each group of commands.

Nothing heavy is imported before a command needs it, so that `crossings --help` shows at once. Exit codes: 0 success, 2 bad
input (a line for each fault on standard error), 130 interrupted, 1 anything else.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its status."""
    from crossings.cli.app import build
    from crossings.cli.exit_codes import status_of

    sys.exit(status_of(build(), list(sys.argv[1:] if arguments is None else arguments)))
