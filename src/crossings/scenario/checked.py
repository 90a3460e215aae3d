"""Files that are checked on their own: a directory, rows of orders, and a new directory as it is written."""

from __future__ import annotations

import os
from pathlib import Path

from crossings.errors import Fault, InputError
from crossings.io.files import read_text
from crossings.scenario.entities import Closure
from crossings.scenario.reader import locate, read_draft
from crossings.scenario.scenario import Scenario
from crossings.scenario.tables import read_table
from crossings.scenario.validate.checks import check_closures, check_draft
from crossings.scenario.writer import scenario_files, write_files


def check(path_or_name: str | os.PathLike[str]) -> list[Fault]:
    """Every fault and warning of a scenario directory, in one run.

    Parameters
    ----------
    path_or_name : str or path
        A directory, or the name of a bundled scenario.

    Returns
    -------
    list of Fault
        Empty if there is none.

    Examples
    --------
    >>> check("two-crossings")
    []
    """
    try:
        draft = read_draft(locate(path_or_name))
    except InputError as error:
        return list(error.faults)
    check_draft(draft)
    return draft.faults.listed()


def read_closures(path: str | os.PathLike[str], scenario: Scenario) -> tuple[Closure, ...]:
    """Read rows of orders from a CSV file, for ``scenario.with_closures``.

    Parameters
    ----------
    path : str or path
        A file with the columns of closures.csv.
    scenario : Scenario
        What the rows are to fit.

    Returns
    -------
    tuple of Closure
        The rows, in the order of the file.

    Raises
    ------
    InputError
        With every fault of the file, a line each.

    Examples
    --------
    >>> read_closures("no-such.csv", Scenario.read("two-crossings"))
    Traceback (most recent call last):
    crossings.errors.InputError: no-such.csv: there is no file 'no-such.csv'; add it
    """
    draft = scenario._draft()
    file = Path(path)
    text = read_text(file.parent, file.name, file.name, draft.faults)
    if text is None:
        raise InputError(draft.faults.listed())
    table = read_table(text, file.name, Closure, draft.faults)
    check_closures(draft, table)
    draft.faults.stop()
    return tuple(row.value for row in table.rows)


def write_checked(scenario: Scenario, directory: Path) -> None:
    """Write a scenario that was made of other people's files, if it passes every check; raises InputError otherwise."""
    write_files(scenario_files(scenario), directory, accept=Scenario.read)
