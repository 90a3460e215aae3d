"""Long work on a terminal: a bar that moves, and the one wait for the compiler. Nothing of it in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.progress import Progress

__all__ = ["compiled", "loaded", "progress_bar"]

COMPILING = "compiling the kernel, once, about half a minute"


def _bars(*columns: Any) -> Progress:
    from rich.console import Console
    from rich.progress import Progress

    return Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error while seeds are run; yields what `run_many` and `compare` call with (done, total)."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

    with _bars(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()) as bars:
        task = bars.add_task(what, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


def compiled() -> None:
    """Have the kernel compiled, here and now, so that an interrupt is obeyed at once and the wait has a name."""
    from crossings.kernel import is_compiled

    if is_compiled():
        return
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

    with _bars(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()) as bars:
        bars.add_task(COMPILING, total=None)
        _run_everything_once()


def loaded() -> None:
    """Have the machine code in memory, so that seconds measured afterwards are those of the work itself."""
    from crossings.model import Model
    from crossings.scenario import Scenario
    from crossings.simulation import run

    run(Model(Scenario.read("two-crossings")))


def _run_everything_once() -> None:
    """One seed of a scenario that takes milliseconds, by every way that the commands take."""
    from crossings.comparison import compare
    from crossings.model import Model
    from crossings.scenario import Scenario
    from crossings.simulation import run

    scenario = Scenario.read("two-crossings")
    run(Model(scenario))  # in this thread, so that an interrupt reaches the compiler
    compare(scenario, seeds=[1])
