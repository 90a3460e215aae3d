"""What a person may give to the functions of the package, and what is said of the rest: in the words of Python."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

import crossings as cx

NAME = "two-crossings"


def test_a_scenario_may_be_given_as_such_or_by_name_or_as_a_model() -> None:
    scenario = cx.Scenario.read(NAME)
    model = cx.Model(scenario)
    assert cx.Model(NAME).scenario == scenario
    rows = [cx.run(x, seed=np.int64(3)).flows for x in (model, scenario, NAME)]
    assert rows[0].equals(rows[1])
    assert rows[0].equals(rows[2])
    several = cx.run_many({"a": scenario, "b": NAME}, seeds=[1])
    assert several["a"].flows.equals(several["b"].flows)
    tables = [cx.compare(x, seeds=[1]).table() for x in (model, scenario, NAME)]
    assert tables[0].equals(tables[1])
    assert tables[0].equals(tables[2])
    noon = scenario.settings.start.replace(hour=12)
    assert cx.access_at(scenario, noon.isoformat()) == cx.access_at(model, noon)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: cx.run(NAME, seed=1.5), "seed: 1.5 is not a whole number"),
        (lambda: cx.run(NAME, seed=True), "seed: True is not a whole number"),
        (lambda: cx.run(NAME, seed=-1), "seed: -1 is out of range"),
        (lambda: cx.run(NAME, by="week"), "by: unknown period 'week'"),
        (lambda: cx.run_many(NAME, seeds=5), "seeds: 5 is not a list of seeds"),
        (lambda: cx.run_many(NAME, seeds=[]), "seeds: no seed to run"),
        (lambda: cx.run_many(NAME, seeds=[1, 1.5]), "seed: 1.5 is not a whole number"),
        (lambda: cx.compare(NAME, seeds=5), "seeds: 5 is not a list of seeds"),
        (lambda: cx.access_at(NAME, "soon"), "on: 'soon' is not a date"),
        (lambda: cx.access_at(NAME, dt.datetime(1999, 1, 1)), "on: 1999-01-01 00:00 is outside"),
    ],
)
def test_what_cannot_be_used_is_said_of_the_argument(call, said) -> None:
    with pytest.raises(cx.InputError) as error:
        call()
    assert str(error.value).startswith(said)
    assert "--" not in str(error.value)


@pytest.mark.parametrize("call", [lambda: cx.Model(3), lambda: cx.run(None), lambda: cx.compare(3.5)])
def test_another_type_is_a_type_error(call) -> None:
    with pytest.raises(TypeError, match="a Model is made of a Scenario, or of the name or directory of one, not of"):
        call()


def test_the_command_line_names_its_options(capsys) -> None:
    from crossings.cli.app import build
    from crossings.cli.exit_codes import status_of

    assert status_of(build(), ["access", NAME, "--stream", "trains"]) == 2
    assert capsys.readouterr().err.startswith("--stream: unknown stream 'trains'")


def test_every_package_is_either_part_of_a_runs_plan_or_shows_it():
    """A package whose name changed must not silently count as one that changes numbers, nor the other way round."""
    from pathlib import Path

    import crossings
    from crossings.store.plan import SHOWN

    rooms = {p.name for p in Path(crossings.__file__).parent.iterdir() if (p / "__init__.py").is_file()}
    assert set(SHOWN) <= rooms
