"""Fixtures that several tests use."""

import gc
import os
import subprocess
import sys

import pytest

from crossings.cli.app import build
from crossings.cli.exit_codes import status_of
from crossings.kernel import is_compiled

os.environ.pop("COLUMNS", None)  # workers of pytest-xdist have one; what is printed is tested as in a pipe

# Files that take longest, so that no worker is left alone with one of them at the end (with --no-loadscope-reorder).
LONGEST_FIRST = (
    "test_page_for_everyone.py",
    "test_page.py",
    "test_docs.py",
    "test_report_first_screen.py",
    "test_page_faults.py",
    "test_report.py",
    "test_streaming.py",
    "test_batches.py",
    "test_asking.py",
    "test_cli.py",
    "test_openapi.py",
    "test_surfaces.py",
    "test_odd_folders.py",
    "test_backtest.py",
    "test_web.py",
    "test_properties.py",
    "test_folders.py",
    "test_sharing.py",
    "test_widths.py",
    "test_calibration.py",
    "test_fuzz.py",
    "test_recovery.py",
    "test_brief.py",
    "test_languages.py",
    "test_web_claims.py",
    "test_full_controls.py",
    "test_kernel_cache.py",
    "test_resuming.py",
    "test_effects.py",
    "test_theory.py",
)


# Compiled by two processes at a time; what flows and likelihoods have in common is not compiled twice.
COMPILED = (("runs",), ("flows", "likelihoods"))
COMPILE = "import sys\nfrom crossings.cli.progress import compiled\nfor what in sys.argv[1:]: compiled(what)"


def pytest_xdist_auto_num_workers():
    """One more than there are cores: tests of the page, of servers and of signals wait much of their time."""
    return len(os.sched_getaffinity(0)) + 1 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) + 1


def pytest_configure(config):
    """Have the kernel compiled before workers start: else each of them compiles the same."""
    if (
        hasattr(config, "workerinput")
        or not config.getoption("numprocesses", None)
        or "NUMBA_DISABLE_JIT" in os.environ
    ):
        return
    missing = [[what for what in part if not is_compiled(what)] for part in COMPILED]
    compilers = [subprocess.Popen([sys.executable, "-c", COMPILE, *part]) for part in missing if part]
    for compiler in compilers:
        compiler.wait()


def pytest_collection_modifyitems(items):
    """Files in the order of what they take; within a file nothing moves."""
    place = {name: i for i, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: place.get(item.path.name, len(place)))


def pytest_collection():
    """Modules and tests stay to the end: the collector of garbage need not look at them again and again."""
    gc.disable()


def pytest_collection_finish():
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture
def call(capsys):
    """Run a command in this process: (status, standard output, standard error)."""

    def run(*arguments):
        status = status_of(build(), [str(a) for a in arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run
