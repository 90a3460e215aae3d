"""A fit's folder from somebody else that is whole and says something else: refused, or numbers of the right kind."""

from __future__ import annotations

import copy
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import counted_border

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "verification"))

from hostile_folders import CELLS, VALUES, leaves, sealed

from crossings.calibration.fit import fit_to
from crossings.calibration.posterior import Fit
from crossings.calibration.problem import Problem
from crossings.calibration.ready import read_ready
from crossings.errors import InputError
from examples import ALL

UNTIL = "2024-01-04"


@pytest.fixture(scope="module")
def problem():
    return Problem(counted_border.border(), until=UNTIL)


@pytest.fixture(scope="module")
def sound(problem, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sound") / "fit"
    fit_to(folder, problem, points=200, threads=1)
    return folder


@pytest.fixture
def theirs(sound, tmp_path):
    shutil.copytree(sound, tmp_path / "fit")
    return tmp_path / "fit"


def numbers_of(folder: Path, problem: Problem) -> bool:
    """Whether the folder is taken; then all that is computed with has its kind and its shape."""
    try:
        fit = Fit.read(folder)
    except InputError:
        return False
    many = (len(fit.draws), len(fit.names))
    assert many[0] > 0
    assert len(fit.parameters) == len(fit.names) == len(set(fit.names))
    assert fit.draws.shape == fit.prior_draws.shape == many
    assert fit.draws.dtype == fit.prior_draws.dtype == np.float64
    assert np.isfinite(fit.draws).all()
    assert fit.until is None or len(fit.until) == 10
    assert fit.table().height == many[1]
    ready = read_ready(folder, fit, problem)
    if ready is not None:
        assert ready.expected.mean.shape == (many[0], len(ready.cells))
        assert ready.known_expected.mean.shape == (many[0], len(problem.cells))
        assert len(ready.noise) == many[0]
        assert np.isfinite(ready.expected.mean).all()
        assert np.isfinite(ready.known_expected.mean).all()
        assert all(value >= 0 for noise in ready.noise for value in noise.values())
    return True


def test_a_sound_folder_is_taken(theirs, problem) -> None:
    assert numbers_of(theirs, problem)
    assert read_ready(theirs, Fit.read(theirs), problem) is not None


@pytest.mark.drawn
@pytest.mark.parametrize("name", ["fit.json", "ahead.json"])
def test_every_value_of_a_note(theirs, problem, name) -> None:
    note = json.loads((theirs / name).read_text())
    ways = leaves([note])[1:]
    taken = 0
    for k, way in list(enumerate(ways[:120] + ways[-20:]))[:: 1 if ALL else 4]:
        for value in (VALUES[k % len(VALUES)], VALUES[(7 * k + 3) % len(VALUES)]):
            forged = copy.deepcopy([note])
            at = forged
            for key in way[:-1]:
                at = at[key]
            at[way[-1]] = value
            (theirs / name).write_text(json.dumps(forged[0]))
            sealed(theirs)
            taken += numbers_of(theirs, problem)
    assert taken  # what is for people to read may say anything


@pytest.mark.drawn
@pytest.mark.parametrize("name", ["draws.parquet", "trace.parquet", "ahead.parquet"])
def test_every_column_of_a_table(theirs, problem, name) -> None:
    table = pl.read_parquet(theirs / name)
    for column in (table.columns[:6] + table.columns[-3:])[:: 1 if ALL else 3]:
        others = [table.with_columns(pl.lit(cell).alias(column)) for cell in CELLS]
        for other in (table.drop(column), table.head(0), table.head(1), pl.concat([table, table]), *others):
            other.write_parquet(theirs / name)
            sealed(theirs)
            numbers_of(theirs, problem)
