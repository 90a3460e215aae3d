"""Fixtures that several tests use."""

import os

import pytest

from crossings.cli.app import build
from crossings.cli.exit_codes import status_of

os.environ.pop("COLUMNS", None)  # workers of pytest-xdist have one; what is printed is tested as in a pipe

# Files that take longest, so that no worker is left alone with one of them at the end (with --no-loadscope-reorder). The second
# needs no compiled kernel: where nothing is compiled yet, one worker compiles while the other one has something else to do.
LONGEST_FIRST = (
    "test_page.py",
    "test_backtest.py",
    "test_page_faults.py",
    "test_docs.py",
    "test_scoring.py",
    "test_cli.py",
    "test_surfaces.py",
    "test_batches.py",
    "test_report_first_screen.py",
    "test_streaming.py",
    "test_properties.py",
    "test_counts.py",
)


def pytest_collection_modifyitems(items):
    """Files in the order of what they take; within a file nothing moves."""
    place = {name: i for i, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: place.get(item.path.name, len(place)))


@pytest.fixture
def call(capsys):
    """Run a command in this process: (status, standard output, standard error)."""

    def run(*arguments):
        status = status_of(build(), [str(a) for a in arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run
