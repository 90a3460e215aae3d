"""Long work on a terminal: a bar that moves, and the one wait for the compiler. Nothing of it in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import crossings as cx
from crossings.errors import InterruptedWorkError

if TYPE_CHECKING:
    from rich.progress import Progress

COMPILING = "compiling the kernel, once, about half a minute"


def _bars(*columns: Any) -> Progress:
    from rich.console import Console
    from rich.progress import Progress

    return Progress(*columns, console=Console(stderr=True), transient=True)


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error while seeds are run; yields what `run_many` and `compare` call with (done, total)."""
    if not sys.stderr.isatty():  # and rich is not loaded
        yield lambda _done, _total: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

    with _bars(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()) as bars:
        task = bars.add_task(what, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


@contextmanager
def share_bar(what: str) -> Iterator[Callable[[float], None] | None]:
    """A bar for work whose end is guessed: yields what is called with the share that is done, or None in a pipe."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn

    with _bars(TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()) as bars:
        task = bars.add_task(what, total=1.0)
        yield lambda done: bars.update(task, completed=done)


@contextmanager
def resumable(out: Path) -> Iterator[None]:
    """Work in a folder: an interrupt says how it resumes, where something of it is kept."""
    from crossings.io.atomic_folder import UNFINISHED

    try:
        yield
    except KeyboardInterrupt:
        if not (out / UNFINISHED).is_dir():
            raise
        raise InterruptedWorkError(f"give the same command again to resume from what is in {out}") from None


def compiled(what: str = "runs") -> None:
    """Have the kernel compiled, here and now, so that an interrupt is obeyed at once and the wait has a name.

    what: that of runs, of expected ``flows``, or of ``likelihoods``.
    """
    from crossings.kernel import is_compiled

    if is_compiled(what):
        return
    work = {"flows": _expect_once, "likelihoods": _learn_once}.get(what, _run_everything_once)
    if not sys.stderr.isatty():
        work()
        return
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

    with _bars(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()) as bars:
        bars.add_task(COMPILING, total=None)
        work()


def loaded() -> None:
    """Have the machine code in memory, so that seconds measured afterwards are those of the work itself."""
    cx.run(cx.Model(cx.Scenario.read("two-crossings")))


def _run_everything_once() -> None:
    """One seed of a scenario that takes milliseconds, by every way that the commands take."""
    scenario = cx.Scenario.read("two-crossings")
    cx.run(cx.Model(scenario))  # in this thread, so that an interrupt reaches the compiler
    cx.compare(scenario, seeds=[1])


def _expect_once() -> None:
    cx.expect(cx.Model(cx.Scenario.read("two-crossings")))


def _learn_once() -> None:
    from crossings.calibration.batches import Batches

    problem = cx.Problem(cx.Scenario.read("finland-2023"), until="2023-11-13")
    Batches(problem.likelihood(), 1).log_likelihoods(problem.priors.draws(1, 1))
