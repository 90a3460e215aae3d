"""Fixtures that several tests use."""

import os

import pytest

from crossings.cli.app import build
from crossings.cli.exit_codes import status_of

os.environ.pop("COLUMNS", None)  # workers of pytest-xdist have one; what is printed is tested as in a pipe


@pytest.fixture
def call(capsys):
    """Run a command in this process: (status, standard output, standard error)."""

    def run(*arguments):
        status = status_of(build(), [str(a) for a in arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run
